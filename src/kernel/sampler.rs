//! A distribution together with the stream it is drawn from.

use super::law::Law;
use super::{Distribution, Seed, SimDuration, Stream};

/// A distribution with its stream; a constant has none and costs nothing.
#[derive(Clone, Debug)]
pub struct Sampler {
    constant: SimDuration,
    /// Behind one pointer, because most samplers are constants and all lie in rows.
    chance: Option<Box<Chance>>,
}

#[derive(Clone, Debug)]
struct Chance {
    law: Law<SimDuration>,
    stream: Stream,
}

/// The longest duration that chance brings, in milliseconds.
const LONGEST_MS: f64 = Distribution::LONGEST.as_ms() as f64;

impl Sampler {
    /// Draws from `distribution` with the stream of this name.
    pub fn new(distribution: &Distribution, seed: Seed, owner: &str, purpose: &str) -> Sampler {
        match (distribution, Law::new(distribution)) {
            (Distribution::Constant(constant), _) => Sampler { constant: *constant, chance: None },
            (_, Law::Constant(ms)) => Sampler { constant: rounded(bounded(ms)), chance: None },
            (_, law) => {
                let stream = Stream::new(seed, owner, purpose);
                Sampler { constant: SimDuration::ZERO, chance: Some(Box::new(Chance { law, stream })) }
            }
        }
    }

    /// The duration of this ordinal: whole milliseconds, halves rounded up, at most [`Distribution::LONGEST`].
    #[inline]
    pub fn draw(&mut self, ordinal: u64) -> SimDuration {
        match &mut self.chance {
            None => self.constant,
            Some(chance) => rounded(chance.draw_ms(ordinal)),
        }
    }

    /// The same in milliseconds before rounding.
    #[inline]
    pub fn draw_ms(&mut self, ordinal: u64) -> f64 {
        match &mut self.chance {
            None => self.constant.as_ms() as f64,
            Some(chance) => chance.draw_ms(ordinal),
        }
    }

    /// The value of every draw, when chance plays no part.
    #[inline]
    pub fn constant(&self) -> Option<SimDuration> {
        self.chance.is_none().then_some(self.constant)
    }
}

/// A law of plain numbers with the stream they are drawn from.
#[derive(Clone, Debug)]
pub struct NumberSampler {
    law: Law<f64>,
    stream: Stream,
}

impl NumberSampler {
    /// Draws from `distribution` with the stream of this name.
    pub fn new(distribution: &Distribution<f64>, seed: Seed, owner: &str, purpose: &str) -> NumberSampler {
        NumberSampler { law: Law::new(distribution), stream: Stream::new(seed, owner, purpose) }
    }

    /// The number of this ordinal.
    pub fn draw(&mut self, ordinal: u64) -> f64 {
        self.law.draw(&mut self.stream.draw(ordinal))
    }
}

impl Chance {
    fn draw_ms(&mut self, ordinal: u64) -> f64 {
        bounded(self.law.draw(&mut self.stream.draw(ordinal)))
    }
}

/// Never negative, not a number, or past the longest.
fn bounded(ms: f64) -> f64 {
    if ms > 0.0 { ms.min(LONGEST_MS) } else { 0.0 }
}

/// Halves go up. Adding a half first would also round up the number just below it.
fn rounded(ms: f64) -> SimDuration {
    let whole = ms as u64;
    SimDuration::from_ms(if ms - whole as f64 >= 0.5 { whole + 1 } else { whole })
}

#[cfg(test)]
mod tests;
