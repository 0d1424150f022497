//! Alarms that never ring, and alarms that always do.

use super::words::number;
use crate::kernel::{Distribution, SimTime};
use crate::model::{
    AlarmId, AlarmSource, AlarmState, Builtin, Comparison, DaemonId, DaemonTaskDefinitionId, Evaluation,
    MetricSource, MissingData,
};
use crate::scenario::error::Finding;
use crate::scenario::law::ends;
use crate::scenario::lower::{AlarmPlace, Notes, Places};
use crate::scenario::source::Span;
use crate::world::setup::{Request, Setup, TaskDefinitionSetup};
use std::collections::BTreeSet;

/// Looks into a revision's metrics; with more, warnings are no help any more.
const LOOKS_MAX: usize = 2_000_000;

/// Notes alarms that never reach ALARM, and those that always do; returns the former.
pub(super) fn findings(setup: &Setup, places: &Places, notes: &mut Notes) -> BTreeSet<AlarmId> {
    let rolled = rolled(setup);
    let mut mute = BTreeSet::new();
    let mut looks = 0;
    for ((id, alarm), place) in (0u32..).zip(&setup.alarms).zip(&places.alarms) {
        looks += rolled.len() + setup.task_definitions.len();
        if looks > LOOKS_MAX {
            break;
        }
        let rings = match &alarm.source {
            AlarmSource::Script(states) => {
                let rings = |(_, state): &(SimTime, AlarmState)| *state == AlarmState::Alarm;
                let rings = alarm.starts_in == AlarmState::Alarm || states.iter().any(rings);
                if !rings {
                    let message = "the alarm can never reach ALARM: its script has no such state";
                    notes.warn(Finding::new(place.name, message));
                }
                rings
            }
            AlarmSource::Metric(MetricSource::Contributions { name, baseline, noise }, rules) => {
                let range = Range::of(setup, &rolled, name, *baseline, noise.as_ref());
                metric(setup, name, &range, rules, *place, notes);
                can_breach(range.low, range.high, rules)
            }
            AlarmSource::Metric(MetricSource::Builtin(builtin), rules) => {
                percent(*builtin, rules, place.name, notes);
                can_breach(0.0, largest(*builtin), rules)
            }
        };
        if !rings {
            mute.insert(AlarmId::new(id));
        }
    }
    mute
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

/// A sum in a line that can still be read.
fn joined(sum: &[String]) -> String {
    const TOLD: usize = 6;
    match sum.len().saturating_sub(TOLD) {
        0 => sum.join(" + "),
        more => format!("{} + {more} more", sum[..TOLD].join(" + ")),
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
        format!("its metric is at {most} {}{result}, which is not {}", joined(sum), asked(rules))
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
    let most = largest(builtin);
    let lies = if most > 100.0 { "is never below 0" } else { "lies between 0 and 100" };
    if !can_breach(0.0, most, rules) {
        let message = format!("the alarm can never reach ALARM: {name} {lies}, and is not {}", asked(rules));
        notes.warn(Finding::new(place, message));
    } else if always_breaches(most, rules) {
        let message = format!(
            "the alarm rings all the time, so that deployments ignore it: {name} {lies}, and is always \
             {}",
            asked(rules)
        );
        notes.warn(Finding::new(place, message));
    }
}

/// The largest that a measure can be. More tasks than desired run while replacements stand beside old ones.
pub(super) fn largest(builtin: Builtin) -> f64 {
    match builtin {
        Builtin::RunningTasks => 1e6,
        Builtin::WithoutDaemon | Builtin::Draining => 100.0,
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
pub(super) fn always_breaches(most: f64, rules: &Evaluation) -> bool {
    breaches(0.0, rules) && breaches(most, rules)
}

/// Whether one value breaches.
pub(super) fn breaches(value: f64, rules: &Evaluation) -> bool {
    match rules.comparison {
        Comparison::AtLeast => value >= rules.threshold,
        Comparison::Above => value > rules.threshold,
        Comparison::Below => value < rules.threshold,
        Comparison::AtMost => value <= rules.threshold,
    }
}

#[cfg(test)]
mod tests {
    use crate::scenario::check::tests::warnings;

    /// A daemon whose first revision adds nothing and whose second adds 0.04 to `errors`, beside another that adds
    /// 0.02 and takes 0.5 from `speed`; a third revision is never rolled out.
    const BASE: &str = "
capacityProviders: [{name: p, instanceTypes: [c6g.xlarge]}]
taskDefinitions: [{family: app, cpu: 512, memory: 1024}]
daemonTaskDefinitions:
  - {family: agent, cpu: 256, memory: 512}
  - {family: agent, cpu: 256, memory: 512, behaviour: {metrics: {errors: 0.04}}}
  - {family: agent, cpu: 256, memory: 512, behaviour: {metrics: {errors: 0.4, unused: 1}}}
  - {family: other, cpu: 256, memory: 512, behaviour: {metrics: {errors: 0.02, speed: -0.5}}}
before:
  - createDaemon: {daemonName: a, daemonTaskDefinitionArn: 'agent:1', capacityProviderArns: [p]}
  - createDaemon: {daemonName: b, daemonTaskDefinitionArn: other, capacityProviderArns: [p]}
timeline:
  - {at: 1h, updateDaemon: {daemonArn: a, daemonTaskDefinitionArn: 'agent:2', capacityProviderArns: [p]}}
";

    /// What is said of an alarm with this source and rule.
    fn of(source: &str, comparison: &str, threshold: &str) -> Vec<String> {
        warnings(&format!(
            "{BASE}alarms: [{{alarmName: x, {source}, period: 60, evaluationPeriods: 1, \
             comparisonOperator: {comparison}, threshold: {threshold}}}]"
        ))
    }

    const ABOVE: &str = "GreaterThanThreshold";
    const AT_LEAST: &str = "GreaterThanOrEqualToThreshold";
    const BELOW: &str = "LessThanThreshold";
    const AT_MOST: &str = "LessThanOrEqualToThreshold";

    #[test]
    fn a_metric_that_stays_below_its_threshold_never_rings() {
        // 0.01 + 0.04 of the one daemon and 0.02 of the other + 0.005 of noise: 0.075.
        let errors = "metric: {name: errors, baseline: 0.01, noise: {uniform: [-0.005, 0.005]}}";
        let never = "the alarm can never reach ALARM: its metric is at most 0.01 (baseline) + 0.04 (agent:2) + 0.02 \
                     (other:1) + 0.005 (noise) = 0.075, which is not";
        assert_eq!(of(errors, ABOVE, "0.075"), [format!("{never} > 0.075")]);
        assert_eq!(of(errors, AT_LEAST, "0.076"), [format!("{never} ≥ 0.076")]);
        assert!(of(errors, AT_LEAST, "0.075").is_empty());
        assert!(of(errors, ABOVE, "0.0749").is_empty());
        // Nothing is the largest that `speed` gets.
        let speed = "metric: {name: speed}";
        assert_eq!(
            of(speed, ABOVE, "0"),
            ["the alarm can never reach ALARM: its metric is at most 0 (baseline), which is not > 0"]
        );
        assert!(of(speed, AT_LEAST, "0").is_empty());
    }

    #[test]
    fn and_one_that_stays_above_when_it_rings_below() {
        // 1 − 0.5.
        let speed = "metric: {name: speed, baseline: 1}";
        let never = "the alarm can never reach ALARM: its metric is at least 1 (baseline) + -0.5 (other:1) = 0.5, which \
                     is not";
        assert_eq!(of(speed, BELOW, "0.5"), [format!("{never} < 0.5")]);
        assert_eq!(of(speed, AT_MOST, "0.4"), [format!("{never} ≤ 0.4")]);
        assert!(of(speed, AT_MOST, "0.5").is_empty());
        assert!(of(speed, BELOW, "0.6").is_empty());
    }

    #[test]
    fn noise_without_an_end_can_do_anything_above() {
        let noisy = "metric: {name: errors, noise: {exponential: {mean: 0.001}}}";
        assert!(of(noisy, ABOVE, "1000").is_empty());
        assert_eq!(
            of(noisy, BELOW, "0"),
            [
                "the alarm can never reach ALARM: its metric is at least 0 (baseline) + 0 (noise) = 0, which is not < 0"
            ]
        );
    }

    #[test]
    fn what_is_missing_may_breach() {
        let rule = "metric: {name: errors}, treatMissingData: breaching";
        assert!(of(rule, ABOVE, "100").is_empty());
    }

    #[test]
    fn metrics_that_nothing_adds_to_are_named() {
        let unknown = of("metric: {name: erors, baseline: 0.5}", ABOVE, "0.1");
        assert_eq!(unknown, ["no task definition's `behaviour.metrics` adds to this metric"]);
        let never = of("metric: {name: erors}", ABOVE, "0.1");
        assert_eq!(
            never,
            [
                "no task definition's `behaviour.metrics` adds to this metric, so that the alarm can never reach ALARM: its \
              metric is at most 0 (baseline), which is not > 0.1"
            ]
        );
        // One that only a revision adds to that is never rolled out.
        assert!(
            of("metric: {name: unused}", ABOVE, "0")[0].contains("at most 0 (baseline), which is not > 0")
        );
    }

    #[test]
    fn long_sums_are_cut() {
        let parts: Vec<String> = (1..=8).map(|n| n.to_string()).collect();
        assert_eq!(super::joined(&parts[..6]), "1 + 2 + 3 + 4 + 5 + 6");
        assert_eq!(super::joined(&parts), "1 + 2 + 3 + 4 + 5 + 6 + 2 more");
    }

    #[test]
    fn percentages_are_compared_with_percentages() {
        let draining = |comparison, threshold| of("builtin: DrainingPercent", comparison, threshold);
        let never = "the alarm can never reach ALARM: DrainingPercent lies between 0 and 100, and is not";
        assert_eq!(draining(ABOVE, "100"), [format!("{never} > 100")]);
        assert_eq!(draining(BELOW, "0"), [format!("{never} < 0")]);
        assert_eq!(draining(AT_MOST, "-1"), [format!("{never} ≤ -1")]);
        let always = "the alarm rings all the time, so that deployments ignore it: DrainingPercent lies between 0 and \
                      100, and is always";
        assert_eq!(draining(AT_LEAST, "0"), [format!("{always} ≥ 0")]);
        assert_eq!(draining(AT_MOST, "100"), [format!("{always} ≤ 100")]);
        for (comparison, threshold) in [(ABOVE, "0"), (AT_LEAST, "100"), (BELOW, "100"), (AT_MOST, "0")] {
            assert!(draining(comparison, threshold).is_empty(), "{comparison} {threshold}");
        }
    }

    #[test]
    fn scripts_without_an_alarm() {
        let script = |rest: &str| warnings(&format!("{BASE}alarms: [{{alarmName: x, {rest}}}]"));
        let never = "the alarm can never reach ALARM: its script has no such state";
        assert_eq!(script("script: []"), [never]);
        assert_eq!(script("script: [{at: 1h, state: INSUFFICIENT_DATA}, {at: 2h, state: OK}]"), [never]);
        assert!(script("script: [{at: 1h, state: ALARM}]").is_empty());
        assert!(script("startsIn: ALARM, script: [{at: 1h, state: OK}]").is_empty());
    }
}
