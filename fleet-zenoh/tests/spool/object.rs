//! A folder as a sink.

use std::fs;
use std::path::Path;

use fleet_zenoh::spool::{Forwarder, ObjectSink, PART, Sink, SinkError, Target};

use crate::places::{Folder, LONG, name, noise, settings, unpacked};

fn sink(folder: &Path) -> ObjectSink {
    let target: Target = folder.to_str().unwrap().parse().unwrap();
    ObjectSink::open(&target, LONG).unwrap()
}

#[test]
fn what_arrives_is_what_was_put() {
    let folder = Folder::new();
    let to = folder.path("far/away");
    let forwarder = Forwarder::start(folder.spool(), sink(&to), settings()).unwrap();
    let contents = [b"a line\n".to_vec(), noise(PART), Vec::new()];
    for content in &contents {
        forwarder.put(&name("log"), content).unwrap();
    }
    assert!(forwarder.flush(LONG));
    let mut files: Vec<_> = fs::read_dir(to.join("blue/robot-1"))
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    let arrived: Vec<Vec<u8>> = files
        .iter()
        .map(|file| unpacked(&fs::read(file).unwrap()))
        .collect();
    assert!(arrived == contents);
}

#[test]
fn the_same_may_come_twice() {
    let folder = Folder::new();
    let mut sink = sink(&folder.path("to"));
    for content in ["first", "second"] {
        sink.put("blue/robot-1/1-log.gz", content.into()).unwrap();
    }
    assert_eq!(
        fs::read(folder.path("to/blue/robot-1/1-log.gz")).unwrap(),
        b"second"
    );
    assert_eq!(fs::read_dir(folder.path("to/blue/robot-1")).unwrap().count(), 1);
}

#[test]
fn a_folder_that_is_not_there_yet_is_waited_for() {
    let folder = Folder::new();
    let mut sink = sink(&folder.path("mount/reports"));
    fs::write(folder.path("mount"), "in the way").unwrap();
    let error = sink.put("blue/robot-1/1-log.gz", b"x".to_vec()).unwrap_err();
    assert!(
        matches!(&error, SinkError::Again(why) if why.contains("mount/reports")),
        "{error}"
    );
    fs::remove_file(folder.path("mount")).unwrap();
    sink.put("blue/robot-1/1-log.gz", b"x".to_vec()).unwrap();
    assert_eq!(
        fs::read(folder.path("mount/reports/blue/robot-1/1-log.gz")).unwrap(),
        b"x"
    );
}

#[cfg(not(feature = "s3"))]
#[test]
fn what_was_not_built_in_is_named() {
    let error = ObjectSink::open(&"s3://bulk/site".parse().unwrap(), LONG).unwrap_err();
    assert!(
        error.to_string().starts_with("`to` is s3://bulk/site, ")
            && error.to_string().contains("feature `s3`"),
        "{error}"
    );
}
