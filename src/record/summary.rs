//! A run in short: what is known of it without any trace.

use crate::kernel::{SimDuration, SimTime};
use crate::model::{
    AlarmId, CapacityProviderId, DaemonId, DaemonStatus, DaemonTaskDefinitionId, DeploymentName,
    DeploymentStatus, InstanceName, MonitorStatus, ServiceId,
};

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing was left to happen.
    Completed,
    /// The horizon came first.
    Horizon,
    /// Something is unfinished and nothing will move it.
    Stalled,
    /// A limit on events was reached.
    Limit,
}

impl Outcome {
    /// All of them, in order.
    pub const ALL: [Outcome; 4] = [Outcome::Completed, Outcome::Horizon, Outcome::Stalled, Outcome::Limit];

    /// Its word in the tables.
    pub const fn word(self) -> &'static str {
        match self {
            Outcome::Completed => "completed",
            Outcome::Horizon => "horizon",
            Outcome::Stalled => "stalled",
            Outcome::Limit => "limit",
        }
    }
}

/// A run in short.
#[derive(Clone, Debug, PartialEq)]
pub struct RunSummary {
    /// How it ended.
    pub outcome: Outcome,
    /// What the outcome wants to add: the blocker of a stall, the limit; empty otherwise.
    pub outcome_reason: String,
    /// When it ended.
    pub ended_at: SimTime,
    /// Events handled.
    pub events: u64,
    /// A hash over all events handled: equal trajectories have equal fingerprints.
    pub fingerprint: u64,
    /// A row for each deployment, by creation.
    pub deployments: Vec<DeploymentSummary>,
    /// A row for each wave of each provider, by start.
    pub waves: Vec<WaveSummary>,
    /// A row for each service, by its first request.
    pub services: Vec<ServiceSummary>,
    /// A row for each daemon, by its first request.
    pub daemons: Vec<DaemonSummary>,
    /// The cluster as a whole.
    pub cluster: ClusterSummary,
}

/// A row of `deployments.csv`.
#[derive(Clone, Debug, PartialEq)]
pub struct DeploymentSummary {
    /// Which.
    pub name: DeploymentName,
    /// Revisions on the fleet when it began, each once.
    pub source_revisions: Vec<DaemonTaskDefinitionId>,
    /// What it rolls out; none when it removes the daemon.
    pub target_revision: Option<DaemonTaskDefinitionId>,
    /// Its status at the end of the run.
    pub status: DeploymentStatus,
    /// In words.
    pub status_reason: String,
    /// When it was created.
    pub created: SimTime,
    /// When it became IN_PROGRESS.
    pub started: Option<SimTime>,
    /// When it became final.
    pub finished: Option<SimTime>,
    /// When its bake began.
    pub bake_started: Option<SimTime>,
    /// Rows in `waves.csv`.
    pub waves: u32,
    /// Instances it drained.
    pub instances_replaced: u32,
    /// Failures at which its breaker trips; none when it has no breaker.
    pub breaker_threshold: Option<u32>,
    /// Failures counted.
    pub breaker_failures: u32,
    /// Its breaker's status.
    pub breaker_status: MonitorStatus,
    /// Alarms that triggered its rollback.
    pub alarms_triggered: Vec<AlarmId>,
    /// Why it rolled back; empty when it did not.
    pub rollback_reason: String,
    /// When it became STOP_REQUESTED.
    pub detected: Option<SimTime>,
    /// When it began to roll back.
    pub rollback_started: Option<SimTime>,
    /// App tasks that it made move.
    pub tasks_moved: u32,
    /// Those of them that it had moved before.
    pub tasks_moved_again: u32,
    /// Its alarms, and what watching them has come to.
    pub alarms: Vec<AlarmId>,
    /// The same as a status.
    pub alarm_status: MonitorStatus,
    /// Instance-milliseconds, ACTIVE or DRAINING, on the revision that it rolls out, until it ended.
    pub exposure_ms: u128,
    /// Instances that its forward waves drained.
    pub instances_touched: u32,
    /// App tasks that it made move at least once: `tasks_moved` less `tasks_moved_again`.
    pub tasks_touched: u32,
    /// The batch of each of its providers when it began: what, of how many instances.
    pub batches: Vec<Batch>,
}

/// How many instances a deployment drains at a time on a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batch {
    /// The provider; none: over all of them.
    pub provider: Option<CapacityProviderId>,
    /// How many at a time.
    pub size: u32,
    /// Of how many.
    pub of: u32,
}

impl DeploymentSummary {
    /// From its creation to its end.
    pub fn duration(&self) -> Option<SimDuration> {
        self.finished.map(|end| end.since(self.created))
    }

    /// Whether its breaker or an alarm stopped it, which rolls it back when there is something to roll back to.
    pub fn is_rolled_back(&self) -> bool {
        self.detected.is_some()
    }

    /// From IN_PROGRESS to STOP_REQUESTED.
    pub fn time_to_detect(&self) -> Option<SimDuration> {
        Some(self.detected?.since(self.started?))
    }

    /// From the beginning of its rollback to its end; none for one that was STOPPED: for want of a source, or by a
    /// newer deployment before it was through.
    pub fn time_to_roll_back(&self) -> Option<SimDuration> {
        let (from, to) = (self.rollback_started?, self.finished?);
        (self.status != DeploymentStatus::Stopped).then(|| to.since(from))
    }

    /// Instance-milliseconds on the revision that it rolls out; none when it removes the daemon.
    pub fn exposure(&self) -> Option<u128> {
        self.target_revision.map(|_| self.exposure_ms)
    }
}

/// Which way a wave goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// To the target.
    Forward,
    /// Back to the source.
    Rollback,
}

impl Direction {
    /// Its word in the tables.
    pub const fn word(self) -> &'static str {
        match self {
            Direction::Forward => "forward",
            Direction::Rollback => "rollback",
        }
    }
}

/// A stage of an instance that is replaced, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// DRAINING → the services have noticed.
    DrainReact,
    /// → the last replacement of its tasks is placed.
    Capacity,
    /// → the last replacement is healthy, and the old task begins to stop.
    Start,
    /// → its app tasks are STOPPED.
    AppStop,
    /// → its daemons are STOPPED.
    DaemonStop,
    /// → it is gone.
    Terminate,
}

impl Stage {
    /// All, in order.
    pub const ALL: [Stage; 6] = [
        Stage::DrainReact,
        Stage::Capacity,
        Stage::Start,
        Stage::AppStop,
        Stage::DaemonStop,
        Stage::Terminate,
    ];

    /// Its word in the tables.
    pub const fn word(self) -> &'static str {
        match self {
            Stage::DrainReact => "drainReact",
            Stage::Capacity => "capacity",
            Stage::Start => "start",
            Stage::AppStop => "appStop",
            Stage::DaemonStop => "daemonStop",
            Stage::Terminate => "terminate",
        }
    }
}

/// How long an instance was in each stage, in the order of [`Stage::ALL`].
pub type Stages = [SimDuration; 6];

/// A row of `waves.csv`.
#[derive(Clone, Debug, PartialEq)]
pub struct WaveSummary {
    /// The deployment.
    pub deployment: DeploymentName,
    /// Which way.
    pub direction: Direction,
    /// The provider.
    pub provider: CapacityProviderId,
    /// Counted from 1.
    pub wave: u32,
    /// How many instances it drained.
    pub instances: u32,
    /// When.
    pub started: SimTime,
    /// When it was done.
    pub finished: Option<SimTime>,
    /// Daemon failures in it.
    pub daemon_failures: u32,
    /// The instance that took longest.
    pub slowest_instance: Option<InstanceName>,
    /// The stage in which that instance was longest.
    pub slowest_stage: Option<Stage>,
    /// The fewest service tasks of the provider that ran in it.
    pub min_app_running: u32,
    /// The instances it drained that are gone, with their stages: all of a small wave, of a large one the
    /// slowest and an even sample, by number.
    pub replaced: Vec<ReplacedInstance>,
}

/// An instance that a wave drained, and how long each stage took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplacedInstance {
    /// Which.
    pub instance: InstanceName,
    /// When it became DRAINING.
    pub draining: SimTime,
    /// The stages from then on.
    pub stages: Stages,
}

/// A row of `services.csv`.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceSummary {
    /// Which.
    pub service: ServiceId,
    /// desiredCount at the end.
    pub desired: u32,
    /// The fewest that ran; none when it never had all its tasks.
    pub min_running: Option<u32>,
    /// When that was, first.
    pub min_running_at: SimTime,
    /// The fewest that were healthy; none when it never had all its tasks.
    pub min_healthy: Option<u32>,
    /// How long fewer ran than desired.
    pub below_desired: SimDuration,
    /// Σ over time of desired − running where positive, in task-milliseconds.
    pub task_ms_lost: u128,
    /// Stops that it did not ask for.
    pub interruptions: u32,
    /// The most of them for one task and its successors.
    pub max_interruptions_per_task: u32,
    /// Created → placed, 95th percentile; none when no task was placed.
    pub placement_wait_p95: Option<SimDuration>,
    /// Tasks still unplaced at the end.
    pub waiting: u32,
}

/// A daemon at the end of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct DaemonSummary {
    /// Which.
    pub daemon: DaemonId,
    /// Its status.
    pub status: DaemonStatus,
    /// Its revisions on the fleet: on how many instances each one runs. Several: a mixed fleet.
    pub current_revisions: Vec<(DaemonTaskDefinitionId, u32)>,
    /// Instances of its providers that lack it.
    pub without_daemon: u32,
}

/// The cluster as a whole.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClusterSummary {
    /// Instances at the start (REGISTERING to DEREGISTERING).
    pub instances_start: u32,
    /// At the end.
    pub instances_end: u32,
    /// The most at a time.
    pub instances_max: u32,
    /// The fewest ACTIVE at a time.
    pub active_min: u32,
    /// When that was, first.
    pub active_min_at: SimTime,
    /// The fewest service tasks that ran, once all services had theirs.
    pub app_running_min: Option<u32>,
    /// When that was, first.
    pub app_running_min_at: SimTime,
    /// Service tasks desired at that time.
    pub app_desired_then: u32,
    /// Instances launched.
    pub launched: u32,
    /// Instances gone.
    pub terminated: u32,
    /// App tasks that deployments made move.
    pub tasks_moved: u32,
    /// Of them, those a deployment moved more than once.
    pub tasks_moved_again: u32,
    /// Instance-milliseconds, from the launch call to the end.
    pub instance_ms: u128,
    /// Billionths of a dollar.
    pub cost_nanos: u128,
    /// Requests that ECS refused.
    pub requests_refused: u32,
    /// What went wrong on it.
    pub mishaps: Mishaps,
}

/// How often something went wrong, whatever brought it about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mishaps {
    /// Instances that auto repair drained.
    pub repairs: u32,
    /// Instances that died without notice, whatever their status.
    pub deaths: u32,
    /// Instances that Spot took away.
    pub spot_interruptions: u32,
    /// Instances that became REGISTRATION_FAILED.
    pub registration_failures: u32,
    /// Launch calls that EC2 refused; the same instance may be called for again.
    pub launch_failures: u32,
    /// Starts of a daemon that failed, in deployments or outside of them: DAEMON_TASK_START_IMPAIRED.
    pub daemon_start_failures: u32,
    /// Daemon tasks that stopped by themselves or turned unhealthy after they were RUNNING.
    pub daemon_runtime_failures: u32,
}

impl Mishaps {
    /// All of them, with their keys in `summary.json`.
    pub const fn counts(&self) -> [(&'static str, u32); 7] {
        [
            ("repairs", self.repairs),
            ("instance_deaths", self.deaths),
            ("spot_interruptions", self.spot_interruptions),
            ("registration_failures", self.registration_failures),
            ("launch_failures", self.launch_failures),
            ("daemon_start_failures", self.daemon_start_failures),
            ("daemon_runtime_failures", self.daemon_runtime_failures),
        ]
    }
}
