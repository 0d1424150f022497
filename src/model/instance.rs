//! Container instances.

use super::{
    AppTaskId, CapacityProviderId, DaemonSetId, DaemonTaskId, DeploymentId, GroupId, InstanceStatus,
    InstanceTypeId, Resources, TaskDefinitionId, WaveId, ZoneId,
};
use crate::kernel::{EventKey, Id, SimTime};

/// A container instance, from the call that launches it until it is gone.
///
/// ```text
/// LAUNCHING ─► REGISTERING ─► ACTIVE ─► DRAINING ─► DEREGISTERING ─► TERMINATED
///                   │           └────── idle ───────────▲                ▲
///                   └─► REGISTRATION_FAILED ─────────────────────────────┘   (and from anywhere by a mishap)
/// ```
#[derive(Clone, Debug)]
pub struct ContainerInstance {
    /// Its number in its provider.
    pub number: u32,
    /// Its provider.
    pub provider: CapacityProviderId,
    /// Its zone.
    pub zone: ZoneId,
    /// Its type.
    pub instance_type: InstanceTypeId,
    /// The daemon revisions it was launched for; they never change.
    pub set: DaemonSetId,
    /// Where it is in its life.
    pub status: InstanceStatus,
    /// Gating daemons that are not ready yet; while LAUNCHING and EC2 has yet to take the call: which call it is.
    pub awaited: u16,
    /// Daemon tasks that are not STOPPED.
    pub daemons_left: u16,
    /// Daemon tasks that run.
    pub daemons_up: u16,
    /// App tasks on it that are on their way out.
    pub stopping: u16,
    /// Whether its agent is connected.
    pub connected: bool,
    /// Whether a critical daemon of it failed.
    pub impaired: bool,
    /// Room left for app tasks; before ACTIVE: for tasks that wait, after those already promised to it.
    pub free: Resources,
    /// How many more app tasks its network interfaces take; promises count too.
    pub slots: u32,
    /// App tasks placed on it; before ACTIVE: those promised to it.
    pub tasks: Vec<AppTaskId>,
    /// What kinds of tasks are or were on it.
    pub kinds: Vec<Kind>,
    /// The first of its daemon tasks.
    pub daemons: DaemonTaskId,
    /// Classes of task sizes for which it has room.
    pub room_mask: u32,
    /// The event that ends its status.
    pub timer: EventKey,
    /// What is known of its drain, while it drains.
    pub drain: Id<Drain>,
    /// When it was called for.
    pub launched: SimTime,
    /// Its latest fact, or the end of its last task.
    pub fact: u32,
}

/// A group's tasks of one revision on a host, and the state of their image.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// The group.
    pub group: GroupId,
    /// The revision.
    pub revision: TaskDefinitionId,
    /// Tasks that are here and not on their way out, while the host is ACTIVE.
    pub here: u32,
    /// Of them, those that run.
    pub running: u32,
    /// Whether a task of the revision has run here: the next start is warm.
    pub warm: bool,
    /// When the pull of its image is done; `SimTime::MAX` before it begins.
    pub pulled: SimTime,
}

/// Who set an instance to DRAINING.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DrainCause {
    /// A deployment's wave.
    Deployment(DeploymentId, WaveId),
    /// A person.
    ByHand,
    /// Auto repair: a critical daemon of it failed.
    Repair,
    /// EC2 wants its SPOT capacity back.
    Spot,
    /// It is due for patching.
    Patching,
}

/// What is known of a drain.
#[derive(Clone, Debug)]
pub struct Drain {
    /// Who.
    pub cause: DrainCause,
    /// The fact that made it DRAINING.
    pub fact: u32,
    /// When it began.
    pub since: SimTime,
    /// When the service schedulers noticed.
    pub noticed: Option<SimTime>,
    /// When the last replacement of its tasks was placed.
    pub placed: Option<SimTime>,
    /// When the last of its service tasks began to stop whose replacement was waited for.
    pub moved: Option<SimTime>,
    /// When its last app task was STOPPED.
    pub emptied: Option<SimTime>,
    /// When it became DEREGISTERING.
    pub deregistering: Option<SimTime>,
    /// When the schedulers will notice.
    pub notice: EventKey,
    /// When whatever is left is killed.
    pub deadline: EventKey,
    /// Its daemons have been told to stop.
    pub daemons_told: bool,
    /// Its deadline has passed.
    pub overdue: bool,
    /// A protected task kept it waiting.
    pub held: bool,
}

impl ContainerInstance {
    /// Its tasks of this group that are not on their way out.
    pub fn residents_of(&self, group: GroupId) -> u32 {
        self.kinds.iter().filter(|kind| kind.group == group).map(|kind| kind.here).sum()
    }

    /// Whether a task of this revision runs on it, while it is ACTIVE.
    pub fn runs(&self, revision: TaskDefinitionId) -> bool {
        self.kinds.iter().any(|kind| kind.revision == revision && kind.running > 0)
    }

    /// Whether ECS counts it among the provider's instances: registered and not on its way out for good.
    pub fn counts(&self) -> bool {
        matches!(self.status, InstanceStatus::Registering | InstanceStatus::Active | InstanceStatus::Draining)
    }
}

impl InstanceStatus {
    /// Whether `next` may follow.
    pub fn may_become(self, next: InstanceStatus) -> bool {
        use InstanceStatus as S;
        match self {
            S::Launching => matches!(next, S::Registering | S::Terminated),
            S::Registering => {
                matches!(next, S::Active | S::RegistrationFailed | S::Deregistering | S::Terminated)
            }
            S::Active => matches!(next, S::Draining | S::Deregistering | S::Terminated),
            S::Draining => matches!(next, S::Active | S::Deregistering | S::Terminated),
            S::Deregistering | S::RegistrationFailed => matches!(next, S::Terminated),
            S::Terminated => false,
        }
    }
}
