//! Lines in files that do not grow for ever.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use fleet_core::UtcTime;
use serde_json::json;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{Entry, Keep};

/// A file takes a few lines at least.
const SMALLEST: u64 = 4_096;

pub(super) struct Writer {
    path: PathBuf,
    keep: Keep,
    file: File,
    written: u64,
    lost: Arc<AtomicU64>,
}

impl Writer {
    pub(super) fn open(path: &Path, keep: Keep, lost: Arc<AtomicU64>) -> io::Result<Self> {
        let file = append(path)?;
        Ok(Writer {
            path: path.to_owned(),
            written: file.metadata()?.len(),
            keep,
            file,
            lost,
        })
    }

    /// One that cannot be written is lost, and counted.
    pub(super) fn write(&mut self, entry: &Entry) {
        let lost = self.lost.swap(0, Ordering::Relaxed);
        if lost > 0 {
            let told = Entry::refused(entry.at, "", "audit", format_args!("{lost} entries were lost"));
            if self.append_line(&told).is_err() {
                self.lost.fetch_add(lost, Ordering::Relaxed);
            }
        }
        if self.append_line(entry).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn sync(&mut self) {
        // That the disk fails is seen, and counted, with the next line.
        let _ = self.file.sync_data();
    }

    fn append_line(&mut self, entry: &Entry) -> io::Result<()> {
        let line = line(entry);
        if self.written + line.len() as u64 > self.keep.bytes.max(SMALLEST) {
            self.begin_file()?;
        }
        self.file.write_all(line.as_bytes())?;
        self.written += line.len() as u64;
        Ok(())
    }

    /// Every file gets the next number, and the last one goes.
    fn begin_file(&mut self) -> io::Result<()> {
        self.file.sync_data()?;
        for number in (0..self.keep.files).rev() {
            let (old, new) = (self.numbered(number), self.numbered(number + 1));
            if old.exists() {
                fs::rename(old, new)?;
            }
        }
        if self.keep.files == 0 {
            fs::remove_file(&self.path)?;
        }
        self.file = append(&self.path)?;
        self.written = 0;
        Ok(())
    }

    fn numbered(&self, number: u32) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        if number > 0 {
            name.push(format!(".{number}"));
        }
        name.into()
    }
}

fn append(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn line(entry: &Entry) -> String {
    let mut line = json!({
        "at": spelt(entry.at),
        "who": entry.who,
        "what": entry.what,
        "allowed": entry.is_allowed,
    });
    if let Some(task) = entry.task {
        line["task"] = json!(task.to_string());
    }
    if !entry.why.is_empty() {
        line["why"] = json!(entry.why);
    }
    format!("{line}\n")
}

/// As people and programs read it (RFC 3339); a moment that has no year of four digits in microseconds.
fn spelt(at: UtcTime) -> String {
    let nanos = i128::from(at.as_micros()) * 1_000;
    let date = OffsetDateTime::from_unix_timestamp_nanos(nanos).ok();
    let spelt = date.and_then(|date| date.format(&Rfc3339).ok());
    spelt.unwrap_or_else(|| format!("{at:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_json_whatever_is_in_it() {
        let mut entry = Entry::refused(
            UtcTime::from_micros(1_800_000_000_500_000),
            "a\"\n",
            "submit",
            "no\\",
        );
        entry.task = Some(fleet_core::TaskId::from_u128(42));
        let line = line(&entry);
        assert_eq!(line.matches('\n').count(), 1);
        let read: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(read["at"], "2027-01-15T08:00:00.5Z");
        assert_eq!((&read["who"], &read["why"]), (&json!("a\"\n"), &json!("no\\")));
        assert_eq!(read["task"], "00000000-0000-0000-0000-00000000002a");
        assert_eq!(spelt(UtcTime::MAX), format!("{:?}", UtcTime::MAX));
    }
}
