//! `--vary PATH=VALUES`: what a study changes from point to point.

use super::error::{Finding, Findings, Mistakes};
use super::overrides::Override;
use super::source::{Sources, Span, quoted};
use super::tree::{Node, Value};
use super::{duration, mistakes, number::Decimal, tree};
use crate::kernel::SimDuration;

/// One thing that a study varies, and what it becomes at one point after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Axis {
    /// Its path as it was written, `my-daemon.drainPercent`; or what takes a path's place in tables.
    pub name: String,
    /// In the order of the points, each once.
    pub values: Vec<AxisValue>,
}

/// A value of an axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AxisValue {
    /// As tables and pictures show it.
    pub label: String,
    /// What it changes; nothing leaves the scenario as it is.
    pub edits: Vec<Override>,
}

/// More values than this on one axis nobody means.
const VALUES_MAX: usize = 10_000;

/// What values look like, for messages.
const LOOKS: &str = "values such as 5,10,25 or a range such as 5..50/5 or 30s..5m/30s";

impl Axis {
    /// Reads `PATH=VALUES`.
    ///
    /// # Errors
    ///
    /// What is wrong with it: no path, no value, the same value twice, a range that leads nowhere.
    pub fn parse(option: &'static str, text: &str) -> Result<Axis, Mistakes> {
        let sources = Sources::new(option, text.to_owned());
        let mut findings = Findings::default();
        let axis = match text.split_once('=') {
            Some((path, values)) if !path.trim().is_empty() => {
                let list = values.trim().strip_prefix('[').and_then(|v| v.strip_suffix(']'));
                // `[1, 2]` is how the file would say it.
                let (values, offset) = match list {
                    Some(list) => (list, text.len() - text.trim_end().len() + list.len() + 1),
                    None => (values, values.len()),
                };
                listed(option, path.trim(), values, text.len() - offset, &mut findings)
            }
            _ => {
                let message = format!("{} is not PATH=VALUES", quoted(text));
                findings.push(
                    Finding::new(whole(text), message).allowed(format!("a path, `=` and then {LOOKS}")),
                );
                None
            }
        };
        let nothing = Node::new(Value::Null, Span::default());
        if findings.kept.is_empty() { axis.ok_or(()) } else { Err(()) }
            .map_err(|()| mistakes(findings, &nothing, &sources))
    }
}

fn whole(text: &str) -> Span {
    Span { source: 0, start: 0, end: u32::try_from(text.len()).unwrap_or(u32::MAX) }
}

/// The values of a list that begins at byte `offset` of its source.
fn listed(
    option: &'static str,
    path: &str,
    values: &str,
    offset: usize,
    findings: &mut Findings,
) -> Option<Axis> {
    let at = |from: usize, to: usize| {
        let byte = |at: usize| u32::try_from(offset + at).unwrap_or(u32::MAX);
        Span { source: 0, start: byte(from), end: byte(to) }
    };
    let mut axis = Axis { name: path.to_owned(), values: Vec::new() };
    for (from, item) in items(values) {
        let trimmed = item.trim();
        let start = from + (item.len() - item.trim_start().len());
        let span = at(start, start + trimmed.len().max(1));
        let found = match trimmed {
            "" => Err(Box::new(Finding::new(span, "there is no value here").allowed(LOOKS))),
            _ => match trimmed.split_once("..") {
                Some((first, rest)) if !trimmed.contains(['{', '[', '"', '\'']) => range(first, rest, span),
                Some(_) | None => Ok(vec![trimmed.to_owned()]),
            },
        };
        match found {
            Err(finding) => findings.push(*finding),
            Ok(labels) => {
                if axis.values.len() + labels.len() > VALUES_MAX {
                    let message = format!("these are more than {VALUES_MAX} values");
                    findings.push(Finding::new(span, message).limit());
                    return None;
                }
                for label in labels {
                    if axis.values.iter().any(|value| value.label == label) {
                        let message = format!("the value {} is there twice", quoted(&label));
                        findings.push(Finding::new(span, message).allowed("each value once"));
                        continue;
                    }
                    let edit = Override { option, path: path.to_owned(), value: label.clone() };
                    axis.values.push(AxisValue { label, edits: vec![edit] });
                }
            }
        }
    }
    Some(axis)
}

/// The items of a list and where each begins; commas in brackets and quotes do not part them.
fn items(values: &str) -> Vec<(usize, &str)> {
    let mut items = Vec::new();
    let (mut depth, mut quote, mut from) = (0_u32, None, 0);
    for (at, c) in values.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '{' | '[') => depth += 1,
            (None, '}' | ']') => depth = depth.saturating_sub(1),
            (None, ',') if depth == 0 => {
                items.push((from, &values[from..at]));
                from = at + 1;
            }
            _ => (),
        }
    }
    items.push((from, &values[from..]));
    items
}

/// `first..last/step`: exact decimals or durations, the last one no further than `last`.
fn range(first: &str, rest: &str, span: Span) -> Result<Vec<String>, Box<Finding>> {
    let wrong = |message: String| Box::new(Finding::new(span, message).allowed(LOOKS));
    let Some((last, step)) = rest.split_once('/') else {
        return Err(wrong("a range needs a step: first..last/step".to_owned()));
    };
    let parts = [first.trim(), last.trim(), step.trim()];
    let decimals = parts.map(decimal);
    let durations = parts.map(|part| duration::parse(part).ok());
    let ([Some(first), Some(last), Some(step)], text): (_, fn(i128) -> String) = (if decimals
        .iter()
        .all(Option::is_some)
    {
        (decimals, |units| Decimal(units).text())
    } else if durations.iter().all(Option::is_some) {
        let ms = |duration: Option<SimDuration>| duration.map(|d| i128::from(d.as_ms()));
        (durations.map(ms), |ms| duration::text(SimDuration::from_ms(u64::try_from(ms).unwrap_or(u64::MAX))))
    } else {
        return Err(wrong("a range is one of numbers, or one of durations".to_owned()));
    }) else {
        return Err(wrong("a range is one of numbers, or one of durations".to_owned()));
    };
    if step <= 0 {
        return Err(wrong("the step of a range is above 0".to_owned()));
    }
    if first > last {
        return Err(wrong("the range begins above its end".to_owned()));
    }
    let count = (last - first) / step + 1;
    if count > VALUES_MAX as i128 {
        let message = format!("this range has {count} values, more than {VALUES_MAX}");
        return Err(Box::new(Finding::new(span, message).limit()));
    }
    Ok((0..count).map(|n| text(first + n * step)).collect())
}

/// A plain decimal, in billionths.
fn decimal(text: &str) -> Option<i128> {
    let mut findings = Findings::default();
    match tree::parse(text, 0, 0, &mut findings)?.value {
        Value::Number(literal) => Decimal::of(&literal).map(|decimal| decimal.0),
        Value::Null | Value::Bool(_) | Value::Text(_) | Value::List(_) | Value::Map(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(text: &str) -> Vec<String> {
        let axis = Axis::parse("--vary", text).unwrap_or_else(|mistakes| panic!("{text}: {mistakes}"));
        assert_eq!(axis.name, text.split('=').next().unwrap());
        axis.values.into_iter().map(|value| value.label).collect()
    }

    #[test]
    fn lists_and_ranges_may_be_mixed() {
        assert_eq!(labels("a.b=5,10, 25"), ["5", "10", "25"]);
        assert_eq!(labels("a.b=[5, 10]"), ["5", "10"]);
        assert_eq!(labels("a.b=5..50/15"), ["5", "20", "35", "50"]);
        assert_eq!(labels("a.b=1,5..7/1"), ["1", "5", "6", "7"]);
        assert_eq!(labels("a.b=5..6/2"), ["5"]);
        assert_eq!(labels("a.b=30s..2m/45s"), ["30s", "1m15s", "2m"]);
        assert_eq!(labels("a.b=atEnd,perWave"), ["atEnd", "perWave"]);
        assert_eq!(
            labels("a.b={lognormal: {median: 20s, p95: 45s}},'x,y'"),
            ["{lognormal: {median: 20s, p95: 45s}}", "'x,y'"]
        );
    }

    /// In binary floats 0.1 + 0.1 + 0.1 is not 0.3, and the last value is lost.
    #[test]
    fn ranges_are_exact() {
        let tenths = labels("a.b=0.1..1/0.1");
        assert_eq!(tenths, ["0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.8", "0.9", "1"]);
        assert_eq!(labels("a.b=-1..1/0.5"), ["-1", "-0.5", "0", "0.5", "1"]);
    }

    #[test]
    fn what_is_wrong_is_pointed_at() {
        for (text, message, column) in [
            ("no values", "`no values` is not PATH=VALUES", 1),
            ("=5", "`=5` is not PATH=VALUES", 1),
            ("a.b=", "there is no value here", 5),
            ("a.b=5,,6", "there is no value here", 7),
            ("a.b=5, 1..2", "a range needs a step: first..last/step", 8),
            ("a.b=1..2/0", "the step of a range is above 0", 5),
            ("a.b=1..2/-1", "the step of a range is above 0", 5),
            ("a.b=3..2/1", "the range begins above its end", 5),
            ("a.b=ceil..floor/1", "a range is one of numbers, or one of durations", 5),
            ("a.b=1..5s/1", "a range is one of numbers, or one of durations", 5),
            ("a.b=5,7,5", "the value `5` is there twice", 9),
            ("a.b=[5,7,5]", "the value `5` is there twice", 10),
            ("a.b=0..1000000000/1", "this range has 1000000001 values, more than 10000", 5),
        ] {
            let mistakes = Axis::parse("--vary", text).expect_err(text);
            let [first] = mistakes.diagnostics() else { panic!("{text}: {mistakes}") };
            assert_eq!((first.message.as_str(), first.column), (message, column), "{text}");
            assert_eq!(first.source, "--vary");
            assert_eq!(mistakes.is_limit(), message.contains("10000"));
        }
    }
}
