//! Looking on while storms are run, and while one is made smaller.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar on a terminal.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// Over this many of something.
    pub(crate) fn new(show: bool, count: u64, unit: &str) -> Self {
        let target = if show {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(Some(count), target);
        let template = format!("{{bar:30}} {{pos}} of {{len}} {unit}{{msg}} [{{elapsed}}]");
        bar.set_style(ProgressStyle::with_template(&template).unwrap_or(ProgressStyle::default_bar()));
        if show {
            bar.enable_steady_tick(Duration::from_millis(200));
        }
        Progress(bar)
    }

    /// So many seeds are done, and so many of them failed.
    pub(crate) fn seeds(&self, done: u64, failed: u64) {
        let pace = done as f64 / self.0.elapsed().as_secs_f64().max(1e-3);
        self.0.set_position(done);
        self.0
            .set_message(format!(", {pace:.1} a second, {failed} failed"));
    }

    /// So many parts can be left out.
    pub(crate) fn parts(&self, out: usize) {
        self.0.set_position(out as u64);
        self.0.tick();
    }

    /// Prints a line above the bar, on stderr.
    pub(crate) fn say(&self, line: &str) {
        self.0.suspend(|| eprintln!("{line}"));
    }

    pub(crate) fn finish(&self) {
        self.0.finish_and_clear();
    }
}
