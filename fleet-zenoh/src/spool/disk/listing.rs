//! What lies in a folder when it is opened.

use std::fs::{self, DirEntry};
use std::io;
use std::path::Path;

use super::Spool;
use super::files::NEW;
use super::item::Item;

impl Spool {
    /// Finds what waits, drops what is too much, and removes what a crash has left.
    pub(super) fn list(&mut self) -> io::Result<()> {
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            // The file of an item has no other name.
            if let Ok(file) = entry.file_name().into_string() {
                self.find(&file, &entry)?;
            }
        }
        Ok(())
    }

    fn find(&mut self, file: &str, entry: &DirEntry) -> io::Result<()> {
        let meta = entry.metadata()?;
        if !meta.is_file() {
            return Ok(());
        }
        if let Some(item) = Item::of_file(file) {
            self.saw(&item);
            self.waiting.insert(item, meta.len());
            self.make_room(0, 0);
        } else if let Some(item) = Item::of_mark(file) {
            self.saw(&item);
            if self.marked.as_ref().is_none_or(|marked| *marked < item) {
                self.marked = Some(item);
            }
        } else if let Some(unfinished) = file.strip_suffix(NEW)
            && (Item::of_file(unfinished).is_some() || Item::of_mark(unfinished).is_some())
        {
            fs::remove_file(entry.path())?;
        }
        Ok(())
    }

    fn saw(&mut self, item: &Item) {
        if self.last.as_ref().is_none_or(|last| last < item) {
            self.last = Some(item.clone());
        }
    }
}

/// Deletes the oldest items of a folder until there are no more than so many; returns how many those were.
pub(super) fn trim(folder: &Path, most: usize) -> u64 {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut items: Vec<Item> = files
        .filter_map(|entry| Item::of_file(entry.file_name().to_str()?))
        .collect();
    items.sort_unstable();
    let over = items.len().saturating_sub(most);
    let gone = items[..over]
        .iter()
        .filter(|item| fs::remove_file(folder.join(item.file())).is_ok());
    gone.count() as u64
}
