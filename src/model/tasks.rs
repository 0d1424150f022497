//! Tasks: a daemon's, one on each instance, and apps', a service's or standalone.

use super::{
    CapacityProviderId, DaemonRevisionId, DaemonTaskId, DeploymentId, GroupId, InstanceId, TaskDefinitionId,
    TaskStatus,
};
use crate::kernel::EventKey;

/// An app task.
///
/// ```text
/// PROVISIONING ─► PENDING ─► RUNNING ─► HEALTHY ─► (DEACTIVATING ─►) STOPPING ─► STOPPED
/// ```
#[derive(Clone, Debug)]
pub struct AppTask {
    /// The service or the family it belongs to.
    pub group: GroupId,
    /// Its number there.
    pub number: u32,
    /// What it runs.
    pub revision: TaskDefinitionId,
    /// The provider that its strategy chose.
    pub provider: CapacityProviderId,
    /// Its host; while PROVISIONING: the instance in flight that has promised it room.
    pub instance: InstanceId,
    /// Its place in its group's list.
    pub place: u32,
    /// The event that ends its status.
    pub timer: EventKey,
    /// The deployment that moved its predecessor here.
    pub moved_by: DeploymentId,
    /// Stops that its predecessors suffered.
    pub interruptions: u16,
    /// Tasks in its place that failed to start, one after the other, before it.
    pub failed_starts: u8,
    /// Where it is in its life.
    pub status: TaskStatus,
    /// Whether its scheduler knows that it is healthy.
    pub known_healthy: bool,
    /// Whether its scheduler wants it gone: its instance drains, or its revision is old.
    pub unwanted: bool,
    /// Whether task protection keeps it.
    pub protected: bool,
    /// Whether it is to go because its instance does.
    pub displaced: bool,
    /// Its latest fact.
    pub fact: u32,
}

/// A daemon's task on an instance.
#[derive(Clone, Debug)]
pub struct DaemonTask {
    /// The daemon revision it runs.
    pub revision: DaemonRevisionId,
    /// Its number in its daemon.
    pub number: u32,
    /// The how-manieth host of its daemon this is: dice are rolled by it, and by the attempt, so that nothing that is
    /// started again here moves what happens elsewhere.
    pub lot: u32,
    /// How often the daemon has been started here before.
    pub attempt: u16,
    /// Its host.
    pub instance: InstanceId,
    /// The next daemon task on that host.
    pub next: DaemonTaskId,
    /// The event that ends its status.
    pub timer: EventKey,
    /// Where it is in its life.
    pub status: TaskStatus,
    /// Whether the host waits for it before it is ACTIVE.
    pub gates: bool,
    /// Whether it is or was what the host waited for.
    pub ready: bool,
    /// What is wrong with it.
    pub trouble: Trouble,
    /// How often its daemon has failed on this host.
    pub failures: u16,
    /// The event by which it crashes or turns UNHEALTHY.
    pub mishap: EventKey,
    /// Its latest fact.
    pub fact: u32,
}

impl DaemonTask {
    /// What its dice are rolled by.
    pub fn draw(&self) -> u64 {
        u64::from(self.attempt) << 32 | u64::from(self.lot)
    }
}

/// What is wrong with a daemon task that stopped or turned UNHEALTHY unasked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing.
    None,
    /// Something, and ECS does not know yet.
    Undetected,
    /// ECS knows; nothing more is going to be tried with it.
    Known,
    /// ECS knows, and is going to start it again.
    Retrying,
}

impl TaskStatus {
    /// Whether `next` may follow.
    pub fn may_become(self, next: TaskStatus) -> bool {
        use TaskStatus as S;
        match self {
            S::Provisioning => matches!(next, S::Pending | S::Stopped),
            S::Pending => matches!(next, S::Running | S::Stopping | S::Stopped),
            S::Running => {
                matches!(next, S::Healthy | S::Unhealthy | S::Deactivating | S::Stopping | S::Stopped)
            }
            S::Healthy => matches!(next, S::Unhealthy | S::Deactivating | S::Stopping | S::Stopped),
            S::Unhealthy => matches!(next, S::Deactivating | S::Stopping | S::Stopped),
            S::Deactivating => matches!(next, S::Stopping | S::Stopped),
            S::Stopping => matches!(next, S::Stopped),
            S::Stopped => false,
        }
    }
}
