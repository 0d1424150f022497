//! The life of an app task, of a service or standalone.

use super::event::Event;
use super::{NO_FACT, Queue, World, is_early};
use crate::kernel::{EventKey, SimTime};
use crate::model::assumptions::ProtectionOnDrain;
use crate::model::{
    AppTask, AppTaskId, CapacityProviderId, DeploymentId, DrainCause, GroupId, InstanceId, Kind,
    TaskDefinitionId, TaskStatus, Vacancy,
};
use crate::record::{Reason, Recorder};

/// Stopped by the service scheduler.
pub(super) const BY_SCHEDULER: &str = "ServiceSchedulerInitiated";
/// Stopped by a person.
pub(super) const BY_USER: &str = "UserInitiated";
/// Ended by itself.
pub(super) const ENDED: &str = "EssentialContainerExited";
/// Lost with its instance, which ECS took away.
pub(super) const BY_TERMINATION: &str = "TerminationNotice";
/// Lost with its instance, which EC2 took back.
pub(super) const BY_SPOT: &str = "SpotInterruption";
/// Lost with its instance, which died.
pub(super) const LOST: &str = "InfrastructureHealth";

impl<R: Recorder> World<R> {
    /// A new task, waiting for room.
    pub(super) fn create_task(
        &mut self,
        now: SimTime,
        group: GroupId,
        revision: TaskDefinitionId,
        provider: CapacityProviderId,
        vacancy: Option<Vacancy>,
        cause: u32,
    ) -> AppTaskId {
        let row = &mut self.cluster.groups[group.index()];
        row.created += 1;
        let number = row.created;
        let id = self.cluster.add_task(AppTask {
            group,
            number,
            revision,
            provider,
            instance: InstanceId::NONE,
            place: 0,
            timer: EventKey::NONE,
            moved_by: vacancy.map_or(DeploymentId::NONE, |v| v.moved_by),
            interruptions: vacancy.map_or(0, |v| v.interruptions),
            failed_starts: vacancy.map_or(0, |v| v.failed_starts),
            status: TaskStatus::Provisioning,
            known_healthy: false,
            unwanted: false,
            protected: false,
            displaced: false,
            fact: NO_FACT,
        });
        self.tell_created(now, id, vacancy.map_or(0, |v| v.of.1));
        self.tell_task(now, cause, id, "", Reason::None);
        self.wait_for_room(now, id, vacancy.map_or((AppTaskId::NONE, 0), |v| v.of));
        id
    }

    /// A task is placed on an ACTIVE instance: it starts.
    pub(super) fn start_task(&mut self, now: SimTime, id: AppTaskId, host: InstanceId, queue: &mut Queue) {
        let cause = self.cluster.app_tasks[id].fact.max(self.cluster.instances[host].fact);
        self.cluster.place(id, host);
        self.cluster.set_task_status(id, TaskStatus::Pending);
        self.tell_task(now, cause, id, "PROVISIONING", Reason::None);
        let (group, revision, number) = {
            let task = &self.cluster.app_tasks[id];
            (task.group, task.revision, task.number)
        };
        let called = if self.env.is_throttled { self.env.call(now, self.place_of(host)) } else { now };
        let (warm, pulled) = self.image_on(called, host, revision);
        let start = self.env.app_start(group, revision, number, warm);
        self.cluster.app_tasks[id].timer = queue.at(pulled.max(called) + start, Event::AppTask(id));
    }

    /// Whether a revision has run on a host, and when its image is there; its pull begins with its first task.
    fn image_on(&mut self, now: SimTime, host: InstanceId, revision: TaskDefinitionId) -> (bool, SimTime) {
        let instance = &self.cluster.instances[host];
        let known = |kind: &&Kind| kind.revision == revision && kind.pulled != SimTime::MAX;
        if let Some(kind) = instance.kinds.iter().find(known) {
            return (kind.warm, kind.pulled);
        }
        let name = &self.names.providers[instance.provider.index()];
        let pull = self.env.app_pull(instance.provider, name, instance.number, revision);
        let place = self.place_of(host);
        let pulled = pull.map_or(now, |pull| now + self.env.pull_time(now, place, pull));
        for kind in self.cluster.instances[host].kinds.iter_mut().filter(|kind| kind.revision == revision) {
            kind.pulled = pulled;
        }
        (false, pulled)
    }

    /// An app task's status ends.
    pub(super) fn on_app_task_timer(&mut self, now: SimTime, id: AppTaskId, queue: &mut Queue) {
        self.cluster.app_tasks[id].timer = EventKey::NONE;
        let status = self.cluster.app_tasks[id].status;
        match status {
            TaskStatus::Pending if self.env.apps_fail && self.app_start_fails(id) => {
                self.on_app_start_failed(now, id, queue);
            }
            TaskStatus::Pending => self.on_running(now, id, queue),
            TaskStatus::Running => self.on_healthy(now, id, queue),
            TaskStatus::Unhealthy if self.cluster.service(self.cluster.app_tasks[id].group).is_none() => {
                self.on_healthy(now, id, queue);
            }
            TaskStatus::Healthy => self.on_known_healthy(id),
            TaskStatus::Deactivating => self.signal_stop(now, id, "DEACTIVATING", Reason::None, queue),
            TaskStatus::Stopping => {
                let cause = self.cluster.app_tasks[id].fact;
                self.end_task(now, id, "STOPPING", cause, Reason::None, queue);
            }
            TaskStatus::Provisioning | TaskStatus::Unhealthy | TaskStatus::Stopped => {
                debug_assert!(false, "{id:?} has no timer");
            }
        }
    }

    fn on_running(&mut self, now: SimTime, id: AppTaskId, queue: &mut Queue) {
        self.cluster.set_task_status(id, TaskStatus::Running);
        let cause = self.cluster.app_tasks[id].fact;
        self.tell_task(now, cause, id, "PENDING", Reason::None);
        let task = &self.cluster.app_tasks[id];
        let (group, revision, number, host) = (task.group, task.revision, task.number, task.instance);
        for kind in self.cluster.instances[host].kinds.iter_mut().filter(|kind| kind.revision == revision) {
            kind.warm = true;
        }
        self.cluster.begin_running(id);
        if self.env.apps_fail {
            self.await_app_mishap(now, id, queue);
        }
        let check = self.cluster.task_definitions[revision.index()].health_check;
        let until = match self.cluster.service(group) {
            None => self.env.runs_for(group, revision, number),
            Some(service) => {
                let targets = service.load_balancers.then(|| self.env.target_health(group, number));
                let container = check.map(|check| check.interval);
                Some(match (container, targets) {
                    (Some(container), Some(targets)) => container.max(targets),
                    (Some(one), None) | (None, Some(one)) => one,
                    (None, None) => self.env.health_wait(group, number),
                })
            }
        };
        if let Some(until) = until {
            self.cluster.app_tasks[id].timer = queue.at(now + until, Event::AppTask(id));
        }
    }

    /// RUNNING long enough: a service's task is healthy, a standalone task has done its work.
    fn on_healthy(&mut self, now: SimTime, id: AppTaskId, queue: &mut Queue) {
        let (group, number, cause) = {
            let task = &self.cluster.app_tasks[id];
            (task.group, task.number, task.fact)
        };
        if self.cluster.service(group).is_none() {
            let from = self.cluster.app_tasks[id].status.word();
            return self.end_task(now, id, from, cause, Reason::Word(ENDED), queue);
        }
        self.cluster.set_task_status(id, TaskStatus::Healthy);
        self.tell_task(now, cause, id, "RUNNING", Reason::None);
        let tick = self.env.health_tick(group, number);
        self.cluster.app_tasks[id].timer = queue.at(now + tick, Event::AppTask(id));
    }

    fn on_known_healthy(&mut self, id: AppTaskId) {
        let task = &mut self.cluster.app_tasks[id];
        task.known_healthy = true;
        let (group, fact) = (task.group, task.fact);
        let Some(service) = self.cluster.service_mut(group) else { return };
        service.known_healthy += 1;
        // A scheduler that has all it wants and nothing to stop has nothing to react to.
        if !service.to_stop.is_empty() || service.wanted != service.desired || service.zone_rebalancing {
            self.service_due(group, fact);
        }
    }

    /// Stops a task in good order: at once if it does not run yet, else with deregistration, signal and kill.
    pub(super) fn stop_task(
        &mut self,
        now: SimTime,
        id: AppTaskId,
        cause: u32,
        code: &'static str,
        queue: &mut Queue,
    ) {
        self.forget_mishap(id, queue);
        let task = &self.cluster.app_tasks[id];
        let from = task.status;
        queue.cancel(task.timer);
        if is_early(from) {
            return self.end_task(now, id, from.word(), cause, Reason::Word(code), queue);
        }
        let group = task.group;
        self.leave_running(now, id);
        if self.cluster.service(group).is_some_and(|s| s.load_balancers) {
            self.cluster.set_task_status(id, TaskStatus::Deactivating);
            self.tell_task(now, cause, id, from.word(), Reason::Word(code));
            let wait = self.env.lb_deregistration(group, self.cluster.app_tasks[id].number);
            self.cluster.app_tasks[id].timer = queue.at(now + wait, Event::AppTask(id));
        } else {
            self.cluster.app_tasks[id].fact = cause;
            self.signal_stop(now, id, from.word(), Reason::Word(code), queue);
        }
        self.on_host_quieter(now, self.cluster.app_tasks[id].instance, queue);
    }

    /// The stop signal.
    fn signal_stop(
        &mut self,
        now: SimTime,
        id: AppTaskId,
        from: &'static str,
        reason: Reason,
        queue: &mut Queue,
    ) {
        let cause = self.cluster.app_tasks[id].fact;
        self.cluster.set_task_status(id, TaskStatus::Stopping);
        self.tell_task(now, cause, id, from, reason);
        let task = &self.cluster.app_tasks[id];
        let stop = self.env.app_stop(task.group, task.revision, task.number);
        let heard = self.heard(now, task.instance);
        self.cluster.app_tasks[id].timer = queue.at(heard + stop, Event::AppTask(id));
    }

    /// A task on a host is about to leave RUNNING.
    fn leave_running(&mut self, now: SimTime, id: AppTaskId) {
        self.cluster.leave_group(id);
        let host = self.cluster.app_tasks[id].instance;
        let instance = &mut self.cluster.instances[host];
        instance.stopping += 1;
        let (drain, group) = (instance.drain, self.cluster.app_tasks[id].group);
        if drain.is_some() && self.cluster.service(group).is_some() {
            let drain = &mut self.cluster.drains[drain];
            // What a protection or the deadline ends was not waiting for its replacement.
            if !drain.held && !drain.overdue {
                drain.moved = Some(now);
            }
        }
        self.count_move(id);
    }

    /// Counts a stop that is due to a drain: an interruption, and a move if a deployment drains.
    fn count_move(&mut self, id: AppTaskId) {
        let task = &self.cluster.app_tasks[id];
        let drain = self.cluster.instances[task.instance].drain;
        if !task.displaced || self.cluster.service(task.group).is_none() {
            return;
        }
        let before = task.moved_by;
        self.count_interruption(id);
        if drain.is_none() {
            return;
        }
        if let DrainCause::Deployment(by, _) = self.cluster.drains[drain].cause {
            let deployment = &mut self.cluster.deployments[by.index()];
            deployment.moved += 1;
            deployment.moved_again += u32::from(before == by);
        }
    }

    /// A task is STOPPED: its room is free again.
    pub(super) fn end_task(
        &mut self,
        now: SimTime,
        id: AppTaskId,
        from: &'static str,
        cause: u32,
        reason: Reason,
        queue: &mut Queue,
    ) {
        let (status, group, host) = {
            let task = &self.cluster.app_tasks[id];
            (task.status, task.group, task.instance)
        };
        if status == TaskStatus::Provisioning {
            self.stop_waiting(id);
            self.cluster.app_tasks[id].instance = InstanceId::NONE;
        } else if !status.is_stopping() {
            self.leave_running(now, id);
        }
        self.cluster.set_task_status(id, TaskStatus::Stopped);
        self.tell_task(now, cause, id, from, reason);
        if status != TaskStatus::Provisioning {
            self.cluster.unplace(id);
            self.cluster.instances[host].stopping -= 1;
        }
        let fact = self.cluster.app_tasks[id].fact;
        if self.cluster.app_tasks[id].protected {
            self.forget_protection(id, queue);
        }
        self.forget_mishap(id, queue);
        self.cluster.remove_task(id);
        self.on_task_gone(now, group, fact, queue);
        if status != TaskStatus::Provisioning {
            if self.cluster.instances[host].tasks.is_empty() {
                // What follows for an empty host, follows from this.
                self.cluster.instances[host].fact = fact;
            }
            self.on_host_quieter(now, host, queue);
        }
    }

    /// Kills a task without a signal.
    pub(super) fn kill_task(
        &mut self,
        now: SimTime,
        id: AppTaskId,
        cause: u32,
        code: &'static str,
        queue: &mut Queue,
    ) {
        let task = &self.cluster.app_tasks[id];
        queue.cancel(task.timer);
        let (from, group, number, unwanted) = (task.status, task.group, task.number, task.unwanted);
        if self.cluster.service(group).is_some() && !unwanted && !from.is_stopping() {
            let tick = self.env.loss_tick(group, number);
            let by = self.drained_by(id);
            self.lose(now, id, cause, by, tick, queue);
        }
        self.cluster.app_tasks[id].displaced = true;
        self.end_task(now, id, from.word(), cause, Reason::Word(code), queue);
    }

    /// The deployment that drains a task's host.
    pub(super) fn drained_by(&self, id: AppTaskId) -> DeploymentId {
        let host = self.cluster.app_tasks[id].instance;
        if host.is_none() || self.cluster.instances[host].drain.is_none() {
            return DeploymentId::NONE;
        }
        match self.cluster.drains[self.cluster.instances[host].drain].cause {
            DrainCause::Deployment(by, _) => by,
            DrainCause::ByHand | DrainCause::Repair | DrainCause::Spot | DrainCause::Patching => {
                DeploymentId::NONE
            }
        }
    }

    /// A task is unwanted from now on: its instance drains (it is displaced), or its service wants it replaced. Its
    /// place is to be filled.
    pub(super) fn unwant(&mut self, id: AppTaskId, displaced: bool, cause: u32) {
        let moved_by = if displaced { self.drained_by(id) } else { DeploymentId::NONE };
        let task = &mut self.cluster.app_tasks[id];
        if task.unwanted || task.status.is_stopping() {
            return;
        }
        task.unwanted = true;
        task.displaced = displaced;
        let vacancy = Vacancy {
            of: (id, task.number),
            cause,
            moved_by,
            interruptions: task.interruptions.saturating_add(u16::from(displaced)),
            failed_starts: 0,
        };
        let (group, provider) = (task.group, task.provider);
        self.vacate(group, provider, vacancy);
        self.line_up_for_stop(id);
    }

    /// Puts an unwanted task in line to be stopped; what does not count as healthy goes first.
    pub(super) fn line_up_for_stop(&mut self, id: AppTaskId) {
        let honoured = self.cluster.assumptions.protection_on_drain == ProtectionOnDrain::Honoured;
        let task = &self.cluster.app_tasks[id];
        if task.protected && honoured {
            return;
        }
        let (group, entry, healthy) = (task.group, (id, task.number), task.status == TaskStatus::Healthy);
        let Some(service) = self.cluster.service_mut(group) else { return };
        if healthy {
            service.to_stop.push_back(entry);
        } else {
            service.to_stop.push_front(entry);
        }
    }

    /// A task's protection ends.
    pub(super) fn on_protection_over(&mut self, now: SimTime, id: AppTaskId, number: u32, queue: &mut Queue) {
        let task = &self.cluster.app_tasks[id];
        if task.number != number || task.status == TaskStatus::Stopped || !task.protected {
            return;
        }
        self.unprotect(now, id, queue);
    }

    /// A task is protected no more, or gone: the end of its protection need not happen.
    fn forget_protection(&mut self, id: AppTaskId, queue: &mut Queue) {
        if let Some(end) = self.protections.remove(&id) {
            queue.cancel(end);
        }
    }

    /// Ends a task's protection; its scheduler reacts a tick later.
    pub(super) fn unprotect(&mut self, now: SimTime, id: AppTaskId, queue: &mut Queue) {
        self.forget_protection(id, queue);
        let task = &mut self.cluster.app_tasks[id];
        task.protected = false;
        let (group, waits) = (task.group, task.unwanted && !task.status.is_stopping());
        if waits {
            self.line_up_for_stop(id);
            let host = self.cluster.app_tasks[id].instance;
            if host.is_some() && self.cluster.instances[host].drain.is_some() {
                let drain = self.cluster.instances[host].drain;
                self.cluster.drains[drain].held = true;
            }
        }
        self.schedule_tick(now, group, queue);
    }
}
