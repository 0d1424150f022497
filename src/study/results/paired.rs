//! What pairs of runs in the same weather come to.

use super::Column;

/// What the pairs of one measure say: everything is B less A, in the unit of its column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// Replications in which both have a value; the other numbers are of these.
    pub pairs: u64,
    /// Replications in which only A has one.
    pub only_a: u64,
    /// Replications in which only B has one.
    pub only_b: u64,
    /// The mean of A.
    pub a_mean: f64,
    /// The mean of B.
    pub b_mean: f64,
    /// The mean of B less A.
    pub mean: f64,
    /// The standard deviation of B less A; none of a single pair.
    pub sd: Option<f64>,
    /// Where the true mean of B less A lies, at 95 %; none of a single pair.
    pub interval: Option<(f64, f64)>,
    /// The smallest of B less A.
    pub least: i128,
    /// The largest of B less A.
    pub most: i128,
    /// Pairs in which B is smaller.
    pub b_smaller: u64,
    /// Pairs in which they are equal.
    pub equal: u64,
    /// Pairs in which B is larger.
    pub b_larger: u64,
}

/// What can be said of a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is nothing, in every pair.
    Same,
    /// B is smaller, as sure as the interval is.
    Smaller,
    /// B is larger, as sure as the interval is.
    Larger,
    /// It could as well be nothing.
    Unclear,
}

impl Difference {
    /// What can be said of it.
    pub fn verdict(&self) -> Verdict {
        match self.interval {
            _ if self.equal == self.pairs => Verdict::Same,
            Some((low, _)) if low > 0.0 => Verdict::Larger,
            Some((_, high)) if high < 0.0 => Verdict::Smaller,
            // Of a single pair, what was seen is all there is.
            None if self.mean > 0.0 => Verdict::Larger,
            None if self.mean < 0.0 => Verdict::Smaller,
            Some(_) | None => Verdict::Unclear,
        }
    }

    /// Whether it is one and the same number in every pair.
    pub fn is_constant(&self) -> bool {
        self.least == self.most
    }
}

/// Two scenarios in the same weather.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// What A is called.
    pub a: String,
    /// What B is called.
    pub b: String,
    /// How many runs of each.
    pub replications: u64,
    /// What was measured: the columns that are numbers.
    pub columns: Vec<Column>,
    /// For each of them; none: no replication has a value of both.
    pub differences: Vec<Option<Difference>>,
    /// For each column, in how many replications only A has a value, and only B, pairs or not.
    pub alone: Vec<[u64; 2]>,
    /// The fewest app tasks that ran, in millionths of those desired at that moment.
    pub low_point: Option<Difference>,
    /// What each `expect.<n>` stands for.
    pub expectations: Vec<String>,
}

/// Millionths of what was desired that are one point of [`Comparison::low_point`].
pub const LOW_POINT_SCALE: f64 = 10_000.0;

impl Comparison {
    /// The difference of a measure, by the name of its column.
    pub fn of(&self, name: &str) -> Option<&Difference> {
        let at = self.columns.iter().position(|column| column.name == name)?;
        self.differences[at].as_ref()
    }
}
