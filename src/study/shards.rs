//! A study cut into pieces that are computed anywhere.

use super::campaign::{Count, Wanted};
use std::ops::Range;

/// The points of which a shard has runs; with `auto` it has all of theirs.
pub fn points_of(points: usize, shards: u64, shard: u64) -> Range<usize> {
    let cut = |n: u64| usize::try_from(cut(points as u64, shards, n)).unwrap_or(points);
    cut(shard)..cut(shard + 1)
}

/// The runs of a shard: the runs of all points in their order are cut into pieces of equal length, give or take one.
pub fn runs_of(points: usize, replications: u64, shards: u64, shard: u64) -> Vec<Wanted> {
    let runs = u128::from(replications) * points as u128;
    let at = |n: u64| runs * u128::from(n) / u128::from(shards);
    let (from, to) = (at(shard), at(shard + 1));
    let narrow = |n: u128| u64::try_from(n).unwrap_or(u64::MAX);
    let of_point = |point: usize| {
        let first = point as u128 * u128::from(replications);
        let last = first + u128::from(replications);
        let (from, to) = (from.clamp(first, last) - first, to.clamp(first, last) - first);
        (from < to).then(|| (point, narrow(from)..narrow(to)))
    };
    (0..points).filter_map(of_point).collect()
}

/// How many shards can have something to do.
pub fn most(points: usize, count: &Count) -> u128 {
    match count {
        Count::Number(replications) => u128::from(*replications) * points as u128,
        Count::Auto(_) => points as u128,
    }
}

fn cut(of: u64, shards: u64, n: u64) -> u64 {
    u64::try_from(u128::from(of) * u128::from(n) / u128::from(shards)).unwrap_or(of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_are_the_whole_each_run_once() {
        for (points, replications, shards) in [(3, 7, 1), (3, 7, 4), (3, 7, 21), (1, 10, 3), (5, 2, 3)] {
            let mut all = Vec::new();
            for shard in 0..shards {
                let runs = runs_of(points, replications, shards, shard);
                let ones = runs.into_iter().flat_map(|(point, range)| range.map(move |r| (point, r)));
                all.extend(ones);
            }
            let expected: Vec<(usize, u64)> =
                (0..points).flat_map(|point| (0..replications).map(move |r| (point, r))).collect();
            assert_eq!(all, expected, "{points} {replications} {shards}");
        }
    }

    #[test]
    fn points_stay_whole_where_they_must() {
        let parts: Vec<Range<usize>> = (0..3).map(|shard| points_of(7, 3, shard)).collect();
        assert_eq!(parts, [0..2, 2..4, 4..7]);
    }

    #[test]
    fn a_shard_may_begin_within_a_point() {
        // 20 runs in three: 0 to 6, 6 to 13, 13 to 20.
        assert_eq!(runs_of(2, 10, 3, 1), [(0, 6..10), (1, 0..3)]);
    }
}
