use crate::program::{folder, run};

#[test]
fn options_that_make_no_sense_are_named() {
    let folder = folder("refused");
    for (arguments, says) in [
        ("--robots 0", "--robots"),
        ("--robots 1001", "1..=1000"),
        ("--robots 99999999999999999999", "--robots"),
        ("--witnesses 0", "--witnesses"),
        ("--witnesses 65", "1..=64"),
        ("--witnesses 9 --among-robots", "only 8 robots"),
        ("--robots 2 --among-robots", "--witnesses 3"),
        ("--tasks 0", "--tasks"),
        ("--tasks 4294967297", "1..=10000"),
        ("--seeds 0", "--seeds"),
        ("--seeds=-1", "--seeds"),
        ("--seeds 18446744073709551615", "--seeds"),
        ("--from 18446744073709551615 --seeds 2", "--from"),
        ("--threads 0", "--threads"),
        ("--threads 100000", "--threads"),
        ("--scale huge", "small, large"),
        ("--seed x", "--seed"),
        ("--seed 1 --seeds 2", "cannot be used with"),
        ("--seed 1 --from 2", "cannot be used with"),
        ("--trace", "--seed"),
        ("--leave-out 3", "--seed"),
        ("--seed 1 --leave-out 3,x", "--leave-out"),
        ("--seed 1 --leave-out 5-3", "like 8-12"),
        ("--seed 1 --leave-out 0-18446744073709551615", "--leave-out"),
        ("--plant nothing", "choose lease-from-receipt"),
        ("--nonsense", "--nonsense"),
    ] {
        let ended = run("soak", &folder, &arguments.split(' ').collect::<Vec<_>>());
        assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""), "{arguments}");
        assert!(ended.err.contains(says), "{arguments}: {}", ended.err);
        assert!(!ended.err.contains("panicked"), "{}", ended.err);
    }
}

#[test]
fn help_and_version() {
    let folder = folder("help");
    let help = run("soak", &folder, &["--help"]);
    assert_eq!(help.code, Some(0));
    for text in [
        "Exit codes:",
        "130",
        "Examples:",
        "--leave-out",
        "--among-robots",
        "--plant",
    ] {
        assert!(help.out.contains(text), "no {text:?} in\n{}", help.out);
    }
    let version = run("soak", &folder, &["--version"]);
    assert_eq!(version.out, format!("soak {}\n", env!("CARGO_PKG_VERSION")));
}
