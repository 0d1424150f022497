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
    /// Events later than this do not happen; those at this very time do.
    pub horizon: SimTime,
    /// No more events than this.
    pub events: u64,
    /// No more events than this at one instant, whether its events schedule each other or its settling does.
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
    /// The last instant at which something happened, in this call or in one before it.
    pub last: SimTime,
    /// Events handled in this call.
    pub events: u64,
}

/// Runs until nothing is left to happen or a limit is reached. It can be called again to go on: a limit stops it
/// before the event that would pass it, and an instant cut short settles when its remaining events have happened.
pub fn run<S: Simulate>(sim: &mut S, queue: &mut EventQueue<S::Event>, limits: &Limits) -> Ran {
    let mut events = 0_u64;
    let mut instant = None;
    let mut events_before_instant = 0_u64;
    let stop = loop {
        let Some(now) = queue.next_time() else { break StopReason::Drained };
        if now > limits.horizon {
            break StopReason::Horizon;
        }
        if instant != Some(now) {
            instant = Some(now);
            events_before_instant = events;
        }
        // One comparison per event serves both limits.
        let most = limits.events.min(events_before_instant.saturating_add(limits.events_per_instant));
        while events < most
            && let Some(event) = queue.pop_at(now)
        {
            events += 1;
            sim.handle(now, event, queue);
        }
        if queue.is_due(now) {
            break if events == limits.events { StopReason::Events } else { StopReason::Livelock(now) };
        }
        sim.settle(now, queue);
    };
    Ran { stop, last: queue.now(), events }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::SimDuration;

    /// Writes down what happens; does what its events say.
    #[derive(Default)]
    struct Diary {
        lines: Vec<String>,
        settles_again: u32,
    }

    #[derive(Clone, Copy)]
    enum Event {
        Note(char),
        /// Notes, and schedules another note after so many milliseconds.
        Then(char, u64),
        /// Happens again, after so many milliseconds.
        Again(u64),
    }

    impl Simulate for Diary {
        type Event = Event;
        fn handle(&mut self, now: SimTime, event: Event, queue: &mut EventQueue<Event>) {
            match event {
                Event::Note(name) => self.lines.push(format!("{now} {name}")),
                Event::Then(name, after) => {
                    self.lines.push(format!("{now} {name}"));
                    queue.at(now + SimDuration::from_ms(after), Event::Note('x'));
                }
                Event::Again(after) => {
                    queue.at(now + SimDuration::from_ms(after), event);
                }
            }
        }
        fn settle(&mut self, now: SimTime, queue: &mut EventQueue<Event>) {
            self.lines.push(format!("{now} settled"));
            if self.settles_again > 0 {
                self.settles_again -= 1;
                queue.at(now, Event::Note('s'));
            }
        }
    }

    const NO_LIMITS: Limits =
        Limits { horizon: SimTime::MAX, events: u64::MAX, events_per_instant: u64::MAX };

    fn queue_of(events: &[(u64, Event)]) -> EventQueue<Event> {
        let mut queue = EventQueue::new();
        for (ms, event) in events {
            queue.at(SimTime::from_ms(*ms), *event);
        }
        queue
    }

    #[test]
    fn an_instant_settles_once_all_of_its_events_have_happened() {
        let mut diary = Diary::default();
        let mut queue = queue_of(&[(7, Event::Note('c')), (5, Event::Then('a', 0)), (5, Event::Note('b'))]);
        let ran = run(&mut diary, &mut queue, &NO_LIMITS);
        assert_eq!(ran, Ran { stop: StopReason::Drained, last: SimTime::from_ms(7), events: 4 });
        assert_eq!(
            diary.lines,
            ["0.005 a", "0.005 b", "0.005 x", "0.005 settled", "0.007 c", "0.007 settled"]
        );
    }

    #[test]
    fn what_settling_schedules_for_now_opens_the_instant_again() {
        let mut diary = Diary { settles_again: 1, ..Diary::default() };
        run(&mut diary, &mut queue_of(&[(5, Event::Note('a'))]), &NO_LIMITS);
        assert_eq!(diary.lines, ["0.005 a", "0.005 settled", "0.005 s", "0.005 settled"]);
    }

    #[test]
    fn the_horizon_itself_still_happens() {
        let mut diary = Diary::default();
        let mut queue = queue_of(&[(5, Event::Note('a')), (6, Event::Note('b'))]);
        let until = |ms| Limits { horizon: SimTime::from_ms(ms), ..NO_LIMITS };
        let ran = run(&mut diary, &mut queue, &until(5));
        assert_eq!(ran, Ran { stop: StopReason::Horizon, last: SimTime::from_ms(5), events: 1 });
        assert_eq!(diary.lines, ["0.005 a", "0.005 settled"]);

        let ran = run(&mut diary, &mut queue, &until(6));
        assert_eq!(ran, Ran { stop: StopReason::Drained, last: SimTime::from_ms(6), events: 1 });
    }

    #[test]
    fn what_is_scheduled_between_two_calls_happens_in_its_place() {
        let mut diary = Diary::default();
        let mut queue = queue_of(&[(5, Event::Note('a')), (9_000_000, Event::Note('c'))]);
        run(&mut diary, &mut queue, &Limits { horizon: SimTime::from_ms(10), ..NO_LIMITS });
        queue.at(SimTime::from_ms(2_000), Event::Note('b'));
        run(&mut diary, &mut queue, &NO_LIMITS);
        assert_eq!(diary.lines[2..4], ["2.000 b", "2.000 settled"]);
        assert_eq!(diary.lines[4], "9000.000 c");
    }

    #[test]
    fn time_that_stands_still_ends_as_a_livelock() {
        let mut queue = queue_of(&[(3, Event::Note('a')), (5, Event::Again(0))]);
        let ran = run(&mut Diary::default(), &mut queue, &Limits { events_per_instant: 100, ..NO_LIMITS });
        let stop = StopReason::Livelock(SimTime::from_ms(5));
        assert_eq!(ran, Ran { stop, last: SimTime::from_ms(5), events: 101 });
    }

    #[test]
    fn settling_for_ever_is_a_livelock_too() {
        let mut diary = Diary { settles_again: u32::MAX, ..Diary::default() };
        let mut queue = queue_of(&[(5, Event::Note('a'))]);
        let ran = run(&mut diary, &mut queue, &Limits { events_per_instant: 100, ..NO_LIMITS });
        assert_eq!(ran.stop, StopReason::Livelock(SimTime::from_ms(5)));
        assert_eq!(ran.events, 100);
    }

    #[test]
    fn an_instant_may_use_its_whole_limit() {
        let mut queue = queue_of(&[(5, Event::Note('a')), (5, Event::Note('b')), (6, Event::Note('c'))]);
        let ran = run(&mut Diary::default(), &mut queue, &Limits { events_per_instant: 2, ..NO_LIMITS });
        assert_eq!((ran.stop, ran.events), (StopReason::Drained, 3));
    }

    #[test]
    fn the_number_of_events_is_a_limit_and_the_next_call_goes_on() {
        let events = [(5, Event::Note('a')), (5, Event::Note('b')), (6, Event::Note('c'))];
        let mut whole = Diary::default();
        run(&mut whole, &mut queue_of(&events), &NO_LIMITS);

        let mut diary = Diary::default();
        let mut queue = queue_of(&events);
        let one = Limits { events: 1, ..NO_LIMITS };
        let stops: Vec<StopReason> = (0..3).map(|_| run(&mut diary, &mut queue, &one).stop).collect();
        assert_eq!(stops, [StopReason::Events, StopReason::Events, StopReason::Drained]);
        assert_eq!(diary.lines, whole.lines);
    }

    #[test]
    fn a_slow_loop_runs_into_the_number_of_events() {
        let mut queue = queue_of(&[(0, Event::Again(1))]);
        let ran = run(&mut Diary::default(), &mut queue, &Limits { events: 1_000, ..NO_LIMITS });
        assert_eq!(ran, Ran { stop: StopReason::Events, last: SimTime::from_ms(999), events: 1_000 });
    }

    #[test]
    fn nothing_to_do_is_done_at_once() {
        let ran = run(&mut Diary::default(), &mut EventQueue::new(), &NO_LIMITS);
        assert_eq!(ran, Ran { stop: StopReason::Drained, last: SimTime::ZERO, events: 0 });
    }
}
