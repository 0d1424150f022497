//! `--set PATH=VALUE`: edits of the tree, before anything is read from it. A study varies a scenario by the same.

use super::error::{Finding, Findings};
use super::format::Document;
use super::read::Mapping;
use super::source::{Sources, Span, quoted};
use super::tree::{self, Entry, Node, Value};
use crate::scenario::duration;
use std::collections::BTreeMap;
use std::ops::Range;

/// One edit: the value, as YAML, of one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// Where it was written, for messages: `--set`, `--vary`, `study.vary`.
    pub option: &'static str,
    /// `timeline[1].updateDaemon.deploymentConfiguration.drainPercent`, or `my-daemon.drainPercent` for short.
    pub path: String,
    /// YAML.
    pub value: String,
}

impl Override {
    /// Reads `PATH=VALUE`, as it stands at `--set`.
    ///
    /// # Errors
    ///
    /// When there is no `=`, or nothing before it.
    pub fn parse(text: &str) -> Result<Override, String> {
        match text.split_once('=') {
            Some((path, value)) if !path.trim().is_empty() => {
                Ok(Override { option: "--set", path: path.trim().to_owned(), value: value.to_owned() })
            }
            _ => Err(format!("{} is not PATH=VALUE, such as delays.appStart=20s", quoted(text))),
        }
    }
}

/// A step of a path, and where in the path it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Step<'p> {
    to: To<'p>,
    range: Range<usize>,
    span: Span,
}

/// Where a step leads.
#[derive(Clone, Debug, PartialEq, Eq)]
enum To<'p> {
    Key(&'p str),
    Item(usize),
}

/// Makes each edit in turn; what cannot be made is noted.
pub(super) fn apply(root: &mut Node, overrides: &[Override], sources: &mut Sources, findings: &mut Findings) {
    let short = short_names(root);
    for edit in overrides {
        let text = format!("{}={}", edit.path, edit.value);
        let source = sources.add(edit.option, text);
        let length = u32::try_from(edit.path.len()).unwrap_or(u32::MAX);
        let span = Span { source, start: 0, end: length };
        let path = &long(root, &short, &edit.path);
        let Some(mut steps) = steps(path) else {
            let finding = Finding::new(span, format!("{} is not a path", quoted(path))).allowed(
                "names with dots between them, `[n]` for an item: timeline[1].updateDaemon.critical",
            );
            findings.push(finding);
            continue;
        };
        for step in &mut steps {
            // A short name is pointed at as a whole.
            let within = |at: usize| u32::try_from(at).unwrap_or(length);
            step.span = if *path == edit.path {
                Span { source, start: within(step.range.start), end: within(step.range.end) }
            } else {
                span
            };
        }
        if !Document::docs().any(|(member, _)| steps[0].to == To::Key(member)) {
            let members = Document::docs().map(|(member, _)| member);
            let names = short.iter().map(|(name, _)| name.as_str());
            let finding = Finding::new(span, format!("{} leads nowhere", quoted(&edit.path)))
                .near(&edit.path, members.chain(names))
                .allowed(
                    "a path from the top of the scenario, or a short name such as `my-daemon.drainPercent`",
                );
            findings.push(finding);
            continue;
        }
        let wrong = findings.kept.len();
        let value = tree::parse(&edit.value, source, length + 1, findings);
        if findings.kept.len() > wrong {
            continue;
        }
        let value = value.unwrap_or_else(|| Node::new(Value::Null, span));
        if let Err(finding) = set(root, &steps, value, span) {
            findings.push(*finding);
        }
    }
}

/// The path that a short name stands for; whatever else is one already.
fn long(root: &Node, short: &[(String, String)], name: &str) -> String {
    of_revision(root, name).unwrap_or_else(|| {
        short.iter().find(|(short, _)| short == name).map_or(name, |(_, path)| path).to_owned()
    })
}

/// The paths, each written in one way only, that these names and paths stand for once `edits` are made; none for what
/// is no path.
pub(super) fn resolve(root: &Node, edits: &[Override], names: &[&str]) -> Vec<Option<String>> {
    let short = short_names(root);
    let mut edited = root.clone();
    // What is wrong with the edits is said where they are made.
    apply(&mut edited, edits, &mut Sources::new("", String::new()), &mut Findings::default());
    let canonical = |name: &&str| {
        let path = long(&edited, &short, name);
        let mut text = String::new();
        for step in steps(&path)? {
            match step.to {
                To::Key(key) if text.is_empty() => text.push_str(key),
                To::Key(key) => text.extend([".", key]),
                To::Item(index) => text.push_str(&format!("[{index}]")),
            }
        }
        Some(text)
    };
    names.iter().map(canonical).collect()
}

/// Whether the value at one of two paths, as [`resolve`] writes them, is the other's or has it inside.
pub fn overlap(one: &str, other: &str) -> bool {
    let (outer, inner) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

fn steps(path: &str) -> Option<Vec<Step<'_>>> {
    let mut steps = Vec::new();
    // From here to the end of the path is still to be read.
    let mut left = path;
    let mut step = |to, length: usize, left: &mut &str| {
        let start = path.len() - left.len();
        steps.push(Step { to, range: start..start + length, span: Span::default() });
        *left = left.get(length..).unwrap_or("");
    };
    loop {
        let key = &left[..left.find(['.', '[']).unwrap_or(left.len())];
        if key.is_empty() || key.contains(']') {
            return None;
        }
        step(To::Key(key), key.len(), &mut left);
        while let Some(rest) = left.strip_prefix('[') {
            let (number, _) = rest.split_once(']')?;
            step(To::Item(number.parse().ok()?), number.len() + 2, &mut left);
        }
        match left.strip_prefix('.') {
            Some(rest) => left = rest,
            None => return left.is_empty().then_some(steps),
        }
    }
}

/// Puts `value` at the end of the path; mappings that are not there yet are made, items of lists are not.
fn set(root: &mut Node, steps: &[Step<'_>], value: Node, span: Span) -> Result<(), Box<Finding>> {
    let mut node = root;
    for step in steps {
        node = match step.to {
            To::Key(key) => member(node, key, step.span)?,
            To::Item(index) => item(node, index, step.span)?,
        };
    }
    let head = steps.last().map_or(span, |step| step.span);
    *node = Node { head, ..value };
    Ok(())
}

fn member<'n>(node: &'n mut Node, key: &str, span: Span) -> Result<&'n mut Node, Box<Finding>> {
    if matches!(node.value, Value::Null) {
        node.value = Value::Map(Vec::new());
    }
    let described = node.described();
    let Value::Map(entries) = &mut node.value else {
        let message = format!("there is no {} in {described}", quoted(key));
        return Err(Box::new(Finding::new(span, message)));
    };
    let at = match entries.iter().position(|e| &*e.key == key) {
        Some(at) => at,
        None => {
            entries.push(Entry { key: key.into(), key_span: span, value: Node::new(Value::Null, span) });
            entries.len() - 1
        }
    };
    Ok(&mut entries[at].value)
}

fn item(node: &mut Node, index: usize, span: Span) -> Result<&mut Node, Box<Finding>> {
    let described = node.described();
    let Value::List(items) = &mut node.value else {
        return Err(Box::new(Finding::new(span, format!("{described} has no items"))));
    };
    let count = items.len();
    items.get_mut(index).ok_or_else(|| {
        let allowed = if count == 0 { "the list is empty".to_owned() } else { format!("0 to {}", count - 1) };
        Box::new(Finding::new(span, format!("the list has no item {index}")).allowed(allowed))
    })
}

/// Settings of a daemon's requests, and where in the request they stand.
const DAEMON: &[(&str, &str)] = &[
    ("drainPercent", "deploymentConfiguration.drainPercent"),
    ("bakeTimeInMinutes", "deploymentConfiguration.bakeTimeInMinutes"),
    ("critical", "critical"),
    ("daemonTaskDefinitionArn", "daemonTaskDefinitionArn"),
];
/// The same of a service's.
const SERVICE: &[(&str, &str)] = &[
    ("desiredCount", "desiredCount"),
    ("minimumHealthyPercent", "deploymentConfiguration.minimumHealthyPercent"),
    ("maximumPercent", "deploymentConfiguration.maximumPercent"),
    ("taskDefinition", "taskDefinition"),
];
/// Settings of a capacity provider.
const PROVIDER: &[&str] = &["maxInstances", "scaleInAfter", "capacityOptionType"];

/// What can be said for short, and what it stands for: a daemon's settings are those of its last request, a
/// service's those of the last request that has them.
pub(super) fn short_names(root: &Node) -> Vec<(String, String)> {
    let mut short: BTreeMap<String, String> = BTreeMap::new();
    let mut put = |name: String, path: String, replace: bool| {
        if replace || !short.contains_key(&name) {
            short.insert(name, path);
        }
    };
    for (path, request) in requests(root) {
        let Value::Map(entries) = &request.value else { continue };
        for entry in entries {
            let (member, settings, last_counts) = match &*entry.key {
                "createDaemon" => ("daemonName", DAEMON, true),
                "updateDaemon" => ("daemonArn", DAEMON, true),
                "createService" => ("serviceName", SERVICE, false),
                "updateService" => ("service", SERVICE, false),
                _ => continue,
            };
            let Some(name) = entry.value.get(member).and_then(Node::text) else { continue };
            let name = name.rsplit('/').next().unwrap_or(name);
            for (setting, at) in settings {
                let has = at.split('.').try_fold(&entry.value, |node, key| node.get(key)).is_some();
                put(format!("{name}.{setting}"), format!("{path}.{}.{at}", entry.key), last_counts || has);
            }
        }
    }
    let providers = root.get("capacityProviders").map_or(&[][..], Node::items);
    for (index, provider) in providers.iter().enumerate() {
        let Some(name) = provider.get("name").and_then(Node::text) else { continue };
        for setting in PROVIDER {
            put(format!("{name}.{setting}"), format!("capacityProviders[{index}].{setting}"), false);
        }
    }
    // What is a path already stays one.
    short.retain(|name, _| name.split('.').next().is_some_and(|first| root.get(first).is_none()));
    short.into_iter().collect()
}

/// Members of a task definition itself; whatever else is said of a revision is how it behaves.
const DEFINITION: &[&str] = &["cpu", "memory", "stopTimeout"];

/// What `agent:2.failsToStart` stands for: the second entry of a family is its second revision.
fn of_revision(root: &Node, path: &str) -> Option<String> {
    let (name, member) = path.split_once('.')?;
    let (family, revision) = name.split_once(':')?;
    let revision: usize = revision.parse().ok()?;
    ["daemonTaskDefinitions", "taskDefinitions"].into_iter().find_map(|list| {
        let entries = root.get(list).map_or(&[][..], Node::items).iter().enumerate();
        let of_family =
            |(_, entry): &(usize, &Node)| entry.get("family").and_then(Node::text) == Some(family);
        let (at, _) = entries.filter(of_family).nth(revision.checked_sub(1)?)?;
        let key = member.split(['.', '[']).next().unwrap_or(member);
        let behaviour = if DEFINITION.contains(&key) { "" } else { "behaviour." };
        Some(format!("{list}[{at}].{behaviour}{member}"))
    })
}

/// The requests with their paths, in the order in which they are made.
fn requests(root: &Node) -> Vec<(String, &Node)> {
    let before = root.get("before").map_or(&[][..], Node::items).iter().enumerate();
    let mut all: Vec<(String, &Node)> = before.map(|(n, node)| (format!("before[{n}]"), node)).collect();
    let mut timeline: Vec<(usize, &Node)> =
        root.get("timeline").map_or(&[][..], Node::items).iter().enumerate().collect();
    timeline
        .sort_by_key(|(_, node)| node.get("at").and_then(Node::text).and_then(|at| duration::parse(at).ok()));
    all.extend(timeline.into_iter().map(|(n, node)| (format!("timeline[{n}]"), node)));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_taken_apart() {
        use To::{Item, Key};
        let taken = |path| steps(path).map(|s| s.into_iter().map(|s| (s.to, s.range)).collect::<Vec<_>>());
        assert_eq!(
            taken("timeline[1].updateDaemon"),
            Some(vec![(Key("timeline"), 0..8), (Item(1), 8..11), (Key("updateDaemon"), 12..24)])
        );
        assert_eq!(taken("a[1][2]"), Some(vec![(Key("a"), 0..1), (Item(1), 1..4), (Item(2), 4..7)]));
        for wrong in ["", ".", "a.", "a[", "a[x]", "a]1[", "[1]", "a[1]b", "a[-1]"] {
            assert_eq!(steps(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_revision_is_named_as_ecs_names_it() {
        let text = "daemonTaskDefinitions: [{family: a}, {family: b}, {family: a}]\ntaskDefinitions: [{family: c}]\n";
        let root = tree::parse(text, 0, 0, &mut Findings::default()).unwrap();
        for (path, long) in [
            ("a:2.failsToStart", Some("daemonTaskDefinitions[2].behaviour.failsToStart")),
            ("a:1.metrics.errorRate", Some("daemonTaskDefinitions[0].behaviour.metrics.errorRate")),
            ("b:1.stopTimeout", Some("daemonTaskDefinitions[1].stopTimeout")),
            ("c:1.cpu", Some("taskDefinitions[0].cpu")),
            ("a:3.failsToStart", None),
            ("a:0.failsToStart", None),
            ("d:1.failsToStart", None),
            ("a:2", None),
            ("a.failsToStart", None),
        ] {
            assert_eq!(of_revision(&root, path).as_deref(), long, "{path}");
        }
    }

    #[test]
    fn names_of_one_member_are_one_path() {
        let text = "capacityProviders: [{name: cp}]\ndaemonTaskDefinitions: [{family: a}, {family: a}]\n";
        let root = tree::parse(text, 0, 0, &mut Findings::default()).unwrap();
        let names = ["cp.maxInstances", "capacityProviders[00].maxInstances", "a:2.metrics.x", "a[", "seed"];
        let long = [
            Some("capacityProviders[0].maxInstances"),
            Some("capacityProviders[0].maxInstances"),
            Some("daemonTaskDefinitions[1].behaviour.metrics.x"),
            None,
            Some("seed"),
        ];
        assert_eq!(resolve(&root, &[], &names), long.map(|path| path.map(str::to_owned)));
        // Edits may name other families.
        let other = "[{family: b}, {family: a}, {family: a}]".to_owned();
        let edit = Override { option: "--set", path: "daemonTaskDefinitions".to_owned(), value: other };
        let path = resolve(&root, &[edit], &["a:2.metrics.x"]).remove(0);
        assert_eq!(path.as_deref(), Some("daemonTaskDefinitions[2].behaviour.metrics.x"));
    }

    #[test]
    fn paths_overlap_where_one_holds_the_other() {
        for (one, other, yes) in [
            ("delays", "delays.appStart", true),
            ("delays.appStart", "delays", true),
            ("timeline", "timeline[1].at", true),
            ("seed", "seed", true),
            ("timeline[1]", "timeline[10]", false),
            ("delays.app", "delays.appStart", false),
        ] {
            assert_eq!(overlap(one, other), yes, "{one} {other}");
        }
    }

    #[test]
    fn edits_are_a_path_and_a_value() {
        let edit = Override::parse("delays.appStart=a=b").unwrap();
        assert_eq!((edit.path.as_str(), edit.value.as_str()), ("delays.appStart", "a=b"));
        assert!(Override::parse("delays.appStart").is_err());
        assert!(Override::parse("=5").is_err());
    }
}
