//! The runs of a study.

use super::collect::Collector;
use super::crew::{Control, Crew};
use super::results::{Head, PointResult, StudyResult};
use crate::record::{ABSENT, Column, Discard, Expectation, Measures, Outcome, Recorder, RunSummary, Unit};
use crate::scenario::Scenario;
use crate::world::setup::Setup;
use crate::world::{Progress, Simulation};
use sha2::{Digest, Sha256};
use std::ops::{ControlFlow, Range};

/// Points, and what is measured at each.
#[derive(Debug)]
pub struct Study {
    /// What is varied.
    pub axes: Vec<Head>,
    /// In the order of the grid.
    pub points: Vec<Point>,
    /// What is measured: the numbers of all points' runs, `expect.1` and so on, then words.
    pub columns: Vec<Column>,
    /// The expectations of the first point.
    pub expectations: Vec<Expectation>,
}

/// One scenario of a study.
#[derive(Debug)]
pub struct Point {
    /// The value of each axis.
    pub labels: Vec<String>,
    /// What its worlds are made of.
    pub setup: Setup,
    /// What its runs should show.
    pub expectations: Vec<Expectation>,
    /// SHA-256 of all that its runs hang on: points of different studies that share it share their runs.
    pub digest: [u8; 32],
    measures: Measures,
    /// For each of its measures, the column.
    places: Vec<usize>,
}

/// Runs of one point that are done together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Which point.
    pub point: usize,
    /// Which replications.
    pub replications: Range<u64>,
}

/// Events between two looks at whether to go on.
const EVENTS_PER_SLICE: u64 = 1 << 14;

/// A batch should take some milliseconds: so many instances rolled out.
const INSTANCES_PER_BATCH: u64 = 1 << 14;

/// Runs of a batch at the most.
const RUNS_PER_BATCH: u64 = 64;

impl Study {
    /// A study of these scenarios, each with the values of the axes that made it.
    pub fn new(axes: Vec<Head>, scenarios: impl IntoIterator<Item = (Vec<String>, Scenario)>) -> Study {
        Study::of_setups(axes, scenarios.into_iter().map(|(labels, s)| (labels, s.setup, s.expectations)))
    }

    /// The same without files: setups, and what their runs should show.
    pub fn of_setups(
        axes: Vec<Head>,
        setups: impl IntoIterator<Item = (Vec<String>, Setup, Vec<Expectation>)>,
    ) -> Study {
        let points = setups.into_iter().map(|(labels, setup, expectations)| {
            let digest = Sha256::digest(format!("{:?}", (&setup, &expectations)).as_bytes()).into();
            let measures = Measures::of(&setup.names());
            Point { labels, setup, expectations, digest, measures, places: Vec::new() }
        });
        let mut points: Vec<Point> = points.collect();
        let columns = columns(&points);
        for point in &mut points {
            let place = |column: &Column| columns.iter().position(|c| c == column).unwrap_or_default();
            point.places = point.measures.columns().map(place).collect();
        }
        let expectations = points.first().map_or_else(Vec::new, |point| point.expectations.clone());
        Study { axes, points, columns, expectations }
    }

    /// How many runs of a point are done together: a matter of speed, never of results.
    pub fn batch_size(&self, point: usize) -> u64 {
        let fleet = Simulation::new(&self.points[point].setup, 0, Discard).fleet();
        let instances: u64 = fleet.into_iter().map(u64::from).sum();
        (INSTANCES_PER_BATCH / (instances + 16)).clamp(1, RUNS_PER_BATCH)
    }

    /// The numbers of a run of a point, in the order of the columns.
    pub fn row(&self, point: usize, run: &RunSummary, row: &mut Vec<u64>) {
        let (point, from) = (&self.points[point], row.len());
        row.resize(from + self.columns.len(), ABSENT);
        for (place, value) in point.places.iter().zip(point.measures.read(run)) {
            row[from + place] = value;
        }
        let first = self.columns.iter().position(|c| c.name == "expect.1").unwrap_or_default();
        for (n, expectation) in point.expectations.iter().enumerate() {
            row[from + first + n] = expectation.judge(run).1.into();
        }
    }

    /// Whether a limit of events ended the run of a row.
    pub fn is_limited(&self, row: &[u64]) -> bool {
        // Words come last.
        let outcome = self.columns.iter().rposition(|column| column.unit == Unit::Outcome);
        let limit = Outcome::ALL.iter().zip(0..).find(|(one, _)| **one == Outcome::Limit);
        outcome.zip(limit).is_some_and(|(at, (_, limit))| row[at] == limit)
    }

    /// All points, `replications` runs of each, and what they come to.
    pub fn results(&self, crew: &Crew, replications: u64) -> StudyResult {
        let mut points: Vec<PointResult> = Vec::with_capacity(self.points.len());
        let mut collector = Collector::new(&self.columns);
        let sink = |batch: Batch, rows: Vec<u64>| {
            rows.chunks(self.columns.len()).for_each(|row| collector.add(row));
            if batch.replications.end == replications {
                points.push(collector.result(self.points[batch.point].labels.clone()));
                collector = Collector::new(&self.columns);
            }
            ControlFlow::<()>::Continue(())
        };
        let _ = self
            .run(crew, &Control::default(), self.batches(replications), sink, || ControlFlow::Continue(()));
        StudyResult {
            axes: self.axes.clone(),
            columns: self.columns.clone(),
            expectations: self.expectations.clone(),
            points,
        }
    }

    /// All runs in order, `replications` of each point.
    pub fn batches(&self, replications: u64) -> impl Iterator<Item = Batch> {
        (0..self.points.len()).flat_map(move |point| batches(point, replications, self.batch_size(point)))
    }

    /// Does the runs of each batch with a recorder of one's own for each, made by `listener`; `keep` makes of a run and
    /// its recorder what is worth keeping, and `sink` gets that in the order of the batches, whoever did the runs.
    pub fn listen<R: Recorder, T: Send, B>(
        &self,
        crew: &Crew,
        batches: impl IntoIterator<Item = Batch>,
        listener: impl Fn(&Point) -> R + Sync,
        keep: impl Fn(RunSummary, R) -> T + Sync,
        mut sink: impl FnMut(usize, u64, T) -> ControlFlow<B>,
    ) -> ControlFlow<B> {
        let control = Control::default();
        let work = |batch: &Batch| -> Vec<T> {
            let point = &self.points[batch.point];
            let run = |r| simulate(&point.setup, r, listener(point), &control);
            batch.replications.clone().filter_map(run).map(|(run, heard)| keep(run, heard)).collect()
        };
        let hand = |batch: Batch, kept: Vec<T>| {
            batch.replications.zip(kept).try_for_each(|(r, value)| sink(batch.point, r, value))
        };
        crew.in_order(batches, work, hand, || ControlFlow::Continue(()))
    }

    /// Does the runs of a batch: their rows, one after the other; none when it was stopped.
    pub fn rows(&self, batch: &Batch, control: &Control) -> Option<Vec<u64>> {
        let point = &self.points[batch.point];
        let mut rows = Vec::with_capacity(self.columns.len() * count(batch));
        for replication in batch.replications.clone() {
            control.begins(&self.axes, point, replication);
            let (run, Discard) = simulate(&point.setup, replication, Discard, control)?;
            self.row(batch.point, &run, &mut rows);
        }
        Some(rows)
    }

    /// Does the runs of each batch and hands their rows, one after the other, to `sink`, in the order of the batches.
    /// A stop through `control` breaks with none.
    pub fn run<B>(
        &self,
        crew: &Crew,
        control: &Control,
        batches: impl IntoIterator<Item = Batch>,
        mut sink: impl FnMut(Batch, Vec<u64>) -> ControlFlow<B>,
        mut waiting: impl FnMut() -> ControlFlow<B>,
    ) -> ControlFlow<Option<B>> {
        let work = |batch: &Batch| self.rows(batch, control);
        crew.in_order(
            batches,
            work,
            |batch, rows| match rows {
                Some(rows) => sink(batch, rows).map_break(Some),
                None => ControlFlow::Break(None),
            },
            || waiting().map_break(Some),
        )
    }
}

/// Batches of `size` runs, replications 0 to `replications`, of a point.
fn batches(point: usize, replications: u64, size: u64) -> impl Iterator<Item = Batch> {
    let size = size.max(1);
    (0..replications.div_ceil(size))
        .map(move |n| Batch { point, replications: n * size..((n + 1) * size).min(replications) })
}

/// One run, with someone who listens; none when it was stopped.
pub(super) fn simulate<R: Recorder>(
    setup: &Setup,
    replication: u64,
    recorder: R,
    control: &Control,
) -> Option<(RunSummary, R)> {
    if control.is_stopped() {
        return None;
    }
    let mut simulation = Simulation::new(setup, replication, recorder);
    while let Progress::Running(now) = simulation.advance(EVENTS_PER_SLICE) {
        control.reached(now);
        if control.is_stopped() {
            return None;
        }
    }
    let finished = simulation.finish();
    control.ran();
    Some(finished)
}

fn count(batch: &Batch) -> usize {
    usize::try_from(batch.replications.end - batch.replications.start).unwrap_or_default()
}

/// The measures of all points: numbers first, in the order of their first mention, then expectations, then words.
fn columns(points: &[Point]) -> Vec<Column> {
    let mut columns: Vec<Column> = Vec::new();
    let put = |wanted: fn(Unit) -> bool, columns: &mut Vec<Column>| {
        let mut last: Option<&Measures> = None;
        for point in points {
            // Nearly always all points measure the same.
            if last.is_some_and(|last| last.columns().eq(point.measures.columns())) {
                continue;
            }
            last = Some(&point.measures);
            for column in point.measures.columns().filter(|column| wanted(column.unit)) {
                if !columns.contains(column) {
                    columns.push(column.clone());
                }
            }
        }
    };
    put(Unit::is_number, &mut columns);
    let expected = points.iter().map(|point| point.expectations.len()).max().unwrap_or_default();
    columns.extend((1..=expected).map(|n| Column {
        name: format!("expect.{n}"),
        unit: Unit::Flag,
        optional: false,
    }));
    put(|unit| !unit.is_number(), &mut columns);
    columns
}
