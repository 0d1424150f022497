//! Alarms that change as a script tells them: when a deployment looks, and what it makes of what it sees.

use super::{OLD, Times, Watched, rolling, scripted, watch};
use crate::story::{Story, cycle};
use daemonsim::kernel::{Id, SimDuration};
use daemonsim::model::AlarmState::{Alarm as Rings, InsufficientData, Ok as Quiet};
use daemonsim::model::assumptions::{AlarmIgnoreScope, BakePosition};
use daemonsim::model::{
    Alarm, AlarmId, AlarmSource, AlarmState, Builtin, Comparison, DeploymentStatus, Evaluation, MetricSource,
    MissingData, MonitorStatus,
};
use daemonsim::record::{Direction, FactKind, Outcome};
use daemonsim::world::setup::{DaemonSettings, Request};

const BAKE: u64 = 600_000;

/// An alarm's state at the start, and what it becomes when.
type Watch<'a> = (AlarmState, &'a [(u64, AlarmState)]);

/// Two instances, both at once, then a bake of ten minutes; each alarm is watched.
fn watching(alarms: &[Watch<'_>]) -> Story {
    let settings = DaemonSettings {
        bake: SimDuration::from_ms(BAKE),
        alarms: (0..alarms.len() as u32).map(Id::new).collect(),
        ..rolling(100)
    };
    let mut story = Story::of_instances(2).update_to(settings);
    let named =
        |(at, (starts_in, script)): (usize, &Watch<'_>)| scripted(&format!("alarm-{at}"), *starts_in, script);
    story.setup.alarms = alarms.iter().enumerate().map(named).collect();
    story
}

fn times() -> Times {
    Times::of(&watching(&[]))
}

/// When the deployment is SUCCESSFUL if nothing comes in between.
fn success() -> u64 {
    let t = times();
    t.deploy_decision + t.cycle() + t.success_check + BAKE
}

fn began(seen: &Watched) -> Option<u64> {
    seen.run.deployments[0].rollback_started.map(|at| at.as_ms())
}

fn succeeds(story: &Story, case: &str) -> Watched {
    let seen = watch(&story.setup);
    let row = &seen.run.deployments[0];
    assert_eq!(
        (row.status, row.finished.map(|at| at.as_ms())),
        (DeploymentStatus::Successful, Some(success())),
        "{case}: {row:#?}"
    );
    assert!(seen.rollback().is_empty() && row.alarms_triggered.is_empty(), "{case}");
    seen
}

fn rolls_back(story: &Story, at: u64, by: &[u32], case: &str) -> Watched {
    let seen = watch(&story.setup);
    let row = &seen.run.deployments[0];
    assert_eq!(
        (row.status, began(&seen)),
        (DeploymentStatus::RollbackSuccessful, Some(at)),
        "{case}: {row:#?}"
    );
    let triggered: Vec<AlarmId> = by.iter().map(|id| Id::new(*id)).collect();
    assert_eq!(row.alarms_triggered, triggered, "{case}");
    assert_eq!(row.alarm_status, MonitorStatus::Triggered, "{case}");
    assert_eq!(seen.run.daemons[0].current_revisions, [(OLD, 2)], "{case}");
    seen
}

/// A4: it is seen at the next look, counted from IN_PROGRESS, until the bake is over.
#[test]
fn an_alarm_is_seen_at_the_next_look() {
    let t = times();
    let begun = t.deploy_decision;
    let bakes = success() - BAKE;
    let looks = (success() - begun) / t.alarm_poll;
    for rings in [
        begun + 1,
        begun + t.alarm_poll - 1,
        begun + t.alarm_poll + 1,
        begun + 3 * t.alarm_poll - 1,
        begun + t.cycle() - 5,
        begun + t.cycle() + 5,
        bakes - 7,
        bakes + 7,
        bakes + 300_011,
        begun + looks * t.alarm_poll - 1,
    ] {
        let story = watching(&[(Quiet, &[(rings, Rings)])]);
        let seen = rolls_back(&story, t.look(begun, rings), &[0], &format!("rings at {rings}"));
        assert_eq!(seen.alarm(0), [(rings, "OK", "ALARM")]);
        assert_eq!(seen.run.deployments[0].breaker_failures, 0);
    }
    // After the last look nobody sees it.
    succeeds(&watching(&[(Quiet, &[(begun + looks * t.alarm_poll + 1, Rings)])]), "too late");
}

/// What comes and goes between two looks is not seen.
#[test]
fn what_comes_and_goes_between_looks_is_unseen() {
    let t = times();
    let look = |n| t.deploy_decision + n * t.alarm_poll;
    let once = [(look(3) + 1, Rings), (look(4) - 1, Quiet)];
    succeeds(&watching(&[(Quiet, &once)]), "once");
    // Again and again, but quiet at every look.
    let flaps: Vec<(u64, AlarmState)> = (0..25)
        .flat_map(|n| {
            [
                (look(n) + 7_001, Rings),
                (look(n) + 14_003, Quiet),
                (look(n) + 20_011, Rings),
                (look(n) + 29_983, Quiet),
            ]
        })
        .collect();
    let seen = succeeds(&watching(&[(Quiet, &flaps)]), "flaps");
    assert_eq!(seen.alarm(0).len(), flaps.len());
    // Flapping as fast, and ringing at one look.
    let mut caught = flaps.clone();
    caught.retain(|(at, _)| *at < look(9));
    let ends = caught.pop();
    assert_eq!(ends, Some((look(8) + 29_983, Quiet)));
    rolls_back(&watching(&[(Quiet, &caught)]), look(9), &[0], "caught");
}

/// Only ALARM counts, and what is not watched does not.
#[test]
fn other_states_and_other_alarms_do_not_matter() {
    let seen = succeeds(&watching(&[(Quiet, &[(60_000, InsufficientData)])]), "insufficient data");
    assert_eq!(seen.run.deployments[0].alarm_status, MonitorStatus::MonitoringComplete);
    assert_eq!(seen.run.deployments[0].alarms, [Id::new(0)]);
    let mut unwatched = watching(&[]);
    unwatched.setup.alarms = vec![scripted("other", Quiet, &[(60_000, Rings)])];
    let seen = succeeds(&unwatched, "unwatched");
    assert_eq!(seen.run.deployments[0].alarm_status, MonitorStatus::Disabled);
}

/// All that ring at the look are named.
#[test]
fn several_alarms_may_trigger() {
    let t = times();
    let look = |n| t.deploy_decision + n * t.alarm_poll;
    let story = watching(&[
        (Quiet, &[(look(2) + 10, Rings)]),
        (Quiet, &[]),
        (Quiet, &[(look(2) + 20, Rings)]),
        (Quiet, &[(look(3) + 10, Rings)]),
    ]);
    rolls_back(&story, look(3), &[0, 2], "two of four");
}

/// A3, A-15, REL-8: an alarm that rings when the deployment begins is ignored, or all are.
#[test]
fn an_alarm_that_rings_at_the_start_is_ignored() {
    let t = times();
    let look = |n| t.deploy_decision + n * t.alarm_poll;
    succeeds(&watching(&[(Rings, &[])]), "from the beginning");
    succeeds(&watching(&[(Quiet, &[(t.deploy_decision - 1, Rings)])]), "just before");
    let two: [Watch<'_>; 2] = [(Rings, &[]), (Quiet, &[(look(2) + 10, Rings)])];
    rolls_back(&watching(&two), look(3), &[1], "the other one is not ignored");
    let all =
        |a: &mut daemonsim::model::assumptions::Assumptions| a.alarm_ignore_scope = AlarmIgnoreScope::All;
    succeeds(&watching(&two).assuming(all), "all are ignored");
    let none: [Watch<'_>; 1] = [(Quiet, &[(look(2) + 10, Rings)])];
    rolls_back(&watching(&none).assuming(all), look(3), &[0], "none rang at the start");
}

/// an ignored alarm counts again once it was seen to be OK, or never.
#[test]
fn an_ignored_alarm_may_count_again() {
    let t = times();
    let look = |n| t.deploy_decision + n * t.alarm_poll;
    let again: [Watch<'_>; 1] = [(Rings, &[(look(1) + 10, Quiet), (look(4) + 10, Rings)])];
    rolls_back(&watching(&again), look(5), &[0], "it counts again");
    succeeds(&watching(&again).assuming(|a| a.ignored_alarm_rearms = false), "it does not");
    let unseen: [Watch<'_>; 1] = [(Rings, &[(look(1) + 10, Quiet), (look(2) - 10, Rings)])];
    succeeds(&watching(&unseen), "nobody saw it quiet");
}

/// with a bake after each wave, an alarm in the first bake leaves the other waves undone.
#[test]
fn a_bake_after_each_wave_catches_early() {
    let bake = 120_000;
    let with = |rings| {
        let settings =
            DaemonSettings { bake: SimDuration::from_ms(bake), alarms: vec![Id::new(0)], ..rolling(50) };
        let mut story =
            Story::of_instances(4).assuming(|a| a.bake = BakePosition::PerWave).update_to(settings);
        story.setup.alarms = vec![scripted("errors", Quiet, &[(rings, Rings)])];
        story
    };
    let t = Times::of(&with(0));
    let baking = t.deploy_decision + t.cycle();
    let look = t.look(t.deploy_decision, baking + 30_000);
    assert!(look < baking + bake);
    let seen = watch(&with(look - 11).setup);
    let row = &seen.run.deployments[0];
    assert_eq!((row.status, began(&seen)), (DeploymentStatus::RollbackSuccessful, Some(look)), "{row:#?}");
    assert_eq!(row.finished.map(|at| at.as_ms()), Some(look + t.cycle() + t.success_check));
    let waves: Vec<(Direction, u32)> =
        seen.run.waves.iter().map(|wave| (wave.direction, wave.instances)).collect();
    assert_eq!(waves, [(Direction::Forward, 2), (Direction::Rollback, 2)]);
    assert_eq!(
        (row.instances_touched, seen.run.daemons[0].current_revisions.as_slice()),
        (2, &[(OLD, 4)][..])
    );
    // The rollback does not bake.
    let bakes = seen.changes(FactKind::Bake, |fact| fact.to == "STARTED");
    assert_eq!(bakes.into_iter().map(|(at, ..)| at).collect::<Vec<_>>(), [baking]);
}

/// A rollback does not look: what rings then, or still rings, changes nothing.
#[test]
fn a_rollback_does_not_look_at_alarms() {
    let t = times();
    let look = |n| t.deploy_decision + n * t.alarm_poll;
    let plain = rolls_back(&watching(&[(Quiet, &[(look(20) + 10, Rings)])]), look(21), &[0], "one");
    let noisy = [(look(20) + 10, Rings), (look(22), Quiet), (look(23), Rings)];
    let seen =
        rolls_back(&watching(&[(Quiet, &noisy), (Quiet, &[(look(22), Rings)])]), look(21), &[0], "noisy");
    assert_eq!(plain.deployment(2), seen.deployment(2));
    let ends = look(21) + cycle(&watching(&[]).setup.delays) + t.success_check;
    assert_eq!(plain.deployment(2).last(), Some(&(ends, "ROLLBACK_SUCCESSFUL")));
}

/// A8: what watched is done when the deployment is.
#[test]
fn monitors_close() {
    let seen = succeeds(&watching(&[(Quiet, &[])]), "quiet");
    let row = &seen.run.deployments[0];
    assert_eq!(row.breaker_status, MonitorStatus::MonitoringComplete);
    assert_eq!(row.alarm_status, MonitorStatus::MonitoringComplete);
    assert_eq!((row.breaker_threshold, row.breaker_failures), (Some(3), 0));
}

/// R12: looking at alarms is no progress: a deployment that nothing can move stalls, watched or not.
#[test]
fn watching_does_not_hide_a_stall() {
    let metric = MetricSource::Builtin(Builtin::RunningTasks);
    let evaluation = Evaluation {
        period: SimDuration::from_secs(60),
        evaluation_periods: 3,
        datapoints_to_alarm: 3,
        threshold: 50.0,
        comparison: Comparison::Below,
        missing: MissingData::Missing,
    };
    let measured =
        Alarm { name: "alarm-0".into(), starts_in: Quiet, source: AlarmSource::Metric(metric, evaluation) };
    for alarm in
        [scripted("alarm-0", Quiet, &[]), scripted("alarm-0", Quiet, &[(60_000, InsufficientData)]), measured]
    {
        let mut story = watching(&[(Quiet, &[])]).until(24);
        story.setup.alarms = vec![alarm];
        if let Request::CreateService { settings, .. } = &mut story.setup.before[0] {
            settings.maximum_percent = 100;
        }
        let seen = watch(&story.setup);
        let case = format!("{:?}: {:#?}", story.setup.alarms, seen.run);
        assert_eq!(seen.run.outcome, Outcome::Stalled, "{case}");
        assert!(seen.run.deployments[0].status_reason.contains("min_max"), "{case}");
    }
}
