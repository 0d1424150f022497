//! How open questions are read.

use super::Notes;
use crate::model::assumptions::Assumptions;
use crate::scenario::format;
use crate::scenario::read::Slot;

/// The defaults, and what the scenario says instead.
pub(super) fn assumptions(form: Option<&format::Assumptions>, notes: &mut Notes) -> Option<Assumptions> {
    let mut read = Assumptions::default();
    let Some(form) = form else { return Some(read) };
    let mut whole = true;
    /// Takes over the questions that are one word.
    macro_rules! take {
        ($($key:literal $field:ident: $value:ident => $lowered:expr;)+) => {$(
            take(&form.$field, $key, notes, &mut whole, |$value| read.$field = $lowered);
        )+};
    }
    take! {
        "batchRounding" batch_rounding: w => w.0;
        "batchDenominator" batch_denominator: w => w.0;
        "batchBase" batch_base: w => w.0;
        "waveMode" wave_mode: w => w.0;
        "replacement" replacement: w => w.0;
        "emptyCapacityProvider" empty_capacity_provider: w => w.0;
        "addedProviderRollsOthers" added_provider_rolls_others: b => *b;
        "midRolloutLaunches" mid_rollout_launches: w => w.0;
        "breakerThreshold" breaker_threshold: t => t.0;
        "breakerCounts" breaker_counts: w => w.0;
        "breakerResetsOnSuccess" breaker_resets_on_success: b => *b;
        "victimOrder" victim_order: w => w.0;
        "bake" bake: w => w.0;
        "alarmIgnoreScope" alarm_ignore_scope: w => w.0;
        "ignoredAlarmRearms" ignored_alarm_rearms: b => *b;
        "rollbackWithoutSource" rollback_without_source: w => w.0;
        "rollbackDrainPercent" rollback_drain_percent: p => p.0;
        "rollbackInFlight" rollback_in_flight: w => w.0;
        "supersede" supersede: w => w.0;
        "concurrentDaemons" concurrent_daemons: w => w.0;
        "daemonReadyGate" daemon_ready_gate: w => w.0;
        "nonCriticalGate" non_critical_gate: w => w.0;
        "nonCriticalRelaunch" non_critical_relaunch: w => w.0;
        "maxCountsStopping" max_counts_stopping: b => *b;
        "standaloneOnDrain" standalone_on_drain: w => w.0;
        "protectionOnDrain" protection_on_drain: w => w.0;
        "drainDeadline" drain_deadline: d => *d;
        "idleHeuristic" idle_heuristic: d => *d;
        "daemonStopAfter" daemon_stop_after: w => w.0;
        "alarmWindow" alarm_window: w => w.0;
    }
    take(&form.registering_failure, "registeringFailure", notes, &mut whole, |f| {
        let to = &mut read.registering_failure;
        to.attempts = f.attempts.get().map_or(to.attempts, |n| n.u32());
        to.gap = f.gap.get().copied().unwrap_or(to.gap);
        to.then = f.then.get().map_or(to.then, |w| w.0);
    });
    take(&form.repair_cap, "repairCap", notes, &mut whole, |c| {
        let to = &mut read.repair_cap;
        to.percent = c.percent.get().map_or(to.percent, |p| p.0);
        to.one_below = c.one_below.get().map_or(to.one_below, |n| n.u32());
    });
    whole.then_some(read)
}

fn take<T>(slot: &Slot<T>, key: &str, notes: &mut Notes, whole: &mut bool, then: impl FnOnce(&T)) {
    if !slot.is_given() {
        return;
    }
    notes.given.push(format!("assumptions.{key}"));
    match slot.get() {
        Some(value) => then(value),
        None => *whole = false,
    }
}
