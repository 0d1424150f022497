//! What becomes of a bad revision, and of a good one in its place.

use super::{Estimate, Head};

/// How often something was seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    /// In how many runs.
    pub hits: u64,
    /// Of how many.
    pub runs: u64,
    /// `hits` of `runs`.
    pub share: f64,
    /// Wilson's interval at 95 %; none of a single run.
    pub interval: Option<(f64, f64)>,
}

/// A bad revision of one daemon, at every point.
#[derive(Clone, Debug, PartialEq)]
pub struct BadResult {
    /// Whose revision.
    pub daemon: String,
    /// How likely a revision is to be bad, where that was said.
    pub probability: Option<f64>,
    /// The axes but that of the revision.
    pub axes: Vec<Head>,
    /// In the order of their grid.
    pub points: Vec<BadPoint>,
    /// The shortest bake that catches a bad revision, for each combination of the other axes; none: no axis is a bake.
    pub bakes: Option<Vec<ShortestBake>>,
}

/// A bad revision and a good one at one point.
#[derive(Clone, Debug, PartialEq)]
pub struct BadPoint {
    /// The values of the axes.
    pub labels: Vec<String>,
    /// The bad one is stopped: the power of the test that a deployment is.
    pub caught: Option<Share>,
    /// By the circuit breaker.
    pub by_breaker: Option<Share>,
    /// By an alarm.
    pub by_alarm: Option<Share>,
    /// The good one is stopped.
    pub false_rollback: Option<Share>,
    /// Instances that the bad one reached.
    pub instances: Option<Estimate>,
    /// App tasks that it moved.
    pub tasks: Option<Estimate>,
    /// Instance-milliseconds on it.
    pub exposure: Option<Estimate>,
    /// Milliseconds until it is stopped, where it is.
    pub time_to_detect: Option<Estimate>,
    /// Where it was said how likely a bad one is.
    pub prior: Option<Prior>,
}

/// Of a revision that is bad with a known probability.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prior {
    /// Its deployment is stopped.
    pub rollback: f64,
    /// It was bad, when its deployment was stopped; none when that does not happen.
    pub bad_if_rolled_back: Option<f64>,
    /// It is bad, and is not stopped.
    pub escape: f64,
    /// Instance-milliseconds on a bad one, for each deployment.
    pub exposure: Option<f64>,
}

/// The shortest bake that catches a bad revision often enough, of those that were tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShortestBake {
    /// The values of the axes but the bake's; the bake's is empty.
    pub labels: Vec<String>,
    /// As far as one can see.
    pub likely: Option<String>,
    /// Even at the lower end of the interval.
    pub surely: Option<String>,
}

/// What often enough is.
pub const POWER: f64 = 0.9;
