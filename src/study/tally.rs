//! What many runs came to, in whole numbers: the same whatever order they are counted or put together in.

use std::collections::BTreeMap;

/// Up to so many values are kept one by one.
const EXACT_MAX: usize = 1 << 16;

/// Binary digits of a value that are kept beyond: errors stay below one in 16,384.
const DIGITS: u32 = 15;

/// The values of one measure.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    count: u64,
    absent: u64,
    sum: u128,
    /// Modulo 2¹²⁸: what it is needed for, the squares of deviations, is smaller.
    squares: u128,
    least: u64,
    most: u64,
    values: Values,
}

/// For order statistics.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Values {
    /// Each of them.
    Exact(Vec<u64>),
    /// How many there are of each first [`DIGITS`] digits.
    Coarse(BTreeMap<u64, u64>),
}

impl Default for Values {
    fn default() -> Values {
        Values::Exact(Vec::new())
    }
}

impl Tally {
    /// One more value.
    pub fn add(&mut self, value: u64) {
        let (first, wide) = (self.count == 0, u128::from(value));
        self.count += 1;
        self.sum += wide;
        self.squares = self.squares.wrapping_add(wide.wrapping_mul(wide));
        self.least = if first { value } else { self.least.min(value) };
        self.most = self.most.max(value);
        match &mut self.values {
            Values::Exact(values) if values.len() < EXACT_MAX => values.push(value),
            Values::Exact(_) | Values::Coarse(_) => *self.coarse().entry(rounded(value)).or_default() += 1,
        }
    }

    /// One more run that does not have a value.
    pub fn add_absent(&mut self) {
        self.absent += 1;
    }

    /// How many values.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// How many runs had none.
    pub fn absent(&self) -> u64 {
        self.absent
    }

    /// Their sum.
    pub fn sum(&self) -> u128 {
        self.sum
    }

    /// The smallest and the largest; none of none.
    pub fn range(&self) -> Option<(u64, u64)> {
        (self.count > 0).then_some((self.least, self.most))
    }

    /// Their mean; none of none.
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum as f64 / self.count as f64)
    }

    /// Their variance, with n − 1; none of fewer than two.
    pub fn variance(&self) -> Option<f64> {
        let n = u128::from(self.count);
        if n < 2 {
            return None;
        }
        // Σ(x − q)² with q the whole part of the mean, modulo 2¹²⁸ throughout, then the rest of the mean: exact until
        // the last line, so that equal values have a variance of exactly 0.
        let (whole, rest) = (self.sum / n, self.sum % n);
        let deviations = self
            .squares
            .wrapping_sub(whole.wrapping_mul(self.sum).wrapping_mul(2))
            .wrapping_add(n.wrapping_mul(whole).wrapping_mul(whole));
        let centred = deviations as f64 - (rest as f64) * (rest as f64) / n as f64;
        Some(centred.max(0.0) / (n - 1) as f64)
    }

    /// The smallest values that at least these shares of the values, in thousandths and rising, do not exceed; none of
    /// none.
    pub fn quantiles<const N: usize>(&self, thousandths: [u64; N]) -> Option<[u64; N]> {
        if self.count == 0 {
            return None;
        }
        let rank = |share: u64| {
            let rank = (u128::from(self.count) * u128::from(share)).div_ceil(1000);
            u64::try_from(rank).unwrap_or(self.count).clamp(1, self.count)
        };
        Some(match &self.values {
            Values::Exact(values) => {
                let mut sorted = values.clone();
                sorted.sort_unstable();
                thousandths.map(|share| sorted[rank(share) as usize - 1])
            }
            Values::Coarse(counts) => thousandths.map(|share| {
                let (rank, mut seen) = (rank(share), 0);
                let reaches = |(value, count): (&u64, &u64)| {
                    seen += count;
                    (seen >= rank).then_some(*value)
                };
                counts.iter().find_map(reaches).unwrap_or(self.most).clamp(self.least, self.most)
            }),
        })
    }

    /// The values in so many steps of equal width between the smallest and the largest: how many fall into each.
    pub fn histogram(&self, steps: usize) -> Vec<u64> {
        let mut counts = vec![0; steps];
        let width = u128::from(self.most - self.least) + 1;
        let mut put = |value: u64, count: u64| {
            let offset = u128::from(value.clamp(self.least, self.most) - self.least);
            counts[(offset * steps as u128 / width) as usize] += count;
        };
        match &self.values {
            Values::Exact(values) => values.iter().for_each(|value| put(*value, 1)),
            Values::Coarse(values) => values.iter().for_each(|(value, count)| put(*value, *count)),
        }
        counts
    }

    fn coarse(&mut self) -> &mut BTreeMap<u64, u64> {
        if let Values::Exact(values) = &mut self.values {
            let mut counts = BTreeMap::new();
            for value in values.drain(..) {
                *counts.entry(rounded(value)).or_default() += 1;
            }
            self.values = Values::Coarse(counts);
        }
        match &mut self.values {
            Values::Coarse(counts) => counts,
            Values::Exact(_) => unreachable!("made coarse above"),
        }
    }
}

/// The middle of those values that share the first digits of this one.
fn rounded(value: u64) -> u64 {
    let drop = (u64::BITS - value.leading_zeros()).saturating_sub(DIGITS);
    let cut = value >> drop << drop;
    if drop == 0 { cut } else { cut | 1 << (drop - 1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(values: impl IntoIterator<Item = u64>) -> Tally {
        let mut tally = Tally::default();
        values.into_iter().for_each(|value| tally.add(value));
        tally
    }

    #[test]
    fn means_and_variances_are_those_of_the_textbook() {
        // 2, 4, 4, 4, 5, 5, 7, 9: mean 5, squares of deviations 32.
        let t = tally([2, 4, 4, 4, 5, 5, 7, 9]);
        assert_eq!((t.mean(), t.variance()), (Some(5.0), Some(32.0 / 7.0)));
        assert_eq!(t.range(), Some((2, 9)));
        let t = tally([1, 2]);
        assert_eq!((t.mean(), t.variance()), (Some(1.5), Some(0.5)));
        assert_eq!((tally([7]).mean(), tally([7]).variance()), (Some(7.0), None));
        assert_eq!((tally([]).mean(), tally([]).variance(), tally([]).quantiles([500])), (None, None, None));
    }

    /// In floats the squares of these drown the deviations.
    #[test]
    fn large_values_keep_their_small_deviations() {
        let base = 600_000_000_000_000_000;
        let t = tally((0..1000).map(|n| base + n % 2));
        assert_eq!(t.variance(), Some(250.0 / 999.0));
        assert_eq!(tally(vec![base; 77]).variance(), Some(0.0));
    }

    #[test]
    fn quantiles_are_values_that_were_seen() {
        let t = tally([30, 10, 20, 40]);
        assert_eq!(t.quantiles([50, 250, 251, 500, 950]), Some([10, 10, 20, 20, 40]));
        assert_eq!(tally([5]).quantiles([50, 500, 950]), Some([5, 5, 5]));
        assert_eq!(tally(1..=100).quantiles([50, 500, 950]), Some([5, 50, 95]));
    }

    #[test]
    fn very_many_values_keep_four_digits_in_any_order() {
        let values = || (0..200_000_u64).map(|n| 1_000_000 + n * 7919 % 200_000);
        let forth = tally(values());
        let mut back: Vec<u64> = values().collect();
        back.reverse();
        assert_eq!(forth, tally(back));
        for (share, exact) in [(50, 1_009_999.0), (500, 1_099_999.0), (950, 1_189_999.0)] {
            let [found] = forth.quantiles([share]).expect("values");
            let error = (found as f64 - exact) / exact;
            assert!(error.abs() < 1.0 / 16_384.0, "{share}: {found} for {exact}");
        }
    }

    #[test]
    fn histograms_hold_everything() {
        assert_eq!(tally([0, 1, 2, 3, 4, 5, 6, 7]).histogram(4), [2, 2, 2, 2]);
        assert_eq!(tally([5, 5, 5]).histogram(3), [3, 0, 0]);
        assert_eq!(tally([0, 10]).histogram(2), [1, 1]);
    }
}
