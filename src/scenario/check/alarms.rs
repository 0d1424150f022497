//! Alarms that cannot do what they are there for: that never ring, always do, or ring too late.

use super::words::number;
use crate::kernel::{Distribution, SimDuration, SimTime};
use crate::model::assumptions::{AlarmIgnoreScope, AlarmWindow, Assumptions};
use crate::model::{
    Alarm, AlarmSource, AlarmState, Builtin, Comparison, DaemonId, DaemonTaskDefinitionId, Evaluation,
    MetricSource, MissingData,
};
use crate::scenario::duration;
use crate::scenario::error::Finding;
use crate::scenario::law::ends;
use crate::scenario::lower::{AlarmPlace, Notes, Places};
use crate::scenario::source::Span;
use crate::world::setup::{DaemonSettings, Request, Setup, TaskDefinitionSetup};
use std::collections::BTreeSet;

/// Looks into a revision's metrics; with more, warnings are no help any more.
const LOOKS_MAX: usize = 2_000_000;

/// Notes alarms that never reach ALARM, and those that always do.
pub(super) fn findings(setup: &Setup, places: &Places, notes: &mut Notes) {
    let rolled = rolled(setup);
    let mut looks = 0;
    for (alarm, place) in setup.alarms.iter().zip(&places.alarms) {
        looks += rolled.len() + setup.task_definitions.len();
        if looks > LOOKS_MAX {
            return;
        }
        match &alarm.source {
            AlarmSource::Script(states) => {
                let rings = |(_, state): &(SimTime, AlarmState)| *state == AlarmState::Alarm;
                if alarm.starts_in != AlarmState::Alarm && !states.iter().any(rings) {
                    let message = "the alarm can never reach ALARM: its script has no such state";
                    notes.warn(Finding::new(place.name, message));
                }
            }
            AlarmSource::Metric(MetricSource::Contributions { name, baseline, noise }, rules) => {
                let range = Range::of(setup, &rolled, name, *baseline, noise.as_ref());
                metric(setup, name, &range, rules, *place, notes);
            }
            AlarmSource::Metric(MetricSource::Builtin(builtin), rules) => {
                percent(*builtin, rules, place.name, notes);
            }
        }
    }
}

/// Notes what is wrong with the alarms of a deployment that begins at `at`: those that it will ignore, and a bake that
/// is over before they can have rung.
pub(super) fn deployment(
    setup: &Setup,
    settings: &DaemonSettings,
    at: SimTime,
    place: Span,
    notes: &mut Notes,
) {
    let mut slowest: Option<(SimDuration, &Alarm, &Evaluation)> = None;
    for alarm in settings.alarms.iter().map(|id| &setup.alarms[id.index()]) {
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

/// The daemon revisions that requests roll out, each with its daemon.
fn rolled(setup: &Setup) -> BTreeSet<(DaemonId, DaemonTaskDefinitionId)> {
    let timeline = setup.timeline.iter().map(|timed| &timed.request);
    let mut rolled = BTreeSet::new();
    for request in setup.before.iter().chain(timeline) {
        if let Request::CreateDaemon { daemon, settings } | Request::UpdateDaemon { daemon, settings } =
            request
        {
            rolled.insert((*daemon, settings.task_definition));
        }
    }
    rolled
}

/// Between what values a metric can lie, and how these come about.
struct Range {
    low: f64,
    high: f64,
    low_sum: Vec<String>,
    high_sum: Vec<String>,
}

impl Range {
    /// Each daemon has one revision on an instance, or none; of apps, all revisions might meet there.
    fn of(
        setup: &Setup,
        rolled: &BTreeSet<(DaemonId, DaemonTaskDefinitionId)>,
        name: &str,
        baseline: f64,
        noise: Option<&Distribution<f64>>,
    ) -> Range {
        let sum = vec![format!("{} (baseline)", number(baseline))];
        let mut range = Range { low: baseline, high: baseline, low_sum: sum.clone(), high_sum: sum };
        let (mut least, mut most) = (Part::default(), Part::default());
        let mut of = None;
        for (daemon, definition) in rolled {
            if of != Some(*daemon) {
                range.add(std::mem::take(&mut least), std::mem::take(&mut most));
                of = Some(*daemon);
            }
            let definition = &setup.daemon_task_definitions[definition.index()];
            let value = contribution(definition, name).unwrap_or(0.0);
            if value < least.value {
                least = Part { value, of: Some(definition) };
            }
            if value > most.value {
                most = Part { value, of: Some(definition) };
            }
        }
        range.add(least, most);
        for definition in &setup.task_definitions {
            let part = Part { value: contribution(definition, name).unwrap_or(0.0), of: Some(definition) };
            if part.value < 0.0 {
                range.add(part, Part::default());
            } else if part.value > 0.0 {
                range.add(Part::default(), part);
            }
        }
        if let Some(noise) = noise {
            let (low, high) = ends(noise);
            range.low += low;
            range.low_sum.push(format!("{} (noise)", number(low)));
            range.high += high.unwrap_or(f64::INFINITY);
            range.high_sum.extend(high.map(|high| format!("{} (noise)", number(high))));
        }
        range
    }

    fn add(&mut self, least: Part<'_>, most: Part<'_>) {
        let told =
            |part: &Part<'_>| part.of.map(|of| format!("{} ({})", number(part.value), of.definition.label()));
        self.low += least.value;
        self.low_sum.extend(told(&least));
        self.high += most.value;
        self.high_sum.extend(told(&most));
    }
}

/// What a revision adds; nothing where none is named.
#[derive(Clone, Copy, Default)]
struct Part<'s> {
    value: f64,
    of: Option<&'s TaskDefinitionSetup>,
}

fn contribution(definition: &TaskDefinitionSetup, name: &str) -> Option<f64> {
    let metrics = &definition.behaviour.metrics;
    let at = metrics.binary_search_by(|(metric, _)| metric.as_str().cmp(name)).ok()?;
    Some(metrics[at].1)
}

fn metric(
    setup: &Setup,
    name: &str,
    range: &Range,
    rules: &Evaluation,
    place: AlarmPlace,
    notes: &mut Notes,
) {
    let definitions = || setup.daemon_task_definitions.iter().chain(&setup.task_definitions);
    let known = definitions().any(|definition| contribution(definition, name).is_some());
    let never = (!can_breach(range.low, range.high, rules)).then(|| {
        let (most, sum, value) = match rules.comparison {
            Comparison::AtLeast | Comparison::Above => ("most", &range.high_sum, range.high),
            Comparison::Below | Comparison::AtMost => ("least", &range.low_sum, range.low),
        };
        let result = if sum.len() > 1 { format!(" = {}", number(value)) } else { String::new() };
        format!("its metric is at {most} {}{result}, which is not {}", sum.join(" + "), asked(rules))
    });
    match (known, never) {
        (true, None) => (),
        (true, Some(never)) => {
            notes.warn(Finding::new(place.name, format!("the alarm can never reach ALARM: {never}")));
        }
        (false, never) => {
            let names = definitions().flat_map(|d| d.behaviour.metrics.iter().map(|(name, _)| name.as_str()));
            let so = never
                .map_or(String::new(), |never| format!(", so that the alarm can never reach ALARM: {never}"));
            let message = format!("no task definition's `behaviour.metrics` adds to this metric{so}");
            notes.warn(Finding::new(place.metric, message).near(name, names));
        }
    }
}

/// A percentage that is compared with what it cannot be, or always is.
fn percent(builtin: Builtin, rules: &Evaluation, place: Span, notes: &mut Notes) {
    let name = builtin_word(builtin);
    if !can_breach(0.0, 100.0, rules) {
        let message = format!(
            "the alarm can never reach ALARM: {name} lies between 0 and 100, and is not {}",
            asked(rules)
        );
        notes.warn(Finding::new(place, message));
    } else if always_breaches(rules) {
        let message = format!(
            "the alarm rings all the time, so that deployments ignore it: {name} lies between 0 and 100, and is \
             always {}",
            asked(rules)
        );
        notes.warn(Finding::new(place, message));
    }
}

pub(super) fn builtin_word(builtin: Builtin) -> &'static str {
    match builtin {
        Builtin::RunningTasks => "RunningTasksPercent",
        Builtin::WithoutDaemon => "WithoutDaemonPercent",
        Builtin::Draining => "DrainingPercent",
    }
}

/// `≥ 0.02`.
pub(super) fn asked(rules: &Evaluation) -> String {
    let sign = match rules.comparison {
        Comparison::AtLeast => "≥",
        Comparison::Above => ">",
        Comparison::Below => "<",
        Comparison::AtMost => "≤",
    };
    format!("{sign} {}", number(rules.threshold))
}

/// Whether a value between these can breach, as far as nine decimals tell. What is missing may count as breaching.
fn can_breach(low: f64, high: f64, rules: &Evaluation) -> bool {
    let threshold = rules.threshold;
    let dust = 5e-10_f64.max(threshold.abs() * 4e-15);
    rules.missing == MissingData::Breaching
        || match rules.comparison {
            Comparison::AtLeast => high >= threshold - dust,
            Comparison::Above => high > threshold + dust,
            Comparison::Below => low < threshold - dust,
            Comparison::AtMost => low <= threshold + dust,
        }
}

/// Whether any percentage breaches.
fn always_breaches(rules: &Evaluation) -> bool {
    breaches(0.0, rules) && breaches(100.0, rules)
}

fn breaches(value: f64, rules: &Evaluation) -> bool {
    match rules.comparison {
        Comparison::AtLeast => value >= rules.threshold,
        Comparison::Above => value > rules.threshold,
        Comparison::Below => value < rules.threshold,
        Comparison::AtMost => value <= rules.threshold,
    }
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
        AlarmSource::Metric(MetricSource::Builtin(_), rules) => always_breaches(rules),
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
