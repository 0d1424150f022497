//! A single file that is complete or absent.

use super::lock::Lock;
use super::{Failure, Place, could_not, create_missing, locked, sync_directory};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A file, held against others.
#[derive(Debug)]
pub(in crate::cli) struct OneFile {
    place: Place,
    _lock: Lock,
}

impl OneFile {
    /// Takes hold of `target`; the directory that it is in is made.
    pub(in crate::cli) fn hold(target: &Path) -> Result<OneFile, Failure> {
        let place = Place::of(target)?;
        create_missing(&place.parent).map_err(|e| could_not("make the directory", &place.parent, &e))?;
        let lock = Lock::acquire(&place.lock).map_err(|held| locked(&place, &held))?;
        Ok(OneFile { place, _lock: lock })
    }

    /// A hidden file beside it.
    pub(in crate::cli) fn sibling(&self, suffix: &str) -> PathBuf {
        self.place.sibling(suffix)
    }

    /// Puts a finished file in its place.
    pub(in crate::cli) fn put(&self, finished: &Path) -> Result<(), Failure> {
        let Place { parent, target, .. } = &self.place;
        let put = |e: io::Error| could_not("put the results into", target, &e);
        fs::rename(finished, target).map_err(put)?;
        sync_directory(parent).map_err(put)
    }

    /// Puts the file away, to be finished once more.
    pub(in crate::cli) fn take_back(&self, unfinished: &Path) -> Result<(), Failure> {
        let target = &self.place.target;
        fs::rename(target, unfinished).map_err(|e| could_not("rename", target, &e))
    }

    /// Writes all of it at once.
    pub(in crate::cli) fn write(&self, bytes: &[u8]) -> Result<(), Failure> {
        let new = self.sibling("new");
        let written = fs::write(&new, bytes).and_then(|()| fs::File::open(&new)?.sync_all());
        let put =
            written.map_err(|e| could_not("write", &self.place.target, &e)).and_then(|()| self.put(&new));
        if put.is_err() {
            let _ = fs::remove_file(&new);
        }
        put
    }
}
