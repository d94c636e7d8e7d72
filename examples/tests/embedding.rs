//! The small examples run, end by themselves, and do what they say.

#[path = "simulate/program.rs"]
mod program;

use program::{folder, run};

fn said(name: &str) -> String {
    let ended = run(name, &folder(name), &[]);
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""), "{name}");
    ended.out
}

#[test]
fn a_robot_does_its_tasks() {
    let said = said("embed_robot");
    assert!(said.ends_with("2 of 2 tasks ended\n"), "{said}");
    assert_eq!(said.matches("robot: reports StopDone").count(), 4, "{said}");
    assert_eq!(said.matches("is Done").count(), 2, "{said}");
}

#[test]
fn replicas_take_over_from_each_other_and_come_back_from_their_journals() {
    let said = said("failover");
    assert!(
        said.ends_with("24 of 24 tasks are done, says each replica; 0 were done twice\n"),
        "{said}"
    );
    assert!(said.contains("replica 2 leads, "), "{said}");
    assert!(said.contains("replica 1 starts its life 2 with "), "{said}");
}

#[test]
fn ways_of_ones_own_change_who_goes() {
    let said = said("custom_travel");
    let (crow, bridge) = said.split_once("over the bridge").expect("two plans");
    let travels = |plan: &str| plan.lines().filter(|line| line.contains(" 0 m")).count();
    assert_eq!((travels(crow), travels(bridge)), (1, 1), "{said}");
    let idle = |plan: &str| plan.lines().position(|line| line.contains(" 0 m"));
    assert_ne!(
        idle(crow),
        idle(bridge),
        "the same robot goes both times:\n{said}"
    );
}

#[test]
fn an_allocation_without_nodes() {
    assert!(said("allocate").contains("cost "));
}

#[test]
fn a_shift_is_planned_with_charges_a_team_and_what_nobody_can_do() {
    let said = said("plan_shift");
    assert!(said.contains("charges at the dock from"), "{said}");
    assert!(
        said.contains("bed, at the head") && said.contains("bed, at the foot"),
        "{said}"
    );
    assert_eq!(said.matches("cannot carry it").count(), 3, "{said}");
}

#[test]
fn a_plan_is_kept_up_while_things_change() {
    let said = said("replan");
    let (_, slow) = said.split_once("robot 2 is slow:").expect("it becomes slow");
    let (slow, gone) = slow.split_once("robot 3 is gone:").expect("it is gone");
    assert!(slow.contains("from 2 to ") && !slow.contains(" to 2"), "{said}");
    assert!(
        gone.contains("from nobody to ") && gone.contains("0 tasks wait"),
        "{said}"
    );
}
