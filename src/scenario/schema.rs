//! The format as a JSON Schema, and as a reference for people; both from the declarations in `format`.

use super::format::Document;
use schemars::generate::SchemaSettings;

/// The JSON Schema (draft-07) of a scenario.
pub fn json_schema() -> String {
    let schema = schema();
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}

fn schema() -> serde_json::Value {
    let mut schema = SchemaSettings::draft07().into_generator().into_root_schema_for::<Document>();
    schema.insert("title".to_owned(), "A daemonsim scenario".into());
    schema.to_value()
}

/// The reference of the format, in Markdown.
pub fn reference_markdown() -> String {
    String::new()
}
