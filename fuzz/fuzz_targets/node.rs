//! A coordinator and a robot survive any frames at any time, with bounded answers.
//!
//! The input is a sequence of steps: a byte that says what happens, and what it needs. Frames of the fuzzer's making
//! come from the other node of the fleet, and what the nodes say to each other arrives as well.
#![no_main]

use std::collections::VecDeque;
use std::time::Duration;

use fleet_core::transport::Destination;
use fleet_core::travel::Euclidean;
use fleet_core::{
    Config, Node, NodeId, Output, Place, Report, Robot, RobotId, RobotSpec, Stop, Task, TaskId, TaskSpec,
    Time,
};
use libfuzzer_sys::fuzz_target;

const CHIEF: NodeId = NodeId::from_u128(1);
const ROBOT: RobotId = RobotId::from_u128(2);

/// Frames that may follow from one step at most.
const ANSWERS: usize = 2_000;

struct Fleet {
    now: Time,
    chief: Node,
    robot: Node,
    queue: VecDeque<(NodeId, Vec<u8>)>,
}

impl Fleet {
    fn new() -> Self {
        let config = Config::new(CHIEF);
        let robot = Robot::new(RobotSpec::new(ROBOT, Place::at(0.0, 0.0))).expect("a valid robot");
        Fleet {
            now: Time::ZERO,
            chief: Node::coordinator(config.clone(), config.witnesses[0], 1).expect("valid settings"),
            robot: Node::robot(config, robot, 1).expect("valid settings"),
            queue: VecDeque::new(),
        }
    }

    fn step(&mut self, input: &mut Input<'_>) -> Option<()> {
        match input.byte()? % 8 {
            0 => {
                let frame = input.frame()?;
                self.chief
                    .handle_frame(self.now, ROBOT.node(), frame, &mut Euclidean);
            }
            1 => {
                let frame = input.frame()?;
                self.robot.handle_frame(self.now, CHIEF, frame, &mut Euclidean);
            }
            2 => self.submit(input.byte()?),
            3 => {
                let task = TaskId::from_u128(input.byte()?.into());
                let _ = self.chief.cancel(self.now, task, &mut Euclidean);
            }
            4 => {
                let task = TaskId::from_u128(input.byte()?.into());
                let report = match input.byte()? % 4 {
                    0 => Report::Begun,
                    1 => Report::StopDone,
                    2 => Report::Failed("so".into()),
                    _ => Report::GiveBack,
                };
                let _ = self.robot.report(self.now, task, report, &mut Euclidean);
            }
            _ => {
                self.now = self.now + Duration::from_millis(10 * u64::from(input.byte()?));
                self.chief.handle_timeout(self.now, &mut Euclidean);
                self.robot.handle_timeout(self.now, &mut Euclidean);
            }
        }
        self.settle();
        Some(())
    }

    fn submit(&mut self, k: u8) {
        let mut spec = TaskSpec::new(
            TaskId::from_u128(k.into()),
            vec![Stop::at(Place::at(k.into(), 0.0))],
        );
        if k > 200 {
            spec.after = vec![TaskId::from_u128((k - 200).into())];
        }
        let task = Task::new(spec).expect("a valid task");
        let _ = self.chief.submit(self.now, task, &mut Euclidean);
    }

    /// Delivers what the nodes say to each other.
    fn settle(&mut self) {
        for _ in 0..ANSWERS {
            self.collect();
            let Some((to, frame)) = self.queue.pop_front() else {
                return;
            };
            let (node, from) = if to == CHIEF {
                (&mut self.chief, ROBOT.node())
            } else {
                (&mut self.robot, CHIEF)
            };
            node.handle_frame(self.now, from, &frame, &mut Euclidean);
        }
        panic!("the nodes talk without end");
    }

    fn collect(&mut self) {
        for (node, other) in [(&mut self.chief, ROBOT.node()), (&mut self.robot, CHIEF)] {
            while let Some(output) = node.poll_output() {
                if let Output::Send(outgoing) = output {
                    let to = match outgoing.to {
                        Destination::Node(to) => to,
                        _ => other,
                    };
                    if to == other {
                        self.queue.push_back((to, outgoing.frame.to_vec()));
                    }
                }
            }
        }
    }
}

struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    /// Its length in one byte, then its bytes.
    fn frame(&mut self) -> Option<&'a [u8]> {
        let length = usize::from(self.byte()?).min(self.0.len());
        let (frame, rest) = self.0.split_at(length);
        self.0 = rest;
        Some(frame)
    }
}

fuzz_target!(|bytes: &[u8]| {
    let (mut fleet, mut input) = (Fleet::new(), Input(bytes));
    while fleet.step(&mut input).is_some() {}
});
