//! `points.csv`: a row for each point, with what its runs say of each measure.

use std::io;

use super::runs_csv::cell;
use super::view::expectation;
use crate::output::csv::row::Table;
use crate::study::results::{Column, Estimate, Head, PointResult, Unit};

/// What is said of a measure.
const OF_MEASURES: [&str; 7] = ["mean", "sd", "p5", "p50", "p95", "ci_low", "ci_high"];
/// What is said of an expectation.
const OF_EXPECTATIONS: [&str; 3] = ["share", "ci_low", "ci_high"];

/// Writes `points.csv`, row by row.
pub struct PointsCsv<W: io::Write> {
    table: Table<W>,
    /// Those that are numbers.
    columns: Vec<Column>,
}

impl<W: io::Write> PointsCsv<W> {
    /// A table with these axes and measures; its header is the first thing written.
    pub fn new(axes: &[Head], columns: &[Column], out: W) -> PointsCsv<W> {
        let columns: Vec<Column> = columns.iter().filter(|c| c.unit.is_number()).cloned().collect();
        let mut heads: Vec<String> = axes.iter().map(|axis| axis.name.clone()).collect();
        heads.push("replications".to_owned());
        for column in &columns {
            let endings = match expectation(column) {
                Some(_) => &OF_EXPECTATIONS[..],
                None => &OF_MEASURES[..],
            };
            heads.extend(endings.iter().map(|ending| format!("{}.{ending}", column.name)));
        }
        heads.extend(columns.iter().filter(|c| c.optional).map(|c| format!("{}.absent", c.name)));
        PointsCsv { table: Table::with_columns(out, &heads), columns }
    }

    /// One point.
    ///
    /// # Errors
    ///
    /// The first I/O error, from then on each time.
    pub fn row(&mut self, point: &PointResult) -> io::Result<()> {
        let table = &mut self.table;
        for label in &point.labels {
            table.value(label);
        }
        table.whole(point.replications);
        for (n, column) in self.columns.iter().enumerate() {
            let estimate = point.estimates.get(n).and_then(Option::as_ref);
            match expectation(column) {
                Some(_) => {
                    real(table, estimate.map(|e| e.mean), column.unit);
                    interval(table, estimate, column.unit);
                }
                None => measure(table, estimate, column.unit),
            }
        }
        for (n, _) in self.columns.iter().enumerate().filter(|(_, column)| column.optional) {
            let estimate = point.estimates.get(n).and_then(Option::as_ref);
            table.whole(estimate.map_or(point.replications, |e| e.absent));
        }
        table.end_row();
        table.trouble()
    }

    /// Hands back where it went.
    ///
    /// # Errors
    ///
    /// The first I/O error.
    pub fn finish(self) -> io::Result<W> {
        self.table.finish()
    }
}

fn measure<W: io::Write>(table: &mut Table<W>, estimate: Option<&Estimate>, unit: Unit) {
    real(table, estimate.map(|e| e.mean), unit);
    real(table, estimate.and_then(|e| e.sd), unit);
    for quantile in [|e: &Estimate| e.p5, |e: &Estimate| e.p50, |e: &Estimate| e.p95] {
        match estimate {
            Some(estimate) => cell(table, quantile(estimate), unit),
            None => table.nothing(),
        }
    }
    interval(table, estimate, unit);
}

fn interval<W: io::Write>(table: &mut Table<W>, estimate: Option<&Estimate>, unit: Unit) {
    let interval = estimate.and_then(|e| e.interval);
    real(table, interval.map(|(low, _)| low), unit);
    real(table, interval.map(|(_, high)| high), unit);
}

/// A measurement in the unit in which it is written.
fn real<W: io::Write>(table: &mut Table<W>, value: Option<f64>, unit: Unit) {
    match value {
        Some(value) => table.real(value / unit.scale() as f64),
        None => table.nothing(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{around, column, head, share, single};
    use super::*;

    fn columns() -> Vec<Column> {
        vec![
            column("deployments.d.duration_s", Unit::Milliseconds),
            column("cluster.cost", Unit::MicroDollars),
            column("expect.1", Unit::Flag),
            column("outcome", Unit::Outcome),
        ]
    }

    fn rows(axes: &[Head], points: &[PointResult]) -> Vec<String> {
        let mut table = PointsCsv::new(axes, &columns(), Vec::new());
        points.iter().for_each(|point| table.row(point).expect("memory"));
        let text = String::from_utf8(table.finish().expect("memory")).expect("text");
        text.lines().map(str::to_owned).collect()
    }

    fn point(labels: &[&str], replications: u64, estimates: Vec<Option<Estimate>>) -> PointResult {
        let labels = labels.iter().map(|label| (*label).to_owned()).collect();
        PointResult { labels, replications, estimates, imprecise: false }
    }

    #[test]
    fn each_measure_has_seven_columns_and_each_expectation_three() {
        let head = &rows(&[head("a,b", &["1"])], &[])[0];
        let expected = "\"a,b\",replications,deployments.d.duration_s.mean,deployments.d.duration_s.sd,\
                        deployments.d.duration_s.p5,deployments.d.duration_s.p50,\
                        deployments.d.duration_s.p95,deployments.d.duration_s.ci_low,\
                        deployments.d.duration_s.ci_high,cluster.cost.mean,cluster.cost.sd,cluster.cost.p5,\
                        cluster.cost.p50,cluster.cost.p95,cluster.cost.ci_low,cluster.cost.ci_high,\
                        expect.1.share,expect.1.ci_low,expect.1.ci_high,deployments.d.duration_s.absent";
        assert_eq!(head, expected);
    }

    #[test]
    fn numbers_are_in_the_unit_in_which_they_are_written() {
        let long = Estimate { absent: 3, ..around(90_500.0, 250.0, 1_000) };
        let estimates = vec![Some(long), Some(around(1_000_000.5, 0.25, 9)), Some(share(0.97, 0.915, 0.99))];
        let row = &rows(&[head("a", &["x"])], &[point(&["x"], 103, estimates)])[1];
        // sd is five half-widths: 1,250 ms and 1.25 millionths.
        let expected = "x,103,90.500000,1.250000,89.500,90.500,91.500,90.250000,90.750000,1.000001,0.000001,\
                        0.999992,1.000001,1.000010,1.000000,1.000001,0.970000,0.915000,0.990000,3";
        assert_eq!(row, expected);
    }

    #[test]
    fn what_is_not_known_is_an_empty_cell() {
        let once = point(&[], 1, vec![Some(single(7_000)), None, Some(single(1))]);
        let never = point(&[], 20, vec![None, Some(around(0.0, 0.0, 0)), Some(share(0.0, 0.0, 0.161))]);
        let rows = rows(&[], &[once, never]);
        assert_eq!(rows[1], "1,7.000000,,7.000,7.000,7.000,,,,,,,,,,1.000000,,,0");
        let zero = "0.000000,0.000000,0.000000,0.000000,0.000000,0.000000,0.000000";
        assert_eq!(rows[2], format!("20,,,,,,,,{zero},0.000000,0.000000,0.161000,20"));
    }

    #[test]
    fn a_zero_has_no_sign() {
        let tiny = Estimate { interval: Some((-1e-12, 1e-12)), ..around(0.0, 0.0, 0) };
        let row = &rows(&[], &[point(&[], 9, vec![Some(tiny), None, None])])[1];
        assert!(row.starts_with("9,0.000000,0.000000,0.000,0.000,0.000,0.000000,0.000000,"), "{row}");
    }
}
