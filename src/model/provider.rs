//! Capacity providers: what may be launched, what there is, and who waits for it.

use super::{
    AppTaskId, DaemonRevisionId, DaemonSetId, InstanceId, InstanceTypeId, OpenSet, TaskCounts, ZoneId,
};
use crate::kernel::{IndexSet, SimDuration, SimTime};
use std::collections::VecDeque;

/// A capacity provider.
#[derive(Clone, Debug, Default)]
pub struct CapacityProvider {
    /// Whether it can be used.
    pub exists: bool,
    /// The types it may launch.
    pub instance_types: Vec<InstanceTypeId>,
    /// The zones it may launch in.
    pub zones: Vec<ZoneId>,
    /// How long an instance may idle; none: for ever.
    pub scale_in_after: Option<SimDuration>,
    /// The account's quota.
    pub max_instances: u32,
    /// Whether its capacity is SPOT.
    pub spot: bool,
    /// Whether auto repair acts.
    pub auto_repair: bool,

    /// The instance of each number, by number less one; none when it is gone.
    pub numbers: Vec<InstanceId>,
    /// How many instances are in each status from LAUNCHING to DEREGISTERING.
    pub launching: u32,
    /// REGISTERING.
    pub registering: u32,
    /// ACTIVE.
    pub active: u32,
    /// DRAINING.
    pub draining: u32,
    /// DEREGISTERING.
    pub deregistering: u32,
    /// REGISTRATION_FAILED, and not gone yet.
    pub failed: u32,
    /// Instances that are DRAINING for repair.
    pub repairing: u32,
    /// Impaired instances that wait for repair: which, its number, and why.
    pub repairs: VecDeque<(InstanceId, u32, u32)>,
    /// How many outages each of `zones` suffers from.
    pub outages: Vec<u32>,
    /// Instances that are coming or ACTIVE in each of `zones`.
    pub in_zone: Vec<u32>,
    /// Instances by the daemon revisions they carry; sets without instances are dropped.
    pub sets: Vec<SetCount>,
    /// The daemon revisions that its instances should carry.
    pub governing: DaemonSetId,
    /// The daemon revisions of instances launched for other needs than a rollout's, where these differ.
    pub launching_others: DaemonSetId,
    /// Whether it ever had a daemon.
    pub had_daemon: bool,

    /// ACTIVE instances with room, for each zone and class of task sizes: `zone · classes + class`.
    pub open: Vec<OpenSet>,
    /// Instances in flight with room to promise, for each class.
    pub promising: Vec<IndexSet>,
    /// Tasks that wait for room, first come first served, for each size.
    pub waiting: Vec<VecDeque<WaitingTask>>,
    /// How many wait.
    pub waiting_count: u32,
    /// Tasks that began to wait, or lost their promise, in this instant.
    pub fresh: VecDeque<(AppTaskId, u32)>,
    /// Waiting tasks without a promise, for the next launch decision.
    pub unserved: VecDeque<(AppTaskId, u32)>,
    /// Whether a launch decision is under way.
    pub deciding: bool,
    /// Instances that failed to register since the last one became ACTIVE.
    pub failed_in_a_row: u32,
    /// When the first of them failed.
    pub failing_since: SimTime,
    /// The daemon revision at which the last of them failed.
    pub failed_at: Option<DaemonRevisionId>,
    /// Launch decisions so far.
    pub decisions: u32,
    /// Whether waiting tasks are to be looked at in this instant.
    pub due: bool,
    /// Whether the counts changed in this instant.
    pub touched: bool,

    /// Service tasks wanted here.
    pub app_desired: u32,
    /// Service tasks here by status, those that wait included.
    pub tasks: TaskCounts,
    /// Daemon tasks running here.
    pub daemon_running: u32,
    /// CPU units of registered instances.
    pub cpu_registered: u64,
    /// CPU units taken.
    pub cpu_used: u64,
}

/// A task that waits for room.
#[derive(Clone, Copy, Debug)]
pub struct WaitingTask {
    /// Which.
    pub task: AppTaskId,
    /// Its number: the row may have been used again since.
    pub number: u32,
    /// Its turn among all that ever waited.
    pub turn: u64,
    /// Since when.
    pub since: SimTime,
    /// The task whose place it takes, and that task's number.
    pub replaces: (AppTaskId, u32),
}

/// How many instances carry a set of daemon revisions.
#[derive(Clone, Copy, Debug)]
pub struct SetCount {
    /// The set.
    pub set: DaemonSetId,
    /// LAUNCHING.
    pub launching: u32,
    /// REGISTERING.
    pub registering: u32,
    /// ACTIVE.
    pub active: u32,
    /// Of them, those on which a daemon of the set does not run.
    pub bare: u32,
    /// DRAINING.
    pub draining: u32,
    /// DEREGISTERING.
    pub deregistering: u32,
}

impl SetCount {
    /// All that have not begun to leave for good.
    pub const fn staying(&self) -> u32 {
        self.launching + self.registering + self.active + self.draining
    }

    /// All in the four states that tables count.
    pub const fn registered(&self) -> u32 {
        self.registering + self.active + self.draining + self.deregistering
    }
}

impl CapacityProvider {
    /// Instances that a deployment counts: REGISTERING, ACTIVE or DRAINING.
    pub const fn fleet(&self) -> u32 {
        self.registering + self.active + self.draining
    }

    /// All that the account's quota counts.
    pub const fn alive(&self) -> u32 {
        self.launching + self.registering + self.active + self.draining + self.deregistering + self.failed
    }
}
