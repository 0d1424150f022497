//! The runs of one point, one after the other, into what they come to.

use super::estimate::estimate;
use super::results::{Column, PointResult};
use super::tally::Tally;
use crate::record::ABSENT;

/// Counts the rows of a point.
#[derive(Clone, Debug)]
pub struct Collector<'c> {
    columns: &'c [Column],
    /// One for each column that is a number; those come first.
    tallies: Vec<Tally>,
    runs: u64,
}

impl<'c> Collector<'c> {
    /// Nothing counted yet.
    pub fn new(columns: &'c [Column]) -> Collector<'c> {
        let numbers = columns.iter().filter(|column| column.unit.is_number()).count();
        Collector { columns, tallies: vec![Tally::default(); numbers], runs: 0 }
    }

    /// One more run.
    pub fn add(&mut self, row: &[u64]) {
        self.runs += 1;
        for (tally, value) in self.tallies.iter_mut().zip(row) {
            match *value {
                ABSENT => tally.add_absent(),
                value => tally.add(value),
            }
        }
    }

    /// How many runs have been counted.
    pub fn runs(&self) -> u64 {
        self.runs
    }

    /// The values of a column that is a number.
    pub fn tally(&self, column: usize) -> Option<&Tally> {
        self.tallies.get(column)
    }

    /// What they come to, at a point with these values of the axes.
    pub fn result(&self, labels: Vec<String>) -> PointResult {
        let numbers = self.columns.iter().zip(&self.tallies);
        let estimates = numbers.map(|(column, tally)| estimate(tally, column.unit)).collect();
        PointResult { labels, replications: self.runs, estimates, imprecise: false }
    }
}
