//! Which instance is launched for tasks that wait.

use crate::model::{
    AppTaskId, CapacityProvider, CapacityProviderId, Cluster, DaemonSetId, InstanceId, InstanceTypeId,
    Resources, TaskDefinitionId,
};
use std::collections::VecDeque;

/// Waiting tasks by size, each with its turn.
#[derive(Clone, Debug, Default)]
pub struct Demand {
    /// For each size of the cluster: the tasks in order.
    pub by_size: Vec<VecDeque<(u32, AppTaskId)>>,
}

impl Demand {
    /// No demand in a cluster of so many sizes.
    pub fn none(sizes: usize) -> Demand {
        Demand { by_size: vec![VecDeque::new(); sizes] }
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.by_size.iter().all(VecDeque::is_empty)
    }

    /// The next task, in turn, that fits; `at` tells how many of each size are taken already.
    pub fn next_that_fits(&self, cluster: &Cluster, free: Resources, at: &[usize]) -> Option<usize> {
        let head = |size: &usize| self.by_size[*size].get(at[*size]).map(|(turn, _)| *turn);
        (0..self.by_size.len())
            .filter(|size| free.holds(cluster.sizes.sizes[*size]))
            .filter(|size| head(size).is_some())
            .min_by_key(head)
    }
}

/// The cheapest type that holds all that wait, together with the daemons; when none does, the one that is cheapest
/// for each task that it holds. None when no type holds any of them. Types that are too small for the daemons come
/// last: tasks get there what they ask for, and a daemon that finds no room fails.
pub fn choose_type(
    cluster: &Cluster,
    provider: CapacityProviderId,
    set: DaemonSetId,
    demand: &Demand,
) -> Option<InstanceTypeId> {
    let types = &cluster.provider(provider).instance_types;
    if let [only] = types.as_slice() {
        let none_taken = vec![0; demand.by_size.len()];
        let fits = demand.next_that_fits(cluster, cluster.room_of(*only, set), &none_taken).is_some();
        return (fits && takes_tasks(cluster, *only)).then_some(*only);
    }
    let roomy = |id: &InstanceTypeId| holds_daemons(cluster, *id, set);
    choose_among(cluster, types.iter().copied().filter(roomy), set, demand)
        .or_else(|| choose_among(cluster, types.iter().copied(), set, demand))
}

fn choose_among(
    cluster: &Cluster,
    types: impl Iterator<Item = InstanceTypeId>,
    set: DaemonSetId,
    demand: &Demand,
) -> Option<InstanceTypeId> {
    let all: usize = demand.by_size.iter().map(VecDeque::len).sum();
    let price = |id: InstanceTypeId| u128::from(cluster.instance_types[id.index()].price_per_hour_nanos);
    let mut best: Option<(InstanceTypeId, usize)> = None;
    for kind in types {
        let held = holds(cluster, kind, set, demand);
        if held == 0 {
            continue;
        }
        let better = match best {
            None => true,
            Some((other, others)) => match (held == all, others == all) {
                (true, true) => price(kind) < price(other),
                (true, false) => true,
                (false, true) => false,
                (false, false) => {
                    let (a, b) = (price(kind) * others as u128, price(other) * held as u128);
                    a < b || (a == b && price(kind) < price(other))
                }
            },
        };
        if better {
            best = Some((kind, held));
        }
    }
    best.map(|(kind, _)| kind)
}

/// Whether an instance of this type takes app tasks at all.
fn takes_tasks(cluster: &Cluster, kind: InstanceTypeId) -> bool {
    cluster.instance_types[kind.index()].max_tasks > 0
}

/// Whether all daemons of a set fit on an instance of this type.
fn holds_daemons(cluster: &Cluster, kind: InstanceTypeId, set: DaemonSetId) -> bool {
    cluster.instance_types[kind.index()].capacity.holds(cluster.sets[set.index()].reserved)
}

/// How many of the waiting tasks a fresh instance of this type takes.
fn holds(cluster: &Cluster, kind: InstanceTypeId, set: DaemonSetId, demand: &Demand) -> usize {
    let row = &cluster.instance_types[kind.index()];
    let mut free = cluster.room_of(kind, set);
    let mut taken = vec![0; demand.by_size.len()];
    let mut held = 0;
    while held < row.max_tasks as usize {
        let Some(size) = demand.next_that_fits(cluster, free, &taken) else { break };
        free = free.minus(cluster.sizes.sizes[size]);
        taken[size] += 1;
        held += 1;
    }
    held
}

/// The first instance in flight, by number, that still has room to promise to a task of this revision.
pub fn first_in_flight(
    cluster: &Cluster,
    provider: CapacityProviderId,
    revision: TaskDefinitionId,
) -> Option<InstanceId> {
    let (need, class) = (cluster.size(revision), cluster.sizes.class(revision));
    let row = cluster.provider(provider);
    let mut from = 0;
    while let Some(number) = row.promising[class].next(from) {
        let host = row.numbers[number as usize - 1];
        if cluster.instances[host].free.holds(need) {
            return Some(host);
        }
        from = number + 1;
    }
    None
}

/// The zone with the fewest instances that are coming or ACTIVE; of equals, the first by name. None when all are out.
pub fn choose_zone(provider: &CapacityProvider) -> Option<usize> {
    let open = (0..provider.zones.len()).filter(|zone| provider.outages[*zone] == 0);
    open.min_by_key(|zone| provider.in_zone[*zone])
}

/// Whether any type of the provider, daemons of this set aside, holds a task of this size.
pub fn fits_somewhere(
    cluster: &Cluster,
    provider: CapacityProviderId,
    set: DaemonSetId,
    size: Resources,
) -> bool {
    let types = cluster.provider(provider).instance_types.iter();
    types.copied().any(|kind| takes_tasks(cluster, kind) && cluster.room_of(kind, set).holds(size))
}
