//! What a sweep is asked beside its axes: every reading of the assumptions, and a bad revision.

use super::job::Job;
use crate::cli::exit::{Exit, Failure};
use crate::cli::load::Loaded;
use crate::cli::options::ScenarioOptions;
use crate::cli::progress::RunsBar;
use crate::cli::study::{LoadedStudy, StudyOptions, all_apart, share, study_of};
use crate::cli::terminal::Terminal;
use crate::scenario::{Axis, Override, READINGS, Replications, readings_axis};
use crate::study::bad::{self, REVISION};
use crate::study::campaign::Count;
use crate::study::readings::{TRIED, silent};
use crate::study::results::{BadResult, StudyResult};
use crate::study::{Control, Crew, Study};
use clap::Args;
use std::convert::Infallible;
use std::ops::ControlFlow;

/// Options of a bad revision.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct BadOptions {
    /// What makes the new revision a bad one: every point runs with a good and a bad one: `agent:2.failsToStart=0.3`
    #[arg(long, value_name = "PATH=VALUE", help_heading = "Study")]
    pub(super) bad: Vec<String>,

    /// How likely a revision is to be bad: `5%`
    #[arg(long, value_name = "SHARE", value_parser = share, help_heading = "Study")]
    pub(super) bad_probability: Option<f64>,
}

/// What is asked beside the axes.
#[derive(Clone, Debug, Default)]
pub(in crate::cli) struct Extras {
    /// Readings that gave the same numbers in the first runs.
    pub(super) silent: Vec<String>,
    /// How many runs of each point that was.
    pub(super) tried: u64,
    /// Readings with which the scenario is not valid.
    pub(super) invalid: Vec<String>,
    /// How likely a revision is to be bad.
    probability: Option<f64>,
}

/// A study with all its axes: `--vary assumptions` is one of every reading, a bad revision is the last one.
pub(super) fn asked(
    loaded: Loaded,
    options: &StudyOptions,
    bad: &BadOptions,
    terminal: &Terminal,
) -> Result<(LoadedStudy, Extras), Failure> {
    let mut plain = options.clone();
    plain.vary.retain(|vary| vary.trim() != READINGS);
    let mut study = study_of(loaded, &plain, terminal)?;
    refuse_idle(options, study.block.replications)?;
    let mut extras = Extras::default();
    if plain.vary.len() < options.vary.len() {
        if plain.vary.is_empty() {
            // The command line's axes are in place of the file's.
            study.block.axes.clear();
        }
        let template = &study.loaded.template;
        let mut axis = readings_axis(&study.loaded.scenario, "--vary", &study.block.axes);
        axis.values.retain(|value| {
            let valid = template.try_scenario(&value.edits).is_ok();
            if !valid {
                extras.invalid.push(value.label.clone());
            }
            valid
        });
        study.block.axes.push(axis);
    }
    let edits = match &bad.bad[..] {
        [] => study.block.bad.clone(),
        texts => texts.iter().map(|text| edit(text)).collect::<Result<_, _>>()?,
    };
    extras.probability = bad.bad_probability.or(study.block.bad_probability);
    if !edits.is_empty() {
        // What is wrong with them is found when the points are made.
        study.block.axes.push(bad::axis(&edits));
        all_apart(&study.loaded, &study.block.axes)?;
    } else if bad.bad_probability.is_some() {
        let line = "--bad-probability: there is no bad revision; --bad says what makes the new one bad";
        return Err(Failure::new(Exit::Usage, line));
    }
    Ok((study, extras))
}

/// Options that would change nothing. Those of a file wait for a command line that needs them.
fn refuse_idle(options: &StudyOptions, replications: Option<Replications>) -> Result<(), Failure> {
    if replications == Some(Replications::Auto) {
        return Ok(());
    }
    let given = [
        ("--precision", options.precision.is_some()),
        ("--precision-of", options.precision_of.is_some()),
        ("--max-replications", options.max_replications.is_some()),
    ];
    match given.iter().find(|(_, given)| *given) {
        Some((name, _)) => {
            let line = format!("{name} is for --replications auto; without it the number of runs is given");
            Err(Failure::new(Exit::Usage, line))
        }
        None => Ok(()),
    }
}

fn edit(text: &str) -> Result<Override, Failure> {
    match Override::parse(text) {
        Ok(edit) => Ok(Override { option: "--bad", ..edit }),
        Err(why) => Err(Failure::new(Exit::Usage, format!("invalid --bad: {why}"))),
    }
}

/// Runs a few replications of every point, and leaves out the readings that make no difference to any.
pub(super) fn screened(
    job: Job,
    loaded: &LoadedStudy,
    which: &ScenarioOptions,
    terminal: &Terminal,
) -> Result<Job, Failure> {
    let Some(at) = readings_at(&job.study) else { return Ok(job) };
    let most = match &job.count {
        Count::Number(number) => *number,
        Count::Auto(goal) => goal.most,
    };
    let threads = which.threads.map(|n| usize::try_from(n).unwrap_or(usize::MAX));
    let crew = Crew::new(threads).map_err(|e| Failure::io(format!("could not start threads: {e}")))?;
    let control = Control::watched(crate::cli::crash::watch(job.alone.clone()));
    let points = job.study.points.len() as u64;
    let bar = RunsBar::new(terminal, Some(points * most.min(TRIED)));
    let go_on = || {
        bar.reached(control.runs());
        ControlFlow::<Infallible>::Continue(())
    };
    let ControlFlow::Continue(silent) = silent(&job.study, at, most, &crew, &control, go_on) else {
        unreachable!("nothing stops these runs")
    };
    drop(bar);
    let labels = job.study.axes[at].labels.iter().zip(silent);
    let labels: Vec<String> = labels.filter(|(_, silent)| *silent).map(|(label, _)| label.clone()).collect();
    let mut job = without(job, loaded, &labels)?;
    job.extras.tried = most.min(TRIED);
    if !labels.is_empty() {
        let (count, tried) = (labels.len(), job.extras.tried);
        terminal.talk(&format!(
            "note: {count} readings make no difference to the first {tried} runs, and are left out"
        ));
    }
    Ok(job)
}

/// A job without some readings.
pub(super) fn without(mut job: Job, loaded: &LoadedStudy, silent: &[String]) -> Result<Job, Failure> {
    if !silent.is_empty() {
        let mut axes: Vec<Axis> = loaded.block.axes.clone();
        for axis in axes.iter_mut().filter(|axis| axis.name == READINGS) {
            axis.values.retain(|value| !silent.contains(&value.label));
        }
        job.study = loaded.study(&axes)?;
    }
    job.extras.silent = silent.to_vec();
    job.extras.tried = TRIED;
    Ok(job)
}

/// Which axis is that of the readings.
pub(super) fn readings_at(study: &Study) -> Option<usize> {
    study.axes.iter().position(|axis| axis.name == READINGS)
}

/// What a study says of bad revisions; nothing when it has none.
pub(super) fn bad_results(job: &Job, result: &StudyResult) -> Vec<BadResult> {
    let ([good, bad, ..], Some(REVISION)) =
        (&job.study.points[..], job.study.axes.last().map(|axis| axis.name.as_str()))
    else {
        return Vec::new();
    };
    let names = good.setup.names();
    let daemons: Vec<&str> = match bad::daemon(&good.setup, &bad.setup) {
        Some(daemon) => vec![names.daemon(daemon)],
        None => names.daemons.iter().map(|name| &**name).collect(),
    };
    daemons.into_iter().filter_map(|daemon| bad::report(result, daemon, job.extras.probability)).collect()
}
