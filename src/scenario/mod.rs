//! Text → [`Setup`]; mistakes point at themselves.
//!
//! A scenario goes through three forms. `tree` is what YAML says, each value with its place. `format` is what the
//! format says, read by `read`: the same declarations make the JSON Schema and the reference. `lower` looks names up
//! and fills defaults in. None of the three stops at a mistake, so that all mistakes of a file come in one go.

pub mod check;

mod axis;
mod catalogue;
mod duration;
mod error;
mod format;
mod law;
mod lower;
mod number;
mod overrides;
mod paths;
mod read;
mod readings;
mod remarks;
mod schema;
mod source;
mod starters;
mod study;
mod text;
mod tree;

pub use axis::{Axis, AxisValue};
pub use duration::parse as parse_duration;
pub use error::{Diagnostic, Level, Mistakes};
pub use overrides::{Override, overlap};
pub use readings::{AS_THEY_ARE, READINGS, readings, readings_axis};
pub use remarks::{Remark, Remarks};
pub use schema::{json_schema, reference_markdown};
pub use starters::{Case, starter};
pub use study::{Replications, StudyBlock};

use crate::record::Expectation;
use crate::world::setup::Setup;
use error::{Finding, Findings};
use lower::Notes;
use paths::Paths;
use read::{Form, Reader};
use sha2::{Digest, Sha256};
use source::{Sources, Span};
use tree::Node;

/// A valid scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// What a world is made of.
    pub setup: Setup,
    /// What the scenario is about.
    pub description: String,
    /// What a run should show.
    pub expectations: Vec<Expectation>,
    /// What its studies ask.
    pub study: StudyBlock,
    /// What `check` warns of, each with its place.
    pub warnings: Vec<Diagnostic>,
    /// Members of ECS requests that are taken and have no effect, `taskDefinitions[].executionRoleArn`, each once.
    pub not_simulated: Vec<String>,
    /// Paths of the assumptions and delays that the file sets itself, `delays.appStart`; the others are defaults.
    pub given: Vec<String>,
    /// Short names for `--set` and `--vary`, and the paths they stand for.
    pub short_names: Vec<(String, String)>,
}

impl Scenario {
    /// Reads a scenario. `overrides` are made first; `read` gives the text of a file that the scenario names by a
    /// relative path, or says why it cannot.
    ///
    /// # Errors
    ///
    /// All mistakes at once.
    pub fn parse(
        file_name: &str,
        text: &[u8],
        overrides: &[Override],
        read: &mut dyn FnMut(&str) -> Result<String, String>,
    ) -> Result<Scenario, Mistakes> {
        Draft::read(file_name, text)?.scenario(overrides, read)
    }

    /// SHA-256 of what it means: the order of keys, units and comments do not count.
    pub fn digest(&self) -> [u8; 32] {
        let meaning = format!("{:?}", (&self.setup, &self.description, &self.expectations));
        Sha256::digest(meaning.as_bytes()).into()
    }
}

/// A file that has been read, and not been understood yet: a study makes many scenarios of one.
#[derive(Clone, Debug)]
pub struct Draft {
    root: Node,
    sources: Sources,
    /// What is wrong with it so far; there may be more.
    findings: Findings,
}

impl Draft {
    /// Reads a file's YAML.
    ///
    /// # Errors
    ///
    /// What is no YAML at all, or more of it than is taken.
    pub fn read(file_name: &str, text: &[u8]) -> Result<Draft, Mistakes> {
        let mut findings = Findings::default();
        let sources = Sources::new(file_name, decoded(text, &mut findings));
        let root =
            if findings.kept.is_empty() { tree::parse(sources.text(0), 0, 0, &mut findings) } else { None };
        // Nothing but `---`.
        let root = root.filter(|root| root.value != tree::Value::Null);
        if let Some(root) = root {
            return Ok(Draft { root, sources, findings });
        }
        if findings.kept.is_empty() {
            let finding = Finding::new(Span::default(), "the scenario is empty");
            findings
                .push(finding.allowed("at least a `name`; `daemonsim new` writes a scenario to start from"));
        }
        Err(mistakes(findings, &Node::new(tree::Value::Null, Span::default()), &sources))
    }

    /// The path of each of these names and paths once `edits` are made, so that two names of one member are equal;
    /// none for what is no path.
    pub fn resolve(&self, edits: &[Override], names: &[&str]) -> Vec<Option<String>> {
        overrides::resolve(&self.root, edits, names)
    }

    /// What the file says once `edits` are made.
    ///
    /// # Errors
    ///
    /// All mistakes at once.
    pub fn scenario(
        &self,
        edits: &[Override],
        read: &mut dyn FnMut(&str) -> Result<String, String>,
    ) -> Result<Scenario, Mistakes> {
        let Draft { mut root, mut sources, mut findings } = self.clone();
        overrides::apply(&mut root, edits, &mut sources, &mut findings);
        let mut notes =
            Notes { reader: Reader { mistakes: findings, ..Reader::default() }, ..Notes::default() };
        let lowered = format::Document::read(&root, &mut notes.reader).and_then(|document| {
            let description = document.description.get().map_or(String::new(), |d| d.0.clone());
            let study = StudyBlock::of(document.study.get());
            lower::lower(&document, &mut notes, read).map(|lowered| (lowered, description, study))
        });
        if let Some((lowered, ..)) = &lowered {
            check::findings(&lowered.setup, &lowered.places, &mut notes);
        }
        let (Some((lowered, description, study)), true) = (lowered, notes.reader.mistakes.kept.is_empty())
        else {
            return Err(mistakes(notes.reader.mistakes, &root, &sources));
        };
        let spans = notes.warnings.iter().map(|finding| finding.span);
        let paths = Paths::of(&root, spans.chain(notes.reader.ignored.iter().copied()));
        let not_simulated = paths.patterns(&notes.reader.ignored);
        Ok(Scenario {
            setup: lowered.setup,
            description,
            expectations: lowered.expectations,
            warnings: diagnostics(Level::Warning, notes.warnings, &paths, &sources),
            not_simulated,
            study,
            given: notes.given,
            short_names: overrides::short_names(&root),
        })
    }
}

/// The file's text, when it is text that YAML can be.
fn decoded(bytes: &[u8], findings: &mut Findings) -> String {
    if bytes.len() > tree::BYTES_MAX {
        let message = format!("the file is longer than {} MiB", tree::BYTES_MAX >> 20);
        findings.push(Finding::new(Span::default(), message).limit());
        return String::new();
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(error) => {
            let at = error.valid_up_to();
            let utf16 = bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff");
            let what = if utf16 { "this is UTF-16" } else { "this is not UTF-8" };
            let finding = Finding::new(at_byte(at), format!("{what}, at byte {at}"));
            findings.push(finding.allowed("a file in UTF-8"));
            return String::from_utf8_lossy(bytes).into_owned();
        }
    };
    for (at, c) in text.char_indices() {
        let after = text.as_bytes().get(at + 1);
        let what = match c {
            '\r' if after != Some(&b'\n') => "a carriage return that ends a line alone",
            '\u{85}' | '\u{2028}' | '\u{2029}' => "a line break of another age",
            '\n' | '\r' | '\t' => "",
            c if c.is_control() => "a control character",
            '\u{feff}' => "a byte order mark in the middle of the file",
            _ => "",
        };
        if !what.is_empty() {
            let message = format!("there is {what} at byte {at}: {}", c.escape_unicode());
            findings.push(
                Finding::new(at_byte(at), message).allowed("lines that end in LF or CR LF, plain text"),
            );
            break;
        }
    }
    text
}

fn at_byte(at: usize) -> Span {
    let at = u32::try_from(at).unwrap_or(u32::MAX);
    Span { source: 0, start: at, end: at }
}

/// Findings with their places, in the file's order.
fn diagnostics(
    level: Level,
    mut findings: Vec<Finding>,
    paths: &Paths,
    sources: &Sources,
) -> Vec<Diagnostic> {
    findings.sort_by_key(|finding| finding.span);
    let with_path = |finding: Finding| {
        let path = paths.path(&finding);
        Diagnostic::new(level, finding, path, sources)
    };
    findings.into_iter().map(with_path).collect()
}

fn mistakes(found: Findings, root: &Node, sources: &Sources) -> Mistakes {
    let Findings { kept: mut findings, beyond } = found;
    findings.sort_by_key(|finding| finding.span);
    findings.dedup();
    let limit = findings.iter().all(|finding| finding.limit);
    let more = findings.len().saturating_sub(error::SHOWN) + beyond;
    findings.truncate(error::SHOWN);
    let also = findings.iter().filter_map(|finding| finding.also.as_ref().map(|(span, _)| *span));
    let paths = Paths::of(root, findings.iter().map(|finding| finding.span).chain(also));
    Mistakes::new(diagnostics(Level::Error, findings, &paths, sources), more, limit)
}
