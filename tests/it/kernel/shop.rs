//! A shop: customers come, wait for a server if there is room to wait, are served, and leave.

use daemonsim::kernel::{
    Distribution, EventQueue, Limits, Sampler, Seed, SimTime, Simulate, StopReason, run,
};
use std::collections::VecDeque;

/// Where customers come from.
pub(crate) enum Source {
    /// From outside, with such times between two of them.
    Open(Distribution),
    /// Always the same ones, who come back after such a time away.
    Closed { customers: u64, away: Distribution },
}

pub(crate) struct Shop {
    queue: EventQueue<Event>,
    state: State,
    /// How far it has been played.
    until: SimTime,
}

struct State {
    servers: u64,
    room: u64,
    open: bool,
    arrivals: Sampler,
    service: Sampler,
    busy: u64,
    waiting: VecDeque<usize>,
    visits: Vec<Visit>,
    turned_away: Vec<SimTime>,
    drawn: u64,
    /// Milliseconds spent in the shop by all together, up to the latest change.
    area_ms: u128,
    changed: SimTime,
}

#[derive(Clone, Copy)]
struct Visit {
    came: SimTime,
    served: Option<SimTime>,
    left: Option<SimTime>,
}

#[derive(Clone, Copy)]
enum Event {
    Come,
    Leave(usize),
}

impl Shop {
    pub(crate) fn new(
        servers: u64,
        room: u64,
        source: Source,
        service: &Distribution,
        seed: u64,
        replication: u64,
    ) -> Shop {
        let seed = Seed { seed, replication };
        let (between, customers, open) = match source {
            Source::Open(between) => (between, 1, true),
            Source::Closed { customers, away } => (away, customers, false),
        };
        let mut state = State {
            servers,
            room,
            open,
            arrivals: Sampler::new(&between, seed, "shop", "arrival"),
            service: Sampler::new(service, seed, "shop", "service"),
            busy: 0,
            waiting: VecDeque::new(),
            visits: Vec::new(),
            turned_away: Vec::new(),
            drawn: 0,
            area_ms: 0,
            changed: SimTime::ZERO,
        };
        let mut queue = EventQueue::new();
        (0..customers).for_each(|_| state.expect_one(SimTime::ZERO, &mut queue));
        Shop { queue, state, until: SimTime::ZERO }
    }

    /// Goes on until so many hours after the start, and checks Little's law there.
    pub(crate) fn play_hours(&mut self, hours: u64) {
        let horizon = hour(hours);
        let limits = Limits { horizon, events: u64::MAX, events_per_instant: 1_000 };
        let ran = run(&mut self.state, &mut self.queue, &limits);
        assert_eq!(ran.stop, StopReason::Horizon);
        self.until = horizon;
        let stays = self.state.visits.iter().map(|visit| {
            let left = visit.left.unwrap_or(horizon).min(horizon);
            u128::from((left - visit.came).as_ms())
        });
        assert_eq!(self.area_ms(), stays.sum::<u128>(), "Little's law");
    }

    /// How many are in the shop after so many hours.
    pub(crate) fn present_at_hours(&mut self, hours: u64) -> u64 {
        self.play_hours(hours);
        self.state.present()
    }

    /// Milliseconds spent in the shop so far, by all together.
    pub(crate) fn area_ms(&self) -> u128 {
        let since = (self.until - self.state.changed).as_ms();
        self.state.area_ms + u128::from(self.state.present()) * u128::from(since)
    }

    /// Everyone's coming and leaving.
    pub(crate) fn stays(&self) -> Vec<(SimTime, Option<SimTime>)> {
        self.state.visits.iter().map(|visit| (visit.came, visit.left)).collect()
    }

    /// In seconds, of those who came later than that and have left.
    pub(crate) fn mean_stay_after_hours(&self, hours: u64) -> f64 {
        self.mean(hours, |visit| visit.left.map(|left| seconds(visit.came, left)))
    }

    /// In seconds, of those who came later than that and have been served.
    pub(crate) fn mean_wait_after_hours(&self, hours: u64) -> f64 {
        self.mean(hours, |visit| visit.served.map(|served| seconds(visit.came, served)))
    }

    /// Of the same.
    pub(crate) fn share_that_waited_after_hours(&self, hours: u64) -> f64 {
        self.mean(hours, |visit| visit.served.map(|served| if served > visit.came { 1.0 } else { 0.0 }))
    }

    /// Of all who came later than that.
    pub(crate) fn share_turned_away_after_hours(&self, hours: u64) -> f64 {
        let later = |came: &SimTime| *came > hour(hours);
        let turned_away = self.state.turned_away.iter().copied().filter(later).count() as f64;
        let let_in = self.state.visits.iter().map(|visit| visit.came).filter(later).count() as f64;
        turned_away / (turned_away + let_in)
    }

    fn mean(&self, after_hours: u64, figure: impl Fn(&Visit) -> Option<f64>) -> f64 {
        let later = self.state.visits.iter().filter(|visit| visit.came > hour(after_hours));
        let figures: Vec<f64> = later.filter_map(figure).collect();
        figures.iter().sum::<f64>() / figures.len() as f64
    }
}

impl State {
    fn present(&self) -> u64 {
        self.busy + self.waiting.len() as u64
    }

    fn expect_one(&mut self, now: SimTime, queue: &mut EventQueue<Event>) {
        queue.at(now + self.arrivals.draw(self.drawn), Event::Come);
        self.drawn += 1;
    }

    /// Must be told before the number present changes.
    fn count(&mut self, now: SimTime) {
        self.area_ms += u128::from(self.present()) * u128::from((now - self.changed).as_ms());
        self.changed = now;
    }
}

impl Simulate for State {
    type Event = Event;

    fn handle(&mut self, now: SimTime, event: Event, queue: &mut EventQueue<Event>) {
        self.count(now);
        match event {
            Event::Come if self.present() >= self.servers.saturating_add(self.room) => {
                self.turned_away.push(now);
            }
            Event::Come => {
                self.waiting.push_back(self.visits.len());
                self.visits.push(Visit { came: now, served: None, left: None });
            }
            Event::Leave(visit) => {
                self.busy -= 1;
                self.visits[visit].left = Some(now);
            }
        }
        if self.open == matches!(event, Event::Come) {
            self.expect_one(now, queue);
        }
    }

    fn settle(&mut self, now: SimTime, queue: &mut EventQueue<Event>) {
        while self.busy < self.servers
            && let Some(visit) = self.waiting.pop_front()
        {
            self.busy += 1;
            self.visits[visit].served = Some(now);
            queue.at(now + self.service.draw(visit as u64), Event::Leave(visit));
        }
    }
}

fn hour(hours: u64) -> SimTime {
    SimTime::from_ms(hours * 3_600_000)
}

fn seconds(from: SimTime, to: SimTime) -> f64 {
    (to - from).as_ms() as f64 / 1000.0
}
