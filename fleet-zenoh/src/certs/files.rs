//! Files that are there whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use super::error::CertsError;

/// Bytes of a file that is read; an index of some ten thousand certificates.
const LONGEST: u64 = 16 << 20;

pub(crate) fn failed<'a>(
    what: &'static str,
    path: &'a Path,
) -> impl Fn(std::io::Error) -> CertsError + use<'a> {
    move |source| CertsError::File {
        what,
        path: path.to_owned(),
        source,
    }
}

pub(crate) fn unfit(path: &Path, why: impl ToString) -> CertsError {
    CertsError::Content {
        path: path.to_owned(),
        why: why.to_string(),
    }
}

/// The text of a file, if it is not longer than such a file can be.
pub(crate) fn read(path: &Path) -> Result<String, CertsError> {
    let mut text = String::new();
    let file = File::open(path).map_err(failed("open", path))?;
    let mut bounded = file.take(LONGEST + 1);
    bounded.read_to_string(&mut text).map_err(failed("read", path))?;
    if text.len() as u64 > LONGEST {
        return Err(unfit(path, format_args!("it has more than {LONGEST} bytes")));
    }
    Ok(text)
}

/// Puts a file in the place of another one, or makes it. Who reads it meanwhile reads the old one or the new one.
pub(crate) fn replace(path: &Path, text: &str) -> Result<(), CertsError> {
    let new = beside(path);
    let mut file = File::create(&new).map_err(failed("create", &new))?;
    file.write_all(text.as_bytes()).map_err(failed("write", &new))?;
    file.sync_all().map_err(failed("sync", &new))?;
    fs::rename(&new, path).map_err(failed("replace", path))
}

/// Makes a file that nobody but its owner can read.
pub(crate) fn create_secret(path: &Path, text: &str) -> Result<(), CertsError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(failed("create", path))?;
    file.write_all(text.as_bytes()).map_err(failed("write", path))?;
    file.sync_all().map_err(failed("sync", path))
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    path.with_file_name(name)
}
