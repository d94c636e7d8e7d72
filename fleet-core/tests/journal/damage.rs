//! Bytes that change or go missing.

use fleet_core::journal::{Journal, MAX_ENTRY, MemoryStorage, OpenError};
use proptest::prelude::*;

use crate::{entries, journal_of, open, recover, refusal};

/// A journal of a node's second life: the bytes, and how many of them were put there when it was opened.
fn second_life(old: &[Vec<u8>], new: &[Vec<u8>]) -> (Vec<u8>, usize) {
    let (mut journal, _) = open(journal_of(old).into_storage());
    let opened = journal.storage().durable().len();
    for entry in new {
        journal.append(entry).expect("room");
        journal.sync().expect("no faults");
    }
    (journal.storage().durable().to_vec(), opened)
}

fn is_prefix(some: &[Vec<u8>], all: &[Vec<u8>]) -> bool {
    all.starts_with(some)
}

proptest! {
    #[test]
    fn a_file_cut_anywhere_holds_the_first_entries(old in entries(4), new in entries(5)) {
        let (bytes, opened) = second_life(&old, &new);
        let all = [old.clone(), new].concat();
        let mut ends = 0;
        for length in opened..bytes.len() {
            let recovered = recover(&bytes[..length]);
            prop_assert!(is_prefix(&recovered.entries, &all));
            prop_assert!(recovered.entries.len() >= old.len().max(ends));
            prop_assert_eq!(recovered.boot, 3);
            ends = recovered.entries.len();
        }
        for length in 1..opened {
            let error = refusal(&bytes[..length]);
            let refused = matches!(error, OpenError::NotAJournal | OpenError::Damaged { .. });
            prop_assert!(refused, "{}", error);
        }
    }

    #[test]
    fn a_flipped_bit_is_an_error_or_cuts_the_last_sync_only(old in entries(4), new in entries(4)) {
        let (bytes, opened) = second_life(&old, &new);
        let all = [old, new.clone()].concat();
        let last = new.last().map_or(bytes.len(), |entry| bytes.len() - entry.len() - 17);
        for bit in 0..bytes.len() * 8 {
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            match Journal::open(MemoryStorage::holding(damaged)) {
                Err(OpenError::Damaged { offset }) => {
                    prop_assert!(offset as usize <= bit / 8 && bit / 8 < last);
                }
                Err(OpenError::NotAJournal | OpenError::Newer { .. }) => prop_assert!(bit / 8 < 8),
                Err(error) => panic!("{error}"),
                Ok((_, recovered)) => {
                    prop_assert!(bit / 8 >= last && last >= opened, "bit {} of byte {}", bit % 8, bit / 8);
                    prop_assert_eq!(&recovered.entries, &all[..all.len() - 1]);
                    prop_assert_eq!(recovered.damaged_tail, Some((bytes.len() - last) as u64));
                    prop_assert_eq!(recovered.boot, 3);
                }
            }
        }
    }

    #[test]
    fn bytes_written_over_invent_nothing(
        old in entries(4),
        new in entries(6),
        at in any::<prop::sample::Index>(),
        junk in prop::collection::vec(any::<u8>(), 1..60),
    ) {
        let (mut bytes, _) = second_life(&old, &new);
        let at = at.index(bytes.len());
        let end = bytes.len().min(at + junk.len());
        bytes[at..end].copy_from_slice(&junk[..end - at]);
        if let Ok((_, recovered)) = Journal::open(MemoryStorage::holding(bytes)) {
            let all = [old.clone(), new].concat();
            prop_assert!(is_prefix(&recovered.entries, &all) && recovered.entries.len() >= old.len());
        }
    }
}

#[test]
fn damage_before_a_good_frame_is_named_by_its_place() {
    let (mut bytes, opened) = second_life(&[], &[b"first".to_vec(), b"second".to_vec()]);
    bytes[opened + 12 + 6] ^= 1;
    let error = refusal(&bytes);
    assert_eq!(
        error,
        OpenError::Damaged {
            offset: opened as u64
        }
    );
    let text = error.to_string();
    assert!(
        text.contains(&format!("byte {opened}")) && text.contains("without memory"),
        "{text}"
    );
}

#[test]
fn a_damaged_length_does_not_hide_the_frames_after_it() {
    let (bytes, opened) = second_life(&[], &[b"first".to_vec(), b"second".to_vec()]);
    for length in [0, 1, 200, u32::MAX] {
        let mut damaged = bytes.clone();
        damaged[opened..opened + 4].copy_from_slice(&length.to_le_bytes());
        assert_eq!(
            refusal(&damaged),
            OpenError::Damaged {
                offset: opened as u64
            }
        );
    }
}

#[test]
fn frames_out_of_their_places_are_none() {
    let (mut bytes, opened) = second_life(&[], &[b"one".to_vec(), b"two".to_vec(), b"six".to_vec()]);
    let frame = 12 + 5 + 3;
    // No disk moves bytes; if something else did, the frames after the gap are not taken for the next ones.
    bytes.drain(opened..opened + frame);
    let recovered = recover(&bytes);
    assert!(recovered.entries.is_empty());
    assert_eq!(recovered.damaged_tail, Some(2 * frame as u64));
}

#[test]
fn an_entry_that_looks_like_a_frame_is_none() {
    let (inner, opened) = second_life(&[], &[b"inner".to_vec()]);
    let (outer, _) = second_life(&[], &[inner[opened..].to_vec()]);
    let torn = &mut outer.clone()[..outer.len() - 1];
    torn[opened] ^= 1; // not even the length is known
    assert_eq!(
        recover(torn).damaged_tail,
        Some(torn.len() as u64 - opened as u64)
    );
}

#[test]
fn a_tail_longer_than_any_frame_is_damage() {
    let (mut bytes, opened) = second_life(&[], &[]);
    bytes.resize(opened + (1 << 22) + 12, 0);
    assert!(recover(&bytes).entries.is_empty());
    bytes.push(0);
    assert_eq!(
        refusal(&bytes),
        OpenError::Damaged {
            offset: opened as u64
        }
    );
}

#[test]
fn good_frames_that_make_no_sense_are_damage() {
    let (whole, opened) = second_life(&[], &[]);
    let boot = [1, 2, 0, 0, 0];
    assert_eq!(
        whole[8..],
        frame(8, &boot),
        "the frames of this test are those of the format"
    );
    for payload in [
        &boot[..],
        &[1],                      // a life without a number
        &[3, 1, 0, 0, 0],          // a kind that does not exist
        &[2, 1],                   // half a length
        &[2, 2, 0, 0, 0, 9],       // an entry that is too short
        &[2, 0, 0, 0, 0, 1, 0, 0], // half a length after an entry
    ] {
        let bytes = [&whole, &frame(opened as u64, payload)[..]].concat();
        assert_eq!(
            refusal(&bytes),
            OpenError::Damaged {
                offset: opened as u64
            },
            "{payload:?}"
        );
    }
    let header = &whole[..8];
    assert_eq!(refusal(header), OpenError::Damaged { offset: 8 });
    assert_eq!(
        refusal(&[header, &frame(8, &[1, 0, 0, 0, 0])].concat()),
        OpenError::Damaged { offset: 8 }
    );
    assert_eq!(
        refusal(&[header, &frame(8, &[1, 255, 255, 255, 255])].concat()),
        OpenError::WornOut
    );
}

#[test]
fn a_frame_longer_than_allowed_is_damage() {
    let (whole, opened) = second_life(&[], &[]);
    let mut entry = Vec::from((MAX_ENTRY as u32).to_le_bytes());
    entry.resize(4 + MAX_ENTRY, 0);
    let payload = [vec![2], entry.repeat(4)].concat(); // 17 bytes too long
    let bytes = [&whole, &frame(opened as u64, &payload)[..]].concat();
    let offset = opened as u64;
    assert_eq!(refusal(&bytes), OpenError::Damaged { offset });
    let mut long = Vec::from((MAX_ENTRY as u32 + 1).to_le_bytes());
    long.resize(4 + MAX_ENTRY + 1, 0);
    let bytes = [&whole, &frame(offset, &[vec![2], long].concat())[..]].concat();
    assert_eq!(refusal(&bytes), OpenError::Damaged { offset });
}

/// A frame at byte `at`, as the format is described.
fn frame(at: u64, payload: &[u8]) -> Vec<u8> {
    let (at, length) = (at.to_le_bytes(), (payload.len() as u32).to_le_bytes());
    let head = crc32(&[&at[..], &length].concat()).to_le_bytes();
    let all = crc32(&[&at[..], &length, payload].concat()).to_le_bytes();
    [&length[..], &head, &all, payload].concat()
}

/// Bit by bit, as the standard describes it.
fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 {
                (crc >> 1) ^ 0xEDB8_8320
            } else {
                crc >> 1
            };
        }
    }
    !crc
}
