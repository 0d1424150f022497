//! Rows → tables, and what they come to.

use super::asked::{Extras, readings_at};
use super::job::Job;
use crate::cli::exit::Failure;
use crate::cli::out::{OutDir, OutFile};
use crate::output::study::{POINTS_CSV, PointsCsv, RUNS_CSV, RunsCsv};
use crate::study::blocks::{Header, PointDigest, write_block};
use crate::study::campaign::Sink;
use crate::study::readings::Against;
use crate::study::results::{PointResult, ReadingsResult, StudyResult};
use crate::study::{Collector, Study};
use std::collections::BTreeSet;
use std::io;

/// The rows themselves, for the next study into the same directory.
pub(super) const STUDY_ROWS: &str = "study.rows";

/// Rows of a block: damage costs no more, and a block is soon read.
const ROWS_PER_BLOCK: u64 = 1024;

/// Takes the rows in their order.
pub(super) struct Results<'a> {
    job: &'a Job,
    study: &'a Study,
    tables: Option<Tables<'a>>,
    collector: Collector<'a>,
    points: Vec<PointResult>,
    limited: bool,
    /// Readings of assumptions, where an axis has them.
    against: Option<Against<'a>>,
}

struct Tables<'a> {
    out: &'a OutDir,
    runs: RunsCsv<OutFile>,
    points: PointsCsv<OutFile>,
    rows: Rows,
}

/// Writes `study.rows`.
struct Rows {
    file: OutFile,
    /// Rows that are not written yet: of which point, from which replication on.
    point: PointDigest,
    from: u64,
    count: u64,
    values: Vec<u64>,
    /// Points of which all rows are there: another point may be the same scenario.
    done: BTreeSet<PointDigest>,
}

/// What all rows came to.
pub(super) struct Outcomes {
    pub(super) result: StudyResult,
    /// Whether a limit ended a run.
    pub(super) limited: bool,
    /// What hangs on the readings of assumptions.
    pub(super) readings: Option<ReadingsResult>,
    /// Tables, to be kept.
    pub(super) files: Vec<OutFile>,
}

impl<'a> Results<'a> {
    /// With tables in a directory, or without.
    pub(super) fn new(job: &'a Job, out: Option<&'a OutDir>) -> Result<Results<'a>, Failure> {
        let study = &job.study;
        let tables = out.map(|out| Tables::new(study, out)).transpose()?;
        let collector = Collector::new(&study.columns);
        let against = readings_at(study).map(|at| Against::new(&study.axes, at, &study.columns));
        Ok(Results { job, study, tables, collector, points: Vec::new(), limited: false, against })
    }

    pub(super) fn finish(self) -> Result<Outcomes, Failure> {
        let Study { axes, columns, expectations, .. } = self.study;
        let result = StudyResult {
            axes: axes.clone(),
            columns: columns.clone(),
            expectations: expectations.clone(),
            points: self.points,
        };
        let files = self.tables.map_or(Ok(Vec::new()), Tables::finish)?;
        let Extras { silent, tried, invalid, .. } = &self.job.extras;
        let readings = self.against.map(|all| all.result(silent.clone(), *tried, invalid.clone()));
        Ok(Outcomes { result, limited: self.limited, readings, files })
    }
}

impl Sink<Failure> for Results<'_> {
    fn row(&mut self, point: usize, replication: u64, row: &[u64]) -> Result<(), Failure> {
        self.collector.add(row);
        if let Some(against) = &mut self.against {
            against.take(point, replication..replication + 1, row);
        }
        self.limited |= self.study.is_limited(row);
        let Some(Tables { out, runs, rows, .. }) = &mut self.tables else { return Ok(()) };
        let point = &self.study.points[point];
        runs.row(&point.labels, replication, row).map_err(|e| out.failed(RUNS_CSV, &e))?;
        rows.row(&point.digest, replication, row).map_err(|e| out.failed(STUDY_ROWS, &e))
    }

    fn point(&mut self, point: usize, imprecise: bool) -> Result<(), Failure> {
        let point = &self.study.points[point];
        let result = PointResult { imprecise, ..self.collector.result(point.labels.clone()) };
        self.collector = Collector::new(&self.study.columns);
        if let Some(Tables { out, points, rows, .. }) = &mut self.tables {
            points.row(&result).map_err(|e| out.failed(POINTS_CSV, &e))?;
            rows.end(&point.digest).map_err(|e| out.failed(STUDY_ROWS, &e))?;
        }
        self.points.push(result);
        Ok(())
    }
}

impl<'a> Tables<'a> {
    fn new(study: &Study, out: &'a OutDir) -> Result<Tables<'a>, Failure> {
        let Study { axes, columns, .. } = study;
        let mut file = out.create(STUDY_ROWS)?;
        Header::new(columns, Vec::new()).write(&mut file).map_err(|e| out.failed(STUDY_ROWS, &e))?;
        let (point, values, done) = (PointDigest::default(), Vec::new(), BTreeSet::new());
        Ok(Tables {
            out,
            runs: RunsCsv::new(axes, columns, out.create(RUNS_CSV)?),
            points: PointsCsv::new(axes, columns, out.create(POINTS_CSV)?),
            rows: Rows { file, point, from: 0, count: 0, values, done },
        })
    }

    fn finish(self) -> Result<Vec<OutFile>, Failure> {
        let Tables { out, runs, points, rows } = self;
        let runs = runs.finish().map_err(|e| out.failed(RUNS_CSV, &e))?;
        let points = points.finish().map_err(|e| out.failed(POINTS_CSV, &e))?;
        Ok(vec![runs, points, rows.file])
    }
}

impl Rows {
    fn row(&mut self, point: &PointDigest, replication: u64, row: &[u64]) -> io::Result<()> {
        if self.done.contains(point) {
            return Ok(());
        }
        if self.count == 0 {
            (self.point, self.from) = (*point, replication);
        }
        self.values.extend_from_slice(row);
        self.count += 1;
        if self.count == ROWS_PER_BLOCK { self.write() } else { Ok(()) }
    }

    fn end(&mut self, point: &PointDigest) -> io::Result<()> {
        self.done.insert(*point);
        self.write()
    }

    fn write(&mut self) -> io::Result<()> {
        if self.count > 0 {
            write_block(&mut self.file, &self.point, self.from, self.count, &self.values)?;
        }
        self.values.clear();
        self.count = 0;
        Ok(())
    }
}
