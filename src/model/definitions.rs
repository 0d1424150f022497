//! What is registered before anything runs: instance types and task definitions.

use crate::kernel::SimDuration;

/// CPU units and MiB: what a task needs, an instance has, or is left of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Resources {
    /// CPU units; 1024 are one vCPU.
    pub cpu: u32,
    /// MiB.
    pub memory: u32,
}

impl Resources {
    /// Whether `need` fits into this.
    pub const fn holds(self, need: Resources) -> bool {
        self.cpu >= need.cpu && self.memory >= need.memory
    }

    /// Both together.
    #[must_use]
    pub const fn plus(self, other: Resources) -> Resources {
        Resources {
            cpu: self.cpu.saturating_add(other.cpu),
            memory: self.memory.saturating_add(other.memory),
        }
    }

    /// What is left after `other` is taken; nothing below zero.
    #[must_use]
    pub const fn minus(self, other: Resources) -> Resources {
        Resources {
            cpu: self.cpu.saturating_sub(other.cpu),
            memory: self.memory.saturating_sub(other.memory),
        }
    }
}

/// A kind of EC2 instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstanceType {
    /// Its name, `c6g.xlarge`.
    pub name: String,
    /// vCPUs × 1024, and memory; all of it can be used.
    pub capacity: Resources,
    /// How many app tasks it takes at most (network interfaces); `u32::MAX` when nothing says so.
    pub max_tasks: u32,
    /// Billionths of a dollar for an hour.
    pub price_per_hour_nanos: u64,
}

/// A container health check as far as it shows: when a healthy container is found to be healthy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HealthCheck {
    /// From one check to the next; the first comes one interval after RUNNING.
    pub interval: SimDuration,
    /// How long one check may take.
    pub timeout: SimDuration,
    /// How many checks in a row must fail.
    pub retries: u32,
    /// Failures in it do not count.
    pub start_period: SimDuration,
}

/// One revision of a task definition, of an app or of a daemon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskDefinition {
    /// Its family.
    pub family: String,
    /// Its revision, counted from 1 in its family.
    pub revision: u32,
    /// What one task needs.
    pub resources: Resources,
    /// From the stop signal to the kill.
    pub stop_timeout: SimDuration,
    /// The slowest of its essential containers' health checks.
    pub health_check: Option<HealthCheck>,
    /// `restartPolicy`: a container that ran this long before it exits is restarted in place, and the task goes
    /// on; none: never.
    pub restart_after: Option<SimDuration>,
}

impl TaskDefinition {
    /// `family:revision`.
    pub fn label(&self) -> String {
        format!("{}:{}", self.family, self.revision)
    }
}
