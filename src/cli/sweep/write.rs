//! A study's directory, and what is printed of it.

use super::asked::bad_results;
use super::job::Job;
use super::leftover;
use super::results::Outcomes;
use super::runner::Runner;
use super::store::Store;
use crate::cli::exit::{Done, Failure};
use crate::cli::options::OutputOptions;
use crate::cli::out::{OutDir, OutFile};
use crate::cli::terminal::{Terminal, shown};
use crate::output::manifest::write_study_manifest;
use crate::output::study::bad::{BAD_CSV, bad_text, write_bad_csv};
use crate::output::study::readings::{READINGS_CSV, readings_text, write_readings_csv};
use crate::output::study::{STUDY_JSON, StudyTextOptions, study_text, write_study_json};
use crate::study::blocks::PointDigest;
use crate::study::index::Index;
use crate::study::results::{BadResult, ReadingsResult, StudyResult};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

const MANIFEST: &str = "manifest.json";

/// What is left to print.
pub(super) struct Written {
    pub(super) result: StudyResult,
    pub(super) limited: bool,
    readings: Option<ReadingsResult>,
    bad: Vec<BadResult>,
}

impl Written {
    /// What is left of the outcomes of a job, and the files that are to be kept.
    pub(super) fn of(job: &Job, outcomes: Outcomes) -> (Written, Vec<OutFile>) {
        let Outcomes { result, limited, readings, files } = outcomes;
        let bad = bad_results(job, &result);
        (Written { result, limited, readings, bad }, files)
    }
}

/// `--out`, or `out/` and the scenario's name, which holds no separator.
pub(super) fn target(options: &OutputOptions, job: &Job) -> PathBuf {
    options.out.clone().unwrap_or_else(|| Path::new("out").join(&job.meta.scenario))
}

/// Runs a job into a directory that is complete or absent.
pub(super) fn into(
    mut out: OutDir,
    job: &Job,
    runner: Runner<'_>,
    (store, index): (Store, Index),
) -> Result<Written, Failure> {
    let (outcomes, mut store, index) = runner.all(job, Some(&out), store, index)?;
    let (written, files) = Written::of(job, outcomes);
    let result = &written.result;
    for file in files {
        out.keep(file)?;
    }
    let signals = runner.signals;
    signals.obey()?;
    write(&mut out, STUDY_JSON, |file| write_study_json(&job.meta, result, file))?;
    if let Some(readings) = &written.readings {
        write(&mut out, READINGS_CSV, |file| write_readings_csv(readings, file).map(drop))?;
    }
    if !written.bad.is_empty() {
        write(&mut out, BAD_CSV, |file| write_bad_csv(&written.bad, file).map(drop))?;
    }
    #[cfg(feature = "plot")]
    for picture in crate::output::study::pictures(&job.meta, result) {
        signals.obey()?;
        write(&mut out, &format!("{}.svg", picture.name), |file| {
            io::Write::write_all(file, picture.svg.as_bytes())
        })?;
        #[cfg(feature = "png")]
        if picture.bitmap {
            let name = format!("{}.png", picture.name);
            write(&mut out, &name, |file| crate::output::plot::write_png(&picture.svg, file))?;
        }
    }
    let digests = out.files().to_vec();
    write(&mut out, MANIFEST, |file| write_study_manifest(&job.meta, &digests, file))?;
    signals.obey()?;
    let mut used: BTreeMap<PointDigest, u64> = BTreeMap::new();
    for (point, result) in job.study.points.iter().zip(&written.result.points) {
        let count = used.entry(point.digest).or_default();
        *count = result.replications.max(*count);
    }
    let left = leftover::carry_all(&out, &mut store, &index, &used)?;
    out.finish()?;
    leftover::leave(store, &left)?.iter().for_each(|note| runner.terminal.talk(note));
    Ok(written)
}

fn write(
    out: &mut OutDir,
    name: &str,
    content: impl FnOnce(&mut OutFile) -> io::Result<()>,
) -> Result<(), Failure> {
    let mut file = out.create(name)?;
    content(&mut file).map_err(|e| out.failed(name, &e))?;
    out.keep(file)
}

/// Prints a study in short, or the bytes of `study.json`; `files` is where the others are.
pub(super) fn print(
    job: &Job,
    written: &Written,
    json: bool,
    files: Option<&Path>,
    terminal: &Terminal,
) -> Result<Done, Failure> {
    let files = files.map(shown);
    if json {
        if let Some(files) = &files {
            terminal.talk(&format!("Wrote {files}"));
        }
        terminal.data(|out| write_study_json(&job.meta, &written.result, out))?;
    } else {
        let colour = terminal.colors_data();
        let sections: Vec<String> = [
            written.readings.as_ref().map(|readings| readings_text(readings, colour)),
            (!written.bad.is_empty()).then(|| bad_text(&written.bad, colour)),
        ]
        .into_iter()
        .flatten()
        .collect();
        let options = StudyTextOptions { colour, sections: &sections, files: files.as_deref() };
        let text = study_text(&job.meta, &written.result, &options);
        terminal.data(|out| out.write_all(text.as_bytes()))?;
    }
    Ok(if written.limited { Done::Limit } else { Done::Well })
}
