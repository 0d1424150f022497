//! The clock's loop: drain an instant, let it settle, go on to the next.

use super::{EventQueue, SimTime};

/// Something that can be simulated.
pub trait Simulate {
    /// What can happen to it.
    type Event: Copy;

    /// One event happens.
    fn handle(&mut self, now: SimTime, event: Self::Event, queue: &mut EventQueue<Self::Event>);

    /// All events of this instant have happened: time to decide. What it schedules for `now` opens the same
    /// instant again.
    fn settle(&mut self, now: SimTime, queue: &mut EventQueue<Self::Event>);
}

/// Where a run ends at the latest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Events later than this do not happen.
    pub horizon: SimTime,
    /// No more events than this.
    pub events: u64,
    /// No more events than this at one instant.
    pub events_per_instant: u64,
}

/// Why a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopReason {
    /// Nothing is left to happen.
    Drained,
    /// What is left lies beyond the horizon.
    Horizon,
    /// The number of events reached its limit.
    Events,
    /// Time stood still at this instant for more events than the limit.
    Livelock(SimTime),
}

/// What a run came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ran {
    /// Why it ended.
    pub stop: StopReason,
    /// The last instant at which something happened.
    pub last: SimTime,
    /// Events handled.
    pub events: u64,
}

/// Runs until nothing is left to happen or a limit is reached. It can be called again to go on.
pub fn run<S: Simulate>(sim: &mut S, queue: &mut EventQueue<S::Event>, limits: &Limits) -> Ran {
    let mut ran = Ran { stop: StopReason::Drained, last: SimTime::ZERO, events: 0 };
    while let Some(now) = queue.next_time() {
        if now > limits.horizon {
            ran.stop = StopReason::Horizon;
            return ran;
        }
        ran.last = now;
        let mut here = 0;
        while queue.next_time() == Some(now) {
            while let Some(event) = queue.pop_at(now) {
                sim.handle(now, event, queue);
                ran.events += 1;
                here += 1;
                if here > limits.events_per_instant {
                    ran.stop = StopReason::Livelock(now);
                    return ran;
                }
            }
            sim.settle(now, queue);
        }
        if ran.events >= limits.events {
            ran.stop = StopReason::Events;
            return ran;
        }
    }
    ran
}
