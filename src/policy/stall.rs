//! Why a deployment or a task cannot move: the blocker, with the arithmetic.

use crate::kernel::{EventKey, SimDuration, SimTime};
use crate::model::assumptions::ProtectionOnDrain;
use crate::model::{
    AppTask, CapacityProvider, CapacityProviderId, Cluster, DaemonDeployment, DeploymentId, DeploymentName,
    DrainCause, GroupId, InstanceId, InstanceName, InstanceStatus, Names, Phase, RevisionName, Service,
    TaskName, TaskStatus, WaitingTask,
};
use crate::policy::provisioning::{choose_zone, fits_somewhere};

/// The first thing that is unfinished and will not move.
pub fn first_blocker(cluster: &Cluster, names: &Names) -> Option<String> {
    let deployments = (0..cluster.deployments.len() as u32).map(DeploymentId::new);
    let stuck = deployments
        .filter(|id| !cluster.deployments[id.index()].status.is_final())
        .filter(|id| cluster.deployments[id.index()].phase != Phase::AwaitingInstance)
        .find_map(|id| blocker(cluster, names, id));
    stuck
        .or_else(|| waiting_task(cluster, names))
        .or_else(|| stuck_otherwise(cluster, names))
        .or_else(|| stuck_service(cluster, names))
}

/// So many instances that fail to register one after the other are no bad luck.
const HOPELESS: u32 = 3;

/// A provider whose instances fail to register one after the other, while tasks wait for them.
pub fn crash_loop(cluster: &Cluster, names: &Names) -> Option<String> {
    let hopeless = |row: &&CapacityProvider| row.failed_in_a_row >= HOPELESS && row.waiting_count > 0;
    let (at, row) = cluster.providers.iter().enumerate().find(|(_, row)| hopeless(row))?;
    let revision = &cluster.revisions[row.failed_at?.index()];
    Some(format!(
        "{} of {} does not start: {} instances of {} in a row ended REGISTRATION_FAILED, since {}, and {} wait for room",
        names.revision(RevisionName::Daemon(revision.task_definition)),
        names.daemon(revision.daemon),
        row.failed_in_a_row,
        names.provider(CapacityProviderId::new(at as u32)),
        row.failing_since.clock(),
        if row.waiting_count == 1 { "1 task".to_owned() } else { format!("{} tasks", row.waiting_count) },
    ))
}

/// A drain that has lasted this long without an end in sight is stuck, whatever else goes on.
const LONG: SimDuration = SimDuration::from_secs(3600);

/// What is stuck at the horizon although other things still happen: nothing of them will move it.
pub fn hopeless(cluster: &Cluster, names: &Names, horizon: SimTime) -> Option<String> {
    crash_loop(cluster, names).or_else(|| {
        let rolls = |row: &&DaemonDeployment| !row.status.is_final() && row.phase == Phase::Rolling;
        let on = |id: &InstanceId, row: &DaemonDeployment| {
            let instance = &cluster.instances[*id];
            row.targets.iter().any(|(provider, _)| *provider == instance.provider)
        };
        let long = |id: &InstanceId| {
            let instance = &cluster.instances[*id];
            instance.status == InstanceStatus::Draining
                && horizon.since(cluster.drains[instance.drain].since) >= LONG
        };
        cluster.deployments.iter().filter(rolls).find_map(|row| {
            all_instances(cluster)
                .filter(|id| on(id, row) && long(id))
                .find_map(|id| no_way_out(cluster, id).then(|| why_draining(cluster, names, id)))
        })
    })
}

/// Whether a draining instance has a task that will not leave it.
fn no_way_out(cluster: &Cluster, id: InstanceId) -> bool {
    let Some(task) = first_held(cluster, id) else { return false };
    match cluster.service(task.group) {
        None => task.timer == EventKey::NONE,
        Some(service) => {
            let honoured = cluster.assumptions.protection_on_drain == ProtectionOnDrain::Honoured;
            let refused = refused_calls(cluster.provider(task.provider), cluster) >= HOPELESS;
            (task.protected && honoured)
                || (service.lower_bound() >= service.desired && service.upper_bound() <= service.desired)
                || service.failed_in_a_row >= HOPELESS
                || refused
        }
    }
}

/// The task that holds a draining instance up: one that is not on its way out.
fn first_held(cluster: &Cluster, id: InstanceId) -> Option<&AppTask> {
    let tasks = cluster.instances[id].tasks.iter().map(|task| &cluster.app_tasks[*task]);
    tasks.filter(|task| !task.status.is_stopping()).min_by_key(|task| (task.group, task.number))
}

/// How many calls in a row EC2 has refused for the instance that it refused most.
fn refused_calls(provider: &CapacityProvider, cluster: &Cluster) -> u32 {
    let fleet = provider.numbers.iter().filter(|id| id.is_some()).map(|id| &cluster.instances[*id]);
    let waiting = fleet.filter(|instance| instance.status == InstanceStatus::Launching);
    waiting.map(|instance| u32::from(instance.awaited).saturating_sub(1)).max().unwrap_or(0)
}

/// A service that keeps a task which is to be replaced.
fn stuck_service(cluster: &Cluster, names: &Names) -> Option<String> {
    cluster.groups.iter().find_map(|row| {
        let service = row.service.as_deref()?;
        let kept = |task: &&AppTask| task.unwanted && !task.status.is_stopping();
        let task =
            row.tasks.iter().map(|id| &cluster.app_tasks[*id]).filter(kept).min_by_key(|task| task.number)?;
        let name = names.task(TaskName { owner: row.owner, number: task.number });
        Some(format!("{name} is to be replaced: {}", why_kept(cluster, names, task, service, &name)))
    })
}

/// What holds up a deployment.
pub fn blocker(cluster: &Cluster, names: &Names, id: DeploymentId) -> Option<String> {
    let row = &cluster.deployments[id.index()];
    match row.phase {
        Phase::AwaitingInstance => Some("no instance has come to its capacity providers".to_owned()),
        Phase::Queued => Some(who_is_first(cluster, names)),
        Phase::Deciding | Phase::Rolling | Phase::Checking | Phase::Baking | Phase::Done => {
            let on =
                |provider: crate::model::CapacityProviderId| row.targets.iter().any(|(p, _)| *p == provider);
            let mine = |id: &InstanceId| {
                let instance = &cluster.instances[*id];
                instance.status == InstanceStatus::Draining && on(instance.provider)
            };
            let gone = row.targets.iter().all(|(p, _)| cluster.provider(*p).alive() == 0);
            if row.awaits_first && gone && waiting_task(cluster, names).is_none() {
                return Some(
                    "the instances that came to its capacity providers are gone, and no other comes"
                        .to_owned(),
                );
            }
            if let Some(loops) = crash_loop(cluster, names) {
                return Some(loops);
            }
            let draining = all_instances(cluster).find(mine);
            draining.map(|id| why_draining(cluster, names, id)).or_else(|| waiting_task(cluster, names))
        }
    }
}

/// The deployment that others wait for, and since when it is under way.
fn who_is_first(cluster: &Cluster, names: &Names) -> String {
    let under_way = |row: &&DaemonDeployment| !row.status.is_final() && row.started.is_some();
    match cluster.deployments.iter().find(under_way) {
        Some(row) => {
            let name = names.deployment(DeploymentName { daemon: row.daemon, number: row.number });
            let since = row.started.map_or_else(String::new, |at| format!(" since {}", at.clock()));
            format!("waits for {name}, {}{since}", row.status.word())
        }
        None => "waits for another deployment".to_owned(),
    }
}

fn all_instances(cluster: &Cluster) -> impl Iterator<Item = InstanceId> + '_ {
    cluster.providers.iter().flat_map(|p| p.numbers.iter().copied()).filter(|id| id.is_some())
}

/// An instance that something else than a deployment drains, and that does not empty.
fn stuck_otherwise(cluster: &Cluster, names: &Names) -> Option<String> {
    let otherwise = |id: &InstanceId| {
        let instance = &cluster.instances[*id];
        instance.status == InstanceStatus::Draining
            && !matches!(cluster.drains[instance.drain].cause, DrainCause::Deployment(..))
    };
    all_instances(cluster).find(otherwise).map(|id| why_draining(cluster, names, id))
}

/// Why a DRAINING instance does not empty.
fn why_draining(cluster: &Cluster, names: &Names, id: InstanceId) -> String {
    let instance = &cluster.instances[id];
    let name = names.instance(InstanceName { provider: instance.provider, number: instance.number });
    let since = cluster.drains[instance.drain].since.clock();
    let Some(task) = first_held(cluster, id) else {
        return format!("{name} has been DRAINING since {since}");
    };
    let owner = cluster.groups[task.group.index()].owner;
    let task_name = names.task(TaskName { owner, number: task.number });
    let why = match cluster.service(task.group) {
        None if task.timer == EventKey::NONE => {
            format!("standalone task {task_name} has no end; a drain leaves it alone until its deadline")
        }
        None => format!("standalone task {task_name} has not ended yet"),
        Some(service) => why_kept(cluster, names, task, service, &task_name),
    };
    format!("{name} DRAINING since {since}: {why}")
}

/// Why a service keeps a task on a draining instance.
fn why_kept(cluster: &Cluster, names: &Names, task: &AppTask, service: &Service, task_name: &str) -> String {
    if task.protected && cluster.assumptions.protection_on_drain == ProtectionOnDrain::Honoured {
        return format!("{task_name} is protected");
    }
    let (lower, upper) = (service.lower_bound(), service.upper_bound());
    let name = names.owner(cluster.groups[task.group.index()].owner);
    let desired = service.desired;
    if lower >= desired && upper <= desired {
        return format!(
            "min_max: service {name} may neither stop a task nor start one first: desiredCount {desired}, \
             minimumHealthyPercent {} keeps ⌈{}⌉ = {lower}, maximumPercent {} allows ⌊{}⌋ = {upper}",
            service.minimum_healthy_percent,
            hundredths(desired, service.minimum_healthy_percent),
            service.maximum_percent,
            hundredths(desired, service.maximum_percent),
        );
    }
    if service.failed_in_a_row >= HOPELESS {
        return format!(
            "service {name}: {} tasks in a row failed to start, and ECS tries ever more slowly",
            service.failed_in_a_row
        );
    }
    waiting_of(cluster, names, task.group).unwrap_or_else(|| {
        format!(
            "service {name} keeps {task_name}: {} of {desired} healthy, {lower} must stay",
            service.tasks.healthy
        )
    })
}

/// `count · percent / 100` as a decimal.
fn hundredths(count: u32, percent: u32) -> String {
    let product = u64::from(count) * u64::from(percent);
    if product % 100 == 0 {
        (product / 100).to_string()
    } else {
        format!("{}.{:02}", product / 100, product % 100)
    }
}

/// The first task that waits for room and will get none.
fn waiting_task(cluster: &Cluster, names: &Names) -> Option<String> {
    (0..cluster.groups.len() as u32).map(GroupId::new).find_map(|group| waiting_of(cluster, names, group))
}

/// Why the first waiting task of a group gets no room.
fn waiting_of(cluster: &Cluster, names: &Names, group: GroupId) -> Option<String> {
    let row = &cluster.groups[group.index()];
    let waiting = |id: &&crate::model::AppTaskId| cluster.app_tasks[**id].status == TaskStatus::Provisioning;
    let id = row.tasks.iter().filter(waiting).min_by_key(|id| cluster.app_tasks[**id].number)?;
    let task = &cluster.app_tasks[*id];
    let name = names.task(TaskName { owner: row.owner, number: task.number });
    let provider = cluster.provider(task.provider);
    let size = cluster.size(task.revision);
    let provider_name = names.provider(task.provider);
    let mine = |waiting: &&WaitingTask| waiting.task == *id && waiting.number == task.number;
    let since = provider
        .waiting
        .iter()
        .flatten()
        .find(mine)
        .map_or(String::new(), |waiting| format!(", since {}", waiting.since.clock()));
    let why = if !provider.exists {
        format!("no capacity: {name} waits for {provider_name}, which does not exist")
    } else if refused_calls(provider, cluster) > 0 {
        format!(
            "no capacity: {name} waits for {provider_name}, where EC2 has refused {} launch calls in a row",
            refused_calls(provider, cluster)
        )
    } else if choose_zone(provider).is_none() {
        format!("no capacity: {name} waits for {provider_name}, all of whose zones are out")
    } else if !fits_somewhere(cluster, task.provider, provider.governing, size) {
        format!(
            "no capacity: {name} (cpu {}, memory {} MiB) fits on no instance type of {provider_name} beside its daemons",
            size.cpu, size.memory
        )
    } else {
        format!(
            "no capacity: {name} waits for {provider_name}, which has {} of at most {} instances",
            provider.alive(),
            provider.max_instances
        )
    };
    Some(why + &since)
}
