//! Folders, and a sink that the test switches on and off.

use std::fs;
use std::io::Read;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use flate2::read::GzDecoder;
use fleet_zenoh::spool::{ForwardSettings, Keep, Name, Sink, SinkError, Spool};

#[path = "../shared/folder.rs"]
mod folder;
#[path = "../shared/waiting.rs"]
mod waiting;
pub(crate) use folder::Folder;
pub(crate) use waiting::{LONG, until};

impl Folder {
    /// The spool in it.
    pub(crate) fn spool(&self) -> Spool {
        Spool::open(&self.path("spool"), Keep::default()).unwrap()
    }

    /// Files of the spool that are called like this, sorted.
    pub(crate) fn files(&self, end: &str) -> Vec<PathBuf> {
        let all = fs::read_dir(self.path("spool")).unwrap();
        let mut files: Vec<PathBuf> = all.map(|entry| entry.unwrap().path()).collect();
        files.retain(|path| path.to_str().unwrap().ends_with(end));
        files.sort();
        files
    }
}

pub(crate) fn name(text: &str) -> Name {
    text.parse().unwrap()
}

/// As any tool does it.
pub(crate) fn unpacked(packed: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    GzDecoder::new(packed).read_to_end(&mut content).unwrap();
    content
}

/// Bytes that cannot be compressed.
pub(crate) fn noise(bytes: usize) -> Vec<u8> {
    let mut state = 1_u64;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    (0..bytes).map(|_| next()).collect()
}

/// From robot-1 of the fleet blue, as fast as can be, and tried again at once.
pub(crate) fn settings() -> ForwardSettings {
    let mut settings = ForwardSettings::new(&"blue".parse().unwrap(), &name("robot-1"));
    (settings.rate, settings.burst) = (u32::MAX, u32::MAX.into());
    settings.retry = Duration::from_millis(1);
    settings.longest_retry = Duration::from_millis(8);
    settings
}

/// What a sink does with an item.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Mood {
    #[default]
    Takes,
    Again,
    Never,
}

/// A sink that keeps what it gets: each key and its content, in the order in which they came.
#[derive(Clone, Default)]
pub(crate) struct Shelf(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    mood: Mood,
    /// Takes so many before it says "again".
    left: Option<usize>,
    got: Vec<(String, Vec<u8>)>,
}

impl Shelf {
    pub(crate) fn set(&self, mood: Mood) {
        self.0.lock().unwrap().mood = mood;
    }

    pub(crate) fn takes(count: usize) -> Self {
        let shelf = Shelf::default();
        shelf.0.lock().unwrap().left = Some(count);
        shelf
    }

    pub(crate) fn takes_all(&self) {
        self.0.lock().unwrap().left = None;
    }

    /// Keys and what is under them, unpacked, in the order in which they came.
    pub(crate) fn got(&self) -> Vec<(String, Vec<u8>)> {
        let got = self.0.lock().unwrap().got.clone();
        got.into_iter()
            .map(|(key, packed)| (key, unpacked(&packed)))
            .collect()
    }

    /// All of that as one text.
    pub(crate) fn text(&self) -> String {
        let parts: Vec<Vec<u8>> = self.got().into_iter().map(|(_, content)| content).collect();
        String::from_utf8(parts.concat()).unwrap()
    }
}

impl Sink for Shelf {
    fn put(&mut self, key: &str, content: Vec<u8>) -> Result<(), SinkError> {
        let mut state = self.0.lock().unwrap();
        match (state.mood, state.left) {
            (Mood::Again, _) | (_, Some(0)) => return Err(SinkError::Again("no uplink".to_owned())),
            (Mood::Never, _) => return Err(SinkError::Never("too ugly".to_owned())),
            (Mood::Takes, _) => {}
        }
        state.left = state.left.map(|left| left - 1);
        state.got.push((key.to_owned(), content));
        Ok(())
    }
}
