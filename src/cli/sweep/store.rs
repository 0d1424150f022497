//! The files in which computed rows are kept.

use super::journal::Journal;
use crate::cli::exit::Failure;
use crate::cli::out::could_not;
use crate::cli::terminal::shown;
use crate::study::blocks::{self, Contents, Header, PointDigest, Segment};
use crate::study::campaign::Keep;
use crate::study::index::Index;
use std::fs::{self, File};
use std::io::{self, Cursor};
use std::path::{Path, PathBuf};

/// Rows that are there, and a place for more.
#[derive(Debug)]
pub(super) struct Store {
    pub(super) header: Header,
    files: Vec<PathBuf>,
    /// The one that was read last.
    open: Option<(usize, File)>,
    more: More,
    /// What is worth telling about the files.
    pub(super) notes: Vec<String>,
}

/// Where more rows go.
#[derive(Debug)]
enum More {
    /// Nowhere: they are handed over at once, or there are none.
    Nowhere,
    /// For as long as they are needed.
    Memory(Cursor<Vec<u8>>),
    /// Where the next try finds them.
    Journal(Journal),
}

impl Store {
    /// Without files; `keeps` rows in memory until they have been handed over, for whoever reads them twice.
    pub(super) fn without_files(header: Header, keeps: bool) -> Store {
        let more = if keeps { More::Memory(Cursor::default()) } else { More::Nowhere };
        Store { header, files: Vec::new(), open: None, more, notes: Vec::new() }
    }

    /// What these files hold; nothing is added to them.
    pub(super) fn of_files(header: Header) -> Store {
        Store::without_files(header, false)
    }

    /// Takes in the rows of a file, if they are of any use; tells what it holds.
    pub(super) fn take(&mut self, path: &Path, index: &mut Index) -> Result<Option<Contents>, Failure> {
        let number = self.files.len();
        let Some(contents) = scan(path, number)? else { return Ok(None) };
        if self.is_of_use(&contents.header) {
            contents.blocks.iter().for_each(|(point, segment)| index.insert(point, segment));
            self.files.push(path.to_owned());
        }
        Ok(Some(contents))
    }

    /// Takes in the rows of a file of which it is known that they are of use.
    pub(super) fn add(&mut self, path: &Path, contents: &Contents, index: &mut Index) {
        let file = self.files.len();
        for (point, segment) in &contents.blocks {
            index.insert(point, &Segment { file, ..*segment });
        }
        self.files.push(path.to_owned());
    }

    /// Rows of a finished study, as far as they are of use.
    pub(super) fn take_finished(&mut self, path: &Path, index: &mut Index) -> Result<(), Failure> {
        if !is_file(path) {
            return Ok(());
        }
        match self.take(path, index)? {
            Some(contents) => self.remark(path, &contents),
            None => self.notes.push(format!("`{}` is spoilt; its runs are computed anew", shown(path))),
        }
        Ok(())
    }

    /// Goes on with a journal, or begins one when there is something to write.
    pub(super) fn journal(&mut self, path: PathBuf, index: &mut Index) -> Result<(), Failure> {
        if path.is_symlink() {
            return Err(Failure::io(format!("`{}` is a symbolic link", shown(&path))));
        }
        let (file, mut end) = (self.files.len(), 0);
        // Where it is no file of rows nothing has reached it, or its very beginning is spoilt.
        if let Some(contents) = if is_file(&path) { self.take(&path, index)? } else { None } {
            self.remark(&path, &contents);
            if self.is_of_use(&contents.header) {
                end = contents.end;
            }
        }
        self.files.truncate(file);
        self.files.push(path.clone());
        self.more = More::Journal(Journal::new(path, file, end));
        Ok(())
    }

    fn is_of_use(&self, header: &Header) -> bool {
        *header == self.header
    }

    fn remark(&mut self, path: &Path, contents: &Contents) {
        let (path, theirs) = (shown(path), &contents.header);
        if theirs.version != self.header.version {
            let version = shown(&theirs.version);
            self.notes.push(format!("`{path}` is by daemonsim {version}; its runs are computed anew"));
        } else if !self.is_of_use(theirs) {
            self.notes.push(format!("`{path}` is of another study; its runs are computed anew"));
        } else if contents.torn {
            self.notes.push(format!("`{path}` is not whole; what follows the damage is computed anew"));
        }
    }

    /// Brings what has been added to the disk.
    pub(super) fn settle(&mut self) -> Result<(), Failure> {
        match &mut self.more {
            More::Journal(journal) => journal.sync(),
            More::Nowhere | More::Memory(_) => Ok(()),
        }
    }

    /// Whether more rows outlive the program.
    pub(super) fn has_journal(&self) -> bool {
        matches!(self.more, More::Journal(_))
    }

    /// Where more rows outlive the program, and what its segments say.
    pub(super) fn journal_at(&self) -> Option<(PathBuf, usize)> {
        match &self.more {
            More::Journal(journal) => Some((journal.path().to_owned(), journal.file())),
            More::Nowhere | More::Memory(_) => None,
        }
    }

    /// Its rows have found another place.
    pub(super) fn discard_journal(mut self) -> Result<(), Failure> {
        self.open = None;
        match self.more {
            More::Journal(journal) => journal.remove(),
            More::Nowhere | More::Memory(_) => Ok(()),
        }
    }

    /// A finished journal, on the disk, and even when it has no rows.
    pub(super) fn close_journal(mut self) -> Result<(), Failure> {
        self.open = None;
        match &mut self.more {
            More::Journal(journal) => {
                journal.begin(&self.header)?;
                journal.sync()
            }
            More::Nowhere | More::Memory(_) => Ok(()),
        }
    }

    pub(super) fn read_rows(&mut self, segment: &Segment, rows: &mut Vec<u64>) -> Result<(), Failure> {
        let width = self.header.width as usize;
        match &mut self.more {
            More::Memory(bytes) => blocks::read_rows(bytes, segment, width, rows)
                .map_err(|e| unreadable(Path::new("memory"), &e)),
            More::Journal(journal) if journal.file() == segment.file => {
                journal.flush()?;
                self.read_file(segment, rows)
            }
            More::Nowhere | More::Journal(_) => self.read_file(segment, rows),
        }
    }

    fn read_file(&mut self, segment: &Segment, rows: &mut Vec<u64>) -> Result<(), Failure> {
        let path = &self.files[segment.file];
        let failed = |e: io::Error| unreadable(path, &e);
        let file = match &mut self.open {
            Some((number, file)) if *number == segment.file => file,
            other => &mut other.insert((segment.file, File::open(path).map_err(failed)?)).1,
        };
        blocks::read_rows(file, segment, self.header.width as usize, rows).map_err(failed)
    }

    pub(super) fn append_rows(
        &mut self,
        point: &PointDigest,
        from: u64,
        rows: &[u64],
    ) -> Result<Segment, Failure> {
        let count = (rows.len() / (self.header.width as usize).max(1)) as u64;
        let (file, start) = match &mut self.more {
            More::Nowhere => (0, 0),
            More::Memory(bytes) => {
                let start = bytes.get_ref().len() as u64;
                bytes.set_position(start);
                blocks::write_block(bytes, point, from, count, rows)
                    .map_err(|e| Failure::io(format!("could not keep rows: {e}")))?;
                (0, start)
            }
            More::Journal(journal) => {
                (journal.file(), journal.append(&self.header, point, from, count, rows)?)
            }
        };
        Ok(Segment { file, from, count, offset: start + blocks::head_bytes() })
    }

    fn forget(&mut self) -> bool {
        match &mut self.more {
            More::Memory(bytes) => {
                bytes.get_mut().clear();
                true
            }
            More::Nowhere | More::Journal(_) => false,
        }
    }
}

/// What a file of rows holds; none when it is something else.
pub(super) fn scan(path: &Path, number: usize) -> Result<Option<Contents>, Failure> {
    let mut file = File::open(path).map_err(|e| unreadable(path, &e))?;
    Contents::scan(&mut file, number).map_err(|e| unreadable(path, &e))
}

/// A store, and whoever is asked whether to go on.
pub(super) struct Keeper<'a> {
    pub(super) store: Store,
    /// Rows added to it.
    pub(super) added: u64,
    pub(super) go_on: Box<dyn FnMut() -> Result<(), Failure> + 'a>,
}

impl Keep for Keeper<'_> {
    type Error = Failure;

    fn read(&mut self, segment: &Segment, rows: &mut Vec<u64>) -> Result<(), Failure> {
        self.store.read_rows(segment, rows)
    }

    fn append(&mut self, point: &PointDigest, from: u64, rows: &[u64]) -> Result<Segment, Failure> {
        let segment = self.store.append_rows(point, from, rows)?;
        self.added += segment.count;
        Ok(segment)
    }

    fn go_on(&mut self) -> Result<(), Failure> {
        if let More::Journal(journal) = &mut self.store.more {
            journal.now_and_then()?;
        }
        (self.go_on)()
    }

    fn forget(&mut self) -> bool {
        self.store.forget()
    }
}

/// Links are not followed.
pub(super) fn is_file(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file())
}

pub(super) fn unreadable(path: &Path, error: &io::Error) -> Failure {
    could_not("read", path, error)
}
