//! All that is at one moment, and what can happen next.

use std::sync::Arc;

use fleet_core::ledger::Phase;
use fleet_core::message::Between;
use fleet_core::planted::Bug;
use fleet_core::{Epoch, NodeId, Place, RobotId, Stop, Task, TaskId, TaskSpec, UtcTime};

use super::net::{Letter, Net, Word};
use super::robot::Body;
use super::seat::{Restart, Seat};
use super::shared::Shared;
use super::world::{Counts, World};

/// Something that can happen. Robots, witnesses and tasks by their places.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Act {
    /// A unit of real time passes; on the clocks of these, robots first, the longest that it can be.
    Pass(Vec<bool>),
    Deliver(Shared<Letter>),
    Award {
        seat: usize,
        robot: usize,
        task: usize,
    },
    Ask(usize),
    Finish {
        robot: usize,
        task: usize,
    },
    GiveBack {
        robot: usize,
        task: usize,
    },
    Rule {
        seat: usize,
        task: usize,
        wish: Phase,
    },
    Tick(usize),
    Restart(usize, Restart),
    Reboot(usize),
}

/// What was seen of one task.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct Past {
    /// Who was the last to act on it, and under which epoch.
    pub(crate) owner: Option<(usize, Epoch)>,
    /// How many owners it had, up to two.
    pub(crate) owners: u8,
    /// How it ended, and under the lowest epoch that a settled end of it had.
    pub(crate) end: Option<(Phase, Option<RobotId>, Epoch)>,
    /// A majority said that it keeps that it is done.
    pub(crate) noted: bool,
}

/// All that is at one moment.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(crate) struct State {
    pub(crate) robots: Vec<Shared<Body>>,
    pub(crate) seats: Vec<Shared<Seat>>,
    pub(crate) net: Net,
    /// How often what happened.
    pub(crate) spent: Counts,
    pub(crate) past: Vec<Past>,
    /// What was broken.
    pub(crate) broken: Option<&'static str>,
}

impl State {
    /// The tasks are submitted and accepted, and nothing else has happened.
    pub(crate) fn first(world: &World) -> Self {
        let (lease, seats, panel) = (world.lease(), world.seats(), world.panel());
        let robot = |id| Shared::new(Body::new(id, &panel, lease, 1));
        let hasty = world.bug == Some(Bug::AckBeforeSync);
        let seat = |(place, id)| {
            let leads = place < world.leaders;
            Shared::new(Seat::new(id, world.rules(), 1, (hasty, leads)))
        };
        let mut state = State {
            robots: world.robots().into_iter().map(robot).collect(),
            seats: seats.into_iter().enumerate().map(seat).collect(),
            net: Net::default(),
            spent: Counts::default(),
            past: vec![Past::default(); world.tasks as usize],
            broken: None,
        };
        for task in world.task_ids() {
            state.with(world, 0, |seat| {
                seat.witness
                    .submit(task_of(task), UtcTime::default(), seat.time())
            });
        }
        state.calm(world, |_| true);
        if world.ended {
            for task in world.task_ids() {
                state.with(world, 0, |seat| seat.rule(task, Phase::Cancelled, None));
            }
            let last = state.seats[state.seats.len() - 1].id();
            state.calm(world, |letter| letter.to != last);
        }
        for place in 0..state.seats.len() {
            state.seats[place].change(Seat::sync);
        }
        state
    }

    /// All that is said arrives, of what is heard, until nothing more is said.
    fn calm(&mut self, world: &World, heard: impl Fn(&Letter) -> bool) {
        loop {
            let Some(letter) = self.net.letters().next().cloned() else {
                return;
            };
            self.net.take(&letter);
            if heard(&letter) {
                self.deliver(world, &letter);
            }
        }
    }

    /// A witness does something, and says what it has to say then.
    pub(crate) fn with(&mut self, world: &World, place: usize, act: impl FnOnce(&mut Seat)) {
        let said = self.seats[place].change(|seat| {
            seat.sync();
            act(seat);
            seat.said()
        });
        let from = self.seats[place].id();
        for (to, word) in said {
            let sign = matches!(&word, Word::Between(Between::Digest(digest)) if digest.number > 0);
            if world.signs || !sign {
                self.net.send(Letter { from, to, word });
            }
        }
    }

    /// A robot says this to all witnesses.
    pub(crate) fn tell(&mut self, robot: usize, word: &Word) {
        let from = self.robots[robot].id;
        for to in self.seats.iter().map(|seat| seat.id()).collect::<Vec<_>>() {
            let word = word.clone();
            self.net.send(Letter { from, to, word });
        }
    }

    /// A letter arrives.
    pub(crate) fn deliver(&mut self, world: &World, letter: &Letter) {
        let Letter { from, to, word } = letter;
        if matches!(word, Word::Heard { .. }) {
            let robot = self.robots.iter().position(|robot| robot.id == *to);
            robot
                .into_iter()
                .for_each(|robot| self.at_robot(world, robot, letter));
            return;
        }
        let Some(place) = self.seats.iter().position(|seat| seat.id() == *to) else {
            return;
        };
        self.with(world, place, |seat| match word {
            Word::Ask {
                boot,
                ask,
                claims,
                news,
            } => seat.asked(*from, (*boot, *ask), claims, news),
            Word::Report(task, epoch, news) => drop(seat.report(*from, *task, *epoch, news)),
            Word::Release(task, epoch) => seat.witness.release(*from, *task, *epoch),
            Word::Between(between) => seat.witness.handle(*from, 1, between.clone(), seat.time()),
            Word::Heard { .. } => {}
        });
        if world.prompt {
            self.answer_now(world, *from);
        }
    }

    /// What was answered arrives at once.
    fn answer_now(&mut self, world: &World, robot: NodeId) {
        let heard =
            |letter: &&Shared<Letter>| letter.to == robot && matches!(letter.word, Word::Heard { .. });
        let answers: Vec<_> = self.net.letters().filter(heard).cloned().collect();
        for answer in answers {
            self.net.take(&answer);
            self.deliver(world, &answer);
        }
    }

    fn at_robot(&mut self, world: &World, robot: usize, letter: &Letter) {
        let (from, majority) = (letter.from, world.majority());
        let mut words = Vec::new();
        let mut kept = Vec::new();
        self.robots[robot].change(|body| {
            let mut note = |body: &mut Body, task: TaskId, epoch: Epoch| {
                if body.noted(from, task, epoch, majority) {
                    kept.push(task);
                }
            };
            match &letter.word {
                Word::Heard {
                    boot,
                    ask,
                    refused,
                    noted,
                } if *boot == body.boot => {
                    words = body.heard(from, *ask, refused);
                    noted.iter().for_each(|(task, epoch)| note(body, *task, *epoch));
                }
                _ => {}
            }
        });
        words.iter().for_each(|word| self.tell(robot, word));
        for task in kept {
            self.past[task.uuid().as_u128() as usize - 1].noted = true;
        }
    }

    /// Forgets letters that can do nothing any more.
    pub(crate) fn sweep(&mut self, world: &World) {
        let crashes = self.spent.restarts < world.counts.restarts;
        let State {
            robots, seats, net, ..
        } = self;
        net.retain(|letter| match &letter.word {
            Word::Ask { boot, ask, .. } if !crashes => {
                let seat = seats.iter().find(|seat| seat.id() == letter.to);
                !seat.is_some_and(|seat| seat.is_past(letter.from, *boot, *ask))
            }
            Word::Heard { boot, ask, .. } => {
                let robot = robots.iter().find(|robot| robot.id == letter.to);
                robot.is_some_and(|robot| !robot.is_past(letter.from, *boot, *ask))
            }
            // Whoever does not decide it, never will under an epoch of before.
            Word::Between(Between::Prepared { task, .. }) => {
                let seat = seats.iter().find(|seat| seat.id() == letter.to);
                seat.is_some_and(|seat| seat.witness.is_ruling(*task))
            }
            Word::Between(between) if !crashes => {
                let both = seats
                    .iter()
                    .filter(|seat| [letter.from, letter.to].contains(&seat.id()));
                !about(between).is_some_and(|task| both.clone().all(|seat| seat.has_ended(task)))
            }
            _ => true,
        });
    }

    /// Which robots act on `task`, and under which epochs.
    pub(crate) fn acting(&self, task: TaskId) -> impl Iterator<Item = (usize, Epoch)> + '_ {
        let robots = self.robots.iter().enumerate();
        robots.filter_map(move |(place, robot)| Some((place, robot.acts(task)?)))
    }
}

/// The one task that a message among witnesses is about.
fn about(between: &Between) -> Option<TaskId> {
    match between {
        Between::Records { records, .. } => records.first().map(|record| record.task.id()),
        Between::Ended(ended) => ended.first().map(|(task, _)| *task),
        Between::Prepare { task, .. } => Some(*task),
        _ => None,
    }
}

fn task_of(id: TaskId) -> Arc<Task> {
    let spec = TaskSpec::new(id, vec![Stop::at(Place::at(0.0, 0.0))]);
    Arc::new(Task::new(spec).expect("a task with a stop"))
}
