//! JSON with its keys in the order given and its numbers as written.
//!
//! `serde_json::Value` would sort or hash its keys and keep 83.250 as a binary float; these bytes are promised,
//! so they are made here. serde_json escapes the strings.

use std::io::{self, Write};

use super::decimal;
use crate::kernel::{SimDuration, SimTime};

/// A JSON value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Json {
    Null,
    Bool(bool),
    /// Digits, written as they are.
    Number(String),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    /// An object, from keys and values in order.
    pub(super) fn object<K: Into<String>>(members: impl IntoIterator<Item = (K, Json)>) -> Json {
        Json::Object(members.into_iter().map(|(key, value)| (key.into(), value)).collect())
    }

    pub(super) fn list(items: impl IntoIterator<Item = Json>) -> Json {
        Json::List(items.into_iter().collect())
    }

    pub(super) fn text(text: impl Into<String>) -> Json {
        Json::Text(text.into())
    }

    pub(super) fn whole(n: impl Into<u128>) -> Json {
        Json::Number(n.into().to_string())
    }

    /// Seconds with three decimals.
    pub(super) fn time(at: SimTime) -> Json {
        Json::Number(at.to_string())
    }

    /// Seconds with three decimals.
    pub(super) fn length(length: SimDuration) -> Json {
        Json::Number(length.to_string())
    }

    /// Dollars with six decimals.
    pub(super) fn dollars(nanos: u128) -> Json {
        Json::Number(decimal::dollars(nanos))
    }

    /// `null` for nothing.
    pub(super) fn maybe<T>(value: Option<T>, json: impl FnOnce(T) -> Json) -> Json {
        value.map_or(Json::Null, json)
    }

    /// Writes it with two spaces for each level, and a line feed at the end.
    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        self.write_at(out, 0)?;
        out.write_all(b"\n")
    }

    fn write_at(&self, out: &mut dyn Write, depth: usize) -> io::Result<()> {
        match self {
            Json::Null => out.write_all(b"null"),
            Json::Bool(yes) => write!(out, "{yes}"),
            Json::Number(digits) => out.write_all(digits.as_bytes()),
            Json::Text(text) => write_text(out, text),
            Json::List(items) if items.is_empty() => out.write_all(b"[]"),
            Json::Object(members) if members.is_empty() => out.write_all(b"{}"),
            Json::List(items) => {
                out.write_all(b"[")?;
                for (i, item) in items.iter().enumerate() {
                    new_line(out, i, depth)?;
                    item.write_at(out, depth + 1)?;
                }
                write!(out, "\n{:1$}]", "", depth * 2)
            }
            Json::Object(members) => {
                out.write_all(b"{")?;
                for (i, (key, value)) in members.iter().enumerate() {
                    new_line(out, i, depth)?;
                    write_text(out, key)?;
                    out.write_all(b": ")?;
                    value.write_at(out, depth + 1)?;
                }
                write!(out, "\n{:1$}}}", "", depth * 2)
            }
        }
    }
}

fn new_line(out: &mut dyn Write, i: usize, depth: usize) -> io::Result<()> {
    let comma = if i > 0 { "," } else { "" };
    write!(out, "{comma}\n{:1$}", "", (depth + 1) * 2)
}

fn write_text(out: &mut dyn Write, text: &str) -> io::Result<()> {
    Ok(serde_json::to_writer(out, text)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_keep_their_order_and_numbers_their_digits() {
        let json = Json::object([
            ("b", Json::Number("83.250".into())),
            ("a", Json::list([Json::Null, Json::Bool(true), Json::text("say \"hi\"\n")])),
            ("none", Json::list([])),
        ]);
        let mut out = Vec::new();
        json.write(&mut out).expect("memory");
        let expected = "{\n  \"b\": 83.250,\n  \"a\": [\n    null,\n    true,\n    \"say \\\"hi\\\"\\n\"\n  ],\n  \
                        \"none\": []\n}\n";
        assert_eq!(String::from_utf8(out).expect("text"), expected);
    }
}
