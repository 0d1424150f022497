//! What AWS leaves open.

use crate::kernel::SimDuration;
use crate::model::Percent;
use crate::model::assumptions as model;
use crate::scenario::error::Finding;
use crate::scenario::number::{DrainPercent, Whole};
use crate::scenario::read::{Form, Reader, mapping};
use crate::scenario::text::{Word, Words};
use crate::scenario::tree::{Node, Value};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;

mapping! {
    /// How the questions are read that AWS leaves open. The first word of each list is its default.
    Assumptions => {
        /// How a share of a fleet becomes a number of instances: up, down (but never below one), or to the
        /// nearest.
        "batchRounding" batch_rounding: Optional Word<model::BatchRounding>,
        /// A share of each capacity provider's instances, or of all instances of the daemon.
        "batchDenominator" batch_denominator: Optional Word<model::BatchDenominator>,
        /// A share of the count when the deployment began, when the wave begins, or of those still to be
        /// replaced.
        "batchBase" batch_base: Optional Word<model::BatchBase>,
        /// The next wave begins when every instance of this one is gone, when its replacements are ACTIVE and
        /// its tasks moved, or there are no waves: a new instance is drained whenever one is gone.
        "waveMode" wave_mode: Optional Word<model::WaveMode>,
        /// In place of drained instances, what the waiting tasks need is launched, or one for each.
        "replacement" replacement: Optional Word<model::Replacement>,
        /// A deployment that finds no instance is SUCCESSFUL at once, or PENDING until the first comes.
        "emptyCapacityProvider" empty_capacity_provider: Optional Word<model::EmptyCapacityProvider>,
        /// Adding a capacity provider to a daemon rolls the others too. Default true.
        "addedProviderRollsOthers" added_provider_rolls_others: Optional bool,
        /// An instance that is launched for other reasons during a rollout gets the new revision, or the old
        /// one.
        "midRolloutLaunches" mid_rollout_launches: Optional Word<model::MidRolloutLaunches>,
        /// At how many failures the circuit breaker trips: `{boundedPercent: 50}` of the instances but 3 to
        /// 200, `{percent: n}`, or `{count: n}`.
        "breakerThreshold" breaker_threshold: Optional Threshold,
        /// The circuit breaker counts failures to start, or also stops after RUNNING.
        "breakerCounts" breaker_counts: Optional Word<model::BreakerCounts>,
        /// A success sets the circuit breaker's count back to zero. Default true.
        "breakerResetsOnSuccess" breaker_resets_on_success: Optional bool,
        /// Which instances are drained first.
        "victimOrder" victim_order: Optional Word<model::VictimOrder>,
        /// A deployment bakes once, after the last wave, or after each wave.
        "bake" bake: Optional Word<model::BakePosition>,
        /// An alarm that rings at the start makes a deployment ignore that alarm, or all.
        "alarmIgnoreScope" alarm_ignore_scope: Optional Word<model::AlarmIgnoreScope>,
        /// An ignored alarm counts again once it was OK. Default true.
        "ignoredAlarmRearms" ignored_alarm_rearms: Optional bool,
        /// A rollback without a source revision ends STOPPED, or rolls to no daemon.
        "rollbackWithoutSource" rollback_without_source: Optional Word<model::RollbackWithoutSource>,
        /// The drainPercent of a rollback: `same` as the deployment's, or a percentage.
        "rollbackDrainPercent" rollback_drain_percent: Optional RollbackDrainPercent,
        /// What a rollback does about instances in flight: they finish first, or are given up.
        "rollbackInFlight" rollback_in_flight: Optional Word<model::RollbackInFlight>,
        /// A newer deployment takes over at once, or when the current wave has ended.
        "supersede" supersede: Optional Word<model::Supersede>,
        /// Deployments of several daemons on one provider go each its own way, or one after the other.
        "concurrentDaemons" concurrent_daemons: Optional Word<model::ConcurrentDaemons>,
        /// An instance opens for app tasks when its daemons are HEALTHY (where they have a health check), or
        /// RUNNING.
        "daemonReadyGate" daemon_ready_gate: Optional Word<model::DaemonReadyGate>,
        /// A non-critical daemon is waited for until it runs or has failed once, or not at all.
        "nonCriticalGate" non_critical_gate: Optional Word<model::NonCriticalGate>,
        /// A non-critical daemon that stopped is started again, ever more slowly, or never.
        "nonCriticalRelaunch" non_critical_relaunch: Optional Word<model::NonCriticalRelaunch>,
        /// Tasks that are STOPPING count towards a service's maximumPercent. Default true.
        "maxCountsStopping" max_counts_stopping: Optional bool,
        /// A standalone task on a draining instance is kept until the deadline, or stopped.
        "standaloneOnDrain" standalone_on_drain: Optional Word<model::StandaloneOnDrain>,
        /// A protected task holds up a drain, or does not.
        "protectionOnDrain" protection_on_drain: Optional Word<model::ProtectionOnDrain>,
        /// Counted from DRAINING; what is left on the instance then is killed. Default `7d`.
        "drainDeadline" drain_deadline: Optional SimDuration,
        /// How long an instance idles where `scaleInAfter` is not given. Default `300s`.
        "idleHeuristic" idle_heuristic: Optional SimDuration,
        /// How often a daemon is tried on a REGISTERING instance.
        "registeringFailure" registering_failure: Optional RegisteringFailure,
        /// The daemons of a draining instance stop when its last app task is STOPPED, or has left RUNNING.
        "daemonStopAfter" daemon_stop_after: Optional Word<model::DaemonStopAfter>,
        /// How many instances auto repair may drain at a time.
        "repairCap" repair_cap: Optional RepairCap,
        /// CloudWatch's evaluation windows slide, or are whole periods of the clock.
        "alarmWindow" alarm_window: Optional Word<model::AlarmWindow>,
    }
}

mapping! {
    /// How often a daemon is tried on a REGISTERING instance.
    RegisteringFailure => {
        /// How many attempts. Default 3.
        "attempts" attempts: Optional Whole<1, 1000>,
        /// From a failure to the next attempt. Default `30s`.
        "gap" gap: Optional SimDuration,
        /// What then.
        "then" then: Optional Word<model::AfterAttempts>,
    }
}

mapping! {
    /// How many instances auto repair may drain at a time.
    RepairCap => {
        /// This share of a provider's instances. Default 20.
        "percent" percent: Optional DrainPercent,
        /// But one in fleets smaller than this. Default 9.
        "oneBelow" one_below: Optional Whole<0, 1_000_000>,
    }
}

mapping! {
    /// One of three ways to say when the circuit breaker trips.
    ThresholdForm => {
        /// A share of the instances, but at least 3 and at most 200.
        "boundedPercent" bounded_percent: Optional DrainPercent,
        /// A share of the instances.
        "percent" percent: Optional DrainPercent,
        /// A number of failures.
        "count" count: Optional Whole<1, 1_000_000>,
    }
}

/// At how many failures the circuit breaker trips.
#[derive(Clone, Copy, Debug)]
pub(in crate::scenario) struct Threshold(pub(in crate::scenario) model::BreakerThreshold);

impl Form for Threshold {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        let form = ThresholdForm::read(node, reader)?;
        let given = [form.bounded_percent.is_given(), form.percent.is_given(), form.count.is_given()];
        if given.iter().filter(|g| **g).count() != 1 {
            let finding = Finding::new(node.head, "a threshold is given in one way")
                .allowed("one of {boundedPercent: n}, {percent: n}, {count: n}");
            reader.wrong(finding);
            return None;
        }
        let bounded = form.bounded_percent.get().map(|p| model::BreakerThreshold::BoundedPercent(p.0));
        let percent = form.percent.get().map(|p| model::BreakerThreshold::Percent(p.0));
        let count = form.count.get().map(|n| model::BreakerThreshold::Count(n.u32()));
        bounded.or(percent).or(count).map(Threshold)
    }
}

impl JsonSchema for Threshold {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Threshold".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = <ThresholdForm as JsonSchema>::json_schema(generator);
        schema.insert("minProperties".to_owned(), 1.into());
        schema.insert("maxProperties".to_owned(), 1.into());
        schema
    }
}

/// `same`, or a percentage.
#[derive(Clone, Copy, Debug)]
pub(in crate::scenario) struct RollbackDrainPercent(pub(in crate::scenario) Option<Percent>);

impl Form for RollbackDrainPercent {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        match &node.value {
            Value::Text(text) if &**text == "same" => Some(RollbackDrainPercent(None)),
            Value::Number(_) => DrainPercent::read(node, reader).map(|p| RollbackDrainPercent(Some(p.0))),
            Value::Null | Value::Bool(_) | Value::Text(_) | Value::List(_) | Value::Map(_) => {
                reader.expected(node, "`same` or a percentage")
            }
        }
    }
}

impl JsonSchema for RollbackDrainPercent {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "RollbackDrainPercent".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let percent = generator.subschema_for::<DrainPercent>();
        json_schema!({"anyOf": [{"const": "same"}, percent]})
    }
}

/// Makes words of the file out of a question's readings.
macro_rules! readings {
    ($($name:ident),+ $(,)?) => {$(
        impl Words for model::$name {
            const ALL: &'static [(&'static str, Self)] = model::$name::ALL;
        }
    )+};
}

readings!(
    BatchRounding,
    BatchDenominator,
    BatchBase,
    WaveMode,
    Replacement,
    EmptyCapacityProvider,
    MidRolloutLaunches,
    BreakerCounts,
    VictimOrder,
    BakePosition,
    AlarmIgnoreScope,
    RollbackWithoutSource,
    RollbackInFlight,
    Supersede,
    ConcurrentDaemons,
    DaemonReadyGate,
    NonCriticalGate,
    NonCriticalRelaunch,
    StandaloneOnDrain,
    ProtectionOnDrain,
    DaemonStopAfter,
    AfterAttempts,
    AlarmWindow,
);
