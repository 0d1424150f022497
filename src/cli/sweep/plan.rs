//! `daemonsim sweep plan`: everything that a study hangs on, in one file.

use super::asked::{BadOptions, asked, screened, without};
use super::job::Job;
use super::whole::refuse_replication;
use crate::cli::exit::{Done, Exit, Failure};
use crate::cli::load::{self, Source};
use crate::cli::options::ScenarioOptions;
use crate::cli::out::OneFile;
use crate::cli::report::sha256;
use crate::cli::study::{StudyOptions, replications, share};
use crate::cli::terminal::{Terminal, shown};
use crate::scenario::Replications;
use crate::study::shards;
use clap::ValueHint;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Cut a study into shards, to be computed anywhere
///
/// The plan holds the scenario and the files that it names: `sweep shard` needs nothing else.
#[derive(clap::Args, Debug)]
pub(super) struct PlanArgs {
    /// The scenario's file; `-` is standard input
    #[arg(value_hint = ValueHint::FilePath)]
    scenario: PathBuf,

    #[command(flatten)]
    study: StudyOptions,

    #[command(flatten)]
    bad: BadOptions,

    /// Into how many shards
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), help_heading = "Study")]
    shards: u64,

    /// Begin even what may never end
    #[arg(long, help_heading = "Study")]
    force: bool,

    #[command(flatten)]
    which: ScenarioOptions,

    /// The plan
    #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Output")]
    out: PathBuf,

    /// Write FILE even though it is something else than a plan
    #[arg(long, help_heading = "Output")]
    overwrite: bool,
}

/// What a shard needs to know.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Plan {
    /// The version that made it: another one may simulate otherwise.
    pub(super) daemonsim: String,
    pub(super) shards: u64,
    file: String,
    scenario: String,
    files: BTreeMap<String, String>,
    set: Vec<String>,
    seed: Option<u64>,
    vary: Vec<String>,
    replications: Option<String>,
    precision: Option<String>,
    precision_of: Option<String>,
    max_replications: Option<u64>,
    bad: Vec<String>,
    bad_probability: Option<String>,
    /// Readings of assumptions that were found to make no difference.
    silent: Vec<String>,
    /// SHA-256 of all the rest.
    pub(super) digest: String,
}

/// Checks the whole study, and writes it down.
pub(super) fn plan(args: &PlanArgs, terminal: &Terminal) -> Result<Done, Failure> {
    refuse_replication(&args.which)?;
    let loaded = load::load(&args.scenario, &args.which, terminal)?;
    let (loaded, extras) = asked(loaded, &args.study, &args.bad, terminal)?;
    let job = Job::new(&loaded, extras, &args.which, args.force, terminal)?;
    let job = screened(job, &loaded, &args.which, terminal)?;
    let most = shards::most(job.study.points.len(), &job.count);
    if u128::from(args.shards) > most {
        let line = format!("this study can be cut into {most} shards at the most, not into {}", args.shards);
        return Err(Failure::new(Exit::Usage, line));
    }
    let text = String::from_utf8(loaded.loaded.template.text.clone())
        .map_err(|_| Failure::new(Exit::Scenario, "a scenario that is not UTF-8 cannot be planned"))?;
    let StudyOptions { vary, replications, precision, precision_of, max_replications } = &args.study;
    let mut plan = Plan {
        daemonsim: env!("CARGO_PKG_VERSION").to_owned(),
        shards: args.shards,
        file: loaded.loaded.file.clone(),
        scenario: text,
        files: loaded.loaded.template.files(),
        set: args.which.set.clone(),
        seed: args.which.seed,
        vary: vary.clone(),
        replications: replications.map(|replications| match replications {
            Replications::Number(number) => number.to_string(),
            Replications::Auto => "auto".to_owned(),
        }),
        // The shortest decimal that is read as the same number.
        precision: precision.map(|share| share.to_string()),
        precision_of: precision_of.clone(),
        max_replications: *max_replications,
        bad: args.bad.bad.clone(),
        bad_probability: args.bad.bad_probability.map(|share| share.to_string()),
        silent: job.extras.silent.clone(),
        digest: String::new(),
    };
    plan.digest = plan.sha256();
    let held = OneFile::hold(&args.out)?;
    refuse_others(&args.out, args.overwrite)?;
    held.write(plan.json().as_bytes())?;
    terminal.talk(&format!("Wrote {}: shards 0 to {}", shown(&args.out), args.shards - 1));
    Ok(Done::Well)
}

fn refuse_others(path: &Path, overwrite: bool) -> Result<(), Failure> {
    let name = shown(path);
    match path.symlink_metadata() {
        Ok(metadata) if !metadata.is_file() => Err(Failure::io(format!("`{name}` is not a regular file"))),
        Ok(_) if !overwrite && Plan::read(path).is_err() => {
            Err(Failure::io(format!("`{name}` is not a plan; choose another --out, or add --overwrite")))
        }
        Ok(_) | Err(_) => Ok(()),
    }
}

impl Plan {
    /// Reads a plan as it was written.
    pub(super) fn read(path: &Path) -> Result<Plan, Failure> {
        let name = shown(path);
        Plan::parse(&load::read_plan(path)?)
            .map_err(|why| Failure::new(Exit::Scenario, format!("`{name}` {why}")))
    }

    /// A plan from its JSON; what is wrong follows its name.
    pub(super) fn parse(json: &[u8]) -> Result<Plan, String> {
        #[derive(Deserialize)]
        struct Version {
            daemonsim: String,
        }
        let ours = env!("CARGO_PKG_VERSION");
        let Version { daemonsim } = serde_json::from_slice(json).map_err(|_| "is not a plan".to_owned())?;
        if daemonsim != ours {
            let theirs = shown(&daemonsim);
            return Err(format!(
                "is a plan of daemonsim {theirs}, which may simulate otherwise than this one, {ours}"
            ));
        }
        let plan: Plan = serde_json::from_slice(json).map_err(|_| "is not a plan".to_owned())?;
        if plan.digest == plan.sha256() && plan.shards > 0 {
            Ok(plan)
        } else {
            Err("is not as it was written; make the plan anew".to_owned())
        }
    }

    pub(super) fn json(&self) -> String {
        // Nothing in it can fail.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    fn sha256(&self) -> String {
        sha256(Plan { digest: String::new(), ..self.clone() }.json().as_bytes())
    }

    /// The study that it is of. Its limits have been looked at when it was made.
    pub(super) fn job(&self, terminal: &Terminal) -> Result<Job, Failure> {
        let broken =
            |why: String| Failure::new(Exit::Scenario, format!("the plan is not one of ours: {why}"));
        let which = ScenarioOptions { set: self.set.clone(), seed: self.seed, replication: 0, threads: None };
        let options = StudyOptions {
            vary: self.vary.clone(),
            replications: self.replications.as_deref().map(replications).transpose().map_err(&broken)?,
            precision: self.precision.as_deref().map(share).transpose().map_err(&broken)?,
            precision_of: self.precision_of.clone(),
            max_replications: self.max_replications,
        };
        let source = Source {
            file: self.file.clone(),
            text: self.scenario.clone().into_bytes(),
            directory: None,
            files: self.files.clone(),
        };
        let bad = BadOptions {
            bad: self.bad.clone(),
            bad_probability: self.bad_probability.as_deref().map(share).transpose().map_err(broken)?,
        };
        let loaded = load::understand(source, &which, terminal)?;
        let (loaded, extras) = asked(loaded, &options, &bad, terminal)?;
        let job = Job::new(&loaded, extras, &which, true, terminal)?;
        without(job, &loaded, &self.silent)
    }
}
