//! What befalls instances from outside: faults, SPOT reclaims, outages, and ECS's own patching.

use super::app_tasks::{BY_SPOT, ENDED, LOST};
use super::environment::Place;
use super::event::Event;
use super::{NO_FACT, Queue, World};
use crate::kernel::{SimDuration, SimTime};
use crate::model::{
    CapacityProviderId, DaemonTaskId, DrainCause, InstanceId, InstanceName, InstanceStatus, ZoneId,
};
use crate::record::{FactKind, Reason, Recorder};
use crate::world::setup::FaultKind;

/// EC2's notice before it takes a SPOT instance back.
const SPOT_NOTICE: SimDuration = SimDuration::from_secs(120);
/// When ECS begins to drain an instance for patching, and when it is gone at the latest, after its launch.
const PATCH_AFTER: SimDuration = SimDuration::from_secs(14 * 24 * 3600);
const PATCHED_BY: SimDuration = SimDuration::from_secs(21 * 24 * 3600);

impl<R: Recorder> World<R> {
    /// Faults that begin and end at times of their own are put into the queue.
    pub(super) fn schedule_faults(&mut self, queue: &mut Queue) {
        for fault in 0..self.env.faults() {
            let setup = self.env.fault(fault);
            let (from, until) = (setup.from, setup.until);
            let (begins, ends) = match setup.kind {
                FaultKind::AvailabilityZoneOutage => (true, true),
                FaultKind::KillDaemons { .. } => (true, false),
                FaultKind::LaunchFailures { .. }
                | FaultKind::SlowLaunches { .. }
                | FaultKind::SlowPulls { .. }
                | FaultKind::InstanceDeaths { .. }
                | FaultKind::SpotInterruptions { .. }
                | FaultKind::AgentDisconnects { .. }
                | FaultKind::ApiThrottling { .. } => (false, false),
            };
            if begins && from <= self.horizon {
                queue.at(from, Event::FaultBegins(fault));
            }
            if ends && until <= self.horizon {
                queue.at(until, Event::FaultEnds(fault));
            }
        }
    }

    /// An instance is registered: from now on it can be struck.
    pub(super) fn expose_to_hazards(&mut self, now: SimTime, id: InstanceId, queue: &mut Queue) {
        let patch = self.cluster.instances[id].launched + PATCH_AFTER;
        if patch <= self.horizon {
            self.threaten(id, patch, Event::Patch(id), queue);
        }
        if self.env.faults() == 0 {
            return;
        }
        let place = self.place_of(id);
        let spot = self.cluster.provider(place.provider).spot;
        for hazard in self.env.hazards(now, place, spot) {
            self.threaten(id, hazard.at, Event::Hazard(id, hazard.fault as u16, 0), queue);
        }
    }

    /// Schedules what is going to befall an instance, unless the run ends before.
    fn threaten(&mut self, id: InstanceId, at: SimTime, event: Event, queue: &mut Queue) {
        if at <= self.horizon {
            let key = queue.at(at, event);
            self.hazards.entry(id).or_default().push(key);
        }
    }

    /// An instance is gone: nothing can befall it any more.
    pub(super) fn forget_hazards(&mut self, id: InstanceId, queue: &mut Queue) {
        if self.hazards.is_empty() {
            return;
        }
        for key in self.hazards.remove(&id).into_iter().flatten() {
            queue.cancel(key);
        }
        self.silent.remove(&id);
        self.noticed.remove(&id);
    }

    /// A fault strikes an instance.
    pub(super) fn on_hazard(
        &mut self,
        now: SimTime,
        id: InstanceId,
        fault: u16,
        nth: u16,
        queue: &mut Queue,
    ) {
        let kind = &self.env.fault(u32::from(fault)).kind;
        let word = kind.word();
        match kind {
            FaultKind::InstanceDeaths { .. } => {
                let fact = self.tell_fault_at(now, id, word, "");
                self.tally.mishaps.deaths += 1;
                self.vanish(now, id, fact, LOST, Reason::Word("instance death"), queue);
            }
            FaultKind::SpotInterruptions { .. } => self.on_spot_notice(now, id, word, queue),
            FaultKind::AgentDisconnects { .. } => self.on_disconnect(now, id, fault, nth, queue),
            FaultKind::LaunchFailures { .. }
            | FaultKind::SlowLaunches { .. }
            | FaultKind::SlowPulls { .. }
            | FaultKind::AvailabilityZoneOutage
            | FaultKind::ApiThrottling { .. }
            | FaultKind::KillDaemons { .. } => debug_assert!(false, "{word} strikes no instance"),
        }
    }

    /// EC2 wants an instance back in two minutes.
    fn on_spot_notice(&mut self, now: SimTime, id: InstanceId, word: &'static str, queue: &mut Queue) {
        let fact = self.tell_fault_at(now, id, word, "two minutes' notice");
        self.tally.mishaps.spot_interruptions += 1;
        self.threaten(id, now + SPOT_NOTICE, Event::Reclaim(id, fact), queue);
        self.noticed.insert(id, fact);
        self.drain_if_noticed(now, id, queue);
    }

    /// An ACTIVE instance that EC2 wants back drains; one that is not ACTIVE yet will as soon as it is.
    pub(super) fn drain_if_noticed(&mut self, now: SimTime, id: InstanceId, queue: &mut Queue) {
        if self.noticed.is_empty() || self.cluster.instances[id].status != InstanceStatus::Active {
            return;
        }
        if let Some(fact) = self.noticed.get(&id).copied() {
            self.drain(now, id, DrainCause::Spot, fact, queue);
        }
    }

    /// EC2 takes an instance back, drained or not.
    pub(super) fn on_reclaim(&mut self, now: SimTime, id: InstanceId, fact: u32, queue: &mut Queue) {
        self.vanish(now, id, fact, BY_SPOT, Reason::Word("Spot interruption"), queue);
    }

    /// An agent loses its connection: nothing is placed on its host, and it hears of no stop.
    fn on_disconnect(&mut self, now: SimTime, id: InstanceId, fault: u16, nth: u16, queue: &mut Queue) {
        let place = self.place_of(id);
        let lasts = self.env.stays_away(place, u32::from(fault), u32::from(nth));
        let back = now + lasts;
        let status = self.cluster.instances[id].status;
        if matches!(status, InstanceStatus::Active | InstanceStatus::Draining) {
            self.tell_fault_at(now, id, "agentDisconnects", "agent is away");
            let until = self.silent.entry(id).or_insert(back);
            *until = back.max(*until);
            self.cluster.instances[id].connected = false;
            self.cluster.refresh_room(id, false);
        }
        self.threaten(id, back, Event::AgentBack(id, fault, nth), queue);
    }

    /// An agent is connected again, unless another mishap keeps it away longer.
    pub(super) fn on_agent_back(
        &mut self,
        now: SimTime,
        id: InstanceId,
        fault: u16,
        nth: u16,
        queue: &mut Queue,
    ) {
        if self.silent.get(&id).is_some_and(|until| *until <= now) {
            self.silent.remove(&id);
            self.tell_fault_at(now, id, "agentDisconnects", "agent is back");
            self.cluster.instances[id].connected = true;
            self.cluster.refresh_room(id, true);
            self.provider_due(self.cluster.instances[id].provider);
        }
        let nth = nth.saturating_add(1);
        let place = self.place_of(id);
        if let Some(next) = self.env.hazard(now, place, u32::from(fault), u32::from(nth)) {
            self.threaten(id, next.at, Event::Hazard(id, fault, nth), queue);
        }
    }

    /// When an instance hears what it is told now.
    pub(super) fn heard(&self, now: SimTime, id: InstanceId) -> SimTime {
        if self.silent.is_empty() {
            return now;
        }
        self.silent.get(&id).map_or(now, |until| now.max(*until))
    }

    /// A fault's window opens.
    pub(super) fn on_fault_begins(&mut self, now: SimTime, fault: u32, queue: &mut Queue) {
        let setup = self.env.fault(fault);
        let (kind, whole) = (setup.kind.clone(), setup.share >= 1.0);
        let fact = self.tell_window(now, fault, "begins");
        match kind {
            FaultKind::KillDaemons { count } => self.kill_some_daemons(now, fault, count, queue),
            FaultKind::AvailabilityZoneOutage => {
                if whole {
                    self.close_zones(fault, 1);
                }
                let struck = self.struck(fault, |status| status != InstanceStatus::Terminated);
                for (_, id, name) in struck {
                    if self.cluster.is_instance(id, name.provider, name.number) {
                        self.tally.mishaps.deaths += 1;
                        self.vanish(now, id, fact, LOST, Reason::Word("zone outage"), queue);
                    }
                }
            }
            FaultKind::LaunchFailures { .. }
            | FaultKind::SlowLaunches { .. }
            | FaultKind::SlowPulls { .. }
            | FaultKind::InstanceDeaths { .. }
            | FaultKind::SpotInterruptions { .. }
            | FaultKind::AgentDisconnects { .. }
            | FaultKind::ApiThrottling { .. } => (),
        }
    }

    /// A fault's window closes.
    pub(super) fn on_fault_ends(&mut self, now: SimTime, fault: u32) {
        self.tell_window(now, fault, "ends");
        if self.env.fault(fault).share >= 1.0 {
            self.close_zones(fault, -1);
        }
        for provider in 0..self.cluster.providers.len() as u32 {
            self.provider_due(CapacityProviderId::new(provider));
        }
    }

    /// One outage more or less in the zones that a fault is about.
    fn close_zones(&mut self, fault: u32, by: i32) {
        for at in 0..self.cluster.providers.len() {
            let provider = CapacityProviderId::new(at as u32);
            let row = &mut self.cluster.providers[at];
            for (zone, outages) in row.zones.iter().zip(&mut row.outages) {
                if self.env.is_out(fault, provider, *zone) {
                    *outages = outages.saturating_add_signed(by);
                }
            }
        }
    }

    /// The instances that a fault strikes when it begins, each with its lot, by provider and number.
    fn struck(
        &mut self,
        fault: u32,
        may: impl Fn(InstanceStatus) -> bool,
    ) -> Vec<(u64, InstanceId, InstanceName)> {
        let mut struck = Vec::new();
        for at in 0..self.cluster.providers.len() {
            for id in self.cluster.providers[at].numbers.iter().copied().filter(|id| id.is_some()) {
                let instance = &self.cluster.instances[id];
                if !may(instance.status) {
                    continue;
                }
                let (provider, zone, number) = (instance.provider, instance.zone, instance.number);
                if let Some(lot) = self.env.struck(fault, Place { provider, zone, number }) {
                    struck.push((lot, id, InstanceName { provider, number }));
                }
            }
        }
        struck
    }

    /// Kills so many running daemon tasks, drawn by lot.
    fn kill_some_daemons(&mut self, now: SimTime, fault: u32, count: u32, queue: &mut Queue) {
        let mut struck = self.struck(fault, |_| true);
        struck.sort_unstable_by_key(|(lot, _, name)| (*lot, *name));
        let mut tasks: Vec<DaemonTaskId> = Vec::new();
        for (_, host, _) in struck {
            let mut id = self.cluster.instances[host].daemons;
            while id.is_some() {
                if self.cluster.daemon_tasks[id].status.is_running() {
                    tasks.push(id);
                }
                id = self.cluster.daemon_tasks[id].next;
            }
        }
        tasks.truncate(count as usize);
        for id in tasks {
            let host = self.cluster.daemon_tasks[id].instance;
            let fact = self.tell_fault_at(now, host, "killDaemons", "");
            self.tally.mishaps.daemon_runtime_failures += 1;
            self.end_daemon(now, id, fact, ENDED, queue);
        }
    }

    /// An instance is old enough to be patched: it is drained and replaced.
    pub(super) fn on_patch(&mut self, now: SimTime, id: InstanceId, queue: &mut Queue) {
        if self.cluster.instances[id].status == InstanceStatus::Active {
            let cause = self.cluster.instances[id].fact;
            self.drain(now, id, DrainCause::Patching, cause, queue);
        }
    }

    /// When whatever is left on a draining instance is killed.
    pub(super) fn drain_deadline(&self, now: SimTime, id: InstanceId, by: DrainCause) -> SimTime {
        let deadline = now + self.cluster.assumptions.drain_deadline;
        match by {
            DrainCause::Patching => deadline.min(self.cluster.instances[id].launched + PATCHED_BY),
            DrainCause::Deployment(..) | DrainCause::ByHand | DrainCause::Repair | DrainCause::Spot => {
                deadline
            }
        }
    }

    /// A fault struck this instance.
    pub(super) fn tell_fault_at(
        &mut self,
        now: SimTime,
        id: InstanceId,
        what: &'static str,
        reason: &'static str,
    ) -> u32 {
        self.tell(now, NO_FACT, FactKind::Fault, |cluster, fact| {
            super::telling::about_instance(cluster, id, fact);
            fact.to = what;
            fact.reason = if reason.is_empty() { Reason::None } else { Reason::Word(reason) };
        })
    }

    fn tell_window(&mut self, now: SimTime, fault: u32, reason: &'static str) -> u32 {
        let setup = self.env.fault(fault);
        let (what, provider, zone): (_, Option<CapacityProviderId>, Option<ZoneId>) =
            (setup.kind.word(), setup.provider, setup.zone);
        self.tell(now, NO_FACT, FactKind::Fault, |_, fact| {
            fact.to = what;
            fact.provider = provider;
            fact.zone = zone;
            fact.reason = Reason::Word(reason);
        })
    }
}
