//! Differences between runs in the same weather, in whole numbers: the same whatever order they are counted in.

use super::estimate::{around, paired_shares};
use super::results::{Column, Comparison, Difference, Expectation, Unit};
use crate::record::ABSENT;

/// The pairs of one measure.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pairs {
    count: u64,
    only_a: u64,
    only_b: u64,
    sum_a: u128,
    sum_b: u128,
    /// Modulo 2¹²⁸, as in a tally: the squares of deviations are smaller.
    squares: u128,
    least: i128,
    most: i128,
    smaller: u64,
    larger: u64,
}

impl Pairs {
    /// One more replication; [`ABSENT`] stands for no value.
    pub fn add(&mut self, a: u64, b: u64) {
        match (a == ABSENT, b == ABSENT) {
            (true, true) => return,
            (false, true) => return self.only_a += 1,
            (true, false) => return self.only_b += 1,
            (false, false) => (),
        }
        let (first, difference) = (self.count == 0, i128::from(b) - i128::from(a));
        self.count += 1;
        self.sum_a += u128::from(a);
        self.sum_b += u128::from(b);
        let size = difference.unsigned_abs();
        self.squares = self.squares.wrapping_add(size.wrapping_mul(size));
        self.least = if first { difference } else { self.least.min(difference) };
        self.most = if first { difference } else { self.most.max(difference) };
        self.smaller += u64::from(b < a);
        self.larger += u64::from(b > a);
    }

    /// What they say; none when there are none.
    pub fn difference(&self, unit: Unit) -> Option<Difference> {
        if self.count == 0 {
            return None;
        }
        let pairs = self.count;
        // Sums of fewer than 2⁶⁴ values below 2⁶⁴: their difference is one of 128 bits with its sign.
        let sum = self.sum_b.wrapping_sub(self.sum_a) as i128;
        let mean = sum as f64 / pairs as f64;
        let sd = self.variance(sum).map(f64::sqrt);
        let interval = match unit {
            _ if pairs < 2 => None,
            Unit::Flag => Some(paired_shares(self.smaller, self.larger, pairs)),
            Unit::Count | Unit::Milliseconds | Unit::MicroDollars | Unit::Outcome | Unit::Status => {
                sd.map(|sd| around(mean, sd, pairs, super::estimate::CONFIDENCE))
            }
        };
        Some(Difference {
            pairs,
            only_a: self.only_a,
            only_b: self.only_b,
            a_mean: self.sum_a as f64 / pairs as f64,
            b_mean: self.sum_b as f64 / pairs as f64,
            mean,
            sd,
            interval,
            least: self.least,
            most: self.most,
            b_smaller: self.smaller,
            equal: pairs - self.smaller - self.larger,
            b_larger: self.larger,
        })
    }

    /// Of the differences, with n − 1: exact until the last line, as that of a tally.
    fn variance(&self, sum: i128) -> Option<f64> {
        let n = i128::from(self.count);
        if n < 2 {
            return None;
        }
        let (whole, rest) = (sum.div_euclid(n), sum.rem_euclid(n));
        let twice = (whole as u128).wrapping_mul(sum as u128).wrapping_mul(2);
        let squared = (n as u128).wrapping_mul(whole as u128).wrapping_mul(whole as u128);
        let deviations = self.squares.wrapping_sub(twice).wrapping_add(squared);
        let centred = deviations as f64 - (rest as f64) * (rest as f64) / n as f64;
        Some(centred.max(0.0) / (n - 1) as f64)
    }
}

/// The pairs of whole rows.
#[derive(Clone, Debug)]
pub struct RowPairs {
    columns: Vec<Column>,
    /// For each column, its place in the row, and its pairs.
    pairs: Vec<(usize, Pairs)>,
    /// The places of the fewest running app tasks and of those desired then.
    low_point: Option<(usize, usize)>,
    low_points: Pairs,
    replications: u64,
}

impl RowPairs {
    /// Of rows with these columns; those that are no numbers have no differences.
    pub fn new(columns: &[Column]) -> RowPairs {
        let place = |name: &str| columns.iter().position(|column| column.name == name);
        let numbers = || columns.iter().enumerate().filter(|(_, column)| column.unit.is_number());
        RowPairs {
            columns: numbers().map(|(_, column)| column.clone()).collect(),
            pairs: numbers().map(|(at, _)| (at, Pairs::default())).collect(),
            low_point: place("cluster.app_running_min").zip(place("cluster.app_desired_then")),
            low_points: Pairs::default(),
            replications: 0,
        }
    }

    /// One more replication: its row of A and its row of B.
    pub fn add(&mut self, a: &[u64], b: &[u64]) {
        self.replications += 1;
        for (at, pairs) in &mut self.pairs {
            pairs.add(a[*at], b[*at]);
        }
        if let Some((running, desired)) = self.low_point {
            let share = |row: &[u64]| millionths(row[running], row[desired]);
            self.low_points.add(share(a), share(b));
        }
    }

    /// What they say of A and B, which are called so.
    pub fn comparison(&self, a: &str, b: &str, expectations: &[Expectation]) -> Comparison {
        let differences = self.columns.iter().zip(&self.pairs);
        Comparison {
            a: a.to_owned(),
            b: b.to_owned(),
            replications: self.replications,
            columns: self.columns.clone(),
            differences: differences.map(|(column, (_, pairs))| pairs.difference(column.unit)).collect(),
            alone: self.pairs.iter().map(|(_, pairs)| [pairs.only_a, pairs.only_b]).collect(),
            low_point: self.low_points.difference(Unit::Count),
            expectations: expectations.iter().map(|e| e.path.clone()).collect(),
        }
    }
}

/// A share of a whole, to the nearest; nothing of nothing.
fn millionths(part: u64, whole: u64) -> u64 {
    if part == ABSENT || whole == ABSENT || whole == 0 {
        return ABSENT;
    }
    let (part, whole) = (u128::from(part), u128::from(whole));
    u64::try_from((part * 1_000_000 + whole / 2) / whole).unwrap_or(ABSENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(values: &[(u64, u64)]) -> Pairs {
        let mut pairs = Pairs::default();
        values.iter().for_each(|(a, b)| pairs.add(*a, *b));
        pairs
    }

    fn near(found: f64, expected: f64) -> bool {
        (found - expected).abs() < 1e-9 * expected.abs().max(1.0)
    }

    /// Differences −3, 1, 0, −2, −1: sum −5, mean −1; deviations −2, 2, 1, −1, 0, squares 10; variance 10 / 4.
    /// Student's t of four degrees at 95 % is 2.776 445 105.
    #[test]
    fn sums_are_those_by_hand() {
        let d = pairs(&[(10, 7), (4, 5), (6, 6), (9, 7), (2, 1)]).difference(Unit::Count).expect("pairs");
        assert_eq!((d.pairs, d.only_a, d.only_b), (5, 0, 0));
        assert_eq!((d.a_mean, d.b_mean, d.mean), (6.2, 5.2, -1.0));
        assert!(near(d.sd.expect("five"), 2.5_f64.sqrt()));
        let half = 2.776_445_105 * (2.5_f64 / 5.0).sqrt();
        let (low, high) = d.interval.expect("five");
        assert!((low - (-1.0 - half)).abs() < 1e-7 && (high - (half - 1.0)).abs() < 1e-7, "{low} to {high}");
        assert_eq!((d.least, d.most), (-3, 1));
        assert_eq!((d.b_smaller, d.equal, d.b_larger), (3, 1, 1));
    }

    #[test]
    fn a_pair_needs_two_values() {
        let d = pairs(&[(5, ABSENT), (ABSENT, 5), (ABSENT, 6), (ABSENT, ABSENT), (3, 9)]);
        let d = d.difference(Unit::Milliseconds).expect("one pair");
        assert_eq!((d.pairs, d.only_a, d.only_b), (1, 1, 2));
        assert_eq!((d.a_mean, d.b_mean, d.mean, d.sd, d.interval), (3.0, 9.0, 6.0, None, None));
        assert_eq!(pairs(&[(5, ABSENT)]).difference(Unit::Count), None);
    }

    #[test]
    fn a_constant_difference_has_an_exact_interval() {
        // Squares of these do not fit into 128 bits when added up.
        let base = 1_u64 << 63;
        let values: Vec<(u64, u64)> = (0..77).map(|n| (base + n * n, base / 2 + n * n)).collect();
        let d = pairs(&values).difference(Unit::Milliseconds).expect("pairs");
        let exact = -((1_i128 << 62) as f64);
        assert_eq!((d.mean, d.sd, d.interval), (exact, Some(0.0), Some((exact, exact))));
        assert!(d.is_constant());
    }

    #[test]
    fn the_order_does_not_matter() {
        let values: Vec<(u64, u64)> = (0..500).map(|n| (n * 7919 % 1009, n * 104_729 % 2003)).collect();
        let back: Vec<(u64, u64)> = values.iter().rev().copied().collect();
        assert_eq!(pairs(&values), pairs(&back));
        let turned: Vec<(u64, u64)> = values.iter().map(|(a, b)| (*b, *a)).collect();
        let [forth, back] = [&values, &turned].map(|v| pairs(v).difference(Unit::Count).expect("pairs"));
        assert_eq!((forth.mean, forth.sd), (-back.mean, back.sd));
        assert_eq!((forth.b_smaller, forth.least), (back.b_larger, -back.most));
    }

    #[test]
    fn shares_are_of_what_was_desired() {
        assert_eq!(millionths(70, 280), 250_000);
        assert_eq!((millionths(1, 3), millionths(2, 3)), (333_333, 666_667));
        assert_eq!(millionths(0, 0), ABSENT);
        let column = |name: &str| Column { name: name.into(), unit: Unit::Count, optional: true };
        let mut rows =
            RowPairs::new(&[column("cluster.app_running_min"), column("cluster.app_desired_then")]);
        rows.add(&[210, 280], &[140, 280]);
        rows.add(&[280, 280], &[70, 70]);
        let comparison = rows.comparison("a", "b", &[]);
        // −25 points and 0.
        assert_eq!(comparison.low_point.map(|d| d.mean), Some(-125_000.0));
        assert_eq!(comparison.of("cluster.app_desired_then").map(|d| d.mean), Some(-105.0));
    }
}
