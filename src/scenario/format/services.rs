//! Requests about services and tasks.

use crate::scenario::number::{Count, Whole};
use crate::scenario::read::{Any, Slot, mapping};
use crate::scenario::text::{
    AppDefinition, Cluster, Instance, Name, NumberedRef, Provider, Ref, RevisionRef, Service, Task, Text,
    Word, words,
};

words! {
    /// `schedulingStrategy`; DAEMON services cannot use Managed Instances.
    SchedulingStrategy { Replica = "REPLICA" }
    /// `availabilityZoneRebalancing`.
    ZoneRebalancing { Enabled = "ENABLED", Disabled = "DISABLED" }
    /// What UpdateContainerInstancesState can ask for.
    InstanceState { Active = "ACTIVE", Draining = "DRAINING" }
}

mapping! {
    /// CreateService.
    CreateService ignoring &[
        "clientToken", "deploymentController", "enableECSManagedTags", "enableExecuteCommand",
        "healthCheckGracePeriodSeconds", "launchType", "networkConfiguration", "placementConstraints",
        "placementStrategy", "platformVersion", "propagateTags", "role", "serviceConnectConfiguration",
        "serviceRegistries", "tags", "volumeConfigurations", "vpcLatticeConfigurations", "monitoring",
    ] => {
        /// Its name.
        "serviceName" name: Required Name,
        /// The cluster; this scenario's.
        "cluster" cluster: Optional Ref<Cluster>,
        /// What it runs: `family:revision`, an ARN, or `family` for the latest at the time of the request.
        "taskDefinition" task_definition: Required RevisionRef<AppDefinition>,
        /// How many tasks.
        "desiredCount" desired: Required Count,
        /// Where; at least one capacity provider.
        "capacityProviderStrategy" strategy: Required Vec<Slot<StrategyItem>>,
        /// How many tasks may be missing or too many meanwhile.
        "deploymentConfiguration" deployment: Optional ServiceDeployment,
        /// `REPLICA`.
        "schedulingStrategy" scheduling: Optional Word<SchedulingStrategy>,
        /// Any entry: tasks are drained by a load balancer before they stop.
        "loadBalancers" load_balancers: Optional Vec<Slot<Any>>,
        /// Whether tasks are moved to even out zones. Default `DISABLED`, unlike a new service's at ECS, so that a
        /// rollout shows nothing but the rollout.
        "availabilityZoneRebalancing" zone_rebalancing: Optional Word<ZoneRebalancing>,
    }
}

mapping! {
    /// UpdateService; what it leaves out stays as it is.
    UpdateService ignoring &[
        "deploymentController", "enableECSManagedTags", "enableExecuteCommand", "healthCheckGracePeriodSeconds",
        "networkConfiguration", "placementConstraints", "placementStrategy", "platformVersion", "propagateTags",
        "serviceConnectConfiguration", "serviceRegistries", "volumeConfigurations", "vpcLatticeConfigurations",
        "monitoring",
    ] => {
        /// Its name or ARN.
        "service" service: Required Ref<Service>,
        /// The cluster; this scenario's.
        "cluster" cluster: Optional Ref<Cluster>,
        /// What it runs from now on: a service deployment.
        "taskDefinition" task_definition: Optional RevisionRef<AppDefinition>,
        /// How many tasks.
        "desiredCount" desired: Optional Count,
        /// Where: a service deployment.
        "capacityProviderStrategy" strategy: Optional Vec<Slot<StrategyItem>>,
        /// How many tasks may be missing or too many meanwhile.
        "deploymentConfiguration" deployment: Optional ServiceDeployment,
        /// Any entry: tasks are drained by a load balancer before they stop; none: they are not.
        "loadBalancers" load_balancers: Optional Vec<Slot<Any>>,
        /// Whether tasks are moved to even out zones.
        "availabilityZoneRebalancing" zone_rebalancing: Optional Word<ZoneRebalancing>,
        /// All tasks anew, even though nothing changed.
        "forceNewDeployment" force_new_deployment: Optional bool,
    }
}

mapping! {
    /// How many tasks of a service may be missing or too many meanwhile.
    ServiceDeployment ignoring &[
        "deploymentCircuitBreaker", "alarms", "strategy", "bakeTimeInMinutes", "lifecycleHooks",
        "linearConfiguration", "canaryConfiguration",
    ] => {
        /// ⌈this share of desiredCount⌉ tasks stay healthy. Default 100.
        "minimumHealthyPercent" minimum: Optional Whole<0, 100>,
        /// ⌊this share of desiredCount⌋ tasks may exist. Default 200.
        "maximumPercent" maximum: Optional Whole<100, 10_000>,
    }
}

mapping! {
    /// One item of a capacity provider strategy.
    StrategyItem => {
        /// Which provider.
        "capacityProvider" provider: Required Ref<Provider>,
        /// Its share of the tasks. Default 1 here when it is the only item, else 0 as in ECS.
        "weight" weight: Optional Whole<0, 1000>,
        /// So many tasks go there first. Default 0.
        "base" base: Optional Whole<0, 100_000>,
    }
}

mapping! {
    /// DeleteService.
    DeleteService => {
        /// Its name or ARN.
        "service" service: Required Ref<Service>,
        /// The cluster; this scenario's.
        "cluster" cluster: Optional Ref<Cluster>,
        /// Even though it is not scaled to zero. Default false.
        "force" force: Optional bool,
    }
}

mapping! {
    /// RunTask.
    RunTask ignoring &[
        "clientToken", "enableECSManagedTags", "enableExecuteCommand", "group", "launchType",
        "networkConfiguration", "overrides", "placementConstraints", "placementStrategy", "platformVersion",
        "propagateTags", "referenceId", "startedBy", "tags", "volumeConfigurations",
    ] => {
        /// What they run: `family:revision`, an ARN, or `family` for the latest at the time of the request.
        "taskDefinition" task_definition: Required RevisionRef<AppDefinition>,
        /// How many. Default 1.
        "count" count: Optional Count,
        /// The cluster; this scenario's.
        "cluster" cluster: Optional Ref<Cluster>,
        /// Where; at least one capacity provider.
        "capacityProviderStrategy" strategy: Required Vec<Slot<StrategyItem>>,
    }
}

mapping! {
    /// StopTask.
    StopTask => {
        /// `my-service/t-42`, or `my-daemon/d-3`; tasks count from 1 in order of creation.
        "task" task: Required NumberedRef<Task>,
        /// The cluster; this scenario's.
        "cluster" cluster: Optional Ref<Cluster>,
        /// Why.
        "reason" reason: Optional Text,
    }
}

mapping! {
    /// UpdateTaskProtection.
    UpdateTaskProtection => {
        /// `my-service/t-42` and others; at most 10.
        "tasks" tasks: Required Vec<Slot<NumberedRef<Task>>>,
        /// The cluster; this scenario's.
        "cluster" cluster: Optional Ref<Cluster>,
        /// Whether they are protected from now on.
        "protectionEnabled" enabled: Required bool,
        /// For how long. Default 120.
        "expiresInMinutes" expires_in_minutes: Optional Whole<1, 2880>,
    }
}

mapping! {
    /// UpdateContainerInstancesState.
    UpdateContainerInstancesState => {
        /// `my-provider/i-7` and others; at most 10. Instances count from 1 in order of creation.
        "containerInstances" instances: Required Vec<Slot<NumberedRef<Instance>>>,
        /// The cluster; this scenario's.
        "cluster" cluster: Optional Ref<Cluster>,
        /// `DRAINING`, or back to `ACTIVE`.
        "status" status: Required Word<InstanceState>,
    }
}

/// How a reading of `availabilityZoneRebalancing` is meant.
impl ZoneRebalancing {
    pub(in crate::scenario) fn on(self) -> bool {
        self == ZoneRebalancing::Enabled
    }
}
