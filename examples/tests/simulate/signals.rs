use std::fs;
use std::path::Path;

use crate::program::{folder, start};
use crate::signal::send;

/// Far more work than the test waits for.
fn long_run(folder: &Path) -> Vec<&'static str> {
    let row = ".".repeat(64) + "\n";
    let map = format!("type octile\nheight 64\nwidth 64\nmap\n{}", row.repeat(64));
    fs::write(folder.join("hall.map"), map).expect("the scratch folder");
    vec![
        "hall.map", "--robots", "60", "--tasks", "100000", "--trace", "trace", "--report", "r.html",
    ]
}

fn ends_in_good_order(signal: &str, extra: &[&str]) -> (String, String) {
    let folder = folder(&format!("{signal}-{}", extra.len()));
    fs::write(folder.join("r.html"), "the report of before").expect("the scratch folder");
    let arguments = [&long_run(&folder)[..], extra].concat();
    let running = start("simulate", &folder, &arguments);
    send(signal, &running, &folder.join("trace"));
    let ended = running.end();
    assert_eq!(ended.code, Some(130), "{}", ended.err);
    assert!(!ended.err.contains("panicked"), "{}", ended.err);
    assert!(ended.err.contains("interrupted after "), "{}", ended.err);
    assert!(ended.err.contains(" tasks were done"), "{}", ended.err);
    let report = fs::read_to_string(folder.join("r.html"));
    assert_eq!(report.expect("it is still there"), "the report of before");
    let mut left: Vec<_> = fs::read_dir(&folder)
        .expect("the scratch folder")
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    left.sort();
    assert_eq!(left, ["hall.map", "r.html", "trace"]);
    // Traces are long.
    fs::remove_dir_all(&folder).expect("the scratch folder");
    (ended.out, ended.err)
}

#[test]
fn an_interrupt_ends_it_in_good_order() {
    let (out, err) = ends_in_good_order("INT", &[]);
    assert!(out.contains("done"), "{out}");
    assert!(err.contains("no report was written"), "{err}");
}

#[test]
fn so_does_a_request_to_end() {
    let (out, _) = ends_in_good_order("TERM", &["--json"]);
    let summary: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(summary["complete"], false);
}
