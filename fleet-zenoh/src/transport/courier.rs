//! Sends what may have to wait, on a thread of its own.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, channel, sync_channel};
use std::thread;
use std::time::Duration;

use fleet_core::transport::{Class, SendError};
use zenoh::qos::CongestionControl;
use zenoh::{Session, Wait};

use crate::quality;

/// Frames that wait; more are refused.
const QUEUE: usize = 64;
/// How long its end is waited for. A thread that waits for a link that moves nothing does not wait longer.
const END: Duration = Duration::from_secs(1);

/// A frame under its key.
#[derive(Debug)]
pub(super) struct Parcel {
    pub(super) key: String,
    pub(super) class: Class,
    pub(super) frame: Arc<[u8]>,
}

/// One thread and its bounded queue.
#[derive(Debug)]
pub(super) struct Courier {
    /// None when it is to end.
    parcels: Option<SyncSender<Parcel>>,
    ending: Arc<AtomicBool>,
    /// Disconnected when the thread has ended.
    ended: Receiver<()>,
}

impl Courier {
    pub(super) fn start(session: Session, name: &str) -> io::Result<Self> {
        let (parcels, queue) = sync_channel::<Parcel>(QUEUE);
        let (end, ended) = channel();
        let ending = Arc::new(AtomicBool::new(false));
        let stop = ending.clone();
        thread::Builder::new().name(name.to_owned()).spawn(move || {
            for parcel in queue {
                if stop.load(Ordering::Relaxed) || deliver(&session, parcel).is_err() {
                    break;
                }
            }
            drop(session);
            drop(end);
        })?;
        Ok(Courier {
            parcels: Some(parcels),
            ending,
            ended,
        })
    }

    pub(super) fn take(&self, parcel: Parcel) -> Result<(), SendError> {
        let parcels = self.parcels.as_ref().ok_or(SendError::Closed)?;
        parcels.try_send(parcel).map_err(|error| match error {
            TrySendError::Full(_) => SendError::Full,
            TrySendError::Disconnected(_) => SendError::Closed,
        })
    }
}

impl Drop for Courier {
    /// What waits is not sent any more.
    fn drop(&mut self) {
        self.ending.store(true, Ordering::Relaxed);
        self.parcels = None;
        // It says nothing: the channel is closed, or the time is over.
        let _ = self.ended.recv_timeout(END);
    }
}

fn deliver(session: &Session, parcel: Parcel) -> zenoh::Result<()> {
    session
        .put(parcel.key, &parcel.frame[..])
        .priority(quality::waiting_priority(parcel.class))
        .congestion_control(CongestionControl::Drop)
        .wait()
}
