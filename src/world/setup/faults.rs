//! Mishaps that a scenario brings about.

use crate::kernel::{Distribution, SimTime};
use crate::model::{CapacityProviderId, ZoneId};

/// A mishap: when, where, and what.
#[derive(Clone, Debug, PartialEq)]
pub struct FaultSetup {
    /// When it begins.
    pub from: SimTime,
    /// When it is over: the first instant at which it no longer is; `SimTime::MAX` when it lasts to the end.
    pub until: SimTime,
    /// Only this provider's instances.
    pub provider: Option<CapacityProviderId>,
    /// Only this zone's instances.
    pub zone: Option<ZoneId>,
    /// Only this share of instances.
    pub share: f64,
    /// What.
    pub kind: FaultKind,
}

/// What a mishap does.
#[derive(Clone, Debug, PartialEq)]
pub enum FaultKind {
    /// Launch calls fail, and are made again.
    LaunchFailures {
        /// How likely each call is to fail.
        probability: f64,
        /// From a failed call to the next.
        retry_after: Distribution,
    },
    /// Launches called for take so many times as long.
    SlowLaunches {
        /// The factor.
        factor: f64,
    },
    /// Pulls of images that begin take so many times as long.
    SlowPulls {
        /// The factor.
        factor: f64,
    },
    /// Registered instances die without notice.
    InstanceDeaths {
        /// So many an hour, of each instance.
        rate_per_hour: f64,
    },
    /// Registered SPOT instances are taken away with two minutes' notice.
    SpotInterruptions {
        /// So many an hour, of each instance.
        rate_per_hour: f64,
    },
    /// A zone is gone: its instances die, and none is launched there.
    AvailabilityZoneOutage,
    /// Agents of ACTIVE and DRAINING instances lose their connection.
    AgentDisconnects {
        /// So many an hour, of each instance.
        rate_per_hour: f64,
        /// For how long.
        lasts: Distribution,
    },
    /// Launch calls and task starts go through a token bucket.
    ApiThrottling {
        /// How many calls at once.
        burst: u32,
        /// How many calls a second in the long run.
        per_second: f64,
    },
    /// Running daemon tasks are killed when the window opens.
    KillDaemons {
        /// How many.
        count: u32,
    },
}

impl FaultKind {
    /// Its key in a scenario.
    pub const fn word(&self) -> &'static str {
        match self {
            FaultKind::LaunchFailures { .. } => "launchFailures",
            FaultKind::SlowLaunches { .. } => "slowLaunches",
            FaultKind::SlowPulls { .. } => "slowPulls",
            FaultKind::InstanceDeaths { .. } => "instanceDeaths",
            FaultKind::SpotInterruptions { .. } => "spotInterruptions",
            FaultKind::AvailabilityZoneOutage => "availabilityZoneOutage",
            FaultKind::AgentDisconnects { .. } => "agentDisconnects",
            FaultKind::ApiThrottling { .. } => "apiThrottling",
            FaultKind::KillDaemons { .. } => "killDaemons",
        }
    }
}
