//! What is wrong with a scenario, or worth knowing about it, and how it is shown.

use super::source::{Place, Sources, Span};
use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level as Shown, Renderer, Snippet};
use std::fmt;

/// How many mistakes are shown; of the rest there is a count.
pub(super) const SHOWN: usize = 100;

/// Everything that is wrong with a scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Mistakes {
    shown: Vec<Diagnostic>,
    /// How many more there are.
    more: usize,
    limit: bool,
}

/// One thing that is wrong, or worth knowing, with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    /// How bad it is.
    pub level: Level,
    /// The file's name as it was given, or the option that it stood at: `--set`.
    pub source: String,
    /// Counted from 1.
    pub line: usize,
    /// Counted from 1, in characters.
    pub column: usize,
    /// Where it stands in the scenario: `timeline[1].updateDaemon.critical`; empty for the whole.
    pub path: String,
    /// What is the matter.
    pub message: String,
    /// What was found.
    pub found: Option<String>,
    /// What is allowed, or would help.
    pub allowed: Option<String>,
    /// The nearest name, where one was misspelt.
    pub near: Option<String>,
    /// A second place that has to do with it: line, column and what is there.
    pub also: Option<(usize, usize, String)>,
    text: Place,
    also_text: Option<Place>,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// The scenario is invalid.
    Error,
    /// It is valid, but perhaps not what was meant.
    Warning,
}

/// A diagnostic in the making: places are spans.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Finding {
    pub(super) span: Span,
    /// A member that is not there, of what is at `span`.
    pub(super) member: Option<String>,
    pub(super) message: String,
    pub(super) found: Option<String>,
    pub(super) allowed: Option<String>,
    pub(super) near: Option<String>,
    pub(super) also: Option<(Span, String)>,
    /// Whether it is a limit of ours rather than a mistake.
    pub(super) limit: bool,
}

/// Findings as they come; beyond a thousand there is only a count.
#[derive(Clone, Debug, Default)]
pub(super) struct Findings {
    pub(super) kept: Vec<Finding>,
    pub(super) beyond: usize,
}

impl Findings {
    /// More than are shown, since they are sorted before that.
    const KEPT: usize = 1000;

    pub(super) fn push(&mut self, finding: Finding) {
        if self.is_full() {
            self.beyond += 1;
        } else {
            self.kept.push(finding);
        }
    }

    /// Whether one more would only be counted.
    pub(super) fn is_full(&self) -> bool {
        self.kept.len() >= Findings::KEPT
    }
}

impl Mistakes {
    /// What is wrong, in the file's order; at most a hundred.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.shown
    }

    /// How many mistakes there are.
    pub fn count(&self) -> usize {
        self.shown.len() + self.more
    }

    /// Whether all of it is a limit that was reached, rather than a mistake.
    pub fn is_limit(&self) -> bool {
        self.limit
    }

    /// All of it as text.
    pub fn render(&self, color: bool) -> String {
        let mut text = String::new();
        for diagnostic in &self.shown {
            text += &diagnostic.render(color);
            text.push('\n');
        }
        if self.more > 0 {
            text += &format!("error: and {} more mistakes\n", self.more);
        }
        text
    }

    pub(super) fn new(shown: Vec<Diagnostic>, more: usize, limit: bool) -> Mistakes {
        Mistakes { shown, more, limit }
    }
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Mistakes {}

impl Diagnostic {
    pub(super) fn new(level: Level, finding: Finding, path: String, sources: &Sources) -> Diagnostic {
        let text = sources.place(finding.span);
        let also_text = finding.also.as_ref().map(|(span, _)| sources.place(*span));
        let also =
            finding.also.zip(also_text.as_ref()).map(|((_, label), place)| (place.line, place.column, label));
        Diagnostic {
            level,
            source: text.source.clone(),
            line: text.line,
            column: text.column,
            path,
            message: finding.message,
            found: finding.found,
            allowed: finding.allowed,
            near: finding.near,
            also,
            text,
            also_text,
        }
    }

    /// The diagnostic as text: what, where, the line with a caret, what is allowed.
    pub fn render(&self, color: bool) -> String {
        let level = match self.level {
            Level::Error => Shown::ERROR,
            Level::Warning => Shown::WARNING,
        };
        let mut group = level.primary_title(self.message.as_str()).element(self.snippet());
        if let (Some(place), Some((_, _, label))) = (&self.also_text, &self.also)
            && !self.same_line(place)
        {
            group = group.element(snippet(place, label, AnnotationKind::Context));
        }
        for (name, text) in self.notes() {
            group = group.element(Shown::NOTE.with_name(name).message(text));
        }
        let group: Group<'_> = group;
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        let mut text = renderer.decor_style(DecorStyle::Ascii).render(&[group]);
        text.push('\n');
        text
    }

    fn snippet(&self) -> Snippet<'_, annotate_snippets::Annotation<'_>> {
        let label = self.found.as_deref().unwrap_or("");
        let mut snippet = snippet(&self.text, label, AnnotationKind::Primary);
        if let (Some(place), Some((_, _, label))) = (&self.also_text, &self.also)
            && self.same_line(place)
        {
            // Both windows are of one line; where they differ, the line is too long to show both marks.
            if place.text == self.text.text {
                let mark = AnnotationKind::Context.span(place.marked.clone()).label(label.as_str());
                snippet = snippet.annotation(mark);
            }
        }
        snippet
    }

    fn same_line(&self, other: &Place) -> bool {
        other.source == self.text.source && other.line == self.text.line
    }

    fn notes(&self) -> Vec<(&'static str, String)> {
        let mut notes = Vec::new();
        if !self.path.is_empty() {
            notes.push(("at", self.path.clone()));
        }
        if let Some(near) = &self.near {
            notes.push(("help", format!("did you mean `{near}`?")));
        }
        if let Some(allowed) = &self.allowed {
            notes.push(("allowed", allowed.clone()));
        }
        notes
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

fn snippet<'a>(
    place: &'a Place,
    label: &'a str,
    kind: AnnotationKind,
) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let mark = kind.span(place.marked.clone());
    let mark = if label.is_empty() { mark } else { mark.label(label) };
    Snippet::source(place.text.as_str()).path(place.source.as_str()).line_start(place.line).annotation(mark)
}

impl Finding {
    pub(super) fn new(span: Span, message: impl Into<String>) -> Finding {
        Finding {
            span,
            member: None,
            message: message.into(),
            found: None,
            allowed: None,
            near: None,
            also: None,
            limit: false,
        }
    }

    pub(super) fn found(mut self, found: impl Into<String>) -> Finding {
        self.found = Some(found.into());
        self
    }

    pub(super) fn allowed(mut self, allowed: impl Into<String>) -> Finding {
        self.allowed = Some(allowed.into());
        self
    }

    pub(super) fn near<'a>(mut self, name: &str, names: impl IntoIterator<Item = &'a str>) -> Finding {
        self.near = nearest(name, names).map(str::to_owned);
        self
    }

    pub(super) fn also(mut self, span: Span, label: impl Into<String>) -> Finding {
        self.also = Some((span, label.into()));
        self
    }

    pub(super) fn limit(mut self) -> Finding {
        self.limit = true;
        self
    }
}

/// The name that `name` was probably meant to be.
pub(super) fn nearest<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    const LONGEST: usize = 80;
    const MOST: usize = 2000;
    if name.len() > LONGEST {
        return None;
    }
    let wanted = name.to_lowercase();
    names
        .into_iter()
        .take(MOST)
        .filter(|candidate| candidate.len() <= LONGEST)
        .map(|candidate| (strsim::damerau_levenshtein(&wanted, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= (candidate.chars().count() / 3).max(1))
        .min_by_key(|(distance, candidate)| (*distance, strsim::damerau_levenshtein(name, candidate)))
        .map(|(_, candidate)| candidate)
}
