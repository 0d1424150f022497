//! Requests: references become ids, what is left out becomes its default.

use super::directory::{Directory, Families, Register};
use super::{Notes, same_cluster};
use crate::kernel::{SimDuration, SimTime};
use crate::model::{
    CapacityProviderId, DaemonId, DaemonTaskDefinitionId, FamilyId, InstanceName, Owner, Percent, ServiceId,
    TaskDefinitionId, TaskName,
};
use crate::scenario::error::Finding;
use crate::scenario::format::{
    Call, CreateService, DaemonDeployment, Document, InstanceState, Request as RequestForm,
    ServiceDeployment, StrategyItem as ItemForm, TaskDefinition, UpdateService,
};
use crate::scenario::read::Slot;
use crate::scenario::source::{Span, quoted};
use crate::scenario::text::{Instance, Kind, NumberedRef, Provider, Ref, RevisionRef, Task};
use crate::world::setup::{
    DaemonSettings, Request, ServiceChange, ServiceSettings, StrategyItem, TimedRequest,
};
use std::collections::{BTreeMap, BTreeSet};

/// The most tasks of all services and all RunTasks.
const TASKS_MAX: u64 = 5_000_000;
/// ECS takes no more tasks or instances in one call.
const IN_A_CALL: usize = 10;

/// A request in the order in which it is made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ordered<'d> {
    /// None: before the clock starts.
    pub(super) at: Option<SimTime>,
    pub(super) place: Span,
    pub(super) call: &'d Call,
}

/// `before`, then `timeline` by time; equal times keep the file's order.
pub(super) fn in_order(document: &Document) -> Vec<Ordered<'_>> {
    let ordered = |at, request: &'_ RequestForm| -> Option<(Option<SimTime>, Span)> {
        request.call.as_ref().map(|_| (at, request.at))
    };
    let mut all = Vec::new();
    for request in super::directory::good(&document.before) {
        if let (Some((at, place)), Some(call)) = (ordered(None, request), &request.call) {
            all.push(Ordered { at, place, call });
        }
    }
    let mut timed = Vec::new();
    for entry in super::directory::good(&document.timeline) {
        // A time that could not be read is as good as any: nothing is run.
        let when = entry.when.get().map_or(SimTime::MAX, |d| SimTime::from_ms(d.as_ms()));
        if let (Some((at, place)), Some(call)) = (ordered(Some(when), &entry.request), &entry.request.call) {
            timed.push(Ordered { at, place, call });
        }
    }
    timed.sort_by_key(|request| request.at);
    all.extend(timed);
    all
}

/// The requests and where they were written.
#[derive(Default)]
pub(super) struct Requests {
    pub(super) before: Vec<Request>,
    pub(super) before_places: Vec<Span>,
    pub(super) timeline: Vec<TimedRequest>,
    pub(super) timeline_places: Vec<Span>,
}

pub(super) fn requests(
    order: &[Ordered<'_>],
    directory: &Directory<'_>,
    cluster: &str,
    notes: &mut Notes,
) -> Requests {
    let mut lowering = Lowering {
        directory,
        cluster,
        notes,
        earlier: BTreeMap::new(),
        daemons: BTreeMap::new(),
        services: BTreeMap::new(),
        tasks: 0,
        desired: BTreeMap::new(),
    };
    let mut out = Requests::default();
    for (place, request) in order.iter().enumerate() {
        let Some(lowered) = lowering.request(place, request) else { continue };
        match request.at {
            None => {
                out.before.push(lowered);
                out.before_places.push(request.place);
            }
            Some(at) => {
                out.timeline.push(TimedRequest { at, request: lowered });
                out.timeline_places.push(request.place);
            }
        }
    }
    out
}

struct Lowering<'l, 'd> {
    directory: &'l Directory<'d>,
    cluster: &'l str,
    notes: &'l mut Notes,
    /// What each daemon's last request set, for what the next one drops.
    earlier: BTreeMap<u32, Explicit>,
    /// Daemons that `before` has made, and where.
    daemons: BTreeMap<String, Span>,
    /// Services that `before` has made, and where.
    services: BTreeMap<String, Span>,
    tasks: u64,
    desired: BTreeMap<u32, u32>,
}

/// What a daemon's request sets itself.
#[derive(Clone, Debug, Default)]
struct Explicit {
    critical: Option<bool>,
    drain_percent: Option<Percent>,
    bake_minutes: Option<u64>,
    alarms: Option<bool>,
}

impl Lowering<'_, '_> {
    fn request(&mut self, place: usize, request: &Ordered<'_>) -> Option<Request> {
        let before = request.at.is_none();
        match request.call {
            Call::CreateDaemon(form) => {
                same_cluster(&form.cluster, self.cluster, self.notes);
                if before && let Some(name) = form.name.get() {
                    self.made(&name.0, form.name.at, "daemon");
                }
                let daemon = form.name.get().and_then(|name| self.directory.daemons.id(&name.0));
                let explicit = self.explicit(form.critical.get().copied(), &form.deployment);
                let settings = self.daemon_settings(place, &form.task_definition, &form.providers, &explicit);
                let daemon = daemon?;
                self.earlier.insert(daemon, explicit);
                Some(Request::CreateDaemon { daemon: DaemonId::new(daemon), settings: settings? })
            }
            Call::UpdateDaemon(form) => {
                let daemon = self.existing(&form.daemon, "daemon", before);
                let explicit = self.explicit(form.critical.get().copied(), &form.deployment);
                let settings = self.daemon_settings(place, &form.task_definition, &form.providers, &explicit);
                let daemon = daemon?;
                if let Some(earlier) = self.earlier.insert(daemon, explicit.clone()) {
                    dropped(&earlier, &explicit, request.place, self.notes);
                }
                Some(Request::UpdateDaemon { daemon: DaemonId::new(daemon), settings: settings? })
            }
            Call::DeleteDaemon(form) => {
                let daemon = self.existing(&form.daemon, "daemon", before)?;
                if let (true, Some(form)) = (before, form.daemon.get()) {
                    self.daemons.remove(&form.name);
                }
                self.earlier.remove(&daemon);
                Some(Request::DeleteDaemon { daemon: DaemonId::new(daemon) })
            }
            Call::RegisterDaemonTaskDefinition(form) => {
                let id = registered(&self.directory.daemon_definitions, form, place)?;
                Some(Request::RegisterDaemonTaskDefinition(DaemonTaskDefinitionId::new(id)))
            }
            Call::DeleteDaemonTaskDefinition(form) => {
                let id = self.daemon_definition(&form.task_definition, place)?;
                Some(Request::DeleteDaemonTaskDefinition(id))
            }
            Call::RegisterTaskDefinition(form) => {
                let id = registered(&self.directory.app_definitions, form, place)?;
                Some(Request::RegisterTaskDefinition(TaskDefinitionId::new(id)))
            }
            Call::CreateCapacityProvider(form) => {
                same_cluster(&form.cluster, self.cluster, self.notes);
                let id = self.directory.providers.id(&form.name.get()?.0)?;
                Some(Request::CreateCapacityProvider(CapacityProviderId::new(id)))
            }
            Call::DeleteCapacityProvider(form) => {
                same_cluster(&form.cluster, self.cluster, self.notes);
                self.provider(&form.provider).map(Request::DeleteCapacityProvider)
            }
            Call::CreateService(form) => self.create_service(form, place, before),
            Call::UpdateService(form) => self.update_service(form, place, before),
            Call::DeleteService(form) => {
                same_cluster(&form.cluster, self.cluster, self.notes);
                let service = self.existing_service(&form.service, before)?;
                if let (true, Some(form)) = (before, form.service.get()) {
                    self.services.remove(&form.name);
                }
                let force = form.force.or(false)?;
                Some(Request::DeleteService { service: ServiceId::new(service), force })
            }
            Call::RunTask(form) => {
                same_cluster(&form.cluster, self.cluster, self.notes);
                let count = form.count.get().map_or(1, |n| n.0);
                if count as usize > IN_A_CALL {
                    let message = format!(
                        "ECS starts at most {IN_A_CALL} tasks in a call; here it is taken as several"
                    );
                    self.notes.warn(Finding::new(form.count.at, message));
                }
                self.count(u64::from(count), request.place);
                let task_definition = self.app_definition(&form.task_definition, place);
                let strategy = self.strategy(&form.strategy);
                let family = self.directory.families.id(&form.task_definition.get()?.family)?;
                Some(Request::RunTask {
                    family: FamilyId::new(family),
                    task_definition: task_definition?,
                    count,
                    strategy: strategy?,
                })
            }
            Call::StopTask(form) => {
                same_cluster(&form.cluster, self.cluster, self.notes);
                Some(Request::StopTask { task: self.task(&form.task)? })
            }
            Call::UpdateTaskProtection(form) => {
                same_cluster(&form.cluster, self.cluster, self.notes);
                let tasks = self.several(&form.tasks, "task");
                let tasks = tasks.map(|t| self.task(t)).collect::<Vec<_>>();
                let minutes = form.expires_in_minutes.get().map_or(120, |n| n.u64());
                Some(Request::UpdateTaskProtection {
                    tasks: tasks.into_iter().collect::<Option<_>>()?,
                    protected_for: form.enabled.get()?.then(|| SimDuration::from_secs(minutes * 60)),
                })
            }
            Call::UpdateContainerInstancesState(form) => {
                same_cluster(&form.cluster, self.cluster, self.notes);
                let instances = self.several(&form.instances, "instance");
                let instances = instances.map(|i| self.instance(i)).collect::<Vec<_>>();
                Some(Request::UpdateContainerInstancesState {
                    instances: instances.into_iter().collect::<Option<_>>()?,
                    drain: form.status.get()?.0 == InstanceState::Draining,
                })
            }
        }
    }

    /// Notes what `before` makes; the same name twice can never have been.
    fn made(&mut self, name: &str, at: Span, what: &str) {
        let there = if what == "daemon" { &mut self.daemons } else { &mut self.services };
        if let Some(first) = there.insert(name.to_owned(), at) {
            let finding = Finding::new(at, format!("the {what} {} is there already", quoted(name)))
                .also(first, "created here");
            self.notes.wrong(finding);
        }
    }

    fn existing<K: Kind>(&mut self, slot: &Slot<Ref<K>>, what: &str, before: bool) -> Option<u32> {
        let name = &slot.get()?.name;
        let (register, there): (&Register, _) = if what == "daemon" {
            (&self.directory.daemons, &self.daemons)
        } else {
            (&self.directory.services, &self.services)
        };
        let Some(id) = register.id(name) else {
            self.notes.dangling(slot.at, what, name, register.iter());
            return None;
        };
        if before && !there.contains_key(name) {
            let message = format!("there is no {what} {} at this point of `before`", quoted(name));
            self.notes.wrong(Finding::new(slot.at, message));
            return None;
        }
        Some(id)
    }

    fn existing_service<K: Kind>(&mut self, slot: &Slot<Ref<K>>, before: bool) -> Option<u32> {
        self.existing(slot, "service", before)
    }

    fn explicit(&mut self, critical: Option<bool>, deployment: &Slot<DaemonDeployment>) -> Explicit {
        let Some(form) = deployment.get() else { return Explicit { critical, ..Explicit::default() } };
        let mut alarms = None;
        if let Some(form) = form.alarms.get() {
            let enabled = form.enable.get().copied();
            alarms = enabled;
            let named = form.names.get().map_or(0, Vec::len);
            for slot in form.names.get().into_iter().flatten() {
                if let Some(name) = slot.get()
                    && !self.directory.alarms.contains(&name.0)
                {
                    let names = self.directory.alarms.iter().map(String::as_str);
                    self.notes.dangling(slot.at, "alarm", &name.0, names);
                }
            }
            match enabled {
                Some(true) if named == 0 => {
                    self.notes
                        .warn(Finding::new(form.enable.at, "no alarm is named, so that none is watched"));
                }
                Some(true) => {
                    let finding =
                        Finding::new(form.enable.at, "deployments that watch alarms are not simulated yet");
                    self.notes.unsupported(finding);
                }
                Some(false) | None if named > 0 => {
                    let finding = Finding::new(form.names.at, "these alarms are not watched")
                        .allowed("`enable: true` to watch them; it is false by default");
                    self.notes.warn(finding);
                }
                Some(false) | None => (),
            }
        }
        if let Some(percent) = form.drain_percent.get()
            && percent.0 < Percent::whole(1)
        {
            let finding = Finding::new(form.drain_percent.at, "below 1 %, one instance is drained at a time")
                .allowed("ECS's API takes 0.0 to 100.0, its guide says 1.0 to 100.0");
            self.notes.warn(finding);
        }
        Explicit {
            critical,
            drain_percent: form.drain_percent.get().map(|p| p.0),
            bake_minutes: form.bake.get().map(|b| b.u64()),
            alarms,
        }
    }

    fn daemon_settings<K: Kind>(
        &mut self,
        place: usize,
        definition: &Slot<RevisionRef<K>>,
        providers: &Slot<Vec<Slot<Ref<Provider>>>>,
        explicit: &Explicit,
    ) -> Option<DaemonSettings> {
        let task_definition = self.daemon_definition(definition, place);
        let providers = self.providers(providers);
        Some(DaemonSettings {
            task_definition: task_definition?,
            providers: providers?,
            critical: explicit.critical.unwrap_or(true),
            drain_percent: explicit.drain_percent.unwrap_or(Percent::DEFAULT_DRAIN),
            bake: SimDuration::from_secs(explicit.bake_minutes.unwrap_or(0) * 60),
        })
    }

    fn providers(&mut self, list: &Slot<Vec<Slot<Ref<Provider>>>>) -> Option<Vec<CapacityProviderId>> {
        let slots = list.get()?;
        if slots.is_empty() {
            let finding = Finding::new(list.at, "a daemon needs at least one capacity provider");
            self.notes.wrong(finding);
            return None;
        }
        let mut seen = BTreeMap::new();
        let mut ids = Vec::new();
        for slot in slots {
            let id = self.provider(slot);
            if let Some(id) = id
                && let Some(first) = seen.insert(id, slot.at)
            {
                let finding = Finding::new(slot.at, "the provider is named twice").also(first, "first here");
                self.notes.wrong(finding);
            }
            ids.push(id);
        }
        ids.into_iter().collect()
    }

    fn provider(&mut self, slot: &Slot<Ref<Provider>>) -> Option<CapacityProviderId> {
        let name = &slot.get()?.name;
        let id = self.directory.providers.id(name);
        if id.is_none() {
            self.notes.dangling(slot.at, "capacity provider", name, self.directory.providers.iter());
        }
        id.map(CapacityProviderId::new)
    }

    fn app_definition<K: Kind>(
        &mut self,
        slot: &Slot<RevisionRef<K>>,
        place: usize,
    ) -> Option<TaskDefinitionId> {
        let families = &self.directory.app_definitions;
        revision(families, slot, place, "task definition", self.notes).map(TaskDefinitionId::new)
    }

    fn daemon_definition<K: Kind>(
        &mut self,
        slot: &Slot<RevisionRef<K>>,
        place: usize,
    ) -> Option<DaemonTaskDefinitionId> {
        let families = &self.directory.daemon_definitions;
        revision(families, slot, place, "daemon task definition", self.notes).map(DaemonTaskDefinitionId::new)
    }

    fn strategy(&mut self, list: &Slot<Vec<Slot<ItemForm>>>) -> Option<Vec<StrategyItem>> {
        let slots = list.get()?;
        if slots.is_empty() {
            let finding = Finding::new(list.at, "a strategy needs at least one capacity provider")
                .allowed("[{capacityProvider: name, weight: 1}]");
            self.notes.wrong(finding);
            return None;
        }
        let default_weight = u32::from(slots.len() == 1);
        let mut seen = BTreeSet::new();
        let mut items = Vec::new();
        let mut whole = true;
        for slot in slots {
            let item = slot.get().and_then(|form| {
                let provider = self.provider(&form.provider)?;
                if !seen.insert(provider) {
                    self.notes.wrong(Finding::new(form.provider.at, "the provider is named twice"));
                }
                let weight = form.weight.get().map_or(default_weight, |n| n.u32());
                Some(StrategyItem { provider, base: form.base.get().map_or(0, |n| n.u32()), weight })
            });
            whole &= item.is_some();
            items.extend(item);
        }
        if whole && items.iter().all(|item| item.weight == 0) {
            let finding = Finding::new(list.at, "no provider of this strategy has a weight above 0")
                .allowed("`weight: 1` for at least one; it is 0 by default when there are several");
            self.notes.wrong(finding);
            return None;
        }
        whole.then_some(items)
    }

    fn create_service(&mut self, form: &CreateService, place: usize, before: bool) -> Option<Request> {
        same_cluster(&form.cluster, self.cluster, self.notes);
        if before && let Some(name) = form.name.get() {
            self.made(&name.0, form.name.at, "service");
        }
        let task_definition = self.app_definition(&form.task_definition, place);
        let strategy = self.strategy(&form.strategy);
        let service = self.directory.services.id(&form.name.get()?.0)?;
        let desired = form.desired.get()?.0;
        self.desire(service, desired, form.desired.at);
        let (minimum, maximum) = bounds(&form.deployment);
        let (minimum, maximum) = (minimum.unwrap_or(100), maximum.unwrap_or(200));
        Some(Request::CreateService {
            service: ServiceId::new(service),
            settings: ServiceSettings {
                task_definition: task_definition?,
                desired,
                strategy: strategy?,
                minimum_healthy_percent: minimum,
                maximum_percent: maximum,
                load_balancers: form.load_balancers.get().is_some_and(|l| !l.is_empty()),
                zone_rebalancing: form.zone_rebalancing.get().map_or(maximum > 100, |w| w.0.on()),
            },
        })
    }

    fn update_service(&mut self, form: &UpdateService, place: usize, before: bool) -> Option<Request> {
        same_cluster(&form.cluster, self.cluster, self.notes);
        let service = self.existing_service(&form.service, before);
        let task_definition = match form.task_definition.is_given() {
            true => Some(self.app_definition(&form.task_definition, place)?),
            false => None,
        };
        let strategy = match form.strategy.is_given() {
            true => Some(self.strategy(&form.strategy)?),
            false => None,
        };
        let service = service?;
        let desired = form.desired.get().map(|n| n.0);
        if let Some(desired) = desired {
            self.desire(service, desired, form.desired.at);
        }
        let (minimum_healthy_percent, maximum_percent) = bounds(&form.deployment);
        Some(Request::UpdateService {
            service: ServiceId::new(service),
            change: ServiceChange {
                task_definition,
                desired,
                strategy,
                minimum_healthy_percent,
                maximum_percent,
                load_balancers: form.load_balancers.get().map(|l| !l.is_empty()),
                zone_rebalancing: form.zone_rebalancing.get().map(|w| w.0.on()),
                force_new_deployment: form.force_new_deployment.or(false)?,
            },
        })
    }

    /// Counts tasks against what can be held; of a service, the most it ever wants.
    fn desire(&mut self, service: u32, desired: u32, at: Span) {
        let most = self.desired.entry(service).or_insert(0);
        let more = desired.saturating_sub(*most);
        *most = desired.max(*most);
        self.count(u64::from(more), at);
    }

    fn count(&mut self, tasks: u64, at: Span) {
        let fitted = self.tasks <= TASKS_MAX;
        self.tasks = self.tasks.saturating_add(tasks);
        if fitted && self.tasks > TASKS_MAX {
            let message = format!("with this, there are {} tasks, more than can be simulated", self.tasks);
            self.notes.wrong(Finding::new(at, message).allowed(format!("at most {TASKS_MAX}")).limit());
        }
    }

    /// The slots of a list of a call, which must not be empty nor longer than ECS takes.
    fn several<'s, T>(&mut self, list: &'s Slot<Vec<Slot<T>>>, what: &str) -> std::slice::Iter<'s, Slot<T>> {
        if let Some(slots) = list.get()
            && !(1..=IN_A_CALL).contains(&slots.len())
        {
            let finding = Finding::new(list.at, format!("{} {what}s in one call", slots.len()))
                .allowed(format!("1 to {IN_A_CALL}"));
            self.notes.wrong(finding);
        }
        list.get().map_or(&[][..], Vec::as_slice).iter()
    }

    fn task(&mut self, slot: &Slot<NumberedRef<Task>>) -> Option<TaskName> {
        let named = slot.get()?;
        let directory = self.directory;
        let owner = if named.letter == 'd' {
            directory.daemons.id(&named.owner).map(|id| Owner::Daemon(DaemonId::new(id)))
        } else {
            let service = directory.services.id(&named.owner).map(|id| Owner::Service(ServiceId::new(id)));
            let family =
                || directory.families.id(&named.owner).map(|id| Owner::Standalone(FamilyId::new(id)));
            service.or_else(family)
        };
        if owner.is_none() {
            if named.letter == 'd' {
                self.notes.dangling(slot.at, "daemon", &named.owner, directory.daemons.iter());
            } else {
                let names = directory.services.iter().chain(directory.families.iter());
                self.notes.dangling(slot.at, "service or family of standalone tasks", &named.owner, names);
            }
        }
        Some(TaskName { owner: owner?, number: named.number })
    }

    fn instance(&mut self, slot: &Slot<NumberedRef<Instance>>) -> Option<InstanceName> {
        let named = slot.get()?;
        let Some(id) = self.directory.providers.id(&named.owner) else {
            let names = self.directory.providers.iter();
            self.notes.dangling(slot.at, "capacity provider", &named.owner, names);
            return None;
        };
        Some(InstanceName { provider: CapacityProviderId::new(id), number: named.number })
    }
}

fn bounds(deployment: &Slot<ServiceDeployment>) -> (Option<u32>, Option<u32>) {
    let form = deployment.get();
    let minimum = form.and_then(|f| f.minimum.get()).map(|n| n.u32());
    let maximum = form.and_then(|f| f.maximum.get()).map(|n| n.u32());
    (minimum, maximum)
}

fn registered(families: &Families<'_>, form: &TaskDefinition, place: usize) -> Option<u32> {
    let family = &form.family.get()?.0;
    families.id(family, families.registered_by(family, place)?)
}

/// The id that a reference to a revision stands for.
fn revision<K: Kind>(
    families: &Families<'_>,
    slot: &Slot<RevisionRef<K>>,
    place: usize,
    what: &str,
    notes: &mut Notes,
) -> Option<u32> {
    let named = slot.get()?;
    let count = families.count(&named.family);
    if count == 0 {
        notes.dangling(slot.at, what, &named.family, families.names());
        return None;
    }
    let number = named.revision.unwrap_or_else(|| families.latest(&named.family, place));
    if number > count {
        let message = format!("the {what} {} has no revision {number}", quoted(&named.family));
        notes.wrong(Finding::new(slot.at, message).allowed(format!("1 to {count}")));
        return None;
    }
    families.id(&named.family, number)
}

/// Notes settings that a request had set and the next one lets fall back.
fn dropped(earlier: &Explicit, now: &Explicit, at: Span, notes: &mut Notes) {
    let mut fallen = Vec::new();
    if let (Some(false), None) = (earlier.critical, now.critical) {
        fallen.push("`critical` was false and falls back to true".to_owned());
    }
    if let (Some(percent), None) = (earlier.drain_percent, now.drain_percent)
        && percent != Percent::DEFAULT_DRAIN
    {
        fallen.push(format!("`drainPercent` was {percent} and falls back to {}", Percent::DEFAULT_DRAIN));
    }
    if let (Some(minutes @ 1..), None) = (earlier.bake_minutes, now.bake_minutes) {
        fallen.push(format!("`bakeTimeInMinutes` was {minutes} and falls back to 0"));
    }
    if let (Some(true), None) = (earlier.alarms, now.alarms) {
        fallen.push("`alarms` were enabled and fall back to none".to_owned());
    }
    if !fallen.is_empty() {
        let message = format!("UpdateDaemon keeps nothing it is not told: {}", fallen.join("; "));
        notes.warn(Finding::new(at, message).allowed("to repeat the settings that should stay"));
    }
}
