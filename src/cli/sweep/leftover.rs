//! Rows that a finished study has no use for: those of another seed, scenario or grid, which took time to compute. They
//! stay beside the target, for the study that they belong to.

use super::results::STUDY_ROWS;
use super::store::{Store, is_file, scan, unreadable};
use super::whole::ROWS;
use crate::cli::exit::Failure;
use crate::cli::out::{OutDir, could_not, sync_directory};
use crate::cli::report::sha256;
use crate::cli::terminal::shown;
use crate::study::blocks::{Header, PointDigest, Segment, write_block};
use crate::study::index::Index;
use indicatif::HumanCount;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Rows of finished studies that are kept beside a target at the most, in bytes. Those of interrupted ones, which are
/// nowhere else, are kept whatever they come to.
const BYTES_MAX: u64 = 256 << 20;

/// Rows in a journal that are of no use to the study that has just finished.
#[derive(Debug, Default)]
pub(super) struct Leftover {
    segments: Vec<(PointDigest, Segment)>,
    /// How many runs there was no room for.
    dropped: u64,
}

/// Brings what the study has not used of the directory that it is about to replace into the journal. `used` is how many
/// replications it has of each point.
pub(super) fn carry(
    store: &mut Store,
    index: &Index,
    used: &BTreeMap<PointDigest, u64>,
    most: u64,
) -> Result<Leftover, Failure> {
    let Some((_, journal)) = store.journal_at() else { return Ok(Leftover::default()) };
    let row = u64::from(store.header.width) * 8;
    let (in_journal, elsewhere): (Vec<_>, Vec<_>) =
        index.beyond(used).into_iter().partition(|(_, segment)| segment.file == journal);
    let mut bytes = in_journal.iter().fold(0_u64, |sum, (_, s)| sum.saturating_add(s.count * row));
    let mut left = Leftover { segments: in_journal, dropped: 0 };
    let mut rows = Vec::new();
    for (point, segment) in elsewhere {
        bytes = bytes.saturating_add(segment.count * row);
        if bytes > most {
            left.dropped += segment.count;
            continue;
        }
        rows.clear();
        store.read_rows(&segment, &mut rows)?;
        left.segments.push((point, store.append_rows(&point, segment.from, &rows)?));
    }
    store.settle()?;
    Ok(left)
}

/// The same for a study of its own that is about to replace another one, with its words.
pub(super) fn carry_all(
    out: &OutDir,
    store: &mut Store,
    index: &Index,
    used: &BTreeMap<PointDigest, u64>,
) -> Result<Leftover, Failure> {
    if store.has_journal() {
        keep_foreign(out, &store.header)?;
    }
    carry(store, index, used, BYTES_MAX)
}

/// Leaves no more in the journal than what is left over, and says what that is.
pub(super) fn leave(mut store: Store, left: &Leftover) -> Result<Vec<String>, Failure> {
    let Some((path, _)) = store.journal_at() else { return Ok(Vec::new()) };
    let mut notes = Vec::new();
    if left.dropped > 0 {
        let (dropped, most) = (HumanCount(left.dropped), BYTES_MAX >> 20);
        notes.push(format!("note: {dropped} runs of other points are dropped; {most} MiB of them are kept"));
    }
    if left.segments.is_empty() {
        store.discard_journal()?;
        return Ok(notes);
    }
    let new = path.with_file_name({
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push("-new");
        name
    });
    let failed = |e: io::Error| could_not("write", &new, &e);
    let mut file = BufWriter::new(File::create(&new).map_err(failed)?);
    store.header.write(&mut file).map_err(failed)?;
    let mut rows = Vec::new();
    let mut runs = 0_u64;
    for (point, segment) in &left.segments {
        rows.clear();
        store.read_rows(segment, &mut rows)?;
        write_block(&mut file, point, segment.from, segment.count, &rows).map_err(failed)?;
        runs += segment.count;
    }
    file.flush().and_then(|()| file.get_ref().sync_data()).map_err(failed)?;
    drop((file, store));
    // Until here the journal has all of it.
    fs::rename(&new, &path).map_err(|e| could_not("replace", &path, &e))?;
    sync(&path)?;
    let runs = HumanCount(runs);
    notes.push(format!("note: {runs} runs that this study has no use for stay in `{}`", shown(&path)));
    Ok(notes)
}

/// Makes room for the journal of this study: one with other columns is put aside under a name of its own, and one that
/// was put aside for this study comes back.
pub(super) fn make_room(out: &OutDir, header: &Header) -> Result<Option<String>, Failure> {
    let (journal, ours) = (out.sibling(ROWS), out.sibling(&aside(header)));
    let mut note = None;
    if is_file(&journal) {
        let mut file = File::open(&journal).map_err(|e| unreadable(&journal, &e))?;
        let theirs = Header::read(&mut file).map_err(|e| unreadable(&journal, &e))?;
        if let Some(theirs) = theirs.filter(|theirs| theirs != header) {
            let other = out.sibling(&aside(&theirs));
            rename(&journal, &other)?;
            note = Some(format!("rows of another study stay in `{}`", shown(&other)));
        }
    }
    if is_file(&ours) && journal.symlink_metadata().is_err() {
        rename(&ours, &journal)?;
    }
    Ok(note)
}

/// Rows with other columns in the directory that is about to be replaced: they go where the journal of their study is
/// put aside.
fn keep_foreign(out: &OutDir, header: &Header) -> Result<(), Failure> {
    let path = out.target().join(STUDY_ROWS);
    if !is_file(&path) {
        return Ok(());
    }
    let Some(contents) = scan(&path, 0)?.filter(|contents| contents.header != *header) else { return Ok(()) };
    let mut index = Index::new(contents.header.width as usize);
    let mut store = Store::of_files(contents.header.clone());
    store.journal(out.sibling(&aside(&contents.header)), &mut index)?;
    store.take(&path, &mut index)?;
    carry(&mut store, &index, &BTreeMap::new(), BYTES_MAX).map(drop)
}

/// What is put aside is named after all that its rows must share.
fn aside(header: &Header) -> String {
    let mut bytes = Vec::new();
    // Memory takes everything.
    let _ = header.write(&mut bytes);
    format!("{ROWS}-{}", sha256(&bytes).get(..8).unwrap_or_default())
}

fn rename(from: &Path, to: &Path) -> Result<(), Failure> {
    fs::rename(from, to).map_err(|e| could_not("rename", from, &e))?;
    sync(to)
}

fn sync(path: &Path) -> Result<(), Failure> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    sync_directory(parent.unwrap_or(Path::new("."))).map_err(|e| could_not("write", path, &e))
}
