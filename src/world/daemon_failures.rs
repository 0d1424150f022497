//! Daemons that fail: to start, or once they run. What ECS does about it follows from what the host is when it
//! learns of it, and from whether the daemon is critical.
//!
//! | | critical | not critical |
//! |---|---|---|
//! | host REGISTERING | tried again, then the host is given up | the host goes on without it |
//! | host ACTIVE | the host is impaired: auto repair replaces it | started again, ever more slowly |

use super::event::Event;
use super::{NO_FACT, Queue, World};
use crate::kernel::{EventKey, SimDuration, SimTime};
use crate::model::assumptions::NonCriticalRelaunch;
use crate::model::{
    DaemonRevisionId, DaemonTaskId, InstanceId, InstanceStatus, Owner, RevisionName, TaskName, TaskStatus,
    Trouble,
};
use crate::policy;
use crate::record::{FactKind, Reason, Recorder};

/// It never got to RUNNING.
pub(super) const FAILED_TO_START: &str = "TaskFailedToStart";
/// There was a task, and it did not come up.
const FAILED_TO_RUN: &str = "TASK_FAILED_TO_RUN";
/// There was no room for a task.
const CREATION_FAILED: &str = "TASK_CREATION_FAILED";

impl<R: Recorder> World<R> {
    /// Whether a daemon task that is about to be RUNNING fails instead.
    pub(super) fn start_fails(&mut self, id: DaemonTaskId) -> bool {
        let (daemon, host, draw) = self.whose(id);
        self.env.daemon_fails_to_start(daemon, host, draw)
    }

    /// A daemon with its definition, its host, and what the task's dice are rolled by.
    pub(super) fn whose(
        &self,
        id: DaemonTaskId,
    ) -> ((usize, u32), (crate::model::CapacityProviderId, u32), u64) {
        let task = &self.cluster.daemon_tasks[id];
        let revision = &self.cluster.revisions[task.revision.index()];
        let host = &self.cluster.instances[task.instance];
        let daemon = (revision.daemon.index(), revision.task_definition.index() as u32);
        (daemon, (host.provider, host.number), task.draw())
    }

    /// A daemon task did not come up.
    pub(super) fn on_start_failed(&mut self, now: SimTime, id: DaemonTaskId, queue: &mut Queue) {
        self.cluster.set_daemon_task_status(id, TaskStatus::Stopped);
        let cause = self.cluster.daemon_tasks[id].fact;
        let fact = self.tell_daemon_task(now, cause, id, "PENDING", Reason::Word(FAILED_TO_START));
        self.after_failed_start(now, id, fact, queue);
    }

    /// A daemon finds no room on its host: there is not even a task.
    pub(super) fn refuse_daemon_task(
        &mut self,
        now: SimTime,
        host: InstanceId,
        revision: DaemonRevisionId,
        cause: u32,
        queue: &mut Queue,
    ) {
        let id = self.add_daemon_task(host, revision, TaskStatus::Stopped);
        self.after_failed_start(now, id, cause, queue);
    }

    /// An attempt to start a daemon failed: it counts, and another one follows or does not.
    fn after_failed_start(&mut self, now: SimTime, id: DaemonTaskId, cause: u32, queue: &mut Queue) {
        let cause = self.tell_start_impaired(now, id, cause);
        self.tally.mishaps.daemon_start_failures += 1;
        let task = &mut self.cluster.daemon_tasks[id];
        task.failures = task.failures.saturating_add(1);
        task.trouble = Trouble::Known;
        let (host, revision, failures) = (task.instance, task.revision, u32::from(task.failures));
        self.count_failure(now, revision, host, cause, queue);
        let critical = self.cluster.revisions[revision.index()].critical;
        let on = self.cluster.instances[host].status;
        match (critical, on) {
            (true, InstanceStatus::Registering) => {
                let rule = self.cluster.assumptions.registering_failure;
                if failures >= rule.attempts {
                    let row = &mut self.cluster.providers[self.cluster.instances[host].provider.index()];
                    row.failed_in_a_row += 1;
                    if row.failed_in_a_row == 1 {
                        row.failing_since = now;
                    }
                    row.failed_at = Some(revision);
                    self.fail_registration(now, host, cause, queue);
                } else {
                    self.retry_after(now, id, rule.gap, queue);
                }
            }
            (false, InstanceStatus::Registering | InstanceStatus::Active) => {
                self.go_on_without(now, id, queue);
                if self.cluster.assumptions.non_critical_relaunch == NonCriticalRelaunch::Backoff {
                    self.retry_after(now, id, policy::repair::backoff(failures), queue);
                }
            }
            (
                _,
                InstanceStatus::Launching
                | InstanceStatus::Active
                | InstanceStatus::Draining
                | InstanceStatus::Deregistering
                | InstanceStatus::RegistrationFailed
                | InstanceStatus::Terminated,
            ) => (),
        }
    }

    /// ECS's event of a daemon that did not start.
    fn tell_start_impaired(&mut self, now: SimTime, id: DaemonTaskId, cause: u32) -> u32 {
        self.tell(now, cause, FactKind::Daemon, |cluster, fact| {
            let task = &cluster.daemon_tasks[id];
            let revision = &cluster.revisions[task.revision.index()];
            let owner = Owner::Daemon(revision.daemon);
            super::telling::about_instance(cluster, task.instance, fact);
            fact.owner = Some(owner);
            fact.revision = Some(RevisionName::Daemon(revision.task_definition));
            fact.to = "DAEMON_TASK_START_IMPAIRED";
            fact.reason = Reason::Word(CREATION_FAILED);
            if task.number > 0 {
                fact.task = Some(TaskName { owner, number: task.number });
                fact.reason = Reason::Word(FAILED_TO_RUN);
            }
        })
    }

    fn retry_after(&mut self, now: SimTime, id: DaemonTaskId, wait: SimDuration, queue: &mut Queue) {
        let task = &mut self.cluster.daemon_tasks[id];
        task.trouble = Trouble::Retrying;
        task.timer = queue.at(now + wait, Event::DaemonTask(id));
    }

    /// A host no longer waits for a daemon that is not critical.
    fn go_on_without(&mut self, now: SimTime, id: DaemonTaskId, queue: &mut Queue) {
        let task = &mut self.cluster.daemon_tasks[id];
        let (host, waits) = (task.instance, task.gates && !task.ready);
        task.gates = false;
        if waits && self.cluster.instances[host].status == InstanceStatus::Registering {
            self.cluster.instances[host].awaited -= 1;
            if self.cluster.instances[host].awaited == 0 {
                self.schedule_active(now, host, queue);
            }
        }
    }

    /// What is wrong with a daemon is found out, or it is time to start it again.
    pub(super) fn on_trouble_timer(&mut self, now: SimTime, id: DaemonTaskId, queue: &mut Queue) {
        match self.cluster.daemon_tasks[id].trouble {
            Trouble::Undetected => self.on_trouble_known(now, id, queue),
            Trouble::Retrying => self.try_again(now, id, queue),
            Trouble::None | Trouble::Known => debug_assert!(false, "{id:?} has no timer"),
        }
    }

    /// A daemon is started again on its host, as a new task.
    fn try_again(&mut self, now: SimTime, id: DaemonTaskId, queue: &mut Queue) {
        let (host, revision) =
            (self.cluster.daemon_tasks[id].instance, self.cluster.daemon_tasks[id].revision);
        let status = self.cluster.instances[host].status;
        if !matches!(status, InstanceStatus::Registering | InstanceStatus::Active) {
            self.cluster.daemon_tasks[id].trouble = Trouble::Known;
            return;
        }
        let cause = match self.cluster.daemon_tasks[id].fact {
            NO_FACT => self.cluster.instances[host].fact,
            fact => fact,
        };
        let set = &self.cluster.sets[self.cluster.instances[host].set.index()];
        let at = set.entries.iter().position(|(_, r)| *r == revision).unwrap_or(0);
        if !self.cluster.daemon_fits(host, at) {
            return self.after_failed_start(now, id, cause, queue);
        }
        let number = self.next_daemon_number(revision);
        self.cluster.retry_daemon_task(id, number);
        self.cluster.daemon_tasks[id].ready = false;
        self.tell_daemon_task(now, cause, id, "", Reason::None);
        let daemon = self.cluster.revisions[revision.index()].daemon;
        self.await_start(now, id, daemon, queue);
    }

    /// A daemon task is RUNNING: when it will crash or turn UNHEALTHY, if it will.
    pub(super) fn await_mishap(&mut self, now: SimTime, id: DaemonTaskId, queue: &mut Queue) {
        let (daemon, host, draw) = self.whose(id);
        let within = self.horizon.since(now);
        let mishap = self.env.daemon_mishap(daemon, host, draw, within);
        if mishap.is_none_or(|mishap| mishap.after >= policy::repair::LONGEST_BACKOFF) {
            // What runs this long does not fail in a row.
            self.cluster.daemon_tasks[id].failures = 0;
        }
        if let Some(mishap) = mishap {
            let event = Event::DaemonMishap(id, mishap.crash);
            self.cluster.daemon_tasks[id].mishap = queue.at(now + mishap.after, event);
        }
    }

    /// A daemon task crashes or turns UNHEALTHY.
    pub(super) fn on_daemon_mishap(
        &mut self,
        now: SimTime,
        id: DaemonTaskId,
        crash: bool,
        queue: &mut Queue,
    ) {
        self.cluster.daemon_tasks[id].mishap = EventKey::NONE;
        self.tally.mishaps.daemon_runtime_failures += 1;
        let cause = self.cluster.daemon_tasks[id].fact;
        if crash {
            self.end_daemon(now, id, cause, super::app_tasks::ENDED, queue);
        } else {
            let from = self.cluster.daemon_tasks[id].status;
            let timer = std::mem::take(&mut self.cluster.daemon_tasks[id].timer);
            queue.cancel(timer);
            self.cluster.set_daemon_task_status(id, TaskStatus::Unhealthy);
            self.tell_daemon_task(now, cause, id, from.word(), Reason::None);
            self.await_detection(now, id, queue);
        }
    }

    /// A running daemon task is STOPPED at once, and ECS will learn of it.
    pub(super) fn end_daemon(
        &mut self,
        now: SimTime,
        id: DaemonTaskId,
        cause: u32,
        code: &'static str,
        queue: &mut Queue,
    ) {
        self.cut_short(now, id, TaskStatus::Stopped, (cause, code), queue);
        self.await_detection(now, id, queue);
    }

    /// A daemon task leaves its status before its time: what was to befall it in it will not.
    fn cut_short(
        &mut self,
        now: SimTime,
        id: DaemonTaskId,
        to: TaskStatus,
        (cause, code): (u32, &'static str),
        queue: &mut Queue,
    ) {
        let task = &mut self.cluster.daemon_tasks[id];
        let (from, timer, mishap) = (task.status, task.timer, std::mem::take(&mut task.mishap));
        queue.cancel(timer);
        queue.cancel(mishap);
        self.cluster.set_daemon_task_status(id, to);
        self.tell_daemon_task(now, cause, id, from.word(), Reason::Word(code));
    }

    fn await_detection(&mut self, now: SimTime, id: DaemonTaskId, queue: &mut Queue) {
        let ((daemon, _), _, draw) = self.whose(id);
        let detected = now + self.env.stop_detect(daemon, draw);
        let task = &mut self.cluster.daemon_tasks[id];
        task.trouble = Trouble::Undetected;
        task.timer = queue.at(detected, Event::DaemonTask(id));
    }

    /// A daemon task that was told to stop is STOPPED: by a person, or to be started again.
    pub(super) fn on_daemon_stopped(&mut self, now: SimTime, id: DaemonTaskId, queue: &mut Queue) {
        match self.cluster.daemon_tasks[id].trouble {
            Trouble::Undetected => self.await_detection(now, id, queue),
            Trouble::Retrying => {
                let failures = u32::from(self.cluster.daemon_tasks[id].failures);
                self.retry_after(now, id, policy::repair::backoff(failures), queue);
            }
            Trouble::None | Trouble::Known => (),
        }
    }

    /// ECS learns that a daemon stopped or is UNHEALTHY.
    fn on_trouble_known(&mut self, now: SimTime, id: DaemonTaskId, queue: &mut Queue) {
        self.cluster.daemon_tasks[id].trouble = Trouble::Known;
        let (host, revision, cause, unhealthy) = {
            let task = &self.cluster.daemon_tasks[id];
            (task.instance, task.revision, task.fact, task.status == TaskStatus::Unhealthy)
        };
        match self.cluster.instances[host].status {
            InstanceStatus::Registering => {
                if unhealthy {
                    self.cluster.set_daemon_task_status(id, TaskStatus::Stopped);
                    let reason = Reason::Word(FAILED_TO_START);
                    self.tell_daemon_task(now, cause, id, "UNHEALTHY", reason);
                }
                self.wait_again(id, queue);
                let cause = self.cluster.daemon_tasks[id].fact;
                self.after_failed_start(now, id, cause, queue);
            }
            InstanceStatus::Active => {
                self.count_runtime_failure(now, revision, host, cause, queue);
                if self.cluster.revisions[revision.index()].critical {
                    self.impair(now, host, id, cause, queue);
                } else {
                    self.start_afresh(now, id, unhealthy, queue);
                }
            }
            InstanceStatus::Draining => self.count_runtime_failure(now, revision, host, cause, queue),
            InstanceStatus::Launching
            | InstanceStatus::Deregistering
            | InstanceStatus::RegistrationFailed
            | InstanceStatus::Terminated => (),
        }
    }

    /// A critical daemon that was ready is not: its host waits for it again.
    fn wait_again(&mut self, id: DaemonTaskId, queue: &mut Queue) {
        let task = &mut self.cluster.daemon_tasks[id];
        let host = task.instance;
        let critical = self.cluster.revisions[task.revision.index()].critical;
        if critical && std::mem::take(&mut task.ready) {
            let timer = std::mem::take(&mut self.cluster.instances[host].timer);
            queue.cancel(timer);
            self.cluster.instances[host].awaited += 1;
        }
    }

    /// A daemon that is not critical is started again, if it is to be.
    fn start_afresh(&mut self, now: SimTime, id: DaemonTaskId, unhealthy: bool, queue: &mut Queue) {
        if self.cluster.assumptions.non_critical_relaunch == NonCriticalRelaunch::Never {
            return;
        }
        let task = &mut self.cluster.daemon_tasks[id];
        task.failures = task.failures.saturating_add(1);
        let failures = u32::from(task.failures);
        if !unhealthy {
            return self.retry_after(now, id, policy::repair::backoff(failures), queue);
        }
        let cause = self.cluster.daemon_tasks[id].fact;
        self.signal_daemon(now, id, cause, super::app_tasks::BY_SCHEDULER, queue);
        self.cluster.daemon_tasks[id].trouble = Trouble::Retrying;
    }

    /// A person stops a daemon task; ECS will act as if it had failed.
    pub(super) fn stop_daemon_by_hand(
        &mut self,
        now: SimTime,
        id: DaemonTaskId,
        cause: u32,
        queue: &mut Queue,
    ) {
        if self.cluster.daemon_tasks[id].status.is_running() {
            self.signal_daemon(now, id, cause, super::app_tasks::BY_USER, queue);
            self.cluster.daemon_tasks[id].trouble = Trouble::Undetected;
        } else {
            self.end_daemon(now, id, cause, super::app_tasks::BY_USER, queue);
        }
    }

    /// The daemon task of this name, unless it is on its way out.
    pub(super) fn find_daemon_task(&self, name: TaskName) -> Option<DaemonTaskId> {
        let Owner::Daemon(daemon) = name.owner else { return None };
        let hosts = self.cluster.providers.iter().flat_map(|provider| provider.numbers.iter().copied());
        for host in hosts.filter(|host| host.is_some()) {
            let mut id = self.cluster.instances[host].daemons;
            while id.is_some() {
                let task = &self.cluster.daemon_tasks[id];
                let mine = self.cluster.revisions[task.revision.index()].daemon == daemon;
                if mine && task.number == name.number && !task.status.is_stopping() {
                    return Some(id);
                }
                id = task.next;
            }
        }
        None
    }

    /// The stop signal for one daemon task that runs.
    pub(super) fn signal_daemon(
        &mut self,
        now: SimTime,
        id: DaemonTaskId,
        cause: u32,
        code: &'static str,
        queue: &mut Queue,
    ) {
        let ((daemon, definition), _, draw) = self.whose(id);
        self.cut_short(now, id, TaskStatus::Stopping, (cause, code), queue);
        let takes = self.env.daemon_stop(daemon, &self.names.daemons[daemon], definition, draw);
        let heard = self.heard(now, self.cluster.daemon_tasks[id].instance);
        self.cluster.daemon_tasks[id].timer = queue.at(heard + takes, Event::DaemonTask(id));
    }
}
