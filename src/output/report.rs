//! Everything known about a run at its end, and the files that it becomes.

use std::io;

use super::csv;
use super::summary_json::write_summary_json;
use crate::model::Names;
use crate::record::{Expectation, Ledger, RunSummary, Series};

/// What run this is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunMeta {
    /// The scenario's name.
    pub scenario: String,
    /// What its author says about it; may be empty.
    pub description: String,
    /// SHA-256 of the scenario as it was run, in hexadecimal.
    pub scenario_sha256: String,
    /// What the randomness grew from.
    pub seed: u64,
    /// Which of the runs of this seed.
    pub replication: u64,
    /// daemonsim's own version.
    pub version: String,
}

/// Everything known about a run at its end.
#[derive(Clone, Copy, Debug)]
pub struct RunReport<'a> {
    /// What everything is called.
    pub names: &'a Names,
    /// What run this is.
    pub meta: &'a RunMeta,
    /// How it went.
    pub summary: &'a RunSummary,
    /// Each instance's and task's life.
    pub ledger: &'a Ledger,
    /// The cluster's counts over time.
    pub series: &'a Series,
    /// Billionths of a dollar for an hour of each instance type.
    pub prices_per_hour_nanos: &'a [u64],
    /// Each assumption with the word in force.
    pub assumptions: &'a [(&'a str, String)],
    /// What the scenario expected.
    pub expectations: &'a [Expectation],
}

/// What [`csv::EventsCsv`] writes while the run goes on.
pub const EVENTS_CSV: &str = "events.csv";
/// What [`csv::TimeseriesCsv`] writes while the run goes on.
pub const TIMESERIES_CSV: &str = "timeseries.csv";
/// What [`super::manifest::write_manifest`] writes after all others.
pub const MANIFEST_JSON: &str = "manifest.json";

/// A file that is rendered at the end of a run. ([`EVENTS_CSV`] and [`TIMESERIES_CSV`] are written while it
/// goes on; [`MANIFEST_JSON`] comes after all of them.)
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OutputFile {
    /// A row for each wave.
    Waves,
    /// A row for each deployment.
    Deployments,
    /// A row for each service.
    Services,
    /// A row for each instance.
    Instances,
    /// A row for each task.
    Tasks,
    /// All of it in short.
    Summary,
    /// Instances and tasks over time.
    #[cfg(feature = "plot")]
    CapacitySvg,
    /// Waves, and the stages of their instances.
    #[cfg(feature = "plot")]
    WavesSvg,
    /// `capacity.svg` as a bitmap.
    #[cfg(feature = "png")]
    CapacityPng,
    /// `waves.svg` as a bitmap.
    #[cfg(feature = "png")]
    WavesPng,
}

impl OutputFile {
    /// All that this build can write.
    pub const ALL: &'static [OutputFile] = &[
        OutputFile::Waves,
        OutputFile::Deployments,
        OutputFile::Services,
        OutputFile::Instances,
        OutputFile::Tasks,
        OutputFile::Summary,
        #[cfg(feature = "plot")]
        OutputFile::CapacitySvg,
        #[cfg(feature = "plot")]
        OutputFile::WavesSvg,
        #[cfg(feature = "png")]
        OutputFile::CapacityPng,
        #[cfg(feature = "png")]
        OutputFile::WavesPng,
    ];

    /// What it is called.
    pub const fn name(self) -> &'static str {
        match self {
            OutputFile::Waves => "waves.csv",
            OutputFile::Deployments => "deployments.csv",
            OutputFile::Services => "services.csv",
            OutputFile::Instances => "instances.csv",
            OutputFile::Tasks => "tasks.csv",
            OutputFile::Summary => "summary.json",
            #[cfg(feature = "plot")]
            OutputFile::CapacitySvg => "capacity.svg",
            #[cfg(feature = "plot")]
            OutputFile::WavesSvg => "waves.svg",
            #[cfg(feature = "png")]
            OutputFile::CapacityPng => "capacity.png",
            #[cfg(feature = "png")]
            OutputFile::WavesPng => "waves.png",
        }
    }
}

/// Writes one of the files.
pub fn render(file: OutputFile, report: &RunReport<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    match file {
        OutputFile::Waves => csv::write_waves(report, out),
        OutputFile::Deployments => csv::write_deployments(report, out),
        OutputFile::Services => csv::write_services(report, out),
        OutputFile::Instances => csv::write_instances(report, out),
        OutputFile::Tasks => csv::write_tasks(report, out),
        OutputFile::Summary => write_summary_json(report, out),
        #[cfg(feature = "plot")]
        OutputFile::CapacitySvg => out.write_all(super::plot::capacity_svg(report).as_bytes()),
        #[cfg(feature = "plot")]
        OutputFile::WavesSvg => out.write_all(super::plot::waves_svg(report).as_bytes()),
        #[cfg(feature = "png")]
        OutputFile::CapacityPng => super::plot::write_png(&super::plot::capacity_svg(report), out),
        #[cfg(feature = "png")]
        OutputFile::WavesPng => super::plot::write_png(&super::plot::waves_svg(report), out),
    }
}
