//! What was found, as JSON and as a table.

use std::collections::BTreeMap;

use comfy_table::{CellAlignment, LineStyle, Table as Printed, TableStyle};
use fleet_core::Invalid;
use fleet_core::allocate::Assignment;
use fleet_core::allocate::search::{Reason, Solution};
use fleet_examples::instances::{Checked, Goal, Instance, Table};
use serde::Serialize;

/// What was found for one file.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Answer {
    Routes(Routes),
    Columns(Columns),
}

/// Routes of robots.
#[derive(Debug, Serialize)]
pub(crate) struct Routes {
    name: String,
    format: String,
    goal: String,
    /// What the goal asks for: the length of all routes, or when the last robot is ready.
    cost: f64,
    tasks: usize,
    #[serde(flatten)]
    checked: Checked,
    seconds: f64,
    rounds: u64,
    routes: Vec<Route>,
    /// The numbers of the tasks left out, as in the file.
    left_out: Vec<u32>,
    /// Why, in the same order.
    reasons: Vec<BTreeMap<String, usize>>,
}

/// The route of one robot that is used.
#[derive(Debug, Serialize)]
struct Route {
    /// Which robot, from 0, in the order of the file.
    robot: usize,
    /// What it visits: the number of the task in the file, and which of its stops, from 0.
    stops: Vec<(u32, u32)>,
}

/// A column for each row.
#[derive(Debug, Serialize)]
pub(crate) struct Columns {
    name: String,
    format: &'static str,
    cost: f64,
    feasible: bool,
    seconds: f64,
    columns: Vec<Option<usize>>,
}

impl Answer {
    pub(crate) fn routed(
        instance: &Instance,
        goal: Goal,
        solution: &Solution,
        checked: Checked,
        (seconds, rounds): (f64, u64),
    ) -> Result<Self, Invalid> {
        let id = |task: &u32| instance.ids[*task as usize];
        let used = solution
            .routes
            .iter()
            .enumerate()
            .filter(|(_, route)| !route.is_empty());
        let routes = used.map(|(robot, route)| Route {
            robot,
            stops: route.iter().map(|(task, stop)| (id(task), *stop)).collect(),
        });
        let reasons = instance.reasons(goal, solution)?;
        let left_out = reasons.iter().map(|(task, _)| id(task));
        let count = |(_, why): &(u32, Vec<Reason>)| {
            let mut robots: BTreeMap<String, usize> = BTreeMap::new();
            for reason in why {
                *robots.entry(reason.to_string()).or_default() += 1;
            }
            robots
        };
        Ok(Answer::Routes(Routes {
            name: instance.name.clone(),
            format: format!("{:?}", instance.format).to_lowercase(),
            goal: format!("{goal:?}").to_lowercase(),
            cost: goal.value(&checked),
            tasks: instance.tasks.len(),
            checked,
            seconds,
            rounds,
            routes: routes.collect(),
            left_out: left_out.collect(),
            reasons: reasons.iter().map(count).collect(),
        }))
    }

    pub(crate) fn assigned(table: &Table, found: &Assignment, seconds: f64) -> Self {
        // The sum again, from the file's own numbers; and no column twice.
        let mut taken = vec![false; table.size];
        let mut free = |column: usize| !std::mem::replace(&mut taken[column], true);
        let feasible = found.columns.iter().all(|column| column.is_some_and(&mut free));
        let chosen = found.columns.iter().enumerate();
        let costs = chosen.filter_map(|(row, column)| Some(table.costs[row * table.size + (*column)?]));
        Answer::Columns(Columns {
            name: table.name.clone(),
            format: "assign",
            cost: costs.sum(),
            feasible,
            seconds,
            columns: found.columns.clone(),
        })
    }

    pub(crate) fn name(&self) -> &str {
        match self {
            Answer::Routes(routes) => &routes.name,
            Answer::Columns(columns) => &columns.name,
        }
    }

    /// Whether nothing is wrong with it.
    pub(crate) fn is_right(&self) -> bool {
        match self {
            Answer::Routes(routes) => routes.checked.feasible,
            Answer::Columns(columns) => columns.feasible,
        }
    }

    pub(crate) fn wrong(&self) -> Vec<String> {
        match self {
            Answer::Routes(routes) => routes.checked.wrong.clone(),
            Answer::Columns(_) => Vec::new(),
        }
    }

    fn cells(&self) -> [String; 7] {
        match self {
            Answer::Routes(routes) => [
                routes.name.clone(),
                format!("{:.2}", routes.cost),
                routes.checked.robots.to_string(),
                routes.tasks.to_string(),
                routes.checked.served.to_string(),
                format!("{:.2}", routes.seconds),
                routes.rounds.to_string(),
            ],
            Answer::Columns(columns) => [
                columns.name.clone(),
                format!("{:.2}", columns.cost),
                String::new(),
                columns.columns.len().to_string(),
                columns.columns.iter().flatten().count().to_string(),
                format!("{:.4}", columns.seconds),
                String::new(),
            ],
        }
    }
}

pub(crate) fn table(answers: &[Answer]) -> Printed {
    let mut table = Printed::new();
    let line = LineStyle::none().fill('─').junction('─');
    table.load_style(TableStyle::new().header_separator(line));
    table.set_header([
        "problem", "cost", "robots", "tasks", "served", "seconds", "rounds", "",
    ]);
    for answer in answers {
        let mark = if answer.is_right() { "" } else { "WRONG" };
        table.add_row(answer.cells().into_iter().chain([mark.to_string()]));
    }
    for column in 1..7 {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}
