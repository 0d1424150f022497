//! Mishaps.

use super::delays::Time;
use crate::kernel::SimDuration;
use crate::scenario::number::{Factor, PerHour, Positive, Share, Whole};
use crate::scenario::read::mapping;
use crate::scenario::text::{Name, Provider, Ref};

mapping! {
    /// A mishap: when, where, and one of the nine kinds. Windows may overlap; a probability, rate, count or share of 0
    /// is as good as no fault.
    Fault => {
        /// When it begins. Default: at the start.
        "at" at_time: Optional SimDuration,
        /// How long it lasts. Default: to the end.
        "for" lasts: Optional SimDuration,
        /// Only this provider's instances.
        "capacityProvider" provider: Optional Ref<Provider>,
        /// Only this zone's instances.
        "availabilityZone" zone: Optional Name,
        /// Only this share of instances. Default 1.
        "share" share: Optional Share,
        /// Launch calls fail, and are made again.
        "launchFailures" launch_failures: Optional LaunchFailures,
        /// Launches that are called for in the window take longer.
        "slowLaunches" slow_launches: Optional SlowDown,
        /// Pulls of images that begin in the window take longer; only where `behaviour.imageMiB` is set.
        "slowPulls" slow_pulls: Optional SlowDown,
        /// Instances die without notice, and their tasks with them.
        "instanceDeaths" instance_deaths: Optional Rate,
        /// SPOT instances are taken away, with two minutes' notice.
        "spotInterruptions" spot_interruptions: Optional Rate,
        /// The zone is gone: its instances die, and none is launched there. Without `availabilityZone`, all zones are.
        "availabilityZoneOutage" outage: Optional Outage,
        /// Agents of instances lose their connection.
        "agentDisconnects" agent_disconnects: Optional AgentDisconnects,
        /// ECS's API lets fewer calls through: launch calls and starts of tasks take a token from a bucket.
        "apiThrottling" api_throttling: Optional ApiThrottling,
        /// Running daemon tasks are killed, once, at `at`.
        "killDaemons" kill_daemons: Optional KillDaemons,
    }
}

impl Fault {
    /// The kinds that it names; one, where nothing is wrong.
    pub(in crate::scenario) fn kinds(&self) -> Vec<&'static str> {
        let given = [
            ("launchFailures", self.launch_failures.is_given()),
            ("slowLaunches", self.slow_launches.is_given()),
            ("slowPulls", self.slow_pulls.is_given()),
            ("instanceDeaths", self.instance_deaths.is_given()),
            ("spotInterruptions", self.spot_interruptions.is_given()),
            ("availabilityZoneOutage", self.outage.is_given()),
            ("agentDisconnects", self.agent_disconnects.is_given()),
            ("apiThrottling", self.api_throttling.is_given()),
            ("killDaemons", self.kill_daemons.is_given()),
        ];
        given.iter().filter(|(_, given)| *given).map(|(kind, _)| *kind).collect()
    }
}

mapping! {
    /// Launch calls fail.
    LaunchFailures => {
        /// How likely each call is to fail; 1: none comes through.
        "probability" probability: Required Share,
        /// From a failed call to the next. Default `30s`.
        "retryAfter" retry_after: Optional Time,
    }
}

mapping! {
    /// So many times as long.
    SlowDown => {
        /// The factor; below 1 it is faster.
        "factor" factor: Required Factor,
    }
}

mapping! {
    /// So many an hour.
    Rate => {
        /// So many an hour for each instance, at times that do not hang together.
        "ratePerInstanceHour" rate: Required PerHour,
    }
}

mapping! {
    /// A zone is gone.
    Outage => {
        /// There is nothing to say; a word for readers.
        "comment" comment: Optional crate::scenario::text::Text,
    }
}

mapping! {
    /// Agents lose their connection.
    AgentDisconnects => {
        /// So many an hour for each instance, at times that do not hang together.
        "ratePerInstanceHour" rate: Required PerHour,
        /// For how long.
        "lasts" lasts: Required Time,
    }
}

mapping! {
    /// A token bucket.
    ApiThrottling => {
        /// How many calls at once.
        "burst" burst: Required Whole<1, 1_000_000>,
        /// How many calls a second in the long run.
        "perSecond" per_second: Required Positive,
    }
}

mapping! {
    /// Running daemon tasks are killed.
    KillDaemons => {
        /// How many, of those in the fault's scope.
        "count" count: Required Whole<0, 1_000_000>,
    }
}
