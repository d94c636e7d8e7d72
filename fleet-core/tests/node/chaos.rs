//! Whatever was ever said may be heard again at any time; and what is heard may be damaged.

use fleet_core::message::Message;
use fleet_core::{Assurance, Report, wire};
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

use crate::fleet::{CHIEF, Fleet, robot, robot_id, task};

const ROBOTS: u128 = 3;
const TASKS: u128 = 6;
const STEPS: usize = 150;

struct Chaos {
    fleet: Fleet,
    random: Xoshiro256PlusPlus,
    lives: [u32; ROBOTS as usize + 1],
}

impl Chaos {
    fn new(seed: u64) -> Self {
        let mut fleet = Fleet::of((1..=ROBOTS).map(|k| robot(k, 10.0 * k as f64)));
        (1..=TASKS).for_each(|k| fleet.submit(task(k, 7.0 * k as f64)));
        Chaos {
            fleet,
            random: Xoshiro256PlusPlus::seed_from_u64(seed),
            lives: [1; ROBOTS as usize + 1],
        }
    }

    fn below(&mut self, count: usize) -> usize {
        self.random.random_range(0..count)
    }

    fn some(&mut self, count: u128) -> u128 {
        1 + self.below(count as usize) as u128
    }

    /// Something that may happen to a fleet.
    fn step(&mut self) {
        let (robot_number, task_number) = (self.some(ROBOTS), self.some(TASKS));
        match self.below(20) {
            0 => self.fleet.cut_off(robot_number),
            1 => self.one_way(robot_number),
            2..5 => self.fleet.heal(),
            5 => self.restart(robot_number),
            6..13 => {
                let report = match self.below(8) {
                    0 => Report::Failed("so".into()),
                    1 => Report::GiveBack,
                    2..5 => Report::StopDone,
                    _ => Report::Begun,
                };
                self.try_report(robot_number, task_number, report);
            }
            13 if self.below(10) == 0 => drop(self.fleet.cancel(task_number)),
            // Whether it is so or not.
            14 => self.fleet.miss(robot_id(robot_number).node()),
            _ => {
                let seconds = self.random.random::<f64>() * 2.0;
                self.fleet.run(seconds);
            }
        }
    }

    /// The robot says what nobody hears, or hears nothing.
    fn one_way(&mut self, k: u128) {
        let (node, deaf) = (robot_id(k).node(), self.below(2) == 0);
        self.fleet.lose = Box::new(move |from, to, _| if deaf { to == node } else { from == node });
    }

    fn restart(&mut self, k: u128) {
        let life = &mut self.lives[k as usize];
        *life += 1;
        let life = *life;
        self.fleet.join(robot(k, 10.0 * k as f64), life);
    }

    fn try_report(&mut self, k: u128, task: u128, report: Report) {
        let now = self.fleet.now;
        let travel = &mut fleet_core::travel::Euclidean;
        // Whether it is in turn does not matter here.
        let _ = self
            .fleet
            .robot(k)
            .report(now, crate::fleet::task_id(task), report, travel);
        self.fleet.settle();
    }

    /// A message that was sent to somebody at some time, or lost.
    fn earlier(&mut self) -> Option<(fleet_core::NodeId, fleet_core::NodeId, Message)> {
        let count = self.fleet.sent.len();
        (count > 0).then(|| {
            // Half of them from the last few seconds: those are the dangerous ones.
            let back = if self.below(2) == 0 { count } else { count.min(60) };
            let place = count - 1 - self.below(back);
            self.fleet.sent[place].clone()
        })
    }

    /// S1, at this very moment: of no exclusive task do two robots have a permit.
    fn check(&mut self, seed: u64) {
        for k in 1..=TASKS {
            let may: Vec<u128> = (1..=ROBOTS)
                .filter(|robot| self.fleet.permit(*robot, k).is_some())
                .collect();
            assert!(
                may.len() <= 1,
                "seed {seed}, {:?}: {may:?} all have a permit for {k}",
                self.fleet.now
            );
        }
    }
}

#[test]
fn messages_heard_again_at_any_time_give_no_second_permit() {
    for seed in 0..300 {
        let mut chaos = Chaos::new(seed);
        assert_eq!(task(1, 0.0).assurance, Assurance::Exclusive);
        for _ in 0..STEPS {
            chaos.step();
            chaos.check(seed);
            if let Some((from, to, message)) = chaos.earlier() {
                chaos.fleet.deliver(from, to, &message);
                chaos.check(seed);
                chaos.fleet.settle();
                chaos.check(seed);
            }
        }
    }
}

#[test]
fn when_all_is_calm_again_every_task_ends() {
    for seed in 0..100 {
        let mut chaos = Chaos::new(seed);
        (0..STEPS).for_each(|_| chaos.step());
        chaos.fleet.heal();
        for _ in 0..200 {
            chaos.fleet.run(1.0);
            for (k, task) in (1..=ROBOTS).flat_map(|k| (1..=TASKS).map(move |task| (k, task))) {
                chaos.try_report(k, task, Report::Begun);
                chaos.try_report(k, task, Report::StopDone);
            }
        }
        let open: Vec<_> = (1..=TASKS)
            .filter(|k| !chaos.fleet.phase(*k).is_terminal())
            .collect();
        assert!(open.is_empty(), "seed {seed}: {open:?}");
    }
}

#[test]
fn damaged_frames_are_survived() {
    for seed in 0..100 {
        let mut chaos = Chaos::new(seed);
        for _ in 0..STEPS {
            chaos.step();
            let Some((from, to, message)) = chaos.earlier() else {
                continue;
            };
            let mut frame = wire::encode(&message);
            let bit = chaos.below(frame.len() * 8);
            frame[bit / 8] ^= 1 << (bit % 8);
            chaos.fleet.said.clear();
            chaos.fleet.deliver_frame(from, to, &frame);
            assert!(
                chaos.fleet.said.len() < 100,
                "seed {seed}: {} messages",
                chaos.fleet.said.len()
            );
            assert!(chaos.fleet.chief().id() == CHIEF);
        }
    }
}
