//! A set of small numbers, in order, with a cheap "next one from here".

/// Numbers from 0 up, kept as a tree of 64-bit words: a bit of an upper level says that the word below is not empty.
#[derive(Clone, Debug, Default)]
pub struct IndexSet {
    /// `levels[0]` has a bit for each number; each further level a bit for each word of the one before.
    levels: Vec<Vec<u64>>,
    len: usize,
}

impl IndexSet {
    /// Adds a number; tells whether it was new.
    pub fn insert(&mut self, number: u32) -> bool {
        self.reach(number);
        let mut index = number as usize;
        if self.levels[0][index / 64] & (1 << (index % 64)) != 0 {
            return false;
        }
        for level in &mut self.levels {
            let word = &mut level[index / 64];
            let was_empty = *word == 0;
            *word |= 1 << (index % 64);
            if !was_empty {
                break;
            }
            index /= 64;
        }
        self.len += 1;
        true
    }

    /// Takes a number out; tells whether it was there.
    pub fn remove(&mut self, number: u32) -> bool {
        if !self.contains(number) {
            return false;
        }
        let mut index = number as usize;
        for level in &mut self.levels {
            let word = &mut level[index / 64];
            *word &= !(1 << (index % 64));
            if *word != 0 {
                break;
            }
            index /= 64;
        }
        self.len -= 1;
        true
    }

    /// Whether the number is in it.
    pub fn contains(&self, number: u32) -> bool {
        let index = number as usize;
        self.levels.first().and_then(|l| l.get(index / 64)).is_some_and(|w| w & (1 << (index % 64)) != 0)
    }

    /// The smallest member that is `from` or more.
    #[inline]
    pub fn next(&self, from: u32) -> Option<u32> {
        if self.len == 0 { None } else { self.search(from) }
    }

    /// The same, when there is any.
    fn search(&self, from: u32) -> Option<u32> {
        let mut index = from as usize;
        let mut level = 0;
        // Up, until a word has a member at or after the place looked for …
        loop {
            let words = self.levels.get(level)?;
            let masked = words.get(index / 64).map_or(0, |word| word & (u64::MAX << (index % 64)));
            if masked != 0 {
                index = index / 64 * 64 + masked.trailing_zeros() as usize;
                break;
            }
            index = index / 64 + 1;
            level += 1;
        }
        // … and down again to the first member below it.
        while level > 0 {
            level -= 1;
            index = index * 64 + self.levels[level][index].trailing_zeros() as usize;
        }
        u32::try_from(index).ok()
    }

    /// How many members it has.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Grows every level so that it has room for `number`.
    fn reach(&mut self, number: u32) {
        let mut words = number as usize / 64 + 1;
        if self.levels.first().is_some_and(|l| l.len() >= words) {
            return;
        }
        let mut level = 0;
        loop {
            if level == self.levels.len() {
                // A new top: it has to say what is already below.
                let top = self.levels.last().map_or_else(Vec::new, |below| summary(below));
                self.levels.push(top);
            }
            let row = &mut self.levels[level];
            if row.len() < words {
                row.resize(words, 0);
            }
            if words == 1 && level + 1 >= self.levels.len() {
                return;
            }
            words = words.div_ceil(64);
            level += 1;
        }
    }
}

/// A bit for each word: whether it is not empty.
fn summary(words: &[u64]) -> Vec<u64> {
    let mut row = vec![0; words.len().div_ceil(64)];
    for (index, _) in words.iter().enumerate().filter(|(_, word)| **word != 0) {
        row[index / 64] |= 1 << (index % 64);
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn it_agrees_with_a_tree() {
        let (mut set, mut tree) = (IndexSet::default(), BTreeSet::new());
        let mut x = 12_345_u64;
        for _ in 0..60_000 {
            x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let number = ((x >> 33) % if x >> 62 == 0 { 300_000 } else { 700 }) as u32;
            match (x >> 59) & 3 {
                0 => assert_eq!(set.insert(number), tree.insert(number)),
                1 => assert_eq!(set.remove(number), tree.remove(&number)),
                _ => assert_eq!(set.next(number), tree.range(number..).next().copied()),
            }
            assert_eq!(set.len(), tree.len());
        }
    }
}
