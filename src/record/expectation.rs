//! What a scenario expects of a run (`expect:`), and whether the run showed it.

use super::RunSummary;
use crate::model::{DaemonId, DeploymentStatus, ServiceId};

/// One thing expected.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    /// Where it stands in the file: `deployments.my-daemon.duration.atMost`.
    pub path: String,
    /// Of what.
    pub measure: Measure,
    /// What it must be.
    pub bound: Bound,
}

/// A number or word of a run's summary that can be expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Status of the daemon's last deployment.
    Status(DaemonId),
    /// From its creation to its end, in milliseconds.
    Duration(DaemonId),
    /// Its waves.
    Waves(DaemonId),
    /// Instances it drained.
    InstancesReplaced(DaemonId),
    /// App tasks it made move.
    TasksMoved(DaemonId),
    /// App tasks it made move more than once.
    TasksMovedAgain(DaemonId),
    /// The fewest running tasks of a service.
    RunningTasks(ServiceId),
    /// The fewest healthy tasks of a service.
    HealthyTasks(ServiceId),
    /// Stops that a service did not ask for.
    Interruptions(ServiceId),
    /// The most of them for one task and its successors.
    InterruptionsPerTask(ServiceId),
    /// How long fewer ran than desired, in milliseconds.
    BelowDesired(ServiceId),
    /// The most instances of the cluster at a time.
    Instances,
    /// Billionths of a dollar.
    Cost,
}

/// What a measure must be. Durations are milliseconds, costs billionths of a dollar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// This status.
    Is(DeploymentStatus),
    /// No more.
    AtMost(u128),
    /// No less.
    AtLeast(u128),
    /// Exactly.
    Exactly(u128),
}

/// What a run showed of a measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Nothing: the deployment has not ended, the service never had its tasks.
    Nothing,
    /// A status.
    Status(DeploymentStatus),
    /// A number.
    Number(u128),
}

impl Expectation {
    /// What the run showed, and whether that is what was expected. What never came to be is not as expected.
    pub fn judge(&self, run: &RunSummary) -> (Shown, bool) {
        let shown = self.measure.of(run);
        let held = match (self.bound, shown) {
            (Bound::Is(wanted), Shown::Status(status)) => status == wanted,
            (Bound::AtMost(limit), Shown::Number(n)) => n <= limit,
            (Bound::AtLeast(limit), Shown::Number(n)) => n >= limit,
            (Bound::Exactly(wanted), Shown::Number(n)) => n == wanted,
            (Bound::Is(_), Shown::Number(_) | Shown::Nothing)
            | (Bound::AtMost(_) | Bound::AtLeast(_) | Bound::Exactly(_), Shown::Status(_) | Shown::Nothing) => {
                false
            }
        };
        (shown, held)
    }
}

impl Measure {
    /// Its value in a run.
    pub fn of(self, run: &RunSummary) -> Shown {
        let number = |n: Option<u128>| n.map_or(Shown::Nothing, Shown::Number);
        let last = |daemon: DaemonId| run.deployments.iter().rev().find(|d| d.name.daemon == daemon);
        let service = |id: ServiceId| run.services.iter().find(|s| s.service == id);
        match self {
            Measure::Status(d) => last(d).map_or(Shown::Nothing, |d| Shown::Status(d.status)),
            Measure::Duration(d) => number(last(d).and_then(|d| d.duration()).map(|d| u128::from(d.as_ms()))),
            Measure::Waves(d) => number(last(d).map(|d| u128::from(d.waves))),
            Measure::InstancesReplaced(d) => number(last(d).map(|d| u128::from(d.instances_replaced))),
            Measure::TasksMoved(d) => number(last(d).map(|d| u128::from(d.tasks_moved))),
            Measure::TasksMovedAgain(d) => number(last(d).map(|d| u128::from(d.tasks_moved_again))),
            Measure::RunningTasks(s) => number(service(s).and_then(|s| s.min_running).map(u128::from)),
            Measure::HealthyTasks(s) => number(service(s).and_then(|s| s.min_healthy).map(u128::from)),
            Measure::Interruptions(s) => number(service(s).map(|s| u128::from(s.interruptions))),
            Measure::InterruptionsPerTask(s) => {
                number(service(s).map(|s| u128::from(s.max_interruptions_per_task)))
            }
            Measure::BelowDesired(s) => number(service(s).map(|s| u128::from(s.below_desired.as_ms()))),
            Measure::Instances => Shown::Number(u128::from(run.cluster.instances_max)),
            Measure::Cost => Shown::Number(run.cluster.cost_nanos),
        }
    }
}
