//! `daemonsim tune`.

mod asked;
mod write;

use super::exit::{Done, Exit, Failure};
use super::load::Loaded;
use super::options::{OutputOptions, ScenarioOptions};
use super::out::OutDir;
use super::progress::RunsBar;
use super::signals::Signals;
use super::simulate;
use super::study::{LoadedStudy, StudyOptions, bad_edits, load_study};
use super::terminal::{Terminal, shown};
use crate::output::study::tune::{TuneMeta, tune_text, write_tune_json};
use crate::output::text::TextOptions;
use crate::scenario::{Axis, Override};
use crate::study::grid::{self, TooMany};
use crate::study::results::{Head, TuneResult};
use crate::study::tune::{Rules, Search, Tuned, axes, tunable};
use crate::study::{Control, Crew, POINTS_MAX, Study};
use asked::Asked;
use clap::ValueHint;
use std::ops::ControlFlow;
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

    /// Search these values, in place of the usual ones or beside them: `my-daemon.bakeTimeInMinutes=0,5,10`
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
    let options = StudyOptions {
        vary: args.vary.clone(),
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
    let fleet = simulate::fleet(&loaded.loaded.scenario.setup);
    let (axes, remarks) = axes(&loaded.loaded.scenario, &tuned, &fleet, !bad.is_empty(), &loaded.block.axes);
    let (study, candidates) = candidates(&loaded, &axes, &bad)?;
    let asked = Asked::read(args, &loaded.block, &study, &tuned, !bad.is_empty(), color)?;
    let rules =
        Rules { most: loaded.block.max_replications.unwrap_or(Rules::default().most), ..Rules::default() };
    let meta = meta(&loaded.loaded, &rules, &bad);
    let search = Search {
        study: &study,
        candidates,
        tuned: &tuned,
        limits: asked.limits,
        objective: asked.objective,
        rules,
        remarks,
    };
    signals.hold();
    let (result, files) = if args.output.no_output {
        (run(search, args, terminal, signals)?, None)
    } else {
        let directory = Path::new("out").join(&meta.scenario);
        let target = args.output.out.clone().unwrap_or(directory);
        let out = OutDir::prepare(&target, args.output.overwrite)?;
        let result = run(search, args, terminal, signals)?;
        write::files(out, &meta, &result, signals)?;
        (result, Some(shown(target)))
    };
    print(&meta, &result, args, files.as_deref(), terminal)?;
    Ok(if result.best.is_some() { Done::Well } else { Done::Unexpected })
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

/// Every candidate as the scenario is, then, if there is one, each with the bad revision.
fn candidates(loaded: &LoadedStudy, axes: &[Axis], bad: &[Override]) -> Result<(Study, usize), Failure> {
    let points = grid::points(axes).map_err(|TooMany(points)| {
        let line = format!("there are {points} settings to search; at most {POINTS_MAX} can be");
        Failure::new(Exit::Limit, line)
    })?;
    let arms: &[&[Override]] = if bad.is_empty() { &[&[]] } else { &[&[], bad] };
    let mut scenarios = Vec::with_capacity(points.len() * arms.len());
    for arm in arms {
        for point in &points {
            let edits: Vec<Override> =
                point.iter().flat_map(|value| &value.edits).chain(*arm).cloned().collect();
            let labels = point.iter().map(|value| value.label.clone()).collect();
            scenarios.push((labels, loaded.loaded.template.scenario(&edits)?));
        }
    }
    let heads = axes.iter().map(|axis| Head {
        name: axis.name.clone(),
        labels: axis.values.iter().map(|value| value.label.clone()).collect(),
    });
    Ok((Study::new(heads.collect(), scenarios), points.len()))
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

fn run(
    search: Search<'_>,
    args: &TuneArgs,
    terminal: &Terminal,
    signals: &Signals,
) -> Result<TuneResult, Failure> {
    let threads = args.which.threads.map(|n| usize::try_from(n).unwrap_or(usize::MAX));
    let crew = Crew::new(threads).map_err(|e| Failure::io(format!("could not start threads: {e}")))?;
    let (control, bar) = (Control::default(), RunsBar::new(terminal, None));
    let waiting = || {
        bar.reached(control.runs());
        match signals.obey() {
            Ok(()) => ControlFlow::Continue(()),
            Err(failure) => {
                // Runs under way end at their next slice.
                control.stop();
                ControlFlow::Break(failure)
            }
        }
    };
    match search.run(&crew, &control, waiting) {
        ControlFlow::Continue(result) => Ok(result),
        ControlFlow::Break(Some(failure)) => Err(failure),
        ControlFlow::Break(None) => unreachable!("only a failure stops the runs"),
    }
}
