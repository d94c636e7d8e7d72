use std::time::{Duration, Instant};

use fleet_core::travel::{Euclidean, Travel};
use fleet_core::{Battery, Place, Pose, Robot, Stop, Task};

use super::{Body, Doing};

/// A body that exists only here: it drives in straight lines at the robot's speed, works for as long as the task says, and
/// uses and takes up charge.
#[derive(Clone, Debug)]
pub struct Simulated {
    place: Place,
    speed: f64,
    battery: Option<Battery>,
    /// From empty to full.
    charging_time: Duration,
    doing: Act,
    /// When it was last looked at.
    seen: Instant,
}

#[derive(Clone, Copy, Debug)]
enum Act {
    Nothing,
    Driving(Place),
    Working(Duration),
    Charging(f64),
}

impl Simulated {
    /// Of this robot, where it is at first.
    pub fn new(robot: &Robot, charging_time: Duration, now: Instant) -> Self {
        Simulated {
            place: robot.pose().place,
            speed: robot.speed(),
            battery: robot.battery().copied(),
            charging_time: charging_time.max(Duration::from_secs(1)),
            doing: Act::Nothing,
            seen: now,
        }
    }

    fn act(&mut self, doing: Act, now: Instant) {
        self.look(now);
        self.doing = doing;
    }

    fn use_up(&mut self, metres: f64, seconds: f64) {
        if let Some(battery) = self.battery {
            self.battery = Some(battery.at_level(battery.level_after(battery.energy(metres, seconds))));
        }
    }

    fn drive_for(&mut self, to: Place, seconds: f64) -> Doing {
        let Some(left) = Euclidean.distance(self.place, to) else {
            return Doing::Failed("there is no way there".into());
        };
        let metres = (self.speed * seconds).min(left);
        if let (Place::Point(from), Place::Point(at)) = (self.place, to)
            && metres < left
        {
            let share = metres / left;
            let (x, y) = (
                from.x() + (at.x() - from.x()) * share,
                from.y() + (at.y() - from.y()) * share,
            );
            self.place = Place::at(x, y);
        } else {
            self.place = to;
        }
        self.use_up(metres, 0.0);
        match metres < left {
            true => Doing::Busy,
            false => Doing::Finished,
        }
    }
}

impl Body for Simulated {
    fn drive(&mut self, to: Place, now: Instant) {
        self.act(Act::Driving(to), now);
    }

    fn execute(&mut self, _task: &Task, stop: &Stop, now: Instant) {
        self.act(Act::Working(stop.service), now);
    }

    fn charge(&mut self, to: f64, now: Instant) {
        self.act(Act::Charging(to), now);
    }

    fn halt(&mut self, now: Instant) {
        self.act(Act::Nothing, now);
    }

    fn look(&mut self, now: Instant) -> Doing {
        let passed = now.saturating_duration_since(self.seen);
        self.seen = now;
        let seconds = passed.as_secs_f64();
        self.use_up(0.0, seconds);
        let flat = self.battery.is_some_and(|battery| battery.level() <= 0.0);
        let doing = match self.doing {
            Act::Nothing => Doing::Finished,
            Act::Driving(_) | Act::Working(_) if flat => Doing::Failed("the battery is empty".into()),
            Act::Driving(to) => self.drive_for(to, seconds),
            Act::Working(left) if left > passed => {
                self.doing = Act::Working(left - passed);
                Doing::Busy
            }
            Act::Working(_) => Doing::Finished,
            Act::Charging(to) => {
                let gained = seconds / self.charging_time.as_secs_f64();
                self.battery = self
                    .battery
                    .map(|battery| battery.at_level(battery.level() + gained));
                match self.battery.is_some_and(|battery| battery.level() < to) {
                    true => Doing::Busy,
                    false => Doing::Finished,
                }
            }
        };
        if doing != Doing::Busy {
            self.doing = Act::Nothing;
        }
        doing
    }

    fn pose(&self) -> Pose {
        self.place.into()
    }

    fn battery(&self) -> Option<f64> {
        self.battery.map(|battery| battery.level())
    }
}

#[cfg(test)]
mod tests {
    use fleet_core::{BatterySpec, RobotId, RobotSpec, TaskId, TaskSpec};

    use super::*;

    fn body(joules: f64, start: Instant) -> Simulated {
        let mut spec = RobotSpec::new(RobotId::from_u128(1), Place::at(0.0, 0.0));
        spec.speed = 2.0;
        spec.battery = Some(BatterySpec {
            capacity: joules,
            level: 1.0,
            reserve: 0.0,
            per_metre: 1.0,
            per_second: 0.0,
        });
        Simulated::new(&Robot::new(spec).unwrap(), Duration::from_secs(10), start)
    }

    #[test]
    fn it_drives_works_and_charges() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs_f64(seconds);
        let mut body = body(20.0, start);
        body.drive(Place::at(10.0, 0.0), start);
        assert_eq!(
            (body.look(at(1.0)), body.pose().place),
            (Doing::Busy, Place::at(2.0, 0.0))
        );
        assert_eq!(
            (body.look(at(6.0)), body.pose().place),
            (Doing::Finished, Place::at(10.0, 0.0))
        );
        assert_eq!(body.battery(), Some(0.5));
        let stop = Stop::at(Place::at(10.0, 0.0)).lasting(Duration::from_secs(3));
        let task = Task::new(TaskSpec::new(TaskId::from_u128(1), vec![stop])).unwrap();
        body.execute(&task, &stop, at(6.0));
        assert_eq!(
            (body.look(at(8.0)), body.look(at(9.0))),
            (Doing::Busy, Doing::Finished)
        );
        body.charge(0.9, at(9.0));
        assert_eq!(
            (body.look(at(12.0)), body.look(at(13.5))),
            (Doing::Busy, Doing::Finished)
        );
    }

    #[test]
    fn an_empty_battery_is_a_failure() {
        let start = Instant::now();
        let mut body = body(4.0, start);
        body.drive(Place::at(10.0, 0.0), start);
        assert_eq!(body.look(start + Duration::from_secs(2)), Doing::Busy);
        assert!(matches!(
            body.look(start + Duration::from_secs(3)),
            Doing::Failed(_)
        ));
    }
}
