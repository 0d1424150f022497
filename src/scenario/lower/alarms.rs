//! CloudWatch alarms: PutMetricAlarm's rules, and where values come from.

use super::directory::Directory;
use super::files::Files;
use super::{AlarmPlace, Notes};
use crate::kernel::{SimDuration, SimTime};
use crate::model::{
    Alarm, AlarmSource, AlarmState, Builtin, Comparison, Evaluation, MetricSource, MissingData,
};
use crate::scenario::error::Finding;
use crate::scenario::format::{self, Document};
use crate::scenario::number::to_f64;
use crate::scenario::source::Span;

/// What an alarm's evaluation may look back on.
const DAY: i128 = 86_400;
const WEEK: i128 = 604_800;

/// Alarms by id, each with its place. None: something is wrong with one, and has been noted.
pub(super) fn alarms(
    document: &Document,
    directory: &Directory<'_>,
    notes: &mut Notes,
    files: &mut Files<'_>,
) -> Option<Vec<(Alarm, AlarmPlace)>> {
    let slots = document.alarms.get().map_or(&[][..], Vec::as_slice);
    // Each is lowered, so that each tells what is wrong with it.
    let lowered: Vec<_> = slots
        .iter()
        .map(|slot| {
            let form = slot.get()?;
            let metric = form.metric.get().map_or(form.name.at, |metric| metric.name.at);
            Some((alarm(form, notes, files)?, AlarmPlace { name: form.name.at, metric }))
        })
        .collect();
    let mut alarms = lowered.into_iter().collect::<Option<Vec<_>>>()?;
    alarms.sort_by_key(|(alarm, _)| directory.alarms.id(&alarm.name));
    Some(alarms)
}

fn alarm(form: &format::Alarm, notes: &mut Notes, files: &mut Files<'_>) -> Option<Alarm> {
    let sources = [form.metric.is_given(), form.builtin.is_given(), form.script.is_given()];
    let sources = sources.iter().filter(|given| **given).count();
    if sources != 1 {
        let finding = Finding::new(form.at, "an alarm has one source")
            .found(format!("found {sources}"))
            .allowed("one of `metric`, `builtin` and `script`");
        notes.wrong(finding);
        return None;
    }
    let rules = evaluation(form, notes);
    let starts_in = form.starts_in.get().map_or(AlarmState::Ok, |word| state(word.0));
    let source = if form.script.is_given() {
        // What the file says beside a script has been looked at, and means nothing more.
        AlarmSource::Script(script(form, starts_in, notes)?)
    } else {
        let source = match form.builtin.get() {
            Some(word) => Some(MetricSource::Builtin(builtin(word.0))),
            None => metric(form.metric.get(), notes, files),
        };
        AlarmSource::Metric(source?, rules?)
    };
    Some(Alarm { name: form.name.get()?.0.clone(), starts_in, source })
}

/// The states of a script. They come one after the other: out of order, one of the times is a slip, and of two at one
/// time nobody could tell which holds.
fn script(
    form: &format::Alarm,
    starts_in: AlarmState,
    notes: &mut Notes,
) -> Option<Vec<(SimTime, AlarmState)>> {
    let mut states: Vec<(SimTime, AlarmState)> = Vec::new();
    let mut last: Option<(SimTime, Span)> = None;
    let mut whole = true;
    for slot in form.script.get()? {
        let entry = slot.get().and_then(|entry| {
            Some((SimTime::ZERO + *entry.when.get()?, entry.when.at, entry.state.get()?.0, entry.state.at))
        });
        let Some((at, place, word, word_place)) = entry else {
            whole = false;
            continue;
        };
        if let Some((earlier, first)) = last
            && at <= earlier
        {
            let finding = Finding::new(place, "the states of a script come one after the other")
                .also(first, "the one before")
                .allowed("a time after that of the entry before");
            notes.wrong(finding);
            whole = false;
        }
        if states.last().map_or(starts_in, |(_, state)| *state) == state(word) {
            notes.warn(Finding::new(word_place, "the alarm is in this state already"));
        } else {
            states.push((at, state(word)));
        }
        last = Some((at, place));
    }
    whole.then_some(states)
}

fn metric(form: Option<&format::Metric>, notes: &mut Notes, files: &mut Files<'_>) -> Option<MetricSource> {
    let form = form?;
    let noise = files.optional(&form.noise, notes);
    Some(MetricSource::Contributions {
        name: form.name.get()?.0.clone(),
        baseline: form.baseline.get().map_or(0.0, |value| to_f64(value.0)),
        noise: noise?,
    })
}

/// The rules of PutMetricAlarm; none where one is broken, or where a script needs none.
fn evaluation(form: &format::Alarm, notes: &mut Notes) -> Option<Evaluation> {
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
    let period = period(form, notes);
    let periods = form.evaluation_periods.get()?.0;
    let datapoints = form.datapoints_to_alarm.get().map_or(periods, |n| n.0);
    if datapoints > periods {
        let message = format!("{datapoints} data points of {periods} can never breach");
        let finding = Finding::new(form.datapoints_to_alarm.at, message)
            .also(form.evaluation_periods.at, "evaluationPeriods")
            .allowed(format!("1 to {periods}"));
        notes.wrong(finding);
    }
    let period = period?;
    let longest = if period < 3600 { DAY } else { WEEK };
    if period.saturating_mul(periods) > longest {
        let message = format!("{periods} periods of {period} seconds are longer than CloudWatch looks back");
        let finding = Finding::new(form.evaluation_periods.at, message)
            .allowed(format!("period times evaluationPeriods at most {longest} seconds"));
        notes.wrong(finding);
    }
    Some(Evaluation {
        period: SimDuration::from_secs(u64::try_from(period).ok()?),
        evaluation_periods: u32::try_from(periods).ok()?,
        datapoints_to_alarm: u32::try_from(datapoints).ok()?,
        threshold: to_f64(form.threshold.get()?.0),
        comparison: comparison(form.comparison.get()?.0),
        missing: form.treat_missing_data.get().map_or(MissingData::Missing, |word| missing(word.0)),
    })
}

fn period(form: &format::Alarm, notes: &mut Notes) -> Option<i128> {
    let period = form.period.get()?.0;
    if matches!(period, 10 | 20 | 30) || (period >= 60 && period % 60 == 0) {
        return Some(period);
    }
    let finding = Finding::new(form.period.at, format!("{period} is not a period that CloudWatch takes"))
        .found(format!("found {period}"))
        .allowed("10, 20, 30, or a multiple of 60 seconds");
    notes.wrong(finding);
    None
}

fn state(word: format::AlarmWord) -> AlarmState {
    match word {
        format::AlarmWord::Ok => AlarmState::Ok,
        format::AlarmWord::Alarm => AlarmState::Alarm,
        format::AlarmWord::InsufficientData => AlarmState::InsufficientData,
    }
}

fn builtin(word: format::Builtin) -> Builtin {
    match word {
        format::Builtin::RunningTasks => Builtin::RunningTasks,
        format::Builtin::WithoutDaemon => Builtin::WithoutDaemon,
        format::Builtin::Draining => Builtin::Draining,
    }
}

fn comparison(word: format::Comparison) -> Comparison {
    match word {
        format::Comparison::AtLeast => Comparison::AtLeast,
        format::Comparison::Above => Comparison::Above,
        format::Comparison::Below => Comparison::Below,
        format::Comparison::AtMost => Comparison::AtMost,
    }
}

fn missing(word: format::MissingData) -> MissingData {
    match word {
        format::MissingData::Missing => MissingData::Missing,
        format::MissingData::NotBreaching => MissingData::NotBreaching,
        format::MissingData::Breaching => MissingData::Breaching,
        format::MissingData::Ignore => MissingData::Ignore,
    }
}
