//! Span → path: `timeline[1].updateDaemon.critical`.
//!
//! Nothing carries its path around; the few that are shown are looked for in the tree at the end.

use super::error::Finding;
use super::source::Span;
use super::tree::{Node, Value};
use std::collections::{BTreeMap, BTreeSet};

/// The paths of some spans.
pub(super) struct Paths(BTreeMap<Span, String>);

impl Paths {
    /// Looks for what is written at each of `spans`.
    pub(super) fn of(root: &Node, spans: impl Iterator<Item = Span>) -> Paths {
        let mut paths = spans.map(|span| (span, String::new())).collect();
        walk(root, &mut String::new(), &mut paths);
        Paths(paths)
    }

    /// Where in the scenario a finding is.
    pub(super) fn path(&self, finding: &Finding) -> String {
        let path = |span: Span| self.0.get(&span).map(String::as_str).filter(|path| !path.is_empty());
        // A second key of the same name is not in the tree; the first is.
        let also = || finding.also.as_ref().and_then(|(span, _)| path(*span));
        let path = path(finding.span).or_else(also).unwrap_or("");
        match &finding.member {
            None => path.to_owned(),
            Some(member) if path.is_empty() => member.clone(),
            Some(member) => format!("{path}.{member}"),
        }
    }

    /// The paths of spans without the numbers of items, each once: `taskDefinitions[].family`.
    pub(super) fn patterns(&self, spans: &[Span]) -> Vec<String> {
        let patterns = spans.iter().filter_map(|span| self.0.get(span)).map(|path| {
            let mut pattern = String::new();
            let mut rest = path.as_str();
            while let Some((before, after)) = rest.split_once('[') {
                pattern += before;
                pattern += "[]";
                rest = after.split_once(']').map_or("", |(_, rest)| rest);
            }
            pattern + rest
        });
        patterns.collect::<BTreeSet<_>>().into_iter().collect()
    }
}

/// Follows the tree; what two paths share is not written twice.
fn walk(node: &Node, path: &mut String, paths: &mut BTreeMap<Span, String>) {
    put(node.span, path, paths);
    let length = path.len();
    match &node.value {
        Value::List(items) => {
            for (index, item) in items.iter().enumerate() {
                path.push_str(&format!("[{index}]"));
                walk(item, path, paths);
                path.truncate(length);
            }
        }
        Value::Map(entries) => {
            for entry in entries {
                if length > 0 {
                    path.push('.');
                }
                path.push_str(&super::source::visible(&entry.key.chars().take(255).collect::<String>()));
                put(entry.key_span, path, paths);
                walk(&entry.value, path, paths);
                path.truncate(length);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => (),
    }
}

/// The first path of a span is the one: an alias's inner values stand where they were written.
fn put(span: Span, path: &str, paths: &mut BTreeMap<Span, String>) {
    if let Some(known) = paths.get_mut(&span)
        && known.is_empty()
    {
        path.clone_into(known);
    }
}
