//! What is done about failed daemons: how many instances are repaired at a time, and how soon a daemon or a task is
//! started again.

use crate::kernel::SimDuration;
use crate::model::assumptions::{BatchRounding, RepairCap};

/// How many of `fleet` instances auto repair may drain at a time.
pub fn cap(fleet: u32, rule: RepairCap) -> u32 {
    if fleet < rule.one_below {
        return 1;
    }
    let share = rule.percent.of(u64::from(fleet), BatchRounding::Floor);
    u32::try_from(share).unwrap_or(u32::MAX).max(1)
}

/// The longest that a daemon waits before it is started again. One that ran as long has not failed in a row.
pub const LONGEST_BACKOFF: SimDuration = SimDuration::from_secs(300);

/// How long a daemon that is not critical waits before it is started again, after so many failures in a row.
pub fn backoff(failures: u32) -> SimDuration {
    doubling(failures, LONGEST_BACKOFF)
}

/// How long a service waits before it replaces a task, after so many in its place failed to start in a row.
pub fn throttle(failures: u32) -> SimDuration {
    doubling(failures, SimDuration::from_secs(27 * 60))
}

/// Ten seconds, doubled with each failure after the first.
fn doubling(failures: u32, most: SimDuration) -> SimDuration {
    let Some(doublings) = failures.checked_sub(1) else { return SimDuration::ZERO };
    SimDuration::from_secs(10 << doublings.min(16)).min(most)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Percent;

    #[test]
    fn a_fifth_of_the_fleet_and_one_of_a_small_one() {
        let rule = RepairCap { percent: Percent::whole(20), one_below: 9 };
        // ⌊9/5⌋ = 1, ⌊10/5⌋ = 2, ⌊14/5⌋ = 2, ⌊15/5⌋ = 3.
        for (fleet, most) in [(0, 1), (1, 1), (8, 1), (9, 1), (10, 2), (14, 2), (15, 3), (100, 20)] {
            assert_eq!(cap(fleet, rule), most, "{fleet}");
        }
        assert_eq!(cap(9, RepairCap { percent: Percent::whole(5), one_below: 2 }), 1);
    }

    #[test]
    fn waits_double_up_to_their_cap() {
        let secs = |of: fn(u32) -> SimDuration| (0..8).map(|n| of(n).as_ms() / 1000).collect::<Vec<_>>();
        assert_eq!(secs(backoff), [0, 10, 20, 40, 80, 160, 300, 300]);
        assert_eq!(secs(throttle), [0, 10, 20, 40, 80, 160, 320, 640]);
        assert_eq!(throttle(9), SimDuration::from_secs(1620));
        assert_eq!(throttle(u32::MAX), SimDuration::from_secs(1620));
    }
}
