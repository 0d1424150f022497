//! What must hold of failures: of daemons that lack, of instances under repair, of breakers, and of what serves.

use super::Judge;
use crate::model::{ContainerInstance, DeploymentStatus, DrainCause, InstanceStatus, MonitorStatus, Trouble};

impl Judge<'_> {
    /// M8, M8b, M10, A6, A8, B5: counts of what fails are those of the rows.
    pub(super) fn failures(&mut self) {
        let cluster = self.cluster;
        let fleet: Vec<&ContainerInstance> =
            cluster.providers.iter().flat_map(|p| cluster.fleet_of(p)).map(|(_, i)| i).collect();
        self.revisions(&fleet);
        self.repairs();
        for instance in &fleet {
            let up = cluster.daemons_on(instance).iter().filter(|t| t.status.is_running()).count();
            self.expect("M10", up == usize::from(instance.daemons_up), || {
                format!("{up} daemons run on instance {}, {} counted", instance.number, instance.daemons_up)
            });
            for task in cluster.daemons_on(instance) {
                let critical = cluster.revisions[task.revision.index()].critical;
                let known = task.trouble == Trouble::Known && instance.status == InstanceStatus::Active;
                self.expect("M8", !(critical && known) || instance.impaired, || {
                    format!("instance {} is ACTIVE without {task:?} and not impaired", instance.number)
                });
            }
        }
        self.breakers();
    }

    /// How many instances carry each revision, and on how many it runs.
    fn revisions(&mut self, fleet: &[&ContainerInstance]) {
        let cluster = self.cluster;
        for (at, revision) in cluster.revisions.iter().enumerate() {
            let carries = |i: &&&ContainerInstance| {
                let open = matches!(i.status, InstanceStatus::Active | InstanceStatus::Draining);
                open && cluster.sets[i.set.index()].entries.iter().any(|(_, r)| r.index() == at)
            };
            let carrying = fleet.iter().filter(carries).count();
            self.expect("B5", carrying == revision.exposure.instances as usize, || {
                format!("{carrying} instances carry revision {at}, {:?}", revision.exposure)
            });
            let runs = |i: &&&ContainerInstance| {
                let tasks = cluster.daemons_on(i);
                i.status == InstanceStatus::Active
                    && tasks.iter().any(|t| t.revision.index() == at && t.status.is_running())
            };
            let serving = fleet.iter().filter(runs).count();
            self.expect("M10", serving == revision.serving as usize || !cluster.measured, || {
                format!("revision {at} runs on {serving} ACTIVE instances, {} counted", revision.serving)
            });
        }
        // Empty when nobody asks.
        for (at, counted) in cluster.app_serving.iter().enumerate() {
            let runs = |i: &&&ContainerInstance| {
                let here = i.tasks.iter().map(|t| &cluster.app_tasks[*t]);
                i.status == InstanceStatus::Active
                    && here.into_iter().any(|t| t.revision.index() == at && t.status.is_running())
            };
            let serving = fleet.iter().filter(runs).count();
            self.expect("M10", serving == *counted as usize, || {
                format!("task definition {at} runs on {serving} ACTIVE instances, {counted} counted")
            });
        }
    }

    /// Who is under repair, and who waits for it.
    fn repairs(&mut self) {
        let cluster = self.cluster;
        for row in &cluster.providers {
            let drains = |i: &&ContainerInstance| {
                i.status == InstanceStatus::Draining && cluster.drains[i.drain].cause == DrainCause::Repair
            };
            let draining = cluster.fleet_of(row).map(|(_, i)| i).filter(drains).count();
            self.expect("M8b", draining == row.repairing as usize, || {
                format!("{draining} instances drain for repair, {} counted", row.repairing)
            });
            self.expect("M8b", row.repairs.is_empty() || row.repairing > 0, || {
                format!("{:?} wait for repair while none is repaired", row.repairs)
            });
            for set in &row.sets {
                let carriers = cluster.fleet_of(row).map(|(_, i)| i).filter(|i| i.set == set.set);
                let all = cluster.sets[set.set.index()].entries.len();
                let bare = carriers
                    .filter(|i| i.status == InstanceStatus::Active && usize::from(i.daemons_up) < all)
                    .count();
                self.expect("M10", bare == set.bare as usize, || {
                    format!("{bare} instances lack a daemon of {set:?}")
                });
            }
        }
    }

    /// A breaker trips when its count reaches its threshold, and then never counts again.
    fn breakers(&mut self) {
        for row in &self.cluster.deployments {
            let breaker = row.breaker;
            let reached = breaker.threshold > 0 && breaker.failures >= breaker.threshold;
            let tripped = breaker.status == MonitorStatus::Triggered;
            self.expect("A6", reached == tripped && breaker.failures <= breaker.threshold, || {
                format!("deployment {} has {breaker:?}", row.number)
            });
            let closed = breaker.status != MonitorStatus::Monitoring || !row.status.is_final();
            self.expect("A8", closed, || format!("deployment {} is over, {breaker:?}", row.number));
            let goes_back = matches!(
                row.status,
                DeploymentStatus::RollbackInProgress
                    | DeploymentStatus::RollbackSuccessful
                    | DeploymentStatus::RollbackFailed
            );
            let seen = tripped || row.watch.status == MonitorStatus::Triggered;
            self.expect("A5", !goes_back || (seen && row.rollback.is_some()), || {
                format!("deployment {} rolls back, and nothing triggered it", row.number)
            });
        }
    }
}
