//! `daemonsim sweep merge`: the shards in a directory, put together to the very bytes of the study in one piece.

use super::job::Job;
use super::plan::Plan;
use super::runner::Runner;
use super::shard::{self, Note};
use super::store::{Store, scan};
use super::write;
use crate::cli::exit::{Done, Exit, Failure};
use crate::cli::options::OutputOptions;
use crate::cli::out::{OutDir, could_not};
use crate::cli::signals::Signals;
use crate::cli::terminal::{Terminal, shown};
use crate::study::Batch;
use crate::study::blocks::{Contents, Header};
use crate::study::campaign::Count;
use crate::study::index::Index;
use clap::ValueHint;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Put the shards in a directory together
#[derive(clap::Args, Debug)]
pub(super) struct MergeArgs {
    /// The directory of the shards; other files in there do not matter
    #[arg(value_hint = ValueHint::DirPath, value_name = "DIR")]
    shards: PathBuf,

    #[command(flatten)]
    output: OutputOptions,
}

/// A file that says it is a shard.
struct Shard {
    path: PathBuf,
    contents: Contents,
}

/// Reads, checks, writes, prints.
pub(super) fn merge(args: &MergeArgs, terminal: &Terminal, signals: &Signals) -> Result<Done, Failure> {
    signals.hold();
    let (plan, shards) = gathered(&args.shards, signals)?;
    let job = plan.job(terminal)?;
    let mut index = Index::new(job.study.columns.len());
    let mut store = Store::of_files(Header::new(&job.study.columns, Vec::new()));
    for (number, shard) in &shards {
        check(&job, &plan, *number, shard)?;
        store.add(&shard.path, &shard.contents, &mut index);
    }
    let missing = |batch: &Batch| {
        let has = |number: &u64| {
            let runs = shard::runs(&job, &plan, *number);
            runs.iter()
                .any(|(point, range)| *point == batch.point && range.contains(&batch.replications.start))
        };
        (0..plan.shards)
            .find(has)
            .map_or_else(|| Failure::io("a run is missing"), |number| incomplete(&shards[&number]))
    };
    let runner = Runner { terminal, signals, threads: Some(1), missing: Some(&missing) };
    if args.output.no_output {
        let (outcomes, ..) = runner.all(&job, None, store, index)?;
        let written = write::Written::of(&job, outcomes).0;
        return write::print(&job, &written, args.output.json, None, terminal);
    }
    let target = write::target(&args.output, &job);
    let out = OutDir::prepare(&target, args.output.overwrite)?;
    let written = write::into(out, &job, runner, (store, index))?;
    write::print(&job, &written, args.output.json, Some(&target), terminal)
}

/// All shards of one plan, by their numbers.
fn gathered(directory: &Path, signals: &Signals) -> Result<(Plan, BTreeMap<u64, Shard>), Failure> {
    let mut first: Option<(Plan, String)> = None;
    let mut shards: BTreeMap<u64, Shard> = BTreeMap::new();
    for (number, path) in candidates(directory)?.into_iter().enumerate() {
        signals.obey()?;
        let name = shown(&path);
        let contents =
            scan(&path, number)?.ok_or_else(|| foreign(format!("`{name}` is no shard of a study")))?;
        let note: Note = serde_json::from_slice(&contents.header.note)
            .map_err(|_| foreign(format!("`{name}` is no shard of a study")))?;
        let plan = match &first {
            Some((plan, _)) if plan.json() == note.plan => plan,
            Some((_, other)) => {
                return Err(foreign(format!("`{other}` and `{name}` belong to different plans")));
            }
            None => {
                let plan = Plan::parse(note.plan.as_bytes());
                let plan = plan.map_err(|why| foreign(format!("the plan in `{name}` {why}")))?;
                &first.insert((plan, name.clone())).0
            }
        };
        if note.index >= plan.shards {
            return Err(foreign(format!("`{name}` says it is shard {}, of {}", note.index, plan.shards)));
        }
        if let Some(other) = shards.insert(note.index, Shard { path, contents }) {
            let other = shown(&other.path);
            return Err(foreign(format!("shard {} is there twice: `{other}` and `{name}`", note.index)));
        }
    }
    let Some((plan, _)) = first else {
        return Err(Failure::io(format!("`{}` holds no shards", shown(directory))));
    };
    let missing: Vec<u64> = (0..plan.shards).filter(|number| !shards.contains_key(number)).collect();
    if missing.is_empty() {
        return Ok((plan, shards));
    }
    let what = if missing.len() == 1 { "shard" } else { "shards" };
    let (of, them) = (plan.shards, ranges(&missing));
    Err(Failure::io(format!("{what} {them} missing in `{}`, of {of}", shown(directory))))
}

/// Files that are named like shards, in the order of their names; hidden ones are not finished.
fn candidates(directory: &Path) -> Result<Vec<PathBuf>, Failure> {
    let failed = |e| could_not("read", directory, &e);
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if !hidden && path.extension().is_some_and(|ending| ending == "rows") && path.is_file() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Whether a shard is what its plan says, and all of it.
fn check(job: &Job, plan: &Plan, number: u64, shard: &Shard) -> Result<(), Failure> {
    let Shard { path, contents } = shard;
    let expected = shard::header(job, plan, number);
    if contents.header.version != expected.version {
        let version = shown(&contents.header.version);
        return Err(foreign(format!("`{}` is by daemonsim {version}", shown(path))));
    }
    if contents.header != expected {
        return Err(foreign(format!("`{}` has other columns than its study", shown(path))));
    }
    if contents.torn {
        return Err(incomplete(shard));
    }
    // How many runs `auto` needs is seen when they are counted.
    if matches!(job.count, Count::Number(_)) {
        let mut index = Index::new(job.study.columns.len());
        contents.blocks.iter().for_each(|(point, segment)| index.insert(point, segment));
        let all_there = shard::runs(job, plan, number).iter().all(|(point, range)| {
            index.rows_of(&job.study.points[*point].digest, range) == range.end - range.start
        });
        if !all_there {
            return Err(incomplete(shard));
        }
    }
    Ok(())
}

fn incomplete(shard: &Shard) -> Failure {
    Failure::io(format!("`{}` is damaged; compute this shard again", shown(&shard.path)))
}

fn foreign(line: String) -> Failure {
    Failure::new(Exit::Scenario, line)
}

/// `1, 4 to 9 are`.
fn ranges(numbers: &[u64]) -> String {
    let mut parts: Vec<(u64, u64)> = Vec::new();
    for &number in numbers {
        match parts.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => parts.push((number, number)),
        }
    }
    let text =
        |(from, to): &(u64, u64)| if from == to { from.to_string() } else { format!("{from} to {to}") };
    parts.iter().map(text).collect::<Vec<_>>().join(", ") + if numbers.len() == 1 { " is" } else { " are" }
}

#[cfg(test)]
mod tests {
    use super::ranges;

    #[test]
    fn missing_shards_are_named_in_short() {
        assert_eq!(ranges(&[3]), "3 is");
        assert_eq!(ranges(&[0, 2, 3, 4, 9]), "0, 2 to 4, 9 are");
    }
}
