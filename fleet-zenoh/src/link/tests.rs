//! Links that are what the test makes them.

use fleet_core::pattern::LinkBudget;
use fleet_core::{Config, NodeId};

use super::*;

const HERE: NodeId = NodeId::from_u128(1);
const THERE: NodeId = NodeId::from_u128(2);

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn monitor() -> LinkMonitor {
    let mut monitor = LinkMonitor::new(LinkSettings::default()).unwrap();
    assert!(monitor.watch(THERE, Time::ZERO));
    monitor
}

/// One probe a second from the first on, each answered after so many milliseconds, or not at all.
fn probed(round_trips: &[Option<u64>]) -> (LinkMonitor, Time) {
    let mut monitor = monitor();
    let mut now = Time::ZERO;
    for round_trip in round_trips {
        let (to, ask) = monitor.poll(now).expect("one is due");
        assert_eq!((to, monitor.poll(now)), (THERE, None));
        if let Some(millis) = round_trip {
            let answer = monitor.clone().handle(now, HERE, &ask).expect("an answer");
            assert_eq!(monitor.handle(now + ms(*millis), THERE, &answer), None);
        }
        now = now + ms(1_000);
        assert_eq!(monitor.next_timeout(), Some(now));
    }
    (monitor, now)
}

fn report(round_trips: &[Option<u64>]) -> LinkReport {
    let (monitor, now) = probed(round_trips);
    monitor.report(THERE, now).unwrap()
}

#[test]
fn round_trips_are_those_of_the_probes() {
    let report = report(&[Some(10), Some(30), Some(20)]);
    assert_eq!((report.round_trip, report.longest), (Some(ms(20)), Some(ms(30))));
    assert_eq!((report.loss, report.probes, report.silence), (0.0, 3, ms(980)));
}

#[test]
fn jitter_is_that_of_rfc_3550() {
    // |D| is 20 ms, 10 ms, 0: J = 0 + 20/16 = 1.25; + (10 - 1.25)/16 = 1.796875; - 1.796875/16.
    let jitter = report(&[Some(10), Some(30), Some(20), Some(20)])
        .jitter
        .as_secs_f64();
    assert!((jitter - 1.684_570_312_5e-3).abs() < 1e-8, "{jitter}");
    // With a difference that stays the same it comes to that difference.
    let steady: Vec<_> = (0..200).map(|k| Some(if k % 2 == 0 { 10 } else { 18 })).collect();
    let jitter = report(&steady).jitter.as_secs_f64();
    assert!((jitter - 8e-3).abs() < 1e-4, "{jitter}");
}

#[test]
fn what_is_not_answered_in_time_is_lost() {
    let mut probes = vec![Some(5); 8];
    probes.extend([
        None,
        None,
        Some(2_500),
        Some(5),
        Some(5),
        Some(5),
        Some(5),
        Some(5),
    ]);
    let (monitor, now) = probed(&probes);
    let report = monitor.report(THERE, now).unwrap();
    assert_eq!((report.loss, report.probes), (3.0 / 16.0, 16));
    // From the answer of the eighth to that of the twelfth, beyond an interval.
    assert_eq!((report.outage, monitor.odd()), (ms(3_000), 1));
}

#[test]
fn only_the_last_64_count() {
    let mut probes = vec![None; 40];
    probes.extend(vec![Some(5); 66]);
    let report = report(&probes);
    assert_eq!((report.loss, report.probes), (0.0, 64));
    assert!(report.outage < ms(1_000), "{:?}", report.outage);
}

#[test]
fn bytes_are_counted_over_ten_seconds() {
    let mut monitor = monitor();
    for second in 0..30 {
        monitor.saw(Time::from_secs(second), THERE, 500);
        monitor.saw(Time::from_secs(second), THERE, 500);
        monitor.saw(Time::from_secs(second), HERE, 7); // not watched
    }
    let rate = |second| {
        monitor
            .report(THERE, Time::from_secs(second))
            .unwrap()
            .bytes_per_second
    };
    assert_eq!(rate(30), 1_000.0);
    assert!(rate(34) < 700.0);
    assert_eq!(rate(60), 0.0);
}

#[test]
fn a_budget_is_what_was_seen() {
    let mut probes = vec![Some(5); 24];
    probes.extend([Some(40), None, None, None, None, Some(5), Some(5), Some(5)]);
    let (monitor, now) = probed(&probes);
    let report = monitor.report(THERE, now).unwrap();
    let budget = report.budget(1e-9).unwrap();
    assert_eq!((budget.round_trip, budget.outage), (ms(40), ms(3_965)));
    // A probe is lost if either way loses a frame: 1 - (1 - q)² of 4 in 32.
    assert!((1.0 - (1.0 - budget.loss) * (1.0 - budget.loss) - 0.125).abs() < 1e-12);
    // Timings follow from it.
    let mut config = Config::new(THERE);
    budget.apply(&mut config).unwrap();
    assert!(config.lease.length() > budget.outage);
    assert_eq!(report.shortfall(&budget), None);
    assert_eq!(report.shortfall(&LinkBudget::SITE), Some(Shortfall::Outage));
    let slower = LinkBudget {
        round_trip: ms(39),
        ..budget
    };
    assert_eq!(report.shortfall(&slower), Some(Shortfall::RoundTrip));
    let safer = LinkBudget { loss: 0.05, ..budget };
    assert_eq!(report.shortfall(&safer), Some(Shortfall::Loss));
    assert_eq!(
        monitor.report(THERE, now + ms(9_000)).unwrap().shortfall(&budget),
        Some(Shortfall::Silent)
    );
    let worst = worst(&[report, LinkReport { loss: 0.9, ..report }], 1e-9).unwrap();
    assert_eq!((worst.round_trip, worst.loss), (ms(40), 0.5));
    assert_eq!(worst.check(), Ok(()));
}

#[test]
fn a_link_without_an_answer_has_no_budget() {
    let report = report(&[None; 5]);
    assert_eq!(
        (report.round_trip, report.budget(1e-9), report.loss),
        (None, None, 1.0)
    );
    assert_eq!(report.silence, ms(5_000));
}

#[test]
fn settings_that_cannot_be_are_named() {
    let with = |interval, timeout| {
        let settings = LinkSettings { interval, timeout };
        LinkMonitor::new(settings).map_err(|invalid| invalid.to_string())
    };
    assert_eq!(
        with(ms(9), ms(9)).unwrap_err(),
        "interval: must be at least 10 ms"
    );
    assert_eq!(
        with(ms(10), ms(321)).unwrap_err(),
        "timeout: must be at most 32 intervals"
    );
    assert!(with(ms(10), ms(320)).is_ok());
}

#[test]
fn no_more_links_are_watched_than_may_be() {
    let mut monitor = monitor();
    for k in 3..3 + LINKS as u128 - 1 {
        assert!(monitor.watch(NodeId::from_u128(k), Time::ZERO));
    }
    assert!(!monitor.watch(NodeId::from_u128(u128::MAX), Time::ZERO));
    assert!(monitor.watch(THERE, Time::ZERO), "that one is there");
    monitor.forget(THERE);
    assert!(monitor.watch(NodeId::from_u128(u128::MAX), Time::ZERO));
}

/// Whatever happens, in whatever order.
#[test]
fn nothing_grows_and_nothing_leaves_its_range() {
    for seed in 0..300_u64 {
        // Knuth's MMIX generator; its upper bits are the better ones.
        let mut state = seed;
        let mut below = |bound: u64| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % bound
        };
        let (mut monitor, mut now, mut asks) = (monitor(), Time::ZERO, Vec::new());
        let mut sent = 0;
        for _ in 0..2_000 {
            match below(8) {
                0..=2 => now = now + ms(below(700)),
                3 | 4 => {
                    while let Some((_, ask)) = monitor.poll(now) {
                        asks.push(ask);
                        sent += 1;
                    }
                    assert!(monitor.next_timeout() > Some(now));
                }
                5 if !asks.is_empty() => {
                    let ask = asks[below(asks.len() as u64) as usize];
                    let answer = monitor.handle(now, HERE, &ask).expect("an answer");
                    monitor.handle(now, if below(5) == 0 { HERE } else { THERE }, &answer);
                }
                6 => {
                    let bytes: Vec<u8> = (0..below(9)).map(|_| below(256) as u8).collect();
                    monitor.handle(now, THERE, &bytes);
                }
                _ => monitor.saw(now, THERE, below(10_000) as usize),
            }
            let report = monitor.report(THERE, now).unwrap();
            let timeout = monitor.settings.timeout;
            assert!(
                (0.0..=1.0).contains(&report.loss) && report.probes <= WINDOW,
                "seed {seed}: {report:?}"
            );
            assert!(
                report.longest <= Some(timeout) && report.round_trip <= report.longest,
                "seed {seed}"
            );
            assert!(
                report.jitter <= timeout && report.outage <= now.since(Time::ZERO),
                "seed {seed}"
            );
            assert!(monitor.peers[&THERE].kept() <= WINDOW, "seed {seed}");
            if let Some(budget) = report.budget(1e-9) {
                assert_eq!(budget.check(), Ok(()), "seed {seed}");
            }
        }
        assert!(
            sent <= now.as_micros() / 1_000_000 + 1,
            "seed {seed}: {sent} probes in {now:?}"
        );
    }
}
