//! How long things take that people wait for, and how many messages, beside what was promised.
//!
//! 200 seeds; 1,000 with `FLEET_TIMING=full`. With `--nocapture` the figures are printed.

use std::collections::BTreeMap;
use std::time::Duration;

use fleet_core::message::{Between, KINDS, Message, News};
use fleet_core::sim::{Arrivals, Faults, Happening, Mishap, Observer, Setup, Sim, Trouble};
use fleet_core::travel::Euclidean;
use fleet_core::{
    Config, Event, Node, NodeId, Place, Robot, RobotId, RobotSpec, Stop, Task, TaskId, TaskSpec, Time, wire,
};
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

/// The shortest and the longest time that a frame takes here.
const DELAYS: (Duration, Duration) = (Duration::from_millis(2), Duration::from_millis(50));

fn seeds() -> u64 {
    match std::env::var("FLEET_TIMING") {
        Ok(how) if how == "full" => 1_000,
        _ => 200,
    }
}

/// When the task of a run is submitted: all robots have joined.
fn submitted(seed: u64) -> Time {
    Time::from_micros(3_000_000 + seed * 7_919 % 1_000_000)
}

fn witness(k: u128) -> NodeId {
    NodeId::from_u128(1_000 + k)
}

/// Robots on a line, some metres apart.
fn setup(witnesses: u128, robots: u128, tasks: Vec<(Duration, Task)>) -> Setup {
    let robot = |k| {
        Robot::new(RobotSpec::new(
            RobotId::from_u128(k),
            Place::at(5.0 * k as f64, 0.0),
        ))
    };
    let robots = (1..=robots).map(|k| robot(k).unwrap()).collect();
    let mut config = Config::new(witness(0));
    config.witnesses = (0..witnesses).map(witness).collect();
    Setup::new(config, Box::new(Euclidean), robots, Arrivals::Timed(tasks))
}

/// A task of so many stops, each with work for `seconds`.
fn task(k: u128, stops: usize, seconds: u64) -> Task {
    let stop = |s| Stop::at(Place::at(s as f64, 3.0 + k as f64)).lasting(Duration::from_secs(seconds));
    Task::new(TaskSpec::new(
        TaskId::from_u128(k),
        (0..stops).map(stop).collect(),
    ))
    .unwrap()
}

/// One long task, three witnesses, four robots, frames that take their time.
fn run_of(seed: u64) -> (Setup, Xoshiro256PlusPlus) {
    let mut setup = setup(3, 4, vec![(submitted(seed).since(Time::ZERO), task(1, 1, 600))]);
    setup.seed = seed;
    (setup.faults.delay_min, setup.faults.delay_max) = DELAYS;
    (setup, Xoshiro256PlusPlus::seed_from_u64(seed ^ 0x7131))
}

fn crash(node: NodeId, at: Time) -> Mishap {
    let what = Trouble::Crash {
        restart: None,
        memory: false,
    };
    Mishap { node, at, what }
}

/// Who was told to start the task, and who said anything, and when.
#[derive(Default)]
struct Starts {
    started: Vec<(Time, NodeId)>,
    said: Vec<(Time, NodeId)>,
}

impl Observer for Starts {
    fn observe(&mut self, now: Time, happening: &Happening<'_>) {
        match happening {
            Happening::Event {
                node,
                event: Event::Start { .. },
            } => self.started.push((now, *node)),
            Happening::Sent { from, .. } => self.said.push((now, *from)),
            _ => {}
        }
    }
}

/// When something is killed.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Moment {
    /// At any time.
    Any,
    /// Right after it said that it is there.
    Worst,
}

/// Steps until `done`, and returns when that was.
fn step_until(sim: &mut Sim, starts: &mut Starts, done: impl Fn(&Sim, &Starts) -> bool) -> Time {
    let end = Time::from_secs(60);
    while !done(sim, starts) {
        assert!(sim.step(end, starts), "not within a minute");
    }
    sim.now()
}

/// Prints the middle, the 99th in a hundred and the greatest, in milliseconds, and returns the last.
fn print(what: &str, mut spans: Vec<Duration>, bound: Duration, formula: &str) -> Duration {
    spans.sort_unstable();
    let of = |share: f64| spans[((spans.len() - 1) as f64 * share).round() as usize].as_secs_f64() * 1e3;
    println!(
        "{what}: p50 {:.0} ms, p99 {:.0} ms, max {:.0} ms in {} runs; bound {:.0} ms = {formula}",
        of(0.5),
        of(0.99),
        of(1.0),
        spans.len(),
        bound.as_secs_f64() * 1e3,
    );
    spans[spans.len() - 1]
}

/// From the death of a task's robot until another one is told to start it.
fn takeover(seed: u64, moment: Moment) -> Duration {
    let (setup, mut random) = run_of(seed);
    let (mut sim, mut starts) = (Sim::new(setup).unwrap(), Starts::default());
    step_until(&mut sim, &mut starts, |_, starts| !starts.started.is_empty());
    let (started, owner) = starts.started[0];
    let any = started + Duration::from_micros(random.random_range(1..5_000_000));
    let said = |starts: &Starts| {
        let later = |(at, node): &&(Time, NodeId)| *node == owner && *at > any;
        starts.said.iter().find(later).map(|(at, _)| *at)
    };
    step_until(&mut sim, &mut starts, |_, starts| said(starts).is_some());
    let killed = match moment {
        Moment::Any => any,
        Moment::Worst => said(&starts).unwrap() + Duration::from_micros(1),
    };
    let (mut setup, _) = run_of(seed);
    setup.mishaps = vec![crash(owner, killed)];
    let (mut sim, mut starts) = (Sim::new(setup).unwrap(), Starts::default());
    let again = step_until(&mut sim, &mut starts, |_, starts| starts.started.len() > 1);
    assert_ne!(starts.started[1].1, owner);
    again.since(killed)
}

#[test]
fn a_dead_robots_task_runs_elsewhere_within_a_stated_time() {
    let config = Config::new(witness(0));
    let trip = DELAYS.1 * 2;
    // Bids, then an award on which the robot claims what it is to start.
    let auction = config.gather + trip * 2;
    // The last heartbeat was on its way when its robot died; then a majority decides that the task is open.
    let bound = config.lease.guard() + trip * 2 + auction;
    let formula = "guard + 2 round trips + auction (gather + 2 round trips)";
    for moment in [Moment::Any, Moment::Worst] {
        let spans = (0..seeds()).map(|seed| takeover(seed, moment)).collect();
        let what = format!("a dead robot's task runs elsewhere ({moment:?})");
        let max = print(&what, spans, bound, formula);
        assert!(max <= bound, "{max:?}");
    }
}

fn leads(sim: &Sim, node: NodeId) -> bool {
    let now = sim.clock_of(node);
    sim.nodes()
        .any(|other: &Node| other.id() == node && other.leads(now))
}

/// From the death of the leader, in an auction, until the next one leads; and until the task is started.
fn failover(seed: u64) -> (Duration, Duration) {
    let (mut setup, mut random) = run_of(seed);
    let auction = setup.config.gather + DELAYS.1 * 4;
    let killed = submitted(seed) + Duration::from_micros(random.random_range(0..auction.as_micros() as u64));
    setup.mishaps = vec![crash(witness(0), killed)];
    let (mut sim, mut starts) = (Sim::new(setup).unwrap(), Starts::default());
    step_until(&mut sim, &mut starts, |sim, _| sim.now() >= killed);
    let led = step_until(&mut sim, &mut starts, |sim, _| leads(sim, witness(1)));
    step_until(&mut sim, &mut starts, |_, starts| !starts.started.is_empty());
    (led.since(killed), starts.started[0].0.since(killed))
}

#[test]
fn another_witness_leads_within_the_suspicion_and_a_round_trip() {
    let config = Config::new(witness(0));
    let trip = DELAYS.1 * 2;
    let (leads, runs): (Vec<_>, Vec<_>) = (0..seeds()).map(failover).unzip();
    let bound = config.suspicion + trip;
    let max = print("another witness leads", leads, bound, "suspicion + 1 round trip");
    assert!(max <= bound, "{max:?}");
    let bound = config.suspicion + config.gather + trip * 3;
    let formula = "suspicion + gather + 3 round trips (last sign of life and award, auction, claim)";
    let max = print("a task that was for sale runs", runs, bound, formula);
    assert!(max <= bound, "{max:?}");
}

/// Messages by kind, each as often as it has recipients.
#[derive(Default)]
struct Count(BTreeMap<&'static str, u64>);

impl Count {
    fn of(&self, kind: &str) -> u64 {
        self.0.get(kind).copied().unwrap_or(0)
    }
}

/// What a message is for, finer than its kind.
fn name(message: &Message) -> &'static str {
    match message {
        Message::Heartbeat(beat) if beat.claims.iter().any(|claim| !claim.leased) => "claim",
        Message::Report {
            news: News::Started, ..
        } => "started",
        Message::Report {
            news: News::Progress(_),
            ..
        } => "progress",
        Message::Report { news: News::Done, .. } => "done",
        Message::Witness(_, Between::Digest(digest)) if digest.number > 0 => "sign of life",
        Message::Witness(
            _,
            Between::Records {
                scope: None, echo, ..
            },
        ) => match echo {
            true => "agree?",
            false => "agreed",
        },
        Message::Witness(_, Between::Ended(_)) => "agreed",
        Message::Witness(..) => "catching up",
        message => KINDS[wire::kind(&wire::encode(message)).unwrap()],
    }
}

impl Observer for Count {
    fn observe(&mut self, _: Time, happening: &Happening<'_>) {
        if let Happening::Sent {
            frame, recipients, ..
        } = happening
        {
            let message = wire::decode(frame, usize::MAX).unwrap();
            *self.0.entry(name(&message)).or_default() += u64::from(*recipients);
        }
    }
}

/// `w` witnesses, `s` stops, `r` robots, `n` tasks that do not overlap in time; how long it took.
fn messages(w: u64, s: u64, r: u64, n: u64) -> (Count, Duration) {
    let at = |k: u64| Duration::from_millis(3_000 + 1_037 * k);
    let tasks = (0..n).map(|k| (at(k), task(u128::from(k) + 1, s as usize, 2)));
    let mut setup = setup(w.into(), r.into(), tasks.collect());
    setup.faults = Faults {
        delay_max: Duration::from_millis(10),
        ..Faults::default()
    };
    let (mut sim, mut count) = (Sim::new(setup).unwrap(), Count::default());
    assert!(sim.run(Time::from_secs(2_000), &mut count));
    let end = sim.now() + Duration::from_secs(2);
    while sim.step(end, &mut count) {}
    (count, end.since(Time::ZERO))
}

/// How many messages a task takes, by what they are for; `w` witnesses, `s` stops, `r` robots.
fn formulas(w: u64, s: u64, r: u64) -> [(&'static str, &'static str, u64); 13] {
    let others = w - 1;
    [
        ("announce", "R", r),
        ("bids", "R", r),
        ("award", "1", 1),
        ("accept", "1", 1),
        ("claim", "W; and as many answers, which grant it", w),
        ("started", "W", w),
        ("progress", "(S - 1) W", (s - 1) * w),
        ("done", "W", w),
        ("noted", "W", w),
        (
            "agree?",
            "2 (W - 1): that it was submitted, that it has ended",
            2 * others,
        ),
        ("refuse", "0", 0),
        ("release", "0", 0),
        ("cancel", "0", 0),
    ]
}

/// How many answers witnesses give each other for a task, at least. Of three, one word of the leader is enough for the
/// others to know that a majority has it; of more, it tells them so afterwards, and those whose answer came later
/// again.
fn agreed(w: u64) -> u64 {
    let others = w - 1;
    2 * others + if w > 3 { 2 * others + others / 2 } else { 0 }
}

#[test]
fn a_task_takes_as_many_messages_as_the_formulas_say() {
    for (w, s) in [(1, 1), (3, 1), (3, 3), (5, 2)] {
        let (r, n) = (50, 100);
        let (count, lasted) = messages(w, s, r, n);
        let of = |kind: &str| count.of(kind);
        println!("W = {w} witnesses, S = {s} stops, R = {r} robots; messages a task, counted and by formula");
        for (kind, formula, each) in formulas(w, s, r) {
            println!(
                "  {kind:<12} {:>6.2} = {each:>3} = {formula}",
                of(kind) as f64 / n as f64
            );
            assert_eq!(of(kind), each * n, "{kind}: {formula}");
        }
        let (least, more) = (agreed(w) * n, of("agreed") + of("catching up"));
        println!(
            "  {:<12} {:>6.2} > {:>3}",
            "agreed",
            more as f64 / n as f64,
            agreed(w)
        );
        // What is on its way when one compares itself with another is told twice.
        let (beats, signs) = (lasted.as_secs() + 1, of("sign of life"));
        assert!(more >= least && (more - least) * 20 <= signs, "{least} {more}");

        println!(
            "  and every {:?}, whatever there is to do:",
            Config::new(witness(0)).heartbeat
        );
        let each = |kind: &str| of(kind) as f64 / beats as f64;
        println!(
            "  {:<12} {:>6.2} = {:>3} = W (W - 1)",
            "sign of life",
            each("sign of life"),
            w * (w - 1)
        );
        assert_eq!(signs, w * (w - 1) * beats);
        // A robot that claims has said that it is there: its next heartbeat is due later for that. One whose
        // introduction was overtaken repeats both soon.
        println!(
            "  {:<12} {:>6.2} ~ {:>3} = W R: renews all that a robot holds",
            "heartbeat",
            each("heartbeat"),
            w * r
        );
        let again = of("hello") - w * r;
        let most = w * (r * beats + again);
        assert!(of("heartbeat") <= most && of("heartbeat") + w * n >= w * r * (beats - 1));
        println!(
            "  {:<12} {:>6.2} ~ {:>3} = W R, and W a claim",
            "heard",
            each("heard"),
            w * r
        );
        let unanswered = of("heartbeat") + of("claim") - of("heard");
        assert!(unanswered <= 10, "{unanswered} on their way at the end");
    }
}
