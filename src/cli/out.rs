//! The output directory: complete or absent.
//!
//! Files are written into a hidden sibling of the target, `.NAME.daemonsim-new`, the manifest last. When all are on
//! disk, what stood at the target is renamed to `.NAME.daemonsim-old`, the new directory takes its place, and the old
//! one is cleared away. A run that dies in between leaves siblings that the next run into the same target tidies up:
//! a half-written new directory is dropped, an old one without a successor goes back to its place. A lock keeps two
//! runs from meeting there.
//!
//! Nothing is removed that daemonsim did not write: other files in a replaced directory move over to the new one.

mod file;
mod lock;
mod occupant;
mod one;

pub(super) use file::OutFile;
pub(super) use one::OneFile;

use super::exit::{Exit, Failure};
use super::report::{self, FileDigest};
use super::terminal::{plain, shown};
use file::Trouble;
pub(super) use file::sync_directory;
use lock::{Held, Lock};
use occupant::Occupant;
use std::ffi::{OsStr, OsString};
use std::fmt::Display;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::{fs, mem};

/// Longer names than this leave no room for a suffix in the 255 bytes of a file name.
const NAME_MAX: usize = 200;

/// A directory being written.
#[derive(Debug)]
pub(super) struct OutDir {
    place: Place,
    overwrite: bool,
    files: Vec<FileDigest>,
    trouble: Trouble,
    finished: bool,
    created: Vec<PathBuf>,
    // The last field, so that everything above is done under it.
    lock: Lock,
}

/// The target and its siblings.
#[derive(Clone, Debug)]
struct Place {
    parent: PathBuf,
    target: PathBuf,
    new: PathBuf,
    old: PathBuf,
    lock: PathBuf,
}

impl OutDir {
    /// Takes hold of `target`, and refuses what may not be replaced before any work is done.
    pub(super) fn prepare(target: &Path, overwrite: bool) -> Result<OutDir, Failure> {
        let place = Place::of(target)?;
        // Before anything is made, too: a refusal should leave no trace.
        Occupant::at(&place.target)?.may_be_replaced(&place.target, overwrite)?;
        let created =
            create_missing(&place.parent).map_err(|e| could_not("make the directory", &place.parent, &e))?;
        let lock = match Lock::acquire(&place.lock) {
            Ok(lock) => lock,
            Err(held) => {
                remove_created(&created);
                return Err(locked(&place, &held));
            }
        };
        let out = OutDir {
            place,
            overwrite,
            files: Vec::new(),
            trouble: Trouble::default(),
            finished: false,
            created,
            lock,
        };
        out.recover()?;
        Occupant::at(&out.place.target)?.may_be_replaced(&out.place.target, overwrite)?;
        fs::create_dir(&out.place.new).map_err(|e| could_not("make the directory", &out.place.new, &e))?;
        Ok(out)
    }

    /// A new file, to be given back to [`OutDir::keep`].
    pub(super) fn create(&self, name: &str) -> Result<OutFile, Failure> {
        OutFile::create(&self.place.new, &self.place.target, name, Rc::clone(&self.trouble))
            .map_err(|e| could_not("create", &self.place.target.join(name), &e))
    }

    /// Brings a file to the disk.
    pub(super) fn keep(&mut self, file: OutFile) -> Result<(), Failure> {
        let path = self.place.target.join(file.name());
        self.files.push(file.close().map_err(|e| could_not("write", &path, &e))?);
        Ok(())
    }

    /// Writes a file as a whole.
    pub(super) fn write(
        &mut self,
        name: &str,
        content: impl FnOnce(&mut OutFile) -> io::Result<()>,
    ) -> Result<(), Failure> {
        let mut file = self.create(name)?;
        content(&mut file).map_err(|e| self.failed(name, &e))?;
        self.keep(file)
    }

    /// A hidden file beside the target, which outlives an unfinished directory.
    pub(super) fn sibling(&self, suffix: &str) -> PathBuf {
        self.place.sibling(suffix)
    }

    /// Where the directory is going to be.
    pub(super) fn target(&self) -> &Path {
        &self.place.target
    }

    /// The files kept so far.
    pub(super) fn files(&self) -> &[FileDigest] {
        &self.files
    }

    /// What the first failed write says: the run need not go on.
    pub(super) fn trouble(&self) -> Result<(), Failure> {
        match &*self.trouble.borrow() {
            Some((path, error)) => Err(could_not("write", path, error)),
            None => Ok(()),
        }
    }

    /// What a failed write of `name` says.
    pub(super) fn failed(&self, name: &str, error: &io::Error) -> Failure {
        could_not("write", &self.place.target.join(name), error)
    }

    /// Puts the directory where it belongs. From the second rename on the run has happened.
    pub(super) fn finish(mut self) -> Result<(), Failure> {
        let place = self.place.clone();
        let put = |e: io::Error| could_not("put the results into", &place.target, &e);
        self.trouble()?;
        sync_directory(&place.new).map_err(put)?;
        // Someone may have put something there since.
        let occupant = Occupant::at(&place.target)?;
        occupant.may_be_replaced(&place.target, self.overwrite)?;
        let replaces = !matches!(occupant, Occupant::Nothing);
        if replaces {
            fs::rename(&place.target, &place.old).map_err(put)?;
        }
        if let Err(error) = fs::rename(&place.new, &place.target) {
            if replaces {
                fs::rename(&place.old, &place.target).map_err(put)?;
            }
            return Err(put(error));
        }
        self.finished = true;
        sync_directory(&place.parent).map_err(put)?;
        if replaces { clear_old(&place) } else { Ok(()) }
    }

    /// Tidies up after a run that died.
    fn recover(&self) -> Result<(), Failure> {
        let Place { target, new, old, .. } = &self.place;
        if exists(new) {
            fs::remove_dir_all(new).map_err(|e| could_not("remove", new, &e))?;
        }
        match (exists(old), exists(target)) {
            (false, _) => Ok(()),
            (true, false) => fs::rename(old, target).map_err(|e| could_not("restore", target, &e)),
            (true, true) => clear_old(&self.place),
        }
    }
}

impl Drop for OutDir {
    /// An unfinished directory leaves nothing behind.
    fn drop(&mut self) {
        if !self.finished {
            let _ = fs::remove_dir_all(&self.place.new);
        }
        // Before the directory that holds it.
        self.lock.release();
        if !self.finished {
            remove_created(&mem::take(&mut self.created));
        }
    }
}

impl Place {
    fn of(target: &Path) -> Result<Place, Failure> {
        let Some(name) = target.file_name() else {
            let target = shown(target);
            return Err(Failure::io(format!(
                "`{target}` cannot be an output directory: results replace a directory as a whole, so it needs a name"
            )));
        };
        let parent = match target.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
            Some(_) | None => PathBuf::from("."),
        };
        // Without the slash at the end that would make the system follow a link.
        let target = if parent == Path::new(".") { PathBuf::from(name) } else { parent.join(name) };
        let sibling = |suffix: &str| parent.join(sibling_name(name, suffix));
        Ok(Place { new: sibling("new"), old: sibling("old"), lock: sibling("lock"), parent, target })
    }

    fn sibling(&self, suffix: &str) -> PathBuf {
        self.parent.join(sibling_name(self.target.file_name().unwrap_or_default(), suffix))
    }
}

fn sibling_name(name: &OsStr, suffix: &str) -> OsString {
    let mut sibling = OsString::from(".");
    if name.len() <= NAME_MAX {
        sibling.push(name);
    } else {
        sibling.push(report::sha256(name.as_encoded_bytes()));
    }
    sibling.push(".daemonsim-");
    sibling.push(suffix);
    sibling
}

/// Removes what daemonsim wrote into the old directory, and moves what it did not into the new one.
fn clear_old(place: &Place) -> Result<(), Failure> {
    let Place { target, old, .. } = place;
    let failed = |e: io::Error| could_not("clear away the old results in", old, &e);
    if let Occupant::Ours(others) | Occupant::Foreign(others) = Occupant::at(old)? {
        for name in others.iter().filter(|name| !exists(&target.join(name))) {
            fs::rename(old.join(name), target.join(name)).map_err(failed)?;
        }
    }
    fs::remove_dir_all(old).map_err(failed)
}

/// Makes `directory` and what is missing above it; tells what it made, the outermost first.
fn create_missing(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let missing: Vec<PathBuf> = directory
        .ancestors()
        .take_while(|a| !a.as_os_str().is_empty() && !exists(a))
        .map(Path::to_owned)
        .collect();
    fs::create_dir_all(directory)?;
    Ok(missing.into_iter().rev().collect())
}

fn remove_created(created: &[PathBuf]) {
    for directory in created.iter().rev() {
        // Not empty: someone else uses it by now.
        let _ = fs::remove_dir(directory);
    }
}

fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

fn locked(place: &Place, held: &Held) -> Failure {
    let target = shown(&place.target);
    match held {
        Held::By(Some(pid)) => {
            Failure::io(format!("`{target}` is being written by another daemonsim, process {pid}"))
        }
        Held::By(None) => Failure::io(format!("`{target}` is being written by another daemonsim")),
        Held::Error(error) => could_not("write into", &place.parent, error),
    }
}

pub(super) fn could_not(what: &str, path: &Path, error: &io::Error) -> Failure {
    refused(format!("could not {what} `{}`: {}", shown(path), plain(error)))
}

fn refused(line: impl Display) -> Failure {
    Failure::new(Exit::Io, line)
}

#[cfg(test)]
mod tests;
