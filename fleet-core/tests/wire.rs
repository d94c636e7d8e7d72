//! Messages as bytes: golden bytes, round trips, and what damage does.

#[path = "wire/between.rs"]
mod between;
#[path = "wire/bundles.rs"]
mod bundles;
#[path = "wire/damage.rs"]
mod damage;
#[path = "wire/entries.rs"]
mod entries;
#[path = "wire/golden.rs"]
mod golden;
#[path = "wire/messages.rs"]
mod messages;
#[path = "wire/near.rs"]
mod near;

use fleet_core::message::{KINDS, Message};
use fleet_core::wire::{FrameError, VERSION, decode, encode, kind};
use proptest::prelude::*;

use messages::{message, news};

const LIMIT: usize = 1 << 20;

/// The place of a message among the kinds, by its variant.
fn place(message: &Message) -> usize {
    match message {
        Message::Hello { .. } => 0,
        Message::Heartbeat(_) => 1,
        Message::Heard(_) => 2,
        Message::Announce(_) => 3,
        Message::Bids(_) => 4,
        Message::Award(_) => 5,
        Message::Accept { .. } => 6,
        Message::Refuse { .. } => 7,
        Message::Report { .. } => 8,
        Message::Noted { .. } => 9,
        Message::Cancel { .. } => 10,
        Message::Release(_) => 11,
        Message::Witness(..) => 12,
        Message::Sign(_) => 13,
        Message::Bundles(_) => 14,
        Message::Tasks { .. } => 15,
        Message::Compare(_) => 16,
        Message::Regime(_) => 17,
        Message::Cells(_) => 18,
        Message::Advice { .. } => 19,
    }
}

proptest! {
    #[test]
    fn a_message_that_is_written_and_read_is_the_same(message in message()) {
        let frame = encode(&message);
        prop_assert_eq!(frame[0], VERSION);
        prop_assert_eq!(decode(&frame, LIMIT), Ok(message.clone()));
        prop_assert_eq!(kind(&frame), Some(place(&message)));
        prop_assert!(KINDS.len() > place(&message));
    }

    #[test]
    fn only_final_news_is_repeated(news in news()) {
        use fleet_core::message::News;
        let open = matches!(news, News::Started | News::Progress(_));
        prop_assert_eq!(news.is_final(), !open);
    }
}

#[test]
fn an_empty_frame_is_none() {
    assert_eq!(decode(&[], LIMIT), Err(FrameError::Empty));
    assert_eq!(kind(&[]), None);
}

#[test]
fn another_version_is_named() {
    for version in (0..=u8::MAX).filter(|version| *version != VERSION) {
        assert_eq!(decode(&[version, 0, 0], LIMIT), Err(FrameError::Version(version)));
    }
}

#[test]
fn a_frame_beyond_the_limit_is_not_looked_at() {
    let (_, bytes) = golden::frames().remove(0);
    assert!(decode(&bytes, bytes.len()).is_ok());
    assert_eq!(
        decode(&bytes, bytes.len() - 1),
        Err(FrameError::TooLong(bytes.len()))
    );
}

#[test]
fn bytes_after_the_message_are_counted() {
    let (_, mut bytes) = golden::frames().remove(0);
    bytes.extend([0, 0, 0]);
    assert_eq!(decode(&bytes, LIMIT), Err(FrameError::Trailing(3)));
}

#[test]
fn a_length_that_is_a_lie_costs_no_memory() {
    // An announcement of 2^32 - 1 lots, in seven bytes.
    let frame = [VERSION, 3, 0xff, 0xff, 0xff, 0xff, 0x0f];
    assert_eq!(decode(&frame, LIMIT), Err(FrameError::Damaged));
}
