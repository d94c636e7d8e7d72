//! Whenever a robot may act, a majority of the witnesses guards its lease: in real time, whatever the clocks show.

use std::collections::BTreeMap;
use std::time::Duration;

use fleet_core::ledger::{Claimant, LeaseTerms, Rules, Witness};
use fleet_core::message::Refusal;
use fleet_core::planted::{Bug, plant};
use fleet_core::{Epoch, Time};
use proptest::prelude::*;

use crate::fleet::{UTC, id, rules, task, witness};

const N: usize = 3;
const ROBOTS: usize = 2;
const DRIFT: f64 = 0.1;

fn lease() -> LeaseTerms {
    LeaseTerms::new(Duration::from_secs(2), DRIFT).unwrap()
}

/// A clock that began at some time and goes at some rate.
#[derive(Clone, Copy, Debug)]
struct Clock {
    start: u64,
    rate: f64,
}

impl Clock {
    /// What it shows after so many real microseconds.
    fn show(self, real: u64) -> Time {
        Time::from_micros(self.start + (real as f64 * self.rate) as u64)
    }

    /// The last real microsecond before it shows `time`.
    fn before(self, time: Time) -> u64 {
        let shown = time.as_micros().saturating_sub(self.start) as f64;
        (shown / self.rate) as u64
    }
}

/// What happens, and how long after the one before, in real microseconds.
#[derive(Clone, Debug)]
enum Step {
    Ask { robot: usize },
    Arrive { mail: prop::sample::Index },
    Lose { mail: prop::sample::Index },
    Wait,
}

#[derive(Clone)]
enum Mail {
    Ask(usize, usize, u32, Vec<Epoch>),
    Answer(usize, usize, u32, Vec<(Epoch, Refusal)>),
}

struct World {
    real: u64,
    witnesses: Vec<(Clock, Witness)>,
    robots: Vec<(Clock, Claimant)>,
    mail: Vec<Mail>,
    epochs: u32,
}

impl World {
    fn new(clocks: &[Clock]) -> Self {
        let rules = Rules {
            lease: lease(),
            ..rules(1)
        };
        // Each is alone in its own panel, and so has accepted the task without the others.
        let alone = |k: usize, clock: Clock| {
            let panel = fleet_core::Panel::new(1, &[witness(k)], &[]);
            let mut books = Witness::new(
                witness(k),
                1,
                Rules {
                    panel,
                    ..rules.clone()
                },
            );
            books.submit(task(0), UTC, clock.show(0));
            (clock, books)
        };
        let panel = self::rules(N).panel;
        World {
            real: 0,
            witnesses: (0..N).map(|k| alone(k, clocks[k])).collect(),
            robots: (0..ROBOTS)
                .map(|r| (clocks[N + r], Claimant::new(panel.clone(), lease())))
                .collect(),
            mail: Vec::new(),
            epochs: 0,
        }
    }

    fn ask(&mut self, r: usize) {
        let (clock, claimant) = &mut self.robots[r];
        let now = clock.show(self.real);
        if claimant.get(id(0)).is_none() {
            self.epochs += 1;
            let count = self.epochs;
            claimant.claim(id(0), Epoch { count, ..Epoch::ZERO });
        }
        let epochs: Vec<Epoch> = claimant.leases().map(|(_, lease)| lease.epoch()).collect();
        let ask = claimant.ask(now);
        let mail = |k| Mail::Ask(r, k, ask, epochs.clone());
        self.mail.extend((0..N).map(mail));
    }

    fn arrive(&mut self, mail: Mail) {
        match mail {
            Mail::Ask(r, k, ask, epochs) => {
                let (clock, books) = &mut self.witnesses[k];
                let now = clock.show(self.real);
                let mut claim = |epoch| books.claim(robot(r), id(0), epoch, now);
                let refused = epochs
                    .iter()
                    .filter_map(|epoch| Some((*epoch, claim(*epoch).err()?)));
                let refused = refused.collect();
                self.mail.push(Mail::Answer(r, k, ask, refused));
            }
            Mail::Answer(r, k, ask, refused) => {
                let (clock, claimant) = &mut self.robots[r];
                let refused: Vec<_> = refused.iter().map(|(epoch, why)| (id(0), *epoch, *why)).collect();
                let now = clock.show(self.real);
                for (task, _) in claimant.answered(witness(k), ask, &refused, now) {
                    claimant.drop(task);
                }
            }
        }
    }

    fn apply(&mut self, step: &Step) {
        match step {
            Step::Ask { robot } => self.ask(*robot),
            Step::Arrive { mail } if !self.mail.is_empty() => {
                let mail = self.mail[mail.index(self.mail.len())].clone(); // and may arrive again
                self.arrive(mail);
            }
            Step::Lose { mail } if !self.mail.is_empty() => {
                self.mail.swap_remove(mail.index(self.mail.len()));
            }
            _ => {}
        }
    }

    /// How many witnesses guard the lease under `epoch` at the real time `at`.
    fn guards(&self, epoch: Epoch, at: u64) -> usize {
        let guards = |(clock, books): &&(Clock, Witness)| {
            // No other robot gets it, however high its epoch.
            let (other, high) = (
                robot(ROBOTS),
                Epoch {
                    count: u32::MAX,
                    ..Epoch::ZERO
                },
            );
            let answer = books.clone().claim(other, id(0), high, clock.show(at));
            let owner = books.ledger().get(id(0)).map(|known| known.promise.epoch);
            owner == Some(epoch) && matches!(answer, Err(Refusal::Taken(_)))
        };
        self.witnesses.iter().filter(guards).count()
    }

    /// Now, and up to the very end of each lease if nothing more happened.
    fn check(&self) -> Result<(), String> {
        let mut owners: BTreeMap<usize, Epoch> = BTreeMap::new();
        for (r, (clock, claimant)) in self.robots.iter().enumerate() {
            let Some(epoch) = claimant.permit(id(0), clock.show(self.real)) else {
                continue;
            };
            owners.insert(r, epoch);
            let until = claimant.get(id(0)).and_then(|lease| lease.until());
            let last = until.map_or(self.real, |until| clock.before(until));
            for at in [self.real, last.max(self.real)] {
                let guards = self.guards(epoch, at);
                if 2 * guards <= N {
                    return Err(format!("{guards} guard robot {r} at {at}, it is {}", self.real));
                }
            }
        }
        (owners.len() <= 1)
            .then_some(())
            .ok_or_else(|| format!("two owners: {owners:?}"))
    }
}

fn robot(r: usize) -> fleet_core::NodeId {
    crate::fleet::robot(r).node()
}

fn clock() -> impl Strategy<Value = Clock> {
    // Half at the corners, where a missing margin shows.
    let rate = prop_oneof![Just(1.0 - DRIFT), Just(1.0 + DRIFT), 1.0 - DRIFT..=1.0 + DRIFT];
    (0..1_000_000_000_u64, rate).prop_map(|(start, rate)| Clock { start, rate })
}

fn step() -> impl Strategy<Value = (u64, Step)> {
    let index = any::<prop::sample::Index>;
    let what = prop_oneof![
        3 => (0..ROBOTS).prop_map(|robot| Step::Ask { robot }),
        10 => index().prop_map(|mail| Step::Arrive { mail }),
        2 => index().prop_map(|mail| Step::Lose { mail }),
        1 => Just(Step::Wait),
    ];
    let after = prop_oneof![4 => 0..100_000_u64, 2 => 100_000..500_000_u64, 1 => 1_700_000..2_600_000_u64];
    (after, what)
}

fn play(clocks: &[Clock], steps: &[(u64, Step)]) -> Result<(), String> {
    let mut world = World::new(clocks);
    for (after, step) in steps {
        world.real += after;
        world.check()?;
        world.apply(step);
        world.check()?;
    }
    Ok(())
}

fn clocks() -> impl Strategy<Value = Vec<Clock>> {
    prop::collection::vec(clock(), N + ROBOTS)
}

fn steps() -> impl Strategy<Value = Vec<(u64, Step)>> {
    prop::collection::vec(step(), 1..80)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn whoever_may_act_is_guarded_by_a_majority(clocks in clocks(), steps in steps()) {
        prop_assert_eq!(play(&clocks, &steps), Ok(()));
    }
}

/// The property sees known mistakes.
#[test]
fn planted_bugs_are_seen() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    for bug in [
        Bug::LeaseFromReceipt,
        Bug::NoDriftMargin,
        Bug::GrantWithoutMajority,
        Bug::NoFencing,
    ] {
        plant(Some(bug));
        let mut runner = TestRunner::deterministic();
        let mut seen = || {
            let drawn = (clocks(), steps()).new_tree(&mut runner).unwrap().current();
            play(&drawn.0, &drawn.1).is_err()
        };
        let found = (0..5_000).any(|_| seen());
        plant(None);
        assert!(found, "{} went unseen", bug.name());
    }
}
