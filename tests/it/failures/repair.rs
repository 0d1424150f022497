//! Daemons that crash or turn unhealthy where they run: auto repair of critical ones, relaunch of the others.

use super::{NEW, OLD, Times, Watched, always, rolling, watch};
use crate::story::{DAEMON, Story};
use daemonsim::kernel::SimDuration;
use daemonsim::model::assumptions::{NonCriticalRelaunch, RepairCap};
use daemonsim::model::{DeploymentStatus, HealthCheck, Percent};
use daemonsim::record::{Fact, FactKind, Outcome, Reason};
use daemonsim::world::setup::{DaemonSettings, Request};

/// When daemons crash that were in place at the start.
const CRASH: u64 = 3_600_013;

/// A fleet whose daemons all crash at once, an hour after they ran; nobody looks at what comes after two hours.
fn crashing(fleet: u32) -> Story {
    Story::of_instances(fleet).old_behaves(|b| b.crashes_after = Some(always(CRASH))).until(2)
}

/// When instances began to drain for repair, and which.
fn repairs(seen: &Watched) -> Vec<(u64, u32)> {
    let mine = |fact: &&Fact| fact.to == "DRAINING" && fact.reason == Reason::Word("auto repair");
    let facts = seen.facts.iter().filter(|fact| fact.kind == FactKind::Instance).filter(mine);
    facts.filter_map(|fact| Some((fact.at.as_ms(), fact.instance?.number))).collect()
}

/// DRAINING → DEREGISTERING of an instance whose daemon is not there to be stopped.
fn holds_its_slot(t: &Times) -> u64 {
    t.until_registering() + t.until_active() + t.moving()
}

/// M8, M8b: the daemon is STOPPED at once, its instance drains `stopDetect` later, as many at a time as the cap allows,
/// and the next ones in the very millisecond in which the first leave DRAINING.
#[test]
fn crashed_daemons_are_repaired_a_few_at_a_time() {
    // Below nine instances one, then a fifth, down.
    for (fleet, cap) in [(1, 1), (2, 1), (8, 1), (10, 2), (15, 3), (20, 4)] {
        let story = crashing(fleet);
        let t = Times::of(&story);
        let seen = watch(&story.setup);
        let case = format!("{fleet} instances: {:#?}", seen.run);
        let stopped = seen.daemon_tasks(|fact| fact.reason == Reason::Word("EssentialContainerExited"));
        assert_eq!(stopped[..fleet as usize], vec![(CRASH, "RUNNING", "STOPPED"); fleet as usize], "{case}");
        let rounds = u64::from(fleet.div_ceil(cap));
        let begins = |round: u64| CRASH + t.stop_detect + round * holds_its_slot(&t);
        let expected: Vec<u64> = (0..fleet).map(|n| begins(u64::from(n / cap))).collect();
        let found: Vec<u64> = repairs(&seen).into_iter().map(|(at, _)| at).collect();
        assert_eq!(found, expected, "{case}");
        let gone: Vec<u64> = seen.times("TERMINATED");
        let expected: Vec<u64> = (0..fleet).map(|n| begins(u64::from(n / cap) + 1) + t.terminate).collect();
        assert_eq!(gone, expected, "{case}");
        // Apps never miss a task, and the fleet is whole again.
        assert_eq!(seen.run.services[0].min_running, Some(8 * fleet), "{case}");
        assert_eq!(seen.run.cluster.instances_end, fleet, "{case}");
        assert_eq!(seen.run.daemons[0].current_revisions, [(OLD, fleet)], "{case}");
        assert!(begins(rounds) < 2 * 3_600_000);
    }
}

/// A fifth of nine is one; and a fifth of fourteen is two, to begin with.
#[test]
fn the_first_repairs_are_a_fifth_rounded_down() {
    for (fleet, cap) in [(9, 1), (14, 2), (19, 3), (20, 4)] {
        let story = crashing(fleet);
        let first = CRASH + Times::of(&story).stop_detect;
        let seen = watch(&story.setup);
        assert_eq!(repairs(&seen).iter().filter(|(at, _)| *at == first).count(), cap, "{fleet} instances");
    }
}

/// another share, another bound.
#[test]
fn the_cap_is_an_assumption() {
    for (percent, one_below, fleet, cap) in [(50, 1, 4, 2), (100, 1, 6, 6), (100, 7, 6, 1), (10, 9, 10, 1)] {
        let story = crashing(fleet)
            .assuming(|a| a.repair_cap = RepairCap { percent: Percent::whole(percent), one_below });
        let first = CRASH + Times::of(&story).stop_detect;
        let seen = watch(&story.setup);
        let case = format!("{percent} %, one below {one_below}, {fleet} instances");
        assert_eq!(repairs(&seen).iter().filter(|(at, _)| *at == first).count(), cap, "{case}");
    }
}

/// `autoRepairActionsStatus: DISABLED`: the instance is told to be IMPAIRED, and stays.
#[test]
fn without_auto_repair_one_only_watches() {
    let mut story = crashing(3);
    story.setup.capacity_providers[0].auto_repair = false;
    let t = Times::of(&story);
    let seen = watch(&story.setup);
    assert!(repairs(&seen).is_empty() && seen.times("DRAINING").is_empty(), "{:#?}", seen.run);
    let told = seen.changes(FactKind::Daemon, |fact| fact.to == "IMPAIRED");
    assert_eq!(told, vec![(CRASH + t.stop_detect, "OK", "IMPAIRED"); 3]);
    assert_eq!(seen.run.cluster.terminated, 0);
    assert_eq!((seen.run.outcome, seen.run.services[0].interruptions), (Outcome::Completed, 0));
}

/// An instance is IMPAIRED when its daemon's end is known, whether or not a slot is free.
#[test]
fn blocked_repairs_are_impaired_all_the_same() {
    let story = crashing(4);
    let t = Times::of(&story);
    let seen = watch(&story.setup);
    let told = seen.changes(FactKind::Daemon, |fact| fact.to == "IMPAIRED");
    assert_eq!(told, vec![(CRASH + t.stop_detect, "OK", "IMPAIRED"); 4]);
}

/// A daemon found to be unhealthy is repaired as a crashed one is; it runs on until its instance is empty.
#[test]
fn an_unhealthy_daemon_is_repaired() {
    let ill = 600_011;
    let interval = 10_000;
    let mut story = Story::of_instances(1).old_behaves(|b| b.unhealthy_after = Some(always(ill)));
    story.setup.horizon = SimDuration::from_secs(1_200);
    story.setup.daemon_task_definitions[OLD.index()].definition.health_check = Some(HealthCheck {
        interval: SimDuration::from_ms(interval),
        timeout: SimDuration::from_secs(5),
        retries: 3,
        start_period: SimDuration::ZERO,
    });
    let t = Times::of(&story);
    let seen = watch(&story.setup);
    let turned = seen.daemon_tasks(|fact| fact.to == "UNHEALTHY");
    assert_eq!(turned, [(ill, "HEALTHY", "UNHEALTHY")], "{:#?}", seen.run);
    let drains = ill + t.stop_detect;
    assert_eq!(repairs(&seen), [(drains, 1)]);
    let empty = drains + holds_its_slot(&t) + interval;
    let after =
        [(empty + t.daemon_stop, "DEREGISTERING"), (empty + t.daemon_stop + t.terminate, "TERMINATED")];
    assert_eq!(seen.life(1)[2..], after);
    let stops =
        seen.daemon_tasks(|fact| fact.instance.is_some_and(|i| i.number == 1) && fact.at.as_ms() > ill);
    assert_eq!(stops, [(empty, "UNHEALTHY", "STOPPING"), (empty + t.daemon_stop, "STOPPING", "STOPPED")]);
}

/// a replacement carries what governs by then, and a rollout finds that much less to do.
#[test]
fn a_repair_brings_the_current_revision() {
    let fleet = 4;
    // The rollout begins shortly before all daemons of the old revision crash, and drains one of four.
    let asked = CRASH - 60_000;
    let story = crashing(fleet).at(asked, Request::UpdateDaemon { daemon: DAEMON, settings: rolling(25) });
    let t = Times::of(&story);
    let seen = watch(&story.setup);
    let begun = asked + t.deploy_decision;
    assert_eq!(seen.deployment(2).last().map(|(_, to)| *to), Some("SUCCESSFUL"), "{:#?}", seen.run);
    assert_eq!(seen.launches_with(OLD, begun), [0; 0]);
    assert_eq!(seen.run.daemons[0].current_revisions, [(NEW, fleet)]);
    // Repair has a slot of its own: one instance beside the one that the wave drains.
    assert_eq!(repairs(&seen)[0].0, CRASH + t.stop_detect);
    let repaired = repairs(&seen).len() as u32;
    assert_eq!(seen.run.deployments[0].instances_replaced + repaired, fleet);
}

/// M9, A-24: a non-critical daemon drains nothing. It is started again ever more slowly, or not at all.
#[test]
fn a_non_critical_daemon_is_started_again() {
    let crash = 60_013;
    let story = |reading| {
        let mut story = Story::of_instances(1)
            .old_behaves(|b| b.crashes_after = Some(always(crash)))
            .assuming(|a| a.non_critical_relaunch = reading)
            .until(1);
        if let Some(Request::CreateDaemon { settings, .. }) = story.setup.before.last_mut() {
            *settings = DaemonSettings { critical: false, ..settings.clone() };
        }
        story
    };
    let t = Times::of(&story(NonCriticalRelaunch::Backoff));
    let seen = watch(&story(NonCriticalRelaunch::Backoff).setup);
    let mut expected = Vec::new();
    let mut now = 0;
    for wait in [10, 20, 40, 80, 160, 300, 300, 300] {
        let stopped = now + crash;
        let again = stopped + t.stop_detect + wait * 1_000;
        now = again + t.daemon_start;
        expected.extend([
            (stopped, "RUNNING", "STOPPED"),
            (again, "", "PENDING"),
            (now, "PENDING", "RUNNING"),
        ]);
    }
    let tasks = seen.daemon_tasks(|fact| fact.at.as_ms() > 0);
    assert_eq!(tasks[..expected.len()], expected, "{:#?}", seen.run);
    assert!(seen.times("DRAINING").is_empty());

    let seen = watch(&story(NonCriticalRelaunch::Never).setup);
    assert_eq!(seen.daemon_tasks(|fact| fact.at.as_ms() > 0), [(crash, "RUNNING", "STOPPED")]);
    assert_eq!(seen.run.outcome, Outcome::Completed);
    assert!(seen.times("DRAINING").is_empty());
}

/// A non-critical daemon that starts nowhere is tried again just so; below the breaker's threshold its deployment is
/// SUCCESSFUL (M12: each failed start counts).
#[test]
fn a_non_critical_daemon_that_never_starts() {
    let story = |count| {
        Story::of_instances(2)
            .new_behaves(|b| b.fails_to_start = 1.0)
            .assuming(|a| {
                a.non_critical_relaunch = NonCriticalRelaunch::Never;
                a.breaker_threshold = daemonsim::model::assumptions::BreakerThreshold::Count(count);
            })
            .update_to(DaemonSettings { critical: false, ..rolling(50) })
            .until(3)
    };
    let t = Times::of(&story(3));
    let seen = watch(&story(3).setup);
    let row = &seen.run.deployments[0];
    let over = t.deploy_decision + t.waves(2) + t.success_check;
    assert_eq!((row.status, row.breaker_failures), (DeploymentStatus::Successful, 2), "{row:#?}");
    assert_eq!(row.finished.map(|at| at.as_ms()), Some(over));
    // The second failure, in the second wave, trips a breaker of two.
    let seen = watch(&story(2).setup);
    let second = t.deploy_decision + t.cycle() + t.wave_gap + t.until_registering() + t.daemon_start;
    assert_eq!(
        seen.run.deployments[0].rollback_started.map(|at| at.as_ms()),
        Some(second),
        "{:#?}",
        seen.run
    );
    assert_eq!(seen.run.daemons[0].current_revisions, [(OLD, 2)]);
    assert_eq!(seen.run.daemons[0].without_daemon, 0);
}

/// What lacks its daemon at the end is told: it never started there, or it died.
#[test]
fn instances_without_their_daemon_are_counted() {
    let mut dead = crashing(3);
    dead.setup.capacity_providers[0].auto_repair = false;
    let never = Story::of_instances(2)
        .new_behaves(|b| b.fails_to_start = 1.0)
        .assuming(|a| a.non_critical_relaunch = NonCriticalRelaunch::Never)
        .update_to(DaemonSettings { critical: false, ..rolling(50) });
    for (story, lack) in [(dead, 3), (never, 2)] {
        let run = story.run();
        assert_eq!(run.daemons[0].without_daemon, lack, "{run:#?}");
        assert!(run.daemons[0].current_revisions.is_empty(), "{run:#?}");
    }
}

/// `restartPolicy`: a container that ran long enough is restarted in place, and nobody notices.
#[test]
fn a_restart_policy_absorbs_late_crashes() {
    for (crash, absorbed) in [(299_999, false), (300_000, true), (700_001, true)] {
        let mut story =
            Story::of_instances(1).old_behaves(|b| b.crashes_after = Some(always(crash))).until(1);
        story.setup.daemon_task_definitions[OLD.index()].definition.restart_after =
            Some(SimDuration::from_secs(300));
        let t = Times::of(&story);
        let seen = watch(&story.setup);
        let stops = seen.daemon_tasks(|fact| fact.reason == Reason::Word("EssentialContainerExited"));
        assert_eq!(stops.is_empty(), absorbed, "{crash}: {stops:?}");
        if !absorbed {
            assert_eq!(stops[0], (crash, "RUNNING", "STOPPED"));
            assert_eq!(repairs(&seen)[0], (crash + t.stop_detect, 1));
        }
    }
}

/// `affects`: daemons on other instances never fail.
#[test]
fn a_crash_may_affect_a_share_of_instances() {
    let mut crashed = 0;
    let (fleet, share, runs) = (20, 0.3, 40);
    for replication in 0..runs {
        let mut story = Story::of_light_instances(fleet)
            .old_behaves(|b| {
                b.crashes_after = Some(always(CRASH));
                b.affects = share;
            })
            .until(2);
        story.setup.capacity_providers[0].auto_repair = false;
        let seen = super::watch_one(&story.setup, replication);
        let stops = seen.daemon_tasks(|fact| fact.reason == Reason::Word("EssentialContainerExited"));
        assert!(stops.iter().all(|(at, ..)| *at == CRASH));
        crashed += stops.len();
    }
    let n = f64::from(fleet) * runs as f64;
    let (mean, deviation) = (n * share, (n * share * (1.0 - share)).sqrt());
    assert!((crashed as f64 - mean).abs() < 3.29 * deviation, "{crashed} crashed, {mean} expected");
}
