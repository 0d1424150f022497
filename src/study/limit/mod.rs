//! What a setting must keep to: `services.my-app.runningTasks >= 80%`, `P(rollback) <= 1%`.
//!
//! A limit asks of each run whether something holds, and of all runs how often it must. [`words`] knows what can be
//! asked, [`read`] makes limits of text.

mod numbers;
mod read;
#[cfg(test)]
mod tests;
mod words;

pub use numbers::share;
pub use read::Wording;
pub use words::Measured;

use super::estimate::exact_bounds;
use super::results::{Chance, Judgement};
use crate::record::ABSENT;

/// Which revision a run rolls out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Arm {
    /// The scenario as it is.
    Good,
    /// The scenario with the edits that make the new revision bad.
    Bad,
}

impl Arm {
    /// Both.
    pub const ALL: [Arm; 2] = [Arm::Good, Arm::Bad];
}

/// One limit.
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    /// As it was written.
    pub text: String,
    /// Whose runs it is about.
    pub arm: Arm,
    /// What is asked of a run.
    pub condition: Condition,
    /// How often that must hold.
    pub want: Want,
    /// Whether nobody wrote it: a setting must succeed to be of use.
    pub implied: bool,
}

/// What is asked of a run.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// How a measure compares.
    Compares(Measured, Comparison, Bound),
    /// All that the scenario expects, in these columns.
    Expectations(Vec<usize>),
}

/// How two numbers are to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `>=`
    AtLeast,
    /// `<=`
    AtMost,
    /// `>`
    Above,
    /// `<`
    Below,
    /// `==`
    Equal,
}

/// What a measure is compared with, in billionths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// A number of what is written: seconds, dollars, things.
    Number(i128),
    /// A share of what there is in the same run, of this column.
    Share(i128, usize),
}

/// How often something must hold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Want {
    /// In this share of runs, or more.
    AtLeast(f64),
    /// In this share of runs, or less.
    AtMost(f64),
}

impl Limit {
    /// Whether it is about the measure in this column.
    pub fn is_about(&self, column: usize) -> bool {
        matches!(&self.condition, Condition::Compares(measured, ..) if measured.column == column)
    }

    /// Whether its condition should hold often; or else seldom.
    pub fn is_at_least(&self) -> bool {
        matches!(self.want, Want::AtLeast(_))
    }
}

impl Want {
    /// The share.
    pub fn share(self) -> f64 {
        match self {
            Want::AtLeast(share) | Want::AtMost(share) => share,
        }
    }

    /// What so many hits among so many runs say, when either mistake may happen with a probability of `doubt`.
    pub fn judge(self, hits: u64, runs: u64, doubt: f64) -> Chance {
        if runs == 0 {
            return Chance { hits, runs, low: 0.0, high: 1.0, verdict: Judgement::Open };
        }
        let (low, high) = exact_bounds(hits, runs, doubt);
        let verdict = match self {
            Want::AtLeast(share) if low >= share => Judgement::Met,
            Want::AtLeast(share) if high < share => Judgement::Missed,
            Want::AtMost(share) if high <= share => Judgement::Met,
            Want::AtMost(share) if low > share => Judgement::Missed,
            Want::AtLeast(_) | Want::AtMost(_) => Judgement::Open,
        };
        Chance { hits, runs, low, high, verdict }
    }

    /// How far a share is on the right side, in units of what may go wrong: 1 is as good as can be, 0 is the limit, -2
    /// is thrice as much going wrong as may.
    pub fn margin(self, share: f64) -> f64 {
        match self {
            Want::AtLeast(wanted) => (share - wanted) / (1.0 - wanted),
            Want::AtMost(wanted) => (wanted - share) / wanted,
        }
    }
}

impl Condition {
    /// Whether it holds in a run. What never came to be is not as it should be.
    pub fn holds(&self, row: &[u64]) -> bool {
        match self {
            Condition::Compares(measured, comparison, bound) => {
                compared(row, measured, *bound).is_some_and(|(value, bound)| comparison.holds(value, bound))
            }
            Condition::Expectations(columns) => columns.iter().all(|column| row[*column] != 0),
        }
    }

    /// By how much a run is on the wrong side, as a share of the bound; what cannot be measured is so by all of it.
    pub fn gap(&self, row: &[u64]) -> f64 {
        match self {
            _ if self.holds(row) => 0.0,
            Condition::Compares(measured, _, bound) => match compared(row, measured, *bound) {
                Some((value, bound)) if bound > 0 => ((value - bound) as f64 / bound as f64).abs(),
                Some(_) | None => 1.0,
            },
            Condition::Expectations(_) => 1.0,
        }
    }
}

/// What a run shows of a measure, and its bound, both in billionths of the measure's unit.
fn compared(row: &[u64], measured: &Measured, bound: Bound) -> Option<(i128, i128)> {
    let value = there(row, measured.column)? * numbers::ONE;
    let bound = match bound {
        Bound::Number(billionths) => billionths.saturating_mul(measured.unit.scale().into()),
        Bound::Share(billionths, of) => billionths.saturating_mul(there(row, of)?),
    };
    Some((value, bound))
}

impl Comparison {
    fn holds(self, value: i128, bound: i128) -> bool {
        match self {
            Comparison::AtLeast => value >= bound,
            Comparison::AtMost => value <= bound,
            Comparison::Above => value > bound,
            Comparison::Below => value < bound,
            Comparison::Equal => value == bound,
        }
    }
}

fn there(row: &[u64], column: usize) -> Option<i128> {
    (row[column] != ABSENT).then(|| i128::from(row[column]))
}
