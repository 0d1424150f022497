//! `daemonsim sweep SCENARIO`.

use super::asked::{BadOptions, asked, screened};
use super::job::Job;
use super::leftover::make_room;
use super::results::STUDY_ROWS;
use super::runner::Runner;
use super::store::Store;
use super::write::{self, Written};
use crate::cli::exit::{Done, Exit, Failure};
use crate::cli::load::load;
use crate::cli::options::{OutputOptions, ScenarioOptions};
use crate::cli::out::OutDir;
use crate::cli::signals::Signals;
use crate::cli::study::StudyOptions;
use crate::cli::terminal::Terminal;
use crate::study::blocks::Header;
use crate::study::campaign::Count;
use crate::study::index::Index;
use clap::ValueHint;
use std::path::{Path, PathBuf};

/// The journal of rows beside the target.
pub(super) const ROWS: &str = "rows";

#[derive(clap::Args, Debug)]
pub(super) struct WholeArgs {
    /// The scenario's file; `-` is standard input
    #[arg(value_hint = ValueHint::FilePath, required = true)]
    scenario: Option<PathBuf>,

    #[command(flatten)]
    study: StudyOptions,

    #[command(flatten)]
    bad: BadOptions,

    /// Begin even what may never end
    #[arg(long, help_heading = "Study")]
    force: bool,

    #[command(flatten)]
    which: ScenarioOptions,

    #[command(flatten)]
    output: OutputOptions,
}

/// Runs, writes, prints, in this order: who sees the summary finds the files.
pub(super) fn whole(args: &WholeArgs, terminal: &Terminal, signals: &Signals) -> Result<Done, Failure> {
    let scenario = args.scenario.as_deref().unwrap_or(Path::new("-"));
    refuse_replication(&args.which)?;
    let loaded = load(scenario, &args.which, terminal)?;
    let (loaded, extras) = asked(loaded, &args.study, &args.bad, terminal)?;
    let job = Job::new(&loaded, extras, &args.which, args.force, terminal)?;
    let job = screened(job, &loaded, &args.which, terminal)?;
    signals.hold();
    let runner = Runner { terminal, signals, threads: args.which.threads, missing: None };
    let header = Header::new(&job.study.columns, Vec::new());
    let index = Index::new(job.study.columns.len());
    if args.output.no_output {
        let keeps = matches!(job.count, Count::Auto(_));
        let (outcomes, ..) = runner.all(&job, None, Store::without_files(header, keeps), index)?;
        let written = Written::of(&job, outcomes).0;
        return write::print(&job, &written, args.output.json, None, terminal);
    }
    let target = write::target(&args.output, &job);
    let out = OutDir::prepare(&target, args.output.overwrite)?;
    let kept = kept(&out, header, index)?;
    let written = write::into(out, &job, runner, kept)?;
    write::print(&job, &written, args.output.json, Some(&target), terminal)
}

/// The rows of an interrupted or finished study into the same directory.
fn kept(out: &OutDir, header: Header, mut index: Index) -> Result<(Store, Index), Failure> {
    let mut store = Store::of_files(header);
    store.take_finished(&out.target().join(STUDY_ROWS), &mut index)?;
    store.notes.extend(make_room(out, &store.header)?);
    store.journal(out.sibling(ROWS), &mut index)?;
    Ok((store, index))
}

/// A sweep does all of them.
pub(super) fn refuse_replication(which: &ScenarioOptions) -> Result<(), Failure> {
    if which.replication == 0 {
        return Ok(());
    }
    let line = "--replication is for a single run; --replications says how many `sweep` does";
    Err(Failure::new(Exit::Usage, line))
}
