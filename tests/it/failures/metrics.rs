//! Alarms on metrics: what the fleet's instances add up to over time, when CloudWatch looks at it, and when it rings.

use super::{NEW, Times, always, rolling, watch};
use crate::story::{DAEMON, Story, daemon};
use daemonsim::kernel::{Distribution, Id, SimDuration};
use daemonsim::model::assumptions::{AlarmWindow, BreakerThreshold, NonCriticalRelaunch};
use daemonsim::model::{
    Alarm, AlarmSource, AlarmState, Builtin, Comparison, DeploymentStatus, Evaluation, MetricSource,
    MissingData,
};
use daemonsim::world::setup::{DaemonSettings, Request};

/// When the update is asked for: long after CloudWatch has seen enough of the old fleet.
const ASKED: u64 = 3_600_000;

/// How data points are judged: `to_alarm` of `periods` of so many seconds above a threshold.
fn above(threshold: f64, period: u64, periods: u32, to_alarm: u32) -> Evaluation {
    Evaluation {
        period: SimDuration::from_secs(period),
        evaluation_periods: periods,
        datapoints_to_alarm: to_alarm,
        threshold,
        comparison: Comparison::Above,
        missing: MissingData::Missing,
    }
}

fn metric(baseline: f64, noise: Option<Distribution<f64>>) -> MetricSource {
    MetricSource::Contributions { name: "errors".into(), baseline, noise }
}

fn alarm(source: MetricSource, evaluation: Evaluation) -> Alarm {
    Alarm {
        name: "errors".into(),
        starts_in: AlarmState::Ok,
        source: AlarmSource::Metric(source, evaluation),
    }
}

/// A fleet whose new revision adds `errors` to the metric, rolled out at `ASKED` with a bake of two hours.
fn erring(fleet: u32, percent: u64, errors: f64, alarm: Alarm) -> Story {
    let settings =
        DaemonSettings { bake: SimDuration::from_secs(7_200), alarms: vec![Id::new(0)], ..rolling(percent) };
    let mut story = Story::of_instances(fleet)
        .old_behaves(|b| b.metrics = vec![("errors".into(), 0.0)])
        .new_behaves(|b| b.metrics = vec![("errors".into(), errors)])
        .at(ASKED, Request::UpdateDaemon { daemon: DAEMON, settings });
    story.setup.alarms = vec![alarm];
    story
}

/// A value that changes in steps: (from when on, in milliseconds; how much, in hundredths).
type Steps<'a> = &'a [(u64, i128)];

/// The sum of a stepwise value over a time, in hundredths times milliseconds.
fn sum(steps: Steps<'_>, from: u64, until: u64) -> i128 {
    let ends = steps.iter().skip(1).map(|(at, _)| *at).chain([u64::MAX]);
    let parts = steps.iter().zip(ends).map(|((begins, value), ends)| {
        let (a, b) = (from.max(*begins), until.min(ends));
        value * i128::from(b.saturating_sub(a))
    });
    parts.sum()
}

/// When an alarm that is OK rings first: every minute (every ten seconds for shorter periods), the averages of the
/// latest whole periods before are compared with the threshold. Nothing is missing here.
fn rings(steps: Steps<'_>, evaluation: Evaluation, window: AlarmWindow) -> u64 {
    let period = evaluation.period.as_ms();
    let every = if period < 60_000 { 10_000 } else { 60_000 };
    let threshold = (evaluation.threshold * 100.0).round() as i128;
    let breaches = |ends: u64| {
        let (value, bound) = (sum(steps, ends - period, ends), threshold * i128::from(period));
        match evaluation.comparison {
            Comparison::Above => value > bound,
            Comparison::AtLeast => value >= bound,
            Comparison::Below => value < bound,
            Comparison::AtMost => value <= bound,
        }
    };
    let looks = (ASKED / every..).map(|n| n * every);
    let alarmed = |look: &u64| {
        let last = if window == AlarmWindow::WallClock { look / period * period } else { *look };
        let breaching = (0..u64::from(evaluation.evaluation_periods)).filter(|n| breaches(last - n * period));
        breaching.count() >= evaluation.datapoints_to_alarm as usize
    };
    looks.take(1_000).find(alarmed).unwrap_or(u64::MAX)
}

/// Two instances, one after the other: half of the fleet errs from the first replacement on, all of it when the second
/// old instance drains. The alarm rings at that minute, and the deployment sees it at its next look.
#[test]
fn a_metric_rings_when_enough_of_its_periods_breach() {
    for window in [AlarmWindow::Sliding, AlarmWindow::WallClock] {
        for (threshold, period, periods, to_alarm) in [
            (0.0, 60, 1, 1),
            (0.0, 60, 3, 3),
            (0.0, 60, 3, 2),
            (0.0, 60, 5, 3),
            (0.25, 60, 1, 1),
            (0.25, 60, 3, 3),
            (0.75, 60, 2, 2),
            (0.99, 60, 1, 1),
            (0.0, 300, 1, 1),
            (0.25, 300, 1, 1),
            (0.25, 300, 2, 2),
            (0.75, 300, 3, 2),
            (0.25, 10, 1, 1),
            (0.25, 10, 12, 12),
            (0.49, 20, 2, 1),
            (0.75, 30, 4, 3),
        ] {
            for (baseline, scale) in [(0.0, 100_i32), (10.0, 200), (0.0, -100)] {
                let mut evaluation = above(threshold, period, periods, to_alarm);
                evaluation.threshold = threshold * f64::from(scale) / 100.0 + baseline;
                if scale < 0 {
                    evaluation.comparison = Comparison::Below;
                }
                let errors = f64::from(scale) / 100.0;
                let mut story = erring(2, 50, errors, alarm(metric(baseline, None), evaluation));
                story.setup.assumptions.alarm_window = window;
                let t = Times::of(&story);
                let begun = ASKED + t.deploy_decision;
                let base = (baseline * 100.0) as i32;
                let half = begun + t.until_registering() + t.until_active();
                let steps =
                    [(0, base), (half, base + scale / 2), (begun + t.cycle() + t.wave_gap, base + scale)]
                        .map(|(at, value)| (at, i128::from(value)));
                let expected = rings(&steps, evaluation, window);
                let seen = watch(&story.setup);
                let case = format!("{evaluation:?}, {window:?}, {errors}: {:#?}", seen.run.deployments[0]);
                assert_eq!(seen.alarm(0)[0], (expected, "OK", "ALARM"), "{case}");
                let began = seen.run.deployments[0].rollback_started.map(|at| at.as_ms());
                assert_eq!(began, Some(t.look(begun, expected)), "{case}");
            }
        }
    }
}

/// The bounds themselves: a fleet that errs by exactly the threshold.
#[test]
fn a_threshold_is_met_exactly() {
    for (comparison, errors, threshold, breaches) in [
        (Comparison::AtLeast, 0.1, 0.1, true),
        (Comparison::Above, 0.1, 0.1, false),
        (Comparison::AtMost, -0.3, -0.3, true),
        (Comparison::Below, -0.3, -0.3, false),
        (Comparison::AtLeast, 0.04, 0.04, true),
        (Comparison::AtLeast, 0.04, 0.04001, false),
    ] {
        let evaluation = Evaluation { comparison, ..above(threshold, 60, 1, 1) };
        let story = erring(3, 100, errors, alarm(metric(0.0, None), evaluation));
        let seen = watch(&story.setup);
        let case = format!("{comparison:?} {threshold}, {errors}: {:#?}", seen.run.deployments[0]);
        let t = Times::of(&story);
        if breaches {
            // All three replacements become ACTIVE together, in a minute in which nothing else was: there is nothing
            // else to average.
            let active = ASKED + t.deploy_decision + t.until_registering() + t.until_active();
            let expected = active.div_ceil(60_000) * 60_000;
            assert_eq!(seen.alarm(0)[0], (expected, "OK", "ALARM"), "{case}");
        } else {
            assert!(seen.alarm(0).is_empty(), "{case}");
            assert_eq!(seen.run.deployments[0].status, DeploymentStatus::Successful, "{case}");
        }
    }
}

/// While no instance is ACTIVE there is nothing to average: with a single instance, from its DRAINING until its
/// replacement is ACTIVE. Two older points can make up for missing ones; the third in a row shows.
#[test]
fn nothing_active_is_nothing_measured() {
    for (missing, expected) in [
        (MissingData::Missing, Some(("OK", "INSUFFICIENT_DATA"))),
        (MissingData::Ignore, None),
        (MissingData::Breaching, Some(("OK", "ALARM"))),
        (MissingData::NotBreaching, None),
    ] {
        let evaluation = Evaluation { missing, ..above(0.5, 10, 1, 1) };
        let story = erring(1, 100, 0.0, alarm(metric(0.0, None), evaluation));
        let t = Times::of(&story);
        let gone = ASKED + t.deploy_decision;
        let back = gone + t.until_registering() + t.until_active();
        let ten_after = |time: u64| time.div_ceil(10_000) * 10_000;
        // The period in which it drains has a value; the three after it have none.
        let shows = ten_after(gone) + 30_000;
        assert!(shows < back);
        let seen = watch(&story.setup);
        let first: Vec<_> = seen.alarm(0).into_iter().take(2).collect();
        match expected {
            Some((from, to)) => {
                assert_eq!(first, [(shows, from, to), (ten_after(back), to, "OK")], "{missing:?}");
            }
            None => assert!(first.is_empty(), "{missing:?}: {first:?}"),
        }
        let status = seen.run.deployments[0].status;
        let rolled_back = missing == MissingData::Breaching;
        assert_eq!(status == DeploymentStatus::RollbackSuccessful, rolled_back, "{missing:?}: {status:?}");
    }
}

/// Measures that need no metric of a revision's.
#[test]
fn what_the_simulation_measures_itself() {
    // One of four drains at ASKED + deployDecision: 25 % until its replacement registers, then 20 %.
    let evaluation = above(20.5, 10, 1, 1);
    let story = erring(4, 25, 0.0, alarm(MetricSource::Builtin(Builtin::Draining), evaluation));
    let t = Times::of(&story);
    let drains = ASKED + t.deploy_decision;
    let registers = drains + t.until_registering();
    let steps = [(0, 0), (drains, 2_500), (registers, 2_000)];
    let rung = rings(&steps, evaluation, AlarmWindow::Sliding);
    assert_eq!(rung, drains.div_ceil(10_000) * 10_000, "most of that period already");
    let quiet = (1..).map(|n| rung + n * 10_000).find(|at| sum(&steps, at - 10_000, *at) <= 20_500 * 1_000);
    let seen = watch(&story.setup);
    let expected = [(rung, "OK", "ALARM"), (quiet.unwrap_or(0), "ALARM", "OK")];
    assert_eq!(seen.alarm(0)[..2], expected, "{:#?}", seen.run);

    // A non-critical daemon that starts nowhere: a quarter of the ACTIVE instances is without it after the first wave.
    let evaluation = above(20.0, 10, 1, 1);
    let mut story = erring(4, 25, 0.0, alarm(MetricSource::Builtin(Builtin::WithoutDaemon), evaluation))
        .new_behaves(|b| b.fails_to_start = 1.0)
        .assuming(|a| {
            a.breaker_threshold = BreakerThreshold::Count(100);
            a.non_critical_relaunch = NonCriticalRelaunch::Never;
        });
    if let Some(timed) = story.setup.timeline.last_mut()
        && let Request::UpdateDaemon { settings, .. } = &mut timed.request
    {
        settings.critical = false;
    }
    let active = registers + t.until_active();
    let expected = rings(&[(0, 0), (active, 2_500)], evaluation, AlarmWindow::Sliding);
    assert_eq!(watch(&story.setup).alarm(0)[0], (expected, "OK", "ALARM"));

    // Half of a service's tasks may stop before their replacements start: four of eight run until those do.
    let evaluation = Evaluation { comparison: Comparison::Below, ..above(60.0, 10, 1, 1) };
    let mut story = erring(1, 100, 0.0, alarm(MetricSource::Builtin(Builtin::RunningTasks), evaluation));
    if let Request::CreateService { settings, .. } = &mut story.setup.before[0] {
        settings.minimum_healthy_percent = 50;
    }
    // They run until the stop signal.
    let steps = [(0, 10_000), (drains + t.drain_react, 5_000)];
    let expected = rings(&steps, evaluation, AlarmWindow::Sliding);
    assert_eq!(watch(&story.setup).alarm(0)[0], (expected, "OK", "ALARM"));
}

/// Noise comes on top, one draw for each data point: far from the threshold it changes nothing, and as wide as it some
/// points breach and others do not.
#[test]
fn noise_is_drawn_for_each_data_point() {
    let with = |noise, threshold| {
        let evaluation = above(threshold, 60, 1, 1);
        let mut story = erring(1, 100, 0.0, alarm(metric(5.0, noise), evaluation));
        story.setup.timeline.clear();
        // Something has to watch it, and nothing else to happen.
        let settings = DaemonSettings {
            alarms: vec![Id::new(0)],
            bake: SimDuration::from_secs(86_400),
            ..daemon(NEW.index() as u32, 100)
        };
        let mut story = story.at(ASKED, Request::UpdateDaemon { daemon: DAEMON, settings });
        story.setup.delays.deploy_decision = always(0);
        story
    };
    let uniform = Some(Distribution::Uniform { min: -1.0, max: 1.0 });
    assert!(watch(&with(None, 5.0).setup).alarm(0).is_empty());
    assert!(watch(&with(uniform.clone(), 6.0).setup).alarm(0).is_empty());
    // Half of the points breach: it rings soon, and changes about every other minute.
    let mut changes = 0;
    for replication in 0..20 {
        let mut story = with(uniform.clone(), 5.0);
        // It is looked at, but rolls nothing back.
        if let Some(timed) = story.setup.timeline.last_mut()
            && let Request::UpdateDaemon { settings, .. } = &mut timed.request
        {
            settings.bake = SimDuration::from_secs(7_200);
        }
        story.setup.delays.alarm_poll = always(30 * 24 * 3_600_000);
        let seen = super::watch_one(&story.setup, replication);
        let bakes = ASKED + 400_000;
        let in_bake = seen.alarm(0).into_iter().filter(|(at, ..)| (bakes..bakes + 6_000_000).contains(at));
        changes += in_bake.count();
    }
    // A hundred points in each of 20 runs; each differs from the one before with probability 1/2.
    let (mean, deviation) = (20.0 * 100.0 / 2.0, (20.0_f64 * 100.0 / 4.0).sqrt());
    assert!((changes as f64 - mean).abs() < 3.29 * deviation, "{changes} changes, {mean} expected");
}
