//! Assumptions and delays in force, in words.

use super::words::law;
use crate::model::assumptions::{Assumptions, BreakerThreshold};
use crate::scenario::Scenario;
use crate::scenario::duration;
use crate::scenario::format;
use crate::scenario::read::{self, Mapping};
use crate::world::setup::Delays;

/// An assumption or a delay in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meaning {
    /// Its key: `batchRounding`, `appStart`.
    pub key: &'static str,
    /// An assumption's number: `A-01`; empty where it has none.
    pub number: &'static str,
    /// Its value as the file would say it: `ceil`, `lognormal, median 16s, p95 45s`.
    pub value: String,
    /// What it is in a file that does not mention it.
    pub default: String,
    /// Whether the file says so, or it is the default.
    pub given: bool,
    /// What it is about.
    pub sentence: String,
}

/// Every assumption in force, in the order of the reference.
pub fn assumptions(scenario: &Scenario) -> Vec<Meaning> {
    let values = assumption_values(&scenario.setup.assumptions);
    let defaults = assumption_values(&Assumptions::default());
    format::Assumptions::docs()
        .map(|(key, doc)| {
            let (number, sentence) = numbered(doc);
            let given = given(scenario, &format!("assumptions.{key}"));
            Meaning { key, number, value: of(&values, key), default: of(&defaults, key), given, sentence }
        })
        .collect()
}

/// Every delay in force, in the order of the reference.
pub fn delays(scenario: &Scenario) -> Vec<Meaning> {
    let values = delay_values(&scenario.setup.delays);
    let defaults = delay_values(&Delays::default());
    format::Delays::docs()
        .map(|(key, doc)| {
            let given = given(scenario, &format!("delays.{key}"));
            let (value, default) = (of(&values, key), of(&defaults, key));
            Meaning { key, number: "", value, default, given, sentence: read::tidy(doc) }
        })
        .collect()
}

/// The value of a key.
fn of(values: &[(&'static str, String)], key: &str) -> String {
    values.iter().find(|(k, _)| *k == key).map_or(String::new(), |(_, value)| value.clone())
}

fn given(scenario: &Scenario, path: &str) -> bool {
    scenario
        .given
        .iter()
        .any(|g| g.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
}

/// `A-01. How …` → `A-01` and `How …`.
fn numbered(doc: &'static str) -> (&'static str, String) {
    match doc.trim_start().split_once(". ") {
        Some((number, rest)) if number.starts_with("A-") => (number, read::tidy(rest)),
        _ => ("", read::tidy(doc)),
    }
}

fn assumption_values(a: &Assumptions) -> Vec<(&'static str, String)> {
    let word = |word: &str| word.to_owned();
    let threshold = match a.breaker_threshold {
        BreakerThreshold::BoundedPercent(percent) => format!("{{boundedPercent: {percent}}}"),
        BreakerThreshold::Percent(percent) => format!("{{percent: {percent}}}"),
        BreakerThreshold::Count(count) => format!("{{count: {count}}}"),
    };
    let failure = a.registering_failure;
    let failure = format!(
        "{{attempts: {}, gap: {}, then: {}}}",
        failure.attempts,
        duration::text(failure.gap),
        failure.then.word()
    );
    let cap = format!("{{percent: {}, oneBelow: {}}}", a.repair_cap.percent, a.repair_cap.one_below);
    vec![
        ("batchRounding", word(a.batch_rounding.word())),
        ("batchDenominator", word(a.batch_denominator.word())),
        ("batchBase", word(a.batch_base.word())),
        ("waveMode", word(a.wave_mode.word())),
        ("replacement", word(a.replacement.word())),
        ("emptyCapacityProvider", word(a.empty_capacity_provider.word())),
        ("addedProviderRollsOthers", a.added_provider_rolls_others.to_string()),
        ("midRolloutLaunches", word(a.mid_rollout_launches.word())),
        ("breakerThreshold", threshold),
        ("breakerCounts", word(a.breaker_counts.word())),
        ("breakerResetsOnSuccess", a.breaker_resets_on_success.to_string()),
        ("victimOrder", word(a.victim_order.word())),
        ("bake", word(a.bake.word())),
        ("alarmIgnoreScope", word(a.alarm_ignore_scope.word())),
        ("ignoredAlarmRearms", a.ignored_alarm_rearms.to_string()),
        ("rollbackWithoutSource", word(a.rollback_without_source.word())),
        ("rollbackDrainPercent", a.rollback_drain_percent.map_or_else(|| word("same"), |p| p.to_string())),
        ("rollbackInFlight", word(a.rollback_in_flight.word())),
        ("supersede", word(a.supersede.word())),
        ("concurrentDaemons", word(a.concurrent_daemons.word())),
        ("daemonReadyGate", word(a.daemon_ready_gate.word())),
        ("nonCriticalGate", word(a.non_critical_gate.word())),
        ("nonCriticalRelaunch", word(a.non_critical_relaunch.word())),
        ("maxCountsStopping", a.max_counts_stopping.to_string()),
        ("standaloneOnDrain", word(a.standalone_on_drain.word())),
        ("protectionOnDrain", word(a.protection_on_drain.word())),
        ("drainDeadline", duration::text(a.drain_deadline)),
        ("idleHeuristic", duration::text(a.idle_heuristic)),
        ("registeringFailure", failure),
        ("daemonStopAfter", word(a.daemon_stop_after.word())),
        ("repairCap", cap),
        ("alarmWindow", word(a.alarm_window.word())),
    ]
}

fn delay_values(d: &Delays) -> Vec<(&'static str, String)> {
    let pull = format!("{} for each MiB, and {}", law(&d.image_pull_per_mib), law(&d.image_pull_fixed));
    vec![
        ("deployDecision", law(&d.deploy_decision)),
        ("drainReact", law(&d.drain_react)),
        ("provisionDecision", law(&d.provision_decision)),
        ("instanceLaunch", law(&d.instance_launch)),
        ("daemonStart", law(&d.daemon_start)),
        ("imagePull", pull),
        ("instanceActive", law(&d.instance_active)),
        ("appStart", law(&d.app_start)),
        ("appStartWarm", law(&d.app_start_warm)),
        ("healthWait", law(&d.health_wait)),
        ("schedulerTick", law(&d.scheduler_tick)),
        ("lbDeregistration", law(&d.lb_deregistration)),
        ("appStop", law(&d.app_stop)),
        ("daemonStop", law(&d.daemon_stop)),
        ("terminate", law(&d.terminate)),
        ("waveGap", law(&d.wave_gap)),
        ("stopDetect", law(&d.stop_detect)),
        ("alarmPoll", law(&d.alarm_poll)),
        ("successCheck", law(&d.success_check)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_member_has_a_value() {
        let assumptions = assumption_values(&Assumptions::default());
        let keys: Vec<&str> = assumptions.iter().map(|(key, _)| *key).collect();
        assert_eq!(keys, format::Assumptions::docs().map(|(key, _)| key).collect::<Vec<_>>());
        let delays = delay_values(&Delays::default());
        let keys: Vec<&str> = delays.iter().map(|(key, _)| *key).collect();
        assert_eq!(keys, format::Delays::docs().map(|(key, _)| key).collect::<Vec<_>>());
    }

    #[test]
    fn numbers_are_cut_off() {
        assert_eq!(numbered(" A-07. A deployment\n that"), ("A-07", "A deployment that".to_owned()));
        assert_eq!(numbered(" What a rollback does."), ("", "What a rollback does.".to_owned()));
    }
}
