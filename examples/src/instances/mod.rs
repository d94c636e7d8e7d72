//! Published routing and allocation problems, read from their files.

mod assign;
mod check;
mod goal;
mod mdvrp;
mod method;
mod pdptw;
mod taptc;
mod text;
mod vrptw;

use std::path::Path;

use fleet_core::Invalid;
use fleet_core::allocate::search::{Model, Reason, Robot, Search, Solution, Task, Ways};

pub use assign::Table;
pub use check::{Checked, check};
pub use goal::Goal;
pub use method::Method;
pub use taptc::Team;
pub use text::{ReadError, Wrong};

/// Of a search for the most tasks, the part in which one may be given up for another.
const GIVING_UP: f64 = 0.85;

/// Of a search for the fewest robots, the part in which robots are spared; in the rest the routes get shorter.
const SPARING: f64 = 0.4;

/// The formats of files.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub enum Format {
    /// Cordeau's multi-depot problems.
    Mdvrp,
    /// Solomon's problems with time windows, and those of Gehring & Homberger.
    Vrptw,
    /// Li & Lim's pickups and deliveries with time windows.
    Pdptw,
    /// Robots, and tasks with deadlines (Mitiche, Boughaci & Gini 2018).
    Taptc,
    /// OR-Library's tables of costs: a column for each row.
    Assign,
}

impl Format {
    /// What the content of a file says that it is.
    ///
    /// # Errors
    /// If it cannot be read, or is none of these.
    pub fn of(path: &Path) -> Result<Self, ReadError> {
        Format::guess(&text::read(path)?).ok_or_else(|| ReadError::format(path))
    }

    /// What this text is, if it is any of these.
    pub(crate) fn guess(text: &str) -> Option<Self> {
        if text
            .lines()
            .any(|line| line.trim_start().to_ascii_uppercase().starts_with("VEHICLE"))
        {
            return Some(Format::Vrptw);
        }
        let mut lines = text.lines().filter(|line| !line.trim().is_empty());
        let first = lines.next()?;
        if !first.split_whitespace().all(|word| word.parse::<f64>().is_ok()) {
            return None;
        }
        let first = first.split_whitespace().count();
        let second = lines.next()?.split_whitespace().count();
        match (first, second) {
            (4, 2) => Some(Format::Mdvrp),
            (3, 9) => Some(Format::Pdptw),
            (4, 5) => Some(Format::Taptc),
            (1, 1..) => Some(Format::Assign),
            _ => None,
        }
    }
}

/// A problem as it was read.
#[derive(Clone, Debug)]
pub struct Instance {
    /// Its name.
    pub name: String,
    /// Its format.
    pub format: Format,
    /// Where the places are.
    pub points: Vec<(f64, f64)>,
    /// The robots.
    pub robots: Vec<Robot>,
    /// The tasks.
    pub tasks: Vec<Task>,
    /// The number of each task in the file.
    pub ids: Vec<u32>,
    /// What it is judged by, if nothing else is said.
    pub goal: Goal,
}

impl Instance {
    /// Reads a file.
    ///
    /// # Errors
    /// What is wrong in which line.
    pub fn read(path: &Path, format: Format) -> Result<Self, ReadError> {
        Instance::of(path, &text::read(path)?, format)
    }

    /// It from the text of its file; robots that have a file of their own are read.
    pub(crate) fn of(path: &Path, text: &str, format: Format) -> Result<Self, ReadError> {
        text::check_length(path, text.len() as u64)?;
        let team = match format {
            Format::Taptc => Some(Team::beside(path)?),
            _ => None,
        };
        let mut instance = Instance::parse(text, format, team.as_ref()).map_err(|error| error.of(path))?;
        instance.name = text::name(path);
        Ok(instance)
    }

    /// Reads a text; what comes of it has no name. Tasks with deadlines need their robots, which have a text of their own.
    ///
    /// # Errors
    /// What is wrong in which line.
    pub fn parse(text: &str, format: Format, team: Option<&Team>) -> Result<Self, Wrong> {
        match (format, team) {
            (Format::Mdvrp, _) => mdvrp::parse(text),
            (Format::Vrptw, _) => vrptw::parse(text),
            (Format::Pdptw, _) => pdptw::parse(text),
            (Format::Taptc, Some(team)) => taptc::parse(text, team),
            (Format::Taptc, None) => Err(Wrong::new(1, "is without its robots")),
            (Format::Assign, _) => Err(Wrong::new(1, "is a table of costs, which has no routes")),
        }
    }

    /// Searches until `spent`, which tells from the number of rounds so far what part of the budget is spent, reaches 1.
    /// Returns the best solution, and the rounds.
    ///
    /// # Errors
    /// If a number in it is out of range.
    pub fn solve(
        &self,
        goal: Goal,
        seed: u64,
        mut spent: impl FnMut(u64) -> f64,
    ) -> Result<(Solution, u64), Invalid> {
        if goal == Goal::Robots {
            return self.solve_with_fewest(seed, spent);
        }
        if goal != Goal::Served {
            let model = self.model(goal, None)?;
            let mut search = Search::new(&model, seed);
            search.run(spent);
            return Ok((search.best(), search.rounds()));
        }
        // First one task may be given up for another, on the way to more of them; then none any more.
        let model = self.model(goal, Some(0.35 * self.longest_way() + self.mean_service()))?;
        let mut search = Search::new(&model, seed).with_heat(3.0, 0.05);
        search.run(|rounds| spent(rounds) / GIVING_UP);
        let (best, before) = (search.best(), search.rounds());
        let model = self.model(goal, None)?;
        let mut search = Search::resume(&model, seed, &best)?.with_heat(0.05, 0.01);
        search.run(|rounds| (spent(before + rounds) - GIVING_UP) / (1.0 - GIVING_UP));
        Ok((search.best(), before + search.rounds()))
    }

    /// For each task that a solution leaves out why each robot does not do it.
    ///
    /// # Errors
    /// If the solution breaks a rule.
    pub fn reasons(&self, goal: Goal, solution: &Solution) -> Result<Vec<(u32, Vec<Reason>)>, Invalid> {
        if solution.absent.is_empty() {
            return Ok(Vec::new());
        }
        self.model(goal, None)?.reasons(solution)
    }

    fn solve_with_fewest(
        &self,
        seed: u64,
        mut spent: impl FnMut(u64) -> f64,
    ) -> Result<(Solution, u64), Invalid> {
        let model = self.model(Goal::Robots, None)?;
        let mut search = Search::new(&model, seed).with_heat(0.3, 0.1);
        // All tasks first, if they can be done at all.
        while !search.best().absent.is_empty() && spent(search.rounds()) < 0.5 * SPARING {
            let until = search.rounds() + 32;
            search.run(|rounds| rounds as f64 / until as f64);
        }
        search.run_fewer(|rounds| spent(rounds) / SPARING);
        let begun = spent(search.rounds()).min(SPARING);
        // Where robots have little room it takes more to change much.
        let mut search = search.with_heat(10.0, 0.05).with_lenience();
        search.run(|rounds| (spent(rounds) - begun) / (1.0 - begun));
        Ok((search.best(), search.rounds()))
    }

    /// It as the search takes it; with a prize of each task, or one that is above everything.
    fn model(&self, goal: Goal, prize: Option<f64>) -> Result<Model, Invalid> {
        let mut tasks = self.tasks.clone();
        if let Some(prize) = prize {
            tasks.iter_mut().for_each(|task| task.prize = prize);
        }
        Model::new(
            Ways::straight(&self.points),
            self.robots.clone(),
            tasks,
            goal.weights(),
        )
    }

    fn mean_service(&self) -> f64 {
        let stops = self.tasks.iter().flat_map(|task| &task.stops);
        let times: Vec<f64> = stops.flat_map(|stop| &stop.service).copied().collect();
        times.iter().sum::<f64>() / times.len().max(1) as f64
    }

    /// The corner of least coordinates, and the opposite one, of the rectangle that all places are in.
    pub(crate) fn corners(&self) -> [(f64, f64); 2] {
        let none = [
            (f64::INFINITY, f64::INFINITY),
            (f64::NEG_INFINITY, f64::NEG_INFINITY),
        ];
        self.points.iter().fold(none, |[low, high], (x, y)| {
            [(low.0.min(*x), low.1.min(*y)), (high.0.max(*x), high.1.max(*y))]
        })
    }

    fn longest_way(&self) -> f64 {
        let [low, high] = self.corners();
        (high.0 - low.0).hypot(high.1 - low.1)
    }
}
