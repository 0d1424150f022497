//! What a search for settings writes: the answer and why in words, all candidates in a table, and the same as JSON.

mod csv;
#[cfg(test)]
pub(in crate::output) mod fixture;
mod json;
mod text;
pub(in crate::output) mod told;

pub use csv::write_candidates_csv;
pub use json::{write_tune_json, write_tune_manifest};
pub use text::tune_text;

/// The answer, and all that was learned, for programs.
pub const TUNE_JSON: &str = "tune.json";
/// A row for each candidate.
pub const CANDIDATES_CSV: &str = "candidates.csv";

/// What search this is: what its result cannot say of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TuneMeta {
    /// The scenario's name.
    pub scenario: String,
    /// What its author says about it; may be empty.
    pub description: String,
    /// SHA-256 of what it means, in hexadecimal.
    pub scenario_sha256: String,
    /// What the randomness grew from.
    pub seed: u64,
    /// Replications of a candidate at the most.
    pub max_replications: u64,
    /// What makes the new revision bad: paths and values.
    pub bad: Vec<(String, String)>,
    /// daemonsim's own version.
    pub version: String,
}
