//! What the commands of many runs share: their options, and the way from a file to a study. This room's door to the
//! room `study`.

use super::exit::{Exit, Failure};
use super::load::{Loaded, load, refused};
use super::options::ScenarioOptions;
use super::terminal::{Terminal, shown};
use crate::scenario::{Axis, Mistakes, Override, READINGS, Replications, StudyBlock, overlap};
use crate::study::bad::REVISION;
use crate::study::grid::{self, TooMany};
use crate::study::results::Head;
use crate::study::{POINTS_MAX, Study};
use clap::Args;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What a study varies, and how often it runs.
#[derive(Args, Clone, Debug)]
pub(super) struct StudyOptions {
    /// Vary one value, by its path or short name: `my-daemon.drainPercent=5,10,25` or `…=5..50/5`; several make a grid;
    /// `assumptions` is every other reading of each, one at a time
    #[arg(long, value_name = "PATH=VALUES", help_heading = "Study")]
    pub(super) vary: Vec<String>,

    /// Runs of each point, or `auto`: until intervals are as narrow as --precision [default: 100]
    #[arg(long, value_name = "N", value_parser = replications, help_heading = "Study")]
    pub(super) replications: Option<Replications>,

    /// How narrow intervals are to be, on either side, as a share of the mean [default: 2%]
    #[arg(long, value_name = "SHARE", value_parser = share, help_heading = "Study")]
    pub(super) precision: Option<f64>,

    /// The measure that is to be so precise [default: how long the last deployments take]
    #[arg(long, value_name = "MEASURE", help_heading = "Study")]
    pub(super) precision_of: Option<String>,

    /// Runs of a point at the most, where --precision decides [default: 10000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), help_heading = "Study")]
    pub(super) max_replications: Option<u64>,
}

/// A scenario and what is to be studied of it.
pub(super) struct LoadedStudy {
    /// The scenario as it is without any axis.
    pub(super) loaded: Loaded,
    /// What the file's `study:` and the command line ask; the latter comes first.
    pub(super) block: StudyBlock,
}

/// `N` or `auto`.
pub(super) fn replications(text: &str) -> Result<Replications, String> {
    match text.parse() {
        _ if text == "auto" => Ok(Replications::Auto),
        Ok(0) => Err("at least 1".to_owned()),
        Ok(number) => Ok(Replications::Number(number)),
        Err(_) => Err("a number of runs, or auto".to_owned()),
    }
}

/// `2%` or 0.02, above 0 and at most 1.
pub(super) fn share(text: &str) -> Result<f64, String> {
    let (number, of) = text.strip_suffix('%').map_or((text, 1.0), |number| (number, 100.0));
    match number.trim().parse::<f64>() {
        Ok(share) if share > 0.0 && share <= of => Ok(share / of),
        Ok(_) | Err(_) => Err("a share such as 2% or 0.02".to_owned()),
    }
}

/// Reads a scenario and what is to be studied of it. Every value of every axis has been tried by itself, so that all
/// mistakes come at once and before any run.
pub(super) fn load_study(
    path: &Path,
    which: &ScenarioOptions,
    options: &StudyOptions,
    terminal: &Terminal,
) -> Result<LoadedStudy, Failure> {
    study_of(load(path, which, terminal)?, options, terminal)
}

/// What is to be studied of a scenario that has been read.
pub(super) fn study_of(
    loaded: Loaded,
    options: &StudyOptions,
    terminal: &Terminal,
) -> Result<LoadedStudy, Failure> {
    let colors = terminal.colors_talk();
    let mut block = loaded.scenario.study.clone();
    if let Some(text) = options.vary.iter().find(|text| !text.contains('=')) {
        let line =
            format!("invalid --vary: `{}` is not PATH=VALUES, such as delays.appStart=20s,30s", shown(text));
        return Err(Failure::new(Exit::Usage, line));
    }
    if !options.vary.is_empty() {
        let (axes, wrong): (Vec<_>, Vec<_>) =
            options.vary.iter().map(|text| Axis::parse("--vary", text)).partition(Result::is_ok);
        block.axes = axes.into_iter().flatten().collect();
        all_right(wrong.into_iter().filter_map(Result::err).map(|m| refused(&m, colors)))?;
    }
    block.replications = options.replications.or(block.replications);
    block.precision = options.precision.or(block.precision);
    block.precision_of = options.precision_of.clone().or(block.precision_of);
    block.max_replications = options.max_replications.or(block.max_replications);
    try_axes(&loaded, &block.axes, colors)?;
    Ok(LoadedStudy { loaded, block })
}

/// Tries each value of each axis by itself.
pub(super) fn try_axes(loaded: &Loaded, axes: &[Axis], colors: bool) -> Result<(), Failure> {
    let mut names: Vec<&str> = axes.iter().map(|axis| axis.name.as_str()).collect();
    names.sort_unstable();
    if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
        let line = format!("`{}` is varied twice; one axis has all its values", twice[0]);
        return Err(Failure::new(Exit::Scenario, line));
    }
    all_apart(loaded, axes)?;
    let wrong = axes.iter().flat_map(|axis| tried(loaded, axis));
    // A wrong path is as wrong with the second value as with the first.
    let mut seen = BTreeSet::new();
    let wrong = wrong.filter(|mistakes| {
        let diagnostics = mistakes.diagnostics().iter();
        seen.insert(diagnostics.map(|d| (d.path.clone(), d.message.clone())).collect::<Vec<_>>())
    });
    all_right(wrong.map(|mistakes| refused(&mistakes, colors)))?;
    all_right(axes.iter().filter_map(|axis| same_values(loaded, axis)))
}

/// What is wrong with each value of an axis.
fn tried<'a>(loaded: &'a Loaded, axis: &'a Axis) -> impl Iterator<Item = Mistakes> + 'a {
    axis.values.iter().filter_map(|value| loaded.template.try_scenario(&value.edits).err())
}

/// Two values of an axis that are one scenario, written in two ways. Readings of assumptions are listed by us, and those
/// that make no difference are found by running them.
fn same_values(loaded: &Loaded, axis: &Axis) -> Option<Failure> {
    if axis.name == READINGS {
        return None;
    }
    let mut seen: BTreeMap<[u8; 32], &str> = BTreeMap::new();
    axis.values.iter().find_map(|value| {
        let scenario = loaded.template.try_scenario(&value.edits).ok()?;
        let other = seen.insert(scenario.digest(), &value.label)?;
        let line =
            format!("`{other}` and `{}` of `{}` mean the same; each value once", value.label, axis.name);
        Some(Failure::new(Exit::Scenario, line))
    })
}

/// No two axes change the same member, under whatever names, nor one a part of what the other changes: one would
/// overwrite the other, and tables would show values that no run had.
pub(super) fn all_apart(loaded: &Loaded, axes: &[Axis]) -> Result<(), Failure> {
    let edits = |axis: &Axis| -> BTreeSet<String> {
        axis.values.iter().flat_map(|value| &value.edits).map(|edit| edit.path.clone()).collect()
    };
    let named: Vec<(&Axis, BTreeSet<String>)> = axes.iter().map(|axis| (axis, edits(axis))).collect();
    let all: Vec<(&Axis, &str)> =
        named.iter().flat_map(|(axis, paths)| paths.iter().map(move |path| (*axis, path.as_str()))).collect();
    let names: Vec<&str> = all.iter().map(|(_, name)| *name).collect();
    let paths = loaded.template.resolve(&names);
    let placed: Vec<(&Axis, &str, &String)> = all
        .into_iter()
        .zip(&paths)
        .filter_map(|((axis, name), path)| Some((axis, name, path.as_ref()?)))
        .collect();
    let pairs =
        placed.iter().enumerate().flat_map(|(n, one)| placed[n + 1..].iter().map(move |two| (one, two)));
    let failures = pairs.filter_map(|((first, one, at), (second, other, there))| {
        if first.name == second.name || !overlap(at, there) {
            return None;
        }
        let bad = [first, second].iter().any(|axis| axis.name == REVISION);
        let what = if bad { "one is varied and the other makes a revision bad" } else { "both are varied" };
        let how = match at.len().cmp(&there.len()) {
            Ordering::Equal if one == other => format!("`{one}` is there twice"),
            Ordering::Equal => format!("`{one}` and `{other}` are the same member"),
            Ordering::Less => format!("`{one}` holds `{other}`"),
            Ordering::Greater => format!("`{other}` holds `{one}`"),
        };
        Some(Failure::new(Exit::Scenario, format!("{how}, and {what}: one would overwrite the other")))
    });
    all_right(failures)
}

impl LoadedStudy {
    /// The study of these axes' grid.
    pub(super) fn study(&self, axes: &[Axis]) -> Result<Study, Failure> {
        let points = grid::points(axes).map_err(|TooMany(points)| {
            let line = format!("the grid has {points} points; at most {POINTS_MAX} can be studied");
            Failure::new(Exit::Limit, line)
        })?;
        let mut scenarios = Vec::with_capacity(points.len());
        for point in points {
            let edits: Vec<Override> = point.iter().flat_map(|value| value.edits.iter().cloned()).collect();
            let labels = point.iter().map(|value| value.label.clone()).collect();
            scenarios.push((labels, self.loaded.template.scenario(&edits)?));
        }
        let heads = axes.iter().map(|axis| Head {
            name: axis.name.clone(),
            labels: axis.values.iter().map(|value| value.label.clone()).collect(),
        });
        Ok(Study::new(heads.collect(), scenarios))
    }
}

/// All failures as one.
fn all_right(failures: impl Iterator<Item = Failure>) -> Result<(), Failure> {
    failures.reduce(Failure::and).map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_percentages_or_numbers() {
        assert_eq!(share("2%"), Ok(0.02));
        assert_eq!(share("0.5"), Ok(0.5));
        assert_eq!(share("100 %"), Ok(1.0));
        for wrong in ["0", "-1%", "101%", "1.5", "nan", "two", "%"] {
            assert!(share(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn replications_are_a_number_or_auto() {
        assert_eq!(replications("auto"), Ok(Replications::Auto));
        assert_eq!(replications("1000000000000"), Ok(Replications::Number(1_000_000_000_000)));
        for wrong in ["0", "-1", "1.5", "many", "99999999999999999999"] {
            assert!(replications(wrong).is_err(), "{wrong}");
        }
    }
}
