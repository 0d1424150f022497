//! What metrics make of a rollout, and alarms of metrics, to the millisecond.
//!
//! All delays are constant, so when an instance leaves ACTIVE and when its replacement comes is known beforehand. What
//! an alarm's data points are follows from that step function by sums of whole numbers, worked out here.

use super::looks::{MINUTE, POLL, Rollout, run, stopped_at, succeeded_at, told, watching};
use crate::story::{Story, constant};
use daemonsim::kernel::{Distribution, SimDuration};
use daemonsim::model::assumptions::{AlarmWindow, BreakerThreshold, NonCriticalRelaunch};
use daemonsim::model::{
    Alarm, AlarmSource, AlarmState, Builtin, Comparison, Evaluation, MetricSource, MissingData,
};
use daemonsim::record::FactKind;
use daemonsim::world::setup::Request;

/// Numbers are millionths; a level is 2520 times that, which can be shared among up to ten instances.
const SHARES: u64 = 2_520;
type Levels = Vec<(u64, Option<u64>)>;

/// What the fleet's average is over time when instances with the old revision add `old` and those with the new `new`.
fn averages(plan: &Rollout, old: u64, new: u64) -> Levels {
    let mut levels = vec![(0, Some(old * SHARES))];
    let mut done = 0;
    for (start, size) in &plan.waves {
        let left = plan.fleet - done - size;
        let active = plan.fleet - size;
        levels.push((*start, (active > 0).then(|| (old * left + new * done) * SHARES / active)));
        done += size;
        levels.push((start + plan.comes, Some((old * left + new * done) * SHARES / plan.fleet)));
    }
    levels
}

/// The sum of level-milliseconds in a span, and how many of its milliseconds had a level.
fn sum(levels: &Levels, from: u64, to: u64) -> (u64, u64) {
    let ends = levels.iter().skip(1).map(|(at, _)| *at).chain([u64::MAX]);
    levels.iter().zip(ends).fold((0, 0), |(sum, covered), ((since, level), until)| {
        let ms = to.min(until).saturating_sub(from.max(*since));
        level.map_or((sum, covered), |level| (sum + level * ms, covered + ms))
    })
}

/// What an alarm looks for: `threshold` in millionths.
#[derive(Clone, Copy, Debug)]
struct Rule {
    period: u64,
    n: u64,
    m: u64,
    threshold: u64,
    comparison: Comparison,
    window: AlarmWindow,
}

impl Rule {
    fn step(&self) -> u64 {
        match self.window {
            AlarmWindow::WallClock => self.period,
            AlarmWindow::Sliding => {
                if self.period < MINUTE {
                    10_000
                } else {
                    MINUTE
                }
            }
        }
    }

    fn alarm(&self, source: MetricSource, missing: MissingData) -> Alarm {
        let rule = Evaluation {
            period: SimDuration::from_ms(self.period),
            evaluation_periods: self.n as u32,
            datapoints_to_alarm: self.m as u32,
            threshold: self.threshold as f64 / 1e6,
            comparison: self.comparison,
            missing,
        };
        Alarm { name: "a".into(), starts_in: AlarmState::Ok, source: AlarmSource::Metric(source, rule) }
    }

    /// Whether the data point of the period that ends then breaches; `added` to its average.
    fn breaches(&self, levels: &Levels, added: u64, end: u64) -> bool {
        let Some(from) = end.checked_sub(self.period) else { return false };
        let (sum, covered) = sum(levels, from, end);
        let (value, threshold) = (sum + added * SHARES * covered, self.threshold * SHARES * covered);
        match self.comparison {
            Comparison::AtLeast => value >= threshold,
            Comparison::Above => value > threshold,
            Comparison::Below => value < threshold,
            Comparison::AtMost => value <= threshold,
        }
    }

    /// When the alarm begins and ceases to ring, until then.
    fn turns(&self, levels: &Levels, added: u64, until: u64) -> Vec<(u64, &'static str)> {
        let (mut turns, mut rings) = (Vec::new(), false);
        for end in (1..=until / self.step()).map(|nth| nth * self.step()) {
            let ends = (0..self.n).filter_map(|back| end.checked_sub(back * self.period));
            let now = ends.filter(|end| self.breaches(levels, added, *end)).count() as u64 >= self.m;
            if now != rings {
                turns.push((end, if now { "ALARM" } else { "OK" }));
                rings = now;
            }
        }
        turns
    }
}

/// A run follows its plan: the alarm turns when it should, and the deployment ends as that has it.
fn follows(story: &Story, plan: &Rollout, rule: &Rule, levels: &Levels, added: u64, case: &str) -> bool {
    let turns = rule.turns(levels, added, plan.ends);
    let rings = |look: &u64| turns.iter().rfind(|(at, _)| at <= look).is_some_and(|(_, to)| *to == "ALARM");
    let looks = (1..).map(|k| plan.begins + k * POLL).take_while(|look| *look <= plan.ends);
    let seen = looks.into_iter().find(rings);
    match seen {
        Some(look) => drop(stopped_at(story, look, case)),
        None => succeeded_at(story, plan.ends, case),
    }
    let until = seen.unwrap_or(plan.ends);
    let (_, facts) = run(&story.setup);
    let found: Vec<_> = told(&facts, FactKind::Alarm).into_iter().filter(|(at, _)| *at <= until).collect();
    let expected: Vec<_> = turns.into_iter().filter(|(at, _)| *at <= until).collect();
    assert_eq!(found, expected, "{case}");
    seen.is_some()
}

/// Revision 1 adds `old` to the metric and revision 2 `new`, in millionths.
fn adding(mut story: Story, old: u64, new: u64) -> Story {
    for (row, adds) in story.setup.daemon_task_definitions.iter_mut().zip([old, new]) {
        row.behaviour.metrics = vec![("errorRate".into(), adds as f64 / 1e6), ("other".into(), 7.0)];
    }
    story
}

fn contributions(baseline: u64, noise: Option<u64>) -> MetricSource {
    let noise = noise.map(|noise| Distribution::Constant(noise as f64 / 1e6));
    MetricSource::Contributions { name: "errorRate".into(), baseline: baseline as f64 / 1e6, noise }
}

/// The average rises, or falls, as instances are replaced; each data point is the time-weighted average of its period.
#[test]
fn a_metric_rings_when_enough_periods_breach() {
    let (mut rang, mut silent, mut turn) = (0, 0, 0);
    let bake = 12 * MINUTE;
    for period in [10_000, 20_000, 30_000, MINUTE, 2 * MINUTE, 5 * MINUTE] {
        for (n, m) in [(1, 1), (3, 3), (5, 3), (3, 2)] {
            for window in [AlarmWindow::Sliding, AlarmWindow::WallClock] {
                for (comparison, old, new, threshold) in [
                    (Comparison::Above, 1_000, 40_000, 15_000),
                    (Comparison::AtLeast, 1_000, 40_000, 33_333),
                    (Comparison::Below, 990_000, 10_000, 700_000),
                    (Comparison::AtMost, 990_000, 10_000, 200_001),
                ] {
                    // A different fleet and another moment each time, all of them many times over.
                    turn += 1;
                    let (fleet, percent, batch) = [(4, 25, 1), (5, 40, 2), (6, 50, 3)][turn % 3];
                    let at = [0, 400_000, 777_777, 1_000_003][turn % 4];
                    let (baseline, noise) = [(0, None), (5_000, None), (2_000, Some(3_000))][turn / 3 % 3];
                    let added = baseline + noise.unwrap_or(0);
                    let rule = Rule { period, n, m, threshold: threshold + added, comparison, window };
                    let alarm = rule.alarm(contributions(baseline, noise), MissingData::Missing);
                    let story = adding(watching(at, fleet, percent, bake, vec![alarm]), old, new)
                        .assuming(|a| a.alarm_window = window);
                    let plan = Rollout::of(&story.setup.delays, at, u64::from(fleet), batch, bake);
                    let levels = averages(&plan, old, new);
                    let case = format!("{rule:?}, {fleet} instances, {percent} %, at {at}");
                    let rings = follows(&story, &plan, &rule, &levels, added, &case);
                    *if rings { &mut rang } else { &mut silent } += 1;
                }
            }
        }
    }
    assert!(rang > 150, "{rang} rang, {silent} did not");
}

/// A value that meets the threshold breaches or not, as the operator says; a millisecond less of it does not.
#[test]
fn a_value_may_meet_its_threshold() {
    // All instances bake with the new revision: the average is what it adds, exactly.
    let bake = 10 * MINUTE;
    for (comparison, old, new, rings) in [
        (Comparison::AtLeast, 0, 40_000, true),
        (Comparison::Above, 0, 40_000, false),
        (Comparison::AtMost, 90_000, 40_000, true),
        (Comparison::Below, 90_000, 40_000, false),
    ] {
        for (period, window) in [(10_000, AlarmWindow::Sliding), (MINUTE, AlarmWindow::WallClock)] {
            // The last replacement comes at the very end of a period, or a millisecond earlier or later.
            let plan = |at| Rollout::of(&Story::of_large_tasks(4).setup.delays, at, 4, 1, bake);
            let last = |plan: &Rollout| plan.waves[3].0 + plan.comes;
            let aligned = period - (last(&plan(0)) % period) + period;
            for at in [aligned - 1, aligned, aligned + 1] {
                let rule = Rule { period, n: 1, m: 1, threshold: 40_000, comparison, window };
                let alarm = rule.alarm(contributions(0, None), MissingData::Missing);
                let story = adding(watching(at, 4, 25, bake, vec![alarm]), old, new)
                    .assuming(|a| a.alarm_window = window);
                let plan = plan(at);
                let levels = averages(&plan, old, new);
                let case = format!("{comparison:?}, {period} {window:?}, at {at}");
                // While the last old one drains, all that are ACTIVE are new: its replacement changes nothing.
                assert_eq!(follows(&story, &plan, &rule, &levels, 0, &case), rings, "{case}");
            }
        }
    }
}

/// Built-in measures, each by its own step function.
#[test]
fn builtin_measures_are_what_they_say() {
    let bake = 6 * MINUTE;
    let (fleet, every) = (4, [10_000, 30_000, MINUTE, 2 * MINUTE]);
    let percent = |of: u64, all: u64| Some(of * 100_000_000 * SHARES / all);
    for period in every {
        for window in [AlarmWindow::Sliding, AlarmWindow::WallClock] {
            let of = |builtin, comparison, threshold| {
                let rule = Rule { period, n: 2, m: 2, threshold, comparison, window };
                let alarm = rule.alarm(MetricSource::Builtin(builtin), MissingData::Missing);
                let story =
                    watching(200_000, fleet, 25, bake, vec![alarm]).assuming(|a| a.alarm_window = window);
                let plan = Rollout::of(&story.setup.delays, 200_000, u64::from(fleet), 1, bake);
                (rule, story, plan)
            };
            // A quarter drains alone, then a fifth while the replacement is there, until it deregisters.
            for threshold in [15_000_000, 22_000_000, 24_000_000, 30_000_000] {
                let (rule, story, plan) = of(Builtin::Draining, Comparison::Above, threshold);
                let delays = &story.setup.delays;
                let registers =
                    plan.comes - constant(&delays.daemon_start) - constant(&delays.instance_active);
                let mut levels = vec![(0, Some(0))];
                for (start, _) in &plan.waves {
                    let gone = start + crate::story::cycle(delays) - constant(&delays.terminate);
                    levels.extend([
                        (*start, percent(1, 4)),
                        (start + registers, percent(1, 5)),
                        (gone, Some(0)),
                    ]);
                }
                let case = format!("DrainingPercent above {threshold}, {period} {window:?}");
                let rings = follows(&story, &plan, &rule, &levels, 0, &case);
                assert!(!rings || threshold < 25_000_000, "{case}");
            }
            // Bounds of 50 and 100 stop a task with its instance's drain, and start it anew on another.
            for threshold in [70_000_000, 80_000_000, 99_000_000] {
                let (rule, mut story, mut plan) = of(Builtin::RunningTasks, Comparison::Below, threshold);
                story = story.assuming(|a| a.max_counts_stopping = false);
                if let Request::CreateService { settings, .. } = &mut story.setup.before[0] {
                    settings.minimum_healthy_percent = 50;
                    settings.maximum_percent = 100;
                }
                // The task is gone long before its replacement runs, so the instance waits for neither.
                let delays = &story.setup.delays;
                let cycle = [&delays.drain_react, &delays.app_stop, &delays.daemon_stop, &delays.terminate];
                let every = cycle.into_iter().map(constant).sum::<u64>() + constant(&delays.wave_gap);
                let begins = plan.begins;
                plan.waves = (0..4).map(|w| (begins + w * every, 1)).collect();
                plan.ends =
                    begins + 4 * every - constant(&delays.wave_gap) + constant(&delays.success_check) + bake;
                let runs = plan.comes + constant(&delays.app_start);
                let react = constant(&delays.drain_react);
                let mut turns: Vec<(u64, i64)> = vec![(0, 4)];
                for (start, _) in &plan.waves {
                    turns.extend([(start + react, -1), (start + runs, 1)]);
                }
                turns.sort_unstable();
                let running = turns.iter().scan(0, |all, (at, by)| {
                    *all += by;
                    Some((*at, percent(all.unsigned_abs(), 4)))
                });
                let levels = running.collect();
                let case = format!("RunningTasksPercent below {threshold}, {period} {window:?}");
                follows(&story, &plan, &rule, &levels, 0, &case);
            }
            // A daemon that is not critical and starts nowhere: instances come without it, one after the other.
            for threshold in [20_000_000, 60_000_000, 99_000_000] {
                let (rule, mut story, plan) = of(Builtin::WithoutDaemon, Comparison::Above, threshold);
                story = story.assuming(|a| {
                    a.breaker_threshold = BreakerThreshold::Count(100);
                    a.non_critical_relaunch = NonCriticalRelaunch::Never;
                });
                story.setup.daemon_task_definitions[1].behaviour.fails_to_start = 1.0;
                if let Request::UpdateDaemon { settings, .. } = &mut story.setup.timeline[0].request {
                    settings.critical = false;
                }
                let levels = averages(&plan, 0, 100_000_000);
                let case = format!("WithoutDaemonPercent above {threshold}, {period} {window:?}");
                assert!(follows(&story, &plan, &rule, &levels, 0, &case), "{case}");
            }
        }
    }
}

/// Nothing is ACTIVE while a whole fleet is replaced at once: data points are missing, or averages of what there was.
#[test]
fn nothing_to_measure_is_treated_as_it_should_be() {
    let (at, bake) = (600_000, 10 * MINUTE);
    // Missing since before the third whole period without an instance: two older points are looked back on.
    for (missing, state, rings) in [
        (MissingData::Missing, Some("INSUFFICIENT_DATA"), false),
        (MissingData::Breaching, Some("ALARM"), true),
        (MissingData::NotBreaching, None, false),
        (MissingData::Ignore, None, false),
    ] {
        let comparison = Comparison::Above;
        let window = AlarmWindow::Sliding;
        let rule = Rule { period: MINUTE, n: 1, m: 1, threshold: 30_000, comparison, window };
        let mut story = watching(at, 4, 100, bake, vec![rule.alarm(contributions(0, None), missing)]);
        story.setup.delays.instance_launch = Distribution::Constant(SimDuration::from_ms(400_000));
        let story = adding(story, 10_000, 20_000);
        let plan = Rollout::of(&story.setup.delays, at, 4, 4, bake);
        let third = (plan.begins.div_ceil(MINUTE) + 3) * MINUTE;
        let back = plan.begins + plan.comes;
        let turned = state.map(|state| (third, state));
        if rings {
            stopped_at(&story, plan.look(third), &format!("{missing:?}"));
        } else {
            succeeded_at(&story, plan.ends, &format!("{missing:?}"));
        }
        let found = told(&run(&story.setup).1, FactKind::Alarm);
        assert_eq!(found.first().copied(), turned, "{missing:?}");
        if missing == MissingData::Missing {
            // The first period with an instance in it has an average of its own.
            assert_eq!(found[1..], [((back / MINUTE + 1) * MINUTE, "OK")]);
        }
    }
    // Only the time with an instance counts: a period in which they come at last shows what they add, undiluted.
    for (threshold, rings) in [(20_000, true), (20_001, false)] {
        let (comparison, window) = (Comparison::AtLeast, AlarmWindow::WallClock);
        let rule = Rule { period: 5 * MINUTE, n: 1, m: 1, threshold, comparison, window };
        let alarm = rule.alarm(contributions(0, None), MissingData::Ignore);
        let story = adding(watching(at, 4, 100, bake, vec![alarm]), 1_000, 20_000)
            .assuming(|a| a.alarm_window = window);
        let plan = Rollout::of(&story.setup.delays, at, 4, 4, bake);
        let case = format!("at least {threshold}");
        assert_eq!(follows(&story, &plan, &rule, &averages(&plan, 1_000, 20_000), 0, &case), rings, "{case}");
    }
}

/// Before the clock started things were as the alarm's state says, so that is what periods that began then show.
#[test]
fn the_past_was_as_the_state_says() {
    use AlarmState::{Alarm as Rings, InsufficientData as Unknown, Ok as Quiet};
    use MissingData::{Breaching, Ignore, Missing};
    let (minutes, five) = (MINUTE, 5 * MINUTE);
    // Until the update at an hour all instances add 10,000.
    for (period, n, m, threshold, starts_in, missing, turns) in [
        // Fine from the start: so many fine points until fewer than m breaching ones are looked at.
        (minutes, 3, 3, 30_000, Rings, Missing, vec![(minutes, "OK")]),
        (minutes, 3, 2, 30_000, Rings, Missing, vec![(2 * minutes, "OK")]),
        (minutes, 3, 1, 30_000, Rings, Missing, vec![(3 * minutes, "OK")]),
        (minutes, 3, 2, 30_000, Unknown, Missing, vec![(minutes, "OK")]),
        (minutes, 3, 2, 30_000, Unknown, Breaching, vec![(minutes, "ALARM"), (2 * minutes, "OK")]),
        (minutes, 3, 2, 30_000, Quiet, Missing, vec![]),
        (five, 1, 1, 30_000, Rings, Missing, vec![(five, "OK")]),
        (five, 1, 1, 30_000, Unknown, Missing, vec![(five, "OK")]),
        (10_000, 1, 1, 30_000, Rings, Missing, vec![(10_000, "OK")]),
        // Breaching from the start.
        (minutes, 3, 2, 5_000, Quiet, Missing, vec![(2 * minutes, "ALARM")]),
        (minutes, 3, 2, 5_000, Unknown, Missing, vec![(minutes, "OK"), (2 * minutes, "ALARM")]),
        (minutes, 3, 2, 5_000, Unknown, Breaching, vec![(minutes, "ALARM")]),
        (minutes, 3, 2, 5_000, Unknown, Ignore, vec![(2 * minutes, "ALARM")]),
        (five, 2, 2, 5_000, Quiet, Missing, vec![(2 * five, "ALARM")]),
        (20_000, 3, 3, 5_000, Quiet, Missing, vec![(60_000, "ALARM")]),
        (minutes, 3, 2, 5_000, Rings, Missing, vec![]),
    ] {
        let (comparison, window) = (Comparison::Above, AlarmWindow::Sliding);
        let rule = Rule { period, n, m, threshold, comparison, window };
        let alarm = Alarm { starts_in, ..rule.alarm(contributions(0, None), missing) };
        let hour = 60 * MINUTE;
        let story = adding(watching(hour, 4, 25, 0, vec![alarm]), 10_000, 10_000);
        let found = told(&run(&story.setup).1, FactKind::Alarm);
        let early: Vec<_> = found.into_iter().filter(|(at, _)| *at < hour).collect();
        assert_eq!(early, turns, "{rule:?} from {starts_in:?}, {missing:?}");
    }
}
