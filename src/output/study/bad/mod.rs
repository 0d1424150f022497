//! What becomes of a bad revision: in words, and as a table.

mod csv;
mod text;

pub use csv::write_bad_csv;
pub use text::bad_text;

/// A row for each point.
pub const BAD_CSV: &str = "bad.csv";

#[cfg(test)]
mod tests;
