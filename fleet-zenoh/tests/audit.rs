//! The file of the audit.
#![cfg(feature = "tls")]

#[allow(dead_code)]
mod loopback;
mod secure;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use fleet_core::{TaskId, UtcTime};
use fleet_zenoh::audit::{Audit, Entry, Keep};
use loopback::LONG;
use secure::Folder;
use serde_json::Value;

fn entry(k: u128) -> Entry {
    let mut entry = Entry::allowed(UtcTime::from_secs(1_800_000_000), "operator.anna.7", "cancel");
    entry.task = Some(TaskId::from_u128(k));
    entry
}

fn lines(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn it_goes_on_where_it_was() {
    let folder = Folder::new();
    let path = folder.path("audit.jsonl");
    for k in 0..3 {
        let audit = Audit::open(&path, Keep::default()).unwrap();
        audit.record(entry(k));
        // The last handle waits until all is written.
    }
    let lines = lines(&path);
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[2]["task"], TaskId::from_u128(2).to_string());
    assert_eq!(lines[2]["at"], "2027-01-15T08:00:00Z");
    assert_eq!(lines[2]["who"], "operator.anna.7");
    assert_eq!(lines[2]["allowed"], true);
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn its_files_are_bounded_and_nothing_goes_but_the_oldest() {
    let folder = Folder::new();
    let path = folder.path("audit.jsonl");
    let mut keep = Keep::default();
    (keep.bytes, keep.files) = (4_096, 2);
    let audit = Audit::open(&path, keep).unwrap();
    for k in 0..200 {
        audit.record(entry(k));
        audit.flush(LONG).unwrap();
    }
    let numbered = |number: u32| folder.path(&format!("audit.jsonl.{number}"));
    assert!(!numbered(3).exists());
    let mut tasks = Vec::new();
    for file in [numbered(2), numbered(1), path] {
        assert!(fs::metadata(&file).unwrap().len() <= 4_096);
        tasks.extend(lines(&file).iter().map(|line| line["task"].clone()));
    }
    let kept = tasks.len() as u128;
    assert!(kept > 50, "{kept}");
    let last: Vec<Value> = (200 - kept..200)
        .map(|k| TaskId::from_u128(k).to_string().into())
        .collect();
    assert_eq!(tasks, last);
    assert_eq!(audit.lost(), 0);
}

#[test]
fn a_flood_waits_for_nobody_and_what_is_lost_is_told() {
    let folder = Folder::new();
    let path = folder.path("audit.jsonl");
    let audit = Audit::open(&path, Keep::default()).unwrap();
    let mut long = entry(1);
    long.why = "é".repeat(10_000);
    let mut recorded = 0_u64;
    while audit.lost() == 0 {
        audit.record(long.clone());
        recorded += 1;
        assert!(recorded < 10_000_000, "the queue has no end");
    }
    audit.flush(LONG).unwrap();
    audit.record(entry(2));
    audit.flush(LONG).unwrap();
    assert_eq!(audit.lost(), 0);
    let lines = lines(&path);
    let told = lines.iter().filter(|line| line["what"] == "audit");
    let lost = told.filter_map(|line| line["why"].as_str()?.split(' ').next()?.parse::<u64>().ok());
    let written = lines.iter().filter(|line| line["what"] == "cancel").count() as u64;
    assert_eq!(written + lost.sum::<u64>(), recorded + 1);
    assert!(
        lines.iter().all(|line| line.to_string().len() < 1_000),
        "it is cut"
    );
}

#[test]
fn a_file_that_cannot_be_written_is_named() {
    let folder = Folder::new();
    let error = Audit::open(&folder.path("none/audit.jsonl"), Keep::default()).unwrap_err();
    assert!(error.to_string().contains("audit.jsonl"), "{error}");
}
