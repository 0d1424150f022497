//! How many instances a wave drains, which ones, and when a lane may go on.

use crate::model::assumptions::{Assumptions, BatchBase, VictimOrder, WaveMode};
use crate::model::{Cluster, DaemonDeployment, InstanceId, Lane, LaneState, Percent};

/// How many instances are drained at a time: a share of `count`, never less than one.
pub fn batch(percent: Percent, count: u32, assumptions: &Assumptions) -> u32 {
    let share = percent.of(u64::from(count), assumptions.batch_rounding);
    u32::try_from(share).unwrap_or(u32::MAX).max(1)
}

/// What a lane does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Step {
    /// Drain so many more instances: as the next wave, or within the window.
    Drain(u32),
    /// The wave is done.
    EndWave {
        /// Whether instances are left for another one.
        more: bool,
    },
    /// Nothing yet.
    Wait(WaitingOn),
    /// Nothing is left to do.
    Finish,
}

/// What a lane waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitingOn {
    /// The drained instances of the wave.
    Wave,
    /// Old instances that are not ACTIVE yet.
    OldInstances,
    /// Old instances on their way out.
    Departures,
    /// A pause.
    Pause,
    /// The first instance of providers that were empty.
    FirstInstance,
}

/// A lane's fleet in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Remaining {
    /// Old instances that are ACTIVE.
    pub active: u32,
    /// Old instances that will be.
    pub coming: u32,
    /// Old instances that are DRAINING.
    pub draining: u32,
    /// REGISTERING, ACTIVE and DRAINING instances, old and new.
    pub fleet: u32,
}

/// Counts what is left for a lane.
pub fn remaining(cluster: &Cluster, deployment: &DaemonDeployment, lane: &Lane) -> Remaining {
    let mut sum = Remaining::default();
    for at in &lane.targets {
        let (provider, target) = deployment.targets[*at as usize];
        sum.fleet += cluster.provider(provider).fleet();
        for set in cluster.old_sets(provider, deployment.daemon, target) {
            sum.active += set.active;
            sum.coming += set.launching + set.registering;
            sum.draining += set.draining;
        }
    }
    sum
}

/// What a lane does next.
pub fn decide(cluster: &Cluster, deployment: &DaemonDeployment, lane: &Lane) -> Step {
    let left = remaining(cluster, deployment, lane);
    let assumptions = &cluster.assumptions;
    let batch = match assumptions.batch_base {
        BatchBase::Initial => lane.batch_now,
        BatchBase::Current => batch(deployment.drain_percent, left.fleet, assumptions),
        BatchBase::Remaining => batch(deployment.drain_percent, left.active + left.coming, assumptions),
    };
    let sliding = assumptions.wave_mode == WaveMode::SlidingWindow;
    match lane.state {
        LaneState::Ready if left.active > 0 => Step::Drain(batch.min(left.active)),
        LaneState::Ready if left.coming > 0 => Step::Wait(WaitingOn::OldInstances),
        LaneState::Ready if left.draining > 0 || lane.leaving > 0 => Step::Wait(WaitingOn::Departures),
        LaneState::Ready if deployment.awaits_first => Step::Wait(WaitingOn::FirstInstance),
        LaneState::Ready => Step::Finish,
        LaneState::Draining
            if sliding && !deployment.is_ending(lane) && left.active > 0 && lane.leaving < batch =>
        {
            Step::Drain((batch - lane.leaving).min(left.active))
        }
        LaneState::Draining if sliding => {
            let over = lane.leaving == 0 && (deployment.is_ending(lane) || left.coming + left.draining == 0);
            if over { Step::EndWave { more: false } } else { Step::Wait(WaitingOn::Wave) }
        }
        LaneState::Draining => {
            let done = lane.current.iter().all(|wave| {
                let wave = &cluster.waves[wave.index()];
                wave.leaving == 0
                    || (assumptions.wave_mode == WaveMode::ReplacementsActive
                        && wave.unmoved == 0
                        && wave.awaited == 0)
            });
            if done {
                Step::EndWave { more: left.active + left.coming > 0 }
            } else {
                Step::Wait(WaitingOn::Wave)
            }
        }
        LaneState::Baking | LaneState::Gap => Step::Wait(WaitingOn::Pause),
        LaneState::Done => Step::Finish,
    }
}

/// Puts victims in order. `lot` draws a number for an instance, for the random order.
pub fn order_victims<T: Copy>(
    cluster: &Cluster,
    victims: &mut [T],
    id: impl Fn(&T) -> InstanceId,
    mut lot: impl FnMut(&T) -> u64,
) {
    match cluster.assumptions.victim_order {
        // They come by provider and number; across providers age decides.
        VictimOrder::Oldest => victims.sort_by_key(|v| cluster.instances[id(v)].launched),
        VictimOrder::FewestTasks => {
            victims.sort_by_key(|v| {
                let instance = &cluster.instances[id(v)];
                (instance.tasks.len(), instance.launched)
            });
        }
        VictimOrder::Random => victims.sort_by_cached_key(|v| lot(v)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::assumptions::BatchRounding;

    #[test]
    fn a_batch_is_exact_and_never_empty() {
        let with = |rounding| Assumptions { batch_rounding: rounding, ..Assumptions::default() };
        // Sum by hand: 25 % of 5 is 1.25, of 10 is 2.5, of 37 is 9.25.
        for (count, ceil, floor, half_up) in
            [(1, 1, 1, 1), (5, 2, 1, 1), (10, 3, 2, 3), (37, 10, 9, 9), (100, 25, 25, 25)]
        {
            assert_eq!(batch(Percent::whole(25), count, &with(BatchRounding::Ceil)), ceil);
            assert_eq!(batch(Percent::whole(25), count, &with(BatchRounding::Floor)), floor);
            assert_eq!(batch(Percent::whole(25), count, &with(BatchRounding::HalfUp)), half_up);
        }
    }
}
