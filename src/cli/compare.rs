//! `daemonsim compare`.

mod sides;

use super::crash;
use super::exit::{Done, Exit, Failure};
use super::options::{OutputOptions, ScenarioOptions};
use super::out::OutDir;
use super::progress::RunsBar;
use super::signals::Signals;
use super::sweep::limits;
use super::terminal::{Terminal, shown};
use crate::output::study::compare::{
    COMPARE_JSON, DIFFERENCES_CSV, compare_text, write_compare_json, write_compare_manifest,
    write_differences_csv,
};
use crate::output::study::{RUNS_CSV, RunsCsv};
use crate::output::text::TextOptions;
use crate::study::campaign::Count;
use crate::study::compare::compare as run_pairs;
use crate::study::results::Comparison;
use crate::study::{Control, Crew};
use clap::ValueHint;
use sides::Sides;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

const MANIFEST: &str = "manifest.json";
/// Runs of each, unless told otherwise.
const REPLICATIONS: u64 = 100;

/// Run two scenarios in the same weather, and say how they differ
///
/// Two files: every --set changes both. One file and one --set: A is the file as it is, B the file with it. One file
/// and two --set: A has the first, B the second.
#[derive(clap::Args, Debug)]
pub(super) struct CompareArgs {
    /// The scenario of A; `-` is standard input
    #[arg(value_hint = ValueHint::FilePath)]
    a: PathBuf,

    /// The scenario of B [default: that of A, with --set]
    #[arg(value_hint = ValueHint::FilePath)]
    b: Option<PathBuf>,

    /// Runs of each [default: what the `study:` of A says, or 100]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), help_heading = "Study")]
    replications: Option<u64>,

    /// Begin even what may never end
    #[arg(long, help_heading = "Study")]
    force: bool,

    #[command(flatten)]
    which: ScenarioOptions,

    #[command(flatten)]
    output: OutputOptions,
}

/// Runs, writes, prints, in this order: who sees the answer finds the files.
pub(super) fn compare(args: &CompareArgs, terminal: &Terminal, signals: &Signals) -> Result<Done, Failure> {
    let sides = Sides::load(&args.a, args.b.as_deref(), &args.which, terminal)?;
    let replications = args.replications.or(sides.replications).unwrap_or(REPLICATIONS);
    if !args.force {
        limits::check(&sides.study, &Count::Number(replications))?;
    }
    signals.hold();
    let options = |files| TextOptions { colour: terminal.colors_data(), files, ..TextOptions::default() };
    let (pairs, files) = if args.output.no_output {
        (run(&sides, replications, args, terminal, signals, |_, _| Ok(()))?, None)
    } else {
        let target = args.output.out.clone().unwrap_or_else(|| Path::new("out").join(&sides.directory));
        let pairs = run_into(&target, &sides, replications, args, terminal, signals)?;
        (pairs, Some(shown(target)))
    };
    if args.output.json {
        if let Some(files) = &files {
            terminal.talk(&format!("Wrote {files}"));
        }
        terminal.data(|out| write_compare_json(&sides.meta, &pairs.comparison, out))?;
    } else {
        let text = compare_text(&sides.meta, &pairs.comparison, &options(files.as_deref()));
        terminal.data(|out| out.write_all(text.as_bytes()))?;
    }
    Ok(if pairs.limited { Done::Limit } else { Done::Well })
}

/// What the runs came to.
struct Pairs {
    comparison: Comparison,
    /// Whether a limit ended one of them.
    limited: bool,
}

/// Every run; `keep` gets each row in the order of `runs.csv`, with its replication.
fn run(
    sides: &Sides,
    replications: u64,
    args: &CompareArgs,
    terminal: &Terminal,
    signals: &Signals,
    mut keep: impl FnMut(u64, [&[u64]; 2]) -> Result<(), Failure>,
) -> Result<Pairs, Failure> {
    let threads = args.which.threads.map(|n| usize::try_from(n).unwrap_or(usize::MAX));
    let crew = Crew::new(threads).map_err(|e| Failure::io(format!("could not start threads: {e}")))?;
    let (control, bar) = (
        Control::watched(crash::watch(sides.alone.clone())),
        RunsBar::new(terminal, replications.checked_mul(2)),
    );
    let mut limited = false;
    let go_on = |result: Result<(), Failure>| match result {
        Ok(()) => ControlFlow::Continue(()),
        Err(failure) => {
            // Runs under way end at their next slice.
            control.stop();
            ControlFlow::Break(failure)
        }
    };
    let sink = |replication, a: &[u64], b: &[u64]| {
        limited |= [a, b].iter().any(|row| sides.study.is_limited(row));
        go_on(keep(replication, [a, b]))
    };
    let waiting = || {
        bar.reached(control.runs());
        go_on(signals.obey())
    };
    match run_pairs(&sides.study, &crew, &control, replications, sink, waiting) {
        ControlFlow::Continue(comparison) => Ok(Pairs { comparison, limited }),
        ControlFlow::Break(Some(failure)) => Err(failure),
        ControlFlow::Break(None) => unreachable!("only a failure stops the runs"),
    }
}

fn run_into(
    target: &Path,
    sides: &Sides,
    replications: u64,
    args: &CompareArgs,
    terminal: &Terminal,
    signals: &Signals,
) -> Result<Pairs, Failure> {
    let mut out = OutDir::prepare(target, args.output.overwrite)?;
    let (study, meta) = (&sides.study, &sides.meta);
    let mut rows = RunsCsv::new(&study.axes, &study.columns, out.create(RUNS_CSV)?);
    let pairs = run(sides, replications, args, terminal, signals, |replication, pair| {
        for (point, row) in study.points.iter().zip(pair) {
            rows.row(&point.labels, replication, row).map_err(|e| out.failed(RUNS_CSV, &e))?;
        }
        Ok(())
    })?;
    let comparison = &pairs.comparison;
    let rows = rows.finish().map_err(|e| out.failed(RUNS_CSV, &e))?;
    out.keep(rows)?;
    out.write(DIFFERENCES_CSV, |file| write_differences_csv(comparison, file).map(drop))?;
    out.write(COMPARE_JSON, |file| write_compare_json(meta, comparison, file))?;
    let files = out.files().to_vec();
    out.write(MANIFEST, |file| write_compare_manifest(meta, replications, &files, file))?;
    signals.obey()?;
    out.finish()?;
    Ok(pairs)
}

/// Wrong usage.
fn usage(line: &str) -> Failure {
    Failure::new(Exit::Usage, line)
}
