//! What a run shows for itself: kept up to date at the end of each instant, from what the instant touched.

use super::World;
use crate::kernel::SimTime;
use crate::model::{CapacityProvider, CapacityProviderId, Cluster, DaemonSetId, InstanceId};
use crate::record::{Counts, Observation, Recorder};

/// Sums over the cluster.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    /// The instant whose changes are not counted yet.
    now: SimTime,
    /// What each provider was last told to have.
    shown: Vec<Counts>,
    /// The same for the cluster.
    pub(super) total: Counts,
    /// Whether the start has been counted.
    begun: bool,
    /// Instances at the start.
    pub(super) start: u32,
    /// The most instances, and the fewest ACTIVE ones.
    pub(super) most: u32,
    pub(super) fewest_active: Option<(u32, SimTime)>,
    /// The fewest running service tasks since all services had theirs: (running, when, desired).
    pub(super) fewest_running: Option<(u32, SimTime, u32)>,
    /// Instances launched and gone.
    pub(super) launched: u32,
    pub(super) terminated: u32,
    /// Instance-milliseconds of each type, of instances that are gone.
    pub(super) lived: Vec<u128>,
    /// Requests refused.
    pub(super) refused: u32,
}

impl Tally {
    pub(super) fn new(cluster: &Cluster) -> Tally {
        Tally {
            shown: vec![Counts::default(); cluster.providers.len()],
            lived: vec![0; cluster.instance_types.len()],
            ..Tally::default()
        }
    }

    pub(super) fn gone(&mut self, cluster: &Cluster, id: InstanceId, now: SimTime) {
        self.terminated += 1;
        let instance = &cluster.instances[id];
        self.lived[instance.instance_type.index()] += u128::from(now.since(instance.launched).as_ms());
    }
}

impl<R: Recorder> World<R> {
    /// The clock goes on to `now`: what the instant before it touched is counted.
    #[inline]
    pub(super) fn turn_to(&mut self, now: SimTime) {
        if now != self.tally.now {
            self.count_instant();
            self.tally.now = now;
        }
    }

    /// Counts what the current instant touched.
    pub(super) fn count_instant(&mut self) {
        self.count_services();
        self.count_providers();
        if self.alarms.measure {
            self.measure(self.tally.now);
        }
    }

    fn count_services(&mut self) {
        let now = self.tally.now.as_ms();
        while let Some(group) = self.cluster.touched_services.pop() {
            let Some(service) = self.cluster.service_mut(group) else { continue };
            let (running, healthy, desired) = (service.tasks.running, service.tasks.healthy, service.desired);
            let tally = &mut service.tally;
            tally.touched = false;
            tally.close(now);
            tally.shown = (running, desired);
            tally.counting_running |= running >= desired && desired > 0;
            tally.counting_healthy |= healthy >= desired && desired > 0;
            if tally.counting_running && tally.min_running.is_none_or(|(least, _)| running < least) {
                tally.min_running = Some((running, now));
            }
            if tally.counting_healthy && tally.min_healthy.is_none_or(|least| healthy < least) {
                tally.min_healthy = Some(healthy);
            }
        }
    }

    fn count_providers(&mut self) {
        if self.cluster.touched_providers.is_empty() && self.tally.begun {
            return;
        }
        let before = self.tally.total;
        let mut touched = std::mem::take(&mut self.cluster.touched_providers);
        if R::LISTENS {
            touched.sort_unstable();
        }
        for id in &touched {
            self.count_provider(*id);
        }
        touched.clear();
        self.cluster.touched_providers = touched;
        let (now, total) = (self.tally.now, self.tally.total);
        let first = !self.tally.begun;
        if first {
            self.tally.begun = true;
            self.tally.start = total.instances();
        }
        self.tally.most = self.tally.most.max(total.instances());
        if self.tally.fewest_active.is_none_or(|(least, _)| total.active < least) {
            self.tally.fewest_active = Some((total.active, now));
        }
        match self.tally.fewest_running {
            Some((least, ..)) if total.app_running >= least => (),
            None if total.app_desired == 0 || total.app_running < total.app_desired => (),
            Some(_) | None => {
                self.tally.fewest_running = Some((total.app_running, now, total.app_desired));
            }
        }
        if R::LISTENS && (first || total != before) {
            self.recorder.note(now, Observation::Counts { of: None, counts: &total });
        }
    }

    fn count_provider(&mut self, id: CapacityProviderId) {
        let row = &mut self.cluster.providers[id.index()];
        row.touched = false;
        let running = row.tasks.running;
        for wave in &self.open_waves {
            let wave = &mut self.cluster.waves[wave.index()];
            if wave.provider == id {
                wave.min_running = wave.min_running.min(running);
            }
        }
        let counts = if R::LISTENS || self.alarms.measure {
            counts(&self.cluster, self.cluster.provider(id))
        } else {
            needed_counts(self.cluster.provider(id))
        };
        let shown = std::mem::replace(&mut self.tally.shown[id.index()], counts);
        if shown == counts && self.tally.begun {
            return;
        }
        let total = &mut self.tally.total;
        let mut shift = |pick: fn(&mut Counts) -> &mut u32| {
            let (mut old, mut new) = (shown, counts);
            let sum = pick(total);
            *sum = *sum + *pick(&mut new) - *pick(&mut old);
        };
        shift(|c| &mut c.registering);
        shift(|c| &mut c.active);
        shift(|c| &mut c.draining);
        shift(|c| &mut c.deregistering);
        shift(|c| &mut c.on_target);
        shift(|c| &mut c.on_source);
        shift(|c| &mut c.without_daemon);
        shift(|c| &mut c.daemon_running);
        shift(|c| &mut c.app_desired);
        shift(|c| &mut c.app_running);
        shift(|c| &mut c.app_pending);
        shift(|c| &mut c.app_healthy);
        total.cpu_registered = total.cpu_registered + counts.cpu_registered - shown.cpu_registered;
        total.cpu_used = total.cpu_used + counts.cpu_used - shown.cpu_used;
        if R::LISTENS {
            self.recorder.note(self.tally.now, Observation::Counts { of: Some(id), counts: &counts });
        }
    }
}

impl crate::model::ServiceTally {
    /// Adds up what was shown until `now`.
    pub(super) fn close(&mut self, now: u64) {
        let (running, desired) = self.shown;
        let time = now - self.since_ms;
        if running < desired {
            self.below_ms += time;
            self.lost_ms += u128::from(desired - running) * u128::from(time);
        }
        self.since_ms = now;
    }
}

/// What a summary needs of what a provider has now; the rest stays at nought.
fn needed_counts(row: &CapacityProvider) -> Counts {
    Counts {
        registering: row.registering,
        active: row.active,
        draining: row.draining,
        deregistering: row.deregistering,
        app_desired: row.app_desired,
        app_running: row.tasks.running,
        ..Counts::default()
    }
}

/// What a provider has now.
fn counts(cluster: &Cluster, row: &CapacityProvider) -> Counts {
    let (mut on_target, mut on_source, mut without_daemon) = (0, 0, 0);
    if row.had_daemon {
        for set in row.sets.iter().filter(|set| set.active > 0) {
            if lacks_daemon(cluster, set.set, row.governing) {
                without_daemon += set.active;
                continue;
            }
            let whole = set.active - set.bare;
            without_daemon += set.bare;
            *if set.set == row.governing { &mut on_target } else { &mut on_source } += whole;
        }
    }
    Counts {
        registering: row.registering,
        active: row.active,
        draining: row.draining,
        deregistering: row.deregistering,
        on_target,
        on_source,
        without_daemon,
        daemon_running: row.daemon_running,
        app_desired: row.app_desired,
        app_running: row.tasks.running,
        app_pending: row.tasks.pending,
        app_healthy: row.tasks.healthy,
        cpu_registered: row.cpu_registered,
        cpu_used: row.cpu_used,
    }
}

/// Whether instances of this set lack a daemon that governs.
fn lacks_daemon(cluster: &Cluster, set: DaemonSetId, governing: DaemonSetId) -> bool {
    let has = &cluster.sets[set.index()];
    cluster.sets[governing.index()].entries.iter().any(|(daemon, _)| has.revision_of(*daemon).is_none())
}
