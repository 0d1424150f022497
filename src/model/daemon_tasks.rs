//! Daemon tasks in the cluster's counts: who runs where, and which ACTIVE instances lack a daemon.

use super::{
    Cluster, DaemonRevisionId, DaemonTask, DaemonTaskId, InstanceId, InstanceStatus, Resources, TaskStatus,
    Trouble,
};

impl Cluster {
    /// Puts a daemon task into its next status.
    pub fn set_daemon_task_status(&mut self, id: DaemonTaskId, to: TaskStatus) {
        let task = &mut self.daemon_tasks[id];
        let from = task.status;
        debug_assert!(from.may_become(to), "{id:?}: {from:?} → {to:?}");
        task.status = to;
        let (instance, revision) = (task.instance, task.revision);
        let cpu = u64::from(self.daemon_resources(revision).cpu);
        match (from.is_running(), to.is_running()) {
            (false, true) => self.daemon_runs(instance, revision, 1),
            (true, false) => self.daemon_runs(instance, revision, -1),
            (true, true) | (false, false) => (),
        }
        let provider = self.touch(self.instances[instance].provider);
        if to == TaskStatus::Stopped {
            provider.cpu_used -= cpu;
            self.instances[instance].daemons_left -= 1;
        }
    }

    /// Brings a new daemon task into the counts.
    pub fn add_daemon_task(&mut self, mut task: DaemonTask) -> DaemonTaskId {
        let (host, status, revision) = (task.instance, task.status, task.revision);
        task.next = self.instances[host].daemons;
        let id = self.daemon_tasks.insert(task);
        self.instances[host].daemons = id;
        if status == TaskStatus::Stopped {
            // It could not even be created.
            return id;
        }
        self.instances[host].daemons_left += 1;
        let cpu = u64::from(self.daemon_resources(revision).cpu);
        let provider = self.touch(self.instances[host].provider);
        provider.cpu_used += cpu;
        if status.is_running() {
            self.daemon_runs(host, revision, 1);
        }
        id
    }

    /// A daemon task more or less runs on this host.
    fn daemon_runs(&mut self, host: InstanceId, revision: DaemonRevisionId, by: i16) {
        let instance = &mut self.instances[host];
        let all = self.sets[instance.set.index()].entries.len();
        let was_bare = usize::from(instance.daemons_up) < all;
        instance.daemons_up = instance.daemons_up.wrapping_add_signed(by);
        let is_bare = usize::from(instance.daemons_up) < all;
        let (provider, set, active) =
            (instance.provider, instance.set, instance.status == InstanceStatus::Active);
        self.touch(provider).daemon_running =
            self.providers[provider.index()].daemon_running.wrapping_add_signed(i32::from(by));
        if active {
            if self.measured {
                let serving = &mut self.revisions[revision.index()].serving;
                *serving = serving.wrapping_add_signed(i32::from(by));
            }
            if was_bare != is_bare {
                self.providers[provider.index()].note_bare(set, is_bare);
            }
        }
    }

    /// An instance begins or ceases to be ACTIVE: its daemons serve, or no longer do.
    pub(super) fn note_serving(&mut self, id: InstanceId, begins: bool) {
        let instance = &self.instances[id];
        let (provider, set) = (instance.provider, instance.set);
        let is_bare = usize::from(instance.daemons_up) < self.sets[set.index()].entries.len();
        let mut task = if self.measured { instance.daemons } else { DaemonTaskId::NONE };
        while task.is_some() {
            let row = &self.daemon_tasks[task];
            if row.status.is_running() {
                let serving = &mut self.revisions[row.revision.index()].serving;
                *serving = serving.wrapping_add_signed(if begins { 1 } else { -1 });
            }
            task = row.next;
        }
        if is_bare {
            self.providers[provider.index()].note_bare(set, begins);
        }
    }

    /// A daemon that is STOPPED is tried again on its instance, as a new task.
    pub fn retry_daemon_task(&mut self, id: DaemonTaskId, number: u32) {
        let task = &mut self.daemon_tasks[id];
        debug_assert_eq!(task.status, TaskStatus::Stopped);
        task.status = TaskStatus::Pending;
        task.number = number;
        task.attempt = task.attempt.saturating_add(1);
        task.trouble = Trouble::None;
        let (host, revision) = (task.instance, task.revision);
        self.instances[host].daemons_left += 1;
        let cpu = u64::from(self.daemon_resources(revision).cpu);
        self.touch(self.instances[host].provider).cpu_used += cpu;
    }

    /// What a task of this daemon revision needs.
    pub fn daemon_resources(&self, revision: DaemonRevisionId) -> Resources {
        let definition = self.revisions[revision.index()].task_definition;
        self.daemon_task_definitions[definition.index()].resources
    }
}
