//! Rollbacks: where they begin, what they have to replace, how fast, and how they end.

use super::{NEW, OLD, Times, Watched, rolling, scripted, watch};
use crate::story::{DAEMON, Story, daemon};
use daemonsim::kernel::{Id, SimDuration};
use daemonsim::model::assumptions::{BreakerThreshold, RollbackInFlight, RollbackWithoutSource, WaveMode};
use daemonsim::model::{AlarmState, DaemonStatus, DeploymentStatus, Percent};
use daemonsim::record::{Direction, FactKind, Outcome};
use daemonsim::world::setup::{DaemonSettings, Request};

/// Eight instances, two at a time, and an alarm that rings from `rings` on.
fn with_alarm(rings: u64, bake: u64) -> Story {
    let settings =
        DaemonSettings { bake: SimDuration::from_ms(bake), alarms: vec![Id::new(0)], ..rolling(25) };
    let mut story = Story::of_instances(8).update_to(settings);
    story.setup.alarms = vec![scripted("errors", AlarmState::Ok, &[(rings, AlarmState::Alarm)])];
    story
}

/// How many instances each wave drained, on the way there and on the way back.
fn waves(seen: &Watched) -> (Vec<u32>, Vec<u32>) {
    let of = |direction| {
        let rows = seen.run.waves.iter().filter(|wave| wave.direction == direction);
        rows.map(|wave| wave.instances).collect()
    };
    (of(Direction::Forward), of(Direction::Rollback))
}

/// A rollback began and ended then, and all is as it was.
fn rolled_back(seen: &Watched, began: u64, ended: u64, case: &str) {
    let case = format!("{case}: {:#?}", seen.run);
    assert_eq!(seen.rollback(), [(began, "STARTED"), (ended, "FINISHED")], "{case}");
    let last = [(began, "STOP_REQUESTED"), (began, "ROLLBACK_IN_PROGRESS"), (ended, "ROLLBACK_SUCCESSFUL")];
    assert_eq!(seen.deployment(2)[2..], last, "{case}");
    let row = &seen.run.deployments[0];
    assert_eq!(
        (row.status, row.alarms_triggered.as_slice()),
        (DeploymentStatus::RollbackSuccessful, &[Id::new(0)][..])
    );
    assert_eq!(row.rollback_started.map(|at| at.as_ms()), Some(began), "{case}");
    assert_eq!(row.time_to_roll_back().map(SimDuration::as_ms), Some(ended - began), "{case}");
    let fleet = seen.run.cluster.instances_start;
    assert_eq!(seen.run.daemons[0].current_revisions, [(OLD, fleet)], "{case}");
    assert_eq!(seen.launches_with(NEW, began), [0; 0], "M7, {case}");
    assert_eq!(seen.run.services[0].min_running, Some(8 * fleet), "{case}");
    // B3: no wave begins forward once the rollback has.
    let late = |wave: &&daemonsim::record::WaveSummary| {
        wave.direction == Direction::Forward && wave.started.as_ms() > began
    };
    assert_eq!(seen.run.waves.iter().filter(late).count(), 0, "{case}");
    assert_eq!(seen.run.outcome, Outcome::Completed, "{case}");
}

/// Where the breach is seen decides what is left to undo: U instances that carry the new revision, ⌈U / batch⌉ waves,
/// the first of them when the forward wave has ended.
#[test]
fn what_there_is_to_undo_depends_on_where_it_is_seen() {
    let t = Times::of(&with_alarm(0, 0));
    let begun = t.deploy_decision;
    let second = begun + t.cycle() + t.wave_gap;
    // The launch calls of the two waves come between these looks.
    let [called, called_again] = [begun, second].map(|wave| wave + t.drain_react + t.provision_decision);
    let before = |time: u64| begun + (time - begun) / t.alarm_poll * t.alarm_poll;
    let after = |time: u64| before(time) + t.alarm_poll;
    for (look, forward, forward_ends, back) in [
        // No instance has been called for yet: those of the wave come with the old revision.
        (before(called), vec![2], begun + t.cycle(), vec![]),
        (after(called), vec![2], begun + t.cycle(), vec![2]),
        (before(called_again), vec![2, 2], second + t.cycle(), vec![2]),
        (after(called_again), vec![2, 2], second + t.cycle(), vec![2, 2]),
    ] {
        let seen = watch(&with_alarm(look - 1_003, 0).setup);
        let ended = forward_ends + t.waves(back.len() as u64) + t.success_check;
        rolled_back(&seen, look, ended, &format!("seen at {look}"));
        assert_eq!(waves(&seen), (forward, back), "seen at {look}");
        let row = &seen.run.deployments[0];
        let touched: u32 = waves(&seen).0.iter().sum();
        let undone: u32 = waves(&seen).1.iter().sum();
        assert_eq!((row.instances_touched, row.instances_replaced), (touched, touched + undone));
    }
}

/// Between two waves, and while the deployment looks once more, there is nothing to wait for.
#[test]
fn between_waves_a_rollback_begins_at_once() {
    for gap in [true, false] {
        let with = |rings| {
            let mut story = with_alarm(rings, 0);
            story.setup.delays.wave_gap = super::always(120_011);
            story.setup.delays.success_check = super::always(120_017);
            if !gap && let Some(Request::UpdateDaemon { settings, .. }) = last_request(&mut story) {
                settings.drain_percent = Percent::whole(100);
            }
            story
        };
        let t = Times::of(&with(0));
        let wave_ends = t.deploy_decision + t.cycle();
        let look = t.look(t.deploy_decision, wave_ends + 1_009);
        let seen = watch(&with(wave_ends + 1_009).setup);
        rolled_back(&seen, look, look + t.cycle() + t.success_check, &format!("gap {gap}"));
        let batch = if gap { 2 } else { 8 };
        assert_eq!(waves(&seen), (vec![batch], vec![batch]));
        // Drained in the very millisecond.
        let drained: Vec<u64> = seen.times("DRAINING");
        assert_eq!(drained[batch as usize..], vec![look; batch as usize]);
    }
}

fn last_request(story: &mut Story) -> Option<&mut Request> {
    story.setup.timeline.last_mut().map(|timed| &mut timed.request)
}

/// the batch of a rollback is a share of the same fleet: the deployment's, or another one.
#[test]
fn a_rollback_drains_as_much_at_a_time_or_another_share() {
    let bake = 3_600_000;
    let t = Times::of(&with_alarm(0, bake));
    let bakes = t.deploy_decision + t.waves(4) + t.success_check;
    let look = t.look(t.deploy_decision, bakes + 600_000);
    for (percent, back) in [
        (None, vec![2; 4]),
        (Some(25), vec![2; 4]),
        (Some(100), vec![8]),
        (Some(50), vec![4, 4]),
        (Some(33), vec![3, 3, 2]),
        (Some(1), vec![1; 8]),
    ] {
        let story = with_alarm(bakes + 600_000, bake)
            .assuming(|a| a.rollback_drain_percent = percent.map(Percent::whole));
        let seen = watch(&story.setup);
        let ended = look + t.waves(back.len() as u64) + t.success_check;
        rolled_back(&seen, look, ended, &format!("{percent:?}"));
        assert_eq!(waves(&seen), (vec![2; 4], back));
        // The bake is over with the rollback's beginning, and a rollback has none.
        let baked: Vec<(u64, &str)> =
            seen.changes(FactKind::Bake, |_| true).into_iter().map(|(at, _, to)| (at, to)).collect();
        assert_eq!(baked[0], (bakes, "STARTED"));
        assert!(baked[1..].iter().all(|(at, to)| *at == look && *to != "STARTED"), "{baked:?}");
    }
}

/// The other wave modes roll back their own way.
#[test]
fn a_rollback_goes_in_the_wave_mode_of_the_rollout() {
    let bake = 3_600_000;
    let ring = 3_000_000;
    let t = Times::of(&with_alarm(0, bake));
    let look = t.look(t.deploy_decision, ring);
    for (mode, lasts) in [
        (WaveMode::SlidingWindow, 4 * t.cycle()),
        // All but the last wave go on once their tasks have left.
        (
            WaveMode::ReplacementsActive,
            3 * (t.cycle() - t.daemon_stop - t.terminate + t.wave_gap) + t.cycle(),
        ),
    ] {
        let seen = watch(&with_alarm(ring, bake).assuming(|a| a.wave_mode = mode).setup);
        rolled_back(&seen, look, look + lasts + t.success_check, &format!("{mode:?}"));
    }
}

/// `rollbackInFlight: abandon`: what is on its way with the new revision is given up at once.
#[test]
fn instances_in_flight_are_waited_for_or_given_up() {
    let with = |reading| {
        Story::of_instances(4)
            .new_behaves(|b| b.fails_to_start = 1.0)
            .assuming(|a| {
                a.rollback_in_flight = reading;
                a.breaker_threshold = BreakerThreshold::Count(2);
            })
            .update_to(rolling(50))
            .until(12)
    };
    let t = Times::of(&with(RollbackInFlight::Finish));
    let registering = t.deploy_decision + t.until_registering();
    let trip = registering + t.failure(1);

    let seen = watch(&with(RollbackInFlight::Finish).setup);
    let third = registering + t.failure(3);
    assert_eq!(seen.times("REGISTRATION_FAILED"), [third, third], "{:#?}", seen.run);
    assert_eq!(seen.launches_with(OLD, 1), [third + t.provision_decision; 2]);
    let finished = third + t.coming() + t.until_active() + t.handover() + t.success_check;
    assert_eq!(seen.deployment(2).last(), Some(&(finished, "ROLLBACK_SUCCESSFUL")));

    let seen = watch(&with(RollbackInFlight::Abandon).setup);
    assert_eq!(seen.launches_with(OLD, 1), [trip + t.provision_decision; 2], "{:#?}", seen.run);
    let left = |number| seen.life(number).into_iter().map(|(at, _)| at).find(|at| *at >= trip);
    assert_eq!([left(5), left(6)], [Some(trip); 2]);
    let gone: Vec<(u64, u32)> = seen.instances("TERMINATED").into_iter().filter(|(_, n)| *n > 4).collect();
    assert_eq!(gone, [(trip + t.terminate, 5), (trip + t.terminate, 6)]);
    let finished = trip + t.coming() + t.until_active() + t.handover() + t.success_check;
    assert_eq!(seen.deployment(2).last(), Some(&(finished, "ROLLBACK_SUCCESSFUL")));
    assert_eq!(seen.run.daemons[0].current_revisions, [(OLD, 4)]);
}

/// a rollback whose own revision does not start any more fails, by a count of its own and the same threshold.
#[test]
fn a_rollback_can_fail() {
    for (threshold, attempts) in [(3, 3), (2, 2), (4, 4)] {
        let story = Story::of_instances(4)
            .old_behaves(|b| b.fails_to_start = 1.0)
            .new_behaves(|b| b.fails_to_start = 1.0)
            .assuming(|a| a.breaker_threshold = BreakerThreshold::Count(threshold))
            .update_to(rolling(25))
            .until(6);
        let t = Times::of(&story);
        let seen = watch(&story.setup);
        let case = format!("{threshold}: {:#?}", seen.run);
        let registering = t.deploy_decision + t.until_registering();
        let trip = registering + t.failure(attempts);
        let given_up = registering + t.failure(attempts.div_ceil(3) * 3);
        let failed = given_up + t.coming() + t.failure(attempts);
        let expected =
            [(trip, "STOP_REQUESTED"), (trip, "ROLLBACK_IN_PROGRESS"), (failed, "ROLLBACK_FAILED")];
        assert_eq!(seen.deployment(2)[2..], expected, "{case}");
        assert_eq!(seen.rollback(), [(trip, "STARTED"), (failed, "FAILED")], "{case}");
        assert_eq!(seen.run.deployments[0].finished.map(|at| at.as_ms()), Some(failed), "{case}");
        assert_eq!(seen.launches_with(NEW, trip), [0; 0], "{case}");
        // What there was goes on as it did: three of four instances, and the one that drains, with their tasks.
        assert_eq!(seen.run.services[0].min_running, Some(32), "{case}");
        // It goes on failing: a stall, and it has a name.
        assert_eq!(seen.run.outcome, Outcome::Stalled, "{case}");
        assert!(seen.run.outcome_reason.contains("agent:1"), "{case}");
    }
}

/// a first deployment has nothing to go back to; it is STOPPED, or rolls to no daemon.
#[test]
fn without_a_source_a_rollback_stops_or_removes_the_daemon() {
    let with = |reading| {
        let mut story = Story::of_instances(4)
            .old_behaves(|b| b.fails_to_start = 1.0)
            .assuming(|a| a.rollback_without_source = reading)
            .until(3);
        story.setup.before.pop();
        story.at(0, Request::CreateDaemon { daemon: DAEMON, settings: daemon(0, 25) })
    };
    let story = with(RollbackWithoutSource::Stopped);
    let t = Times::of(&story);
    // One at a time, three failures.
    let registering = t.deploy_decision + t.until_registering();
    let trip = registering + t.failure(3);
    let seen = watch(&story.setup);
    let stopped =
        [(0, "PENDING"), (t.deploy_decision, "IN_PROGRESS"), (trip, "STOP_REQUESTED"), (trip, "STOPPED")];
    assert_eq!(seen.deployment(1), stopped, "{:#?}", seen.run);
    let row = &seen.run.deployments[0];
    assert_eq!(row.time_to_detect().map(SimDuration::as_ms), Some(trip - t.deploy_decision));
    assert!(!row.status_reason.is_empty());
    // The daemon keeps its revision: what is launched goes on failing, and the wave never ends.
    assert_eq!(seen.run.daemons[0].status, DaemonStatus::Active);
    assert!(!seen.launches_with(OLD, trip).is_empty());
    assert_eq!(seen.run.outcome, Outcome::Stalled);
    assert!(seen.run.outcome_reason.contains("agent:1"), "{}", seen.run.outcome_reason);

    let seen = watch(&with(RollbackWithoutSource::RemoveDaemon).setup);
    let again = trip + t.coming() + t.instance_active;
    let ended = again + t.moving() + t.terminate + t.success_check;
    let last = [(trip, "STOP_REQUESTED"), (trip, "ROLLBACK_IN_PROGRESS"), (ended, "ROLLBACK_SUCCESSFUL")];
    assert_eq!(seen.deployment(1)[2..], last, "{:#?}", seen.run);
    assert_eq!(seen.launches_with(OLD, trip), [0; 0]);
    assert!(seen.run.daemons[0].current_revisions.is_empty());
    assert_eq!(seen.run.outcome, Outcome::Completed);
}

/// A revision that was never SUCCESSFUL is nothing to go back to (B1): after a rollback the next one goes to the
/// revision before.
#[test]
fn a_second_rollback_goes_to_the_last_successful_revision() {
    let story =
        Story::of_instances(4).new_behaves(|b| b.fails_to_start = 1.0).update_to(rolling(25)).until(12);
    let t = Times::of(&story);
    let later = 4 * 3_600_000;
    let story = story.at(later, Request::UpdateDaemon { daemon: DAEMON, settings: rolling(25) });
    let seen = watch(&story.setup);
    let both: Vec<_> = [2, 3].map(|number| seen.deployment(number)).into_iter().collect();
    let shifted: Vec<_> = both[0].iter().map(|(at, to)| (at + later, *to)).collect();
    assert_eq!(shifted, both[1], "{:#?}", seen.run);
    assert_eq!(both[0].len(), 5);
    assert_eq!(both[0][2].0, t.deploy_decision + t.until_registering() + t.failure(3));
    assert_eq!(seen.run.daemons[0].current_revisions, [(OLD, 4)]);
}
