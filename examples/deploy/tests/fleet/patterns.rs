//! The files of the deployment patterns, each with the programs that they are for, on machines of their own.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::processes::until;
use crate::site::{Member, Site};

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("configs").join(name)
}

/// Runs a fleet of this many orchestrators, on the first machines, and two robots that are set up by the files in a folder.
fn runs(pattern: &str, orchestrators: usize, of_robot: impl Fn(usize) -> usize) {
    let settings = |program: &str| file(&format!("{pattern}/{program}.toml"));
    let orchestrator = |k: usize| {
        Member::new(
            "orchestrator",
            k,
            &format!("orchestrator-{k}"),
            &settings("orchestrator"),
        )
    };
    let robot = |k: usize| Member::new("robot", of_robot(k), &format!("robot-{k}"), &settings("robot"));
    let members = (1..=orchestrators).map(orchestrator).chain([1, 2].map(robot));
    // People are where robots are.
    let Some(mut site) = Site::new(pattern, members.collect(), &settings("robot")) else {
        return;
    };
    site.submit(20);
    site.ends_well();
}

#[test]
fn a_single_robot_needs_nobody_else() {
    let settings = |program: &str| file(&format!("single-robot/{program}.toml"));
    let members = [("orchestrator", "orchestrator-1"), ("robot", "robot-1")];
    let members = members.map(|(program, name)| Member::new(program, 1, name, &settings(program)));
    let people = (Some(1), settings("robot"));
    let Some(mut site) = Site::with("single", members.into(), people) else {
        return;
    };
    site.submit(10);
    site.network.cut(1, true);
    site.ends_well();
}

#[test]
fn robots_of_an_edge_server() {
    runs("robot-edge", 1, |k| 1 + k);
}

#[test]
fn robots_of_a_cloud() {
    runs("robot-cloud", 1, |k| 1 + k);
}

#[test]
fn robots_of_three_orchestrators() {
    runs("fleet", 3, |k| 3 + k);
}

#[test]
fn who_finds_each_other_by_multicast() {
    runs("local-network", 3, |k| 3 + k);
}

/// Routers on machines 1 and 2, one orchestrator beside the first, two beside the second, and two robots of each site.
fn sites() -> Option<Site> {
    let orchestrator = |(k, machine): (usize, usize)| {
        let name = format!("orchestrator-{k}");
        Member::new("orchestrator", machine, &name, &file("sites/orchestrator.toml"))
    };
    let robot = |k: usize| {
        let settings = file(&format!("sites/robot-{}.toml", 1 + k % 2));
        Member::new("robot", 4 + k, &format!("robot-{k}"), &settings)
    };
    let router = |k: usize| {
        let (name, settings) = (format!("router-{k}"), file(&format!("sites/router-{k}.toml")));
        Member::new("router", k, &name, &settings)
    };
    let members = [1, 2].map(router).into_iter();
    let members = members.chain([(1, 3), (2, 4), (3, 4)].map(orchestrator));
    Site::new(
        "sites",
        members.chain((1..=4).map(robot)).collect(),
        &file("sites/orchestrator.toml"),
    )
}

#[test]
fn two_sites_are_joined_by_routers_and_either_may_be_lost() {
    let Some(mut site) = sites() else { return };
    for router in ["router-1", "router-2"] {
        let done = site.done();
        site.submit(40);
        until("some work is done", || (site.done() > done + 5).then_some(()));
        site.kill(router);
        let after = site.is_whole(Instant::now());
        println!("whole {after:?} after {router} was killed");
        site.start(router);
    }
    site.cut_and_heal("router-1", Duration::from_secs(4));
    site.ends_well();
}
