//! A run, told as a report.

use fleet_core::ledger::Phase;
use fleet_core::message::KINDS;
use fleet_core::output::{Awarded, Reopened, StopReason};
use fleet_core::sim::{Doing, Sim};
use fleet_core::{Point, Stop, Task, Terms, UtcTime};

use super::recorder::{BodyLog, INTERVAL, Life, Note, Recorder, Step};
use super::summary::{Spread, Summary};
use crate::report::{
    AuctionStory, Bar, BarKind, BarOutcome, BidStory, Fact, FleetEvent, FleetEventKind, LogLine, MapPicture,
    MessageCount, MessageRow, MessageSeries, Report, RobotState, RobotTrack, StateSpan, SummaryGroup,
    TaskOutcome, TaskSeries, TaskStory,
};
use crate::scenario::{Floor, Scenario};

/// Bids of one auction that are told; the others are counted.
const BIDS: usize = 12;
/// How far from the way driven the picture of it may be, in metres.
const TOLERANCE: f64 = 0.05;

/// The report of a run. `facts` say how it was made.
pub fn report(
    scenario: &Scenario,
    recorder: &Recorder,
    sim: &Sim,
    summary: &Summary,
    facts: Vec<Fact>,
) -> Report {
    let teller = Teller {
        scenario,
        recorder,
        end: sim.now().as_secs_f64(),
    };
    let mut report = Report::new(format!("Fleet run: {}", scenario.name));
    report.subtitle = subtitle(summary);
    report.facts = facts;
    report.summary = groups(summary);
    report.map = picture(&scenario.floor);
    report.chargers = scenario
        .chargers
        .iter()
        .map(|point| [point.x(), point.y()])
        .collect();
    report.duration = teller.end;
    report.terms = Terms::default()
        .named()
        .iter()
        .map(|(name, _)| (*name).to_owned())
        .collect();
    report.robots = teller.robots(sim);
    report.tasks = (0..scenario.tasks.len()).filter_map(|k| teller.task(k)).collect();
    report.task_series = teller.task_series();
    report.message_series = message_series(recorder);
    report.message_table = message_table(recorder);
    report.events = recorder
        .notes
        .iter()
        .map(|(t, note)| teller.event(*t, note))
        .collect();
    report
}

fn subtitle(summary: &Summary) -> String {
    let end = if summary.complete {
        "all tasks ended"
    } else {
        "stopped before all tasks ended"
    };
    format!(
        "{} robots, {} tasks, {}: {end}",
        summary.robots,
        summary.tasks.submitted,
        clock(summary.duration)
    )
}

fn clock(seconds: f64) -> String {
    let whole = seconds as u64;
    format!("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60)
}

/// The summary in groups of label and value; also what is printed on a terminal.
pub(crate) fn groups(summary: &Summary) -> Vec<SummaryGroup> {
    let tasks = &summary.tasks;
    let group = |title: &str, rows: Vec<Fact>| SummaryGroup {
        title: title.into(),
        rows,
    };
    let seconds = |value: f64| format!("{value:.1} s");
    let mut groups = vec![
        group(
            "Tasks",
            vec![
                Fact::new("done", format!("{} of {}", tasks.done, tasks.submitted)),
                Fact::new("failed", tasks.failed),
                Fact::new("cancelled", tasks.cancelled),
                Fact::new("unserved", tasks.unserved),
                Fact::new("reopened after a robot had them", tasks.reopened),
            ],
        ),
        group(
            "Time",
            vec![
                Fact::new("makespan", clock(summary.makespan)),
                Fact::new("flowtime, mean", seconds(summary.flowtime.mean)),
                Fact::new("flowtime, p95", seconds(summary.flowtime.p95)),
                Fact::new(
                    "time to award, p50",
                    format!("{:.3} s", summary.time_to_award.p50),
                ),
                Fact::new(
                    "time to award, p99",
                    format!("{:.3} s", summary.time_to_award.p99),
                ),
            ],
        ),
        group(
            "Robots",
            vec![
                Fact::new("in use, mean", share(summary.utilization.mean)),
                Fact::new("in use, least to most", between(&summary.utilization)),
                Fact::new("tasks each, mean", format!("{:.1}", summary.tasks_per_robot.mean)),
                Fact::new(
                    "tasks each, least to most",
                    format!(
                        "{:.0} to {:.0}",
                        summary.tasks_per_robot.min, summary.tasks_per_robot.max
                    ),
                ),
                Fact::new("travel", format!("{:.2} km", summary.travel / 1e3)),
            ],
        ),
        group(
            "Messages and computing",
            vec![
                Fact::new("messages a task", format!("{:.1}", summary.messages.per_task)),
                Fact::new("bytes a task", format!("{:.0}", summary.messages.bytes_per_task)),
                Fact::new("messages sent", summary.messages.sent),
                Fact::new("lost on the way", summary.messages.lost),
                Fact::new(
                    "compute a decision",
                    format!("{:.0} µs", summary.compute.micros_per_decision),
                ),
            ],
        ),
    ];
    let classes = summary.classes.iter().filter(|class| class.done > 0);
    groups.push(group(
        "Lateness by urgency",
        classes
            .map(|class| {
                let text = format!(
                    "{} of {} late, mean {:.1} s, most {:.1} s, mean wait {:.1} s",
                    class.late, class.done, class.mean_lateness, class.max_lateness, class.mean_wait
                );
                Fact::new(class.priority.name(), text)
            })
            .collect(),
    ));
    groups
}

fn share(value: f64) -> String {
    format!("{:.0} %", value * 100.0)
}

fn between(spread: &Spread) -> String {
    format!("{} to {}", share(spread.min), share(spread.max))
}

fn picture(floor: &Floor) -> Option<MapPicture> {
    let map = floor.map()?;
    let rows = map.to_text().lines().skip(4).map(str::to_owned).collect();
    Some(MapPicture {
        columns: map.width() as usize,
        rows,
        cell: map.cell_size(),
    })
}

struct Teller<'a> {
    scenario: &'a Scenario,
    recorder: &'a Recorder,
    end: f64,
}

impl Teller<'_> {
    fn robot_name(&self, robot: usize) -> &str {
        &self.scenario.robots[robot].name
    }

    fn robots(&self, sim: &Sim) -> Vec<RobotTrack> {
        let mut done = vec![0; self.scenario.robots.len()];
        let lives = self
            .recorder
            .lives
            .iter()
            .filter(|life| life.phase == Some(Phase::Done));
        lives
            .filter_map(|life| life.robot)
            .for_each(|robot| done[robot] += 1);
        let tracks = self
            .scenario
            .robots
            .iter()
            .zip(sim.robots())
            .enumerate()
            .map(|(k, (named, totals))| {
                let body = &self.recorder.bodies[k];
                let mut track = RobotTrack {
                    id: named.robot.id().to_string(),
                    name: named.name.clone(),
                    abilities: named.robot.abilities().iter().map(ToString::to_string).collect(),
                    keyframes: body.keyframes.clone(),
                    states: self.states(body),
                    bars: self.bars(k, body),
                    battery: body.charge.clone(),
                    distance: totals.metres,
                    done: done[k],
                };
                if track.keyframes.is_empty() {
                    track
                        .keyframes
                        .extend(point(named.robot.pose().place.point()).map(|[x, y]| [0.0, x, y]));
                }
                track.thin(TOLERANCE);
                track
            });
        tracks.collect()
    }

    /// What a body did, each with its end.
    fn spans<'b>(&self, body: &'b BodyLog) -> impl Iterator<Item = (f64, f64, &'b Doing)> {
        let ends = body.spans.iter().skip(1).map(|(from, _)| *from).chain([self.end]);
        let spans = body
            .spans
            .iter()
            .zip(ends)
            .map(|((from, doing), to)| (*from, to, doing));
        spans.filter(|(from, to, _)| to > from)
    }

    fn states(&self, body: &BodyLog) -> Vec<StateSpan> {
        let state = |doing: &Doing| match doing {
            Doing::Idle => RobotState::Idle,
            Doing::Travelling(_) => RobotState::Travel,
            Doing::Waiting(_) | Doing::Working(_) => RobotState::Work,
            Doing::ToCharger => RobotState::ToCharger,
            Doing::Charging => RobotState::Charging,
            Doing::Broken => RobotState::Broken,
        };
        self.spans(body)
            .map(|(from, to, doing)| StateSpan {
                from,
                to,
                kind: state(doing),
            })
            .collect()
    }

    fn bars(&self, robot: usize, body: &BodyLog) -> Vec<Bar> {
        let bar = |(from, to, doing): (f64, f64, &Doing)| {
            let (task, kind) = match doing {
                Doing::Travelling(task) => (task, BarKind::Travel),
                Doing::Waiting(task) | Doing::Working(task) => (task, BarKind::Work),
                _ => return None,
            };
            let task = *self.recorder.tasks.get(task)?;
            let life = &self.recorder.lives[task];
            let outcome = match life.phase {
                Some(Phase::Done) if life.robot == Some(robot) => BarOutcome::Done,
                Some(Phase::Failed(_)) => BarOutcome::Failed,
                _ => BarOutcome::Stopped,
            };
            Some(Bar {
                task: self.told(task)?,
                from,
                to,
                kind,
                outcome,
            })
        };
        self.spans(body).filter_map(bar).collect()
    }

    /// The place of a task among those told: those that were submitted, in order.
    fn told(&self, task: usize) -> Option<usize> {
        self.recorder.lives[task].submitted?;
        Some(task)
    }

    /// Tasks are submitted in the order of the scenario, so those that were not are at its end.
    fn task(&self, k: usize) -> Option<TaskStory> {
        let (timed, life) = (&self.scenario.tasks[k], &self.recorder.lives[k]);
        let task = &timed.task;
        let submitted = life.submitted?;
        let seconds = |time: Option<UtcTime>| time.map(UtcTime::as_secs_f64);
        let ended = life.ended.filter(|_| life.phase == Some(Phase::Done));
        Some(TaskStory {
            id: task.id().to_string(),
            name: timed.name.clone(),
            priority: task.priority(),
            needs: task.needs().iter().map(ToString::to_string).collect(),
            stops: self.stops(task),
            submitted: Some(submitted),
            release: seconds(task.release()),
            due: seconds(task.due()),
            deadline: seconds(task.deadline()),
            started: life.started,
            finished: life.ended,
            outcome: outcome(life),
            reason: self.reason(life),
            robot: life.robot,
            lateness: ended
                .zip(seconds(task.due()))
                .map_or(0.0, |(ended, due)| (ended - due).max(0.0)),
            log: life
                .log
                .iter()
                .map(|(t, step)| LogLine {
                    t: *t,
                    text: self.step(step),
                })
                .collect(),
            auctions: life
                .auctions
                .iter()
                .map(|(closed, awarded)| self.auction(*closed, awarded))
                .collect(),
        })
    }

    fn stops(&self, task: &Task) -> Vec<[f64; 2]> {
        let of = |stop: &Stop| match self.scenario.floor.map() {
            Some(map) => map.cell_at(stop.place).ok().map(|cell| map.centre(cell)),
            None => stop.place.point(),
        };
        task.stops().iter().filter_map(|stop| point(of(stop))).collect()
    }

    fn reason(&self, life: &Life) -> Option<String> {
        match &life.phase {
            _ if life.rejected.is_some() => life.rejected.clone(),
            Some(Phase::Failed(reason)) => Some(reason.clone()),
            Some(phase) if phase.is_terminal() => None,
            _ if life.unsold.is_empty() => None,
            _ => {
                let (robot, reason) = &life.unsold[0];
                let name = self
                    .recorder
                    .robots
                    .get(robot)
                    .map_or("a robot", |k| self.robot_name(*k));
                Some(format!(
                    "nobody could take it: {name} {reason}, and {} more",
                    life.unsold.len() - 1
                ))
            }
        }
    }

    fn auction(&self, closed: f64, awarded: &Awarded) -> AuctionStory {
        let robot = |id| self.recorder.robots.get(id).copied();
        let mut story = AuctionStory {
            opened: awarded.opened.as_secs_f64(),
            closed,
            epoch: awarded.epoch.count.to_string(),
            winner: robot(&awarded.robot),
            ..AuctionStory::default()
        };
        story.bids = awarded
            .bids
            .iter()
            .filter_map(|(id, bid)| {
                let terms = bid.terms.named().map(|(_, value)| value).to_vec();
                Some(BidStory {
                    robot: robot(id)?,
                    cost: bid.cost(),
                    terms,
                })
            })
            .collect();
        for (id, reason) in &awarded.declined {
            if let Some(robot) = robot(id) {
                story.decline(robot, &reason.to_string());
            }
        }
        story.silent = awarded.silent.iter().filter_map(robot).collect();
        story.keep_best(BIDS);
        story
    }

    fn step(&self, step: &Step) -> String {
        match step {
            Step::Unsold(count) => {
                format!("Nobody could take it; {count} robots said why. It is offered again.")
            }
            Step::Awarded { robot, cost } => format!("Awarded to {} for {cost:.1}.", self.robot_name(*robot)),
            Step::Began(robot) => format!("{} began work.", self.robot_name(*robot)),
            Step::StopDone(stops) => format!("Stop {stops} finished."),
            Step::Reopened(Reopened::Forfeited(why)) => format!("Open again: {why}."),
            Step::Reopened(Reopened::Failed(reason)) => format!("Open again: the attempt failed, {reason}."),
            Step::Reopened(Reopened::RobotLost) => "Open again: its robot fell silent.".into(),
            Step::Reopened(Reopened::Unanswered) => {
                "Open again: the robot that won it never answered.".into()
            }
            Step::Reopened(_) => "Open again.".into(),
            Step::Stopped(robot, why) => {
                let why = match why {
                    StopReason::Later => "something else comes first".into(),
                    StopReason::Cancelled => "it was called off".into(),
                    StopReason::Revoked => "it is another robot's now".into(),
                    StopReason::Lost(why) => why.to_string(),
                    _ => "told to".into(),
                };
                format!("{} stopped it: {why}.", self.robot_name(*robot))
            }
            Step::Ended(Phase::Done) => "Done.".into(),
            Step::Ended(Phase::Cancelled) => "Called off.".into(),
            Step::Ended(Phase::Failed(reason)) => format!("Given up: {reason}."),
            Step::Ended(_) => "Ended.".into(),
        }
    }

    fn event(&self, t: f64, note: &Note) -> FleetEvent {
        let (kind, text) = match note {
            Note::Broke(robot) => (
                FleetEventKind::Fault,
                format!("{} broke down", self.robot_name(*robot)),
            ),
            Note::Repaired(robot) => (
                FleetEventKind::Recovery,
                format!("{} is up again", self.robot_name(*robot)),
            ),
            Note::Lost(robot) => (
                FleetEventKind::Fault,
                format!("{} is lost: its tasks are open again", self.robot_name(*robot)),
            ),
            Note::Back(robot) => (
                FleetEventKind::Recovery,
                format!("{} reports again", self.robot_name(*robot)),
            ),
            Note::Partition { number, begins } => {
                let robots = self
                    .scenario
                    .partitions
                    .get(*number)
                    .map_or(0, |cut| cut.robots.len());
                match begins {
                    true => (FleetEventKind::Fault, format!("{robots} robots are cut off")),
                    false => (
                        FleetEventKind::Recovery,
                        format!("{robots} robots are connected again"),
                    ),
                }
            }
        };
        FleetEvent { t, kind, text }
    }

    /// At about 200 moments: how many tasks wait, are worked at, are done and have failed.
    fn task_series(&self) -> TaskSeries {
        let moments = 200;
        let mut series = TaskSeries::default();
        for k in 0..=moments {
            let t = self.end * f64::from(k) / f64::from(moments);
            let before = |time: Option<f64>| time.is_some_and(|time| time <= t);
            let (mut open, mut running, mut done, mut failed) = (0.0, 0.0, 0.0, 0.0);
            for life in self.recorder.lives.iter().filter(|life| before(life.submitted)) {
                match (before(life.ended), &life.phase) {
                    (true, Some(Phase::Done)) => done += 1.0,
                    (true, _) => failed += 1.0,
                    (false, _) if before(life.started) => running += 1.0,
                    (false, _) => open += 1.0,
                }
            }
            series.t.push(t);
            series.open.push(open);
            series.running.push(running);
            series.done.push(done);
            series.failed.push(failed);
        }
        series
    }
}

fn outcome(life: &Life) -> TaskOutcome {
    match &life.phase {
        Some(Phase::Done) => TaskOutcome::Done,
        Some(Phase::Cancelled) => TaskOutcome::Cancelled,
        Some(Phase::Failed(_)) => TaskOutcome::Failed,
        _ if life.rejected.is_some() => TaskOutcome::Failed,
        _ => TaskOutcome::Unserved,
    }
}

fn point(point: Option<Point>) -> Option<[f64; 2]> {
    point.map(|point| [point.x(), point.y()])
}

fn message_series(recorder: &Recorder) -> MessageSeries {
    let intervals = &recorder.intervals;
    let used = (0..KINDS.len()).filter(|kind| recorder.kinds[*kind].sent > 0);
    let count = |kind: usize| MessageCount {
        name: KINDS[kind].into(),
        count: intervals
            .iter()
            .map(|(counts, _)| f64::from(counts[kind]))
            .collect(),
    };
    MessageSeries {
        t: (0..intervals.len()).map(|k| k as f64 * INTERVAL).collect(),
        kinds: used.map(count).collect(),
        lost: intervals.iter().map(|(_, lost)| f64::from(*lost)).collect(),
    }
}

fn message_table(recorder: &Recorder) -> Vec<MessageRow> {
    let rows = KINDS
        .iter()
        .zip(&recorder.kinds)
        .filter(|(_, traffic)| traffic.sent > 0);
    let row = |(kind, traffic): (&&str, &super::recorder::Traffic)| MessageRow {
        kind: (*kind).into(),
        sent: traffic.sent,
        delivered: traffic.delivered,
        lost: traffic.lost,
        bytes: traffic.bytes,
    };
    rows.map(row).collect()
}
