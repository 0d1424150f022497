//! Deployments that watch alarms: those that they will ignore, and bakes that are over before an alarm can have rung.

use super::alarms::{always_breaches, breaches};
use crate::kernel::{Distribution, SimDuration, SimTime};
use crate::model::assumptions::{AlarmIgnoreScope, AlarmWindow, Assumptions};
use crate::model::{Alarm, AlarmId, AlarmSource, AlarmState, Evaluation, MetricSource};
use crate::scenario::duration;
use crate::scenario::error::Finding;
use crate::scenario::law::ends;
use crate::scenario::lower::Notes;
use crate::scenario::source::Span;
use crate::world::setup::{DaemonSettings, Setup};
use std::collections::BTreeSet;

/// Notes what is wrong with the alarms of a deployment that begins at `at`: those that it will ignore, and a bake that
/// is over before they can have rung. `mute` are alarms that never ring.
pub(super) fn deployment(
    setup: &Setup,
    settings: &DaemonSettings,
    mute: &BTreeSet<AlarmId>,
    (at, place): (SimTime, Span),
    notes: &mut Notes,
) {
    let mut slowest: Option<(SimDuration, &Alarm, &Evaluation)> = None;
    for id in settings.alarms.iter().filter(|id| !mute.contains(id)) {
        let alarm = &setup.alarms[id.index()];
        let name = &alarm.name;
        match (anyway(alarm, at, &setup.assumptions), &alarm.source) {
            (Some(Anyway::Rings(why)), _) => {
                let what = match setup.assumptions.alarm_ignore_scope {
                    AlarmIgnoreScope::PerAlarm => "this alarm",
                    AlarmIgnoreScope::All => "all its alarms (alarmIgnoreScope: all)",
                };
                let until =
                    if setup.assumptions.ignored_alarm_rearms { "until it has been OK" } else { "for good" };
                let message =
                    format!("{name} {why} when this deployment begins, which ignores {what} {until} (A-15)");
                notes.warn(Finding::new(place, message));
            }
            (Some(Anyway::WillRing), _) => {
                let message = format!(
                    "{name} rings even without the daemon, soon after the start: it may roll this deployment back, \
                     whatever the daemon does"
                );
                notes.warn(Finding::new(place, message));
            }
            (None, AlarmSource::Metric(_, rules)) => {
                let found = detection(rules, &setup.assumptions);
                if slowest.is_none_or(|(longest, ..)| found > longest) {
                    slowest = Some((found, alarm, rules));
                }
            }
            (None, AlarmSource::Script(_)) => (),
        }
    }
    let Some((found, alarm, rules)) = slowest else { return };
    let poll = nearly_longest(&setup.delays.alarm_poll);
    let latest = found + poll;
    if settings.bake >= latest {
        return;
    }
    let until_looked = match setup.assumptions.alarm_window {
        AlarmWindow::Sliding => format!("{} until they are looked at", duration::text(tick(rules))),
        AlarmWindow::WallClock => format!("up to {} until the first begins", duration::text(rules.period)),
    };
    let bake = match settings.bake {
        SimDuration::ZERO => "there is no bake".to_owned(),
        bake => format!("the bake lasts {}", duration::text(bake)),
    };
    let message = format!(
        "{bake}, but a defect that shows when the last wave is done is found up to {} later: {} takes {} of {}, \
         {until_looked}, and {} of alarmPoll",
        duration::text(latest),
        alarm.name,
        points(rules.datapoints_to_alarm),
        duration::text(rules.period),
        duration::text(poll)
    );
    let minutes = latest.as_ms().div_ceil(60_000);
    notes.warn(Finding::new(place, message).allowed(format!("`bakeTimeInMinutes: {minutes}` or more")));
}

fn points(count: u32) -> String {
    if count == 1 { "1 data point".to_owned() } else { format!("{count} data points") }
}

/// What an alarm does to a deployment that begins at a time, whatever the daemon does.
enum Anyway {
    /// It is in ALARM, for this reason.
    Rings(&'static str),
    /// It comes to ALARM a little later.
    WillRing,
}

/// None: what an alarm does hangs on the daemon.
fn anyway(alarm: &Alarm, at: SimTime, assumptions: &Assumptions) -> Option<Anyway> {
    let rules = match &alarm.source {
        AlarmSource::Script(states) => {
            let before = states.partition_point(|(when, _)| *when <= at);
            let state = before.checked_sub(1).map_or(alarm.starts_in, |last| states[last].1);
            return (state == AlarmState::Alarm).then_some(Anyway::Rings("is in ALARM"));
        }
        AlarmSource::Metric(_, rules) => rules,
    };
    let ringing = alarm.starts_in == AlarmState::Alarm;
    if !rings_alone(alarm) {
        // Before there is a data point, nothing can take it out of the state that it starts in.
        let early = at <= SimTime::ZERO + rules.period;
        return (ringing && early).then_some(Anyway::Rings("starts in ALARM, and may still be so"));
    }
    let rung = ringing || at >= SimTime::ZERO + detection(rules, assumptions);
    Some(if rung {
        Anyway::Rings("rings even without the daemon, and so is in ALARM")
    } else {
        Anyway::WillRing
    })
}

/// Whether an alarm's metric breaches with its baseline alone, or a percentage whatever it is.
fn rings_alone(alarm: &Alarm) -> bool {
    match &alarm.source {
        AlarmSource::Script(_) => false,
        AlarmSource::Metric(MetricSource::Contributions { baseline, .. }, rules) => {
            breaches(*baseline, rules)
        }
        AlarmSource::Metric(MetricSource::Builtin(builtin), rules) => {
            always_breaches(super::alarms::largest(*builtin), rules)
        }
    }
}

/// How long after a step an alarm rings at the latest. Evaluated every minute (every ten seconds for short periods),
/// it takes M whole periods and one more look; by the clock's own periods, the one that has begun is lost.
fn detection(rules: &Evaluation, assumptions: &Assumptions) -> SimDuration {
    let wait = match assumptions.alarm_window {
        AlarmWindow::Sliding => tick(rules),
        AlarmWindow::WallClock => rules.period,
    };
    let points = rules.period.as_ms().saturating_mul(u64::from(rules.datapoints_to_alarm));
    SimDuration::from_ms(points) + wait
}

/// From one evaluation to the next.
fn tick(rules: &Evaluation) -> SimDuration {
    SimDuration::from_secs(if rules.period < SimDuration::from_secs(60) { 10 } else { 60 })
}

/// The upper end of a delay or, where there is none, what nineteen of twenty draws stay below.
fn nearly_longest(law: &Distribution) -> SimDuration {
    /// −ln 0.05: so many means are the 95th percentile of an exponential law.
    const NINETEEN_OF_TWENTY: f64 = 2.995_732_273_553_991;
    let times = |of: SimDuration, factor: f64| SimDuration::from_ms((of.as_ms() as f64 * factor) as u64);
    match law {
        Distribution::Lognormal { p95, .. } => *p95,
        Distribution::Exponential { mean } => times(*mean, NINETEEN_OF_TWENTY),
        Distribution::Weibull { shape, scale } => times(*scale, libm::pow(NINETEEN_OF_TWENTY, 1.0 / shape)),
        Distribution::Mixture(parts) => {
            let longest = parts.iter().map(|(_, part)| nearly_longest(part)).max();
            longest.unwrap_or(SimDuration::ZERO)
        }
        Distribution::Constant(_)
        | Distribution::Uniform { .. }
        | Distribution::Triangular { .. }
        | Distribution::Empirical(_) => ends(law).1.unwrap_or(SimDuration::ZERO),
    }
}

#[cfg(test)]
mod tests {
    use crate::scenario::check::tests::warnings;

    /// What is said of a deployment at `at` that watches `x` and bakes so long.
    fn of(at: &str, bake: u32, alarm: &str, rest: &str) -> Vec<String> {
        warnings(&format!(
            "
capacityProviders: [{{name: p, instanceTypes: [c6g.xlarge]}}]
daemonTaskDefinitions: [{{family: agent, cpu: 256, memory: 512, behaviour: {{metrics: {{errors: 1}}}}}}]
alarms: [{{alarmName: x, {alarm}}}]
timeline:
  - at: {at}
    createDaemon:
      daemonName: a
      daemonTaskDefinitionArn: agent
      capacityProviderArns: [p]
      deploymentConfiguration: {{bakeTimeInMinutes: {bake}, alarms: {{enable: true, alarmNames: [x]}}}}
{rest}"
        ))
    }

    fn rule(period: u32, periods: u32, points: u32) -> String {
        format!(
            "metric: {{name: errors}}, period: {period}, evaluationPeriods: {periods}, datapointsToAlarm: {points}, \
             threshold: 0.5, comparisonOperator: GreaterThanThreshold"
        )
    }

    #[test]
    fn a_bake_is_as_long_as_the_slowest_alarm() {
        // Three minutes, one more until they are looked at, and half a minute of alarmPoll: 4m30s.
        assert_eq!(
            of("1h", 4, &rule(60, 5, 3), ""),
            [
                "the bake lasts 4m, but a defect that shows when the last wave is done is found up to 4m30s later: x takes \
              3 data points of 1m, 1m until they are looked at, and 30s of alarmPoll"
            ]
        );
        assert!(of("1h", 5, &rule(60, 5, 3), "").is_empty());
        assert!(of("1h", 0, &rule(60, 1, 1), "")[0].starts_with("there is no bake, but"));
        // Short periods are looked at every ten seconds: 2·10 + 10 + 30 s is a minute, sharp.
        assert!(of("1h", 1, &rule(10, 2, 2), "").is_empty());
        assert!(of("1h", 1, &rule(10, 3, 3), "")[0].contains("is found up to 1m10s later"));
    }

    #[test]
    fn an_alarm_that_never_rings_needs_no_bake() {
        let never = rule(60, 5, 3).replace("threshold: 0.5", "threshold: 1.5");
        let all = of("1h", 0, &never, "");
        assert!(all.len() == 1 && all[0].contains("can never reach ALARM"), "{all:?}");
    }

    #[test]
    fn windows_by_the_clock_lose_the_period_that_has_begun() {
        let clock = "assumptions: {alarmWindow: wallClock}";
        // (2 + 1)·5 min and 30 s.
        assert!(of("1h", 16, &rule(300, 2, 2), clock).is_empty());
        let late = of("1h", 15, &rule(300, 2, 2), clock);
        assert!(
            late[0]
                .contains("found up to 15m30s later: x takes 2 data points of 5m, up to 5m until the first")
        );
        // Sliding: 2·5 min, 1 min and 30 s.
        assert!(of("1h", 12, &rule(300, 2, 2), "").is_empty());
    }

    #[test]
    fn a_poll_of_chance_counts_with_its_long_draws() {
        let poll = |law: &str| format!("delays: {{alarmPoll: {law}}}");
        let one = rule(60, 1, 1);
        // 1 + 1 min, and 20 s to 1 min; nineteen of twenty below 2 min; 3.0 times 20 s.
        assert!(of("1h", 3, &one, &poll("{uniform: [20s, 60s]}")).is_empty());
        assert!(
            of("1h", 3, &one, &poll("{lognormal: {median: 30s, p95: 2m}}"))[0].contains("up to 4m later")
        );
        assert!(of("1h", 2, &one, &poll("{exponential: {mean: 20s}}"))[0].contains("up to 2m59s914ms later"));
    }

    #[test]
    fn alarms_that_ring_already_are_ignored() {
        let script = "script: [{at: 1h, state: ALARM}, {at: 2h, state: OK}]";
        let ignored =
            "x is in ALARM when this deployment begins, which ignores this alarm until it has been OK (A-15)";
        assert_eq!(of("1h", 0, script, ""), [ignored]);
        assert_eq!(of("119m", 0, script, ""), [ignored]);
        assert!(of("59m", 0, script, "").is_empty());
        assert!(of("2h", 0, script, "").is_empty());
        let all = "assumptions: {alarmIgnoreScope: all, ignoredAlarmRearms: false}";
        assert!(
            of("1h", 0, script, all)[0]
                .ends_with("ignores all its alarms (alarmIgnoreScope: all) for good (A-15)")
        );
        assert_eq!(of("0s", 0, "startsIn: ALARM, script: [{at: 2h, state: OK}]", ""), [ignored]);
    }

    #[test]
    fn so_are_those_that_ring_without_the_daemon() {
        let alone = rule(60, 1, 1).replace("{name: errors}", "{name: errors, baseline: 0.6}");
        assert_eq!(
            of("1h", 5, &alone, ""),
            [
                "x rings even without the daemon, and so is in ALARM when this deployment begins, which ignores this alarm \
              until it has been OK (A-15)"
            ]
        );
        // It takes one to two minutes to ring.
        assert!(
            of("1m", 5, &alone, "")[0].contains("it may roll this deployment back, whatever the daemon does")
        );
        assert!(of("2m", 5, &alone, "")[0].contains("is in ALARM when this deployment begins"));
        let starts = format!("startsIn: ALARM, {}", rule(60, 1, 1));
        assert!(of("30s", 5, &starts, "")[0].starts_with("x starts in ALARM, and may still be so when"));
        assert!(of("61s", 5, &starts, "").is_empty());
    }
}
