//! The end of a run: what it came to.

use super::{Queue, World};
use crate::kernel::{Limits, SimDuration, SimTime, StopReason};
use crate::model::{
    CapacityProviderId, Cluster, ContainerInstance, DaemonId, DaemonStatus, DaemonTaskDefinitionId,
    DeploymentId, DeploymentName, DeploymentStatus, GroupId, InstanceName, MonitorStatus, Owner, Replaced,
    ServiceTally, TaskStatus, Wave,
};
use crate::policy;
use crate::record::{
    Batch, ClusterSummary, DaemonSummary, DeploymentSummary, Direction, FactKind, Outcome, Reason, Recorder,
    ReplacedInstance, RunSummary, ServiceSummary, Stage, WaveSummary,
};

impl<R: Recorder> World<R> {
    /// Closes the books.
    pub(super) fn finish(
        &mut self,
        stop: StopReason,
        last: SimTime,
        limits: &Limits,
        events: u64,
        queue: &Queue,
    ) -> RunSummary {
        self.count_instant();
        // Who only watched does not make a run longer.
        let last = last.min(self.last);
        let (outcome, reason) = self.outcome(stop, queue.len());
        let ended_at = match outcome {
            Outcome::Horizon => limits.horizon,
            Outcome::Completed | Outcome::Stalled | Outcome::Limit => last,
        };
        if matches!(outcome, Outcome::Stalled | Outcome::Completed) {
            self.name_blockers();
        }
        let cause = self.next_fact - 1;
        self.tell(ended_at, cause, FactKind::Run, |_, fact| {
            fact.from = "STARTED";
            fact.to = match outcome {
                Outcome::Completed => "COMPLETED",
                Outcome::Horizon => "HORIZON",
                Outcome::Stalled => "STALLED",
                Outcome::Limit => "LIMIT",
            };
            fact.reason = Reason::None;
        });
        RunSummary {
            outcome,
            outcome_reason: reason,
            ended_at,
            events,
            fingerprint: self.fingerprint,
            deployments: self.deployment_rows(ended_at),
            waves: self.cluster.waves.iter().map(|wave| wave_row(&self.cluster, wave)).collect(),
            services: self.service_rows(ended_at),
            daemons: self.daemon_rows(),
            cluster: self.cluster_row(ended_at),
        }
    }

    fn outcome(&self, stop: StopReason, pending: usize) -> (Outcome, String) {
        match stop {
            StopReason::Events => (Outcome::Limit, format!("more than {} events", super::MOST_EVENTS)),
            StopReason::Livelock(at) => {
                (Outcome::Limit, format!("time stands still at {at} s: a loop without delay"))
            }
            // What is left lies beyond the horizon. If only deadlines are left, nothing would have moved but for them.
            StopReason::Horizon if pending > self.deadlines => {
                // What goes on for ever without getting anywhere is stuck too.
                match policy::stall::hopeless(&self.cluster, &self.names, self.horizon) {
                    Some(blocker) => (Outcome::Stalled, blocker),
                    None => (Outcome::Horizon, String::new()),
                }
            }
            StopReason::Horizon | StopReason::Drained => {
                match policy::stall::first_blocker(&self.cluster, &self.names) {
                    Some(blocker) => (Outcome::Stalled, blocker),
                    None if stop == StopReason::Drained && self.may_fail_later() => {
                        (Outcome::Completed, "what runs then may fail beyond the horizon".to_owned())
                    }
                    None if stop == StopReason::Drained => (Outcome::Completed, String::new()),
                    None => (Outcome::Horizon, String::new()),
                }
            }
        }
    }

    /// Whether a task runs that is going to crash or turn UNHEALTHY some time, though not before the horizon.
    fn may_fail_later(&self) -> bool {
        let daemons = self.cluster.revisions.iter().filter(|revision| revision.exposure.instances > 0);
        let mut failing =
            daemons.filter(|revision| self.env.daemon_may_fail(revision.task_definition.index()));
        let apps = || {
            let tasks = self.cluster.groups.iter().flat_map(|group| &group.tasks);
            let mut running = tasks.map(|id| &self.cluster.app_tasks[*id]).filter(|t| t.status.is_running());
            running.any(|task| self.env.app_may_fail(task.revision.index()))
        };
        failing.next().is_some() || (self.env.apps_fail && apps())
    }

    /// Says of each deployment that cannot move what holds it up.
    fn name_blockers(&mut self) {
        for id in 0..self.cluster.deployments.len() {
            let id = DeploymentId::new(id as u32);
            if !self.cluster.deployments[id.index()].status.is_final()
                && let Some(blocker) = policy::stall::blocker(&self.cluster, &self.names, id)
            {
                self.cluster.deployments[id.index()].reason = blocker;
            }
        }
    }

    fn deployment_rows(&self, end: SimTime) -> Vec<DeploymentSummary> {
        let rule = self.cluster.assumptions.breaker_threshold;
        let exposure = |row: &crate::model::DaemonDeployment| match row.revision {
            Some(revision) if !row.status.is_final() => {
                self.cluster.revisions[revision.index()].exposure.until(end)
            }
            Some(_) | None => row.exposure_ms,
        };
        self.cluster
            .deployments
            .iter()
            .map(|row| DeploymentSummary {
                alarms: row.watch.alarms.iter().map(|(alarm, _)| *alarm).collect(),
                alarm_status: row.watch.status,
                exposure_ms: exposure(row),
                instances_touched: row.touched,
                detected: row.rollback.as_ref().map(|rollback| rollback.requested),
                tasks_touched: row.moved - row.moved_again,
                name: DeploymentName { daemon: row.daemon, number: row.number },
                source_revisions: row.sources.clone(),
                target_revision: row.revision.map(|r| self.cluster.revisions[r.index()].task_definition),
                status: row.status,
                status_reason: row.reason.clone(),
                created: row.created,
                started: row.started,
                finished: row.finished,
                bake_started: row.bake_started,
                waves: row.waves,
                instances_replaced: row.replaced,
                breaker_threshold: row.revision.map(|_| policy::breaker::threshold(row.fleet, rule)),
                breaker_failures: row.breaker.failures,
                breaker_status: match (row.revision, row.status) {
                    (None, _) => MonitorStatus::Disabled,
                    // It never got so far as to watch.
                    (Some(_), DeploymentStatus::Stopped) if row.started.is_none() => MonitorStatus::Disabled,
                    (Some(_), _) if row.started.is_some() => row.breaker.status,
                    (Some(_), status) if status.is_final() => MonitorStatus::MonitoringComplete,
                    (Some(_), _) => MonitorStatus::Monitoring,
                },
                alarms_triggered: row.watch.triggered.clone(),
                rollback_reason: row.rollback.as_ref().map_or_else(String::new, |back| back.reason.clone()),
                rollback_started: row.rollback.as_ref().and_then(|back| back.started),
                tasks_moved: row.moved,
                tasks_moved_again: row.moved_again,
                batches: row
                    .lanes
                    .iter()
                    .filter(|lane| lane.fleet > 0)
                    .map(|lane| Batch {
                        provider: match lane.targets.as_slice() {
                            [only] => Some(row.targets[*only as usize].0),
                            _ => None,
                        },
                        size: lane.batch,
                        of: lane.fleet,
                    })
                    .collect(),
            })
            .collect()
    }

    fn service_rows(&mut self, end: SimTime) -> Vec<ServiceSummary> {
        let mut rows = Vec::new();
        for at in 0..self.names.services.len() {
            let group = GroupId::new(at as u32);
            let waiting = self.waiting_of(group);
            let Owner::Service(id) = self.cluster.groups[at].owner else { continue };
            let Some(service) = self.cluster.service_mut(group) else { continue };
            let tally: &mut ServiceTally = &mut service.tally;
            tally.close(end.as_ms());
            rows.push(ServiceSummary {
                service: id,
                desired: service.desired,
                min_running: service.tally.min_running.map(|(least, _)| least),
                min_running_at: SimTime::from_ms(service.tally.min_running.map_or(0, |(_, at)| at)),
                min_healthy: service.tally.min_healthy,
                below_desired: SimDuration::from_ms(service.tally.below_ms),
                task_ms_lost: service.tally.lost_ms,
                interruptions: service.tally.interruptions,
                max_interruptions_per_task: service.tally.max_interruptions,
                placement_wait_p95: p95(&mut service.tally.waits),
                waiting,
            });
        }
        rows
    }

    fn waiting_of(&self, group: GroupId) -> u32 {
        let row = &self.cluster.groups[group.index()];
        let waits = |id: &&crate::model::AppTaskId| {
            self.cluster.app_tasks[**id].status == crate::model::TaskStatus::Provisioning
        };
        row.tasks.iter().filter(waits).count() as u32
    }

    fn daemon_rows(&self) -> Vec<DaemonSummary> {
        let mut rows: Vec<DaemonSummary> = (0..self.cluster.daemons.len())
            .map(|at| DaemonSummary {
                daemon: DaemonId::new(at as u32),
                status: self.cluster.daemons[at].status,
                current_revisions: Vec::new(),
                without_daemon: 0,
            })
            .collect();
        for provider in 0..self.cluster.providers.len() {
            let here = CapacityProviderId::new(provider as u32);
            let fleet = self.cluster.providers[provider].numbers.iter().filter(|id| id.is_some());
            for instance in fleet.map(|id| &self.cluster.instances[*id]).filter(|i| i.counts()) {
                for (row, daemon) in rows.iter_mut().zip(&self.cluster.daemons) {
                    match self.revision_on(instance, row.daemon) {
                        Some(definition) => {
                            match row.current_revisions.iter_mut().find(|(d, _)| *d == definition) {
                                Some((_, instances)) => *instances += 1,
                                None => row.current_revisions.push((definition, 1)),
                            }
                        }
                        None => {
                            let lacks =
                                daemon.status != DaemonStatus::Absent && daemon.providers.contains(&here);
                            row.without_daemon += u32::from(lacks);
                        }
                    }
                }
            }
        }
        rows.iter_mut().for_each(|row| row.current_revisions.sort_unstable());
        rows
    }

    /// What of a daemon an instance runs, or is about to.
    fn revision_on(&self, instance: &ContainerInstance, daemon: DaemonId) -> Option<DaemonTaskDefinitionId> {
        let revision = self.cluster.sets[instance.set.index()].revision_of(daemon)?;
        let mut id = instance.daemons;
        while id.is_some() {
            let task = &self.cluster.daemon_tasks[id];
            let first = task.status == TaskStatus::Pending && task.failures == 0;
            if task.revision == revision && (task.status.is_running() || first) {
                return Some(self.cluster.revisions[revision.index()].task_definition);
            }
            id = task.next;
        }
        None
    }

    fn cluster_row(&self, end: SimTime) -> ClusterSummary {
        let mut lived = self.tally.lived.clone();
        for provider in &self.cluster.providers {
            for id in provider.numbers.iter().filter(|id| id.is_some()) {
                let instance = &self.cluster.instances[*id];
                if instance.status == crate::model::InstanceStatus::Launching && instance.awaited > 0 {
                    continue;
                }
                lived[instance.instance_type.index()] += u128::from(end.since(instance.launched).as_ms());
            }
        }
        let price = |at: usize| u128::from(self.cluster.instance_types[at].price_per_hour_nanos);
        let nanos_times_hour: u128 = lived.iter().enumerate().map(|(at, ms)| ms * price(at)).sum();
        let tally = &self.tally;
        let active = tally.fewest_active.unwrap_or((0, SimTime::ZERO));
        ClusterSummary {
            instances_start: tally.start,
            instances_end: tally.total.instances(),
            instances_max: tally.most,
            active_min: active.0,
            active_min_at: active.1,
            app_running_min: tally.fewest_running.map(|(least, ..)| least),
            app_running_min_at: tally.fewest_running.map_or(SimTime::ZERO, |(_, at, _)| at),
            app_desired_then: tally.fewest_running.map_or(0, |(.., desired)| desired),
            launched: tally.launched,
            terminated: tally.terminated,
            tasks_moved: self.cluster.deployments.iter().map(|d| d.moved).sum(),
            tasks_moved_again: self.cluster.deployments.iter().map(|d| d.moved_again).sum(),
            instance_ms: lived.iter().sum(),
            cost_nanos: (nanos_times_hour + 1_800_000) / 3_600_000,
            requests_refused: tally.refused,
            mishaps: tally.mishaps,
        }
    }
}

fn wave_row(cluster: &Cluster, wave: &Wave) -> WaveSummary {
    let deployment = &cluster.deployments[wave.deployment.index()];
    let name = |replaced: &Replaced| InstanceName { provider: wave.provider, number: replaced.number };
    let mut replaced = wave.replaced.clone();
    if let Some(slowest) = wave.slowest
        && !replaced.iter().any(|r| r.number == slowest.number)
    {
        replaced.push(slowest);
    }
    replaced.sort_unstable_by_key(|r| r.number);
    WaveSummary {
        deployment: DeploymentName { daemon: deployment.daemon, number: deployment.number },
        direction: if wave.back { Direction::Rollback } else { Direction::Forward },
        provider: wave.provider,
        wave: wave.number,
        instances: wave.instances,
        started: wave.started,
        finished: wave.finished,
        daemon_failures: wave.failures,
        slowest_instance: wave.slowest.as_ref().map(name),
        slowest_stage: wave.slowest.as_ref().map(slowest_stage),
        min_app_running: wave.min_running,
        replaced: replaced
            .iter()
            .map(|r| ReplacedInstance { instance: name(r), draining: r.draining, stages: r.stages })
            .collect(),
    }
}

/// The longest stage; of equals the first.
fn slowest_stage(replaced: &Replaced) -> Stage {
    let mut slowest = 0;
    for at in 1..Stage::ALL.len() {
        if replaced.stages[at] > replaced.stages[slowest] {
            slowest = at;
        }
    }
    Stage::ALL[slowest]
}

/// The 95th percentile by nearest rank: the smallest that nineteen of twenty do not exceed.
fn p95(waits: &mut [u32]) -> Option<SimDuration> {
    if waits.is_empty() {
        return None;
    }
    let rank = (waits.len() * 95).div_ceil(100).max(1);
    let (_, value, _) = waits.select_nth_unstable(rank - 1);
    Some(SimDuration::from_ms(u64::from(*value)))
}
