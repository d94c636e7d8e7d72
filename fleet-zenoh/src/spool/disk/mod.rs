//! The folder in which items wait.

mod error;
mod files;
mod item;
mod listing;

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

pub use error::SpoolError;
use error::failed;
pub use item::Item;

use super::counts::Counts;
use super::name::Name;
use super::pack::{self, PACKED, PART};

/// Parts that one content is made into at most.
const PARTS: usize = 64;
/// Items that are kept in each of the folders for those that are put aside.
const ASIDE: usize = 16;
/// Times that the disk is asked for an item.
const TRIES: u32 = 5;
const DAMAGED: &str = "damaged";
const REFUSED: &str = "refused";
const LOCK: &str = "lock";

/// How much waits at most. If there is more, the oldest items are dropped and counted; not the one that is being sent, which
/// may come on top.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Keep {
    /// Bytes of all items, compressed.
    pub bytes: u64,
    /// Items.
    pub items: usize,
}

impl Default for Keep {
    /// 4,096 items, of 64 MiB together.
    fn default() -> Self {
        Keep {
            bytes: 64 << 20,
            items: 4_096,
        }
    }
}

/// Items that wait on disk, in the order in which they were put.
///
/// Each is a gzip file, `<number>-<name>.gz`, which is there whole or not at all, whenever the machine fails. Numbers rise, also
/// over the end of the process: a new folder begins with the microseconds since 1970, so that the keys of one that was lost
/// are not used again, and when the last item goes an empty file `<number>-<name>.last` remembers it. Items that turn out to be
/// damaged are moved to the folder `damaged`, and those that the sink refuses to `refused`; of each the last 16 are kept.
/// Whatever else lies in the folder is left alone.
///
/// While it is open no other can be opened in the same folder.
#[derive(Debug)]
pub struct Spool {
    folder: PathBuf,
    keep: Keep,
    waiting: BTreeMap<Item, u64>,
    /// The one that is being sent.
    in_hand: Option<Item>,
    /// How often in a row the disk did not give one.
    unread: u32,
    /// The one with the highest number that there ever was.
    last: Option<Item>,
    /// The one that a file remembers.
    marked: Option<Item>,
    counts: Counts,
    /// Unlocked when it is dropped.
    _lock: File,
}

impl Spool {
    /// Goes on with what waits in `folder`, which is made if need be.
    ///
    /// # Errors
    /// If another one has the folder, it cannot be read or written, or a bound is zero.
    pub fn open(folder: &Path, keep: Keep) -> Result<Self, SpoolError> {
        for (field, is) in [("keep.bytes", keep.bytes), ("keep.items", keep.items as u64)] {
            if is == 0 {
                return Err(SpoolError::Keep(field));
            }
        }
        fs::create_dir_all(folder).map_err(failed("make", folder))?;
        let mut spool = Spool {
            folder: folder.to_owned(),
            keep,
            waiting: BTreeMap::new(),
            in_hand: None,
            unread: 0,
            last: None,
            marked: None,
            counts: Counts::default(),
            _lock: lock(folder)?,
        };
        spool.list().map_err(failed("list", folder))?;
        Ok(spool)
    }

    /// Compresses `content` and keeps it until it is sent, or until there is no room for it any more. It is on disk when this
    /// returns. Content of more than [`PART`] bytes becomes several items, `<name>.1of3` and so on: unpacked one after the
    /// other they are the content. A crash in between leaves the first of them.
    ///
    /// # Errors
    /// If it is too long, or cannot be written; then nothing of it is kept.
    pub fn put(&mut self, name: &Name, content: &[u8]) -> Result<(), SpoolError> {
        let count = content.len().div_ceil(PART).max(1);
        if count > PARTS {
            return Err(SpoolError::TooMany(content.len()));
        }
        let parts: io::Result<Vec<Vec<u8>>> = match content {
            [] => pack::pack(content).map(|packed| vec![packed]),
            _ => content.chunks(PART).map(pack::pack).collect(),
        };
        let parts = parts.map_err(failed("compress something for", &self.folder))?;
        let bytes = parts.iter().map(|part| part.len() as u64).sum();
        if bytes > self.keep.bytes || count > self.keep.items {
            let most = self.keep.bytes;
            return Err(SpoolError::TooLong { bytes, most });
        }
        self.make_room(count, bytes);
        let mut done = Vec::new();
        for (k, part) in parts.iter().enumerate() {
            let name = match count {
                1 => name.to_string(),
                _ => format!("{name}.{}of{count}", k + 1),
            };
            match self.write(name, part) {
                Ok(item) => done.push(item),
                Err(error) => {
                    done.iter().for_each(|item| self.remove(item));
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// The oldest item, and its bytes.
    pub fn first(&self) -> Option<(&Item, u64)> {
        self.waiting.first_key_value().map(|(item, bytes)| (item, *bytes))
    }

    /// The last item that was ever put, whatever has become of it.
    pub const fn last(&self) -> Option<&Item> {
        self.last.as_ref()
    }

    /// Reads an item to send it. From now on it is not dropped, until it is [sent](Self::sent), [refused](Self::refused) or
    /// [put back](Self::put_back). None if it is not there any more, or is damaged; then it is put aside.
    ///
    /// # Errors
    /// If the disk does not give it. That may pass; an item that is not given five times in a row counts as damaged.
    pub fn take(&mut self, item: &Item) -> Result<Option<Vec<u8>>, SpoolError> {
        if !self.waiting.contains_key(item) {
            return Ok(None);
        }
        let path = self.folder.join(item.file());
        let packed = match files::read(&path, PACKED) {
            Ok(packed) => pack::check(&packed).then_some(packed),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::FileTooLarge) => None,
            Err(error) if self.unread + 1 < TRIES => {
                self.unread += 1;
                return Err(failed("read", &path)(error));
            }
            Err(_) => None,
        };
        self.unread = 0;
        match &packed {
            Some(_) => self.in_hand = Some(item.clone()),
            None => {
                self.counts.damaged += 1;
                self.put_aside(item, DAMAGED);
            }
        }
        Ok(packed)
    }

    /// It has arrived, and is deleted.
    pub fn sent(&mut self, item: &Item) {
        self.counts.sent += 1;
        self.remove(item);
    }

    /// It will never be taken, and is put aside.
    pub fn refused(&mut self, item: &Item) {
        self.counts.refused += 1;
        self.put_aside(item, REFUSED);
    }

    /// It is not sent now, and waits as before.
    pub fn put_back(&mut self) {
        self.in_hand = None;
        self.make_room(0, 0);
    }

    /// What waits, and what has become of the rest.
    pub fn counts(&self) -> Counts {
        Counts {
            waiting: self.waiting.len(),
            bytes: self.waiting.values().sum(),
            ..self.counts.clone()
        }
    }

    fn write(&mut self, name: String, packed: &[u8]) -> Result<Item, SpoolError> {
        let item = Item::new(self.next()?, name);
        let path = self.folder.join(item.file());
        files::create(&path, packed).map_err(failed("write", &path))?;
        self.waiting.insert(item.clone(), packed.len() as u64);
        self.last = Some(item.clone());
        Ok(item)
    }

    fn next(&self) -> Result<u64, SpoolError> {
        let number = match &self.last {
            Some(last) => last.number() + 1,
            None => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
            }
        };
        match number <= item::LAST {
            true => Ok(number),
            false => Err(SpoolError::Full(self.folder.clone())),
        }
    }

    /// Drops the oldest until so much more fits.
    fn make_room(&mut self, items: usize, bytes: u64) {
        let held = self.in_hand.as_ref().and_then(|item| self.waiting.get(item));
        let (mut count, mut sum) = (self.waiting.len(), self.waiting.values().sum::<u64>());
        (count, sum) = (count - usize::from(held.is_some()), sum - held.unwrap_or(&0));
        while count + items > self.keep.items || sum + bytes > self.keep.bytes {
            let mut droppable = self
                .waiting
                .iter()
                .filter(|(item, _)| Some(*item) != self.in_hand.as_ref());
            let Some((oldest, freed)) = droppable.next().map(|(item, bytes)| (item.clone(), *bytes)) else {
                break;
            };
            (count, sum) = (count - 1, sum - freed);
            self.counts.dropped += 1;
            self.remove(&oldest);
        }
    }

    fn remove(&mut self, item: &Item) {
        self.let_go(item, |path| fs::remove_file(path));
    }

    fn put_aside(&mut self, item: &Item, folder: &str) {
        let folder = self.folder.join(folder);
        self.let_go(item, |path| {
            fs::create_dir_all(&folder)?;
            fs::rename(path, folder.join(item.file()))
        });
        let dropped = listing::trim(&folder, ASIDE);
        self.counts.dropped += dropped;
    }

    /// It waits no longer, and its file goes. One that cannot go stays, and is looked at when the folder is opened again.
    fn let_go(&mut self, item: &Item, go: impl FnOnce(&Path) -> io::Result<()>) {
        self.waiting.remove(item);
        self.in_hand.take_if(|held| held == item);
        // Where its number could not be remembered otherwise, its file has to.
        if self.last.as_ref() != Some(item) || self.mark(item).is_ok() {
            let _ = go(&self.folder.join(item.file()));
        }
    }

    /// Has a file remember the last item.
    fn mark(&mut self, item: &Item) -> io::Result<()> {
        if self.marked.as_ref() == Some(item) {
            return Ok(());
        }
        files::create(&self.folder.join(item.mark()), &[])?;
        if let Some(old) = self.marked.replace(item.clone()) {
            // If it stays it does no harm: the highest counts.
            let _ = fs::remove_file(self.folder.join(old.mark()));
        }
        Ok(())
    }
}

fn lock(folder: &Path) -> Result<File, SpoolError> {
    let path = folder.join(LOCK);
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    let file = options.open(&path).map_err(failed("open", &path))?;
    file.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => SpoolError::Busy(folder.to_owned()),
        TryLockError::Error(source) => failed("lock", &path)(source),
    })?;
    Ok(file)
}
