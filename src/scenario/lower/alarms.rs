//! Alarms and faults: not simulated yet, but checked as if they were.

use super::Notes;
use super::directory::{Directory, good};
use crate::scenario::error::Finding;
use crate::scenario::format::{Alarm, Document, Fault};
use std::collections::BTreeSet;

/// What an alarm's evaluation may look back on.
const DAY: i128 = 86_400;
const WEEK: i128 = 604_800;

pub(super) fn check(document: &Document, directory: &Directory<'_>, zones: &[String], notes: &mut Notes) {
    let metrics = metrics(document);
    for form in good(&document.alarms) {
        alarm(form, &metrics, notes);
    }
    for slot in document.faults.get().into_iter().flatten() {
        if let Some(form) = slot.get() {
            fault(form, directory, zones, notes);
            notes.unsupported(Finding::new(form.at, "faults are not simulated yet"));
        }
    }
}

/// The metrics that any revision of the lists adds to.
fn metrics(document: &Document) -> BTreeSet<&str> {
    let forms = good(&document.task_definitions).chain(good(&document.daemon_task_definitions));
    let behaviours = forms.filter_map(|form| form.behaviour.get());
    behaviours
        .filter_map(|b| b.metrics.get())
        .flat_map(|m| m.0.iter().map(|(name, _, _)| name.as_str()))
        .collect()
}

fn alarm(form: &Alarm, metrics: &BTreeSet<&str>, notes: &mut Notes) {
    let sources = [form.metric.is_given(), form.builtin.is_given(), form.script.is_given()]
        .iter()
        .filter(|g| **g)
        .count();
    if sources != 1 {
        let finding = Finding::new(form.at, "an alarm has one source")
            .found(format!("found {sources}"))
            .allowed("one of `metric`, `builtin` and `script`");
        notes.wrong(finding);
    }
    if let Some(metric) = form.metric.get()
        && let Some(name) = metric.name.get()
        && !metrics.contains(name.0.as_str())
    {
        let message = "no task definition's `behaviour.metrics` adds to this metric";
        notes.warn(Finding::new(metric.name.at, message).near(&name.0, metrics.iter().copied()));
    }
    let needed = [
        ("period", form.period.is_given()),
        ("evaluationPeriods", form.evaluation_periods.is_given()),
        ("threshold", form.threshold.is_given()),
        ("comparisonOperator", form.comparison.is_given()),
    ];
    for (key, given) in needed {
        if !given && !form.script.is_given() {
            let mut finding = Finding::new(form.at, format!("`{key}` is missing"));
            finding.member = Some(key.to_owned());
            notes.wrong(finding);
        }
    }
    evaluation(form, notes);
}

/// The rules of PutMetricAlarm.
fn evaluation(form: &Alarm, notes: &mut Notes) {
    let period = form.period.get().map(|p| p.0);
    if let Some(period) = period
        && !(matches!(period, 10 | 20 | 30) || (period >= 60 && period % 60 == 0))
    {
        let finding = Finding::new(form.period.at, format!("{period} is not a period that CloudWatch takes"))
            .found(format!("found {period}"))
            .allowed("10, 20, 30, or a multiple of 60 seconds");
        notes.wrong(finding);
        return;
    }
    let Some(periods) = form.evaluation_periods.get().map(|n| n.0) else { return };
    if let Some(datapoints) = form.datapoints_to_alarm.get()
        && datapoints.0 > periods
    {
        let message = format!("{} data points of {periods} can never breach", datapoints.0);
        let finding = Finding::new(form.datapoints_to_alarm.at, message)
            .also(form.evaluation_periods.at, "evaluationPeriods")
            .allowed(format!("1 to {periods}"));
        notes.wrong(finding);
    }
    let Some(period) = period else { return };
    let longest = if period < 3600 { DAY } else { WEEK };
    if period.saturating_mul(periods) > longest {
        let message = format!("{periods} periods of {period} seconds are longer than CloudWatch looks back");
        let finding = Finding::new(form.evaluation_periods.at, message)
            .allowed(format!("period times evaluationPeriods at most {longest} seconds"));
        notes.wrong(finding);
    }
}

fn fault(form: &Fault, directory: &Directory<'_>, zones: &[String], notes: &mut Notes) {
    if form.kinds() != 1 {
        let finding =
            Finding::new(form.at, "a fault is of one kind").found(format!("found {}", form.kinds())).allowed(
                "one of launchFailures, slowLaunches, slowPulls, instanceDeaths, spotInterruptions, \
                 availabilityZoneOutage, agentDisconnects, apiThrottling, killDaemons",
            );
        notes.wrong(finding);
    }
    if let Some(provider) = form.provider.get()
        && directory.providers.id(&provider.name).is_none()
    {
        notes.dangling(form.provider.at, "capacity provider", &provider.name, directory.providers.iter());
    }
    if let Some(zone) = form.zone.get()
        && !zones.contains(&zone.0)
    {
        notes.dangling(form.zone.at, "Availability Zone", &zone.0, zones.iter().map(String::as_str));
    }
}
