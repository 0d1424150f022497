//! Service schedulers: each reaction stops what may stop, then starts what is missing.

use super::app_tasks::BY_SCHEDULER;
use super::event::Event;
use super::{NO_FACT, Queue, World};
use crate::kernel::SimTime;
use crate::model::{GroupId, ServiceStatus, Vacancy};
use crate::policy;
use crate::record::{FactKind, Recorder};

impl<R: Recorder> World<R> {
    /// The scheduler of a service looks at it a tick from now.
    pub(super) fn schedule_tick(&mut self, now: SimTime, group: GroupId, queue: &mut Queue) {
        let Some(service) = self.cluster.service_mut(group) else { return };
        service.reactions += 1;
        let reaction = service.reactions;
        let tick = self.env.reaction_tick(group, reaction);
        queue.at(now + tick, Event::Tick(group));
    }

    pub(super) fn on_tick(&mut self, group: GroupId) {
        let cause = self.cluster.service(group).map_or(NO_FACT, |s| s.cause);
        self.service_due(group, cause);
    }

    /// All services on the work-list react, in the order in which they came on it.
    pub(super) fn react(&mut self, now: SimTime, queue: &mut Queue) {
        let due = std::mem::take(&mut self.due_services);
        for group in &due {
            if let Some(service) = self.cluster.service_mut(*group) {
                service.due = false;
            }
            self.react_of(now, *group, queue);
        }
        if self.due_services.is_empty() {
            // Keep the list's memory.
            self.due_services = due;
            self.due_services.clear();
        }
    }

    fn react_of(&mut self, now: SimTime, group: GroupId, queue: &mut Queue) {
        self.stop_unwanted(now, group, queue);
        self.stop_surplus(now, group, queue);
        self.start_missing(now, group);
        if self.even_out_zones(group) {
            self.start_missing(now, group);
        }
        self.note_inactive(now, group);
    }

    /// Moves one task of a steady service to a zone that has two fewer, if it is to and there is room.
    fn even_out_zones(&mut self, group: GroupId) -> bool {
        let Some(id) = policy::service::choose_to_even_out(&self.cluster, group) else { return false };
        let cause = self.cluster.service(group).map_or(NO_FACT, |s| s.cause);
        self.count_interruption(id);
        self.unwant(id, false, cause);
        true
    }

    fn stop_unwanted(&mut self, now: SimTime, group: GroupId, queue: &mut Queue) {
        while let Some(service) = self.cluster.service(group) {
            let Some((id, number)) = service.to_stop.front().copied() else { return };
            let cause = service.cause;
            let alive = self.is_alive(id, group, number);
            let task = &self.cluster.app_tasks[id];
            if alive && task.unwanted && !policy::service::may_stop(service, task.status, task.known_healthy)
            {
                return;
            }
            let stop = alive && task.unwanted;
            if let Some(service) = self.cluster.service_mut(group) {
                service.to_stop.pop_front();
            }
            if stop {
                self.stop_task(now, id, cause, BY_SCHEDULER, queue);
            }
        }
    }

    fn stop_surplus(&mut self, now: SimTime, group: GroupId, queue: &mut Queue) {
        let Some(service) = self.cluster.service(group) else { return };
        if service.wanted <= service.desired {
            return;
        }
        let surplus = (service.wanted - service.desired) as usize;
        for id in policy::service::choose_surplus(&self.cluster, group, surplus) {
            let Some(service) = self.cluster.service(group) else { return };
            let task = &self.cluster.app_tasks[id];
            if !policy::service::may_stop(service, task.status, task.known_healthy) {
                continue;
            }
            let (cause, provider) = (service.cause, task.provider);
            self.cluster.app_tasks[id].unwanted = true;
            if let Some(service) = self.cluster.service_mut(group) {
                service.wanted -= 1;
                if let Some(share) = service.strategy.iter_mut().find(|s| s.provider == provider) {
                    share.tasks = share.tasks.saturating_sub(1);
                }
            }
            self.stop_task(now, id, cause, BY_SCHEDULER, queue);
        }
    }

    fn start_missing(&mut self, now: SimTime, group: GroupId) {
        let counts_stopping = self.cluster.assumptions.max_counts_stopping;
        let Some(service) = self.cluster.service(group) else { return };
        for _ in 0..policy::service::starts(service, counts_stopping) {
            let Some(service) = self.cluster.service_mut(group) else { return };
            let at = policy::strategy::choose_provider(&service.strategy);
            let share = &mut service.strategy[at];
            share.tasks += 1;
            let provider = share.provider;
            service.wanted += 1;
            let vacancy: Option<Vacancy> = service.to_replace.pop_front();
            let cause = vacancy.map_or(service.cause, |v| v.cause);
            let revision = service.task_definition;
            self.create_task(now, group, revision, provider, vacancy, cause);
        }
        // A place that nobody wants filled any more is forgotten.
        if let Some(service) = self.cluster.service_mut(group) {
            let missing = service.desired.saturating_sub(service.wanted) as usize;
            while service.to_replace.len() > missing {
                service.to_replace.pop_front();
            }
        }
    }

    /// A task of a group is gone: a scheduler that was held up by the upper bound may go on.
    pub(super) fn on_task_gone(&mut self, now: SimTime, group: GroupId, fact: u32, queue: &mut Queue) {
        let Some(service) = self.cluster.service_mut(group) else { return };
        if service.wanted < service.desired {
            service.cause = fact;
            self.schedule_tick(now, group, queue);
        } else {
            self.note_inactive(now, group);
        }
    }

    /// A deleted service is INACTIVE when its last task is gone.
    fn note_inactive(&mut self, now: SimTime, group: GroupId) {
        let Some(service) = self.cluster.service_mut(group) else { return };
        if service.status == ServiceStatus::Draining && service.tasks.existing + service.tasks.stopping == 0 {
            service.status = ServiceStatus::Inactive;
            let cause = service.cause;
            self.tell_service(now, cause, group, ServiceStatus::Draining.word());
        }
    }

    /// A service changed its status: `from` → what it is now.
    pub(super) fn tell_service(
        &mut self,
        now: SimTime,
        cause: u32,
        group: GroupId,
        from: &'static str,
    ) -> u32 {
        self.tell(now, cause, FactKind::Service, |cluster, fact| {
            fact.owner = Some(cluster.groups[group.index()].owner);
            fact.from = from;
            fact.to = cluster.service(group).map_or("", |s| s.status.word());
        })
    }
}
