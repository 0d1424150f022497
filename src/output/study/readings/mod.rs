//! What hangs on how open questions are read: in words, and as a table.

mod advice;
mod csv;
mod text;

pub use advice::advice_text;
pub use csv::write_readings_csv;
pub use text::readings_text;

/// A row for each measure of each reading at each point.
pub const READINGS_CSV: &str = "readings.csv";
