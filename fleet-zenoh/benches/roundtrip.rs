//! What the transport costs beside raw Zenoh: round trips and throughput, in one run, on one pair of links.
//!
//! `cargo bench -p fleet-zenoh` prints a table. Raw Zenoh publishes with the same quality of service, and is answered
//! by a thread that waits for frames, as a node is; what it gains by answering from within Zenoh's own callback, which a node
//! cannot, stands beside. Blocks of the contenders take turns, so that whatever else the machine does meets all of them.

use std::error::Error;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use fleet_core::NodeId;
use fleet_core::transport::{Class, Destination, Outgoing, Transport};
use fleet_zenoh::{Arrivals, Seat, ZenohSettings, ZenohTransport};
use zenoh::handlers::FifoChannel;
use zenoh::pubsub::Publisher;
use zenoh::qos::{CongestionControl, Priority};
use zenoh::{Session, Wait};

const A: NodeId = NodeId::from_u128(1);
const B: NodeId = NodeId::from_u128(2);
/// Round trips in a block, and blocks of each contender.
const ROUND_TRIPS: usize = 100;
const BLOCKS: usize = 40;
/// Time of a block of throughput, and blocks of each contender.
const FLOOD: Duration = Duration::from_millis(400);
const FLOODS: usize = 5;
/// A frame that does not come back for so long is lost.
const LOST: Duration = Duration::from_secs(2);

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Result<()> {
    let (left, right) = sessions()?;
    println!(
        "| what | raw Zenoh | raw, answered in its callback | this transport | ratio | to the callback |"
    );
    println!("|---|---|---|---|---|---|");
    for bytes in [64, 1_024] {
        round_trips(&left, &right, bytes)?;
    }
    for bytes in [64, 1_024] {
        throughput(&left, &right, bytes)?;
    }
    Ok(())
}

fn sessions() -> Result<(Session, Session)> {
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let endpoint = format!("tcp/127.0.0.1:{port}");
    let mut settings = ZenohSettings::default();
    settings.listen.push(endpoint.clone());
    let left = settings.open()?;
    let mut settings = ZenohSettings::default();
    settings.connect.push(endpoint);
    Ok((left, settings.open()?))
}

/// Keeps its promise to end with the run.
struct Answering(Arc<AtomicBool>, Option<thread::JoinHandle<()>>);

impl Answering {
    fn start(mut answer: impl FnMut() + Send + 'static) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let thread = thread::spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                answer();
            }
        });
        Answering(stop, Some(thread))
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
        if let Some(thread) = self.1.take() {
            let _ = thread.join();
        }
    }
}

fn publisher(session: &Session, key: &str, class: Class) -> Result<Publisher<'static>> {
    let priority = match class {
        Class::Control => Priority::InteractiveHigh,
        _ => Priority::DataHigh,
    };
    let publisher = session.declare_publisher(key.to_owned()).priority(priority);
    publisher.congestion_control(CongestionControl::Drop).wait()
}

fn until(mut is_so: impl FnMut() -> bool) -> Result<()> {
    let end = Instant::now() + Duration::from_secs(10);
    while !is_so() {
        if Instant::now() > end {
            return Err("the sessions do not find each other".into());
        }
        thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}

fn matching(publisher: &Publisher<'_>) -> bool {
    publisher
        .matching_status()
        .wait()
        .is_ok_and(|status| status.matching())
}

fn ends(left: &Session, right: &Session, fleet: &str) -> Result<(ZenohTransport, ZenohTransport)> {
    let mut ping = ZenohTransport::join(left, Seat::node(fleet.parse()?, A))?;
    let mut pong = ZenohTransport::join(right, Seat::node(fleet.parse()?, B))?;
    until(|| ping.is_heard(Destination::Node(B)) && pong.is_heard(Destination::Node(A)))?;
    Ok((ping, pong))
}

fn letter(to: NodeId, class: Class, bytes: usize) -> Outgoing {
    Outgoing {
        to: Destination::Node(to),
        class,
        frame: vec![7; bytes].into(),
    }
}

/// Times of round trips of one contender.
#[derive(Default)]
struct Times(Vec<Duration>);

impl Times {
    fn block(&mut self, mut round_trip: impl FnMut() -> Result<()>) -> Result<()> {
        round_trip()?; // wakes what has fallen asleep meanwhile
        for _ in 0..ROUND_TRIPS {
            let start = Instant::now();
            round_trip()?;
            self.0.push(start.elapsed());
        }
        Ok(())
    }

    fn at(&mut self, share: f64) -> f64 {
        self.0.sort_unstable();
        let index = (self.0.len() - 1) as f64 * share;
        self.0[index as usize].as_secs_f64() * 1e6
    }

    fn show(&mut self) -> String {
        format!("{:.0} µs (p99 {:.0})", self.at(0.5), self.at(0.99))
    }
}

fn round_trips(left: &Session, right: &Session, bytes: usize) -> Result<()> {
    // Raw, answered by a thread.
    let (ping, answers) = (
        publisher(left, "raw/ping", Class::Control)?,
        left.declare_subscriber("raw/pong").wait()?,
    );
    let pings = right.declare_subscriber("raw/ping").wait()?;
    let pong = publisher(right, "raw/pong", Class::Control)?;
    until(|| matching(&ping) && matching(&pong))?;
    let _raw = Answering::start(move || {
        if let Ok(Some(sample)) = pings.recv_timeout(Duration::from_millis(50)) {
            let _ = pong.put(sample.payload().clone()).wait();
        }
    });
    // Raw, answered in the callback.
    let (quick, quick_answers) = (
        publisher(left, "quick/ping", Class::Control)?,
        left.declare_subscriber("quick/pong").wait()?,
    );
    let back = publisher(right, "quick/pong", Class::Control)?;
    let _quick = right
        .declare_subscriber("quick/ping")
        .callback(move |sample| drop(back.put(sample.payload().clone()).wait()))
        .wait()?;
    until(|| matching(&quick))?;
    // This transport.
    let (mut end, mut other) = ends(left, right, "bench")?;
    let _ours = Answering::start(move || {
        if let Some(incoming) = other.recv_timeout(Duration::from_millis(50)) {
            let _ = other.send(Outgoing {
                frame: incoming.frame,
                ..letter(A, Class::Control, 0)
            });
        }
    });

    let (payload, frame) = (vec![7_u8; bytes], letter(B, Class::Control, bytes));
    let (mut raw, mut callback, mut ours) = (Times::default(), Times::default(), Times::default());
    for _ in 0..BLOCKS {
        raw.block(|| {
            ping.put(&payload[..]).wait()?;
            answers.recv_timeout(LOST)?.ok_or("lost")?;
            Ok(())
        })?;
        callback.block(|| {
            quick.put(&payload[..]).wait()?;
            quick_answers.recv_timeout(LOST)?.ok_or("lost")?;
            Ok(())
        })?;
        ours.block(|| {
            end.send(frame.clone())?;
            end.recv_timeout(LOST).ok_or("lost")?;
            Ok(())
        })?;
    }
    println!(
        "| round trip, {bytes} B | {} | {} | {} | {:.2} | {:.2} |",
        raw.show(),
        callback.show(),
        ours.show(),
        ours.at(0.5) / raw.at(0.5),
        ours.at(0.5) / callback.at(0.5),
    );
    Ok(())
}

/// Frames that arrive in a second, the median of some blocks.
fn throughput(left: &Session, right: &Session, bytes: usize) -> Result<()> {
    let arrived: [Arc<AtomicU64>; 3] = Default::default();
    let (counted, called, received) = (arrived[0].clone(), arrived[1].clone(), arrived[2].clone());
    // Raw, read by a thread.
    let raw = publisher(left, "raw/flood", Class::State)?;
    let flood = right
        .declare_subscriber("raw/flood")
        .with(FifoChannel::new(16_384))
        .wait()?;
    let _raw = Answering::start(move || {
        if let Ok(Some(_)) = flood.recv_timeout(Duration::from_millis(50)) {
            counted.fetch_add(1, Ordering::Relaxed);
        }
    });
    // Raw, counted in the callback.
    let quick = publisher(left, "quick/flood", Class::State)?;
    let _quick = right
        .declare_subscriber("quick/flood")
        .callback(move |_| {
            called.fetch_add(1, Ordering::Relaxed);
        })
        .wait()?;
    // This transport.
    let (mut end, mut other) = ends(left, right, "flood")?;
    let _ours = Answering::start(move || {
        if other.recv_timeout(Duration::from_millis(50)).is_some() {
            received.fetch_add(1, Ordering::Relaxed);
        }
    });
    until(|| matching(&raw) && matching(&quick))?;

    let (payload, frame) = (vec![7_u8; bytes], letter(B, Class::State, bytes));
    let mut rates: [Vec<f64>; 3] = Default::default();
    for _ in 0..FLOODS {
        rates[0].push(rate(&arrived[0], || raw.put(&payload[..]).wait())?);
        rates[1].push(rate(&arrived[1], || quick.put(&payload[..]).wait())?);
        rates[2].push(rate(&arrived[2], || Ok(end.send(frame.clone())?))?);
    }
    let [raw, callback, ours] = rates.map(|mut rates| {
        rates.sort_by(f64::total_cmp);
        rates[rates.len() / 2]
    });
    println!(
        "| throughput, {bytes} B | {:.0} k/s | {:.0} k/s | {:.0} k/s | {:.2} | {:.2} |",
        raw / 1e3,
        callback / 1e3,
        ours / 1e3,
        ours / raw,
        ours / callback,
    );
    Ok(())
}

/// Sends without a pause, and counts what arrives meanwhile.
fn rate(arrived: &AtomicU64, mut send: impl FnMut() -> Result<()>) -> Result<f64> {
    let (start, before) = (Instant::now(), arrived.load(Ordering::Relaxed));
    while start.elapsed() < FLOOD {
        for _ in 0..64 {
            send()?;
        }
    }
    let (now, elapsed) = (arrived.load(Ordering::Relaxed), start.elapsed());
    // What is still on its way belongs to nobody's next block.
    let mut last = now;
    loop {
        thread::sleep(Duration::from_millis(20));
        let seen = arrived.load(Ordering::Relaxed);
        if seen == last {
            break;
        }
        last = seen;
    }
    Ok((now - before) as f64 / elapsed.as_secs_f64())
}
