//! Allocation without nodes and messages: a road network, a priority scheme of our own, and a plan to read.
//!
//! `cargo run --example allocate`

use fleet_core::allocate::{Problem, Rule, sequential_auction};
use fleet_core::travel::{RoadMap, RoadMapSpec, RoadTravel};
use fleet_core::urgency::{PriorityScheme, Scheme, Urgency};
use fleet_core::{
    Objective, Place, Point, Priority, Robot, RobotId, RobotSpec, Stop, Task, TaskId, TaskSpec, UtcTime,
};

/// Work on the upper floor first, whatever its class: the lift closes early.
#[derive(Debug)]
struct UpstairsFirst;

impl PriorityScheme for UpstairsFirst {
    fn urgency(&self, task: &Task, submitted: UtcTime, now: UtcTime) -> Urgency {
        let upstairs = task
            .stops()
            .iter()
            .any(|stop| matches!(stop.place, Place::Site(3..)));
        let usual = Scheme::FixedClasses.urgency(task, submitted, now);
        Urgency::new(usual.value() + if upstairs { 100.0 } else { 0.0 })
    }
}

/// A hall with three places, and a lift that takes a long way to two more.
fn building() -> Result<RoadTravel, fleet_core::Invalid> {
    let mut roads = RoadMapSpec::default();
    let points = [(0.0, 0.0), (20.0, 0.0), (40.0, 0.0), (40.0, 10.0), (0.0, 10.0)];
    let sites = points.map(|(x, y)| roads.vertex(Point::new(x, y)));
    roads.two_way(sites[0], sites[1], 20.0);
    roads.two_way(sites[1], sites[2], 20.0);
    roads.two_way(sites[2], sites[3], 60.0); // the lift
    roads.one_way(sites[3], sites[4], 40.0); // upstairs there is one direction only
    roads.one_way(sites[4], sites[3], 45.0);
    Ok(RoadTravel::new(RoadMap::new(roads)?))
}

fn main() -> Result<(), fleet_core::Invalid> {
    let mut travel = building()?;
    let robots = [0, 2].map(|site| RobotSpec::new(RobotId::from_u128(u128::from(site)), Place::Site(site)));
    let tasks = [
        (1, Priority::High),
        (4, Priority::Low),
        (2, Priority::Normal),
        (3, Priority::Normal),
    ];
    let task = |(site, priority): (u32, Priority)| {
        let mut spec = TaskSpec::new(
            TaskId::from_u128(u128::from(site)),
            vec![Stop::at(Place::Site(site))],
        );
        spec.priority = priority;
        Task::new(spec)
    };
    let problem = Problem::new(
        robots.into_iter().map(Robot::new).collect::<Result<_, _>>()?,
        tasks.into_iter().map(task).collect::<Result<_, _>>()?,
        Objective::balanced(),
        &UpstairsFirst,
        UtcTime::from_secs(0),
    );
    let plan = sequential_auction(&problem, Rule::Regret, &mut travel);
    for (robot, schedule) in problem.robots().iter().zip(&plan.schedules) {
        println!("robot {}: {:.0} m", robot.id(), schedule.metres());
        for visit in schedule.visits() {
            println!("  {:>4.0} s  {:?}", visit.end.as_secs_f64(), visit.place);
        }
    }
    for unserved in &plan.unserved {
        println!("task {} is left out: {:?}", unserved.task, unserved.reasons);
    }
    println!(
        "cost {:.1}: {:?}",
        plan.terms(&problem).total(),
        plan.terms(&problem)
    );
    Ok(())
}
