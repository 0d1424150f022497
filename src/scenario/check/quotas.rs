//! ECS's quotas. All of these can be raised; that they must be is worth knowing before the rollout.

use super::fleet::Fleet;
use super::{Rollout, waves};
use crate::model::assumptions::BatchDenominator;
use crate::model::{CapacityProviderId, ServiceId};
use crate::scenario::error::Finding;
use crate::scenario::lower::{Notes, Places};
use crate::scenario::source::Span;
use crate::world::setup::{FaultKind, Request, Setup};
use std::collections::{BTreeMap, BTreeSet};

const TASKS_OF_A_SERVICE: u32 = 5000;
const INSTANCES_OF_A_CLUSTER: u64 = 5000;
const PROVIDERS_OF_A_CLUSTER: usize = 20;
/// Launches of a service's tasks, a minute.
const LAUNCHES_A_MINUTE: u64 = 500;

/// Follows requests, and notes each quota once.
pub(super) struct Quotas {
    providers: BTreeSet<CapacityProviderId>,
    services: BTreeSet<ServiceId>,
    told_of_providers: bool,
    told_of_instances: bool,
}

impl Quotas {
    pub(super) fn new(setup: &Setup, places: &Places, notes: &mut Notes) -> Quotas {
        let there = (0u32..).zip(&setup.capacity_providers).filter(|(_, provider)| provider.exists);
        let mut quotas = Quotas {
            providers: there.map(|(id, _)| CapacityProviderId::new(id)).collect(),
            services: BTreeSet::new(),
            told_of_providers: false,
            told_of_instances: false,
        };
        if let Some(over) = quotas.providers.iter().nth(PROVIDERS_OF_A_CLUSTER) {
            quotas.providers_at(places.providers[over.index()], notes);
        }
        quotas
    }

    /// What a request brings with it.
    pub(super) fn request(&mut self, request: &Request, at: Span, notes: &mut Notes) {
        let (service, desired) = match request {
            Request::CreateCapacityProvider(id) => {
                self.providers.insert(*id);
                self.providers_at(at, notes);
                return;
            }
            Request::DeleteCapacityProvider(id) => {
                self.providers.remove(id);
                return;
            }
            Request::CreateService { service, settings } => (*service, settings.desired),
            Request::UpdateService { service, change } => (*service, change.desired.unwrap_or(0)),
            Request::CreateDaemon { .. }
            | Request::UpdateDaemon { .. }
            | Request::DeleteDaemon { .. }
            | Request::RegisterDaemonTaskDefinition(_)
            | Request::DeleteDaemonTaskDefinition(_)
            | Request::RegisterTaskDefinition(_)
            | Request::DeleteService { .. }
            | Request::RunTask { .. }
            | Request::StopTask { .. }
            | Request::UpdateTaskProtection { .. }
            | Request::UpdateContainerInstancesState { .. } => return,
        };
        if desired > TASKS_OF_A_SERVICE && self.services.insert(service) {
            let message = format!("{desired} tasks are more than the {TASKS_OF_A_SERVICE} of a service");
            notes.warn(raised(at, &message));
        }
    }

    /// A fleet that the requests so far come to.
    pub(super) fn fleet(&mut self, fleet: &Fleet, places: &Places, notes: &mut Notes) {
        let instances: u64 = fleet.instances.iter().sum();
        if instances <= INSTANCES_OF_A_CLUSTER || self.told_of_instances {
            return;
        }
        self.told_of_instances = true;
        let largest = (0..fleet.instances.len()).rev().max_by_key(|at| fleet.instances[*at]);
        let at = largest.map_or(Span::default(), |at| places.providers[at]);
        let message =
            format!("about {instances} instances are more than the {INSTANCES_OF_A_CLUSTER} of a cluster");
        notes.warn(raised(at, &message));
    }

    fn providers_at(&mut self, at: Span, notes: &mut Notes) {
        let count = self.providers.len();
        if count > PROVIDERS_OF_A_CLUSTER && !self.told_of_providers {
            self.told_of_providers = true;
            let message =
                format!("{count} capacity providers are more than the {PROVIDERS_OF_A_CLUSTER} of a cluster");
            notes.warn(raised(at, &message));
        }
    }
}

fn raised(at: Span, what: &str) -> Finding {
    Finding::new(at, format!("{what} that ECS allows by default: this needs a raised quota"))
}

/// Notes a rollout whose waves move more tasks of a service than ECS launches in a minute.
pub(super) fn rollout(setup: &Setup, fleet: &Fleet, rollout: &Rollout<'_>, at: Span, notes: &mut Notes) {
    let assumptions = &setup.assumptions;
    if setup.faults.iter().any(|fault| matches!(fault.kind, FaultKind::ApiThrottling { .. })) {
        return;
    }
    let wave =
        |providers: &[CapacityProviderId]| waves(fleet.on(providers), rollout.drain_percent, assumptions).0;
    let together = wave(&rollout.providers);
    let batch = |provider: CapacityProviderId| match assumptions.batch_denominator {
        BatchDenominator::CapacityProvider => wave(&[provider]),
        BatchDenominator::Daemon => together.min(fleet.on(&[provider])),
    };
    let mut moved: BTreeMap<ServiceId, u64> = BTreeMap::new();
    let here = |provider: &CapacityProviderId| rollout.providers.binary_search(provider).is_ok();
    for (service, provider, count, each) in fleet.services.iter().filter(|(_, p, ..)| here(p)) {
        *moved.entry(*service).or_default() += (*count).min(each * batch(*provider));
    }
    let most = moved.iter().rev().max_by_key(|(_, tasks)| **tasks);
    let Some((service, tasks)) = most.filter(|(_, tasks)| **tasks > LAUNCHES_A_MINUTE) else { return };
    let others = moved.values().filter(|tasks| **tasks > LAUNCHES_A_MINUTE).count() - 1;
    let others = match others {
        0 => String::new(),
        1 => format!(" (and more than {LAUNCHES_A_MINUTE} of another service)"),
        n => format!(" (and more than {LAUNCHES_A_MINUTE} of each of {n} others)"),
    };
    let message = format!(
        "a wave moves up to {tasks} tasks of {}{others}, and ECS launches about {LAUNCHES_A_MINUTE} tasks of a \
         service a minute: this takes {} minutes that are not simulated",
        setup.services[service.index()],
        tasks.div_ceil(LAUNCHES_A_MINUTE)
    );
    notes.warn(Finding::new(at, message).allowed("an `apiThrottling` fault to simulate a limit on launches"));
}

#[cfg(test)]
mod tests {
    use crate::scenario::check::tests::warnings;

    const BASE: &str = "
instanceTypes: [{name: four, vCpus: 4, memoryMiB: 8192}]
taskDefinitions: [{family: app, cpu: 512, memory: 1024}]
daemonTaskDefinitions: [{family: agent, cpu: 0, memory: 1}]
";

    fn providers(count: u32) -> String {
        let all = (1..=count).map(|n| format!("{{name: p{n:02}, instanceTypes: [four]}}"));
        format!("capacityProviders: [{}]\n", all.collect::<Vec<_>>().join(", "))
    }

    fn service(name: &str, count: u32) -> String {
        format!(
            "createService: {{serviceName: {name}, taskDefinition: app, desiredCount: {count}, \
             capacityProviderStrategy: [{{capacityProvider: p01}}]}}"
        )
    }

    /// The agent comes to these services, so much of the fleet at a time.
    fn rollout(services: &[(&str, u32)], percent: &str, rest: &str) -> Vec<String> {
        let services: String =
            services.iter().map(|(name, n)| format!("  - {}\n", service(name, *n))).collect();
        let all = warnings(&format!(
            "{BASE}{}before:\n{services}timeline:\n  - {{at: 1h, createDaemon: {{daemonName: d, \
             daemonTaskDefinitionArn: agent, capacityProviderArns: [p01], deploymentConfiguration: {{drainPercent: \
             {percent}}}}}}}\n{rest}",
            providers(1)
        ));
        all.into_iter().filter(|warning| !warning.contains(" fit on a ")).collect()
    }

    #[test]
    fn services_and_clusters_have_so_many() {
        let text = format!("{BASE}{}before:\n  - {}\n", providers(1), service("s", 5001));
        let raised = "that ECS allows by default: this needs a raised quota";
        assert_eq!(warnings(&text), [format!("5001 tasks are more than the 5000 of a service {raised}")]);
        assert!(warnings(&text.replace("5001", "5000")).is_empty());
        let grown = "timeline: [{at: 1s, updateService: {service: s, desiredCount: 6000}}]";
        assert_eq!(
            warnings(&format!("{}{grown}", text.replace("5001", "5000"))),
            [format!("6000 tasks are more than the 5000 of a service {raised}")]
        );
        // Nine services of 4,500 tasks, eight on an instance: 5,062.5 instances.
        let nine: String = (0..9).map(|n| format!("  - {}\n", service(&format!("s{n}"), 4500))).collect();
        assert_eq!(
            warnings(&format!("{BASE}{}before:\n{nine}", providers(1))),
            [format!("about 5063 instances are more than the 5000 of a cluster {raised}")]
        );
        let later: String =
            (0..9).map(|n| format!("  - {{at: 1s, {}}}\n", service(&format!("s{n}"), 4500))).collect();
        assert_eq!(warnings(&format!("{BASE}{}timeline:\n{later}", providers(1))).len(), 1);
    }

    #[test]
    fn clusters_have_so_many_providers() {
        assert!(warnings(&format!("{BASE}{}", providers(20))).is_empty());
        let text = format!("{BASE}{}", providers(21));
        let wanted = "21 capacity providers are more than the 20 of a cluster that ECS allows by default: this needs a \
                      raised quota";
        assert_eq!(warnings(&text), [wanted]);
        let created = "createCapacityProvider: {name: q, instanceTypes: [four]}";
        let timeline =
            |first: &str| format!("{BASE}{}timeline: [{first}{{at: 2s, {created}}}]", providers(20));
        assert_eq!(warnings(&timeline("")), [wanted]);
        let deleted = "{at: 1s, deleteCapacityProvider: {capacityProvider: p02}}, ";
        assert!(warnings(&timeline(deleted)).is_empty());
    }

    #[test]
    fn waves_that_move_more_than_ecs_launches_in_a_minute() {
        // 100 instances; a quarter of them has 25·8 = 200 tasks, two thirds, 67, have 536.
        assert!(rollout(&[("s", 800)], "25", "").is_empty());
        assert_eq!(
            rollout(&[("s", 800)], "66.6", ""),
            [
                "a wave moves up to 536 tasks of s, and ECS launches about 500 tasks of a service a minute: this takes 2 \
              minutes that are not simulated"
            ]
        );
        // 375 instances of three services with 1,000 tasks each; any wave of 188 has room for all of one of them.
        assert_eq!(
            rollout(&[("a", 1000), ("b", 1000), ("c", 1000)], "50", ""),
            [
                "a wave moves up to 1000 tasks of a (and more than 500 of each of 2 others), and ECS launches about 500 \
              tasks of a service a minute: this takes 2 minutes that are not simulated"
            ]
        );
        let throttled = "faults: [{apiThrottling: {burst: 100, perSecond: 8}}]";
        assert!(rollout(&[("s", 800)], "100", throttled).is_empty());
    }
}
