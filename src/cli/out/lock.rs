//! One run at a time into one directory.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

/// A lock file beside the target. The system lets go of it when its process dies, so a stale file locks nobody out.
#[derive(Debug)]
pub(super) struct Lock {
    path: PathBuf,
    file: Option<File>,
}

/// Why the lock cannot be had.
#[derive(Debug)]
pub(super) enum Held {
    /// Another run has it; its process, if it has said so yet.
    By(Option<u32>),
    /// It cannot be made.
    Error(io::Error),
}

impl Lock {
    pub(super) fn acquire(path: &Path) -> Result<Lock, Held> {
        loop {
            if path.is_symlink() {
                return Err(Held::Error(io::Error::other("the lock file is a symbolic link")));
            }
            let mut file = OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .open(path)
                .map_err(Held::Error)?;
            match file.try_lock() {
                Ok(()) => (),
                Err(TryLockError::WouldBlock) => return Err(Held::By(owner(&mut file))),
                // A file system without locks, as some network mounts are: the renames still keep results whole.
                Err(TryLockError::Error(e)) if e.kind() == io::ErrorKind::Unsupported => (),
                Err(TryLockError::Error(e)) => return Err(Held::Error(e)),
            }
            // Its last owner may have removed it between our opening and our locking it.
            if is_still(&file, path) {
                // The number is for the other's message only; a full disk shows itself at the results.
                let _ = claim(&mut file);
                return Ok(Lock { path: path.to_owned(), file: Some(file) });
            }
        }
    }

    /// Lets go of it, and leaves no file.
    pub(super) fn release(&mut self) {
        if let Some(file) = self.file.take() {
            let _ = fs::remove_file(&self.path);
            drop(file);
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        self.release();
    }
}

fn claim(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    writeln!(file, "{}", std::process::id())
}

fn owner(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.rewind().ok()?;
    file.take(32).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

#[cfg(unix)]
fn is_still(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let same = |a: &fs::Metadata, b: &fs::Metadata| (a.dev(), a.ino()) == (b.dev(), b.ino());
    match (file.metadata(), fs::symlink_metadata(path)) {
        (Ok(ours), Ok(there)) => same(&ours, &there),
        _ => false,
    }
}

/// Where an open file cannot be removed, it is still there.
#[cfg(not(unix))]
fn is_still(_: &File, _: &Path) -> bool {
    true
}
