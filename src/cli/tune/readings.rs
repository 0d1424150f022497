//! `--vary assumptions`: the same search with every other reading of the assumptions that matters.

use super::super::exit::Failure;
use super::super::study::valid_readings;
use super::question::Question;
use super::runner::Runner;
use crate::scenario::{Axis, AxisValue, Override, READINGS, Scenario};
use crate::study::Study;
use crate::study::grid;
use crate::study::readings::{TRIED, silent};
use crate::study::results::{Head, TuneResult, TunedReadings};
use crate::study::tune::readings::{answer, joined, probes};

/// Searches with each reading and adds what came of it to the result as things are; `axes` is what that was about.
pub(super) fn add(
    question: &Question<'_>,
    axes: &[Axis],
    result: &mut TuneResult,
    runner: &Runner<'_>,
) -> Result<(), Failure> {
    let tried = TRIED.min(question.rules.most);
    let mut found = TunedReadings { tried, ..TunedReadings::default() };
    let (others, invalid) = valid_readings(&question.loaded.loaded, &question.loaded.block.axes);
    found.invalid = invalid;
    let kept = screened(question, axes, result, others, &mut found, runner)?;
    let count = kept.len();
    for (n, (value, axes)) in kept.into_iter().enumerate() {
        // A value of an axis or a bad revision may not go with this reading, though each is fine by itself.
        let Ok(ready) = question.ready(&axes, &value.edits) else {
            found.invalid.push(value.label);
            continue;
        };
        let what = format!("if {}, {} of {count}: ", value.label, n + 1);
        let with = runner.search(question.search(&ready, Vec::new()), &what)?;
        found.searched.push(answer(&value.label, result, &with));
        result.limited += with.limited;
    }
    result.readings = Some(found);
    Ok(())
}

/// The readings that matter, each with what is to be searched then. One with which other batches are worth a look
/// matters in any case; another one, when the first runs of a few settings show it.
fn screened(
    question: &Question<'_>,
    axes: &[Axis],
    result: &TuneResult,
    others: Axis,
    found: &mut TunedReadings,
    runner: &Runner<'_>,
) -> Result<Vec<(AxisValue, Vec<Axis>)>, Failure> {
    let settings = settings(question, axes, result);
    let template = &question.loaded.loaded.template;
    let mut kept: Vec<(AxisValue, Vec<Axis>)> = Vec::new();
    let mut scenarios: Vec<(Vec<String>, Scenario)> = Vec::new();
    for value in others.values {
        let with = |edits: &Vec<Override>| {
            template.try_scenario(&edits.iter().chain(&value.edits).cloned().collect::<Vec<_>>())
        };
        let made: Result<Vec<Scenario>, _> = settings.iter().map(with).collect();
        let (Ok(made), Ok(scenario)) = (made, with(&Vec::new())) else {
            found.invalid.push(value.label);
            continue;
        };
        scenarios.extend(made.into_iter().map(|scenario| (vec![value.label.clone()], scenario)));
        let with = joined(axes, question.axes(&scenario).0);
        kept.push((value, with));
    }
    let labels = |count: usize| (0..count).map(|n| n.to_string()).collect();
    let heads = vec![
        Head { name: READINGS.to_owned(), labels: labels(kept.len()) },
        Head { name: "settings".to_owned(), labels: labels(settings.len()) },
    ];
    let study = Study::new(heads, scenarios);
    let tried = found.tried;
    let silent = runner
        .runs("readings: ", |crew, control, waiting| silent(&study, 0, tried, crew, control, waiting))?;
    // The first of them leaves things as they are.
    let all = kept.into_iter().zip(silent).skip(1);
    let (mut matter, mut none) = (Vec::new(), Vec::new());
    for ((value, with), silent) in all {
        if silent && with == axes {
            none.push(value.label);
        } else {
            matter.push((value, with));
        }
    }
    found.silent = none;
    Ok(matter)
}

/// The edits of the settings that are tried with every reading, each as the scenario is and with the bad revision.
fn settings(question: &Question<'_>, axes: &[Axis], result: &TuneResult) -> Vec<Vec<Override>> {
    let points = grid::points(axes).unwrap_or_default();
    let mut settings = Vec::new();
    for arm in question.arms() {
        for probe in probes(result) {
            let values = points[probe].iter().flat_map(|value| &value.edits);
            settings.push(values.chain(arm).cloned().collect());
        }
    }
    settings
}
