//! Two candidates in the same weather.

use crate::record::Unit;
use crate::study::estimate::around;
use crate::study::pairs::Pairs;

/// How much more one has than the other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Pair {
    /// In the mean.
    pub(super) mean: f64,
    /// The true mean is not below this, but for the doubt.
    pub(super) low: f64,
    /// The difference was the same in every run.
    pub(super) exact: bool,
}

/// Compares the replications that both have.
pub(super) fn compare(one: &[u64], other: &[u64], doubt: f64) -> Pair {
    let mut pairs = Pairs::default();
    one.iter().zip(other).for_each(|(one, other)| pairs.add(*other, *one));
    let Some(difference) = pairs.difference(Unit::Count) else {
        return Pair { mean: 0.0, low: f64::NEG_INFINITY, exact: false };
    };
    let mean = difference.mean;
    match difference.sd {
        // One run shows nothing of how runs differ.
        None => Pair { mean, low: f64::NEG_INFINITY, exact: false },
        Some(_) if difference.least == difference.most => Pair { mean, low: mean, exact: true },
        Some(sd) => {
            let (low, _) = around(mean, sd, difference.pairs, 1.0 - 2.0 * doubt);
            Pair { mean, low, exact: false }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Differences 1, 2, 3, 4, 5: mean 3, variance 2.5; Student's t with 4 degrees leaves 2.5 % above 2.776.
    #[test]
    fn means_of_differences_have_students_interval() {
        let pair = compare(&[11, 22, 33, 44, 55, 1000], &[10, 20, 30, 40, 50], 0.025);
        assert!((pair.low - (3.0 - 2.776 * (2.5_f64 / 5.0).sqrt())).abs() < 1e-3, "{pair:?}");
        assert_eq!((pair.mean, pair.exact), (3.0, false));
    }

    #[test]
    fn what_never_varies_is_exact() {
        assert_eq!(compare(&[5, 9], &[7, 11], 0.01), Pair { mean: -2.0, low: -2.0, exact: true });
        assert!(!compare(&[5], &[7], 0.01).exact);
        assert!(!compare(&[], &[7], 0.01).exact);
    }
}
