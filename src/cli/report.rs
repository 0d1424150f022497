//! The files of a run: this room's door to the room `output`.

use super::exit::Failure;
use super::load::Loaded;
use super::out::{OutDir, OutFile};
use super::signals::Signals;
pub(super) use crate::output::manifest::{FileDigest, HashingWriter, hexadecimal, sha256};

use super::terminal::Terminal;
use crate::model::Names;
use crate::output::csv::{EventsCsv, TimeseriesCsv};
use crate::output::text::{TextOptions, summary_text};
use crate::output::{self, OutputFile, RunMeta, RunReport};
use crate::record::{Ledger, RunSummary, Series};
use crate::scenario::check::{self, Meaning};
use crate::world::setup::Setup;
use std::collections::BTreeMap;

/// What listens to a run whose tables are wanted.
pub(super) type Listeners<'n> = ((EventsCsv<'n, OutFile>, TimeseriesCsv<'n, OutFile>), (Ledger, Series));

const EVENTS: &str = "events.csv";
const TIMESERIES: &str = "timeseries.csv";
const MANIFEST: &str = "manifest.json";

/// Everything about a run but its course.
pub(super) struct Frame<'s> {
    pub(super) names: Names,
    meta: RunMeta,
    prices: Vec<u64>,
    assumptions: Vec<(&'static str, String)>,
    unusual: Vec<String>,
    loaded: &'s Loaded,
}

impl<'s> Frame<'s> {
    pub(super) fn new(loaded: &'s Loaded, replication: u64) -> Frame<'s> {
        let Setup { name, seed, instance_types, .. } = &loaded.scenario.setup;
        let assumptions = check::assumptions(&loaded.scenario);
        Frame {
            names: loaded.scenario.setup.names(),
            meta: RunMeta {
                scenario: name.clone(),
                description: loaded.scenario.description.clone(),
                scenario_sha256: loaded.sha256.clone(),
                seed: *seed,
                replication,
                version: env!("CARGO_PKG_VERSION").to_owned(),
            },
            prices: instance_types.iter().map(|t| t.price_per_hour_nanos).collect(),
            unusual: unusual(&assumptions),
            assumptions: assumptions.into_iter().map(|a| (a.key, a.value)).collect(),
            loaded,
        }
    }

    fn report<'a>(
        &'a self,
        summary: &'a RunSummary,
        ledger: &'a Ledger,
        series: &'a Series,
    ) -> RunReport<'a> {
        RunReport {
            names: &self.names,
            meta: &self.meta,
            summary,
            ledger,
            series,
            prices_per_hour_nanos: &self.prices,
            assumptions: &self.assumptions,
            expectations: &self.loaded.scenario.expectations,
        }
    }

    /// Prints the summary, as text or as the bytes of `summary.json`; `files` is where the others are.
    pub(super) fn print(
        &self,
        summary: &RunSummary,
        json: bool,
        files: Option<&str>,
        terminal: &Terminal,
    ) -> Result<(), Failure> {
        // Neither needs more than the summary.
        let (ledger, series) = (Ledger::default(), Series::default());
        let report = self.report(summary, &ledger, &series);
        if json {
            return terminal.data(|out| output::render(OutputFile::Summary, &report, out));
        }
        let options = TextOptions { colour: terminal.colors_data(), assumptions: &self.unusual, files };
        terminal.data(|out| out.write_all(summary_text(&report, &options).as_bytes()))
    }
}

/// The assumptions that are not read as usual.
fn unusual(assumptions: &[Meaning]) -> Vec<String> {
    let unusual = assumptions.iter().filter(|a| a.value != a.default);
    unusual.map(|a| format!("{}: {} (by default {})", a.key, a.value, a.default)).collect()
}

/// Opens the tables that are written while the run goes on.
pub(super) fn listen<'n>(out: &OutDir, names: &'n Names) -> Result<Listeners<'n>, Failure> {
    let events = EventsCsv::new(names, out.create(EVENTS)?);
    let timeseries = TimeseriesCsv::new(names, out.create(TIMESERIES)?);
    Ok(((events, timeseries), (Ledger::default(), Series::default())))
}

/// Closes those tables, the first error of the whole run included; gives back the other listeners.
pub(super) fn close(out: &mut OutDir, listeners: Listeners<'_>) -> Result<(Ledger, Series), Failure> {
    let ((events, timeseries), kept) = listeners;
    let events = events.finish().map_err(|e| out.failed(EVENTS, &e))?;
    out.keep(events)?;
    let timeseries = timeseries.finish().map_err(|e| out.failed(TIMESERIES, &e))?;
    out.keep(timeseries)?;
    Ok(kept)
}

/// Writes the other files, the manifest last, and puts the directory in its place.
pub(super) fn write(
    mut out: OutDir,
    frame: &Frame<'_>,
    summary: &RunSummary,
    (ledger, series): &(Ledger, Series),
    signals: &Signals,
) -> Result<(), Failure> {
    let report = frame.report(summary, ledger, series);
    for file in OutputFile::ALL {
        signals.obey()?;
        let mut opened = out.create(file.name())?;
        output::render(*file, &report, &mut opened).map_err(|e| out.failed(file.name(), &e))?;
        out.keep(opened)?;
    }
    let mut manifest = out.create(MANIFEST)?;
    output::manifest::write_manifest(&frame.meta, summary.fingerprint, out.files(), &mut manifest)
        .map_err(|e| out.failed(MANIFEST, &e))?;
    out.keep(manifest)?;
    signals.obey()?;
    out.finish()
}

/// What daemonsim asks of a manifest to know it as its own.
#[derive(serde::Deserialize)]
struct Manifest {
    /// The version that wrote it; whichever it was, it was ours.
    #[serde(rename = "daemonsim")]
    _version: String,
    /// By name; what is said of each is no matter here.
    files: BTreeMap<String, serde::de::IgnoredAny>,
}

/// The files that a manifest of ours lists; none when it is not one.
pub(super) fn files_of_manifest(text: &[u8]) -> Option<Vec<String>> {
    let manifest: Manifest = serde_json::from_slice(text).ok()?;
    Some(manifest.files.into_keys().collect())
}
