//! Chance that can be addressed: a stream is named by seed, replication, owner and purpose, a draw in it by its
//! ordinal. What is drawn in one place never moves what is drawn in another.
//!
//! ChaCha8 is a function of a key and a position, so a name becomes the key and an ordinal the position:
//!
//! ```text
//! key, 32 bytes     seed (8) | replication (8) | label (16): FNV-1a, 128 bits, of owner, 0xff, purpose
//! stream 0          ordinal 0: 4 numbers | ordinal 1: 4 numbers | …          32 bytes each
//! key with its last byte inverted, stream n       the fifth number of ordinal n, and those after it
//! ```
//!
//! All integers are little-endian. This layout is part of every result: it changes with a version, or never.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// What all streams of a run grow from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed {
    /// The scenario's.
    pub seed: u64,
    /// The replication's number.
    pub replication: u64,
}

/// Numbers for one purpose of one owner.
#[derive(Clone, Debug)]
pub struct Stream {
    key: Key,
    /// The ordinals at hand: those that share `page / ORDINALS_PER_PAGE`.
    page: Option<u64>,
    numbers: [[u64; NUMBERS]; ORDINALS_PER_PAGE as usize],
}

/// The numbers of one ordinal in a stream.
#[derive(Clone, Debug)]
pub struct Draw {
    numbers: [u64; NUMBERS],
    used: usize,
    key: Key,
    ordinal: u64,
    /// Where numbers come from once the ordinal's own are used up. Hardly any law needs so many.
    more: Option<Box<ChaCha8Rng>>,
}

type Key = [u8; 32];

/// An ordinal's own numbers.
const NUMBERS: usize = 4;
/// What the generator makes in one go, four blocks of sixteen words.
const ORDINALS_PER_PAGE: u64 = 8;
const WORDS_PER_PAGE: u128 = 64;

impl Stream {
    /// The stream of this name.
    pub fn new(seed: Seed, owner: &str, purpose: &str) -> Stream {
        Stream { key: key(seed, owner, purpose), page: None, numbers: Default::default() }
    }

    /// The numbers of this ordinal, whichever were asked for before. Neighbours are cheap.
    #[inline]
    pub fn draw(&mut self, ordinal: u64) -> Draw {
        let page = ordinal / ORDINALS_PER_PAGE;
        if self.page != Some(page) {
            self.turn_to(page);
        }
        let numbers = self.numbers[(ordinal % ORDINALS_PER_PAGE) as usize];
        Draw { numbers, used: 0, key: self.key, ordinal, more: None }
    }

    fn turn_to(&mut self, page: u64) {
        let mut generator = ChaCha8Rng::from_seed(self.key);
        generator.set_word_pos(u128::from(page) * WORDS_PER_PAGE);
        for number in self.numbers.as_flattened_mut() {
            *number = generator.next_u64();
        }
        self.page = Some(page);
    }
}

impl Draw {
    /// The next number, in [0, 1), in steps of 2⁻⁵³.
    #[inline]
    pub fn unit(&mut self) -> f64 {
        const STEP: f64 = 1.0 / (1_u64 << 53) as f64;
        (self.bits() >> 11) as f64 * STEP
    }

    /// The next number, in (0, 1), where a quantile is finite: the middles of 2⁵² equal steps.
    #[inline]
    pub(super) fn inner_unit(&mut self) -> f64 {
        const STEP: f64 = 1.0 / (1_u64 << 52) as f64;
        ((self.bits() >> 12) as f64 + 0.5) * STEP
    }

    #[inline]
    fn bits(&mut self) -> u64 {
        match self.numbers.get(self.used) {
            Some(bits) => {
                self.used += 1;
                *bits
            }
            None => self.more_bits(),
        }
    }

    #[cold]
    fn more_bits(&mut self) -> u64 {
        let Draw { key, ordinal, more, .. } = self;
        let more = more.get_or_insert_with(|| {
            key[31] = !key[31];
            let mut generator = ChaCha8Rng::from_seed(*key);
            generator.set_stream(*ordinal);
            Box::new(generator)
        });
        more.next_u64()
    }
}

fn key(seed: Seed, owner: &str, purpose: &str) -> Key {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.seed.to_le_bytes());
    key[8..16].copy_from_slice(&seed.replication.to_le_bytes());
    // A byte that no text holds, so that ("ab", "c") is not ("a", "bc").
    let label = owner.bytes().chain([0xff]).chain(purpose.bytes());
    key[16..].copy_from_slice(&fnv1a(label).to_le_bytes());
    key
}

/// FNV-1a of 128 bits, by Fowler, Noll and Vo (RFC 9923). Ours, because the standard library's may change.
fn fnv1a(bytes: impl Iterator<Item = u8>) -> u128 {
    const BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    bytes.fold(BASIS, |hash, byte| (hash ^ u128::from(byte)).wrapping_mul(PRIME))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEED: Seed = Seed { seed: 0x0123_4567_89ab_cdef, replication: 7 };

    /// ChaCha8 written out anew: the sixteen words of a block.
    fn chacha8(key: &Key, block: u64, stream: u64) -> [u32; 16] {
        let word =
            |i: usize| u32::from_le_bytes([key[4 * i], key[4 * i + 1], key[4 * i + 2], key[4 * i + 3]]);
        let mut start = [0; 16];
        start[..4].copy_from_slice(&[0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574]);
        for i in 0..8 {
            start[4 + i] = word(i);
        }
        start[12..].copy_from_slice(&[
            block as u32,
            (block >> 32) as u32,
            stream as u32,
            (stream >> 32) as u32,
        ]);
        let mut x = start;
        let mut quarter = |a: usize, b: usize, c: usize, d: usize| {
            for (turn, [to, from, mix]) in [(16, [a, b, d]), (12, [c, d, b]), (8, [a, b, d]), (7, [c, d, b])]
            {
                x[to] = u32::wrapping_add(x[to], x[from]);
                x[mix] = (x[mix] ^ x[to]).rotate_left(turn);
            }
        };
        for _ in 0..4 {
            for i in 0..4 {
                quarter(i, 4 + i, 8 + i, 12 + i);
            }
            for i in 0..4 {
                quarter(i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4);
            }
        }
        std::array::from_fn(|i| x[i].wrapping_add(start[i]))
    }

    /// The numbers an ordinal should have, by the layout at the top of this file.
    fn numbers(key: &Key, ordinal: u64) -> [u64; 4] {
        let words = chacha8(key, ordinal / 2, 0);
        let from = (ordinal % 2) as usize * 8;
        std::array::from_fn(|i| u64::from(words[from + 2 * i]) | u64::from(words[from + 2 * i + 1]) << 32)
    }

    #[test]
    fn the_reference_agrees_with_the_published_vector() {
        // ChaCha8, key and nonce zero, first block (draft-strombergson-chacha-test-vectors-01, TC1).
        let published = "3e00ef2f895f40d67f5bb8e81f09a5a12c840ec3ce9a7f3b181be188ef711a1e\
                         984ce172b9216f419f445367456d5619314a42a3da86b001387bfdb80e0cfe42";
        let block = chacha8(&[0; 32], 0, 0);
        let hex: String =
            block.iter().flat_map(|word| word.to_le_bytes()).map(|b| format!("{b:02x}")).collect();
        assert_eq!(hex, published);
    }

    #[test]
    fn the_hash_agrees_with_published_vectors() {
        // From the authors' test suite.
        assert_eq!(fnv1a("".bytes()), 0x6c62272e07bb014262b821756295c58d);
        assert_eq!(fnv1a("a".bytes()), 0xd228cb696f1a8caf78912b704e4a8964);
        assert_eq!(fnv1a("foobar".bytes()), 0x343e1662793c64bf6f0d3597ba446f18);
    }

    #[test]
    fn a_key_is_seed_replication_and_label() {
        let key = key(SEED, "instance-3", "launch");
        assert_eq!(key[..8], [0xef, 0xcd, 0xab, 0x89, 0x67, 0x45, 0x23, 0x01]);
        assert_eq!(key[8..16], [7, 0, 0, 0, 0, 0, 0, 0]);
        let label = fnv1a(b"instance-3\xfflaunch".iter().copied());
        assert_eq!(key[16..], label.to_le_bytes());
    }

    #[test]
    fn draws_are_those_of_the_layout() {
        let key = key(SEED, "instance-3", "launch");
        let mut stream = Stream::new(SEED, "instance-3", "launch");
        for ordinal in (0..40).chain([1 << 32, 1 << 60, u64::MAX - 1, u64::MAX]) {
            let mut draw = stream.draw(ordinal);
            for bits in numbers(&key, ordinal) {
                assert_eq!(draw.unit(), (bits >> 11) as f64 / 9_007_199_254_740_992.0);
            }
            let mut overflow = key;
            overflow[31] = !overflow[31];
            let words = chacha8(&overflow, 0, ordinal);
            let fifth = u64::from(words[0]) | u64::from(words[1]) << 32;
            assert_eq!(draw.bits(), fifth);
            assert_eq!(draw.bits(), u64::from(words[2]) | u64::from(words[3]) << 32);
        }
    }

    #[test]
    fn a_draw_does_not_depend_on_those_before_it() {
        let mut forwards = Stream::new(SEED, "a", "b");
        let there: Vec<f64> = (0..100).map(|ordinal| forwards.draw(ordinal).unit()).collect();
        let mut backwards = Stream::new(SEED, "a", "b");
        let mut back: Vec<f64> = (0..100)
            .rev()
            .map(|ordinal| {
                let mut draw = backwards.draw(ordinal);
                let first = draw.unit();
                // However much one draw takes, the next one does not notice.
                assert!((0..ordinal).all(|_| draw.unit() < 1.0));
                first
            })
            .collect();
        back.reverse();
        assert_eq!(there, back);
    }

    #[test]
    fn every_part_of_a_name_counts() {
        let other_seed = Seed { seed: 1, ..SEED };
        let other_replication = Seed { replication: 8, ..SEED };
        let names = [
            (SEED, "ab", "c"),
            (SEED, "a", "bc"),
            (SEED, "", "abc"),
            (SEED, "abc", ""),
            (SEED, "c", "ab"),
            (other_seed, "ab", "c"),
            (other_replication, "ab", "c"),
        ];
        let firsts: std::collections::BTreeSet<u64> =
            names.map(|(seed, owner, purpose)| Stream::new(seed, owner, purpose).draw(0).bits()).into();
        assert_eq!(firsts.len(), names.len());
    }

    #[test]
    fn units_keep_to_their_interval() {
        let draw = |bits| Draw { numbers: [bits; NUMBERS], used: 0, key: [0; 32], ordinal: 0, more: None };
        assert_eq!(draw(0).unit(), 0.0);
        assert_eq!(draw(u64::MAX).unit(), 1.0 - f64::EPSILON / 2.0);
        assert_eq!(draw(0).inner_unit(), f64::EPSILON / 2.0);
        assert_eq!(draw(u64::MAX).inner_unit(), 1.0 - f64::EPSILON / 2.0);
    }
}
