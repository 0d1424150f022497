//! Mishaps.

use super::delays::Time;
use crate::kernel::SimDuration;
use crate::scenario::number::{Positive, Share, Whole};
use crate::scenario::read::mapping;
use crate::scenario::text::{Name, Provider, Ref};

mapping! {
    /// A mishap: when, where, and one kind. (Not simulated yet.)
    Fault => {
        /// When it begins. Default: at the start.
        "at" at_time: Optional SimDuration,
        /// How long it lasts. Default: to the end.
        "for" lasts: Optional SimDuration,
        /// Only this provider's instances.
        "capacityProvider" provider: Optional Ref<Provider>,
        /// Only this zone's instances.
        "availabilityZone" zone: Optional Name,
        /// Only this share of instances.
        "share" share: Optional Share,
        /// Launches fail.
        "launchFailures" launch_failures: Optional LaunchFailures,
        /// Launches take longer.
        "slowLaunches" slow_launches: Optional Factor,
        /// Pulls of images take longer.
        "slowPulls" slow_pulls: Optional Factor,
        /// Instances die.
        "instanceDeaths" instance_deaths: Optional Rate,
        /// Spot interruptions, with two minutes' notice.
        "spotInterruptions" spot_interruptions: Optional Rate,
        /// A zone is gone.
        "availabilityZoneOutage" outage: Optional Outage,
        /// Agents lose their connection.
        "agentDisconnects" agent_disconnects: Optional AgentDisconnects,
        /// ECS's API lets fewer calls through.
        "apiThrottling" api_throttling: Optional ApiThrottling,
        /// Daemon tasks are killed.
        "killDaemons" kill_daemons: Optional KillDaemons,
    }
}

impl Fault {
    /// How many kinds it names.
    pub(in crate::scenario) fn kinds(&self) -> usize {
        let given = [
            self.launch_failures.is_given(),
            self.slow_launches.is_given(),
            self.slow_pulls.is_given(),
            self.instance_deaths.is_given(),
            self.spot_interruptions.is_given(),
            self.outage.is_given(),
            self.agent_disconnects.is_given(),
            self.api_throttling.is_given(),
            self.kill_daemons.is_given(),
        ];
        given.iter().filter(|given| **given).count()
    }
}

mapping! {
    /// Launches fail.
    LaunchFailures => {
        /// How likely each is to fail.
        "probability" probability: Required Share,
        /// How long until the next attempt. Default `30s`.
        "retryAfter" retry_after: Optional Time,
    }
}

mapping! {
    /// So many times as long.
    Factor => {
        /// The factor.
        "factor" factor: Required Positive,
    }
}

mapping! {
    /// So many an hour.
    Rate => {
        /// Of each instance.
        "ratePerInstanceHour" rate: Required Positive,
    }
}

mapping! {
    /// A zone is gone.
    Outage => {
        /// Nothing to say.
        "comment" comment: Optional crate::scenario::text::Text,
    }
}

mapping! {
    /// Agents lose their connection.
    AgentDisconnects => {
        /// How often.
        "ratePerInstanceHour" rate: Required Positive,
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
    /// Daemon tasks are killed.
    KillDaemons => {
        /// How many.
        "count" count: Required Whole<1, 1_000_000>,
    }
}
