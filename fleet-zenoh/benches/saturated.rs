//! Round trips of control frames on a link of 10 Mbit/s that bulk has filled.
//!
//! `cargo bench -p fleet-zenoh --bench saturated`, as root and with `ip` and `tc`: two network namespaces, a link between them that
//! is slow in both directions, and this program at either end of it. The same with the settings that suit a fast link, and without
//! bulk, stands beside.

use std::env;
use std::error::Error;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use fleet_core::NodeId;
use fleet_core::transport::{Class, Destination, Outgoing, SendError, Transport};
use fleet_zenoh::{Arrivals, Seat, ZenohSettings, ZenohTransport};

const A: NodeId = NodeId::from_u128(1);
const B: NodeId = NodeId::from_u128(2);
const ENDPOINT: &str = "tcp/10.0.0.2:7447";
/// What the link carries.
const RATE: &str = "10mbit";
/// Bytes of a frame of bulk, and of control.
const BULK: usize = 60_000;
const CONTROL: usize = 64;
/// Time between two questions, how long it is measured, and how long before that bulk is sent.
const PERIOD: Duration = Duration::from_millis(20);
const MEASURED: Duration = Duration::from_secs(20);
const BEFORE: Duration = Duration::from_secs(3);

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let told = |word: &str| arguments.iter().any(|argument| argument == word);
    let done = match () {
        () if told("answer") => answer(told("slow")),
        () if told("ask") => ask(told("slow"), told("bulk")),
        () => compare(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

// --- both ends

fn settings(slow: bool) -> ZenohSettings {
    let mut settings = ZenohSettings::default();
    if slow {
        (settings.send_buffer, settings.batch) = (Some(8_192), Some(2_048));
        settings.receive_buffer = Some(8_192);
    }
    settings
}

fn letter(to: NodeId, class: Class, bytes: usize) -> Outgoing {
    Outgoing {
        to: Destination::Node(to),
        class,
        frame: vec![0; bytes].into(),
    }
}

fn answer(slow: bool) -> Result<()> {
    let mut settings = settings(slow);
    settings.listen.push(ENDPOINT.into());
    let session = settings.open()?;
    let mut transport = ZenohTransport::join(&session, Seat::node("load".parse()?, B))?;
    loop {
        if let Some(incoming) = transport.recv_timeout(PERIOD)
            && incoming.frame.len() == CONTROL
        {
            // Lost answers show at the other end.
            let _ = transport.send(letter(A, Class::Control, CONTROL));
        }
    }
}

fn ask(slow: bool, bulk: bool) -> Result<()> {
    let mut settings = settings(slow);
    settings.connect.push(ENDPOINT.into());
    let session = settings.open()?;
    let mut transport = ZenohTransport::join(&session, Seat::node("load".parse()?, A))?;
    let start = Instant::now();
    while !transport.is_heard(Destination::Node(B)) {
        if start.elapsed() > MEASURED {
            return Err("the other end is not there".into());
        }
        std::thread::sleep(PERIOD);
    }
    let (start, mut times, mut lost) = (Instant::now(), Vec::new(), 0);
    let before = bytes_on_the_wire()?;
    let mut next = start;
    let mut asked: Option<Instant> = None;
    while start.elapsed() < BEFORE + MEASURED {
        let now = Instant::now();
        if now >= next {
            let measured = start.elapsed() >= BEFORE;
            lost += usize::from(asked.is_some() && measured);
            transport.send(letter(B, Class::Control, CONTROL))?;
            asked = Some(now);
            // An answer that is late is waited for.
            next = now + if bulk { PERIOD * 10 } else { PERIOD };
        }
        if bulk {
            match transport.send(letter(B, Class::Bulk, BULK)) {
                Ok(()) | Err(SendError::Full) => {}
                Err(error) => return Err(error.into()),
            }
        }
        if transport.recv_timeout(Duration::from_millis(1)).is_some()
            && let Some(asked) = asked.take()
        {
            if start.elapsed() >= BEFORE {
                times.push(asked.elapsed());
            }
            next = next.min(asked + PERIOD);
        }
    }
    times.sort_unstable();
    let at = |share: f64| {
        let place = ((times.len() as f64 * share) as usize).min(times.len().saturating_sub(1));
        times.get(place).map_or(f64::NAN, |time| time.as_secs_f64() * 1e3)
    };
    println!(
        "{:.1} | {:.1} | {:.1} | {} | {lost} | {:.1}",
        at(0.5),
        at(0.99),
        at(1.0),
        times.len(),
        (bytes_on_the_wire()? - before) as f64 * 8.0 / start.elapsed().as_secs_f64() / 1e6
    );
    Ok(())
}

fn bytes_on_the_wire() -> Result<u64> {
    let bytes = std::fs::read_to_string("/sys/class/net/eth0/statistics/tx_bytes")?;
    Ok(bytes.trim().parse()?)
}

// --- the link

/// Two machines and the link between them.
struct Pair(String);

impl Pair {
    fn new() -> Result<Self> {
        let pair = Pair(format!("saturated{}", std::process::id()));
        let (left, right) = (pair.machine(1), pair.machine(2));
        for machine in [&left, &right] {
            run("ip", &["netns", "add", machine])?;
        }
        let veth = ["link", "add", "eth0", "netns", &left, "type", "veth"];
        run(
            "ip",
            &[&veth[..], &["peer", "name", "eth0", "netns", &right]].concat(),
        )?;
        for (k, machine) in [(1, &left), (2, &right)] {
            let address = format!("10.0.0.{k}/24");
            run("ip", &["-n", machine, "address", "add", &address, "dev", "eth0"])?;
            run("ip", &["-n", machine, "link", "set", "eth0", "up"])?;
            let limit = ["rate", RATE, "burst", "16kb", "latency", "100ms"];
            let place = ["-n", machine, "qdisc", "add", "dev", "eth0", "root", "tbf"];
            run("tc", &[&place[..], &limit].concat())?;
        }
        Ok(pair)
    }

    fn machine(&self, k: usize) -> String {
        format!("{}-{k}", self.0)
    }

    fn on(&self, k: usize, words: &[&str]) -> Result<Command> {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.machine(k)]);
        command.arg(env::current_exe()?).args(words);
        Ok(command)
    }
}

impl Drop for Pair {
    fn drop(&mut self) {
        for k in [1, 2] {
            let _ = run("ip", &["netns", "delete", &self.machine(k)]);
        }
    }
}

fn run(program: &str, arguments: &[&str]) -> Result<()> {
    let output = Command::new(program).args(arguments).output();
    let output = output.map_err(|error| format!("{program}: {error}"))?;
    match output.status.success() {
        true => Ok(()),
        false => Err(format!("{program}: {}", String::from_utf8_lossy(&output.stderr).trim()).into()),
    }
}

struct Ending(Child);

impl Drop for Ending {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn compare() -> Result<()> {
    println!("| settings | load | median ms | 99 % ms | longest ms | answered | lost | Mbit/s |");
    println!("|---|---|--:|--:|--:|--:|--:|--:|");
    for (slow, settings) in [(true, "for a slow link"), (false, "default")] {
        for (bulk, load) in [(false, "none"), (true, "bulk")] {
            let pair = Pair::new()?;
            let pace = if slow { "slow" } else { "fast" };
            let _answering = Ending(pair.on(2, &["answer", pace])?.spawn()?);
            let asking = pair.on(1, &["ask", pace, if bulk { "bulk" } else { "alone" }])?;
            let output = { asking }.stdout(Stdio::piped()).spawn()?.wait_with_output()?;
            let line = String::from_utf8(output.stdout)?;
            println!("| {settings} | {load} | {} |", line.trim());
        }
    }
    Ok(())
}
