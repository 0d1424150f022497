//! Which part of a run is worth drawing.

use super::super::RunReport;
use super::super::human::{clock, human};
use crate::kernel::{SimDuration, SimTime};
use crate::record::{Level, Point};

/// A part of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) from: SimTime,
    pub(super) to: SimTime,
}

impl Window {
    /// From a bit before the first action to a bit after the last. Actions are the deployments and the lowest
    /// point of capacity; in a run without deployments every change is one.
    pub(super) fn of(report: &RunReport<'_>, points: &[Point]) -> Window {
        let run = report.summary;
        let mut actions: Vec<SimTime> = Vec::new();
        for d in &run.deployments {
            actions.extend([d.created, d.finished.unwrap_or(run.ended_at)]);
        }
        for wave in &run.waves {
            actions.extend([wave.started, wave.finished.unwrap_or(run.ended_at)]);
        }
        if actions.is_empty() {
            actions.extend(points.iter().skip(1).map(|p| p.at));
        } else if dips(points) {
            actions.push(run.cluster.active_min_at);
        }
        if let Some(last) = actions.iter().max().copied() {
            actions.extend(recovery(points, last));
        }
        let first = actions.iter().min().copied().unwrap_or(SimTime::ZERO);
        let last = actions.iter().max().copied().unwrap_or(run.ended_at).min(run.ended_at);
        Window::around(first, last, run.ended_at)
    }

    /// With a margin, within the run, and never empty.
    pub(super) fn around(first: SimTime, last: SimTime, end: SimTime) -> Window {
        let span = last.since(first).as_ms().max(1_000);
        let from = SimTime::from_ms(first.as_ms().saturating_sub(span / 25));
        let to = last + SimDuration::from_ms(span / 16);
        let to = to.min(end).max(from + SimDuration::from_ms(1_000));
        Window { from, to }
    }

    pub(super) fn holds(&self, at: SimTime) -> bool {
        self.from <= at && at <= self.to
    }

    /// "shown: 71:50:00 to 72:20:00 of 7 d 00 h", unless that is nearly everything.
    pub(super) fn remark(&self, end: SimTime) -> Option<String> {
        let (shown, all) = (self.to.since(self.from).as_ms(), end.as_ms());
        (shown < all / 10 * 9).then(|| {
            let all = human(end.since(SimTime::ZERO));
            format!("shown: {} to {} of {all}", clock(self.from), clock(self.to))
        })
    }
}

/// When the services have their tasks again, if they lack some at `last`.
fn recovery(points: &[Point], last: SimTime) -> Option<SimTime> {
    let whole = |p: &Point| p.last[Level::Healthy as usize] >= p.last[Level::Desired as usize];
    let now = points.iter().rposition(|p| p.at <= last)?;
    if whole(&points[now]) {
        return None;
    }
    points[now..].iter().find(|p| whole(p)).map(|p| p.at)
}

/// Whether ACTIVE instances ever become fewer.
fn dips(points: &[Point]) -> bool {
    let active = Level::Active as usize;
    points.windows(2).any(|pair| pair[1].low[active] < pair[0].last[active])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_has_margins_and_stays_within_the_run() {
        let ms = SimTime::from_ms;
        let window = Window::around(ms(1_000_000), ms(2_600_000), ms(604_800_000));
        assert_eq!((window.from, window.to), (ms(936_000), ms(2_700_000)));
        assert_eq!(window.remark(ms(604_800_000)).as_deref(), Some("shown: 0:15:36 to 0:45:00 of 7 d 00 h"));
        assert_eq!(window.remark(ms(1_900_000)), None);
        assert_eq!(Window::around(ms(0), ms(0), ms(0)), Window { from: ms(0), to: ms(1_000) });
    }
}
