//! What stands where, as far as the requests so far say: daemons, and the tasks that there should be.

use crate::model::{CapacityProviderId, DaemonId, InstanceType, Resources, ServiceId, TaskDefinitionId};
use crate::world::setup::{DaemonSettings, Request, Setup, StrategyItem};
use std::collections::BTreeMap;

/// The state of things after some requests.
pub(super) struct Standing<'s> {
    pub(super) setup: &'s Setup,
    /// Requests so far.
    turn: u64,
    daemons: BTreeMap<DaemonId, &'s DaemonSettings>,
    /// CPU units and MiB that all daemons of a provider take of each of its instances.
    taken: BTreeMap<CapacityProviderId, (u64, u64)>,
    /// Tasks by the turn of their first request.
    tasks: BTreeMap<u64, Wanted<'s>>,
    services: BTreeMap<ServiceId, u64>,
}

/// Tasks that there should be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<'s> {
    /// None: standalone tasks.
    pub(super) service: Option<ServiceId>,
    pub(super) definition: TaskDefinitionId,
    pub(super) desired: u32,
    pub(super) strategy: &'s [StrategyItem],
}

impl<'s> Standing<'s> {
    pub(super) fn new(setup: &'s Setup) -> Standing<'s> {
        Standing {
            setup,
            turn: 0,
            daemons: BTreeMap::new(),
            taken: BTreeMap::new(),
            tasks: BTreeMap::new(),
            services: BTreeMap::new(),
        }
    }

    /// Does what a request asks for.
    pub(super) fn follow(&mut self, request: &'s Request) {
        self.turn += 1;
        match request {
            Request::CreateDaemon { daemon, settings } | Request::UpdateDaemon { daemon, settings } => {
                self.forget(*daemon);
                let need = self.daemon_need(settings);
                for provider in &settings.providers {
                    let taken = self.taken.entry(*provider).or_default();
                    taken.0 += u64::from(need.cpu);
                    taken.1 += u64::from(need.memory);
                }
                self.daemons.insert(*daemon, settings);
            }
            Request::DeleteDaemon { daemon } => self.forget(*daemon),
            Request::CreateService { service, settings } => {
                let wanted = Wanted {
                    service: Some(*service),
                    definition: settings.task_definition,
                    desired: settings.desired,
                    strategy: &settings.strategy,
                };
                let turn = *self.services.entry(*service).or_insert(self.turn);
                self.tasks.insert(turn, wanted);
            }
            Request::UpdateService { service, change } => {
                let turn = self.services.get(service);
                if let Some(wanted) = turn.and_then(|turn| self.tasks.get_mut(turn)) {
                    wanted.definition = change.task_definition.unwrap_or(wanted.definition);
                    wanted.desired = change.desired.unwrap_or(wanted.desired);
                    wanted.strategy = change.strategy.as_ref().map_or(wanted.strategy, |s| s.as_slice());
                }
            }
            Request::DeleteService { service, .. } => {
                if let Some(turn) = self.services.remove(service) {
                    self.tasks.remove(&turn);
                }
            }
            Request::RunTask { task_definition, count, strategy, .. } => {
                // Tasks that end by themselves come and go; no plan can be made with them.
                let behaviour = &self.setup.task_definitions[task_definition.index()].behaviour;
                if behaviour.runs_for.is_none() {
                    let (definition, desired) = (*task_definition, *count);
                    self.tasks.insert(self.turn, Wanted { service: None, definition, desired, strategy });
                }
            }
            Request::RegisterDaemonTaskDefinition(_)
            | Request::DeleteDaemonTaskDefinition(_)
            | Request::RegisterTaskDefinition(_)
            | Request::CreateCapacityProvider(_)
            | Request::DeleteCapacityProvider(_)
            | Request::StopTask { .. }
            | Request::UpdateTaskProtection { .. }
            | Request::UpdateContainerInstancesState { .. } => (),
        }
    }

    /// The settings of a daemon's latest request.
    pub(super) fn daemon(&self, daemon: DaemonId) -> Option<&'s DaemonSettings> {
        self.daemons.get(&daemon).copied()
    }

    /// A service, as its requests so far made it.
    pub(super) fn service(&self, service: ServiceId) -> Option<Wanted<'s>> {
        self.services.get(&service).and_then(|turn| self.tasks.get(turn)).copied()
    }

    /// All tasks that there should be, in the order of their requests.
    pub(super) fn tasks(&self) -> impl Iterator<Item = &Wanted<'s>> {
        self.tasks.values()
    }

    /// What all daemons of a provider take of each of its instances.
    pub(super) fn daemons_of(&self, provider: CapacityProviderId) -> Resources {
        let (cpu, memory) = self.taken.get(&provider).copied().unwrap_or_default();
        let part = |sum: u64| u32::try_from(sum).unwrap_or(u32::MAX);
        Resources { cpu: part(cpu), memory: part(memory) }
    }

    /// What one task of a definition takes.
    pub(super) fn need(&self, definition: TaskDefinitionId) -> Resources {
        self.setup.task_definitions[definition.index()].definition.resources
    }

    /// The types that a provider may launch.
    pub(super) fn types(&self, provider: CapacityProviderId) -> impl Iterator<Item = &'s InstanceType> {
        let setup = self.setup;
        let types = &setup.capacity_providers[provider.index()].instance_types;
        types.iter().map(move |id| &setup.instance_types[id.index()])
    }

    fn daemon_need(&self, settings: &DaemonSettings) -> Resources {
        self.setup.daemon_task_definitions[settings.task_definition.index()].definition.resources
    }

    /// Takes a daemon out of the sums.
    fn forget(&mut self, daemon: DaemonId) {
        let Some(settings) = self.daemons.remove(&daemon) else { return };
        let need = self.daemon_need(settings);
        for provider in &settings.providers {
            let taken = self.taken.entry(*provider).or_default();
            taken.0 -= u64::from(need.cpu);
            taken.1 -= u64::from(need.memory);
        }
    }
}

/// How many tasks fit on an instance beside its daemons.
pub(super) fn tasks_on(instance_type: &InstanceType, daemons: Resources, need: Resources) -> u32 {
    if !instance_type.capacity.holds(daemons) {
        return 0;
    }
    tasks_in(instance_type.capacity.minus(daemons), need).min(instance_type.max_tasks)
}

/// How many tasks fit into some room.
pub(super) fn tasks_in(room: Resources, need: Resources) -> u32 {
    let by_cpu = room.cpu.checked_div(need.cpu).unwrap_or(u32::MAX);
    let by_memory = room.memory.checked_div(need.memory).unwrap_or(u32::MAX);
    by_cpu.min(by_memory)
}
