//! `daemonsim run`.

use super::crash::Clock;
use super::exit::{Done, Failure};
use super::load::{Loaded, load};
use super::options::{OutputOptions, ScenarioOptions};
use super::out::OutDir;
use super::progress::Progress;
use super::report::{self, Frame};
use super::signals::Signals;
use super::simulate::simulate;
use super::terminal::{Terminal, shown};
use crate::record::{Discard, Outcome, RunSummary};
use clap::ValueHint;
use std::path::{Path, PathBuf};

/// Simulate a scenario once: a summary, tables and plots
#[derive(clap::Args, Debug)]
pub(super) struct RunArgs {
    /// The scenario's file; `-` is standard input
    #[arg(value_hint = ValueHint::FilePath)]
    scenario: PathBuf,

    #[command(flatten)]
    which: ScenarioOptions,

    #[command(flatten)]
    output: OutputOptions,
}

/// Simulates, writes, prints, in this order: who sees the summary finds the files.
pub(super) fn run(args: &RunArgs, terminal: &Terminal, signals: &Signals) -> Result<Done, Failure> {
    let loaded = load(&args.scenario, &args.which, terminal)?;
    warn(&loaded, terminal);
    let frame = Frame::new(&loaded, args.which.replication);
    signals.hold();
    let json = args.output.json;
    let summary = if args.output.no_output {
        let (setup, progress) = (&loaded.scenario.setup, Progress::new(terminal));
        let go_on = || signals.obey();
        let summary = simulate(setup, args.which.replication, &mut Discard, progress, go_on)?;
        frame.print(&summary, json, None, terminal)?;
        summary
    } else {
        let target = target(&args.output, &loaded);
        let summary = run_into(&target, &loaded, &frame, args, signals, Progress::new(terminal))?;
        let files = shown(target);
        if json {
            terminal.talk(&format!("Wrote {files}"));
        }
        frame.print(&summary, json, Some(&files), terminal)?;
        summary
    };
    Ok(judge(&loaded, &summary))
}

fn run_into(
    target: &Path,
    loaded: &Loaded,
    frame: &Frame<'_>,
    args: &RunArgs,
    signals: &Signals,
    progress: Progress,
) -> Result<RunSummary, Failure> {
    let mut out = OutDir::prepare(target, args.output.overwrite)?;
    let mut listeners = (Clock, report::listen(&out, &frame.names)?);
    let setup = &loaded.scenario.setup;
    let go_on = || signals.obey().and_then(|()| out.trouble());
    let summary = simulate(setup, args.which.replication, &mut listeners, progress, go_on)?;
    let kept = report::close(&mut out, listeners.1)?;
    report::write(out, frame, &summary, &kept, signals)?;
    Ok(summary)
}

/// `--out`, or `out/` and the scenario's name, which holds no separator.
fn target(options: &OutputOptions, loaded: &Loaded) -> PathBuf {
    options.out.clone().unwrap_or_else(|| Path::new("out").join(&loaded.scenario.setup.name))
}

fn warn(loaded: &Loaded, terminal: &Terminal) {
    let color = terminal.colors_talk();
    for warning in &loaded.scenario.warnings {
        terminal.talk(&warning.render(color));
    }
}

fn judge(loaded: &Loaded, summary: &RunSummary) -> Done {
    let held = loaded.scenario.expectations.iter().all(|expected| expected.judge(summary).1);
    match (summary.outcome, held) {
        (Outcome::Limit, _) => Done::Limit,
        (Outcome::Completed | Outcome::Horizon | Outcome::Stalled, false) => Done::Unexpected,
        (Outcome::Completed | Outcome::Horizon | Outcome::Stalled, true) => Done::Well,
    }
}
