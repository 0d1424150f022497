//! Rows on a disk, so that no run is computed twice: a header, then blocks, each with its own checksum.
//!
//! A block holds the rows of one point from one replication on. Blocks come in any order and may be torn at the end:
//! whatever follows the first that is not whole is not there. Numbers are little endian.

use crate::record::Column;
use sha2::{Digest, Sha256};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};

/// Begins every file; the number at its end is the format's.
const MAGIC: &[u8; 16] = b"daemonsim rows 1";

/// Bytes of a checksum: half a SHA-256 guards against accidents.
const CHECK: usize = 16;

/// Bytes of a block before its values: the point, the first replication, how many.
const HEAD: usize = 32 + 8 + 8;

/// A longer header than this is none.
const HEADER_MAX: u32 = 1 << 28;

/// SHA-256 of all that a point's runs hang on.
pub type PointDigest = [u8; 32];

/// What must be the same for rows to be of use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Of daemonsim: another one may simulate otherwise.
    pub version: String,
    /// SHA-256 of the columns.
    pub columns: [u8; 32],
    /// How many numbers a row has.
    pub width: u32,
    /// Whatever else belongs to the rows.
    pub note: Vec<u8>,
}

/// Rows of a point, one after the other, and where they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Which file.
    pub file: usize,
    /// The first replication.
    pub from: u64,
    /// How many.
    pub count: u64,
    /// Where in the file the first number is.
    pub offset: u64,
}

/// What a file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    /// What its rows are.
    pub header: Header,
    /// Its blocks, in its order.
    pub blocks: Vec<(PointDigest, Segment)>,
    /// Bytes that are whole.
    pub end: u64,
    /// Whether there is more, which is torn or spoilt.
    pub torn: bool,
}

impl Header {
    /// Of rows that this program computes.
    pub fn new(columns: &[Column], note: Vec<u8>) -> Header {
        let mut hash = Sha256::new();
        for Column { name, unit, optional } in columns {
            hash.update(format!("{name}\0{unit:?}\0{optional}\0"));
        }
        Header {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            columns: hash.finalize().into(),
            width: u32::try_from(columns.len()).unwrap_or(u32::MAX),
            note,
        }
    }

    /// Begins a file.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let mut body = Vec::new();
        body.extend_from_slice(&(self.version.len() as u64).to_le_bytes());
        body.extend_from_slice(self.version.as_bytes());
        body.extend_from_slice(&self.columns);
        body.extend_from_slice(&self.width.to_le_bytes());
        body.extend_from_slice(&self.note);
        let length = u32::try_from(body.len()).ok().filter(|length| *length <= HEADER_MAX);
        let length = length.ok_or_else(|| io::Error::other("too much belongs to these rows"))?;
        out.write_all(MAGIC)?;
        out.write_all(&length.to_le_bytes())?;
        out.write_all(&body)?;
        out.write_all(&check(&[&body]))
    }

    /// How many bytes it has in a file.
    pub fn bytes(&self) -> u64 {
        (MAGIC.len() + 4 + 8 + self.version.len() + 32 + 4 + self.note.len() + CHECK) as u64
    }

    /// None: this is no file of rows, or its beginning is spoilt.
    ///
    /// # Errors
    ///
    /// Those of `from`.
    pub fn read(from: &mut impl Read) -> io::Result<Option<Header>> {
        let mut start = [0; MAGIC.len() + 4];
        if !fill(from, &mut start)? || !start.starts_with(MAGIC) {
            return Ok(None);
        }
        let length = u32::from_le_bytes(array(&start[MAGIC.len()..]));
        if length > HEADER_MAX {
            return Ok(None);
        }
        let mut body = Vec::new();
        from.take(u64::from(length)).read_to_end(&mut body)?;
        let mut sum = [0; CHECK];
        if body.len() != length as usize || !fill(from, &mut sum)? || sum != check(&[&body]) {
            return Ok(None);
        }
        Ok(Header::parse(&body))
    }

    fn parse(body: &[u8]) -> Option<Header> {
        let (length, rest) = body.split_at_checked(8)?;
        let (version, rest) =
            rest.split_at_checked(usize::try_from(u64::from_le_bytes(array(length))).ok()?)?;
        let (columns, rest) = rest.split_at_checked(32)?;
        let (width, note) = rest.split_at_checked(4)?;
        Some(Header {
            version: String::from_utf8(version.to_vec()).ok()?,
            columns: array(columns),
            width: u32::from_le_bytes(array(width)),
            note: note.to_vec(),
        })
    }
}

impl Contents {
    /// Looks through a whole file, from its start; none when it is no file of rows. `file` is what its segments say.
    pub fn scan(from: &mut impl Read, file: usize) -> io::Result<Option<Contents>> {
        let mut from = BufReader::with_capacity(1 << 16, from);
        let Some(header) = Header::read(&mut from)? else { return Ok(None) };
        let end = header.bytes();
        let mut contents = Contents { header, blocks: Vec::new(), end, torn: false };
        let row = u64::from(contents.header.width) * 8;
        loop {
            let mut head = [0; HEAD];
            let read = fill_some(&mut from, &mut head)?;
            if read < HEAD {
                contents.torn = read > 0;
                return Ok(Some(contents));
            }
            let count = u64::from_le_bytes(array(&head[40..]));
            let (Some(bytes), true) = (count.checked_mul(row), count > 0) else {
                contents.torn = true;
                return Ok(Some(contents));
            };
            let mut hash = Sha256::new();
            hash.update(head);
            let passed = io::copy(&mut (&mut from).take(bytes), &mut Hashing(&mut hash))?;
            let mut sum = [0; CHECK];
            if passed != bytes || !fill(&mut from, &mut sum)? || sum != cut(hash) {
                contents.torn = true;
                return Ok(Some(contents));
            }
            let offset = contents.end + HEAD as u64;
            let first = u64::from_le_bytes(array(&head[32..40]));
            contents.blocks.push((array(&head[..32]), Segment { file, from: first, count, offset }));
            contents.end = offset + bytes + CHECK as u64;
        }
    }
}

/// Adds a block of whole rows; tells how many bytes it has.
pub fn write_block(
    out: &mut impl Write,
    point: &PointDigest,
    from: u64,
    count: u64,
    values: &[u64],
) -> io::Result<u64> {
    let mut bytes = Vec::with_capacity(HEAD + values.len() * 8 + CHECK);
    bytes.extend_from_slice(point);
    bytes.extend_from_slice(&from.to_le_bytes());
    bytes.extend_from_slice(&count.to_le_bytes());
    bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    let sum = check(&[&bytes]);
    bytes.extend_from_slice(&sum);
    out.write_all(&bytes)?;
    Ok(bytes.len() as u64)
}

/// Bytes of a block before its numbers.
pub const fn head_bytes() -> u64 {
    HEAD as u64
}

/// Adds the numbers of a segment to `rows`.
pub fn read_rows(
    from: &mut (impl Read + Seek),
    segment: &Segment,
    width: usize,
    rows: &mut Vec<u64>,
) -> io::Result<()> {
    let mut bytes = vec![0; usize::try_from(segment.count).unwrap_or(usize::MAX).saturating_mul(width * 8)];
    from.seek(SeekFrom::Start(segment.offset))?;
    from.read_exact(&mut bytes)?;
    rows.extend(bytes.chunks_exact(8).map(|chunk| u64::from_le_bytes(array(chunk))));
    Ok(())
}

/// Bytes that pass through a hash.
struct Hashing<'h>(&'h mut Sha256);

impl Write for Hashing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn check(parts: &[&[u8]]) -> [u8; CHECK] {
    let mut hash = Sha256::new();
    parts.iter().for_each(|part| hash.update(part));
    cut(hash)
}

fn cut(hash: Sha256) -> [u8; CHECK] {
    array(&hash.finalize()[..CHECK])
}

/// The first bytes; there are enough of them wherever this is called.
fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut array = [0; N];
    array.copy_from_slice(&bytes[..N]);
    array
}

/// Whether there were enough bytes.
fn fill(from: &mut impl Read, buffer: &mut [u8]) -> io::Result<bool> {
    Ok(fill_some(from, buffer)? == buffer.len())
}

/// As many bytes as there are.
fn fill_some(from: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match from.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => (),
            Err(e) => return Err(e),
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Unit;
    use std::io::Cursor;

    fn header() -> Header {
        let column = |name: &str| Column { name: name.to_owned(), unit: Unit::Count, optional: false };
        Header::new(&[column("a"), column("b")], b"a note".to_vec())
    }

    /// Two blocks: rows 3 and 4 of one point, row 0 of another.
    fn file() -> Vec<u8> {
        let mut bytes = Vec::new();
        header().write(&mut bytes).expect("memory");
        write_block(&mut bytes, &[1; 32], 3, 2, &[30, 31, 40, 41]).expect("memory");
        write_block(&mut bytes, &[2; 32], 0, 1, &[7, u64::MAX]).expect("memory");
        bytes
    }

    fn scan(mut bytes: &[u8]) -> Option<Contents> {
        Contents::scan(&mut bytes, 5).expect("memory")
    }

    #[test]
    fn what_is_written_is_read() {
        let bytes = file();
        let contents = scan(&bytes).expect("a file of rows");
        assert_eq!((contents.header, contents.torn), (header(), false));
        assert_eq!(contents.end, bytes.len() as u64);
        let [(one, first), (two, second)] = contents.blocks[..] else { panic!("two blocks") };
        assert_eq!((one, two), ([1; 32], [2; 32]));
        assert_eq!((first.file, first.from, first.count, second.from, second.count), (5, 3, 2, 0, 1));
        let mut rows = Vec::new();
        read_rows(&mut Cursor::new(&bytes), &second, 2, &mut rows).expect("memory");
        read_rows(&mut Cursor::new(&bytes), &first, 2, &mut rows).expect("memory");
        assert_eq!(rows, [7, u64::MAX, 30, 31, 40, 41]);
    }

    #[test]
    fn a_file_cut_anywhere_keeps_the_blocks_before() {
        let bytes = file();
        let starts = scan(&bytes)
            .expect("a file of rows")
            .blocks
            .iter()
            .map(|(_, s)| s.offset - 48)
            .collect::<Vec<_>>();
        for length in 0..bytes.len() {
            let Some(contents) = scan(&bytes[..length]) else {
                assert!((length as u64) < starts[0], "{length}");
                continue;
            };
            let whole = usize::from(length as u64 >= starts[1]);
            assert_eq!(contents.blocks.len(), whole, "{length}");
            assert_eq!(contents.torn, !starts.contains(&(length as u64)), "{length}");
            assert_eq!(contents.end, starts[whole], "{length}");
        }
    }

    #[test]
    fn a_spoilt_byte_is_noticed_wherever_it_is() {
        let bytes = file();
        let whole = scan(&bytes).expect("a file of rows");
        for at in 0..bytes.len() {
            let mut spoilt = bytes.clone();
            spoilt[at] ^= 0x40;
            let contents = scan(&spoilt);
            assert_ne!(contents.as_ref(), Some(&whole), "{at}");
            assert!(contents.is_none_or(|c| c.torn && whole.blocks.starts_with(&c.blocks)), "{at}");
        }
    }

    #[test]
    fn other_columns_make_another_header() {
        let column = |name: &str, unit| Column { name: name.to_owned(), unit, optional: false };
        let of = |columns: &[Column]| Header::new(columns, Vec::new()).columns;
        let base = of(&[column("a", Unit::Count), column("b", Unit::Count)]);
        assert_ne!(base, of(&[column("b", Unit::Count), column("a", Unit::Count)]));
        assert_ne!(base, of(&[column("a", Unit::Count), column("b", Unit::Flag)]));
        assert_ne!(base, of(&[column("a", Unit::Count)]));
    }
}
