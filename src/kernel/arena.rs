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

/// `instance-3`: the last word of the type's name, and the index.
impl<T> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = std::any::type_name::<T>().rsplit("::").next().unwrap_or("id");
        if self.is_none() { write!(f, "{name}-none") } else { write!(f, "{name}-{}", self.index) }
    }
}

/// Rows that come and go. A freed place is used again, so memory follows what is alive, not what ever lived.
#[derive(Clone, Debug)]
pub struct Arena<T> {
    rows: Vec<T>,
    free: Vec<u32>,
}

impl<T> Default for Arena<T> {
    fn default() -> Self {
        Arena { rows: Vec::new(), free: Vec::new() }
    }
}

impl<T> Arena<T> {
    /// Room for `capacity` rows before it has to grow.
    pub fn with_capacity(capacity: usize) -> Self {
        Arena { rows: Vec::with_capacity(capacity), free: Vec::new() }
    }

    /// A freed row to fill again, or none when all are taken. Its old contents (and their allocations) are there.
    pub fn reuse(&mut self) -> Option<Id<T>> {
        self.free.pop().map(Id::new)
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
        debug_assert!(
            !self.free.contains(&(id.index() as u32)) || self.free.len() > 64,
            "{id:?} freed twice"
        );
        self.free.push(id.index() as u32);
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
