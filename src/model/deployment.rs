//! Daemon deployments, their lanes and waves.

use super::{
    AlarmWatch, Breaker, CapacityProviderId, DaemonId, DaemonRevisionId, DaemonTaskDefinitionId,
    DeploymentId, DeploymentStatus, InstanceId, Percent, Rollback,
};
use crate::kernel::{EventKey, Id, SimDuration, SimTime};
use std::collections::VecDeque;

/// A deployment of a daemon.
///
/// ```text
/// PENDING ─► IN_PROGRESS: waves ─► success check ─► bake ─► SUCCESSFUL
///    │            ├── breaker or alarm ─► STOP_REQUESTED ─► ROLLBACK_IN_PROGRESS: waves ─► success check
///    │            │                            │                 ├─► ROLLBACK_SUCCESSFUL
///    │            │                            │                 └─► ROLLBACK_FAILED
///    │            │                            └── nothing to roll back to ─► STOPPED
///    └────────────┴── superseded by a newer one, also in a rollback ───────► STOPPED
/// ```
#[derive(Clone, Debug)]
pub struct DaemonDeployment {
    /// Whose.
    pub daemon: DaemonId,
    /// Its number in its daemon.
    pub number: u32,
    /// Where it is in its life.
    pub status: DeploymentStatus,
    /// What it does while it is PENDING, IN_PROGRESS or ROLLBACK_IN_PROGRESS.
    pub phase: Phase,
    /// What it rolls out; none when it removes the daemon.
    pub revision: Option<DaemonRevisionId>,
    /// What each provider is to have when it is over; none: no such daemon.
    pub targets: Vec<(CapacityProviderId, Option<DaemonRevisionId>)>,
    /// The daemon's providers when it is over.
    pub providers: Vec<CapacityProviderId>,
    /// How much of the fleet is drained at a time.
    pub drain_percent: Percent,
    /// Its circuit breaker.
    pub breaker: Breaker,
    /// Its alarms.
    pub watch: AlarmWatch,
    /// That it failed, and its way back.
    pub rollback: Option<Rollback>,
    /// How long it bakes.
    pub bake: SimDuration,
    /// Its sequences of waves: one for each provider, or one over all.
    pub lanes: Vec<Lane>,
    /// The event that ends its phase.
    pub timer: EventKey,
    /// It began on empty providers, and no instance has been ACTIVE since: it is over when one is.
    pub awaits_first: bool,
    /// A newer deployment waits for its wave to end.
    pub superseded: bool,
    /// Whether something that it waits for happened in this instant.
    pub due: bool,
    /// Its latest fact.
    pub fact: u32,
    /// In words.
    pub reason: String,
    /// When it was created.
    pub created: SimTime,
    /// When it became IN_PROGRESS.
    pub started: Option<SimTime>,
    /// When it became final.
    pub finished: Option<SimTime>,
    /// When its bake began.
    pub bake_started: Option<SimTime>,
    /// Revisions on the fleet when it began.
    pub sources: Vec<DaemonTaskDefinitionId>,
    /// REGISTERING, ACTIVE and DRAINING instances of the providers of its revision when it began.
    pub fleet: u32,
    /// Instances it drained.
    pub replaced: u32,
    /// Of them, those drained on the way forward.
    pub touched: u32,
    /// Instance-milliseconds on its revision, once it is over.
    pub exposure_ms: u128,
    /// App tasks it made move.
    pub moved: u32,
    /// Those of them that it had moved before.
    pub moved_again: u32,
    /// Waves so far.
    pub waves: u32,
}

impl DaemonDeployment {
    /// Whether it is on its way back.
    pub fn rolls_back(&self) -> bool {
        self.status == DeploymentStatus::RollbackInProgress
    }

    /// Whether this lane, still finishing its last forward wave, is to begin no other.
    pub fn is_ending(&self, lane: &Lane) -> bool {
        self.superseded || (self.rolls_back() && !lane.back)
    }
}

/// What a deployment that is not final is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Until ECS has decided.
    Deciding,
    /// Until another deployment gives way.
    Queued,
    /// Until the first instance comes (`emptyCapacityProvider: pending`).
    AwaitingInstance,
    /// Waves.
    Rolling,
    /// The last wave is done.
    Checking,
    /// Watching.
    Baking,
    /// Over.
    Done,
}

/// A sequence of waves.
#[derive(Clone, Debug)]
pub struct Lane {
    /// The providers it goes over: places in the deployment's `targets`.
    pub targets: Vec<u32>,
    /// Instances counted when it began.
    pub fleet: u32,
    /// Batch when it began.
    pub batch: u32,
    /// Batch of the way it goes now.
    pub batch_now: u32,
    /// Whether it goes back.
    pub back: bool,
    /// Instances to drain, in order; some may have gone since.
    pub victims: VecDeque<(InstanceId, u32, CapacityProviderId)>,
    /// Waves so far.
    pub waves: u32,
    /// The rows of its current wave.
    pub current: Vec<WaveId>,
    /// Instances that it drained and that are not gone.
    pub leaving: u32,
    /// What it does.
    pub state: LaneState,
    /// The event that ends its pause.
    pub timer: EventKey,
    /// The fact that lets its next wave begin.
    pub fact: u32,
}

/// What a lane does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LaneState {
    /// The next wave may begin.
    Ready,
    /// A wave is under way.
    Draining,
    /// It bakes between two waves.
    Baking,
    /// It pauses between two waves.
    Gap,
    /// Nothing is left for it.
    Done,
}

/// A wave of one provider: a row of `waves.csv` in the making.
#[derive(Clone, Debug)]
pub struct Wave {
    /// Its deployment.
    pub deployment: DeploymentId,
    /// Its lane there.
    pub lane: u32,
    /// Whether it goes back.
    pub back: bool,
    /// Failures of its daemon on its provider, while it was under way.
    pub failures: u32,
    /// Its provider.
    pub provider: CapacityProviderId,
    /// Counted from 1 for each provider.
    pub number: u32,
    /// Instances it drained.
    pub instances: u32,
    /// Of them, those not gone.
    pub leaving: u32,
    /// Of them, those with app tasks left.
    pub unmoved: u32,
    /// Replacements launched for it one for one that are not ACTIVE yet.
    pub awaited: u32,
    /// When.
    pub started: SimTime,
    /// When it was done.
    pub finished: Option<SimTime>,
    /// The fewest service tasks of the provider that ran in it.
    pub min_running: u32,
    /// The instance that took longest: (gone, number), and its stages.
    pub slowest: Option<Replaced>,
    /// A sample of those gone.
    pub replaced: Vec<Replaced>,
    /// One in so many is sampled.
    pub stride: u32,
    /// Its latest fact.
    pub fact: u32,
}

/// An instance that a wave drained and that is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replaced {
    /// Its number.
    pub number: u32,
    /// When it became DRAINING.
    pub draining: SimTime,
    /// When it was gone.
    pub gone: SimTime,
    /// How long each of its six stages took.
    pub stages: [SimDuration; 6],
}

/// Which wave.
pub type WaveId = Id<Wave>;
