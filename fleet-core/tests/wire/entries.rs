//! The journal of a witness: the bytes of one entry of each kind, never changed, only added to; and what is no entry.

use fleet_core::ledger::{Entry, EntryError};
use fleet_core::message::Drain;
use fleet_core::{NodeId, RobotId};
use proptest::prelude::*;

use crate::between::entry;
use crate::golden::{EPOCH, TASK, bytes, hex, order, record, states};

/// The version of the encoding.
const VERSION: u8 = 1;

fn entries() -> Vec<Entry> {
    let (task, epoch) = (TASK, EPOCH);
    vec![
        Entry::Record(record()),
        Entry::State {
            task,
            state: states().remove(4),
            order: order(),
        },
        Entry::Promise {
            task,
            epoch,
            to: NodeId::from_u128(5),
            lease: true,
        },
        Entry::Buried {
            task,
            state: states().remove(6),
        },
        Entry::Forgotten(task),
        Entry::Drain {
            robot: RobotId::from_u128(5),
            drain: Some(Drain::Reassign),
            number: 300,
        },
        Entry::Lost,
        Entry::Regained,
    ]
}

#[test]
fn every_entry_has_the_bytes_that_it_always_had() {
    assert_eq!(GOLDEN.len(), entries().len());
    for (number, (entry, golden)) in entries().into_iter().zip(GOLDEN).enumerate() {
        let golden = bytes(golden);
        assert_eq!(hex(&entry.encode()), hex(&golden), "{entry:?}");
        assert_eq!(&golden[..2], &[VERSION, number as u8]);
        assert_eq!(Entry::decode(&golden), Ok(entry));
    }
}

#[test]
fn an_entry_of_another_version_is_named() {
    for version in (0..=u8::MAX).filter(|version| *version != VERSION) {
        let mut bytes = bytes(GOLDEN[0]);
        bytes[0] = version;
        assert_eq!(Entry::decode(&bytes), Err(EntryError::Version(version)));
    }
}

#[test]
fn no_bytes_are_no_entry() {
    assert_eq!(Entry::decode(&[]), Err(EntryError::Damaged));
    assert_eq!(Entry::decode(&[VERSION]), Err(EntryError::Damaged));
    assert_eq!(Entry::decode(&[VERSION, 8]), Err(EntryError::Damaged)); // of a later release
}

#[test]
fn bytes_after_an_entry_are_damage() {
    for golden in GOLDEN {
        let mut bytes = bytes(golden);
        bytes.push(0);
        assert_eq!(Entry::decode(&bytes), Err(EntryError::Damaged));
    }
}

proptest! {
    #[test]
    fn an_entry_that_is_written_and_read_is_the_same(entry in entry()) {
        let bytes = entry.encode();
        prop_assert_eq!(bytes[0], VERSION);
        prop_assert_eq!(Entry::decode(&bytes), Ok(entry));
    }
}

/// Two hexadecimal digits a byte; the kinds in their order.
const GOLDEN: &[&str] = &[
    // record
    "010010000000000000000000000000000001020200000000000000f03f00000000000000400280cab5ee010001ac02000001 \
     000000000000f83f0001ff887a000101046c696674011000000000000000000000000000000007 \
     01100000000000000000000000000000000800000001ab0d0003021000 \
     00000000000000000000000000000902ac020201100000000000000000000000000000000500060110000000000000000000 \
     0000000000000901",
    // state
    "01011000000000000000000000000000000102010302100000000000000000000000000000000904026e6f02000006011000 \
     00000000000000000000000000000901",
    // promise
    "0102100000000000000000000000000000010203021000000000000000000000000000000009100000000000000000000000 \
     000000000501",
    // buried
    "010310000000000000000000000000000001020103021000000000000000000000000000000009060200",
    // forgotten
    "01041000000000000000000000000000000102",
    // drain
    "010510000000000000000000000000000000050101ac02",
    // lost
    "0106",
    // regained
    "0107",
];
