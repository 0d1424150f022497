//! What is to happen, in order of time; equal times in the order in which they were scheduled.

use super::SimTime;
use std::collections::BTreeMap;

/// Names a scheduled event, to cancel it. It is harmless once the event has fired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventKey(u64);

impl EventKey {
    /// No event.
    pub const NONE: EventKey = EventKey(u64::MAX);
}

impl Default for EventKey {
    fn default() -> Self {
        EventKey::NONE
    }
}

/// The pending events.
#[derive(Clone, Debug)]
pub struct EventQueue<E> {
    pending: BTreeMap<(SimTime, u64), E>,
    times: BTreeMap<u64, SimTime>,
    next: u64,
}

impl<E: Copy> Default for EventQueue<E> {
    fn default() -> Self {
        EventQueue { pending: BTreeMap::new(), times: BTreeMap::new(), next: 0 }
    }
}

impl<E: Copy> EventQueue<E> {
    /// An empty queue.
    pub fn new() -> Self {
        Self::default()
    }

    /// Schedules `event`.
    pub fn at(&mut self, time: SimTime, event: E) -> EventKey {
        let key = self.next;
        self.next += 1;
        self.pending.insert((time, key), event);
        self.times.insert(key, time);
        EventKey(key)
    }

    /// Takes an event back; tells whether it was still pending.
    pub fn cancel(&mut self, key: EventKey) -> bool {
        self.times.remove(&key.0).is_some_and(|time| self.pending.remove(&(time, key.0)).is_some())
    }

    /// When the earliest event is due.
    pub fn next_time(&mut self) -> Option<SimTime> {
        self.pending.first_key_value().map(|((time, _), _)| *time)
    }

    /// The next event due at `now`.
    pub fn pop_at(&mut self, now: SimTime) -> Option<E> {
        let entry = self.pending.first_entry()?;
        if entry.key().0 != now {
            return None;
        }
        self.times.remove(&entry.key().1);
        Some(entry.remove())
    }

    /// How many events are pending.
    pub fn len(&self) -> usize {
        self.pending.len()
    }

    /// Whether nothing is pending.
    pub fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }
}
