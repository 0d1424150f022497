//! The circuit breaker: what it counts, when it trips, and how a daemon is tried that never starts.

use super::{NEW, OLD, Times, Watched, always, rolling, watch};
use crate::story::{DAEMON, Story, daemon, definition};
use daemonsim::kernel::{Id, SimDuration};
use daemonsim::model::assumptions::{BreakerCounts, BreakerThreshold};
use daemonsim::model::{DaemonStatus, DeploymentStatus, HealthCheck, MonitorStatus, Percent};
use daemonsim::record::{FactKind, Outcome, Reason};
use daemonsim::world::setup::Request;

/// A fleet whose update never starts.
fn never_starts(fleet: u32, percent: u64) -> Story {
    Story::of_instances(fleet).new_behaves(|b| b.fails_to_start = 1.0).update_to(rolling(percent)).until(12)
}

/// Reasons of the breaker's facts: (milliseconds, count, threshold).
fn counted(seen: &Watched) -> Vec<(u64, u32, u32)> {
    let facts = seen.facts.iter().filter(|f| f.kind == FactKind::CircuitBreaker && f.to == "MONITORING");
    facts
        .filter_map(|f| match f.reason {
            Reason::Of(count, threshold, "failures") => Some((f.at.as_ms(), count, threshold)),
            Reason::None
            | Reason::Word(_)
            | Reason::Deployment(_)
            | Reason::Service(_)
            | Reason::Count(..)
            | Reason::Of(..)
            | Reason::Alarm(_) => None,
        })
        .collect()
}

fn tripped(seen: &Watched) -> Vec<u64> {
    let trips = seen.changes(FactKind::CircuitBreaker, |fact| fact.to == "TRIGGERED");
    trips.into_iter().map(|(at, _, _)| at).collect()
}

fn resets(seen: &Watched) -> Vec<u64> {
    let word = |fact: &daemonsim::record::Fact| fact.reason == Reason::Word("reset by a success");
    seen.changes(FactKind::CircuitBreaker, word).into_iter().map(|(at, _, _)| at).collect()
}

/// FORM-2.4, A6, A7, B2: all instances of the first wave fail together, three times each, until the count reaches the
/// threshold; those that are stuck then use up their attempts, and the old revision comes in their place.
#[test]
fn a_revision_that_never_starts_is_rolled_back_on_time() {
    // Fleet, percent → batch, threshold clamp(⌈fleet / 2⌉, 3, 200).
    for (fleet, percent, batch, threshold) in [
        (1, 25, 1, 3),
        (4, 25, 1, 3),
        (10, 25, 3, 5),
        (10, 100, 10, 5),
        (20, 5, 1, 10),
        (40, 10, 4, 20),
        (7, 30, 3, 4),
    ] {
        let story = never_starts(fleet, percent);
        let t = Times::of(&story);
        let seen = watch(&story.setup);
        let case = format!("{fleet} instances, {percent} %: {:#?}", seen.run);
        let round = u64::from(u32::div_ceil(threshold, batch));
        let registering = t.deploy_decision + t.until_registering();
        let trip = registering + t.failure(round);
        // The instances of that round try until their third attempt; then the wave ends as any other, but with the old
        // revision, and nothing else carries the new one.
        let third = registering + t.failure(round.div_ceil(3) * 3);
        let wave_ends = third + t.coming() + t.until_active() + t.handover();
        let expected = [
            (0, "PENDING"),
            (t.deploy_decision, "IN_PROGRESS"),
            (trip, "STOP_REQUESTED"),
            (trip, "ROLLBACK_IN_PROGRESS"),
            (wave_ends + t.success_check, "ROLLBACK_SUCCESSFUL"),
        ];
        assert_eq!(seen.deployment(2), expected, "{case}");
        assert_eq!(seen.rollback(), [(trip, "STARTED"), (wave_ends + t.success_check, "FINISHED")], "{case}");
        let row = &seen.run.deployments[0];
        assert_eq!(row.breaker_threshold, Some(threshold), "{case}");
        assert_eq!(
            (row.breaker_failures, row.breaker_status),
            (threshold, MonitorStatus::Triggered),
            "{case}"
        );
        assert_eq!((row.instances_touched, row.instances_replaced, row.waves), (batch, batch, 1), "{case}");
        assert_eq!(row.rollback_started.map(|at| at.as_ms()), Some(trip), "{case}");
        assert_eq!(row.time_to_detect().map(SimDuration::as_ms), Some(trip - t.deploy_decision), "{case}");
        assert!(!row.rollback_reason.is_empty() && row.alarms_triggered.is_empty(), "{case}");
        assert_eq!(seen.run.daemons[0].current_revisions, [(OLD, fleet)], "{case}");
        assert_eq!(seen.run.services[0].min_running, Some(8 * fleet), "{case}");
        assert_eq!(seen.run.outcome, Outcome::Completed, "{case}");
        // M7.
        assert_eq!(seen.launches_with(NEW, trip), [0; 0], "{case}");

        // The count: each failure at its time, up to the threshold, and no further.
        let failures: Vec<(u64, u32, u32)> = (1..=threshold)
            .map(|n| (registering + t.failure(u64::from(u32::div_ceil(n, batch))), n, threshold))
            .collect();
        let counted = counted(&seen);
        let below = threshold as usize - 1;
        assert_eq!(counted[..below], failures[..below], "{case}");
        assert!(counted[below..].iter().all(|last| *last == failures[below]), "{case}");
        assert_eq!(tripped(&seen), [trip], "{case}");
        assert_eq!(resets(&seen), [0; 0], "{case}");
    }
}

/// three attempts on an instance, each a task of its own; then the instance is given up, and another one called
/// for.
#[test]
fn three_attempts_and_then_another_instance() {
    let story = never_starts(2, 50).assuming(|a| a.breaker_threshold = BreakerThreshold::Count(5));
    let t = Times::of(&story);
    let seen = watch(&story.setup);
    let called = t.deploy_decision + t.drain_react + t.provision_decision;
    let registering = called + t.instance_launch;
    let [first, second, third] = [1, 2, 3].map(|attempt| registering + t.failure(attempt));
    let life = [
        (called, "LAUNCHING"),
        (registering, "REGISTERING"),
        (third, "REGISTRATION_FAILED"),
        (third + t.terminate, "TERMINATED"),
    ];
    assert_eq!(seen.life(3), life, "{:#?}", seen.run);
    let on_it = |number| {
        move |fact: &daemonsim::record::Fact| fact.instance.is_some_and(|instance| instance.number == number)
    };
    let attempts = [
        (registering, "", "PENDING"),
        (first, "PENDING", "STOPPED"),
        (first + t.gap, "", "PENDING"),
        (second, "PENDING", "STOPPED"),
        (second + t.gap, "", "PENDING"),
        (third, "PENDING", "STOPPED"),
    ];
    assert_eq!(seen.daemon_tasks(on_it(3)), attempts);
    let facts = || seen.facts.iter().filter(|fact| on_it(3)(fact));
    let stopped: Vec<_> = facts().filter(|f| f.kind == FactKind::Task && f.to == "STOPPED").collect();
    assert!(stopped.iter().all(|fact| fact.reason == Reason::Word("TaskFailedToStart")), "{stopped:#?}");
    // Each attempt is told as an event too, by the name that ECS gives it.
    let impaired: Vec<_> = facts().filter(|f| f.to == "DAEMON_TASK_START_IMPAIRED").collect();
    assert_eq!(impaired.iter().map(|f| f.at.as_ms()).collect::<Vec<_>>(), [first, second, third]);
    for (event, task) in impaired.iter().zip(&stopped) {
        assert_eq!((event.kind, event.reason), (FactKind::Daemon, Reason::Word("TASK_FAILED_TO_RUN")));
        assert_eq!(event.task, task.task);
    }
    // The next instance, and there the fifth failure, at which the breaker trips; the third of its attempts is the
    // last, and what comes then is old.
    let again = third + t.provision_decision;
    assert_eq!(seen.instances("LAUNCHING")[1], (again, 4));
    assert_eq!(tripped(&seen), [registering + t.failure(5)]);
    let given_up = registering + t.failure(6);
    assert_eq!(seen.times("REGISTRATION_FAILED"), [third, given_up]);
    assert_eq!(seen.launches_with(OLD, 1), [given_up + t.provision_decision]);
}

/// The number of attempts and the gap are the assumption's.
#[test]
fn attempts_may_be_fewer_or_more() {
    for (attempts, gap) in [(1, 0), (2, 977), (5, 60_013)] {
        let story = never_starts(1, 100).assuming(|a| {
            a.registering_failure.attempts = attempts;
            a.registering_failure.gap = SimDuration::from_ms(gap);
            a.breaker_threshold = BreakerThreshold::Count(attempts * 2);
        });
        let t = Times::of(&story);
        let seen = watch(&story.setup);
        let registering = t.deploy_decision + t.until_registering();
        let on_one = u64::from(attempts) * t.daemon_start + u64::from(attempts - 1) * gap;
        let given_up = [registering + on_one, registering + 2 * on_one + t.coming()];
        assert_eq!(seen.times("REGISTRATION_FAILED"), given_up, "{attempts}, {gap}: {:#?}", seen.run);
        assert_eq!(tripped(&seen), given_up[1..]);
    }
}

///
#[test]
fn the_threshold_is_a_share_within_bounds_a_share_or_a_number() {
    use BreakerThreshold as B;
    for (reading, fleet, threshold) in [
        (B::BoundedPercent(Percent::whole(50)), 10, 5),
        (B::BoundedPercent(Percent::whole(50)), 2, 3),
        (B::BoundedPercent(Percent::whole(100)), 210, 200),
        (B::BoundedPercent(Percent::from_billionths(33_300_000_000)), 11, 4),
        (B::Percent(Percent::whole(50)), 2, 1),
        (B::Percent(Percent::whole(20)), 10, 2),
        (B::Percent(Percent::from_billionths(20_100_000_000)), 10, 3),
        (B::Percent(Percent::whole(100)), 210, 210),
        (B::Count(1), 10, 1),
        (B::Count(7), 3, 7),
    ] {
        let story = never_starts(fleet, 100).assuming(|a| a.breaker_threshold = reading);
        let t = Times::of(&story);
        let seen = watch(&story.setup);
        let row = &seen.run.deployments[0];
        assert_eq!(row.breaker_threshold, Some(threshold), "{reading:?} of {fleet}");
        let round = u64::from(u32::div_ceil(threshold, fleet));
        let trip = t.deploy_decision + t.until_registering() + t.failure(round);
        assert_eq!(tripped(&seen), [trip], "{reading:?} of {fleet}");
        assert_eq!(row.breaker_failures, threshold, "{reading:?} of {fleet}");
    }
}

/// a daemon that stops after its instance was ACTIVE counts, or does not.
#[test]
fn crashes_after_active_count_or_do_not() {
    let (crash, bake) = (1_200_007, 3_600_000);
    let story = |reading| {
        let settings =
            daemonsim::world::setup::DaemonSettings { bake: SimDuration::from_ms(bake), ..rolling(100) };
        Story::of_instances(2)
            .new_behaves(|b| b.crashes_after = Some(always(crash)))
            .assuming(|a| {
                a.breaker_counts = reading;
                a.breaker_threshold = BreakerThreshold::Count(2);
            })
            .update_to(settings)
            .until(3)
    };
    let quiet = story(BreakerCounts::StartFailures);
    let t = Times::of(&quiet);
    let seen = watch(&quiet.setup);
    // Both crash in the bake; auto repair looks after them, the deployment goes on.
    let bakes = t.deploy_decision + t.cycle() + t.success_check;
    let row = &seen.run.deployments[0];
    assert_eq!((row.status, row.breaker_failures), (DeploymentStatus::Successful, 0), "{row:#?}");
    assert_eq!(row.finished.map(|at| at.as_ms()), Some(bakes + bake));

    let seen = watch(&story(BreakerCounts::StartAndRuntimeFailures).setup);
    let crashed = t.deploy_decision + t.until_registering() + t.daemon_start + crash;
    let acted = crashed + t.stop_detect;
    let stops = seen.daemon_tasks(|fact| fact.reason == Reason::Word("EssentialContainerExited"));
    assert_eq!(stops, [(crashed, "RUNNING", "STOPPED"), (crashed, "RUNNING", "STOPPED")]);
    assert_eq!(tripped(&seen), [acted], "{:#?}", seen.run);
    // One is being repaired, the other one is rolled back; neither has a daemon left to stop.
    let over = acted + t.cycle() - t.daemon_stop + t.success_check;
    assert_eq!(seen.deployment(2).last(), Some(&(over, "ROLLBACK_SUCCESSFUL")));
    assert_eq!(seen.run.daemons[0].current_revisions, [(OLD, 2)]);
}

/// whatever is assumed, a daemon that stops while its instance is REGISTERING has failed to start.
#[test]
fn crashes_before_active_are_failed_starts() {
    let crash = 5_003;
    for reading in [BreakerCounts::StartFailures, BreakerCounts::StartAndRuntimeFailures] {
        let mut story = Story::of_instances(1)
            .new_behaves(|b| b.crashes_after = Some(always(crash)))
            .assuming(|a| {
                a.breaker_counts = reading;
                a.breaker_resets_on_success = false;
            })
            .update_to(rolling(100))
            .until(12);
        story.setup.delays.instance_active = always(60_017);
        let t = Times::of(&story);
        let seen = watch(&story.setup);
        let registering = t.deploy_decision + t.until_registering();
        let attempt = t.daemon_start + crash + t.stop_detect;
        let acted = [0, 1, 2].map(|n| registering + attempt + n * (t.gap + attempt));
        let tried = seen.daemon_tasks(|fact| fact.from.is_empty() && fact.at.as_ms() >= registering);
        let tries = [registering, acted[0] + t.gap, acted[1] + t.gap].map(|at| (at, "", "PENDING"));
        assert_eq!(tried[..3], tries, "{:#?}", seen.run);
        assert_eq!(tripped(&seen), [acted[2]]);
        assert_eq!(seen.times("REGISTRATION_FAILED"), [acted[2]]);
        assert_eq!(seen.run.deployments[0].status, DeploymentStatus::RollbackSuccessful);
    }
}

/// where success resets, a revision that starts and then dies before its instance is ACTIVE is tried for ever;
/// where it does not, or where success means HEALTHY, the count goes on.
#[test]
fn a_success_resets_the_count_or_does_not() {
    let crash = 5_003;
    let story = |resets: bool, checked: bool| {
        let mut story = Story::of_instances(2)
            .new_behaves(|b| b.crashes_after = Some(always(crash)))
            .assuming(|a| {
                a.breaker_resets_on_success = resets;
                a.breaker_threshold = BreakerThreshold::Count(3);
            })
            .update_to(rolling(100))
            .until(3);
        story.setup.delays.instance_active = always(60_017);
        let check = HealthCheck {
            interval: SimDuration::from_secs(10),
            timeout: SimDuration::from_secs(5),
            retries: 3,
            start_period: SimDuration::ZERO,
        };
        story.setup.daemon_task_definitions[NEW.index()].definition.health_check = checked.then_some(check);
        story
    };
    let t = Times::of(&story(true, false));
    let registering = t.deploy_decision + t.until_registering();
    let attempt = t.daemon_start + crash + t.stop_detect;
    // Two fail together, then two more.
    let second = registering + attempt + t.gap + attempt;
    for (resets_on_success, checked) in [(false, false), (false, true), (true, true)] {
        let seen = watch(&story(resets_on_success, checked).setup);
        assert_eq!(tripped(&seen), [second], "{resets_on_success}, {checked}: {:#?}", seen.run);
        assert_eq!(resets(&seen), [0; 0], "{resets_on_success}, {checked}");
    }
    let seen = watch(&story(true, false).setup);
    assert_eq!(tripped(&seen), [0; 0], "{:#?}", seen.run);
    let row = &seen.run.deployments[0];
    // BAD-53: trying for ever is a stall, and it has a name.
    assert_eq!((row.status, seen.run.outcome), (DeploymentStatus::InProgress, Outcome::Stalled));
    assert!(seen.run.outcome_reason.contains("agent:2"), "{}", seen.run.outcome_reason);
    assert!(row.breaker_failures <= 2, "{row:#?}");
    assert_eq!(row.breaker_status, MonitorStatus::Monitoring);
    assert_eq!(resets(&seen)[0], registering + attempt + t.gap + t.daemon_start);
}

/// a newer request takes over from a rollback at once.
#[test]
fn a_rollback_gives_way_to_a_newer_request() {
    let fleet = 4;
    let story = never_starts(fleet, 25);
    let t = Times::of(&story);
    let trip = t.deploy_decision + t.until_registering() + t.failure(3);
    let asked = trip + 5_003;
    for delete in [false, true] {
        let mut story = never_starts(fleet, 25);
        story.setup.daemon_task_definitions.push(definition("agent", 3, 256, 512));
        let request = if delete {
            Request::DeleteDaemon { daemon: DAEMON }
        } else {
            Request::UpdateDaemon { daemon: DAEMON, settings: daemon(2, 25) }
        };
        let seen = watch(&story.at(asked, request).setup);
        let case = format!("delete {delete}: {:#?}", seen.run);
        let old = seen.deployment(2);
        assert_eq!(old[3..], [(trip, "ROLLBACK_IN_PROGRESS"), (asked, "STOPPED")], "{case}");
        assert_eq!(seen.rollback(), [(trip, "STARTED"), (asked, "SUPERSEDED")], "{case}");
        let new = seen.deployment(3);
        assert_eq!(new[..2], [(asked, "PENDING"), (asked + t.deploy_decision, "IN_PROGRESS")], "{case}");
        assert_eq!(new[2].1, "SUCCESSFUL", "{case}");
        assert_eq!(seen.launches_with(NEW, trip), [0; 0], "{case}");
        let daemon = &seen.run.daemons[0];
        if delete {
            assert_eq!((daemon.status, daemon.current_revisions.len()), (DaemonStatus::Absent, 0), "{case}");
        } else {
            assert_eq!(daemon.current_revisions, [(Id::new(2), fleet)], "{case}");
        }
    }
}
