//! How long something takes.

use super::SimDuration;
use std::sync::Arc;

/// A law of durations. Parameters are checked where they enter, so that a draw cannot fail.
#[derive(Clone, Debug, PartialEq)]
pub enum Distribution {
    /// Always the same.
    Constant(SimDuration),
    /// Anything from `min` to `max`, equally likely.
    Uniform {
        /// The shortest.
        min: SimDuration,
        /// The longest.
        max: SimDuration,
    },
    /// Memoryless.
    Exponential {
        /// Its mean.
        mean: SimDuration,
    },
    /// Lognormal by its median and its 95th percentile: μ = ln median, σ = ln(p95/median)/1.6448536.
    Lognormal {
        /// Half of the draws are below.
        median: SimDuration,
        /// Nineteen of twenty draws are below.
        p95: SimDuration,
    },
    /// Weibull.
    Weibull {
        /// Its shape.
        shape: f64,
        /// Its scale.
        scale: SimDuration,
    },
    /// Triangular.
    Triangular {
        /// The shortest.
        min: SimDuration,
        /// The likeliest.
        mode: SimDuration,
        /// The longest.
        max: SimDuration,
    },
    /// One of the values that were seen, equally likely.
    Empirical(Arc<[SimDuration]>),
    /// One of several laws, by weight. The weights are positive; they need not sum to one.
    Mixture(Vec<(f64, Distribution)>),
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
