//! The journal of a sweep: rows in the order in which they were computed, for the next try.

use crate::cli::exit::Failure;
use crate::cli::out::{could_not, sync_directory};
use crate::study::blocks::{Header, PointDigest, write_block};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// What a power cut may cost.
const SYNC: Duration = Duration::from_secs(1);

/// What a killed process may cost.
const FLUSH: Duration = Duration::from_millis(50);

/// A file beside the target, which outlives the program.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    file: usize,
    /// None until there is something to write.
    out: Option<BufWriter<File>>,
    /// Bytes of it that are whole.
    end: u64,
    /// Whether all of it is on the disk.
    safe: bool,
    flushed: Instant,
    synced: Instant,
}

impl Journal {
    /// A journal of which so many bytes are whole; `file` is what its segments say.
    #[expect(clippy::disallowed_methods, reason = "how often a file is brought to the disk moves no result")]
    pub(super) fn new(path: PathBuf, file: usize, end: u64) -> Journal {
        let now = Instant::now();
        Journal { path, file, out: None, end, safe: true, flushed: now, synced: now }
    }

    /// What its segments say.
    pub(super) fn file(&self) -> usize {
        self.file
    }

    /// Adds a block; tells where it begins.
    pub(super) fn append(
        &mut self,
        header: &Header,
        point: &PointDigest,
        from: u64,
        count: u64,
        rows: &[u64],
    ) -> Result<u64, Failure> {
        let written = write_block(self.writer(header)?, point, from, count, rows);
        let start = self.end;
        self.end += written.map_err(|e| could_not("write", &self.path, &e))?;
        self.safe = false;
        self.now_and_then()?;
        Ok(start)
    }

    /// Makes the file, if there is none yet.
    pub(super) fn begin(&mut self, header: &Header) -> Result<(), Failure> {
        self.writer(header).map(drop)
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Removes the file.
    pub(super) fn remove(self) -> Result<(), Failure> {
        let Journal { path, out, .. } = self;
        drop(out);
        match fs::remove_file(&path) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(could_not("remove", &path, &e)),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// What follows the last whole block is cut off before anything is added.
    fn writer(&mut self, header: &Header) -> Result<&mut BufWriter<File>, Failure> {
        let failed = |e: io::Error| could_not("write", &self.path, &e);
        if self.out.is_none() {
            let file = OpenOptions::new().append(true).create(true).open(&self.path).map_err(failed)?;
            file.set_len(self.end).map_err(failed)?;
            // A power cut might forget that there is such a file.
            let parent = self.path.parent().filter(|parent| !parent.as_os_str().is_empty());
            sync_directory(parent.unwrap_or(Path::new("."))).map_err(failed)?;
            let mut out = BufWriter::with_capacity(1 << 16, file);
            if self.end == 0 {
                header.write(&mut out).map_err(failed)?;
                self.end = header.bytes();
            }
            self.out = Some(out);
        }
        self.out.as_mut().ok_or_else(|| Failure::io("there is no journal"))
    }

    /// Brings it nearer to the disk, if it is time.
    #[expect(clippy::disallowed_methods, reason = "how often a file is brought to the disk moves no result")]
    pub(super) fn now_and_then(&mut self) -> Result<(), Failure> {
        if self.safe {
            return Ok(());
        }
        let now = Instant::now();
        if now.duration_since(self.synced) >= SYNC {
            (self.synced, self.flushed) = (now, now);
            self.sync()
        } else if now.duration_since(self.flushed) >= FLUSH {
            self.flushed = now;
            self.flush()
        } else {
            Ok(())
        }
    }

    /// A killed process loses nothing of it.
    pub(super) fn flush(&mut self) -> Result<(), Failure> {
        match &mut self.out {
            Some(out) => out.flush().map_err(|e| could_not("write", &self.path, &e)),
            None => Ok(()),
        }
    }

    /// A power cut loses nothing of it.
    pub(super) fn sync(&mut self) -> Result<(), Failure> {
        self.flush()?;
        if let Some(out) = &self.out {
            out.get_ref().sync_data().map_err(|e| could_not("write", &self.path, &e))?;
        }
        self.safe = true;
        Ok(())
    }
}
