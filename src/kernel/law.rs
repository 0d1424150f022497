//! Distributions made ready to be drawn from: everything that can be worked out beforehand has been.
//!
//! Each law turns one uniform number into a duration by the inverse of its distribution function, rising with the
//! number, so that the same number gives a short duration under every law or a long one. A mixture spends one
//! number on the choice and leaves the rest to what it chose.

use super::distribution::Quantity;
use super::normal::normal_quantile;
use super::{Distribution, Draw};
use std::sync::Arc;

/// In milliseconds before rounding, or in plain numbers.
#[derive(Clone, Debug)]
pub(super) enum Law<Q> {
    Constant(f64),
    Uniform { min: f64, width: f64 },
    Exponential { mean: f64 },
    Lognormal { median: f64, sigma: f64 },
    Weibull { scale: f64, power: f64 },
    Triangular { min: f64, max: f64, rising: f64, falling: f64, turn: f64 },
    Empirical(Arc<[Q]>),
    Mixture { total: f64, parts: Vec<(f64, Law<Q>)> },
}

impl<Q: Quantity> Law<Q> {
    pub(super) fn new(distribution: &Distribution<Q>) -> Law<Q> {
        match distribution {
            Distribution::Constant(duration) => Law::Constant(ms(*duration)),
            Distribution::Uniform { min, max } if ms(*max) <= ms(*min) => Law::Constant(ms(*min)),
            Distribution::Uniform { min, max } => Law::Uniform { min: ms(*min), width: ms(*max) - ms(*min) },
            Distribution::Exponential { mean } if ms(*mean) == 0.0 => Law::Constant(0.0),
            Distribution::Exponential { mean } => Law::Exponential { mean: ms(*mean) },
            Distribution::Lognormal { median, p95 } if ms(*p95) <= ms(*median) || ms(*median) == 0.0 => {
                Law::Constant(ms(*median))
            }
            Distribution::Lognormal { median, p95 } => {
                Law::Lognormal { median: ms(*median), sigma: libm::log(ms(*p95) / ms(*median)) / Z95 }
            }
            Distribution::Weibull { scale, .. } if ms(*scale) == 0.0 => Law::Constant(0.0),
            Distribution::Weibull { shape, scale } => Law::Weibull { scale: ms(*scale), power: 1.0 / shape },
            Distribution::Triangular { min, max, .. } if ms(*max) <= ms(*min) => Law::Constant(ms(*min)),
            Distribution::Triangular { min, mode, max } => triangular(ms(*min), ms(*mode), ms(*max)),
            Distribution::Empirical(seen) => match seen.first() {
                None => Law::Constant(0.0),
                Some(first) if seen.iter().all(|duration| duration == first) => Law::Constant(ms(*first)),
                Some(_) => Law::Empirical(Arc::clone(seen)),
            },
            Distribution::Mixture(parts) => mixture(parts),
        }
    }

    /// The value that belongs to the next number of this draw.
    pub(super) fn draw(&self, draw: &mut Draw) -> f64 {
        match self {
            Law::Constant(value) => *value,
            Law::Uniform { min, width } => min + width * draw.unit(),
            Law::Exponential { mean } => -mean * libm::log1p(-draw.inner_unit()),
            // exp(μ + σz), with its median exact.
            Law::Lognormal { median, sigma } => {
                median * libm::exp(sigma * normal_quantile(draw.inner_unit()))
            }
            Law::Weibull { scale, power } => scale * libm::pow(-libm::log1p(-draw.inner_unit()), *power),
            Law::Triangular { min, max, rising, falling, turn } => {
                let u = draw.unit();
                if u < *turn { min + libm::sqrt(u * rising) } else { max - libm::sqrt((1.0 - u) * falling) }
            }
            Law::Empirical(seen) => {
                let index = (draw.unit() * seen.len() as f64) as usize;
                ms(seen[index.min(seen.len() - 1)])
            }
            Law::Mixture { total, parts } => {
                let at = draw.unit() * total;
                let chosen = parts.iter().find(|(bound, _)| at < *bound).or(parts.last());
                chosen.map_or(0.0, |(_, law)| law.draw(draw))
            }
        }
    }
}

/// The 95th percentile of the standard normal distribution, with the digits of `docs/model.md`.
const Z95: f64 = 1.644_853_6;

fn triangular<Q>(min: f64, mode: f64, max: f64) -> Law<Q> {
    let width = max - min;
    let (up, down) = (mode - min, max - mode);
    Law::Triangular { min, max, rising: width * up, falling: width * down, turn: up / width }
}

/// Parts with the sums of their weights up to and including each.
fn mixture<Q: Quantity>(parts: &[(f64, Distribution<Q>)]) -> Law<Q> {
    let mut total = 0.0;
    let parts = parts
        .iter()
        .map(|(weight, distribution)| {
            total += weight;
            (total, Law::new(distribution))
        })
        .collect();
    Law::Mixture { total, parts }
}

fn ms(quantity: impl Quantity) -> f64 {
    quantity.number()
}
