//! Mistakes in what stands outside the file, at options that other rooms read: shown as those in the file are.

use super::error::{Finding, Findings, Mistakes};
use super::mistakes;
use super::source::{Sources, Span};
use super::tree::{Node, Value};
use std::ops::Range;

/// Collects what is wrong with what stands at options, all of it, in their order.
#[derive(Debug, Default)]
pub struct Remarks {
    sources: Option<Sources>,
    /// The number of the option that was named last.
    option: u16,
    findings: Findings,
}

/// One thing that is wrong with a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// Where in the text, in bytes.
    pub at: Range<usize>,
    /// What is the matter.
    pub message: String,
    /// What is allowed, or would help; may be empty.
    pub allowed: String,
    /// What was probably meant, when a name is wrong: the name, and those there are.
    pub near: Option<(String, Vec<String>)>,
}

impl Remark {
    /// Something wrong at these bytes, and what is allowed there.
    pub fn new(at: Range<usize>, message: impl Into<String>, allowed: impl Into<String>) -> Remark {
        Remark { at, message: message.into(), allowed: allowed.into(), near: None }
    }

    /// The name is wrong; one of these may have been meant.
    #[must_use]
    pub fn near(mut self, name: &str, names: impl IntoIterator<Item = impl Into<String>>) -> Remark {
        self.near = Some((name.to_owned(), names.into_iter().map(Into::into).collect()));
        self
    }
}

impl Remarks {
    /// From here on remarks are about what stands at this option.
    pub fn about(&mut self, option: &str, text: &str) {
        match &mut self.sources {
            Some(sources) => self.option = sources.add(option, text.to_owned()),
            None => self.sources = Some(Sources::new(option, text.to_owned())),
        }
    }

    /// One more.
    pub fn push(&mut self, remark: Remark) {
        let byte = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let span = Span { source: self.option, start: byte(remark.at.start), end: byte(remark.at.end) };
        let mut finding = Finding::new(span, remark.message);
        if !remark.allowed.is_empty() {
            finding = finding.allowed(remark.allowed);
        }
        if let Some((name, names)) = &remark.near {
            finding = finding.near(name, names.iter().map(String::as_str));
        }
        self.findings.push(finding);
    }

    /// All of it as mistakes.
    ///
    /// # Errors
    ///
    /// When there are any.
    pub fn check(self) -> Result<(), Mistakes> {
        match self.sources {
            Some(sources) if !self.findings.kept.is_empty() => {
                Err(mistakes(self.findings, &Node::new(Value::Null, Span::default()), &sources))
            }
            Some(_) | None => Ok(()),
        }
    }
}
