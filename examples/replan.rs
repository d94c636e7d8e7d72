//! A plan that is kept up while the fleet works: a task comes, a robot falls behind, another one breaks down.
//!
//! `cargo run --example replan`

use std::time::{Duration, Instant};

use fleet_core::allocate::search::Rounds;
use fleet_core::allocate::{Change, Replanner, Replanning};
use fleet_core::travel::Euclidean;
use fleet_core::urgency::{PriorityScheme, Scheme};
use fleet_core::{
    Invalid, Objective, Place, Priority, Robot, RobotId, RobotSpec, Stop, Task, TaskId, TaskSpec, UtcTime,
};

fn submit(
    fleet: &mut Replanner,
    number: u128,
    at: (f64, f64),
    priority: Priority,
    now: UtcTime,
) -> Result<(), Invalid> {
    let mut spec = TaskSpec::new(TaskId::from_u128(number), vec![Stop::at(Place::at(at.0, at.1))]);
    spec.priority = priority;
    let task = Task::new(spec)?;
    let standing = Scheme::FixedClasses.standing(&task, now, now);
    fleet.submit(task, standing, &mut Euclidean)
}

fn tell(what: &str, changes: &[Change]) {
    println!("{what}:");
    let name = |robot: Option<RobotId>| {
        robot.map_or("nobody".to_string(), |robot| robot.uuid().as_u128().to_string())
    };
    for change in changes {
        let (from, to) = (name(change.from), name(change.to));
        println!("  task {:>2}: from {from} to {to}", change.task.uuid().as_u128());
    }
}

fn main() -> Result<(), Invalid> {
    let at = UtcTime::from_secs;
    let mut fleet = Replanner::new(Replanning::new(Objective::balanced()));
    for (number, x) in [(1, 0.0), (2, 50.0), (3, 100.0)] {
        let robot = Robot::new(RobotSpec::new(RobotId::from_u128(number), Place::at(x, 0.0)))?;
        fleet.join(robot, at(0))?;
    }
    for number in 0..12_u32 {
        let place = (f64::from(number * 37 % 101), f64::from(number * 53 % 59));
        submit(&mut fleet, u128::from(number + 1), place, Priority::Normal, at(0))?;
    }
    tell(
        "the first plan",
        &fleet.replan(at(0), &mut Rounds(1_000), &mut Euclidean),
    );

    // Robot 1 begins; what has begun stays with it, whatever comes.
    fleet.begin(RobotId::from_u128(1));
    submit(&mut fleet, 13, (10.0, 10.0), Priority::High, at(5))?;
    // By the clock: at most so long, whatever the machine.
    let (began, most) = (Instant::now(), Duration::from_millis(20));
    let mut budget = |_| began.elapsed().as_secs_f64() / most.as_secs_f64();
    tell(
        "an urgent task",
        &fleet.replan(at(5), &mut budget, &mut Euclidean),
    );

    fleet.set_speed(RobotId::from_u128(2), 0.2);
    tell(
        "robot 2 is slow",
        &fleet.replan(at(10), &mut Rounds(1_000), &mut Euclidean),
    );

    fleet.leave(RobotId::from_u128(3));
    tell(
        "robot 3 is gone",
        &fleet.replan(at(15), &mut Rounds(1_000), &mut Euclidean),
    );

    println!("{} tasks wait", fleet.waiting().count());
    for (robot, schedule) in fleet.schedules() {
        println!(
            "robot {}: {} visits, {:.0} m",
            robot.id().uuid().as_u128(),
            schedule.visits().count(),
            schedule.metres()
        );
    }
    Ok(())
}
