//! App tasks that fail: to start, or once they run. Their service replaces them, ever more slowly when they do not
//! even start.

use super::app_tasks::ENDED;
use super::daemon_failures::FAILED_TO_START;
use super::event::Event;
use super::{Queue, World};
use crate::kernel::SimTime;
use crate::model::{AppTaskId, TaskStatus};
use crate::policy;
use crate::record::{Reason, Recorder};

impl<R: Recorder> World<R> {
    /// Whether an app task that is about to be RUNNING fails instead.
    pub(super) fn app_start_fails(&mut self, id: AppTaskId) -> bool {
        let task = &self.cluster.app_tasks[id];
        let (app, number) = ((task.group, task.revision), task.number);
        let host = &self.cluster.instances[task.instance];
        let host = (host.provider, host.number);
        self.env.app_fails_to_start(app, host, u64::from(number))
    }

    /// An app task did not come up.
    pub(super) fn on_app_start_failed(&mut self, now: SimTime, id: AppTaskId, queue: &mut Queue) {
        let task = &mut self.cluster.app_tasks[id];
        task.failed_starts = task.failed_starts.saturating_add(1);
        let (group, number, failures, cause) = (task.group, task.number, task.failed_starts, task.fact);
        let wanted = !task.unwanted;
        if let Some(service) = self.cluster.service_mut(group) {
            service.failed_in_a_row += 1;
        }
        if self.cluster.service(group).is_some() && wanted {
            let wait = self.env.loss_tick(group, number) + policy::repair::throttle(u32::from(failures));
            let by = self.drained_by(id);
            self.lose(now, id, cause, by, wait, queue);
        }
        self.cluster.app_tasks[id].displaced = true;
        self.end_task(now, id, "PENDING", cause, Reason::Word(FAILED_TO_START), queue);
    }

    /// An app task is RUNNING: when it will crash or turn UNHEALTHY, if it will.
    pub(super) fn await_app_mishap(&mut self, now: SimTime, id: AppTaskId, queue: &mut Queue) {
        let task = &mut self.cluster.app_tasks[id];
        task.failed_starts = 0;
        let (app, number) = ((task.group, task.revision), task.number);
        if let Some(service) = self.cluster.service_mut(app.0) {
            service.failed_in_a_row = 0;
        }
        let task = &self.cluster.app_tasks[id];
        let host = &self.cluster.instances[task.instance];
        let host = (host.provider, host.number);
        let within = self.horizon.since(now);
        if let Some(mishap) = self.env.app_mishap(app, host, u64::from(number), within) {
            let key = queue.at(now + mishap.after, Event::AppMishap(id, mishap.crash));
            self.mishaps.insert(id, key);
        }
    }

    /// Nothing more can befall a task that is on its way out.
    pub(super) fn forget_mishap(&mut self, id: AppTaskId, queue: &mut Queue) {
        if !self.mishaps.is_empty()
            && let Some(key) = self.mishaps.remove(&id)
        {
            queue.cancel(key);
        }
    }

    /// An app task crashes or turns UNHEALTHY.
    pub(super) fn on_app_mishap(&mut self, now: SimTime, id: AppTaskId, crash: bool, queue: &mut Queue) {
        self.mishaps.remove(&id);
        let cause = self.cluster.app_tasks[id].fact;
        if crash {
            return self.kill_task(now, id, cause, ENDED, queue);
        }
        let task = &mut self.cluster.app_tasks[id];
        let (group, number, from) = (task.group, task.number, task.status);
        if self.cluster.service(group).is_none() {
            // Nobody looks after a standalone task: it runs on.
            self.cluster.set_task_status(id, TaskStatus::Unhealthy);
            self.tell_task(now, cause, id, from.word(), Reason::None);
            return;
        }
        queue.cancel(std::mem::take(&mut self.cluster.app_tasks[id].timer));
        self.cluster.set_task_status(id, TaskStatus::Unhealthy);
        self.tell_task(now, cause, id, from.word(), Reason::None);
        let tick = self.env.loss_tick(group, number);
        queue.at(now + tick, Event::UnhealthyKnown(id, number));
    }

    /// A scheduler learns that a task is UNHEALTHY: it wants another one in its place.
    pub(super) fn on_unhealthy_known(&mut self, id: AppTaskId, number: u32) {
        let task = &self.cluster.app_tasks[id];
        if task.number != number || task.status != TaskStatus::Unhealthy {
            return;
        }
        let (group, cause, unwanted) = (task.group, task.fact, task.unwanted);
        if !unwanted {
            self.count_interruption(id);
            self.unwant(id, false, cause);
        }
        self.service_due(group, cause);
    }
}
