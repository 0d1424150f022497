//! What stands where the output directory wants to be.

use super::{Failure, could_not, refused};
use crate::cli::report;
use crate::cli::terminal::shown;
use std::ffi::OsString;
use std::fs;
use std::io::{self, Read};
use std::path::Path;

/// A manifest is small; whatever is larger is something else.
const MANIFEST_BYTES_MAX: u64 = 1 << 20;

/// What is there.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Occupant {
    /// Nothing.
    Nothing,
    /// A symbolic link.
    Link,
    /// Neither a directory nor a link.
    File,
    /// A directory, protected from writing.
    ReadOnly,
    /// An empty directory.
    Empty,
    /// What daemonsim wrote, and the names of other things in there.
    Ours(Vec<OsString>),
    /// A directory that daemonsim did not write, and the names of what is in there.
    Foreign(Vec<OsString>),
}

impl Occupant {
    pub(super) fn at(path: &Path) -> Result<Occupant, Failure> {
        look(path).map_err(|e| could_not("look at", path, &e))
    }

    pub(super) fn may_be_replaced(&self, path: &Path, overwrite: bool) -> Result<(), Failure> {
        let path = shown(path);
        match self {
            Occupant::Nothing | Occupant::Empty | Occupant::Ours(_) => Ok(()),
            Occupant::Foreign(_) if overwrite => Ok(()),
            Occupant::Foreign(_) => Err(refused(format!(
                "`{path}` holds files that daemonsim did not write; choose another --out, or add --overwrite"
            ))),
            Occupant::Link => {
                Err(refused(format!("`{path}` is a symbolic link, which --out does not follow")))
            }
            Occupant::File => Err(refused(format!("`{path}` is not a directory"))),
            Occupant::ReadOnly => Err(refused(format!("`{path}` is read-only"))),
        }
    }
}

fn look(path: &Path) -> io::Result<Occupant> {
    let metadata = match fs::symlink_metadata(path) {
        Ok(metadata) => metadata,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Occupant::Nothing),
        Err(e) => return Err(e),
    };
    if metadata.is_symlink() {
        return Ok(Occupant::Link);
    }
    if !metadata.is_dir() {
        return Ok(Occupant::File);
    }
    // Someone protected these results; root could write there all the same, and must not.
    if metadata.permissions().readonly() {
        return Ok(Occupant::ReadOnly);
    }
    let names: Vec<OsString> =
        fs::read_dir(path)?.map(|entry| entry.map(|e| e.file_name())).collect::<io::Result<_>>()?;
    if names.is_empty() {
        return Ok(Occupant::Empty);
    }
    Ok(match manifest(path) {
        Some(ours) => {
            let is_ours =
                |name: &OsString| name == "manifest.json" || ours.iter().any(|n| name == n.as_str());
            Occupant::Ours(names.into_iter().filter(|name| !is_ours(name)).collect())
        }
        None => Occupant::Foreign(names),
    })
}

/// The files that a manifest of ours lists; none where there is no such manifest.
fn manifest(directory: &Path) -> Option<Vec<String>> {
    let path = directory.join("manifest.json");
    if !fs::symlink_metadata(&path).ok()?.is_file() {
        return None;
    }
    let mut text = Vec::new();
    fs::File::open(path).ok()?.take(MANIFEST_BYTES_MAX).read_to_end(&mut text).ok()?;
    report::files_of_manifest(&text)
}
