//! D2: the same seed gives the same run, message by message, in this process and in another one.

use std::collections::BTreeSet;
use std::process::Command;

use fleet_core::sim::{Fingerprint, Scale, Sim, Storm};

use crate::number;

/// What a child process is told to run.
const VARIABLE: &str = "FLEET_FINGERPRINT_OF";
/// What stands before the number in the child's output.
const MARK: &str = "fingerprint=";

fn fingerprint(seed: u64) -> u64 {
    let mut fingerprint = Fingerprint::new();
    let storm = Storm::draw(seed, Scale::SMALL);
    Sim::new(storm.setup())
        .unwrap()
        .run(storm.calm(), &mut fingerprint);
    fingerprint.value()
}

#[test]
fn a_run_repeats_itself() {
    for seed in 0..5 {
        assert_eq!(fingerprint(seed), fingerprint(seed), "seed {seed}");
    }
}

#[test]
fn other_seeds_give_other_runs() {
    let all: BTreeSet<u64> = (0..20).map(fingerprint).collect();
    assert_eq!(all.len(), 20);
}

#[test]
fn a_run_repeats_itself_in_another_process() {
    if let Some(seed) = number(VARIABLE) {
        println!("{MARK}{}.", fingerprint(seed));
        return;
    }
    let child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "determinism::a_run_repeats_itself_in_another_process",
            "--nocapture",
        ])
        .env(VARIABLE, "7")
        .output()
        .unwrap();
    let output = String::from_utf8(child.stdout).unwrap();
    let found = output.split_once(MARK).and_then(|(_, rest)| rest.split_once('.'));
    let (value, _) = found.expect("the child prints its fingerprint");
    assert_eq!(value, fingerprint(7).to_string());
}
