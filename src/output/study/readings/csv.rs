//! `readings.csv`: a row for each measure of each reading at each point.

use std::io;

use crate::output::csv::row::Table;
use crate::output::study::compare::csv::{COLUMNS, row, rows};
use crate::study::results::ReadingsResult;

/// Writes `readings.csv`: A is what is in force, B the reading; the columns after them are those of `differences.csv`.
///
/// # Errors
///
/// Those of `out`.
pub fn write_readings_csv<W: io::Write>(result: &ReadingsResult, out: W) -> io::Result<W> {
    let axes = result.axes.iter().map(|axis| axis.name.as_str());
    let mut table = Table::with_columns(out, axes.chain(["reading"]).chain(COLUMNS));
    for (point, labels) in result.points.iter().enumerate() {
        for reading in &result.readings {
            for (name, scale, difference) in rows(&reading.at[point]) {
                labels.iter().for_each(|label| table.value(label));
                table.text(&reading.label);
                table.text(name);
                row(&mut table, scale, difference);
                table.end_row();
            }
        }
    }
    table.finish()
}
