//! When a deployment's circuit breaker trips.

use crate::model::assumptions::BreakerThreshold;

/// How many failures trip the breaker of a deployment over `fleet` instances.
pub fn threshold(fleet: u32, rule: BreakerThreshold) -> u32 {
    u32::try_from(rule.failures(u64::from(fleet))).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Percent;

    #[test]
    fn half_the_fleet_within_bounds() {
        let bounded = BreakerThreshold::BoundedPercent(Percent::whole(50));
        // ⌈0.5⌉ = 1 → 3; ⌈7/2⌉ = 4; ⌈401/2⌉ = 201 → 200.
        for (fleet, failures) in [(0, 3), (1, 3), (6, 3), (7, 4), (100, 50), (400, 200), (401, 200)] {
            assert_eq!(threshold(fleet, bounded), failures, "{fleet}");
        }
        assert_eq!(threshold(1000, BreakerThreshold::Percent(Percent::whole(50))), 500);
        assert_eq!(threshold(3, BreakerThreshold::Percent(Percent::whole(10))), 1);
        assert_eq!(threshold(0, BreakerThreshold::Percent(Percent::whole(50))), 1);
        assert_eq!(threshold(9, BreakerThreshold::Count(7)), 7);
    }
}
