//! Circuit breakers: what they count, what makes them forget, and when they trip.

use super::rollback::Why;
use super::{Queue, World};
use crate::kernel::SimTime;
use crate::model::assumptions::BreakerCounts;
use crate::model::{
    DaemonRevisionId, DaemonTaskId, DeploymentId, DeploymentStatus, InstanceId, MonitorStatus, WaveId,
};
use crate::record::{FactKind, Reason, Recorder};

impl<R: Recorder> World<R> {
    /// The deployment that brings this revision to the fleet, forward or back, if one does.
    fn deployment_of(&self, revision: DaemonRevisionId) -> Option<DeploymentId> {
        let daemon = self.cluster.revisions[revision.index()].daemon;
        let brings = |at: &usize| {
            let row = &self.cluster.deployments[*at];
            row.daemon == daemon
                && match row.status {
                    DeploymentStatus::InProgress => row.revision == Some(revision),
                    DeploymentStatus::RollbackInProgress => {
                        row.targets.iter().any(|(_, target)| *target == Some(revision))
                    }
                    DeploymentStatus::Pending
                    | DeploymentStatus::Successful
                    | DeploymentStatus::StopRequested
                    | DeploymentStatus::Stopped
                    | DeploymentStatus::RollbackSuccessful
                    | DeploymentStatus::RollbackFailed => false,
                }
        };
        let found = (0..self.cluster.deployments.len()).rev().find(brings);
        found.map(|at| DeploymentId::new(at as u32))
    }

    /// A daemon failed to start on an instance.
    pub(super) fn count_failure(
        &mut self,
        now: SimTime,
        revision: DaemonRevisionId,
        host: InstanceId,
        cause: u32,
        queue: &mut Queue,
    ) {
        self.count_in_wave(revision, host);
        let Some(id) = self.deployment_of(revision) else { return };
        if self.cluster.deployments[id.index()].rolls_back() {
            return self.count_on_the_way_back(now, id, cause, queue);
        }
        let row = &mut self.cluster.deployments[id.index()];
        if row.superseded || row.breaker.status != MonitorStatus::Monitoring {
            return;
        }
        row.breaker.failures += 1;
        if row.breaker.failures == 1 {
            self.counting += 1;
        }
        let breaker = row.breaker;
        let trips = breaker.failures >= breaker.threshold;
        if trips {
            row.breaker.status = MonitorStatus::Triggered;
        }
        let reason = Reason::Of(breaker.failures, breaker.threshold, "failures");
        let fact = self.tell_breaker(now, cause, id, reason);
        if trips {
            self.fail_deployment(now, id, Why::Breaker, fact, queue);
        }
    }

    /// A failure shows in the wave of its daemon that is under way on that provider, whatever revision failed.
    fn count_in_wave(&mut self, revision: DaemonRevisionId, host: InstanceId) {
        let daemon = self.cluster.revisions[revision.index()].daemon;
        let provider = self.cluster.instances[host].provider;
        let mine = |wave: &&WaveId| {
            let wave = &self.cluster.waves[wave.index()];
            wave.provider == provider && self.cluster.deployments[wave.deployment.index()].daemon == daemon
        };
        if let Some(wave) = self.open_waves.iter().rev().find(mine).copied() {
            self.cluster.waves[wave.index()].failures += 1;
        }
    }

    /// A daemon that ran stopped or turned UNHEALTHY.
    pub(super) fn count_runtime_failure(
        &mut self,
        now: SimTime,
        revision: DaemonRevisionId,
        host: InstanceId,
        cause: u32,
        queue: &mut Queue,
    ) {
        if self.cluster.assumptions.breaker_counts == BreakerCounts::StartAndRuntimeFailures {
            self.count_failure(now, revision, host, cause, queue);
        }
    }

    /// What a rollback goes back to fails too.
    fn count_on_the_way_back(&mut self, now: SimTime, id: DeploymentId, cause: u32, queue: &mut Queue) {
        let row = &mut self.cluster.deployments[id.index()];
        let threshold = row.breaker.threshold;
        let Some(rollback) = &mut row.rollback else { return };
        rollback.failures += 1;
        if rollback.failures == 1 {
            self.counting += 1;
        }
        let failures = rollback.failures;
        let reason = Reason::Of(failures, threshold, "failures in the rollback");
        let fact = self.tell_breaker(now, cause, id, reason);
        if failures >= threshold {
            self.fail_rollback(now, id, fact, queue);
        }
    }

    /// A daemon came up: failures in a row are over.
    pub(super) fn note_success(&mut self, now: SimTime, id: DaemonTaskId) {
        if self.counting == 0 || !self.cluster.assumptions.breaker_resets_on_success {
            return;
        }
        let (revision, cause) = (self.cluster.daemon_tasks[id].revision, self.cluster.daemon_tasks[id].fact);
        let Some(deployment) = self.deployment_of(revision) else { return };
        let row = &mut self.cluster.deployments[deployment.index()];
        let count = match (&mut row.rollback, row.breaker.status) {
            (Some(rollback), _) => &mut rollback.failures,
            (None, MonitorStatus::Monitoring) => &mut row.breaker.failures,
            (
                None,
                MonitorStatus::Disabled | MonitorStatus::Triggered | MonitorStatus::MonitoringComplete,
            ) => {
                return;
            }
        };
        if std::mem::take(count) > 0 {
            self.counting -= 1;
            self.tell_breaker(now, cause, deployment, Reason::Word("reset by a success"));
        }
    }

    /// A deployment's breaker counts no more.
    pub(super) fn stop_counting(&mut self, id: DeploymentId) {
        let row = &mut self.cluster.deployments[id.index()];
        let forward = row.breaker.failures > 0;
        let back = row.rollback.as_ref().is_some_and(|rollback| rollback.failures > 0);
        self.counting -= u32::from(forward) + u32::from(back);
        if row.breaker.status == MonitorStatus::Monitoring {
            row.breaker.status = MonitorStatus::MonitoringComplete;
        }
    }

    fn tell_breaker(&mut self, now: SimTime, cause: u32, id: DeploymentId, reason: Reason) -> u32 {
        self.tell(now, cause, FactKind::CircuitBreaker, |cluster, fact| {
            super::telling::about_deployment(cluster, id, fact);
            let row = &cluster.deployments[id.index()];
            fact.from = MonitorStatus::Monitoring.word();
            fact.to = if row.rolls_back() { fact.from } else { row.breaker.status.word() };
            fact.reason = reason;
        })
    }
}
