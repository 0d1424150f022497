//! What must hold of a cluster at every settled instant, apart from the code that it judges.
//!
//! It counts everything anew, row by row, and compares. The names are those of `docs/model.md`.

mod failures;

use crate::model::assumptions::{BatchBase, DaemonStopAfter, Supersede};
use crate::model::{
    CapacityProvider, CapacityProviderId, Cluster, ContainerInstance, DaemonTask, GroupId, InstanceId,
    InstanceStatus, Resources, Service, TaskStatus, Trouble,
};
use std::fmt;

/// Something that must not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The invariant's name in `docs/model.md`.
    pub invariant: &'static str,
    /// What was found.
    pub found: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.invariant, self.found)
    }
}

/// Collects violations.
struct Judge<'a> {
    cluster: &'a Cluster,
    found: Vec<Violation>,
}

impl Cluster {
    /// Everything that is wrong. It looks at each row: for debug builds and tests.
    pub fn violations(&self) -> Vec<Violation> {
        let mut judge = Judge { cluster: self, found: Vec::new() };
        for at in 0..self.providers.len() {
            judge.provider(CapacityProviderId::new(at as u32));
        }
        for at in 0..self.groups.len() {
            judge.group(GroupId::new(at as u32));
        }
        judge.deployments();
        judge.failures();
        judge.found
    }

    /// The instances of a provider, by number.
    fn fleet_of(
        &self,
        provider: &CapacityProvider,
    ) -> impl Iterator<Item = (InstanceId, &ContainerInstance)> {
        provider.numbers.clone().into_iter().filter(|id| id.is_some()).map(|id| (id, &self.instances[id]))
    }

    /// The daemon tasks on an instance.
    fn daemons_on(&self, instance: &ContainerInstance) -> Vec<&DaemonTask> {
        let mut tasks = Vec::new();
        let mut id = instance.daemons;
        while id.is_some() {
            tasks.push(&self.daemon_tasks[id]);
            id = self.daemon_tasks[id].next;
        }
        tasks
    }
}

impl Judge<'_> {
    fn expect(&mut self, invariant: &'static str, holds: bool, found: impl FnOnce() -> String) {
        if !holds {
            self.found.push(Violation { invariant, found: found() });
        }
    }

    /// C1, C4, C11: a provider's counts are those of its rows.
    fn provider(&mut self, id: CapacityProviderId) {
        let row = self.cluster.provider(id);
        let mut seen = CapacityProvider { in_zone: vec![0; row.zones.len()], ..CapacityProvider::default() };
        for (place, instance) in row.numbers.iter().enumerate().filter(|(_, id)| id.is_some()) {
            let number = self.cluster.instances[*instance].number;
            self.expect("L6", number as usize == place + 1, || {
                format!("{instance:?} has number {number} at {place}")
            });
        }
        for (instance_id, instance) in self.cluster.fleet_of(row) {
            let kind = &self.cluster.instance_types[instance.instance_type.index()];
            match instance.status {
                InstanceStatus::Launching => seen.launching += 1,
                InstanceStatus::Registering => seen.registering += 1,
                InstanceStatus::Active => seen.active += 1,
                InstanceStatus::Draining => seen.draining += 1,
                InstanceStatus::Deregistering => seen.deregistering += 1,
                InstanceStatus::RegistrationFailed => seen.failed += 1,
                InstanceStatus::Terminated => (),
            }
            if crate::model::cluster::is_registered(instance.status) {
                seen.cpu_registered += u64::from(kind.capacity.cpu);
            }
            if matches!(
                instance.status,
                InstanceStatus::Launching | InstanceStatus::Registering | InstanceStatus::Active
            ) {
                let zone = row.zones.iter().position(|z| *z == instance.zone).unwrap_or(0);
                seen.in_zone[zone] += 1;
            }
            for task in self.cluster.daemons_on(instance) {
                seen.daemon_running += u32::from(task.status.is_running());
                if task.status != TaskStatus::Stopped {
                    seen.cpu_used += u64::from(self.cluster.daemon_resources(task.revision).cpu);
                }
            }
            if !matches!(instance.status, InstanceStatus::Launching | InstanceStatus::Registering) {
                let sizes =
                    instance.tasks.iter().map(|t| self.cluster.size(self.cluster.app_tasks[*t].revision));
                seen.cpu_used += sizes.map(|size| u64::from(size.cpu)).sum::<u64>();
            }
            self.instance(instance_id, instance);
        }
        for service in self.cluster.groups.iter().filter(|g| g.service.is_some()) {
            for task in service.tasks.iter().map(|t| &self.cluster.app_tasks[*t]).filter(|t| t.provider == id)
            {
                match task.status {
                    TaskStatus::Provisioning | TaskStatus::Pending => seen.tasks.pending += 1,
                    TaskStatus::Running | TaskStatus::Unhealthy => seen.tasks.running += 1,
                    TaskStatus::Healthy => {
                        seen.tasks.running += 1;
                        seen.tasks.healthy += 1;
                    }
                    TaskStatus::Deactivating | TaskStatus::Stopping | TaskStatus::Stopped => (),
                }
            }
        }
        let key = |p: &CapacityProvider| {
            let statuses = [p.launching, p.registering, p.active, p.draining, p.deregistering, p.failed];
            let tasks = [p.tasks.pending, p.tasks.running, p.tasks.healthy, p.daemon_running];
            (statuses, tasks, p.cpu_registered, p.cpu_used, p.in_zone.clone())
        };
        self.expect("C1", key(row) == key(&seen), || {
            format!("{id:?} counts {:?}, has {:?}", key(row), key(&seen))
        });
        let sets = row.sets.iter().fold([0; 5], |sum, s| {
            [
                sum[0] + s.launching,
                sum[1] + s.registering,
                sum[2] + s.active,
                sum[3] + s.draining,
                sum[4] + s.deregistering,
            ]
        });
        self.expect("M10", sets[..] == key(&seen).0[..5], || format!("{id:?}: sets add up to {sets:?}"));
        self.expect("quota", row.alive() <= row.max_instances, || {
            format!("{id:?} has {} of at most {}", row.alive(), row.max_instances)
        });
        self.work_conservation(id);
    }

    /// P3: nothing waits for what is there.
    fn work_conservation(&mut self, id: CapacityProviderId) {
        let row = self.cluster.provider(id);
        if row.waiting_count == 0 {
            return;
        }
        let waiting = self.cluster.groups.iter().flat_map(|g| &g.tasks).filter(|t| {
            let task = &self.cluster.app_tasks[**t];
            task.provider == id && task.status == TaskStatus::Provisioning
        });
        let mut sizes: Vec<Resources> =
            waiting.map(|t| self.cluster.size(self.cluster.app_tasks[*t].revision)).collect();
        let count = sizes.len();
        sizes.sort_unstable();
        sizes.dedup();
        let open = |i: &ContainerInstance| i.status == InstanceStatus::Active && i.connected && i.slots > 0;
        let room =
            self.cluster.fleet_of(row).find(|(_, i)| open(i) && sizes.iter().any(|s| i.free.holds(*s)));
        let room = room.map(|(id, _)| id);
        self.expect("P3", room.is_none(), || format!("tasks wait for {id:?} while {room:?} has room"));
        let counted = row.waiting_count as usize;
        self.expect("C3", count == counted, || format!("{count} tasks wait for {id:?}, {counted} counted"));
    }

    /// C4, C5, M1–M5, P1, P2: one instance and what is on it.
    fn instance(&mut self, id: InstanceId, instance: &ContainerInstance) {
        let cluster = self.cluster;
        let kind = &cluster.instance_types[instance.instance_type.index()];
        let set = &cluster.sets[instance.set.index()];
        let taken = instance
            .tasks
            .iter()
            .fold(Resources::default(), |sum, t| sum.plus(cluster.size(cluster.app_tasks[*t].revision)));
        // Daemons for which there is no room take none.
        let daemons = set.entries.iter().fold(Resources::default(), |sum, (_, revision)| {
            let more = sum.plus(cluster.daemon_resources(*revision));
            if kind.capacity.holds(more) { more } else { sum }
        });
        let used = taken.plus(daemons);
        self.expect("C4", kind.capacity.holds(used), || {
            format!("{id:?} holds {used:?} of {:?}", kind.capacity)
        });
        let free = kind.capacity.minus(used);
        self.expect("C5", instance.free == free, || {
            format!("{id:?} says {:?} is free, {free:?} is", instance.free)
        });
        let slots = kind.max_tasks.saturating_sub(instance.tasks.len() as u32);
        self.expect("C5", instance.slots == slots || kind.max_tasks == u32::MAX, || {
            format!("{id:?} says {} slots, has {slots}", instance.slots)
        });

        let in_flight = matches!(instance.status, InstanceStatus::Launching | InstanceStatus::Registering);
        let may_hold = matches!(instance.status, InstanceStatus::Active | InstanceStatus::Draining);
        let mut leaving = 0;
        for task in &instance.tasks {
            let row = &cluster.app_tasks[*task];
            self.expect("L6", row.instance == id, || {
                format!("{task:?} is on {:?} and on {id:?}", row.instance)
            });
            let waits = row.status == TaskStatus::Provisioning;
            self.expect("P1", if in_flight { waits } else { may_hold && !waits }, || {
                format!("{task:?} {:?} on {id:?} {:?}", row.status, instance.status)
            });
            let service = cluster.service(row.group).is_some();
            let pending =
                service && row.status == TaskStatus::Pending && instance.status == InstanceStatus::Draining;
            self.expect("P2", !pending, || format!("{task:?} starts on {id:?}, which drains"));
            leaving += u16::from(row.status.is_stopping());
        }
        self.expect("C3", leaving == instance.stopping, || {
            format!("{id:?}: {leaving} tasks leave, {} counted", instance.stopping)
        });
        self.residents(id, instance);
        self.daemons(id, instance);
        let draining = instance.status == InstanceStatus::Draining;
        let drained = draining || instance.status == InstanceStatus::Deregistering;
        self.expect("S1", !draining || instance.drain.is_some(), || format!("{id:?} drains without a drain"));
        self.expect("S1", drained || instance.drain.is_none(), || {
            format!("{id:?} has a drain, does not drain")
        });
        let idle_watch = instance.status != InstanceStatus::Active
            || !instance.tasks.is_empty()
            || cluster.provider(instance.provider).scale_in_after.is_none()
            || instance.timer != crate::kernel::EventKey::NONE;
        self.expect("idle", idle_watch, || format!("{id:?} idles unwatched"));
    }

    /// P4: what placement goes by is true.
    fn residents(&mut self, id: InstanceId, instance: &ContainerInstance) {
        if instance.status != InstanceStatus::Active {
            let none = instance.kinds.iter().all(|kind| kind.here == 0);
            return self.expect("P4", none, || format!("{id:?} is not ACTIVE and has residents"));
        }
        for kind in &instance.kinds {
            let here = |t: &&crate::model::AppTaskId| {
                let row = &self.cluster.app_tasks[**t];
                row.group == kind.group && row.revision == kind.revision && !row.status.is_stopping()
            };
            let seen = instance.tasks.iter().filter(here).count();
            self.expect("P4", seen == kind.here as usize, || format!("{id:?} has {seen} of {kind:?}"));
        }
    }

    /// M1, M2, M4, M5: daemons first, one of each, last to go.
    fn daemons(&mut self, id: InstanceId, instance: &ContainerInstance) {
        let cluster = self.cluster;
        let set = &cluster.sets[instance.set.index()];
        let tasks = cluster.daemons_on(instance);
        let launched = instance.status != InstanceStatus::Launching;
        let expected = if launched { set.entries.len() } else { 0 };
        self.expect("M1", tasks.len() == expected, || {
            format!("{id:?} {:?} has {} daemon tasks for {expected} daemons", instance.status, tasks.len())
        });
        for (daemon, revision) in &set.entries {
            let mine = tasks.iter().filter(|t| cluster.revisions[t.revision.index()].daemon == *daemon);
            let right = mine.clone().all(|t| t.revision == *revision);
            self.expect("M6", right, || format!("{id:?} runs another revision of {daemon:?}"));
            let running = mine.clone().filter(|t| t.status.is_running()).count();
            // One that failed is excused, as long as it is known to have.
            let excused = mine.clone().any(|t| t.trouble != Trouble::None);
            let critical = cluster.revisions[revision.index()].critical && !excused;
            let must = instance.status == InstanceStatus::Active && critical;
            self.expect("M2", !must || running == 1, || {
                format!("{id:?} is ACTIVE with {running} of {daemon:?}")
            });
            let apps_left = match cluster.assumptions.daemon_stop_after {
                DaemonStopAfter::AppsStopped => !instance.tasks.is_empty(),
                DaemonStopAfter::AppsNotRunning => instance.tasks.len() > instance.stopping as usize,
            };
            let draining = instance.status == InstanceStatus::Draining && apps_left && critical;
            self.expect("M5", !draining || running == 1, || {
                format!("{daemon:?} stopped before apps on {id:?}")
            });
        }
        let left = tasks.iter().filter(|t| t.status != TaskStatus::Stopped).count();
        self.expect("C3", left == instance.daemons_left as usize, || {
            format!("{id:?}: {left} daemon tasks left, {} counted", instance.daemons_left)
        });
    }

    /// C3, V1–V4: a group's counts are those of its tasks.
    fn group(&mut self, id: GroupId) {
        let cluster = self.cluster;
        let row = &cluster.groups[id.index()];
        let mut in_zone = vec![0; row.in_zone.len()];
        for task in &row.tasks {
            let task = &cluster.app_tasks[*task];
            let placed = task.status != TaskStatus::Provisioning && !task.status.is_stopping();
            if placed && cluster.instances[task.instance].status == InstanceStatus::Active {
                in_zone[cluster.instances[task.instance].zone.index()] += 1;
            }
        }
        self.expect("P4", in_zone == row.in_zone, || {
            format!("{id:?} in zones {in_zone:?}, says {:?}", row.in_zone)
        });
        if let Some(service) = row.service.as_deref() {
            self.service(id, service);
        }
    }

    fn service(&mut self, id: GroupId, service: &Service) {
        let tasks = &self.cluster.groups[id.index()].tasks;
        let (mut existing, mut stopping, mut running, mut healthy, mut known, mut kept) = (0, 0, 0, 0, 0, 0);
        for task in tasks.iter().map(|t| &self.cluster.app_tasks[*t]) {
            existing += u32::from(!task.status.is_stopping());
            stopping += u32::from(task.status.is_stopping());
            running += u32::from(task.status.is_running());
            healthy += u32::from(task.status == TaskStatus::Healthy);
            known += u32::from(task.known_healthy);
            kept += u32::from(!task.unwanted && !task.status.is_stopping());
        }
        let says = (
            service.tasks.existing,
            service.tasks.stopping,
            service.tasks.running,
            service.tasks.healthy,
            service.known_healthy,
        );
        let seen = (existing, stopping, running, healthy, known);
        self.expect("C3", says == seen, || format!("{id:?} counts {says:?}, has {seen:?}"));
        // A loss that its scheduler has not learned of makes it believe in one task more.
        self.expect("V4", service.wanted >= kept, || {
            format!("{id:?} wants {} and keeps {kept}", service.wanted)
        });
        let known_shares: u32 = service.strategy.iter().map(|s| s.tasks).sum();
        self.expect("V4", known_shares <= service.wanted.max(kept), || {
            format!("{id:?}: shares of {known_shares} for {} wanted", service.wanted)
        });
    }

    /// R1, R10: no more in flight than a batch, one deployment a daemon.
    fn deployments(&mut self) {
        let cluster = self.cluster;
        for (at, daemon) in cluster.daemons.iter().enumerate() {
            let live =
                cluster.deployments.iter().filter(|d| d.daemon.index() == at && !d.status.is_final()).count();
            let most = if cluster.assumptions.supersede == Supersede::AfterWave { usize::MAX } else { 1 };
            self.expect("R10", live <= most, || {
                format!("{live} live deployments of daemon {at}: {daemon:?}")
            });
        }
        for row in cluster.deployments.iter().filter(|d| !d.status.is_final()) {
            for lane in &row.lanes {
                let bound = match cluster.assumptions.batch_base {
                    // A wave that a rollback waits for is a forward one still.
                    BatchBase::Initial if lane.back => lane.batch_now,
                    BatchBase::Initial => lane.batch,
                    BatchBase::Current | BatchBase::Remaining => u32::MAX,
                };
                let in_wave: u32 = lane.current.iter().map(|w| cluster.waves[w.index()].leaving).sum();
                self.expect("R1", in_wave <= bound, || {
                    format!("{in_wave} instances leave in a wave of {bound}")
                });
            }
        }
    }
}
