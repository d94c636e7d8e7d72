//! What waits on disk, and what becomes of it.

use std::fs;

use fleet_zenoh::spool::{Item, Keep, NameError, PART, Spool, SpoolError};

use crate::places::{Folder, name, noise, unpacked};

/// Takes what is first.
fn take(spool: &mut Spool) -> Option<(Item, Vec<u8>)> {
    let item = spool.first()?.0.clone();
    let packed = spool.take(&item).unwrap()?;
    Some((item, unpacked(&packed)))
}

/// All that waits, as if it was sent.
fn sent(spool: &mut Spool) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    while let Some((item, content)) = take(spool) {
        spool.sent(&item);
        all.push((item.name().to_owned(), content));
    }
    all
}

fn texts(spool: &mut Spool) -> Vec<String> {
    let text = |(_, content)| String::from_utf8(content).unwrap();
    sent(spool).into_iter().map(text).collect()
}

fn open(folder: &Folder, bytes: u64, items: usize) -> Spool {
    let mut keep = Keep::default();
    (keep.bytes, keep.items) = (bytes, items);
    Spool::open(&folder.path("spool"), keep).unwrap()
}

#[test]
fn what_came_first_goes_first_also_after_a_restart() {
    let folder = Folder::new();
    let mut spool = folder.spool();
    for text in ["one", "two", "three"] {
        spool.put(&name("a"), text.as_bytes()).unwrap();
    }
    drop(spool);
    let mut spool = folder.spool();
    spool.put(&name("b"), b"four").unwrap();
    assert_eq!(spool.counts().waiting, 4);
    assert_eq!(texts(&mut spool), ["one", "two", "three", "four"]);
    assert_eq!(
        (spool.counts().waiting, spool.counts().bytes, spool.counts().sent),
        (0, 0, 4)
    );
    assert!(folder.files(".gz").is_empty());
}

#[test]
fn no_number_comes_twice_even_if_all_was_sent_or_dropped_or_put_aside() {
    let folder = Folder::new();
    let mut numbers = Vec::new();
    for way in 0..4 {
        let mut spool = open(&folder, 1 << 20, 1);
        spool.put(&name("a"), b"content").unwrap();
        let item = spool.first().unwrap().0.clone();
        numbers.push(item.number());
        match way {
            0 => spool.sent(&item),
            1 => spool.refused(&item),
            2 => {
                fs::write(&folder.files(".gz")[0], "damaged").unwrap();
                assert_eq!(spool.take(&item).unwrap(), None);
            }
            _ => spool.put(&name("b"), b"other").unwrap(),
        }
        let last = spool.last().unwrap().clone();
        assert_eq!(last.number(), item.number() + u64::from(way == 3));
        drop(spool);
        assert_eq!(open(&folder, 1 << 20, 1).last(), Some(&last));
    }
    let first = numbers[0];
    assert_eq!(numbers, [first, first + 1, first + 2, first + 3]);
    // A folder that is begun anew does not begin with numbers that another one had.
    fs::remove_dir_all(folder.path("spool")).unwrap();
    let mut spool = folder.spool();
    spool.put(&name("a"), b"content").unwrap();
    assert!(spool.last().unwrap().number() > first + 3);
}

#[test]
fn a_folder_has_one_user() {
    let folder = Folder::new();
    let spool = folder.spool();
    let error = Spool::open(&folder.path("spool"), Keep::default()).unwrap_err();
    assert!(matches!(error, SpoolError::Busy(_)), "{error}");
    drop(spool);
    folder.spool();
}

#[test]
fn a_full_spool_drops_the_oldest_and_says_how_many() {
    let folder = Folder::new();
    let mut spool = open(&folder, 1 << 20, 3);
    for text in ["1", "2", "3", "4", "5"] {
        spool.put(&name("a"), text.as_bytes()).unwrap();
    }
    assert_eq!((spool.counts().waiting, spool.counts().dropped), (3, 2));
    assert_eq!(folder.files(".gz").len(), 3);
    drop(spool);

    // The same by bytes, and for what is found in the folder.
    let one = fs::metadata(&folder.files(".gz")[0]).unwrap().len();
    let mut spool = open(&folder, 2 * one, 100);
    assert_eq!((spool.counts().waiting, spool.counts().dropped), (2, 1));
    spool.put(&name("a"), b"6").unwrap();
    assert!(spool.counts().bytes <= 2 * one);
    assert_eq!(texts(&mut spool), ["5", "6"]);

    let error = spool.put(&name("a"), &noise(1_000)).unwrap_err();
    assert!(matches!(error, SpoolError::TooLong { .. }), "{error}");
    assert!(error.to_string().contains("`keep` allows"), "{error}");
    assert_eq!(spool.counts().waiting, 0);
}

#[test]
fn what_is_being_sent_is_not_dropped() {
    let folder = Folder::new();
    let mut spool = open(&folder, 1 << 20, 2);
    spool.put(&name("a"), b"1").unwrap();
    let (item, _) = take(&mut spool).unwrap();
    for text in ["2", "3", "4"] {
        spool.put(&name("a"), text.as_bytes()).unwrap();
    }
    assert_eq!((spool.counts().waiting, spool.counts().dropped), (3, 1));
    assert_eq!(spool.first().unwrap().0, &item);
    spool.put_back();
    assert_eq!((spool.counts().waiting, spool.counts().dropped), (2, 2));
    assert_eq!(texts(&mut spool), ["3", "4"]);
}

#[test]
fn what_is_damaged_is_put_aside_and_the_rest_goes() {
    let folder = Folder::new();
    let mut spool = folder.spool();
    for text in ["one", "two", "three", "four"] {
        spool.put(&name("a"), text.as_bytes()).unwrap();
    }
    drop(spool);
    let files = folder.files(".gz");
    let cut = fs::read(&files[0]).unwrap();
    fs::write(&files[0], &cut[..cut.len() - 1]).unwrap();
    let mut flipped = fs::read(&files[2]).unwrap();
    flipped[12] ^= 4;
    fs::write(&files[2], flipped).unwrap();
    let mut spool = folder.spool();
    let mut texts = Vec::new();
    while let Some(item) = spool.first().map(|(item, _)| item.clone()) {
        if let Some(packed) = spool.take(&item).unwrap() {
            texts.push(unpacked(&packed));
            spool.sent(&item);
        }
    }
    assert_eq!(texts, [b"two".to_vec(), b"four".to_vec()]);
    assert_eq!((spool.counts().damaged, spool.counts().sent), (2, 2));
    let aside = folder.path("spool/damaged").join(files[0].file_name().unwrap());
    assert_eq!(fs::read(aside).unwrap(), &cut[..cut.len() - 1]);
}

#[test]
fn what_the_disk_does_not_give_is_asked_for_some_times() {
    let folder = Folder::new();
    let mut spool = folder.spool();
    for text in ["one", "two"] {
        spool.put(&name("a"), text.as_bytes()).unwrap();
    }
    // Something that is there, and cannot be read.
    let file = folder.files(".gz")[0].clone();
    let content = fs::read(&file).unwrap();
    let block = || {
        fs::remove_file(&file).unwrap();
        fs::create_dir(&file).unwrap();
    };
    block();
    let first = spool.first().unwrap().0.clone();
    for _ in 0..4 {
        let error = spool.take(&first).unwrap_err().to_string();
        assert!(
            error.starts_with("cannot read ") && error.contains("-a.gz"),
            "{error}"
        );
    }
    fs::remove_dir(&file).unwrap();
    fs::write(&file, content).unwrap();
    assert_eq!(
        spool.take(&first).unwrap().map(|packed| unpacked(&packed)),
        Some(b"one".to_vec())
    );
    block();
    for _ in 0..4 {
        assert!(spool.take(&first).is_err());
    }
    assert_eq!(spool.take(&first).unwrap(), None);
    assert_eq!((spool.counts().damaged, spool.counts().waiting), (1, 1));
    assert_eq!(texts(&mut spool), ["two"]);
}

#[test]
fn what_is_put_aside_has_a_bound_too() {
    let folder = Folder::new();
    let mut spool = folder.spool();
    for _ in 0..20 {
        spool.put(&name("a"), b"content").unwrap();
        let item = spool.first().unwrap().0.clone();
        spool.refused(&item);
    }
    assert_eq!((spool.counts().refused, spool.counts().dropped), (20, 4));
    assert_eq!(fs::read_dir(folder.path("spool/refused")).unwrap().count(), 16);
}

#[test]
fn what_a_crash_has_left_is_removed_and_what_others_have_is_not() {
    let folder = Folder::new();
    drop(folder.spool());
    let inside = |name: &str| folder.path("spool").join(name);
    let unfinished = inside("0000000000000007-a.gz.new");
    let others = ["notes.txt", "notes.new", "7-a.gz", "0000000000000007-a.gz.old"].map(inside);
    fs::write(&unfinished, "half of").unwrap();
    for file in &others {
        fs::write(file, "theirs").unwrap();
    }
    fs::create_dir(inside("0000000000000009-folder.gz")).unwrap();
    let mut spool = folder.spool();
    assert_eq!(spool.first(), None);
    spool.put(&name("a"), b"content").unwrap();
    assert_eq!(sent(&mut spool).len(), 1);
    assert!(!unfinished.exists());
    assert!(others.iter().all(|file| fs::read(file).unwrap() == b"theirs"));
}

#[test]
fn long_content_is_several_items() {
    let folder = Folder::new();
    let content = noise(2 * PART + PART / 2);
    let mut spool = folder.spool();
    spool.put(&name("map"), &content).unwrap();
    spool.put(&name("empty"), b"").unwrap();
    let all = sent(&mut spool);
    let names: Vec<&str> = all.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["map.1of3", "map.2of3", "map.3of3", "empty"]);
    let parts: Vec<Vec<u8>> = all.into_iter().map(|(_, part)| part).collect();
    assert!(parts.concat() == content);
    let error = spool.put(&name("map"), &vec![0; 64 * PART + 1]).unwrap_err();
    assert!(error.to_string().starts_with("`content` "), "{error}");
}

#[test]
fn a_disk_that_fails_is_named_and_nothing_is_kept_by_half() {
    let folder = Folder::new();
    let mut spool = folder.spool();
    fs::remove_dir_all(folder.path("spool")).unwrap();
    let error = spool.put(&name("a"), b"content").unwrap_err().to_string();
    assert!(
        error.starts_with("cannot write ") && error.contains("-a.gz"),
        "{error}"
    );
    assert_eq!(spool.counts().waiting, 0);
    fs::create_dir(folder.path("spool")).unwrap();
    spool.put(&name("a"), b"content").unwrap();
    assert_eq!(texts(&mut spool), ["content"]);
}

#[test]
fn nobody_writes_outside_of_the_folder() {
    for text in ["../../etc/passwd", "a/b", "..", ""] {
        let error = text.parse::<fleet_zenoh::spool::Name>().unwrap_err();
        assert!(error.to_string().starts_with("`name` "), "{error}");
    }
    assert_eq!(
        "a/b".parse::<fleet_zenoh::spool::Name>(),
        Err(NameError::Character('/'))
    );
    let folder = Folder::new();
    let mut keep = Keep::default();
    keep.items = 0;
    let error = Spool::open(&folder.path("spool"), keep).unwrap_err().to_string();
    assert!(error.starts_with("`keep.items` "), "{error}");
}

#[cfg(unix)]
#[test]
fn nobody_else_reads_what_waits() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    folder.spool().put(&name("a"), b"content").unwrap();
    let mode = fs::metadata(&folder.files(".gz")[0])
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}
