//! API calls as ECS answers them: accepted, or refused with the exception's name.

use super::deployments::Rollout;
use super::event::Event;
use super::request_facts::about;
use super::setup::{DaemonSettings, Request, ServiceChange, StrategyItem};
use super::{NO_FACT, Queue, World};
use crate::kernel::SimTime;
use crate::model::{
    AppTaskId, CapacityProviderId, DaemonId, DaemonRevision, DaemonRevisionId, DaemonSetId, DaemonStatus,
    DaemonTaskDefinitionId, DrainCause, GroupId, InstanceName, InstanceStatus, Owner, ProviderShare,
    ServiceId, ServiceStatus, TaskDefinitionId, TaskName,
};
use crate::policy;
use crate::record::{FactKind, Reason, Recorder};

/// Why ECS refuses a request.
type Refusal = &'static str;

const INVALID: Refusal = "InvalidParameterException";
const DAEMON_NOT_FOUND: Refusal = "DaemonNotFoundException";
const DAEMON_NOT_ACTIVE: Refusal = "DaemonNotActiveException";
const SERVICE_NOT_FOUND: Refusal = "ServiceNotFoundException";
const SERVICE_NOT_ACTIVE: Refusal = "ServiceNotActiveException";
const CLIENT: Refusal = "ClientException";
const IN_USE: Refusal = "ResourceInUseException";

impl<R: Recorder> World<R> {
    /// A request of the timeline is made.
    pub(super) fn on_request(&mut self, now: SimTime, at: usize, queue: &mut Queue) {
        let request = self.timeline[at].clone();
        let refusal = self.refusal(&request);
        let cause = self.tell(now, NO_FACT, FactKind::Request, |_, fact| {
            about(&request, fact);
            if let Some(exception) = refusal {
                fact.reason = Reason::Word(exception);
            }
        });
        if refusal.is_some() {
            self.tally.refused += 1;
        } else {
            self.carry_out(now, &request, cause, queue);
        }
    }

    /// The exception with which ECS answers a request at this moment, if it does.
    fn refusal(&self, request: &Request) -> Option<Refusal> {
        match request {
            Request::CreateDaemon { daemon, settings } => match self.cluster.daemons[daemon.index()].status {
                DaemonStatus::Absent => self.daemon_refusal(settings),
                DaemonStatus::Active | DaemonStatus::DeleteInProgress => Some(INVALID),
            },
            Request::UpdateDaemon { daemon, settings } => match self.cluster.daemons[daemon.index()].status {
                DaemonStatus::Absent => Some(DAEMON_NOT_FOUND),
                DaemonStatus::DeleteInProgress => Some(DAEMON_NOT_ACTIVE),
                DaemonStatus::Active => self.daemon_refusal(settings),
            },
            Request::DeleteDaemon { daemon } => match self.cluster.daemons[daemon.index()].status {
                DaemonStatus::Absent => Some(DAEMON_NOT_FOUND),
                DaemonStatus::DeleteInProgress => Some(INVALID),
                DaemonStatus::Active => None,
            },
            Request::RegisterDaemonTaskDefinition(_) | Request::RegisterTaskDefinition(_) => None,
            Request::DeleteDaemonTaskDefinition(id) => {
                (!self.daemon_definitions_exist[id.index()]).then_some(CLIENT)
            }
            Request::CreateCapacityProvider(id) => self.cluster.provider(*id).exists.then_some(INVALID),
            Request::DeleteCapacityProvider(id) => self.provider_refusal(*id),
            Request::CreateService { service, settings } => match self.service_status(*service) {
                ServiceStatus::Inactive => {
                    self.settings_refusal(settings.task_definition, &settings.strategy)
                }
                ServiceStatus::Active | ServiceStatus::Draining => Some(INVALID),
            },
            Request::UpdateService { service, change } => match self.service_status(*service) {
                ServiceStatus::Inactive => Some(SERVICE_NOT_FOUND),
                ServiceStatus::Draining => Some(SERVICE_NOT_ACTIVE),
                ServiceStatus::Active => self.change_refusal(change),
            },
            Request::DeleteService { service, force } => match self.service_status(*service) {
                ServiceStatus::Inactive => Some(SERVICE_NOT_FOUND),
                ServiceStatus::Draining => None,
                ServiceStatus::Active => {
                    let desired = self.cluster.service(group_of(*service)).map_or(0, |s| s.desired);
                    (desired > 0 && !force).then_some(INVALID)
                }
            },
            Request::RunTask { task_definition, strategy, .. } => {
                self.settings_refusal(*task_definition, strategy)
            }
            Request::StopTask { task } => {
                let there = self.find_task(*task).is_some() || self.find_daemon_task(*task).is_some();
                (!there).then_some(INVALID)
            }
            Request::UpdateTaskProtection { tasks, .. } => {
                let wrong = |task: &TaskName| {
                    self.find_task(*task)
                        .is_none_or(|id| self.cluster.service(self.cluster.app_tasks[id].group).is_none())
                };
                tasks.iter().any(wrong).then_some(INVALID)
            }
            Request::UpdateContainerInstancesState { instances, drain } => {
                instances.iter().any(|instance| !self.may_set_state(*instance, *drain)).then_some(INVALID)
            }
        }
    }

    fn daemon_refusal(&self, settings: &DaemonSettings) -> Option<Refusal> {
        if !self.daemon_definitions_exist[settings.task_definition.index()] {
            return Some(CLIENT);
        }
        settings.providers.iter().any(|p| !self.cluster.provider(*p).exists).then_some(INVALID)
    }

    fn settings_refusal(&self, definition: TaskDefinitionId, strategy: &[StrategyItem]) -> Option<Refusal> {
        if !self.definitions_exist[definition.index()] {
            return Some(CLIENT);
        }
        strategy.iter().any(|item| !self.cluster.provider(item.provider).exists).then_some(INVALID)
    }

    fn change_refusal(&self, change: &ServiceChange) -> Option<Refusal> {
        if change.task_definition.is_some_and(|id| !self.definitions_exist[id.index()]) {
            return Some(CLIENT);
        }
        let gone = |item: &StrategyItem| !self.cluster.provider(item.provider).exists;
        change.strategy.iter().flatten().any(gone).then_some(INVALID)
    }

    fn provider_refusal(&self, id: CapacityProviderId) -> Option<Refusal> {
        let row = self.cluster.provider(id);
        if !row.exists {
            return Some(INVALID);
        }
        let daemons = self.cluster.daemons.iter().any(|d| {
            d.status != DaemonStatus::Absent && (d.providers.contains(&id) || d.requested.contains(&id))
        });
        let services = self.cluster.groups.iter().filter_map(|g| g.service.as_deref()).any(|s| {
            s.status == ServiceStatus::Active && s.strategy.iter().any(|share| share.provider == id)
        });
        (daemons || services || row.alive() > 0 || row.waiting_count > 0).then_some(IN_USE)
    }

    fn may_set_state(&self, instance: InstanceName, drain: bool) -> bool {
        self.cluster.instance_by_number(instance.provider, instance.number).is_some_and(|id| {
            let row = &self.cluster.instances[id];
            match row.status {
                InstanceStatus::Active => true,
                // What a person drained, a person may open again while its daemons still run.
                InstanceStatus::Draining => {
                    drain
                        || (self.cluster.drains[row.drain].cause == DrainCause::ByHand
                            && !self.cluster.drains[row.drain].daemons_told)
                }
                InstanceStatus::Launching
                | InstanceStatus::Registering
                | InstanceStatus::Deregistering
                | InstanceStatus::RegistrationFailed
                | InstanceStatus::Terminated => false,
            }
        })
    }

    /// Does what a request asks for.
    pub(super) fn carry_out(&mut self, now: SimTime, request: &Request, cause: u32, queue: &mut Queue) {
        match request {
            Request::CreateDaemon { daemon, settings } => {
                self.cluster.daemons[daemon.index()].status = DaemonStatus::Active;
                self.tell_daemon(now, cause, *daemon, "");
                self.update_daemon(now, *daemon, settings, cause, queue);
            }
            Request::UpdateDaemon { daemon, settings } => {
                self.update_daemon(now, *daemon, settings, cause, queue);
            }
            Request::DeleteDaemon { daemon } => self.delete_daemon(now, *daemon, cause, queue),
            Request::RegisterDaemonTaskDefinition(id) => self.daemon_definitions_exist[id.index()] = true,
            Request::DeleteDaemonTaskDefinition(id) => self.daemon_definitions_exist[id.index()] = false,
            Request::RegisterTaskDefinition(id) => self.definitions_exist[id.index()] = true,
            Request::CreateCapacityProvider(id) => self.cluster.providers[id.index()].exists = true,
            Request::DeleteCapacityProvider(id) => self.cluster.providers[id.index()].exists = false,
            Request::CreateService { service, settings } => {
                self.create_service(*service, settings);
                let group = group_of(*service);
                let fact = self.tell_service(now, cause, group, "");
                self.answer(now, group, fact, queue);
            }
            Request::UpdateService { service, change } => {
                self.update_service(now, *service, change, cause, queue);
            }
            Request::DeleteService { service, .. } => self.delete_service(now, *service, cause, queue),
            Request::RunTask { family, task_definition, count, strategy } => {
                let group = GroupId::new((self.names.services.len() + family.index()) as u32);
                let mut shares = shares(strategy);
                for _ in 0..*count {
                    let at = policy::strategy::choose_provider(&shares);
                    shares[at].tasks += 1;
                    self.create_task(now, group, *task_definition, shares[at].provider, None, cause);
                }
            }
            Request::StopTask { task } => match self.find_daemon_task(*task) {
                Some(id) => self.stop_daemon_by_hand(now, id, cause, queue),
                None => self.stop_by_hand(now, *task, cause, queue),
            },
            Request::UpdateTaskProtection { tasks, protected_for } => {
                for task in tasks {
                    let Some(id) = self.find_task(*task) else { continue };
                    match protected_for {
                        Some(time) => {
                            self.cluster.app_tasks[id].protected = true;
                            let end = queue.at(now + *time, Event::ProtectionOver(id, task.number));
                            if let Some(earlier) = self.protections.insert(id, end) {
                                queue.cancel(earlier);
                            }
                        }
                        None if self.cluster.app_tasks[id].protected => self.unprotect(now, id, queue),
                        None => (),
                    }
                }
            }
            Request::UpdateContainerInstancesState { instances, drain } => {
                for instance in instances {
                    let Some(id) = self.cluster.instance_by_number(instance.provider, instance.number) else {
                        continue;
                    };
                    let status = self.cluster.instances[id].status;
                    if *drain && status == InstanceStatus::Active {
                        self.drain(now, id, DrainCause::ByHand, cause, queue);
                    } else if !*drain && status == InstanceStatus::Draining {
                        self.reopen(now, id, cause, queue);
                    }
                }
            }
        }
    }

    /// A new deployment of a daemon, after CreateDaemon or UpdateDaemon.
    fn update_daemon(
        &mut self,
        now: SimTime,
        daemon: DaemonId,
        settings: &DaemonSettings,
        cause: u32,
        queue: &mut Queue,
    ) {
        let revision = self.new_revision(daemon, settings);
        let row = &mut self.cluster.daemons[daemon.index()];
        let had = row.providers.clone();
        row.requested.clone_from(&settings.providers);
        row.drain_percent = settings.drain_percent;
        row.bake = settings.bake;
        let removed = self.carriers(daemon).into_iter().filter(|p| !settings.providers.contains(p));
        let added: Vec<CapacityProviderId> =
            settings.providers.iter().copied().filter(|p| !had.contains(p)).collect();
        let only_added = !self.cluster.assumptions.added_provider_rolls_others
            && !added.is_empty()
            && !had.is_empty()
            && self.runs_everywhere(daemon, &had, settings.task_definition);
        let rolls = if only_added { added } else { settings.providers.clone() };
        let mut targets: Vec<(CapacityProviderId, Option<DaemonRevisionId>)> =
            rolls.into_iter().map(|p| (p, Some(revision))).collect();
        targets.extend(removed.map(|p| (p, None)));
        let rollout = Rollout {
            revision: Some(revision),
            targets,
            providers: settings.providers.clone(),
            drain_percent: settings.drain_percent,
            bake: settings.bake,
            alarms: settings.alarms.clone(),
        };
        self.deploy(now, daemon, rollout, cause, queue);
    }

    /// An immutable snapshot of what a request wants.
    pub(super) fn new_revision(&mut self, daemon: DaemonId, settings: &DaemonSettings) -> DaemonRevisionId {
        self.cluster.revisions.push(DaemonRevision {
            daemon,
            task_definition: settings.task_definition,
            critical: settings.critical,
            exposure: crate::model::Exposure::default(),
            serving: 0,
        });
        DaemonRevisionId::new(self.cluster.revisions.len() as u32 - 1)
    }

    /// The providers that are to carry a daemon or have instances that do.
    fn carriers(&self, daemon: DaemonId) -> Vec<CapacityProviderId> {
        let carries = |p: &CapacityProviderId| {
            let row = self.cluster.provider(*p);
            let has = |set: DaemonSetId| self.cluster.sets[set.index()].revision_of(daemon).is_some();
            has(row.governing) || row.sets.iter().any(|set| set.staying() > 0 && has(set.set))
        };
        (0..self.cluster.providers.len() as u32).map(CapacityProviderId::new).filter(carries).collect()
    }

    /// Whether these providers' instances are to run this task definition of a daemon already.
    fn runs_everywhere(
        &self,
        daemon: DaemonId,
        on: &[CapacityProviderId],
        definition: DaemonTaskDefinitionId,
    ) -> bool {
        on.iter().all(|p| {
            let runs = |set: DaemonSetId| {
                self.cluster.sets[set.index()]
                    .revision_of(daemon)
                    .is_some_and(|r| self.cluster.revisions[r.index()].task_definition == definition)
            };
            let row = self.cluster.provider(*p);
            // A rollout that was cut short leaves instances behind.
            runs(row.governing) && row.sets.iter().filter(|set| set.staying() > 0).all(|set| runs(set.set))
        })
    }

    fn delete_daemon(&mut self, now: SimTime, daemon: DaemonId, cause: u32, queue: &mut Queue) {
        self.cluster.daemons[daemon.index()].status = DaemonStatus::DeleteInProgress;
        let fact = self.tell_daemon(now, cause, daemon, DaemonStatus::Active.word());
        let everywhere = self.carriers(daemon);
        let row = &self.cluster.daemons[daemon.index()];
        let rollout = Rollout {
            revision: None,
            targets: everywhere.into_iter().map(|p| (p, None)).collect(),
            providers: Vec::new(),
            drain_percent: row.drain_percent,
            bake: crate::kernel::SimDuration::ZERO,
            alarms: Vec::new(),
        };
        self.deploy(now, daemon, rollout, fact, queue);
    }

    /// The task of this name that is there and not on its way out.
    pub(super) fn find_task(&self, name: TaskName) -> Option<AppTaskId> {
        let group = match name.owner {
            Owner::Service(id) => group_of(id),
            Owner::Standalone(id) => GroupId::new((self.names.services.len() + id.index()) as u32),
            Owner::Daemon(_) => return None,
        };
        let alive = |id: &AppTaskId| {
            let task = &self.cluster.app_tasks[*id];
            task.number == name.number && !task.status.is_stopping()
        };
        self.cluster.groups[group.index()].tasks.iter().copied().find(alive)
    }

    fn service_status(&self, service: ServiceId) -> ServiceStatus {
        self.cluster.service(group_of(service)).map_or(ServiceStatus::Inactive, |s| s.status)
    }

    /// A daemon changed its status: `from` → what it is now.
    fn tell_daemon(&mut self, now: SimTime, cause: u32, daemon: DaemonId, from: &'static str) -> u32 {
        self.tell(now, cause, FactKind::Daemon, |cluster, fact| {
            fact.owner = Some(Owner::Daemon(daemon));
            fact.from = from;
            fact.to = cluster.daemons[daemon.index()].status.word();
        })
    }
}

/// The group of a service.
pub(super) const fn group_of(service: ServiceId) -> GroupId {
    GroupId::new(service.index() as u32)
}

/// A strategy without tasks.
pub(super) fn shares(strategy: &[StrategyItem]) -> Vec<ProviderShare> {
    let share = |item: &StrategyItem| ProviderShare {
        provider: item.provider,
        base: item.base,
        weight: item.weight,
        tasks: 0,
    };
    strategy.iter().map(share).collect()
}
