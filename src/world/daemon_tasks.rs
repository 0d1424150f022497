//! The life of a daemon task: one of each daemon on each instance, first to come and last to go.

use super::event::Event;
use super::{NO_FACT, Queue, World};
use crate::kernel::{EventKey, SimTime};
use crate::model::assumptions::{DaemonReadyGate, NonCriticalGate};
use crate::model::{DaemonRevisionId, DaemonTask, DaemonTaskId, InstanceId, InstanceStatus, TaskStatus};
use crate::record::{Reason, Recorder};

impl<R: Recorder> World<R> {
    /// The daemons of a REGISTERING instance start, side by side.
    pub(super) fn start_daemons(&mut self, now: SimTime, host: InstanceId, queue: &mut Queue) {
        let set = self.cluster.instances[host].set;
        for at in 0..self.cluster.sets[set.index()].entries.len() {
            let (daemon, revision) = self.cluster.sets[set.index()].entries[at];
            let id = self.add_daemon_task(host, revision, TaskStatus::Pending);
            let cause = self.cluster.instances[host].fact;
            self.tell_daemon_task(now, cause, id, "", Reason::None);
            if self.cluster.daemon_tasks[id].gates {
                self.cluster.instances[host].awaited += 1;
            }
            let definition = self.cluster.revisions[revision.index()].task_definition.index() as u32;
            let number = self.cluster.daemon_tasks[id].number;
            let name = &self.names.daemons[daemon.index()];
            let takes = self.env.daemon_start(daemon.index(), name, definition, number);
            self.cluster.daemon_tasks[id].timer = queue.at(now + takes, Event::DaemonTask(id));
        }
    }

    /// A new daemon task on a host.
    pub(super) fn add_daemon_task(
        &mut self,
        host: InstanceId,
        revision: DaemonRevisionId,
        status: TaskStatus,
    ) -> DaemonTaskId {
        let (daemon, critical) = {
            let row = &self.cluster.revisions[revision.index()];
            (row.daemon, row.critical)
        };
        let gates =
            critical || self.cluster.assumptions.non_critical_gate == NonCriticalGate::RunningOrFirstFailure;
        let row = &mut self.cluster.daemons[daemon.index()];
        row.created += 1;
        let number = row.created;
        self.cluster.add_daemon_task(DaemonTask {
            revision,
            number,
            instance: host,
            next: DaemonTaskId::NONE,
            timer: EventKey::NONE,
            status,
            gates,
            fact: NO_FACT,
        })
    }

    /// A daemon task's status ends.
    pub(super) fn on_daemon_task_timer(&mut self, now: SimTime, id: DaemonTaskId, queue: &mut Queue) {
        self.cluster.daemon_tasks[id].timer = EventKey::NONE;
        let (host, cause) = (self.cluster.daemon_tasks[id].instance, self.cluster.daemon_tasks[id].fact);
        match self.cluster.daemon_tasks[id].status {
            TaskStatus::Pending => {
                self.cluster.set_daemon_task_status(id, TaskStatus::Running);
                self.tell_daemon_task(now, cause, id, "PENDING", Reason::None);
                let revision = self.cluster.daemon_tasks[id].revision;
                let definition = self.cluster.revisions[revision.index()].task_definition;
                let check = self.cluster.daemon_task_definitions[definition.index()].health_check;
                if let Some(check) = check {
                    self.cluster.daemon_tasks[id].timer =
                        queue.at(now + check.interval, Event::DaemonTask(id));
                }
                // Only a critical daemon's health is waited for.
                let critical = self.cluster.revisions[revision.index()].critical;
                let running_is_ready = self.cluster.assumptions.daemon_ready_gate == DaemonReadyGate::Running;
                if check.is_none() || running_is_ready || !critical {
                    self.on_daemon_ready(now, id, queue);
                }
            }
            TaskStatus::Running => {
                self.cluster.set_daemon_task_status(id, TaskStatus::Healthy);
                self.tell_daemon_task(now, cause, id, "RUNNING", Reason::None);
                let revision = self.cluster.daemon_tasks[id].revision;
                let critical = self.cluster.revisions[revision.index()].critical;
                if critical && self.cluster.assumptions.daemon_ready_gate == DaemonReadyGate::Healthy {
                    self.on_daemon_ready(now, id, queue);
                }
            }
            TaskStatus::Stopping => {
                self.cluster.set_daemon_task_status(id, TaskStatus::Stopped);
                self.tell_daemon_task(now, cause, id, "STOPPING", Reason::None);
                self.on_daemons_quieter(now, host, queue);
            }
            TaskStatus::Provisioning
            | TaskStatus::Healthy
            | TaskStatus::Unhealthy
            | TaskStatus::Deactivating
            | TaskStatus::Stopped => {
                debug_assert!(false, "{id:?} has no timer");
            }
        }
    }

    fn on_daemon_ready(&mut self, now: SimTime, id: DaemonTaskId, queue: &mut Queue) {
        let (host, gates) = (self.cluster.daemon_tasks[id].instance, self.cluster.daemon_tasks[id].gates);
        if !gates || self.cluster.instances[host].status != InstanceStatus::Registering {
            return;
        }
        self.cluster.instances[host].awaited -= 1;
        if self.cluster.instances[host].awaited == 0 {
            self.schedule_active(now, host, queue);
        }
    }

    /// The daemons of an instance on its way out get the stop signal.
    pub(super) fn stop_daemons(&mut self, now: SimTime, host: InstanceId, queue: &mut Queue) {
        let cause = self.cluster.instances[host].fact;
        let mut id = self.cluster.instances[host].daemons;
        while id.is_some() {
            let task = &self.cluster.daemon_tasks[id];
            let (next, from, number, revision) = (task.next, task.status, task.number, task.revision);
            let timer = task.timer;
            match from {
                TaskStatus::Pending | TaskStatus::Running | TaskStatus::Healthy | TaskStatus::Unhealthy => {
                    queue.cancel(timer);
                    let running = from.is_running();
                    let to = if running { TaskStatus::Stopping } else { TaskStatus::Stopped };
                    self.cluster.set_daemon_task_status(id, to);
                    self.tell_daemon_task(
                        now,
                        cause,
                        id,
                        from.word(),
                        Reason::Word(super::app_tasks::BY_SCHEDULER),
                    );
                    if running {
                        let row = &self.cluster.revisions[revision.index()];
                        let (daemon, definition) = (row.daemon.index(), row.task_definition.index() as u32);
                        let takes =
                            self.env.daemon_stop(daemon, &self.names.daemons[daemon], definition, number);
                        self.cluster.daemon_tasks[id].timer = queue.at(now + takes, Event::DaemonTask(id));
                    }
                }
                TaskStatus::Provisioning
                | TaskStatus::Deactivating
                | TaskStatus::Stopping
                | TaskStatus::Stopped => (),
            }
            id = next;
        }
    }

    /// The daemons of an instance end without a signal.
    pub(super) fn kill_daemons(&mut self, now: SimTime, host: InstanceId, cause: u32, queue: &mut Queue) {
        let mut id = self.cluster.instances[host].daemons;
        while id.is_some() {
            let task = &self.cluster.daemon_tasks[id];
            let (next, from, timer) = (task.next, task.status, task.timer);
            if from != TaskStatus::Stopped {
                queue.cancel(timer);
                self.cluster.set_daemon_task_status(id, TaskStatus::Stopped);
                self.tell_daemon_task(
                    now,
                    cause,
                    id,
                    from.word(),
                    Reason::Word(super::app_tasks::BY_TERMINATION),
                );
            }
            id = next;
        }
    }

    /// The latest fact about the daemons of an instance: what it waited for.
    pub(super) fn last_daemon_fact(&self, host: InstanceId) -> u32 {
        let mut last = 0;
        let mut id = self.cluster.instances[host].daemons;
        while id.is_some() {
            let task = &self.cluster.daemon_tasks[id];
            if task.gates && task.fact != NO_FACT {
                last = last.max(task.fact);
            }
            id = task.next;
        }
        last
    }

    /// Gives back the rows of the daemon tasks of an instance that is gone.
    pub(super) fn forget_daemon_tasks(&mut self, host: InstanceId) {
        let mut id = std::mem::take(&mut self.cluster.instances[host].daemons);
        while id.is_some() {
            let next = self.cluster.daemon_tasks[id].next;
            self.cluster.daemon_tasks.free(id);
            id = next;
        }
    }
}
