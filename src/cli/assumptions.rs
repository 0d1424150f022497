//! Assumptions as the scenario file writes them.

use super::text::duration;
use crate::model::assumptions::{Assumptions, BreakerThreshold};

/// Each assumption and the reading in force, in the file's own words, in the order of the reference.
pub(super) fn words(a: &Assumptions) -> Vec<(&'static str, String)> {
    let flag = |on: bool| on.to_string();
    vec![
        ("batchRounding", a.batch_rounding.word().into()),
        ("batchDenominator", a.batch_denominator.word().into()),
        ("batchBase", a.batch_base.word().into()),
        ("waveMode", a.wave_mode.word().into()),
        ("replacement", a.replacement.word().into()),
        ("emptyCapacityProvider", a.empty_capacity_provider.word().into()),
        ("addedProviderRollsOthers", flag(a.added_provider_rolls_others)),
        ("midRolloutLaunches", a.mid_rollout_launches.word().into()),
        ("breakerThreshold", threshold(a.breaker_threshold)),
        ("breakerCounts", a.breaker_counts.word().into()),
        ("breakerResetsOnSuccess", flag(a.breaker_resets_on_success)),
        ("victimOrder", a.victim_order.word().into()),
        ("bake", a.bake.word().into()),
        ("alarmIgnoreScope", a.alarm_ignore_scope.word().into()),
        ("ignoredAlarmRearms", flag(a.ignored_alarm_rearms)),
        ("rollbackWithoutSource", a.rollback_without_source.word().into()),
        ("rollbackDrainPercent", a.rollback_drain_percent.map_or("same".into(), |p| p.to_string())),
        ("rollbackInFlight", a.rollback_in_flight.word().into()),
        ("supersede", a.supersede.word().into()),
        ("concurrentDaemons", a.concurrent_daemons.word().into()),
        ("daemonReadyGate", a.daemon_ready_gate.word().into()),
        ("nonCriticalGate", a.non_critical_gate.word().into()),
        ("nonCriticalRelaunch", a.non_critical_relaunch.word().into()),
        ("maxCountsStopping", flag(a.max_counts_stopping)),
        ("standaloneOnDrain", a.standalone_on_drain.word().into()),
        ("protectionOnDrain", a.protection_on_drain.word().into()),
        ("drainDeadline", duration(a.drain_deadline)),
        ("idleHeuristic", duration(a.idle_heuristic)),
        ("registeringFailure", registering_failure(a)),
        ("daemonStopAfter", a.daemon_stop_after.word().into()),
        ("repairCap", format!("{{percent: {}, oneBelow: {}}}", a.repair_cap.percent, a.repair_cap.one_below)),
        ("alarmWindow", a.alarm_window.word().into()),
    ]
}

fn threshold(threshold: BreakerThreshold) -> String {
    match threshold {
        BreakerThreshold::BoundedPercent(percent) => format!("{{boundedPercent: {percent}}}"),
        BreakerThreshold::Percent(percent) => format!("{{percent: {percent}}}"),
        BreakerThreshold::Count(count) => format!("{{count: {count}}}"),
    }
}

fn registering_failure(a: &Assumptions) -> String {
    let failure = &a.registering_failure;
    let (attempts, gap, then) = (failure.attempts, duration(failure.gap), failure.then.word());
    format!("{{attempts: {attempts}, gap: {gap}, then: {then}}}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_read_as_in_the_reference() {
        let words = words(&Assumptions::default());
        let of = |name: &str| words.iter().find(|(n, _)| *n == name).map(|(_, word)| word.as_str());
        assert_eq!(of("batchRounding"), Some("ceil"));
        assert_eq!(of("breakerThreshold"), Some("{boundedPercent: 50}"));
        assert_eq!(of("rollbackDrainPercent"), Some("same"));
        assert_eq!(of("drainDeadline"), Some("7d"));
        assert_eq!(of("registeringFailure"), Some("{attempts: 3, gap: 30s, then: replaceInstance}"));
        assert_eq!(of("repairCap"), Some("{percent: 20, oneBelow: 9}"));
    }
}
