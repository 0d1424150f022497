//! What a world is made of: typed, complete, usable from Rust without any file.
//!
//! Lists are addressed by the ids of the same name: `CapacityProviderId::new(2)` is `capacity_providers[2]`.
//! So that results do not hang on the order of declaration, lists of named things are sorted by name, but for
//! services, families and daemons, which stand in the order of their first request.

mod chance;
mod faults;

pub use faults::{FaultKind, FaultSetup};

use crate::kernel::{Distribution, SimDuration, SimTime};
use crate::model::assumptions::Assumptions;
use crate::model::{
    Alarm, AlarmId, CapacityProviderId, DaemonId, DaemonTaskDefinitionId, FamilyId, InstanceName,
    InstanceType, InstanceTypeId, Names, Percent, ServiceId, TaskDefinition, TaskDefinitionId, TaskName,
    ZoneId,
};

/// Everything that a run needs but for the replication's number.
#[derive(Clone, Debug, PartialEq)]
pub struct Setup {
    /// The scenario's name.
    pub name: String,
    /// The cluster's name.
    pub cluster: String,
    /// What the randomness grows from.
    pub seed: u64,
    /// When the run ends at the latest.
    pub horizon: SimDuration,
    /// Names of Availability Zones.
    pub zones: Vec<String>,
    /// The instance types that providers use.
    pub instance_types: Vec<InstanceType>,
    /// Capacity providers.
    pub capacity_providers: Vec<CapacityProviderSetup>,
    /// App task definitions, each revision of each family.
    pub task_definitions: Vec<TaskDefinitionSetup>,
    /// Daemon task definitions, each revision of each family.
    pub daemon_task_definitions: Vec<TaskDefinitionSetup>,
    /// Names of services.
    pub services: Vec<String>,
    /// Families of standalone tasks.
    pub families: Vec<String>,
    /// Names of daemons.
    pub daemons: Vec<String>,
    /// Requests made long ago: in place and settled when the clock starts.
    pub before: Vec<Request>,
    /// Requests as they are made, by time; equal times in the file's order.
    pub timeline: Vec<TimedRequest>,
    /// CloudWatch alarms, by name.
    pub alarms: Vec<Alarm>,
    /// Mishaps, in the scenario's order.
    pub faults: Vec<FaultSetup>,
    /// How long things take.
    pub delays: Delays,
    /// How open questions are read.
    pub assumptions: Assumptions,
}

/// A capacity provider.
#[derive(Clone, Debug, PartialEq)]
pub struct CapacityProviderSetup {
    /// Its name.
    pub name: String,
    /// The types it may launch, sorted by name, at least one.
    pub instance_types: Vec<InstanceTypeId>,
    /// The zones it may launch in, sorted by name, at least one.
    pub zones: Vec<ZoneId>,
    /// SPOT rather than ON_DEMAND.
    pub spot: bool,
    /// How long an instance idles before it is let go.
    pub scale_in_after: ScaleInAfter,
    /// Whether auto repair acts or only watches.
    pub auto_repair: bool,
    /// The account's quota.
    pub max_instances: Option<u32>,
    /// Whether it is there from the start, or made by a request of the timeline.
    pub exists: bool,
}

/// `scaleInAfter`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScaleInAfter {
    /// Absent: as `assumptions.idleHeuristic` says.
    Heuristic,
    /// −1.
    Never,
    /// So long.
    After(SimDuration),
}

/// A task definition and how its tasks behave.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskDefinitionSetup {
    /// What ECS knows.
    pub definition: TaskDefinition,
    /// What ECS does not know.
    pub behaviour: Behaviour,
    /// Whether it is there from the start, or registered by a request of the timeline.
    pub exists: bool,
}

/// How the tasks of one revision behave.
#[derive(Clone, Debug, PartialEq)]
pub struct Behaviour {
    /// In place of `daemonStart` or `appStart`.
    pub start: Option<Distribution>,
    /// In place of `daemonStop` or `appStop`.
    pub stop: Option<Distribution>,
    /// Share of tasks that wait for the kill.
    pub ignores_sigterm: f64,
    /// Size of the image; none: no pull is counted.
    pub image_mib: Option<f64>,
    /// How long a standalone task runs; none: for ever.
    pub runs_for: Option<Distribution>,
    /// How likely each attempt to start is to fail.
    pub fails_to_start: f64,
    /// From RUNNING to a crash; none: never.
    pub crashes_after: Option<Distribution>,
    /// From RUNNING until it is UNHEALTHY; none: never.
    pub unhealthy_after: Option<Distribution>,
    /// Share of instances on which it fails at all.
    pub affects: f64,
    /// What one instance that runs it adds to a metric.
    pub metrics: Vec<(String, f64)>,
}

impl Default for Behaviour {
    fn default() -> Self {
        Behaviour {
            start: None,
            stop: None,
            ignores_sigterm: 0.0,
            image_mib: None,
            runs_for: None,
            fails_to_start: 0.0,
            crashes_after: None,
            unhealthy_after: None,
            affects: 1.0,
            metrics: Vec::new(),
        }
    }
}

/// How long each step takes (`delays:` of a scenario).
#[derive(Clone, Debug, PartialEq)]
pub struct Delays {
    /// Request accepted → IN_PROGRESS and the first instances DRAINING.
    pub deploy_decision: Distribution,
    /// DRAINING → replacement service tasks created.
    pub drain_react: Distribution,
    /// A task that fits nowhere → launch call.
    pub provision_decision: Distribution,
    /// Launch call → REGISTERING.
    pub instance_launch: Distribution,
    /// Daemon task created → RUNNING, pull excluded.
    pub daemon_start: Distribution,
    /// Pull of one MiB.
    pub image_pull_per_mib: Distribution,
    /// Fixed part of a pull.
    pub image_pull_fixed: Distribution,
    /// Last gating daemon ready → ACTIVE.
    pub instance_active: Distribution,
    /// App task placed → RUNNING, on a host that has not run this revision.
    pub app_start: Distribution,
    /// The same on a host that has.
    pub app_start_warm: Distribution,
    /// RUNNING → counted healthy when there is no health check and no load balancer.
    pub health_wait: Distribution,
    /// What a service scheduler reacts to → its reaction.
    pub scheduler_tick: Distribution,
    /// DEACTIVATING → STOPPING, for services with load balancers.
    pub lb_deregistration: Distribution,
    /// STOPPING → STOPPED of app tasks, cut at `stopTimeout`.
    pub app_stop: Distribution,
    /// STOPPING → STOPPED of daemon tasks, cut at `stopTimeout`.
    pub daemon_stop: Distribution,
    /// DEREGISTERING → gone.
    pub terminate: Distribution,
    /// Wave done → next instances DRAINING.
    pub wave_gap: Distribution,
    /// A daemon task stops or turns unhealthy → acted on.
    pub stop_detect: Distribution,
    /// Period at which a deployment looks at its alarms.
    pub alarm_poll: Distribution,
    /// Last wave done → bake starts.
    pub success_check: Distribution,
}

impl Default for Delays {
    /// The medians and 95th percentiles of `docs/model.md`.
    fn default() -> Self {
        use Distribution as D;
        Delays {
            deploy_decision: D::lognormal_secs(30, 45),
            drain_react: D::lognormal_secs(35, 60),
            provision_decision: D::lognormal_secs(4, 15),
            // A few launches in a hundred take more than a minute, whatever the rest does.
            instance_launch: D::Mixture(vec![
                (0.98, D::lognormal_secs(20, 45)),
                (0.02, D::Uniform { min: SimDuration::from_secs(80), max: SimDuration::from_secs(100) }),
            ]),
            daemon_start: D::lognormal_secs(14, 40),
            image_pull_per_mib: D::Lognormal {
                median: SimDuration::from_ms(40),
                p95: SimDuration::from_ms(100),
            },
            image_pull_fixed: D::constant_secs(1),
            instance_active: D::lognormal_secs(3, 10),
            app_start: D::lognormal_secs(16, 45),
            app_start_warm: D::lognormal_secs(6, 15),
            health_wait: D::constant_secs(40),
            scheduler_tick: D::lognormal_secs(5, 15),
            lb_deregistration: D::constant_secs(300),
            app_stop: D::lognormal_secs(5, 30),
            daemon_stop: D::lognormal_secs(5, 30),
            terminate: D::lognormal_secs(45, 90),
            wave_gap: D::lognormal_secs(15, 45),
            stop_detect: D::lognormal_secs(10, 30),
            alarm_poll: D::constant_secs(30),
            // One look a minute at a moment of its own.
            success_check: D::Uniform { min: SimDuration::ZERO, max: SimDuration::from_secs(60) },
        }
    }
}

/// A request and when it is made.
#[derive(Clone, Debug, PartialEq)]
pub struct TimedRequest {
    /// When.
    pub at: SimTime,
    /// What.
    pub request: Request,
}

/// An ECS API call, its references resolved.
#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    /// CreateDaemon.
    CreateDaemon {
        /// Which.
        daemon: DaemonId,
        /// As what.
        settings: DaemonSettings,
    },
    /// UpdateDaemon; not additive: what the request leaves out has been set to its default.
    UpdateDaemon {
        /// Which.
        daemon: DaemonId,
        /// As what.
        settings: DaemonSettings,
    },
    /// DeleteDaemon.
    DeleteDaemon {
        /// Which.
        daemon: DaemonId,
    },
    /// RegisterDaemonTaskDefinition.
    RegisterDaemonTaskDefinition(DaemonTaskDefinitionId),
    /// DeleteDaemonTaskDefinition.
    DeleteDaemonTaskDefinition(DaemonTaskDefinitionId),
    /// RegisterTaskDefinition.
    RegisterTaskDefinition(TaskDefinitionId),
    /// CreateCapacityProvider.
    CreateCapacityProvider(CapacityProviderId),
    /// DeleteCapacityProvider.
    DeleteCapacityProvider(CapacityProviderId),
    /// CreateService.
    CreateService {
        /// Which.
        service: ServiceId,
        /// As what.
        settings: ServiceSettings,
    },
    /// UpdateService; what is none stays as it is.
    UpdateService {
        /// Which.
        service: ServiceId,
        /// What changes.
        change: ServiceChange,
    },
    /// DeleteService.
    DeleteService {
        /// Which.
        service: ServiceId,
        /// Even though it is not scaled to zero.
        force: bool,
    },
    /// RunTask.
    RunTask {
        /// The family the tasks are named after.
        family: FamilyId,
        /// What they run.
        task_definition: TaskDefinitionId,
        /// How many.
        count: u32,
        /// Where.
        strategy: Vec<StrategyItem>,
    },
    /// StopTask.
    StopTask {
        /// Which.
        task: TaskName,
    },
    /// UpdateTaskProtection.
    UpdateTaskProtection {
        /// Which.
        tasks: Vec<TaskName>,
        /// How long from now; none: the protection ends.
        protected_for: Option<SimDuration>,
    },
    /// UpdateContainerInstancesState.
    UpdateContainerInstancesState {
        /// Which.
        instances: Vec<InstanceName>,
        /// To DRAINING, or back to ACTIVE.
        drain: bool,
    },
}

/// What CreateDaemon and UpdateDaemon say.
#[derive(Clone, Debug, PartialEq)]
pub struct DaemonSettings {
    /// What it runs.
    pub task_definition: DaemonTaskDefinitionId,
    /// Where, in the request's order, each once, at least one.
    pub providers: Vec<CapacityProviderId>,
    /// Whether it gates ACTIVE.
    pub critical: bool,
    /// How much of the fleet is drained at a time.
    pub drain_percent: Percent,
    /// How long the deployment watches before it is SUCCESSFUL.
    pub bake: SimDuration,
    /// The alarms that it watches, by id, each once; none when they are not enabled.
    pub alarms: Vec<AlarmId>,
}

/// What CreateService says.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceSettings {
    /// What it runs.
    pub task_definition: TaskDefinitionId,
    /// How many.
    pub desired: u32,
    /// Where, at least one.
    pub strategy: Vec<StrategyItem>,
    /// ⌈this share of desired⌉ stay healthy.
    pub minimum_healthy_percent: u32,
    /// ⌊this share of desired⌋ may exist.
    pub maximum_percent: u32,
    /// Whether load balancers send it traffic.
    pub load_balancers: bool,
    /// Whether its tasks are moved to even out zones.
    pub zone_rebalancing: bool,
}

/// What UpdateService changes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ServiceChange {
    /// A new revision: a service deployment.
    pub task_definition: Option<TaskDefinitionId>,
    /// A new count.
    pub desired: Option<u32>,
    /// Other providers: a service deployment.
    pub strategy: Option<Vec<StrategyItem>>,
    /// A new lower bound.
    pub minimum_healthy_percent: Option<u32>,
    /// A new upper bound.
    pub maximum_percent: Option<u32>,
    /// Load balancers come or go.
    pub load_balancers: Option<bool>,
    /// Zone rebalancing goes on or off.
    pub zone_rebalancing: Option<bool>,
    /// All tasks anew, even though nothing changed.
    pub force_new_deployment: bool,
}

/// One item of a capacity provider strategy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StrategyItem {
    /// Which provider.
    pub provider: CapacityProviderId,
    /// So many tasks go there first.
    pub base: u32,
    /// Its share of the rest.
    pub weight: u32,
}

impl Setup {
    /// What everything is called.
    pub fn names(&self) -> Names {
        let labels = |of: &[TaskDefinitionSetup]| of.iter().map(|t| t.definition.label()).collect();
        Names {
            providers: self.capacity_providers.iter().map(|p| p.name.clone()).collect(),
            zones: self.zones.clone(),
            instance_types: self.instance_types.iter().map(|t| t.name.clone()).collect(),
            services: self.services.clone(),
            families: self.families.clone(),
            daemons: self.daemons.clone(),
            alarms: self.alarms.iter().map(|alarm| alarm.name.clone()).collect(),
            task_definitions: labels(&self.task_definitions),
            daemon_task_definitions: labels(&self.daemon_task_definitions),
        }
    }
}
