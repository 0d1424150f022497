//! From what was seen to what is likely: means, shares, and how sure one may be of them.
//!
//! Quantiles of the laws come from a library that calls the platform's logarithms. They are cut to nine digits, so that
//! the last bits, in which platforms differ, never reach a result.

use super::results::Estimate;
use super::tally::Tally;
use crate::record::Unit;
use statrs::distribution::{Beta, ContinuousCDF, StudentsT};

/// What intervals hold the true value with, unless told otherwise.
pub const CONFIDENCE: f64 = 0.95;

/// The normal law's two-sided quantile for that.
const Z: f64 = 1.959_963_985;

/// What a measure's values say of it; none: no run had one.
pub fn estimate(tally: &Tally, unit: Unit) -> Option<Estimate> {
    let (mean, (least, most)) = (tally.mean()?, tally.range()?);
    let [p5, p50, p95] = tally.quantiles([50, 500, 950])?;
    let runs = tally.count();
    let sd = tally.variance().map(f64::sqrt);
    let interval = match unit {
        _ if runs < 2 => None,
        Unit::Flag => Some(wilson(u64::try_from(tally.sum()).unwrap_or(runs), runs)),
        Unit::Count | Unit::Milliseconds | Unit::MicroDollars | Unit::Outcome | Unit::Status => {
            sd.map(|sd| around(mean, sd, runs, CONFIDENCE))
        }
    };
    Some(Estimate { runs, absent: tally.absent(), mean, sd, interval, p5, p50, p95, least, most })
}

/// Student's interval of a mean of `runs` values with this standard deviation.
pub fn around(mean: f64, sd: f64, runs: u64, confidence: f64) -> (f64, f64) {
    let half = student(runs - 1, confidence) * sd / (runs as f64).sqrt();
    (mean - half, mean + half)
}

/// The two-sided quantile of Student's t.
pub fn student(freedom: u64, confidence: f64) -> f64 {
    let quantile = StudentsT::new(0.0, 1.0, freedom.max(1) as f64)
        .map_or(f64::INFINITY, |law| law.inverse_cdf(0.5 + confidence / 2.0));
    cut(quantile)
}

/// Wilson's interval, at 95 %, of a share seen in `hits` of `runs`.
pub fn wilson(hits: u64, runs: u64) -> (f64, f64) {
    let (n, p) = (runs as f64, hits as f64 / runs as f64);
    let (z2, n2) = (Z * Z, runs as f64 * runs as f64);
    let middle = p + z2 / (2.0 * n);
    let half = Z * (p * (1.0 - p) / n + z2 / (4.0 * n2)).sqrt();
    let below = 1.0 + z2 / n;
    let low = if hits == 0 { 0.0 } else { (middle - half) / below };
    let high = if hits == runs { 1.0 } else { (middle + half) / below };
    (low.max(0.0), high.min(1.0))
}

/// Agresti's and Min's interval (2005), at 95 %, of the difference of two shares seen in the same `pairs` runs: `lost`
/// hits turned into misses, `won` misses into hits. Half a run is added to each of the four cells, so that a difference
/// that was never seen is not taken for one that cannot be.
pub fn paired_shares(lost: u64, won: u64, pairs: u64) -> (f64, f64) {
    let (n, lost, won) = (pairs as f64 + 2.0, lost as f64 + 0.5, won as f64 + 0.5);
    let middle = (won - lost) / n;
    let half = Z * ((won + lost) - (won - lost) * (won - lost) / n).sqrt() / n;
    ((middle - half).max(-1.0), (middle + half).min(1.0))
}

/// Clopper's and Pearson's bounds: a true share below the first, or above the second, would show so many hits with a
/// probability of no more than `doubt`, each.
pub fn exact_bounds(hits: u64, runs: u64, doubt: f64) -> (f64, f64) {
    let quantile = |a: u64, b: u64, at: f64| {
        Beta::new(a as f64, b as f64).map_or(f64::NAN, |law| cut(law.inverse_cdf(at)))
    };
    let low = if hits == 0 { 0.0 } else { quantile(hits, runs - hits + 1, doubt) };
    let high = if hits == runs { 1.0 } else { quantile(hits + 1, runs - hits, 1.0 - doubt) };
    (low, high)
}

/// Nine significant digits.
fn cut(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    let mut scale = 1.0;
    let mut scaled = value.abs();
    while scaled < 1e8 {
        scaled *= 10.0;
        scale *= 10.0;
    }
    (value * scale).round() / scale
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From printed tables.
    #[test]
    fn quantiles_of_student_are_those_of_the_tables() {
        for (freedom, confidence, printed) in
            [(1, 0.95, 12.706), (4, 0.95, 2.776), (9, 0.95, 2.262), (30, 0.99, 2.750), (120, 0.95, 1.980)]
        {
            let found = student(freedom, confidence);
            assert!((found - printed).abs() < 6e-4, "{freedom}: {found} for {printed}");
        }
    }

    /// Newcombe (1998): 81 of 263; 15 of 148; 0 of 20; 1 of 29.
    #[test]
    fn wilsons_intervals_are_those_published() {
        for (hits, runs, low, high) in [
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0, 0.1611),
            (1, 29, 0.0061, 0.1718),
        ] {
            let (l, h) = wilson(hits, runs);
            assert!((l - low).abs() < 6e-5 && (h - high).abs() < 6e-5, "{hits} of {runs}: {l} to {h}");
        }
        assert_eq!(wilson(20, 20).1, 1.0);
    }

    /// 100 pairs, of which 30 went one way and 10 the other. With the halves: 10.5 and 30.5 of 102; middle 20 / 102;
    /// the square under the root 41 − 400 / 102 = 37.078 431 373, its root 6.089 206 135; half 0.117 006 1.
    #[test]
    fn intervals_of_paired_shares_are_those_by_hand() {
        let (low, high) = paired_shares(10, 30, 100);
        assert!((low - 0.079_072_3).abs() < 1e-6 && (high - 0.313_084_6).abs() < 1e-6, "{low} to {high}");
        let (low, high) = paired_shares(30, 10, 100);
        assert!((low + 0.313_084_6).abs() < 1e-6 && (high + 0.079_072_3).abs() < 1e-6, "{low} to {high}");
        // No difference seen: ±1.96 / 102, not nothing.
        let (low, high) = paired_shares(0, 0, 100);
        assert!((high - 0.019_215_3).abs() < 1e-6 && low == -high, "{low} to {high}");
        assert_eq!(paired_shares(0, 1, 1).1, 1.0);
    }

    /// Without a miss the bound is the root: p with pⁿ = doubt.
    #[test]
    fn exact_bounds_are_exact_where_they_can_be_worked_out() {
        let (low, high) = exact_bounds(59, 59, 0.05);
        assert!((low - libm::pow(0.05, 1.0 / 59.0)).abs() < 1e-8, "{low}");
        assert_eq!(high, 1.0);
        let (low, high) = exact_bounds(0, 59, 0.05);
        assert!((high - (1.0 - libm::pow(0.05, 1.0 / 59.0))).abs() < 1e-8, "{high}");
        assert_eq!(low, 0.0);
        // Newcombe (1998): 81 of 263, at 2.5 % on either side.
        let (low, high) = exact_bounds(81, 263, 0.025);
        assert!((low - 0.2527).abs() < 6e-5 && (high - 0.3676).abs() < 6e-5, "{low} to {high}");
    }

    #[test]
    fn the_last_digits_are_cut() {
        assert_eq!(cut(12.706_204_736_432), 12.706_204_7);
        assert_eq!(cut(0.000_123_456_789_012), 0.000_123_456_789);
        assert_eq!(cut(0.0), 0.0);
    }
}
