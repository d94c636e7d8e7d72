use crate::program::{folder, run};

#[test]
fn options_that_make_no_sense_are_named() {
    let folder = folder("refused");
    for (arguments, says) in [
        ("--strategies nobody", "centralized"),
        ("--axes time", "topology"),
        ("--losses 1", "from 0 to below 1"),
        ("--losses=-0.1", "from 0 to below 1"),
        ("--losses 0,x", "'x' is not a number"),
        ("--losses NaN", "from 0 to below 1"),
        ("--losses 0,,0.5", "--losses"),
        ("--fadings fog", "burst=1.5"),
        ("--fadings burst=0", "fading.burst"),
        ("--fadings coherence=x", "number of seconds"),
        ("--topologies tree", "full, line, ring or star"),
        ("--topologies 0", "range"),
        ("--topologies full,-5", "range"),
        ("--robots 0", "1..=500"),
        ("--robots 501", "1..=500"),
        ("--robots 10,x", "--robots"),
        ("--tasks-per-robot 0", "--tasks-per-robot"),
        ("--bundle 0", "--bundle"),
        ("--settle=-1", "no time"),
        ("--settle 61", "more than 60 seconds"),
        ("--seeds 0", "--seeds"),
        ("--from 4294967296", "--from"),
        ("--threads 0", "--threads"),
        ("--witnesses 0", "--witnesses"),
        ("--witnesses 65", "1..=64"),
        ("--robots 10,4 --witnesses 5", "only 4 robots"),
        ("--among-robots maybe", "--among-robots"),
        ("--objective best", "minisum"),
        ("--urgency never", "--urgency"),
        ("--duration 0", "--duration"),
        ("--plan-rounds 0", "--plan-rounds"),
        ("--quick --full", "cannot be used with"),
        ("--json nowhere/all.json", "there is no folder nowhere"),
        ("--html .", "is a folder"),
        ("--svg nowhere", "no such folder"),
        ("--nonsense", "--nonsense"),
    ] {
        let ended = run("compare", &folder, &arguments.split(' ').collect::<Vec<_>>());
        assert_eq!(
            (ended.code, ended.out.as_str()),
            (Some(2), ""),
            "{arguments}: {}",
            ended.err
        );
        assert!(ended.err.contains(says), "{arguments}: {}", ended.err);
        assert!(!ended.err.contains("panicked"), "{}", ended.err);
    }
}

#[test]
fn help_says_what_each_column_means() {
    let folder = folder("help");
    let help = run("compare", &folder, &["--help"]);
    assert_eq!(help.code, Some(0));
    for text in [
        "Columns",
        "/ lossless",
        "/ plan",
        "95 % awarded s",
        "worked by two",
        "CPU ms",
        "Exit codes:",
        "Examples:",
        "--among-robots",
    ] {
        assert!(help.out.contains(text), "no {text:?} in\n{}", help.out);
    }
    let version = run("compare", &folder, &["--version"]);
    assert_eq!(version.out, format!("compare {}\n", env!("CARGO_PKG_VERSION")));
}
