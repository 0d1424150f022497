//! What is worth telling beside the winner.

use crate::study::limit::Want;
use crate::study::results::{Binding, CandidateResult, Chance, Fate, Head, Judgement};

/// The candidates next to one on each axis: the axis, and which.
pub(super) fn neighbours(axes: &[Head], of: usize) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut step: usize = axes.iter().map(|axis| axis.labels.len()).product();
    for (at, axis) in axes.iter().enumerate() {
        let length = axis.labels.len().max(1);
        step /= length;
        let place = of / step % length;
        if place > 0 {
            found.push((at, of - step));
        }
        if place + 1 < length {
            found.push((at, of + step));
        }
    }
    found
}

/// Whether two candidates differ in one axis at most, this one.
pub(super) fn differ_only_in(axes: &[Head], axis: usize, one: usize, other: usize) -> bool {
    let mut step: usize = axes.iter().map(|axis| axis.labels.len()).product();
    axes.iter().enumerate().all(|(at, head)| {
        let length = head.labels.len().max(1);
        step /= length;
        at == axis || one / step % length == other / step % length
    })
}

/// The candidates that no other beats in both, the objective and capacity, from the least objective on. Those that seem
/// to miss a limit are left out, unless it is one on that very capacity; so are those of which `wanted` does not hold.
pub(super) fn front(
    all: &[CandidateResult],
    wants: &[Want],
    about_capacity: &[bool],
    wanted: impl Fn(usize) -> bool,
) -> Vec<usize> {
    let fit = |candidate: &CandidateResult| {
        let limits = candidate.chances.iter().zip(wants).zip(about_capacity);
        limits.into_iter().all(|((chance, want), about)| {
            *about
                || chance.runs == 0
                || chance.verdict != Judgement::Missed && want.margin(chance.share()) >= 0.0
        })
    };
    let mut ordered: Vec<(usize, f64, f64)> = all
        .iter()
        .enumerate()
        .filter(|(at, candidate)| wanted(*at) && fit(candidate))
        .filter_map(|(at, candidate)| Some((at, candidate.objective?.mean, candidate.capacity?)))
        .collect();
    ordered.sort_by(|(_, a, a_low), (_, b, b_low)| a.total_cmp(b).then(b_low.total_cmp(a_low)));
    let mut highest = f64::NEG_INFINITY;
    ordered.retain(|(_, _, low)| {
        let higher = *low > highest;
        highest = highest.max(*low);
        higher
    });
    ordered.into_iter().map(|(at, ..)| at).collect()
}

/// What stands in the way when nothing is recommended. When some candidates are open: of these the one that comes nearest
/// to all limits, and the limit that it comes nearest to missing. Or else the one of all that comes nearest, and the
/// limit which most candidates miss that showed what all others ask for; of equals, that which most candidates miss.
///
/// `gaps` has by how much each candidate misses what it misses by most: it tells apart those that always miss.
pub(super) fn binding(all: &[CandidateResult], wants: &[Want], gaps: &[f64]) -> Option<Binding> {
    let open: Vec<usize> = (0..all.len()).filter(|at| all[*at].fate == Fate::Open).collect();
    if let Some(nearest) = nearest(all, wants, gaps, &open) {
        let margins = margins(&all[nearest], wants);
        let undecided = |at: &usize| all[nearest].chances[*at].verdict == Judgement::Open;
        let limit = (0..wants.len()).filter(undecided).min_by(|a, b| margins[*a].total_cmp(&margins[*b]))?;
        return Some(Binding { limit, alone: 0, nearest });
    }
    let short: Vec<Vec<bool>> = all
        .iter()
        .map(|candidate| {
            let limits = candidate.chances.iter().zip(margins(candidate, wants));
            limits.map(|(chance, margin)| margin < 0.0 || chance.verdict == Judgement::Missed).collect()
        })
        .collect();
    let alone = |limit: usize| {
        let only = |short: &&Vec<bool>| short[limit] && short.iter().filter(|short| **short).count() == 1;
        short.iter().filter(only).count() as u64
    };
    let missed = |limit: usize| short.iter().filter(|short| short[limit]).count();
    let limit = (0..wants.len()).rev().max_by_key(|limit| (alone(*limit), missed(*limit)))?;
    let everyone: Vec<usize> = (0..all.len()).collect();
    Some(Binding { limit, alone: alone(limit), nearest: nearest(all, wants, gaps, &everyone)? })
}

/// Of these the candidate whose worst margin is the best; of equals the one that misses by least, or has the least of what
/// is to be small; then the first.
fn nearest(all: &[CandidateResult], wants: &[Want], gaps: &[f64], of: &[usize]) -> Option<usize> {
    let worst = |at: usize| margins(&all[at], wants).into_iter().fold(f64::INFINITY, f64::min);
    let gap = |at: usize| gaps.get(at).copied().unwrap_or_default();
    let mean = |at: usize| all[at].objective.map_or(f64::INFINITY, |objective| objective.mean);
    let better = |a: usize, b: usize| {
        worst(a).total_cmp(&worst(b)).then(gap(b).total_cmp(&gap(a))).then(mean(b).total_cmp(&mean(a)))
    };
    of.iter().rev().copied().max_by(|a, b| better(*a, *b))
}

/// How far a candidate is from missing each limit; of what was never looked at the worst is not assumed.
fn margins(candidate: &CandidateResult, wants: &[Want]) -> Vec<f64> {
    let margin =
        |(chance, want): (&Chance, &Want)| if chance.runs == 0 { 0.0 } else { want.margin(chance.share()) };
    candidate.chances.iter().zip(wants).map(margin).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::estimate::estimate;
    use crate::study::results::Unit;
    use crate::study::tally::Tally;

    fn candidate(objective: u64, capacity: f64, hits: &[u64]) -> CandidateResult {
        let mut tally = Tally::default();
        tally.add(objective);
        let chance =
            |hits: &u64| Chance { hits: *hits, runs: 100, low: 0.0, high: 1.0, verdict: Judgement::Open };
        CandidateResult {
            labels: vec![],
            runs: [100, 0],
            objective: estimate(&tally, Unit::Count),
            capacity: Some(capacity),
            chances: hits.iter().map(chance).collect(),
            fate: Fate::Open,
        }
    }

    const WANTS: [Want; 2] = [Want::AtLeast(0.9), Want::AtMost(0.1)];

    #[test]
    fn neighbours_differ_in_one_value() {
        let head = |count: usize| Head { name: String::new(), labels: vec![String::new(); count] };
        // 3 · 4: number 5 is (1, 1); before and after it on the first axis 1 and 9, on the second 4 and 6.
        assert_eq!(neighbours(&[head(3), head(4)], 5), [(0, 1), (0, 9), (1, 4), (1, 6)]);
        assert_eq!(neighbours(&[head(3), head(4)], 0), [(0, 4), (1, 1)]);
        assert_eq!(neighbours(&[head(1)], 0), []);
        // (1, 1) and (2, 1); (1, 1) and (1, 3).
        assert!(
            differ_only_in(&[head(3), head(4)], 0, 5, 9) && !differ_only_in(&[head(3), head(4)], 1, 5, 9)
        );
        assert!(differ_only_in(&[head(3), head(4)], 1, 5, 7) && differ_only_in(&[head(3), head(4)], 0, 5, 5));
    }

    #[test]
    fn the_front_has_what_nothing_beats() {
        let all = [
            candidate(10, 50.0, &[0, 0]),
            candidate(20, 60.0, &[100, 0]),
            candidate(30, 60.0, &[100, 0]),
            candidate(30, 80.0, &[100, 50]),
            candidate(40, 90.0, &[100, 0]),
        ];
        // The first misses its limit on capacity alone, the fourth another one.
        assert_eq!(front(&all, &WANTS, &[true, false], |_| true), [0, 1, 4]);
        assert_eq!(front(&all, &WANTS, &[false, false], |_| true), [1, 4]);
        assert_eq!(front(&all, &WANTS, &[true, false], |at| at > 1), [2, 4]);
    }

    #[test]
    fn the_limit_that_stands_alone_in_the_way_binds() {
        let mut all =
            [candidate(1, 1.0, &[50, 0]), candidate(1, 1.0, &[50, 40]), candidate(1, 1.0, &[95, 30])];
        all.iter_mut().for_each(|candidate| candidate.fate = Fate::Missed(0));
        // Nine of ten should do, and one of ten may fail: the first misses the first limit alone, five times what may
        // fail fails; the third misses the second, by three times; the second misses both.
        let found = binding(&all, &WANTS, &[]).expect("limits");
        assert_eq!(found, Binding { limit: 0, alone: 1, nearest: 2 });
        assert_eq!(binding(&all[..1], &[], &[]), None);
        // What is open comes first, and its undecided limit.
        all[1].fate = Fate::Open;
        all[1].chances[0].verdict = Judgement::Met;
        assert_eq!(binding(&all, &WANTS, &[]), Some(Binding { limit: 1, alone: 0, nearest: 1 }));
    }

    /// All miss one limit in every run: the nearest misses by least.
    #[test]
    fn of_those_that_always_miss_the_nearest_misses_by_least() {
        let all: Vec<CandidateResult> = (0..3)
            .map(|_| CandidateResult { fate: Fate::Missed(0), ..candidate(100, 5.0, &[0, 0]) })
            .collect();
        let nearest = binding(&all, &WANTS, &[2.0, 0.15, 0.4]).map(|binding| binding.nearest);
        assert_eq!(nearest, Some(1));
    }
}
