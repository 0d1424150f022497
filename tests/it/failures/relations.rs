//! Relations between runs in which something fails (correctness.md 3): exact, whatever the numbers are.

use super::faults::fault;
use super::{always, rolling, scripted, watch, watch_one};
use crate::made_up;
use crate::story::{DAEMON, Story, daemon, definition, provider};
use crate::{relations, troubles};
use daemonsim::kernel::{Distribution, Id, SimDuration, SimTime};
use daemonsim::model::assumptions::{BreakerThreshold, NonCriticalRelaunch, WaveMode};
use daemonsim::model::{
    Alarm, AlarmSource, AlarmState, Comparison, Evaluation, MetricSource, MissingData, MonitorStatus, Owner,
    Percent,
};
use daemonsim::record::{Discard, Fact, FactKind, Reason};
use daemonsim::world::setup::{DaemonSettings, FaultKind, Request, Setup};

/// Two logs are equal; if not, where they part.
fn same(one: &[Fact], other: &[Fact], case: &str) {
    let part = one.iter().zip(other).find(|(a, b)| a != b);
    assert!(part.is_none(), "{case}: {part:#?}");
    assert_eq!(one.len(), other.len(), "{case}");
}

/// An alarm that never rings.
fn out_of_reach(period: u64) -> Alarm {
    let evaluation = Evaluation {
        period: SimDuration::from_secs(period),
        evaluation_periods: 2,
        datapoints_to_alarm: 1,
        threshold: 1e9,
        comparison: Comparison::Above,
        missing: MissingData::NotBreaching,
    };
    let noise = Some(Distribution::Uniform { min: -5.0, max: 5.0 });
    let source = MetricSource::Contributions { name: "errors".into(), baseline: 1.0, noise };
    Alarm {
        name: "out-of-reach".into(),
        starts_in: AlarmState::Ok,
        source: AlarmSource::Metric(source, evaluation),
    }
}

/// REL-1: what fails in whole milliseconds fails twice as late when everything is twice as slow, rates halved.
#[test]
fn twice_as_slow_fails_twice_as_late() {
    for seed in 0..60 {
        let mut setup = relations::made_up_constant(seed);
        troubles::add_constant(&mut setup, seed);
        let twice = doubled(setup.clone());
        let (once, slow) = (watch(&setup), watch(&twice));
        same(&relations::moved(&once.facts, |ms| 2 * ms), &slow.facts, &format!("seed {seed}"));
    }
}

fn doubled(setup: Setup) -> Setup {
    let twice = |time: &mut SimTime| *time = SimTime::from_ms(time.as_ms().saturating_mul(2));
    let mut setup = relations::doubled(setup);
    for alarm in &mut setup.alarms {
        if let AlarmSource::Script(script) = &mut alarm.source {
            script.iter_mut().for_each(|(at, _)| twice(at));
        }
    }
    for definition in &mut setup.daemon_task_definitions {
        definition.behaviour.crashes_after.iter_mut().for_each(relations::double_law);
    }
    for fault in &mut setup.faults {
        twice(&mut fault.from);
        twice(&mut fault.until);
        if let FaultKind::LaunchFailures { retry_after, .. } = &mut fault.kind {
            relations::double_law(retry_after);
        }
        if let FaultKind::ApiThrottling { per_second, .. } = &mut fault.kind {
            *per_second /= 2.0;
        }
    }
    setup
}

/// REL-5: what nobody uses changes nobody's numbers.
#[test]
fn what_is_not_used_changes_nothing() {
    for seed in 0..60 {
        let plain = troubles::lasting(seed);
        let mut more = plain.clone();
        more.capacity_providers.push(provider("unused"));
        more.task_definitions.push(definition("unused", 1, 100, 100));
        more.daemon_task_definitions.push(definition("unused-agent", 1, 100, 100));
        more.alarms.push(out_of_reach(60));
        same(&watch(&plain).facts, &watch(&more).facts, &format!("seed {seed}"));
    }
}

/// REL-6, F1: a mishap that cannot happen, or that changes nothing, is none.
#[test]
fn a_mishap_of_no_effect_is_none() {
    let nothing = [
        FaultKind::LaunchFailures { probability: 0.0, retry_after: always(1_000) },
        FaultKind::SlowLaunches { factor: 1.0 },
        FaultKind::SlowPulls { factor: 1.0 },
        FaultKind::InstanceDeaths { rate_per_hour: 0.0 },
        FaultKind::SpotInterruptions { rate_per_hour: 0.0 },
        FaultKind::AgentDisconnects { rate_per_hour: 0.0, lasts: always(60_000) },
        FaultKind::KillDaemons { count: 0 },
        FaultKind::ApiThrottling { burst: 1_000_000, per_second: 1_000_000.0 },
    ];
    for seed in 0..40 {
        let plain = made_up::setup(seed);
        let before = watch(&plain).facts;
        for kind in &nothing {
            let mut setup = plain.clone();
            setup.faults = vec![fault(0, u64::MAX, kind.clone()), fault(600_000, 1_200_000, kind.clone())];
            same(&before, &watch(&setup).facts, &format!("seed {seed}, {}", kind.word()));
        }
        // Nobody is concerned.
        let mut setup = plain.clone();
        let deaths = FaultKind::InstanceDeaths { rate_per_hour: 10.0 };
        setup.faults = vec![fault(0, u64::MAX, deaths.clone()), fault(600_000, 600_000, deaths)];
        setup.faults[0].share = 0.0;
        same(&before, &watch(&setup).facts, &format!("seed {seed}, a share of 0"));
    }
}

/// REL-6: a breaker that is never reached is none, whatever its threshold; an alarm out of reach likewise.
#[test]
fn what_never_triggers_is_not_there() {
    for replication in 0..20 {
        let with = |threshold, alarms: bool| {
            let settings = DaemonSettings {
                alarms: if alarms { vec![Id::new(0)] } else { vec![] },
                bake: SimDuration::from_secs(300),
                ..rolling(50)
            };
            let mut story = Story::of_light_instances(4)
                .new_behaves(|b| b.fails_to_start = 0.3)
                .assuming(|a| a.breaker_threshold = threshold)
                .update_to(settings);
            story.setup.alarms = vec![out_of_reach(10)];
            let mut facts = watch_one(&story.setup, replication).facts;
            for fact in facts.iter_mut().filter(|fact| fact.kind == FactKind::CircuitBreaker) {
                // The threshold is named.
                fact.reason = Reason::None;
            }
            facts
        };
        let far = with(BreakerThreshold::Count(1_000), false);
        for (threshold, alarms) in [
            (BreakerThreshold::Count(2_000), false),
            (BreakerThreshold::Percent(Percent::from_billionths(100_000 * 1_000_000_000)), false),
            (BreakerThreshold::Count(1_000), true),
        ] {
            same(&far, &with(threshold, alarms), &format!("{replication}: {threshold:?}, alarms {alarms}"));
        }
    }
}

/// REL-8: an alarm that rings from before the start on is as good as none.
#[test]
fn an_alarm_that_rings_all_the_time_is_none() {
    for bake in [0, 600] {
        let with = |alarms: &[AlarmState]| {
            let settings = DaemonSettings {
                alarms: (0..alarms.len() as u32).map(Id::new).collect(),
                bake: SimDuration::from_secs(bake),
                ..rolling(25)
            };
            let mut story = Story::of_instances(5).update_to(settings);
            let named = |(at, state): (usize, &AlarmState)| scripted(&format!("alarm-{at}"), *state, &[]);
            story.setup.alarms = alarms.iter().enumerate().map(named).collect();
            watch(&story.setup).facts
        };
        let none = with(&[]);
        same(&none, &with(&[AlarmState::Alarm]), "one that rings");
        same(&none, &with(&[AlarmState::Alarm, AlarmState::Ok]), "and one that does not");
        same(&none, &with(&[AlarmState::InsufficientData]), "one that knows nothing");
    }
}

/// REL-9: a non-critical daemon that dies is nothing to apps.
#[test]
fn apps_do_not_notice_a_non_critical_daemon() {
    for relaunch in [NonCriticalRelaunch::Backoff, NonCriticalRelaunch::Never] {
        let with = |crash: Option<u64>| {
            let mut story = Story::of_instances(6)
                .old_behaves(|b| b.crashes_after = crash.map(always))
                .new_behaves(|b| b.crashes_after = crash.map(|ms| always(ms / 3)))
                .assuming(|a| a.non_critical_relaunch = relaunch)
                .update_to(DaemonSettings { critical: false, ..rolling(34) })
                .until(2);
            if let Some(Request::CreateDaemon { settings, .. }) = story.setup.before.last_mut() {
                settings.critical = false;
            }
            // A dead daemon need not be stopped.
            story.setup.delays.daemon_stop = always(0);
            let seen = watch(&story.setup);
            let of_apps = seen.facts.iter().filter(|fact| matches!(fact.owner, Some(Owner::Service(_))));
            of_apps
                .filter(|fact| fact.kind == FactKind::Task)
                .map(|fact| (fact.at, fact.task, fact.instance, fact.from, fact.to, fact.reason))
                .collect::<Vec<_>>()
        };
        let quiet = with(None);
        assert!(quiet.len() > 100);
        for crash in [400_003, 1_000_003] {
            assert!(quiet == with(Some(crash)), "{relaunch:?}, {crash}");
        }
    }
}

/// What replications of a story came to: failures counted, whether it tripped.
fn failures(story: &Story, replication: u64) -> (u32, bool) {
    let (run, _) = daemonsim::world::simulate(&story.setup, replication, Discard);
    let row = &run.deployments[0];
    (row.breaker_failures, row.breaker_status == MonitorStatus::Triggered)
}

fn flaky(fleet: u32, percent: u64, q: f64, count: u32) -> Story {
    Story::of_light_instances(fleet)
        .new_behaves(|b| b.fails_to_start = q)
        .assuming(|a| {
            a.breaker_threshold = BreakerThreshold::Count(count);
            a.breaker_resets_on_success = false;
        })
        .update_to(rolling(percent))
        .until(48)
}

/// REL-10: with the same numbers drawn, more failures where failing is more likely, and fewer trips where more are
/// allowed.
#[test]
fn worse_is_never_better() {
    for replication in 0..60 {
        let mut before = 0;
        for q in [0.0, 0.1, 0.25, 0.4, 0.6] {
            let (now, tripped) = failures(&flaky(4, 25, q, 1_000), replication);
            assert!(now >= before && !tripped, "{replication}: {now} at {q}, {before} before");
            before = now;
        }
        let mut before = true;
        for count in [1, 2, 3, 5, 8] {
            let (_, now) = failures(&flaky(4, 25, 0.4, count), replication);
            assert!(before || !now, "{replication}: trips at {count}, not at fewer");
            before = now;
        }
    }
}

/// REL-11: the count of all failures does not depend on how many are replaced at a time.
#[test]
fn the_batch_does_not_change_whether_it_trips() {
    let mut tripped = 0;
    for replication in 0..100 {
        let (total, _) = failures(&flaky(6, 17, 0.3, 1_000), replication);
        let (_, once) = failures(&flaky(6, 17, 0.3, 3), replication);
        assert_eq!(once, total >= 3, "{replication}: {total} in all");
        tripped += u32::from(once);
        for percent in [17, 34, 50, 100] {
            for mode in [WaveMode::Barrier, WaveMode::SlidingWindow] {
                let all = flaky(6, percent, 0.3, 1_000).assuming(|a| a.wave_mode = mode);
                assert_eq!(failures(&all, replication).0, total, "{replication}: {percent} %, {mode:?}");
            }
            let (_, now) = failures(&flaky(6, percent, 0.3, 3), replication);
            assert_eq!(now, once, "{replication}: {percent} %");
        }
    }
    assert!((10..90).contains(&tripped), "{tripped}");
}

/// REL-16: a revision that never starts touches as many instances as it takes to trip: single attempts march on, retries
/// stay in the first wave; one that always starts is not concerned.
#[test]
fn certain_failure_touches_what_it_must() {
    for (fleet, percent) in [(9, 12), (9, 34), (5, 100), (12, 25)] {
        let batch = (u64::from(fleet) * percent).div_ceil(100) as u32;
        for count in [1, 2, 5, 8] {
            let story = flaky(fleet, percent, 1.0, count);
            let (run, _) = daemonsim::world::simulate(&story.setup, 0, Discard);
            assert_eq!(run.deployments[0].instances_touched, batch, "{fleet}, {percent} %, {count}");
            let mut story = flaky(fleet, percent, 1.0, count)
                .assuming(|a| a.non_critical_relaunch = NonCriticalRelaunch::Never);
            story.setup.timeline.clear();
            let story = story.update_to(DaemonSettings { critical: false, ..rolling(percent) });
            let (run, _) = daemonsim::world::simulate(&story.setup, 0, Discard);
            let touched = fleet.min(batch * count.div_ceil(batch));
            assert_eq!(
                run.deployments[0].instances_touched, touched,
                "single, {fleet}, {percent} %, {count}"
            );
        }
    }
    let facts = |threshold| {
        let story =
            Story::of_instances(5).assuming(|a| a.breaker_threshold = threshold).update_to(rolling(25));
        watch(&story.setup).facts
    };
    same(&facts(BreakerThreshold::Count(1)), &facts(BreakerThreshold::Count(200)), "q = 0");
}

/// REL-16: of one instance every share is all of it, failing or not.
#[test]
fn of_one_failing_instance_every_share_is_the_same() {
    let of = |percent| {
        let story = Story::of_instances(1)
            .new_behaves(|b| b.fails_to_start = 0.7)
            .update_to(rolling(percent))
            .until(24);
        watch(&story.setup).facts
    };
    let all = of(100);
    for percent in [1, 25, 99] {
        same(&all, &of(percent), &format!("{percent} %"));
    }
}

/// When an alarm on a noisy metric first rings.
fn first_ring(replication: u64, evaluation: Evaluation, bake: u64) -> u64 {
    let settings =
        DaemonSettings { alarms: vec![Id::new(0)], bake: SimDuration::from_secs(bake), ..rolling(50) };
    let mut story = Story::of_light_instances(4)
        .new_behaves(|b| b.metrics = vec![("errors".into(), 2.0)])
        .at(3_600_000, Request::UpdateDaemon { daemon: DAEMON, settings });
    let noise = Some(Distribution::Uniform { min: -3.0, max: 3.0 });
    let source = MetricSource::Contributions { name: "errors".into(), baseline: 5.0, noise };
    story.setup.alarms = vec![Alarm {
        name: "errors".into(),
        starts_in: AlarmState::Ok,
        source: AlarmSource::Metric(source, evaluation),
    }];
    // It is looked at once, long after: what it does is not disturbed by a rollback.
    story.setup.delays.alarm_poll = always(40_000_000);
    let seen = watch_one(&story.setup, replication);
    let first = seen.alarm(0).into_iter().find(|(_, _, to)| *to == "ALARM");
    first.map_or(u64::MAX, |(at, ..)| at)
}

/// REL-10: a lower threshold rings no later; one that wants more points rings no earlier, one that looks at more no
/// later; and a longer bake lets no more pass.
#[test]
fn a_touchier_alarm_never_rings_later() {
    let plain = Evaluation {
        period: SimDuration::from_secs(60),
        evaluation_periods: 5,
        datapoints_to_alarm: 3,
        threshold: 7.0,
        comparison: Comparison::AtLeast,
        missing: MissingData::Missing,
    };
    for replication in 0..12 {
        let ring = |evaluation| first_ring(replication, evaluation, 7_200);
        let falling = [9.0, 8.0, 7.0, 6.0, 4.0].map(|threshold| ring(Evaluation { threshold, ..plain }));
        assert!(falling.is_sorted_by(|a, b| a >= b), "{replication}: thresholds {falling:?}");
        let more =
            [1, 2, 3, 4, 5].map(|to_alarm| ring(Evaluation { datapoints_to_alarm: to_alarm, ..plain }));
        assert!(more.is_sorted(), "{replication}: points to alarm {more:?}");
        let wider = [3, 4, 5, 8].map(|periods| ring(Evaluation { evaluation_periods: periods, ..plain }));
        assert!(wider.is_sorted_by(|a, b| a >= b), "{replication}: periods {wider:?}");
    }
    let mut caught_before = 0;
    for bake in [60, 600, 1_800, 7_200] {
        let caught = |replication: &u64| {
            let settings = DaemonSettings {
                alarms: vec![Id::new(0)],
                bake: SimDuration::from_secs(bake),
                ..daemon(1, 100)
            };
            let mut story =
                Story::of_light_instances(2).at(60_000, Request::UpdateDaemon { daemon: DAEMON, settings });
            let rings = 400_000 + replication * 397_003;
            story.setup.alarms = vec![scripted("errors", AlarmState::Ok, &[(rings, AlarmState::Alarm)])];
            watch(&story.setup).run.deployments[0].alarm_status == MonitorStatus::Triggered
        };
        let now = (0..20).filter(caught).count();
        assert!(now >= caught_before, "{bake} s: {now} after {caught_before}");
        caught_before = now;
    }
    assert!(caught_before > 10);
}

/// The same setup twice, and with a recorder that does not listen: one trajectory.
#[test]
fn failing_runs_repeat() {
    for seed in 0..30 {
        let setup: Setup = troubles::lasting(seed);
        let (one, other) = (watch(&setup), watch(&setup));
        same(&one.facts, &other.facts, &format!("seed {seed}"));
        let (quiet, _) = daemonsim::world::simulate(&setup, 0, Discard);
        assert_eq!(quiet, one.run, "seed {seed}");
    }
}
