//! From time and counts to half-pixels, in whole numbers.

use crate::kernel::{SimDuration, SimTime};
use crate::output::decimal::grouped;

/// A straight map from values to half-pixels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    from: u64,
    to: u64,
    low: i32,
    high: i32,
}

impl Scale {
    /// `from` falls on `low`, `to` on `high`.
    pub(super) fn new(from: u64, to: u64, low: i32, high: i32) -> Scale {
        Scale { from, to: to.max(from + 1), low, high }
    }

    /// Where a value falls; what lies outside falls on the border.
    pub(super) fn map(&self, value: u64) -> i32 {
        let value = value.clamp(self.from, self.to);
        let (part, whole) = (i128::from(value - self.from), i128::from(self.to - self.from));
        let length = i128::from(self.high - self.low);
        // Rounded half away from the low end, whichever way the axis points.
        let moved = (2 * part * length.abs() + whole) / (2 * whole) * length.signum();
        self.low + i32::try_from(moved).unwrap_or(0)
    }

    /// Where an instant falls.
    pub(super) fn at(&self, time: SimTime) -> i32 {
        self.map(time.as_ms())
    }
}

/// A scale for counts from `least` to `most` that ends at round numbers, and its ticks.
pub(super) fn counts(least: u64, most: u64, low: i32, high: i32) -> (Scale, Vec<u64>) {
    let span = (most - least).max(1);
    let step = (0..)
        .flat_map(|power| [1, 2, 5].map(|n| n * 10_u64.pow(power)))
        .find(|step| span.div_ceil(*step) <= 6)
        .unwrap_or(span);
    let (from, to) = (least / step * step, most.div_ceil(step).max(least / step + 1) * step);
    let ticks = (from / step..=to / step).map(|n| n * step).collect();
    (Scale::new(from, to, low, high), ticks)
}

/// The marks of a time axis.
pub(super) struct TimeTicks {
    /// When, and what it says.
    pub(super) marks: Vec<(SimTime, String)>,
    /// What the numbers are.
    pub(super) unit: &'static str,
}

/// Marks at round times of a window, no more than `most`.
pub(super) fn time_ticks(from: SimTime, to: SimTime, most: u64) -> TimeTicks {
    time_marks(from, to, time_step(to.since(from).as_ms(), most))
}

const S: u64 = 1000;
const M: u64 = 60 * S;
const H: u64 = 60 * M;
const D: u64 = 24 * H;

/// The round length of time, in milliseconds, that goes into a span no more than `most` times.
pub(super) fn time_step(span: u64, most: u64) -> u64 {
    let steps = [
        S,
        2 * S,
        5 * S,
        10 * S,
        15 * S,
        30 * S,
        M,
        2 * M,
        5 * M,
        10 * M,
        15 * M,
        30 * M,
        H,
        2 * H,
        3 * H,
        6 * H,
        12 * H,
        D,
        2 * D,
        7 * D,
        14 * D,
        28 * D,
    ];
    steps.into_iter().find(|step| span / step <= most).unwrap_or(span.max(1))
}

/// Marks at the multiples of a step.
pub(super) fn time_marks(from: SimTime, to: SimTime, step: u64) -> TimeTicks {
    let end = to.as_ms();
    // The unit that keeps numbers short; the clock when a narrow window lies late.
    let (unit, label): (_, fn(u64) -> String) = if step < M && end <= 10 * M {
        ("s", |ms| grouped((ms / S).into()))
    } else if step < M {
        ("h:mm:ss", |ms| format!("{}:{:02}:{:02}", ms / H, ms / M % 60, ms / S % 60))
    } else if step < H && end <= 10 * H {
        ("min", |ms| grouped((ms / M).into()))
    } else if step < H {
        ("h:mm", |ms| format!("{}:{:02}", ms / H, ms / M % 60))
    } else if step < D {
        ("h", |ms| grouped((ms / H).into()))
    } else {
        ("days", |ms| grouped((ms / D).into()))
    };
    let marks = (from.as_ms().div_ceil(step)..=end / step)
        .map(|n| (SimTime::ZERO + SimDuration::from_ms(n * step), label(n * step)))
        .collect();
    TimeTicks { marks, unit }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_fall_where_they_should() {
        let up = Scale::new(0, 200, 100, 500);
        assert_eq!([up.map(0), up.map(50), up.map(200), up.map(999)], [100, 200, 500, 500]);
        let down = Scale::new(0, 200, 500, 100);
        assert_eq!([down.map(0), down.map(50), down.map(200)], [500, 400, 100]);
        let point = Scale::new(7, 7, 0, 10);
        assert_eq!(point.map(7), 0);
    }

    #[test]
    fn counts_end_at_round_numbers() {
        let (_, ticks) = counts(0, 218, 0, 100);
        assert_eq!(ticks, [0, 50, 100, 150, 200, 250]);
        assert_eq!(counts(0, 0, 0, 100).1, [0, 1]);
        assert_eq!(counts(262, 280, 0, 100).1, [260, 265, 270, 275, 280]);
        assert_eq!(counts(5, 5, 0, 100).1, [5, 6]);
    }

    #[test]
    fn a_late_narrow_window_shows_the_clock() {
        let at = SimTime::from_ms;
        let early = time_ticks(at(0), at(1_800_000), 12);
        assert_eq!((early.unit, &*early.marks[1].1), ("min", "5"));
        let late = time_ticks(at(259_200_000), at(260_400_000), 12);
        assert_eq!((late.unit, &*late.marks[1].1), ("h:mm", "72:02"));
        let days = time_ticks(at(0), at(604_800_000), 12);
        assert_eq!((days.unit, days.marks.len()), ("days", 8));
    }
}
