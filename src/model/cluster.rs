//! The cluster: every row, and the counts that change with them.
//!
//! Statuses change through `set_*` only, so that counts and indexes never lag behind.

use super::assumptions::Assumptions;
use super::{
    AppTask, AppTaskId, CapacityProvider, CapacityProviderId, ContainerInstance, Daemon, DaemonDeployment,
    DaemonId, DaemonRevision, DaemonRevisionId, DaemonSet, DaemonSetId, DaemonTask, Drain, Group, GroupId,
    InstanceId, InstanceStatus, InstanceType, Resources, Service, SetCount, TaskDefinition, TaskDefinitionId,
    TaskStatus, Wave,
};
use crate::kernel::{Arena, Id};

/// All there is.
#[derive(Clone, Debug)]
pub struct Cluster {
    /// How open questions are read.
    pub assumptions: Assumptions,
    /// Instance types.
    pub instance_types: Vec<InstanceType>,
    /// App task definitions.
    pub task_definitions: Vec<TaskDefinition>,
    /// Daemon task definitions.
    pub daemon_task_definitions: Vec<TaskDefinition>,
    /// Sizes of app tasks.
    pub sizes: SizeClasses,
    /// Container instances.
    pub instances: Arena<ContainerInstance>,
    /// Whether somebody asks on how many instances each revision runs.
    pub measured: bool,
    /// ACTIVE instances on which tasks of each task definition run; empty when nobody asks.
    pub app_serving: Vec<u32>,
    /// App tasks.
    pub app_tasks: Arena<AppTask>,
    /// Daemon tasks.
    pub daemon_tasks: Arena<DaemonTask>,
    /// Drains under way.
    pub drains: Arena<Drain>,
    /// Services, then families of standalone tasks.
    pub groups: Vec<Group>,
    /// Capacity providers.
    pub providers: Vec<CapacityProvider>,
    /// Daemons.
    pub daemons: Vec<Daemon>,
    /// Daemon revisions.
    pub revisions: Vec<DaemonRevision>,
    /// Sets of daemon revisions, each once.
    pub sets: Vec<DaemonSet>,
    /// Deployments, by creation.
    pub deployments: Vec<DaemonDeployment>,
    /// Waves, by start.
    pub waves: Vec<Wave>,
    /// Providers whose counts changed in this instant.
    pub touched_providers: Vec<CapacityProviderId>,
    /// Services that changed in this instant.
    pub touched_services: Vec<GroupId>,
}

/// The distinct sizes of app tasks, and classes of them that share an index of hosts with room.
#[derive(Clone, Debug, Default)]
pub struct SizeClasses {
    /// Each size once, smallest first.
    pub sizes: Vec<Resources>,
    /// The size of each task definition.
    pub of_definition: Vec<u32>,
    /// The class of each size.
    pub class_of: Vec<u32>,
    /// What the least demanding member of each class needs.
    pub least: Vec<Resources>,
}

impl SizeClasses {
    /// As many classes as a mask has bits.
    const MOST: usize = 32;

    /// Of these task definitions.
    pub fn of(definitions: &[TaskDefinition]) -> SizeClasses {
        let mut sizes: Vec<Resources> = definitions.iter().map(|d| d.resources).collect();
        sizes.sort_unstable();
        sizes.dedup();
        let per_class = sizes.len().div_ceil(Self::MOST).max(1);
        let least = sizes
            .chunks(per_class)
            .map(|chunk| Resources {
                cpu: chunk.iter().map(|s| s.cpu).min().unwrap_or(0),
                memory: chunk.iter().map(|s| s.memory).min().unwrap_or(0),
            })
            .collect();
        let of_definition =
            definitions.iter().map(|d| sizes.partition_point(|s| *s < d.resources) as u32).collect();
        let class_of = (0..sizes.len()).map(|i| (i / per_class) as u32).collect();
        SizeClasses { sizes, of_definition, class_of, least }
    }

    /// The size of a revision, as a place in `sizes`.
    pub fn size(&self, revision: TaskDefinitionId) -> usize {
        self.of_definition[revision.index()] as usize
    }

    /// The class of a revision.
    pub fn class(&self, revision: TaskDefinitionId) -> usize {
        self.class_of[self.size(revision)] as usize
    }

    /// A bit for each class of which a member may fit.
    pub(super) fn mask(&self, free: Resources, slots: u32) -> u32 {
        if slots == 0 {
            return 0;
        }
        self.least
            .iter()
            .enumerate()
            .fold(0, |mask, (class, least)| if free.holds(*least) { mask | 1 << class } else { mask })
    }
}

impl Cluster {
    /// The service of a group that is one.
    pub fn service(&self, group: GroupId) -> Option<&Service> {
        self.groups[group.index()].service.as_deref()
    }

    /// The service of a group that is one.
    pub fn service_mut(&mut self, group: GroupId) -> Option<&mut Service> {
        self.groups[group.index()].service.as_deref_mut()
    }

    /// What a task of this revision needs.
    pub fn size(&self, revision: TaskDefinitionId) -> Resources {
        self.task_definitions[revision.index()].resources
    }

    /// The provider's row.
    pub fn provider(&self, id: CapacityProviderId) -> &CapacityProvider {
        &self.providers[id.index()]
    }

    /// The provider's row, to be changed; its counts will be told anew.
    pub fn touch(&mut self, id: CapacityProviderId) -> &mut CapacityProvider {
        let provider = &mut self.providers[id.index()];
        if !provider.touched {
            provider.touched = true;
            self.touched_providers.push(id);
        }
        provider
    }

    /// The instance of this number, if it is there.
    pub fn instance_by_number(&self, provider: CapacityProviderId, number: u32) -> Option<InstanceId> {
        let place = number.checked_sub(1)? as usize;
        self.provider(provider).numbers.get(place).copied().filter(|id| id.is_some())
    }

    /// Whether this row is still the instance of this number.
    pub fn is_instance(&self, id: InstanceId, provider: CapacityProviderId, number: u32) -> bool {
        self.instance_by_number(provider, number) == Some(id)
    }

    /// Whether this row is still the task of this number.
    pub fn is_task(&self, id: AppTaskId, group: GroupId, number: u32) -> bool {
        id.is_some()
            && self.app_tasks[id].number == number
            && self.app_tasks[id].group == group
            && self.app_tasks[id].status != TaskStatus::Stopped
    }

    /// All that an instance of this type and set has for app tasks.
    #[inline]
    pub fn room_of(&self, instance_type: Id<InstanceType>, set: DaemonSetId) -> Resources {
        let capacity = self.instance_types[instance_type.index()].capacity;
        let set = &self.sets[set.index()];
        if capacity.holds(set.reserved) {
            capacity.minus(set.reserved)
        } else {
            self.room_beside(capacity, set)
        }
    }

    /// What is left of `capacity` beside the daemons that fit on it, taken in their order.
    #[cold]
    fn room_beside(&self, capacity: Resources, set: &DaemonSet) -> Resources {
        set.entries.iter().fold(capacity, |left, (_, revision)| {
            let need = self.daemon_resources(*revision);
            if left.holds(need) { left.minus(need) } else { left }
        })
    }

    /// Whether the `at`-th daemon of an instance finds room beside those before it.
    pub fn daemon_fits(&self, id: InstanceId, at: usize) -> bool {
        let instance = &self.instances[id];
        let capacity = self.instance_types[instance.instance_type.index()].capacity;
        let set = &self.sets[instance.set.index()];
        if capacity.holds(set.reserved) {
            return true;
        }
        let before = DaemonSet { entries: set.entries[..at].to_vec(), reserved: Resources::default() };
        self.room_beside(capacity, &before).holds(self.daemon_resources(set.entries[at].1))
    }

    /// Puts an instance into its next status.
    pub fn set_instance_status(&mut self, id: InstanceId, to: InstanceStatus) {
        let instance = &mut self.instances[id];
        let (from, set) = (instance.status, instance.set);
        debug_assert!(from.may_become(to), "{id:?}: {from:?} → {to:?}");
        instance.status = to;
        let (provider_id, zone) = (instance.provider, instance.zone);
        let cpu = u64::from(self.instance_types[instance.instance_type.index()].capacity.cpu);
        let provider = self.touch(provider_id);
        provider.count(set, from, -1);
        provider.count(set, to, 1);
        match (is_registered(from), is_registered(to)) {
            (false, true) => provider.cpu_registered += cpu,
            (true, false) => provider.cpu_registered -= cpu,
            (true, true) | (false, false) => (),
        }
        if from == InstanceStatus::Active || to == InstanceStatus::Active {
            self.note_serving(id, to == InstanceStatus::Active);
        }
        let provider = self.touch(provider_id);
        let staying =
            |s| matches!(s, InstanceStatus::Launching | InstanceStatus::Registering | InstanceStatus::Active);
        let zone = provider.zones.iter().position(|z| *z == zone).unwrap_or(0);
        match (staying(from), staying(to)) {
            (true, false) => provider.in_zone[zone] -= 1,
            (false, true) => provider.in_zone[zone] += 1,
            (true, true) | (false, false) => (),
        }
    }

    /// An instance that is LAUNCHING, and has promised room to none, is to carry other daemon revisions.
    pub fn change_set(&mut self, id: InstanceId, set: DaemonSetId) {
        let instance = &self.instances[id];
        debug_assert!(instance.status == InstanceStatus::Launching && instance.tasks.is_empty());
        let (provider, kind, old) = (instance.provider, instance.instance_type, instance.set);
        let room = self.room_of(kind, set);
        let provider = self.touch(provider);
        provider.count(old, InstanceStatus::Launching, -1);
        provider.count(set, InstanceStatus::Launching, 1);
        self.instances[id].set = set;
        self.instances[id].free = room;
    }

    /// Brings a new instance into the counts.
    pub fn add_instance(&mut self, mut instance: ContainerInstance) -> InstanceId {
        let (provider, set, status, zone) = (instance.provider, instance.set, instance.status, instance.zone);
        let cpu = u64::from(self.instance_types[instance.instance_type.index()].capacity.cpu);
        let id = match self.instances.reuse() {
            Some(id) => {
                // The lists of the instance that was there before keep their memory.
                let row = &mut self.instances[id];
                instance.tasks = std::mem::take(&mut row.tasks);
                instance.kinds = std::mem::take(&mut row.kinds);
                *row = instance;
                id
            }
            None => self.instances.push(instance),
        };
        let provider = self.touch(provider);
        provider.numbers.push(id);
        provider.count(set, status, 1);
        if is_registered(status) {
            provider.cpu_registered += cpu;
        }
        let zone = provider.zones.iter().position(|z| *z == zone).unwrap_or(0);
        provider.in_zone[zone] += 1;
        id
    }

    /// Forgets an instance that is gone.
    pub fn remove_instance(&mut self, id: InstanceId) {
        let instance = &mut self.instances[id];
        debug_assert_eq!(instance.status, InstanceStatus::Terminated);
        instance.tasks.clear();
        instance.kinds.clear();
        let (provider, place) = (instance.provider, instance.number as usize - 1);
        self.providers[provider.index()].numbers[place] = InstanceId::NONE;
        self.instances.free(id);
    }

    /// Puts an app task into its next status.
    #[inline]
    pub fn set_task_status(&mut self, id: AppTaskId, to: TaskStatus) {
        let task = &mut self.app_tasks[id];
        let from = task.status;
        debug_assert!(from.may_become(to), "{id:?}: {from:?} → {to:?}");
        task.status = to;
        let (group, provider) = (task.group, task.provider);
        let unfit = to.is_stopping() || to == TaskStatus::Unhealthy;
        let known = unfit && std::mem::take(&mut task.known_healthy);
        let Some(service) = self.groups[group.index()].service.as_deref_mut() else { return };
        service.tasks.shift(from, to);
        service.known_healthy -= u32::from(known);
        if !service.tally.touched {
            service.tally.touched = true;
            self.touched_services.push(group);
        }
        self.touch(provider).tasks.shift(from, to);
    }

    /// Brings a new app task into the counts.
    pub fn add_task(&mut self, mut task: AppTask) -> AppTaskId {
        let (group, provider, status) = (task.group, task.provider, task.status);
        task.place = self.groups[group.index()].tasks.len() as u32;
        let id = self.app_tasks.insert(task);
        let row = &mut self.groups[group.index()];
        row.tasks.push(id);
        if let Some(service) = row.service.as_deref_mut() {
            service.tasks.add(status);
            if !service.tally.touched {
                service.tally.touched = true;
                self.touched_services.push(group);
            }
            self.touch(provider).tasks.add(status);
        }
        id
    }

    /// Forgets an app task that is STOPPED.
    pub fn remove_task(&mut self, id: AppTaskId) {
        let (group, place) = (self.app_tasks[id].group, self.app_tasks[id].place as usize);
        debug_assert_eq!(self.app_tasks[id].status, TaskStatus::Stopped);
        let tasks = &mut self.groups[group.index()].tasks;
        tasks.swap_remove(place);
        if let Some(moved) = tasks.get(place).copied() {
            self.app_tasks[moved].place = place as u32;
        }
        self.app_tasks.free(id);
    }

    /// The set that is `set` with this daemon's revision in it, or without the daemon.
    pub fn set_with(
        &mut self,
        set: DaemonSetId,
        daemon: DaemonId,
        revision: Option<DaemonRevisionId>,
    ) -> DaemonSetId {
        let mut entries = self.sets[set.index()].entries.clone();
        entries.retain(|(d, _)| *d != daemon);
        if let Some(revision) = revision {
            entries.push((daemon, revision));
            entries.sort_unstable();
        }
        if let Some(at) = self.sets.iter().position(|s| s.entries == entries) {
            return Id::new(at as u32);
        }
        let reserved =
            entries.iter().fold(Resources::default(), |sum, (_, r)| sum.plus(self.daemon_resources(*r)));
        self.sets.push(DaemonSet { entries, reserved });
        Id::new(self.sets.len() as u32 - 1)
    }

    /// The provider's instances that do not carry `target` of this daemon, by set.
    pub fn old_sets(
        &self,
        provider: CapacityProviderId,
        daemon: DaemonId,
        target: Option<DaemonRevisionId>,
    ) -> impl Iterator<Item = &SetCount> {
        self.provider(provider)
            .sets
            .iter()
            .filter(move |count| self.sets[count.set.index()].revision_of(daemon) != target)
    }

    /// Whether an instance does not carry `target` of this daemon.
    pub fn is_old(&self, id: InstanceId, daemon: DaemonId, target: Option<DaemonRevisionId>) -> bool {
        self.sets[self.instances[id].set.index()].revision_of(daemon) != target
    }
}

/// Whether tables count an instance of this status.
pub(super) const fn is_registered(status: InstanceStatus) -> bool {
    matches!(
        status,
        InstanceStatus::Registering
            | InstanceStatus::Active
            | InstanceStatus::Draining
            | InstanceStatus::Deregistering
    )
}

impl CapacityProvider {
    /// One ACTIVE instance of this set more, or less, lacks one of its daemons.
    pub(super) fn note_bare(&mut self, set: DaemonSetId, more: bool) {
        // The row may be gone with its last instance.
        if let Some(row) = self.sets.iter_mut().find(|row| row.set == set) {
            row.bare = row.bare.wrapping_add_signed(if more { 1 } else { -1 });
        }
    }

    /// One instance more or less of this set in this status.
    fn count(&mut self, set: DaemonSetId, status: InstanceStatus, by: i32) {
        let at = match self.sets.iter().position(|c| c.set == set) {
            Some(at) => at,
            None => {
                self.sets.push(SetCount {
                    set,
                    launching: 0,
                    registering: 0,
                    active: 0,
                    bare: 0,
                    draining: 0,
                    deregistering: 0,
                });
                self.sets.len() - 1
            }
        };
        let row = &mut self.sets[at];
        let (here, of_set) = match status {
            InstanceStatus::Launching => (&mut self.launching, &mut row.launching),
            InstanceStatus::Registering => (&mut self.registering, &mut row.registering),
            InstanceStatus::Active => (&mut self.active, &mut row.active),
            InstanceStatus::Draining => (&mut self.draining, &mut row.draining),
            InstanceStatus::Deregistering => (&mut self.deregistering, &mut row.deregistering),
            InstanceStatus::RegistrationFailed | InstanceStatus::Terminated => {
                if status == InstanceStatus::RegistrationFailed {
                    self.failed = self.failed.wrapping_add_signed(by);
                }
                // Nobody counts them; but a set that has no instances left is forgotten.
                if row.staying() + row.deregistering == 0 {
                    self.sets.swap_remove(at);
                }
                return;
            }
        };
        *here = here.wrapping_add_signed(by);
        *of_set = of_set.wrapping_add_signed(by);
    }
}
