//! The axis of a measure: round values of whatever it counts, from means that are not whole.

use crate::kernel::{SimDuration, SimTime};
use crate::output::decimal::grouped;
use crate::output::plot::scale::{Scale, time_marks, time_step};
use crate::output::study::words::Kind;

/// Values of a measure in half-pixels.
pub(super) struct Amounts {
    kind: Kind,
    scale: Scale,
    /// Where its marks are, and what they say.
    pub(super) ticks: Vec<(i32, String)>,
    /// What the marks' numbers are.
    pub(super) unit: String,
    /// Whether it does not begin at zero.
    pub(super) broken: bool,
}

/// Marks on an axis, about.
const TICKS: u64 = 6;

impl Amounts {
    /// An axis that shows all of these values, the least near `low`.
    pub(super) fn new(kind: Kind, values: impl IntoIterator<Item = f64>, low: i32, high: i32) -> Amounts {
        let values: Vec<u64> = values.into_iter().map(|value| grains(kind, value)).collect();
        let most = values.iter().copied().max().unwrap_or(0);
        let least = values.iter().copied().min().unwrap_or(0);
        // Equal values, and those that differ much, are shown against nothing at all.
        let least = if least == most || least / 2 < (most - least) / 3 { 0 } else { least };
        let (from, to, marks, unit) = match kind {
            Kind::Time => times(least, most),
            Kind::Work(what) => {
                let (one, word) = match most / grains_per(kind) as u64 {
                    0..120_000 => (1_000, "seconds"),
                    120_000..7_200_000 => (60_000, "minutes"),
                    _ => (3_600_000, "hours"),
                };
                decimals(least, most, one * 1_000, format!("{what}-{word}"))
            }
            Kind::Money => decimals(least, most, 1_000_000_000, "US dollars".to_owned()),
            Kind::Share => decimals(least, most, 10_000, "%".to_owned()),
            Kind::Count(what) => decimals(least, most, 1_000, what.to_owned()),
        };
        let scale = Scale::new(from, to, low, high);
        let ticks = marks.into_iter().map(|(at, text)| (scale.map(at), text)).collect();
        Amounts { kind, scale, ticks, unit, broken: from > 0 }
    }

    /// Where a value falls.
    pub(super) fn at(&self, value: f64) -> i32 {
        self.scale.map(grains(self.kind, value))
    }
}

/// From where to where, marks, and what they are in.
type Marks = (u64, u64, Vec<(u64, String)>, String);

fn times(least: u64, most: u64) -> Marks {
    let (least, most) = (least / 1_000, most.div_ceil(1_000));
    let step = time_step(most - least, TICKS);
    let from = least / step * step;
    let to = most.div_ceil(step).max(from / step + 1).saturating_mul(step);
    let at = |ms| SimTime::ZERO + SimDuration::from_ms(ms);
    let ticks = time_marks(at(from), at(to), step);
    let unit = match ticks.unit {
        "s" => "seconds",
        "min" => "minutes",
        "h" => "hours",
        other => other,
    };
    let grains = |ms: u64| ms.saturating_mul(1_000);
    let marks = ticks.marks.into_iter().map(|(at, text)| (grains(at.as_ms()), text)).collect();
    (grains(from), grains(to), marks, unit.to_owned())
}

/// Marks at 1, 2 or 5 times a power of ten, from a thousandth on, of something that is `one` grains large.
fn decimals(least: u64, most: u64, one: u64, unit: String) -> Marks {
    let span = u128::from((most - least).max(1));
    let steps = (0..22_u32).flat_map(|power| [1, 2, 5].map(|n| n * 10_u128.pow(power)));
    let step = steps.map(|milli| (milli, milli * u128::from(one) / 1_000));
    let found =
        step.into_iter().find(|(_, grains)| *grains > 0 && span.div_ceil(*grains) <= u128::from(TICKS));
    let (milli, step) = found.unwrap_or((1_000, u128::from(one)));
    let places = if milli >= 1_000 { 0 } else { 3 - milli.ilog10() as usize };
    let from = u128::from(least) / step;
    let to = u128::from(most).div_ceil(step).max(from + 1);
    let text = |n: u128| {
        let value = n * milli;
        let whole = grouped(value / 1_000);
        let part = format!("{:03}", value % 1_000);
        if places == 0 { whole } else { format!("{whole}.{}", &part[..places]) }
    };
    let whole = |n: u128| u64::try_from(n * step).unwrap_or(u64::MAX);
    let marks = (from..=to).map(|n| (whole(n), text(n))).collect();
    (whole(from), whole(to), marks, unit)
}

/// A value in whole grains; nothing lies below zero.
fn grains(kind: Kind, value: f64) -> u64 {
    (value.max(0.0) * grains_per(kind)).round() as u64
}

/// Grains of one of a column's unit.
fn grains_per(kind: Kind) -> f64 {
    match kind {
        Kind::Share => 1_000_000.0,
        Kind::Time | Kind::Work(_) | Kind::Money | Kind::Count(_) => 1_000.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(kind: Kind, values: &[f64]) -> (String, String, bool) {
        let amounts = Amounts::new(kind, values.iter().copied(), 600, 0);
        let ticks: Vec<String> = amounts.ticks.iter().map(|(_, text)| text.clone()).collect();
        (ticks.join(" "), amounts.unit, amounts.broken)
    }

    #[test]
    fn marks_are_round_in_the_unit_that_is_shown() {
        for (kind, values, ticks, unit, broken) in [
            (Kind::Time, &[300_000.0, 1_500_000.0][..], "0 5 10 15 20 25", "minutes", false),
            (
                Kind::Time,
                &[1_500_000.5, 1_620_000.0],
                "0:25:00 0:25:30 0:26:00 0:26:30 0:27:00",
                "h:mm:ss",
                true,
            ),
            (Kind::Share, &[0.0, 0.034], "0 1 2 3 4", "%", false),
            (Kind::Share, &[0.991, 0.9935], "99.10 99.15 99.20 99.25 99.30 99.35", "%", true),
            (Kind::Count("tasks"), &[262.2, 262.9], "262.2 262.4 262.6 262.8 263.0", "tasks", true),
            (Kind::Count("tasks"), &[0.0, 0.0], "0.000 0.001", "tasks", false),
            (Kind::Money, &[12_500_000.0, 12_900_000.0], "12.5 12.6 12.7 12.8 12.9", "US dollars", true),
            (Kind::Work("instance"), &[0.0, 36_000_000.0], "0 2 4 6 8 10", "instance-hours", false),
        ] {
            assert_eq!(axis(kind, values), (ticks.to_owned(), unit.to_owned(), broken));
        }
    }

    #[test]
    fn the_largest_values_break_nothing() {
        let huge = u64::MAX as f64;
        for kind in [Kind::Time, Kind::Work("task"), Kind::Money, Kind::Share, Kind::Count("events")] {
            let amounts = Amounts::new(kind, [0.0, huge], 600, 0);
            assert!(amounts.ticks.len() <= 8, "{kind:?}");
            assert_eq!(amounts.at(-5.0), 600);
        }
    }

    #[test]
    fn values_fall_between_marks() {
        let amounts = Amounts::new(Kind::Share, [0.0, 1.0], 1000, 0);
        assert_eq!([amounts.at(0.0), amounts.at(0.25), amounts.at(1.0)], [1000, 750, 0]);
    }
}
