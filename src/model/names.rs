//! Names belong to the scenario and to the output; in between there are ids.

use super::{
    AlarmId, CapacityProviderId, DaemonId, DaemonTaskDefinitionId, FamilyId, InstanceTypeId, ServiceId,
    TaskDefinitionId, ZoneId,
};

/// What everything is called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// Capacity providers.
    pub providers: Vec<String>,
    /// Availability zones.
    pub zones: Vec<String>,
    /// Instance types.
    pub instance_types: Vec<String>,
    /// Services.
    pub services: Vec<String>,
    /// Families of standalone tasks.
    pub families: Vec<String>,
    /// Daemons.
    pub daemons: Vec<String>,
    /// `family:revision` of app task definitions.
    pub task_definitions: Vec<String>,
    /// `family:revision` of daemon task definitions.
    pub daemon_task_definitions: Vec<String>,
    /// Alarms.
    pub alarms: Vec<String>,
}

/// Who a task belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
    /// A service.
    Service(ServiceId),
    /// The family of a standalone task.
    Standalone(FamilyId),
    /// A daemon.
    Daemon(DaemonId),
}

/// A task as people name it: `my-app-service/t-42`, `my-daemon/d-3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TaskName {
    /// Who it belongs to.
    pub owner: Owner,
    /// Counted from 1 for each owner.
    pub number: u32,
}

/// An instance as people name it: `my-provider/i-7`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct InstanceName {
    /// Its capacity provider.
    pub provider: CapacityProviderId,
    /// Counted from 1 for each provider.
    pub number: u32,
}

/// A daemon deployment as people name it: `my-daemon/2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DeploymentName {
    /// Its daemon.
    pub daemon: DaemonId,
    /// Counted from 1 for each daemon.
    pub number: u32,
}

/// The task definition that a task runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RevisionName {
    /// Of an app.
    App(TaskDefinitionId),
    /// Of a daemon.
    Daemon(DaemonTaskDefinitionId),
}

impl Names {
    /// The provider's name.
    pub fn provider(&self, id: CapacityProviderId) -> &str {
        &self.providers[id.index()]
    }

    /// The zone's name.
    pub fn zone(&self, id: ZoneId) -> &str {
        &self.zones[id.index()]
    }

    /// The instance type's name.
    pub fn instance_type(&self, id: InstanceTypeId) -> &str {
        &self.instance_types[id.index()]
    }

    /// The service's name.
    pub fn service(&self, id: ServiceId) -> &str {
        &self.services[id.index()]
    }

    /// The daemon's name.
    pub fn daemon(&self, id: DaemonId) -> &str {
        &self.daemons[id.index()]
    }

    /// The alarm's name.
    pub fn alarm(&self, id: AlarmId) -> &str {
        &self.alarms[id.index()]
    }

    /// The owner's name.
    pub fn owner(&self, owner: Owner) -> &str {
        match owner {
            Owner::Service(id) => self.service(id),
            Owner::Standalone(id) => &self.families[id.index()],
            Owner::Daemon(id) => self.daemon(id),
        }
    }

    /// `family:revision`.
    pub fn revision(&self, revision: RevisionName) -> &str {
        match revision {
            RevisionName::App(id) => &self.task_definitions[id.index()],
            RevisionName::Daemon(id) => &self.daemon_task_definitions[id.index()],
        }
    }

    /// `my-app-service/t-42`, `my-daemon/d-3`.
    pub fn task(&self, task: TaskName) -> String {
        let letter = match task.owner {
            Owner::Service(_) | Owner::Standalone(_) => 't',
            Owner::Daemon(_) => 'd',
        };
        format!("{}/{letter}-{}", self.owner(task.owner), task.number)
    }

    /// `my-provider/i-7`.
    pub fn instance(&self, instance: InstanceName) -> String {
        format!("{}/i-{}", self.provider(instance.provider), instance.number)
    }

    /// `my-daemon/2`.
    pub fn deployment(&self, deployment: DeploymentName) -> String {
        format!("{}/{}", self.daemon(deployment.daemon), deployment.number)
    }
}
