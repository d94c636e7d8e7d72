//! What a journal keeps, through crashes, failing disks and damage.

#[path = "journal/damage.rs"]
mod damage;
#[path = "journal/faults.rs"]
mod faults;
#[path = "journal/file.rs"]
mod file;
#[path = "journal/model.rs"]
mod model;
#[path = "journal/storage.rs"]
mod storage;

use fleet_core::journal::{
    AppendError, CompactError, Journal, MAX_ENTRY, MAX_UNSYNCED, MemoryError, MemoryStorage, OpenError,
    Recovered, VERSION,
};
use proptest::prelude::*;

type Memory = Journal<MemoryStorage>;

/// Opens what must be a journal.
fn open(storage: MemoryStorage) -> (Memory, Recovered) {
    Journal::open(storage).expect("a journal")
}

/// Opens what must be a journal, for what it recovers.
fn recover(bytes: &[u8]) -> Recovered {
    open(MemoryStorage::holding(bytes)).1
}

/// Why these bytes are not opened.
fn refusal(bytes: &[u8]) -> OpenError<MemoryError> {
    let mut storage = MemoryStorage::holding(bytes);
    let error = Journal::open(&mut storage).expect_err("these bytes are not opened");
    assert_eq!(storage.written(), bytes, "what is refused is left as it was");
    error
}

/// A new journal with these entries, synced one by one.
fn journal_of(entries: &[Vec<u8>]) -> Memory {
    let (mut journal, _) = open(MemoryStorage::new());
    for entry in entries {
        journal.append(entry).expect("room");
        journal.sync().expect("no faults");
    }
    journal
}

fn entries(most: usize) -> impl Strategy<Value = Vec<Vec<u8>>> {
    prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..most)
}

/// A journal of life 2, with `"ab"` from before and an empty entry after; the checks are those of zlib.
const GOLDEN: &[u8] = b"fleetj\x01\x00\
    \x07\x00\x00\x00\x28\x88\x0e\xe0\xd9\x2b\x9f\xff\x02\x02\x00\x00\x00ab\
    \x05\x00\x00\x00\xaf\x7f\x81\x31\xae\xd8\xca\xb6\x01\x02\x00\x00\x00\
    \x05\x00\x00\x00\x24\xa0\x30\x51\x39\xbd\x03\x42\x02\x00\x00\x00\x00";

#[test]
fn the_bytes_are_those_of_the_format() {
    let (mut journal, _) = open(journal_of(&[b"ab".to_vec()]).into_storage());
    journal.append(b"").expect("room");
    journal.sync().expect("no faults");
    assert_eq!(journal.storage().durable(), GOLDEN);
    assert_eq!(recover(GOLDEN).entries, [b"ab".to_vec(), Vec::new()]);
    assert_eq!(recover(GOLDEN).boot, 3);
}

proptest! {
    #[test]
    fn what_was_synced_is_found_again(batches in prop::collection::vec(entries(4), 0..6)) {
        let (mut journal, recovered) = open(MemoryStorage::new());
        prop_assert_eq!((recovered.entries.len(), recovered.boot, recovered.damaged_tail), (0, 1, None));
        for batch in &batches {
            for entry in batch {
                journal.append(entry).expect("room");
            }
            journal.sync().expect("no faults");
            prop_assert_eq!(journal.len_bytes(), journal.storage().durable().len() as u64);
        }
        for boot in 2..5 {
            let (again, recovered) = open(journal.into_storage());
            prop_assert_eq!(&recovered.entries, &batches.concat());
            prop_assert_eq!((recovered.boot, again.boot()), (boot, boot));
            prop_assert_eq!(recovered.damaged_tail, None);
            journal = again;
        }
    }

    #[test]
    fn compacting_keeps_the_given_entries_and_the_life(old in entries(6), new in entries(6), later in entries(3)) {
        let mut journal = open(journal_of(&old).into_storage()).0;
        journal.append(b"given up").expect("room");
        journal.compact(new.clone()).expect("no faults");
        prop_assert_eq!(journal.len_bytes(), journal.storage().durable().len() as u64);
        for entry in &later {
            journal.append(entry).expect("room");
        }
        journal.sync().expect("no faults");
        let recovered = recover(journal.storage().durable());
        prop_assert_eq!(recovered.entries, [new, later].concat());
        prop_assert_eq!(recovered.boot, 3);
    }
}

#[test]
fn nothing_to_sync_is_no_write() {
    let mut journal = journal_of(&[]);
    journal.storage_mut().fail_next_sync();
    journal.sync().expect("the storage is not asked");
    assert_eq!(journal.storage().written(), journal.storage().durable());
}

#[test]
fn an_append_alone_touches_nothing() {
    let mut journal = journal_of(&[]);
    journal.append(b"waits").expect("room");
    assert_eq!(journal.storage().written(), journal.storage().durable());
    assert!(recover(journal.storage().written()).entries.is_empty());
}

#[test]
fn an_entry_that_is_too_long_is_refused_and_changes_nothing() {
    let mut journal = journal_of(&[b"kept".to_vec()]);
    let long = vec![0; MAX_ENTRY + 1];
    let refused = journal.append(&long).expect_err("too long");
    assert_eq!(refused, AppendError::EntryTooLong(MAX_ENTRY + 1));
    assert!(refused.to_string().contains("1048577"), "{refused}");
    let refused = journal.compact([b"new".to_vec(), long]).expect_err("too long");
    assert_eq!(refused, CompactError::EntryTooLong(MAX_ENTRY + 1));
    assert!(!journal.is_poisoned());
    assert_eq!(recover(journal.storage().durable()).entries, [b"kept"]);
}

#[test]
fn the_longest_entries_fill_frames_and_no_more_wait_than_allowed() {
    let longest = vec![7; MAX_ENTRY];
    let fit = MAX_UNSYNCED / MAX_ENTRY - 1; // with their lengths one less than would divide
    let (mut journal, _) = open(MemoryStorage::new());
    for _ in 0..fit {
        journal.append(&longest).expect("room");
    }
    assert_eq!(journal.append(&longest), Err(AppendError::Unsynced));
    journal.sync().expect("no faults");
    journal.append(&longest).expect("room again");
    journal.sync().expect("no faults");
    let (mut journal, recovered) = open(journal.into_storage());
    assert_eq!(recovered.entries, vec![longest.clone(); fit + 1]);
    journal.compact(recovered.entries).expect("no faults");
    assert_eq!(
        recover(journal.storage().durable()).entries,
        vec![longest; fit + 1]
    );
}

#[test]
fn a_journal_has_an_end() {
    let (mut journal, _) = open(MemoryStorage::new());
    let most = (fleet_core::journal::MAX_BYTES as usize) / MAX_ENTRY;
    let too_many = std::iter::repeat_n(vec![0; MAX_ENTRY], most);
    assert_eq!(journal.compact(too_many), Err(CompactError::TooLong));
    assert!(!journal.is_poisoned());
    let many = std::iter::repeat_n(vec![0; MAX_ENTRY], most - 1);
    journal.compact(many).expect("one less fits");
    assert_eq!(journal.append(&vec![0; MAX_ENTRY]), Err(AppendError::Full));
    journal.append(b"short").expect("room for a short one");
}

#[test]
fn a_journal_is_worth_compacting_when_most_of_it_is_dead() {
    let mut journal = journal_of(&[vec![0; 100_000]]);
    assert!(!journal.is_worth_compacting(100_000));
    assert!(journal.is_worth_compacting(1_000));
    assert!(!journal.is_worth_compacting(u64::MAX / 2 + 1));
    journal.compact([vec![0; 1_000]]).expect("no faults");
    assert!(!journal.is_worth_compacting(1_000));
}

#[test]
fn a_newer_version_is_named_and_left_alone() {
    let mut bytes = journal_of(&[]).storage().durable().to_vec();
    bytes[6..8].copy_from_slice(&700_u16.to_le_bytes());
    let error = refusal(&bytes);
    assert_eq!(error, OpenError::Newer { found: 700 });
    let text = error.to_string();
    assert!(
        text.contains("700") && text.contains(&format!("up to {VERSION}")),
        "{text}"
    );
}

#[test]
fn what_is_no_journal_is_left_alone() {
    for bytes in [
        &b"{\"tasks\": []}"[..],
        b"f",
        b"fleetj",
        b"fleetj\x01",
        b"fleetj\x00\x00",
        &[0; 64],
    ] {
        assert_eq!(refusal(bytes), OpenError::NotAJournal, "{bytes:?}");
    }
}

#[test]
fn a_storage_that_fails_to_open_loses_nothing() {
    let whole = journal_of(&[b"kept".to_vec()]).into_storage();
    for done in [false, true] {
        let mut storage = whole.clone();
        storage.interrupt_next_replace(done);
        let error = Journal::open(&mut storage).expect_err("the storage fails");
        assert_eq!(error, OpenError::Storage(MemoryError::Interrupted));
        storage.crash(0);
        let recovered = open(storage).1;
        assert_eq!(recovered.entries, [b"kept"]);
        assert_eq!(
            recovered.boot,
            if done { 3 } else { 2 },
            "no life is counted twice"
        );
    }
}
