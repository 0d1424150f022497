//! The files of a search.

use super::super::exit::Failure;
use super::super::out::OutDir;
use super::super::signals::Signals;
#[cfg(feature = "plot")]
use super::super::study::write_picture;
use crate::output::study::tune::{
    CANDIDATES_CSV, TUNE_JSON, TuneMeta, write_candidates_csv, write_tune_json, write_tune_manifest,
};
#[cfg(feature = "plot")]
use crate::output::study::tune_picture;
use crate::study::results::TuneResult;

const MANIFEST: &str = "manifest.json";

/// Writes them, the manifest last, and puts the directory in its place.
pub(super) fn files(
    mut out: OutDir,
    meta: &TuneMeta,
    result: &TuneResult,
    signals: &Signals,
) -> Result<(), Failure> {
    out.write(CANDIDATES_CSV, |file| write_candidates_csv(result, file).map(drop))?;
    out.write(TUNE_JSON, |file| write_tune_json(meta, result, file))?;
    #[cfg(feature = "plot")]
    if let Some(picture) = tune_picture(meta, result) {
        signals.obey()?;
        write_picture(&mut out, &picture)?;
    }
    let files = out.files().to_vec();
    out.write(MANIFEST, |file| write_tune_manifest(meta, &files, file))?;
    signals.obey()?;
    out.finish()
}
