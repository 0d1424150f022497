//! Groups of app tasks: services, and families of standalone tasks.

use super::{
    AppTaskId, CapacityProviderId, DeploymentId, Owner, Search, ServiceStatus, TaskCounts, TaskDefinitionId,
};
use std::collections::VecDeque;

/// The tasks of one service, or of one family of standalone tasks.
#[derive(Clone, Debug)]
pub struct Group {
    /// Which.
    pub owner: Owner,
    /// Its tasks, in no particular order.
    pub tasks: Vec<AppTaskId>,
    /// Tasks created so far; the next one's number less one.
    pub created: u32,
    /// Tasks in each zone of the cluster that are placed, not on their way out and not on a draining instance.
    pub in_zone: Vec<u32>,
    /// The most tasks that it ever had on one host.
    pub most_on_host: u32,
    /// Where it last looked for a host.
    pub searches: Vec<Search>,
    /// What makes it a service.
    pub service: Option<Box<Service>>,
}

/// What a service's scheduler knows and wants.
#[derive(Clone, Debug)]
pub struct Service {
    /// Its status.
    pub status: ServiceStatus,
    /// What its tasks are to run.
    pub task_definition: TaskDefinitionId,
    /// How many it wants.
    pub desired: u32,
    /// ⌈this share of desired⌉ stay healthy.
    pub minimum_healthy_percent: u32,
    /// ⌊this share of desired⌋ may exist.
    pub maximum_percent: u32,
    /// Whether load balancers send it traffic.
    pub load_balancers: bool,
    /// Whether its tasks are moved to even out zones.
    pub zone_rebalancing: bool,
    /// Where its tasks go.
    pub strategy: Vec<ProviderShare>,

    /// Its tasks by status, unwanted ones included.
    pub tasks: TaskCounts,
    /// Of the healthy, those that the scheduler knows to be.
    pub known_healthy: u32,
    /// Tasks that the scheduler believes to have and to keep: a loss counts once it is known.
    pub wanted: u32,
    /// Unwanted tasks that are healthy, to be stopped as the lower bound allows, in this order.
    pub to_stop: VecDeque<(AppTaskId, u32)>,
    /// Places of tasks that go or are gone, each to be filled by a new task.
    pub to_replace: VecDeque<Vacancy>,
    /// Whether a reaction is due in this instant.
    pub due: bool,
    /// The fact that the next reaction answers.
    pub cause: u32,
    /// Reactions so far.
    pub reactions: u32,
    /// Tasks that failed to start since the last one was RUNNING.
    pub failed_in_a_row: u32,
    /// What it shows for itself.
    pub tally: ServiceTally,
}

/// One provider of a service's strategy, and how many of its tasks are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProviderShare {
    /// Which.
    pub provider: CapacityProviderId,
    /// So many tasks go there first.
    pub base: u32,
    /// Its share of the rest.
    pub weight: u32,
    /// Wanted tasks that are there.
    pub tasks: u32,
}

/// The place of a task that goes or is gone.
#[derive(Clone, Copy, Debug)]
pub struct Vacancy {
    /// The task, and its number.
    pub of: (AppTaskId, u32),
    /// What made the place free.
    pub cause: u32,
    /// The deployment that moves the task, if one does.
    pub moved_by: DeploymentId,
    /// Stops that the task and its predecessors suffered, this one included.
    pub interruptions: u16,
    /// Tasks in that place that failed to start, one after the other.
    pub failed_starts: u8,
}

/// What a service shows for itself over a run.
#[derive(Clone, Debug, Default)]
pub struct ServiceTally {
    /// Whether its minima count: from the start, or once it has had all its tasks.
    pub counting_running: bool,
    /// The same for the healthy ones.
    pub counting_healthy: bool,
    /// The fewest that ran, and when first.
    pub min_running: Option<(u32, u64)>,
    /// The fewest that were healthy.
    pub min_healthy: Option<u32>,
    /// Milliseconds with fewer than desired.
    pub below_ms: u64,
    /// Task-milliseconds lost.
    pub lost_ms: u128,
    /// Since when `shown` holds.
    pub since_ms: u64,
    /// (running, desired) since then.
    pub shown: (u32, u32),
    /// Stops that it did not ask for.
    pub interruptions: u32,
    /// The most of them for one task and its successors.
    pub max_interruptions: u32,
    /// Created → placed of each task that was placed, in milliseconds.
    pub waits: Vec<u32>,
    /// Whether something changed in this instant.
    pub touched: bool,
}

impl Service {
    /// How many must stay healthy: ⌈desired · minimumHealthyPercent⌉.
    pub fn lower_bound(&self) -> u32 {
        share(self.desired, self.minimum_healthy_percent, true)
    }

    /// How many may exist: ⌊desired · maximumPercent⌋.
    pub fn upper_bound(&self) -> u32 {
        share(self.desired, self.maximum_percent, false)
    }
}

/// `percent` of `count`, rounded up or down.
fn share(count: u32, percent: u32, up: bool) -> u32 {
    let product = u64::from(count) * u64::from(percent);
    let share = if up { product.div_ceil(100) } else { product / 100 };
    u32::try_from(share).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn bounds_round_to_the_safe_side() {
        // ⌊3 · 125 %⌋ = 3, ⌈2 · 75 %⌉ = 2, ⌈3 · 67 %⌉ = ⌈2.01⌉ = 3.
        assert_eq!(share(3, 125, false), 3);
        assert_eq!(share(2, 75, true), 2);
        assert_eq!(share(3, 67, true), 3);
        assert_eq!(share(280, 200, false), 560);
    }
}
