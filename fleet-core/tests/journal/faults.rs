//! Disks that fill up, tear writes and fail to sync.

use fleet_core::journal::{AppendError, CompactError, MemoryError, MemoryStorage, Storage, SyncError};

use crate::{Memory, journal_of, open};

/// What is found after a crash that keeps `keep` bytes that were not synced.
fn after_crash(journal: &Memory, keep: usize) -> (Vec<Vec<u8>>, Option<u64>) {
    let mut storage = journal.storage().clone();
    storage.crash(keep);
    let recovered = open(storage).1;
    (recovered.entries, recovered.damaged_tail)
}

/// A journal with one synced entry, and one whose sync fails after `fault`.
fn failed(fault: impl FnOnce(&mut MemoryStorage), error: MemoryError) -> Memory {
    let mut journal = journal_of(&[b"kept".to_vec()]);
    fault(journal.storage_mut());
    journal.append(b"open").expect("room");
    assert_eq!(journal.sync(), Err(SyncError::Storage(error)));
    journal
}

/// A poisoned journal takes nothing and reports nothing as durable, until it is compacted.
fn check_poisoned(mut journal: Memory) {
    let before = journal.storage().written().to_vec();
    assert!(journal.is_poisoned());
    assert_eq!(journal.append(b"more"), Err(AppendError::Poisoned));
    assert_eq!(journal.sync(), Err(SyncError::Poisoned));
    assert_eq!(journal.storage().written(), before, "the storage is left alone");
    assert_eq!(after_crash(&journal, 0).0, [b"kept"]);

    journal.storage_mut().set_capacity(None);
    journal
        .compact([b"kept".to_vec(), b"open".to_vec()])
        .expect("room again");
    assert_eq!(
        after_crash(&journal, 0),
        (vec![b"kept".to_vec(), b"open".to_vec()], None)
    );
    journal.append(b"next").expect("not poisoned");
    journal.sync().expect("not poisoned");
    assert_eq!(after_crash(&journal, 0).0, [b"kept", b"open", b"next"]);
}

#[test]
fn a_full_disk_poisons_and_compacting_heals() {
    let length = journal_of(&[b"kept".to_vec()]).len_bytes() as usize;
    for room in 0..21 {
        let journal = failed(|disk| disk.set_capacity(Some(length + room)), MemoryError::Full);
        assert_eq!(journal.storage().written().len(), length + room);
        check_poisoned(journal);
    }
}

#[test]
fn a_torn_write_poisons_and_compacting_heals() {
    for bytes in 0..22 {
        check_poisoned(failed(|disk| disk.tear_next_append(bytes), MemoryError::Torn));
    }
}

#[test]
fn a_failed_sync_is_not_mended_by_a_later_one() {
    check_poisoned(failed(MemoryStorage::fail_next_sync, MemoryError::Unsynced));
}

#[test]
fn a_failed_sync_is_not_mended_by_opening_what_can_still_be_read() {
    let journal = failed(MemoryStorage::fail_next_sync, MemoryError::Unsynced);
    let (journal, recovered) = open(journal.into_storage());
    assert_eq!(
        recovered.entries,
        [b"kept", b"open"],
        "the system has it in memory"
    );
    assert_eq!(after_crash(&journal, 0).0, [b"kept", b"open"], "and now on disk");
}

#[test]
fn a_full_disk_that_cannot_be_compacted_stays_poisoned() {
    let length = journal_of(&[b"kept".to_vec()]).len_bytes() as usize;
    let mut journal = failed(|disk| disk.set_capacity(Some(length + 2)), MemoryError::Full);
    let all = [b"kept".to_vec(), b"open".to_vec()];
    assert_eq!(
        journal.compact(all),
        Err(CompactError::Storage(MemoryError::Full))
    );
    check_poisoned(journal);
}

#[test]
fn a_crash_between_append_and_sync_loses_only_what_was_not_synced() {
    let mut journal = journal_of(&[b"one".to_vec(), b"two".to_vec()]);
    journal.append(b"three").expect("room");
    journal.append(b"four").expect("room");
    assert_eq!(
        after_crash(&journal, 0),
        (vec![b"one".to_vec(), b"two".to_vec()], None)
    );
    journal.storage_mut().fail_next_sync(); // the frame is written, and nothing more
    journal.sync().expect_err("fails");
    let frame = 12 + 1 + 4 + 5 + 4 + 4;
    for keep in 0..frame {
        let torn = (keep > 0).then_some(keep as u64);
        assert_eq!(
            after_crash(&journal, keep),
            (vec![b"one".to_vec(), b"two".to_vec()], torn)
        );
    }
    let (entries, torn) = after_crash(&journal, frame);
    assert_eq!(
        (entries.len(), torn),
        (4, None),
        "the entries of one sync, all or none"
    );
}

#[test]
fn a_crash_while_compacting_keeps_the_old_or_the_new() {
    for done in [false, true] {
        let mut journal = journal_of(&[b"old".to_vec(), b"older".to_vec()]);
        journal.storage_mut().interrupt_next_replace(done);
        let interrupted = journal.compact([b"new".to_vec()]);
        assert_eq!(interrupted, Err(CompactError::Storage(MemoryError::Interrupted)));
        let found = after_crash(&journal, 0).0;
        let (old, new) = (vec![b"old".to_vec(), b"older".to_vec()], vec![b"new".to_vec()]);
        assert_eq!(found, if done { new } else { old });
        assert_eq!(
            journal.append(b"more"),
            Err(AppendError::Poisoned),
            "nobody knows which is there"
        );
        journal.compact([b"new".to_vec()]).expect("works again");
        assert_eq!(after_crash(&journal, 0).0, [b"new"]);
    }
}

#[test]
fn every_life_is_counted_also_after_a_crash() {
    let mut storage = MemoryStorage::new();
    for boot in 1..20 {
        let (mut journal, recovered) = open(storage);
        assert_eq!((recovered.boot, journal.boot()), (boot, boot));
        journal.append(&[boot as u8]).expect("room");
        match boot % 4 {
            0 => journal.sync().expect("no faults"),
            1 => journal.compact([]).expect("no faults"),
            2 => {
                journal.storage_mut().tear_next_append(9);
                journal.sync().expect_err("torn");
            }
            _ => {}
        }
        storage = journal.into_storage();
        storage.crash(boot as usize);
    }
}

#[test]
fn the_memory_storage_forgets_what_a_failed_sync_was_to_keep() {
    let mut storage = MemoryStorage::holding(b"ab");
    storage.append(b"cd").expect("room");
    storage.fail_next_sync();
    storage.sync().expect_err("told to fail");
    storage.append(b"ef").expect("room");
    storage.sync().expect("only once");
    assert_eq!(storage.read().as_deref(), Ok(&b"abcdef"[..]));
    assert_eq!(storage.durable(), b"ab\0\0ef");
    storage.crash(9);
    assert_eq!(storage.read().as_deref(), Ok(&b"ab\0\0ef"[..]));
}
