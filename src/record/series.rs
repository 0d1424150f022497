//! The cluster's counts and its alarms over time, small enough to draw whatever the run.

use super::ringing::Ringing;
use super::{Counts, FactKind, Observation, Recorder, Ring};
use crate::kernel::SimTime;
use crate::model::AlarmId;

/// At most so many points are kept: more than a picture has columns.
const POINTS_MAX: usize = 4096;

/// Keeps the cluster's counts over time. Changes that lie close together become one point, which keeps their
/// extremes: a dip of a millisecond stays a dip, after any merging. "Close" starts at a millisecond and doubles
/// whenever there are too many points, so what is kept does not hang on how long the run will be. When each alarm
/// rang is kept beside them.
#[derive(Clone, Debug)]
pub struct Series {
    /// Changes whose times fall into the same multiple of this many milliseconds are one point.
    width_ms: u64,
    points: Vec<Point>,
    /// The latest counts: they may still be corrected within their instant.
    latest: Option<(SimTime, Levels)>,
    ringing: Ringing,
}

/// What is kept, in the order of [`Levels`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// REGISTERING instances.
    Registering,
    /// ACTIVE instances.
    Active,
    /// DRAINING instances.
    Draining,
    /// DEREGISTERING instances.
    Deregistering,
    /// ACTIVE instances at the latest revisions.
    OnTarget,
    /// ACTIVE instances that are not, and lack no daemon.
    OnSource,
    /// ACTIVE instances that lack a daemon.
    WithoutDaemon,
    /// Service tasks wanted.
    Desired,
    /// Service tasks running.
    Running,
    /// Service tasks running and healthy.
    Healthy,
}

/// The counts of an instant, one for each [`Level`].
pub type Levels = [u32; 10];

/// One or several changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    /// When the first of them was.
    pub at: SimTime,
    /// The lowest of each count after any of them.
    pub low: Levels,
    /// The highest.
    pub high: Levels,
    /// The counts after the last of them.
    pub last: Levels,
}

impl Default for Series {
    fn default() -> Self {
        Series { width_ms: 1, points: Vec::new(), latest: None, ringing: Ringing::default() }
    }
}

impl Series {
    /// What was heard, by time.
    pub fn points(&self) -> Vec<Point> {
        let mut all = self.points.clone();
        if let Some((at, levels)) = self.latest {
            push(&mut all, self.width_ms, at, levels);
        }
        all
    }

    /// When an alarm was in ALARM, in order.
    pub fn rings(&self, alarm: AlarmId) -> &[Ring] {
        self.ringing.of(alarm)
    }

    fn flush(&mut self) {
        let Some((at, levels)) = self.latest.take() else { return };
        push(&mut self.points, self.width_ms, at, levels);
        while self.points.len() > POINTS_MAX {
            self.width_ms = self.width_ms.saturating_mul(2);
            let mut merged: Vec<Point> = Vec::with_capacity(self.points.len());
            for point in self.points.drain(..) {
                match merged.last_mut() {
                    Some(last) if same_bucket(last.at, point.at, self.width_ms) => last.absorb(&point),
                    Some(_) | None => merged.push(point),
                }
            }
            self.points = merged;
        }
    }
}

impl Recorder for Series {
    fn note(&mut self, at: SimTime, observation: Observation<'_>) {
        let counts = match observation {
            Observation::Counts { of: None, counts } => counts,
            Observation::Fact(fact) if fact.kind == FactKind::Alarm => return self.ringing.note(fact),
            Observation::Counts { .. }
            | Observation::Fact(_)
            | Observation::Launched { .. }
            | Observation::LaunchTaken { .. }
            | Observation::Created { .. } => return,
        };
        let levels = levels_of(counts);
        match self.latest {
            Some((_, known)) if known == levels => return,
            Some((then, _)) if then != at => self.flush(),
            Some(_) | None => {}
        }
        self.latest = Some((at, levels));
    }
}

impl Point {
    fn absorb(&mut self, later: &Point) {
        for (low, other) in self.low.iter_mut().zip(later.low) {
            *low = (*low).min(other);
        }
        for (high, other) in self.high.iter_mut().zip(later.high) {
            *high = (*high).max(other);
        }
        self.last = later.last;
    }
}

fn push(points: &mut Vec<Point>, width_ms: u64, at: SimTime, levels: Levels) {
    let point = Point { at, low: levels, high: levels, last: levels };
    match points.last_mut() {
        Some(last) if same_bucket(last.at, at, width_ms) => last.absorb(&point),
        Some(_) | None => points.push(point),
    }
}

fn same_bucket(a: SimTime, b: SimTime, width_ms: u64) -> bool {
    a.as_ms() / width_ms == b.as_ms() / width_ms
}

fn levels_of(c: &Counts) -> Levels {
    [
        c.registering,
        c.active,
        c.draining,
        c.deregistering,
        c.on_target,
        c.on_source,
        c.without_daemon,
        c.app_desired,
        c.app_running,
        c.app_healthy,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(series: &mut Series, ms: u64, active: u32) {
        let counts = Counts { active, ..Counts::default() };
        series.note(SimTime::from_ms(ms), Observation::Counts { of: None, counts: &counts });
    }

    #[test]
    fn few_changes_are_kept_as_they_are() {
        let mut series = Series::default();
        for (ms, active) in [(0, 5), (10, 5), (1_000, 4), (1_001, 5)] {
            note(&mut series, ms, active);
        }
        let seen: Vec<_> =
            series.points().iter().map(|p| (p.at.as_ms(), p.last[Level::Active as usize])).collect();
        assert_eq!(seen, [(0, 5), (1_000, 4), (1_001, 5)]);
    }

    #[test]
    fn what_was_corrected_within_its_instant_never_was() {
        let mut series = Series::default();
        for (ms, active) in [(0, 5), (7, 1), (7, 4), (9, 5)] {
            note(&mut series, ms, active);
        }
        let lows: Vec<_> = series.points().iter().map(|p| p.low[Level::Active as usize]).collect();
        assert_eq!(lows, [5, 4, 5]);
    }

    #[test]
    fn many_changes_keep_their_extremes_and_their_end() {
        let mut series = Series::default();
        for i in 0..1_000_000_u64 {
            let active = match i {
                333_333 => 2,
                777_777 => 9_000,
                _ => 100 + u32::try_from(i % 2).unwrap_or(0),
            };
            note(&mut series, i * 37, active);
        }
        let points = series.points();
        assert!(points.len() <= POINTS_MAX + 1 && points.len() > POINTS_MAX / 4, "{}", points.len());
        let active = Level::Active as usize;
        let dip = points.iter().find(|p| p.low[active] == 2).expect("the dip is kept");
        assert!(dip.at.as_ms().abs_diff(333_333 * 37) <= series.width_ms);
        assert_eq!(points.iter().map(|p| p.high[active]).max(), Some(9_000));
        assert_eq!(points.last().map(|p| p.last[active]), Some(101));
    }
}
