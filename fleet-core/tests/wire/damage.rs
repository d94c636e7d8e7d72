//! V1 for what comes over the network: damaged frames are errors or valid messages, never a panic, never an invalid
//! value.

use fleet_core::ledger::{Entry, TaskRecord};
use fleet_core::message::{Answer, Between, KINDS, Lot, Message};
use fleet_core::wire::{VERSION, decode, encode};
use fleet_core::{Bid, Robot, RobotSpec, Task};
use proptest::prelude::*;

use crate::between::entry;
use crate::messages::message;

const LIMIT: usize = 1 << 20;

/// Fails if something in the message is not as its constructor would have it.
fn check(message: &Message) {
    match message {
        Message::Hello { robot, .. } => {
            assert_eq!(Robot::new(RobotSpec::from(robot.clone())).as_ref(), Ok(robot));
        }
        Message::Announce(lots) => lots.iter().for_each(check_lot),
        Message::Award(award) => {
            check_lot(&award.lot);
            assert!(award.limit.is_none_or(|limit| limit.value().is_finite()));
        }
        Message::Bids(bids) | Message::Accept { bids, .. } | Message::Refuse { bids, .. } => {
            bids.iter().for_each(|(_, answer)| check_answer(answer));
        }
        Message::Witness(_, Between::Records { records, .. }) => records.iter().for_each(check_record),
        Message::Witness(_, Between::Memory { records, .. }) => {
            records.iter().for_each(|(record, _)| check_record(record));
        }
        Message::Bundles(all) => {
            let mut bids = all.iter().flat_map(|news| &news.bids);
            assert!(bids.all(|bid| bid.cost.value().is_finite()));
        }
        Message::Tasks { tasks, .. } => {
            let content = tasks.iter().filter_map(|posting| posting.content.as_ref());
            content.for_each(|(task, _)| check_task(task));
        }
        _ => {}
    }
    assert_eq!(decode(&encode(message), LIMIT).as_ref(), Ok(message));
}

fn check_task(task: &Task) {
    assert_eq!(Task::new(task.clone().into_spec()).as_ref(), Ok(task));
}

fn check_record(record: &TaskRecord) {
    check_task(&record.task);
}

fn check_lot(lot: &Lot) {
    check_task(&lot.task);
    assert!((0.0..=1e9).contains(&lot.standing.weight()));
    assert!(!lot.standing.urgency.value().is_nan());
}

fn check_answer(answer: &Answer) {
    if let Answer::Bid(Bid { terms }) = answer {
        assert!(terms.named().iter().all(|(_, value)| value.is_finite()));
        assert!(terms.total().is_finite());
    }
}

fn look_at(frame: &[u8]) {
    if let Ok(message) = decode(frame, LIMIT) {
        check(&message);
    }
}

fn look_at_entry(bytes: &[u8]) {
    if let Ok(entry) = Entry::decode(bytes) {
        if let Entry::Record(record) = &entry {
            check_record(record);
        }
        assert_eq!(Entry::decode(&entry.encode()), Ok(entry));
    }
}

proptest! {
    #[test]
    fn any_bytes(mut frame in prop::collection::vec(any::<u8>(), 0..300)) {
        look_at(&frame);
        // Hardly any are of this version.
        if let Some(version) = frame.first_mut() {
            *version = VERSION;
        }
        if let Some(kind) = frame.get_mut(1) {
            *kind %= KINDS.len() as u8;
        }
        look_at(&frame);
    }

    #[test]
    fn flipped_bits(message in message(), at in prop::collection::vec(any::<prop::sample::Index>(), 1..4)) {
        let mut frame = encode(&message);
        for at in at {
            let bit = at.index(frame.len() * 8);
            frame[bit / 8] ^= 1 << (bit % 8);
        }
        look_at(&frame);
    }

    #[test]
    fn flipped_bits_of_an_entry(entry in entry(), at in prop::collection::vec(any::<prop::sample::Index>(), 1..4)) {
        let mut bytes = entry.encode();
        for at in at {
            let bit = 8 + at.index((bytes.len() - 1) * 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
        look_at_entry(&bytes);
    }

    #[test]
    fn eight_bytes_that_may_be_a_number(message in message(), at in any::<prop::sample::Index>(), value in number()) {
        let mut frame = encode(&message);
        let at = at.index(frame.len());
        let end = (at + 8).min(frame.len());
        frame[at..end].copy_from_slice(&value.to_le_bytes()[..end - at]);
        look_at(&frame);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn every_truncation_is_an_error(message in message()) {
        let frame = encode(&message);
        for end in 0..frame.len() {
            prop_assert!(decode(&frame[..end], LIMIT).is_err(), "{end} of {} bytes", frame.len());
        }
    }

    #[test]
    fn every_truncation_of_an_entry_is_an_error(entry in entry()) {
        let bytes = entry.encode();
        for end in 0..bytes.len() {
            prop_assert!(Entry::decode(&bytes[..end]).is_err(), "{end} of {} bytes", bytes.len());
        }
    }
}

fn number() -> impl Strategy<Value = f64> {
    prop::sample::select(vec![
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        -1.0,
        -0.0,
        f64::MAX,
        f64::MIN,
    ])
}
