//! How storms are drawn: half of what is drawn evenly from its range, half at the ends of it.

use std::collections::BTreeMap;
use std::time::Duration;

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

use super::clock::Clock;
use super::mishap::{Command, DiskFault, Mishap, Trouble, Wish};
use super::network::{Direction, Fading, Faults, Partition, Spike, Topology};
use super::setup::Breakdown;
use super::storm::{CALM, LAST, MENDED, Scale, Storm};
use crate::ability::{Abilities, Ability};
use crate::config::Config;
use crate::ids::{NodeId, RobotId, TaskId};
use crate::ledger::LeaseTerms;
use crate::message::Drain;
use crate::place::Place;
use crate::regime::Strategy;
use crate::robot::{BatterySpec, Robot, RobotSpec};
use crate::task::{Alone, Assurance, OnLoss, Priority, Stop, Task, TaskSpec};
use crate::time::{Time, UtcTime};

/// Sets apart what teams are drawn from.
const TEAMS: u64 = 0x7465_616d_7465_616d;

struct Random(Xoshiro256PlusPlus);

impl Random {
    fn chance(&mut self, share: f64) -> bool {
        self.0.random::<f64>() < share
    }

    fn below(&mut self, count: u32) -> u32 {
        self.0.random_range(0..count.max(1))
    }

    fn between(&mut self, min: f64, max: f64) -> f64 {
        min + (max - min) * self.0.random::<f64>()
    }

    /// Half of the time evenly between two values, half of the time at one of the two.
    fn corner(&mut self, min: f64, max: f64) -> f64 {
        match self.below(4) {
            0 => min,
            1 => max,
            _ => self.between(min, max),
        }
    }

    fn span(&mut self, min: f64, max: f64) -> Duration {
        Duration::from_secs_f64(self.corner(min, max))
    }

    fn moment(&mut self, min: f64, max: f64) -> Time {
        time(self.between(min, max))
    }

    fn place(&mut self) -> Place {
        // A coarse raster, so that robots and tasks often are at one place and prices are equal.
        Place::at(f64::from(self.below(7)) * 5.0, f64::from(self.below(7)) * 5.0)
    }
}

fn time(seconds: f64) -> Time {
    Time::from_micros((seconds * 1e6) as u64)
}

fn robot_id(k: u32) -> RobotId {
    RobotId::from_u128(u128::from(k))
}

fn task_id(k: u32) -> TaskId {
    TaskId::from_u128(u128::from(k))
}

impl Storm {
    /// The storm of this number.
    pub fn draw(seed: u64, scale: Scale) -> Self {
        let mut random = Random(Xoshiro256PlusPlus::seed_from_u64(seed));
        let config = config(scale, &mut random);
        let mut storm = Storm {
            seed,
            scale,
            robots: (1..=scale.robots).map(|k| robot(k, &mut random)).collect(),
            tasks: (1..=scale.tasks).map(|k| task(k, &mut random)).collect(),
            faults: faults(&mut random),
            topology: Topology::Full,
            partitions: Vec::new(),
            spikes: (0..random.below(3)).map(|_| spike(&mut random)).collect(),
            breakdowns: Vec::new(),
            mishaps: Vec::new(),
            commands: Vec::new(),
            clocks: BTreeMap::new(),
            config,
        };
        storm.partitions = (0..random.below(4))
            .map(|_| storm.partition(&mut random))
            .collect();
        storm.draw_robots_troubles(&mut random);
        storm.draw_witnesses_troubles(&mut random);
        storm.draw_pauses(&mut random);
        storm.draw_ambushes(&mut random);
        storm.draw_commands(&mut random);
        storm.draw_clocks(&mut random);
        if random.chance(0.3) {
            storm.tilt_clocks(&mut random);
        }
        if scale.strategy != Strategy::Centralized {
            storm.draw_links(&mut random);
        }
        if scale.teams > 0 {
            storm.draw_teams();
        }
        storm
    }

    /// Some of the tasks become teams; all else stays as it was drawn. A team for which there are not enough robots left is
    /// called off in the end.
    fn draw_teams(&mut self) {
        let mut random = Random(Xoshiro256PlusPlus::seed_from_u64(self.seed ^ TEAMS));
        self.config.team_found = random.span(4.0, 15.0);
        self.config.team_there = random.span(10.0, 60.0);
        let mut left: Vec<usize> = (0..self.tasks.len()).collect();
        for _ in 0..self.scale.teams {
            let many = 2 + random.below(2) as usize;
            if left.len() < many {
                return;
            }
            let mut pick = |_| left.swap_remove(random.below(left.len() as u32) as usize);
            let members: Vec<usize> = (0..many).map(&mut pick).collect();
            self.unite(&members);
        }
    }

    fn unite(&mut self, members: &[usize]) {
        let ids: Vec<TaskId> = members.iter().map(|k| self.tasks[*k].1.id()).collect();
        let at = members.iter().map(|k| self.tasks[*k].0).max().unwrap_or_default();
        for k in members {
            let mut spec = TaskSpec::from(self.tasks[*k].1.clone());
            spec.team = ids.iter().copied().filter(|id| *id != spec.id).collect();
            // What they wait for could wait for one of them.
            spec.after.clear();
            spec.assurance = Assurance::Exclusive;
            self.tasks[*k] = (at, Task::new(spec).expect("valid"));
        }
        self.commands.push(Command {
            at: self.calm() + Duration::from_secs(60 * u64::from(self.scale.tasks)),
            what: Wish::Cancel(ids[0]),
        });
    }

    fn partition(&self, random: &mut Random) -> Partition {
        let from = random.between(0.0, LAST);
        let cut = random.corner(0.0, 1.0);
        let nodes = self.nodes().into_iter().filter(|_| random.chance(cut)).collect();
        let until = from + random.corner(0.5, 40.0);
        Partition {
            from: time(from),
            until: time(until),
            nodes,
            direction: direction(random),
        }
    }

    /// Where robots talk to each other: who hears whom, links that fade, and a time in which the fleet is in two or three
    /// parts.
    fn draw_links(&mut self, random: &mut Random) {
        self.topology = match random.below(6) {
            0 => Topology::Line,
            1 => Topology::Ring,
            2 => Topology::Star,
            3 => Topology::Radio {
                range: random.between(10.0, 40.0),
            },
            _ => Topology::Full,
        };
        self.faults.fading = match random.below(3) {
            0 => Fading::GilbertElliott {
                burst: random.span(0.05, 3.0),
            },
            1 => Fading::Rayleigh {
                coherence: random.span(0.05, 3.0),
            },
            _ => Fading::Independent,
        };
        // The strategy changes while tasks are in flight.
        for _ in 0..random.below(4) {
            let all = [Strategy::Centralized, self.scale.strategy, Strategy::Distributed];
            let count = if self.scale.strategy == Strategy::Hybrid {
                3
            } else {
                2
            };
            let strategy = all[random.below(count) as usize];
            self.commands.push(Command {
                at: random.moment(0.0, CALM),
                what: Wish::Strategy(strategy),
            });
        }
        if random.chance(0.5) {
            let (from, parts) = (random.between(0.0, LAST), 2 + random.below(2));
            let until = from + random.corner(5.0, 40.0);
            let seats: Vec<u32> = self.nodes().iter().map(|_| random.below(parts)).collect();
            for part in 1..parts {
                let nodes = self.nodes().into_iter().zip(&seats);
                self.partitions.push(Partition {
                    from: time(from),
                    until: time(until),
                    nodes: nodes
                        .filter(|(_, seat)| **seat == part)
                        .map(|(node, _)| node)
                        .collect(),
                    direction: Direction::Both,
                });
            }
        }
    }

    /// Robots break down, all but the first for good or not.
    fn draw_robots_troubles(&mut self, random: &mut Random) {
        for _ in 0..random.below(self.scale.robots / 2 + 1) {
            let robot = 1 + random.below(self.scale.robots);
            let stays = robot == 1 || self.config.witnesses.contains(&robot_id(robot).node());
            let repair = (stays || random.chance(0.6)).then(|| random.span(0.05, MENDED - LAST));
            self.breakdowns.push(Breakdown {
                robot: robot_id(robot),
                at: random.moment(0.0, LAST),
                repair,
            });
        }
        // A robot that is a witness has a journal, and keeps it.
        let witnesses = &self.config.witnesses;
        let breakdowns = std::mem::take(&mut self.breakdowns);
        let is_witness = |breakdown: &Breakdown| witnesses.contains(&breakdown.robot.node());
        let (kept, others): (Vec<_>, Vec<_>) = breakdowns.into_iter().partition(is_witness);
        self.mishaps.extend(kept.iter().map(|breakdown| Mishap {
            node: breakdown.robot.node(),
            at: breakdown.at,
            what: Trouble::Crash {
                restart: breakdown.repair,
                memory: true,
            },
        }));
        self.breakdowns = others;
    }

    /// Witnesses die and come back, with their journals; one of them, if it is not the only one, also without.
    fn draw_witnesses_troubles(&mut self, random: &mut Random) {
        let witnesses = self.config.witnesses.clone();
        let forgetful = witnesses[random.below(witnesses.len() as u32) as usize];
        let mut forgets_from = 0.0;
        for _ in 0..random.below(2 * self.scale.witnesses) {
            let node = witnesses[random.below(witnesses.len() as u32) as usize];
            let at = random.between(0.0, LAST);
            let restart = random.span(0.05, MENDED - LAST);
            let forgets = node == forgetful && witnesses.len() > 1 && random.chance(0.5) && at > forgets_from;
            let what = match random.below(6) {
                0..2 => Trouble::Disk {
                    restart,
                    fault: disk_fault(random),
                },
                _ => Trouble::Crash {
                    restart: Some(restart),
                    memory: !forgets,
                },
            };
            if forgets {
                forgets_from = at;
            }
            let at = time(at);
            self.mishaps.push(Mishap { node, at, what });
        }
        // Only a surviving core goes on, sometimes: a minority of the witnesses never comes back.
        let minority = (witnesses.len() - 1) / 2;
        if minority > 0 && !self.scale.among_robots && random.chance(0.3) {
            let first = random.below(witnesses.len() as u32) as usize;
            for k in 0..minority {
                let node = witnesses[(first + k) % witnesses.len()];
                let at = random.moment(MENDED + 2.0, CALM);
                let what = Trouble::Crash {
                    restart: None,
                    memory: true,
                };
                // One that has forgotten may still be asking the others what they know.
                if node == forgetful || !self.forgets() {
                    self.mishaps.push(Mishap { node, at, what });
                }
            }
        }
    }

    fn forgets(&self) -> bool {
        let forgets = |mishap: &Mishap| matches!(mishap.what, Trouble::Crash { memory: false, .. });
        self.mishaps.iter().any(forgets)
    }

    fn draw_pauses(&mut self, random: &mut Random) {
        let nodes = self.nodes();
        for _ in 0..random.below(4) {
            self.mishaps.push(Mishap {
                node: nodes[random.below(nodes.len() as u32) as usize],
                at: random.moment(0.0, LAST),
                what: Trouble::Pause(random.span(0.1, 15.0)),
            });
        }
    }

    /// A robot stands still, and is cut off before it goes on: others may have its work by the time that it hears of it.
    fn draw_ambushes(&mut self, random: &mut Random) {
        let lease = self.config.lease.length().as_secs_f64();
        for _ in 0..random.below(4) {
            let node = robot_id(1 + random.below(self.scale.robots)).node();
            let (at, pause) = (random.between(0.0, LAST), random.corner(0.0, lease));
            self.mishaps.push(Mishap {
                node,
                at: time(at),
                what: Trouble::Pause(Duration::from_secs_f64(pause)),
            });
            let from = at + pause / 2.0;
            self.partitions.push(Partition {
                from: time(from),
                until: time(from + random.corner(2.0, 40.0)),
                nodes: [node].into(),
                direction: direction(random),
            });
        }
    }

    fn draw_commands(&mut self, random: &mut Random) {
        for _ in 0..random.below(5) {
            let at = random.moment(0.0, LAST);
            let later = at + random.span(0.5, 40.0);
            let task = task_id(1 + random.below(self.scale.tasks));
            let robot = robot_id(1 + random.below(self.scale.robots));
            match random.below(4) {
                0 | 1 => self.commands.push(Command {
                    at,
                    what: Wish::Cancel(task),
                }),
                2 => {
                    self.commands.push(Command {
                        at,
                        what: Wish::Pause(task, true),
                    });
                    self.commands.push(Command {
                        at: later,
                        what: Wish::Pause(task, false),
                    });
                }
                _ => {
                    let drain = [Drain::Finish, Drain::Reassign, Drain::Cancel][random.below(3) as usize];
                    self.commands.push(Command {
                        at,
                        what: Wish::Drain(robot, Some(drain)),
                    });
                    self.commands.push(Command {
                        at: later,
                        what: Wish::Drain(robot, None),
                    });
                }
            }
        }
        // Whoever waits for a person is told in the end that others may have it.
        for (_, task) in &self.tasks {
            if task.on_loss() == OnLoss::Ask {
                for again in 1..=4 {
                    self.commands.push(Command {
                        at: self.calm() + Duration::from_secs(20 * again),
                        what: Wish::Reopen(task.id()),
                    });
                }
            }
        }
    }

    /// Every clock is wrong, by no more than the settings say.
    fn draw_clocks(&mut self, random: &mut Random) {
        let most = self.config.lease.drift() * 1e6;
        for node in self.nodes() {
            let clock = Clock {
                ppm: random.corner(-most, most) as i32,
                offset: random.span(0.0, 1_000.0),
            };
            self.clocks.insert(node, clock);
        }
    }

    /// As bad for leases as clocks can be: those of the witnesses are all fast, those of the robots all slow, the leases
    /// are long, and bodies work to their last moment.
    fn tilt_clocks(&mut self, random: &mut Random) {
        self.config.lease = LeaseTerms::new(random.span(6.0, 12.0), 0.1).expect("in range");
        self.config.stopping = Duration::ZERO;
        let most = (self.config.lease.drift() * 1e6) as i32;
        for (node, clock) in &mut self.clocks {
            let witness = self.config.witnesses.contains(node);
            clock.ppm = if witness { most } else { -most };
        }
    }
}

fn direction(random: &mut Random) -> Direction {
    match random.below(4) {
        0 => Direction::In,
        1 => Direction::Out,
        _ => Direction::Both,
    }
}

fn config(scale: Scale, random: &mut Random) -> Config {
    let witness = |k: u32| match scale.among_robots {
        true => robot_id(k).node(),
        false => NodeId::from_u128(1_000 + u128::from(k)),
    };
    let mut config = Config::new(witness(1));
    config.witnesses = (1..=scale.witnesses).map(witness).collect();
    config.chargers = vec![Place::at(0.0, 0.0), Place::at(30.0, 30.0)];
    config.refuges = vec![Place::at(30.0, 0.0)];
    config.heartbeat = random.span(0.4, 1.2);
    config.suspicion = config.heartbeat.mul_f64(random.corner(2.0, 4.0));
    config.stopping = random.span(0.0, 0.5);
    let length = random.span(2.0, 6.0);
    config.lease = LeaseTerms::new(length, random.corner(0.000_1, 0.1)).expect("in range");
    config.keep = random.span(1.0, 30.0);
    // Longer than any frame here can be late, the pauses of its receiver included.
    config.remember = config.keep.max(random.span(30.0, 45.0));
    config.reoffer = random.span(2.0, 5.0);
    config.objective.interruption = random.corner(0.0, 60.0);
    // Not drawn for themselves: each seed goes on meaning the same storm.
    config.degrade = config.reoffer - Duration::from_secs(2);
    config.restore = config.keep / 3;
    config.strategy = scale.strategy;
    if scale.strategy != Strategy::Centralized {
        config.settle = random.span(0.0, 1.0);
        config.commit = random.span(1.0, 5.0);
        config.absence = config.heartbeat.mul_f64(random.corner(3.0, 10.0));
        config.limits.bundle = 1 + random.below(10) as usize;
        config.limits.ahead = 1 + random.below(3) as usize;
    }
    if scale.strategy == Strategy::Hybrid {
        config.limits.cell = 1 + random.below(8) as usize;
        config.limits.search = 50;
    }
    config
}

fn faults(random: &mut Random) -> Faults {
    let delay_max = random.corner(0.01, 0.5);
    Faults {
        delay_min: Duration::from_secs_f64(random.corner(0.0, delay_max)),
        delay_max: Duration::from_secs_f64(delay_max),
        loss: random.corner(0.0, 0.5),
        duplicate: random.corner(0.0, 0.5),
        reorder: random.corner(0.0, 0.5),
        fading: Fading::Independent,
    }
}

fn spike(random: &mut Random) -> Spike {
    let from = random.between(0.0, LAST);
    Spike {
        from: time(from),
        until: time(from + random.corner(0.5, 20.0)),
        extra: random.span(0.1, 3.0),
    }
}

fn disk_fault(random: &mut Random) -> DiskFault {
    match random.below(3) {
        0 => DiskFault::Torn(random.below(64) as u8),
        1 => DiskFault::Full,
        _ => DiskFault::Sync,
    }
}

fn ability() -> Abilities {
    [Ability::new("lift").expect("a name")].into()
}

/// The first robot can do everything and has no battery: it remains able, whatever happens to the others.
fn robot(k: u32, random: &mut Random) -> Robot {
    let mut spec = RobotSpec::new(robot_id(k), random.place());
    spec.speed = random.between(1.0, 4.0);
    if k == 1 || random.chance(0.3) {
        spec.abilities = ability();
    }
    if k > 1 && random.chance(0.3) {
        spec.battery = Some(BatterySpec {
            capacity: 10_000.0,
            level: random.corner(0.1, 1.0),
            reserve: 0.05,
            per_metre: 20.0,
            per_second: 5.0,
        });
    }
    Robot::new(spec).expect("valid")
}

fn task(k: u32, random: &mut Random) -> (Duration, Task) {
    let at = random.corner(0.0, LAST);
    let stop = |random: &mut Random| Stop::at(random.place()).lasting(random.span(0.0, 6.0));
    let stops = (0..=random.below(3)).map(|_| stop(random)).collect();
    let mut spec = TaskSpec::new(task_id(k), stops);
    spec.priority = Priority::ALL[random.below(4) as usize];
    if random.chance(0.2) {
        spec.needs = ability();
    }
    if random.chance(0.1) {
        spec.release = UtcTime::from_secs_f64(at + random.between(0.0, 40.0));
    }
    if random.chance(0.15) {
        spec.deadline = UtcTime::from_secs_f64(at + random.between(100.0, 200.0));
    }
    match random.below(10) {
        0 => spec.assurance = Assurance::BestEffort,
        1 => spec.on_loss = OnLoss::Ask,
        2 => spec.alone = Alone::Retreat,
        _ => {}
    }
    if k > 1 && random.chance(0.15) {
        spec.after = vec![task_id(1 + random.below(k - 1))];
    }
    // Submitted in the order of their times, whatever their ids: those that come before their predecessor are refused.
    (Duration::from_secs_f64(at), Task::new(spec).expect("valid"))
}
