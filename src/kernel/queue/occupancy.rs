//! Which buckets hold anything: a bit per bucket, a bit per word of those, a bit per level.

use super::{DIGITS, LEVELS};

const WORDS: usize = DIGITS / 64;

#[derive(Clone, Debug)]
pub(super) struct Occupancy {
    levels: u32,
    words: [u32; LEVELS],
    buckets: [[u64; WORDS]; LEVELS],
}

impl Default for Occupancy {
    fn default() -> Self {
        Occupancy { levels: 0, words: [0; LEVELS], buckets: [[0; WORDS]; LEVELS] }
    }
}

impl Occupancy {
    /// The lowest occupied bucket of the lowest occupied level.
    #[inline]
    pub(super) fn first(&self) -> Option<usize> {
        if self.levels == 0 {
            return None;
        }
        let level = self.levels.trailing_zeros() as usize;
        let word = self.words[level].trailing_zeros() as usize;
        let bit = self.buckets[level][word].trailing_zeros() as usize;
        Some(level * DIGITS + word * 64 + bit)
    }

    /// Whether this bucket is occupied.
    #[inline]
    pub(super) fn contains(&self, bucket: usize) -> bool {
        let (level, word, bit) = split(bucket);
        self.buckets[level][word] & bit != 0
    }

    /// Marks a bucket as occupied; tells whether it was.
    #[inline]
    pub(super) fn set(&mut self, bucket: usize) -> bool {
        let (level, word, bit) = split(bucket);
        let bits = &mut self.buckets[level][word];
        if *bits & bit != 0 {
            return true;
        }
        *bits |= bit;
        self.words[level] |= 1 << word;
        self.levels |= 1 << level;
        false
    }

    /// Marks a bucket as empty.
    #[inline]
    pub(super) fn clear(&mut self, bucket: usize) {
        let (level, word, bit) = split(bucket);
        self.buckets[level][word] &= !bit;
        if self.buckets[level][word] == 0 {
            self.words[level] &= !(1 << word);
            if self.words[level] == 0 {
                self.levels &= !(1 << level);
            }
        }
    }
}

#[inline]
fn split(bucket: usize) -> (usize, usize, u64) {
    (bucket / DIGITS, bucket % DIGITS / 64, 1 << (bucket % 64))
}
