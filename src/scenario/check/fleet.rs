//! About how many instances the requests so far come to: tasks packed as ECS would pack them at the start, the first
//! instance with room, or one more.

use super::standing::{Standing, Wanted, tasks_in, tasks_on};
use crate::model::{CapacityProviderId, InstanceType, Resources, ServiceId};
use crate::world::setup::StrategyItem;

/// Groups of instances that are looked at in all; beyond them there is no estimate.
const LOOKS_MAX: usize = 1_000_000;

/// Makes estimates, as long as that takes no time worth mentioning.
pub(super) struct Estimates {
    left: usize,
}

/// A fleet.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Fleet {
    /// By provider.
    pub(super) instances: Vec<u64>,
    /// The tasks of a service on a provider: how many, and how many of them at most on one instance.
    pub(super) services: Vec<(ServiceId, CapacityProviderId, u64, u64)>,
}

/// Instances that are alike, in the order of their launch.
struct Group {
    instances: u64,
    room: Resources,
    slots: u32,
}

impl Default for Estimates {
    fn default() -> Self {
        Estimates { left: LOOKS_MAX }
    }
}

impl Estimates {
    /// The fleet that is there when all that stands has settled.
    pub(super) fn fleet(&mut self, standing: &Standing<'_>) -> Option<Fleet> {
        let providers = standing.setup.capacity_providers.len();
        let mut fleets: Vec<Vec<Group>> = (0..providers).map(|_| Vec::new()).collect();
        let mut services = Vec::new();
        for wanted in standing.tasks() {
            for (item, count) in wanted.strategy.iter().zip(shares(wanted.strategy, wanted.desired)) {
                let groups = &mut fleets[item.provider.index()];
                self.left = self.left.checked_sub(groups.len() + 1)?;
                let (placed, most) = pack(standing, wanted, item.provider, count, groups);
                services.extend(wanted.service.map(|service| (service, item.provider, placed, most)));
            }
        }
        let count = |groups: &Vec<Group>| groups.iter().map(|group| group.instances).sum();
        Some(Fleet { instances: fleets.iter().map(count).collect(), services })
    }
}

impl Fleet {
    /// Instances on these providers.
    pub(super) fn on(&self, providers: &[CapacityProviderId]) -> u64 {
        providers.iter().map(|p| self.instances[p.index()]).sum()
    }
}

/// Puts tasks on instances; tells how many found room, and how many of them one instance has at most.
fn pack(
    standing: &Standing<'_>,
    wanted: &Wanted<'_>,
    provider: CapacityProviderId,
    count: u64,
    groups: &mut Vec<Group>,
) -> (u64, u64) {
    let need = standing.need(wanted.definition);
    let (mut left, mut most) = (count, 0);
    let mut packed = Vec::with_capacity(groups.len() + 2);
    for group in groups.drain(..) {
        let each = tasks_in(group.room, need).min(group.slots);
        let full = left.checked_div(u64::from(each)).unwrap_or(0).min(group.instances);
        let rest = if full < group.instances && each > 0 { left - full * u64::from(each) } else { 0 };
        left -= full * u64::from(each) + rest;
        let taken = if full > 0 { u64::from(each) } else { rest };
        most = most.max(taken);
        packed.extend(with(&group, full, u64::from(each), need));
        packed.extend(with(&group, u64::from(rest > 0), rest, need));
        packed.extend(with(&group, group.instances - full - u64::from(rest > 0), 0, need));
    }
    let quota = standing.setup.capacity_providers[provider.index()].max_instances.map_or(u64::MAX, u64::from);
    let mut there: u64 = packed.iter().map(|group| group.instances).sum();
    let daemons = standing.daemons_of(provider);
    while left > 0 && there < quota {
        let Some((of, each)) = launched(standing, provider, daemons, need, left) else { break };
        let fresh = Group { instances: 0, room: of.capacity.minus(daemons), slots: of.max_tasks };
        // As long as more are left than any type holds, the choice stays the same.
        let largest = standing.types(provider).map(|t| tasks_on(t, daemons, need)).max().map_or(1, u64::from);
        let many = left.saturating_sub(largest).div_ceil(each).max(1).min(quota - there);
        let tasks = if left < each { left } else { each };
        packed.extend(with(&fresh, many, tasks, need));
        most = most.max(tasks);
        left -= tasks * many;
        there += many;
    }
    *groups = packed;
    (count - left, most)
}

/// So many instances of a group, each with so many tasks more.
fn with(group: &Group, instances: u64, tasks: u64, need: Resources) -> Option<Group> {
    let tasks = u32::try_from(tasks).unwrap_or(u32::MAX);
    let of_all = |part: u32| part.saturating_mul(tasks);
    let room = group.room.minus(Resources { cpu: of_all(need.cpu), memory: of_all(need.memory) });
    (instances > 0).then(|| Group { instances, room, slots: group.slots - tasks })
}

/// The type that is launched for so many tasks, and how many one holds: the cheapest that holds all, or else the
/// cheapest for each task.
fn launched<'s>(
    standing: &Standing<'s>,
    provider: CapacityProviderId,
    daemons: Resources,
    need: Resources,
    left: u64,
) -> Option<(&'s InstanceType, u64)> {
    let held = |of: &'s InstanceType| (of, u64::from(tasks_on(of, daemons, need)));
    let types = standing.types(provider).map(held).filter(|(_, held)| *held > 0);
    types.min_by(|(a, a_holds), (b, b_holds)| {
        let price = |of: &InstanceType| u128::from(of.price_per_hour_nanos);
        let (all_on_a, all_on_b) = (*a_holds >= left, *b_holds >= left);
        all_on_b.cmp(&all_on_a).then_with(|| {
            if all_on_a {
                return price(a).cmp(&price(b));
            }
            let each = (price(a) * u128::from(*b_holds)).cmp(&(price(b) * u128::from(*a_holds)));
            each.then_with(|| price(a).cmp(&price(b)))
        })
    })
}

/// How tasks are spread over a strategy: bases first, then by weight, the one furthest behind first.
fn shares(strategy: &[StrategyItem], desired: u32) -> Vec<u64> {
    let mut left = u64::from(desired);
    let mut shares: Vec<u64> = strategy
        .iter()
        .map(|item| {
            let base = u64::from(item.base).min(left);
            left -= base;
            base
        })
        .collect();
    let total: u64 = strategy.iter().map(|item| u64::from(item.weight)).sum();
    let by_weight: Vec<u64> =
        strategy.iter().map(|item| (left * u64::from(item.weight)).checked_div(total).unwrap_or(0)).collect();
    left -= by_weight.iter().sum::<u64>();
    let mut extra = by_weight;
    // Less than one for each item is left.
    while left > 0 && total > 0 {
        let behind = |at: &usize| (extra[*at] + 1, u64::from(strategy[*at].weight));
        let next = (0..strategy.len()).filter(|at| strategy[*at].weight > 0).min_by(|a, b| {
            let ((a, a_weight), (b, b_weight)) = (behind(a), behind(b));
            (a * b_weight).cmp(&(b * a_weight))
        });
        let Some(next) = next else { break };
        extra[next] += 1;
        left -= 1;
    }
    shares.iter_mut().zip(extra).for_each(|(share, extra)| *share += extra);
    shares
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::check::tests::setup;

    fn fleet(text: &str) -> Fleet {
        let setup = setup(text);
        let mut standing = Standing::new(&setup);
        setup.before.iter().for_each(|request| standing.follow(request));
        Estimates::default().fleet(&standing).unwrap()
    }

    /// 4 vCPUs and 8 GiB for 0.136 $, 8 vCPUs and 16 GiB for 0.30 $.
    const TYPES: &str = "
instanceTypes:
  - {name: four, vCpus: 4, memoryMiB: 8192, maxTasks: 30, pricePerHour: 0.136}
  - {name: eight, vCpus: 8, memoryMiB: 16384, pricePerHour: 0.30}
taskDefinitions: [{family: app, cpu: 512, memory: 1024}, {family: tiny, cpu: 64, memory: 64}]
daemonTaskDefinitions: [{family: agent, cpu: 256, memory: 512}]
";

    fn service(name: &str, of: &str, count: u32) -> String {
        format!(
            "  - createService: {{serviceName: {name}, taskDefinition: {of}, desiredCount: {count}, \
             capacityProviderStrategy: [{{capacityProvider: p}}]}}\n"
        )
    }

    const AGENT: &str =
        "  - createDaemon: {daemonName: a, daemonTaskDefinitionArn: agent, capacityProviderArns: [p]}\n";

    #[test]
    fn tasks_are_packed_in_order_beside_daemons() {
        let one = format!("{TYPES}capacityProviders: [{{name: p, instanceTypes: [four]}}]\nbefore:\n");
        // Eight fit on an instance, beside the agent seven: ⌈320/8⌉ and ⌈320/7⌉.
        let shop = service("shop", "app", 320);
        assert_eq!(fleet(&format!("{one}{shop}")).instances, [40]);
        let with_agent = fleet(&format!("{one}{AGENT}{shop}"));
        assert_eq!(with_agent.instances, [46]);
        assert_eq!(with_agent.services, [(ServiceId::new(0), CapacityProviderId::new(0), 320, 7)]);
        // Of 4096 units the agent takes 256 and an app seven times 512: 256 are left, four tiny ones. The last of the
        // 46 has five apps, so 1280 units, 20 tiny ones: 45·4 + 20 = 200 find room, the next 60 (3840/64, but no more
        // than 30 slots) need two more.
        let tiny = fleet(&format!("{one}{AGENT}{shop}{}", service("tiny", "tiny", 260)));
        assert_eq!(tiny.instances, [48]);
        let all = fleet(&format!("{one}{AGENT}{shop}{}", service("tiny", "tiny", 200)));
        assert_eq!(all.instances, [46]);
    }

    #[test]
    fn the_cheapest_for_each_task_is_launched_and_the_rest_goes_where_it_fits() {
        let two = format!("{TYPES}capacityProviders: [{{name: p, instanceTypes: [four, eight]}}]\nbefore:\n");
        // 0.136/8 = 0.017 against 0.30/16 = 0.01875 for each. Of 20 tasks, four with 8 … but 12 left fit on one `eight`,
        // which holds all: one `four`, one `eight`.
        assert_eq!(fleet(&format!("{two}{}", service("s", "app", 20))).instances, [2]);
        // 36: 36 and 28 and 20 are more than 16, so three of `four`; 12 are left for one `eight`.
        assert_eq!(fleet(&format!("{two}{}", service("s", "app", 36))).instances, [4]);
        assert_eq!(fleet(&format!("{two}{}", service("s", "app", 5))).instances, [1]);
    }

    #[test]
    fn quotas_hold_and_what_fits_nowhere_launches_nothing() {
        let one = format!(
            "{TYPES}capacityProviders: [{{name: p, instanceTypes: [four], maxInstances: 5}}]\nbefore:\n"
        );
        let full = fleet(&format!("{one}{}", service("s", "app", 100)));
        assert_eq!((full.instances, full.services[0].2), (vec![5], 40));
        assert_eq!(fleet(&format!("{one}{}", service("s", "app", 0))).instances, [0]);
    }

    #[test]
    fn strategies_are_shared_as_ecs_shares_them() {
        let item = |base, weight| StrategyItem { provider: CapacityProviderId::new(0), base, weight };
        // Two to the first; of the other eight, one to three.
        assert_eq!(shares(&[item(2, 1), item(0, 3)], 10), [4, 6]);
        assert_eq!(shares(&[item(0, 1), item(0, 1)], 5), [3, 2]);
        assert_eq!(shares(&[item(1, 0), item(0, 1)], 5), [1, 4]);
        assert_eq!(shares(&[item(7, 1)], 5), [5]);
        // Ten by 3 : 3 : 1: 4, 4 and 1 whole parts; the tenth to the least (n + 1)/weight: 5/3, 5/3, 2/1.
        assert_eq!(shares(&[item(0, 3), item(0, 3), item(0, 1)], 10), [5, 4, 1]);
    }
}
