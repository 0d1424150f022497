//! What AWS leaves open, each question with its readings; the first is the default (`docs/model.md`, A-01 … A-34).

use super::Percent;
use crate::kernel::SimDuration;

/// How every open question is read in a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Assumptions {
    ///
    pub batch_rounding: BatchRounding,
    ///
    pub batch_denominator: BatchDenominator,
    ///
    pub batch_base: BatchBase,
    ///
    pub wave_mode: WaveMode,
    ///
    pub replacement: Replacement,
    ///
    pub empty_capacity_provider: EmptyCapacityProvider,
    ///
    pub added_provider_rolls_others: bool,
    ///
    pub mid_rollout_launches: MidRolloutLaunches,
    ///
    pub breaker_threshold: BreakerThreshold,
    ///
    pub breaker_counts: BreakerCounts,
    ///
    pub breaker_resets_on_success: bool,
    ///
    pub victim_order: VictimOrder,
    ///
    pub bake: BakePosition,
    ///
    pub alarm_ignore_scope: AlarmIgnoreScope,
    ///
    pub ignored_alarm_rearms: bool,
    ///
    pub rollback_without_source: RollbackWithoutSource,
    /// A-19; none: the same as the deployment's.
    pub rollback_drain_percent: Option<Percent>,
    /// What a rollback does about instances in flight.
    pub rollback_in_flight: RollbackInFlight,
    ///
    pub supersede: Supersede,
    ///
    pub concurrent_daemons: ConcurrentDaemons,
    ///
    pub daemon_ready_gate: DaemonReadyGate,
    ///
    pub non_critical_gate: NonCriticalGate,
    ///
    pub non_critical_relaunch: NonCriticalRelaunch,
    ///
    pub max_counts_stopping: bool,
    ///
    pub standalone_on_drain: StandaloneOnDrain,
    ///
    pub protection_on_drain: ProtectionOnDrain,
    /// Counted from DRAINING; whatever is left then is killed.
    pub drain_deadline: SimDuration,
    /// `scaleInAfter` of a capacity provider that gives none.
    pub idle_heuristic: SimDuration,
    ///
    pub registering_failure: RegisteringFailure,
    ///
    pub daemon_stop_after: DaemonStopAfter,
    ///
    pub repair_cap: RepairCap,
    /// How CloudWatch's evaluation windows lie.
    pub alarm_window: AlarmWindow,
}

impl Default for Assumptions {
    fn default() -> Self {
        Assumptions {
            batch_rounding: BatchRounding::Ceil,
            batch_denominator: BatchDenominator::CapacityProvider,
            batch_base: BatchBase::Initial,
            wave_mode: WaveMode::Barrier,
            replacement: Replacement::OnDemand,
            empty_capacity_provider: EmptyCapacityProvider::Successful,
            added_provider_rolls_others: true,
            mid_rollout_launches: MidRolloutLaunches::Target,
            breaker_threshold: BreakerThreshold::BoundedPercent(Percent::whole(50)),
            breaker_counts: BreakerCounts::StartFailures,
            breaker_resets_on_success: true,
            victim_order: VictimOrder::Oldest,
            bake: BakePosition::AtEnd,
            alarm_ignore_scope: AlarmIgnoreScope::PerAlarm,
            ignored_alarm_rearms: true,
            rollback_without_source: RollbackWithoutSource::Stopped,
            rollback_drain_percent: None,
            rollback_in_flight: RollbackInFlight::Finish,
            supersede: Supersede::Immediate,
            concurrent_daemons: ConcurrentDaemons::Independent,
            daemon_ready_gate: DaemonReadyGate::Healthy,
            non_critical_gate: NonCriticalGate::RunningOrFirstFailure,
            non_critical_relaunch: NonCriticalRelaunch::Backoff,
            max_counts_stopping: true,
            standalone_on_drain: StandaloneOnDrain::Keep,
            protection_on_drain: ProtectionOnDrain::Honoured,
            drain_deadline: SimDuration::from_secs(7 * 24 * 3600),
            idle_heuristic: SimDuration::from_secs(300),
            registering_failure: RegisteringFailure {
                attempts: 3,
                gap: SimDuration::from_secs(30),
                then: AfterAttempts::ReplaceInstance,
            },
            daemon_stop_after: DaemonStopAfter::AppsStopped,
            repair_cap: RepairCap { percent: Percent::whole(20), one_below: 9 },
            alarm_window: AlarmWindow::Sliding,
        }
    }
}

/// The readings of one question: an enum whose words are the scenario file's, the default first.
macro_rules! readings {
    ($($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// Every reading with its word in the scenario file, the default first.
            pub const ALL: &'static [(&'static str, $name)] = &[$(($word, $name::$variant)),+];

            /// Its word in the scenario file.
            pub const fn word(self) -> &'static str {
                match self { $($name::$variant => $word),+ }
            }
        }
    )+};
}

readings! {
    /// How a share of a fleet becomes a number of instances.
    BatchRounding {
        /// Up.
        Ceil = "ceil",
        /// Down, but never below one.
        Floor = "floor",
        /// To the nearest, a half up.
        HalfUp = "halfUp",
    }
    /// A share of what.
    BatchDenominator {
        /// Of each capacity provider's instances; each has waves of its own.
        CapacityProvider = "capacityProvider",
        /// Of all instances of the daemon; one sequence of waves over all its providers.
        Daemon = "daemon",
    }
    /// A share of which count.
    BatchBase {
        /// As counted when the deployment began.
        Initial = "initial",
        /// As counted when the wave begins.
        Current = "current",
        /// Of those still to be replaced.
        Remaining = "remaining",
    }
    /// When the next wave may begin.
    WaveMode {
        /// When every instance of the wave is gone.
        Barrier = "barrier",
        /// When its replacements are ACTIVE and its tasks moved.
        ReplacementsActive = "replacementsActive",
        /// No waves: a new instance is drained whenever one is gone.
        SlidingWindow = "slidingWindow",
    }
    /// What is launched in place of a drained instance.
    Replacement {
        /// What the waiting tasks need.
        OnDemand = "onDemand",
        /// One for each.
        OneForOne = "oneForOne",
    }
    /// What becomes of a deployment that finds no instance.
    EmptyCapacityProvider {
        /// SUCCESSFUL at once.
        Successful = "successful",
        /// PENDING until the first instance comes.
        Pending = "pending",
    }
    /// Which revision an instance gets that is launched, for other reasons, while a rollout goes on.
    MidRolloutLaunches {
        /// The new one.
        Target = "target",
        /// The old one; a later wave replaces it.
        Source = "source",
    }
    /// Which failures the circuit breaker counts.
    BreakerCounts {
        /// Failures to start.
        StartFailures = "startFailures",
        /// Those, and stops after RUNNING.
        StartAndRuntimeFailures = "startAndRuntimeFailures",
    }
    /// Which instances are drained first.
    VictimOrder {
        /// The longest-lived.
        Oldest = "oldest",
        /// Any.
        Random = "random",
        /// Those with the fewest app tasks.
        FewestTasks = "fewestTasks",
    }
    /// When a deployment bakes.
    BakePosition {
        /// Once, after the last wave.
        AtEnd = "atEnd",
        /// After each wave.
        PerWave = "perWave",
    }
    /// What an alarm that rings at the start makes a deployment ignore.
    AlarmIgnoreScope {
        /// That alarm.
        PerAlarm = "perAlarm",
        /// All alarms.
        All = "all",
    }
    /// What a rollback without a source revision does.
    RollbackWithoutSource {
        /// The deployment ends STOPPED.
        Stopped = "stopped",
        /// The fleet is rolled to no daemon.
        RemoveDaemon = "removeDaemon",
    }
    /// What a rollback does about instances in flight.
    RollbackInFlight {
        /// They finish first.
        Finish = "finish",
        /// They are given up.
        Abandon = "abandon",
    }
    /// When a newer deployment takes over.
    Supersede {
        /// At once; draining instances finish.
        Immediate = "immediate",
        /// When the current wave has ended.
        AfterWave = "afterWave",
    }
    /// How deployments of several daemons on one provider go together.
    ConcurrentDaemons {
        /// Each goes its own way.
        Independent = "independent",
        /// One after the other.
        Serialized = "serialized",
    }
    /// What opens an instance for app tasks.
    DaemonReadyGate {
        /// Its daemons RUNNING, and HEALTHY where they have a health check.
        Healthy = "healthy",
        /// Its daemons RUNNING.
        Running = "running",
    }
    /// Whether a non-critical daemon is waited for.
    NonCriticalGate {
        /// Until it runs or has failed once.
        RunningOrFirstFailure = "runningOrFirstFailure",
        /// Not at all.
        None = "none",
    }
    /// Whether a non-critical daemon that stopped is started again.
    NonCriticalRelaunch {
        /// Yes, ever more slowly.
        Backoff = "backoff",
        /// No.
        Never = "never",
    }
    /// What happens to a standalone task when its instance drains.
    StandaloneOnDrain {
        /// Nothing, until the deadline.
        Keep = "keep",
        /// It is stopped.
        Stop = "stop",
    }
    /// Whether a protected task holds up a drain.
    ProtectionOnDrain {
        /// Yes, until the protection ends.
        Honoured = "honoured",
        /// No.
        Ignored = "ignored",
    }
    /// When the daemons of a draining instance stop.
    DaemonStopAfter {
        /// When its last app task is STOPPED.
        AppsStopped = "appsStopped",
        /// When its last app task has left RUNNING.
        AppsNotRunning = "appsNotRunning",
    }
    /// What happens when a daemon's attempts on a REGISTERING instance are used up.
    AfterAttempts {
        /// The instance is replaced.
        ReplaceInstance = "replaceInstance",
    }
    /// How CloudWatch's evaluation windows lie.
    AlarmWindow {
        /// Evaluated every minute over the time before it.
        Sliding = "sliding",
        /// Whole periods of the clock.
        WallClock = "wallClock",
    }
}

/// At how many failures the circuit breaker trips.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BreakerThreshold {
    /// A share of the instances, at least 3 and at most 200.
    BoundedPercent(Percent),
    /// A share of the instances.
    Percent(Percent),
    /// A number.
    Count(u32),
}

impl BreakerThreshold {
    /// How many failures trip the breaker of a deployment over so many instances.
    pub fn failures(self, instances: u64) -> u64 {
        let share = |percent: Percent| percent.of(instances, BatchRounding::Ceil);
        match self {
            BreakerThreshold::BoundedPercent(percent) => share(percent).clamp(3, 200),
            BreakerThreshold::Percent(percent) => share(percent).max(1),
            BreakerThreshold::Count(count) => u64::from(count).max(1),
        }
    }
}

/// How often a daemon is tried on a REGISTERING instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RegisteringFailure {
    /// How many attempts.
    pub attempts: u32,
    /// From a failure to the next attempt.
    pub gap: SimDuration,
    /// What then.
    pub then: AfterAttempts,
}

/// How many instances of a provider auto repair may drain at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RepairCap {
    /// This share …
    pub percent: Percent,
    /// … but one in fleets smaller than this.
    pub one_below: u32,
}
