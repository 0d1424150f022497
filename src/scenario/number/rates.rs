//! Factors and rates, as faults have them.

use super::{ONE, out_of_range, to_f64, within};
use crate::scenario::read::{Form, Reader};
use crate::scenario::tree::Node;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;

/// So many times as long: above zero, and no more than a fault can mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::scenario) struct Factor(pub(in crate::scenario) f64);

/// A launch of twenty seconds would take two days.
const FACTOR_MAX: u32 = 10_000;

impl Form for Factor {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        let value = within(node, reader, "a factor", (0, i128::from(FACTOR_MAX) * ONE))?;
        if value.0 == 0 {
            out_of_range(node, reader, value, "above 0");
            return None;
        }
        Some(Factor(to_f64(value)))
    }
}

impl JsonSchema for Factor {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Factor".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "number", "exclusiveMinimum": 0, "maximum": FACTOR_MAX})
    }
}

/// So many an hour; none is fine, so that a study can go down to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::scenario) struct PerHour(pub(in crate::scenario) f64);

/// One a second.
const PER_HOUR_MAX: u32 = 3600;

impl Form for PerHour {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        within(node, reader, "a rate", (0, i128::from(PER_HOUR_MAX) * ONE)).map(|d| PerHour(to_f64(d)))
    }
}

impl JsonSchema for PerHour {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "PerHour".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "number", "minimum": 0, "maximum": PER_HOUR_MAX})
    }
}
