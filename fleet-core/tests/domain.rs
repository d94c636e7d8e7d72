//! Tasks, robots and what they are made of: bad values are refused by the name of their field, and good ones
//! survive being written and read.

use std::fmt::Debug;
use std::time::Duration;

use fleet_core::{
    Abilities, Ability, Assurance, Battery, BatterySpec, Invalid, Load, Place, Pose, Priority, Problem,
    Robot, RobotId, RobotSpec, Stop, Task, TaskId, TaskSpec, UtcTime, ability, limits,
};
use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// How to spoil a good value, and the field that the error must name.
type Spoil<S> = (&'static str, fn(&mut S));

const NOT_FINITE: [f64; 3] = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY];

/// Numbered abilities: `a0`, `a1`, ...
fn abilities(count: usize) -> Abilities {
    (0..count)
        .map(|k| Ability::new(&format!("a{k}")).unwrap())
        .collect()
}

fn ids(count: usize) -> Vec<TaskId> {
    (0..count as u128).map(|k| TaskId::from_u128(1000 + k)).collect()
}

fn task_spec() -> TaskSpec {
    let service = Duration::from_secs(10);
    let stops = vec![
        Stop::at(Place::at(3.0, 4.0)).lasting(service),
        Stop::at(Place::Site(7)),
    ];
    let mut spec = TaskSpec::new(TaskId::from_u128(1), stops);
    spec.release = Some(UtcTime::from_secs(100));
    spec.due = Some(UtcTime::from_secs(150));
    spec.deadline = Some(UtcTime::from_secs(200));
    spec.needs = abilities(2);
    spec.after = ids(3);
    spec.team = [7, 8].map(TaskId::from_u128).to_vec();
    spec.note = b"rush".to_vec();
    spec
}

const BATTERY: BatterySpec = BatterySpec {
    capacity: 3.6e6,
    level: 0.5,
    reserve: 0.2,
    per_metre: 40.0,
    per_second: 90.0,
};

fn robot_spec() -> RobotSpec {
    let mut spec = RobotSpec::new(RobotId::from_u128(1), Place::at(1.0, 2.0));
    spec.abilities = abilities(3);
    spec.capacity = vec![20.0, 1.5];
    spec.battery = Some(BATTERY);
    spec
}

const BAD_TASKS: &[Spoil<TaskSpec>] = &[
    ("stops", |spec| spec.stops.clear()),
    ("stops", |spec| {
        spec.stops = vec![Stop::at(Place::Site(0)); limits::STOPS + 1];
    }),
    ("stops[0].place.x", |spec| {
        spec.stops[0].place = Place::at(f64::NAN, 0.0);
    }),
    ("stops[0].place.y", |spec| {
        spec.stops[0].place = Place::at(0.0, f64::INFINITY);
    }),
    ("stops[1].place.x", |spec| {
        spec.stops[1].place = Place::at(f64::NEG_INFINITY, f64::NAN);
    }),
    ("stops[1].place.y", |spec| {
        spec.stops[1].place = Place::at(0.0, -limits::COORDINATE * 1.001);
    }),
    ("stops[0].place.x", |spec| {
        spec.stops[0].place = Place::at(f64::MAX, 0.0);
    }),
    ("stops[0].service", |spec| {
        spec.stops[0].service = limits::SERVICE + Duration::from_nanos(1);
    }),
    ("stops[1].service", |spec| spec.stops[1].service = Duration::MAX),
    ("release", |spec| spec.release = Some(UtcTime::MIN)),
    ("release", |spec| {
        spec.release = Some(UtcTime::from_micros(-limits::UTC_MICROS - 1));
    }),
    ("due", |spec| spec.due = Some(UtcTime::MAX)),
    ("deadline", |spec| {
        spec.deadline = Some(UtcTime::from_micros(limits::UTC_MICROS + 1));
    }),
    ("due", |spec| spec.due = Some(UtcTime::from_secs(99))),
    ("deadline", |spec| spec.deadline = Some(UtcTime::from_secs(99))),
    ("deadline", |spec| {
        // One microsecond short of release + service.
        spec.deadline = Some(UtcTime::from_micros(109_999_999));
    }),
    ("needs", |spec| spec.needs = abilities(limits::ABILITIES + 1)),
    ("note", |spec| spec.note = vec![0; limits::NOTE_BYTES + 1]),
    ("after", |spec| spec.after = ids(limits::AFTER + 1)),
    ("after[2]", |spec| spec.after[2] = spec.id),
    ("after[2]", |spec| spec.after[2] = spec.after[0]),
    ("team", |spec| spec.team = ids(limits::TEAM)),
    ("team[1]", |spec| spec.team[1] = spec.id),
    ("team[1]", |spec| spec.team[1] = spec.team[0]),
    ("team[1]", |spec| spec.team[1] = spec.after[2]),
    ("assurance", |spec| spec.assurance = Assurance::BestEffort),
];

/// Those of `BAD_TASKS` that spoil every task of two stops.
const SPOIL_ANY: usize = 13;

const BAD_BATTERIES: &[Spoil<BatterySpec>] = &[
    ("capacity", |spec| spec.capacity = 0.0),
    ("capacity", |spec| spec.capacity = -1.0),
    ("capacity", |spec| spec.capacity = limits::ENERGY * 1.001),
    ("capacity", |spec| spec.capacity = f64::NAN),
    ("capacity", |spec| spec.capacity = f64::INFINITY),
    ("level", |spec| spec.level = -0.001),
    ("level", |spec| spec.level = 1.001),
    ("level", |spec| spec.level = f64::NAN),
    ("reserve", |spec| spec.reserve = -0.001),
    ("reserve", |spec| spec.reserve = 1.001),
    ("reserve", |spec| spec.reserve = f64::NEG_INFINITY),
    ("per_metre", |spec| spec.per_metre = -1.0),
    ("per_metre", |spec| spec.per_metre = f64::MAX),
    ("per_metre", |spec| spec.per_metre = f64::NAN),
    ("per_second", |spec| spec.per_second = -1.0),
    ("per_second", |spec| spec.per_second = f64::MAX),
    ("per_second", |spec| spec.per_second = f64::INFINITY),
];

const BAD_ROBOTS: &[Spoil<RobotSpec>] = &[
    ("pose.place.x", |spec| {
        spec.pose = Place::at(f64::NAN, 0.0).into();
    }),
    ("pose.place.y", |spec| {
        spec.pose = Place::at(0.0, 2e9).into();
    }),
    ("pose.heading", |spec| {
        spec.pose = Pose::new(Place::Site(0), f64::NAN);
    }),
    ("pose.heading", |spec| {
        spec.pose = Pose::new(Place::Site(0), -1e9);
    }),
    ("speed", |spec| spec.speed = 0.0),
    ("speed", |spec| spec.speed = -0.0),
    ("speed", |spec| spec.speed = -1.0),
    ("speed", |spec| spec.speed = limits::SPEED * 1.001),
    ("speed", |spec| spec.speed = f64::NAN),
    ("speed", |spec| spec.speed = f64::INFINITY),
    ("speed", |spec| spec.speed = f64::NEG_INFINITY),
    ("abilities", |spec| {
        spec.abilities = abilities(limits::ABILITIES + 1);
    }),
    ("capacity", |spec| spec.capacity[1] = -1.0),
    ("capacity", |spec| spec.capacity[1] = f64::NAN),
    ("capacity", |spec| spec.capacity[1] = f64::INFINITY),
    ("capacity", |spec| spec.capacity[0] = limits::LOAD * 1.001),
    ("capacity", |spec| {
        spec.capacity = vec![1.0; limits::LOAD_DIMENSIONS + 1];
    }),
    ("battery.capacity", |spec| {
        spec.battery.as_mut().unwrap().capacity = f64::NAN;
    }),
    ("battery.level", |spec| {
        spec.battery.as_mut().unwrap().level = 2.0;
    }),
    ("battery.reserve", |spec| {
        spec.battery.as_mut().unwrap().reserve = -1.0;
    }),
    ("battery.per_metre", |spec| {
        spec.battery.as_mut().unwrap().per_metre = -1.0;
    }),
    ("battery.per_second", |spec| {
        spec.battery.as_mut().unwrap().per_second = f64::NAN;
    }),
];

/// Every spoilt value is refused by the name of its field, and just so when it comes in as JSON or postcard.
fn refuses<S, T>(good: &S, spoils: &[Spoil<S>])
where
    S: Clone + Debug + Serialize,
    T: TryFrom<S, Error = Invalid> + DeserializeOwned + Debug,
{
    assert!(T::try_from(good.clone()).is_ok(), "{good:?}");
    for (k, (field, spoil)) in spoils.iter().enumerate() {
        let case = format!("case {k}, of {field}");
        let mut spec = good.clone();
        spoil(&mut spec);
        let invalid = T::try_from(spec.clone()).expect_err(&case);
        assert_eq!(&invalid.field, field, "{case}: {invalid}");

        let bytes = postcard::to_allocvec(&spec).unwrap();
        postcard::from_bytes::<T>(&bytes).expect_err(&case);
        let json = serde_json::to_string(&spec).unwrap();
        let error = serde_json::from_str::<T>(&json).expect_err(&case).to_string();
        // JSON has no NaN or infinity: they are written as null, which is refused for its type.
        assert!(
            json.contains("null") || error.contains(&invalid.to_string()),
            "{case}: {error}"
        );
    }
}

#[test]
fn a_bad_task_is_refused_by_the_name_of_its_field() {
    refuses::<TaskSpec, Task>(&task_spec(), BAD_TASKS);
}

#[test]
fn a_bad_battery_is_refused_by_the_name_of_its_field() {
    refuses::<BatterySpec, Battery>(&BATTERY, BAD_BATTERIES);
}

#[test]
fn a_bad_robot_is_refused_by_the_name_of_its_field() {
    refuses::<RobotSpec, Robot>(&robot_spec(), BAD_ROBOTS);
}

#[test]
fn values_at_their_limits_are_accepted() {
    let corner = Place::at(limits::COORDINATE, -limits::COORDINATE);
    let mut task = task_spec();
    task.stops = vec![Stop::at(corner); limits::STOPS];
    task.stops[0].service = limits::SERVICE;
    task.release = Some(UtcTime::from_micros(-limits::UTC_MICROS));
    task.deadline = Some(UtcTime::from_micros(limits::UTC_MICROS));
    task.needs = abilities(limits::ABILITIES);
    task.after = ids(limits::AFTER);
    task.team = ids(limits::AFTER + limits::TEAM - 1).split_off(limits::AFTER);
    task.note = vec![0xff; limits::NOTE_BYTES];
    Task::new(task).unwrap();

    let mut exact = task_spec();
    exact.due = exact.release;
    exact.deadline = Some(UtcTime::from_secs(110)); // release + service
    Task::new(exact).unwrap();

    let mut robot = robot_spec();
    robot.pose = corner.into();
    robot.speed = limits::SPEED;
    robot.abilities = abilities(limits::ABILITIES);
    robot.capacity = vec![limits::LOAD; limits::LOAD_DIMENSIONS];
    Robot::new(robot).unwrap();
}

#[test]
fn ability_names_are_short_and_plain() {
    let long = "a".repeat(limits::ABILITY_BYTES + 1);
    for bad in ["", "Lift", "lift 20", "lift/20", "é", "a\n", long.as_str()] {
        assert_eq!(Ability::new(bad).unwrap_err().field, "ability", "{bad:?}");
        let json = serde_json::to_string(bad).unwrap();
        assert!(serde_json::from_str::<Ability>(&json).is_err(), "{bad:?}");
        let bytes = postcard::to_allocvec(bad).unwrap();
        assert!(postcard::from_bytes::<Ability>(&bytes).is_err(), "{bad:?}");
    }
    assert_eq!(Ability::new("").unwrap_err().problem, Problem::Empty);
    let longest = Ability::new(&long[1..]).unwrap();
    assert_eq!(longest.as_str().len(), limits::ABILITY_BYTES);
}

#[test]
fn the_first_need_that_is_missing_is_named() {
    let (all, some) = (abilities(3), abilities(2));
    assert_eq!(ability::missing(&some, &all), None);
    assert_eq!(ability::missing(&all, &some), Some(&Ability::new("a2").unwrap()));
    assert_eq!(ability::missing(&Abilities::new(), &Abilities::new()), None);
}

#[test]
fn bad_loads_are_refused() {
    let too_large = [limits::LOAD * 1.001, -limits::LOAD * 1.001];
    for bad in NOT_FINITE.into_iter().chain(too_large) {
        assert_eq!(Load::new(&[0.0, bad]).unwrap_err().field, "load", "{bad}");
    }
    assert_eq!(Load::new(&[0.0; 5]).unwrap_err().field, "load");
    let json =
        r#"{"id":"00000000-0000-0000-0000-000000000001","stops":[{"place":{"Site":1},"load":[1e10]}]}"#;
    let error = serde_json::from_str::<Task>(json).unwrap_err().to_string();
    assert!(error.contains("load: must be from"), "{error}");
}

#[test]
fn a_task_of_defaults_needs_little_json() {
    let json = r#"{"id":"00000000-0000-0000-0000-000000000001","stops":[{"place":{"Point":{"x":1,"y":2}}}]}"#;
    let task: Task = serde_json::from_str(json).unwrap();
    let spec = TaskSpec::new(TaskId::from_u128(1), vec![Stop::at(Place::at(1.0, 2.0))]);
    assert_eq!(task, Task::new(spec).unwrap());
    assert_eq!(task.priority(), Priority::Normal);
}

#[test]
fn malformed_json_is_an_error() {
    let good = serde_json::to_string(&Task::new(task_spec()).unwrap()).unwrap();
    for end in 0..good.len() {
        assert!(
            serde_json::from_str::<Task>(&good[..end]).is_err(),
            "cut at {end}"
        );
    }
    for bad in [
        "null",
        "[]",
        "{}",
        "7",
        r#"{"id":"x","stops":[]}"#,
        r#"{"id":7,"stops":[]}"#,
    ] {
        assert!(serde_json::from_str::<Task>(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_robot_refuses_to_be_nowhere_or_overcharged_and_stays_as_it_was() {
    let mut robot = Robot::new(robot_spec()).unwrap();
    let before = robot.clone();
    for bad in NOT_FINITE {
        assert_eq!(
            robot.moved(Place::at(0.0, bad).into()).unwrap_err().field,
            "pose.place.y"
        );
        assert_eq!(robot.charged(bad).unwrap_err().field, "battery.level");
    }
    assert_eq!(robot.charged(1.001).unwrap_err().field, "battery.level");
    assert_eq!(robot, before);

    robot.charged(0.75).unwrap();
    assert_eq!(robot.battery().unwrap().level(), 0.75);
    robot.moved(Place::Site(3).into()).unwrap();
    assert_eq!(robot.pose().place, Place::Site(3));
}

#[test]
fn a_battery_never_leaves_its_range() {
    let battery = Battery::new(BATTERY).unwrap();
    let level = |level| battery.at_level(level).level();
    assert_eq!(
        [level(-1.0), level(2.0), level(f64::NAN), level(0.3)],
        [0.0, 1.0, 0.0, 0.3]
    );
    assert_eq!(battery.at_level(0.1).usable(), 0.0, "below the reserve");
    assert_eq!(battery.level_after(f64::INFINITY), 0.0);
    assert_eq!(battery.level_after(-1e300), 1.0);
    assert_eq!(battery.energy(2.0, 3.0), 2.0 * 40.0 + 3.0 * 90.0);
}

/// Numbers from `-max` to `max`, a third of them where mistakes are made.
fn within(max: f64) -> impl Strategy<Value = f64> {
    let corners = vec![
        0.0,
        -0.0,
        max,
        -max,
        1e-6,
        -1e-6,
        f64::MIN_POSITIVE,
        0.1,
        max / 3.0,
    ];
    prop_oneof![-max..=max, -1.0..=1.0, prop::sample::select(corners)]
}

fn up_to(max: f64) -> impl Strategy<Value = f64> {
    within(max).prop_map(f64::abs)
}

fn place() -> impl Strategy<Value = Place> {
    let coordinate = || within(limits::COORDINATE);
    prop_oneof![
        (coordinate(), coordinate()).prop_map(|(x, y)| Place::at(x, y)),
        any::<u32>().prop_map(Place::Site),
    ]
}

fn load() -> impl Strategy<Value = Load> {
    vec(within(limits::LOAD), 0..=limits::LOAD_DIMENSIONS).prop_map(|amounts| Load::new(&amounts).unwrap())
}

fn stop() -> impl Strategy<Value = Stop> {
    let service = (0..=limits::SERVICE.as_nanos() as u64).prop_map(Duration::from_nanos);
    (place(), service, load()).prop_map(|(place, service, load)| Stop { place, service, load })
}

fn some_abilities() -> impl Strategy<Value = Abilities> {
    let name = "[a-z0-9._-]{1,64}".prop_map(|name| Ability::new(&name).unwrap());
    btree_set(name, 0..5)
}

/// Release, due time and deadline of a task with this much work.
fn window(service: Duration) -> impl Strategy<Value = [Option<UtcTime>; 3]> {
    let span = || option::of((0..=1_u64 << 50).prop_map(Duration::from_micros));
    let release = (-limits::UTC_MICROS / 2..limits::UTC_MICROS / 2).prop_map(UtcTime::from_micros);
    (release, any::<bool>(), span(), span()).prop_map(move |(release, given, due, slack)| {
        let due = due.map(|due| release + due);
        let deadline = slack.map(|slack| release + service + slack);
        [given.then_some(release), due, deadline]
    })
}

fn task() -> impl Strategy<Value = Task> {
    let stops = vec(stop(), 1..6).prop_flat_map(|stops| {
        let window = window(stops.iter().map(|stop| stop.service).sum());
        (Just(stops), window)
    });
    let priority = prop::sample::select(Priority::ALL.to_vec());
    let rest = (
        some_abilities(),
        (
            btree_set(1..1_u128 << 64, 0..5),
            btree_set(1_u128 << 64..u128::MAX, 0..5),
        ),
        vec(any::<u8>(), 0..40),
    );
    (stops, priority, rest).prop_map(|((stops, window), priority, (needs, (after, team), note))| {
        let mut spec = TaskSpec::new(TaskId::from_u128(0), stops);
        [spec.release, spec.due, spec.deadline] = window;
        spec.priority = priority;
        spec.needs = needs;
        spec.after = after.into_iter().map(TaskId::from_u128).collect();
        spec.team = team.into_iter().map(TaskId::from_u128).collect();
        spec.note = note;
        Task::new(spec).unwrap()
    })
}

fn battery() -> impl Strategy<Value = BatterySpec> {
    let energy = || up_to(limits::ENERGY);
    (energy(), up_to(1.0), up_to(1.0), energy(), energy()).prop_map(
        |(capacity, level, reserve, per_metre, per_second)| BatterySpec {
            capacity: capacity.max(1.0),
            level,
            reserve,
            per_metre,
            per_second,
        },
    )
}

fn robot() -> impl Strategy<Value = Robot> {
    let capacity = vec(up_to(limits::LOAD), 0..=limits::LOAD_DIMENSIONS);
    let speed = up_to(limits::SPEED).prop_map(|speed| speed.max(1e-3));
    let parts = (any::<u128>(), place(), within(1e3), speed);
    (parts, some_abilities(), capacity, option::of(battery())).prop_map(
        |((id, place, heading, speed), abilities, capacity, battery)| {
            let mut spec = RobotSpec::new(RobotId::from_u128(id), Pose::new(place, heading));
            spec.speed = speed;
            spec.abilities = abilities;
            spec.capacity = capacity;
            spec.battery = battery;
            Robot::new(spec).unwrap()
        },
    )
}

fn survives<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) -> Result<(), TestCaseError> {
    let json = serde_json::to_string(value).unwrap();
    prop_assert_eq!(&serde_json::from_str::<T>(&json).unwrap(), value, "{}", json);
    let bytes = postcard::to_allocvec(value).unwrap();
    prop_assert_eq!(&postcard::from_bytes::<T>(&bytes).unwrap(), value);
    Ok(())
}

proptest! {
    #[test]
    fn tasks_survive_being_written_and_read(task in task()) {
        survives(&task)?;
        prop_assert_eq!(Task::new(task.clone().into_spec()).unwrap(), task);
    }

    #[test]
    fn robots_survive_being_written_and_read(robot in robot()) {
        survives(&robot)?;
        prop_assert_eq!(Robot::new(robot.clone().into()).unwrap(), robot);
    }

    #[test]
    fn loads_survive_being_written_and_read(load in load()) {
        survives(&load)?;
        prop_assert_eq!(Load::new(&load.amounts()).unwrap(), load);
    }

    #[test]
    fn bytes_never_become_a_task_that_would_be_refused(
        task in task(),
        harm in vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = postcard::to_allocvec(&task).unwrap();
        let whole = bytes.len();
        for (at, byte) in harm {
            bytes[at.index(whole)] = byte;
        }
        for bytes in [&bytes[..], &bytes[..cut.index(whole)]] {
            if let Ok(task) = postcard::from_bytes::<Task>(bytes) {
                prop_assert_eq!(Task::new(task.clone().into_spec()), Ok(task));
            }
        }
    }

    #[test]
    fn one_bad_field_spoils_any_task(task in task(), k in 0..SPOIL_ANY) {
        let mut spec = task.into_spec();
        spec.stops.resize(2, Stop::at(Place::Site(0)));
        let (field, spoil) = BAD_TASKS[k];
        spoil(&mut spec);
        prop_assert_eq!(Task::new(spec).unwrap_err().field, field);
    }

    #[test]
    fn what_is_picked_up_and_put_down_leaves_nothing(a in load(), b in load()) {
        prop_assert_eq!(a + b - b, a);
        prop_assert_eq!(a + b, b + a);
        prop_assert_eq!(a - a, Load::ZERO);
        prop_assert_eq!(a + Load::ZERO, a);
    }

    #[test]
    fn loads_are_a_lattice(a in load(), b in load()) {
        prop_assert!(a.min(&b).fits(&a) && a.fits(&a.max(&b)));
        prop_assert_eq!(a.min(&b) + a.max(&b), a + b);
        prop_assert_eq!(a.fits(&b), a.max(&b) == b);
    }

    #[test]
    fn a_load_is_kept_to_the_nearest_millionth(amount in within(1e3)) {
        let kept = Load::new(&[amount]).unwrap().amounts().first().copied().unwrap_or(0.0);
        prop_assert!((kept - amount).abs() <= 0.500_001e-6, "{} is kept as {}", amount, kept);
    }
}

/// A task of the team of these numbers.
fn fellow(k: u128, team: &[u128]) -> Task {
    let mut spec = TaskSpec::new(TaskId::from_u128(k), vec![Stop::at(Place::at(0.0, 0.0))]);
    spec.team = team.iter().copied().map(TaskId::from_u128).collect();
    Task::new(spec).unwrap()
}

#[test]
fn tasks_are_of_one_team_if_both_name_all_of_it() {
    let (a, b, c) = (fellow(1, &[2, 3]), fellow(2, &[3, 1]), fellow(3, &[1]));
    assert!(a.is_fellow_of(&b) && b.is_fellow_of(&a));
    assert!(
        !a.is_fellow_of(&c) && !c.is_fellow_of(&a),
        "it does not name the second"
    );
    assert!(!a.is_fellow_of(&a));
    assert_eq!([a.lead(), b.lead()], [Some(TaskId::from_u128(1)); 2]);
    assert_eq!(fellow(1, &[]).lead(), None);
    let alone = fellow(1, &[]);
    assert!(!alone.is_fellow_of(&alone));
}
