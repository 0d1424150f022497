//! `daemonsim sweep shard`: one shard of a plan, complete or absent.

use super::job::Job;
use super::plan::Plan;
use super::runner::{Runner, everything};
use super::store::Store;
use super::whole::ROWS;
use crate::cli::exit::{Done, Exit, Failure};
use crate::cli::out::OneFile;
use crate::cli::signals::Signals;
use crate::cli::terminal::{Terminal, shown};
use crate::study::blocks::Header;
use crate::study::campaign::{Count, Wanted};
use crate::study::index::Index;
use crate::study::shards;
use clap::ValueHint;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Where array jobs say which of them this is.
const INDEX_NAMES: [&str; 3] = ["AWS_BATCH_JOB_ARRAY_INDEX", "JOB_COMPLETION_INDEX", "SLURM_ARRAY_TASK_ID"];

/// Points of `auto` that are decided together.
const WINDOW: usize = 32;

/// Compute one shard of a plan
///
/// The results are one file in DIR; `sweep merge DIR` puts all of them together.
#[derive(clap::Args, Debug)]
pub(super) struct ShardArgs {
    /// The plan
    #[arg(value_hint = ValueHint::FilePath)]
    plan: PathBuf,

    /// Which shard, from 0 on [default: what an array job of AWS Batch, Kubernetes or Slurm says in
    /// AWS_BATCH_JOB_ARRAY_INDEX, JOB_COMPLETION_INDEX or SLURM_ARRAY_TASK_ID]
    #[arg(long, value_name = "K")]
    index: Option<u64>,

    /// The directory of the shards
    #[arg(long, short, value_name = "DIR", value_hint = ValueHint::DirPath)]
    out: PathBuf,

    /// At most so many threads; results never depend on it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    threads: Option<u64>,
}

/// What the rows of a shard belong to.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Note {
    pub(super) index: u64,
    pub(super) plan: String,
}

/// Computes what is missing of it.
pub(super) fn shard(args: &ShardArgs, terminal: &Terminal, signals: &Signals) -> Result<Done, Failure> {
    let plan = Plan::read(&args.plan)?;
    let index = index(args.index)?;
    if index >= plan.shards {
        let line = format!("there is no shard {index}: this plan has shards 0 to {}", plan.shards - 1);
        return Err(Failure::new(Exit::Usage, line));
    }
    let job = plan.job(terminal)?;
    signals.hold();
    let target = args.out.join(file_name(index));
    let held = OneFile::hold(&target)?;
    let (header, journal) = (header(&job, &plan, index), held.sibling(ROWS));
    if is_there(&target)? {
        let mut there = Index::new(job.study.columns.len());
        let mut store = Store::of_files(header.clone());
        match store.take(&target, &mut there)? {
            Some(contents) if contents.header != header => {
                let line = format!("`{}` belongs to another plan; choose another --out", shown(&target));
                return Err(Failure::io(line));
            }
            Some(contents) if !contents.torn => {
                terminal.talk(&format!("{} is there already", shown(&target)));
                return Ok(Done::Well);
            }
            // What is left of it is as good as a journal.
            Some(_) | None => held.take_back(&journal)?,
        }
    }
    let (mut store, mut rows) = (Store::of_files(header), Index::new(job.study.columns.len()));
    store.journal(journal.clone(), &mut rows)?;
    let runner = Runner { terminal, signals, threads: args.threads, missing: None };
    let wanted = runs(&job, &plan, index);
    let points = shards::points_of(job.study.points.len(), plan.shards, index);
    let (store, _) = runner.run(&job, &wanted, None, store, rows, |campaign| match &job.count {
        Count::Number(_) => campaign.gather(&wanted),
        Count::Auto(goal) => {
            let points: Vec<usize> = points.collect();
            points.chunks(WINDOW).try_for_each(|window| campaign.decide(window, goal).map(drop))
        }
    })?;
    store.close_journal()?;
    held.put(&journal)?;
    terminal.talk(&format!("Wrote {}", shown(&target)));
    Ok(Done::Well)
}

/// `shard-0007.rows`.
pub(super) fn file_name(index: u64) -> String {
    format!("shard-{index:04}.rows")
}

/// What the file of a shard begins with.
pub(super) fn header(job: &Job, plan: &Plan, index: u64) -> Header {
    let note = Note { index, plan: plan.json() };
    // Nothing in it can fail.
    Header::new(&job.study.columns, serde_json::to_vec(&note).unwrap_or_default())
}

/// The runs of a shard; with `auto` the most it may come to.
pub(super) fn runs(job: &Job, plan: &Plan, index: u64) -> Vec<Wanted> {
    let points = job.study.points.len();
    match &job.count {
        Count::Number(number) => shards::runs_of(points, *number, plan.shards, index),
        Count::Auto(_) => {
            let points = shards::points_of(points, plan.shards, index);
            everything(job).into_iter().filter(|(point, _)| points.contains(point)).collect()
        }
    }
}

fn is_there(path: &Path) -> Result<bool, Failure> {
    match path.symlink_metadata() {
        Ok(metadata) if metadata.is_file() => Ok(true),
        Ok(_) => Err(Failure::io(format!("`{}` is not a regular file", shown(path)))),
        Err(_) => Ok(false),
    }
}

/// The option, or the first variable of an array job.
fn index(option: Option<u64>) -> Result<u64, Failure> {
    if let Some(index) = option {
        return Ok(index);
    }
    let found = INDEX_NAMES.iter().find_map(|name| Some((name, std::env::var_os(name)?)));
    let Some((name, value)) = found else {
        return Err(Failure::new(
            Exit::Usage,
            format!("which shard? There is no --index, and none of {} is set", INDEX_NAMES.join(", ")),
        ));
    };
    let parsed = value.to_str().and_then(|text| text.trim().parse().ok());
    parsed.ok_or_else(|| {
        Failure::new(Exit::Usage, format!("{name} is `{}`, not the number of a shard", shown(&value)))
    })
}
