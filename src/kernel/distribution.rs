//! How long something takes.

use super::SimDuration;
use std::sync::Arc;

/// What a law is of.
pub trait Quantity: Copy + PartialEq {
    /// As a number: milliseconds, or itself.
    fn number(self) -> f64;
}

impl Quantity for SimDuration {
    fn number(self) -> f64 {
        self.as_ms() as f64
    }
}

impl Quantity for f64 {
    fn number(self) -> f64 {
        self
    }
}

/// A law of durations, or of plain numbers. Parameters are checked where they enter, so that a draw cannot fail.
#[derive(Clone, Debug, PartialEq)]
pub enum Distribution<Q = SimDuration> {
    /// Always the same.
    Constant(Q),
    /// Anything from `min` to `max`, equally likely.
    Uniform {
        /// The shortest.
        min: Q,
        /// The longest.
        max: Q,
    },
    /// Memoryless.
    Exponential {
        /// Its mean.
        mean: Q,
    },
    /// Lognormal by its median and its 95th percentile: μ = ln median, σ = ln(p95/median)/1.6448536.
    Lognormal {
        /// Half of the draws are below.
        median: Q,
        /// Nineteen of twenty draws are below.
        p95: Q,
    },
    /// Weibull.
    Weibull {
        /// Its shape.
        shape: f64,
        /// Its scale.
        scale: Q,
    },
    /// Triangular.
    Triangular {
        /// The shortest.
        min: Q,
        /// The likeliest.
        mode: Q,
        /// The longest.
        max: Q,
    },
    /// One of the values that were seen, equally likely.
    Empirical(Arc<[Q]>),
    /// One of several laws, by weight. The weights are positive; they need not sum to one.
    Mixture(Vec<(f64, Distribution<Q>)>),
}

impl<Q> Distribution<Q> {
    /// Whether all draws are the same.
    pub const fn is_constant(&self) -> bool {
        matches!(self, Distribution::Constant(_))
    }
}

impl Distribution {
    /// The longest duration that is ever drawn, a hundred years: what has no upper end has one here. A constant
    /// is what it is.
    pub const LONGEST: SimDuration = SimDuration::from_secs(100 * 365 * 24 * 60 * 60);

    /// Always `seconds`.
    pub const fn constant_secs(seconds: u64) -> Distribution {
        Distribution::Constant(SimDuration::from_secs(seconds))
    }

    /// Lognormal from median and 95th percentile in seconds.
    pub const fn lognormal_secs(median: u64, p95: u64) -> Distribution {
        Distribution::Lognormal { median: SimDuration::from_secs(median), p95: SimDuration::from_secs(p95) }
    }
}
