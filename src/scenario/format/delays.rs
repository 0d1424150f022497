//! How long things take, and how tasks behave.

use crate::kernel::SimDuration;
use crate::scenario::law::Law;
use crate::scenario::number::{Positive, Real, Share};
use crate::scenario::read::{Named, mapping};

/// A distribution of durations.
pub(in crate::scenario) type Time = Law<SimDuration>;

mapping! {
    /// How long each step takes: each a distribution, with defaults from what was measured of ECS.
    Delays => {
        /// Request accepted → IN_PROGRESS and the first instances DRAINING.
        "deployDecision" deploy_decision: Optional Time,
        /// DRAINING → replacement service tasks created (PROVISIONING).
        "drainReact" drain_react: Optional Time,
        /// A task that fits nowhere → launch call.
        "provisionDecision" provision_decision: Optional Time,
        /// Launch call → REGISTERING.
        "instanceLaunch" instance_launch: Optional Time,
        /// Daemon task created → RUNNING, pull excluded.
        "daemonStart" daemon_start: Optional Time,
        /// Pull of an image; only when `behaviour.imageMiB` is set.
        "imagePull" image_pull: Optional ImagePull,
        /// Last gating daemon ready → ACTIVE.
        "instanceActive" instance_active: Optional Time,
        /// App task placed → RUNNING, on a host that has not run this revision.
        "appStart" app_start: Optional Time,
        /// App task placed → RUNNING, on a host that has run this revision.
        "appStartWarm" app_start_warm: Optional Time,
        /// RUNNING → counted healthy when there is no health check and no load balancer.
        "healthWait" health_wait: Optional Time,
        /// What a service scheduler reacts to → its reaction.
        "schedulerTick" scheduler_tick: Optional Time,
        /// DEACTIVATING → STOPPING, for services with `loadBalancers`.
        "lbDeregistration" lb_deregistration: Optional Time,
        /// STOPPING → STOPPED of app tasks, cut at `stopTimeout`. By default a fifth of the tasks wait for the kill.
        "appStop" app_stop: Optional Time,
        /// STOPPING → STOPPED of daemon tasks, cut at `stopTimeout`. By default a fifth of them wait for the kill.
        "daemonStop" daemon_stop: Optional Time,
        /// DEREGISTERING → gone.
        "terminate" terminate: Optional Time,
        /// Wave done → next instances DRAINING.
        "waveGap" wave_gap: Optional Time,
        /// A daemon task stops or turns unhealthy → acted on.
        "stopDetect" stop_detect: Optional Time,
        /// Period at which a deployment looks at its alarms.
        "alarmPoll" alarm_poll: Optional Time,
        /// Last wave done → bake starts (or SUCCESSFUL, when bake is 0).
        "successCheck" success_check: Optional Time,
    }
}

mapping! {
    /// How long the pull of an image takes.
    ImagePull => {
        /// For each MiB.
        "perMiB" per_mib: Optional Time,
        /// And once.
        "fixed" fixed: Optional Time,
    }
}

mapping! {
    /// How the tasks of one revision behave.
    Behaviour => {
        /// In place of `delays.daemonStart` or `delays.appStart`.
        "start" start: Optional Time,
        /// In place of `delays.daemonStop` or `delays.appStop`.
        "stop" stop: Optional Time,
        /// Share of tasks that wait for the kill.
        "ignoresSigterm" ignores_sigterm: Optional Share,
        /// Size of the image, in MiB.
        "imageMiB" image_mib: Optional Positive,
        /// Probability that an attempt to start fails, each anew. Default 0.
        "failsToStart" fails_to_start: Optional Share,
        /// Time after RUNNING at which a task crashes; absent: never. A container that ran as long as its
        /// `restartPolicy` asks for is restarted in place, and nobody hears of it.
        "crashesAfter" crashes_after: Optional Time,
        /// Time after RUNNING at which a task turns UNHEALTHY; absent: never. ECS notices it by a `healthCheck`.
        "unhealthyAfter" unhealthy_after: Optional Time,
        /// Share of instances on which the last three apply; on the others the tasks are sound. Default 1.
        "affects" affects: Optional Share,
        /// How long a standalone task runs; absent: for ever.
        "runsFor" runs_for: Optional Time,
        /// By the name of an alarm's metric, what one instance that runs this revision adds to it.
        "metrics" metrics: Optional Named<Real>,
    }
}
