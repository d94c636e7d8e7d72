//! What is told of each row.

use crate::plan::Planned;
use crate::run::Outcome;

/// One run, and what it is compared with.
#[derive(Clone, Copy)]
pub(crate) struct Judged<'a> {
    pub(crate) run: &'a Outcome,
    /// The lossless run of a coordinator.
    pub(crate) lossless: &'a Outcome,
    pub(crate) plan: &'a Planned,
}

impl Judged<'_> {
    /// A ratio, where it says anything: whoever leaves tasks undone drives less.
    fn ratio(self, own: f64, other: f64) -> Option<f64> {
        let whole = self.run.done == self.run.tasks && self.lossless.done == self.lossless.tasks;
        (whole && other > 0.0).then(|| own / other)
    }

    /// An amount for each task that was done.
    fn per_task(self, amount: f64) -> Option<f64> {
        (self.run.done > 0.0).then(|| amount / self.run.done)
    }
}

/// A number of each row.
pub(crate) struct Column {
    /// In files.
    pub(crate) key: &'static str,
    /// In tables.
    pub(crate) head: &'static str,
    pub(crate) says: &'static str,
    /// Behind the point.
    pub(crate) digits: usize,
    /// `None` where it makes no sense.
    pub(crate) of: fn(Judged<'_>) -> Option<f64>,
}

/// What the fleet did.
pub(crate) const RESULTS: &[Column] = &[
    Column {
        key: "done",
        head: "done",
        says: "tasks that were done",
        digits: 1,
        of: |judged| Some(judged.run.done),
    },
    Column {
        key: "unserved",
        head: "unserved",
        says: "tasks that were neither done nor failed when the run ended",
        digits: 1,
        of: |Judged { run, .. }| Some(run.tasks - run.done - run.failed),
    },
    Column {
        key: "failed",
        head: "failed",
        says: "tasks that were given up",
        digits: 1,
        of: |judged| Some(judged.run.failed),
    },
    Column {
        key: "metres",
        head: "metres",
        says: "driven by all robots",
        digits: 0,
        of: |judged| Some(judged.run.metres),
    },
    Column {
        key: "metres_to_lossless",
        head: "/ lossless",
        says: "the same over those of a coordinator on a network without faults; only where all tasks were done",
        digits: 3,
        of: |judged| judged.ratio(judged.run.metres, judged.lossless.metres),
    },
    Column {
        key: "metres_to_plan",
        head: "/ plan",
        says: "the same over those of the plan that the search finds for the whole problem",
        digits: 3,
        of: |judged| judged.ratio(judged.run.metres, judged.plan.metres),
    },
    Column {
        key: "flowtime",
        head: "flowtime s",
        says: "mean time until a task was done, and a witness knew; of those that were",
        digits: 1,
        of: |judged| (judged.run.done > 0.0).then_some(judged.run.flowtime),
    },
    Column {
        key: "flowtime_to_lossless",
        head: "/ lossless",
        says: "the same over that of a coordinator on a network without faults",
        digits: 3,
        of: |judged| judged.ratio(judged.run.flowtime, judged.lossless.flowtime),
    },
    Column {
        key: "flowtime_to_plan",
        head: "/ plan",
        says: "the same over that of the plan, which has the objective in mind and not always this",
        digits: 3,
        of: |judged| judged.ratio(judged.run.flowtime, judged.plan.flowtime),
    },
    Column {
        key: "makespan",
        head: "makespan s",
        says: "when the last task was done",
        digits: 1,
        of: |judged| (judged.run.done > 0.0).then_some(judged.run.makespan),
    },
];

/// What it took.
pub(crate) const EFFORT: &[Column] = &[
    Column {
        key: "awarded_95",
        head: "95 % awarded s",
        says: "when 95 per cent of all tasks had had their first award: by a coordinator that an answer reached, or by a \
               robot that claims what it chose, or sets out",
        digits: 1,
        of: |judged| judged.run.awarded[0],
    },
    Column {
        key: "awarded_all",
        head: "all s",
        says: "when all had",
        digits: 1,
        of: |judged| judged.run.awarded[1],
    },
    Column {
        key: "messages",
        head: "messages",
        says: "sent for each task done, of all kinds; one to many is one",
        digits: 1,
        of: |judged| judged.per_task(judged.run.messages),
    },
    Column {
        key: "copies",
        head: "copies",
        says: "the same, one for each receiver; not for each hop",
        digits: 1,
        of: |judged| judged.per_task(judged.run.copies),
    },
    Column {
        key: "kilobytes",
        head: "kB",
        says: "of the copies, for each task done",
        digits: 2,
        of: |judged| judged.per_task(judged.run.bytes / 1e3),
    },
    Column {
        key: "again",
        head: "again",
        says: "awards beyond the first of each task",
        digits: 1,
        of: |judged| Some(judged.run.again),
    },
    Column {
        key: "refused",
        head: "refused",
        says: "awards and claims that came to nothing: the robot did not accept, took them back, or learnt that the task had \
               ended",
        digits: 1,
        of: |judged| Some(judged.run.refused),
    },
    Column {
        key: "restarted",
        head: "restarted",
        says: "tasks that robots set out for more than once, also the same robot for a better order",
        digits: 1,
        of: |judged| Some(judged.run.restarted),
    },
    Column {
        key: "begun_by_two",
        head: "begun by two",
        says: "tasks that more than one robot set out for, one after the other or at once",
        digits: 1,
        of: |judged| Some(judged.run.begun_by_two),
    },
    Column {
        key: "worked_by_two",
        head: "worked by two",
        says: "tasks that more than one robot worked at: work that was done again",
        digits: 1,
        of: |judged| Some(judged.run.worked_by_two),
    },
];

/// What it took on this machine, which is another number each time.
pub(crate) const TIMES: &[Column] = &[
    Column {
        key: "cpu_ms",
        head: "CPU ms",
        says: "that all nodes together computed, for each task done; on a busy machine more",
        digits: 2,
        of: |judged| judged.per_task(judged.run.computing * 1e3),
    },
    Column {
        key: "wall",
        head: "wall s",
        says: "that the simulation of one run took",
        digits: 2,
        of: |judged| Some(judged.run.wall),
    },
];

/// What all columns mean.
pub(crate) fn legend() -> String {
    let line = |column: &Column| format!("  {:<15}{}\n", column.head, column.says);
    let part =
        |name: &str, columns: &[Column]| format!("{name}:\n{}", columns.iter().map(line).collect::<String>());
    format!(
        "Columns, each the mean over the seeds ('-' where it makes no sense for one of them):\n\n{}\n{}\n{}",
        part("What came of it", RESULTS),
        part("What it took", EFFORT),
        part(
            "What it took on this machine; all else is the same each time",
            TIMES
        ),
    )
}
