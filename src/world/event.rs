//! The closed list of causes: what the queue holds.

use super::capacity::ReplacementOrder;
use super::losses::Loss;
use crate::kernel::Id;
use crate::model::{AlarmId, AppTaskId, CapacityProviderId, DaemonTaskId, DeploymentId, GroupId, InstanceId};

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
    /// A daemon task crashes, or turns UNHEALTHY.
    DaemonMishap(DaemonTaskId, bool),
    /// An app task crashes, or turns UNHEALTHY.
    AppMishap(AppTaskId, bool),
    /// A scheduler learns that a task of this number is UNHEALTHY.
    UnhealthyKnown(AppTaskId, u32),
    /// A period of an alarm ends.
    AlarmTick(AlarmId),
    /// A script changes an alarm's state.
    AlarmScript(AlarmId, u32),
    /// A deployment looks at its alarms.
    Look(DeploymentId),
    /// A fault's window opens.
    FaultBegins(u32),
    /// A fault's window closes.
    FaultEnds(u32),
    /// A fault strikes an instance, for the nth time.
    Hazard(InstanceId, u16, u16),
    /// The agent of an instance is back, from its nth absence.
    AgentBack(InstanceId, u16, u16),
    /// EC2 takes a SPOT instance back, after the notice of this fact.
    Reclaim(InstanceId, u32),
    /// An instance is due for patching.
    Patch(InstanceId),
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
            Event::DaemonMishap(id, crash) => (13, id.index(), u32::from(crash)),
            Event::AppMishap(id, crash) => (14, id.index(), u32::from(crash)),
            Event::UnhealthyKnown(id, number) => (15, id.index(), number),
            Event::AlarmTick(id) => (16, id.index(), 0),
            Event::AlarmScript(id, entry) => (17, id.index(), entry),
            Event::Look(id) => (18, id.index(), 0),
            Event::FaultBegins(fault) => (19, fault as usize, 0),
            Event::FaultEnds(fault) => (20, fault as usize, 0),
            Event::Hazard(id, fault, nth) => (21, id.index(), u32::from(fault) << 16 | u32::from(nth)),
            Event::AgentBack(id, fault, nth) => (22, id.index(), u32::from(fault) << 16 | u32::from(nth)),
            Event::Reclaim(id, _) => (23, id.index(), 0),
            Event::Patch(id) => (24, id.index(), 0),
        };
        (kind << 56) ^ ((id as u64) << 20) ^ u64::from(more)
    }
}
