//! A shift of humanoids in a hospital, planned by one allocator after the other: pickups and deliveries, work with windows, a
//! bed that takes two, one dock to charge at, and a task that nobody can do.
//!
//! `cargo run --example plan_shift`

use fleet_core::Load;
use fleet_core::allocate::search::{
    Allocator, BundleAuction, Charger, Improve, Model, NearestRobot, Rate, Robot, Rounds, SequentialAuction,
    Solution, Stop, Task, Ways, Weights,
};

const BASE: u32 = 0;
const PHARMACY: u32 = 1;
const KITCHEN: u32 = 2;
const WARD_A: u32 = 3;
const WARD_B: u32 = 4;
const THEATRE: u32 = 5;
const DOCK: u32 = 6;

/// Where they are, in metres.
const PLACES: [(f64, f64); 7] = [
    (0.0, 0.0),
    (60.0, 0.0),
    (0.0, 80.0),
    (120.0, 40.0),
    (120.0, 120.0),
    (40.0, 140.0),
    (50.0, 60.0),
];

/// Abilities, a bit each.
const STERILE: u64 = 1;
const BEDS: u64 = 2;

const MINUTE: f64 = 60.0;

fn robots() -> Result<Vec<Robot>, fleet_core::Invalid> {
    let robot = |abilities, charge| {
        Ok(Robot {
            end: Some(BASE),
            shift: (0.0, 60.0 * MINUTE),
            capacity: Load::capacity(&[15.0])?,
            speed: 1.0,
            // Joules, of a battery of half a megajoule; walking is dear, and standing is not free.
            charge,
            full: 500e3,
            draw: Rate {
                metre: 300.0,
                second: 60.0,
            },
            abilities,
            ..Robot::new(BASE)
        })
    };
    [(BEDS, 250e3), (BEDS | STERILE, 120e3), (STERILE, 90e3)]
        .into_iter()
        .map(|(abilities, charge)| robot(abilities, charge))
        .collect()
}

fn work(place: u32, minutes: f64) -> Stop {
    Stop {
        service: vec![minutes * MINUTE],
        ..Stop::new(place)
    }
}

fn deliver(kilograms: f64, from: u32, to: u32) -> Result<Task, fleet_core::Invalid> {
    let (up, down) = (Load::new(&[kilograms])?, Load::new(&[-kilograms])?);
    Ok(Task::new(vec![
        Stop {
            load: up,
            ..work(from, 1.0)
        },
        Stop {
            load: down,
            ..work(to, 1.0)
        },
    ]))
}

fn tasks() -> Result<Vec<(&'static str, Task)>, fleet_core::Invalid> {
    let within = |windows: &[(f64, f64)], stop: Stop| Stop {
        windows: windows
            .iter()
            .map(|(open, close)| (open * MINUTE, close * MINUTE))
            .collect(),
        ..stop
    };
    let one = |stop: Stop| Task::new(vec![stop]);
    Ok(vec![
        ("medicine for ward A", deliver(4.0, PHARMACY, WARD_A)?),
        ("medicine for ward B", deliver(4.0, PHARMACY, WARD_B)?),
        ("meals for ward A", deliver(12.0, KITCHEN, WARD_A)?),
        ("meals for ward B", deliver(12.0, KITCHEN, WARD_B)?),
        // Between operations.
        (
            "clean the theatre",
            Task {
                needs: STERILE,
                ..one(within(&[(0.0, 5.0), (20.0, 25.0)], work(THEATRE, 8.0)))
            },
        ),
        // Two robots at the same moment, when the theatre is clean.
        (
            "bed, at the head",
            Task {
                needs: BEDS,
                team: Some(1),
                after: vec![4],
                ..one(work(THEATRE, 4.0))
            },
        ),
        (
            "bed, at the foot",
            Task {
                needs: BEDS,
                team: Some(1),
                after: vec![4],
                ..one(work(THEATRE, 4.0))
            },
        ),
        // Worth a walk of so many metres, and no more.
        (
            "water the flowers",
            Task {
                prize: 30.0,
                ..one(work(WARD_B, 2.0))
            },
        ),
        (
            "a crate of 40 kg",
            Task {
                prize: 1000.0,
                ..deliver(40.0, KITCHEN, BASE)?
            },
        ),
    ])
}

fn print(plan: &Solution, names: &[&str]) {
    for (robot, route) in plan.routes.iter().enumerate() {
        println!("robot {robot}:");
        for gap in 0..=route.len() {
            for charge in plan.charges[robot]
                .iter()
                .filter(|charge| charge.before as usize == gap)
            {
                let (from, to) = charge.time;
                println!(
                    "  charges at the dock from {:.1} to {:.1} min",
                    from / MINUTE,
                    to / MINUTE
                );
            }
            if let Some((task, stop)) = route.get(gap) {
                println!("  {}, stop {}", names[*task as usize], stop + 1);
            }
        }
    }
}

fn main() -> Result<(), fleet_core::Invalid> {
    let (names, tasks): (Vec<&str>, Vec<Task>) = tasks()?.into_iter().unzip();
    let weights = Weights {
        travel: 1.0,
        work: 0.0,
        // A second more until all are back counts as much as a tenth of a metre.
        makespan: 0.1,
    };
    let ways = Ways::straight(&PLACES);
    let dock = Charger {
        place: DOCK,
        docks: 1,
        power: 500.0,
    };
    let model = Model::new(ways, robots()?, tasks, weights)?.with_chargers(vec![dock])?;

    let allocators: [&dyn Allocator; 4] = [
        &NearestRobot,
        &SequentialAuction::default(),
        &BundleAuction::default(),
        &Improve::default(),
    ];
    println!("cost, and tasks left out:");
    for allocator in allocators {
        let plan = allocator.allocate(&model, None, &mut Rounds(2_000))?;
        println!("{:>10.1} {:>3}  {allocator:?}", plan.cost, plan.absent.len());
    }

    let plan = Improve::default().allocate(&model, None, &mut Rounds(2_000))?;
    print(&plan, &names);
    for (task, reasons) in model.reasons(&plan)? {
        println!("{} is left out:", names[task as usize]);
        for (robot, reason) in reasons.iter().enumerate() {
            println!("  robot {robot} {reason}");
        }
    }
    Ok(())
}
