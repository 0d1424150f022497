//! The hold model: a queue of constant size from which the earliest event is popped and scheduled anew, over
//! and over. It is what a simulation does to its queue, without the simulation.

use daemonsim::kernel::{EventQueue, SimTime};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// How far ahead events are scheduled.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Law {
    /// Exponential with a mean of twenty seconds, and at least a millisecond, as not every engine can schedule
    /// for now.
    Exponential,
    /// The whole milliseconds of a rollout: a handful of constants, hence many ties.
    Rollout,
}

impl Law {
    /// Both.
    pub(crate) const ALL: [Law; 2] = [Law::Exponential, Law::Rollout];

    /// As the tables call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Law::Exponential => "exponential",
            Law::Rollout => "rollout",
        }
    }

    /// Steps drawn beforehand, so that no queue pays for drawing them.
    pub(crate) fn steps(self) -> Vec<u64> {
        const ROLLOUT: [u64; 9] = [35_000, 4_000, 20_000, 14_000, 3_000, 16_000, 40_000, 5_000, 45_000];
        let mut state = 1;
        let mut random = || splitmix64(&mut state);
        let step = |bits: u64| match self {
            Law::Exponential => {
                let unit = ((bits >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
                ((-libm::log(unit) * 20_000.0) as u64).max(1)
            }
            Law::Rollout => ROLLOUT[(bits >> 32) as usize % ROLLOUT.len()],
        };
        (0..STEPS).map(|_| step(random())).collect()
    }
}

/// A power of two, and small enough to stay in the cache.
const STEPS: usize = 1 << 14;

/// SplitMix64, by Steele, Lea and Flood.
fn splitmix64(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// What the hold model needs of a queue.
pub(crate) trait Queue {
    /// Schedules an event.
    fn schedule(&mut self, time: u64, event: u64);
    /// Takes the earliest event.
    fn next(&mut self) -> (u64, u64);
}

/// Ours, used as the engine uses it. Ties come out in order, and every event could be cancelled.
impl Queue for EventQueue<u64> {
    fn schedule(&mut self, time: u64, event: u64) {
        self.at(SimTime::from_ms(time), event);
    }
    fn next(&mut self) -> (u64, u64) {
        let now = self.next_time().expect("the hold model never runs dry");
        (now.as_ms(), self.pop_at(now).expect("an event is due when it is said to be"))
    }
}

/// The standard library's heap, bare: no order among ties, nothing can be cancelled.
#[derive(Default)]
pub(crate) struct Bare(BinaryHeap<Reverse<(u64, u32, u64)>>);

impl Queue for Bare {
    fn schedule(&mut self, time: u64, event: u64) {
        self.0.push(Reverse((time, 0, event)));
    }
    fn next(&mut self) -> (u64, u64) {
        let Reverse((time, _, event)) = self.0.pop().expect("the hold model never runs dry");
        (time, event)
    }
}

/// A queue in use: so many events pending, stepping on by a law.
pub(crate) struct Hold<Q> {
    queue: Q,
    steps: Vec<u64>,
    turn: usize,
}

impl<Q: Queue> Hold<Q> {
    /// `pending` events, in a queue that has been turned over enough to have forgotten how it was filled.
    pub(crate) fn new(mut queue: Q, pending: usize, law: Law) -> Self {
        let steps = law.steps();
        for event in 0..pending {
            queue.schedule(steps[event % STEPS], event as u64);
        }
        let mut hold = Hold { queue, steps, turn: 0 };
        hold.turn(3 * pending);
        hold
    }

    /// So many events are popped and scheduled anew. Returns something that depends on all of them.
    pub(crate) fn turn(&mut self, events: usize) -> u64 {
        let mut sum = 0_u64;
        for _ in 0..events {
            let (time, event) = self.queue.next();
            self.turn += 1;
            self.queue.schedule(time + self.steps[self.turn % STEPS], event);
            sum = sum.wrapping_add(time ^ event);
        }
        sum
    }
}
