//! The closed list of causes: what the queue holds.

use super::capacity::ReplacementOrder;
use super::losses::Loss;
use crate::kernel::Id;
use crate::model::{AppTaskId, CapacityProviderId, DaemonTaskId, DeploymentId, GroupId, InstanceId};

/// Something that is going to happen. What a timer means follows from the status of the thing it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// A request of the timeline is made.
    Request(u32),
    /// A deployment's phase ends.
    Deployment(DeploymentId),
    /// A lane's pause ends.
    Lane(DeploymentId, u32),
    /// A provider decides what to launch.
    Decide(CapacityProviderId),
    /// A drained instance's replacement is launched (`replacement: oneForOne`).
    LaunchReplacement(Id<ReplacementOrder>),
    /// An instance's status ends.
    Instance(InstanceId),
    /// The service schedulers notice that an instance drains.
    DrainNoticed(InstanceId),
    /// A drain has lasted long enough.
    DrainDeadline(InstanceId),
    /// A daemon task's status ends.
    DaemonTask(DaemonTaskId),
    /// An app task's status ends.
    AppTask(AppTaskId),
    /// A scheduler learns that it lost a task.
    LossKnown(Id<Loss>),
    /// A service's scheduler looks at its service.
    Tick(GroupId),
    /// A task's protection ends.
    ProtectionOver(AppTaskId, u32),
}

impl Event {
    /// A number that tells this event from others, for the fingerprint.
    pub(super) fn bits(self) -> u64 {
        let (kind, id, more) = match self {
            Event::Request(at) => (0, at as usize, 0),
            Event::Deployment(id) => (1, id.index(), 0),
            Event::Lane(id, lane) => (2, id.index(), lane),
            Event::Decide(id) => (3, id.index(), 0),
            Event::LaunchReplacement(id) => (4, id.index(), 0),
            Event::Instance(id) => (5, id.index(), 0),
            Event::DrainNoticed(id) => (6, id.index(), 0),
            Event::DrainDeadline(id) => (7, id.index(), 0),
            Event::DaemonTask(id) => (8, id.index(), 0),
            Event::AppTask(id) => (9, id.index(), 0),
            Event::LossKnown(id) => (10, id.index(), 0),
            Event::Tick(id) => (11, id.index(), 0),
            Event::ProtectionOver(id, number) => (12, id.index(), number),
        };
        (kind << 56) ^ ((id as u64) << 20) ^ u64::from(more)
    }
}
