//! Ways of your own: a `Travel` for a site with a river and one bridge, and what it changes in the awards.
//!
//! `cargo run --example custom_travel`

use fleet_core::allocate::{Problem, Rule, sequential_auction};
use fleet_core::travel::{Euclidean, PlaceError, Travel};
use fleet_core::urgency::Scheme;
use fleet_core::{Objective, Place, Point, Robot, RobotId, RobotSpec, Stop, Task, TaskId, TaskSpec, UtcTime};

/// A river along x = 0, crossed by one bridge at the origin.
struct River;

const BRIDGE: Point = Point::new(0.0, 0.0);

impl River {
    fn way(from: Point, to: Point) -> Vec<Point> {
        if from.x() * to.x() < 0.0 {
            vec![from, BRIDGE, to]
        } else {
            vec![from, to]
        }
    }
}

impl Travel for River {
    fn distance(&mut self, from: Place, to: Place) -> Option<f64> {
        let way = River::way(from.point()?, to.point()?);
        Some(way.windows(2).map(|leg| leg[0].distance(leg[1])).sum())
    }

    /// Refuses what makes no sense once, so that nothing has to check again.
    fn check(&self, place: Place) -> Result<(), PlaceError> {
        Euclidean.check(place)
    }

    /// Only for those who draw it, and for simulated robots.
    fn path(&mut self, from: Place, to: Place) -> Option<Vec<Point>> {
        Some(River::way(from.point()?, to.point()?))
    }
}

fn plan(name: &str, travel: &mut dyn Travel) -> Result<(), fleet_core::Invalid> {
    let robots = [(1, -2.0, 30.0), (2, 25.0, 30.0)];
    let robot = |(id, x, y)| Robot::new(RobotSpec::new(RobotId::from_u128(id), Place::at(x, y)));
    // Just across the river from robot 1.
    let tasks = [(1, 2.0, 30.0), (2, 2.0, 36.0)];
    let task = |(id, x, y)| {
        Task::new(TaskSpec::new(
            TaskId::from_u128(id),
            vec![Stop::at(Place::at(x, y))],
        ))
    };
    let robots: Vec<Robot> = robots.into_iter().map(robot).collect::<Result<_, _>>()?;
    let tasks: Vec<Task> = tasks.into_iter().map(task).collect::<Result<_, _>>()?;
    for stop in tasks.iter().flat_map(Task::stops) {
        travel.check(stop.place).expect("the places are numbers");
    }
    let scheme = Scheme::FixedClasses;
    let problem = Problem::new(
        robots,
        tasks,
        Objective::minisum(),
        &scheme,
        UtcTime::from_secs(0),
    );
    let plan = sequential_auction(&problem, Rule::LowestBid, travel);
    println!("{name}:");
    for (robot, schedule) in problem.robots().iter().zip(&plan.schedules) {
        let stops: Vec<String> = schedule
            .visits()
            .map(|visit| format!("{:?}", visit.place))
            .collect();
        println!(
            "  robot {}: {:.0} m, {}",
            robot.id(),
            schedule.metres(),
            stops.join(", ")
        );
    }
    Ok(())
}

fn main() -> Result<(), fleet_core::Invalid> {
    plan("as the crow flies", &mut Euclidean)?;
    plan("over the bridge", &mut River)
}
