//! What is to happen, in order of time; equal times in the order in which they were scheduled.
//!
//! A queue of this kind is either a heap, which compares, or a wheel, which sorts by digits. This is a wheel. A
//! time is read as digits of nine bits. An event lies in the bucket named by the highest digit in which its
//! time differs from `now`, and by that digit's value; so the earliest events are in the lowest occupied
//! bucket of the lowest occupied level, and only the events of that one bucket move (downwards, in order) when
//! time reaches the first of them. An event moves at most once per level, and as a rule once:
//!
//! ```text
//! level 0   |.|.|x|.| … |.|     512 buckets of 1 ms         which millisecond of this half second
//! level 1   |.|x|x|.| … |x|     512 buckets of 0.512 s      which half second of these four minutes
//! level 2   |.|.|.|x| … |.|     512 buckets of 4.4 min      … and so on up to level 7
//! ```
//!
//! A million pending events do not fit into a processor's cache, so what counts is to walk memory rather than to
//! jump about in it: buckets are filled and read from front to back, what has just been freed is used next, and an
//! event that fires does not visit its key. `benches/README.md` has the figures.
//!
//! - `occupancy`: which buckets hold anything, as bits.
//! - `rows`: the buckets themselves, lists of small blocks of events.
//! - `keys`: where a key's event lies at the moment.

mod keys;
mod occupancy;
mod rows;
#[cfg(test)]
mod tests;

pub use keys::EventKey;

use super::SimTime;
use keys::Keys;
use occupancy::Occupancy;
use rows::{List, Row, Rows};

/// Bits in a digit, and what follows from it. Measured: eight and ten are slower.
const DIGIT_BITS: u32 = 9;
const DIGITS: usize = 1 << DIGIT_BITS;
const LEVELS: usize = u64::BITS.div_ceil(DIGIT_BITS) as usize;

/// The pending events.
#[derive(Clone, Debug)]
pub struct EventQueue<E> {
    /// The time of the latest event popped. It never goes back.
    now: u64,
    /// The time of the earliest event, once somebody has asked for it and until that event has gone.
    next: Option<u64>,
    len: usize,
    occupied: Occupancy,
    /// One list per bucket, meaningful where `occupied` says so.
    buckets: Vec<List>,
    rows: Rows<E>,
    keys: Keys,
}

impl<E: Copy> Default for EventQueue<E> {
    fn default() -> Self {
        EventQueue::with_capacity(0)
    }
}

impl<E: Copy> EventQueue<E> {
    /// An empty queue.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty queue with room for about `capacity` events before it has to grow.
    pub fn with_capacity(capacity: usize) -> Self {
        EventQueue {
            now: 0,
            next: None,
            len: 0,
            occupied: Occupancy::default(),
            buckets: vec![List::default(); LEVELS * DIGITS],
            rows: Rows::with_capacity(capacity),
            keys: Keys::with_capacity(capacity),
        }
    }

    /// Schedules `event`. Time does not go back: what is asked for the past happens now, after what is already
    /// due now.
    pub fn at(&mut self, time: SimTime, event: E) -> EventKey {
        let time = time.as_ms().max(self.now);
        if self.next.is_some_and(|next| time < next) {
            self.next = Some(time);
        }
        self.len += 1;
        let key = self.keys.issue();
        self.put(time, event, key);
        key
    }

    /// Takes an event back; tells whether it was still pending. Whatever the key, nothing stays behind.
    pub fn cancel(&mut self, key: EventKey) -> bool {
        let Some(place) = self.keys.place(key) else { return false };
        let Some(time) = self.rows.time(place, key) else { return false };
        let bucket = self.bucket(time);
        if self.rows.remove(&mut self.buckets[bucket], place) {
            self.occupied.clear(bucket);
        }
        self.keys.retire(key);
        self.len -= 1;
        if self.next == Some(time) {
            self.next = None;
        }
        true
    }

    /// When the earliest event is due.
    pub fn next_time(&mut self) -> Option<SimTime> {
        if self.next.is_none() {
            self.next = self.earliest();
        }
        self.next.map(SimTime::from_ms)
    }

    /// The next event due at `now`, which is what `next_time` said; at any other time, none.
    pub fn pop_at(&mut self, now: SimTime) -> Option<E> {
        if !self.is_due(now) {
            return None;
        }
        let now = now.as_ms();
        if now != self.now {
            self.advance(now);
        }
        let bucket = (now % DIGITS as u64) as usize;
        let (row, emptied) = self.rows.pop(&mut self.buckets[bucket]);
        self.next = Some(now);
        if emptied {
            self.occupied.clear(bucket);
            self.next = None;
        }
        self.keys.retire(row.key);
        self.len -= 1;
        Some(row.event)
    }

    /// Whether an event is due at `now`, and none before. While the events of one instant are popped this is
    /// cheaper to ask than when the next one is.
    pub fn is_due(&mut self, now: SimTime) -> bool {
        // All that is due at the queue's own now lies in one bucket.
        if now.as_ms() == self.now {
            return self.occupied.contains((self.now % DIGITS as u64) as usize);
        }
        self.next_time() == Some(now)
    }

    /// The time of the latest event popped.
    pub fn now(&self) -> SimTime {
        SimTime::from_ms(self.now)
    }

    /// How many events are pending.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing is pending.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Forgets all events and starts time anew. The memory is kept, and keys given out so far stay harmless.
    pub fn clear(&mut self) {
        self.now = 0;
        self.next = None;
        self.len = 0;
        self.occupied = Occupancy::default();
        for key in self.rows.keys() {
            self.keys.retire(key);
        }
        self.rows.clear();
    }

    /// The bucket of a time that is not before now.
    #[inline]
    fn bucket(&self, time: u64) -> usize {
        let differing = (time ^ self.now) | 1;
        let level = differing.ilog2() / DIGIT_BITS;
        let digit = (time >> (level * DIGIT_BITS)) as usize % DIGITS;
        level as usize * DIGITS + digit
    }

    /// Puts an event at the end of its bucket. Inlined, so that the row is written once, in its place.
    #[inline(always)]
    fn put(&mut self, time: u64, event: E, key: EventKey) {
        let bucket = self.bucket(time);
        let occupied = self.occupied.set(bucket);
        let place = self.rows.push(&mut self.buckets[bucket], occupied, Row { time, event, key });
        self.keys.put(key, place);
    }

    /// The earliest time of all.
    fn earliest(&mut self) -> Option<u64> {
        let bucket = self.occupied.first()?;
        if bucket < DIGITS {
            return Some(self.now - self.now % DIGITS as u64 + bucket as u64);
        }
        Some(self.rows.earliest(&mut self.buckets[bucket]))
    }

    /// Moves time on to the earliest event. Levels below its bucket are empty, otherwise it were not the
    /// earliest; so what moves down in order stays in order.
    fn advance(&mut self, now: u64) {
        let bucket = self.bucket(now);
        self.now = now;
        if bucket < DIGITS {
            return;
        }
        self.occupied.clear(bucket);
        let mut moving = Some(self.rows.used(self.buckets[bucket].first()));
        while let Some((block, range)) = moving {
            // Looked up before it is needed, because it has to come from far away.
            moving = self.rows.next(block).map(|next| self.rows.used(next));
            for index in range {
                let row = self.rows.row(block, index);
                if !row.is_hole() {
                    self.put(row.time, row.event, row.key);
                }
            }
            self.rows.release(block);
        }
    }
}
