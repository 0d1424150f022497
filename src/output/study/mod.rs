//! What a study writes: many runs in two tables, a JSON file, a page for the terminal, and pictures.
//!
//! Everything is made of [`StudyResult`](crate::study::results::StudyResult), but for `runs.csv`, whose rows are written
//! while runs come in, so that none of them has to be kept.

pub mod bad;
pub mod compare;
#[cfg(feature = "plot")]
mod files;
#[cfg(test)]
pub(super) mod fixture;
mod meta;
mod points_csv;
pub mod readings;
mod runs_csv;
mod study_json;
pub(super) mod text;
pub mod tune;
pub(super) mod view;
pub(super) mod words;

#[cfg(feature = "plot")]
pub use files::{Picture, pictures, tune_picture};
pub use meta::StudyMeta;
pub use points_csv::PointsCsv;
pub use runs_csv::RunsCsv;
pub use study_json::write_study_json;
pub use text::{StudyTextOptions, study_text};

/// A row for each run.
pub const RUNS_CSV: &str = "runs.csv";
/// A row for each point.
pub const POINTS_CSV: &str = "points.csv";
/// All points, for programs.
pub const STUDY_JSON: &str = "study.json";
