//! What every storage must do, over those of this crate.

use fleet_core::journal::{FileStorage, MemoryStorage, Storage};

use crate::file::Folder;

/// The bytes that are read are those that were written, in their order.
fn check(mut storage: impl Storage) {
    let mut expected = Vec::new();
    for step in 0..12_u8 {
        let bytes = vec![step; usize::from(step) % 5];
        if step % 4 == 3 {
            storage.replace(&bytes).expect("works");
            expected = bytes;
        } else {
            storage.append(&bytes).expect("works");
            expected.extend(bytes);
        }
        assert_eq!(storage.read().expect("works"), expected, "step {step}");
        storage.sync().expect("works");
        assert_eq!(storage.read().expect("works"), expected, "step {step}");
    }
}

#[test]
fn the_memory_storage_does_what_every_storage_must() {
    check(MemoryStorage::new());
}

#[test]
fn the_file_storage_does_what_every_storage_must() {
    let folder = Folder::new("storage");
    check(FileStorage::open(folder.file()).expect("free"));
}
