//! The hold model as a simulation: every event, handled, schedules the next.

use crate::Peer;
use crate::hold::Law;
use daemonsim::kernel::{EventQueue, Limits, SimDuration, SimTime, Simulate, run};
use nexosim::model::{Context, Model, schedulable};
use nexosim::simulation::{Mailbox, SimInit, Simulation};
use nexosim::time::MonotonicTime;
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Steps drawn beforehand, one after the other for ever.
#[derive(Default, Serialize, Deserialize)]
struct Steps {
    steps: Vec<u64>,
    turn: usize,
}

impl Steps {
    fn new(law: Law) -> Steps {
        Steps { steps: law.steps(), turn: 0 }
    }
    fn next(&mut self) -> u64 {
        self.turn = (self.turn + 1) % self.steps.len();
        self.steps[self.turn]
    }
}

/// Ours: ties in order, everything can be cancelled, instants settle.
pub(crate) struct Ours {
    queue: EventQueue<u64>,
    steps: Steps,
}

impl Ours {
    pub(crate) fn new(pending: usize, law: Law) -> Ours {
        let mut ours = Ours { queue: EventQueue::new(), steps: Steps::new(law) };
        for event in 0..pending {
            ours.queue.at(SimTime::from_ms(ours.steps.next()), event as u64);
        }
        ours.turn(3 * pending);
        ours
    }
}

impl Peer for Ours {
    fn turn(&mut self, events: usize) -> usize {
        let events = events as u64;
        let limits = Limits { horizon: SimTime::MAX, events, events_per_instant: u64::MAX };
        run(&mut self.steps, &mut self.queue, &limits).events as usize
    }
}

impl Simulate for Steps {
    type Event = u64;
    fn handle(&mut self, now: SimTime, event: u64, queue: &mut EventQueue<u64>) {
        queue.at(now + SimDuration::from_ms(self.next()), event);
    }
    fn settle(&mut self, _: SimTime, _: &mut EventQueue<u64>) {}
}

/// `simcore`: events of any type for components behind `Rc<RefCell>`, ordered by a binary heap of `f64`.
pub(crate) struct Simcore(simcore::Simulation);

struct Component {
    context: simcore::SimulationContext,
    steps: Steps,
}

#[derive(Clone, Serialize)]
struct Tick {
    number: u64,
}

impl Simcore {
    pub(crate) fn new(pending: usize, law: Law) -> Simcore {
        let mut simulation = simcore::Simulation::new(1);
        let context = simulation.create_context("component");
        let mut component = Component { context, steps: Steps::new(law) };
        (0..pending).for_each(|event| component.schedule(Tick { number: event as u64 }));
        simulation.add_handler("component", Rc::new(RefCell::new(component)));
        let mut simcore = Simcore(simulation);
        simcore.turn(3 * pending);
        simcore
    }
}

impl Peer for Simcore {
    fn turn(&mut self, events: usize) -> usize {
        assert!(self.0.steps(events as u64), "the hold model never runs dry");
        events
    }
}

impl Component {
    fn schedule(&mut self, tick: Tick) {
        let step = self.steps.next() as f64;
        self.context.emit_self(tick, step);
    }
}

impl simcore::EventHandler for Component {
    fn on(&mut self, event: simcore::Event) {
        simcore::cast!(match event.data {
            Tick { number } => {
                self.schedule(Tick { number })
            }
        })
    }
}

/// `nexosim`: models as actors on an asynchronous executor, here of one thread.
pub(crate) struct Nexosim {
    simulation: Simulation,
    happened: Arc<AtomicUsize>,
}

#[derive(Serialize, Deserialize)]
struct Ticker {
    steps: Steps,
    pending: usize,
    #[serde(skip)]
    happened: Arc<AtomicUsize>,
}

#[Model]
impl Ticker {
    #[nexosim(init)]
    async fn init(&mut self, cx: &Context<Self>) {
        (0..self.pending).for_each(|event| self.schedule(event as u64, cx));
    }

    #[nexosim(schedulable)]
    fn tick(&mut self, event: u64, cx: &Context<Self>) {
        self.happened.fetch_add(1, Ordering::Relaxed);
        self.schedule(event, cx);
    }

    fn schedule(&mut self, event: u64, cx: &Context<Self>) {
        let step = Duration::from_millis(self.steps.next());
        cx.schedule_event(step, schedulable!(Self::tick), event).expect("a step leads forwards");
    }
}

impl Nexosim {
    pub(crate) fn new(pending: usize, law: Law) -> Nexosim {
        let happened = Arc::default();
        let ticker = Ticker { steps: Steps::new(law), pending, happened: Arc::clone(&happened) };
        let simulation = SimInit::with_num_threads(1)
            .add_model(ticker, Mailbox::new(), "ticker")
            .init(MonotonicTime::EPOCH)
            .expect("the ticker starts");
        let mut nexosim = Nexosim { simulation, happened };
        nexosim.turn(3 * pending);
        nexosim
    }
}

impl Peer for Nexosim {
    fn turn(&mut self, events: usize) -> usize {
        self.happened.store(0, Ordering::Relaxed);
        while self.happened.load(Ordering::Relaxed) < events {
            self.simulation.step().expect("the hold model never runs dry");
        }
        self.happened.load(Ordering::Relaxed)
    }
}
