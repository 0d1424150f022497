//! The numbers of a run, in a row: what studies keep of it. They are named as in `summary.json`.

use super::{DeploymentSummary, Outcome, RunSummary, ServiceSummary};
use crate::kernel::{SimDuration, SimTime};
use crate::model::{DaemonId, DeploymentStatus, MonitorStatus, Names, ServiceId};

/// Stands in a row for what a run did not show: the end of a deployment that has not ended.
pub const ABSENT: u64 = u64::MAX;

/// What the whole numbers of a column count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unit {
    /// Things.
    Count,
    /// Milliseconds, or milliseconds of instances or tasks; written as seconds.
    Milliseconds,
    /// Millionths of a dollar; written as dollars.
    MicroDollars,
    /// 1 for yes, 0 for no.
    Flag,
    /// Which of [`Outcome::ALL`].
    Outcome,
    /// Which of [`DeploymentStatus::ALL`].
    Status,
}

impl Unit {
    /// How many of it are one of what is written.
    pub const fn scale(self) -> u64 {
        match self {
            Unit::Count | Unit::Flag | Unit::Outcome | Unit::Status => 1,
            Unit::Milliseconds => 1_000,
            Unit::MicroDollars => 1_000_000,
        }
    }

    /// Whether it is a number: an average of it means something.
    pub const fn is_number(self) -> bool {
        !matches!(self, Unit::Outcome | Unit::Status)
    }
}

/// A column of what studies keep.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Column {
    /// `deployments.my-daemon.duration_s`.
    pub name: String,
    /// What it counts.
    pub unit: Unit,
    /// Whether a run may lack it.
    pub optional: bool,
}

/// Reads the numbers of a run.
#[derive(Clone, Debug)]
pub struct Measures {
    rows: Vec<(Column, Of)>,
}

/// What a number is taken of.
#[derive(Clone, Copy, Debug)]
enum Of {
    Run(fn(&RunSummary) -> u64),
    Deployment(DaemonId, fn(&DeploymentSummary) -> u64),
    Service(ServiceId, fn(&ServiceSummary) -> u64),
    WithoutDaemon(DaemonId),
}

/// A measure: its key, its unit, whether it may be absent, and how it is read.
type Key<T> = (&'static str, Unit, bool, fn(&T) -> u64);

use Unit::{Count, Flag, MicroDollars, Milliseconds};

const DEPLOYMENT: &[Key<DeploymentSummary>] = &[
    ("duration_s", Milliseconds, true, |d| length(d.duration())),
    ("created_s", Milliseconds, true, |d| d.created.as_ms()),
    ("started_s", Milliseconds, true, |d| time(d.started)),
    ("bake_started_s", Milliseconds, true, |d| time(d.bake_started)),
    ("finished_s", Milliseconds, true, |d| time(d.finished)),
    ("successful", Flag, true, |d| u64::from(d.status == DeploymentStatus::Successful)),
    ("rolled_back", Flag, true, |d| u64::from(d.is_rolled_back())),
    ("breaker_triggered", Flag, true, |d| u64::from(d.breaker_status == MonitorStatus::Triggered)),
    ("alarm_triggered", Flag, true, |d| u64::from(d.alarm_status == MonitorStatus::Triggered)),
    ("waves", Count, true, |d| d.waves.into()),
    ("instances_replaced", Count, true, |d| d.instances_replaced.into()),
    ("breaker_threshold", Count, true, |d| count(d.breaker_threshold)),
    ("breaker_failures", Count, true, |d| d.breaker_failures.into()),
    ("rollback_started_s", Milliseconds, true, |d| time(d.rollback_started)),
    ("time_to_detect_s", Milliseconds, true, |d| length(d.time_to_detect())),
    ("time_to_roll_back_s", Milliseconds, true, |d| length(d.time_to_roll_back())),
    ("tasks_moved", Count, true, |d| d.tasks_moved.into()),
    ("tasks_moved_again", Count, true, |d| d.tasks_moved_again.into()),
    ("instances_touched", Count, true, |d| d.instances_touched.into()),
    ("tasks_touched", Count, true, |d| d.tasks_touched.into()),
    ("exposure_instance_s", Milliseconds, true, |d| d.exposure().map_or(ABSENT, whole)),
];

const SERVICE: &[Key<ServiceSummary>] = &[
    ("min_running", Count, true, |s| count(s.min_running)),
    ("min_running_at_s", Milliseconds, true, |s| s.min_running.map_or(ABSENT, |_| s.min_running_at.as_ms())),
    ("min_healthy", Count, true, |s| count(s.min_healthy)),
    ("desired", Count, true, |s| s.desired.into()),
    ("below_desired_s", Milliseconds, true, |s| s.below_desired.as_ms()),
    ("task_seconds_lost", Milliseconds, true, |s| whole(s.task_ms_lost)),
    ("interruptions", Count, true, |s| s.interruptions.into()),
    ("max_interruptions_per_task", Count, true, |s| s.max_interruptions_per_task.into()),
    ("placement_wait_p95_s", Milliseconds, true, |s| length(s.placement_wait_p95)),
    ("waiting", Count, true, |s| s.waiting.into()),
];

const CLUSTER: &[Key<RunSummary>] = &[
    ("instances_start", Count, false, |r| r.cluster.instances_start.into()),
    ("instances_end", Count, false, |r| r.cluster.instances_end.into()),
    ("instances_max", Count, false, |r| r.cluster.instances_max.into()),
    ("active_min", Count, false, |r| r.cluster.active_min.into()),
    ("active_min_at_s", Milliseconds, false, |r| r.cluster.active_min_at.as_ms()),
    ("app_running_min", Count, true, |r| count(r.cluster.app_running_min)),
    ("app_running_min_at_s", Milliseconds, true, |r| {
        r.cluster.app_running_min.map_or(ABSENT, |_| r.cluster.app_running_min_at.as_ms())
    }),
    ("app_desired_then", Count, true, |r| {
        r.cluster.app_running_min.map_or(ABSENT, |_| r.cluster.app_desired_then.into())
    }),
    ("launched", Count, false, |r| r.cluster.launched.into()),
    ("terminated", Count, false, |r| r.cluster.terminated.into()),
    ("tasks_moved", Count, false, |r| r.cluster.tasks_moved.into()),
    ("tasks_moved_again", Count, false, |r| r.cluster.tasks_moved_again.into()),
    ("instance_seconds", Milliseconds, false, |r| whole(r.cluster.instance_ms)),
    // Half a millionth rounds up, as in every table.
    ("cost", MicroDollars, false, |r| whole(r.cluster.cost_nanos.saturating_add(500) / 1000)),
    ("requests_refused", Count, false, |r| r.cluster.requests_refused.into()),
    ("repairs", Count, false, |r| r.cluster.mishaps.repairs.into()),
    ("instance_deaths", Count, false, |r| r.cluster.mishaps.deaths.into()),
    ("spot_interruptions", Count, false, |r| r.cluster.mishaps.spot_interruptions.into()),
    ("registration_failures", Count, false, |r| r.cluster.mishaps.registration_failures.into()),
    ("launch_failures", Count, false, |r| r.cluster.mishaps.launch_failures.into()),
    ("daemon_start_failures", Count, false, |r| r.cluster.mishaps.daemon_start_failures.into()),
    ("daemon_runtime_failures", Count, false, |r| r.cluster.mishaps.daemon_runtime_failures.into()),
];

const RUN: &[Key<RunSummary>] =
    &[("ended_at_s", Milliseconds, false, |r| r.ended_at.as_ms()), ("events", Count, false, |r| r.events)];

impl Measures {
    /// The numbers of runs in which things are called so: of each daemon's last deployment, of each service, of the
    /// cluster, of the run; then the words.
    pub fn of(names: &Names) -> Measures {
        let mut rows = Vec::new();
        let mut put = |name: String, unit, optional, of| rows.push((Column { name, unit, optional }, of));
        let daemons = || names.daemons.iter().zip(0..).map(|(name, id)| (name, DaemonId::new(id)));
        for (name, id) in daemons() {
            for (key, unit, optional, read) in DEPLOYMENT {
                put(format!("deployments.{name}.{key}"), *unit, *optional, Of::Deployment(id, *read));
            }
        }
        for (name, id) in names.services.iter().zip(0..) {
            for (key, unit, optional, read) in SERVICE {
                let of = Of::Service(ServiceId::new(id), *read);
                put(format!("services.{name}.{key}"), *unit, *optional, of);
            }
        }
        for (name, id) in daemons() {
            put(format!("daemons.{name}.without_daemon"), Count, true, Of::WithoutDaemon(id));
        }
        for (key, unit, optional, read) in CLUSTER {
            put(format!("cluster.{key}"), *unit, *optional, Of::Run(*read));
        }
        for (key, unit, optional, read) in RUN {
            put((*key).to_owned(), *unit, *optional, Of::Run(*read));
        }
        put("outcome".to_owned(), Unit::Outcome, false, Of::Run(|r| place(&Outcome::ALL, r.outcome)));
        for (name, id) in daemons() {
            let of = Of::Deployment(id, |d| place(DeploymentStatus::ALL, d.status));
            put(format!("deployments.{name}.status"), Unit::Status, true, of);
        }
        Measures { rows }
    }

    /// What the numbers are, in the order of the row.
    pub fn columns(&self) -> impl ExactSizeIterator<Item = &Column> {
        self.rows.iter().map(|(column, _)| column)
    }

    /// The numbers of a run, [`ABSENT`] where it has none.
    pub fn read<'a>(&'a self, run: &'a RunSummary) -> impl ExactSizeIterator<Item = u64> + 'a {
        self.rows.iter().map(|(_, of)| match of {
            Of::Run(read) => read(run),
            Of::Deployment(id, read) => {
                run.deployments.iter().rev().find(|d| d.name.daemon == *id).map_or(ABSENT, read)
            }
            Of::Service(id, read) => run.services.iter().find(|s| s.service == *id).map_or(ABSENT, read),
            Of::WithoutDaemon(id) => {
                run.daemons.iter().find(|d| d.daemon == *id).map_or(ABSENT, |d| d.without_daemon.into())
            }
        })
    }
}

fn length(length: Option<SimDuration>) -> u64 {
    length.map_or(ABSENT, SimDuration::as_ms)
}

fn time(at: Option<SimTime>) -> u64 {
    at.map_or(ABSENT, SimTime::as_ms)
}

fn count(count: Option<u32>) -> u64 {
    count.map_or(ABSENT, u64::from)
}

/// What does not fit is as large as can be; a cluster of a hundred thousand instances would need ten thousand years.
fn whole(n: u128) -> u64 {
    u64::try_from(n).unwrap_or(ABSENT - 1).min(ABSENT - 1)
}

fn place<T: Copy + PartialEq>(all: &[T], of: T) -> u64 {
    all.iter().position(|one| *one == of).map_or(ABSENT, |at| at as u64)
}
