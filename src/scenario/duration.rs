//! Durations in text: `90s`, `1m30s`, `1h 30m`, `1.5s`.
//!
//! Not a library's grammar, since those take months, signs, or units that ECS's users write for something else
//! (`5M`).

use super::error::Finding;
use super::read::{Form, Reader};
use super::source::quoted;
use super::tree::{Node, Value};
use crate::kernel::SimDuration;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;

/// What a duration looks like, for messages.
pub(super) const LOOKS: &str = "a duration such as 90s, 1m30s, 2h, 500ms or 1d";

/// Units and their milliseconds, in the order they must follow each other.
const UNITS: &[(&str, u64)] = &[("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];

/// The longest duration, about 292 years; it leaves room for sums.
const LONGEST: u64 = i64::MAX as u64 / 1_000_000;

/// Reads a duration: `90s`, `1m30s`, `2h`, `500ms`, `1d`.
///
/// # Errors
///
/// Why it is none.
pub fn parse(text: &str) -> Result<SimDuration, String> {
    let mut total: u64 = 0;
    let mut next_unit = 0;
    let mut rest = text;
    let unsigned = rest.strip_prefix('-').unwrap_or(rest);
    let negative = unsigned.len() < rest.len();
    rest = unsigned;
    if rest.is_empty() {
        return Err("there is no number in it".to_owned());
    }
    while !rest.is_empty() {
        let number_end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, after) = rest.split_at(number_end);
        let unit_end = after.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(after.len());
        let (unit, after) = after.split_at(unit_end);
        if number.is_empty() {
            return Err("there must be a number before each unit".to_owned());
        }
        if unit.is_empty() {
            return Err(format!("the number {number} has no unit"));
        }
        let Some(place) = UNITS.iter().position(|(name, _)| *name == unit) else {
            return Err(format!("`{unit}` is not a unit"));
        };
        if place < next_unit {
            return Err("units go from the longest to the shortest, each once".to_owned());
        }
        next_unit = place + 1;
        total = total
            .checked_add(part(number, UNITS[place].1)?)
            .filter(|total| *total <= LONGEST)
            .ok_or_else(|| "it is longer than 292 years".to_owned())?;
        // One space between two parts reads well; one before a unit reads like something else.
        rest = match after.strip_prefix(' ') {
            Some("") => return Err("there is a space at its end".to_owned()),
            Some(rest) => rest,
            None => after,
        };
    }
    if negative && total > 0 {
        return Err("it is negative".to_owned());
    }
    Ok(SimDuration::from_ms(total))
}

/// `number` times a unit of `unit_ms` milliseconds, when that is whole milliseconds.
fn part(number: &str, unit_ms: u64) -> Result<u64, String> {
    let (whole, fraction) = match number.split_once('.') {
        Some((whole, fraction)) if !whole.is_empty() && !fraction.is_empty() => (whole, fraction),
        Some(_) => return Err(format!("`{number}` is not a number")),
        None => (number, ""),
    };
    if fraction.contains('.') {
        return Err(format!("`{number}` is not a number"));
    }
    let too_long = || "it is longer than 292 years".to_owned();
    let whole: u64 = whole.parse().map_err(|_| too_long())?;
    let whole = whole.checked_mul(unit_ms).ok_or_else(too_long)?;
    let fraction = fraction.trim_end_matches('0');
    let finer = || "it is finer than a millisecond".to_owned();
    if fraction.len() > 9 {
        return Err(finer());
    }
    let scale = 10_u64.pow(u32::try_from(fraction.len()).unwrap_or(9));
    let fraction: u64 = if fraction.is_empty() { 0 } else { fraction.parse().map_err(|_| finer())? };
    if !(fraction * unit_ms).is_multiple_of(scale) {
        return Err(finer());
    }
    whole.checked_add(fraction * unit_ms / scale).ok_or_else(too_long)
}

/// A duration in text, as short as it can be: `1m30s`.
pub(crate) fn text(duration: SimDuration) -> String {
    let mut ms = duration.as_ms();
    if ms == 0 {
        return "0s".to_owned();
    }
    let mut text = String::new();
    for (unit, unit_ms) in UNITS {
        if ms >= *unit_ms {
            text += &format!("{}{unit}", ms / unit_ms);
            ms %= unit_ms;
        }
    }
    text
}

impl Form for SimDuration {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        let finding = match &node.value {
            Value::Text(text) => match parse(text) {
                Ok(duration) => return Some(duration),
                Err(why) => Finding::new(node.span, format!("{} is not a duration: {why}", quoted(text))),
            },
            Value::Number(literal) => {
                let zero = literal.trim_start_matches(['-', '+']).chars().all(|c| c == '0' || c == '.');
                let hint = if zero { "0s" } else { "a unit after it" };
                Finding::new(node.span, format!("{} has no unit; write {hint}", quoted(literal)))
            }
            Value::Null | Value::Bool(_) | Value::List(_) | Value::Map(_) => {
                return reader.expected(node, LOOKS);
            }
        };
        reader.wrong(finding.allowed(LOOKS));
        None
    }
}

impl JsonSchema for SimDuration {
    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A duration, longest unit first: `90s`, `1m30s`, `2h`, `500ms`, `1d`, `1h 30m`, `1.5s`.",
            "pattern": r"^-?(?=\d)(\d+(\.\d+)?d ?)?(\d+(\.\d+)?h ?)?(\d+(\.\d+)?m ?)?(\d+(\.\d+)?s ?)?(\d+(\.\d+)?ms)?$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read() {
        for (text, ms) in [
            ("90s", 90_000),
            ("1m30s", 90_000),
            ("1h 30m", 5_400_000),
            ("2h", 7_200_000),
            ("500ms", 500),
            ("1d", 86_400_000),
            ("1.5s", 1500),
            ("0.25h", 900_000),
            ("0s", 0),
            ("-0s", 0),
            ("-0.0s", 0),
        ] {
            assert_eq!(parse(text), Ok(SimDuration::from_ms(ms)), "{text}");
        }
    }

    #[test]
    fn what_could_mean_two_things_is_refused() {
        for text in [
            "",
            "5",
            "5 m",
            "5M",
            "1h-5m",
            "PT5M",
            "99999999999h",
            "1e3s",
            "٥s",
            "-5s",
            "5y",
            "1mo",
            "30s1m",
            "1s1s",
            "1.0005s",
            "1..5s",
            ".5s",
            "5.s",
            "s",
            "1s ",
            " 1s",
            "1s  1ms",
            "1us",
            "-",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn text_is_read_back() {
        assert_eq!(text(SimDuration::from_ms(0)), "0s");
        assert_eq!(text(SimDuration::from_ms(90_061_001)), "1d1h1m1s1ms");
    }
}
