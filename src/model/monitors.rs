//! What watches a deployment, and what it does when it has seen enough.

use super::{AlarmId, MonitorStatus};
use crate::kernel::{EventKey, SimTime};

/// A deployment's circuit breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Breaker {
    /// How many failures trip it.
    pub threshold: u32,
    /// Failures counted.
    pub failures: u32,
    /// What it does.
    pub status: MonitorStatus,
}

impl Breaker {
    /// One that does not watch.
    pub const OFF: Breaker = Breaker { threshold: 0, failures: 0, status: MonitorStatus::Disabled };
}

/// The alarms of a deployment.
#[derive(Clone, Debug)]
pub struct AlarmWatch {
    /// Which, and whether each is ignored because it rang when the deployment began.
    pub alarms: Vec<(AlarmId, bool)>,
    /// What watching does.
    pub status: MonitorStatus,
    /// Looks so far.
    pub looks: u32,
    /// The next look.
    pub next: EventKey,
    /// Those that triggered the rollback.
    pub triggered: Vec<AlarmId>,
}

impl AlarmWatch {
    /// No look has been taken at these alarms.
    pub fn of(alarms: &[AlarmId]) -> AlarmWatch {
        AlarmWatch {
            alarms: alarms.iter().map(|alarm| (*alarm, false)).collect(),
            status: MonitorStatus::Disabled,
            looks: 0,
            next: EventKey::NONE,
            triggered: Vec::new(),
        }
    }
}

/// That a deployment failed, and its rollback.
#[derive(Clone, Debug)]
pub struct Rollback {
    /// When it became STOP_REQUESTED.
    pub requested: SimTime,
    /// When it became ROLLBACK_IN_PROGRESS; none when there was nothing to roll back to.
    pub started: Option<SimTime>,
    /// Why, in words.
    pub reason: String,
    /// Failures of the revision that it rolls back to.
    pub failures: u32,
    /// Its latest fact.
    pub fact: u32,
}

/// How long instances have carried a daemon revision, ACTIVE or DRAINING.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exposure {
    /// How many do now.
    pub instances: u32,
    /// Since when.
    pub since: SimTime,
    /// Instance-milliseconds until then.
    pub ms: u128,
}

impl Exposure {
    /// Instance-milliseconds until `now`.
    pub fn until(&self, now: SimTime) -> u128 {
        self.ms + u128::from(self.instances) * u128::from(now.since(self.since).as_ms())
    }

    /// One instance more or less from now on.
    pub fn change(&mut self, now: SimTime, by: i32) {
        self.ms = self.until(now);
        self.since = now;
        self.instances = self.instances.saturating_add_signed(by);
    }
}
