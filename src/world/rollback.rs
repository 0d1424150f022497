//! The way back: a deployment that has failed stops, and takes its instances to what was there before.

use super::{Queue, World};
use crate::kernel::SimTime;
use crate::model::assumptions::{RollbackInFlight, RollbackWithoutSource};
use crate::model::{
    AlarmId, CapacityProviderId, DaemonRevisionId, DeploymentId, DeploymentStatus, InstanceStatus, LaneState,
    MonitorStatus, Phase, Rollback,
};
use crate::record::{FactKind, Reason, Recorder};

/// What made a deployment fail.
#[derive(Clone, Debug)]
pub(super) enum Why {
    /// Its circuit breaker tripped.
    Breaker,
    /// These of its alarms ring.
    Alarms(Vec<AlarmId>),
}

impl<R: Recorder> World<R> {
    /// IN_PROGRESS → STOP_REQUESTED, and on in the same instant.
    pub(super) fn fail_deployment(
        &mut self,
        now: SimTime,
        id: DeploymentId,
        why: Why,
        cause: u32,
        queue: &mut Queue,
    ) {
        let text = self.words_for(id, &why);
        let reason = match &why {
            Why::Breaker => Reason::Word("circuit breaker"),
            Why::Alarms(alarms) => alarms.first().map_or(Reason::None, |alarm| Reason::Alarm(*alarm)),
        };
        self.interrupt_bakes(now, id, cause);
        let row = &mut self.cluster.deployments[id.index()];
        queue.cancel(std::mem::take(&mut row.timer));
        if let Why::Alarms(alarms) = why {
            row.watch.status = MonitorStatus::Triggered;
            row.watch.triggered = alarms;
        }
        row.status = DeploymentStatus::StopRequested;
        row.reason.clone_from(&text);
        row.rollback =
            Some(Rollback { requested: now, started: None, reason: text.clone(), failures: 0, fact: cause });
        self.tell_deployment(now, cause, id, DeploymentStatus::InProgress.word(), reason);
        self.stop_watching(id, queue);
        let cause = self.cluster.deployments[id.index()].fact;
        let daemon = self.cluster.deployments[id.index()].daemon;
        let good = self.cluster.daemons[daemon.index()].good.clone();
        let stays = self.cluster.assumptions.rollback_without_source == RollbackWithoutSource::Stopped;
        if good.is_empty() && stays {
            for lane in 0..self.cluster.deployments[id.index()].lanes.len() {
                self.stop_lane(id, lane, queue);
            }
            let text = format!("{text}; there is no revision to roll back to");
            self.end_deployment(now, id, DeploymentStatus::Stopped, cause, reason, text, queue);
        } else {
            self.begin_rollback(now, id, &good, cause, queue);
        }
    }

    /// Bakes that are under way end before their time.
    pub(super) fn interrupt_bakes(&mut self, now: SimTime, id: DeploymentId, cause: u32) {
        let row = &self.cluster.deployments[id.index()];
        let of_waves = row.lanes.iter().filter(|lane| lane.state == LaneState::Baking).count();
        for _ in 0..of_waves + usize::from(row.phase == Phase::Baking) {
            self.tell_bake(now, cause, id, "STARTED", "INTERRUPTED");
        }
    }

    /// Why a deployment failed, in words.
    fn words_for(&self, id: DeploymentId, why: &Why) -> String {
        match why {
            Why::Breaker => {
                let breaker = self.cluster.deployments[id.index()].breaker;
                format!(
                    "circuit breaker: {} daemon failure{} reached the threshold of {}",
                    breaker.failures,
                    if breaker.failures == 1 { "" } else { "s" },
                    breaker.threshold
                )
            }
            Why::Alarms(alarms) => {
                let names: Vec<&str> = alarms.iter().map(|alarm| self.names.alarm(*alarm)).collect();
                let s = if names.len() == 1 { "" } else { "s" };
                format!("alarm{s} {} in ALARM", names.join(", "))
            }
        }
    }

    /// STOP_REQUESTED → ROLLBACK_IN_PROGRESS: from now on everything goes back.
    fn begin_rollback(
        &mut self,
        now: SimTime,
        id: DeploymentId,
        good: &[(CapacityProviderId, DaemonRevisionId)],
        cause: u32,
        queue: &mut Queue,
    ) {
        let row = &mut self.cluster.deployments[id.index()];
        row.status = DeploymentStatus::RollbackInProgress;
        row.phase = Phase::Rolling;
        row.awaits_first = false;
        for (provider, target) in &mut row.targets {
            *target = good.iter().find(|(p, _)| p == provider).map(|(_, revision)| *revision);
        }
        if let Some(percent) = self.cluster.assumptions.rollback_drain_percent {
            row.drain_percent = percent;
        }
        let (daemon, targets) = (row.daemon, row.targets.clone());
        self.cluster.daemons[daemon.index()].providers = good.iter().map(|(provider, _)| *provider).collect();
        let fact = self.tell_rollback(now, cause, id, "", "STARTED");
        let from = DeploymentStatus::StopRequested.word();
        self.tell_deployment(now, fact, id, from, Reason::None);
        if let Some(rollback) = &mut self.cluster.deployments[id.index()].rollback {
            rollback.started = Some(now);
        }
        for (provider, target) in &targets {
            self.govern(*provider, daemon, *target);
        }
        self.launch_what_governs(id);
        let abandon = self.cluster.assumptions.rollback_in_flight == RollbackInFlight::Abandon;
        if abandon {
            self.abandon_in_flight(now, id, queue);
        }
        for lane in 0..self.cluster.deployments[id.index()].lanes.len() {
            let under_way = self.cluster.deployments[id.index()].lanes[lane].state == LaneState::Draining;
            if !under_way || abandon {
                self.turn_back(id, lane, queue);
            }
        }
        self.deployment_due(id);
    }

    /// Gives up instances that are not ACTIVE yet and would not have what the rollback brings.
    fn abandon_in_flight(&mut self, now: SimTime, id: DeploymentId, queue: &mut Queue) {
        let row = &self.cluster.deployments[id.index()];
        let (daemon, targets, cause) = (row.daemon, row.targets.clone(), row.fact);
        for (provider, target) in targets {
            let fleet = self.cluster.provider(provider).numbers.clone();
            for instance in fleet.into_iter().filter(|instance| instance.is_some()) {
                let status = self.cluster.instances[instance].status;
                if self.cluster.is_old(instance, daemon, target)
                    && matches!(status, InstanceStatus::Launching | InstanceStatus::Registering)
                {
                    self.abandon(now, instance, cause, queue);
                }
            }
        }
    }

    /// A lane begins its way back: what it had in line stays, what it has brought goes.
    pub(super) fn turn_back(&mut self, id: DeploymentId, lane: usize, queue: &mut Queue) {
        // Whoever became ACTIVE in this very instant is in the new line from the start, and does not join it later.
        self.let_join_rollouts();
        let row = &self.cluster.deployments[id.index()];
        let targets = row.lanes[lane].targets.clone();
        let (percent, fleet) = (row.drain_percent, row.lanes[lane].fleet);
        let victims = self.line_up(id, &targets);
        let batch = crate::policy::rollout::batch(percent, fleet, &self.cluster.assumptions);
        let fact = self.cluster.deployments[id.index()].fact;
        let row = &mut self.cluster.deployments[id.index()].lanes[lane];
        queue.cancel(std::mem::take(&mut row.timer));
        row.back = true;
        row.batch_now = batch;
        row.victims = victims;
        row.current.clear();
        row.state = LaneState::Ready;
        row.fact = row.fact.max(fact);
    }

    /// A lane does nothing more.
    pub(super) fn stop_lane(&mut self, id: DeploymentId, lane: usize, queue: &mut Queue) {
        let row = &mut self.cluster.deployments[id.index()].lanes[lane];
        queue.cancel(std::mem::take(&mut row.timer));
        row.state = LaneState::Done;
    }

    /// ROLLBACK_IN_PROGRESS → ROLLBACK_SUCCESSFUL.
    pub(super) fn finish_rollback(&mut self, now: SimTime, id: DeploymentId, cause: u32, queue: &mut Queue) {
        self.launch_what_governs(id);
        let fact = self.tell_rollback(now, cause, id, "STARTED", "FINISHED");
        let row = &self.cluster.deployments[id.index()];
        let text = row.rollback.as_ref().map_or_else(String::new, |rollback| rollback.reason.clone());
        let status = DeploymentStatus::RollbackSuccessful;
        self.end_deployment(now, id, status, fact, Reason::None, text, queue);
    }

    /// ROLLBACK_IN_PROGRESS → ROLLBACK_FAILED.
    pub(super) fn fail_rollback(&mut self, now: SimTime, id: DeploymentId, cause: u32, queue: &mut Queue) {
        let fact = self.tell_rollback(now, cause, id, "STARTED", "FAILED");
        for lane in 0..self.cluster.deployments[id.index()].lanes.len() {
            self.stop_lane(id, lane, queue);
        }
        let row = &self.cluster.deployments[id.index()];
        let failures = row.rollback.as_ref().map_or(0, |rollback| rollback.failures);
        let text = format!(
            "circuit breaker: {failures} daemon failures in the rollback reached the threshold of {}",
            row.breaker.threshold
        );
        let reason = Reason::Word("circuit breaker");
        self.end_deployment(now, id, DeploymentStatus::RollbackFailed, fact, reason, text, queue);
    }

    /// A rollback began or ended.
    pub(super) fn tell_rollback(
        &mut self,
        now: SimTime,
        cause: u32,
        id: DeploymentId,
        from: &'static str,
        to: &'static str,
    ) -> u32 {
        let fact = self.tell(now, cause, FactKind::Rollback, |cluster, fact| {
            super::telling::about_deployment(cluster, id, fact);
            fact.from = from;
            fact.to = to;
        });
        if let Some(rollback) = &mut self.cluster.deployments[id.index()].rollback {
            rollback.fact = fact;
        }
        fact
    }
}
