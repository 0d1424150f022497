//! What a service's scheduler learns late: tasks that it lost.

use super::event::Event;
use super::{Queue, World};
use crate::kernel::{Id, SimDuration, SimTime};
use crate::model::{AppTaskId, CapacityProviderId, DeploymentId, GroupId, Vacancy};
use crate::record::Recorder;

/// A lost task that its scheduler still believes to have.
#[derive(Clone, Copy, Debug)]
pub(super) struct Loss {
    group: GroupId,
    provider: CapacityProviderId,
    vacancy: Vacancy,
}

impl<R: Recorder> World<R> {
    /// A wanted service task was lost by `cause`; its scheduler learns of it after `delay`.
    pub(super) fn lose(
        &mut self,
        now: SimTime,
        task: AppTaskId,
        cause: u32,
        moved_by: DeploymentId,
        delay: SimDuration,
        queue: &mut Queue,
    ) {
        let row = &self.cluster.app_tasks[task];
        let loss = Loss {
            group: row.group,
            provider: row.provider,
            vacancy: Vacancy {
                of: (task, row.number),
                cause,
                moved_by,
                interruptions: row.interruptions.saturating_add(1),
                failed_starts: row.failed_starts,
            },
        };
        // From here on it counts as told.
        self.cluster.app_tasks[task].unwanted = true;
        let id = self.losses.insert(loss);
        queue.at(now + delay, Event::LossKnown(id));
    }

    /// A scheduler learns that it lost a task.
    pub(super) fn on_loss_known(&mut self, id: Id<Loss>) {
        let loss = self.losses[id];
        self.losses.free(id);
        self.vacate(loss.group, loss.provider, loss.vacancy);
        self.service_due(loss.group, loss.vacancy.cause);
    }

    /// A task is wanted no more; its place is to be filled.
    pub(super) fn vacate(&mut self, group: GroupId, provider: CapacityProviderId, vacancy: Vacancy) {
        let Some(service) = self.cluster.service_mut(group) else { return };
        service.wanted -= 1;
        if let Some(share) = service.strategy.iter_mut().find(|s| s.provider == provider) {
            share.tasks = share.tasks.saturating_sub(1);
        }
        service.to_replace.push_back(vacancy);
    }

    /// Interrupts a service task: a stop that the service did not ask for.
    pub(super) fn count_interruption(&mut self, task: AppTaskId) {
        let (group, before) = {
            let row = &self.cluster.app_tasks[task];
            (row.group, row.interruptions)
        };
        let Some(service) = self.cluster.service_mut(group) else { return };
        service.tally.interruptions += 1;
        let mine = u32::from(before) + 1;
        service.tally.max_interruptions = service.tally.max_interruptions.max(mine);
    }
}
