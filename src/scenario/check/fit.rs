//! What fits on an instance, request by request: tasks that never will, and daemons that crowd tasks out.

use crate::model::{CapacityProviderId, InstanceType, Resources, TaskDefinitionId};
use crate::scenario::error::Finding;
use crate::scenario::lower::Notes;
use crate::scenario::source::Span;
use crate::world::setup::{DaemonSettings, Request, Setup, StrategyItem};
use std::collections::BTreeMap;

/// A share of an instance that daemons can take without anybody wondering, in percent.
const DAEMONS_PERCENT: u64 = 40;
/// Pairs of a service and a provider that are looked at; with more, warnings are no help any more.
const LOOKS_MAX: u32 = 100_000;

/// What stands where, as far as the requests so far say.
pub(super) struct Fit<'s> {
    setup: &'s Setup,
    daemons: BTreeMap<usize, (Resources, Vec<CapacityProviderId>)>,
    /// CPU units and MiB that all daemons of a provider take of each of its instances.
    taken: BTreeMap<CapacityProviderId, (u64, u64)>,
    services: BTreeMap<usize, Wanted>,
    looks: u32,
}

/// What a service wants.
#[derive(Clone, Debug)]
struct Wanted {
    definition: TaskDefinitionId,
    desired: u32,
    strategy: Vec<StrategyItem>,
}

impl<'s> Fit<'s> {
    pub(super) fn new(setup: &'s Setup) -> Fit<'s> {
        Fit { setup, daemons: BTreeMap::new(), taken: BTreeMap::new(), services: BTreeMap::new(), looks: 0 }
    }

    /// Follows a request, and notes what does not fit because of it.
    pub(super) fn request(&mut self, request: &Request, at: Span, before: bool, notes: &mut Notes) {
        match request {
            Request::CreateDaemon { daemon, settings } | Request::UpdateDaemon { daemon, settings } => {
                self.daemon(daemon.index(), settings, at, before, notes);
            }
            Request::DeleteDaemon { daemon } => {
                self.forget(daemon.index());
            }
            Request::CreateService { service, settings } => {
                let wanted = Wanted {
                    definition: settings.task_definition,
                    desired: settings.desired,
                    strategy: settings.strategy.clone(),
                };
                self.tasks(&wanted, at, notes);
                self.services.insert(service.index(), wanted);
            }
            Request::UpdateService { service, change } => {
                let Some(mut wanted) = self.services.get(&service.index()).cloned() else { return };
                wanted.definition = change.task_definition.unwrap_or(wanted.definition);
                wanted.desired = change.desired.unwrap_or(wanted.desired);
                if let Some(strategy) = &change.strategy {
                    wanted.strategy.clone_from(strategy);
                }
                if change.task_definition.is_some() || change.strategy.is_some() {
                    self.tasks(&wanted, at, notes);
                }
                self.services.insert(service.index(), wanted);
            }
            Request::DeleteService { service, .. } => {
                self.services.remove(&service.index());
            }
            Request::RunTask { task_definition, count, strategy, .. } => {
                let wanted =
                    Wanted { definition: *task_definition, desired: *count, strategy: strategy.clone() };
                self.tasks(&wanted, at, notes);
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

    /// Tasks that their providers' instances cannot hold, alone or beside the daemons there.
    fn tasks(&mut self, wanted: &Wanted, at: Span, notes: &mut Notes) {
        let definition = &self.setup.task_definitions[wanted.definition.index()].definition;
        for item in &wanted.strategy {
            let provider = item.provider;
            if self.alone(&definition.label(), definition.resources, provider, at, notes) {
                self.beside(&definition.label(), definition.resources, provider, at, notes);
            }
        }
    }

    fn daemon(
        &mut self,
        daemon: usize,
        settings: &DaemonSettings,
        at: Span,
        before: bool,
        notes: &mut Notes,
    ) {
        let definition = &self.setup.daemon_task_definitions[settings.task_definition.index()].definition;
        let rooms: Vec<(CapacityProviderId, Resources)> =
            settings.providers.iter().map(|p| (*p, self.daemons_of(*p))).collect();
        self.forget(daemon);
        for provider in &settings.providers {
            let taken = self.taken.entry(*provider).or_default();
            taken.0 += u64::from(definition.resources.cpu);
            taken.1 += u64::from(definition.resources.memory);
        }
        self.daemons.insert(daemon, (definition.resources, settings.providers.clone()));
        for (provider, earlier) in rooms {
            if !self.alone(&definition.label(), definition.resources, provider, at, notes) {
                continue;
            }
            self.share(provider, at, notes);
            self.crowded(provider, earlier, at, before, notes);
        }
    }

    /// Whether any type of the provider holds a task; notes it when none does.
    fn alone(
        &self,
        label: &str,
        need: Resources,
        provider: CapacityProviderId,
        at: Span,
        notes: &mut Notes,
    ) -> bool {
        if self.types(provider).any(|t| t.capacity.holds(need)) {
            return true;
        }
        let largest = self.types(provider).max_by_key(|t| (t.capacity.memory, t.capacity.cpu));
        let largest = largest
            .map_or(String::new(), |t| format!("; the largest, {}, has {}", t.name, described(t.capacity)));
        let name = &self.setup.capacity_providers[provider.index()].name;
        let message = format!("no instance type of {name} holds a task of {label}");
        let finding = Finding::new(at, message)
            .found(format!("it needs {}", described(need)))
            .allowed(format!("a smaller task, or a larger instance type{largest}"));
        notes.reader.wrong(finding);
        false
    }

    /// Notes a task that fits on the provider's instances, but not beside the daemons there.
    fn beside(
        &mut self,
        label: &str,
        need: Resources,
        provider: CapacityProviderId,
        at: Span,
        notes: &mut Notes,
    ) {
        let daemons = self.daemons_of(provider);
        let sum = daemons.plus(need);
        if daemons == Resources::default() || self.types(provider).any(|t| t.capacity.holds(sum)) {
            return;
        }
        let name = &self.setup.capacity_providers[provider.index()].name;
        let message = format!(
            "on {name}, no instance has room for a task of {label} beside its daemons: together they need {}",
            described(sum)
        );
        notes.warn(Finding::new(at, message));
    }

    /// Notes daemons that take much of an instance.
    fn share(&self, provider: CapacityProviderId, at: Span, notes: &mut Notes) {
        let daemons = self.daemons_of(provider);
        let taken = |part: u32, whole: u32| u64::from(part) * 100 / u64::from(whole.max(1));
        let most = self.types(provider).map(|t| {
            let percent = taken(daemons.cpu, t.capacity.cpu).max(taken(daemons.memory, t.capacity.memory));
            (percent, t)
        });
        let Some((percent, of)) = most.max_by_key(|(percent, _)| *percent) else { return };
        if percent > DAEMONS_PERCENT {
            let message = format!("daemons take {percent} % of each {}: {}", of.name, described(daemons));
            notes.warn(Finding::new(at, message));
        }
    }

    /// Notes services of which fewer tasks fit on an instance than did without this daemon, or its new revision.
    fn crowded(
        &mut self,
        provider: CapacityProviderId,
        earlier: Resources,
        at: Span,
        before: bool,
        notes: &mut Notes,
    ) {
        let now = self.daemons_of(provider);
        let left = LOOKS_MAX.saturating_sub(self.looks) as usize;
        self.looks += u32::try_from(self.services.len().min(left)).unwrap_or(u32::MAX);
        let services: Vec<(usize, Wanted)> = self
            .services
            .iter()
            .take(left)
            .filter(|(_, wanted)| wanted.strategy.iter().any(|item| item.provider == provider))
            .map(|(service, wanted)| (*service, wanted.clone()))
            .collect();
        for (service, wanted) in services {
            let definition = &self.setup.task_definitions[wanted.definition.index()].definition;
            let need = definition.resources;
            self.beside(&definition.label(), need, provider, at, notes);
            // The type that would be launched: the cheapest with room for one.
            let launched = self
                .types(provider)
                .filter(|t| t.capacity.holds(now.plus(need)))
                .min_by_key(|t| (t.price_per_hour_nanos, &t.name));
            let Some(of) = launched else { continue };
            let (were, are) = (tasks_on(of, earlier, need), tasks_on(of, now, need));
            if before || are >= were || wanted.strategy.len() > 1 {
                continue;
            }
            let name = &self.setup.services[service];
            let instances = |each: u32| wanted.desired.div_ceil(each.max(1));
            let message = format!(
                "{were} → {are} tasks of {name} fit on a {}, so that {} instances become about {}",
                of.name,
                instances(were),
                instances(are)
            );
            notes.warn(Finding::new(at, message));
        }
    }

    /// What all daemons of a provider take of each of its instances.
    fn daemons_of(&self, provider: CapacityProviderId) -> Resources {
        let (cpu, memory) = self.taken.get(&provider).copied().unwrap_or_default();
        let part = |sum: u64| u32::try_from(sum).unwrap_or(u32::MAX);
        Resources { cpu: part(cpu), memory: part(memory) }
    }

    /// Takes a daemon's earlier revision out of the sums.
    fn forget(&mut self, daemon: usize) {
        let Some((need, providers)) = self.daemons.remove(&daemon) else { return };
        for provider in providers {
            let taken = self.taken.entry(provider).or_default();
            taken.0 -= u64::from(need.cpu);
            taken.1 -= u64::from(need.memory);
        }
    }

    fn types(&self, provider: CapacityProviderId) -> impl Iterator<Item = &'s InstanceType> {
        let setup = self.setup;
        let types = &setup.capacity_providers[provider.index()].instance_types;
        types.iter().map(move |id| &setup.instance_types[id.index()])
    }
}

/// How many tasks fit on an instance beside its daemons.
fn tasks_on(instance_type: &InstanceType, daemons: Resources, need: Resources) -> u32 {
    let room = instance_type.capacity.minus(daemons);
    let by_cpu = room.cpu.checked_div(need.cpu).unwrap_or(u32::MAX);
    let by_memory = room.memory.checked_div(need.memory).unwrap_or(u32::MAX);
    by_cpu.min(by_memory).min(instance_type.max_tasks)
}

fn described(resources: Resources) -> String {
    format!("{} CPU units and {} MiB", resources.cpu, resources.memory)
}
