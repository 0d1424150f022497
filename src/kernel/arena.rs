//! Typed indices into flat storage.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::ops::{Index, IndexMut};

/// Which `T`: a position in an arena or a list of `T`s, and of nothing else.
pub struct Id<T> {
    index: u32,
    of: PhantomData<fn() -> T>,
}

impl<T> Id<T> {
    /// No `T` at all, for fields where an `Option` would cost four more bytes in a hot row.
    pub const NONE: Id<T> = Id { index: u32::MAX, of: PhantomData };

    /// The `index`th.
    pub const fn new(index: u32) -> Id<T> {
        Id { index, of: PhantomData }
    }

    /// Its position.
    pub const fn index(self) -> usize {
        self.index as usize
    }

    /// Whether it names nothing.
    pub const fn is_none(self) -> bool {
        self.index == u32::MAX
    }

    /// Whether it names something.
    pub const fn is_some(self) -> bool {
        !self.is_none()
    }
}

impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Id<T> {}
impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.index == other.index
    }
}
impl<T> Eq for Id<T> {}
impl<T> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<T> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.index.cmp(&other.index)
    }
}
impl<T> Hash for Id<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.index.hash(state);
    }
}
impl<T> Default for Id<T> {
    fn default() -> Self {
        Id::NONE
    }
}

/// What it is and which: `app-task-3`.
impl<T> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = std::any::type_name::<T>().rsplit("::").next().unwrap_or("id");
        for (position, letter) in name.char_indices() {
            if letter.is_ascii_uppercase() && position > 0 {
                f.write_str("-")?;
            }
            write!(f, "{}", letter.to_ascii_lowercase())?;
        }
        if self.is_none() { f.write_str("-none") } else { write!(f, "-{}", self.index) }
    }
}

/// Rows that come and go. A freed place is used again, so memory follows what is alive, not what ever lived.
#[derive(Clone, Debug)]
pub struct Arena<T> {
    rows: Vec<T>,
    /// The latest freed last, because it is the likeliest to be in the cache.
    free: Vec<u32>,
    /// Which places are free, to catch a place that is freed twice before two rows share it.
    #[cfg(debug_assertions)]
    is_free: Vec<bool>,
}

impl<T> Default for Arena<T> {
    fn default() -> Self {
        Arena::with_capacity(0)
    }
}

impl<T> Arena<T> {
    /// Room for `capacity` rows before it has to grow.
    pub fn with_capacity(capacity: usize) -> Self {
        Arena {
            rows: Vec::with_capacity(capacity),
            free: Vec::new(),
            #[cfg(debug_assertions)]
            is_free: Vec::new(),
        }
    }

    /// A freed row to fill again, or none when all are taken. Its old contents (and their allocations) are there.
    pub fn reuse(&mut self) -> Option<Id<T>> {
        let index = self.free.pop()?;
        #[cfg(debug_assertions)]
        {
            self.is_free[index as usize] = false;
        }
        Some(Id::new(index))
    }

    /// A new row at the end.
    pub fn push(&mut self, row: T) -> Id<T> {
        let index = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
        assert!(index < u32::MAX, "an arena holds less than 2³² − 1 rows");
        self.rows.push(row);
        Id::new(index)
    }

    /// Puts `row` into a freed place, or at the end.
    pub fn insert(&mut self, row: T) -> Id<T> {
        match self.reuse() {
            Some(id) => {
                self.rows[id.index()] = row;
                id
            }
            None => self.push(row),
        }
    }

    /// Gives the place back. The caller knows that nothing refers to it any more.
    pub fn free(&mut self, id: Id<T>) {
        debug_assert!(id.index() < self.rows.len(), "{id:?} is not of this arena");
        #[cfg(debug_assertions)]
        {
            self.is_free.resize(self.rows.len(), false);
            assert!(!std::mem::replace(&mut self.is_free[id.index()], true), "{id:?} freed twice");
        }
        self.free.push(id.index() as u32);
    }

    /// Drops all rows and keeps the memory.
    pub fn clear(&mut self) {
        self.rows.clear();
        self.free.clear();
        #[cfg(debug_assertions)]
        self.is_free.clear();
    }

    /// How many rows are taken.
    pub fn len(&self) -> usize {
        self.rows.len() - self.free.len()
    }

    /// Whether none is taken.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many places there are, taken or free.
    pub fn places(&self) -> usize {
        self.rows.len()
    }
}

impl<T> Index<Id<T>> for Arena<T> {
    type Output = T;
    fn index(&self, id: Id<T>) -> &T {
        &self.rows[id.index()]
    }
}

impl<T> IndexMut<Id<T>> for Arena<T> {
    fn index_mut(&mut self, id: Id<T>) -> &mut T {
        &mut self.rows[id.index()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq)]
    struct DeskLamp(char);

    #[test]
    fn a_freed_place_is_used_again() {
        let mut arena = Arena::default();
        let ids: Vec<Id<DeskLamp>> = "abc".chars().map(|name| arena.insert(DeskLamp(name))).collect();
        arena.free(ids[1]);
        arena.free(ids[0]);
        assert_eq!((arena.len(), arena.places()), (1, 3));
        assert_eq!(arena.insert(DeskLamp('d')), ids[0]);
        assert_eq!(arena.reuse(), Some(ids[1]));
        assert_eq!(arena.insert(DeskLamp('e')), Id::new(3));
        assert_eq!([arena[ids[0]].0, arena[ids[1]].0, arena[ids[2]].0], ['d', 'b', 'c']);
        arena.free(ids[1]);
        assert_eq!(arena.len(), 3);
        arena.clear();
        assert!(arena.is_empty());
        assert_eq!(arena.insert(DeskLamp('f')), Id::new(0));
    }

    #[test]
    #[should_panic(expected = "desk-lamp-0 freed twice")]
    #[cfg(debug_assertions)]
    fn a_place_cannot_be_freed_twice() {
        let mut arena = Arena::default();
        let id = arena.insert(DeskLamp('a'));
        arena.insert(DeskLamp('b'));
        arena.free(id);
        arena.free(id);
    }

    #[test]
    fn an_id_says_what_it_is() {
        let none = Id::<DeskLamp>::default();
        assert!(none.is_none() && !none.is_some() && Id::<DeskLamp>::new(0).is_some());
        assert_eq!(format!("{none:?} {:?}", Id::<DeskLamp>::new(3)), "desk-lamp-none desk-lamp-3");
        assert_eq!(size_of::<Id<DeskLamp>>(), 4);
    }
}
