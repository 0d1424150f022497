//! What hangs on how open questions are read.

use super::{Comparison, Difference, Head};

/// Assumptions of which no other reading is tried: any number is another one.
pub const ANY_NUMBER: [&str; 2] = ["drainDeadline", "repairCap"];

/// Each other reading against the readings in force.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadingsResult {
    /// The other axes.
    pub axes: Vec<Head>,
    /// The values of those at each of their points, in the order of their grid.
    pub points: Vec<Vec<String>>,
    /// For each of those points, things as they are: A and B are the same.
    pub as_they_are: Vec<Comparison>,
    /// Those that were run.
    pub readings: Vec<Reading>,
    /// Those that made no difference to any of the first runs, and were not run further.
    pub silent: Vec<String>,
    /// How many runs of each point that was.
    pub tried: u64,
    /// Those with which the scenario would not be valid.
    pub invalid: Vec<String>,
}

/// One other reading.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// `batchRounding=floor`.
    pub label: String,
    /// For each point of the other axes: A as things are, B with this reading.
    pub at: Vec<Comparison>,
}

impl ReadingsResult {
    /// The point whose deployments take least time on average, as things are; none when none ends. What is stopped
    /// early only seems fast: a point with rollbacks competes only when there is none without.
    pub fn best(&self) -> Option<usize> {
        best(&self.as_they_are, |d| d.a_mean)
    }

    /// The same with a reading.
    pub fn best_with(&self, reading: &Reading) -> Option<usize> {
        best(&reading.at, |d| d.b_mean)
    }

    /// The readings that make another point the best one, each with that point.
    pub fn changes(&self) -> Vec<(&Reading, Option<usize>)> {
        let best = self.best();
        let with = self.readings.iter().map(|reading| (reading, self.best_with(reading)));
        with.filter(|(_, point)| *point != best).collect()
    }
}

fn best(points: &[Comparison], of: fn(&Difference) -> f64) -> Option<usize> {
    let durations = |clean: bool| {
        let wanted = move |comparison: &&Comparison| !clean || !is_rolled_back(comparison, of);
        points.iter().map(move |comparison| wanted(&comparison).then(|| duration(comparison, of)).flatten())
    };
    least(durations(true)).or_else(|| least(durations(false)))
}

/// Whether any deployment is rolled back in any run.
fn is_rolled_back(comparison: &Comparison, of: fn(&Difference) -> f64) -> bool {
    let measures = comparison.columns.iter().zip(&comparison.differences);
    let mut rollbacks = measures.filter(|(column, _)| column.name.ends_with(".rolled_back"));
    rollbacks.any(|(_, difference)| difference.as_ref().is_some_and(|d| of(d) > 0.0))
}

/// How long all last deployments take, added up; none when one of them never ends.
fn duration(comparison: &Comparison, of: fn(&Difference) -> f64) -> Option<f64> {
    let durations = comparison.columns.iter().zip(&comparison.differences).filter(|(column, _)| {
        column.name.starts_with("deployments.") && column.name.ends_with(".duration_s")
    });
    let mut sum = None;
    for (_, difference) in durations {
        // Milliseconds at most 2⁵³: added up exactly enough for an order.
        sum = Some(sum.unwrap_or(0.0) + of(difference.as_ref()?));
    }
    sum
}

/// Where the least is; the first of equals.
fn least(values: impl Iterator<Item = Option<f64>>) -> Option<usize> {
    let mut best: Option<(usize, f64)> = None;
    for (at, value) in values.enumerate() {
        if let Some(value) = value
            && best.is_none_or(|(_, least)| value < least)
        {
            best = Some((at, value));
        }
    }
    best.map(|(at, _)| at)
}
