//! What a service's scheduler stops and starts. One reaction stops what may stop, then starts what is missing.

use crate::model::{AppTaskId, Cluster, GroupId, InstanceStatus, Service, TaskStatus};

/// Whether this unwanted task may stop now. One that does not count as healthy always may; a healthy one only if
/// enough others are known to be healthy.
pub fn may_stop(service: &Service, status: TaskStatus, known_healthy: bool) -> bool {
    status != TaskStatus::Healthy || service.known_healthy - u32::from(known_healthy) >= service.lower_bound()
}

/// How many tasks are to be started now.
pub fn starts(service: &Service, max_counts_stopping: bool) -> u32 {
    let missing = service.desired.saturating_sub(service.wanted);
    let exist = service.existing + if max_counts_stopping { service.stopping } else { 0 };
    missing.min(service.upper_bound().saturating_sub(exist))
}

/// Which `surplus` tasks go when a service wants fewer: those that wait or start first, then from the zone with
/// the most tasks, there from the instance with the most, there the youngest.
pub fn choose_surplus(cluster: &Cluster, group: GroupId, surplus: usize) -> Vec<AppTaskId> {
    let row = &cluster.groups[group.index()];
    let mut candidates: Vec<AppTaskId> = row
        .tasks
        .iter()
        .copied()
        .filter(|id| {
            let task = &cluster.app_tasks[*id];
            !task.unwanted && !task.protected && !task.status.is_stopping()
        })
        .collect();
    let mut in_zone = row.in_zone.clone();
    let mut chosen = Vec::new();
    candidates.sort_unstable_by_key(|id| std::cmp::Reverse(cluster.app_tasks[*id].number));
    candidates.retain(|id| {
        let early = matches!(cluster.app_tasks[*id].status, TaskStatus::Provisioning | TaskStatus::Pending);
        if early && chosen.len() < surplus {
            chosen.push(*id);
        }
        !early || !chosen.contains(id)
    });
    // Hosts by zone and number of tasks, so that each further choice looks at hosts, not at tasks.
    let mut hosts: std::collections::BTreeMap<(usize, u32), Vec<AppTaskId>> =
        std::collections::BTreeMap::new();
    for id in candidates.into_iter().rev() {
        let task = &cluster.app_tasks[id];
        if task.instance.is_none() || task.status == TaskStatus::Provisioning {
            continue;
        }
        let host = &cluster.instances[task.instance];
        if host.status == InstanceStatus::Active {
            let provider = host.provider.index() as u32;
            hosts.entry((host.zone.index(), provider << 24 | host.number)).or_default().push(id);
        }
    }
    let mut order: std::collections::BTreeSet<(usize, std::cmp::Reverse<usize>, u32)> =
        hosts.iter().map(|((zone, host), tasks)| (*zone, std::cmp::Reverse(tasks.len()), *host)).collect();
    while chosen.len() < surplus {
        let zones: std::collections::BTreeSet<usize> = order.iter().map(|(zone, _, _)| *zone).collect();
        let Some(zone) = zones.into_iter().rev().max_by_key(|zone| in_zone[*zone]) else { break };
        let Some(next) = order.range((zone, std::cmp::Reverse(usize::MAX), 0)..).next().copied() else {
            break;
        };
        order.remove(&next);
        let Some(tasks) = hosts.get_mut(&(zone, next.2)) else { break };
        chosen.extend(tasks.pop());
        in_zone[zone] = in_zone[zone].saturating_sub(1);
        if !tasks.is_empty() {
            order.insert((zone, std::cmp::Reverse(tasks.len()), next.2));
        }
    }
    chosen
}
