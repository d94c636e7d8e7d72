//! What a journal holds: `header | entries ... | boot | entries ...`.
//!
//! All up to the boot frame was put there at once by a replacement, and is never torn.

use alloc::vec::Vec;

use super::error::OpenError;
use super::{MAX_ENTRY, VERSION, frame};

const MAGIC: &[u8; 6] = b"fleetj";
const HEADER: usize = 8;

/// First bytes of payloads.
const BOOT: u8 = 1;
const ENTRIES: u8 = 2;

/// Entries that share a frame.
#[derive(Clone, Debug, Default)]
pub(super) struct Batch {
    payload: Vec<u8>,
}

impl Batch {
    pub(super) fn is_empty(&self) -> bool {
        self.payload.is_empty()
    }

    /// Whether `entry` can share the frame.
    pub(super) fn has_room(&self, entry: &[u8]) -> bool {
        self.payload.len() + 1 + 4 + entry.len() <= frame::MAX_PAYLOAD
    }

    /// Adds an entry that there is room for.
    pub(super) fn push(&mut self, entry: &[u8]) {
        if self.payload.is_empty() {
            self.payload.push(ENTRIES);
        }
        self.payload.extend((entry.len() as u32).to_le_bytes());
        self.payload.extend(entry);
    }

    pub(super) fn clear(&mut self) {
        self.payload.clear();
    }

    /// Bytes of its frame, with `entry` in it.
    pub(super) fn bytes_with(&self, entry: &[u8]) -> usize {
        frame::HEAD + self.payload.len().max(1) + 4 + entry.len()
    }

    /// As a frame that begins at byte `at` of the journal.
    pub(super) fn frame(&self, at: u64) -> Vec<u8> {
        frame::encode(at, &self.payload)
    }
}

/// A whole journal in the making.
pub(super) struct Image {
    bytes: Vec<u8>,
    batch: Batch,
}

impl Image {
    /// Without entries.
    pub(super) fn new() -> Self {
        let mut bytes = Vec::from(MAGIC);
        bytes.extend(VERSION.to_le_bytes());
        Image {
            bytes,
            batch: Batch::default(),
        }
    }

    /// Bytes of the finished journal, if `entry` is the last.
    pub(super) fn bytes_with(&self, entry: &[u8]) -> usize {
        let boot = frame::HEAD + 5;
        self.bytes.len() + frame::HEAD + self.batch.bytes_with(entry) + boot
    }

    pub(super) fn push(&mut self, entry: &[u8]) {
        if !self.batch.has_room(entry) {
            self.close_batch();
        }
        self.batch.push(entry);
    }

    /// The journal, of a node in its life `boot`.
    pub(super) fn finish(mut self, boot: u32) -> Vec<u8> {
        self.close_batch();
        let mut payload = Vec::from([BOOT]);
        payload.extend(boot.to_le_bytes());
        let frame = frame::encode(self.bytes.len() as u64, &payload);
        self.bytes.extend(frame);
        self.bytes
    }

    fn close_batch(&mut self) {
        if !self.batch.is_empty() {
            let frame = self.batch.frame(self.bytes.len() as u64);
            self.bytes.extend(frame);
            self.batch.clear();
        }
    }
}

/// What was read from a journal.
#[derive(Default)]
pub(super) struct Content {
    pub(super) entries: Vec<Vec<u8>>,
    /// The last life; 0 before the first.
    pub(super) boot: u32,
    /// Bytes of a torn frame at the end.
    pub(super) torn: usize,
}

/// Reads a journal; no bytes at all are one that was never opened.
pub(super) fn read<E>(journal: &[u8]) -> Result<Content, OpenError<E>> {
    let mut content = Content::default();
    if journal.is_empty() {
        return Ok(content);
    }
    check_header(journal)?;
    let mut at = HEADER;
    while at < journal.len() {
        let damaged = OpenError::Damaged { offset: at as u64 };
        match frame::payload(journal, at) {
            Some(payload) => {
                content.take(payload).ok_or(damaged)?;
                at += frame::HEAD + payload.len();
            }
            None if content.boot > 0 && frame::is_torn(journal, at) => {
                content.torn = journal.len() - at;
                return Ok(content);
            }
            None => return Err(damaged),
        }
    }
    if content.boot == 0 {
        return Err(OpenError::Damaged { offset: at as u64 });
    }
    Ok(content)
}

fn check_header<E>(journal: &[u8]) -> Result<(), OpenError<E>> {
    let version = journal.strip_prefix(MAGIC).and_then(|rest| rest.first_chunk());
    match version.map_or(0, |bytes| u16::from_le_bytes(*bytes)) {
        0 => Err(OpenError::NotAJournal),
        VERSION => Ok(()),
        found => Err(OpenError::Newer { found }),
    }
}

impl Content {
    /// Adds what an undamaged frame says; nothing if that makes no sense.
    fn take(&mut self, payload: &[u8]) -> Option<()> {
        match payload.split_first()? {
            (&ENTRIES, entries) => self.take_entries(entries),
            (&BOOT, boot) if self.boot == 0 => {
                self.boot = u32::from_le_bytes(boot.try_into().ok()?);
                (self.boot > 0).then_some(())
            }
            _ => None,
        }
    }

    fn take_entries(&mut self, mut bytes: &[u8]) -> Option<()> {
        while !bytes.is_empty() {
            let length = frame::u32_at(bytes, 0)? as usize;
            let (entry, rest) = bytes[4..].split_at_checked(length)?;
            if length > MAX_ENTRY {
                return None;
            }
            self.entries.push(entry.to_vec());
            bytes = rest;
        }
        Some(())
    }
}
