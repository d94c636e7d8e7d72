//! The rows of all tables.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::axes::{Axes, Axis};
use crate::case::Case;
use crate::column::{Column, EFFORT, Judged, RESULTS, TIMES};
use crate::fleet::Fleet;
use crate::plan::Plans;
use crate::work::Found;

/// Numbers by the keys of their columns.
type Numbers = BTreeMap<&'static str, Option<f64>>;

/// Everything that is told in the end.
#[derive(Serialize)]
pub(crate) struct Results {
    pub(crate) settings: Settings,
    pub(crate) plans: Vec<PlanRow>,
    pub(crate) tables: Vec<Table>,
    pub(crate) interrupted: bool,
}

/// What rows are compared with: means over the seeds.
#[derive(Serialize)]
pub(crate) struct PlanRow {
    pub(crate) robots: usize,
    pub(crate) metres: f64,
    pub(crate) flowtime: f64,
    /// The same of one auction over all tasks.
    pub(crate) auction_metres: f64,
    pub(crate) auction_flowtime: f64,
}

/// What all runs have in common.
#[derive(Serialize)]
pub(crate) struct Settings {
    pub(crate) tasks_per_robot: usize,
    pub(crate) witnesses: usize,
    pub(crate) among_robots: bool,
    pub(crate) objective: String,
    pub(crate) urgency: String,
    pub(crate) duration: f64,
    pub(crate) plan_rounds: u64,
    pub(crate) seeds: Vec<u64>,
}

/// What came of one axis.
#[derive(Serialize)]
pub(crate) struct Table {
    pub(crate) axis: String,
    #[serde(skip)]
    pub(crate) kind: Axis,
    /// What all its rows have in common.
    pub(crate) common: String,
    pub(crate) rows: Vec<Row>,
}

/// What came of one case.
#[derive(Serialize)]
pub(crate) struct Row {
    pub(crate) case: Case,
    /// Means over the seeds.
    pub(crate) mean: Numbers,
    /// The same of what is another number each time.
    pub(crate) times: Numbers,
    runs: Vec<Run>,
}

/// One seed of a case.
#[derive(Serialize)]
struct Run {
    seed: u64,
    numbers: Numbers,
    times: Numbers,
}

impl Results {
    pub(crate) fn new(fleet: &Fleet, axes: &Axes, seeds: &[u64], found: &Found, interrupted: bool) -> Self {
        let tables = axes.tables().into_iter();
        Results {
            settings: Settings {
                tasks_per_robot: fleet.tasks_per_robot,
                witnesses: fleet.witnesses,
                among_robots: fleet.among_robots,
                objective: fleet.objective.to_string(),
                urgency: fleet.urgency.to_string(),
                duration: fleet.duration.as_secs_f64(),
                plan_rounds: fleet.plan_rounds,
                seeds: seeds.to_vec(),
            },
            plans: plans(axes, seeds, found),
            tables: tables.map(|axis| table(axis, axes, seeds, found)).collect(),
            interrupted,
        }
    }
}

fn plans(axes: &Axes, seeds: &[u64], found: &Found) -> Vec<PlanRow> {
    let cases = axes.tables().into_iter().flat_map(|axis| axes.cases(axis));
    let sizes: BTreeSet<usize> = cases.map(|case| case.robots).collect();
    let row = |robots: usize| {
        let all = seeds.iter().map(|seed| found.plans(robots, *seed).copied());
        let all: Vec<Plans> = all.collect::<Option<_>>()?;
        let mean = |of: fn(&Plans) -> f64| all.iter().map(of).sum::<f64>() / all.len() as f64;
        Some(PlanRow {
            robots,
            metres: mean(|plans| plans.best.metres),
            flowtime: mean(|plans| plans.best.flowtime),
            auction_metres: mean(|plans| plans.auction.metres),
            auction_flowtime: mean(|plans| plans.auction.flowtime),
        })
    };
    sizes.into_iter().filter_map(row).collect()
}

/// Without rows whose runs have not all ended.
fn table(axis: Axis, axes: &Axes, seeds: &[u64], found: &Found) -> Table {
    let cases = axes.cases(axis);
    Table {
        axis: axis.to_string(),
        kind: axis,
        common: cases.first().map_or(String::new(), |case| case.common(axis)),
        rows: cases
            .into_iter()
            .filter_map(|case| row(case, seeds, found))
            .collect(),
    }
}

fn row(case: Case, seeds: &[u64], found: &Found) -> Option<Row> {
    let runs = seeds.iter().map(|seed| {
        let judged = Judged {
            run: found.run(&case, *seed)?,
            lossless: found.run(&Case::lossless(case.robots), *seed)?,
            plan: &found.plans(case.robots, *seed)?.best,
        };
        let numbers = |columns: &[&[Column]]| {
            let all = columns.iter().copied().flatten();
            all.map(|column| (column.key, (column.of)(judged))).collect()
        };
        Some(Run {
            seed: *seed,
            numbers: numbers(&[RESULTS, EFFORT]),
            times: numbers(&[TIMES]),
        })
    });
    let runs: Vec<Run> = runs.collect::<Option<_>>()?;
    Some(Row {
        mean: mean(runs.iter().map(|run| &run.numbers)),
        times: mean(runs.iter().map(|run| &run.times)),
        case,
        runs,
    })
}

/// None where one of them is none.
fn mean<'a>(all: impl Iterator<Item = &'a Numbers> + Clone) -> Numbers {
    let count = all.clone().count() as f64;
    let Some(first) = all.clone().next() else {
        return Numbers::new();
    };
    let of = |key: &'static str| {
        let sum: Option<f64> = all.clone().map(|numbers| numbers[key]).sum();
        (key, sum.map(|sum| sum / count))
    };
    first.keys().map(|key| of(key)).collect()
}

impl Row {
    /// What a column says of it.
    pub(crate) fn number(&self, column: &Column) -> Option<f64> {
        let of = |numbers: &Numbers| numbers.get(column.key).copied();
        of(&self.mean).or_else(|| of(&self.times)).flatten()
    }

    /// The same as it is printed.
    pub(crate) fn cell(&self, column: &Column) -> String {
        let digits = column.digits;
        match self.number(column) {
            // Whole counts have no point.
            Some(number) if number.fract() == 0.0 && digits == 1 => format!("{number:.0}"),
            Some(number) => format!("{number:.digits$}"),
            None => "-".into(),
        }
    }
}

impl PlanRow {
    pub(crate) const HEADS: [&str; 5] = [
        "robots",
        "plan: metres",
        "flowtime s",
        "auction: metres",
        "flowtime s",
    ];

    /// The same as they are printed.
    pub(crate) fn cells(&self) -> [String; 5] {
        [
            self.robots.to_string(),
            format!("{:.0}", self.metres),
            format!("{:.1}", self.flowtime),
            format!("{:.0}", self.auction_metres),
            format!("{:.1}", self.auction_flowtime),
        ]
    }
}

impl Table {
    /// Heads and rows: what is varied, the strategy, and these columns.
    pub(crate) fn cells(&self, columns: &[&[Column]]) -> (Vec<String>, Vec<Vec<String>>) {
        let columns = || columns.iter().copied().flatten();
        let case = Case::lossless(1);
        let mut heads: Vec<String> = case
            .varied(self.kind)
            .into_iter()
            .map(|(name, _)| name.into())
            .collect();
        heads.push("strategy".into());
        heads.extend(columns().map(|column| column.head.to_owned()));
        let cells = |row: &Row| {
            let mut cells: Vec<String> = row
                .case
                .varied(self.kind)
                .into_iter()
                .map(|(_, value)| value)
                .collect();
            cells.push(row.case.strategy.to_string());
            cells.extend(columns().map(|column| row.cell(column)));
            cells
        };
        (heads, self.rows.iter().map(cells).collect())
    }
}
