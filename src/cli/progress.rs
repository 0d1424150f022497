//! How far a run is, for someone who waits.

use super::terminal::Terminal;
use crate::kernel::SimTime;
use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use std::fmt;
use std::time::Duration;

/// Runs shorter than this show nothing.
const PATIENCE: Duration = Duration::from_secs(1);

/// A line on standard error, for long runs on a terminal.
#[derive(Debug)]
pub(super) struct Progress {
    bar: Option<ProgressBar>,
    shown: bool,
}

impl Progress {
    pub(super) fn new(terminal: &Terminal) -> Progress {
        let bar = terminal.shows_progress().then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
            // How long a run will be is not known before it ends: no bar, no percentage.
            if let Ok(style) = ProgressStyle::with_template("{spinner} simulating: {msg} ({elapsed})") {
                bar.set_style(style);
            }
            bar
        });
        Progress { bar, shown: false }
    }

    /// The run has come so far.
    pub(super) fn reached(&mut self, now: SimTime, events: u64) {
        let Some(bar) = &self.bar else { return };
        if !self.shown {
            if bar.elapsed() < PATIENCE {
                return;
            }
            bar.set_draw_target(ProgressDrawTarget::stderr());
            self.shown = true;
        }
        let seconds = now.as_ms() / 1000;
        let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        bar.set_message(format!(
            "{hours:02}:{minutes:02}:{seconds:02} of virtual time, {} events",
            HumanCount(events)
        ));
        bar.tick();
    }
}

/// A bar on standard error, for many runs on a terminal.
#[derive(Debug)]
pub(super) struct RunsBar(Option<ProgressBar>);

impl RunsBar {
    /// A bar for so many runs; none: how many is not known beforehand.
    pub(super) fn new(terminal: &Terminal, total: Option<u64>) -> RunsBar {
        let bar = terminal.shows_progress().then(|| {
            let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr_with_hz(5));
            let template = match total {
                Some(_) => "{wide_bar} {human_pos} of {human_len} runs, {rate}, {eta} left",
                None => "{spinner} {prefix}{human_pos} runs, {rate} ({elapsed})",
            };
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style.with_key("rate", rate));
            }
            bar
        });
        RunsBar(bar)
    }

    /// What they are for, said before how many of them are done.
    pub(super) fn about(&self, what: &str) {
        if let Some(bar) = &self.0 {
            bar.set_prefix(what.to_owned());
        }
    }

    /// Runs that need not be done: the rate does not count them.
    pub(super) fn skip(&self, runs: u64) {
        if let Some(bar) = &self.0 {
            bar.inc(runs);
            bar.reset_eta();
        }
    }

    /// So many runs are done in all.
    pub(super) fn reached(&self, runs: u64) {
        if let Some(bar) = &self.0 {
            bar.set_position(runs);
        }
    }
}

/// Runs a second, as finely as it helps.
fn rate(state: &ProgressState, out: &mut dyn fmt::Write) {
    let rate = state.per_sec();
    // A bar that cannot be drawn is not worth more.
    let _ = if rate < 10.0 { write!(out, "{rate:.1} a second") } else { write!(out, "{rate:.0} a second") };
}

impl Drop for RunsBar {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

impl Drop for Progress {
    /// Leaves a clean line for what is printed next.
    fn drop(&mut self) {
        if let (Some(bar), true) = (&self.bar, self.shown) {
            bar.finish_and_clear();
        }
    }
}
