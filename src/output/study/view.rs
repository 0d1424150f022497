//! Ways through a result: which measure is where, what varies, what is best where.

use crate::study::results::{Column, Estimate, StudyResult};

/// Looks up what a result says.
#[derive(Clone, Copy, Debug)]
pub(in crate::output) struct View<'a> {
    pub(in crate::output) result: &'a StudyResult,
}

impl<'a> View<'a> {
    pub(in crate::output) const fn of(result: &'a StudyResult) -> View<'a> {
        View { result }
    }

    /// The measures that are numbers, expectations aside, and their places among the estimates.
    pub(in crate::output) fn measures(self) -> impl Iterator<Item = (usize, &'a Column)> {
        self.numbers().filter(|(_, column)| expectation(column).is_none())
    }

    /// Each expectation's number, and its place among the estimates.
    pub(in crate::output) fn expectations(self) -> impl Iterator<Item = (usize, usize)> {
        self.numbers().filter_map(|(at, column)| Some((expectation(column)?, at)))
    }

    fn numbers(self) -> impl Iterator<Item = (usize, &'a Column)> {
        // Words come last, so a number's place among the numbers is its place among all.
        self.result.columns.iter().filter(|column| column.unit.is_number()).enumerate()
    }

    /// What a point's runs said of a measure.
    pub(in crate::output) fn estimate(self, point: usize, measure: usize) -> Option<&'a Estimate> {
        self.result.points.get(point)?.estimates.get(measure)?.as_ref()
    }

    /// What each point's runs said of a measure.
    pub(in crate::output) fn estimates(self, measure: usize) -> impl Iterator<Item = Option<&'a Estimate>> {
        (0..self.result.points.len()).map(move |point| self.estimate(point, measure))
    }

    /// How many runs of a point lack a measure.
    pub(in crate::output) fn absent(self, point: usize, measure: usize) -> u64 {
        let runs = self.result.points.get(point).map_or(0, |point| point.replications);
        self.estimate(point, measure).map_or(runs, |estimate| estimate.absent)
    }
}

/// Which expectation a column is of.
pub(in crate::output) fn expectation(column: &Column) -> Option<usize> {
    column.name.strip_prefix("expect.")?.parse().ok()
}
