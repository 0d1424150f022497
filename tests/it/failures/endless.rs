//! What would go on for ever: it has a name, or a limit; and calls that got through late.

use super::{NEW, rolling, watch};
use crate::story::{SERVICE, Story};
use daemonsim::kernel::{Distribution, Id, SimDuration, SimTime};
use daemonsim::model::assumptions::BreakerThreshold;
use daemonsim::model::{DeploymentStatus, Owner, RevisionName, TaskName};
use daemonsim::record::{FactKind, Outcome};
use daemonsim::world::setup::{Delays, FaultKind, FaultSetup, Request};

/// Launch calls that fail from `from` on, in one zone or in all.
fn refused(from: u64, until: u64, zone: Option<u32>) -> FaultSetup {
    let retry_after = Distribution::constant_secs(30);
    FaultSetup {
        from: SimTime::from_ms(from),
        until: SimTime::from_ms(until),
        provider: None,
        zone: zone.map(Id::new),
        share: 1.0,
        kind: FaultKind::LaunchFailures { probability: 1.0, retry_after },
    }
}

/// A story that ends at its horizon with a rollout that nothing will move, though other things still happen.
fn is_stuck(story: &Story, why: &[&str]) {
    let run = story.run();
    assert_eq!(run.outcome, Outcome::Stalled, "{run:#?}");
    for word in why {
        assert!(run.outcome_reason.contains(word), "{word}: {}", run.outcome_reason);
    }
    assert_eq!(run.deployments[0].status, DeploymentStatus::InProgress);
    assert_eq!(run.deployments[0].status_reason, run.outcome_reason);
}

/// R12: never silently at the horizon.
#[test]
fn a_rollout_that_is_stuck_says_so_whatever_else_happens() {
    // DRAINING at 30.011 s; the call is due at 69.015 s, and every 30 s from then on.
    let mut story = Story::of_instances(4).update_to(rolling(25)).until(2);
    story.setup.faults.push(refused(0, u64::MAX, None));
    let calls = (2 * 3_600_000 - 69_015) / 30_000 + 1;
    let refusals = format!("EC2 has refused {calls} launch calls in a row");
    is_stuck(&story, &["cp/i-1 DRAINING since 0:00:30", "app/t-33 waits for cp", &refusals]);

    let mut story = Story::of_instances(4).update_to(rolling(25)).until(2);
    story.setup.task_definitions[0].behaviour.fails_to_start = 1.0;
    is_stuck(&story, &["cp/i-1 DRAINING since 0:00:30", "tasks in a row failed to start"]);

    let protect = Request::UpdateTaskProtection {
        tasks: vec![TaskName { owner: Owner::Service(SERVICE), number: 1 }],
        protected_for: Some(SimDuration::from_secs(48 * 3600)),
    };
    let story = Story::of_instances(4).at(0, protect).update_to(rolling(25)).until(6);
    is_stuck(&story, &["cp/i-1 DRAINING since 0:00:30", "app/t-1 is protected"]);
}

/// M7, of calls: one that EC2 takes after a rollback began brings what is rolled back to, whenever it was first made.
#[test]
fn a_call_that_gets_through_late_brings_what_governs_by_then() {
    // The second zone has no capacity for twenty minutes; in the others the revision fails until the breaker trips.
    let mut story = Story::of_instances(4).new_behaves(|b| b.fails_to_start = 1.0).update_to(rolling(100));
    story.setup.faults.push(refused(0, 1_200_000, Some(1)));
    let seen = watch(&story.setup);
    let deployment = &seen.run.deployments[0];
    assert_eq!(deployment.status, DeploymentStatus::RollbackSuccessful, "{:#?}", seen.run);
    let began = deployment.rollback_started.map_or(0, SimTime::as_ms);
    assert!(began < 1_200_000, "it begins before the zone is back");
    // Of those that came later, none has a task of the failed revision.
    let late: Vec<_> = seen
        .facts
        .iter()
        .filter(|f| f.kind == FactKind::Instance && f.to == "REGISTERING" && f.at.as_ms() > began)
        .filter_map(|f| f.instance)
        .collect();
    assert!(late.len() >= 2, "{late:?}");
    let wrong = seen.facts.iter().find(|f| {
        f.kind == FactKind::Task
            && f.revision == Some(RevisionName::Daemon(NEW))
            && f.instance.is_some_and(|instance| late.contains(&instance))
    });
    assert!(wrong.is_none(), "{wrong:?}");
}

/// L9: a loop without delay ends at its limit, however the run is cut into steps.
#[test]
fn time_that_stands_still_is_a_limit() {
    let now = || Distribution::Constant(SimDuration::ZERO);
    let mut story = Story::of_instances(1).new_behaves(|b| b.fails_to_start = 1.0).update_to(rolling(100));
    story.setup.delays = Delays {
        deploy_decision: now(),
        drain_react: now(),
        provision_decision: now(),
        instance_launch: now(),
        daemon_start: now(),
        instance_active: now(),
        terminate: now(),
        ..story.setup.delays
    };
    let story = story.assuming(|a| {
        a.registering_failure.gap = SimDuration::ZERO;
        a.breaker_threshold = BreakerThreshold::Count(1_000_000);
    });
    let mut simulation = daemonsim::world::Simulation::new(&story.setup, 0, daemonsim::record::Discard);
    while simulation.advance(1_000) != daemonsim::world::Progress::Done {}
    let (run, _) = simulation.finish();
    assert_eq!(run.outcome, Outcome::Limit, "{run:#?}");
    assert!(run.outcome_reason.contains("time stands still"), "{}", run.outcome_reason);
}
