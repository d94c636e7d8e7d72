//! Looking on while it runs.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar on a terminal.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// Over so many runs.
    pub(crate) fn new(show: bool, runs: usize) -> Self {
        let target = if show {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(Some(runs as u64), target);
        let style = ProgressStyle::with_template("{bar:30} {pos} of {len} runs and plans [{elapsed}]");
        bar.set_style(style.unwrap_or(ProgressStyle::default_bar()));
        if show {
            bar.enable_steady_tick(Duration::from_millis(200));
        }
        Progress(bar)
    }

    pub(crate) fn done(&self, runs: usize) {
        self.0.set_position(runs as u64);
    }

    pub(crate) fn finish(&self) {
        self.0.finish_and_clear();
    }
}
