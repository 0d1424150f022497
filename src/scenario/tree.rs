//! YAML → a tree in which everything knows where it was written.
//!
//! A tree rather than serde's visitors, because those stop at the first mistake. The parser's events also tell
//! what a value looked like: `"25"` is not `25`, and `010` is what it is and neither 8 nor 10.

use super::error::Finding;
use super::source::{Span, quoted};
use serde_yaml::granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError};
use std::collections::BTreeMap;

/// Files longer than this are refused before they are parsed.
pub(super) const BYTES_MAX: usize = 8 << 20;
/// Values in a file.
const NODES_MAX: usize = 1_000_000;
/// Values that come from following aliases.
const COPIES_MAX: usize = 100_000;
/// Lists in mappings in lists.
const DEPTH_MAX: usize = 48;

/// A value and where it was written.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    pub(super) value: Value,
    pub(super) span: Span,
    /// What to point at when something in it is missing: its key, where it has one.
    pub(super) head: Span,
}

/// A value as YAML 1.2 reads it; numbers stay as they were written.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Number(Box<str>),
    Text(Box<str>),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A member of a mapping.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    pub(super) key: Box<str>,
    pub(super) key_span: Span,
    pub(super) value: Node,
}

impl Node {
    pub(super) fn new(value: Value, span: Span) -> Node {
        Node { value, span, head: span }
    }

    /// The member of a mapping.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        match &self.value {
            Value::Map(entries) => entries.iter().find(|e| &*e.key == key).map(|e| &e.value),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) | Value::List(_) => None,
        }
    }

    /// The items of a list; of anything else, none.
    pub(super) fn items(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) | Value::Map(_) => &[],
        }
    }

    /// The text, where it is one.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::List(_) | Value::Map(_) => None,
        }
    }

    /// What it is, in words.
    pub(super) fn described(&self) -> String {
        match &self.value {
            Value::Null => "nothing".to_owned(),
            Value::Bool(value) => format!("the boolean `{value}`"),
            Value::Number(literal) => format!("the number {}", quoted(literal)),
            Value::Text(text) => format!("the text {}", quoted(text)),
            Value::List(items) if items.is_empty() => "an empty list".to_owned(),
            Value::List(_) => "a list".to_owned(),
            Value::Map(_) => "a mapping".to_owned(),
        }
    }

    /// How many values it is made of.
    fn size(&self) -> usize {
        match &self.value {
            Value::List(items) => 1 + items.iter().map(Node::size).sum::<usize>(),
            Value::Map(entries) => 1 + entries.iter().map(|e| e.value.size()).sum::<usize>(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => 1,
        }
    }
}

/// Parses the text of `source` from byte `offset` on. What is wrong goes to `findings`; none: nothing is left
/// to look at.
pub(super) fn parse(text: &str, source: u16, offset: u32, findings: &mut Vec<Finding>) -> Option<Node> {
    let mut builder = Builder {
        parser: Parser::new_from_str(text),
        source,
        offset,
        text,
        anchors: BTreeMap::new(),
        nodes: 0,
        copies: 0,
        findings,
    };
    match builder.document() {
        Ok(node) => node,
        Err(finding) => {
            findings.push(*finding);
            None
        }
    }
}

/// What a document that cannot be read any further stops with.
type Stop = Box<Finding>;

struct Builder<'t, 'f> {
    parser: Parser<'t, serde_yaml::granit_parser::StrInput<'t>>,
    source: u16,
    offset: u32,
    text: &'t str,
    /// Anchored values; none while the value is still being read.
    anchors: BTreeMap<usize, Option<Node>>,
    nodes: usize,
    copies: usize,
    findings: &'f mut Vec<Finding>,
}

impl<'t> Builder<'t, '_> {
    fn document(&mut self) -> Result<Option<Node>, Stop> {
        let mut root = None;
        let mut documents = 0;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamEnd => return Ok(root),
                Event::DocumentStart(..) => {
                    documents += 1;
                    if documents > 1 {
                        let stop = Finding::new(span, "a second document begins here")
                            .allowed("one document in a file: remove `---` and what follows");
                        return Err(Box::new(stop));
                    }
                }
                Event::Scalar(..) | Event::SequenceStart(..) | Event::MappingStart(..) | Event::Alias(_) => {
                    root = Some(self.node(event, span, None, 0)?);
                }
                _ => (),
            }
        }
    }

    fn next(&mut self) -> Result<(Event<'t>, Span), Stop> {
        let Some(next) = self.parser.next_event() else {
            return Ok((Event::StreamEnd, self.span_at(self.text.len())));
        };
        let (event, span) = next.map_err(|error| self.syntax(&error))?;
        let start = span.start.byte_offset().unwrap_or(0);
        let end = span.end.byte_offset().unwrap_or(start);
        Ok((event, Span { source: self.source, start: self.byte(start), end: self.byte(end.max(start)) }))
    }

    fn byte(&self, at: usize) -> u32 {
        self.offset.saturating_add(u32::try_from(at).unwrap_or(u32::MAX))
    }

    fn span_at(&self, at: usize) -> Span {
        Span { source: self.source, start: self.byte(at), end: self.byte(at) }
    }

    fn syntax(&self, error: &ScanError) -> Stop {
        let at = error.marker().byte_offset().unwrap_or(self.text.len()).min(self.text.len());
        let mut finding =
            Finding::new(self.span_at(at), format!("this is not YAML: {}", quoted_error(error)));
        let line_start = self.text.get(..at).and_then(|t| t.rfind('\n')).map_or(0, |nl| nl + 1);
        let rest = self.text.get(line_start..).unwrap_or("");
        let indent = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        if rest[..indent].contains('\t') {
            finding = finding.allowed("spaces; YAML takes no tabs for indentation");
        }
        if matches!(error.kind(), ErrorKind::RecursionLimitExceeded) {
            finding = Finding::new(finding.span, format!("nested more than {DEPTH_MAX} deep")).limit();
        }
        Box::new(finding)
    }

    fn count(&mut self, span: Span, depth: usize) -> Result<(), Stop> {
        self.nodes += 1;
        if self.nodes > NODES_MAX {
            return Err(Box::new(
                Finding::new(span, format!("the file has more than {NODES_MAX} values")).limit(),
            ));
        }
        if depth > DEPTH_MAX {
            return Err(Box::new(Finding::new(span, format!("nested more than {DEPTH_MAX} deep")).limit()));
        }
        Ok(())
    }

    fn node(&mut self, event: Event<'t>, span: Span, key: Option<Span>, depth: usize) -> Result<Node, Stop> {
        self.count(span, depth)?;
        let head = key.unwrap_or(span);
        let (mut node, anchor) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.tag(tag.is_some(), span);
                let value = match style {
                    ScalarStyle::Plain => plain(&text),
                    _ => Value::Text(text.into()),
                };
                // `key:` with nothing after it: the key is all there is to point at.
                let span = if span.start == span.end { head } else { span };
                (Node::new(value, span), anchor)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.tag(tag.is_some(), span);
                self.anchors.insert(anchor, None);
                let (items, end) = self.list(depth)?;
                (Node::new(Value::List(items), Span { end, ..span }), anchor)
            }
            Event::MappingStart(_, anchor, tag) => {
                self.tag(tag.is_some(), span);
                self.anchors.insert(anchor, None);
                let (entries, end) = self.map(depth)?;
                (Node::new(Value::Map(entries), Span { end, ..span }), anchor)
            }
            Event::Alias(id) => (self.alias(id, span)?, 0),
            _ => (Node::new(Value::Null, span), 0),
        };
        node.head = head;
        if anchor != 0 {
            self.copied(&node, span)?;
            self.anchors.insert(anchor, Some(node.clone()));
        }
        Ok(node)
    }

    fn alias(&mut self, id: usize, span: Span) -> Result<Node, Stop> {
        let Some(Some(node)) = self.anchors.get(&id) else {
            return Err(Box::new(Finding::new(span, "this alias stands inside of what it stands for")));
        };
        let node = Node { span, ..node.clone() };
        self.copied(&node, span)?;
        Ok(node)
    }

    /// An anchor keeps a copy of its value, and each alias makes one.
    fn copied(&mut self, node: &Node, span: Span) -> Result<(), Stop> {
        self.copies = self.copies.saturating_add(node.size());
        if self.copies > COPIES_MAX {
            let message = format!("anchors and aliases stand for more than {COPIES_MAX} values");
            return Err(Box::new(Finding::new(span, message).limit()));
        }
        Ok(())
    }

    fn list(&mut self, depth: usize) -> Result<(Vec<Node>, u32), Stop> {
        let mut items = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if let Event::SequenceEnd = event {
                return Ok((items, span.end));
            }
            items.push(self.node(event, span, None, depth + 1)?);
        }
    }

    fn map(&mut self, depth: usize) -> Result<(Vec<Entry>, u32), Stop> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut seen: BTreeMap<Box<str>, Span> = BTreeMap::new();
        loop {
            let (event, key_span) = self.next()?;
            let key = match event {
                Event::MappingEnd => return Ok((entries, key_span.end)),
                Event::Scalar(text, style, _, tag) => {
                    self.tag(tag.is_some(), key_span);
                    if text == "<<" && style == ScalarStyle::Plain {
                        let merge = Finding::new(key_span, "merge keys are not supported")
                            .allowed("write the members out, or put an alias in place of a whole value");
                        self.findings.push(merge);
                    }
                    Some(Box::<str>::from(text))
                }
                other => {
                    self.node(other, key_span, None, depth + 1)?;
                    self.findings.push(Finding::new(key_span, "a key must be plain text"));
                    None
                }
            };
            let (event, span) = self.next()?;
            let value = self.node(event, span, Some(key_span), depth + 1)?;
            let Some(key) = key else { continue };
            if let Some(first) = seen.get(&key) {
                let twice = Finding::new(key_span, format!("{} is given twice", quoted(&key)))
                    .found("again here")
                    .also(*first, "first here");
                self.findings.push(twice);
            } else {
                seen.insert(key.clone(), key_span);
                if &*key != "<<" {
                    entries.push(Entry { key, key_span, value });
                }
            }
        }
    }

    fn tag(&mut self, tagged: bool, span: Span) {
        if tagged {
            let tag = Finding::new(span, "tags (`!…`) are not supported").allowed("the plain value");
            self.findings.push(tag);
        }
    }
}

fn quoted_error(error: &ScanError) -> String {
    super::source::visible(&error.info())
}

/// A plain scalar, read by YAML 1.2's core schema.
fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ if looks_like_a_number(text) => Value::Number(text.into()),
        _ => Value::Text(text.into()),
    }
}

/// Integers and decimals, with an exponent or without; hexadecimal and octal ones; infinities and NaN.
fn looks_like_a_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF" | ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    for (prefix, radix) in [("0x", 16), ("0o", 8)] {
        if let Some(digits) = unsigned.strip_prefix(prefix) {
            return !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix));
        }
    }
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent_ok = exponent.is_none_or(|e| {
        let e = e.strip_prefix(['-', '+']).unwrap_or(e);
        !e.is_empty() && digits(e)
    });
    digits(whole) && digits(fraction) && !(whole.is_empty() && fraction.is_empty()) && exponent_ok
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> (Option<Node>, Vec<Finding>) {
        let mut findings = Vec::new();
        let node = parse(text, 0, 0, &mut findings);
        (node, findings)
    }

    #[test]
    fn scalars_are_what_yaml_1_2_says() {
        let (node, findings) = of("[25, '25', yes, true, ~, 1_000, 010, 1:30, -0.5e3, .nan, 0x10, 1e]");
        assert!(findings.is_empty());
        let node = node.unwrap();
        let kinds: Vec<String> = node.items().iter().map(Node::described).collect();
        assert_eq!(
            kinds,
            [
                "the number `25`",
                "the text `25`",
                "the text `yes`",
                "the boolean `true`",
                "nothing",
                "the text `1_000`",
                "the number `010`",
                "the text `1:30`",
                "the number `-0.5e3`",
                "the number `.nan`",
                "the number `0x10`",
                "the text `1e`",
            ]
        );
    }

    #[test]
    fn aliases_point_at_themselves() {
        let text = "a: &x {b: 1}\nc: *x\n";
        let (node, findings) = of(text);
        assert!(findings.is_empty());
        let node = node.unwrap();
        assert_eq!(node.get("a").unwrap().value, node.get("c").unwrap().value);
        let span = node.get("c").unwrap().span;
        assert_eq!(&text[span.start as usize..span.end as usize], "*x");
    }

    #[test]
    fn bombs_do_not_go_off() {
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for n in 1..12 {
            let before = format!("*a{}, ", n - 1).repeat(10);
            bomb += &format!("a{n}: &a{n} [{before}]\n");
        }
        let (node, findings) = of(&bomb);
        assert!(node.is_none());
        assert!(findings[0].limit, "{findings:?}");
        let (node, findings) = of(&"[".repeat(10_000));
        assert!(node.is_none());
        assert!(findings[0].limit, "{findings:?}");
        let (node, findings) = of("a: &a [*a]");
        assert!(node.is_none());
        assert!(!findings[0].limit);
    }
}
