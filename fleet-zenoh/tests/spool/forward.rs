//! What the thread sends, and when.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use fleet_zenoh::spool::{ForwardError, Forwarder, Sink, SinkError, Spool};

use crate::places::{Folder, LONG, Mood, Shelf, name, noise, settings, until};

fn start(spool: Spool, shelf: &Shelf) -> Forwarder {
    Forwarder::start(spool, shelf.clone(), settings()).unwrap()
}

fn put(forwarder: &Forwarder, texts: &[&str]) {
    for text in texts {
        forwarder.put(&name("log"), text.as_bytes()).unwrap();
    }
}

#[test]
fn what_is_put_arrives_in_order_under_its_key_and_is_deleted_then() {
    let (folder, shelf) = (Folder::new(), Shelf::default());
    let forwarder = start(folder.spool(), &shelf);
    put(&forwarder, &["one ", "two ", "three"]);
    assert!(forwarder.flush(LONG));
    assert_eq!(shelf.text(), "one two three");
    for (key, _) in shelf.got() {
        let number = key
            .strip_prefix("blue/robot-1/")
            .and_then(|rest| rest.strip_suffix("-log.gz"));
        assert!(number.is_some_and(|number| number.len() == 16), "{key}");
    }
    let counts = forwarder.counts();
    assert_eq!((counts.sent, counts.waiting, counts.failed), (3, 0, 0));
    assert!(folder.files(".gz").is_empty());
    forwarder.stop(LONG).unwrap();
}

#[test]
fn while_the_uplink_is_down_all_waits_and_nothing_is_lost() {
    let (folder, shelf) = (Folder::new(), Shelf::default());
    shelf.set(Mood::Again);
    let forwarder = start(folder.spool(), &shelf);
    put(&forwarder, &["one ", "two ", "three"]);
    until("it has tried some times", || forwarder.counts().failed >= 3);
    let counts = forwarder.counts();
    assert_eq!((counts.waiting, counts.sent), (3, 0));
    assert_eq!(counts.last_error.as_deref(), Some("no uplink"));
    assert!(!forwarder.flush(LONG), "it says so at once");
    shelf.set(Mood::Takes);
    assert!(forwarder.flush(LONG));
    assert_eq!(shelf.text(), "one two three");
    assert_eq!(forwarder.counts().last_error, None);
}

#[test]
fn after_a_restart_in_the_middle_nothing_is_missing_and_nothing_there_twice() {
    let (folder, shelf) = (Folder::new(), Shelf::takes(2));
    let forwarder = start(folder.spool(), &shelf);
    put(&forwarder, &["1", "2", "3"]);
    until("two are sent", || forwarder.counts().sent == 2);
    until("the third is not", || forwarder.counts().failed > 0);
    put(&forwarder, &["4"]);
    let third = folder.files(".gz")[0].clone();
    let content = fs::read(&third).unwrap();
    drop(forwarder);
    shelf.takes_all();
    let forwarder = start(folder.spool(), &shelf);
    assert!(forwarder.flush(LONG));
    drop(forwarder);
    assert_eq!(shelf.text(), "1234");

    // As if the machine had failed after the sink's yes, and before the file was gone.
    fs::write(&third, content).unwrap();
    let forwarder = start(folder.spool(), &shelf);
    put(&forwarder, &["5"]);
    assert!(forwarder.flush(LONG));
    let mut got = shelf.got();
    assert_eq!(got.len(), 6);
    got.sort();
    got.dedup();
    let text: Vec<u8> = got.into_iter().flat_map(|(_, content)| content).collect();
    assert_eq!(text, b"12345", "the same under the same key");
}

#[test]
fn what_the_sink_refuses_for_good_is_put_aside_and_the_next_is_sent() {
    let (folder, shelf) = (Folder::new(), Shelf::default());
    shelf.set(Mood::Never);
    let forwarder = start(folder.spool(), &shelf);
    put(&forwarder, &["ugly"]);
    until("it is refused", || forwarder.counts().refused == 1);
    assert_eq!(forwarder.counts().last_error.as_deref(), Some("too ugly"));
    shelf.set(Mood::Takes);
    put(&forwarder, &["nice"]);
    assert!(forwarder.flush(LONG));
    assert_eq!(shelf.text(), "nice");
    assert_eq!(fs::read_dir(folder.path("spool/refused")).unwrap().count(), 1);
}

#[test]
fn what_is_damaged_stops_nobody() {
    let (folder, shelf) = (Folder::new(), Shelf::default());
    let mut spool = folder.spool();
    for text in ["one ", "two ", "three"] {
        spool.put(&name("log"), text.as_bytes()).unwrap();
    }
    fs::write(&folder.files(".gz")[1], "").unwrap();
    let forwarder = start(spool, &shelf);
    assert!(forwarder.flush(LONG));
    assert_eq!(shelf.text(), "one three");
    assert_eq!((forwarder.counts().damaged, forwarder.counts().sent), (1, 2));
    drop(forwarder);

    // What the disk does not give is let go after some tries.
    let mut spool = folder.spool();
    for text in [" four", " five"] {
        spool.put(&name("log"), text.as_bytes()).unwrap();
    }
    let file = folder.files(".gz")[0].clone();
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    let forwarder = start(spool, &shelf);
    until("the next is sent", || forwarder.counts().sent == 1);
    assert_eq!((forwarder.counts().damaged, forwarder.counts().failed), (1, 4));
    assert_eq!(shelf.text(), "one three five");
}

/// A gate, and how often it was asked.
fn gate(is_open: &Arc<AtomicBool>, asked: &Arc<AtomicUsize>) -> Option<Box<dyn Fn() -> bool + Send>> {
    let (is_open, asked) = (is_open.clone(), asked.clone());
    Some(Box::new(move || {
        asked.fetch_add(1, Ordering::Relaxed);
        is_open.load(Ordering::Relaxed)
    }))
}

#[test]
fn nothing_is_sent_while_it_may_not_be() {
    let (folder, shelf) = (Folder::new(), Shelf::default());
    let (is_open, asked) = (Arc::default(), Arc::default());
    let mut settings = settings();
    settings.may_send = gate(&is_open, &asked);
    let forwarder = Forwarder::start(folder.spool(), shelf.clone(), settings).unwrap();
    put(&forwarder, &["one"]);
    let before = asked.load(Ordering::Relaxed);
    until("it was asked", || asked.load(Ordering::Relaxed) >= before + 2);
    assert!(shelf.got().is_empty() && forwarder.counts().waiting == 1);
    is_open.store(true, Ordering::Relaxed);
    assert!(forwarder.flush(LONG));
    assert_eq!(shelf.text(), "one");
}

#[test]
fn what_the_rate_does_not_allow_waits() {
    let (folder, shelf) = (Folder::new(), Shelf::default());
    let (is_open, asked) = (Arc::new(AtomicBool::new(true)), Arc::default());
    let mut settings = settings();
    (settings.rate, settings.burst) = (1, 1_000);
    settings.may_send = gate(&is_open, &asked);
    let forwarder = Forwarder::start(folder.spool(), shelf.clone(), settings).unwrap();
    put(&forwarder, &["one"]);
    assert!(forwarder.flush(LONG), "that is in the burst");
    forwarder.put(&name("big"), &noise(100_000)).unwrap();
    put(&forwarder, &["two"]);
    let before = asked.load(Ordering::Relaxed);
    until("it was looked at", || asked.load(Ordering::Relaxed) >= before + 2);
    assert_eq!((shelf.text().as_str(), forwarder.counts().waiting), ("one", 2));
    // Who stops it does not wait for the day to come.
    forwarder.stop(LONG).unwrap();
}

#[test]
fn after_again_it_waits_as_it_is_told_but_for_who_is_in_a_hurry() {
    let (folder, shelf) = (Folder::new(), Shelf::default());
    let (is_open, asked) = (Arc::new(AtomicBool::new(true)), Arc::default());
    let mut settings = settings();
    settings.retry = Duration::from_secs(100_000);
    settings.longest_retry = settings.retry;
    settings.may_send = gate(&is_open, &asked);
    shelf.set(Mood::Again);
    let forwarder = Forwarder::start(folder.spool(), shelf.clone(), settings).unwrap();
    put(&forwarder, &["one"]);
    until("it has tried", || forwarder.counts().failed == 1);
    shelf.set(Mood::Takes);
    let before = asked.load(Ordering::Relaxed);
    put(&forwarder, &["two"]);
    until("it was woken", || asked.load(Ordering::Relaxed) > before);
    assert_eq!((forwarder.counts().failed, forwarder.counts().sent), (1, 0));
    assert!(forwarder.flush(LONG));
    assert_eq!(shelf.text(), "onetwo");
}

/// A sink that is busy, which it says, until it is let go.
struct Stuck(Arc<AtomicBool>, Receiver<()>);

impl Sink for Stuck {
    fn put(&mut self, _: &str, _: Vec<u8>) -> Result<(), SinkError> {
        self.0.store(true, Ordering::Relaxed);
        let _ = self.1.recv();
        Ok(())
    }
}

#[test]
fn a_sink_that_hangs_holds_nobody_up() {
    let folder = Folder::new();
    let (let_go, stuck) = channel();
    let is_busy: Arc<AtomicBool> = Arc::default();
    let sink = Stuck(is_busy.clone(), stuck);
    let forwarder = Forwarder::start(folder.spool(), sink, settings()).unwrap();
    put(&forwarder, &["one"]);
    until("it is busy", || is_busy.load(Ordering::Relaxed));
    assert!(!forwarder.flush(Duration::from_millis(20)));
    let began = Instant::now();
    let error = forwarder.stop(Duration::from_millis(20)).unwrap_err();
    assert!(matches!(error, ForwardError::Late(_)), "{error}");
    assert!(began.elapsed() < LONG);
    drop(let_go);
    until("the folder is free", || {
        Spool::open(&folder.path("spool"), Default::default()).is_ok()
    });
    assert_eq!(folder.spool().counts().waiting, 0);
}

#[test]
fn who_has_stopped_it_finds_the_folder_free() {
    let (folder, shelf) = (Folder::new(), Shelf::default());
    for _ in 0..50 {
        let forwarder = start(folder.spool(), &shelf);
        put(&forwarder, &["x"]);
        forwarder.stop(LONG).unwrap();
    }
    assert!(start(folder.spool(), &shelf).flush(LONG));
    assert_eq!(shelf.text(), "x".repeat(50));
}

struct Bomb;

impl Sink for Bomb {
    fn put(&mut self, _: &str, _: Vec<u8>) -> Result<(), SinkError> {
        panic!("as the test wants it");
    }
}

#[test]
fn a_sink_that_panics_loses_nothing() {
    let folder = Folder::new();
    let forwarder = Forwarder::start(folder.spool(), Bomb, settings()).unwrap();
    put(&forwarder, &["one"]);
    assert!(!forwarder.flush(LONG));
    put(&forwarder, &["two"]);
    assert!(matches!(forwarder.stop(LONG), Err(ForwardError::Panicked)));
    let shelf = Shelf::default();
    assert!(start(folder.spool(), &shelf).flush(LONG));
    assert_eq!(shelf.text(), "onetwo");
}

#[test]
fn a_rate_of_nothing_is_named() {
    let folder = Folder::new();
    let mut settings = settings();
    settings.rate = 0;
    let error = Forwarder::start(folder.spool(), Shelf::default(), settings).unwrap_err();
    assert!(error.to_string().starts_with("rate: "), "{error}");
}
