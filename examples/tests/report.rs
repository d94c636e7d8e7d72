//! The report of a run: what the file holds, and what a browser makes of it.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use fleet_core::sim::Sim;
use fleet_core::{Priority, Time};
use fleet_examples::readers::{self, Options};
use fleet_examples::report::{
    AuctionStory, Bar, BarKind, BarOutcome, BidStory, Bounds, Fact, FleetEvent, FleetEventKind, LogLine,
    MapPicture, MessageCount, MessageRow, MessageSeries, Report, RobotState, RobotTrack, StateSpan,
    SummaryGroup, TaskOutcome, TaskSeries, TaskStory, render, write,
};
use fleet_examples::run::{self, Choices, Recorder, Summary};
use fleet_examples::scenario::Scenario;
use proptest::prelude::*;

const HOSTILE: &str = r#"</script><img src=x onerror="document.title='owned'"> & 'it' {{data}}"#;

fn robot(number: usize, y: f64) -> RobotTrack {
    RobotTrack {
        id: format!("robot-{number}"),
        name: format!("Lifter {number}"),
        abilities: vec!["lift".to_owned()],
        keyframes: vec![[0.0, 0.5, y], [10.0, 6.5, y], [30.0, 6.5, y]],
        states: vec![
            span(0.0, 10.0, RobotState::Travel),
            span(10.0, 30.0, RobotState::Work),
        ],
        bars: Vec::new(),
        battery: vec![[0.0, 1.0], [100.0, 0.25]],
        distance: 6.0,
        done: 1,
    }
}

fn span(from: f64, to: f64, kind: RobotState) -> StateSpan {
    StateSpan { from, to, kind }
}

fn bar(task: usize, from: f64, to: f64, kind: BarKind) -> Bar {
    let outcome = BarOutcome::Done;
    Bar {
        task,
        from,
        to,
        kind,
        outcome,
    }
}

fn task(id: &str, name: &str) -> TaskStory {
    TaskStory {
        id: id.to_owned(),
        name: name.to_owned(),
        priority: Priority::Critical,
        stops: vec![[6.5, 1.5], [0.5, 0.5]],
        submitted: Some(0.0),
        due: Some(25.0),
        started: Some(0.5),
        finished: Some(30.0),
        outcome: TaskOutcome::Done,
        robot: Some(1),
        lateness: 5.0,
        log: vec![LogLine::from((0.5, "Lifter 2 set out".to_owned()))],
        auctions: vec![auction()],
        ..TaskStory::default()
    }
}

fn auction() -> AuctionStory {
    let bid = |robot, travel: f64, flowtime: f64| BidStory {
        robot,
        cost: travel + flowtime,
        terms: vec![travel, flowtime],
    };
    let mut auction = AuctionStory {
        opened: 0.0,
        closed: 0.5,
        epoch: "1.1".to_owned(),
        winner: Some(1),
        bids: vec![bid(0, 15.0, 5.25), bid(1, 9.25, 3.25)],
        silent: vec![3],
        ..AuctionStory::default()
    };
    auction.decline(2, HOSTILE);
    auction
}

/// Four robots, three tasks, one of everything, and hostile text wherever text goes.
fn sample() -> Report {
    let mut robots: Vec<_> = (1..=4).map(|number| robot(number, number as f64 - 0.5)).collect();
    robots[1].bars = vec![
        bar(0, 0.5, 10.0, BarKind::Travel),
        bar(0, 10.0, 30.0, BarKind::Work),
    ];
    robots[2].name = HOSTILE.to_owned();
    robots[2].states.push(span(40.0, 100.0, RobotState::Broken));
    robots[3].states.push(span(40.0, 90.0, RobotState::CutOff));
    let unserved = TaskStory {
        id: "open".to_owned(),
        reason: Some(HOSTILE.to_owned()),
        ..TaskStory::default()
    };
    let row = Fact::new(HOSTILE, HOSTILE);
    Report {
        title: HOSTILE.to_owned(),
        subtitle: HOSTILE.to_owned(),
        facts: vec![Fact::new("Seed", 42), row.clone()],
        summary: vec![SummaryGroup {
            title: "Tasks".to_owned(),
            rows: vec![Fact::new("Done", "2 of 3"), row],
        }],
        map: Some(MapPicture {
            columns: 8,
            rows: ["........", ".@@.@@..", "........", "........"]
                .map(str::to_owned)
                .to_vec(),
            cell: 1.0,
        }),
        bounds: Bounds::default(),
        chargers: vec![[0.5, 3.5]],
        duration: 100.0,
        terms: vec!["travel".to_owned(), "flowtime".to_owned()],
        robots,
        tasks: vec![
            task("7", "Bring the <b>pallet</b>"),
            task("hostile", HOSTILE),
            unserved,
        ],
        task_series: TaskSeries {
            t: vec![0.0, 10.0, 30.0],
            open: vec![3.0, 1.0, 1.0],
            running: vec![0.0, 2.0, 0.0],
            done: vec![0.0, 0.0, 2.0],
            failed: vec![0.0; 3],
        },
        message_series: MessageSeries {
            t: vec![0.0, 50.0],
            kinds: vec![MessageCount {
                name: HOSTILE.to_owned(),
                count: vec![120.0, 80.0],
            }],
            lost: vec![0.0, 4.0],
        },
        message_table: vec![MessageRow {
            kind: HOSTILE.to_owned(),
            sent: 12_345,
            delivered: 12_000,
            lost: 345,
            bytes: 1_000_000,
        }],
        events: vec![FleetEvent {
            t: 40.0,
            kind: FleetEventKind::Fault,
            text: HOSTILE.to_owned(),
        }],
    }
}

/// The JSON inside a page.
fn embedded(page: &str) -> &str {
    let start = page.find(r#"id="data">"#).expect("the page holds its data") + r#"id="data">"#.len();
    let end = page[start..].find("</script>").expect("the data ends");
    &page[start..start + end]
}

#[test]
fn the_data_comes_back_as_it_was() {
    let report = sample();
    let back: Report = serde_json::from_str(embedded(&render(&report))).expect("valid JSON");
    assert_eq!(back, report);
}

#[test]
fn hostile_text_stays_text() {
    let page = render(&sample());
    assert!(!page.contains("<img"));
    assert!(!page.contains("<b>pallet"));
    assert!(page.contains("<title>&lt;/script&gt;&lt;img src=x"));
    assert_eq!(
        page.matches("</script>").count(),
        2,
        "one end for the data and one for the program"
    );
}

#[test]
fn the_page_needs_nothing_else() {
    let page = render(&Report::new("Empty"));
    for reach in [
        "http:",
        "https:",
        "//cdn",
        " src=",
        "@import",
        "url(",
        "fetch(",
        "XMLHttpRequest",
        "import(",
    ] {
        assert!(!page.contains(reach), "the page holds {reach:?}");
    }
    assert!(
        page.contains("default-src 'none'"),
        "the page forbids itself the network"
    );
}

#[test]
fn the_results_read_without_javascript() {
    let page = render(&sample());
    let (before, _) = page.split_once("<script").expect("the page has a script");
    for text in [
        "<dt>Seed</dt><dd>42</dd>",
        "<h2>Tasks</h2>",
        "<dd>2 of 3</dd>",
        "<td>12\u{202f}345</td>",
        "<noscript>",
    ] {
        assert!(before.contains(text), "missing {text:?}");
    }
}

#[test]
fn only_the_cheapest_bids_and_the_winner_are_kept() {
    let bids = [5.0, 1.0, 3.0, 9.0, 7.0];
    let bids = bids.iter().enumerate().map(|(robot, &cost)| BidStory {
        robot,
        cost,
        terms: vec![],
    });
    let mut auction = AuctionStory {
        winner: Some(4),
        bids: bids.collect(),
        ..AuctionStory::default()
    };
    auction.keep_best(2);
    assert_eq!(
        auction.bids.iter().map(|bid| bid.robot).collect::<Vec<_>>(),
        [1, 2, 4]
    );
    assert_eq!(auction.left_out, 2);
}

#[test]
fn a_report_is_replaced_whole_or_not_at_all() {
    let dir = Scratch::new();
    let path = dir.0.join("run.html");
    write(&path, &Report::new("First")).expect("the directory is there");
    write(&path, &sample()).expect("the directory is there");
    assert_eq!(fs::read_to_string(&path).expect("the report"), render(&sample()));
    assert_eq!(
        fs::read_dir(&dir.0).expect("the directory").count(),
        1,
        "nothing is left over"
    );
    assert!(write(dir.0.join("missing/run.html"), &sample()).is_err());
    assert!(write("/", &sample()).is_err());
}

proptest! {
    #[test]
    fn any_text_survives(title in any::<String>()) {
        let page = render(&Report::new(title.clone()));
        let data = embedded(&page);
        let safe = !data.contains(['<', '>', '&', '\u{2028}', '\u{2029}']);
        prop_assert!(safe, "{}", data);
        let back: Report = serde_json::from_str(data).expect("valid JSON");
        prop_assert_eq!(back.title, title);
    }
}

/// A directory that goes when it is dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("report-{}-{number}", std::process::id());
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&path).expect("the target directory can be written to");
        Scratch(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A browser that was stopped may still hold files; they are in the target directory.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The browser to test with. Without one the test passes and says so, unless `FLEET_REQUIRE_BROWSER` is 1.
fn browser() -> Option<PathBuf> {
    let named = std::env::var_os("CHROMIUM").map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let found = names
        .iter()
        .flat_map(|name| std::env::split_paths(&path).map(move |dir| dir.join(name)));
    let browser = named.or_else(|| found.into_iter().find(|file| file.is_file()));
    if browser.is_none() {
        let advice = "install one (`apt-get install chromium`) or set CHROMIUM to its path";
        assert!(
            std::env::var_os("FLEET_REQUIRE_BROWSER").is_none_or(|value| value != "1"),
            "no browser: {advice}"
        );
        // Past the capture of the test harness, so that it is seen.
        let _ = writeln!(
            std::io::stderr(),
            "report: left out the test in a browser, found none; {advice}"
        );
    }
    browser
}

/// What the document is once the page has run `width` pixels wide.
///
/// A browser's window cannot be as narrow as a phone, but a frame can: the document around it is replaced by the one
/// inside once that has run.
fn document(browser: &Path, page: &Path, hash: &str, width: u32) -> String {
    let dir = Scratch::new();
    let dom = dir.0.join("dom.html");
    let around = dir.0.join("around.html");
    let frame = format!(
        "<!doctype html><html><iframe src=\"file://{}{hash}\" style=\"width:{width}px;height:800px;border:0\" \
         onload=\"document.replaceChild(document.adoptNode(this.contentDocument.documentElement), \
         document.documentElement)\"></iframe></html>",
        page.display()
    );
    fs::write(&around, frame).expect("the scratch directory");
    let mut child = Command::new(browser)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
        ])
        .args([
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ])
        .args([
            "--disable-dev-shm-usage",
            "--virtual-time-budget=5000",
            "--dump-dom",
        ])
        .arg(format!("--user-data-dir={}", dir.0.join("profile").display()))
        .args(["--allow-file-access-from-files", "--window-size=1500,900"])
        .arg(format!("file://{}", around.display()))
        .stdout(fs::File::create(&dom).expect("the scratch directory"))
        .stderr(Stdio::null())
        .spawn()
        .expect("the browser starts");
    let end = Instant::now() + Duration::from_secs(90);
    while child.try_wait().expect("the browser is our child").is_none() {
        if Instant::now() > end {
            child.kill().expect("the browser is our child");
            child.wait().expect("the browser is our child");
            panic!("the browser did not finish with {hash:?}");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    fs::read_to_string(&dom).expect("the browser wrote the document")
}

/// The opening tag of the document, where the page says how it is.
fn status(dom: &str) -> &str {
    let start = dom.find("<html").expect("a document");
    &dom[start..start + dom[start..].find('>').expect("a tag ends")]
}

#[test]
fn a_browser_shows_it() {
    let Some(browser) = browser() else { return };
    let dir = Scratch::new();
    let page = dir.0.join("run.html");
    write(&page, &sample()).expect("the scratch directory");

    let dom = document(&browser, &page, "#task=7&theme=dark", 380);
    let shown = status(&dom);
    assert!(shown.contains(r#"data-ready="1""#), "not drawn: {shown}");
    assert!(!shown.contains("data-error"), "{shown}");
    assert!(shown.contains(r#"data-theme="dark""#), "{shown}");
    assert!(
        shown.contains(r#"data-width="380""#) && shown.contains(r#"data-fits="true""#),
        "{shown}"
    );
    let sentence = "Lifter 2 won with 12.5: 9.3 travel + 3.3 flowtime; next best Lifter 1 with 20.3.";
    assert!(dom.contains(sentence), "the panel does not say why");
    assert!(
        dom.contains("1 declined: &lt;/script&gt;&lt;img"),
        "the panel does not say who declined"
    );
    assert!(
        dom.contains("1 did not answer"),
        "the panel does not say who was silent"
    );

    let dom = document(&browser, &page, "#task=hostile&theme=light", 1400);
    let shown = status(&dom);
    assert!(
        shown.contains(r#"data-ready="1""#) && !shown.contains("data-error"),
        "{shown}"
    );
    assert!(
        shown.contains(r#"data-theme="light""#) && shown.contains(r#"data-fits="true""#),
        "{shown}"
    );
    assert!(
        !dom.contains("<img") && !dom.contains("owned</title>"),
        "a name became a part of the page"
    );
}

#[test]
fn a_browser_shows_an_empty_report() {
    let Some(browser) = browser() else { return };
    let dir = Scratch::new();
    let page = dir.0.join("run.html");
    write(&page, &Report::new("Empty")).expect("the scratch directory");
    let dom = document(&browser, &page, "", 800);
    let shown = status(&dom);
    assert!(
        shown.contains(r#"data-ready="1""#) && !shown.contains("data-error"),
        "{shown}"
    );
}

/// The report of a real run: an hour in a small yard, with a partition and a breakdown.
fn small_run() -> (Report, Scenario) {
    let scenario = readers::open(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/yard.toml"),
        &Options::default(),
    );
    let scenario = scenario.expect("a good scenario");
    let choices = Choices::default().or_scenario(&scenario).expect("its choices");
    let mut sim = Sim::new(choices.setup(&scenario)).expect("a good scenario");
    let mut recorder = Recorder::new(&scenario, true);
    sim.run(Time::from_secs(3600), &mut recorder);
    recorder.finish(sim.now());
    let summary = Summary::new(&scenario, &choices, &recorder, &sim, 0.1);
    (run::report(&scenario, &recorder, &sim, &summary), scenario)
}

#[test]
fn a_browser_shows_a_real_run() {
    let Some(browser) = browser() else { return };
    let dir = Scratch::new();
    let page = dir.0.join("run.html");
    let (report, scenario) = small_run();
    write(&page, &report).expect("the scratch directory");
    let task = report.tasks.iter().find(|task| !task.auctions.is_empty());
    let task = task.expect("something was awarded");
    let winner = task.auctions.last().and_then(|auction| auction.winner);
    let winner = &report.robots[winner.expect("somebody won")].name;

    for (width, theme) in [(380, "light"), (1400, "dark")] {
        let dom = document(
            &browser,
            &page,
            &format!("#task={}&theme={theme}", task.id),
            width,
        );
        let shown = status(&dom);
        assert!(
            shown.contains(r#"data-ready="1""#) && !shown.contains("data-error"),
            "{shown}"
        );
        assert!(shown.contains(r#"data-fits="true""#), "{shown}");
        assert!(dom.contains(&task.name) && dom.contains(&format!("{winner} won with ")));
        assert!(dom.contains(&format!("{} of {}", scenario.tasks.len(), scenario.tasks.len())));
        for event in ["carrier-2 broke down", "1 robot is cut off"] {
            assert!(dom.contains(event), "no {event:?}");
        }
    }
}
