//! Recorded values → bytes.
//!
//! Everything here writes to an [`std::io::Write`] that it is handed: it opens no file, reads no clock, and the same
//! values give the same bytes. [`csv::EventsCsv`] and [`csv::TimeseriesCsv`] listen to a run and write as it
//! goes; everything else is [`render`]ed from a [`RunReport`] at its end. [`study`] does the same for many runs. What
//! each file, column and key means is in `docs/output.md`.

pub mod csv;
mod decimal;
#[cfg(test)]
mod fixture;
mod human;
mod json;
pub mod manifest;
mod narrative;
#[cfg(feature = "plot")]
pub mod plot;
mod report;
mod shown;
pub mod study;
pub mod summary_json;
pub mod text;

pub use human::{clock, human};
pub use narrative::Narrative;
pub use report::{EVENTS_CSV, MANIFEST_JSON, OutputFile, RunMeta, RunReport, TIMESERIES_CSV, render};
