//! The life of a daemon task: one of each daemon on each instance, first to come and last to go.

use super::app_tasks::BY_SCHEDULER;
use super::event::Event;
use super::{NO_FACT, Queue, World};
use crate::kernel::{EventKey, SimTime};
use crate::model::assumptions::{DaemonReadyGate, NonCriticalGate};
use crate::model::{
    DaemonId, DaemonRevisionId, DaemonTask, DaemonTaskId, InstanceId, InstanceStatus, TaskStatus, Trouble,
};
use crate::record::{Reason, Recorder};

impl<R: Recorder> World<R> {
    /// The daemons of a REGISTERING instance start, side by side.
    pub(super) fn start_daemons(&mut self, now: SimTime, host: InstanceId, queue: &mut Queue) {
        let set = self.cluster.instances[host].set;
        let daemons = self.cluster.sets[set.index()].entries.len();
        for at in 0..daemons {
            let (_, revision) = self.cluster.sets[set.index()].entries[at];
            self.cluster.instances[host].awaited += u16::from(self.gates(revision));
        }
        for at in 0..daemons {
            let (daemon, revision) = self.cluster.sets[set.index()].entries[at];
            let cause = self.cluster.instances[host].fact;
            if !self.cluster.daemon_fits(host, at) {
                self.refuse_daemon_task(now, host, revision, cause, queue);
                continue;
            }
            let id = self.add_daemon_task(host, revision, TaskStatus::Pending);
            self.tell_daemon_task(now, cause, id, "", Reason::None);
            self.await_start(now, id, daemon, queue);
        }
    }

    /// A daemon task is on its way to RUNNING.
    pub(super) fn await_start(
        &mut self,
        now: SimTime,
        id: DaemonTaskId,
        daemon: DaemonId,
        queue: &mut Queue,
    ) {
        let ((_, definition), _, draw) = self.whose(id);
        let host = self.place_of(self.cluster.daemon_tasks[id].instance);
        let name = &self.names.daemons[daemon.index()];
        let takes = self.env.daemon_start(now, host, daemon.index(), name, definition, draw);
        self.cluster.daemon_tasks[id].timer = queue.at(now + takes, Event::DaemonTask(id));
    }

    /// Whether a host waits for a daemon of this revision before it is ACTIVE.
    pub(super) fn gates(&self, revision: DaemonRevisionId) -> bool {
        self.cluster.revisions[revision.index()].critical
            || self.cluster.assumptions.non_critical_gate == NonCriticalGate::RunningOrFirstFailure
    }

    /// A new daemon task on a host.
    pub(super) fn add_daemon_task(
        &mut self,
        host: InstanceId,
        revision: DaemonRevisionId,
        status: TaskStatus,
    ) -> DaemonTaskId {
        let gates = self.gates(revision);
        let daemon = self.cluster.revisions[revision.index()].daemon;
        let row = &mut self.cluster.daemons[daemon.index()];
        row.hosts += 1;
        let lot = row.hosts;
        // What could not be created has no number.
        let number = if status == TaskStatus::Stopped { 0 } else { self.next_daemon_number(revision) };
        self.cluster.add_daemon_task(DaemonTask {
            revision,
            number,
            lot,
            attempt: 0,
            instance: host,
            next: DaemonTaskId::NONE,
            timer: EventKey::NONE,
            status,
            gates,
            ready: false,
            trouble: Trouble::None,
            failures: 0,
            mishap: EventKey::NONE,
            fact: NO_FACT,
        })
    }

    /// The number of the next task of a daemon.
    pub(super) fn next_daemon_number(&mut self, revision: DaemonRevisionId) -> u32 {
        let daemon = self.cluster.revisions[revision.index()].daemon;
        let row = &mut self.cluster.daemons[daemon.index()];
        row.created += 1;
        row.created
    }

    /// A daemon task's status ends.
    pub(super) fn on_daemon_task_timer(&mut self, now: SimTime, id: DaemonTaskId, queue: &mut Queue) {
        self.cluster.daemon_tasks[id].timer = EventKey::NONE;
        let (host, cause) = (self.cluster.daemon_tasks[id].instance, self.cluster.daemon_tasks[id].fact);
        let status = self.cluster.daemon_tasks[id].status;
        match status {
            TaskStatus::Pending if self.start_fails(id) => self.on_start_failed(now, id, queue),
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
                self.await_mishap(now, id, queue);
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
                self.on_daemon_stopped(now, id, queue);
                self.on_daemons_quieter(now, host, queue);
            }
            TaskStatus::Unhealthy | TaskStatus::Stopped => self.on_trouble_timer(now, id, queue),
            TaskStatus::Provisioning | TaskStatus::Healthy | TaskStatus::Deactivating => {
                debug_assert!(false, "{id:?} has no timer");
            }
        }
    }

    fn on_daemon_ready(&mut self, now: SimTime, id: DaemonTaskId, queue: &mut Queue) {
        let (host, gates) = (self.cluster.daemon_tasks[id].instance, self.cluster.daemon_tasks[id].gates);
        self.cluster.daemon_tasks[id].ready = true;
        self.note_success(now, id);
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
            let (next, from, timer) = (task.next, task.status, task.timer);
            match from {
                TaskStatus::Pending => {
                    queue.cancel(timer);
                    self.cluster.set_daemon_task_status(id, TaskStatus::Stopped);
                    self.tell_daemon_task(now, cause, id, from.word(), Reason::Word(BY_SCHEDULER));
                }
                TaskStatus::Running | TaskStatus::Healthy | TaskStatus::Unhealthy => {
                    self.cluster.daemon_tasks[id].trouble = Trouble::None;
                    self.signal_daemon(now, id, cause, BY_SCHEDULER, queue);
                }
                // What is down already is not tried again.
                TaskStatus::Stopping | TaskStatus::Stopped => {
                    if from == TaskStatus::Stopped {
                        queue.cancel(std::mem::take(&mut self.cluster.daemon_tasks[id].timer));
                    }
                    self.cluster.daemon_tasks[id].trouble = Trouble::Known;
                }
                TaskStatus::Provisioning | TaskStatus::Deactivating => (),
            }
            id = next;
        }
    }

    /// The daemons of an instance end without a signal.
    pub(super) fn kill_daemons(
        &mut self,
        now: SimTime,
        host: InstanceId,
        cause: u32,
        code: &'static str,
        queue: &mut Queue,
    ) {
        let mut id = self.cluster.instances[host].daemons;
        while id.is_some() {
            let task = &self.cluster.daemon_tasks[id];
            let (next, from, timer, mishap) = (task.next, task.status, task.timer, task.mishap);
            queue.cancel(timer);
            queue.cancel(mishap);
            self.cluster.daemon_tasks[id].timer = EventKey::NONE;
            if from != TaskStatus::Stopped {
                self.cluster.set_daemon_task_status(id, TaskStatus::Stopped);
                self.tell_daemon_task(now, cause, id, from.word(), Reason::Word(code));
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
