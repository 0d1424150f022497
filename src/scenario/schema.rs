//! The format as a JSON Schema, and as a reference for people; both from the declarations in `format`.

use super::format::{Document, EXAMPLES};
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::fmt::Write;

/// The JSON Schema (draft-07) of a scenario.
pub fn json_schema() -> String {
    let mut schema = schema();
    strip(&mut schema);
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}

fn schema() -> Value {
    let mut schema = SchemaSettings::draft07().into_generator().into_root_schema_for::<Document>();
    schema.insert("title".to_owned(), "A daemonsim scenario".into());
    schema.to_value()
}

/// The members of a mapping in the order of their declaration: JSON's objects have none.
pub(super) const ORDER: &str = "x-order";

/// Removes what only the reference needs.
fn strip(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            members.remove(ORDER);
            members.values_mut().for_each(strip);
        }
        Value::Array(items) => items.iter_mut().for_each(strip),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => (),
    }
}

const OPENING: &str = "\
# The scenario file

<!-- Written by `UPDATE_DOCS=1 cargo test`, from the declarations in `src/scenario/format`. -->

A scenario is YAML 1.2, so JSON too. Names are the ECS API's own; the body of a request can be pasted as
`aws ecs … --cli-input-json` takes it. A name may be given wherever ECS takes an ARN. Anchors and aliases are fine;
merge keys (`<<`), tags and a second document are refused. `daemonsim schema` prints the same as a JSON Schema.

* A **duration** is text: `90s`, `1m30s`, `2h`, `500ms`, `1d`, `1h 30m`, `1.5s`; longest unit first, nothing without a
  unit. Members of ECS requests that are numbers stay numbers, in ECS's unit.
* A **name** is 1 to 255 letters, digits, `-` and `_`. Text that looks like a number or a boolean needs quotes.
* A **percentage** is an exact decimal of at most nine decimals.
* A **distribution** is one duration, for a constant, or one of `{uniform: [a, b]}`, `{exponential: {mean}}`,
  `{lognormal: {median, p95}}`, `{weibull: {shape, scale}}`, `{triangular: {min, mode, max}}`,
  `{empirical: [a, b, …]}`, `{empirical: {file: starts.csv}}` (a file beside the scenario, one duration a line) and
  `{mixture: [{weight, of}, …]}`. One of plain numbers has numbers in place of durations, negative ones too.
* A **reference** to a task definition is `family:revision`, an ARN, or `family` for the latest revision at the time of
  the request. Tasks and instances are named as in the results: `my-service/t-42`, `my-daemon/d-3`, `my-provider/i-7`.
* **ECS members without effect** are taken as they are and listed by `daemonsim check`.
";

/// The reference of the format, in Markdown.
pub fn reference_markdown() -> String {
    let schema = schema();
    let nothing = Map::new();
    let definitions = schema.get("definitions").and_then(Value::as_object).unwrap_or(&nothing);
    let mut text = OPENING.to_owned();
    let mut told = BTreeSet::new();
    section(&mut text, "The whole", &schema, definitions);
    // Sections in the order of first mention.
    let mut waiting = mentioned(&schema);
    waiting.reverse();
    while let Some(name) = waiting.pop() {
        let Some(definition) = definitions.get(&name) else { continue };
        if !told.insert(name.clone()) {
            continue;
        }
        if definition.get("properties").is_some() {
            section(&mut text, &name, definition, definitions);
        }
        // The kinds of distributions are told once, at the beginning.
        let mut next = if name.ends_with("Distribution") { Vec::new() } else { mentioned(definition) };
        next.reverse();
        waiting.extend(next);
    }
    text
}

/// One mapping: what it is, and a line for each member.
fn section(text: &mut String, name: &str, schema: &Value, definitions: &Map<String, Value>) {
    let required: Vec<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let doc = schema.get("description").and_then(Value::as_str).unwrap_or("");
    let _ = write!(text, "\n## {name}\n\n{doc}\n\n| member | type | |\n|---|---|---|\n");
    let mut ignored = Vec::new();
    for (key, member) in members(schema) {
        let doc = member.get("description").and_then(Value::as_str).unwrap_or("");
        if doc.starts_with("Taken as ECS takes it") {
            ignored.push(format!("`{key}`"));
            continue;
        }
        let needed = if required.contains(&key) { "**Required.** " } else { "" };
        let kind = kind(member, definitions).replace('|', "\\|");
        let _ = writeln!(text, "| `{key}` | {kind} | {needed}{} |", doc.replace('|', "\\|"));
    }
    if !ignored.is_empty() {
        let _ = write!(text, "\nWithout effect: {}.\n", ignored.join(", "));
    }
    for (_, sentence, yaml) in EXAMPLES.iter().filter(|(of, ..)| *of == name) {
        let _ = write!(text, "\n{sentence}\n\n```yaml\n{yaml}```\n");
    }
}

/// The members of a mapping, in the order of their declaration where that is known.
fn members(schema: &Value) -> Vec<(&str, &Value)> {
    let properties = schema.get("properties").and_then(Value::as_object);
    let mut members: Vec<(&str, &Value)> =
        properties.into_iter().flatten().map(|(key, value)| (key.as_str(), value)).collect();
    let order: Vec<&str> =
        schema.get(ORDER).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    members.sort_by_key(|(key, _)| order.iter().position(|k| k == key).unwrap_or(usize::MAX));
    members
}

/// What a schema takes, in a few words.
fn kind(schema: &Value, definitions: &Map<String, Value>) -> String {
    if let Some(name) = reference(schema) {
        return named(name, definitions);
    }
    if let Some(words) = schema.get("enum").and_then(Value::as_array) {
        let words: Vec<String> = words.iter().filter_map(Value::as_str).map(|w| format!("`{w}`")).collect();
        return words.join(", ");
    }
    if let Some(word) = schema.get("const").and_then(Value::as_str) {
        return format!("`{word}`");
    }
    for key in ["allOf", "anyOf"] {
        if let Some(schemas) = schema.get(key).and_then(Value::as_array) {
            let kinds: Vec<String> = schemas.iter().map(|s| kind(s, definitions)).collect();
            return kinds.join(" or ");
        }
    }
    let bounds = bounds(schema);
    match schema.get("type").and_then(Value::as_str) {
        Some("array") => {
            let item = schema.get("items").map_or(String::new(), |items| kind(items, definitions));
            format!("list of {item}")
        }
        Some("object") => match schema.get("additionalProperties") {
            Some(of) if of.is_object() => format!("mapping of names to {}", kind(of, definitions)),
            _ => "mapping".to_owned(),
        },
        Some("integer") => format!("whole number{bounds}"),
        Some("number") => format!("number{bounds}"),
        Some("string") => "text".to_owned(),
        Some("boolean") => "`true`, `false`".to_owned(),
        Some(_) | None => "anything".to_owned(),
    }
}

fn named(name: &str, definitions: &Map<String, Value>) -> String {
    match name {
        "Duration" => "duration".to_owned(),
        "Distribution" => "distribution".to_owned(),
        "PlainDistribution" => "distribution of plain numbers".to_owned(),
        _ if definitions.get(name).is_some_and(|d| d.get("properties").is_some()) => {
            format!("[{name}](#{})", name.to_lowercase())
        }
        _ => definitions.get(name).map_or(name.to_owned(), |d| kind(d, definitions)),
    }
}

fn bounds(schema: &Value) -> String {
    let bound = |key: &str| schema.get(key).map(Value::to_string);
    match (bound("minimum"), bound("maximum"), bound("exclusiveMinimum")) {
        (Some(min), Some(max), _) => format!(", {min} to {max}"),
        (Some(min), None, _) => format!(", at least {min}"),
        (None, Some(max), Some(min)) => format!(", above {min}, at most {max}"),
        (None, None, Some(min)) => format!(", above {min}"),
        (None, Some(max), None) => format!(", at most {max}"),
        (None, None, None) => String::new(),
    }
}

fn reference(schema: &Value) -> Option<&str> {
    schema.get("$ref").and_then(Value::as_str).and_then(|path| path.strip_prefix("#/definitions/"))
}

/// The definitions that a schema mentions, in its order.
fn mentioned(schema: &Value) -> Vec<String> {
    let mut names = Vec::new();
    let mut waiting = vec![schema];
    while let Some(schema) = waiting.pop() {
        names.extend(reference(schema).map(str::to_owned));
        match schema {
            Value::Object(properties) => {
                let inner =
                    properties.iter().filter(|(key, _)| *key != "definitions" && *key != "properties");
                waiting.extend(inner.map(|(_, value)| value).collect::<Vec<_>>().into_iter().rev());
                waiting.extend(members(schema).into_iter().rev().map(|(_, value)| value));
            }
            Value::Array(items) => waiting.extend(items.iter().rev()),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => (),
        }
    }
    names
}
