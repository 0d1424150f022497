//! Auto repair: impaired instances are drained, a few at a time.

use super::{Queue, World};
use crate::kernel::SimTime;
use crate::model::{CapacityProviderId, DaemonTaskId, DrainCause, InstanceId, InstanceStatus, Owner};
use crate::policy;
use crate::record::{FactKind, Reason, Recorder};

impl<R: Recorder> World<R> {
    /// A critical daemon of an ACTIVE instance failed.
    pub(super) fn impair(
        &mut self,
        now: SimTime,
        host: InstanceId,
        daemon: DaemonTaskId,
        cause: u32,
        queue: &mut Queue,
    ) {
        if std::mem::replace(&mut self.cluster.instances[host].impaired, true) {
            return;
        }
        let provider = self.cluster.instances[host].provider;
        let row = self.cluster.provider(provider);
        let full = row.repairing >= self.repair_cap(provider) || !row.repairs.is_empty();
        let reason = match (row.auto_repair, full) {
            (false, _) => Reason::Word("auto repair is disabled"),
            (true, true) => Reason::Word("waits for the repair cap"),
            (true, false) => Reason::None,
        };
        let fact = self.tell(now, cause, FactKind::Daemon, |cluster, fact| {
            super::telling::about_instance(cluster, host, fact);
            let revision = cluster.daemon_tasks[daemon].revision;
            fact.owner = Some(Owner::Daemon(cluster.revisions[revision.index()].daemon));
            fact.from = "OK";
            fact.to = "IMPAIRED";
            fact.reason = reason;
        });
        self.ask_for_repair(now, host, fact, queue);
    }

    /// An instance joins those that wait for repair, if it is impaired and auto repair acts.
    pub(super) fn ask_for_repair(&mut self, now: SimTime, host: InstanceId, cause: u32, queue: &mut Queue) {
        let instance = &self.cluster.instances[host];
        let (provider, number) = (instance.provider, instance.number);
        if instance.impaired && self.cluster.provider(provider).auto_repair {
            self.cluster.providers[provider.index()].repairs.push_back((host, number, cause));
            self.repair(now, provider, queue);
        }
    }

    fn repair_cap(&self, provider: CapacityProviderId) -> u32 {
        let fleet = self.cluster.provider(provider).fleet();
        policy::repair::cap(fleet, self.cluster.assumptions.repair_cap)
    }

    /// Drains impaired instances, first come first served, as the cap allows.
    pub(super) fn repair(&mut self, now: SimTime, provider: CapacityProviderId, queue: &mut Queue) {
        while let Some((host, number, cause)) = self.cluster.provider(provider).repairs.front().copied() {
            let there = self.cluster.is_instance(host, provider, number)
                && self.cluster.instances[host].status == InstanceStatus::Active;
            if there && self.cluster.provider(provider).repairing >= self.repair_cap(provider) {
                return;
            }
            let row = &mut self.cluster.providers[provider.index()];
            row.repairs.pop_front();
            if there {
                row.repairing += 1;
                self.drain(now, host, DrainCause::Repair, cause, queue);
            }
        }
    }

    /// An instance that was repaired drains no more.
    pub(super) fn on_repair_over(&mut self, now: SimTime, provider: CapacityProviderId, queue: &mut Queue) {
        self.cluster.providers[provider.index()].repairing -= 1;
        self.repair(now, provider, queue);
    }
}
