//! What is known of a candidate.

use super::race::Seen;
use crate::study::limit::{Arm, Want};
use crate::study::results::{Chance, Fate, Judgement};

/// What is known of a candidate.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// Its runs, as the scenario is and with the bad revision.
    pub runs: [u64; 2],
    /// What was to be small, of each replication of the scenario as it is.
    pub objectives: Vec<u64>,
    /// The sum of the low points of capacity, of the same runs.
    pub capacity: u128,
    /// How it stands with each limit.
    pub chances: Vec<Chance>,
    /// For each limit, how much its runs were on the wrong side in all.
    pub gaps: Vec<f64>,
    /// What became of it.
    pub fate: Fate,
}

impl Standing {
    pub(super) fn new(limits: usize) -> Standing {
        let unknown = Chance { hits: 0, runs: 0, low: 0.0, high: 1.0, verdict: Judgement::Open };
        Standing {
            runs: [0; 2],
            objectives: Vec::new(),
            capacity: 0,
            chances: vec![unknown; limits],
            gaps: vec![0.0; limits],
            fate: Fate::Open,
        }
    }

    /// How many runs.
    pub fn runs(&self, arm: Arm) -> u64 {
        self.runs[arm as usize]
    }

    /// The mean of what was to be small.
    pub fn mean(&self) -> f64 {
        mean(&self.objectives)
    }

    /// By how much it misses the limit that it misses by most, in the mean of its runs.
    pub(super) fn gap(&self) -> f64 {
        let means = self.gaps.iter().zip(&self.chances).map(|(sum, chance)| sum / chance.runs.max(1) as f64);
        means.fold(0.0, f64::max)
    }

    pub(super) fn add(&mut self, arm: Arm, seen: &Seen, limits: &[(Arm, Want)]) {
        self.runs[arm as usize] += 1;
        if arm == Arm::Good {
            self.objectives.push(seen.objective);
            self.capacity += u128::from(seen.capacity);
        }
        for ((sum, (of, _)), gap) in self.gaps.iter_mut().zip(limits).zip(&seen.gaps) {
            *sum += if *of == arm { *gap } else { 0.0 };
        }
        for ((chance, (of, _)), held) in self.chances.iter_mut().zip(limits).zip(&seen.held) {
            if *of == arm {
                chance.runs += 1;
                chance.hits += u64::from(*held);
            }
        }
    }
}

/// Of whole numbers; 0 of none.
pub(super) fn mean(values: &[u64]) -> f64 {
    let sum: u128 = values.iter().map(|value| u128::from(*value)).sum();
    sum as f64 / values.len().max(1) as f64
}
