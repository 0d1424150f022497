//! From a path to a scenario: the only file of this room that opens one, and its door to the room `scenario`.

use super::exit::{Exit, Failure};
use super::new::Case;
use super::options::ScenarioOptions;
use super::report::hexadecimal;
use super::terminal::{Terminal, plain, shown};
use crate::scenario::{self, Override, Scenario};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

/// Scenarios are written by people; what is larger than this was not.
const BYTES_MAX: u64 = 8 << 20;

/// A scenario as it was read.
pub(super) struct Loaded {
    /// What it says.
    pub(super) scenario: Scenario,
    /// The name of its file as it was given, safe to print.
    pub(super) file: String,
    /// SHA-256 of what it means, after `--set` and `--seed`, in hexadecimal digits: the order of keys, units and
    /// comments do not count.
    pub(super) sha256: String,
}

/// Reads a scenario once, whatever happens to its file later.
pub(super) fn load(path: &Path, options: &ScenarioOptions, terminal: &Terminal) -> Result<Loaded, Failure> {
    let overrides = overrides(options)?;
    let stdin = path == Path::new("-");
    let file = if stdin { "<stdin>".to_owned() } else { shown(path) };
    let text = if stdin { read_capped(io::stdin().lock(), &file)? } else { read_file(path)? };
    let directory = path.parent().filter(|_| !stdin).unwrap_or(Path::new(""));
    let mut read = |name: &str| read_beside(directory, name);
    let scenario = Scenario::parse(&file, &text, &overrides, &mut read).map_err(|mistakes| {
        let exit = if mistakes.is_limit() { Exit::Limit } else { Exit::Scenario };
        Failure::rendered(exit, mistakes.render(terminal.colors_talk()))
    })?;
    let digest = scenario.digest();
    Ok(Loaded { sha256: hexadecimal(&digest), scenario, file })
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
    let name = shown(path);
    let could_not = |e: io::Error| Failure::io(format!("could not read `{name}`: {}", plain(&e)));
    let kind = fs::metadata(path).map_err(could_not)?;
    if kind.is_dir() {
        return Err(Failure::io(format!("`{name}` is a directory, not a scenario")));
    }
    if !kind.is_file() {
        return Err(Failure::io(format!("`{name}` is not a regular file; `-` reads standard input")));
    }
    read_capped(File::open(path).map_err(could_not)?, &name)
}

fn read_capped(from: impl Read, name: &str) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    from.take(BYTES_MAX + 1)
        .read_to_end(&mut bytes)
        .map_err(|e| Failure::io(format!("could not read `{name}`: {}", plain(&e))))?;
    if bytes.len() as u64 > BYTES_MAX {
        return Err(Failure::new(
            Exit::Limit,
            format!("`{name}` is larger than 8 MiB, the limit for a file"),
        ));
    }
    Ok(bytes)
}
