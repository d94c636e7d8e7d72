//! Any bytes are an error or a message, and a message survives being written and read.
#![no_main]

use fleet_core::message::KINDS;
use fleet_core::wire::{decode, encode, kind};
use libfuzzer_sys::fuzz_target;

const LIMIT: usize = 64 * 1024;

fuzz_target!(|frame: &[u8]| {
    let Ok(message) = decode(frame, LIMIT) else {
        return;
    };
    let again = encode(&message);
    assert_eq!(decode(&again, usize::MAX).as_ref(), Ok(&message));
    let kind = kind(&again).expect("what was written has a kind");
    assert!(kind < KINDS.len());
});
