//! Journals in files.

use std::fs;
use std::path::{Path, PathBuf};
use std::process;

use fleet_core::journal::{FileError, FileStorage, Journal, MAX_BYTES, OpenError, Recovered, Storage};

/// A folder for one test, removed when it ends.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(test: &str) -> Self {
        let path = std::env::temp_dir().join(format!("fleet-core-journal-{}-{test}", process::id()));
        fs::create_dir_all(&path).expect("a folder for the test");
        Folder(path)
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.0.join("node.journal")
    }

    /// The names of the files in it, sorted.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).expect("the folder is there");
        let mut names: Vec<String> = entries
            .map(|entry| {
                entry
                    .expect("readable")
                    .file_name()
                    .into_string()
                    .expect("a plain name")
            })
            .collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn open(path: &Path) -> (Journal<FileStorage>, Recovered) {
    Journal::open(FileStorage::open(path).expect("free")).expect("a journal")
}

#[test]
fn a_file_keeps_entries_over_lives() {
    let folder = Folder::new("lives");
    for boot in 1..6_u32 {
        let (mut journal, recovered) = open(&folder.file());
        assert_eq!(recovered.boot, boot);
        let expected: Vec<Vec<u8>> = (1..boot).map(|boot| boot.to_le_bytes().to_vec()).collect();
        assert_eq!(recovered.entries, expected);
        journal.append(&boot.to_le_bytes()).expect("room");
        journal.sync().expect("a disk that works");
        let length = fs::metadata(folder.file()).expect("there").len();
        assert_eq!(journal.len_bytes(), length);
    }
    assert_eq!(folder.names(), ["node.journal", "node.journal.lock"]);
}

#[test]
fn a_file_is_compacted_and_written_to_after_that() {
    let folder = Folder::new("compact");
    let (mut journal, _) = open(&folder.file());
    for _ in 0..100 {
        journal.append(&[0; 100]).expect("room");
        journal.sync().expect("a disk that works");
    }
    let before = journal.len_bytes();
    journal.compact([b"live".to_vec()]).expect("a disk that works");
    assert!(journal.len_bytes() < before / 100);
    journal.append(b"next").expect("room");
    journal.sync().expect("a disk that works");
    assert_eq!(
        fs::metadata(folder.file()).expect("there").len(),
        journal.len_bytes()
    );
    drop(journal);
    let (_, recovered) = open(&folder.file());
    assert_eq!(recovered.entries, [b"live", b"next"]);
    assert_eq!(recovered.boot, 2);
}

#[test]
fn a_torn_file_is_mended() {
    let folder = Folder::new("torn");
    let (mut journal, _) = open(&folder.file());
    for entry in [b"kept", b"torn"] {
        journal.append(entry).expect("room");
        journal.sync().expect("a disk that works");
    }
    drop(journal);
    let bytes = fs::read(folder.file()).expect("there");
    fs::write(folder.file(), &bytes[..bytes.len() - 1]).expect("writable");
    fs::write(folder.0.join("node.journal.new"), b"left by a crash").expect("writable");
    let (journal, recovered) = open(&folder.file());
    assert_eq!(recovered.entries, [b"kept"]);
    assert_eq!(recovered.damaged_tail, Some(20));
    drop(journal);
    assert_eq!(open(&folder.file()).1.damaged_tail, None);
    assert_eq!(folder.names(), ["node.journal", "node.journal.lock"]);
}

#[test]
fn two_opens_of_one_file_are_refused() {
    let folder = Folder::new("lock");
    let (journal, _) = open(&folder.file()); // which has replaced the file once
    let error = FileStorage::open(folder.file()).expect_err("in use");
    assert!(matches!(error, FileError::InUse(_)), "{error}");
    assert!(
        error.to_string().contains("node.journal: this journal is in use"),
        "{error}"
    );
    FileStorage::open(folder.0.join("another")).expect("another file is free");
    drop(journal);
    FileStorage::open(folder.file()).expect("free again");
}

#[test]
fn a_missing_folder_is_named() {
    let folder = Folder::new("missing");
    let error = FileStorage::open(folder.0.join("none/node.journal")).expect_err("no folder");
    assert!(
        matches!(&error, FileError::NoFolder(path) if path.ends_with("none")),
        "{error}"
    );
    assert!(error.to_string().contains("create it first"), "{error}");
    assert!(folder.names().is_empty());
}

#[test]
fn what_cannot_be_a_file_says_so() {
    let folder = Folder::new("folder");
    fs::create_dir(folder.file()).expect("a folder");
    let error = FileStorage::open(folder.file()).expect_err("a folder");
    assert!(error.to_string().contains("cannot open the file"), "{error}");
    let error = FileStorage::open(folder.file().join("..")).expect_err("no name");
    assert!(error.to_string().contains("as the name of a file"), "{error}");
}

#[test]
fn a_file_of_somebody_else_is_left_alone() {
    let folder = Folder::new("other");
    fs::write(folder.file(), b"shopping list").expect("writable");
    let refused = Journal::open(FileStorage::open(folder.file()).expect("free"));
    assert!(matches!(refused, Err(OpenError::NotAJournal)));
    assert_eq!(fs::read(folder.file()).expect("there"), b"shopping list");
}

#[test]
fn a_file_too_long_for_a_journal_is_not_read() {
    let folder = Folder::new("long");
    let file = fs::File::create(folder.file()).expect("writable");
    file.set_len(MAX_BYTES + 1).expect("a sparse file"); // takes no room
    let error = FileStorage::open(folder.file()).expect("free").read();
    assert!(matches!(error, Err(FileError::TooLong(_))));
}

#[test]
fn a_replacement_that_fails_leaves_the_old_file() {
    let folder = Folder::new("replace");
    let (mut journal, _) = open(&folder.file());
    journal.append(b"kept").expect("room");
    journal.sync().expect("a disk that works");
    // A folder in the way of the new file: it cannot be removed like a file.
    fs::create_dir(folder.0.join("node.journal.new")).expect("a folder");
    let error = journal.compact([b"new".to_vec()]).expect_err("in the way");
    assert!(error.to_string().contains("node.journal.new"), "{error}");
    assert!(journal.is_poisoned());
    fs::remove_dir(folder.0.join("node.journal.new")).expect("empty");
    drop(journal);
    let (_, recovered) = open(&folder.file());
    assert_eq!(recovered.entries, [b"kept"]);
}
