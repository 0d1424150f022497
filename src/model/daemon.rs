//! Daemons, their revisions, and the sets of revisions that instances carry.

use super::{
    CapacityProviderId, DaemonId, DaemonRevisionId, DaemonStatus, DaemonTaskDefinitionId, DeploymentId,
    Exposure, Percent, Resources,
};
use crate::kernel::SimDuration;

/// A daemon.
#[derive(Clone, Debug)]
pub struct Daemon {
    /// Its status.
    pub status: DaemonStatus,
    /// Its latest deployment; none yet: `Id::NONE`.
    pub deployment: DeploymentId,
    /// Deployments so far.
    pub deployments: u32,
    /// Daemon tasks created so far.
    pub created: u32,
    /// Hosts on which it was to start so far.
    pub hosts: u32,
    /// The providers it is on, as its latest begun deployment says.
    pub providers: Vec<CapacityProviderId>,
    /// The providers of its latest request.
    pub requested: Vec<CapacityProviderId>,
    /// The `drainPercent` of its latest request, for its deletion.
    pub drain_percent: Percent,
    /// The bake of its latest request.
    pub bake: SimDuration,
    /// What its latest SUCCESSFUL deployment left on each provider: where a rollback goes.
    pub good: Vec<(CapacityProviderId, DaemonRevisionId)>,
}

impl Daemon {
    /// One that is not there yet.
    pub const fn absent() -> Daemon {
        Daemon {
            status: DaemonStatus::Absent,
            deployment: DeploymentId::NONE,
            deployments: 0,
            created: 0,
            hosts: 0,
            providers: Vec::new(),
            requested: Vec::new(),
            drain_percent: Percent::DEFAULT_DRAIN,
            bake: SimDuration::ZERO,
            good: Vec::new(),
        }
    }
}

/// What a deployment rolls out: an immutable snapshot, one for each deployment.
#[derive(Clone, Debug)]
pub struct DaemonRevision {
    /// Whose.
    pub daemon: DaemonId,
    /// What it runs.
    pub task_definition: DaemonTaskDefinitionId,
    /// Whether it gates ACTIVE.
    pub critical: bool,
    /// How much the fleet has been exposed to it.
    pub exposure: Exposure,
    /// ACTIVE instances on which it runs; not counted unless somebody asks.
    pub serving: u32,
}

/// The daemon revisions that an instance carries, at most one for each daemon, by daemon.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DaemonSet {
    /// Which.
    pub entries: Vec<(DaemonId, DaemonRevisionId)>,
    /// The room they take.
    pub reserved: Resources,
}

impl DaemonSet {
    /// The revision of this daemon that it has.
    pub fn revision_of(&self, daemon: DaemonId) -> Option<DaemonRevisionId> {
        self.entries.iter().find(|(d, _)| *d == daemon).map(|(_, r)| *r)
    }
}
