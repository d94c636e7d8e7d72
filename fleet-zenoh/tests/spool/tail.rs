//! Files of lines, of which each line arrives once.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::PathBuf;

use fleet_zenoh::spool::{Forwarder, Tail};

use crate::places::{Folder, LONG, Mood, Shelf, name, settings};

/// A log, and where its lines go.
struct Log {
    folder: Folder,
    shelf: Shelf,
}

impl Log {
    fn new() -> Self {
        let (folder, shelf) = (Folder::new(), Shelf::default());
        Log { folder, shelf }
    }

    fn path(&self) -> PathBuf {
        self.folder.path("log.jsonl")
    }

    fn write(&self, text: &str) {
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.path())
            .unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    /// Gives every file the next number, as audits and logrotate do.
    fn rotate(&self) {
        let numbered = |number: u32| self.folder.path(&format!("log.jsonl.{number}"));
        for number in (1..5).rev().filter(|number| numbered(*number).exists()) {
            fs::rename(numbered(number), numbered(number + 1)).unwrap();
        }
        fs::rename(self.path(), numbered(1)).unwrap();
    }

    /// One life of a program that looks once, and sends all if the sink lets it.
    fn look(&self) -> usize {
        let spool = self.folder.spool();
        let mut tail = Tail::new(&self.path(), name("log"), spool.last());
        let forwarder = Forwarder::start(spool, self.shelf.clone(), settings()).unwrap();
        let put = tail.put_into(&forwarder).unwrap();
        assert_eq!(tail.put_into(&forwarder).unwrap(), 0, "that was all");
        forwarder.flush(LONG);
        forwarder.stop(LONG).unwrap();
        put
    }
}

#[test]
fn each_line_arrives_once_over_many_lives() {
    let log = Log::new();
    assert_eq!(log.look(), 0, "there is no log yet");
    log.write("one\ntw");
    assert_eq!(log.look(), 1);
    assert_eq!(log.look(), 0, "a line without an end waits for it");
    log.write("o\n");
    log.shelf.set(Mood::Again);
    assert_eq!(log.look(), 1);
    log.write("three\n");
    assert_eq!(log.look(), 1);
    log.shelf.set(Mood::Takes);
    assert_eq!(log.look(), 0);
    assert_eq!(log.shelf.text(), "one\ntwo\nthree\n");
    let keys: Vec<String> = log.shelf.got().into_iter().map(|(key, _)| key).collect();
    assert!(
        keys[0].ends_with("-0-4.gz") && keys[1].ends_with("-4-8.gz"),
        "{keys:?}"
    );
}

#[test]
fn a_long_log_is_cut_between_lines() {
    let log = Log::new();
    let text: String = (0..200_000).map(|k| format!("{{\"line\":{k}}}\n")).collect();
    log.write(&text);
    assert!(log.look() > 2);
    assert!(log.shelf.got().iter().all(|(_, part)| part.ends_with(b"\n")));
    assert!(log.shelf.text() == text);
}

#[test]
fn a_log_that_was_replaced_or_cut_is_begun_anew() {
    let log = Log::new();
    log.write("first\nsecond\n");
    log.look();
    fs::write(log.path(), "a new first\nand more than there was before\n").unwrap();
    log.look();
    fs::write(log.path(), "a new first\n").unwrap();
    log.look();
    log.write("later\n");
    log.look();
    assert_eq!(
        log.shelf.text(),
        "first\nsecond\na new first\nand more than there was before\na new first\nlater\n"
    );
}

#[test]
fn a_log_that_was_renamed_is_read_to_its_end() {
    let log = Log::new();
    log.write("1\n");
    log.look();
    log.write("2\n");
    log.rotate();
    log.write("3\n");
    log.rotate();
    log.write("4\n");
    log.look();
    log.write("5\n");
    log.look();
    log.rotate();
    assert_eq!(log.look(), 0);
    log.write("6\n");
    log.look();
    assert_eq!(log.shelf.text(), "1\n2\n3\n4\n5\n6\n");
}
