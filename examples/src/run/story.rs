//! A run, told as a report.

use fleet_core::ledger::Phase;
use fleet_core::message::KINDS;
use fleet_core::output::{Reopened, StopReason};
use fleet_core::sim::{Doing, Sim};
use fleet_core::{Decline, Mode, Point, RobotId, Stop, Task, TaskId, Terms, UtcTime};

use super::recorder::{BodyLog, INTERVAL, Life, Note, Recorder, Step};
use super::rows::{clock, facts, rows};
use super::summary::Summary;
use crate::report::{
    Bar, BarKind, BarOutcome, FleetEvent, FleetEventKind, LogLine, MapPicture, MessageCount, MessageRow,
    MessageSeries, Report, RobotState, RobotTrack, StateSpan, TaskOutcome, TaskSeries, TaskStory,
};
use crate::scenario::{Floor, Scenario};

/// How far from the way driven the picture of it may be, in metres.
const TOLERANCE: f64 = 0.05;

/// The report of a run.
pub fn report(scenario: &Scenario, recorder: &Recorder, sim: &Sim, summary: &Summary) -> Report {
    let teller = Teller::new(scenario, recorder, sim.now().as_secs_f64());
    let mut report = Report::new(format!("Fleet run: {}", scenario.name));
    report.subtitle = subtitle(summary);
    report.facts = facts(summary);
    report.summary = rows(summary);
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
    /// For each task, the robots that were at it, with when, in order of time.
    efforts: Vec<Vec<(f64, f64, usize)>>,
}

impl<'a> Teller<'a> {
    fn new(scenario: &'a Scenario, recorder: &'a Recorder, end: f64) -> Self {
        let mut teller = Teller {
            scenario,
            recorder,
            end,
            efforts: vec![Vec::new(); scenario.tasks.len()],
        };
        for (robot, body) in recorder.bodies.iter().enumerate() {
            for (from, to, doing) in teller.spans(body).collect::<Vec<_>>() {
                if let Some(task) = at_task(doing).and_then(|(task, _)| recorder.tasks.get(&task)) {
                    teller.efforts[*task].push((from, to, robot));
                }
            }
        }
        for efforts in &mut teller.efforts {
            efforts.sort_by(|a, b| a.0.total_cmp(&b.0));
        }
        teller
    }

    /// When the robot that finished a task, or last tried, set out.
    fn set_out(&self, task: usize) -> Option<f64> {
        let efforts = &self.efforts[task];
        let (_, _, last) = efforts.last()?;
        let its_own = efforts.iter().rev().take_while(|(_, _, robot)| robot == last);
        its_own.last().map(|(from, _, _)| *from)
    }

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
                    states: self.states(named.robot.id(), body),
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

    /// What state a robot was in. Out of reach counts before whatever it did meanwhile, but for being out of order.
    fn states(&self, robot: RobotId, body: &BodyLog) -> Vec<StateSpan> {
        let cuts = self.cuts(robot);
        let mut states: Vec<StateSpan> = Vec::new();
        for (from, to, doing) in self.spans(body) {
            let edges = cuts.iter().flat_map(|(cut, heal)| [*cut, *heal]);
            let mut times: Vec<f64> = edges.filter(|edge| from < *edge && *edge < to).collect();
            times.extend([from, to]);
            times.sort_by(f64::total_cmp);
            for pair in times.windows(2).filter(|pair| pair[0] < pair[1]) {
                let cut = cuts.iter().any(|(cut, heal)| *cut <= pair[0] && pair[1] <= *heal);
                let kind = match state(doing) {
                    RobotState::Broken => RobotState::Broken,
                    _ if cut => RobotState::CutOff,
                    kind => kind,
                };
                match states
                    .last_mut()
                    .filter(|last| last.kind == kind && last.to == pair[0])
                {
                    Some(last) => last.to = pair[1],
                    None => states.push(StateSpan::from((pair[0], pair[1], kind))),
                }
            }
        }
        states
    }

    /// When a robot was out of reach of the coordinator.
    fn cuts(&self, robot: RobotId) -> Vec<(f64, f64)> {
        let partitions = self.scenario.partitions.iter();
        partitions
            .filter(|cut| cut.robots.contains(&robot))
            .map(|cut| (cut.from.as_secs_f64(), cut.until.as_secs_f64()))
            .collect()
    }

    fn bars(&self, robot: usize, body: &BodyLog) -> Vec<Bar> {
        let bar = |(from, to, doing): (f64, f64, &Doing)| {
            let (task, kind) = at_task(doing)?;
            let task = *self.recorder.tasks.get(&task)?;
            let life = &self.recorder.lives[task];
            let broke = || body.spans.contains(&(to, Doing::Broken));
            let outcome = match life.phase {
                Some(Phase::Done) if life.robot == Some(robot) => BarOutcome::Done,
                Some(Phase::Failed(_)) => BarOutcome::Failed,
                _ if broke() => BarOutcome::Failed,
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
            started: self.set_out(k),
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
            auctions: life.auctions.clone(),
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
            _ => Some(format!("nobody could take it: {}", refusals(&life.unsold))),
        }
    }

    fn step(&self, step: &Step) -> String {
        match step {
            Step::Unsold(why) => {
                format!("Nobody could take it: {}. It is offered again.", refusals(why))
            }
            Step::Awarded { robot, cost } => format!("Awarded to {} for {cost:.1}.", self.robot_name(*robot)),
            Step::Together => "All of its team are there.".into(),
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
            Note::Mode { robot, before, after } => {
                let kind = match before < after {
                    true => FleetEventKind::Fault,
                    false => FleetEventKind::Recovery,
                };
                let how = match after {
                    Mode::Centralized => "is led by a coordinator",
                    Mode::Hybrid => "chooses in its cell, with advice",
                    Mode::Distributed => "chooses with the robots that it hears",
                    Mode::Alone => "hears nobody",
                };
                let again = match kind {
                    FleetEventKind::Recovery => " again",
                    _ => "",
                };
                (kind, format!("{} {how}{again}", self.robot_name(*robot)))
            }
            Note::Partition { number, begins } => {
                let cut = self.scenario.partitions.get(*number);
                let (robots, are) = match cut.map_or(0, |cut| cut.robots.len()) {
                    1 => ("1 robot".to_owned(), "is"),
                    count => (format!("{count} robots"), "are"),
                };
                match begins {
                    true => (FleetEventKind::Fault, format!("{robots} {are} cut off")),
                    false => (
                        FleetEventKind::Recovery,
                        format!("{robots} {are} connected again"),
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
            for (life, efforts) in self.recorder.lives.iter().zip(&self.efforts) {
                let at_it = |(from, to, _): &(f64, f64, usize)| *from <= t && t < *to;
                match (before(life.ended), &life.phase) {
                    _ if !before(life.submitted) => {}
                    (true, Some(Phase::Done)) => done += 1.0,
                    (true, _) => failed += 1.0,
                    (false, _) if efforts.iter().any(at_it) => running += 1.0,
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

fn state(doing: &Doing) -> RobotState {
    match doing {
        Doing::Idle => RobotState::Idle,
        Doing::Travelling(_) | Doing::Retreating => RobotState::Travel,
        Doing::Waiting(_) | Doing::Working(_) => RobotState::Work,
        Doing::ToCharger => RobotState::ToCharger,
        Doing::Charging => RobotState::Charging,
        Doing::Broken => RobotState::Broken,
    }
}

/// The task that a body is at, and what it does for it.
fn at_task(doing: &Doing) -> Option<(TaskId, BarKind)> {
    match doing {
        Doing::Travelling(task) => Some((*task, BarKind::Travel)),
        Doing::Waiting(task) | Doing::Working(task) => Some((*task, BarKind::Work)),
        _ => None,
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

/// Why nobody took a task, in words: "31 robots: cannot inspect; 1 robot: is charging".
fn refusals(groups: &[(Decline, usize)]) -> String {
    let group = |(why, count): &(Decline, usize)| match count {
        1 => format!("1 robot: {why}"),
        count => format!("{count} robots: {why}"),
    };
    groups.iter().map(group).collect::<Vec<_>>().join("; ")
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
