//! Finding the example programs, running them, and waiting for their end.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime};

/// No run in the tests takes anywhere near as long.
const PATIENCE: Duration = Duration::from_secs(120);

/// The example program `name`, as new as its sources.
///
/// Cargo builds examples before it runs all tests of a package, but not before it runs one test file.
pub(crate) fn program(name: &str) -> PathBuf {
    static BUILDING: Mutex<()> = Mutex::new(());
    let _one_at_a_time = BUILDING.lock().unwrap();
    // target/<profile>/deps/simulate-<hash>
    let test = std::env::current_exe().expect("the test knows its own path");
    let profile = test.ancestors().nth(2).expect("target/<profile>");
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    let program = profile.join("examples").join(file);
    let built = fs::metadata(&program).and_then(|data| data.modified());
    if built.is_err() || built.is_ok_and(|built| built < newest_source(name)) {
        build(name, profile);
    }
    assert!(
        program.is_file(),
        "there is no {}: build it with `cargo build -p fleet-examples --example {name}`",
        program.display()
    );
    program
}

fn build(name: &str, profile: &Path) {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "-p", "fleet-examples", "--example", name]);
    if cfg!(feature = "planted") {
        cargo.args(["--features", "planted"]);
    }
    match profile.file_name().and_then(|name| name.to_str()) {
        None | Some("debug") => {}
        Some(profile) => drop(cargo.args(["--profile", profile])),
    }
    cargo
        .arg("--target-dir")
        .arg(profile.parent().expect("target/<profile>"));
    let built = cargo.current_dir(env!("CARGO_MANIFEST_DIR")).output();
    let built = built.expect("cargo starts");
    let said = String::from_utf8_lossy(&built.stderr);
    assert!(built.status.success(), "{name} does not build:\n{said}");
}

fn newest_source(name: &str) -> SystemTime {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let own = [format!("{name}.rs"), name.to_owned()];
    let shared = ["src", "scenarios", "../fleet-core/src"].map(str::to_owned);
    let all = own.into_iter().chain(shared).map(|path| package.join(path));
    let newest = all.filter(|path| path.exists()).map(|path| newest_in(&path));
    newest.max().expect("there are sources")
}

fn newest_in(path: &Path) -> SystemTime {
    if path.is_file() {
        let data = fs::metadata(path).expect("a source");
        return data.modified().expect("a time");
    }
    let entries = fs::read_dir(path).expect("a folder of sources");
    let times = entries.map(|entry| newest_in(&entry.expect("an entry").path()));
    times.max().unwrap_or(SystemTime::UNIX_EPOCH)
}

/// An empty folder for one test.
pub(crate) fn folder(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("programs")
        .join(format!("{}-{test}", env!("CARGO_CRATE_NAME")));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("the target directory can be written to");
    folder
}

/// What became of a run of a program.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// A program under way; what it prints goes into files beside its folder, so that it never waits for a reader.
pub(crate) struct Running {
    pub(crate) child: Child,
    printed: [PathBuf; 2],
    what: String,
}

pub(crate) fn start(name: &str, folder: &Path, arguments: &[&str]) -> Running {
    let printed = ["out", "err"].map(|end| folder.with_extension(end));
    let [out, err] = printed
        .each_ref()
        .map(|path| File::create(path).expect("the target directory can be written to"));
    let child = Command::new(program(name))
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(out)
        .stderr(err)
        .spawn()
        .expect("the program starts");
    Running {
        child,
        printed,
        what: format!("{name} {}", arguments.join(" ")),
    }
}

impl Running {
    pub(crate) fn end(mut self) -> Ended {
        let what = self.what.clone();
        let status = wait_for(&what, || self.child.try_wait().expect("it is our child"));
        let [out, err] = self.printed.each_ref().map(|path| {
            let bytes = fs::read(path).expect("what it printed");
            String::from_utf8(bytes).expect("it prints UTF-8")
        });
        let code = ExitStatus::code(&status);
        Ended { code, out, err }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Only of use where a test has failed.
        let _ = self.child.kill();
    }
}

/// Waits, with a bound, until there is something.
pub(crate) fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < end, "waited for too long: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

pub(crate) fn run(name: &str, folder: &Path, arguments: &[&str]) -> Ended {
    start(name, folder, arguments).end()
}
