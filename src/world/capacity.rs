//! Waiting for room, placing, promising, launching.
//!
//! A task that fits nowhere waits. It is promised room on an instance in flight if one has some; otherwise it is
//! unserved, and the provider decides, a moment later and once for all that are, what to launch. Promises only keep
//! the accounts, so that nothing is launched twice for the same need: when an instance is ACTIVE, tasks are placed
//! first come first served by the rule of placement.

use super::event::Event;
use super::{NO_FACT, Queue, World};
use crate::kernel::{Id, SimTime};
use crate::model::{
    AppTaskId, CapacityProviderId, DaemonSetId, GroupId, InstanceId, InstanceStatus, InstanceTypeId,
    TaskStatus, WaitingTask, WaveId, ZoneId,
};
use crate::policy;
use crate::policy::provisioning::Demand;
use crate::record::Recorder;

/// A replacement that is to be launched for a drained instance (`replacement: oneForOne`).
#[derive(Clone, Copy, Debug)]
pub(super) struct ReplacementOrder {
    provider: CapacityProviderId,
    zone: ZoneId,
    instance_type: InstanceTypeId,
    wave: WaveId,
    cause: u32,
}

impl<R: Recorder> World<R> {
    /// A new task joins those that wait.
    pub(super) fn wait_for_room(&mut self, now: SimTime, id: AppTaskId, replaces: (AppTaskId, u32)) {
        let task = &self.cluster.app_tasks[id];
        let (number, revision, provider) = (task.number, task.revision, task.provider);
        let size = self.cluster.sizes.size(revision);
        let turn = self.next_turn;
        self.next_turn += 1;
        let row = &mut self.cluster.providers[provider.index()];
        row.waiting[size].push_back(WaitingTask { task: id, number, turn, since: now, replaces });
        row.waiting_count += 1;
        row.fresh.push_back((id, number));
        self.provider_due(provider);
    }

    /// A task waits no more, without having been placed.
    pub(super) fn stop_waiting(&mut self, id: AppTaskId) {
        self.release_promise(id);
        let provider = self.cluster.app_tasks[id].provider;
        self.cluster.providers[provider.index()].waiting_count -= 1;
    }

    /// Whether this is still a task that waits.
    fn waits(&self, id: AppTaskId, number: u32) -> bool {
        let task = &self.cluster.app_tasks[id];
        task.number == number && task.status == TaskStatus::Provisioning
    }

    /// Looks after all providers on the work-list.
    pub(super) fn place_and_promise(&mut self, now: SimTime, queue: &mut Queue) {
        for provider in std::mem::take(&mut self.due_providers) {
            self.cluster.providers[provider.index()].due = false;
            self.place_waiting(now, provider, queue);
            self.promise_fresh(now, provider, queue);
        }
    }

    /// Places waiting tasks, first come first served; a size that fits nowhere does not hold up another.
    fn place_waiting(&mut self, now: SimTime, provider: CapacityProviderId, queue: &mut Queue) {
        let sizes = self.cluster.sizes.sizes.len();
        let mut full: Vec<bool> = Vec::new();
        while self.cluster.provider(provider).waiting_count > 0 {
            let Some((size, head)) = self.next_in_turn(provider, sizes, &full) else { return };
            let (group, revision) = {
                let task = &self.cluster.app_tasks[head.task];
                (task.group, task.revision)
            };
            match self.find_host(group, revision, provider) {
                Some(host) => {
                    self.cluster.providers[provider.index()].waiting[size].pop_front();
                    self.stop_waiting(head.task);
                    self.note_placed(now, head);
                    self.end_idling(host, queue);
                    self.start_task(now, head.task, host, queue);
                }
                None => {
                    full.resize(sizes, false);
                    full[size] = true;
                }
            }
        }
    }

    /// The task whose turn it is among the sizes that are not known to fit nowhere.
    fn next_in_turn(
        &mut self,
        provider: CapacityProviderId,
        sizes: usize,
        full: &[bool],
    ) -> Option<(usize, WaitingTask)> {
        let mut best: Option<(usize, WaitingTask)> = None;
        for size in 0..sizes {
            if full.get(size).copied().unwrap_or(false) {
                continue;
            }
            while let Some(head) = self.cluster.provider(provider).waiting[size].front().copied() {
                if self.waits(head.task, head.number) {
                    if best.is_none_or(|(_, b)| head.turn < b.turn) {
                        best = Some((size, head));
                    }
                    break;
                }
                self.cluster.providers[provider.index()].waiting[size].pop_front();
            }
        }
        best
    }

    fn find_host(
        &mut self,
        group: GroupId,
        revision: crate::model::TaskDefinitionId,
        provider: CapacityProviderId,
    ) -> Option<InstanceId> {
        let mut searches = std::mem::take(&mut self.cluster.groups[group.index()].searches);
        let host = policy::placement::choose_host(&self.cluster, group, revision, provider, &mut searches);
        self.cluster.groups[group.index()].searches = searches;
        host
    }

    /// Writes down how long a task waited, and for the drain that moved it that its place is found.
    fn note_placed(&mut self, now: SimTime, waiting: WaitingTask) {
        let task = &self.cluster.app_tasks[waiting.task];
        let (group, (old, old_number)) = (task.group, waiting.replaces);
        let wait = now.since(waiting.since).as_ms();
        if let Some(service) = self.cluster.service_mut(group) {
            service.tally.waits.push(u32::try_from(wait).unwrap_or(u32::MAX));
        }
        if self.cluster.is_task(old, group, old_number) {
            let host = self.cluster.app_tasks[old].instance;
            if host.is_some() && self.cluster.instances[host].drain.is_some() {
                let drain = self.cluster.instances[host].drain;
                self.cluster.drains[drain].placed = Some(now);
            }
        }
    }

    /// Promises room in flight to those that began to wait in this instant; the rest wait for a decision.
    fn promise_fresh(&mut self, now: SimTime, provider: CapacityProviderId, queue: &mut Queue) {
        while let Some((id, number)) = self.cluster.providers[provider.index()].fresh.pop_front() {
            if self.waits(id, number)
                && self.cluster.app_tasks[id].instance.is_none()
                && !self.promise_in_flight(id)
            {
                self.cluster.providers[provider.index()].unserved.push_back((id, number));
            }
        }
        self.decide_if_needed(now, provider, queue);
    }

    /// Schedules a launch decision if tasks are unserved and the quota allows a launch.
    fn decide_if_needed(&mut self, now: SimTime, provider: CapacityProviderId, queue: &mut Queue) {
        let row = &mut self.cluster.providers[provider.index()];
        if row.unserved.is_empty()
            || row.deciding
            || row.alive() >= row.max_instances
            || policy::provisioning::choose_zone(row).is_none()
        {
            return;
        }
        row.deciding = true;
        row.decisions += 1;
        let ordinal = u64::from(row.decisions);
        let takes = self.env.provider(provider).provision_decision.draw(ordinal);
        queue.at(now + takes, Event::Decide(provider));
    }

    /// An instance is gone: a quota that was used up may allow a launch.
    pub(super) fn on_quota_freed(&mut self, now: SimTime, provider: CapacityProviderId, queue: &mut Queue) {
        self.decide_if_needed(now, provider, queue);
    }

    /// A provider decides what to launch for all that are unserved.
    pub(super) fn on_decide(&mut self, now: SimTime, provider: CapacityProviderId, queue: &mut Queue) {
        self.cluster.providers[provider.index()].deciding = false;
        let unserved = std::mem::take(&mut self.cluster.providers[provider.index()].unserved);
        let row = self.cluster.provider(provider);
        let (target, others) = (row.governing, row.launching_others);
        let sizes = self.cluster.sizes.sizes.len();
        let (mut moved, mut rest) = (Demand::none(sizes), Demand::none(sizes));
        for (turn, (id, number)) in unserved.into_iter().enumerate() {
            // Room in flight may have been given back since.
            if !self.waits(id, number)
                || self.cluster.app_tasks[id].instance.is_some()
                || self.promise_in_flight(id)
            {
                continue;
            }
            let task = &self.cluster.app_tasks[id];
            let size = self.cluster.sizes.size(task.revision);
            let demand = if target == others || task.moved_by.is_some() { &mut moved } else { &mut rest };
            demand.by_size[size].push_back((turn as u32, id));
        }
        self.launch_for(now, provider, target, &mut moved, queue);
        self.launch_for(now, provider, others, &mut rest, queue);
        let mut left: Vec<(u32, AppTaskId)> =
            moved.by_size.into_iter().chain(rest.by_size).flat_map(Vec::from).collect();
        left.sort_unstable();
        for (_, id) in left {
            let number = self.cluster.app_tasks[id].number;
            self.cluster.providers[provider.index()].unserved.push_back((id, number));
        }
    }

    /// Launches instances until all of `demand` is promised room, the quota is used up, or nothing fits.
    fn launch_for(
        &mut self,
        now: SimTime,
        provider: CapacityProviderId,
        set: DaemonSetId,
        demand: &mut Demand,
        queue: &mut Queue,
    ) {
        let none_taken = vec![0; demand.by_size.len()];
        while !demand.is_empty() {
            let row = self.cluster.provider(provider);
            if row.alive() >= row.max_instances || !row.exists {
                return;
            }
            let Some(kind) = policy::provisioning::choose_type(&self.cluster, provider, set, demand) else {
                return;
            };
            let Some(zone) = policy::provisioning::choose_zone(row) else { return };
            let zone = row.zones[zone];
            let room = self.cluster.room_of(kind, set);
            let first = demand.next_that_fits(&self.cluster, room, &none_taken);
            let first = first.and_then(|size| demand.by_size[size].front()).map(|(_, id)| *id);
            let cause = first.map_or(NO_FACT, |id| self.cluster.app_tasks[id].fact);
            let host = self.launch(now, provider, zone, kind, set, cause, queue);
            while self.cluster.instances[host].slots > 0 {
                let free = self.cluster.instances[host].free;
                let Some(size) = demand.next_that_fits(&self.cluster, free, &none_taken) else { break };
                let Some((_, id)) = demand.by_size[size].pop_front() else { break };
                self.promise(id, host);
            }
            self.cluster.refresh_room(host, false);
        }
    }

    /// Promises a waiting task room on the first instance in flight that has it.
    fn promise_in_flight(&mut self, id: AppTaskId) -> bool {
        let task = &self.cluster.app_tasks[id];
        let host = policy::provisioning::first_in_flight(&self.cluster, task.provider, task.revision);
        let Some(host) = host else { return false };
        self.promise(id, host);
        self.cluster.refresh_room(host, false);
        true
    }

    fn promise(&mut self, id: AppTaskId, host: InstanceId) {
        let size = self.cluster.size(self.cluster.app_tasks[id].revision);
        self.cluster.app_tasks[id].instance = host;
        let instance = &mut self.cluster.instances[host];
        instance.free = instance.free.minus(size);
        instance.slots -= 1;
        instance.tasks.push(id);
    }

    fn release_promise(&mut self, id: AppTaskId) {
        let host = std::mem::replace(&mut self.cluster.app_tasks[id].instance, InstanceId::NONE);
        if host.is_none() {
            return;
        }
        let size = self.cluster.size(self.cluster.app_tasks[id].revision);
        let instance = &mut self.cluster.instances[host];
        debug_assert!(matches!(instance.status, InstanceStatus::Launching | InstanceStatus::Registering));
        if let Some(at) = instance.tasks.iter().position(|t| *t == id) {
            instance.tasks.swap_remove(at);
        }
        instance.free = instance.free.plus(size);
        instance.slots = instance.slots.saturating_add(1);
        self.cluster.refresh_room(host, true);
    }

    /// Orders a replacement for a drained instance, of its own type and zone.
    pub(super) fn order_replacement(
        &mut self,
        noticed: SimTime,
        id: InstanceId,
        wave: WaveId,
        cause: u32,
        queue: &mut Queue,
    ) {
        let instance = &self.cluster.instances[id];
        let (provider, number) = (instance.provider, instance.number);
        let order = ReplacementOrder {
            provider,
            zone: instance.zone,
            instance_type: instance.instance_type,
            wave,
            cause,
        };
        let takes = self.env.provider(provider).replacement_decision.draw(u64::from(number));
        self.cluster.waves[wave.index()].awaited += 1;
        let order = self.replacements.insert(order);
        queue.at(noticed + takes, Event::LaunchReplacement(order));
    }

    pub(super) fn on_launch_replacement(
        &mut self,
        now: SimTime,
        id: Id<ReplacementOrder>,
        queue: &mut Queue,
    ) {
        let order = self.replacements[id];
        self.replacements.free(id);
        let row = self.cluster.provider(order.provider);
        let at = row.zones.iter().position(|zone| *zone == order.zone).unwrap_or(0);
        let same = (row.outages[at] == 0).then_some(at);
        let zone = same.or_else(|| policy::provisioning::choose_zone(row)).map(|at| row.zones[at]);
        let Some(zone) = zone.filter(|_| row.alive() < row.max_instances && row.exists) else {
            // The quota allows none, or no zone is there; the tasks themselves go on asking.
            self.replacement_came(order.wave);
            return;
        };
        let set = row.governing;
        let host = self.launch(now, order.provider, zone, order.instance_type, set, order.cause, queue);
        let number = self.cluster.instances[host].number;
        self.awaited.insert((order.provider, number), order.wave);
        // Tasks that wait already have a claim on it.
        while let Some((id, number)) = self.cluster.provider(order.provider).unserved.front().copied() {
            let waits = self.waits(id, number) && self.cluster.app_tasks[id].instance.is_none();
            if waits && !self.promise_in_flight(id) {
                break;
            }
            self.cluster.providers[order.provider.index()].unserved.pop_front();
        }
    }

    /// An instance launched one for one is ACTIVE, or will never be.
    pub(super) fn replacement_came(&mut self, wave: WaveId) {
        let row = &mut self.cluster.waves[wave.index()];
        row.awaited -= 1;
        let deployment = row.deployment;
        self.deployment_due(deployment);
    }
}
