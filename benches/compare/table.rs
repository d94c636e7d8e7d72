//! What solvers did on one family, and the table of it.

use fleet_core::allocate::search::Solution;
use fleet_examples::instances::{Goal, check};
use serde_json::json;

use crate::problems::Known;

/// What one solver did on the problems of one family.
#[derive(Debug)]
pub(crate) struct Row {
    solver: String,
    /// Seconds that it was given for each; `None` if it takes as long as it takes.
    seconds: Option<f64>,
    /// What the goal asks for, for each problem; `None` where its solution is wrong.
    values: Vec<Option<f64>>,
    /// Per cent above the best that is known.
    gaps: Vec<f64>,
    robots: i64,
    served: usize,
    cpu: f64,
}

impl Row {
    pub(crate) fn new(solver: &str, seconds: Option<f64>) -> Self {
        Row {
            solver: solver.to_string(),
            seconds,
            values: Vec::new(),
            gaps: Vec::new(),
            robots: 0,
            served: 0,
            cpu: 0.0,
        }
    }

    /// Whether it is of this solver with this budget.
    pub(crate) fn is_of(&self, solver: &str, seconds: Option<f64>) -> bool {
        self.solver == solver && self.seconds == seconds
    }

    /// Judges the solution of one more problem, by walking along its routes.
    pub(crate) fn add(&mut self, goal: Goal, known: &Known, solution: &Solution, cpu: f64) {
        let checked = check(&known.instance, solution);
        self.cpu += cpu;
        self.served += checked.served;
        let whole = goal == Goal::Served || checked.served == known.instance.tasks.len();
        if !checked.feasible || !whole {
            self.values.push(None);
            return;
        }
        let (value, robots) = (goal.value(&checked), checked.robots as i64);
        self.values.push(Some(value));
        self.robots += robots - known.robots.unwrap_or(robots);
        self.gaps
            .extend(known.best.map(|best| 100.0 * (value / best - 1.0)));
    }

    pub(crate) fn solver(&self) -> &str {
        &self.solver
    }

    /// Seconds of CPU for each problem.
    pub(crate) fn mean_cpu(&self) -> f64 {
        self.cpu / self.values.len() as f64
    }

    pub(crate) fn mean_gap(&self) -> Option<f64> {
        mean(self.gaps.iter().copied())
    }

    pub(crate) fn mean_value(&self) -> Option<f64> {
        mean(self.values.iter().flatten().copied())
    }

    /// Its values against those of another, over the problems that both solved.
    fn ratio(&self, other: &Row) -> Option<f64> {
        let pairs = self.values.iter().zip(&other.values);
        let both = pairs.filter_map(|(own, other)| Some(((*own)?, (*other)?)));
        let (own, other) = both.fold((0.0, 0.0), |sum, pair| (sum.0 + pair.0, sum.1 + pair.1));
        (other > 0.0).then(|| own / other)
    }

    fn name(&self) -> String {
        match self.seconds {
            Some(seconds) => format!("{}, {seconds} s", self.solver),
            None => self.solver.clone(),
        }
    }

    fn worst_gap(&self) -> Option<f64> {
        self.gaps.iter().copied().reduce(f64::max)
    }

    fn wrong(&self) -> usize {
        self.values.iter().filter(|value| value.is_none()).count()
    }

    /// All that is known of it; `engine` is this engine's row with the same budget.
    pub(crate) fn numbers(&self, engine: &Row) -> serde_json::Value {
        json!({
            "solver": self.solver, "seconds": self.seconds, "mean_gap": self.mean_gap(), "worst_gap": self.worst_gap(),
            "mean": self.mean_value(), "ratio": self.ratio(engine), "more_robots": self.robots, "served": self.served,
            "wrong": self.wrong(), "mean_cpu": self.mean_cpu(), "values": self.values,
        })
    }

    /// What is printed of it; `engine` is this engine's row with the same budget.
    fn cells(&self, engine: &Row) -> [String; 9] {
        let percent = |gap: Option<f64>| gap.map_or("-".into(), |gap| format!("{gap:.2} %"));
        let number =
            |value: Option<f64>, digits| value.map_or("-".into(), |value| format!("{value:.digits$}"));
        [
            self.name(),
            percent(self.mean_gap()),
            percent(self.worst_gap()),
            number(self.mean_value(), 1),
            number(self.ratio(engine), 3),
            format!("{:+}", self.robots),
            self.served.to_string(),
            self.wrong().to_string(),
            format!("{:.2}", self.mean_cpu()),
        ]
    }
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / f64::from(count))
}

/// What a goal asks for, in words.
pub(crate) fn measure(goal: Goal) -> &'static str {
    match goal {
        Goal::Distance | Goal::Robots | Goal::Served => "distance",
        Goal::Makespan => "makespan s",
        Goal::Tardiness => "weighted s",
    }
}

/// Prints the rows of one family. The first row of each budget is this engine's.
pub(crate) fn print(goal: Goal, budgets: &[Vec<Row>]) {
    let heads = [
        "solver",
        "mean gap",
        "worst",
        measure(goal),
        "ratio",
        "robots",
        "served",
        "wrong",
        "CPU s",
    ];
    print_line(&heads.map(str::to_string));
    for rows in budgets {
        for row in rows {
            print_line(&row.cells(&rows[0]));
        }
    }
}

fn print_line([name, numbers @ ..]: &[String; 9]) {
    let widths = [8, 8, 10, 6, 7, 8, 6, 8];
    let padded = numbers
        .iter()
        .zip(widths)
        .map(|(cell, width)| format!(" {cell:>width$}"));
    println!("{name:24}{}", padded.collect::<String>());
}
