//! What studies come to, as plain values: tables, pictures and texts are made of these alone.

mod bad;
mod paired;
mod readings;
mod tune;

pub use crate::record::{Column, Expectation, Unit};
pub use bad::{BadPoint, BadResult, POWER, Prior, Share, ShortestBake};
pub use paired::{Comparison, Difference, LOW_POINT_SCALE, Verdict};
pub use readings::{ANY_NUMBER, Reading, ReadingsResult};
pub use tune::{
    Binding, CandidateResult, Chance, Configuration, Fate, Judgement, LimitResult, TuneResult, TunedReading,
    TunedReadings,
};

/// What is varied, and how its values are called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// A path, or what takes its place.
    pub name: String,
    /// In the order of the points.
    pub labels: Vec<String>,
}

/// What the values of a measure say of it. Numbers are in the unit of its column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// Runs that have a value.
    pub runs: u64,
    /// Runs that have none.
    pub absent: u64,
    /// Their mean.
    pub mean: f64,
    /// Their standard deviation; none of a single one.
    pub sd: Option<f64>,
    /// Where the true mean lies, at 95 %; none of a single value.
    pub interval: Option<(f64, f64)>,
    /// Five of a hundred are not above this.
    pub p5: u64,
    /// Half of them are not above this.
    pub p50: u64,
    /// Ninety-five of a hundred are not above this.
    pub p95: u64,
    /// The smallest.
    pub least: u64,
    /// The largest.
    pub most: u64,
}

/// What the runs of one point came to.
#[derive(Clone, Debug, PartialEq)]
pub struct PointResult {
    /// The value of each axis.
    pub labels: Vec<String>,
    /// How many runs.
    pub replications: u64,
    /// For each column that is a number; none: no run had one.
    pub estimates: Vec<Option<Estimate>>,
    /// Whether it was to be as precise as asked for, and is not.
    pub imprecise: bool,
}

/// A whole study: what was varied, and what came of each point.
#[derive(Clone, Debug, PartialEq)]
pub struct StudyResult {
    /// The axes, the last one varies fastest.
    pub axes: Vec<Head>,
    /// What was measured; words come last.
    pub columns: Vec<Column>,
    /// What each `expect.<n>` stands for, from 1 on, at the first point: `services.my-app.runningTasks.atLeast`.
    pub expectations: Vec<Expectation>,
    /// In the order of the grid.
    pub points: Vec<PointResult>,
}
