//! The buckets: lists of small blocks of events, all blocks in one vector.
//!
//! A block holds fifteen events side by side, so that a bucket of thousands is read and filled almost as fast
//! as a vector, and a bucket of one costs one block. A cancelled event leaves a hole in its block until the
//! events beside it go; a block without events is free at once. That keeps the order and needs no sweeping.

use super::EventKey;
use std::ops::Range;

/// Events per block: with its header, a block of eight-byte events fills six cache lines and one of
/// sixteen-byte events eight. Half as many make a queue of a million slower by half.
const ROWS: usize = 15;
/// A place is a block's number and a row's, in this many bits.
const ROW_BITS: u32 = 4;
/// No block.
const NONE: u32 = u32::MAX;

/// One pending event, its time, and its key; no key once the event was cancelled.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<E> {
    pub(super) time: u64,
    pub(super) event: E,
    pub(super) key: EventKey,
}

impl<E> Row<E> {
    /// Whether its event was cancelled.
    pub(super) fn is_hole(&self) -> bool {
        self.key == EventKey::NONE
    }
}

/// A bucket: its first and last block, and its earliest time unless that has to be looked for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct List {
    first: u32,
    last: u32,
    earliest: u64,
}

/// The earliest event of a list was cancelled. No list of which the earliest is ever asked has an event at 0.
const UNKNOWN: u64 = 0;

impl List {
    pub(super) fn first(self) -> u32 {
        self.first
    }
}

/// The header comes first, so that a lone event shares its cache line.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
struct Block<E> {
    next: u32,
    prev: u32,
    /// The rows in use are `start..end`, of which `live` are no holes; the first and the last never are.
    start: u8,
    end: u8,
    live: u8,
    rows: [Row<E>; ROWS],
}

/// The blocks of all buckets.
#[derive(Clone, Debug)]
pub(super) struct Rows<E> {
    blocks: Vec<Block<E>>,
    /// The latest freed block; each free block's `next` names the one freed before it.
    free: u32,
}

impl<E: Copy> Rows<E> {
    pub(super) fn with_capacity(capacity: usize) -> Rows<E> {
        Rows { blocks: Vec::with_capacity(capacity.div_ceil(ROWS)), free: NONE }
    }

    /// Appends a row to a list, or begins the list with it when it is not `occupied`; tells its place.
    #[inline(always)]
    pub(super) fn push(&mut self, list: &mut List, occupied: bool, row: Row<E>) -> u32 {
        if occupied {
            list.earliest = list.earliest.min(row.time);
            let block = &mut self.blocks[list.last as usize];
            let index = block.end;
            if usize::from(index) < ROWS {
                block.rows[usize::from(index)] = row;
                block.end += 1;
                block.live += 1;
                return list.last << ROW_BITS | u32::from(index);
            }
        }
        let prev = if occupied { list.last } else { NONE };
        let new = self.acquire(prev, row);
        if occupied {
            self.blocks[prev as usize].next = new;
        } else {
            list.first = new;
            list.earliest = row.time;
        }
        list.last = new;
        new << ROW_BITS
    }

    /// Takes the first row of a list; tells whether the list is empty now.
    #[inline]
    pub(super) fn pop(&mut self, list: &mut List) -> (Row<E>, bool) {
        let first = list.first;
        let block = &mut self.blocks[first as usize];
        let row = block.rows[usize::from(block.start)];
        block.live -= 1;
        if block.live > 0 {
            block.start += 1;
            block.skip_holes();
            return (row, false);
        }
        let next = self.release(first);
        if let Some(next) = next {
            self.blocks[next as usize].prev = NONE;
            list.first = next;
        }
        (row, next.is_none())
    }

    /// Removes the row at `place` from its list; tells whether the list is empty now.
    pub(super) fn remove(&mut self, list: &mut List, place: u32) -> bool {
        let number = place >> ROW_BITS;
        let block = &mut self.blocks[number as usize];
        if block.rows[index(place)].time == list.earliest {
            list.earliest = UNKNOWN;
        }
        block.rows[index(place)].key = EventKey::NONE;
        // A hole never is the earliest.
        block.rows[index(place)].time = u64::MAX;
        block.live -= 1;
        if block.live > 0 {
            block.skip_holes();
            return false;
        }
        let prev = block.prev;
        let next = self.release(number);
        match next {
            Some(next) => self.blocks[next as usize].prev = prev,
            None => list.last = prev,
        }
        if prev == NONE {
            list.first = next.unwrap_or(NONE);
        } else {
            self.blocks[prev as usize].next = next.unwrap_or(NONE);
        }
        prev == NONE && next.is_none()
    }

    /// The time of the event with this key, if that is the one at `place`.
    pub(super) fn time(&self, place: u32, key: EventKey) -> Option<u64> {
        let block = self.blocks.get((place >> ROW_BITS) as usize)?;
        let rows = &block.rows[..usize::from(block.end)];
        let row = rows.get(index(place)).filter(|_| index(place) >= usize::from(block.start))?;
        (row.key == key && !row.is_hole()).then_some(row.time)
    }

    /// The earliest time in a list.
    pub(super) fn earliest(&self, list: &mut List) -> u64 {
        if list.earliest == UNKNOWN {
            list.earliest = self.look_for_earliest(list);
        }
        list.earliest
    }

    fn look_for_earliest(&self, list: &List) -> u64 {
        let mut earliest = u64::MAX;
        let mut number = list.first;
        while number != NONE {
            let block = &self.blocks[number as usize];
            for row in &block.rows[usize::from(block.start)..usize::from(block.end)] {
                earliest = earliest.min(row.time);
            }
            number = block.next;
        }
        earliest
    }

    /// The block after this one.
    #[inline]
    pub(super) fn next(&self, number: u32) -> Option<u32> {
        let next = self.blocks[number as usize].next;
        (next != NONE).then_some(next)
    }

    /// A block, and its rows in use, holes among them.
    #[inline]
    pub(super) fn used(&self, number: u32) -> (u32, Range<usize>) {
        let block = &self.blocks[number as usize];
        (number, usize::from(block.start)..usize::from(block.end))
    }

    /// One row of a block.
    #[inline]
    pub(super) fn row(&self, number: u32, index: usize) -> Row<E> {
        self.blocks[number as usize].rows[index]
    }

    /// Frees a block; tells which one came after it.
    #[inline]
    pub(super) fn release(&mut self, number: u32) -> Option<u32> {
        let block = &mut self.blocks[number as usize];
        let next = block.next;
        block.next = self.free;
        // Nothing here is in use, whatever an old key believes.
        block.end = 0;
        self.free = number;
        (next != NONE).then_some(next)
    }

    /// The keys of all events.
    pub(super) fn keys(&self) -> impl Iterator<Item = EventKey> {
        let used = |block: &Block<E>| usize::from(block.start.min(block.end))..usize::from(block.end);
        let rows = self.blocks.iter().flat_map(move |block| &block.rows[used(block)]);
        rows.filter(|row| !row.is_hole()).map(|row| row.key)
    }

    /// Frees all blocks.
    pub(super) fn clear(&mut self) {
        self.blocks.clear();
        self.free = NONE;
    }

    /// How many blocks there are, taken or free.
    #[cfg(test)]
    pub(super) fn blocks(&self) -> usize {
        self.blocks.len()
    }

    /// A block with one row.
    #[inline]
    fn acquire(&mut self, prev: u32, row: Row<E>) -> u32 {
        let number = self.free;
        if number == NONE {
            return self.grow(prev, row);
        }
        let block = &mut self.blocks[number as usize];
        self.free = block.next;
        block.next = NONE;
        block.prev = prev;
        block.start = 0;
        block.end = 1;
        block.live = 1;
        block.rows[0] = row;
        number
    }

    #[cold]
    fn grow(&mut self, prev: u32, row: Row<E>) -> u32 {
        let number = self.blocks.len() as u32;
        assert!(number < NONE >> ROW_BITS, "a queue holds less than 2²⁸ blocks of events");
        self.blocks.push(Block { next: NONE, prev, start: 0, end: 1, live: 1, rows: [row; ROWS] });
        number
    }
}

impl<E> Block<E> {
    /// Draws the ends in until both are events. There is one left.
    #[inline]
    fn skip_holes(&mut self) {
        while self.rows[usize::from(self.start)].is_hole() {
            self.start += 1;
        }
        while self.rows[usize::from(self.end) - 1].is_hole() {
            self.end -= 1;
        }
    }
}

#[inline]
fn index(place: u32) -> usize {
    place as usize % (1 << ROW_BITS)
}

#[cfg(test)]
pub(super) fn block_size<E>() -> usize {
    size_of::<Block<E>>()
}
