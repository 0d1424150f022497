//! The settled fleet: what the requests of `before` come to, packed as ECS would pack it.

use super::alarms::Alarms;
use super::environment::Environment;
use super::event::Event;
use super::requests::{group_of, shares};
use super::setup::{CapacityProviderSetup, Request, ScaleInAfter, Setup, TaskDefinitionSetup};
use super::tally::Tally;
use super::telling::owner_of;
use super::{NO_FACT, Queue, World};
use crate::kernel::{Arena, EventKey, Id, IndexSet, SimTime};
use crate::model::{
    AppTask, AppTaskId, CapacityProvider, CapacityProviderId, Cluster, Daemon, DaemonId, DaemonRevisionId,
    DaemonSet, DaemonSetId, DaemonStatus, DeploymentId, Group, GroupId, InstanceId, InstanceStatus, OpenSet,
    ProviderShare, Service, ServiceStatus, ServiceTally, SizeClasses, TaskCounts, TaskDefinitionId,
    TaskStatus,
};
use crate::policy;
use crate::policy::provisioning::Demand;
use crate::record::{FactKind, Reason, Recorder};
use std::collections::{BTreeMap, VecDeque};

/// Tasks that are in place when the clock starts.
struct Settled {
    group: GroupId,
    revision: TaskDefinitionId,
    count: u32,
    /// Where standalone tasks go; a service has its own strategy.
    strategy: Vec<ProviderShare>,
}

/// A task and the host it is packed on.
struct Packed {
    group: GroupId,
    revision: TaskDefinitionId,
    provider: CapacityProviderId,
    host: InstanceId,
}

impl<R: Recorder> World<R> {
    /// A world of this setup, everything in place, its timeline in the queue.
    pub(super) fn start(setup: &Setup, replication: u64, recorder: R, queue: &mut Queue) -> World<R> {
        let names = setup.names();
        let cluster = empty_cluster(setup);
        let mut world = World {
            env: Environment::new(setup, &names, replication),
            tally: Tally::new(&cluster),
            recorder,
            timeline: setup.timeline.iter().map(|timed| timed.request.clone()).collect(),
            definitions_exist: setup.task_definitions.iter().map(|t| t.exists).collect(),
            daemon_definitions_exist: setup.daemon_task_definitions.iter().map(|t| t.exists).collect(),
            due_services: Vec::new(),
            due_providers: Vec::new(),
            due_deployments: Vec::new(),
            newly_active: Vec::new(),
            due_idle: Vec::new(),
            losses: Arena::default(),
            throttled: BTreeMap::new(),
            replacements: Arena::default(),
            awaited: BTreeMap::new(),
            open_waves: Vec::new(),
            protections: BTreeMap::new(),
            queued: Vec::new(),
            baked: Vec::new(),
            mishaps: BTreeMap::new(),
            hazards: BTreeMap::new(),
            silent: BTreeMap::new(),
            noticed: BTreeMap::new(),
            alarms: Alarms::new(setup, replication),
            counting: 0,
            horizon: SimTime::ZERO + setup.horizon,
            last: SimTime::ZERO,
            next_fact: 0,
            next_turn: 0,
            fingerprint: replication ^ setup.seed.rotate_left(32),
            deadlines: 0,
            #[cfg(debug_assertions)]
            unchecked: 0,
            cluster,
            names,
        };
        let start = world.tell(SimTime::ZERO, NO_FACT, FactKind::Run, |_, fact| fact.to = "STARTED");
        world.settle_before(setup, start, queue);
        // Everyone's counts are told at the start, even if they are nought.
        for provider in 0..world.cluster.providers.len() as u32 {
            world.cluster.touch(CapacityProviderId::new(provider));
        }
        world.schedule_faults(queue);
        world.schedule_alarms(queue);
        for (at, timed) in setup.timeline.iter().enumerate() {
            queue.at(timed.at, Event::Request(at as u32));
        }
        world
    }

    /// Puts in place what `before` asked for.
    fn settle_before(&mut self, setup: &Setup, start: u32, queue: &mut Queue) {
        let settled = self.take_in(setup);
        for id in 0..self.cluster.daemons.len() {
            if self.cluster.daemons[id].status == DaemonStatus::Active {
                self.cluster.daemons[id].providers = self.cluster.daemons[id].requested.clone();
            }
        }
        let mut packed = Vec::new();
        for tasks in &settled {
            self.pack(tasks, &mut packed);
        }
        self.open_fleet(start, queue);
        for task in packed {
            self.put_in_place(&task, start, queue);
        }
        // What asks something of things in place is answered now that they are.
        for request in &setup.before {
            if matches!(
                request,
                Request::StopTask { .. }
                    | Request::UpdateTaskProtection { .. }
                    | Request::UpdateContainerInstancesState { .. }
            ) {
                self.carry_out(SimTime::ZERO, request, start, queue);
            }
        }
    }

    /// What daemons and services are like when all of `before` is done, and which tasks there are, in order.
    fn take_in(&mut self, setup: &Setup) -> Vec<Settled> {
        let mut settled: Vec<Settled> = Vec::new();
        for request in &setup.before {
            match request {
                Request::CreateDaemon { daemon, settings } | Request::UpdateDaemon { daemon, settings } => {
                    let revision = self.new_revision(*daemon, settings);
                    self.cluster.daemons[daemon.index()].good =
                        settings.providers.iter().map(|p| (*p, revision)).collect();
                    let row = &mut self.cluster.daemons[daemon.index()];
                    row.status = DaemonStatus::Active;
                    row.deployments += 1;
                    row.requested.clone_from(&settings.providers);
                    row.drain_percent = settings.drain_percent;
                    row.bake = settings.bake;
                    for p in 0..self.cluster.providers.len() as u32 {
                        let p = CapacityProviderId::new(p);
                        let on = settings.providers.contains(&p).then_some(revision);
                        self.govern_from_the_start(p, *daemon, on);
                    }
                }
                Request::DeleteDaemon { daemon } => {
                    self.cluster.daemons[daemon.index()].status = DaemonStatus::Absent;
                    self.cluster.daemons[daemon.index()].good.clear();
                    self.cluster.daemons[daemon.index()].deployments += 1;
                    for p in 0..self.cluster.providers.len() as u32 {
                        self.govern_from_the_start(CapacityProviderId::new(p), *daemon, None);
                    }
                }
                Request::RegisterDaemonTaskDefinition(id) => self.daemon_definitions_exist[id.index()] = true,
                Request::DeleteDaemonTaskDefinition(id) => self.daemon_definitions_exist[id.index()] = false,
                Request::RegisterTaskDefinition(id) => self.definitions_exist[id.index()] = true,
                Request::CreateCapacityProvider(id) => self.cluster.providers[id.index()].exists = true,
                Request::DeleteCapacityProvider(id) => self.cluster.providers[id.index()].exists = false,
                Request::CreateService { service, settings } => {
                    self.create_service(*service, settings);
                    settled.retain(|s| s.group != group_of(*service));
                    settled.push(Settled {
                        group: group_of(*service),
                        revision: settings.task_definition,
                        count: settings.desired,
                        strategy: Vec::new(),
                    });
                }
                Request::UpdateService { service, change } => {
                    let group = group_of(*service);
                    let Some(row) = self.cluster.service_mut(group) else { continue };
                    let before = row.desired;
                    row.task_definition = change.task_definition.unwrap_or(row.task_definition);
                    row.minimum_healthy_percent =
                        change.minimum_healthy_percent.unwrap_or(row.minimum_healthy_percent);
                    row.maximum_percent = change.maximum_percent.unwrap_or(row.maximum_percent);
                    row.load_balancers = change.load_balancers.unwrap_or(row.load_balancers);
                    row.zone_rebalancing = change.zone_rebalancing.unwrap_or(row.zone_rebalancing);
                    let (revision, desired) = (row.task_definition, change.desired.unwrap_or(before));
                    self.count_desired(group, before, 0);
                    if let Some(row) = self.cluster.service_mut(group) {
                        row.desired = desired;
                        if let Some(strategy) = &change.strategy {
                            row.strategy = shares(strategy);
                        }
                    }
                    self.count_desired(group, 0, desired);
                    for s in settled.iter_mut().filter(|s| s.group == group) {
                        (s.revision, s.count) = (revision, desired);
                    }
                }
                Request::DeleteService { service, .. } => {
                    let group = group_of(*service);
                    let desired = self.cluster.service(group).map_or(0, |s| s.desired);
                    self.count_desired(group, desired, 0);
                    if let Some(row) = self.cluster.service_mut(group) {
                        row.status = ServiceStatus::Inactive;
                        row.desired = 0;
                    }
                    settled.retain(|s| s.group != group);
                }
                Request::RunTask { family, task_definition, count, strategy } => {
                    let group = GroupId::new((self.names.services.len() + family.index()) as u32);
                    let strategy = shares(strategy);
                    settled.push(Settled { group, revision: *task_definition, count: *count, strategy });
                }
                Request::StopTask { .. }
                | Request::UpdateTaskProtection { .. }
                | Request::UpdateContainerInstancesState { .. } => (),
            }
        }
        settled
    }

    fn govern_from_the_start(
        &mut self,
        provider: CapacityProviderId,
        daemon: DaemonId,
        on: Option<DaemonRevisionId>,
    ) {
        let set = self.cluster.set_with(self.cluster.provider(provider).governing, daemon, on);
        let row = self.cluster.touch(provider);
        row.governing = set;
        row.launching_others = set;
        row.had_daemon |= on.is_some();
    }

    /// Finds a host for each task: the first instance with room, or a new one. Instances are counted as in flight
    /// until the whole fleet stands.
    fn pack(&mut self, tasks: &Settled, packed: &mut Vec<Packed>) {
        let mut strategy = match self.cluster.service(tasks.group) {
            Some(service) => service.strategy.clone(),
            None => tasks.strategy.clone(),
        };
        let shares = policy::strategy::spread(&strategy, tasks.count);
        let size = self.cluster.size(tasks.revision);
        for _ in 0..tasks.count {
            let at = policy::strategy::choose_provider(&strategy);
            strategy[at].tasks += 1;
            let provider = strategy[at].provider;
            let left = shares[at] - strategy[at].tasks + 1;
            let host = policy::provisioning::first_in_flight(&self.cluster, provider, tasks.revision)
                .or_else(|| self.one_more(provider, tasks.revision, left))
                .unwrap_or(InstanceId::NONE);
            packed.push(Packed { group: tasks.group, revision: tasks.revision, provider, host });
            if host.is_some() {
                let instance = &mut self.cluster.instances[host];
                instance.free = instance.free.minus(size);
                instance.slots -= 1;
                self.cluster.refresh_room(host, false);
            }
        }
        if let Some(service) = self.cluster.service_mut(tasks.group) {
            service.strategy = strategy;
        }
    }

    /// One more instance for `left` tasks of this revision; none when they fit on no type.
    fn one_more(
        &mut self,
        provider: CapacityProviderId,
        revision: TaskDefinitionId,
        left: u32,
    ) -> Option<InstanceId> {
        let row = self.cluster.provider(provider);
        if row.alive() >= row.max_instances || !row.exists {
            return None;
        }
        let set = row.governing;
        // No type takes more than this many tasks; the rest need not be counted out.
        let mut demand = Demand::none(self.cluster.sizes.sizes.len());
        let size = self.cluster.sizes.size(revision);
        let counted = if row.instance_types.len() == 1 { 1 } else { left.min(4096) };
        demand.by_size[size] = (0..counted).map(|turn| (turn, AppTaskId::NONE)).collect();
        let kind = policy::provisioning::choose_type(&self.cluster, provider, set, &demand)?;
        let zone = row.zones[policy::provisioning::choose_zone(row)?];
        let row = self.blank_instance(SimTime::ZERO, provider, zone, kind, set, InstanceStatus::Launching);
        let id = self.cluster.add_instance(row);
        self.cluster.refresh_room(id, true);
        Some(id)
    }

    /// The whole fleet is ACTIVE, its daemons run.
    fn open_fleet(&mut self, start: u32, queue: &mut Queue) {
        let fleet: Vec<InstanceId> =
            self.cluster.providers.iter().flat_map(|p| p.numbers.iter().copied()).collect();
        for id in fleet {
            self.cluster.withdraw_promises(id);
            self.cluster.set_instance_status(id, InstanceStatus::Registering);
            self.cluster.set_instance_status(id, InstanceStatus::Active);
            self.expose(SimTime::ZERO, id, 1);
            self.expose_to_hazards(SimTime::ZERO, id, queue);
            self.tell_launched(SimTime::ZERO, id);
            let fact =
                self.tell_instance(SimTime::ZERO, start, id, "", Reason::Word("in place at the start"));
            let set = self.cluster.instances[id].set;
            for at in 0..self.cluster.sets[set.index()].entries.len() {
                let (_, revision) = self.cluster.sets[set.index()].entries[at];
                let definition = self.cluster.revisions[revision.index()].task_definition;
                let checked = self.cluster.daemon_task_definitions[definition.index()].health_check.is_some();
                let status = if checked { TaskStatus::Healthy } else { TaskStatus::Running };
                let task = self.add_daemon_task(id, revision, status);
                self.cluster.daemon_tasks[task].ready = true;
                self.tell_daemon_task(SimTime::ZERO, fact, task, "", Reason::Word("in place at the start"));
                self.await_mishap(SimTime::ZERO, task, queue);
            }
            self.cluster.refresh_room(id, true);
        }
    }

    /// A task runs, healthy and known to be, on its host; one that fits nowhere waits.
    fn put_in_place(&mut self, task: &Packed, start: u32, queue: &mut Queue) {
        if let Some(service) = self.cluster.service_mut(task.group) {
            service.wanted += 1;
        }
        if task.host.is_none() {
            self.create_task(SimTime::ZERO, task.group, task.revision, task.provider, None, start);
            return;
        }
        let is_service = self.cluster.service(task.group).is_some();
        let row = &mut self.cluster.groups[task.group.index()];
        row.created += 1;
        let number = row.created;
        let id = self.cluster.add_task(AppTask {
            group: task.group,
            number,
            revision: task.revision,
            provider: task.provider,
            instance: task.host,
            place: 0,
            timer: EventKey::NONE,
            moved_by: DeploymentId::NONE,
            interruptions: 0,
            failed_starts: 0,
            status: if is_service { TaskStatus::Healthy } else { TaskStatus::Running },
            known_healthy: is_service,
            unwanted: false,
            protected: false,
            displaced: false,
            fact: NO_FACT,
        });
        if let Some(service) = self.cluster.service_mut(task.group) {
            service.known_healthy += 1;
        }
        self.cluster.place(id, task.host);
        self.tell_created(SimTime::ZERO, id, 0);
        let cause = self.cluster.instances[task.host].fact;
        self.tell_task(SimTime::ZERO, cause, id, "", Reason::Word("in place at the start"));
        for kind in
            self.cluster.instances[task.host].kinds.iter_mut().filter(|kind| kind.revision == task.revision)
        {
            (kind.warm, kind.pulled) = (true, SimTime::ZERO);
        }
        self.cluster.begin_running(id);
        if self.env.apps_fail {
            self.await_app_mishap(SimTime::ZERO, id, queue);
        }
        if !is_service && let Some(until) = self.env.runs_for(task.group, task.revision, number) {
            self.cluster.app_tasks[id].timer = queue.at(SimTime::ZERO + until, Event::AppTask(id));
        }
    }
}

/// A cluster with everything that is registered and nothing that runs.
fn empty_cluster(setup: &Setup) -> Cluster {
    let definitions =
        |of: &[TaskDefinitionSetup]| of.iter().map(|t| t.definition.clone()).collect::<Vec<_>>();
    let task_definitions = definitions(&setup.task_definitions);
    let sizes = SizeClasses::of(&task_definitions);
    let names = setup.names();
    let groups = (0..setup.services.len() + setup.families.len())
        .map(|at| Group {
            owner: owner_of(&names, at),
            tasks: Vec::new(),
            created: 0,
            in_zone: vec![0; setup.zones.len()],
            most_on_host: 0,
            searches: Vec::new(),
            service: (at < setup.services.len()).then(|| Box::new(absent_service(setup, at as u32))),
        })
        .collect();
    Cluster {
        assumptions: setup.assumptions.clone(),
        instance_types: setup.instance_types.clone(),
        daemon_task_definitions: definitions(&setup.daemon_task_definitions),
        providers: setup.capacity_providers.iter().map(|p| empty_provider(setup, p, &sizes)).collect(),
        measured: !setup.alarms.is_empty(),
        app_serving: vec![0; if apps_are_measured(setup) { task_definitions.len() } else { 0 }],
        task_definitions,
        sizes,
        instances: Arena::default(),
        app_tasks: Arena::default(),
        daemon_tasks: Arena::default(),
        drains: Arena::default(),
        groups,
        daemons: setup.daemons.iter().map(|_| Daemon::absent()).collect(),
        revisions: Vec::new(),
        sets: vec![DaemonSet::default()],
        deployments: Vec::new(),
        waves: Vec::new(),
        touched_providers: Vec::new(),
        touched_services: Vec::new(),
    }
}

/// Whether any app's task definition adds to a metric.
fn apps_are_measured(setup: &Setup) -> bool {
    !setup.alarms.is_empty() && setup.task_definitions.iter().any(|t| !t.behaviour.metrics.is_empty())
}

fn empty_provider(setup: &Setup, provider: &CapacityProviderSetup, sizes: &SizeClasses) -> CapacityProvider {
    CapacityProvider {
        exists: provider.exists,
        instance_types: provider.instance_types.clone(),
        zones: provider.zones.clone(),
        scale_in_after: match provider.scale_in_after {
            ScaleInAfter::Heuristic => Some(setup.assumptions.idle_heuristic),
            ScaleInAfter::Never => None,
            ScaleInAfter::After(time) => Some(time),
        },
        max_instances: provider.max_instances.unwrap_or(u32::MAX),
        in_zone: vec![0; provider.zones.len()],
        outages: vec![0; provider.zones.len()],
        spot: provider.spot,
        auto_repair: provider.auto_repair,
        governing: DaemonSetId::new(0),
        launching_others: DaemonSetId::new(0),
        open: vec![OpenSet::default(); provider.zones.len() * sizes.least.len()],
        promising: vec![IndexSet::default(); sizes.least.len()],
        waiting: vec![VecDeque::new(); sizes.sizes.len()],
        ..CapacityProvider::default()
    }
}

/// A service that is not there yet. Made in `before`, its minima count from the start.
fn absent_service(setup: &Setup, at: u32) -> Service {
    let settled = setup.before.iter().any(
        |request| matches!(request, Request::CreateService { service, .. } if service.index() == at as usize),
    );
    Service {
        status: ServiceStatus::Inactive,
        task_definition: Id::NONE,
        desired: 0,
        minimum_healthy_percent: 100,
        maximum_percent: 200,
        load_balancers: false,
        zone_rebalancing: false,
        strategy: Vec::new(),
        tasks: TaskCounts::default(),
        known_healthy: 0,
        wanted: 0,
        to_stop: VecDeque::new(),
        to_replace: VecDeque::new(),
        due: false,
        // Until it hears of something, it is the start that it reacts to.
        cause: 0,
        reactions: 0,
        failed_in_a_row: 0,
        tally: ServiceTally {
            counting_running: settled,
            counting_healthy: settled,
            ..ServiceTally::default()
        },
    }
}
