//! One frame: `length u32 | check of the head u32 | check of all u32 | payload`, little-endian.
//!
//! Both checks cover the place of the frame in the journal, so that bytes from elsewhere, or an entry that looks like a
//! frame, are none; that the head has its own lets the search for frames after a damaged one take linear time.

use alloc::vec::Vec;

use super::crc::crc32;

/// Bytes before the payload.
pub(super) const HEAD: usize = 12;

/// Bytes of a payload.
pub(super) const MAX_PAYLOAD: usize = 1 << 22;

/// `payload` as a frame that begins at byte `at` of the journal.
pub(super) fn encode(at: u64, payload: &[u8]) -> Vec<u8> {
    let length = payload.len() as u32; // of at most MAX_PAYLOAD
    let head = check(at, length);
    let mut frame = Vec::with_capacity(HEAD + payload.len());
    frame.extend(length.to_le_bytes());
    frame.extend(head.to_le_bytes());
    frame.extend(crc32(head, payload).to_le_bytes());
    frame.extend(payload);
    frame
}

/// The payload of the frame that begins at byte `at`, if it is whole and undamaged.
pub(super) fn payload(journal: &[u8], at: usize) -> Option<&[u8]> {
    let length = payload_length(journal, at)?;
    let (head, payload) = journal[at..].get(..HEAD + length)?.split_at(HEAD);
    let expected = crc32(check(at as u64, length as u32), payload);
    (u32_at(head, 8)? == expected).then_some(payload)
}

/// Whether all bytes from `at` on may be one frame whose writing was cut short: no trace of a later one.
pub(super) fn is_torn(journal: &[u8], at: usize) -> bool {
    let rest = journal.len() - at;
    match payload_length(journal, at) {
        Some(length) => rest <= HEAD + length,
        None => {
            rest <= HEAD + MAX_PAYLOAD
                && (at + 1..journal.len()).all(|later| payload_length(journal, later).is_none())
        }
    }
}

/// The length of the payload, if a frame begins at byte `at`.
fn payload_length(journal: &[u8], at: usize) -> Option<usize> {
    let head = &journal[at..];
    let (length, found) = (u32_at(head, 0)?, u32_at(head, 4)?);
    let allowed = 1..=MAX_PAYLOAD as u32;
    (allowed.contains(&length) && found == check(at as u64, length)).then_some(length as usize)
}

/// The check of the head.
fn check(at: u64, length: u32) -> u32 {
    crc32(crc32(0, &at.to_le_bytes()), &length.to_le_bytes())
}

/// The number at byte `at`, if there is one.
pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes
        .get(at..)?
        .first_chunk()
        .map(|bytes| u32::from_le_bytes(*bytes))
}
