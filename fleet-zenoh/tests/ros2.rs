//! Topics of ROS 2 over real sessions: what a node with `rmw_zenoh`, or a bridge, would see of them, and what they send.

mod loopback;

use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};

use fleet_core::travel::Euclidean;
use fleet_core::{
    BatterySpec, Config, Node, Output, Place, Robot, RobotId, RobotSpec, Stop, Task, TaskId, TaskSpec,
};
use fleet_core::{Time, UtcTime};
use fleet_zenoh::ros2::message::{
    BatteryState, DiagnosticArray, GoalState, GoalStatusArray, Level, Message, PoseStamped, StringMessage,
};
use fleet_zenoh::ros2::{FleetReport, Ros2Fleet, Ros2Node, Ros2Settings, TASK_REQUESTS, TaskRequests};
use loopback::{LONG, connected, listening, until};
use zenoh::sample::Sample;
use zenoh::{Session, Wait};

const UTC: UtcTime = UtcTime::from_micros(1_700_000_000_000_005);
const ROBOT: RobotId = RobotId::from_u128(1);

/// In both forms.
fn settings() -> Ros2Settings {
    let mut settings = Ros2Settings::default();
    settings.domain = Some(7);
    settings.bridge = Some("/site".into());
    settings.names.insert(ROBOT, "r1".into());
    settings
}

/// A robot that coordinates itself, with a battery and a task that it has begun.
fn node() -> Node {
    let mut spec = RobotSpec::new(ROBOT, Place::at(1.5, -2.5));
    spec.battery = Some(BatterySpec {
        capacity: 1e6,
        level: 0.75,
        reserve: 0.1,
        per_metre: 0.0,
        per_second: 0.0,
    });
    let robot = Robot::new(spec).unwrap();
    let mut node = Node::robot(Config::new(ROBOT.node()), robot, 1).unwrap();
    node.submit(Time::ZERO, task(9), &mut Euclidean).unwrap();
    for second in 1..10 {
        while !matches!(node.poll_output(), None | Some(Output::Event(_))) {}
        node.handle_timeout(Time::from_secs(second), &mut Euclidean);
    }
    node
}

fn task(k: u128) -> Task {
    Task::new(TaskSpec::new(
        TaskId::from_u128(k),
        vec![Stop::at(Place::at(50.0, 0.0))],
    ))
    .unwrap()
}

fn json(task: &Task) -> String {
    serde_json::to_string(task).unwrap()
}

/// Hears `key`, as a subscription with `rmw_zenoh` or a bridge does.
fn raw(session: &Session, key: &str) -> Receiver<Sample> {
    let (tell, told) = channel();
    // Who has seen enough does not listen any more.
    let callback = move |sample| drop(tell.send(sample));
    session
        .declare_subscriber(key)
        .callback(callback)
        .background()
        .wait()
        .unwrap();
    told
}

/// The next message on `told`, which comes when the fleet publishes often enough.
#[track_caller]
fn heard<M: Message>(told: &Receiver<Sample>) -> M {
    M::decode(&told.recv_timeout(LONG).expect("a message").payload().to_bytes()).unwrap()
}

fn rmw_key<M: Message>(topic: &str) -> String {
    format!("7/{topic}/{}/{}", M::dds_type(), M::HASH)
}

/// Publishes until a subscriber that is new to the network has heard something.
#[track_caller]
fn publish_until(fleet: &mut Ros2Fleet, report: &FleetReport, mut heard: impl FnMut() -> bool) {
    until("it is heard", || {
        fleet.publish(report).unwrap();
        heard()
    });
}

#[test]
fn a_subscription_of_rmw_zenoh_hears_the_topics_of_a_robot() {
    let (center, endpoint) = listening(&[]);
    let other = connected(&endpoint);
    let battery = raw(&other, &rmw_key::<BatteryState>("r1/battery_state"));
    let pose = raw(&other, &rmw_key::<PoseStamped>("r1/pose"));
    let tasks = raw(&other, &rmw_key::<GoalStatusArray>("r1/task_states"));
    // The last: whoever knows of it knows of the others.
    let diagnostics = raw(&other, &rmw_key::<DiagnosticArray>("diagnostics"));
    let mut fleet = Ros2Fleet::new(Ros2Node::open(&center, settings()).unwrap()).unwrap();
    let report = FleetReport::of(&node(), Time::from_secs(9), UTC, fleet.node().settings());
    let mut first = None;
    publish_until(&mut fleet, &report, || {
        first = first.take().or_else(|| diagnostics.try_recv().ok());
        first.is_some()
    });
    fleet.publish(&report).unwrap();
    let status = DiagnosticArray::decode(&first.unwrap().payload().to_bytes())
        .unwrap()
        .status;
    let names: Vec<_> = status
        .iter()
        .map(|status| (status.name.as_str(), status.level))
        .collect();
    assert_eq!(names, [("fleet: fleet", Level::Ok), ("fleet: r1", Level::Ok)]);
    let battery = heard::<BatteryState>(&battery);
    // Heartbeats round it.
    assert!((battery.percentage - 0.75).abs() < 1e-4, "{}", battery.percentage);
    assert!(battery.present && battery.voltage.is_nan());
    assert_eq!(
        (battery.header.stamp.sec, battery.header.stamp.nanosec),
        (1_700_000_000, 5_000)
    );
    let pose = heard::<PoseStamped>(&pose);
    assert_eq!(
        (
            pose.pose.position.x,
            pose.pose.position.y,
            pose.pose.orientation.w
        ),
        (1.5, -2.5, 1.0)
    );
    assert_eq!(pose.header.frame_id, "map");
    let goals = heard::<GoalStatusArray>(&tasks).status_list;
    assert_eq!(goals.len(), 1);
    assert_eq!(goals[0].goal_info.goal_id.uuid, 9_u128.to_be_bytes());
    assert_eq!(goals[0].status, GoalState::Accepted);
}

#[test]
fn each_message_has_its_attachment() {
    let (center, endpoint) = listening(&[]);
    let other = connected(&endpoint);
    let told = raw(&other, &rmw_key::<StringMessage>("chatter"));
    let node = Ros2Node::open(&center, settings()).unwrap();
    let mut publisher = node.publisher::<StringMessage>("/chatter").unwrap();
    let message = StringMessage { data: "hello".into() };
    let mut attachments: Vec<Vec<u8>> = Vec::new();
    until("two are heard", || {
        publisher.publish(&message, UTC).unwrap();
        let sample = told.try_recv().ok();
        attachments.extend(sample.map(|sample| sample.attachment().unwrap().to_bytes().to_vec()));
        attachments.len() >= 2
    });
    let number = |attachment: &[u8]| i64::from_le_bytes(attachment[..8].try_into().unwrap());
    assert_eq!(number(&attachments[0]) + 1, number(&attachments[1]));
    for attachment in &attachments {
        assert_eq!((attachment.len(), attachment[16]), (33, 16));
        assert_eq!(attachment[8..16], 1_700_000_000_000_005_000_i64.to_le_bytes());
    }
    assert_eq!(
        attachments[0][17..],
        attachments[1][17..],
        "the publisher is the same"
    );
}

#[test]
fn a_bridge_hears_the_same_under_the_name_of_the_topic() {
    let (center, endpoint) = listening(&[]);
    let other = connected(&endpoint);
    let told = raw(&other, "site/r1/battery_state");
    let mut fleet = Ros2Fleet::new(Ros2Node::open(&center, settings()).unwrap()).unwrap();
    let report = FleetReport::of(&node(), Time::from_secs(9), UTC, fleet.node().settings());
    let mut percentage = None;
    publish_until(&mut fleet, &report, || {
        let sample = told.try_recv().ok();
        percentage = sample.map(|sample| {
            BatteryState::decode(&sample.payload().to_bytes())
                .unwrap()
                .percentage
        });
        percentage.is_some()
    });
    assert!(percentage.is_some_and(|percentage| (percentage - 0.75).abs() < 1e-4));
}

#[test]
fn the_graph_shows_the_node_and_its_topics() {
    let (center, endpoint) = listening(&[]);
    let other = connected(&endpoint);
    let mut fleet = Ros2Fleet::new(Ros2Node::open(&center, settings()).unwrap()).unwrap();
    let mut report = FleetReport::of(&node(), Time::from_secs(9), UTC, fleet.node().settings());
    fleet.publish(&report).unwrap();
    let tokens = || -> Vec<String> {
        let replies = other.liveliness().get("@ros2_lv/7/**").wait().unwrap();
        let keys = replies
            .into_iter()
            .filter_map(|reply| Some(reply.result().ok()?.key_expr().to_string()));
        keys.collect()
    };
    let shows = |tokens: &[String], what: &str| tokens.iter().any(|token| token.contains(what));
    until("all of it is shown", || {
        let tokens = tokens();
        let topic = "/MP/%/%/fleet/%diagnostics/diagnostic_msgs::msg::dds_::DiagnosticArray_/RIHS01_";
        shows(&tokens, "/NN/%/%/fleet") && shows(&tokens, topic) && shows(&tokens, "/%r1%pose/")
    });
    report.robots.clear();
    fleet.publish(&report).unwrap();
    until("the robot is not shown", || !shows(&tokens(), "%r1%"));
    assert!(shows(&tokens(), "%diagnostics"));
    drop(fleet);
    until("nothing is shown", || tokens().is_empty());
}

/// A program that hears task requests, and what it was given.
fn hearing(session: &Session) -> (TaskRequests, Arc<Mutex<Vec<Task>>>) {
    let node = Ros2Node::open(session, settings()).unwrap();
    let given: Arc<Mutex<Vec<Task>>> = Arc::default();
    let own = given.clone();
    let requests = TaskRequests::hear(&node, TASK_REQUESTS, move |task, _| {
        if task.id() == TaskId::from_u128(13) {
            return Err("it brings bad luck".into());
        }
        own.lock().unwrap().push(task);
        Ok(())
    });
    (requests.unwrap(), given)
}

#[test]
fn a_task_is_asked_for_in_either_form() {
    let (center, endpoint) = listening(&[]);
    let (requests, given) = hearing(&center);
    let other = connected(&endpoint);
    let unknown = format!(
        "7/fleet/task_requests/{}/TypeHashNotSupported",
        StringMessage::dds_type()
    );
    let keys = [
        rmw_key::<StringMessage>("fleet/task_requests"),
        unknown,
        "site/fleet/task_requests".into(),
    ];
    for (k, key) in (1..).zip(keys) {
        let request = StringMessage { data: json(&task(k)) }.encode();
        until("it is given", || {
            other.put(key.as_str(), &request[..]).wait().unwrap();
            given.lock().unwrap().last() == Some(&task(k))
        });
    }
    assert_eq!(requests.log().refused(), 0);
}

#[test]
fn a_bad_request_is_counted_and_told_in_the_diagnostics() {
    let (center, endpoint) = listening(&[]);
    let (requests, given) = hearing(&center);
    let other = connected(&endpoint);
    let text = |data: String| StringMessage { data }.encode();
    let key = rmw_key::<StringMessage>("fleet/task_requests");
    let bad = [
        (vec![1, 2, 3], "header"),
        (text("{".into()), "not valid"),
        (
            text(json(&task(1)).replace("\"stops\":[", "\"stops\":[],\"x\":[")),
            "unknown field",
        ),
        (text(json(&task(13))), "bad luck"),
        (text(" ".repeat(70_000)), "more than 65536"),
    ];
    for (request, why) in bad {
        until("it is refused", || {
            other.put(key.as_str(), &request[..]).wait().unwrap();
            requests.log().status("requests").message.contains(why)
        });
    }
    assert_eq!(
        (requests.log().taken(), requests.log().status("requests").level),
        (0, Level::Warn)
    );
    assert!(given.lock().unwrap().is_empty());
}

#[test]
fn names_that_ros_does_not_take_are_refused() {
    let (session, _) = listening(&[]);
    let mut wrong = settings();
    wrong.names.insert(RobotId::from_u128(2), "robot-2".into());
    let refused = Ros2Node::open(&session, wrong).unwrap_err().to_string();
    assert!(
        refused.starts_with("names: `robot-2`: has parts of ASCII letters"),
        "{refused}"
    );
    let mut twice = settings();
    twice.names.insert(RobotId::from_u128(2), "r1".into());
    let refused = Ros2Node::open(&session, twice).unwrap_err().to_string();
    assert_eq!(refused, "names: `r1`: is the name of two robots");
    let node = Ros2Node::open(&session, settings()).unwrap();
    assert!(node.publisher::<StringMessage>("/a/**").is_err());
}
