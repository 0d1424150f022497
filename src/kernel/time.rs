//! Virtual time in whole milliseconds.

use std::fmt;
use std::ops::{Add, AddAssign, Sub};

/// An instant of virtual time: milliseconds since the clock started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SimTime(u64);

/// A length of virtual time in whole milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SimDuration(u64);

impl SimTime {
    /// When the clock starts.
    pub const ZERO: SimTime = SimTime(0);
    /// Later than anything that can be scheduled.
    pub const MAX: SimTime = SimTime(u64::MAX);

    /// The instant `ms` milliseconds after the start.
    pub const fn from_ms(ms: u64) -> SimTime {
        SimTime(ms)
    }

    /// Milliseconds since the start.
    pub const fn as_ms(self) -> u64 {
        self.0
    }

    /// The virtual clock to the second, as people read it: `1:02:03`.
    pub fn clock(self) -> String {
        let seconds = self.0 / 1000;
        format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
    }

    /// How long after `earlier` this is; zero when it is not later.
    pub const fn since(self, earlier: SimTime) -> SimDuration {
        SimDuration(self.0.saturating_sub(earlier.0))
    }
}

impl SimDuration {
    /// No time at all.
    pub const ZERO: SimDuration = SimDuration(0);
    /// The longest there is; a sum with it stays at `SimTime::MAX`.
    pub const MAX: SimDuration = SimDuration(u64::MAX);

    /// `ms` milliseconds.
    pub const fn from_ms(ms: u64) -> SimDuration {
        SimDuration(ms)
    }

    /// `seconds` seconds.
    pub const fn from_secs(seconds: u64) -> SimDuration {
        SimDuration(seconds.saturating_mul(1000))
    }

    /// Whole milliseconds.
    pub const fn as_ms(self) -> u64 {
        self.0
    }

    /// The shorter of the two.
    #[must_use]
    pub fn min(self, other: SimDuration) -> SimDuration {
        SimDuration(self.0.min(other.0))
    }
}

impl Add<SimDuration> for SimTime {
    type Output = SimTime;
    fn add(self, rhs: SimDuration) -> SimTime {
        SimTime(self.0.saturating_add(rhs.0))
    }
}

impl Sub for SimTime {
    type Output = SimDuration;
    fn sub(self, rhs: SimTime) -> SimDuration {
        debug_assert!(self >= rhs, "{self:?} is before {rhs:?}");
        SimDuration(self.0 - rhs.0)
    }
}

impl Add for SimDuration {
    type Output = SimDuration;
    fn add(self, rhs: SimDuration) -> SimDuration {
        SimDuration(self.0.saturating_add(rhs.0))
    }
}

impl AddAssign for SimDuration {
    fn add_assign(&mut self, rhs: SimDuration) {
        *self = *self + rhs;
    }
}

/// Seconds with three decimals, as every table writes them: `83.250`.
impl fmt::Display for SimTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:03}", self.0 / 1000, self.0 % 1000)
    }
}

/// Seconds with three decimals, as every table writes them: `83.250`.
impl fmt::Display for SimDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:03}", self.0 / 1000, self.0 % 1000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_ends_but_does_not_wrap() {
        let late = SimTime::from_ms(u64::MAX - 1);
        assert_eq!(late + SimDuration::from_ms(5), SimTime::MAX);
        assert_eq!(SimTime::from_ms(5) + SimDuration::MAX, SimTime::MAX);
        assert_eq!(SimDuration::from_secs(u64::MAX), SimDuration::MAX);
        let mut sum = SimDuration::MAX;
        sum += SimDuration::from_ms(1);
        assert_eq!(sum, SimDuration::MAX);
    }

    #[test]
    fn what_lies_between_two_instants() {
        let (early, late) = (SimTime::from_ms(1_000), SimTime::from_ms(3_500));
        assert_eq!(late - early, SimDuration::from_ms(2_500));
        assert_eq!(late.since(early), SimDuration::from_ms(2_500));
        assert_eq!(early.since(late), SimDuration::ZERO);
    }

    #[test]
    #[should_panic(expected = "is before")]
    #[cfg(debug_assertions)]
    fn a_difference_asserts_its_order() {
        let _ = SimTime::ZERO - SimTime::from_ms(1);
    }

    #[test]
    fn times_print_as_seconds_with_three_decimals() {
        assert_eq!(SimTime::from_ms(83_250).to_string(), "83.250");
        assert_eq!(SimDuration::from_ms(7).to_string(), "0.007");
    }
}
