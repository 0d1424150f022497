//! What alarms measure: a level over time, averaged exactly.
//!
//! Levels are billionths, shifted by sixteen bits so that an average over instances loses nothing that matters. All
//! sums are integers: an average that meets a threshold meets it on every machine.

use super::setup::{Setup, TaskDefinitionSetup};
use crate::kernel::SimTime;
use crate::model::{Builtin, Cluster, MetricSource};
use crate::record::Counts;

/// A level: billionths, shifted by [`SHIFT`].
pub(super) type Level = i128;

const SHIFT: u32 = 16;

/// A plain number as a level.
pub(super) fn level(number: f64) -> Level {
    // Halves go away from nought, the same everywhere.
    ((number * 1e9).round() as i128) << SHIFT
}

/// `of` hundred percent of `all`.
fn percent(of: u32, all: u32) -> Option<Level> {
    (all > 0).then(|| ((i128::from(of) * 100_000_000_000) << SHIFT) / i128::from(all))
}

/// A level over time.
#[derive(Clone, Debug)]
pub(super) struct Signal {
    level: Option<Level>,
    since: SimTime,
    /// The fact after which it was so.
    pub(super) fact: u32,
    /// Level-milliseconds, and the milliseconds in which there was a level.
    sum: i128,
    covered: u64,
}

impl Signal {
    pub(super) fn new() -> Signal {
        Signal { level: None, since: SimTime::ZERO, fact: 0, sum: 0, covered: 0 }
    }

    /// Adds up what was until `now`.
    fn close(&mut self, now: SimTime) {
        let ms = now.since(self.since).as_ms();
        if let Some(level) = self.level {
            self.sum = self.sum.saturating_add(level.saturating_mul(i128::from(ms)));
            self.covered += ms;
        }
        self.since = now;
    }

    /// It is this from `now` on.
    pub(super) fn set(&mut self, now: SimTime, level: Option<Level>, fact: u32) {
        if level != self.level {
            self.close(now);
            self.level = level;
            self.fact = fact;
        }
    }

    /// Level-milliseconds until `now`, and the milliseconds with a level.
    pub(super) fn until(&mut self, now: SimTime) -> (i128, u64) {
        self.close(now);
        (self.sum, self.covered)
    }
}

/// Where an alarm's level comes from.
#[derive(Clone, Debug)]
pub(super) enum Source {
    /// What revisions add, by definition, averaged over ACTIVE instances.
    Contributions { daemons: Vec<Level>, apps: Vec<Level> },
    /// A measure that the simulation knows by itself.
    Builtin(Builtin),
}

impl Source {
    pub(super) fn new(source: &MetricSource, setup: &Setup) -> Source {
        match source {
            MetricSource::Builtin(builtin) => Source::Builtin(*builtin),
            MetricSource::Contributions { name, .. } => {
                let adds = |of: &TaskDefinitionSetup| {
                    let mine = of.behaviour.metrics.iter().filter(|(metric, _)| metric == name);
                    mine.map(|(_, adds)| level(*adds)).sum()
                };
                Source::Contributions {
                    daemons: setup.daemon_task_definitions.iter().map(adds).collect(),
                    apps: setup.task_definitions.iter().map(adds).collect(),
                }
            }
        }
    }

    /// The level now; none when there is nothing to measure.
    pub(super) fn level(&self, cluster: &Cluster, total: &Counts) -> Option<Level> {
        match self {
            Source::Builtin(Builtin::RunningTasks) => percent(total.app_running, total.app_desired),
            Source::Builtin(Builtin::WithoutDaemon) => percent(total.without_daemon, total.active),
            Source::Builtin(Builtin::Draining) => {
                percent(total.draining, total.registering + total.active + total.draining)
            }
            Source::Contributions { .. } if total.active == 0 => None,
            Source::Contributions { daemons, apps } => {
                let of_daemons =
                    cluster.revisions.iter().filter(|revision| revision.serving > 0).map(|revision| {
                        i128::from(revision.serving).saturating_mul(daemons[revision.task_definition.index()])
                    });
                let of_apps = cluster
                    .app_serving
                    .iter()
                    .zip(apps)
                    .filter(|(hosts, adds)| **hosts > 0 && **adds != 0)
                    .map(|(hosts, adds)| i128::from(*hosts).saturating_mul(*adds));
                let sum = of_daemons.chain(of_apps).fold(0, i128::saturating_add);
                Some(sum / i128::from(total.active))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_averaged_exactly() {
        let mut signal = Signal::new();
        let at = SimTime::from_ms;
        signal.set(at(0), Some(level(0.04)), 1);
        signal.set(at(15_000), None, 2);
        signal.set(at(25_000), Some(level(0.01)), 3);
        // 15 s of 0.04 and 35 s of 0.01, and 10 s of nothing.
        let (sum, covered) = signal.until(at(60_000));
        assert_eq!(covered, 50_000);
        assert_eq!(sum, 15_000 * level(0.04) + 35_000 * level(0.01));
        assert_eq!(signal.fact, 3);
    }

    #[test]
    fn shares_are_percent() {
        assert_eq!(percent(7, 28), Some(level(25.0)));
        assert_eq!(percent(0, 3), Some(0));
        assert_eq!(percent(0, 0), None);
    }
}
