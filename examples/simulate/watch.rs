//! Looking on while a run goes.

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use fleet_core::sim::{Happening, Observer, Sim};
use fleet_core::{NodeId, Time};
use fleet_examples::run::{Recorder, Trace, clock};
use fleet_examples::scenario::{Reveal, Scenario};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// The recorder and, if asked for, a trace.
pub(crate) struct Watcher {
    pub(crate) recorder: Recorder,
    trace: Option<(Trace<BufWriter<File>>, PathBuf)>,
}

impl Watcher {
    pub(crate) fn new(recorder: Recorder, trace: Option<&Path>) -> Result<Self, String> {
        let create = |path: &Path| File::create(path).map_err(|error| unwritable(path, &error));
        let trace = match trace {
            Some(path) => Some((Trace::new(BufWriter::new(create(path)?)), path.to_owned())),
            None => None,
        };
        Ok(Watcher { recorder, trace })
    }

    /// The run has ended.
    ///
    /// # Errors
    /// If any of the trace could not be written.
    pub(crate) fn finish(&mut self, now: Time) -> Result<(), String> {
        self.recorder.finish(now);
        match self.trace.take() {
            Some((trace, path)) => trace.finish().map_err(|error| unwritable(&path, &error)),
            None => Ok(()),
        }
    }
}

fn unwritable(path: &Path, error: &io::Error) -> String {
    format!("--trace {}: {error}", path.display())
}

impl Observer for Watcher {
    fn observe(&mut self, now: Time, happening: &Happening<'_>) {
        self.recorder.observe(now, happening);
        if let Some((trace, _)) = &mut self.trace {
            trace.observe(now, happening);
        }
    }

    fn enter(&mut self, node: NodeId) {
        self.recorder.enter(node);
    }

    fn leave(&mut self, node: NodeId) {
        self.recorder.leave(node);
    }
}

/// A bar on a terminal: of tasks or, where these have no end, of time.
pub(crate) struct Progress {
    bar: ProgressBar,
    by_time: bool,
    drawn: Instant,
    steps: u64,
}

/// Steps of the simulation between two looks at the clock.
const STEPS: u64 = 64;
/// Between two pictures of the bar.
const REDRAW: Duration = Duration::from_millis(100);

impl Progress {
    pub(crate) fn new(show: bool, scenario: &Scenario, until: Option<Duration>) -> Self {
        let by_time = matches!(scenario.reveal, Reveal::Pool { .. });
        let length = match until.filter(|_| by_time) {
            Some(until) => until.as_secs(),
            None => scenario.tasks.len() as u64,
        };
        let target = if show {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(Some(length), target);
        let unit = if by_time { "simulated s" } else { "tasks ended" };
        let template = format!("{{bar:30}} {{pos}} of {{len}} {unit}{{msg}} [{{elapsed}}]");
        bar.set_style(ProgressStyle::with_template(&template).unwrap_or(ProgressStyle::default_bar()));
        if show {
            // Also while one step takes long: the first one on a large map plans for every robot.
            bar.enable_steady_tick(Duration::from_millis(500));
        }
        bar.tick();
        Progress {
            bar,
            by_time,
            drawn: Instant::now(),
            steps: 0,
        }
    }

    pub(crate) fn update(&mut self, sim: &Sim, recorder: &Recorder) {
        self.steps += 1;
        if self.bar.is_hidden() || !self.steps.is_multiple_of(STEPS) || self.drawn.elapsed() < REDRAW {
            return;
        }
        self.drawn = Instant::now();
        let now = sim.now().as_secs_f64();
        let busy = recorder.busy();
        if self.by_time {
            self.bar.set_position(now as u64);
            self.bar
                .set_message(format!(", {} tasks done, {busy} robots busy", recorder.done()));
        } else {
            let submitted = self.bar.length().unwrap_or(0) - sim.coming() as u64;
            self.bar.set_position(submitted - sim.open() as u64);
            self.bar.set_message(format!(
                ", {} open, {busy} robots busy, at {}",
                sim.open(),
                clock(now)
            ));
        }
    }

    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
