//! Files that are there whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// What a file is called while it is written.
pub(super) const NEW: &str = ".new";

/// Makes a file that nobody but its owner can read. After a crash it is there, or is not.
pub(super) fn create(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let new = beside(path);
    let made = write(&new, bytes)
        .and_then(|()| fs::rename(&new, path))
        .and_then(|()| sync_folder(path));
    if made.is_err() {
        // Gives back its room. What is not known to be durable is not there: it will be put again.
        let _ = fs::remove_file(&new);
        let _ = fs::remove_file(path);
    }
    made
}

/// All of a file that is not longer than `longest`.
pub(super) fn read(path: &Path, longest: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = File::open(path)?;
    file.take(longest as u64 + 1).read_to_end(&mut bytes)?;
    match bytes.len() > longest {
        true => Err(io::ErrorKind::FileTooLarge.into()),
        false => Ok(bytes),
    }
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Makes the names in the folder of `path` durable. Off Unix they are as durable as the system makes them.
fn sync_folder(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) if cfg!(unix) => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(NEW);
    name.into()
}
