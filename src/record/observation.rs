//! The closed list of facts that a run tells.

use crate::kernel::SimTime;
use crate::model::{
    AlarmId, CapacityProviderId, DeploymentName, InstanceName, InstanceTypeId, Owner, RevisionName,
    ServiceId, TaskName, ZoneId,
};

/// Something worth noting.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Observation<'a> {
    /// A row of `events.csv`.
    Fact(&'a Fact),
    /// More about the instance whose first fact (to = LAUNCHING, or in place at the start) comes next.
    Launched {
        /// Which.
        instance: InstanceName,
        /// Of what type.
        instance_type: InstanceTypeId,
        /// The daemon revisions that it will run, in the order of daemons.
        daemons: &'a [RevisionName],
    },
    /// This alarm, which a deployment may watch, is in ALARM when the clock starts.
    RingsAtStart {
        /// Which.
        alarm: AlarmId,
    },
    /// EC2 took the launch call of this instance at last, after calls that failed or were throttled: it costs from
    /// now on.
    LaunchTaken {
        /// Which.
        instance: InstanceName,
        /// The daemon revisions that it will run after all.
        daemons: &'a [RevisionName],
    },
    /// More about the task whose first fact comes next.
    Created {
        /// Which.
        task: TaskName,
        /// The task whose place it takes.
        replaces: Option<TaskName>,
    },
    /// Counts that hold from this instant on.
    Counts {
        /// Of one provider, or of the cluster.
        of: Option<CapacityProviderId>,
        /// The counts.
        counts: &'a Counts,
    },
}

/// What an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FactKind {
    /// An API call.
    Request,
    /// A daemon changed its status.
    Daemon,
    /// A deployment changed its status.
    Deployment,
    /// A wave began or ended.
    Wave,
    /// A bake began or ended.
    Bake,
    /// An alarm changed its state.
    Alarm,
    /// The circuit breaker counted, tripped or was reset.
    CircuitBreaker,
    /// A rollback began or ended.
    Rollback,
    /// An instance changed its status.
    Instance,
    /// A task changed its status.
    Task,
    /// A service changed its status or its deployment.
    Service,
    /// A mishap.
    Fault,
    /// The run began or ended.
    Run,
}

impl FactKind {
    /// Its word in `events.csv`.
    pub const fn word(self) -> &'static str {
        match self {
            FactKind::Request => "request",
            FactKind::Daemon => "daemon",
            FactKind::Deployment => "deployment",
            FactKind::Wave => "wave",
            FactKind::Bake => "bake",
            FactKind::Alarm => "alarm",
            FactKind::CircuitBreaker => "circuitBreaker",
            FactKind::Rollback => "rollback",
            FactKind::Instance => "instance",
            FactKind::Task => "task",
            FactKind::Service => "service",
            FactKind::Fault => "fault",
            FactKind::Run => "run",
        }
    }
}

/// Why something happened, where the row itself does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Nothing to add; an empty cell.
    None,
    /// Words that are always the same: an exception's name, a stop code, "idle".
    Word(&'static str),
    /// Because of this deployment.
    Deployment(DeploymentName),
    /// Because of this service's scheduler.
    Service(ServiceId),
    /// How many of what: "12 instances".
    Count(u32, &'static str),
    /// How many of how many of what: "2 of 3 failures".
    Of(u32, u32, &'static str),
    /// This alarm.
    Alarm(AlarmId),
}

/// The number of a fact in its run: the `seq` of `events.csv`.
pub type FactId = u32;

/// One thing that happened; one row of `events.csv`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fact {
    /// Counted from 0.
    pub seq: FactId,
    /// When.
    pub at: SimTime,
    /// The fact that led to it; none for requests, faults and the start.
    pub cause: Option<FactId>,
    /// What it is about.
    pub kind: FactKind,
    /// The capacity provider.
    pub provider: Option<CapacityProviderId>,
    /// The zone.
    pub zone: Option<ZoneId>,
    /// The instance.
    pub instance: Option<InstanceName>,
    /// The task; its role follows from its owner.
    pub task: Option<TaskName>,
    /// The daemon, service or family that it concerns.
    pub owner: Option<Owner>,
    /// The revision.
    pub revision: Option<RevisionName>,
    /// The deployment.
    pub deployment: Option<DeploymentName>,
    /// The wave, counted from 1 for each provider of a deployment.
    pub wave: Option<u32>,
    /// The state before; empty when there was none.
    pub from: &'static str,
    /// The state after; for requests the operation, `createDaemon`.
    pub to: &'static str,
    /// Why.
    pub reason: Reason,
}

impl Fact {
    /// A fact about nothing yet, to be filled in.
    pub const fn blank(seq: FactId, at: SimTime, kind: FactKind) -> Fact {
        Fact {
            seq,
            at,
            cause: None,
            kind,
            provider: None,
            zone: None,
            instance: None,
            task: None,
            owner: None,
            revision: None,
            deployment: None,
            wave: None,
            from: "",
            to: "",
            reason: Reason::None,
        }
    }
}

/// A row of `timeseries.csv`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// REGISTERING instances.
    pub registering: u32,
    /// ACTIVE instances.
    pub active: u32,
    /// DRAINING instances.
    pub draining: u32,
    /// DEREGISTERING instances.
    pub deregistering: u32,
    /// ACTIVE instances with the latest revision of every daemon of their provider.
    pub on_target: u32,
    /// ACTIVE instances with every daemon of their provider, not all at the latest revision.
    pub on_source: u32,
    /// ACTIVE instances that lack a daemon of their provider.
    pub without_daemon: u32,
    /// Running daemon tasks.
    pub daemon_running: u32,
    /// Service tasks wanted.
    pub app_desired: u32,
    /// Service tasks running.
    pub app_running: u32,
    /// Service tasks PROVISIONING or PENDING.
    pub app_pending: u32,
    /// Service tasks running and counted healthy.
    pub app_healthy: u32,
    /// CPU units of the instances in the four states; 1024 are one vCPU.
    pub cpu_registered: u64,
    /// CPU units taken by tasks placed on them, daemons included.
    pub cpu_used: u64,
}

impl Counts {
    /// Instances in the four states.
    pub const fn instances(&self) -> u32 {
        self.registering + self.active + self.draining + self.deregistering
    }
}
