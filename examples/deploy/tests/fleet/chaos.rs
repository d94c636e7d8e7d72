//! A fleet on machines of its own: links that are cut without a word, and programs that are killed, all of them at once. What robots
//! wrote down themselves tells whether two were at one task, and none was lost.

use std::fs;
use std::time::{Duration, Instant};

use crate::processes::{err, folder, until};
use crate::site::{Member, Site};

pub(crate) const ORCHESTRATORS: usize = 3;
const ROBOTS: usize = 4;
/// How long a link is cut.
const CUT: Duration = Duration::from_secs(4);

pub(crate) fn orchestrator(k: usize) -> String {
    format!("orchestrator-{k}")
}

pub(crate) fn robot(k: usize) -> String {
    format!("robot-{k}")
}

/// Machines 1 to 3 have orchestrators, the others robots. All connect to the first `named` orchestrators, and find the others by
/// gossip.
fn fleet(name: &str, named: usize) -> Option<Site> {
    fleet_of(name, named, |member| member)
}

/// The same, each member as `change` makes it.
pub(crate) fn fleet_of(name: &str, named: usize, change: impl Fn(Member) -> Member) -> Option<Site> {
    let names: Vec<String> = (1..=ORCHESTRATORS).map(orchestrator).collect();
    let links: Vec<String> = (1..=named).map(|k| format!("tcp/10.0.0.{k}:7447")).collect();
    let gossip = named < ORCHESTRATORS;
    let file = folder(&format!("{name}-settings")).join("fleet.toml");
    let text = format!(
        "fleet = {name:?}\norchestrators = {names:?}\nsize = {ROBOTS}\n\
         link = {{ connect = {links:?}, listen = ['tcp/0.0.0.0:7447'], gossip = {gossip} }}\n"
    );
    fs::write(&file, text).unwrap();
    let orchestrators = (1..=ORCHESTRATORS).map(|k| Member::new("orchestrator", k, &orchestrator(k), &file));
    let robots = (1..=ROBOTS).map(|k| Member::new("robot", ORCHESTRATORS + k, &robot(k), &file));
    Site::new(name, orchestrators.chain(robots).map(change).collect(), &file)
}

#[test]
fn a_link_that_was_cut_heals_by_itself() {
    let Some(mut fleet) = fleet("cut", ORCHESTRATORS) else {
        return;
    };
    fleet.cut_and_heal(&robot(1), CUT);
    for arguments in [
        &["drain", "robot-1", "--wait"][..],
        &["drain", "robot-1", "--undo"],
    ] {
        let output = fleet.ctl(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", err(&output));
    }
    let leader = fleet.leader();
    fleet.cut_and_heal(&leader, CUT);
    fleet.ends_well();
}

#[test]
fn links_that_were_found_by_gossip_heal_too() {
    let Some(mut fleet) = fleet("gossip", 1) else {
        return;
    };
    for name in [robot(1), orchestrator(3), orchestrator(1)] {
        fleet.cut_and_heal(&name, CUT);
    }
    fleet.ends_well();
}

#[test]
fn nothing_is_lost_when_programs_are_killed_and_all_is_started_anew() {
    let Some(mut fleet) = fleet("killed", ORCHESTRATORS) else {
        return;
    };
    fleet.network.throttle(2, 1_000);
    for round in 0..3_usize {
        fleet.submit(20);
        // In the middle of it, at another moment each time.
        until("some work is done", || (fleet.done() > round * 23).then_some(()));
        for name in [robot(1 + round % ROBOTS), fleet.leader()] {
            fleet.kill(&name);
            fleet.start(&name);
        }
    }
    fleet.submit(20);
    let all = fleet.names();
    all.iter().for_each(|name| fleet.kill(name));
    all.iter().for_each(|name| fleet.start(name));
    fleet.is_whole(Instant::now());
    fleet.ends_well();
}
