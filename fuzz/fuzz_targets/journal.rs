//! Any bytes are an error or a journal, which opens again with the same entries.
//!
//! The input is taken as a journal as it is, and as payloads that are put into frames with good checks: hardly any
//! input has those of itself.
#![no_main]

use fleet_core::journal::{Journal, MemoryStorage};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    open(bytes.to_vec());
    open(framed(bytes));
});

/// Opens a journal, appends to it, and opens it again after a crash.
fn open(bytes: Vec<u8>) {
    let length = bytes.len() as u64;
    let Ok((mut journal, first)) = Journal::open(MemoryStorage::holding(bytes)) else {
        return;
    };
    assert!(first.damaged_tail.is_none_or(|tail| tail > 0 && tail < length));
    journal.append(b"last").expect("room");
    journal.sync().expect("no faults");
    journal.append(b"lost").expect("room");
    let mut storage = journal.into_storage();
    storage.crash(0);

    if first.boot == u32::MAX {
        return; // lives are counted no further
    }
    let (_, mut second) = Journal::open(storage).expect("what was opened opens again");
    assert_eq!(second.entries.pop().as_deref(), Some(&b"last"[..]));
    assert_eq!(first.entries, second.entries);
    assert_eq!((second.boot, second.damaged_tail), (first.boot + 1, None));
}

/// A journal of the payloads in the input, each after a byte with its length; what is left follows as it is.
fn framed(mut input: &[u8]) -> Vec<u8> {
    let mut journal = b"fleetj\x01\x00".to_vec();
    while let Some((length, rest)) = input.split_first() {
        let Some((payload, rest)) = rest.split_at_checked(usize::from(*length)) else {
            break;
        };
        let (at, length) = (journal.len() as u64, payload.len() as u32);
        let head = [&at.to_le_bytes()[..], &length.to_le_bytes()].concat();
        journal.extend(length.to_le_bytes());
        journal.extend(crc32(&head).to_le_bytes());
        journal.extend(crc32(&[&head, payload].concat()).to_le_bytes());
        journal.extend(payload);
        input = rest;
    }
    journal.extend(input);
    journal
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xEDB8_8320 * (crc & 1))
        })
    })
}
