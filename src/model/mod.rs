//! The nouns of managed daemons, their states and legal transitions.
//!
//! Names are the ECS API's. An *instance* is always a container instance, a *deployment* always a daemon
//! deployment, a *provider* a capacity provider, a *zone* an Availability Zone. A task is a `DaemonTask`
//! (one on each instance) or an `AppTask` (a service's, or standalone).

mod alarm;
pub mod assumptions;
mod cluster;
mod daemon;
mod daemon_tasks;
mod definitions;
mod deployment;
mod instance;
mod invariant;
mod monitors;
mod names;
mod open;
mod percent;
mod provider;
mod room;
mod service;
mod status;
mod task_counts;
mod tasks;

pub use alarm::{Alarm, AlarmSource, Builtin, Comparison, Evaluation, MetricSource, MissingData};
pub use cluster::{Cluster, SizeClasses};
pub use daemon::{Daemon, DaemonRevision, DaemonSet};
pub use definitions::{HealthCheck, InstanceType, Resources, TaskDefinition};
pub use deployment::{DaemonDeployment, Lane, LaneState, Phase, Replaced, Wave, WaveId};
pub use instance::{ContainerInstance, Drain, DrainCause, Kind};
pub use invariant::Violation;
pub use monitors::{AlarmWatch, Breaker, Exposure, Rollback};
pub use names::{DeploymentName, InstanceName, Names, Owner, RevisionName, TaskName};
pub use open::{OpenSet, Search};
pub use percent::Percent;
pub use provider::{CapacityProvider, SetCount, WaitingTask};
pub use service::{Group, ProviderShare, Service, ServiceTally, Vacancy};
pub use status::{
    AlarmState, DaemonStatus, DeploymentStatus, InstanceStatus, MonitorStatus, ServiceStatus, TaskStatus,
};
pub use task_counts::TaskCounts;
pub use tasks::{AppTask, DaemonTask, Trouble};

use crate::kernel::Id;

/// Which instance. Rows are used again; a number tells whether it is still the same one.
pub type InstanceId = Id<ContainerInstance>;
/// Which app task.
pub type AppTaskId = Id<AppTask>;
/// Which daemon task.
pub type DaemonTaskId = Id<DaemonTask>;
/// Which group of app tasks: services first, then families.
pub type GroupId = Id<Group>;
/// Which deployment.
pub type DeploymentId = Id<DaemonDeployment>;
/// Which daemon revision.
pub type DaemonRevisionId = Id<DaemonRevision>;
/// Which set of daemon revisions.
pub type DaemonSetId = Id<DaemonSet>;
/// A kind of EC2 instance.
pub type InstanceTypeId = Id<InstanceType>;
/// A revision of an app's task definition.
pub type TaskDefinitionId = Id<TaskDefinition>;

/// Which alarm.
pub type AlarmId = Id<Alarm>;

/// Marks ids of capacity providers.
#[derive(Debug)]
pub enum ProviderTag {}
/// Marks ids of zones.
#[derive(Debug)]
pub enum ZoneTag {}
/// Marks ids of services.
#[derive(Debug)]
pub enum ServiceTag {}
/// Marks ids of families of standalone tasks.
#[derive(Debug)]
pub enum FamilyTag {}
/// Marks ids of daemons.
#[derive(Debug)]
pub enum DaemonTag {}
/// Marks ids of daemon task definitions.
#[derive(Debug)]
pub enum DaemonTaskDefinitionTag {}

/// A capacity provider.
pub type CapacityProviderId = Id<ProviderTag>;
/// An Availability Zone.
pub type ZoneId = Id<ZoneTag>;
/// A service.
pub type ServiceId = Id<ServiceTag>;
/// A family of standalone tasks.
pub type FamilyId = Id<FamilyTag>;
/// A daemon.
pub type DaemonId = Id<DaemonTag>;
/// A revision of a daemon's task definition.
pub type DaemonTaskDefinitionId = Id<DaemonTaskDefinitionTag>;
