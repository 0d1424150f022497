//! A study whose rows are kept: what is there is read, what is missing is computed, and all of it is handed over in one
//! order — point by point, replication by replication — whatever was there.

use super::blocks::{PointDigest, Segment};
use super::crew::{Control, Crew};
use super::index::{Index, Piece};
use super::precision::{Goal, Precision};
use super::runs::{Batch, Study};
use std::cell::{Cell, RefCell};
use std::ops::{ControlFlow, Range};

/// Points for which `auto` decides at the same time: enough to keep all cores busy.
const WINDOW: usize = 32;

/// Where rows are kept, and who is asked whether to go on.
pub trait Keep {
    /// Why it could not be done, or should not go on.
    type Error;

    /// Adds the rows of a segment to `rows`.
    fn read(&mut self, segment: &Segment, rows: &mut Vec<u64>) -> Result<(), Self::Error>;

    /// Takes computed rows of a point, from a replication on; tells where they are.
    fn append(&mut self, point: &PointDigest, from: u64, rows: &[u64]) -> Result<Segment, Self::Error>;

    /// Asked now and then.
    fn go_on(&mut self) -> Result<(), Self::Error>;

    /// What has been handed over is not needed any more. Whether all rows are gone now.
    fn forget(&mut self) -> bool {
        false
    }
}

/// Who gets the rows, in their order.
pub trait Sink<E> {
    /// A run of a point.
    fn row(&mut self, point: usize, replication: u64, row: &[u64]) -> Result<(), E>;

    /// Those were all of this point; `imprecise`: they were to be more precise than they are.
    fn point(&mut self, point: usize, imprecise: bool) -> Result<(), E>;
}

/// How many replications of each point.
#[derive(Clone, Debug, PartialEq)]
pub enum Count {
    /// So many.
    Number(u64),
    /// As many as it takes.
    Auto(Goal),
}

/// Replications of a point.
pub type Wanted = (usize, Range<u64>);

/// What `auto` found for a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// So many replications.
    pub replications: u64,
    /// Whether they are as many as may be, and still not enough.
    pub imprecise: bool,
}

/// Why a campaign ended early.
#[derive(Debug)]
pub enum Halt<E> {
    /// It was told to, through its [`Control`].
    Stopped,
    /// These are not there, and nothing is to be computed.
    Missing(Batch),
    /// As its [`Keep`] or its [`Sink`] said.
    Failed(E),
}

/// A study and its rows.
#[derive(Debug)]
pub struct Campaign<'s, K> {
    study: &'s Study,
    crew: &'s Crew,
    control: &'s Control,
    /// Which rows there are.
    pub index: Index,
    /// Where they are.
    pub keep: K,
    /// Whether what is missing is computed.
    pub computes: bool,
    /// Batch sizes of the points, where they have been asked for.
    sizes: Vec<Cell<u64>>,
}

impl<'s, K: Keep> Campaign<'s, K> {
    /// Of a study of which these rows are there.
    pub fn new(
        study: &'s Study,
        crew: &'s Crew,
        control: &'s Control,
        index: Index,
        keep: K,
    ) -> Campaign<'s, K> {
        let sizes = study.points.iter().map(|_| Cell::new(0)).collect();
        Campaign { study, crew, control, index, keep, computes: true, sizes }
    }

    /// Everything, in order.
    ///
    /// # Errors
    ///
    /// When it ended early.
    pub fn all(&mut self, count: &Count, sink: &mut impl Sink<K::Error>) -> Result<(), Halt<K::Error>> {
        let points = 0..self.study.points.len();
        match count {
            Count::Number(number) => {
                let wanted: Vec<Wanted> = points.map(|point| (point, 0..*number)).collect();
                self.hand_over(&wanted, &[], sink)
            }
            Count::Auto(goal) => {
                for window in points.collect::<Vec<usize>>().chunks(WINDOW) {
                    let decisions = self.decide(window, goal)?;
                    let wanted: Vec<Wanted> =
                        window.iter().zip(&decisions).map(|(point, d)| (*point, 0..d.replications)).collect();
                    self.hand_over(&wanted, &decisions, sink)?;
                    if self.keep.forget() {
                        self.index.clear();
                    }
                }
                Ok(())
            }
        }
    }

    /// Sees to it that these rows are there.
    ///
    /// # Errors
    ///
    /// When it ended early.
    pub fn gather(&mut self, wanted: &[Wanted]) -> Result<(), Halt<K::Error>> {
        let mut fresh = Vec::new();
        let done = self.walk(wanted, false, |point, from, segment, _| {
            if let Some(segment) = segment {
                fresh.push((point, Segment { from, ..segment }));
            }
            Ok(())
        });
        for (point, segment) in fresh {
            self.index.insert(&self.study.points[point].digest, &segment);
        }
        done
    }

    /// Decides how many replications these points need, and sees to it that they are there.
    ///
    /// # Errors
    ///
    /// When it ended early.
    pub fn decide(&mut self, points: &[usize], goal: &Goal) -> Result<Vec<Decision>, Halt<K::Error>> {
        let begun = Decision { replications: 0, imprecise: true };
        let mut states = vec![(begun, Precision::new(goal)); points.len()];
        loop {
            let next = |(decision, _): &(Decision, Precision)| {
                let next = if decision.imprecise { goal.next(decision.replications) } else { None };
                next.map(|next| decision.replications..next)
            };
            let wanted: Vec<Wanted> = points
                .iter()
                .zip(&states)
                .filter_map(|(point, state)| Some((*point, next(state)?)))
                .collect();
            if wanted.is_empty() {
                return Ok(states.into_iter().map(|(decision, _)| decision).collect());
            }
            self.gather(&wanted)?;
            for (point, (decision, precision)) in points.iter().zip(&mut states) {
                let Some((_, range)) = wanted.iter().find(|(wanted, _)| wanted == point) else { continue };
                self.read(*point, range, |row| precision.add(goal, row)).map_err(Halt::Failed)?;
                decision.replications = range.end;
                decision.imprecise = !precision.is_reached(goal);
            }
        }
    }

    /// How many of these rows are missing.
    pub fn missing(&self, wanted: &[Wanted]) -> u64 {
        wanted.iter().fold(0, |sum, wanted| sum.saturating_add(self.missing_of(wanted)))
    }

    fn missing_of(&self, (point, range): &Wanted) -> u64 {
        (range.end - range.start) - self.index.rows_of(&self.study.points[*point].digest, range)
    }

    fn hand_over(
        &mut self,
        wanted: &[Wanted],
        decisions: &[Decision],
        sink: &mut impl Sink<K::Error>,
    ) -> Result<(), Halt<K::Error>> {
        let width = self.study.columns.len();
        let mut place = 0;
        self.walk(wanted, true, |point, from, _, rows| {
            let mut at = from;
            for row in rows.chunks_exact(width) {
                sink.row(point, at, row)?;
                at += 1;
            }
            if at == wanted[place].1.end {
                sink.point(point, decisions.get(place).is_some_and(|decision| decision.imprecise))?;
                place += 1;
            }
            Ok(())
        })
    }

    /// Reads rows that are there.
    fn read(
        &mut self,
        point: usize,
        range: &Range<u64>,
        mut each: impl FnMut(&[u64]),
    ) -> Result<(), K::Error> {
        let mut rows = Vec::new();
        for piece in self.index.pieces(&self.study.points[point].digest, range.clone(), u64::MAX) {
            if let Piece::Stored(segment) = piece {
                rows.clear();
                self.keep.read(&segment, &mut rows)?;
                rows.chunks_exact(self.study.columns.len()).for_each(&mut each);
            }
        }
        Ok(())
    }

    /// Computes what is missing and, where that is wanted, reads what is there. `sink` gets the point, the first
    /// replication, where newly computed rows have been put, and rows.
    fn walk(
        &mut self,
        wanted: &[Wanted],
        reads: bool,
        mut sink: impl FnMut(usize, u64, Option<Segment>, &[u64]) -> Result<(), K::Error>,
    ) -> Result<(), Halt<K::Error>> {
        let (study, control) = (self.study, self.control);
        let missing = self.missing(wanted);
        if !self.computes && missing > 0 {
            return Err(Halt::Missing(self.first_missing(wanted)));
        }
        let share = (missing / (self.crew.threads() as u64 * 4)).max(1);
        let (index, sizes) = (&self.index, &self.sizes);
        let pieces = wanted.iter().flat_map(|(point, range)| {
            let digest = &study.points[*point].digest;
            let all_there = index.rows_of(digest, range) == range.end - range.start;
            let batch = if all_there { 1 } else { size(study, &sizes[*point], *point).min(share) };
            let pieces = index.pieces(digest, range.clone(), batch);
            pieces
                .filter(move |piece| reads || matches!(piece, Piece::Missing(_)))
                .map(move |piece| (*point, piece))
        });
        let keep = RefCell::new(&mut self.keep);
        let stop = |halt: Halt<K::Error>| {
            control.stop();
            ControlFlow::Break(halt)
        };
        let work = |(point, piece): &(usize, Piece)| match piece {
            Piece::Stored(_) => Some(Vec::new()),
            Piece::Missing(range) => {
                study.rows(&Batch { point: *point, replications: range.clone() }, control)
            }
        };
        let hand = |(point, piece): (usize, Piece), rows: Option<Vec<u64>>| {
            let mut keep = keep.borrow_mut();
            let Some(mut rows) = rows else { return ControlFlow::Break(Halt::Stopped) };
            let take = || match piece {
                Piece::Stored(segment) => {
                    keep.read(&segment, &mut rows)?;
                    sink(point, segment.from, None, &rows)
                }
                Piece::Missing(range) => {
                    let segment = keep.append(&study.points[point].digest, range.start, &rows)?;
                    sink(point, range.start, Some(segment), &rows)
                }
            };
            take().map_or_else(|error| stop(Halt::Failed(error)), ControlFlow::Continue)
        };
        let waiting = || {
            let going = keep.borrow_mut().go_on();
            going.map_or_else(|error| stop(Halt::Failed(error)), ControlFlow::Continue)
        };
        match self.crew.in_order(pieces, work, hand, waiting) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(halt) => Err(halt),
        }
    }

    fn first_missing(&self, wanted: &[Wanted]) -> Batch {
        let missing = wanted.iter().find_map(|(point, range)| {
            let mut pieces = self.index.pieces(&self.study.points[*point].digest, range.clone(), u64::MAX);
            pieces.find_map(|piece| match piece {
                Piece::Missing(replications) => Some(Batch { point: *point, replications }),
                Piece::Stored(_) => None,
            })
        });
        missing.unwrap_or(Batch { point: 0, replications: 0..0 })
    }
}

/// The batch size of a point: it makes a world to see how large it is, so once is enough.
fn size(study: &Study, known: &Cell<u64>, point: usize) -> u64 {
    if known.get() == 0 {
        known.set(study.batch_size(point));
    }
    known.get()
}

#[cfg(test)]
mod tests;
