//! How many replications are enough: decided for each point from its own rows, at fixed counts, so that neither
//! threads nor other points nor an interruption can matter.

use super::estimate::{CONFIDENCE, student};
use super::tally::Tally;
use crate::record::{ABSENT, Column};

/// When a point has enough replications.
#[derive(Clone, Debug, PartialEq)]
pub struct Goal {
    /// Half the width of the 95 % interval, as a share of the mean.
    pub relative: f64,
    /// Replications at the most.
    pub most: u64,
    /// Of which columns; all of them must be so precise.
    pub columns: Vec<usize>,
}

/// What the durations of all last deployments are called, as a search calls them.
const DURATION: &str = "duration";

/// Before so many replications nobody knows.
const FIRST: u64 = 20;

impl Goal {
    /// After how many replications it is looked at next, when so many are there; none after the last.
    pub fn next(&self, have: u64) -> Option<u64> {
        let next = if have < FIRST { FIRST } else { have.saturating_add(have.div_ceil(2)) };
        (have < self.most).then(|| next.min(self.most))
    }
}

/// The columns of the named measure, or of the durations of all last deployments.
///
/// # Errors
///
/// When there is none.
pub fn measured(columns: &[Column], name: Option<&str>) -> Result<Vec<usize>, String> {
    let is_wanted = |column: &Column| match name {
        Some(name) if name != DURATION => column.name == name && column.unit.is_number(),
        Some(_) | None => column.name.starts_with("deployments.") && column.name.ends_with(".duration_s"),
    };
    let found: Vec<usize> =
        columns.iter().enumerate().filter(|(_, column)| is_wanted(column)).map(|(at, _)| at).collect();
    match (found.is_empty(), name) {
        (false, _) => Ok(found),
        (true, Some(name)) if name != DURATION => {
            let numbers = columns.iter().filter(|column| column.unit.is_number());
            let near = numbers
                .map(|column| (strsim::jaro_winkler(&column.name, name), column.name.as_str()))
                .filter(|(likeness, _)| *likeness > 0.8)
                .max_by(|(one, _), (other, _)| one.total_cmp(other));
            let near = near.map_or(String::new(), |(_, near)| format!("; did you mean `{near}`?"));
            Err(format!("there is no measure `{name}` that could be precise{near}"))
        }
        (true, _) => Err("there is no deployment whose duration could be precise".to_owned()),
    }
}

/// What a point's rows say so far.
#[derive(Clone, Debug)]
pub struct Precision {
    tallies: Vec<Tally>,
}

impl Precision {
    /// Nothing yet.
    pub fn new(goal: &Goal) -> Precision {
        Precision { tallies: vec![Tally::default(); goal.columns.len()] }
    }

    /// One more row.
    pub fn add(&mut self, goal: &Goal, row: &[u64]) {
        for (tally, column) in self.tallies.iter_mut().zip(&goal.columns) {
            match row[*column] {
                ABSENT => tally.add_absent(),
                value => tally.add(value),
            }
        }
    }

    /// Whether all measures are precise enough. One that no run has shown has no mean to be precise about.
    pub fn is_reached(&self, goal: &Goal) -> bool {
        self.tallies.iter().filter(|tally| tally.count() > 0).all(|tally| is_precise(tally, goal.relative))
    }
}

/// Equal values are precise, whatever their mean; a single one is not.
fn is_precise(tally: &Tally, relative: f64) -> bool {
    let (Some(mean), Some(variance)) = (tally.mean(), tally.variance()) else { return false };
    let half = student(tally.count() - 1, CONFIDENCE) * (variance / tally.count() as f64).sqrt();
    half <= relative * mean
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Unit;

    fn goal(relative: f64, most: u64) -> Goal {
        Goal { relative, most, columns: vec![0] }
    }

    fn reached(goal: &Goal, values: impl IntoIterator<Item = u64>) -> bool {
        let mut precision = Precision::new(goal);
        values.into_iter().for_each(|value| precision.add(goal, &[value]));
        precision.is_reached(goal)
    }

    #[test]
    fn looks_are_at_fixed_counts() {
        let goal = goal(0.1, 100);
        let mut looks = vec![0];
        while let Some(next) = goal.next(looks[looks.len() - 1]) {
            looks.push(next);
        }
        assert_eq!(looks, [0, 20, 30, 45, 68, 100]);
        assert_eq!(Goal { most: 3, ..goal.clone() }.next(0), Some(3));
        assert_eq!(Goal { most: u64::MAX, ..goal }.next(u64::MAX - 1), Some(u64::MAX));
    }

    /// 90 and 110, ten times each: mean 100, variance 2000 / 19, t(19) = 2.093: half a width of 4.80.
    #[test]
    fn half_the_width_counts() {
        let values = || (0..20).map(|n| if n % 2 == 0 { 90 } else { 110 });
        assert!(reached(&goal(0.0481, 100), values()));
        assert!(!reached(&goal(0.0480, 100), values()));
    }

    #[test]
    fn there_is_no_division_by_nothing() {
        assert!(reached(&goal(1e-12, 100), [0; 20]));
        assert!(reached(&goal(1e-12, 100), [77; 20]));
        assert!(!reached(&goal(1e-12, 100), (0..20).map(|n| n % 2)));
        // Never seen: nothing to be precise about. Seen once: unknown.
        assert!(reached(&goal(0.1, 100), [ABSENT; 20]));
        assert!(!reached(&goal(0.1, 100), (0..20).map(|n| if n == 0 { 5 } else { ABSENT })));
    }

    #[test]
    fn the_measure_has_a_name_or_is_the_durations() {
        let column = |name: &str, unit| Column { name: name.to_owned(), unit, optional: true };
        let columns = [
            column("deployments.a.duration_s", Unit::Milliseconds),
            column("deployments.b.duration_s", Unit::Milliseconds),
            column("cluster.cost", Unit::MicroDollars),
            column("outcome", Unit::Outcome),
        ];
        assert_eq!(measured(&columns, None), Ok(vec![0, 1]));
        assert_eq!(measured(&columns, Some("cluster.cost")), Ok(vec![2]));
        assert_eq!(measured(&columns, Some("duration")), Ok(vec![0, 1]));
        let near = measured(&columns, Some("cluster.cst"));
        assert!(near.is_err_and(|why| why.ends_with("did you mean `cluster.cost`?")));
        assert!(measured(&columns, Some("outcome")).is_err());
        assert!(measured(&columns[2..], None).is_err());
    }
}
