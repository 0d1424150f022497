//! Faults that can do nothing, faults beside each other, and faults that are over.

use super::{always, constantly, fault, in_zone, on};
use crate::heard::hear;
use crate::story::{PROVIDER, Story};
use daemonsim::kernel::SimDuration;
use daemonsim::model::{InstanceName, Percent};
use daemonsim::record::{Fact, FactKind};
use daemonsim::world::setup::{Delays, FaultKind, FaultSetup};

/// A rollout in random weather.
fn rollout(n: u32, seed: u64) -> Story {
    let mut story = Story::of_instances(n).update(Percent::whole(25), SimDuration::from_secs(180));
    story.setup.seed = seed;
    story.setup.delays = Delays::default();
    story.setup.capacity_providers[0].spot = true;
    story.setup.task_definitions[0].behaviour.image_mib = Some(250.0);
    story
}

/// Every kind of fault, strong.
fn every_kind() -> Vec<FaultKind> {
    vec![
        FaultKind::LaunchFailures { probability: 0.5, retry_after: constantly(30_000) },
        FaultKind::SlowLaunches { factor: 3.0 },
        FaultKind::SlowPulls { factor: 3.0 },
        FaultKind::InstanceDeaths { rate_per_hour: 2.0 },
        FaultKind::SpotInterruptions { rate_per_hour: 2.0 },
        FaultKind::AvailabilityZoneOutage,
        FaultKind::AgentDisconnects { rate_per_hour: 4.0, lasts: constantly(60_000) },
        FaultKind::ApiThrottling { burst: 1, per_second: 0.1 },
        FaultKind::KillDaemons { count: 3 },
    ]
}

/// F1: what can do nothing leaves no trace, not even of its window.
#[test]
fn a_fault_that_can_do_nothing_is_as_if_absent() {
    let nothing = [
        FaultKind::LaunchFailures { probability: 0.0, retry_after: constantly(30_000) },
        FaultKind::SlowLaunches { factor: 1.0 },
        FaultKind::SlowPulls { factor: 1.0 },
        FaultKind::InstanceDeaths { rate_per_hour: 0.0 },
        FaultKind::SpotInterruptions { rate_per_hour: 0.0 },
        FaultKind::AgentDisconnects { rate_per_hour: 0.0, lasts: constantly(60_000) },
        FaultKind::KillDaemons { count: 0 },
    ];
    let (calm_run, calm) = hear(&rollout(7, 3));
    let same = |fault: FaultSetup| {
        let case = format!("{fault:?}");
        let (run, heard) = hear(&rollout(7, 3).under(fault));
        assert_eq!(heard.facts, calm.facts, "{case}");
        assert_eq!(run, calm_run, "{case}");
    };
    for kind in nothing {
        same(always(kind.clone()));
        same(fault(100_000, 200_000, kind));
    }
    for kind in every_kind() {
        same(FaultSetup { share: 0.0, ..always(kind.clone()) });
        same(FaultSetup { share: 0.0, ..fault(100_000, 200_000, kind.clone()) });
        // An empty window; a kill has none.
        if !matches!(kind, FaultKind::KillDaemons { .. }) {
            same(fault(100_000, 100_000, kind));
        }
    }
    // And each of them does something when it can.
    for kind in every_kind() {
        let case = format!("{kind:?}");
        let (_, heard) = hear(&rollout(7, 3).under(fault(60_000, 3_600_000, kind)));
        assert_ne!(heard.facts, calm.facts, "{case}");
    }
}

/// When each of the first instances was struck by a fault, first.
fn strikes(facts: &[Fact], what: &str, first: u32) -> Vec<(InstanceName, u64)> {
    let mut all: Vec<(InstanceName, u64)> = Vec::new();
    for fact in facts.iter().filter(|f| f.kind == FactKind::Fault && f.to == what) {
        if let Some(instance) = fact.instance.filter(|i| i.number <= first)
            && all.iter().all(|(other, _)| *other != instance)
        {
            all.push((instance, fact.at.as_ms()));
        }
    }
    all
}

/// A fault strikes the same instances at the same times whatever faults there are beside it, before or after it.
#[test]
fn one_fault_does_not_move_another() {
    let deaths = || fault(0, 20 * 3_600_000, FaultKind::InstanceDeaths { rate_per_hour: 0.1 });
    let quiet = || {
        let mut story = Story::of_instances(30);
        story.setup.capacity_providers[0].spot = true;
        story.setup.capacity_providers[0].auto_repair = false;
        story.setup.horizon = SimDuration::from_secs(20 * 3_600);
        story
    };
    let (_, alone) = hear(&quiet().under(deaths()));
    let alone = strikes(&alone.facts, "instanceDeaths", 30);
    // Of thirty, a share of 1 − e⁻² dies in twenty hours: 26 on average.
    assert!(alone.len() > 15, "{alone:?}");
    let harmless = |kind: &FaultKind| {
        !matches!(kind, FaultKind::SpotInterruptions { .. } | FaultKind::AvailabilityZoneOutage)
    };
    for kind in every_kind() {
        for before in [false, true] {
            let other = always(kind.clone());
            let story = quiet();
            let story = match (before, harmless(&kind)) {
                (true, true) => story.under(other).under(deaths()),
                (false, true) => story.under(deaths()).under(other),
                // What ends instances in other ways, elsewhere or later.
                (true, false) => story.under(in_zone(1, other)).under(deaths()),
                (false, false) => story.under(deaths()).under(in_zone(1, other)),
            };
            // Another fault of the same kind has luck of its own, and kills some before.
            let (_, both) = hear(&story);
            let ends: Vec<(InstanceName, u64)> = both
                .all(FactKind::Instance, "TERMINATED")
                .filter_map(|f| f.instance.map(|i| (i, f.at.as_ms())))
                .collect();
            for (instance, at) in &alone {
                let gone = ends.iter().find(|(i, _)| i == instance).map(|(_, at)| *at);
                let gone = gone.unwrap_or_else(|| panic!("{kind:?}: {instance:?} lives on"));
                let by_another = matches!(kind, FaultKind::InstanceDeaths { .. })
                    || (!harmless(&kind) && instance.number % 3 == 2);
                assert!(gone == *at || (by_another && gone < *at), "{kind:?}: {instance:?}, {gone} for {at}");
            }
        }
    }
}

/// Two faults alike have luck of their own.
#[test]
fn twins_are_not_struck_together() {
    let deaths = || always(FaultKind::InstanceDeaths { rate_per_hour: 0.1 });
    let mut story = Story::of_instances(20).under(deaths()).under(deaths());
    story.setup.horizon = SimDuration::from_secs(2 * 3_600);
    let (run, heard) = hear(&story);
    let times = heard.times(FactKind::Fault, "instanceDeaths");
    let mut apart = times.clone();
    apart.dedup();
    assert_eq!(times, apart);
    // 20 instances, 2 hours, 2 · 0.1 an hour: 8 ± 3.29·√8, but for what is not there while it is replaced.
    assert!((1..=18).contains(&run.cluster.mishaps.deaths), "{}", run.cluster.mishaps.deaths);
}

/// Whatever befalls a rollout for two hours, it comes to an end.
#[test]
fn after_the_storm_every_deployment_ends() {
    for seed in 1..=40 {
        let mut story = rollout(6, seed);
        story.setup.daemon_task_definitions[1].behaviour.fails_to_start = 0.1;
        for (at, kind) in every_kind().into_iter().enumerate() {
            if seed >> (at % 6) & 1 == 1 {
                let from = 10_000 * (seed + at as u64 * 7);
                let storm = fault(from, from + 7_200_000, kind);
                let storm = if seed % 3 == 0 { in_zone(at as u32 % 3, storm) } else { storm };
                story = story.under(if seed % 5 == 0 { on(PROVIDER, storm) } else { storm });
            }
        }
        let (run, heard) = hear(&story);
        assert!(run.deployments[0].status.is_final(), "seed {seed}: {run:#?}");
        assert_eq!(heard.count(|c| c.app_running).last().map(|(_, n)| *n), Some(48), "seed {seed}");
        assert_eq!(heard.count(|c| c.without_daemon).last().map(|(_, n)| *n), Some(0), "seed {seed}");
        assert_eq!(run.daemons[0].current_revisions.len(), 1, "seed {seed}: {run:#?}");
    }
}
