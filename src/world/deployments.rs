//! Daemon deployments from PENDING to their end.

use super::event::Event;
use super::{Queue, World};
use crate::kernel::{EventKey, SimDuration, SimTime};
use crate::model::assumptions::{
    BakePosition, BatchDenominator, ConcurrentDaemons, EmptyCapacityProvider, MidRolloutLaunches, Supersede,
};
use crate::model::{
    AlarmId, AlarmWatch, Breaker, CapacityProviderId, DaemonDeployment, DaemonId, DaemonRevisionId,
    DaemonStatus, DaemonTaskDefinitionId, DeploymentId, DeploymentStatus, InstanceId, LaneState,
    MonitorStatus, Percent, Phase,
};
use crate::policy;
use crate::record::{FactKind, Reason, Recorder};

/// What a request wants of a daemon.
pub(super) struct Rollout {
    /// What to roll out; none removes the daemon.
    pub(super) revision: Option<DaemonRevisionId>,
    /// What each provider is to have.
    pub(super) targets: Vec<(CapacityProviderId, Option<DaemonRevisionId>)>,
    /// The daemon's providers when it is over.
    pub(super) providers: Vec<CapacityProviderId>,
    /// How much is drained at a time.
    pub(super) drain_percent: Percent,
    /// How long it bakes.
    pub(super) bake: SimDuration,
    /// The alarms that it watches.
    pub(super) alarms: Vec<AlarmId>,
}

impl<R: Recorder> World<R> {
    /// Creates a deployment; the one before it is superseded.
    pub(super) fn deploy(
        &mut self,
        now: SimTime,
        daemon: DaemonId,
        rollout: Rollout,
        cause: u32,
        queue: &mut Queue,
    ) {
        let before = self.cluster.daemons[daemon.index()].deployment;
        let row = &mut self.cluster.daemons[daemon.index()];
        row.deployments += 1;
        let number = row.deployments;
        let id = DeploymentId::new(self.cluster.deployments.len() as u32);
        row.deployment = id;
        let sources = self.revisions_on_fleet(daemon);
        self.cluster.deployments.push(DaemonDeployment {
            daemon,
            number,
            status: DeploymentStatus::Pending,
            phase: Phase::Deciding,
            revision: rollout.revision,
            targets: rollout.targets,
            providers: rollout.providers,
            drain_percent: rollout.drain_percent,
            bake: rollout.bake,
            breaker: Breaker::OFF,
            watch: AlarmWatch::of(&rollout.alarms),
            rollback: None,
            lanes: Vec::new(),
            timer: EventKey::NONE,
            awaits_first: false,
            superseded: false,
            due: false,
            fact: 0,
            reason: String::new(),
            created: now,
            started: None,
            finished: None,
            bake_started: None,
            sources,
            fleet: 0,
            replaced: 0,
            touched: 0,
            exposure_ms: 0,
            moved: 0,
            moved_again: 0,
            waves: 0,
        });
        let fact = self.tell_deployment(now, cause, id, "", Reason::None);
        if before.is_some() && !self.cluster.deployments[before.index()].status.is_final() {
            self.supersede(now, before, fact, queue);
        }
        let decision = self.env.deploy_decision(daemon.index(), number);
        self.cluster.deployments[id.index()].timer = queue.at(now + decision, Event::Deployment(id));
    }

    /// A newer deployment takes over from `old`.
    fn supersede(&mut self, now: SimTime, old: DeploymentId, cause: u32, queue: &mut Queue) {
        let row = &mut self.cluster.deployments[old.index()];
        row.superseded = true;
        let mid_wave = row.lanes.iter().any(|lane| lane.state == LaneState::Draining);
        if self.cluster.assumptions.supersede == Supersede::AfterWave && mid_wave {
            self.interrupt_bakes(now, old, cause);
            for lane in 0..self.cluster.deployments[old.index()].lanes.len() {
                if self.cluster.deployments[old.index()].lanes[lane].state != LaneState::Draining {
                    self.stop_lane(old, lane, queue);
                }
            }
            self.deployment_due(old);
        } else {
            self.give_way(now, old, cause, queue);
        }
    }

    /// IN_PROGRESS or PENDING → STOPPED, because the daemon's newest deployment takes over.
    pub(super) fn give_way(&mut self, now: SimTime, id: DeploymentId, cause: u32, queue: &mut Queue) {
        self.interrupt_bakes(now, id, cause);
        for lane in 0..self.cluster.deployments[id.index()].lanes.len() {
            self.stop_lane(id, lane, queue);
        }
        if self.cluster.deployments[id.index()].rolls_back() {
            self.tell_rollback(now, cause, id, "STARTED", "SUPERSEDED");
        }
        let daemon = self.cluster.deployments[id.index()].daemon;
        let by = self.deployment_name(self.cluster.daemons[daemon.index()].deployment);
        let text = format!("superseded by {}", self.names.deployment(by));
        self.end_deployment(now, id, DeploymentStatus::Stopped, cause, Reason::Deployment(by), text, queue);
    }

    /// A deployment's phase ends.
    pub(super) fn on_deployment_timer(&mut self, now: SimTime, id: DeploymentId, queue: &mut Queue) {
        self.cluster.deployments[id.index()].timer = EventKey::NONE;
        match self.cluster.deployments[id.index()].phase {
            Phase::Deciding => {
                self.cluster.deployments[id.index()].phase = Phase::Queued;
                self.queued.push(id);
                self.begin_queued(now, queue);
            }
            Phase::Checking => self.on_checked(now, id, queue),
            // What rings in this very instant still counts.
            Phase::Baking if self.watches(id) => self.baked.push(id),
            Phase::Baking => self.end_bake(now, id, queue),
            Phase::Queued | Phase::AwaitingInstance | Phase::Rolling | Phase::Done => {
                debug_assert!(false, "{id:?} has no timer");
            }
        }
    }

    /// Begins every decided deployment that nothing holds up.
    fn begin_queued(&mut self, now: SimTime, queue: &mut Queue) {
        let mut at = 0;
        while at < self.queued.len() {
            let id = self.queued[at];
            if self.cluster.deployments[id.index()].status.is_final() {
                self.queued.remove(at);
            } else if self.is_held_up(id) {
                at += 1;
            } else {
                self.queued.remove(at);
                self.begin(now, id, queue);
            }
        }
    }

    /// Whether a deployment has to wait: for the wave of its predecessor, or for another daemon's deployment.
    fn is_held_up(&self, id: DeploymentId) -> bool {
        let me = &self.cluster.deployments[id.index()];
        let serialized = self.cluster.assumptions.concurrent_daemons == ConcurrentDaemons::Serialized;
        self.cluster.deployments[..].iter().enumerate().any(|(at, other)| {
            if at == id.index() || other.status.is_final() {
                return false;
            }
            let begun = other.status != DeploymentStatus::Pending || other.phase == Phase::AwaitingInstance;
            let shares = || me.targets.iter().any(|(p, _)| other.targets.iter().any(|(q, _)| p == q));
            begun && (other.daemon == me.daemon || (serialized && shares()))
        })
    }

    /// The deployment's target governs its providers from now on, and its first waves begin.
    fn begin(&mut self, now: SimTime, id: DeploymentId, queue: &mut Queue) {
        let daemon = self.cluster.deployments[id.index()].daemon;
        let targets = self.cluster.deployments[id.index()].targets.clone();
        let sources = self.revisions_on_fleet(daemon);
        let empty = targets
            .iter()
            .all(|(p, target)| self.cluster.old_sets(*p, daemon, *target).all(|set| set.staying() == 0));
        for (provider, target) in &targets {
            self.govern(*provider, daemon, *target);
        }
        let row = &mut self.cluster.deployments[id.index()];
        row.sources = sources;
        let providers = row.providers.clone();
        self.cluster.daemons[daemon.index()].providers.clone_from(&providers);
        let of: u32 = providers.iter().map(|p| self.cluster.provider(*p).fleet()).sum();
        self.cluster.deployments[id.index()].fleet = of;
        let removes = self.cluster.deployments[id.index()].revision.is_none();
        if !empty {
            self.start_rolling(now, id, queue);
        } else if removes
            || self.cluster.assumptions.empty_capacity_provider == EmptyCapacityProvider::Successful
        {
            let cause = self.cluster.deployments[id.index()].fact;
            self.succeed(now, id, cause, queue);
        } else {
            self.cluster.deployments[id.index()].awaits_first = true;
            self.cluster.deployments[id.index()].phase = Phase::AwaitingInstance;
        }
    }

    /// PENDING → IN_PROGRESS.
    fn start_rolling(&mut self, now: SimTime, id: DeploymentId, queue: &mut Queue) {
        let of = self.cluster.deployments[id.index()].providers.iter();
        let fleet = of.map(|p| self.cluster.provider(*p).fleet()).sum();
        let row = &mut self.cluster.deployments[id.index()];
        row.fleet = fleet;
        row.status = DeploymentStatus::InProgress;
        row.phase = Phase::Rolling;
        row.started = Some(now);
        let cause = row.fact;
        self.tell_deployment(now, cause, id, DeploymentStatus::Pending.word(), Reason::None);
        self.watch_failures(id);
        self.begin_watching(now, id, queue);
        let lanes = match self.cluster.assumptions.batch_denominator {
            BatchDenominator::CapacityProvider => {
                (0..self.cluster.deployments[id.index()].targets.len() as u32).map(|at| vec![at]).collect()
            }
            BatchDenominator::Daemon => {
                vec![(0..self.cluster.deployments[id.index()].targets.len() as u32).collect::<Vec<_>>()]
            }
        };
        // Whoever became ACTIVE in this very instant is in the new lanes from the start.
        self.let_join_rollouts();
        for targets in lanes {
            self.open_lane(id, targets);
        }
        self.deployment_due(id);
    }

    /// The breaker begins to count, unless the deployment removes its daemon.
    fn watch_failures(&mut self, id: DeploymentId) {
        let row = &mut self.cluster.deployments[id.index()];
        if row.revision.is_some() {
            let threshold = policy::breaker::threshold(row.fleet, self.cluster.assumptions.breaker_threshold);
            row.breaker = Breaker { threshold, failures: 0, status: MonitorStatus::Monitoring };
        }
    }

    /// A daemon's revisions on the fleet, each once.
    fn revisions_on_fleet(&self, daemon: DaemonId) -> Vec<DaemonTaskDefinitionId> {
        let sets = self.cluster.providers.iter().flat_map(|p| &p.sets).filter(|set| set.staying() > 0);
        let mut found: Vec<DaemonTaskDefinitionId> = sets
            .filter_map(|set| self.cluster.sets[set.set.index()].revision_of(daemon))
            .map(|revision| self.cluster.revisions[revision.index()].task_definition)
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// From now on the provider's instances are to carry this revision of a daemon.
    pub(super) fn govern(
        &mut self,
        provider: CapacityProviderId,
        daemon: DaemonId,
        target: Option<DaemonRevisionId>,
    ) {
        let set = self.cluster.set_with(self.cluster.provider(provider).governing, daemon, target);
        let row = self.cluster.touch(provider);
        let keeps_source = row.launching_others;
        row.governing = set;
        row.launching_others = set;
        row.had_daemon |= target.is_some();
        if self.cluster.assumptions.mid_rollout_launches == MidRolloutLaunches::Source {
            self.cluster.touch(provider).launching_others = keeps_source;
        }
        // Other daemons' room may now do for tasks that fitted nowhere.
        self.provider_due(provider);
    }

    /// No rollout is under way on these providers: what is launched carries what governs.
    pub(super) fn launch_what_governs(&mut self, id: DeploymentId) {
        for at in 0..self.cluster.deployments[id.index()].targets.len() {
            let (provider, _) = self.cluster.deployments[id.index()].targets[at];
            let row = self.cluster.touch(provider);
            row.launching_others = row.governing;
        }
    }

    /// An instance of this provider is REGISTERING: a deployment may have waited for one.
    pub(super) fn on_fleet_grew(&mut self, now: SimTime, instance: InstanceId, queue: &mut Queue) {
        let (provider, fact) =
            (self.cluster.instances[instance].provider, self.cluster.instances[instance].fact);
        if !self.cluster.provider(provider).repairs.is_empty() {
            // A larger fleet may have more of it repaired.
            self.repair(now, provider, queue);
        }
        for id in 0..self.cluster.daemons.len() {
            let id = self.cluster.daemons[id].deployment;
            if id.is_some() && self.cluster.deployments[id.index()].phase == Phase::AwaitingInstance {
                let here = self.cluster.deployments[id.index()].targets.iter().any(|(p, _)| *p == provider);
                if here {
                    self.cluster.deployments[id.index()].fact = fact;
                    self.deployment_due(id);
                }
            }
        }
    }

    /// An old instance of this provider left without having been drained by a wave: a lane may have waited for it.
    pub(super) fn on_fleet_shrank(&mut self, provider: CapacityProviderId) {
        for id in 0..self.cluster.daemons.len() {
            let id = self.cluster.daemons[id].deployment;
            if id.is_some()
                && self.cluster.deployments[id.index()].targets.iter().any(|(p, _)| *p == provider)
            {
                self.deployment_due(id);
            }
        }
    }

    /// Lets every deployment on the work-list go on.
    pub(super) fn decide_deployments(&mut self, now: SimTime, queue: &mut Queue) {
        for id in std::mem::take(&mut self.due_deployments) {
            let row = &mut self.cluster.deployments[id.index()];
            row.due = false;
            match row.phase {
                Phase::AwaitingInstance => self.leave_empty(now, id, queue),
                Phase::Rolling => self.roll(now, id, queue),
                Phase::Deciding | Phase::Queued | Phase::Checking | Phase::Baking | Phase::Done => (),
            }
        }
    }

    /// The first instance has come to a provider that was empty; the deployment waits until it is ACTIVE.
    fn leave_empty(&mut self, now: SimTime, id: DeploymentId, queue: &mut Queue) {
        let came = |world: &Self, id: DeploymentId| {
            world.cluster.deployments[id.index()]
                .targets
                .iter()
                .any(|(p, target)| target.is_some() && world.cluster.provider(*p).fleet() > 0)
        };
        if came(self, id) {
            self.start_rolling(now, id, queue);
        }
    }

    /// All lanes are done: the deployment looks once more, then bakes.
    pub(super) fn check_success(&mut self, now: SimTime, id: DeploymentId, queue: &mut Queue) {
        self.launch_what_governs(id);
        let row = &mut self.cluster.deployments[id.index()];
        row.phase = Phase::Checking;
        let takes = self.env.success_check(row.daemon.index(), row.number, row.rolls_back());
        self.cluster.deployments[id.index()].timer = queue.at(now + takes, Event::Deployment(id));
    }

    fn on_checked(&mut self, now: SimTime, id: DeploymentId, queue: &mut Queue) {
        let row = &mut self.cluster.deployments[id.index()];
        let cause = row.fact;
        if row.rolls_back() {
            return self.finish_rollback(now, id, cause, queue);
        }
        if row.bake == SimDuration::ZERO {
            return self.succeed(now, id, cause, queue);
        }
        row.phase = Phase::Baking;
        row.bake_started = Some(now);
        let until = now + row.bake;
        let fact = self.tell_bake(now, cause, id, "", "STARTED");
        let row = &mut self.cluster.deployments[id.index()];
        row.fact = fact;
        row.timer = queue.at(until, Event::Deployment(id));
    }

    /// A bake is over, and nothing was found.
    pub(super) fn end_bake(&mut self, now: SimTime, id: DeploymentId, queue: &mut Queue) {
        let cause = self.cluster.deployments[id.index()].fact;
        let fact = self.tell_bake(now, cause, id, "STARTED", "FINISHED");
        self.succeed(now, id, fact, queue);
    }

    /// Whether a deployment looks at alarms.
    fn watches(&self, id: DeploymentId) -> bool {
        self.cluster.deployments[id.index()].watch.status == MonitorStatus::Monitoring
    }

    fn succeed(&mut self, now: SimTime, id: DeploymentId, cause: u32, queue: &mut Queue) {
        self.launch_what_governs(id);
        self.end_deployment(now, id, DeploymentStatus::Successful, cause, Reason::None, String::new(), queue);
    }

    /// A deployment is over.
    #[expect(clippy::too_many_arguments, reason = "they are the fact that ends it")]
    pub(super) fn end_deployment(
        &mut self,
        now: SimTime,
        id: DeploymentId,
        status: DeploymentStatus,
        cause: u32,
        reason: Reason,
        text: String,
        queue: &mut Queue,
    ) {
        self.close_books(now, id, status, queue);
        let row = &mut self.cluster.deployments[id.index()];
        let from = row.status.word();
        queue.cancel(std::mem::take(&mut row.timer));
        row.status = status;
        row.phase = Phase::Done;
        row.finished = Some(now);
        row.reason = text;
        let (daemon, removes) = (row.daemon, row.revision.is_none());
        let fact = self.tell_deployment(now, cause, id, from, reason);
        if status == DeploymentStatus::Successful && removes {
            self.cluster.daemons[daemon.index()].status = DaemonStatus::Absent;
            self.tell(now, fact, FactKind::Daemon, |_, row| {
                row.owner = Some(crate::model::Owner::Daemon(daemon));
                row.from = DaemonStatus::DeleteInProgress.word();
                row.to = DaemonStatus::Absent.word();
            });
        }
        self.begin_queued(now, queue);
    }

    /// Nobody watches a deployment that is over; what it left behind is noted.
    fn close_books(&mut self, now: SimTime, id: DeploymentId, status: DeploymentStatus, queue: &mut Queue) {
        self.stop_watching(id, queue);
        self.stop_counting(id);
        let row = &mut self.cluster.deployments[id.index()];
        let exposure = row.revision.map(|revision| self.cluster.revisions[revision.index()].exposure);
        row.exposure_ms = exposure.map_or(0, |exposure| exposure.until(now));
        if status == DeploymentStatus::Successful {
            let (removes, targets) = (row.revision.is_none(), row.targets.clone());
            let good = &mut self.cluster.daemons[row.daemon.index()].good;
            good.retain(|(p, _)| !removes && targets.iter().all(|(q, _)| p != q));
            good.extend(targets.iter().filter_map(|(p, target)| target.map(|target| (*p, target))));
        }
    }

    /// Whether a bake follows each wave.
    pub(super) fn bakes_per_wave(&self, id: DeploymentId) -> bool {
        let row = &self.cluster.deployments[id.index()];
        self.cluster.assumptions.bake == BakePosition::PerWave
            && row.bake > SimDuration::ZERO
            && !row.rolls_back()
    }
}
