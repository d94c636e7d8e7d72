//! A link that can fall silent, as a radio does: nothing arrives, and nobody is told. Or it is slow, and loses packets.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// Passes on what comes on its port, in both directions, while it is open.
pub(crate) struct Relay {
    endpoint: String,
    open: Arc<AtomicBool>,
    over: Arc<AtomicBool>,
    heard: Heard,
}

/// What has passed, one direction after the other.
type Heard = Arc<Mutex<Vec<Vec<u8>>>>;

/// How often it looks whether it is open.
const LOOK: Duration = Duration::from_millis(2);
/// How long TCP waits at least before it sends again.
const AGAIN: Duration = Duration::from_millis(200);

/// What becomes of what passes.
#[derive(Clone, Copy, Default)]
pub(crate) struct Weather {
    /// How long it is under way.
    pub(crate) delay: Duration,
    /// One piece of so many has to be sent again, and those behind it wait; none is lost if it is zero.
    pub(crate) one_lost_of: u32,
}

impl Relay {
    /// To what listens at `endpoint`, as Zenoh names it.
    #[allow(dead_code)]
    pub(crate) fn new(endpoint: &str) -> Self {
        Relay::in_weather(endpoint, Weather::default())
    }

    /// The same, which is slow.
    pub(crate) fn in_weather(endpoint: &str, weather: Weather) -> Self {
        let (protocol, target) = endpoint.split_once('/').unwrap();
        let target = target.to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let relay = Relay {
            endpoint: format!("{protocol}/{}", listener.local_addr().unwrap()),
            open: Arc::new(AtomicBool::new(true)),
            over: Arc::default(),
            heard: Arc::default(),
        };
        let (open, over, heard) = (relay.open.clone(), relay.over.clone(), relay.heard.clone());
        thread::spawn(move || {
            while !over.load(Ordering::Relaxed) {
                match listener.accept() {
                    Ok((near, _)) if open.load(Ordering::Relaxed) => {
                        let far = TcpStream::connect(&target).unwrap();
                        for (from, to) in [(&near, &far), (&far, &near)] {
                            let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                            let (open, over, heard) = (open.clone(), over.clone(), heard.clone());
                            let (pieces, due) = channel();
                            thread::spawn(move || arrive(to, &due));
                            thread::spawn(move || take(from, &pieces, weather, &open, &over, &heard));
                        }
                    }
                    // Who comes while it is silent waits in vain.
                    Ok((near, _)) => drop(thread::spawn(move || {
                        thread::sleep(Duration::from_secs(60));
                        drop(near);
                    })),
                    Err(_) => thread::sleep(LOOK),
                }
            }
        });
        relay
    }

    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Whether these bytes have passed.
    #[allow(dead_code)]
    pub(crate) fn has_heard(&self, bytes: &[u8]) -> bool {
        let heard = self.heard.lock().unwrap();
        heard
            .iter()
            .any(|stream| stream.windows(bytes.len()).any(|window| window == bytes))
    }

    #[allow(dead_code)]
    pub(crate) fn set_open(&self, open: bool) {
        self.open.store(open, Ordering::Relaxed);
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
    }
}

/// Bytes of each direction that it remembers.
const MEMORY: usize = 1 << 20;

/// Writes each piece when it is due.
fn arrive(mut to: TcpStream, pieces: &Receiver<(Instant, Vec<u8>)>) {
    for (due, piece) in pieces {
        thread::sleep(due.saturating_duration_since(Instant::now()));
        if to.write_all(&piece).is_err() {
            return;
        }
    }
    // Who listens there is told that the other end has gone.
    let _ = to.shutdown(std::net::Shutdown::Write);
}

/// Takes what comes, as long as somebody writes it.
fn take(
    mut from: TcpStream,
    pieces: &Sender<(Instant, Vec<u8>)>,
    weather: Weather,
    open: &AtomicBool,
    over: &AtomicBool,
    heard: &Heard,
) {
    let mut number = 0_u32;
    let place = {
        let mut heard = heard.lock().unwrap();
        heard.push(Vec::new());
        heard.len() - 1
    };
    from.set_nonblocking(false).unwrap();
    from.set_read_timeout(Some(LOOK)).unwrap();
    let mut bytes = [0; 16 * 1024];
    while !over.load(Ordering::Relaxed) {
        if !open.load(Ordering::Relaxed) {
            thread::sleep(LOOK);
            continue;
        }
        match from.read(&mut bytes) {
            Ok(0) => return,
            Ok(length) => {
                let stream = &mut heard.lock().unwrap()[place];
                stream.extend(&bytes[..length.min(MEMORY - stream.len().min(MEMORY))]);
                number = number.wrapping_add(1);
                let lost = weather.one_lost_of > 0 && number.is_multiple_of(weather.one_lost_of);
                let delay = weather.delay + if lost { AGAIN } else { Duration::ZERO };
                if pieces
                    .send((Instant::now() + delay, bytes[..length].to_vec()))
                    .is_err()
                {
                    return;
                }
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(_) => return,
        }
    }
}
