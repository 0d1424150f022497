//! What a study of many runs varies, and what it looks for.

use crate::scenario::axis::Axis;
use crate::scenario::error::Finding;
use crate::scenario::number::{self, Decimal, ONE, Whole};
use crate::scenario::overrides::Override;
use crate::scenario::read::{Any, Form, Named, Reader, Slot, mapping};
use crate::scenario::study::Replications;
use crate::scenario::text::Text;
use crate::scenario::tree::{Node, Value};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;

mapping! {
    /// What `daemonsim sweep` and `daemonsim tune` are asked, so that a study is a file. Options of the command line
    /// come first; `daemonsim run` passes over it.
    Study => {
        /// What is varied: a mapping of paths or short names to values (axes in the order of their names), or a list of
        /// texts such as `my-daemon.drainPercent=5..50/5` (axes in this order; the last one varies fastest).
        "vary" vary: Optional Vary,
        /// How many runs of each point; `auto`: until the intervals are as narrow as `precision`. Default 100.
        "replications" replications: Optional Count,
        /// How narrow, on either side, as a share of the mean, the interval of a deployment's duration is to be.
        /// Default `2%`.
        "precision" precision: Optional Width,
        /// The measure that is to be so precise, in place of the durations of the last deployments.
        "precisionOf" precision_of: Optional Text,
        /// How many runs of a point at the most, where `precision` or a search decides. Default 10000, of a search 4096.
        "maxReplications" max_replications: Optional Whole<1, { i64::MAX as i128 }>,
        /// What `tune` keeps to: `services.my-app.runningTasks >= 80%`, `P(rollback) <= 1%`.
        "limits" limits: Optional Vec<Slot<Text>>,
        /// In which share of runs each limit that gives none of its own is to hold. Default `95%`.
        "confidence" confidence: Optional Chance,
        /// What `tune` makes small. Default `duration`.
        "minimize" minimize: Optional Text,
        /// What the new revision would be like if it were bad.
        "bad" bad: Optional Bad,
    }
}

mapping! {
    /// What the new revision would be like if it were bad.
    Bad => {
        /// How likely it is to be.
        "probability" probability: Optional Chance,
        /// Paths or short names, and what they are then: `my-agent:2.failsToStart: 0.3`.
        "set" set: Optional Edits,
    }
}

/// Axes.
#[derive(Debug)]
pub(in crate::scenario) struct Vary(pub(in crate::scenario) Vec<Axis>);

/// Where axes and edits of the block come from, for messages.
const VARY: &str = "study.vary";
const BAD: &str = "study.bad.set";

impl Form for Vary {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        let (mut axes, mut texts): (Vec<Axis>, Vec<(&Node, String)>) = (Vec::new(), Vec::new());
        match &node.value {
            Value::List(items) => {
                for item in items {
                    texts.push((item, Text::read(item, reader)?.0));
                }
            }
            Value::Map(entries) => {
                // The order of keys means nothing.
                let mut entries: Vec<_> = entries.iter().collect();
                entries.sort_by(|a, b| a.key.cmp(&b.key));
                for entry in entries {
                    let values = match &entry.value.value {
                        Value::List(items) => items.iter().map(flow).collect::<Vec<_>>().join(","),
                        Value::Text(text) => text.to_string(),
                        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Map(_) => flow(&entry.value),
                    };
                    texts.push((&entry.value, format!("{}={values}", entry.key)));
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => {
                return reader.expected(node, "a mapping of paths to values, or a list of PATH=VALUES");
            }
        }
        for (at, text) in texts {
            match Axis::parse(VARY, &text) {
                Ok(axis) => axes.push(axis),
                Err(mistakes) => {
                    for mistake in mistakes.diagnostics() {
                        let mut finding = Finding::new(at.span, mistake.message.clone());
                        finding.allowed.clone_from(&mistake.allowed);
                        finding.limit = mistakes.is_limit();
                        reader.wrong(finding);
                    }
                }
            }
        }
        Some(Vary(axes))
    }
}

impl JsonSchema for Vary {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Vary".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let named = generator.subschema_for::<Named<Any>>();
        json_schema!({"anyOf": [named, {"type": "array", "items": {"type": "string"}}]})
    }
}

/// Edits by their paths, in the order of the paths.
#[derive(Debug)]
pub(in crate::scenario) struct Edits(pub(in crate::scenario) Vec<Override>);

impl Form for Edits {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        let Value::Map(entries) = &node.value else {
            return reader.expected(node, "a mapping of paths to values");
        };
        let edit = |path: &str, value| Override { option: BAD, path: path.to_owned(), value };
        let mut edits: Vec<Override> = entries.iter().map(|e| edit(&e.key, flow(&e.value))).collect();
        edits.sort_by(|a, b| a.path.cmp(&b.path));
        Some(Edits(edits))
    }
}

impl JsonSchema for Edits {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Edits".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Named::<Any>::json_schema(generator)
    }
}

/// A number of runs, or `auto`.
#[derive(Debug)]
pub(in crate::scenario) struct Count(pub(in crate::scenario) Replications);

type Runs = Whole<1, { i64::MAX as i128 }>;

impl Form for Count {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        match &node.value {
            Value::Text(word) if &**word == "auto" => Some(Count(Replications::Auto)),
            Value::Text(_)
            | Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::List(_)
            | Value::Map(_) => Runs::read(node, reader).map(|n| Count(Replications::Number(n.u64()))),
        }
    }
}

impl JsonSchema for Count {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Replications".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"anyOf": [{"type": "integer", "minimum": 1}, {"const": "auto"}]})
    }
}

/// A share, as `95%` or 0.95.
#[derive(Clone, Copy, Debug)]
pub(in crate::scenario) struct Chance(pub(in crate::scenario) f64);

impl Form for Chance {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        let literal = match &node.value {
            Value::Number(literal) => Some((&**literal, 1)),
            Value::Text(text) => text.strip_suffix('%').map(|number| (number.trim_end(), 100)),
            Value::Null | Value::Bool(_) | Value::List(_) | Value::Map(_) => None,
        };
        let share = literal.and_then(|(text, of)| Decimal::of(text).map(|d| (d, of)));
        match share {
            Some((share, of)) if (0..=ONE * of).contains(&share.0) && share.0 % of == 0 => {
                Some(Chance(number::to_f64(Decimal(share.0 / of))))
            }
            Some(_) | None => {
                let finding = Finding::new(node.span, "this should be a share")
                    .found(format!("found {}", node.described()))
                    .allowed("a share such as 95% or 0.95, from 0 to 100%");
                reader.wrong(finding);
                None
            }
        }
    }
}

impl JsonSchema for Chance {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Chance".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"anyOf": [
            {"type": "number", "minimum": 0, "maximum": 1},
            {"type": "string", "pattern": "^[0-9.]+ ?%$"},
        ]})
    }
}

/// How narrow an interval is to be: a share above 0, which no number of runs would reach.
#[derive(Clone, Copy, Debug)]
pub(in crate::scenario) struct Width(pub(in crate::scenario) f64);

impl Form for Width {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        let Chance(share) = Chance::read(node, reader)?;
        if share > 0.0 {
            return Some(Width(share));
        }
        let finding = Finding::new(node.span, "no number of runs is that precise");
        reader.wrong(finding.allowed("a share such as 2% or 0.02, above 0"));
        None
    }
}

impl JsonSchema for Width {
    fn schema_name() -> Cow<'static, str> {
        Chance::schema_name()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Chance::json_schema(generator)
    }
}

/// A value as YAML on one line, to be read again where an edit puts it.
fn flow(node: &Node) -> String {
    match &node.value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(literal) => literal.to_string(),
        // Words stay words; whatever else text may look like is quoted as JSON has it, which YAML reads.
        Value::Text(text) => match text.chars().next() {
            Some(first)
                if text.chars().all(|c| c.is_ascii_alphanumeric() || "-_/.:+".contains(c))
                    && first.is_ascii_alphanumeric()
                    && matches!(reread(text), Some(Value::Text(_))) =>
            {
                text.to_string()
            }
            Some(_) | None => serde_json::Value::from(&**text).to_string(),
        },
        Value::List(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::Map(entries) => {
            let key = |key: &str| serde_json::Value::from(key).to_string();
            let members: Vec<String> =
                entries.iter().map(|e| format!("{}: {}", key(&e.key), flow(&e.value))).collect();
            format!("{{{}}}", members.join(", "))
        }
    }
}

fn reread(text: &str) -> Option<Value> {
    let mut findings = crate::scenario::error::Findings::default();
    crate::scenario::tree::parse(text, 0, 0, &mut findings).map(|node| node.value)
}
