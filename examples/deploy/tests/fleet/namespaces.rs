//! Machines of their own: network namespaces, each with a link to a bridge, which goes when the test ends.

use std::process::Command;

use crate::processes::{err, leave_out, outside_of_fleets, path};

/// Machines with the addresses `10.0.0.1` and so on, and in the middle a bridge with `10.0.0.254`.
pub(crate) struct Network {
    name: String,
    machines: usize,
}

impl Network {
    /// With so many machines; `None` if this one makes no namespaces, which is then said, or, with `FLEET_REQUIRE_NETNS=1`, a
    /// failure.
    pub(crate) fn new(name: &str, machines: usize) -> Option<Self> {
        let network = Network {
            name: format!("{name}{}", std::process::id()),
            machines,
        };
        let probe = Command::new("ip").args(["netns", "add", &network.hub()]).output();
        if !probe.as_ref().is_ok_and(|output| output.status.success()) {
            let why = probe.map_or_else(|error| format!("`ip`: {error}"), |output| err(&output));
            leave_out(
                "FLEET_REQUIRE_NETNS",
                &format!("no network namespaces: {}", why.trim()),
            );
            return None;
        }
        let hub = network.hub();
        ip(&["-n", &hub, "link", "add", "bridge", "type", "bridge"]);
        ip(&["-n", &hub, "address", "add", "10.0.0.254/24", "dev", "bridge"]);
        for device in ["bridge", "lo"] {
            ip(&["-n", &hub, "link", "set", device, "up"]);
        }
        for k in 1..=machines {
            let (machine, port) = (network.machine(k), port(k));
            let address = format!("10.0.0.{k}/24");
            ip(&["netns", "add", &machine]);
            let far = ["type", "veth", "peer", "name", "eth0", "netns", &machine];
            ip(&[&["-n", &hub, "link", "add", &port][..], &far].concat());
            ip(&["-n", &hub, "link", "set", &port, "master", "bridge", "up"]);
            ip(&["-n", &machine, "address", "add", &address, "dev", "eth0"]);
            for device in ["eth0", "lo"] {
                ip(&["-n", &machine, "link", "set", device, "up"]);
            }
            ip(&["-n", &machine, "route", "add", "224.0.0.0/4", "dev", "eth0"]);
        }
        Some(network)
    }

    fn hub(&self) -> String {
        format!("{}-hub", self.name)
    }

    fn machine(&self, k: usize) -> String {
        format!("{}-{k}", self.name)
    }

    /// A program on machine `k`.
    pub(crate) fn on(&self, k: usize, program: &str) -> Command {
        Network::within(&self.machine(k), program)
    }

    /// A program in the middle, which no cut reaches.
    pub(crate) fn in_the_middle(&self, program: &str) -> Command {
        Network::within(&self.hub(), program)
    }

    fn within(namespace: &str, program: &str) -> Command {
        let mut command = outside_of_fleets(Command::new("ip"));
        // It becomes the program: a signal reaches it.
        command.args(["netns", "exec", namespace, path(program)]);
        command
    }

    /// Cuts the link of machine `k`, without a word to either end, or heals it.
    pub(crate) fn cut(&self, k: usize, cut: bool) {
        let state = if cut { "down" } else { "up" };
        ip(&["-n", &self.hub(), "link", "set", &port(k), state]);
    }

    /// What machine `k` sends goes at so many kilobits a second at most, from now on.
    pub(crate) fn throttle(&self, k: usize, kilobits: u32) {
        let (machine, rate) = (self.machine(k), format!("{kilobits}kbit"));
        let limit = [
            "dev", "eth0", "root", "tbf", "rate", &rate, "burst", "32kbit", "latency", "500ms",
        ];
        run(Command::new("tc")
            .args(["-n", &machine, "qdisc", "replace"])
            .args(limit));
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        for k in 1..=self.machines {
            let _ = Command::new("ip")
                .args(["netns", "delete", &self.machine(k)])
                .output();
        }
        let _ = Command::new("ip").args(["netns", "delete", &self.hub()]).output();
    }
}

fn port(k: usize) -> String {
    format!("port{k}")
}

#[track_caller]
fn ip(arguments: &[&str]) {
    run(Command::new("ip").args(arguments));
}

#[track_caller]
fn run(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", err(&output));
}
