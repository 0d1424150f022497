//! Which provider a task goes to: bases first, then by weight.

use crate::model::ProviderShare;

/// The place in the strategy where the next task goes; the strategy has at least one item with a base to fill or a
/// weight.
pub fn choose_provider(strategy: &[ProviderShare]) -> usize {
    if strategy.len() == 1 {
        return 0;
    }
    if let Some(at) = strategy.iter().position(|s| s.tasks < s.base) {
        return at;
    }
    // The share that is furthest behind: the least (extra + 1) / weight, the first of equals.
    let mut best: Option<(usize, u64, u64)> = None;
    for (at, share) in strategy.iter().enumerate().filter(|(_, s)| s.weight > 0) {
        let (next, weight) = (u64::from(share.tasks.saturating_sub(share.base)) + 1, u64::from(share.weight));
        if best.is_none_or(|(_, n, w)| next * w < n * weight) {
            best = Some((at, next, weight));
        }
    }
    best.map_or(0, |(at, _, _)| at)
}

/// How `desired` tasks are spread over the strategy when nothing is there yet.
pub fn spread(strategy: &[ProviderShare], desired: u32) -> Vec<u32> {
    if strategy.len() == 1 {
        return vec![desired];
    }
    let mut shares: Vec<ProviderShare> = strategy.iter().map(|s| ProviderShare { tasks: 0, ..*s }).collect();
    for _ in 0..desired {
        let at = choose_provider(&shares);
        shares[at].tasks += 1;
    }
    shares.iter().map(|s| s.tasks).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Id;

    #[test]
    fn bases_come_first_then_weights() {
        let share = |i, base, weight| ProviderShare { provider: Id::new(i), base, weight, tasks: 0 };
        // Two to the first; then of nine, one to three.
        assert_eq!(spread(&[share(0, 2, 1), share(1, 0, 3)], 10), vec![4, 6]);
        assert_eq!(spread(&[share(0, 0, 1), share(1, 0, 1)], 5), vec![3, 2]);
        assert_eq!(spread(&[share(0, 1, 0), share(1, 0, 1)], 5), vec![1, 4]);
    }
}
