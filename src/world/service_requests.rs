//! Requests that are about services, their tasks and their hosts.

use super::app_tasks::BY_USER;
use super::requests::{group_of, shares};
use super::setup::{ServiceChange, ServiceSettings};
use super::{Queue, World};
use crate::kernel::{Id, SimTime};
use crate::model::{
    CapacityProviderId, GroupId, InstanceId, InstanceStatus, ServiceId, ServiceStatus, TaskName, TaskStatus,
};
use crate::policy;
use crate::record::{Reason, Recorder};

impl<R: Recorder> World<R> {
    /// A service as its request wants it, without tasks.
    pub(super) fn create_service(&mut self, service: ServiceId, settings: &ServiceSettings) {
        let group = group_of(service);
        let Some(row) = self.cluster.service_mut(group) else { return };
        row.status = ServiceStatus::Active;
        row.task_definition = settings.task_definition;
        row.desired = settings.desired;
        row.minimum_healthy_percent = settings.minimum_healthy_percent;
        row.maximum_percent = settings.maximum_percent;
        row.load_balancers = settings.load_balancers;
        row.zone_rebalancing = settings.zone_rebalancing;
        row.strategy = shares(&settings.strategy);
        self.count_desired(group, 0, settings.desired);
    }

    pub(super) fn update_service(
        &mut self,
        now: SimTime,
        service: ServiceId,
        change: &ServiceChange,
        cause: u32,
        queue: &mut Queue,
    ) {
        let group = group_of(service);
        let Some(row) = self.cluster.service_mut(group) else { return };
        row.minimum_healthy_percent = change.minimum_healthy_percent.unwrap_or(row.minimum_healthy_percent);
        row.maximum_percent = change.maximum_percent.unwrap_or(row.maximum_percent);
        row.load_balancers = change.load_balancers.unwrap_or(row.load_balancers);
        row.zone_rebalancing = change.zone_rebalancing.unwrap_or(row.zone_rebalancing);
        let before = row.desired;
        let anew = change.force_new_deployment
            || change.strategy.is_some()
            || change.load_balancers.is_some()
            || change.task_definition.is_some_and(|t| t != row.task_definition);
        row.task_definition = change.task_definition.unwrap_or(row.task_definition);
        self.count_desired(group, before, 0);
        if let (Some(row), Some(strategy)) = (self.cluster.service_mut(group), &change.strategy) {
            let mut fresh = shares(strategy);
            for share in &mut fresh {
                share.tasks =
                    row.strategy.iter().find(|s| s.provider == share.provider).map_or(0, |s| s.tasks);
            }
            row.strategy = fresh;
        }
        let desired = change.desired.unwrap_or(before);
        if let Some(row) = self.cluster.service_mut(group) {
            row.desired = desired;
        }
        self.count_desired(group, 0, desired);
        if anew {
            // A service deployment: every task is to give way to a new one.
            let mut tasks = self.cluster.groups[group.index()].tasks.clone();
            tasks.sort_unstable_by_key(|id| self.cluster.app_tasks[*id].number);
            for id in tasks {
                self.unwant(id, false, cause);
            }
        }
        self.answer(now, group, cause, queue);
    }

    pub(super) fn delete_service(&mut self, now: SimTime, service: ServiceId, cause: u32, queue: &mut Queue) {
        let group = group_of(service);
        let Some(row) = self.cluster.service_mut(group) else { return };
        if row.status != ServiceStatus::Active {
            return;
        }
        row.status = ServiceStatus::Draining;
        let desired = std::mem::take(&mut row.desired);
        self.count_desired(group, desired, 0);
        let fact = self.tell_service(now, cause, group, ServiceStatus::Active.word());
        self.answer(now, group, fact, queue);
    }

    /// A service's scheduler answers a request a tick later.
    pub(super) fn answer(&mut self, now: SimTime, group: GroupId, cause: u32, queue: &mut Queue) {
        if let Some(service) = self.cluster.service_mut(group) {
            service.cause = cause;
        }
        self.schedule_tick(now, group, queue);
    }

    /// Moves a service's desiredCount in its providers' counts.
    pub(super) fn count_desired(&mut self, group: GroupId, from: u32, to: u32) {
        let Some(service) = self.cluster.service(group) else { return };
        let providers: Vec<CapacityProviderId> = service.strategy.iter().map(|s| s.provider).collect();
        let less = policy::strategy::spread(&service.strategy, from);
        let more = policy::strategy::spread(&service.strategy, to);
        for ((provider, less), more) in providers.into_iter().zip(less).zip(more) {
            let row = self.cluster.touch(provider);
            row.app_desired = row.app_desired - less + more;
        }
        if let Some(service) = self.cluster.service_mut(group)
            && !service.tally.touched
        {
            service.tally.touched = true;
            self.cluster.touched_services.push(group);
        }
    }

    pub(super) fn stop_by_hand(&mut self, now: SimTime, task: TaskName, cause: u32, queue: &mut Queue) {
        let Some(id) = self.find_task(task) else { return };
        let row = &self.cluster.app_tasks[id];
        let (group, unwanted, status) = (row.group, row.unwanted, row.status);
        if self.cluster.service(group).is_some() && !unwanted {
            let tick = self.env.loss_tick(group, task.number);
            let by = self.drained_by(id);
            if status != TaskStatus::Provisioning {
                self.count_interruption(id);
            }
            self.lose(now, id, cause, by, tick, queue);
        }
        self.stop_task(now, id, cause, BY_USER, queue);
    }

    /// An instance that was drained by hand is opened again: its tasks may stay.
    pub(super) fn reopen(&mut self, now: SimTime, id: InstanceId, cause: u32, queue: &mut Queue) {
        let drain = self.cluster.instances[id].drain;
        self.end_drain_timers(id, queue);
        self.cluster.drains.free(drain);
        self.cluster.instances[id].drain = Id::NONE;
        self.cluster.set_instance_status(id, InstanceStatus::Active);
        let fact = self.tell_instance(
            now,
            cause,
            id,
            InstanceStatus::Draining.word(),
            Reason::Word("opened again by hand"),
        );
        self.rejoin_groups(id);
        self.cluster.refresh_room(id, true);
        let provider = self.cluster.instances[id].provider;
        self.provider_due(provider);
        self.watch_idle(now, id, queue);
        self.leave_line(id);
        self.on_instance_active(id);
        self.ask_for_repair(now, id, fact, queue);
    }

    /// The tasks of an instance that is open again count where their groups spread, and are wanted again.
    fn rejoin_groups(&mut self, id: InstanceId) {
        for task in self.cluster.instances[id].tasks.clone() {
            if self.cluster.app_tasks[task].status.is_stopping() {
                continue;
            }
            self.cluster.join_group(task);
            if self.cluster.app_tasks[task].status.is_running() {
                self.cluster.begin_running(task);
            }
            let row = &mut self.cluster.app_tasks[task];
            let (group, number, revision, provider) = (row.group, row.number, row.revision, row.provider);
            let was_unwanted = std::mem::replace(&mut row.unwanted, false);
            let Some(service) = self.cluster.service_mut(group) else { continue };
            if !was_unwanted || revision != service.task_definition {
                self.cluster.app_tasks[task].unwanted = was_unwanted;
                continue;
            }
            service.wanted += 1;
            if let Some(share) = service.strategy.iter_mut().find(|s| s.provider == provider) {
                share.tasks += 1;
            }
            service.to_replace.retain(|v| v.of != (task, number));
            service.to_stop.retain(|entry| *entry != (task, number));
            let cause = self.cluster.instances[id].fact;
            self.service_due(group, cause);
        }
    }
}
