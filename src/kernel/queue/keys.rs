//! Where a key's event lies at the moment.

/// Names a scheduled event, to cancel it. It is harmless once the event has fired or was cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventKey(u64);

impl EventKey {
    /// No event.
    pub const NONE: EventKey = EventKey(u64::MAX);

    fn new(slot: u32, generation: u32) -> EventKey {
        EventKey(u64::from(generation) << 32 | u64::from(slot))
    }

    fn slot(self) -> u32 {
        self.0 as u32
    }

    fn generation(self) -> u32 {
        (self.0 >> 32) as u32
    }
}

impl Default for EventKey {
    fn default() -> Self {
        EventKey::NONE
    }
}

/// One slot per pending event, used again when the event has gone. A generation tells a slot's users apart.
///
/// The key lies beside its event, which is what tells whether it is still pending; a slot only says where to
/// look. So an event that fires touches nothing here but the top of the free stack.
#[derive(Clone, Debug)]
pub(super) struct Keys {
    places: Vec<u32>,
    /// For each free slot, the key of its next user.
    free: Vec<EventKey>,
}

impl Keys {
    pub(super) fn with_capacity(capacity: usize) -> Keys {
        Keys { places: Vec::with_capacity(capacity), free: Vec::new() }
    }

    /// A key that names nothing yet. Its place must be put next.
    #[inline]
    pub(super) fn issue(&mut self) -> EventKey {
        match self.free.pop() {
            Some(key) => key,
            None => self.grow(),
        }
    }

    #[cold]
    fn grow(&mut self) -> EventKey {
        let slot = self.places.len();
        assert!(slot < u32::MAX as usize, "a queue holds less than 2³² − 1 events");
        self.places.push(0);
        EventKey::new(slot as u32, 0)
    }

    /// The event of this key now lies at `place`.
    #[inline]
    pub(super) fn put(&mut self, key: EventKey, place: u32) {
        self.places[key.slot() as usize] = place;
    }

    /// Where the event of this key was last seen.
    #[inline]
    pub(super) fn place(&self, key: EventKey) -> Option<u32> {
        self.places.get(key.slot() as usize).copied()
    }

    /// The event of this key has gone. A slot that has used up its four billion generations is not used again,
    /// so that no key ever comes back to life.
    #[inline]
    pub(super) fn retire(&mut self, key: EventKey) {
        if key.generation() < u32::MAX - 1 {
            self.free.push(EventKey::new(key.slot(), key.generation() + 1));
        }
    }

    /// How many slots there are, taken or free.
    #[cfg(test)]
    pub(super) fn slots(&self) -> usize {
        self.places.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_used_again_under_another_key() {
        let mut keys = Keys::with_capacity(1);
        let first = keys.issue();
        keys.retire(first);
        let second = keys.issue();
        assert_eq!(first.slot(), second.slot());
        assert_ne!(first, second);
    }

    #[test]
    fn a_slot_that_has_used_up_its_generations_rests() {
        let mut keys = Keys::with_capacity(1);
        let slot = keys.issue().slot();
        keys.retire(EventKey::new(slot, u32::MAX - 2));
        let last = keys.issue();
        assert_eq!(last, EventKey::new(slot, u32::MAX - 1));
        keys.retire(last);
        assert_ne!(keys.issue().slot(), slot);
    }

    #[test]
    fn no_event_has_no_place() {
        let mut keys = Keys::with_capacity(0);
        keys.issue();
        assert_eq!(keys.place(EventKey::NONE), None);
        assert_eq!(EventKey::default(), EventKey::NONE);
    }
}
