//! Whatever a file holds, reading it never panics.

use std::path::PathBuf;

use proptest::prelude::*;

use crate::common::{data, folder, open, write};

/// Changes of a text: cut it, put something in, leave something out, repeat something.
#[derive(Clone, Debug)]
enum Change {
    Cut(usize),
    Put(usize, Vec<u8>),
    Drop(usize, usize),
    Repeat(usize, usize),
}

const TOKENS: [&str; 24] = [
    "nan",
    "-1",
    "1e308",
    "inf",
    "0",
    "[",
    "]",
    "{",
    "}",
    "=",
    "\"",
    "\n",
    ",",
    "99999999999999999999",
    "1000000000",
    "[[task]]",
    "[[robots]]",
    "after",
    "at",
    "-0.0",
    "#",
    "\u{fffd}",
    "4294967296",
    "true",
];

fn change() -> impl Strategy<Value = Change> {
    let at = 0..4000_usize;
    let token = prop::sample::select(&TOKENS[..]).prop_map(|token| token.as_bytes().to_vec());
    let bytes = prop_oneof![4 => token, 1 => prop::collection::vec(any::<u8>(), 1..4)];
    prop_oneof![
        1 => at.clone().prop_map(Change::Cut),
        6 => (at.clone(), bytes).prop_map(|(at, bytes)| Change::Put(at, bytes)),
        4 => (at.clone(), 1..20_usize).prop_map(|(at, count)| Change::Drop(at, count)),
        1 => (at, 1..60_usize).prop_map(|(at, count)| Change::Repeat(at, count)),
    ]
}

fn apply(bytes: &mut Vec<u8>, change: &Change) {
    let length = bytes.len().max(1);
    let span = |at: usize, count: usize| at % length..(at % length + count).min(length);
    match change {
        Change::Cut(at) => bytes.truncate(at % length),
        Change::Put(at, new) => drop(bytes.splice(span(*at, 1), new.iter().copied())),
        Change::Drop(at, count) => drop(bytes.drain(span(*at, *count))),
        Change::Repeat(at, count) => {
            let again = bytes[span(*at, *count)].to_vec();
            bytes.splice(span(*at, 0), again);
        }
    }
}

/// A file changed so; an error must name a file and say something.
fn check(original: PathBuf, path: PathBuf, changes: &[Change]) -> Result<(), TestCaseError> {
    let mut bytes = std::fs::read(original).unwrap();
    for change in changes {
        if !bytes.is_empty() {
            apply(&mut bytes, change);
        }
    }
    std::fs::write(&path, bytes).unwrap();
    if let Err(error) = open(path.parent().unwrap().join(entry(&path))) {
        prop_assert!(!error.file.is_empty() && !error.message.is_empty());
    }
    Ok(())
}

/// The file to open: for a part of a problem, the problem.
fn entry(path: &std::path::Path) -> PathBuf {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("agents" | "tasks") => "../yard_3.json".into(),
        _ => path.file_name().unwrap().into(),
    }
}

fn copy_yard(test: &str) -> PathBuf {
    let folder = folder(test);
    for name in [
        "maps/yard.map",
        "agents/yard.agents",
        "tasks/yard.tasks",
        "yard_3.json",
    ] {
        write(&folder, name, std::fs::read(data("lorr").join(name)).unwrap());
    }
    folder
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn of_a_scenario(changes in prop::collection::vec(change(), 1..4)) {
        let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("readers/mutated");
        write(&folder, "island.map", std::fs::read(data("island.map")).unwrap());
        check(data("small.toml"), folder.join("small.toml"), &changes)?;
    }

    #[test]
    fn of_a_map(changes in prop::collection::vec(change(), 1..4)) {
        let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("readers/mutated");
        std::fs::create_dir_all(&folder).unwrap();
        check(data("island.map"), folder.join("mutated.map"), &changes)?;
    }

    #[test]
    fn of_a_problem(part in 0..3_usize, changes in prop::collection::vec(change(), 1..4)) {
        let names = ["agents/yard.agents", "tasks/yard.tasks", "yard_3.json"];
        let folder = copy_yard("mutated-yard");
        check(data("lorr").join(names[part]), folder.join(names[part]), &changes)?;
    }
}
