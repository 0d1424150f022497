//! What a comparison of two scenarios writes: its answer in words, a table of differences, and the same as JSON.

pub(in crate::output) mod amount;
pub(in crate::output) mod csv;
#[cfg(test)]
pub(in crate::output) mod fixture;
mod json;
mod text;
pub(in crate::output) mod told;

pub use csv::write_differences_csv;
pub use json::{write_compare_json, write_compare_manifest};
pub use text::compare_text;

/// A row for each measure.
pub const DIFFERENCES_CSV: &str = "differences.csv";
/// The same, for programs.
pub const COMPARE_JSON: &str = "compare.json";

/// What two scenarios these are: what their differences cannot say of themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CompareMeta {
    /// A.
    pub a: Side,
    /// B.
    pub b: Side,
    /// What the randomness of both grew from.
    pub seed: u64,
    /// daemonsim's own version.
    pub version: String,
}

/// One of the two.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Side {
    /// The scenario's name.
    pub scenario: String,
    /// Its file, or what sets it apart from the other.
    pub label: String,
    /// SHA-256 of what it means, in hexadecimal.
    pub sha256: String,
}
