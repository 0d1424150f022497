//! The nouns of managed daemons, their states and legal transitions.
//!
//! Names are the ECS API's. An *instance* is always a container instance, a *deployment* always a daemon
//! deployment, a *provider* a capacity provider, a *zone* an Availability Zone. A task is a `DaemonTask`
//! (one on each instance) or an `AppTask` (a service's, or standalone).

pub mod assumptions;
mod definitions;
mod names;
mod percent;
mod status;

pub use definitions::{HealthCheck, InstanceType, Resources, TaskDefinition};
pub use names::{DeploymentName, InstanceName, Names, Owner, RevisionName, TaskName};
pub use percent::Percent;
pub use status::{DaemonStatus, DeploymentStatus, InstanceStatus, MonitorStatus, ServiceStatus, TaskStatus};

use crate::kernel::Id;

/// A kind of EC2 instance.
pub type InstanceTypeId = Id<InstanceType>;
/// A revision of an app's task definition.
pub type TaskDefinitionId = Id<TaskDefinition>;

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
