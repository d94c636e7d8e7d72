//! What the summary and the report say of a run, counted again from what happened in it.

use std::collections::{BTreeMap, BTreeSet};

use fleet_core::ledger::Phase;
use fleet_core::sim::{Doing, Happening, Observer, Sim};
use fleet_core::{Event, Point, RobotId, TaskId, Time};
use fleet_examples::report::{AuctionStory, BarKind, LogLine, Report, RobotState, TaskOutcome};
use fleet_examples::run::{Choices, Recorder, Summary, report};
use fleet_examples::scenario::Scenario;

/// Counts by itself, in the plainest way, and lets the recorder watch too.
struct Count {
    recorder: Recorder,
    submitted: BTreeMap<TaskId, f64>,
    ended: BTreeMap<TaskId, (f64, Phase)>,
    awards: BTreeMap<TaskId, usize>,
    doing: BTreeMap<RobotId, Vec<(f64, Doing)>>,
    driven: BTreeMap<RobotId, f64>,
    route: BTreeMap<RobotId, Vec<(Time, Point)>>,
    messages: [u64; 4],
}

impl Count {
    /// Metres of the route being driven that were driven by `now`, leg by leg.
    fn drive(&mut self, robot: RobotId, now: Time) {
        let route = self.route.remove(&robot).unwrap_or_default();
        let driven = self.driven.entry(robot).or_default();
        for leg in route.windows(2) {
            let ((from, start), (to, end)) = (leg[0], leg[1]);
            let (whole, part) = (to.since(from), now.min(to).since(from));
            if whole.as_micros() > 0 {
                *driven += start.distance(end) * part.as_secs_f64() / whole.as_secs_f64();
            }
        }
    }
}

impl Observer for Count {
    fn observe(&mut self, now: Time, happening: &Happening<'_>) {
        self.recorder.observe(now, happening);
        let t = now.as_secs_f64();
        match happening {
            Happening::Submitted(task) => drop(self.submitted.insert(task.id(), t)),
            Happening::Event { event, .. } => match event {
                Event::Task { task, phase, .. } if phase.is_terminal() => {
                    self.ended.insert(*task, (t, phase.clone()));
                }
                Event::Awarded(awarded) => *self.awards.entry(awarded.task).or_default() += 1,
                _ => {}
            },
            Happening::Body {
                robot, doing, route, ..
            } => {
                self.drive(*robot, now);
                self.route.insert(*robot, route.to_vec());
                self.doing.entry(*robot).or_default().push((t, *doing));
            }
            Happening::Sent {
                frame,
                recipients,
                lost,
                ..
            } => {
                self.messages[0] += 1;
                self.messages[2] += u64::from(*lost);
                self.messages[3] += frame.len() as u64 * u64::from(*recipients);
            }
            Happening::Delivered { .. } => self.messages[1] += 1,
            _ => {}
        }
    }
}

struct Ran {
    scenario: Scenario,
    sim: Sim,
    count: Count,
    summary: Summary,
    report: Report,
    end: f64,
}

/// The bundled run, as far as `until`.
fn run(until: u64) -> Ran {
    let scenario = Scenario::bundled(3);
    let choices = Choices::default().or_scenario(&scenario).expect("its choices");
    let mut sim = Sim::new(choices.setup(&scenario)).expect("a good scenario");
    let mut count = Count {
        recorder: Recorder::new(&scenario, true),
        submitted: BTreeMap::new(),
        ended: BTreeMap::new(),
        awards: BTreeMap::new(),
        doing: BTreeMap::new(),
        driven: BTreeMap::new(),
        route: BTreeMap::new(),
        messages: [0; 4],
    };
    sim.run(Time::from_secs(until), &mut count);
    let now = sim.now();
    count.recorder.finish(now);
    for robot in count.route.keys().copied().collect::<Vec<_>>() {
        count.drive(robot, now);
    }
    let summary = Summary::new(&scenario, &choices, &count.recorder, &sim, 1.0);
    let report = report(&scenario, &count.recorder, &sim, &summary);
    let end = now.as_secs_f64();
    Ran {
        scenario,
        sim,
        count,
        summary,
        report,
        end,
    }
}

/// In the middle of things, and at the end.
fn runs() -> [Ran; 2] {
    [run(1000), run(3600)]
}

fn near(a: f64, b: f64, what: &str) {
    assert!((a - b).abs() <= 1e-6 * (1.0 + b.abs()), "{what}: {a} is not {b}");
}

fn at_task(doing: &Doing) -> Option<TaskId> {
    match doing {
        Doing::Travelling(task) | Doing::Waiting(task) | Doing::Working(task) => Some(*task),
        _ => None,
    }
}

impl Ran {
    /// What each body did from when to when.
    fn spans(&self, robot: RobotId) -> Vec<(f64, f64, Doing)> {
        let doing = &self.count.doing.get(&robot).cloned().unwrap_or_default();
        let ends = doing.iter().skip(1).map(|(t, _)| *t).chain([self.end]);
        let spans = doing
            .iter()
            .zip(ends)
            .map(|((from, doing), to)| (*from, to, *doing));
        spans.filter(|(from, to, _)| from < to).collect()
    }

    fn done(&self) -> impl Iterator<Item = (&TaskId, f64)> {
        let done = self
            .count
            .ended
            .iter()
            .filter(|(_, (_, phase))| *phase == Phase::Done);
        done.map(|(task, (t, _))| (task, *t))
    }
}

#[test]
fn tasks_and_their_times() {
    for ran in runs() {
        let tasks = &ran.summary.tasks;
        assert_eq!(tasks.submitted, ran.count.submitted.len());
        assert_eq!(tasks.done, ran.done().count());
        assert!(tasks.done > 100);
        let ledger = ran
            .sim
            .records()
            .filter(|record| record.state.phase == Phase::Done);
        assert_eq!(tasks.done, ledger.count(), "what the coordinator knows");
        let flowtimes = ran.done().map(|(task, t)| {
            let timed = ran.scenario.tasks.iter().find(|timed| timed.task.id() == *task);
            let release = timed.and_then(|timed| timed.task.release());
            t - ran.count.submitted[task].max(release.map_or(0.0, |release| release.as_secs_f64()))
        });
        let flowtimes: Vec<f64> = flowtimes.collect();
        let mean = flowtimes.iter().sum::<f64>() / flowtimes.len() as f64;
        near(ran.summary.flowtime.mean, mean, "flowtime");
        let makespan = ran.done().map(|(_, t)| t).fold(0.0, f64::max);
        near(ran.summary.makespan, makespan, "makespan");
        let awards: usize = ran.count.awards.values().sum();
        assert_eq!(ran.summary.compute.decisions, awards as u64);
    }
}

#[test]
fn lateness() {
    for ran in runs() {
        for class in &ran.summary.classes {
            let mut late: Vec<f64> = Vec::new();
            for (task, t) in ran.done() {
                let timed = ran.scenario.tasks.iter().find(|timed| timed.task.id() == *task);
                let task = &timed.expect("a task of the scenario").task;
                if task.priority() == class.priority
                    && let Some(due) = task.due()
                {
                    late.push((t - due.as_secs_f64()).max(0.0));
                }
            }
            assert_eq!(class.with_due, late.len());
            assert_eq!(class.late, late.iter().filter(|late| **late > 0.0).count());
            near(
                class.max_lateness,
                late.iter().copied().fold(0.0, f64::max),
                "most",
            );
            let mean = late.iter().sum::<f64>() / late.len().max(1) as f64;
            near(class.mean_lateness, mean, "mean");
        }
    }
}

#[test]
fn travel_and_use() {
    for ran in runs() {
        near(ran.summary.travel, ran.count.driven.values().sum(), "travel");
        let mut used = Vec::new();
        for (named, track) in ran.scenario.robots.iter().zip(&ran.report.robots) {
            let id = named.robot.id();
            near(
                track.distance,
                ran.count.driven.get(&id).copied().unwrap_or(0.0),
                &named.name,
            );
            let busy = ran
                .spans(id)
                .into_iter()
                .filter(|(_, _, doing)| at_task(doing).is_some());
            used.push(busy.map(|(from, to, _)| to - from).sum::<f64>() / ran.end);
        }
        let mean = used.iter().sum::<f64>() / used.len() as f64;
        near(ran.summary.utilization.mean, mean, "use");
        near(
            ran.summary.utilization.max,
            used.iter().copied().fold(0.0, f64::max),
            "most used",
        );
        let done: usize = ran.report.robots.iter().map(|robot| robot.done).sum();
        assert_eq!(done, ran.summary.tasks.done);
    }
}

#[test]
fn messages() {
    for ran in runs() {
        let messages = &ran.summary.messages;
        let counted = [messages.sent, messages.delivered, messages.lost, messages.bytes];
        assert_eq!(counted, ran.count.messages);
        let rows = &ran.report.message_table;
        assert_eq!(rows.iter().map(|row| row.sent).sum::<u64>(), messages.sent);
        let series = &ran.report.message_series;
        let over_time: f64 = series.kinds.iter().flat_map(|kind| &kind.count).sum();
        near(over_time, messages.sent as f64, "messages over time");
        near(series.lost.iter().sum(), messages.lost as f64, "lost over time");
    }
}

#[test]
fn bars_are_what_bodies_did_for_tasks() {
    for ran in runs() {
        for (named, track) in ran.scenario.robots.iter().zip(&ran.report.robots) {
            let spans = ran.spans(named.robot.id());
            let expected: Vec<_> = spans
                .iter()
                .filter_map(|(from, to, doing)| {
                    let kind = match doing {
                        Doing::Travelling(_) => BarKind::Travel,
                        _ => BarKind::Work,
                    };
                    Some((at_task(doing)?.to_string(), *from, *to, kind))
                })
                .collect();
            let bars = track.bars.iter();
            let told = bars.map(|bar| (ran.report.tasks[bar.task].id.clone(), bar.from, bar.to, bar.kind));
            assert_eq!(told.collect::<Vec<_>>(), expected, "{}", named.name);
        }
    }
}

#[test]
fn tasks_over_time_are_what_they_were() {
    for ran in runs() {
        let series = &ran.report.task_series;
        let spans: Vec<_> = ran
            .scenario
            .robots
            .iter()
            .flat_map(|named| ran.spans(named.robot.id()))
            .collect();
        for k in 0..series.t.len() {
            let t = series.t[k];
            let submitted = ran.count.submitted.values().filter(|at| **at <= t).count();
            let done = ran.done().filter(|(_, at)| *at <= t).count();
            let open = |task: &TaskId| ran.count.ended.get(task).is_none_or(|(at, _)| *at > t);
            let running: BTreeSet<TaskId> = spans
                .iter()
                .filter(|(from, to, _)| *from <= t && t < *to)
                .filter_map(|(_, _, doing)| at_task(doing))
                .filter(open)
                .collect();
            assert_eq!(series.done[k], done as f64, "done at {t}");
            assert_eq!(series.running[k], running.len() as f64, "running at {t}");
            let all = series.open[k] + series.running[k] + series.done[k] + series.failed[k];
            assert_eq!(all, submitted as f64, "all at {t}");
        }
    }
}

#[test]
fn robots_stay_on_free_ground() {
    for ran in runs() {
        let map = ran.report.map.as_ref().expect("a map");
        for track in &ran.report.robots {
            let mut before = 0.0;
            for [t, x, y] in &track.keyframes {
                assert!(*t >= before, "{}: {t} after {before}", track.name);
                before = *t;
                let (column, up) = ((x / map.cell) as usize, (y / map.cell) as usize);
                let row = map.rows.len() - 1 - up;
                let cell = map.rows[row].as_bytes()[column];
                assert_eq!(cell, b'.', "{} at {t}: {x}, {y}", track.name);
            }
        }
    }
}

#[test]
fn states_have_no_gaps_and_show_what_went_wrong() {
    let ran = run(1000);
    let robot = |name: &str| {
        let found = ran.report.robots.iter().find(|robot| robot.name == name);
        found.expect("it is in the scenario")
    };
    let state = |name: &str, t: f64| {
        let mut states = robot(name).states.iter();
        let at = states.find(|span| span.from <= t && t < span.to);
        at.map(|span| span.kind)
    };
    for track in &ran.report.robots {
        for pair in track.states.windows(2) {
            assert_eq!(pair[0].to, pair[1].from, "{}", track.name);
        }
    }
    for name in ["carrier-1", "carrier-2", "carrier-3", "lifter-1", "inspector-1"] {
        assert_eq!(state(name, 610.0), Some(RobotState::CutOff), "{name}");
        assert_ne!(state(name, 599.0), Some(RobotState::CutOff), "{name}");
        assert_ne!(state(name, 621.0), Some(RobotState::CutOff), "{name}");
    }
    assert_ne!(state("carrier-4", 610.0), Some(RobotState::CutOff));
    assert_ne!(state("carrier-7", 899.0), Some(RobotState::Broken));
    assert_eq!(state("carrier-7", 950.0), Some(RobotState::Broken));
    let charging = |kind| kind == RobotState::Charging;
    let charged = ran.report.robots.iter().flat_map(|robot| &robot.states);
    assert!(charged.filter(|span| charging(span.kind)).count() > 0);
    let events: Vec<&str> = ran
        .report
        .events
        .iter()
        .map(|event| event.text.as_str())
        .collect();
    assert!(events.contains(&"carrier-7 broke down"), "{events:?}");
    assert!(events.contains(&"5 robots are cut off"), "{events:?}");
}

#[test]
fn every_award_names_its_winner_and_its_price() {
    let ran = run(1000);
    for task in &ran.report.tasks {
        let id = ran.count.awards.iter().find(|(id, _)| id.to_string() == task.id);
        assert_eq!(
            task.auctions.len(),
            id.map_or(0, |(_, awards)| *awards),
            "{}",
            task.name
        );
        for auction in &task.auctions {
            let winner = auction.bids.iter().find(|bid| Some(bid.robot) == auction.winner);
            let winner = winner.unwrap_or_else(|| panic!("no bid of the winner of {}", task.name));
            near(winner.terms.iter().sum(), winner.cost, "terms");
            assert!(auction.opened <= auction.closed);
        }
        if task.outcome == TaskOutcome::Done {
            let won = |auction: &AuctionStory| auction.winner == task.robot;
            // One that was cut off may tell that it was through when the task has gone to another: done is done.
            let silent = |line: &LogLine| line.text == "Open again: its robot fell silent.";
            let earlier = task.log.iter().any(silent) && task.auctions.iter().any(won);
            assert!(task.auctions.last().is_some_and(won) || earlier, "{}", task.name);
            assert!(task.submitted <= task.started && task.started <= task.finished);
        }
    }
}
