//! What a sweep is to do: a study, and how many replications.

use super::asked::Extras;
use super::limits;
use crate::cli::crash::Alone;
use crate::cli::exit::{Exit, Failure};
use crate::cli::load::Loaded;
use crate::cli::options::ScenarioOptions;
use crate::cli::study::LoadedStudy;
use crate::cli::terminal::Terminal;
use crate::output::study::StudyMeta;
use crate::scenario::check;
use crate::scenario::{READINGS, Replications};
use crate::study::Study;
use crate::study::bad::REVISION;
use crate::study::campaign::Count;
use crate::study::precision::{Goal, measured};

/// Unless told otherwise.
const REPLICATIONS: u64 = 100;
const PRECISION: f64 = 0.02;
const MOST: u64 = 10_000;

/// A study, ready to run.
pub(in crate::cli) struct Job {
    pub(in crate::cli) study: Study,
    pub(in crate::cli) count: Count,
    pub(in crate::cli) meta: StudyMeta,
    /// `run`, the file and what changes it: the beginning of a command that does one run of this alone.
    pub(in crate::cli) alone: Alone,
    /// What is asked beside the axes.
    pub(in crate::cli) extras: Extras,
}

impl Job {
    /// Makes every point of the grid, so that no mistake is found after the first run; and refuses what would never
    /// end, unless `force`.
    pub(in crate::cli) fn new(
        loaded: &LoadedStudy,
        extras: Extras,
        which: &ScenarioOptions,
        force: bool,
        terminal: &Terminal,
    ) -> Result<Job, Failure> {
        let block = &loaded.block;
        let study = loaded.study(&block.axes)?;
        let replications = block.replications.unwrap_or(Replications::Number(REPLICATIONS));
        let count = match replications {
            Replications::Number(number) => Count::Number(number),
            Replications::Auto => Count::Auto(Goal {
                relative: block.precision.unwrap_or(PRECISION),
                most: block.max_replications.unwrap_or(MOST),
                columns: measured(&study.columns, block.precision_of.as_deref())
                    .map_err(|why| unmeasured(block.precision_of.is_some(), &why))?,
            }),
        };
        let color = terminal.colors_talk();
        for warning in &loaded.loaded.scenario.warnings {
            terminal.talk(&warning.render(color));
        }
        let job = Job {
            meta: meta(&loaded.loaded, &study, &count),
            alone: alone(loaded, which),
            extras,
            study,
            count,
        };
        if !force {
            limits::check(&job.study, &job.count)?;
        }
        Ok(job)
    }
}

/// Says which option asks for what is not measured.
fn unmeasured(named: bool, why: &str) -> Failure {
    let option = if named { "--precision-of" } else { "--replications auto" };
    Failure::new(Exit::Usage, format!("{option}: {why}"))
}

fn meta(loaded: &Loaded, study: &Study, count: &Count) -> StudyMeta {
    let scenario = &loaded.scenario;
    let varied =
        |key: &str| study.axes.iter().any(|axis| axis.name.strip_prefix("assumptions.") == Some(key));
    let assumptions = check::assumptions(scenario).into_iter().filter(|a| !varied(a.key));
    StudyMeta {
        scenario: scenario.setup.name.clone(),
        description: scenario.description.clone(),
        scenario_sha256: loaded.sha256.clone(),
        seed: scenario.setup.seed,
        replications: match count {
            Count::Number(number) => number.to_string(),
            Count::Auto(_) => "auto".to_owned(),
        },
        version: env!("CARGO_PKG_VERSION").to_owned(),
        assumptions: assumptions.map(|a| (a.key.to_owned(), a.value)).collect(),
    }
}

fn alone(loaded: &LoadedStudy, which: &ScenarioOptions) -> Alone {
    let mut command = vec!["run".to_owned(), loaded.loaded.file.clone()];
    command.extend(which.set.iter().flat_map(|set| ["--set".to_owned(), set.clone()]));
    // The others are paths, and say it themselves.
    let no_paths = loaded.block.axes.iter().filter(|axis| [READINGS, REVISION].contains(&&*axis.name));
    let values = no_paths.flat_map(|axis| {
        axis.values.iter().map(|value| {
            let sets = value.edits.iter().map(|edit| format!("{}={}", edit.path, edit.value));
            let words = sets.flat_map(|set| ["--set".to_owned(), set]).collect();
            (format!("{}={}", axis.name, value.label), words)
        })
    });
    Alone { command, values: values.collect() }
}
