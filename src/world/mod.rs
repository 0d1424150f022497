//! The executor: the only room that changes a cluster.
//!
//! An event is handled by the `on_*` of its subject, which changes rows and puts what that touched on short
//! work-lists. When the instant is drained, [`World::settle`] lets policy decide about those, and only those, until
//! nothing is left to decide.
//!
//! - [`setup`]: what a world is made of;
//! - `start`: the settled fleet; `requests`, `service_requests`, `request_facts`: API calls;
//! - `instances`, `daemon_tasks`, `app_tasks`: the lives of things;
//! - `services`: schedulers; `losses`: what they learn late; `capacity`: waiting, launching, placing;
//! - `deployments`, `lanes`: rollouts; `rollback`: their way back;
//! - `breaker`, `alarms`, `metrics`: what watches them, and what it sees;
//! - `daemon_failures`, `app_failures`, `hazards`: what goes wrong; `repair`, `ends`: what follows;
//! - `environment`: how long things take; `telling`: facts; `tally`, `summary`: what a run shows for itself.

mod alarms;
mod app_failures;
mod app_tasks;
mod breaker;
mod capacity;
mod daemon_failures;
mod daemon_tasks;
mod deployments;
mod ends;
mod environment;
mod event;
mod hazards;
mod instances;
mod lanes;
mod losses;
mod metrics;
mod repair;
mod request_facts;
mod requests;
mod rollback;
mod service_requests;
mod services;
pub mod setup;
mod start;
mod summary;
mod tally;
mod telling;

use crate::kernel::{self, Arena, EventKey, EventQueue, Id, Limits, SimTime, Simulate, StopReason};
use crate::model::{
    AppTaskId, CapacityProviderId, Cluster, DeploymentId, GroupId, InstanceId, Names, TaskStatus, WaveId,
};
use crate::record::{Recorder, RunSummary};
use capacity::ReplacementOrder;
use environment::Environment;
use event::Event;
use losses::Loss;
use setup::{Request, Setup};
use std::collections::BTreeMap;
use tally::Tally;

/// No fact: the cause of what comes from outside.
const NO_FACT: u32 = u32::MAX;

/// The pending events of a world.
type Queue = EventQueue<Event>;

/// A cluster, its surroundings, and someone who listens.
struct World<R> {
    cluster: Cluster,
    names: Names,
    env: Environment,
    recorder: R,
    timeline: Vec<Request>,
    definitions_exist: Vec<bool>,
    daemon_definitions_exist: Vec<bool>,

    due_services: Vec<GroupId>,
    due_providers: Vec<CapacityProviderId>,
    due_deployments: Vec<DeploymentId>,
    newly_active: Vec<(InstanceId, CapacityProviderId, u32)>,
    due_idle: Vec<(InstanceId, CapacityProviderId, u32)>,

    losses: Arena<Loss>,
    /// When services learn of places in which tasks failed to start.
    throttled: BTreeMap<(GroupId, Id<Loss>), EventKey>,
    replacements: Arena<ReplacementOrder>,
    /// Waves that wait for these instances, launched one for one, to be ACTIVE.
    awaited: BTreeMap<(CapacityProviderId, u32), WaveId>,
    open_waves: Vec<WaveId>,
    /// When the protection of these tasks ends.
    protections: BTreeMap<AppTaskId, EventKey>,
    queued: Vec<DeploymentId>,
    /// Deployments whose bake ended in this instant, and that look at alarms.
    baked: Vec<DeploymentId>,
    /// When app tasks of failing revisions crash or turn UNHEALTHY.
    mishaps: BTreeMap<AppTaskId, EventKey>,
    /// What is going to befall instances.
    hazards: BTreeMap<InstanceId, Vec<EventKey>>,
    /// Until when agents are away.
    silent: BTreeMap<InstanceId, SimTime>,
    /// Instances that EC2 wants back, and the facts that say so.
    noticed: BTreeMap<InstanceId, u32>,
    alarms: alarms::Alarms,
    /// Deployments and rollbacks that have failures to forget.
    counting: u32,
    horizon: SimTime,
    /// The last instant at which something happened, the rounds of those who only watch aside.
    last: SimTime,

    next_fact: u32,
    next_turn: u64,
    fingerprint: u64,
    /// Pending drain deadlines.
    deadlines: usize,
    tally: Tally,
    #[cfg(debug_assertions)]
    unchecked: usize,
}

impl<R: Recorder> Simulate for World<R> {
    type Event = Event;

    fn handle(&mut self, now: SimTime, event: Event, queue: &mut Queue) {
        self.turn_to(now);
        if !matches!(event, Event::AlarmTick(_) | Event::Look(_)) {
            self.last = now;
        }
        self.fingerprint = mix(self.fingerprint ^ now.as_ms().rotate_left(17) ^ event.bits());
        match event {
            Event::Request(at) => self.on_request(now, at as usize, queue),
            Event::Deployment(id) => self.on_deployment_timer(now, id, queue),
            Event::Lane(id, lane) => self.on_lane_timer(now, id, lane as usize, queue),
            Event::Decide(id) => self.on_decide(now, id, queue),
            Event::LaunchReplacement(id) => self.on_launch_replacement(now, id, queue),
            Event::Instance(id) => self.on_instance_timer(now, id, queue),
            Event::DrainNoticed(id) => self.on_drain_noticed(now, id),
            Event::DrainDeadline(id) => self.on_drain_deadline(now, id, queue),
            Event::DaemonTask(id) => self.on_daemon_task_timer(now, id, queue),
            Event::AppTask(id) => self.on_app_task_timer(now, id, queue),
            Event::LossKnown(id) => self.on_loss_known(id),
            Event::Tick(id) => self.on_tick(id),
            Event::ProtectionOver(id, number) => self.on_protection_over(now, id, number, queue),
            Event::DaemonMishap(id, crash) => self.on_daemon_mishap(now, id, crash, queue),
            Event::AppMishap(id, crash) => self.on_app_mishap(now, id, crash, queue),
            Event::UnhealthyKnown(id, number) => self.on_unhealthy_known(id, number),
            Event::AlarmTick(id) => self.on_alarm_tick(now, id, queue),
            Event::AlarmScript(id, entry) => self.on_alarm_script(now, id, entry),
            Event::Look(id) => self.on_look(id),
            Event::FaultBegins(fault) => self.on_fault_begins(now, fault, queue),
            Event::FaultEnds(fault) => self.on_fault_ends(now, fault),
            Event::Hazard(id, fault, nth) => self.on_hazard(now, id, fault, nth, queue),
            Event::AgentBack(id, fault, nth) => self.on_agent_back(now, id, fault, nth, queue),
            Event::Reclaim(id, fact) => self.on_reclaim(now, id, fact, queue),
            Event::Patch(id) => self.on_patch(now, id, queue),
        }
    }

    fn settle(&mut self, now: SimTime, queue: &mut Queue) {
        self.turn_to(now);
        loop {
            if self.looks_due() || !self.baked.is_empty() {
                self.look(now, queue);
            } else if !self.due_deployments.is_empty() {
                self.decide_deployments(now, queue);
            } else if !self.due_services.is_empty() {
                self.react(now, queue);
            } else if !self.due_providers.is_empty() {
                self.place_and_promise(now, queue);
            } else if !self.newly_active.is_empty() {
                self.let_join_rollouts();
            } else if !self.due_idle.is_empty() {
                self.let_idle_go(now, queue);
            } else {
                break;
            }
        }
        #[cfg(debug_assertions)]
        self.check();
    }
}

impl<R> World<R> {
    /// Looks for violations: after every instant of a small fleet, now and then in a large one, where a look at
    /// every row costs more than the run.
    #[cfg(debug_assertions)]
    fn check(&mut self) {
        self.unchecked += 1;
        let rows = self.cluster.instances.len() + self.cluster.app_tasks.len();
        if self.unchecked * 64 >= rows {
            self.unchecked = 0;
            let violations = self.cluster.violations();
            assert!(violations.is_empty(), "{violations:#?}");
        }
    }
}

/// Spreads what was mixed in over all bits.
fn mix(x: u64) -> u64 {
    let x = (x ^ (x >> 32)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    x ^ (x >> 29)
}

/// How far a simulation has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It is at this instant of virtual time, and not done.
    Running(SimTime),
    /// It is done.
    Done,
}

/// A run that can be taken step by step.
pub struct Simulation<R> {
    world: World<R>,
    queue: Queue,
    limits: Limits,
    stop: Option<StopReason>,
    last: SimTime,
    events: u64,
}

/// No run handles more events than this.
pub const MOST_EVENTS: u64 = 20_000_000_000;

impl<R: Recorder> Simulation<R> {
    /// A run of this setup and replication, its fleet in place, the clock at 0.
    pub fn new(setup: &Setup, replication: u64, recorder: R) -> Simulation<R> {
        let mut queue = Queue::new();
        let world = World::start(setup, replication, recorder, &mut queue);
        // A whole fleet may move at one instant, a few events for each thing; more is a loop.
        let things = world.cluster.instances.len() + world.cluster.app_tasks.len() + setup.timeline.len();
        let asked: u64 = setup.timeline.iter().map(|t| tasks_asked_for(&t.request)).sum();
        let limits = Limits {
            horizon: SimTime::ZERO + setup.horizon,
            events: MOST_EVENTS,
            events_per_instant: 64 * (things as u64 + asked + 1024),
        };
        Simulation { world, queue, limits, stop: None, last: SimTime::ZERO, events: 0 }
    }

    /// Goes on for about `events` events.
    pub fn advance(&mut self, events: u64) -> Progress {
        if self.stop.is_some() {
            return Progress::Done;
        }
        // A step is long enough to find time standing still, however it lies to the instants.
        let events = events.max(self.limits.events_per_instant + 1);
        let limits = Limits { events: events.min(MOST_EVENTS - self.events.min(MOST_EVENTS)), ..self.limits };
        let ran = kernel::run(&mut self.world, &mut self.queue, &limits);
        self.events += ran.events;
        self.last = self.last.max(ran.last);
        match ran.stop {
            StopReason::Events if self.events < MOST_EVENTS => Progress::Running(self.last),
            StopReason::Events | StopReason::Drained | StopReason::Horizon | StopReason::Livelock(_) => {
                self.stop = Some(ran.stop);
                Progress::Done
            }
        }
    }

    /// Where the clock is.
    pub fn now(&self) -> SimTime {
        self.last
    }

    /// Ends the run and tells what it came to.
    pub fn finish(mut self) -> (RunSummary, R) {
        while self.advance(u64::MAX) != Progress::Done {}
        let stop = self.stop.unwrap_or(StopReason::Drained);
        let summary = self.world.finish(stop, self.last, &self.limits, self.events, &self.queue);
        (summary, self.world.recorder)
    }

    /// How many instances each provider has now, REGISTERING, ACTIVE and DRAINING.
    pub fn fleet(&self) -> Vec<u32> {
        self.world.cluster.providers.iter().map(crate::model::CapacityProvider::fleet).collect()
    }
}

/// Runs a setup to its end.
pub fn simulate<R: Recorder>(setup: &Setup, replication: u64, recorder: R) -> (RunSummary, R) {
    Simulation::new(setup, replication, recorder).finish()
}

/// How many tasks a request brings.
fn tasks_asked_for(request: &Request) -> u64 {
    if let Request::CreateService { settings, .. } = request {
        u64::from(settings.desired)
    } else if let Request::UpdateService { change, .. } = request {
        u64::from(change.desired.unwrap_or(0))
    } else if let Request::RunTask { count, .. } = request {
        u64::from(*count)
    } else {
        0
    }
}

impl<R: Recorder> World<R> {
    /// Puts a provider on the work-list: tasks wait for room, or room came free.
    fn provider_due(&mut self, id: CapacityProviderId) {
        let provider = &mut self.cluster.providers[id.index()];
        if !provider.due {
            provider.due = true;
            self.due_providers.push(id);
        }
    }

    /// Puts a service on the work-list: its scheduler reacts to `cause`.
    fn service_due(&mut self, id: GroupId, cause: u32) {
        let Some(service) = self.cluster.service_mut(id) else { return };
        service.cause = cause;
        if !service.due {
            service.due = true;
            self.due_services.push(id);
        }
    }

    /// Puts a deployment on the work-list: something that it waits for happened.
    fn deployment_due(&mut self, id: DeploymentId) {
        let deployment = &mut self.cluster.deployments[id.index()];
        if !deployment.due && !deployment.status.is_final() {
            deployment.due = true;
            self.due_deployments.push(id);
        }
    }

    /// Whether this row is still the task of this number, and not on its way out.
    fn is_alive(&self, id: AppTaskId, group: GroupId, number: u32) -> bool {
        self.cluster.is_task(id, group, number) && !self.cluster.app_tasks[id].status.is_stopping()
    }
}

/// Whether a task runs or is about to.
fn is_early(status: TaskStatus) -> bool {
    matches!(status, TaskStatus::Provisioning | TaskStatus::Pending)
}
