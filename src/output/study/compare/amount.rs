//! Sizes of differences, for people.

use crate::kernel::SimDuration;
use crate::output::decimal::{cents, grouped};
use crate::output::human::human;
use crate::study::results::LOW_POINT_SCALE;

/// How amounts of a measure are said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::output) enum Amount {
    /// Things.
    Count,
    /// Milliseconds.
    Time,
    /// Millionths of a dollar.
    Money,
    /// A share of 1: percent, and its differences points.
    Share,
    /// A share in millionths: percent, and its differences points.
    Millionths,
}

impl Amount {
    /// A value: `14 m 02 s`, `71.2 %`.
    pub(in crate::output) fn level(self, value: f64) -> String {
        let text = self.number(value.abs());
        let text = if self.is_share() { format!("{text} %") } else { text };
        if value < 0.0 && !is_nothing(&text) { format!("−{text}") } else { text }
    }

    /// A difference without its sign: `14 m 02 s`, `3.1 points`.
    pub(in crate::output) fn size(self, difference: f64) -> String {
        let text = self.number(difference.abs());
        match text.as_str() {
            "1" if self.is_share() => "1 point".to_owned(),
            _ if self.is_share() => format!("{text} points"),
            _ => text,
        }
    }

    /// A difference with its sign: `+14 m 02 s`, `−3.1`.
    pub(in crate::output) fn signed(self, difference: f64) -> String {
        let text = self.number(difference.abs());
        match difference {
            _ if is_nothing(&text) => text,
            d if d > 0.0 => format!("+{text}"),
            _ => format!("−{text}"),
        }
    }

    const fn is_share(self) -> bool {
        matches!(self, Amount::Share | Amount::Millionths)
    }

    fn number(self, value: f64) -> String {
        match self {
            Amount::Count => plain(value),
            // What does not fit is as long as can be.
            Amount::Time => human(SimDuration::from_ms(value.round() as u64)),
            Amount::Money => money(value / 1e6),
            Amount::Share => plain(value * 100.0),
            Amount::Millionths => plain(value / LOW_POINT_SCALE),
        }
    }
}

/// As few decimals as tell it from nothing: `5,000`, `12.3`, `0.04`.
fn plain(value: f64) -> String {
    let tenths = (value * 10.0).round();
    if (value - value.round()).abs() < 1e-9 || tenths >= 10_000.0 {
        grouped(value.round() as u128)
    } else if value < 0.95 {
        format!("{value:.2}")
    } else {
        format!("{}.{}", grouped(tenths as u128 / 10), tenths as u128 % 10)
    }
}

/// Cents; of less than a dollar, also parts of them.
fn money(dollars: f64) -> String {
    if dollars >= 0.995 {
        return cents((dollars * 1e9).round() as u128);
    }
    let text = format!("${dollars:.4}");
    text.strip_suffix("00").map_or(text.clone(), str::to_owned)
}

/// Whether a text shows nothing but noughts.
fn is_nothing(text: &str) -> bool {
    !text.bytes().any(|b| (b'1'..=b'9').contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_short() {
        for (amount, value, level) in [
            (Amount::Time, 842_000.0, "14 m 02 s"),
            (Amount::Time, 41_260.4, "41.3 s"),
            (Amount::Count, 5_000.0, "5,000"),
            (Amount::Count, 1_234.56, "1,235"),
            (Amount::Count, 12.34, "12.3"),
            (Amount::Count, 0.04, "0.04"),
            (Amount::Count, 0.96, "1.0"),
            (Amount::Money, 12_345_678.0, "$12.35"),
            (Amount::Money, 350_000.0, "$0.35"),
            (Amount::Money, 1_234.0, "$0.0012"),
            (Amount::Share, 0.123, "12.3 %"),
            (Amount::Share, 1.0, "100 %"),
            (Amount::Millionths, 712_345.0, "71.2 %"),
        ] {
            assert_eq!(amount.level(value), level);
        }
    }

    #[test]
    fn differences_have_signs_and_points() {
        assert_eq!(Amount::Time.signed(-680_000.0), "−11 m 20 s");
        assert_eq!(Amount::Time.signed(5_000.0), "+5 s");
        assert_eq!(Amount::Time.signed(-0.2), "0 s");
        assert_eq!(Amount::Share.signed(-0.031), "−3.1");
        assert_eq!(Amount::Share.size(-0.031), "3.1 points");
        assert_eq!(Amount::Millionths.size(10_000.0), "1 point");
        assert_eq!(Amount::Count.signed(0.0), "0");
        assert_eq!(Amount::Money.signed(-0.001), "$0.00");
    }
}
