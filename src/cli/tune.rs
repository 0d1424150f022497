//! `daemonsim tune`.

mod asked;
mod question;
mod readings;
mod runner;
mod write;

use super::exit::{Done, Exit, Failure};
use super::load::Loaded;
use super::options::{OutputOptions, ScenarioOptions};
use super::out::OutDir;
use super::signals::Signals;
use super::study::{StudyOptions, all_apart, bad_edits, load_study, without_readings};
use super::terminal::{Terminal, shown};
use crate::output::study::tune::{TuneMeta, tune_text, write_tune_json};
use crate::output::text::TextOptions;
use crate::scenario::Override;
use crate::study::bad;
use crate::study::results::TuneResult;
use crate::study::tune::{Rules, Tuned, tunable};
use clap::ValueHint;
use question::Question;
use runner::Runner;
use std::path::{Path, PathBuf};

/// Find the drainPercent and bakeTimeInMinutes that keep to limits and take the least time
///
/// Every setting meets the same weather. Runs go to the settings that may still win, until it is sure which one does:
/// all that is said of limits is true at once with 95 %.
#[derive(clap::Args, Debug)]
pub(super) struct TuneArgs {
    /// The scenario's file; `-` is standard input
    #[arg(value_hint = ValueHint::FilePath)]
    scenario: PathBuf,

    /// What a setting must keep to: `services.my-app.runningTasks >= 80%`, `duration <= 45m`, `P(rollback) <= 1%`,
    /// `P(caught) >= 90%`; conditions are rollback, false rollback, caught, success, expectations, or a comparison
    #[arg(long = "limit", value_name = "LIMIT", help_heading = "Search")]
    limits: Vec<String>,

    /// In which share of runs a limit without P(…) must hold [default: 95%]
    #[arg(long, value_name = "SHARE", help_heading = "Search")]
    confidence: Option<String>,

    /// What is to be small [default: duration]
    #[arg(long, value_name = "MEASURE", help_heading = "Search")]
    minimize: Option<String>,

    /// Search these values, in place of the usual ones or beside them: `my-daemon.bakeTimeInMinutes=0,5,10`;
    /// `assumptions` searches again with every other reading of each that matters
    #[arg(long, value_name = "PATH=VALUES", help_heading = "Search")]
    vary: Vec<String>,

    /// What makes the new revision a bad one, for P(caught): `agent:2.failsToStart=0.3`
    #[arg(long, value_name = "PATH=VALUE", help_heading = "Search")]
    bad: Vec<String>,

    /// Whose settings, when the timeline deploys several daemons
    #[arg(long, value_name = "NAME", help_heading = "Search")]
    daemon: Option<String>,

    /// Runs of a setting at the most [default: 4096]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_000_000), help_heading = "Search")]
    max_replications: Option<u64>,

    #[command(flatten)]
    which: ScenarioOptions,

    #[command(flatten)]
    output: OutputOptions,
}

/// Searches, writes, prints, in this order: who sees the answer finds the files.
pub(super) fn tune(args: &TuneArgs, terminal: &Terminal, signals: &Signals) -> Result<Done, Failure> {
    if args.which.replication != 0 {
        let line = "--replication is for a single run; --max-replications says how many `tune` may do";
        return Err(Failure::new(Exit::Usage, line));
    }
    let (vary, readings) = without_readings(&args.vary);
    let options = StudyOptions {
        vary,
        replications: None,
        precision: None,
        precision_of: None,
        max_replications: args.max_replications,
    };
    let loaded = load_study(&args.scenario, &args.which, &options, terminal)?;
    let color = terminal.colors_talk();
    loaded.loaded.scenario.warnings.iter().for_each(|warning| terminal.talk(&warning.render(color)));
    let tuned = tuned(&loaded.loaded, args.daemon.as_deref())?;
    let bad = bad_edits(&args.bad, &loaded.block)?;
    let rules =
        Rules { most: loaded.block.max_replications.unwrap_or(Rules::default().most), ..Rules::default() };
    let meta = meta(&loaded.loaded, &rules, &bad);
    let question = Question { args, loaded: &loaded, tuned: &tuned, bad: &bad, rules, color };
    let (axes, remarks) = question.axes(&loaded.loaded.scenario);
    let revision = (!bad.is_empty()).then(|| bad::axis(&bad));
    all_apart(&loaded.loaded, &axes.iter().cloned().chain(revision).collect::<Vec<_>>())?;
    let ready = question.ready(&axes, &[])?;
    let hopeless = question.search(&ready, Vec::new()).undecidable();
    hopeless.iter().for_each(|sentence| terminal.talk(&format!("warning: {sentence}")));
    signals.hold();
    let runner = Runner::new(&args.which, terminal, signals)?;
    let search = || {
        let mut result = runner.search(question.search(&ready, remarks), "")?;
        if readings {
            readings::add(&question, &axes, &mut result, &runner)?;
        }
        Ok(result)
    };
    let (result, files) = if args.output.no_output {
        (search()?, None)
    } else {
        let directory = Path::new("out").join(&meta.scenario);
        let target = args.output.out.clone().unwrap_or(directory);
        let out = OutDir::prepare(&target, args.output.overwrite)?;
        let result = search()?;
        write::files(out, &meta, &result, signals)?;
        (result, Some(shown(target)))
    };
    print(&meta, &result, args, files.as_deref(), terminal)?;
    Ok(match result.best {
        _ if result.limited > 0 => Done::Limit,
        Some(_) => Done::Well,
        None => Done::Unexpected,
    })
}

fn print(
    meta: &TuneMeta,
    result: &TuneResult,
    args: &TuneArgs,
    files: Option<&str>,
    terminal: &Terminal,
) -> Result<(), Failure> {
    if args.output.json {
        if let Some(files) = files {
            terminal.talk(&format!("Wrote {files}"));
        }
        return terminal.data(|out| write_tune_json(meta, result, out));
    }
    let options = TextOptions { colour: terminal.colors_data(), files, ..TextOptions::default() };
    let text = tune_text(meta, result, &options);
    terminal.data(|out| out.write_all(text.as_bytes()))
}

/// The daemon whose settings are searched.
fn tuned(loaded: &Loaded, name: Option<&str>) -> Result<Tuned, Failure> {
    let all = tunable(&loaded.scenario.setup);
    let names = || all.iter().map(|tuned| tuned.name.as_str()).collect::<Vec<_>>().join(", ");
    match (name, &all[..]) {
        (_, []) => {
            let line =
                format!("{}: the timeline deploys no daemon, so there is nothing to tune", loaded.file);
            Err(Failure::new(Exit::Scenario, line))
        }
        (None, [one]) => Ok(one.clone()),
        (None, _) => {
            let line =
                format!("the timeline deploys several daemons; --daemon says which to tune: {}", names());
            Err(Failure::new(Exit::Usage, line))
        }
        (Some(name), _) => match all.iter().find(|tuned| tuned.name == name) {
            Some(tuned) => Ok(tuned.clone()),
            None => {
                let line =
                    format!("--daemon {name}: the timeline deploys no such daemon; it deploys {}", names());
                Err(Failure::new(Exit::Usage, line))
            }
        },
    }
}

fn meta(loaded: &Loaded, rules: &Rules, bad: &[Override]) -> TuneMeta {
    let setup = &loaded.scenario.setup;
    TuneMeta {
        scenario: setup.name.clone(),
        description: loaded.scenario.description.clone(),
        scenario_sha256: loaded.sha256.clone(),
        seed: setup.seed,
        max_replications: rules.most,
        bad: bad.iter().map(|edit| (edit.path.clone(), edit.value.clone())).collect(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}
