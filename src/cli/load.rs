//! From a path to a scenario: the only file of this room that opens one, and its door to the room `scenario`.

use super::exit::{Exit, Failure};
use super::new::Case;
use super::options::ScenarioOptions;
use super::report::hexadecimal;
use super::terminal::{Terminal, plain, shown};
use crate::scenario::{self, Draft, Mistakes, Override, Scenario};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Scenarios are written by people; what is larger than this was not.
const BYTES_MAX: u64 = 8 << 20;

/// A plan may hold a few of those.
const PLAN_MAX: u64 = 64 << 20;

/// A scenario as it was read.
pub(super) struct Loaded {
    /// What it says.
    pub(super) scenario: Scenario,
    /// The name of its file as it was given, safe to print.
    pub(super) file: String,
    /// SHA-256 of what it means, after `--set` and `--seed`, in hexadecimal digits: the order of keys, units and
    /// comments do not count.
    pub(super) sha256: String,
    /// What other scenarios can be made of.
    pub(super) template: Template,
}

/// A scenario's file, before it is understood: a study makes many scenarios of it.
pub(super) struct Template {
    draft: Draft,
    /// The file's text.
    pub(super) text: Vec<u8>,
    /// `--set` and `--seed`.
    pub(super) overrides: Vec<Override>,
    directory: Option<PathBuf>,
    /// The other files that it names, as they were when first read.
    files: RefCell<BTreeMap<String, Result<String, String>>>,
    colors: bool,
}

/// A scenario's text and where it came from.
pub(super) struct Source {
    /// The name of its file, safe to print.
    pub(super) file: String,
    pub(super) text: Vec<u8>,
    /// Where the files that it names are; none: nowhere but in `files`.
    pub(super) directory: Option<PathBuf>,
    /// Those that are known already.
    pub(super) files: BTreeMap<String, String>,
}

/// Reads a scenario once, whatever happens to its file later.
pub(super) fn load(path: &Path, options: &ScenarioOptions, terminal: &Terminal) -> Result<Loaded, Failure> {
    // Wrong usage first.
    overrides(options)?;
    let stdin = path == Path::new("-");
    let file = if stdin { "<stdin>".to_owned() } else { shown(path) };
    let text = if stdin { read_capped(io::stdin().lock(), &file, BYTES_MAX)? } else { read_file(path)? };
    let directory = path.parent().filter(|_| !stdin).unwrap_or(Path::new("")).to_owned();
    understand(Source { file, text, directory: Some(directory), files: BTreeMap::new() }, options, terminal)
}

/// Makes a scenario of its text.
pub(super) fn understand(
    source: Source,
    options: &ScenarioOptions,
    terminal: &Terminal,
) -> Result<Loaded, Failure> {
    let (overrides, colors) = (overrides(options)?, terminal.colors_talk());
    let Source { file, text, directory, files } = source;
    let draft = Draft::read(&file, &text).map_err(|mistakes| refused(&mistakes, colors))?;
    let files = RefCell::new(files.into_iter().map(|(name, text)| (name, Ok(text))).collect());
    let template = Template { draft, text, overrides, directory, files, colors };
    let scenario = template.scenario(&[])?;
    Ok(Loaded { sha256: hexadecimal(&scenario.digest()), scenario, file, template })
}

impl Template {
    /// The scenario with these edits after those of the command line.
    pub(super) fn scenario(&self, edits: &[Override]) -> Result<Scenario, Failure> {
        self.try_scenario(edits).map_err(|mistakes| refused(&mistakes, self.colors))
    }

    /// The same, with what is wrong with it.
    pub(super) fn try_scenario(&self, edits: &[Override]) -> Result<Scenario, Mistakes> {
        let all: Vec<Override> = self.overrides.iter().chain(edits).cloned().collect();
        let mut read = |name: &str| {
            let mut files = self.files.borrow_mut();
            let read = || match &self.directory {
                Some(directory) => read_beside(directory, name),
                None => Err("it is not part of the plan".to_owned()),
            };
            files.entry(name.to_owned()).or_insert_with(read).clone()
        };
        self.draft.scenario(&all, &mut read)
    }

    /// The paths of these names, after the edits of the command line.
    pub(super) fn resolve(&self, names: &[&str]) -> Vec<Option<String>> {
        self.draft.resolve(&self.overrides, names)
    }

    /// The other files that the scenarios made so far name, with what is in them.
    pub(super) fn files(&self) -> BTreeMap<String, String> {
        let files = self.files.borrow();
        files.iter().filter_map(|(name, text)| Some((name.clone(), text.clone().ok()?))).collect()
    }
}

/// What is wrong with a scenario, as the end of a command.
pub(super) fn refused(mistakes: &Mistakes, colors: bool) -> Failure {
    let exit = if mistakes.is_limit() { Exit::Limit } else { Exit::Scenario };
    Failure::rendered(exit, mistakes.render(colors))
}

/// The JSON Schema of scenarios.
pub(super) fn json_schema() -> String {
    scenario::json_schema()
}

/// A commented starter.
pub(super) fn starter(case: Case) -> &'static str {
    scenario::starter(match case {
        Case::EmptyCp => scenario::Case::EmptyCp,
        Case::ExistingCp => scenario::Case::ExistingCp,
        Case::AddCp => scenario::Case::AddCp,
        Case::Update => scenario::Case::Update,
    })
}

/// `--set` in its order, then `--seed`, which is short for one of them.
fn set(options: &ScenarioOptions) -> Vec<String> {
    let seed = options.seed.map(|seed| format!("seed={seed}"));
    options.set.iter().cloned().chain(seed).collect()
}

fn overrides(options: &ScenarioOptions) -> Result<Vec<Override>, Failure> {
    let parse = |text: &String| Override::parse(text);
    set(options)
        .iter()
        .map(parse)
        .collect::<Result<_, _>>()
        .map_err(|why| Failure::new(Exit::Usage, format!("invalid --set: {why}")))
}

/// The text of a plan: it holds a scenario and the files that it names.
pub(super) fn read_plan(path: &Path) -> Result<Vec<u8>, Failure> {
    read_regular(path, PLAN_MAX)
}

/// A file named in a scenario, relative to it.
fn read_beside(directory: &Path, name: &str) -> Result<String, String> {
    let bytes = read_file(&directory.join(name)).map_err(|failure| match failure.words {
        super::exit::Words::Line(line) | super::exit::Words::Rendered(line) => line,
        super::exit::Words::None => String::new(),
    })?;
    String::from_utf8(bytes).map_err(|e| format!("byte {} is not UTF-8", e.utf8_error().valid_up_to()))
}

/// A pipe without a writer would hang, a device might never end: only regular files are read.
fn read_file(path: &Path) -> Result<Vec<u8>, Failure> {
    read_regular(path, BYTES_MAX)
}

fn read_regular(path: &Path, most: u64) -> Result<Vec<u8>, Failure> {
    let name = shown(path);
    let could_not = |e: io::Error| Failure::io(format!("could not read `{name}`: {}", plain(&e)));
    let kind = fs::metadata(path).map_err(could_not)?;
    if kind.is_dir() {
        return Err(Failure::io(format!("`{name}` is a directory, not a scenario")));
    }
    if !kind.is_file() {
        return Err(Failure::io(format!("`{name}` is not a regular file; `-` reads standard input")));
    }
    read_capped(File::open(path).map_err(could_not)?, &name, most)
}

fn read_capped(from: impl Read, name: &str, most: u64) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    from.take(most + 1)
        .read_to_end(&mut bytes)
        .map_err(|e| Failure::io(format!("could not read `{name}`: {}", plain(&e))))?;
    if bytes.len() as u64 > most {
        return Err(Failure::new(
            Exit::Limit,
            format!("`{name}` is larger than {} MiB, the limit for a file", most >> 20),
        ));
    }
    Ok(bytes)
}
