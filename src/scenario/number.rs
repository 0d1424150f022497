//! Numbers of the file: exact decimals, whole numbers in a range, shares.

mod rates;

pub(super) use rates::{Factor, PerHour};

use super::error::Finding;
use super::read::{Form, Reader};
use super::source::quoted;
use super::tree::{Node, Value};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;

/// A decimal as it was written, in billionths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Decimal(pub(super) i128);

/// One, in billionths.
pub(super) const ONE: i128 = 1_000_000_000;

/// Why a number could not be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unread {
    NotANumber,
    NotFinite,
    LeadingZero,
    Radix,
    Precision,
    Range,
}

impl Decimal {
    /// Reads `-12.5`, `1e3`, `.5`; at most nine decimals.
    fn parse(literal: &str) -> Result<Decimal, Unread> {
        let (negative, unsigned) = match literal.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, literal.strip_prefix('+').unwrap_or(literal)),
        };
        if unsigned.starts_with(".i") || unsigned.starts_with(".I") || unsigned.to_lowercase() == ".nan" {
            return Err(Unread::NotFinite);
        }
        if unsigned.starts_with("0x") || unsigned.starts_with("0o") {
            return Err(Unread::Radix);
        }
        if unsigned.len() > 1 && unsigned.starts_with('0') && unsigned.as_bytes()[1].is_ascii_digit() {
            return Err(Unread::LeadingZero);
        }
        let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        // A number that overflows a double is as infinite as `.inf`.
        let Ok(exponent) = exponent.parse::<i32>() else { return Err(Unread::NotFinite) };
        if exponent > 308 {
            return Err(Unread::NotFinite);
        }
        let fraction = fraction.trim_end_matches('0');
        if whole.len() > 40 {
            return Err(Unread::Range);
        }
        if fraction.len() > 40 {
            return Err(Unread::Precision);
        }
        let mut units: i128 = 0;
        for digit in whole.bytes().chain(fraction.bytes()) {
            let digit = i128::from(digit.checked_sub(b'0').filter(|d| *d < 10).ok_or(Unread::NotANumber)?);
            units = units.checked_mul(10).and_then(|u| u.checked_add(digit)).ok_or(Unread::Range)?;
        }
        let mut shift = exponent.saturating_add(9) - i32::try_from(fraction.len()).unwrap_or(i32::MAX);
        while shift < 0 && units != 0 {
            if units % 10 != 0 {
                return Err(Unread::Precision);
            }
            units /= 10;
            shift += 1;
        }
        while shift > 0 && units != 0 {
            units = units.checked_mul(10).ok_or(Unread::Range)?;
            shift -= 1;
        }
        Ok(Decimal(if negative { -units } else { units }))
    }

    /// Reads a decimal; none: it is not one.
    pub(super) fn of(literal: &str) -> Option<Decimal> {
        Decimal::parse(literal).ok()
    }

    /// The number as text: `12.5`.
    pub(super) fn text(self) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, rest) =
            (self.0.unsigned_abs() / ONE.unsigned_abs(), self.0.unsigned_abs() % ONE.unsigned_abs());
        if rest == 0 {
            return format!("{sign}{whole}");
        }
        format!("{sign}{whole}.{}", format!("{rest:09}").trim_end_matches('0'))
    }
}

/// Reads any decimal; notes what is wrong with it.
pub(super) fn decimal(node: &Node, reader: &mut Reader, what: &str, allowed: &str) -> Option<Decimal> {
    let literal = match &node.value {
        Value::Number(literal) => literal,
        Value::Text(text) => {
            let finding = Finding::new(node.span, format!("this should be {what}"))
                .found(format!("found the text {}", quoted(text)))
                .allowed(text_hint(text, allowed));
            reader.wrong(finding);
            return None;
        }
        Value::Null | Value::Bool(_) | Value::List(_) | Value::Map(_) => return reader.expected(node, what),
    };
    let why = match Decimal::parse(literal) {
        Ok(decimal) => return Some(decimal),
        Err(why) => why,
    };
    let message = match why {
        Unread::NotANumber => format!("this should be {what}"),
        Unread::NotFinite => "only finite numbers are taken".to_owned(),
        Unread::LeadingZero => {
            "a number with a leading zero is eight to some readers and ten to others".to_owned()
        }
        Unread::Radix => "only decimal numbers are taken".to_owned(),
        Unread::Precision => "this has more than nine decimals".to_owned(),
        Unread::Range => format!("{} is out of range", quoted(literal)),
    };
    reader
        .wrong(Finding::new(node.span, message).found(format!("found {}", quoted(literal))).allowed(allowed));
    None
}

fn text_hint(text: &str, allowed: &str) -> String {
    let bare = text.replace('_', "");
    if Decimal::parse(text).is_ok() {
        return format!("the number without quotes, {text}; {allowed}");
    }
    if bare.len() < text.len() && Decimal::parse(&bare).is_ok() {
        return format!("the number without underscores, {bare}; {allowed}");
    }
    allowed.to_owned()
}

/// A number in a range; notes it when it is not.
fn within(node: &Node, reader: &mut Reader, what: &str, (min, max): (i128, i128)) -> Option<Decimal> {
    let allowed = format!("{} to {}", Decimal(min).text(), Decimal(max).text());
    let value = decimal(node, reader, what, &allowed)?;
    if (min..=max).contains(&value.0) {
        return Some(value);
    }
    out_of_range(node, reader, value, &allowed);
    None
}

pub(super) fn out_of_range(node: &Node, reader: &mut Reader, value: Decimal, allowed: &str) {
    let finding = Finding::new(node.span, format!("{} is out of range", value.text()))
        .found(format!("found {}", value.text()))
        .allowed(allowed);
    reader.wrong(finding);
}

/// A whole number from `MIN` to `MAX`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Whole<const MIN: i128, const MAX: i128>(pub(super) i128);

impl<const MIN: i128, const MAX: i128> Whole<MIN, MAX> {
    /// As a `u32`; the ranges of the format fit, but for −1.
    pub(super) fn u32(self) -> u32 {
        u32::try_from(self.0).unwrap_or(if self.0 < 0 { 0 } else { u32::MAX })
    }

    /// As a `u64`.
    pub(super) fn u64(self) -> u64 {
        u64::try_from(self.0).unwrap_or(0)
    }
}

impl<const MIN: i128, const MAX: i128> Form for Whole<MIN, MAX> {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        whole(node, reader, MIN, MAX).map(Whole)
    }
}

fn whole(node: &Node, reader: &mut Reader, min: i128, max: i128) -> Option<i128> {
    let allowed = format!("a whole number from {min} to {max}");
    let value = decimal(node, reader, "a whole number", &allowed)?;
    if value.0 % ONE != 0 {
        let finding = Finding::new(node.span, "this should be a whole number")
            .found(format!("found {}", value.text()))
            .allowed(allowed);
        reader.wrong(finding);
        return None;
    }
    if !(min..=max).contains(&(value.0 / ONE)) {
        out_of_range(node, reader, value, &allowed);
        return None;
    }
    Some(value.0 / ONE)
}

impl<const MIN: i128, const MAX: i128> JsonSchema for Whole<MIN, MAX> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        format!("Whole{MIN}To{MAX}").into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let mut schema = json_schema!({"type": "integer"});
        // What JSON's numbers cannot say is left out.
        if let Ok(min) = i64::try_from(MIN) {
            schema.insert("minimum".to_owned(), min.into());
        }
        if let Ok(max) = i64::try_from(MAX) {
            schema.insert("maximum".to_owned(), max.into());
        }
        schema
    }
}

/// How many tasks: a 32-bit integer as ECS has it, and no more than a simulation can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Count(pub(super) u32);

/// The most tasks of one service, or of one RunTask.
pub(super) const COUNT_MAX: u32 = 1_000_000;

impl Form for Count {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        let value = u32::try_from(whole(node, reader, 0, i128::from(i32::MAX))?).ok()?;
        if value > COUNT_MAX {
            let finding = Finding::new(node.span, format!("{value} tasks are more than can be simulated"))
                .found(format!("found {value}"))
                .allowed(format!("at most {COUNT_MAX}"))
                .limit();
            reader.wrong(finding);
            return None;
        }
        Some(Count(value))
    }
}

impl JsonSchema for Count {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Count".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "integer", "minimum": 0, "maximum": COUNT_MAX})
    }
}

/// A percentage above 0 and at most 100, exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DrainPercent(pub(super) crate::model::Percent);

impl Form for DrainPercent {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        let allowed = "above 0, at most 100, at most nine decimals";
        let value = decimal(node, reader, "a percentage", allowed)?;
        if value.0 == 0 {
            let finding = Finding::new(node.span, "0 % would never drain anything")
                .found("found 0")
                .allowed("above 0, at most 100 (ECS's API takes 0.0 to 100.0, its guide says 1.0 to 100.0)");
            reader.wrong(finding);
            return None;
        }
        match u64::try_from(value.0) {
            Ok(billionths) if value.0 <= 100 * ONE => {
                Some(DrainPercent(crate::model::Percent::from_billionths(billionths)))
            }
            Ok(_) | Err(_) => {
                out_of_range(node, reader, value, allowed);
                None
            }
        }
    }
}

impl JsonSchema for DrainPercent {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "DrainPercent".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "number", "exclusiveMinimum": 0, "maximum": 100})
    }
}

/// A share: 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Share(pub(super) f64);

impl Form for Share {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        within(node, reader, "a share", (0, ONE)).map(|d| Share(to_f64(d)))
    }
}

impl JsonSchema for Share {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Share".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "number", "minimum": 0, "maximum": 1})
    }
}

/// A number above zero.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Positive(pub(super) Decimal);

/// Large enough for anything that a scenario speaks of.
const LARGE: i128 = 1_000_000_000 * ONE;

impl Positive {
    pub(super) fn f64(self) -> f64 {
        to_f64(self.0)
    }
}

impl Form for Positive {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        let value = within(node, reader, "a number", (0, LARGE))?;
        if value.0 == 0 {
            out_of_range(node, reader, value, "above 0");
            return None;
        }
        Some(Positive(value))
    }
}

impl JsonSchema for Positive {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Positive".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "number", "exclusiveMinimum": 0})
    }
}

/// Any finite number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Real(pub(super) Decimal);

impl Real {
    /// Reads a number of a file of samples, or says why it is none.
    pub(super) fn parse(text: &str) -> Result<Real, String> {
        match Decimal::parse(text) {
            _ if !text.contains(|c: char| c.is_ascii_digit()) => Err("there is no digit in it".to_owned()),
            Ok(value) if value.0.abs() > LARGE => Err("it is out of range".to_owned()),
            Ok(value) => Ok(Real(value)),
            Err(Unread::Precision) => Err("it has more than nine decimals".to_owned()),
            Err(
                Unread::NotANumber | Unread::NotFinite | Unread::LeadingZero | Unread::Radix | Unread::Range,
            ) => Err("only finite decimal numbers are taken".to_owned()),
        }
    }
}

impl Form for Real {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        within(node, reader, "a number", (-LARGE, LARGE)).map(Real)
    }
}

impl JsonSchema for Real {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Real".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "number"})
    }
}

/// Dollars, exact to the billionth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dollars(pub(super) u64);

impl Form for Dollars {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        let value = within(node, reader, "an amount of dollars", (0, LARGE))?;
        u64::try_from(value.0).ok().map(Dollars)
    }
}

impl JsonSchema for Dollars {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Dollars".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "number", "minimum": 0})
    }
}

/// The double that is nearest; the way through text rounds correctly.
pub(super) fn to_f64(decimal: Decimal) -> f64 {
    decimal.text().parse().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact() {
        assert_eq!(Decimal::parse("64.4"), Ok(Decimal(64_400_000_000)));
        assert_eq!(Decimal::parse("-0.0"), Ok(Decimal(0)));
        assert_eq!(Decimal::parse("1e-7"), Ok(Decimal(100)));
        assert_eq!(Decimal::parse("1.5E3"), Ok(Decimal(1500 * ONE)));
        assert_eq!(Decimal::parse(".5"), Ok(Decimal(ONE / 2)));
        assert_eq!(Decimal::parse("0.1000000000000000000000"), Ok(Decimal(ONE / 10)));
        assert_eq!(Decimal(64_400_000_000).text(), "64.4");
        assert_eq!(Decimal(-ONE / 2).text(), "-0.5");
    }

    #[test]
    fn what_is_not_exact_is_refused() {
        assert_eq!(Decimal::parse("0.0000000001"), Err(Unread::Precision));
        assert_eq!(Decimal::parse(&format!("0.{}", "3".repeat(400))), Err(Unread::Precision));
        assert_eq!(Decimal::parse(&"9".repeat(400)), Err(Unread::Range));
        assert_eq!(Decimal::parse("1e999"), Err(Unread::NotFinite));
        assert_eq!(Decimal::parse("1e99999999999"), Err(Unread::NotFinite));
        assert_eq!(Decimal::parse("1e300"), Err(Unread::Range));
        assert_eq!(Decimal::parse("1e-300"), Err(Unread::Precision));
        assert_eq!(Decimal::parse(".inf"), Err(Unread::NotFinite));
        assert_eq!(Decimal::parse("010"), Err(Unread::LeadingZero));
        assert_eq!(Decimal::parse("0x10"), Err(Unread::Radix));
    }
}
