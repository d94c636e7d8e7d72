//! What is added to a file of lines, as items.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use flate2::Crc;

use super::disk::{Item, SpoolError};
use super::forward::Forwarder;
use super::name::{Name, NameError};
use super::pack::PART;

/// Bytes by which a file is known: its first line, or as much of it.
const HEAD: usize = 4_096;
/// Older files `<name>.1`, `<name>.2` and so on that are looked at.
const OLDER: u32 = 8;
/// Items of one look.
const ITEMS: usize = 64;

/// Puts into a spool what is added to a file of lines: whole lines, in order, each once.
///
/// Up to where that was done is in the name of each item, `<label>-<file>-<from>-<to>`: the bytes from `<from>` to before
/// `<to>` of the file whose first line has that checksum. As an item is on disk whole or not at all, nothing is left out or
/// put twice, whenever the process ends. Whoever reads the items sees from their names what is missing, if some were dropped.
///
/// A file that was renamed to `<name>.1`, and that one to `<name>.2` and so on up to 8, is read to its end before the new
/// one is begun. One that has become shorter, or is another one, is begun anew; so after a machine has lost what it had not
/// yet written, lines may come a second time. A line without an end is left until it has one.
#[derive(Debug)]
pub struct Tail {
    path: PathBuf,
    label: Name,
    done: Option<Mark>,
}

/// Up to where it was put, in the file whose first line has this checksum.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Mark {
    file: u32,
    to: u64,
}

/// Why nothing was put. What was to be put stays in the file, and is put by the next look.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TailError {
    /// The file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The spool does not take it.
    #[error(transparent)]
    Spool(#[from] SpoolError),
    /// The label is too long.
    #[error("`label` is too long: {0}")]
    Name(#[from] NameError),
}

/// What was added: an item to be.
#[derive(PartialEq, Eq, Debug)]
struct Chunk {
    file: u32,
    from: u64,
    lines: Vec<u8>,
}

/// A file, and the checksum of its first line.
type Known = (File, u32);

impl Tail {
    /// Of the file `path`, which need not be there yet, after what `last` has, the last item of the spool: nothing else
    /// must be put into it.
    pub fn new(path: &Path, label: Name, last: Option<&Item>) -> Self {
        let done = last.and_then(|item| Mark::read(item.name(), &label));
        Tail {
            path: path.to_owned(),
            label,
            done,
        }
    }

    /// Puts what was added since the last time, 64 MiB at most; returns how many items that made.
    ///
    /// # Errors
    /// If the file cannot be read, or the spool does not take it.
    pub fn put_into(&mut self, forwarder: &Forwarder) -> Result<usize, TailError> {
        for done in 0..ITEMS {
            let next = self.next().map_err(|source| TailError::File {
                path: self.path.clone(),
                source,
            })?;
            let Some(chunk) = next else { return Ok(done) };
            let to = chunk.from + chunk.lines.len() as u64;
            let Chunk { file, from, lines } = chunk;
            forwarder.put(&format!("{}-{file:08x}-{from}-{to}", self.label).parse()?, &lines)?;
            self.done = Some(Mark { file, to });
        }
        Ok(ITEMS)
    }

    /// The next lines to put.
    fn next(&self) -> io::Result<Option<Chunk>> {
        let mut newer: Option<Known> = None;
        for number in 0..=OLDER {
            let Some((mut file, is)) = open(&self.numbered(number))? else {
                continue;
            };
            match self.done {
                Some(done) if done.file == is && done.to <= file.metadata()?.len() => {
                    let more = chunk(&mut file, is, done.to)?;
                    // It was opened before this one: there is none in between, even if files were renamed meanwhile.
                    return match (more, newer) {
                        (None, Some((mut newer, is))) => chunk(&mut newer, is, 0),
                        (more, _) => Ok(more),
                    };
                }
                _ => newer = Some((file, is)),
            }
        }
        match open(&self.path)? {
            Some((mut file, is)) => chunk(&mut file, is, 0),
            None => Ok(None),
        }
    }

    fn numbered(&self, number: u32) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        if number > 0 {
            name.push(format!(".{number}"));
        }
        name.into()
    }
}

impl Mark {
    fn read(name: &str, label: &Name) -> Option<Self> {
        let rest = name.strip_prefix(label.as_str())?.strip_prefix('-')?;
        let mut parts = rest.splitn(3, '-');
        let file = u32::from_str_radix(parts.next()?, 16).ok()?;
        let (_, to) = (parts.next()?, parts.next()?);
        Some(Mark {
            file,
            to: to.parse().ok()?,
        })
    }
}

/// None if it is not there, or has no line yet.
fn open(path: &Path) -> io::Result<Option<Known>> {
    let mut file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file?,
    };
    let mut head = Vec::new();
    (&mut file).take(HEAD as u64).read_to_end(&mut head)?;
    let end = head.iter().position(|byte| *byte == b'\n').map(|at| at + 1);
    let Some(end) = end.or((head.len() == HEAD).then_some(HEAD)) else {
        return Ok(None);
    };
    let mut crc = Crc::new();
    crc.update(&head[..end]);
    Ok(Some((file, crc.sum())))
}

/// The whole lines after `from`, as many as make an item. A line that is longer than that is cut.
fn chunk(file: &mut File, is: u32, from: u64) -> io::Result<Option<Chunk>> {
    file.seek(SeekFrom::Start(from))?;
    let mut lines = Vec::new();
    file.take(PART as u64).read_to_end(&mut lines)?;
    match lines.iter().rposition(|byte| *byte == b'\n') {
        Some(at) => lines.truncate(at + 1),
        None if lines.len() < PART => lines.clear(),
        None => {}
    }
    Ok((!lines.is_empty()).then_some(Chunk {
        file: is,
        from,
        lines,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_far_it_came_is_read_from_a_name() {
        let label: Name = "robot-log".parse().unwrap();
        let mark = Mark::read("robot-log-00c0ffee-12-345", &label);
        assert_eq!(
            mark,
            Some(Mark {
                file: 0x00c0_ffee,
                to: 345
            })
        );
        for name in [
            "robot-log",
            "robot-log-00c0ffee-12",
            "audit-00c0ffee-12-345",
            "robot-log-x-1-2",
        ] {
            assert_eq!(Mark::read(name, &label), None, "{name}");
        }
    }
}
