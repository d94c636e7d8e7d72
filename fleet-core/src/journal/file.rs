use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::vec::Vec;

use super::{MAX_BYTES, Storage};

/// A file on disk, used by one process at a time.
///
/// Beside the file `name` it keeps `name.lock`, an empty file that stays, and while it replaces the content `name.new`.
/// Off Unix a folder cannot be synced: there a replacement is as durable as the system makes a renaming.
#[derive(Debug)]
pub struct FileStorage {
    path: PathBuf,
    file: File,
    /// Locked for as long as this lives. It is not the file itself, because that one is replaced.
    _lock: File,
}

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// The lock is held by another process, or by another [`FileStorage`] of this one.
    #[error("{}: this journal is in use: stop the other process, or name another file", .0.display())]
    InUse(PathBuf),
    /// There is no folder to put the file in.
    #[error("{}: there is no such folder: create it first", .0.display())]
    NoFolder(PathBuf),
    /// More bytes than [`MAX_BYTES`].
    #[error("{}: more than {MAX_BYTES} bytes cannot be a journal: name another file", .0.display())]
    TooLong(PathBuf),
    /// The system refused something.
    #[error("{}: cannot {action}: {source}", .path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was tried, like `sync`.
        action: &'static str,
        /// Why it was refused.
        source: io::Error,
    },
}

impl FileStorage {
    /// The file at `path`, created if there is none.
    ///
    /// # Errors
    /// If the folder does not exist, the file is in use, or the system refuses.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, FileError> {
        let path = resolve(path.as_ref())?;
        let lock = lock(&path)?;
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        let file = options.open(&path).map_err(failed(&path, "open the file"))?;
        sync_folder(&path)?;
        Ok(FileStorage {
            path,
            file,
            _lock: lock,
        })
    }

    /// Writes `content` to a file of its own, durably.
    fn write_new(&self, new: &Path, content: &[u8]) -> Result<File, FileError> {
        remove(new)?; // what a crash has left
        let mut options = OpenOptions::new();
        options.read(true).append(true).create_new(true);
        let mut file = options.open(new).map_err(failed(new, "create the file"))?;
        file.write_all(content).map_err(failed(new, "write"))?;
        file.sync_all().map_err(failed(new, "sync"))?;
        Ok(file)
    }
}

impl Storage for FileStorage {
    type Error = FileError;

    fn read(&mut self) -> Result<Vec<u8>, FileError> {
        let mut bytes = Vec::new();
        self.file.rewind().map_err(failed(&self.path, "read"))?;
        let mut start = (&self.file).take(MAX_BYTES + 1);
        start
            .read_to_end(&mut bytes)
            .map_err(failed(&self.path, "read"))?;
        if bytes.len() as u64 > MAX_BYTES {
            return Err(FileError::TooLong(self.path.clone()));
        }
        Ok(bytes)
    }

    fn append(&mut self, bytes: &[u8]) -> Result<(), FileError> {
        self.file.write_all(bytes).map_err(failed(&self.path, "write"))
    }

    fn sync(&mut self) -> Result<(), FileError> {
        self.file.sync_data().map_err(failed(&self.path, "sync"))
    }

    fn replace(&mut self, content: &[u8]) -> Result<(), FileError> {
        let new = beside(&self.path, ".new");
        let replaced = self.write_new(&new, content).and_then(|file| {
            fs::rename(&new, &self.path).map_err(failed(&self.path, "replace the file"))?;
            Ok(file)
        });
        match replaced {
            Ok(file) => self.file = file,
            Err(error) => {
                let _ = remove(&new); // gives back its room; the next replacement tries again
                return Err(error);
            }
        }
        sync_folder(&self.path)
    }
}

/// The file, wherever the process goes: as a path from the root.
fn resolve(path: &Path) -> Result<PathBuf, FileError> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput.into());
    let name = name.map_err(failed(path, "take this as the name of a file"))?;
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    match folder.canonicalize() {
        Ok(folder) => Ok(folder.join(name)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(FileError::NoFolder(folder.into())),
        Err(error) => Err(failed(folder, "find the folder")(error)),
    }
}

fn lock(path: &Path) -> Result<File, FileError> {
    let name = beside(path, ".lock");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    let file = options.open(&name).map_err(failed(&name, "open the file"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(FileError::InUse(path.into())),
        Err(TryLockError::Error(error)) => Err(failed(&name, "lock the file")(error)),
    }
}

/// `path` with more at its end.
fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

fn remove(path: &Path) -> Result<(), FileError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(path, "remove the file")(error)),
        _ => Ok(()),
    }
}

/// Makes the names in the folder of `path` durable.
fn sync_folder(path: &Path) -> Result<(), FileError> {
    let folder = path.parent().unwrap_or(path);
    if cfg!(unix) {
        let synced = File::open(folder).and_then(|folder| folder.sync_all());
        synced.map_err(failed(folder, "sync the folder"))?;
    }
    Ok(())
}

fn failed(path: &Path, action: &'static str) -> impl FnOnce(io::Error) -> FileError {
    move |source| FileError::Io {
        path: path.into(),
        action,
        source,
    }
}
