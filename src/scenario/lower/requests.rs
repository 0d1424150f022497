//! Requests: references become ids, what is left out becomes its default.

use super::directory::{Directory, good};
use super::settings::{Explicit, dropped};
use super::{Notes, references, same_cluster};
use crate::kernel::{SimDuration, SimTime};
use crate::model::{
    CapacityProviderId, DaemonId, DaemonTaskDefinitionId, FamilyId, Percent, ServiceId, TaskDefinitionId,
};
use crate::scenario::error::Finding;
use crate::scenario::format::{
    Call, CreateService, Document, InstanceState, Request as RequestForm, ServiceDeployment, UpdateService,
};
use crate::scenario::read::Slot;
use crate::scenario::source::Span;
use crate::scenario::text::{Kind, Provider, Ref, RevisionRef};
use crate::world::setup::{DaemonSettings, Request, ServiceChange, ServiceSettings, TimedRequest};
use std::collections::BTreeMap;

/// The most tasks of all services and all RunTasks.
const TASKS_MAX: u64 = 5_000_000;
/// ECS takes no more tasks or instances in one call.
pub(super) const IN_A_CALL: usize = 10;

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
    for request in good(&document.before) {
        if let (Some((at, place)), Some(call)) = (ordered(None, request), &request.call) {
            all.push(Ordered { at, place, call });
        }
    }
    let mut timed = Vec::new();
    for entry in good(&document.timeline) {
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

/// Requests on their way, and what they have made so far.
pub(super) struct Lowering<'l, 'd> {
    pub(super) directory: &'l Directory<'d>,
    cluster: &'l str,
    pub(super) notes: &'l mut Notes,
    /// What each daemon's last request set, for what the next one drops.
    earlier: BTreeMap<u32, Explicit>,
    /// Daemons that `before` has made, and where.
    pub(super) daemons: BTreeMap<String, Span>,
    /// Services that `before` has made, and where.
    pub(super) services: BTreeMap<String, Span>,
    tasks: u64,
    desired: BTreeMap<u32, u32>,
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
                let id = references::registered(&self.directory.daemon_definitions, form, place)?;
                Some(Request::RegisterDaemonTaskDefinition(DaemonTaskDefinitionId::new(id)))
            }
            Call::DeleteDaemonTaskDefinition(form) => {
                let id = self.daemon_definition(&form.task_definition, place)?;
                Some(Request::DeleteDaemonTaskDefinition(id))
            }
            Call::RegisterTaskDefinition(form) => {
                let id = references::registered(&self.directory.app_definitions, form, place)?;
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
            alarms: explicit.watched.clone(),
        })
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
                zone_rebalancing: form.zone_rebalancing.get().is_some_and(|w| w.0.on()),
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
}

fn bounds(deployment: &Slot<ServiceDeployment>) -> (Option<u32>, Option<u32>) {
    let form = deployment.get();
    let minimum = form.and_then(|f| f.minimum.get()).map(|n| n.u32());
    let maximum = form.and_then(|f| f.maximum.get()).map(|n| n.u32());
    (minimum, maximum)
}
