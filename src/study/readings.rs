//! Readings of open questions, against those in force: which of them make a difference, and how large it is.
//!
//! One axis of the study has the readings; its first value leaves things as they are.

use super::crew::{Control, Crew};
use super::pairs::RowPairs;
use super::results::{Column, Comparison, Head, Reading, ReadingsResult};
use super::runs::{Batch, Study};
use std::collections::BTreeMap;
use std::ops::{ControlFlow, Range};

/// Runs of each point that show whether a reading makes any difference. Some matter only after something rare, like a
/// rollback in one run of twenty, which a handful of runs would not see.
pub const TRIED: u64 = 64;

/// So many of them come first: they show most differences, and what differs needs no more of them.
const FIRST: u64 = 8;

/// Where the axis of readings is in a grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    /// From one value of it to the next.
    stride: usize,
    /// How many values it has.
    len: usize,
}

impl Place {
    fn of(axes: &[Head], at: usize) -> Place {
        Place {
            stride: axes[at + 1..].iter().map(|axis| axis.labels.len()).product(),
            len: axes[at].labels.len(),
        }
    }

    /// Which reading a point has, and the point in its place that leaves things as they are.
    fn split(self, point: usize) -> (usize, usize) {
        let reading = point / self.stride % self.len;
        (reading, point - reading * self.stride)
    }

    /// All points that leave things as they are, in the order of the grid.
    fn bases(self, points: usize) -> impl Iterator<Item = usize> {
        (0..points).filter(move |point| self.split(*point).0 == 0)
    }
}

/// Which readings of the axis `at` give the very same numbers in the first runs of every point; the first value, which
/// leaves things as they are, is none of them. A stop through `control` breaks with none.
pub fn silent<B>(
    study: &Study,
    at: usize,
    replications: u64,
    crew: &Crew,
    control: &Control,
    mut waiting: impl FnMut() -> ControlFlow<B>,
) -> ControlFlow<Option<B>, Vec<bool>> {
    let place = Place::of(&study.axes, at);
    let points = study.points.len();
    let most = replications.min(TRIED);
    let mut silent = vec![true; place.len];
    silent[0] = false;
    let mut done = 0;
    while done < most && silent.contains(&true) {
        let replications = done..(2 * done).max(FIRST).min(most);
        done = replications.end;
        let tried: Vec<usize> = (0..place.len).filter(|&reading| reading == 0 || silent[reading]).collect();
        let of_base = |base: usize| tried.iter().map(move |reading| base + reading * place.stride);
        let batches = place
            .bases(points)
            .flat_map(of_base)
            .map(|point| Batch { point, replications: replications.clone() });
        let mut base_rows = Vec::new();
        let take = |batch: Batch, rows: Vec<u64>| {
            match place.split(batch.point) {
                (0, _) => base_rows = rows,
                (reading, _) => silent[reading] &= rows == base_rows,
            }
            ControlFlow::Continue(())
        };
        study.run(crew, control, batches, take, &mut waiting)?;
    }
    ControlFlow::Continue(silent)
}

/// Pairs the runs of each reading with those that leave things as they are, in whatever order they come.
#[derive(Debug)]
pub struct Against<'s> {
    axes: &'s [Head],
    at: usize,
    place: Place,
    /// Where in a row the main measures are.
    kept: Vec<usize>,
    columns: Vec<Column>,
    /// Main measures of runs that are still needed: those of bases, and those whose base has not come.
    held: BTreeMap<(usize, u64), Vec<u64>>,
    /// For each point.
    pairs: Vec<RowPairs>,
}

/// Measures that a reading is judged by: few, since they are kept for every run as things are.
const MAIN: [&str; 4] =
    ["cluster.app_running_min", "cluster.app_desired_then", "cluster.instances_max", "cluster.cost"];

fn is_main(name: &str) -> bool {
    let of_deployment = name.starts_with("deployments.");
    MAIN.contains(&name) || of_deployment && (name.ends_with(".duration_s") || name.ends_with(".rolled_back"))
}

impl<'s> Against<'s> {
    /// Of a study over these axes, of which `at` has the readings, and whose rows have these columns.
    pub fn new(axes: &'s [Head], at: usize, columns: &[Column]) -> Against<'s> {
        let kept = || columns.iter().enumerate().filter(|(_, column)| is_main(&column.name));
        let main: Vec<Column> = kept().map(|(_, column)| column.clone()).collect();
        let points = axes.iter().map(|axis| axis.labels.len()).product();
        Against {
            axes,
            at,
            place: Place::of(axes, at),
            kept: kept().map(|(place, _)| place).collect(),
            pairs: vec![RowPairs::new(&main); points],
            columns: main,
            held: BTreeMap::new(),
        }
    }

    /// The rows of some replications of a point.
    pub fn take(&mut self, point: usize, replications: Range<u64>, rows: &[u64]) {
        let Some(count) = replications.end.checked_sub(replications.start).filter(|n| *n > 0) else { return };
        let width = rows.len() / usize::try_from(count).unwrap_or(usize::MAX).max(1);
        for (replication, row) in replications.zip(rows.chunks(width.max(1))) {
            self.one(point, replication, self.kept.iter().map(|at| row[*at]).collect());
        }
    }

    fn one(&mut self, point: usize, replication: u64, row: Vec<u64>) {
        let (reading, base) = self.place.split(point);
        if reading > 0 {
            match self.held.get(&(base, replication)) {
                Some(base) => self.pairs[point].add(base, &row),
                None => drop(self.held.insert((point, replication), row)),
            }
            return;
        }
        for reading in 1..self.place.len {
            let point = base + reading * self.place.stride;
            if let Some(early) = self.held.remove(&(point, replication)) {
                self.pairs[point].add(&row, &early);
            }
        }
        self.pairs[base].add(&row, &row);
        self.held.insert((base, replication), row);
    }

    /// What the pairs say, and which readings were not run: silent ones and those that are not valid.
    pub fn result(&self, silent: Vec<String>, tried: u64, invalid: Vec<String>) -> ReadingsResult {
        let labels = &self.axes[self.at].labels;
        let others: Vec<Head> = self
            .axes
            .iter()
            .enumerate()
            .filter(|(at, _)| *at != self.at)
            .map(|(_, axis)| axis.clone())
            .collect();
        let bases: Vec<usize> = self.place.bases(self.pairs.len()).collect();
        let at = |reading: usize| -> Vec<Comparison> {
            let pairs = bases.iter().map(|base| &self.pairs[base + reading * self.place.stride]);
            pairs.map(|pairs| pairs.comparison(&labels[0], &labels[reading], &[])).collect()
        };
        let readings = labels.iter().enumerate().skip(1);
        ReadingsResult {
            as_they_are: at(0),
            readings: readings.map(|(n, label)| Reading { label: label.clone(), at: at(n) }).collect(),
            points: bases.iter().map(|base| self.others(*base)).collect(),
            axes: others,
            silent,
            tried,
            invalid,
        }
    }

    /// The measures that are compared.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The values of the other axes at a point.
    fn others(&self, point: usize) -> Vec<String> {
        let mut rest = point;
        let mut labels: Vec<String> = Vec::new();
        for (at, axis) in self.axes.iter().enumerate().rev() {
            let value = rest % axis.labels.len();
            rest /= axis.labels.len();
            if at != self.at {
                labels.push(axis.labels[value].clone());
            }
        }
        labels.reverse();
        labels
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{ABSENT, Unit};
    use crate::scenario::{Case, Scenario, readings, starter};
    use crate::study::results::ANY_NUMBER;

    fn head(name: &str, labels: &[&str]) -> Head {
        Head { name: name.to_owned(), labels: labels.iter().map(|label| (*label).to_owned()).collect() }
    }

    fn column(name: &str, unit: Unit) -> Column {
        Column { name: name.to_owned(), unit, optional: true }
    }

    /// Two drains by three readings by two bakes; the duration of a point is told by its number.
    fn axes() -> Vec<Head> {
        vec![
            head("drain", &["5", "25"]),
            head("assumptions", &["as they are", "x=a", "x=b"]),
            head("bake", &["0", "5"]),
        ]
    }

    fn columns() -> Vec<Column> {
        vec![column("events", Unit::Count), column("deployments.d.duration_s", Unit::Milliseconds)]
    }

    fn duration(point: usize, replication: u64) -> u64 {
        // Points 0 1 | 2 3 | 4 5 of the first drain, 6 7 | 8 9 | 10 11 of the second.
        let base = [900, 1000, 950, 1000, 2000, 1100, 800, 1200, 860, 1300, 1900, 1000][point];
        base + 10 * replication
    }

    fn result(order: impl Iterator<Item = usize>) -> ReadingsResult {
        let axes = axes();
        let mut against = Against::new(&axes, 1, &columns());
        assert_eq!(against.columns().len(), 1);
        for point in order {
            let rows: Vec<u64> = (0..3).flat_map(|r| [7 * r, duration(point, r)]).collect();
            against.take(point, 0..2, &rows[..4]);
            against.take(point, 2..3, &rows[4..]);
        }
        against.result(vec!["y=c".to_owned()], 8, Vec::new())
    }

    /// What differs in one run of twenty is not seen in eight.
    #[test]
    fn many_runs_show_that_a_reading_is_silent() {
        let text = starter(Case::EmptyCp);
        let scenario = |label: &str| {
            let read = &mut |_: &str| Err("no files".to_owned());
            let scenario = Scenario::parse("a.yaml", text.as_bytes(), &[], read).expect("valid");
            (vec![label.to_owned()], scenario)
        };
        let study = Study::new(
            vec![head("assumptions", &["as they are", "x=a"])],
            ["as they are", "x=a"].map(scenario),
        );
        for (asked, runs) in [(1000, 64), (20, 20), (3, 3)] {
            let (crew, control) = (Crew::new(Some(1)).expect("threads"), Control::default());
            let go_on = || ControlFlow::<()>::Continue(());
            let silent = silent(&study, 0, asked, &crew, &control, go_on);
            assert_eq!(silent, ControlFlow::Continue(vec![false, true]));
            assert_eq!(control.runs(), 2 * runs);
        }
    }

    #[test]
    fn what_has_no_other_reading_is_named() {
        let text = starter(Case::EmptyCp);
        let read = &mut |_: &str| Err("no files".to_owned());
        let scenario = Scenario::parse("a.yaml", text.as_bytes(), &[], read).expect("valid");
        let mut none = readings(&scenario);
        none.retain(|(_, readings)| readings.is_empty());
        let paths: Vec<String> = none.into_iter().map(|(path, _)| path).collect();
        assert_eq!(paths, ANY_NUMBER.map(|key| format!("assumptions.{key}")));
    }

    #[test]
    fn readings_are_paired_with_things_as_they_are() {
        let result = result(0..12);
        assert_eq!(result.axes, [axes()[0].clone(), axes()[2].clone()]);
        let points = [["5", "0"], ["5", "5"], ["25", "0"], ["25", "5"]];
        assert_eq!(result.points, points);
        let differences = |n: usize| -> Vec<f64> {
            let at = result.readings[n].at.iter();
            at.map(|c| c.of("deployments.d.duration_s").expect("pairs").mean).collect()
        };
        assert_eq!(differences(0), [50.0, 0.0, 60.0, 100.0]);
        assert_eq!(differences(1), [1100.0, 100.0, 1100.0, -200.0]);
        assert!(result.readings.iter().flat_map(|r| &r.at).all(|c| c.replications == 3));
    }

    #[test]
    fn the_order_does_not_matter() {
        assert_eq!(result(0..12), result((0..12).rev()));
        assert_eq!(result(0..12), result((0..12).map(|n| n * 5 % 12)));
    }

    #[test]
    fn another_best_point_is_seen() {
        let result = result(0..12);
        assert_eq!(result.best(), Some(2));
        let changes: Vec<(&str, Option<usize>)> =
            result.changes().iter().map(|(reading, point)| (reading.label.as_str(), *point)).collect();
        // With x=b the means are 2000, 1100, 1900 and 1000.
        assert_eq!(changes, [("x=b", Some(3))]);
    }

    /// A bad revision that is stopped after a minute is no fast deployment.
    #[test]
    fn what_is_rolled_back_only_seems_fast() {
        let axes = vec![head("assumptions", &["as they are", "x=a"]), head("revision", &["good", "bad"])];
        let mut columns = columns();
        columns.push(column("deployments.d.rolled_back", Unit::Flag));
        let mut against = Against::new(&axes, 0, &columns);
        for (point, duration, back) in [(0, 900, 0), (1, 60, 1), (2, 800, 1), (3, 60, 1)] {
            against.take(point, 0..1, &[0, duration, back]);
        }
        let result = against.result(Vec::new(), 8, Vec::new());
        assert_eq!(result.best(), Some(0));
        // With x=a all are stopped; then the fastest counts.
        assert_eq!(result.best_with(&result.readings[0]), Some(1));
    }

    #[test]
    fn what_never_ends_is_never_best() {
        let axes = vec![head("drain", &["5", "25"]), head("assumptions", &["as they are", "x=a"])];
        let mut against = Against::new(&axes, 1, &columns());
        for (point, duration) in [(0, 500), (1, ABSENT), (2, 700), (3, 700)] {
            against.take(point, 0..1, &[0, duration]);
        }
        let result = against.result(Vec::new(), 8, Vec::new());
        assert_eq!((result.best(), result.best_with(&result.readings[0])), (Some(0), Some(1)));
    }
}
