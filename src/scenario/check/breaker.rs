//! Circuit breakers that cannot see what they are there for.

use super::words::{chance, number};
use crate::model::assumptions::{Assumptions, BreakerCounts, NonCriticalRelaunch};
use crate::scenario::error::Finding;
use crate::scenario::lower::Notes;
use crate::scenario::source::Span;
use crate::world::setup::{DaemonSettings, Setup};

/// A breaker that sees fewer of such rollouts is blind.
const SEEN: f64 = 0.1;

/// What helps against a blind breaker.
const HELP: &str = "an alarm and a bake to see such a revision; or `assumptions.breakerResetsOnSuccess: false` or \
                    `breakerThreshold: {count: n}`, if AWS should count so";

/// At how many failures a deployment's circuit breaker trips, of all instances of its providers.
pub fn breaker_threshold(instances: u64, assumptions: &Assumptions) -> u64 {
    assumptions.breaker_threshold.failures(instances)
}

/// Whether a request rolls out what fails to start.
pub(super) fn has_work(setup: &Setup, settings: &DaemonSettings) -> bool {
    let behaviour = &setup.daemon_task_definitions[settings.task_definition.index()].behaviour;
    behaviour.fails_to_start * behaviour.affects > 0.0
}

/// Notes a revision whose starts fail now and then, and that the breaker lets through all the same. `before` and
/// `after` are about how many instances there are without and with what the request asks for.
pub(super) fn deployment(
    setup: &Setup,
    settings: &DaemonSettings,
    [before, after]: [u64; 2],
    place: Span,
    notes: &mut Notes,
) {
    let assumptions = &setup.assumptions;
    let definition = &setup.daemon_task_definitions[settings.task_definition.index()];
    let behaviour = &definition.behaviour;
    let fails = behaviour.fails_to_start * behaviour.affects;
    if before == 0 {
        return;
    }
    let label = definition.definition.label();
    let threshold = breaker_threshold(before, assumptions);
    let percent = |share: f64| format!("{} %", number(share * 100.0));
    let share = if behaviour.affects < 1.0 {
        let (of, on) = (percent(behaviour.fails_to_start), percent(behaviour.affects));
        format!("{of} on {on} of the instances, {} in all,", percent(fails))
    } else {
        percent(fails)
    };
    // Each instance fails at most once, then.
    let once = !settings.critical && assumptions.non_critical_relaunch == NonCriticalRelaunch::Never;
    let most = before.max(after);
    if once && threshold > most {
        let message = format!(
            "the circuit breaker can never trip: it takes {threshold} failures, and each of about {most} instances \
             has at most one, since a daemon that is not critical is not started again (nonCriticalRelaunch: never)"
        );
        notes.warn(Finding::new(place, message).allowed("a lower `assumptions.breakerThreshold`"));
        return;
    }
    // Failures after RUNNING, where they count too, are another matter.
    let runtime = assumptions.breaker_counts == BreakerCounts::StartAndRuntimeFailures
        && (behaviour.crashes_after.is_some() || behaviour.unhealthy_after.is_some());
    if !assumptions.breaker_resets_on_success || fails >= 1.0 || runtime {
        return;
    }
    if behaviour.affects < 1.0 && !once {
        // The attempts on one host share its lot: there is no simple sum.
        let attempts = assumptions.registering_failure.attempts;
        if settings.critical && threshold > u64::from(attempts) {
            let message = format!(
                "the circuit breaker may be blind to {label}, of whose starts {share} fail: every success sets its \
                 count back (A-12), so that it takes {threshold} failures and no start that works in between; a host \
                 that is hit makes {attempts}, and those beside it that are not set the count back"
            );
            notes.warn(Finding::new(place, message).allowed(HELP));
        }
        return;
    }
    let seen = if once { first_attempts(fails, threshold, most) } else { in_a_row(fails, threshold, before) };
    if seen >= SEEN {
        return;
    }
    let odds = if once {
        format!("at most ({most} − {threshold} + 1)·{}^{threshold} = {}", number(fails), chance(seen))
    } else {
        format!("1 − (1 − {}^{threshold})^{before} = {}", number(fails), chance(seen))
    };
    let message = format!(
        "the circuit breaker is nearly blind to {label}, of whose starts {share} fail: every success sets its count \
         back (A-12), so that with about {before} instances it takes {threshold} failures in a row, and the chance of \
         these is {odds}"
    );
    notes.warn(Finding::new(place, message).allowed(HELP));
}

/// The chance of `k` failures in a row somewhere before `instances` successes.
fn in_a_row(fails: f64, k: u64, instances: u64) -> f64 {
    let run = libm::pow(fails, k as f64);
    // 1 − (1 − run)^instances, where run may be tiny.
    -libm::expm1(instances as f64 * libm::log1p(-run))
}

/// At most the chance of `k` failures in a row among so many attempts: no more than for each place to begin.
fn first_attempts(fails: f64, k: u64, attempts: u64) -> f64 {
    let places = (attempts + 1).saturating_sub(k) as f64;
    (places * libm::pow(fails, k as f64)).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Percent;
    use crate::model::assumptions::BreakerThreshold;
    use crate::scenario::check::tests::warnings;

    #[test]
    fn thresholds_are_those_of_services() {
        let with = |breaker_threshold| Assumptions { breaker_threshold, ..Assumptions::default() };
        let bounded = with(BreakerThreshold::BoundedPercent(Percent::whole(50)));
        for (instances, threshold) in
            [(1, 3), (6, 3), (7, 4), (40, 20), (399, 200), (401, 200), (10_000, 200)]
        {
            assert_eq!(breaker_threshold(instances, &bounded), threshold, "{instances}");
        }
        assert_eq!(breaker_threshold(7, &with(BreakerThreshold::Percent(Percent::whole(10)))), 1);
        assert_eq!(breaker_threshold(10_000, &with(BreakerThreshold::Percent(Percent::whole(10)))), 1000);
        assert_eq!(breaker_threshold(7, &with(BreakerThreshold::Count(2))), 2);
    }

    #[test]
    fn the_chance_of_failures_in_a_row() {
        // 1 − (1 − 1/8)^1, 1 − (1 − 1/4)^2 = 7/16, 1 − (1 − 0.02^3)^6 ≈ 6 · 8e-6.
        assert!((in_a_row(0.5, 3, 1) - 0.125).abs() < 1e-12);
        assert!((in_a_row(0.5, 2, 2) - 0.4375).abs() < 1e-12);
        assert!((in_a_row(0.02, 3, 6) - 4.799_904e-5).abs() < 1e-11);
        // Three in a row of four attempts: FFF?, ?FFF; twice an eighth is more than the 3/16 it is.
        assert!((first_attempts(0.5, 3, 4) - 0.25).abs() < 1e-12);
        assert!(first_attempts(0.5, 5, 4) <= 0.0);
    }

    /// Forty instances of eight tasks each, and an agent that finds room beside seven.
    fn rollout(behaviour: &str, critical: bool, assumptions: &str) -> Vec<String> {
        warnings(&format!(
            "instanceTypes: [{{name: four, vCpus: 4, memoryMiB: 8192, pricePerHour: 0.1}}]
capacityProviders: [{{name: p, instanceTypes: [four]}}]
taskDefinitions: [{{family: app, cpu: 512, memory: 1024}}]
daemonTaskDefinitions: [{{family: agent, cpu: 0, memory: 1, behaviour: {{{behaviour}}}}}]
before:
  - createService: {{serviceName: s, taskDefinition: app, desiredCount: 320, capacityProviderStrategy: [{{capacityProvider: p}}]}}
timeline:
  - {{at: 1m, createDaemon: {{daemonName: d, daemonTaskDefinitionArn: agent, capacityProviderArns: [p], critical: {critical}}}}}
assumptions: {{{assumptions}}}
"
        ))
        .into_iter()
        .filter(|warning| warning.contains("breaker"))
        .collect()
    }

    #[test]
    fn a_revision_that_fails_now_and_then_goes_unseen() {
        // 0.5^20 = 9.537e-7; 40 times that is 3.8146e-5.
        let half = rollout("failsToStart: 0.5", true, "");
        assert_eq!(
            half,
            [
                "the circuit breaker is nearly blind to agent:1, of whose starts 50 % fail: every success sets its count \
              back (A-12), so that with about 40 instances it takes 20 failures in a row, and the chance of these is \
              1 − (1 − 0.5^20)^40 = 0.0038 %"
            ]
        );
        let rare = rollout("failsToStart: 0.4, affects: 0.05", true, "");
        assert!(rare[0].contains("40 % on 5 % of the instances, 2 % in all, fail"), "{rare:?}");
        // All attempts on a host share its lot, so that no power of a chance says how often they come together.
        assert!(rare[0].contains("it takes 20 failures and no start that works in between"), "{rare:?}");
        assert!(rare[0].contains("a host that is hit makes 3,"), "{rare:?}");
        let few = "breakerThreshold: {count: 3}";
        assert!(rollout("failsToStart: 1, affects: 0.05", true, few).is_empty());
    }

    #[test]
    fn a_revision_that_is_caught_or_cannot_be_wrong_is_not_warned_of() {
        // 0.9^20 = 0.1216: seen in 99.4 % of the rollouts.
        assert!(rollout("failsToStart: 0.9", true, "").is_empty());
        assert!(rollout("failsToStart: 1", true, "").is_empty());
        assert!(rollout("failsToStart: 0", true, "").is_empty());
        assert!(rollout("failsToStart: 0.5", true, "breakerResetsOnSuccess: false").is_empty());
        assert!(rollout("failsToStart: 0.5", true, "breakerThreshold: {count: 2}").is_empty());
        let runtime = "breakerCounts: startAndRuntimeFailures";
        assert!(rollout("failsToStart: 0.5, crashesAfter: 1m", true, runtime).is_empty());
    }

    #[test]
    fn a_breaker_that_never_trips() {
        // The agent takes room: 40 instances of eight become ⌈320/7⌉ = 46.
        let never = |count: u32| {
            rollout(
                "failsToStart: 1",
                false,
                &format!("nonCriticalRelaunch: never, breakerThreshold: {{count: {count}}}"),
            )
        };
        assert_eq!(
            never(47),
            [
                "the circuit breaker can never trip: it takes 47 failures, and each of about 46 instances has at most one, \
              since a daemon that is not critical is not started again (nonCriticalRelaunch: never)"
            ]
        );
        assert!(never(46).is_empty());
        assert!(rollout("failsToStart: 1", true, "breakerThreshold: {count: 1000}").is_empty());
        // (46 − 20 + 1)·0.5^20 = 27·9.537e-7.
        let once = rollout("failsToStart: 0.5", false, "nonCriticalRelaunch: never");
        assert!(once[0].ends_with("at most (46 − 20 + 1)·0.5^20 = 0.0026 %"), "{once:?}");
    }
}
