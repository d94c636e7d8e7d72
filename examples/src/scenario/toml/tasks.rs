use std::collections::{BTreeMap, BTreeSet};

use fleet_core::{PrecedenceError, Task, TaskId, precedence};

use super::floor::Zones;
use super::keys::{File, GroupKeys};
use super::{group, task, values};
use crate::scenario::{NamedRobot, TimedTask, Wrong, check_tasks, generator};

/// Tasks of a scenario file.
const TASKS: usize = 200_000;

/// Which table of the file a task comes from.
#[derive(Clone, Copy)]
enum From {
    One(usize),
    Group(usize),
}

impl From {
    fn key(self) -> String {
        match self {
            From::One(k) => format!("task[{k}]"),
            From::Group(k) => format!("tasks[{k}]"),
        }
    }
}

/// All tasks, in the order of submission.
pub(super) fn read(
    file: &File,
    zones: &Zones<'_>,
    robots: &[NamedRobot],
    seed: u64,
) -> Result<Vec<TimedTask>, Wrong> {
    check_times(file)?;
    let mut tasks = Tasks::default();
    for (k, keys) in file.task.iter().enumerate() {
        let (id, number) = (tasks.next_id(), tasks.timed.len() + 1);
        let from = From::One(k);
        tasks.add(
            from,
            task::read(keys, zones, id, number).map_err(|wrong| wrong.within(from.key()))?,
        )?;
    }
    for (k, keys) in file.tasks.iter().enumerate() {
        tasks
            .draw(k, keys, zones, robots, seed)
            .map_err(|wrong| wrong.within(From::Group(k).key()))?;
    }
    tasks.link(file)?;
    tasks.unite(file, robots.len())?;
    let all = tasks.timed.iter().map(|timed| &timed.task);
    check_tasks(zones.regions, robots, all).map_err(|(k, wrong)| wrong.within(tasks.from[k].key()))?;
    tasks.in_order(file.pool.is_some())
}

/// A pool decides when tasks become known; nothing else may.
fn check_times(file: &File) -> Result<(), Wrong> {
    let at = file.task.iter().position(|keys| keys.at.is_some());
    let at = at.map(|k| format!("{}.at", From::One(k).key()));
    let arrivals = file.tasks.iter().position(|keys| keys.arrivals.is_some());
    let arrivals = arrivals.map(|k| format!("{}.arrivals", From::Group(k).key()));
    match at.or(arrivals) {
        Some(key) if file.pool.is_some() => Err(Wrong::new(
            key,
            "tasks become known as the `pool` empties: leave this or the pool out",
        )),
        _ => Ok(()),
    }
}

#[derive(Default)]
struct Tasks {
    timed: Vec<TimedTask>,
    from: Vec<From>,
    names: BTreeMap<String, TaskId>,
}

impl Tasks {
    fn next_id(&self) -> TaskId {
        TaskId::from_u128(1 + self.timed.len() as u128)
    }

    fn add(&mut self, from: From, timed: TimedTask) -> Result<(), Wrong> {
        if self.names.insert(timed.name.clone(), timed.task.id()).is_some() {
            let message = format!("there is another task {:?}", timed.name);
            return Err(Wrong::new(format!("{}.name", from.key()), message));
        }
        self.timed.push(timed);
        self.from.push(from);
        Ok(())
    }

    fn draw(
        &mut self,
        k: usize,
        keys: &GroupKeys,
        zones: &Zones<'_>,
        robots: &[NamedRobot],
        seed: u64,
    ) -> Result<(), Wrong> {
        let before = self.timed.len();
        values::count("count", keys.count.saturating_add(before), TASKS)?;
        let group = group::read(keys, zones, robots)?;
        // Robots draw from the low streams.
        let mut rng = generator(seed, (1 << 32) + k as u64);
        let drawn = group.draw(&mut rng, keys.count, |k| {
            TaskId::from_u128(1 + (before + k) as u128)
        });
        for (number, (at, spec)) in drawn.into_iter().enumerate() {
            let name = match &keys.name {
                Some(name) => values::name("name", &format!("{name}-{}", number + 1))?,
                None => format!("task-{}", before + number + 1),
            };
            let task = Task::new(spec)?;
            let added = self.add(From::Group(k), TimedTask { at, task, name });
            added.map_err(|wrong| Wrong::new("name", wrong.message))?;
        }
        Ok(())
    }

    /// Puts the predecessors in, by their names.
    fn link(&mut self, file: &File) -> Result<(), Wrong> {
        for (k, keys) in file
            .task
            .iter()
            .enumerate()
            .filter(|(_, keys)| !keys.after.is_empty())
        {
            let key = From::One(k).key();
            let after = self.named(&format!("{key}.after"), &keys.after)?;
            let linked = task::coming_after(self.timed[k].task.clone(), after);
            self.timed[k].task = linked.map_err(|invalid| Wrong::from(invalid).within(&key))?;
        }
        self.check_cycles()
    }

    /// Puts the teams in: whoever names another is of one team with it, and with all that this one names.
    fn unite(&mut self, file: &File, robots: usize) -> Result<(), Wrong> {
        let mut teams: Vec<(usize, BTreeSet<TaskId>)> = Vec::new();
        for (k, keys) in file
            .task
            .iter()
            .enumerate()
            .filter(|(_, keys)| !keys.team.is_empty())
        {
            let named = self.named(&format!("{}.team", From::One(k).key()), &keys.team)?;
            let mut team: BTreeSet<TaskId> = named.into_iter().collect();
            if !team.insert(self.timed[k].task.id()) {
                return Err(Wrong::new(
                    format!("{}.team", From::One(k).key()),
                    "names the task itself",
                ));
            }
            let mut first = k;
            teams.retain(|(other, members)| {
                let apart = members.is_disjoint(&team);
                if !apart {
                    first = first.min(*other);
                    team.extend(members);
                }
                apart
            });
            teams.push((first, team));
        }
        for (first, team) in teams {
            let key = From::One(first).key();
            if team.len() > robots {
                let message = format!("is of {} tasks, and there are {robots} robots", team.len());
                return Err(Wrong::new(format!("{key}.team"), message));
            }
            for (timed, from) in self.timed.iter_mut().zip(&self.from) {
                if !team.contains(&timed.task.id()) {
                    continue;
                }
                let others = team.iter().copied().filter(|id| *id != timed.task.id());
                let united = task::of_team(timed.task.clone(), others.collect());
                timed.task = united.map_err(|invalid| Wrong::from(invalid).within(from.key()))?;
            }
        }
        Ok(())
    }

    fn named(&self, key: &str, names: &[String]) -> Result<Vec<TaskId>, Wrong> {
        let mut seen = BTreeSet::new();
        let mut ids = Vec::new();
        for (k, name) in names.iter().enumerate() {
            let key = format!("{key}[{k}]");
            let Some(id) = self.names.get(name) else {
                return Err(Wrong::new(key, format_args!("there is no task {name:?}")));
            };
            if !seen.insert(id) {
                return Err(Wrong::new(key, format_args!("names {name:?} twice")));
            }
            ids.push(*id);
        }
        Ok(ids)
    }

    fn check_cycles(&self) -> Result<(), Wrong> {
        let all = self
            .timed
            .iter()
            .map(|timed| (timed.task.id(), timed.task.after()));
        let Err(error) = precedence::order(all) else {
            return Ok(());
        };
        let PrecedenceError::Cycle(circle) = &error else {
            return Err(Wrong::new("task", error));
        };
        let places = circle
            .iter()
            .filter_map(|id| self.timed.iter().position(|timed| timed.task.id() == *id));
        let places: Vec<usize> = places.collect();
        let names: Vec<&str> = places
            .iter()
            .chain(places.first())
            .map(|k| self.timed[*k].name.as_str())
            .collect();
        let key = places
            .first()
            .map_or("task".to_owned(), |k| format!("{}.after", self.from[*k].key()));
        let message = format!("these wait for each other for ever: {}", names.join(" after "));
        Err(Wrong::new(key, message))
    }

    /// In the order of submission; a pool keeps that of the file.
    fn in_order(mut self, pool: bool) -> Result<Vec<TimedTask>, Wrong> {
        if pool {
            self.check_pool()?;
        }
        self.timed.sort_by_key(|timed| timed.at);
        Ok(self.timed)
    }

    /// A pool that is full of tasks whose predecessors, or whose teams, are not revealed yet would stay so.
    fn check_pool(&self) -> Result<(), Wrong> {
        for (timed, from) in self.timed.iter().zip(&self.from) {
            if !timed.task.team().is_empty() {
                let message = "a team is known at once, and a pool reveals one task after the other";
                return Err(Wrong::new(format!("{}.team", from.key()), message));
            }
            if timed.task.after().iter().any(|before| *before > timed.task.id()) {
                let message = "with a pool, a task comes after tasks that are written before it";
                return Err(Wrong::new(format!("{}.after", from.key()), message));
            }
        }
        Ok(())
    }
}
