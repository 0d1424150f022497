//! `runs.csv`: a row for each run of each point.

use std::io;

use crate::model::DeploymentStatus;
use crate::output::csv::row::Table;
use crate::record::{ABSENT, Outcome};
use crate::study::results::{Column, Head, Unit};

/// Writes `runs.csv`, row by row.
pub struct RunsCsv<W: io::Write> {
    table: Table<W>,
    units: Vec<Unit>,
}

impl<W: io::Write> RunsCsv<W> {
    /// A table with these axes and measures; its header is the first thing written.
    pub fn new(axes: &[Head], columns: &[Column], out: W) -> RunsCsv<W> {
        let axes = axes.iter().map(|axis| axis.name.as_str());
        let measures = columns.iter().map(|column| column.name.as_str());
        let table = Table::with_columns(out, axes.chain(["replication"]).chain(measures));
        RunsCsv { table, units: columns.iter().map(|column| column.unit).collect() }
    }

    /// One run: the value of each axis, which replication it is, and its measures.
    ///
    /// # Errors
    ///
    /// The first I/O error, from then on each time.
    pub fn row(&mut self, labels: &[String], replication: u64, values: &[u64]) -> io::Result<()> {
        for label in labels {
            self.table.value(label);
        }
        self.table.whole(replication);
        for (value, unit) in values.iter().zip(&self.units) {
            cell(&mut self.table, *value, *unit);
        }
        self.table.end_row();
        self.table.trouble()
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

/// A value as every table writes it; nothing for what the run did not show.
pub(super) fn cell<W: io::Write>(table: &mut Table<W>, value: u64, unit: Unit) {
    if value == ABSENT {
        return table.nothing();
    }
    let place = usize::try_from(value).unwrap_or(usize::MAX);
    match unit {
        Unit::Count | Unit::Flag => table.whole(value),
        Unit::Milliseconds => table.milli(value),
        Unit::MicroDollars => table.micro(value),
        Unit::Outcome => table.text(Outcome::ALL.get(place).map_or("", |outcome| outcome.word())),
        Unit::Status => table.text(DeploymentStatus::ALL.get(place).map_or("", |status| status.word())),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{column, head};
    use super::*;

    fn columns() -> Vec<Column> {
        vec![
            column("deployments.d.duration_s", Unit::Milliseconds),
            column("cluster.cost", Unit::MicroDollars),
            column("cluster.instances_max", Unit::Count),
            column("expect.1", Unit::Flag),
            column("outcome", Unit::Outcome),
            column("deployments.d.status", Unit::Status),
        ]
    }

    fn text(table: RunsCsv<Vec<u8>>) -> String {
        String::from_utf8(table.finish().expect("memory")).expect("text")
    }

    #[test]
    fn every_unit_is_written_as_in_the_tables_of_a_run() {
        let axes = [head("assumptions.bake", &["atEnd", "perWave"])];
        let mut table = RunsCsv::new(&axes, &columns(), Vec::new());
        table.row(&["atEnd".to_owned()], 0, &[842_050, 12_345_678, 46, 1, 0, 2]).expect("memory");
        table.row(&["perWave".to_owned()], 17, &[ABSENT, 0, ABSENT, 0, 1, ABSENT]).expect("memory");
        let expected = "assumptions.bake,replication,deployments.d.duration_s,cluster.cost,\
                        cluster.instances_max,expect.1,outcome,deployments.d.status\n\
                        atEnd,0,842.050,12.345678,46,1,completed,SUCCESSFUL\n\
                        perWave,17,,0.000000,,0,horizon,\n";
        assert_eq!(text(table), expected);
    }

    #[test]
    fn no_axis_is_no_column() {
        let table = RunsCsv::new(&[], &columns()[..1], Vec::new());
        assert_eq!(text(table), "replication,deployments.d.duration_s\n");
    }

    #[test]
    fn what_a_spreadsheet_would_run_is_neutralised_and_numbers_stay() {
        let labels = ["=cmd|' /C calc'!A0", "-5", "-1.5", "a,\"b\"\n", "-x", ""];
        let axes: Vec<Head> = ["=1", "b", "c", "d", "e", "f,g"].map(|name| head(name, &[])).into();
        let mut table = RunsCsv::new(&axes, &[], Vec::new());
        table.row(&labels.map(str::to_owned), 3, &[]).expect("memory");
        let expected = "'=1,b,c,d,e,\"f,g\",replication\n\
                        '=cmd|' /C calc'!A0,-5,-1.5,\"a,\"\"b\"\"\n\",'-x,,3\n";
        assert_eq!(text(table), expected);
    }

    #[test]
    fn an_error_stays_an_error() {
        struct Full;
        impl io::Write for Full {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut table = RunsCsv::new(&[], &columns(), Full);
        let row = [1, 2, 3, 0, 0, 0];
        let first = (0..100_000).find_map(|n| table.row(&[], n, &row).err()).expect("a full buffer");
        assert_eq!(first.kind(), io::ErrorKind::BrokenPipe);
        assert!(table.row(&[], 0, &row).is_err());
        assert_eq!(table.finish().err().map(|e| e.kind()), Some(io::ErrorKind::BrokenPipe));
    }
}
