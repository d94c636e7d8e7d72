use std::fs;
use std::path::{Path, PathBuf};

use fleet_examples::readers::{self, Options, ReadError};
use fleet_examples::scenario::Scenario;

/// A file of `tests/data`.
pub(crate) fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data")
        .join(name)
}

pub(crate) fn open(path: impl AsRef<Path>) -> Result<Scenario, ReadError> {
    readers::open(path, &Options::default())
}

/// An empty folder for one test.
pub(crate) fn folder(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("readers").join(test);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

pub(crate) fn write(folder: &Path, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, bytes).unwrap();
    path
}

/// `text` with its only `from` replaced.
pub(crate) fn change(text: &str, from: &str, to: &str) -> String {
    assert_eq!(text.matches(from).count(), 1, "{from:?} in\n{text}");
    text.replace(from, to)
}

/// Asserts that the error names this file, line and key, and says this; its display holds them all.
pub(crate) fn assert_error(error: &ReadError, file: &str, line: usize, key: Option<&str>, says: &str) {
    let shown = error.to_string();
    assert!(error.file.ends_with(file), "{shown}");
    assert_eq!(error.line, Some(line), "{shown}");
    assert_eq!(error.key.as_deref(), key, "{shown}");
    assert!(error.message.contains(says), "{shown}");
    assert!(shown.contains(&format!("{file}:{line}")), "{shown}");
    assert!(!shown.contains('\n'), "{shown}");
    assert!(
        key.is_none_or(|key| shown.contains(&format!(": {key}: "))),
        "{shown}"
    );
}
