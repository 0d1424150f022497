//! Room on instances: who takes it, who gives it back, and the indexes by which placement finds it.

use super::{AppTask, AppTaskId, Cluster, InstanceId, InstanceStatus, Kind};
use crate::kernel::SimTime;

impl Cluster {
    /// Puts a task on an ACTIVE instance.
    pub fn place(&mut self, task: AppTaskId, host: InstanceId) {
        let size = self.size(self.app_tasks[task].revision);
        let instance = &mut self.instances[host];
        debug_assert_eq!(instance.status, InstanceStatus::Active);
        debug_assert!(instance.free.holds(size) && instance.slots > 0, "{task:?} does not fit on {host:?}");
        instance.free = instance.free.minus(size);
        instance.slots -= 1;
        instance.tasks.push(task);
        let provider = instance.provider;
        self.app_tasks[task].instance = host;
        self.join_group(task);
        self.touch(provider).cpu_used += u64::from(size.cpu);
        self.refresh_room(host, false);
    }

    /// A task on an ACTIVE instance counts where its group spreads.
    pub fn join_group(&mut self, task: AppTaskId) {
        let AppTask { group, revision, instance: host, .. } = self.app_tasks[task];
        let instance = &mut self.instances[host];
        match instance.kinds.iter_mut().find(|kind| kind.group == group && kind.revision == revision) {
            Some(kind) => kind.here += 1,
            None => {
                if instance.kinds.is_empty() {
                    // Most hosts serve one kind: no room for four.
                    instance.kinds.reserve_exact(1);
                }
                instance.kinds.push(Kind {
                    group,
                    revision,
                    here: 1,
                    running: 0,
                    warm: false,
                    pulled: SimTime::MAX,
                });
            }
        }
        let here = instance.residents_of(group);
        let row = &mut self.groups[group.index()];
        row.in_zone[instance.zone.index()] += 1;
        row.most_on_host = row.most_on_host.max(here);
    }

    /// A task that begins to stop no longer counts where its group spreads.
    pub fn leave_group(&mut self, task: AppTaskId) {
        let AppTask { group, revision, instance: host, status, .. } = self.app_tasks[task];
        let runs = status.is_running() && !self.app_serving.is_empty();
        let instance = &mut self.instances[host];
        if instance.status != InstanceStatus::Active {
            return;
        }
        let mine = instance.kinds.iter_mut().find(|kind| kind.group == group && kind.revision == revision);
        let Some(kind) = mine else { return };
        kind.here -= 1;
        if runs {
            kind.running -= 1;
            if !instance.runs(revision) {
                self.app_serving[revision.index()] -= 1;
            }
        }
        let left = instance.residents_of(group);
        let (number, provider, zone) = (instance.number, instance.provider, instance.zone);
        let row = &mut self.groups[group.index()];
        row.in_zone[zone.index()] -= 1;
        let zones = &self.providers[provider.index()].zones;
        for search in row.searches.iter_mut().filter(|s| s.provider == provider) {
            if zones[search.zone as usize] == zone {
                search.reconsider(left, number);
            }
        }
    }

    /// A STOPPED task gives its room back.
    pub fn unplace(&mut self, task: AppTaskId) {
        let (host, revision) = (self.app_tasks[task].instance, self.app_tasks[task].revision);
        let size = self.size(revision);
        let instance = &mut self.instances[host];
        if let Some(at) = instance.tasks.iter().position(|t| *t == task) {
            instance.tasks.swap_remove(at);
        }
        instance.free = instance.free.plus(size);
        instance.slots = instance.slots.saturating_add(1);
        let provider = instance.provider;
        self.touch(provider).cpu_used -= u64::from(size.cpu);
        self.refresh_room(host, true);
    }

    /// Keeps the indexes of hosts with room true after an instance's room or status changed. `grew`: it may have
    /// more room than before.
    pub fn refresh_room(&mut self, id: InstanceId, grew: bool) {
        let instance = &self.instances[id];
        let (number, status) = (instance.number, instance.status);
        let mask = match status {
            InstanceStatus::Active if !instance.connected => 0,
            InstanceStatus::Launching | InstanceStatus::Registering | InstanceStatus::Active => {
                self.sizes.mask(instance.free, instance.slots)
            }
            InstanceStatus::Draining
            | InstanceStatus::Deregistering
            | InstanceStatus::RegistrationFailed
            | InstanceStatus::Terminated => 0,
        };
        let before = instance.room_mask;
        if mask == before && !grew {
            return;
        }
        let classes = self.sizes.least.len();
        let (provider, zone) = (instance.provider, instance.zone);
        let provider = &mut self.providers[provider.index()];
        let zone = provider.zones.iter().position(|z| *z == zone).unwrap_or(0);
        let in_flight = matches!(status, InstanceStatus::Launching | InstanceStatus::Registering);
        let mut bits = mask | before;
        while bits != 0 {
            let class = bits.trailing_zeros() as usize;
            bits &= bits - 1;
            let has = mask & (1 << class) != 0;
            if in_flight {
                if has {
                    provider.promising[class].insert(number);
                } else {
                    provider.promising[class].remove(number);
                }
            } else if has {
                if grew || before & (1 << class) == 0 {
                    provider.open[zone * classes + class].opened(number);
                }
            } else {
                provider.open[zone * classes + class].closed(number);
            }
        }
        self.instances[id].room_mask = mask;
    }

    /// An instance is about to become ACTIVE: what was promised of it is promised no more.
    pub fn withdraw_promises(&mut self, id: InstanceId) {
        let instance = &mut self.instances[id];
        let (number, provider) = (instance.number, instance.provider);
        let (kind, set) = (instance.instance_type, instance.set);
        instance.room_mask = 0;
        instance.slots = self.instance_types[kind.index()].max_tasks;
        let room = self.room_of(kind, set);
        self.instances[id].free = room;
        for class in &mut self.providers[provider.index()].promising {
            class.remove(number);
        }
    }

    /// An instance that drains no longer counts where groups spread.
    pub fn leave_all_groups(&mut self, id: InstanceId) {
        let instance = &mut self.instances[id];
        let zone = instance.zone;
        for at in 0..instance.kinds.len() {
            let revision = instance.kinds[at].revision;
            let ran = !self.app_serving.is_empty() && instance.runs(revision);
            let kind = &mut instance.kinds[at];
            kind.running = 0;
            self.groups[kind.group.index()].in_zone[zone.index()] -= std::mem::take(&mut kind.here);
            if ran && !instance.runs(revision) {
                self.app_serving[revision.index()] -= 1;
            }
        }
    }

    /// A task on an ACTIVE instance is RUNNING.
    #[inline]
    pub fn begin_running(&mut self, task: AppTaskId) {
        if !self.app_serving.is_empty() {
            self.count_running(task);
        }
    }

    fn count_running(&mut self, task: AppTaskId) {
        let AppTask { group, revision, instance: host, .. } = self.app_tasks[task];
        let instance = &mut self.instances[host];
        if instance.status != InstanceStatus::Active {
            return;
        }
        if !instance.runs(revision) {
            self.app_serving[revision.index()] += 1;
        }
        let mine = instance.kinds.iter_mut().find(|kind| kind.group == group && kind.revision == revision);
        if let Some(kind) = mine {
            kind.running += 1;
        }
    }
}
