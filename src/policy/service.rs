//! What a service's scheduler stops and starts. One reaction stops what may stop, then starts what is missing.

use crate::model::{
    AppTaskId, CapacityProviderId, Cluster, GroupId, InstanceStatus, Service, TaskStatus, ZoneId,
};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// Whether this unwanted task may stop now. A healthy one only if enough others are known to be healthy; one that is
/// UNHEALTHY when another one has been started in its place, or none can be; what does not run yet, always.
pub fn may_stop(service: &Service, status: TaskStatus, known_healthy: bool) -> bool {
    match status {
        TaskStatus::Healthy => service.known_healthy - u32::from(known_healthy) >= service.lower_bound(),
        TaskStatus::Unhealthy => {
            let existing = service.tasks.existing;
            let replaced = existing > service.desired && service.known_healthy >= service.lower_bound();
            replaced || existing >= service.upper_bound()
        }
        TaskStatus::Provisioning
        | TaskStatus::Pending
        | TaskStatus::Running
        | TaskStatus::Deactivating
        | TaskStatus::Stopping
        | TaskStatus::Stopped => true,
    }
}

/// How many tasks are to be started now.
pub fn starts(service: &Service, max_counts_stopping: bool) -> u32 {
    let missing = service.desired.saturating_sub(service.wanted);
    let exist = service.tasks.existing + if max_counts_stopping { service.tasks.stopping } else { 0 };
    missing.min(service.upper_bound().saturating_sub(exist))
}

/// The task that gives way when zones are evened out: the youngest of the zone with the most, when another zone has
/// at least two fewer and an ACTIVE instance there has room. None unless the service is steady and may have one more.
pub fn choose_to_even_out(cluster: &Cluster, group: GroupId) -> Option<AppTaskId> {
    let row = &cluster.groups[group.index()];
    let service = row.service.as_deref().filter(|s| s.zone_rebalancing)?;
    let steady = service.wanted == service.desired
        && service.known_healthy == service.desired
        && service.tasks.existing == service.desired
        && service.to_stop.is_empty()
        && service.upper_bound() > service.desired;
    if !steady {
        return None;
    }
    // With several providers the strategy decides where a task goes, not its zone.
    let [share] = service.strategy.as_slice() else { return None };
    let fullest = (0..row.in_zone.len()).max_by_key(|zone| row.in_zone[*zone])?;
    let emptiest =
        cluster.provider(share.provider).zones.iter().min_by_key(|zone| row.in_zone[zone.index()])?;
    if row.in_zone[fullest] < row.in_zone[emptiest.index()] + 2 {
        return None;
    }
    let need = cluster.size(service.task_definition);
    let room = cluster.provider(share.provider).numbers.iter().filter(|id| id.is_some()).any(|id| {
        let instance = &cluster.instances[*id];
        let open = instance.status == InstanceStatus::Active && instance.zone == *emptiest;
        open && instance.slots > 0 && instance.free.holds(need)
    });
    if !room {
        return None;
    }
    let there = |id: &AppTaskId| {
        let task = &cluster.app_tasks[*id];
        !task.protected
            && task.status == TaskStatus::Healthy
            && cluster.instances[task.instance].zone.index() == fullest
    };
    row.tasks.iter().copied().filter(there).max_by_key(|id| cluster.app_tasks[*id].number)
}

/// Which `surplus` tasks go when a service wants fewer: those that wait or start first, then those on
/// instances on their way out, then from the zone with the most tasks, there from the instance with the most, there the youngest.
pub fn choose_surplus(cluster: &Cluster, group: GroupId, surplus: usize) -> Vec<AppTaskId> {
    let row = &cluster.groups[group.index()];
    let (mut early, mut settled): (Vec<AppTaskId>, Vec<AppTaskId>) = row
        .tasks
        .iter()
        .copied()
        .filter(|id| {
            let task = &cluster.app_tasks[*id];
            !task.unwanted && !task.protected && !task.status.is_stopping()
        })
        .partition(|id| {
            matches!(cluster.app_tasks[*id].status, TaskStatus::Provisioning | TaskStatus::Pending)
        });
    let youngest_first = |tasks: &mut Vec<AppTaskId>| {
        tasks.sort_unstable_by_key(|id| Reverse(cluster.app_tasks[*id].number));
    };
    let on_its_way =
        |id: &AppTaskId| cluster.instances[cluster.app_tasks[*id].instance].status != InstanceStatus::Active;
    let mut leaving: Vec<AppTaskId> = settled.extract_if(.., |id| on_its_way(id)).collect();
    youngest_first(&mut early);
    youngest_first(&mut leaving);
    youngest_first(&mut settled);
    let mut chosen = early;
    chosen.extend(leaving);
    chosen.truncate(surplus);

    // Tasks by host, the youngest last, and hosts by zone and number of tasks: each further choice looks at the
    // fullest host of the fullest zone, not at every task.
    let mut hosts: BTreeMap<(ZoneId, CapacityProviderId, u32), Vec<AppTaskId>> = BTreeMap::new();
    for id in settled.into_iter().rev() {
        let host = &cluster.instances[cluster.app_tasks[id].instance];
        hosts.entry((host.zone, host.provider, host.number)).or_default().push(id);
    }
    let mut order: BTreeSet<HostInOrder> = hosts
        .iter()
        .map(|((zone, provider, number), tasks)| (*zone, Reverse(tasks.len()), *provider, *number))
        .collect();
    let mut in_zone = row.in_zone.clone();
    while chosen.len() < surplus {
        let with_tasks = |zone: &usize| first_of(&order, ZoneId::new(*zone as u32)).is_some();
        let Some(zone) = (0..in_zone.len()).filter(with_tasks).rev().max_by_key(|zone| in_zone[*zone]) else {
            break;
        };
        let Some(next) = first_of(&order, ZoneId::new(zone as u32)) else { break };
        order.remove(&next);
        let Some(tasks) = hosts.get_mut(&(next.0, next.2, next.3)) else { break };
        chosen.extend(tasks.pop());
        in_zone[zone] = in_zone[zone].saturating_sub(1);
        if !tasks.is_empty() {
            order.insert((next.0, Reverse(tasks.len()), next.2, next.3));
        }
    }
    chosen
}

type HostInOrder = (ZoneId, Reverse<usize>, CapacityProviderId, u32);

/// The fullest host of a zone.
fn first_of(order: &BTreeSet<HostInOrder>, zone: ZoneId) -> Option<HostInOrder> {
    let from = (zone, Reverse(usize::MAX), CapacityProviderId::new(0), 0);
    order.range(from..).next().copied().filter(|host| host.0 == zone)
}
