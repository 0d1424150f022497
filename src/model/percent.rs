//! Percentages as exact decimals.

use super::assumptions::BatchRounding;
use std::fmt;

/// A percentage in billionths of a percent, so that 7 % of 100 is 7 and 64.4 % of 250 is 161.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Percent(u64);

const UNITS: u64 = 1_000_000_000;

impl Percent {
    /// 25 %, what ECS takes when `drainPercent` is left out.
    pub const DEFAULT_DRAIN: Percent = Percent::whole(25);

    /// `percent` whole percents.
    pub const fn whole(percent: u64) -> Percent {
        Percent(percent * UNITS)
    }

    /// From billionths of a percent.
    pub const fn from_billionths(units: u64) -> Percent {
        Percent(units)
    }

    /// Billionths of a percent.
    pub const fn billionths(self) -> u64 {
        self.0
    }

    /// Its share of `count`, in exact arithmetic, rounded as told.
    pub fn of(self, count: u64, rounding: BatchRounding) -> u64 {
        let whole = u128::from(UNITS) * 100;
        let product = u128::from(self.0) * u128::from(count);
        let share = match rounding {
            BatchRounding::Ceil => product.div_ceil(whole),
            BatchRounding::Floor => product / whole,
            BatchRounding::HalfUp => (product * 2 + whole) / (whole * 2),
        };
        u64::try_from(share).unwrap_or(u64::MAX)
    }
}

/// As short as it can be written: `25`, `64.4`.
impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0 / UNITS, self.0 % UNITS);
        if rest == 0 {
            return write!(f, "{whole}");
        }
        let digits = format!("{rest:09}");
        write!(f, "{whole}.{}", digits.trim_end_matches('0'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_exact() {
        assert_eq!(Percent::whole(7).of(100, BatchRounding::Ceil), 7);
        assert_eq!(Percent::whole(28).of(100, BatchRounding::Ceil), 28);
        assert_eq!(Percent::from_billionths(64_400_000_000).of(250, BatchRounding::Ceil), 161);
        assert_eq!(Percent::whole(25).of(5, BatchRounding::Ceil), 2);
        assert_eq!(Percent::whole(25).of(5, BatchRounding::Floor), 1);
        assert_eq!(Percent::whole(25).of(10, BatchRounding::HalfUp), 3);
        assert_eq!(Percent::whole(25).of(9, BatchRounding::HalfUp), 2);
    }

    #[test]
    fn it_prints_as_short_as_it_can() {
        assert_eq!(Percent::whole(25).to_string(), "25");
        assert_eq!(Percent::from_billionths(64_400_000_000).to_string(), "64.4");
        assert_eq!(Percent::from_billionths(100).to_string(), "0.0000001");
    }
}
