use serde_json::Value;

use crate::program::{folder, run};

/// The summary of the bundled run with these options, without what depends on the machine.
fn summary(test: &str, options: &[&str]) -> Value {
    let fixed = ["--json", "--no-report"];
    let ended = run(
        "simulate",
        &folder(&format!("option-{test}")),
        &[&fixed, options].concat(),
    );
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""), "{options:?}");
    let mut summary: Value = serde_json::from_str(&ended.out).expect("JSON");
    for machine in ["wall", "compute"] {
        assert!(summary.as_object_mut().unwrap().remove(machine).is_some());
    }
    summary
}

fn number(summary: &Value, pointer: &str) -> f64 {
    let found = summary.pointer(pointer).and_then(Value::as_f64);
    found.unwrap_or_else(|| panic!("no number {pointer} in {summary}"))
}

/// Without the settings, so that only the run itself is compared.
fn results(mut summary: Value) -> Value {
    summary.as_object_mut().unwrap().remove("settings");
    summary
}

#[test]
fn the_same_options_give_the_same_numbers() {
    assert_eq!(summary("same-1", &[]), summary("same-2", &[]));
}

#[test]
fn every_choice_changes_the_run() {
    let usual = results(summary("usual", &[]));
    for options in [
        ["--urgency", "classes"],
        ["--urgency", "due"],
        ["--urgency", "slack"],
        ["--objective", "minisum"],
        ["--objective", "minimax"],
        ["--objective", "miniave"],
        ["--objective", "punctual"],
        ["--objective", "travel=1,energy=0.1"],
        ["--seed", "2"],
        ["--topology", "ring"],
        ["--fading", "burst=1"],
        ["--fading", "coherence=1"],
        ["--loss", "0"],
        ["--duplicate", "0.5"],
        ["--reorder", "0.9"],
        ["--delay", "0.1,0.2"],
        ["--duration", "600"],
    ] {
        let changed = summary(&options.join("-"), &options);
        assert_eq!(number(&changed, "/tasks/failed"), 0.0, "{options:?}");
        assert_ne!(results(changed), usual, "{options:?} changes nothing");
    }
}

/// Many tasks at once: where they come one by one there is nothing to choose between.
#[test]
fn the_allocator_changes_the_run() {
    let folder = folder("allocators");
    let row = ".".repeat(20) + "\n";
    let map = format!("type octile\nheight 20\nwidth 20\nmap\n{}", row.repeat(20));
    std::fs::write(folder.join("hall.map"), map).expect("the scratch folder");
    let travel = |allocator| {
        let fixed = "hall.map --robots 5 --kind delivery --json --quiet --no-report --allocator";
        let arguments: Vec<&str> = fixed.split(' ').chain([allocator]).collect();
        let ended = run("simulate", &folder, &arguments);
        assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
        let summary: Value = serde_json::from_str(&ended.out).expect("JSON");
        assert_eq!(number(&summary, "/tasks/done"), 100.0);
        number(&summary, "/travel")
    };
    assert_ne!(travel("auction"), travel("auction-regret"));
}

#[test]
fn what_is_asked_for_is_what_is_told() {
    let told = summary(
        "told",
        &[
            "--allocator",
            "auction-regret",
            "--urgency",
            "slack",
            "--objective",
            "travel=1,tardiness=2",
            "--topology",
            "star",
            "--fading",
            "burst=1.5",
            "--loss",
            "0.25",
            "--delay",
            "0.001,0.5",
            "--seed",
            "9",
            "--duration",
            "30",
        ],
    );
    let settings = &told["settings"];
    assert_eq!(settings["allocator"], "auction-regret");
    assert_eq!(settings["urgency"], "slack");
    assert_eq!(settings["objective"], "travel=1,tardiness=2");
    assert_eq!(settings["topology"], "star");
    assert_eq!(settings["fading"], "burst=1.5");
    assert_eq!(
        (number(&told, "/settings/loss"), number(&told, "/seed")),
        (0.25, 9.0)
    );
    assert_eq!(number(&told, "/settings/delay_max"), 0.5);
    // What nobody mentioned stays as the scenario has it.
    assert_eq!(number(&told, "/settings/duplicate"), 0.02);
}

#[test]
fn objectives_do_what_their_names_say() {
    let least_travel = summary("minisum", &["--objective", "minisum"]);
    let least_time = summary("miniave", &["--objective", "miniave"]);
    let travel = |summary| number(summary, "/travel");
    let flowtime = |summary| number(summary, "/flowtime/mean");
    assert!(travel(&least_travel) < travel(&least_time));
    assert!(flowtime(&least_time) < flowtime(&least_travel));
}

#[test]
fn a_worse_network_costs_messages_and_no_task() {
    let good = summary("loss-0", &["--loss", "0"]);
    let bad = summary("loss-10", &["--loss", "0.1"]);
    let share = |summary| number(summary, "/messages/lost") / number(summary, "/messages/sent");
    // Those that were cut off lose some even so: copies of what they say to all who would be near.
    assert!(share(&good) < 0.02, "{}", share(&good));
    let more = share(&bad) - share(&good);
    assert!(more > 0.09 && more < 0.13, "{more}");
    for run in [&good, &bad] {
        assert_eq!(number(run, "/tasks/done"), 500.0);
    }
}

#[test]
fn a_duration_ends_the_run() {
    let short = summary("short", &["--duration", "300"]);
    assert_eq!(number(&short, "/duration"), 300.0);
    assert_eq!(short["complete"], false);
    let tasks = |name| number(&short, &format!("/tasks/{name}"));
    assert!(0.0 < tasks("done") && tasks("done") < tasks("submitted"));
    assert!(tasks("submitted") < tasks("total"));
    assert_eq!(tasks("done") + tasks("unserved"), tasks("submitted"));
}
