//! Which host a task goes to: the zone with the fewest of its group's tasks, there the instance with the fewest,
//! there the one with the smallest number.

use crate::model::{CapacityProviderId, Cluster, GroupId, InstanceId, Search, TaskDefinitionId};

/// The host for a task of `group`, or none when no ACTIVE instance has room.
pub fn choose_host(
    cluster: &Cluster,
    group: GroupId,
    revision: TaskDefinitionId,
    provider: CapacityProviderId,
    searches: &mut Vec<Search>,
) -> Option<InstanceId> {
    let row = cluster.provider(provider);
    let in_zone = &cluster.groups[group.index()].in_zone;
    let (classes, class) = (cluster.sizes.least.len(), cluster.sizes.class(revision));
    let mut tried = 0_u64;
    loop {
        let open = |zone: &usize| !row.open[zone * classes + class].members.is_empty();
        let zone = (0..row.zones.len())
            .filter(|zone| tried & (1 << zone) == 0)
            .filter(open)
            .min_by_key(|zone| in_zone[row.zones[*zone].index()])?;
        if let Some(host) = look(cluster, group, revision, provider, zone as u32, searches) {
            return Some(host);
        }
        tried |= 1 << zone;
    }
}

/// The host in one zone.
fn look(
    cluster: &Cluster,
    group: GroupId,
    revision: TaskDefinitionId,
    provider: CapacityProviderId,
    zone: u32,
    searches: &mut Vec<Search>,
) -> Option<InstanceId> {
    let row = cluster.provider(provider);
    let set = &row.open[zone as usize * cluster.sizes.least.len() + cluster.sizes.class(revision)];
    let need = cluster.size(revision);
    let most = cluster.groups[group.index()].most_on_host;
    let host = |number: u32| row.numbers[number as usize - 1];

    let at = searches
        .iter()
        .position(|s| s.provider == provider && s.zone == zone && s.revision == revision)
        .unwrap_or_else(|| {
            searches.push(Search::new(provider, zone, revision, set.epoch, set.log.len()));
            searches.len() - 1
        });
    let search = &mut searches[at];
    if search.epoch == set.epoch {
        for number in &set.log[search.read..] {
            if set.members.contains(*number) {
                let count = cluster.instances[host(*number)].residents_of(group);
                search.reconsider(count, *number);
            }
        }
        search.read = set.log.len();
    } else {
        *search = Search::new(provider, zone, revision, set.epoch, set.log.len());
    }

    loop {
        while let Some(number) = set.members.next(search.from) {
            let id = host(number);
            let instance = &cluster.instances[id];
            let count = instance.residents_of(group);
            if count == search.level && instance.slots > 0 && instance.free.holds(need) {
                search.from = number;
                return Some(id);
            }
            search.from = number + 1;
        }
        if search.level >= most {
            return None;
        }
        search.level += 1;
        search.from = 0;
    }
}
