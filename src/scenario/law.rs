//! Distributions: a bare value, or `{lognormal: {median: 20s, p95: 45s}}` and its kin.

use super::error::Finding;
use super::number::{Decimal, ONE, Positive, Real, to_f64};
use super::read::{Form, Named, Reader, Slot, mapping};
use super::text::Text;
use super::tree::{Node, Value};
use crate::kernel::{Distribution, SimDuration};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;

/// The most values of an `empirical` distribution.
pub(super) const VALUES_MAX: usize = 100_000;

/// What a distribution is of: durations, or plain numbers.
pub(super) trait Quantity: Form + Copy + Ord + std::fmt::Debug + 'static {
    const NAME: &'static str;
    /// What the kernel draws.
    type Drawn: Copy + PartialEq;
    fn zero() -> Self;
    fn drawn(self) -> Self::Drawn;
    /// For ratios.
    fn size(self) -> f64;
}

impl Quantity for SimDuration {
    const NAME: &'static str = "Distribution";
    type Drawn = SimDuration;
    fn zero() -> Self {
        SimDuration::ZERO
    }
    fn drawn(self) -> SimDuration {
        self
    }
    fn size(self) -> f64 {
        to_f64(Decimal(i128::from(self.as_ms()) * ONE))
    }
}

impl Quantity for Real {
    const NAME: &'static str = "PlainDistribution";
    type Drawn = f64;
    fn zero() -> Self {
        Real(Decimal(0))
    }
    fn drawn(self) -> f64 {
        to_f64(self.0)
    }
    fn size(self) -> f64 {
        to_f64(self.0)
    }
}

/// A distribution, its parameters checked.
#[derive(Clone, Debug)]
pub(super) enum Law<Q> {
    Constant(Q),
    Uniform(Q, Q),
    Exponential(Q),
    Lognormal(Q, Q),
    Weibull(f64, Q),
    Triangular(Q, Q, Q),
    Empirical(Vec<Q>),
    /// Values in a file that the caller reads.
    File(Slot<Text>),
    Mixture(Vec<(f64, Law<Q>)>),
}

const KINDS: &[&str] =
    &["uniform", "exponential", "lognormal", "weibull", "triangular", "empirical", "mixture"];

/// Declares the parameters of one kind of law, for each quantity.
macro_rules! parameters {
    ($module:ident, $quantity:ty) => {
        mod $module {
            use super::*;
            mapping! {
                /// Memoryless.
                Exponential => {
                    /// Its mean, above zero.
                    "mean" mean: Required $quantity,
                }
            }
            mapping! {
                /// Lognormal.
                Lognormal => {
                    /// Half of the draws are below.
                    "median" median: Required $quantity,
                    /// Nineteen of twenty draws are below; not below the median.
                    "p95" p95: Required $quantity,
                }
            }
            mapping! {
                /// Weibull.
                Weibull => {
                    /// Its shape, 0.1 to 100.
                    "shape" shape: Required Positive,
                    /// Its scale, above zero.
                    "scale" scale: Required $quantity,
                }
            }
            mapping! {
                /// Triangular.
                Triangular => {
                    /// The shortest.
                    "min" min: Required $quantity,
                    /// The likeliest.
                    "mode" mode: Required $quantity,
                    /// The longest.
                    "max" max: Required $quantity,
                }
            }
            mapping! {
                /// One of several laws.
                Part => {
                    /// How often, in proportion to the others; above zero.
                    "weight" weight: Required Positive,
                    /// The law.
                    "of" of: Required Law<$quantity>,
                }
            }
        }
        impl Parameters for $quantity {
            fn exponential(node: &Node, reader: &mut Reader) -> Option<Law<Self>> {
                let law = <$module::Exponential as Form>::read(node, reader)?;
                let mean = *law.mean.get()?;
                above_zero(mean, &law.mean, reader)?;
                Some(Law::Exponential(mean))
            }
            fn lognormal(node: &Node, reader: &mut Reader) -> Option<Law<Self>> {
                let law = <$module::Lognormal as Form>::read(node, reader)?;
                lognormal(&law.median, &law.p95, reader)
            }
            fn weibull(node: &Node, reader: &mut Reader) -> Option<Law<Self>> {
                let law = <$module::Weibull as Form>::read(node, reader)?;
                let (shape, scale) = (law.shape.get()?.f64(), *law.scale.get()?);
                above_zero(scale, &law.scale, reader)?;
                if !(0.1..=100.0).contains(&shape) {
                    let finding = Finding::new(law.shape.at, "this shape is out of range").allowed("0.1 to 100");
                    reader.wrong(finding);
                    return None;
                }
                Some(Law::Weibull(shape, scale))
            }
            fn triangular(node: &Node, reader: &mut Reader) -> Option<Law<Self>> {
                let law = <$module::Triangular as Form>::read(node, reader)?;
                let (min, mode, max) = (*law.min.get()?, *law.mode.get()?, *law.max.get()?);
                if min > mode || mode > max {
                    let finding = Finding::new(law.mode.at, "the mode lies outside of min and max")
                        .allowed("min, mode and max in this order");
                    reader.wrong(finding);
                    return None;
                }
                Some(Law::Triangular(min, mode, max))
            }
            fn mixture(node: &Node, reader: &mut Reader) -> Option<Law<Self>> {
                let parts = <Vec<Slot<$module::Part>> as Form>::read(node, reader)?;
                if parts.is_empty() {
                    reader.wrong(Finding::new(node.span, "a mixture of nothing").allowed("at least one part"));
                    return None;
                }
                let parts = parts.iter().map(|part| {
                    let part = part.get()?;
                    Some((part.weight.get()?.f64(), part.of.get()?.clone()))
                });
                parts.collect::<Option<Vec<_>>>().map(Law::Mixture)
            }
            fn kinds_schema(generator: &mut SchemaGenerator) -> serde_json::Value {
                let q = generator.subschema_for::<$quantity>();
                serde_json::json!({
                    "uniform": {"type": "array", "items": q, "minItems": 2, "maxItems": 2},
                    "exponential": generator.subschema_for::<$module::Exponential>(),
                    "lognormal": generator.subschema_for::<$module::Lognormal>(),
                    "weibull": generator.subschema_for::<$module::Weibull>(),
                    "triangular": generator.subschema_for::<$module::Triangular>(),
                    "empirical": {"anyOf": [
                        {"type": "array", "items": q, "minItems": 1},
                        {"type": "object", "properties": {"file": {"type": "string"}},
                         "required": ["file"], "additionalProperties": false},
                    ]},
                    "mixture": {"type": "array", "minItems": 1,
                                "items": generator.subschema_for::<$module::Part>()},
                })
            }
        }
    };
}

/// The kinds of law that have parameters by name.
pub(super) trait Parameters: Quantity {
    fn exponential(node: &Node, reader: &mut Reader) -> Option<Law<Self>>;
    fn lognormal(node: &Node, reader: &mut Reader) -> Option<Law<Self>>;
    fn weibull(node: &Node, reader: &mut Reader) -> Option<Law<Self>>;
    fn triangular(node: &Node, reader: &mut Reader) -> Option<Law<Self>>;
    fn mixture(node: &Node, reader: &mut Reader) -> Option<Law<Self>>;
    fn kinds_schema(generator: &mut SchemaGenerator) -> serde_json::Value;
}

parameters!(durations, SimDuration);
parameters!(numbers, Real);

impl<Q: Parameters> Form for Law<Q> {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        let entries = match &node.value {
            Value::Map(entries) => entries,
            Value::Null | Value::List(_) => {
                return reader.expected(node, "a distribution, or one value for a constant");
            }
            Value::Bool(_) | Value::Number(_) | Value::Text(_) => {
                return Q::read(node, reader).map(Law::Constant);
            }
        };
        let [entry] = entries.as_slice() else {
            let finding = Finding::new(node.head, "a distribution has one kind")
                .found(format!("found {} members", entries.len()))
                .allowed(KINDS.join(", "));
            reader.wrong(finding);
            return None;
        };
        let node = &entry.value;
        match &*entry.key {
            "uniform" => uniform(node, reader),
            "exponential" => Q::exponential(node, reader),
            "lognormal" => Q::lognormal(node, reader),
            "weibull" => Q::weibull(node, reader),
            "triangular" => Q::triangular(node, reader),
            "empirical" => empirical(node, reader),
            "mixture" => Q::mixture(node, reader),
            other => {
                let message = format!("{} is not a kind of distribution", super::source::quoted(other));
                let finding = Finding::new(entry.key_span, message)
                    .near(other, KINDS.iter().copied())
                    .allowed(KINDS.join(", "));
                reader.wrong(finding);
                None
            }
        }
    }
}

fn uniform<Q: Parameters>(node: &Node, reader: &mut Reader) -> Option<Law<Q>> {
    let ends = <Vec<Slot<Q>> as Form>::read(node, reader)?;
    let [min, max] = ends.as_slice() else {
        let finding = Finding::new(node.span, "a uniform distribution has two ends")
            .found(format!("found {}", ends.len()))
            .allowed("[shortest, longest]");
        reader.wrong(finding);
        return None;
    };
    let (min, max) = (*min.get()?, *max.get()?);
    if min > max {
        reader.wrong(
            Finding::new(node.span, "the first end is above the second").allowed("[shortest, longest]"),
        );
        return None;
    }
    Some(if min == max { Law::Constant(min) } else { Law::Uniform(min, max) })
}

fn empirical<Q: Parameters>(node: &Node, reader: &mut Reader) -> Option<Law<Q>> {
    if let Value::Map(entries) = &node.value {
        let path = entries.iter().find(|e| &*e.key == "file");
        if let (Some(path), 1) = (path, entries.len()) {
            return Some(Law::File(reader.slot(&path.value)));
        }
        // Not a file: read as the mapping it is not, for the message.
        let _: Option<Named<Text>> = Form::read(node, reader);
        return reader.expected(node, "a list of values, or {file: …}");
    }
    let values = <Vec<Slot<Q>> as Form>::read(node, reader)?;
    if values.is_empty() {
        reader.wrong(Finding::new(node.span, "there is no value to draw from").allowed("at least one value"));
        return None;
    }
    if values.len() > VALUES_MAX {
        let finding = Finding::new(node.span, format!("{} values are too many", values.len()))
            .allowed(format!("at most {VALUES_MAX}"))
            .limit();
        reader.wrong(finding);
        return None;
    }
    let mut values = values.iter().map(|v| v.get().copied()).collect::<Option<Vec<_>>>()?;
    // Sorted, so that the order in which samples were written down cannot move a result.
    values.sort_unstable();
    Some(Law::Empirical(values))
}

fn above_zero<Q: Quantity>(value: Q, slot: &Slot<Q>, reader: &mut Reader) -> Option<()> {
    if value > Q::zero() {
        return Some(());
    }
    reader.wrong(Finding::new(slot.at, "this must be above zero"));
    None
}

/// A 95th percentile further than this from the median is a slip of the pen: σ would be above five.
const SPREAD_MAX: f64 = 5000.0;

fn lognormal<Q: Quantity>(median: &Slot<Q>, p95: &Slot<Q>, reader: &mut Reader) -> Option<Law<Q>> {
    let (m, p) = (*median.get()?, *p95.get()?);
    if m == p && m >= Q::zero() {
        return Some(Law::Constant(m));
    }
    above_zero(m, median, reader)?;
    if p < m {
        let finding = Finding::new(p95.at, "the 95th percentile is below the median")
            .also(median.at, "the median")
            .allowed("a p95 that is not below the median");
        reader.wrong(finding);
        return None;
    }
    if p.size() / m.size() > SPREAD_MAX {
        let finding = Finding::new(p95.at, "the 95th percentile is too far from the median")
            .also(median.at, "the median")
            .allowed(format!("at most {SPREAD_MAX} times the median"));
        reader.wrong(finding);
        return None;
    }
    Some(Law::Lognormal(m, p))
}

impl<Q: Parameters> JsonSchema for Law<Q> {
    fn schema_name() -> Cow<'static, str> {
        Q::NAME.into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let constant = generator.subschema_for::<Q>();
        let kinds = Q::kinds_schema(generator);
        json_schema!({
            "description": "A distribution of one kind, or one value for a constant.",
            "anyOf": [
                constant,
                {
                    "type": "object",
                    "properties": kinds,
                    "additionalProperties": false,
                    "minProperties": 1,
                    "maxProperties": 1,
                },
            ],
        })
    }
}

impl<Q: Quantity> Law<Q> {
    /// The law as the kernel has it; files are read through `read`.
    pub(super) fn lower(
        &self,
        read: &mut dyn FnMut(&Slot<Text>) -> Option<Vec<Q>>,
    ) -> Option<Distribution<Q::Drawn>> {
        let seen = |values: &[Q]| values.iter().map(|value| value.drawn()).collect::<Vec<_>>().into();
        Some(match self {
            Law::Constant(value) => Distribution::Constant(value.drawn()),
            Law::Uniform(min, max) => Distribution::Uniform { min: min.drawn(), max: max.drawn() },
            Law::Exponential(mean) => Distribution::Exponential { mean: mean.drawn() },
            Law::Lognormal(median, p95) => {
                Distribution::Lognormal { median: median.drawn(), p95: p95.drawn() }
            }
            Law::Weibull(shape, scale) => Distribution::Weibull { shape: *shape, scale: scale.drawn() },
            Law::Triangular(min, mode, max) => {
                Distribution::Triangular { min: min.drawn(), mode: mode.drawn(), max: max.drawn() }
            }
            Law::Empirical(values) => Distribution::Empirical(seen(values)),
            Law::File(path) => Distribution::Empirical(seen(&read(path)?)),
            Law::Mixture(parts) => {
                let parts = parts.iter().map(|(weight, law)| Some((*weight, law.lower(read)?)));
                Distribution::Mixture(parts.collect::<Option<Vec<_>>>()?)
            }
        })
    }
}

/// Between what values a law's draws lie; none: there is no upper end.
pub(super) fn ends<Q: Copy + Default + PartialOrd>(law: &Distribution<Q>) -> (Q, Option<Q>) {
    let nothing = Q::default();
    let least = |a: Q, b: Q| if b < a { b } else { a };
    let most = |a: Q, b: Q| if b > a { b } else { a };
    match law {
        Distribution::Constant(value) => (*value, Some(*value)),
        Distribution::Uniform { min, max } | Distribution::Triangular { min, max, .. } => (*min, Some(*max)),
        Distribution::Exponential { .. } | Distribution::Lognormal { .. } | Distribution::Weibull { .. } => {
            (nothing, None)
        }
        Distribution::Empirical(values) => {
            let all = || values.iter().copied();
            (all().reduce(least).unwrap_or(nothing), Some(all().reduce(most).unwrap_or(nothing)))
        }
        Distribution::Mixture(parts) => {
            let all = || parts.iter().map(|(_, part)| ends(part));
            let low = all().map(|(low, _)| low).reduce(least).unwrap_or(nothing);
            let high = all().map(|(_, high)| high).reduce(|a, b| Some(most(a?, b?)));
            (low, high.unwrap_or(Some(nothing)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Distribution as D;

    #[test]
    fn the_ends_of_laws() {
        assert_eq!(ends(&D::Constant(0.5)), (0.5, Some(0.5)));
        assert_eq!(ends(&D::Triangular { min: -1.0, mode: 0.0, max: 3.0 }), (-1.0, Some(3.0)));
        assert_eq!(ends(&D::Exponential { mean: 2.0 }), (0.0, None));
        assert_eq!(ends(&D::Empirical([0.25, -0.5, 0.125].into())), (-0.5, Some(0.25)));
        let bounded = D::Mixture(vec![(1.0, D::Constant(2.0)), (1.0, D::Uniform { min: -4.0, max: 1.0 })]);
        assert_eq!(ends(&bounded), (-4.0, Some(2.0)));
        let open = D::Mixture(vec![(1.0, D::Constant(2.0)), (1.0, D::Weibull { shape: 1.0, scale: 1.0 })]);
        assert_eq!(ends(&open), (0.0, None));
        let times = D::Uniform { min: SimDuration::from_secs(1), max: SimDuration::from_secs(2) };
        assert_eq!(ends(&times), (SimDuration::from_secs(1), Some(SimDuration::from_secs(2))));
    }
}
