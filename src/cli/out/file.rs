//! One file of the output directory.

use crate::cli::report::{FileDigest, HashingWriter};
use std::cell::RefCell;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// Large enough that a row costs no system call.
const BUFFER_BYTES: usize = 1 << 16;

/// A file being written; its digest is taken on the way.
#[derive(Debug)]
pub(in crate::cli) struct OutFile {
    name: String,
    inner: BufWriter<HashingWriter<Watched>>,
}

/// The first write that failed, of all files of a directory: to which file, and why.
pub(super) type Trouble = Rc<RefCell<Option<(PathBuf, io::Error)>>>;

/// A file that tells when a write has failed, to whoever could spare the work of more.
#[derive(Debug)]
struct Watched {
    file: File,
    /// Where it is going to be.
    path: PathBuf,
    trouble: Trouble,
}

impl OutFile {
    /// A new file in `directory`, which is going to be `target`.
    pub(super) fn create(
        directory: &Path,
        target: &Path,
        name: &str,
        trouble: Trouble,
    ) -> io::Result<OutFile> {
        let file = OpenOptions::new().write(true).create_new(true).open(directory.join(name))?;
        let hashing = HashingWriter::new(Watched { file, path: target.join(name), trouble });
        Ok(OutFile { name: name.to_owned(), inner: BufWriter::with_capacity(BUFFER_BYTES, hashing) })
    }

    /// Its name in the directory.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Brings it to the disk.
    pub(super) fn close(self) -> io::Result<FileDigest> {
        let hashing = self.inner.into_inner().map_err(io::IntoInnerError::into_error)?;
        let (Watched { file, .. }, digest) = hashing.finish(&self.name);
        file.sync_all()?;
        Ok(digest)
    }
}

impl Write for OutFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.inner.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl Write for Watched {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes).inspect_err(|error| {
            let copy = error.raw_os_error().map_or_else(|| error.kind().into(), io::Error::from_raw_os_error);
            self.trouble.borrow_mut().get_or_insert_with(|| (self.path.clone(), copy));
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Brings a directory's list of files to the disk, where the system can.
pub(in crate::cli) fn sync_directory(directory: &Path) -> io::Result<()> {
    if cfg!(not(unix)) {
        return Ok(());
    }
    match File::open(directory).and_then(|opened| opened.sync_all()) {
        // Some file systems have no such thing for directories.
        Err(e) if matches!(e.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => Ok(()),
        done => done,
    }
}
