//! What a search for settings came to.

use super::{Column, Estimate, Head};

/// A search for the setting that keeps to all limits and has the least of something.
#[derive(Clone, Debug, PartialEq)]
pub struct TuneResult {
    /// The daemon whose settings were searched.
    pub daemon: String,
    /// What was varied; the last axis varies fastest.
    pub axes: Vec<Head>,
    /// What was made small.
    pub objective: Column,
    /// The measure of capacity whose low points stand against it.
    pub capacity: Column,
    /// What the settings must keep to.
    pub limits: Vec<LimitResult>,
    /// In the order of the grid.
    pub candidates: Vec<CandidateResult>,
    /// The recommended one; none: nothing is known to keep to all limits.
    pub best: Option<usize>,
    /// Next to it on each axis: the axis and the candidate.
    pub neighbours: Vec<(usize, usize)>,
    /// Those that no other beats in both, the objective and capacity, from the least objective on.
    pub front: Vec<usize>,
    /// When nothing is recommended: what stands in the way.
    pub binding: Option<Binding>,
    /// What the recommended setting is in an UpdateDaemon; none when there is none.
    pub configuration: Option<Configuration>,
    /// Runs that were simulated.
    pub runs: u64,
    /// Runs that giving every candidate the most replications would have taken.
    pub brute_force: u64,
    /// Runs that a limit of events ended, with other readings too.
    pub limited: u64,
    /// The probability with which all that is said of limits is true at once, and all that is said of the objective.
    pub assurance: f64,
    /// Settings that could only be better by this share count as equal.
    pub indifference: f64,
    /// What else should be known, in sentences.
    pub remarks: Vec<String>,
    /// What hangs on how open questions are read, where that was asked.
    pub readings: Option<TunedReadings>,
}

/// The same search with each other reading of the assumptions, one at a time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TunedReadings {
    /// Those that were searched.
    pub searched: Vec<TunedReading>,
    /// Those that made no difference to the first runs of the settings that matter, and were not searched.
    pub silent: Vec<String>,
    /// How many runs of each of those settings that was.
    pub tried: u64,
    /// Those with which the scenario would not be valid.
    pub invalid: Vec<String>,
}

/// One other reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TunedReading {
    /// `batchRounding=floor`.
    pub label: String,
    /// The values of the recommended setting, with it; none: nothing is known to keep to all limits. As long as the
    /// setting recommended as things are is as good as any other, it is that one.
    pub recommended: Option<Vec<String>>,
    /// Whether it is another answer than as things are.
    pub changes: bool,
}

/// A limit, and what it asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct LimitResult {
    /// As it was written.
    pub text: String,
    /// Whether nobody wrote it.
    pub implied: bool,
    /// Whether it is about runs with the bad revision.
    pub bad: bool,
    /// Whether the share of runs is a least one; or else a largest one.
    pub at_least: bool,
    /// The share.
    pub share: f64,
    /// How many candidates it ruled out.
    pub ruled_out: u64,
}

/// One setting.
#[derive(Clone, Debug, PartialEq)]
pub struct CandidateResult {
    /// The value of each axis.
    pub labels: Vec<String>,
    /// Its runs: as the scenario is, and with the bad revision.
    pub runs: [u64; 2],
    /// What the objective came to.
    pub objective: Option<Estimate>,
    /// The mean of capacity's low points.
    pub capacity: Option<f64>,
    /// How it stands with each limit.
    pub chances: Vec<Chance>,
    /// What became of it.
    pub fate: Fate,
}

/// How often a limit's condition held.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Chance {
    /// Runs in which it held.
    pub hits: u64,
    /// Of how many.
    pub runs: u64,
    /// The true share is not below this …
    pub low: f64,
    /// … and not above that, with the assurance that holds for all that is said at once.
    pub high: f64,
    /// Whether the limit is kept.
    pub verdict: Judgement,
}

impl Chance {
    /// The share that was seen.
    pub fn share(&self) -> f64 {
        if self.runs == 0 { 0.0 } else { self.hits as f64 / self.runs as f64 }
    }
}

/// What is known of a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// It is kept.
    Met,
    /// It is not kept.
    Missed,
    /// Either is possible.
    Open,
}

/// What became of a candidate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fate {
    /// Recommended.
    Best,
    /// Ruled out by this limit.
    Missed(usize),
    /// Has more of the objective than one that keeps to all limits: by so much, and surely by so much.
    Worse {
        /// By so much in the mean.
        by: f64,
        /// At the least.
        at_least: f64,
    },
    /// Has exactly as much in every run as one that comes before it.
    Tied,
    /// Could at best be better by a hair than one that keeps to all limits.
    Close,
    /// Could still keep to all limits and be better; the runs did not suffice to tell.
    Open,
}

/// What stands in the way when no setting is known to keep to all limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The limit.
    pub limit: usize,
    /// So many candidates are in the way of it alone: they showed what the others ask for.
    pub alone: u64,
    /// The candidate that comes nearest to all limits.
    pub nearest: usize,
}

/// A `deploymentConfiguration`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Configuration {
    /// `drainPercent`, with at least one decimal.
    pub drain_percent: String,
    /// `bakeTimeInMinutes`.
    pub bake_minutes: u64,
    /// `alarms.alarmNames`; none when it watches none.
    pub alarms: Vec<String>,
}
