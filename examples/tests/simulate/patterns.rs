//! The bundled scenarios, one for each deployment pattern.

use std::path::Path;

use fleet_core::message::Forfeit;
use fleet_core::output::StopReason;
use fleet_core::sim::{Happening, Invariants, Observer, Sim};
use fleet_core::{Event, Time};
use fleet_examples::run::{Choices, Recorder, Summary};
use fleet_examples::scenario::{Bundled, Scenario};
use serde_json::Value;

use crate::program::{folder, run};

const ALL: [(Bundled, &str, u64, u64); 4] = [
    (Bundled::SingleRobot, "single-robot", 1, 24),
    (Bundled::RobotEdge, "robot-edge", 6, 80),
    (Bundled::RobotCloud, "robot-cloud", 6, 80),
    (Bundled::Fleet, "fleet", 50, 300),
];

/// The summary that the program prints, without what depends on the machine.
fn printed(test: &str, arguments: &[&str]) -> Value {
    let fixed = ["--json", "--no-report"];
    let ended = run("simulate", &folder(test), &[&fixed, arguments].concat());
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""), "{arguments:?}");
    let mut summary: Value = serde_json::from_str(&ended.out).expect("JSON");
    for machine in ["wall", "compute"] {
        assert!(summary.as_object_mut().unwrap().remove(machine).is_some());
    }
    summary
}

#[test]
fn each_pattern_does_all_its_tasks_and_says_so() {
    for (_, name, robots, tasks) in ALL {
        let summary = printed(&format!("pattern-{name}"), &["--scenario", name]);
        assert_eq!(summary["scenario"], name);
        assert_eq!(summary["settings"]["pattern"], name);
        assert_eq!(summary["robots"], robots, "{name}");
        assert_eq!(summary["complete"], true, "{name}");
        assert_eq!(summary["broken"], Value::Null, "{name}");
        assert_eq!(summary["tasks"]["done"], tasks, "{name}");
        for none in ["failed", "cancelled", "unserved"] {
            assert_eq!(summary["tasks"][none], 0, "{name}: {none}");
        }
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("scenarios/{name}.toml"));
        let from_file = printed(&format!("pattern-{name}-file"), &[file.to_str().expect("text")]);
        assert_eq!(summary, from_file, "{name}: by its name, or from its file");
    }
}

#[test]
fn long_loads_are_carried_by_several_robots_at_a_time() {
    for strategy in ["centralized", "distributed", "hybrid"] {
        let arguments = ["--scenario", "long-loads", "--strategy", strategy];
        let summary = printed(&format!("long-loads-{strategy}"), &arguments);
        assert_eq!(summary["complete"], true, "{strategy}");
        assert_eq!(summary["broken"], Value::Null, "{strategy}");
        assert_eq!(summary["tasks"]["done"], 27, "{strategy}");
    }
}

#[test]
fn the_tables_say_which_pattern_and_that_nothing_was_broken() {
    let ended = run(
        "simulate",
        &folder("pattern-table"),
        &["--scenario", "robot-edge", "--no-report"],
    );
    assert!(ended.out.contains("robot-edge pattern\n"), "{}", ended.out);
    let row = ended.out.lines().find(|line| line.contains("promises broken"));
    assert!(
        row.is_some_and(|row| row.trim_end().ends_with("none")),
        "{}",
        ended.out
    );
    assert!(
        ended.out.lines().all(|line| line.chars().count() <= 80),
        "{}",
        ended.out
    );
}

#[test]
fn a_name_and_a_file_are_too_much() {
    let ended = run(
        "simulate",
        &folder("pattern-both"),
        &["yard.toml", "--scenario", "fleet"],
    );
    assert_eq!(ended.code, Some(2));
    assert!(ended.err.contains("cannot be used with"), "{}", ended.err);
    let ended = run("simulate", &folder("pattern-none"), &["--scenario", "moon"]);
    assert_eq!(ended.code, Some(2));
    assert!(ended.err.contains("robot-cloud"), "{}", ended.err);
}

/// Looks on as the program does, judges after everything that happens, and counts.
struct Watch {
    recorder: Recorder,
    promises: Invariants,
    /// When exclusive tasks were stopped because their leases ran out.
    lost: Vec<Time>,
    /// When tasks were begun.
    started: Vec<Time>,
}

impl Observer for Watch {
    fn observe(&mut self, now: Time, happening: &Happening<'_>) {
        self.recorder.observe(now, happening);
        self.promises.observe(now, happening);
        match happening {
            Happening::Event {
                event:
                    Event::Stop {
                        why: StopReason::Lost(Forfeit::LeaseLost),
                        ..
                    },
                ..
            } => self.lost.push(now),
            Happening::Event {
                event: Event::Start { .. },
                ..
            } => self.started.push(now),
            _ => {}
        }
    }
}

fn watched(scenario: &Scenario) -> (Watch, Summary) {
    let choices = Choices::default().or_scenario(scenario).expect("its choices");
    let setup = choices.setup(scenario);
    let mut watch = Watch {
        recorder: Recorder::new(scenario, false),
        promises: Invariants::of(&setup.config, &setup.robots, Time::NEVER),
        lost: Vec::new(),
        started: Vec::new(),
    };
    let mut sim = Sim::new(setup).expect("a good scenario");
    while !sim.is_over() && sim.step(Time::from_secs(7200), &mut watch) {
        watch.promises.look(&sim);
    }
    watch.promises.finish(&sim);
    let summary = Summary::new(scenario, &choices, &watch.recorder, &sim, 0.0);
    (watch, summary)
}

#[test]
fn no_pattern_breaks_a_promise_whatever_the_seed() {
    for (bundled, name, _, tasks) in ALL {
        for seed in 1..=5 {
            let (watch, summary) = watched(&bundled.read(Some(seed)));
            let broken = watch.promises.violation();
            assert!(broken.is_none(), "{name}, seed {seed}: {broken:?}");
            assert_eq!(
                (summary.complete, &summary.broken),
                (true, &None),
                "{name}, seed {seed}"
            );
            assert_eq!(summary.tasks.done as u64, tasks, "{name}, seed {seed}");
        }
    }
}

#[test]
fn a_short_outage_of_the_uplink_costs_no_lease_and_a_long_one_stops_the_site() {
    let between = |times: &[Time], from, until| {
        let inside = |at: &&Time| Time::from_secs(from) <= **at && **at < Time::from_secs(until);
        times.iter().filter(inside).count()
    };
    let mut long = 0;
    for seed in 1..=5 {
        let (watch, _) = watched(&Bundled::RobotCloud.read(Some(seed)));
        assert_eq!(between(&watch.lost, 0, 600), 0, "seed {seed}: {:?}", watch.lost);
        long += between(&watch.lost, 600, 660);
        // Under the last leases some still go from one task of their plan to the next; then nobody does.
        assert_eq!(
            between(&watch.started, 625, 660),
            0,
            "seed {seed}: {:?}",
            watch.started
        );
        assert!(between(&watch.started, 660, 760) > 0, "seed {seed}: it goes on");
    }
    assert!(long > 0, "the test has something to see");
}
