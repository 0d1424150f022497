//! Which rows there are already, and which are missing.

use super::blocks::{PointDigest, Segment};
use std::collections::BTreeMap;
use std::ops::Range;

/// Rows that are read in one go.
const ROWS_AT_ONCE: u64 = 1024;

/// Where the rows of each point are, each row once.
#[derive(Clone, Debug, Default)]
pub struct Index {
    points: BTreeMap<PointDigest, BTreeMap<u64, Segment>>,
    rows: u64,
    /// Bytes of a row.
    row: u64,
}

/// Rows of one point that are dealt with together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// They are there.
    Stored(Segment),
    /// They are still to be computed.
    Missing(Range<u64>),
}

impl Index {
    /// Of rows with so many numbers.
    pub fn new(width: usize) -> Index {
        Index { row: width as u64 * 8, ..Index::default() }
    }

    /// How many rows there are.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// How many of them are of this point's replications.
    pub fn rows_of(&self, point: &PointDigest, wanted: &Range<u64>) -> u64 {
        let segments = self.points.get(point).into_iter().flat_map(BTreeMap::values);
        let common = |s: &Segment| wanted.end.min(end(s)).saturating_sub(wanted.start.max(s.from));
        segments.map(common).sum()
    }

    /// More rows; those that are there already are not taken twice.
    pub fn insert(&mut self, point: &PointDigest, segment: &Segment) {
        let gaps: Vec<Range<u64>> =
            Pieces { segments: self.points.get(point), row: self.row, at: segment.from }
                .upto(end(segment), u64::MAX)
                .filter_map(|piece| match piece {
                    Piece::Missing(gap) => Some(gap),
                    Piece::Stored(_) => None,
                })
                .collect();
        let segments = self.points.entry(*point).or_default();
        for gap in gaps {
            self.rows += gap.end - gap.start;
            segments.insert(gap.start, part(segment, &gap, self.row));
        }
    }

    /// The rows of other points than these, and those of further replications: each point here has been used up to a
    /// count.
    pub fn beyond(&self, used: &BTreeMap<PointDigest, u64>) -> Vec<(PointDigest, Segment)> {
        let all = self.points.iter().flat_map(|(point, segments)| {
            let from = used.get(point).copied().unwrap_or(0);
            segments.values().filter(move |segment| end(segment) > from).map(move |segment| {
                let from = segment.from.max(from);
                (*point, part(segment, &(from..end(segment)), self.row))
            })
        });
        all.collect()
    }

    /// Forgets all of it.
    pub fn clear(&mut self) {
        self.points.clear();
        self.rows = 0;
    }

    /// These replications of a point, in their order; what is missing in batches of at most `batch`.
    pub fn pieces(
        &self,
        point: &PointDigest,
        wanted: Range<u64>,
        batch: u64,
    ) -> impl Iterator<Item = Piece> + use<'_> {
        Pieces { segments: self.points.get(point), row: self.row, at: wanted.start }.upto(wanted.end, batch)
    }
}

/// Walks along the replications of a point.
struct Pieces<'i> {
    segments: Option<&'i BTreeMap<u64, Segment>>,
    row: u64,
    at: u64,
}

impl<'i> Pieces<'i> {
    fn upto(mut self, last: u64, batch: u64) -> impl Iterator<Item = Piece> + use<'i> {
        std::iter::from_fn(move || {
            let at = self.at;
            if at >= last {
                return None;
            }
            let before = self.segments.and_then(|s| s.range(..=at).next_back()).map(|(_, segment)| segment);
            if let Some(segment) = before.filter(|segment| end(segment) > at) {
                self.at = end(segment).min(last).min(at + ROWS_AT_ONCE);
                return Some(Piece::Stored(part(segment, &(at..self.at), self.row)));
            }
            let next = self.segments.and_then(|s| s.range(at..).next()).map_or(last, |(from, _)| *from);
            self.at = next.min(last).min(at.saturating_add(batch.max(1)));
            Some(Piece::Missing(at..self.at))
        })
    }
}

fn end(segment: &Segment) -> u64 {
    segment.from.saturating_add(segment.count)
}

/// Those replications of a segment, which it has.
fn part(segment: &Segment, range: &Range<u64>, row: u64) -> Segment {
    Segment {
        file: segment.file,
        from: range.start,
        count: range.end - range.start,
        offset: segment.offset + (range.start - segment.from) * row,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POINT: PointDigest = [3; 32];

    fn segment(from: u64, count: u64, offset: u64) -> Segment {
        Segment { file: 0, from, count, offset }
    }

    /// Rows of two numbers, 16 bytes each.
    fn index(segments: &[Segment]) -> Index {
        let mut index = Index::new(2);
        segments.iter().for_each(|segment| index.insert(&POINT, segment));
        index
    }

    fn pieces(index: &Index, wanted: Range<u64>, batch: u64) -> Vec<Piece> {
        index.pieces(&POINT, wanted, batch).collect()
    }

    #[test]
    fn what_is_missing_comes_in_batches() {
        let missing = |ranges: &[Range<u64>]| ranges.iter().cloned().map(Piece::Missing).collect::<Vec<_>>();
        assert_eq!(pieces(&index(&[]), 0..10, 4), missing(&[0..4, 4..8, 8..10]));
        assert_eq!(pieces(&index(&[]), 3..3, 4), []);
        let index = index(&[segment(4, 3, 1000), segment(9, 5, 5000)]);
        assert_eq!(
            pieces(&index, 0..12, 3),
            [
                Piece::Missing(0..3),
                Piece::Missing(3..4),
                Piece::Stored(segment(4, 3, 1000)),
                Piece::Missing(7..9),
                Piece::Stored(segment(9, 3, 5000)),
            ]
        );
        // In the midst of a segment: two rows further on.
        assert_eq!(pieces(&index, 11..12, 3), [Piece::Stored(segment(11, 1, 5032))]);
        assert_eq!(
            (index.rows(), index.rows_of(&POINT, &(5..10)), index.rows_of(&[0; 32], &(0..99))),
            (8, 3, 0)
        );
    }

    #[test]
    fn rows_that_are_there_twice_count_once() {
        let index = index(&[segment(5, 5, 1000), segment(0, 20, 4000), segment(6, 2, 9000)]);
        assert_eq!(index.rows(), 20);
        assert_eq!(
            pieces(&index, 0..20, 64),
            [
                Piece::Stored(segment(0, 5, 4000)),
                Piece::Stored(segment(5, 5, 1000)),
                Piece::Stored(segment(10, 10, 4160)),
            ]
        );
    }

    #[test]
    fn what_a_study_has_not_used_is_what_is_beyond_its_counts() {
        let mut index = index(&[segment(0, 5, 1000), segment(5, 5, 4000)]);
        index.insert(&[4; 32], &segment(0, 2, 9000));
        let used = |count| BTreeMap::from([(POINT, count)]);
        let other = ([4; 32], segment(0, 2, 9000));
        assert_eq!(index.beyond(&used(10)), [other]);
        assert_eq!(index.beyond(&used(7)), [(POINT, segment(7, 3, 4032)), other]);
        assert_eq!(index.beyond(&BTreeMap::new()).len(), 3);
    }

    #[test]
    fn endless_studies_are_asked_for_piece_by_piece() {
        let first: Vec<Piece> = index(&[]).pieces(&POINT, 0..u64::MAX, 7).take(2).collect();
        assert_eq!(first, [Piece::Missing(0..7), Piece::Missing(7..14)]);
    }

    #[test]
    fn long_segments_are_read_in_parts() {
        let index = index(&[segment(0, 3000, 0)]);
        let counts: Vec<u64> = pieces(&index, 0..3000, 64)
            .iter()
            .map(|piece| match piece {
                Piece::Stored(segment) => segment.count,
                Piece::Missing(_) => 0,
            })
            .collect();
        assert_eq!(counts, [1024, 1024, 952]);
    }
}
