use std::fs;

use crate::problems::{MDVRP, PDPTW, VRPTW, write};
use crate::program::{folder, run};

#[test]
fn what_is_wrong_with_a_file_is_said_with_its_line() {
    let folder = folder("wrong");
    write(&folder);
    let long_ago = VRPTW.replace("50         60", "60         50");
    for (name, text, says) in [
        ("empty.txt", String::new(), "the format is not known"),
        (
            "prose.txt",
            "once upon a time\n".into(),
            "the format is not known",
        ),
        ("cut.txt", MDVRP[..40].into(), "cut.txt:"),
        (
            "word.txt",
            MDVRP.replace("3 10 1", "3 ten 1"),
            "word.txt:6: ten is no number",
        ),
        (
            "nan.txt",
            MDVRP.replace("3 10 1", "3 NaN 1"),
            "nan.txt:6: NaN is no number",
        ),
        (
            "minus.txt",
            MDVRP.replace("3 10 1 0 1", "3 10 1 -4 1"),
            "tasks[2].stops.service",
        ),
        (
            "many.txt",
            MDVRP.replace("2 2 4 2", "2 99999999 4 2"),
            "many.txt:1: 99999999",
        ),
        (
            "late.txt",
            long_ago,
            "late.txt:12: its due date is before its ready time",
        ),
        (
            "alone.txt",
            PDPTW.replace("\t0\t4\n4", "\t0\t9\n4"),
            "alone.txt:5: its delivery 9",
        ),
        (
            "twice.txt",
            PDPTW.replace("\n4\t", "\n3\t"),
            "twice.txt:6: stop 3 was given before",
        ),
        (
            "doubled.txt",
            PDPTW.replace("-5", "5"),
            "doubled.txt:3: its load must not be negative, and delivery 2 must put down all of it",
        ),
        (
            "negative.txt",
            PDPTW.replace("\t-5\t", "\t6\t").replace("\t5\t0", "\t-6\t0"),
            "negative.txt:3: its load must not be negative",
        ),
        (
            "crowded.txt",
            MDVRP.replace("2 2 4 2", "2 20000 4 20000"),
            "crowded.txt:1: 20000 robots at each of 20000 depots",
        ),
        (
            "far.txt",
            MDVRP.replace("3 10 1", "3 1e300 1"),
            "far.txt:6: 1e300 is beyond 1000000000",
        ),
        ("heavy.txt", MDVRP.replace("0 2\n", "0 -2\n"), ""),
    ] {
        fs::write(folder.join(name), text).unwrap();
        let ended = run("solve", &folder, &["--rounds", "10", name]);
        if says.is_empty() {
            continue; // no capacity is none
        }
        assert_eq!(ended.code, Some(1), "{name}: {ended:?}");
        assert!(ended.err.contains(says), "{name}: {}", ended.err);
        assert!(!ended.err.contains("panicked"), "{name}: {}", ended.err);
    }
}

#[test]
fn files_that_are_not_there_are_named_and_the_others_are_solved() {
    let folder = folder("missing");
    write(&folder);
    fs::remove_file(folder.join("agent/a1.txt")).unwrap();
    let files = ["none.txt", "tasks/r1a1.txt", "mdvrp.txt"];
    let ended = run("solve", &folder, &[&["--rounds", "10"], &files[..]].concat());
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(
        ended.err.contains("none.txt") && ended.err.contains("a1.txt"),
        "{}",
        ended.err
    );
    assert!(ended.out.contains("mdvrp"), "{}", ended.out);
}

/// The robots of tasks with deadlines are in a file of their own, which is named where they are wrong.
#[test]
fn robots_that_are_wrong_are_named_by_their_own_file() {
    let folder = folder("team");
    write(&folder);
    let rates = (1..=300).map(|k| format!("{k} 0 0 {k}\n")).collect::<String>();
    for (team, says) in [
        ("1 9 9\n0 0 0 -2\n".to_string(), "a1.txt:2: its work rate"),
        (
            format!("1 9 9\n{rates}"),
            "a1.txt:258: is beyond the 20000 robots",
        ),
    ] {
        fs::write(folder.join("agent/a1.txt"), team).unwrap();
        let ended = run("solve", &folder, &["--rounds", "10", "tasks/r1a1.txt"]);
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.err.contains(says), "{}", ended.err);
    }
}

#[test]
fn options_that_make_no_sense_are_named() {
    let folder = folder("refused");
    for (arguments, says) in [
        ("--json", "FILE"),
        ("--seconds=-1 x", "--seconds"),
        ("--seconds NaN x", "--seconds"),
        ("--seconds 1 --rounds 1 x", "cannot be used with"),
        ("--rounds=-1 x", "--rounds"),
        ("--goal fame x", "distance, robots, served"),
        ("--format poem x", "mdvrp"),
    ] {
        let ended = run("solve", &folder, &arguments.split(' ').collect::<Vec<_>>());
        assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""), "{arguments}");
        assert!(ended.err.contains(says), "{arguments}: {}", ended.err);
    }
}

/// Whatever is cut off, or written over: an answer or an error, and no panic.
#[test]
fn damaged_files_do_no_harm() {
    let folder = folder("damaged");
    let mut names = Vec::new();
    for (kind, text) in [("m", MDVRP), ("v", VRPTW), ("p", PDPTW)] {
        for k in 0..40 {
            let at = k * text.len() / 40;
            let mut bytes = text.as_bytes().to_vec();
            match k % 3 {
                0 => bytes.truncate(at),
                1 => bytes[at] = b'9',
                _ => bytes[at] = b'-',
            }
            let name = format!("{kind}{k}.txt");
            fs::write(folder.join(&name), bytes).unwrap();
            names.push(name);
        }
    }
    let mut arguments = vec!["--rounds", "64"];
    arguments.extend(names.iter().map(String::as_str));
    let ended = run("solve", &folder, &arguments);
    assert!(matches!(ended.code, Some(0 | 1)), "{ended:?}");
    assert!(!ended.err.contains("panicked"), "{}", ended.err);
}
