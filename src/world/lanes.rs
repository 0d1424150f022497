//! Lanes and waves: which instances are drained when.

use super::event::Event;
use super::{Queue, World};
use crate::kernel::{EventKey, SimTime};
use crate::model::assumptions::{VictimOrder, WaveMode};
use crate::model::{
    CapacityProviderId, DaemonRevisionId, DeploymentId, DrainCause, InstanceId, InstanceStatus, Lane,
    LaneState, Phase, Replaced, Wave, WaveId,
};
use crate::policy::rollout::{self, Step};
use crate::record::Recorder;
use std::collections::VecDeque;

/// How many of a wave's instances are kept for the picture, at most.
const SAMPLE: u32 = 64;

impl<R: Recorder> World<R> {
    /// A deployment's lane over these of its targets, with its victims in line.
    pub(super) fn open_lane(&mut self, id: DeploymentId, targets: Vec<u32>) {
        let victims = self.line_up(id, &targets);
        let deployment = &self.cluster.deployments[id.index()];
        let fleet =
            targets.iter().map(|at| self.cluster.provider(deployment.targets[*at as usize].0).fleet()).sum();
        let batch = rollout::batch(deployment.drain_percent, fleet, &self.cluster.assumptions);
        let fact = deployment.fact;
        self.cluster.deployments[id.index()].lanes.push(Lane {
            targets,
            fleet,
            batch,
            batch_now: batch,
            back: false,
            victims,
            waves: 0,
            current: Vec::new(),
            leaving: 0,
            state: LaneState::Ready,
            timer: EventKey::NONE,
            fact,
        });
    }

    /// The ACTIVE instances that these of a deployment's targets are to replace, in order.
    pub(super) fn line_up(
        &mut self,
        id: DeploymentId,
        targets: &[u32],
    ) -> VecDeque<(InstanceId, u32, CapacityProviderId)> {
        let deployment = &self.cluster.deployments[id.index()];
        let (daemon, number) = (deployment.daemon, deployment.number);
        let mut victims: Vec<(InstanceId, u32, CapacityProviderId)> = Vec::new();
        for at in targets {
            let (provider, target) = deployment.targets[*at as usize];
            let row = self.cluster.provider(provider);
            victims.extend(
                row.numbers
                    .iter()
                    .copied()
                    .filter(|id| id.is_some())
                    .filter(|id| self.cluster.instances[*id].status == InstanceStatus::Active)
                    .filter(|id| self.cluster.is_old(*id, daemon, target))
                    .map(|id| (id, self.cluster.instances[id].number, provider)),
            );
        }
        let env = &mut self.env;
        rollout::order_victims(&self.cluster, &mut victims, |v| v.0, |v| env.lot(v.2, v.1, number));
        VecDeque::from(victims)
    }

    /// Each lane of a deployment goes as far as it can.
    pub(super) fn roll(&mut self, now: SimTime, id: DeploymentId, queue: &mut Queue) {
        for lane in 0..self.cluster.deployments[id.index()].lanes.len() {
            self.roll_lane(now, id, lane, queue);
        }
        let row = &self.cluster.deployments[id.index()];
        if row.superseded {
            if !row.lanes.iter().any(|lane| lane.state == LaneState::Draining) {
                let cause = row.fact;
                self.give_way(now, id, cause, queue);
            }
        } else if !self.reopen_lanes(id) && self.lanes_are_done(id) {
            self.check_success(now, id, queue);
        }
    }

    fn lanes_are_done(&self, id: DeploymentId) -> bool {
        self.cluster.deployments[id.index()].lanes.iter().all(|lane| lane.state == LaneState::Done)
    }

    /// Lanes that were done wait again when old instances are on their way to them since. Tells whether any does.
    fn reopen_lanes(&mut self, id: DeploymentId) -> bool {
        if !self.lanes_are_done(id) {
            return false;
        }
        let mut any = false;
        for lane in 0..self.cluster.deployments[id.index()].lanes.len() {
            let row = &self.cluster.deployments[id.index()];
            if rollout::remaining(&self.cluster, row, &row.lanes[lane]).coming > 0 {
                self.lane(id, lane).state = LaneState::Ready;
                any = true;
            }
        }
        any
    }

    fn roll_lane(&mut self, now: SimTime, id: DeploymentId, lane: usize, queue: &mut Queue) {
        loop {
            let row = &self.cluster.deployments[id.index()];
            if row.superseded && row.lanes[lane].state == LaneState::Ready {
                self.lane(id, lane).state = LaneState::Done;
                return;
            }
            match rollout::decide(&self.cluster, row, &row.lanes[lane]) {
                Step::Drain(count) => {
                    if !self.drain_next(now, id, lane, count, queue) {
                        return;
                    }
                }
                Step::EndWave { more } => {
                    self.end_wave(now, id, lane);
                    let row = &self.cluster.deployments[id.index()];
                    if row.rolls_back() && !row.lanes[lane].back {
                        self.turn_back(id, lane, queue);
                        continue;
                    }
                    if more && !self.cluster.deployments[id.index()].superseded {
                        self.pause(now, id, lane, queue);
                        return;
                    }
                    self.lane(id, lane).state = LaneState::Ready;
                }
                Step::Wait(_) => return,
                Step::Finish => {
                    self.lane(id, lane).state = LaneState::Done;
                    return;
                }
            }
        }
    }

    fn lane(&mut self, id: DeploymentId, lane: usize) -> &mut Lane {
        &mut self.cluster.deployments[id.index()].lanes[lane]
    }

    /// Drains the next instances in line, as a wave or within the window. Tells whether there were any.
    fn drain_next(
        &mut self,
        now: SimTime,
        id: DeploymentId,
        lane: usize,
        count: u32,
        queue: &mut Queue,
    ) -> bool {
        let victims = self.next_victims(id, lane, count);
        if victims.is_empty() {
            let joining = !self.newly_active.is_empty();
            debug_assert!(joining, "{id:?}: {count} instances to drain, none in line");
            return false;
        }
        if self.lane(id, lane).state == LaneState::Ready {
            self.lane(id, lane).state = LaneState::Draining;
            self.lane(id, lane).waves += 1;
            self.lane(id, lane).current.clear();
        }
        let mut providers: Vec<(CapacityProviderId, u32)> = Vec::new();
        for (_, _, provider) in &victims {
            match providers.iter_mut().find(|(p, _)| p == provider) {
                Some((_, n)) => *n += 1,
                None => providers.push((*provider, 1)),
            }
        }
        for (provider, n) in providers {
            self.open_wave(now, id, lane, provider, n);
        }
        for (instance, _, provider) in victims {
            let wave = self.wave_of(id, lane, provider);
            self.cluster.waves[wave.index()].leaving += 1;
            self.cluster.waves[wave.index()].unmoved += 1;
            self.lane(id, lane).leaving += 1;
            let row = &mut self.cluster.deployments[id.index()];
            row.replaced += 1;
            row.touched += u32::from(!row.lanes[lane].back);
            let cause = self.cluster.waves[wave.index()].fact;
            self.drain(now, instance, DrainCause::Deployment(id, wave), cause, queue);
        }
        true
    }

    /// Takes the next ones in line that are still there to be drained.
    fn next_victims(
        &mut self,
        id: DeploymentId,
        lane: usize,
        count: u32,
    ) -> Vec<(InstanceId, u32, CapacityProviderId)> {
        if self.cluster.assumptions.victim_order == VictimOrder::FewestTasks {
            // The order changes as tasks move.
            let mut line = Vec::from(std::mem::take(&mut self.lane(id, lane).victims));
            line.retain(|(instance, number, provider)| {
                self.cluster.is_instance(*instance, *provider, *number)
                    && self.cluster.instances[*instance].status == InstanceStatus::Active
            });
            rollout::order_victims(&self.cluster, &mut line, |v| v.0, |_| 0);
            self.lane(id, lane).victims = VecDeque::from(line);
        }
        let mut chosen = Vec::new();
        while chosen.len() < count as usize {
            let Some(next) = self.lane(id, lane).victims.pop_front() else { break };
            let (instance, number, provider) = next;
            if self.cluster.is_instance(instance, provider, number)
                && self.cluster.instances[instance].status == InstanceStatus::Active
            {
                chosen.push(next);
            }
        }
        chosen
    }

    /// The current wave's row of a provider.
    fn wave_of(&mut self, id: DeploymentId, lane: usize, provider: CapacityProviderId) -> WaveId {
        let current = &self.cluster.deployments[id.index()].lanes[lane].current;
        let found = current.iter().find(|wave| self.cluster.waves[wave.index()].provider == provider);
        found.copied().unwrap_or(WaveId::NONE)
    }

    /// Opens a wave's row for a provider, or lets the window's row grow.
    fn open_wave(
        &mut self,
        now: SimTime,
        id: DeploymentId,
        lane: usize,
        provider: CapacityProviderId,
        instances: u32,
    ) {
        let sliding = self.cluster.assumptions.wave_mode == WaveMode::SlidingWindow;
        let there = self.wave_of(id, lane, provider);
        if there.is_some() {
            self.cluster.waves[there.index()].instances += instances;
            return;
        }
        let number = 1 + self
            .cluster
            .waves
            .iter()
            .filter(|wave| wave.deployment == id && wave.provider == provider)
            .count() as u32;
        let wave = WaveId::new(self.cluster.waves.len() as u32);
        let whole = if sliding { self.cluster.deployments[id.index()].lanes[lane].fleet } else { instances };
        self.cluster.waves.push(Wave {
            deployment: id,
            lane: lane as u32,
            back: self.cluster.deployments[id.index()].lanes[lane].back,
            failures: 0,
            provider,
            number,
            instances,
            leaving: 0,
            unmoved: 0,
            awaited: 0,
            started: now,
            finished: None,
            min_running: self.cluster.provider(provider).tasks.running,
            slowest: None,
            replaced: Vec::new(),
            stride: whole.div_ceil(SAMPLE).max(1),
            fact: 0,
        });
        self.cluster.deployments[id.index()].waves += 1;
        self.lane(id, lane).current.push(wave);
        self.open_waves.push(wave);
        let cause = self.lane(id, lane).fact;
        self.tell_wave(now, cause, wave, "", "STARTED");
    }

    fn end_wave(&mut self, now: SimTime, id: DeploymentId, lane: usize) {
        for wave in self.cluster.deployments[id.index()].lanes[lane].current.clone() {
            self.finish_wave(now, wave);
        }
    }

    /// Closes a wave's row.
    fn finish_wave(&mut self, now: SimTime, wave: WaveId) {
        let row = &mut self.cluster.waves[wave.index()];
        if row.finished.is_some() {
            return;
        }
        row.finished = Some(now);
        let (deployment, lane) = (row.deployment, row.lane as usize);
        let cause = row.fact;
        let fact = self.tell_wave(now, cause, wave, "STARTED", "FINISHED");
        self.lane(deployment, lane).fact = fact;
        if !self.cluster.deployments[deployment.index()].status.is_final() {
            self.cluster.deployments[deployment.index()].fact = fact;
        }
        self.open_waves.retain(|open| *open != wave);
    }

    /// Between two waves: a bake where one follows each wave, then the gap.
    fn pause(&mut self, now: SimTime, id: DeploymentId, lane: usize, queue: &mut Queue) {
        if self.bakes_per_wave(id) {
            let until = now + self.cluster.deployments[id.index()].bake;
            let cause = self.lane(id, lane).fact;
            let fact = self.tell_bake(now, cause, id, "", "STARTED");
            let row = self.lane(id, lane);
            row.fact = fact;
            row.state = LaneState::Baking;
            row.timer = queue.at(until, Event::Lane(id, lane as u32));
        } else {
            self.gap(now, id, lane, queue);
        }
    }

    fn gap(&mut self, now: SimTime, id: DeploymentId, lane: usize, queue: &mut Queue) {
        let row = &self.cluster.deployments[id.index()];
        let (at, wave) = (row.lanes[lane].targets[0] as usize, row.lanes[lane].waves);
        let provider = &self.names.providers[row.targets[at].0.index()];
        let name = format!("{} on {provider}", self.names.deployment(self.deployment_name(id)));
        let takes = self.env.wave_gap(&name, wave);
        let row = self.lane(id, lane);
        row.state = LaneState::Gap;
        row.timer = queue.at(now + takes, Event::Lane(id, lane as u32));
    }

    /// A lane's pause ends.
    pub(super) fn on_lane_timer(&mut self, now: SimTime, id: DeploymentId, lane: usize, queue: &mut Queue) {
        self.lane(id, lane).timer = EventKey::NONE;
        match self.lane(id, lane).state {
            LaneState::Baking => {
                let cause = self.lane(id, lane).fact;
                let fact = self.tell_bake(now, cause, id, "STARTED", "FINISHED");
                self.lane(id, lane).fact = fact;
                self.gap(now, id, lane, queue);
            }
            LaneState::Gap => {
                self.lane(id, lane).state = LaneState::Ready;
                self.deployment_due(id);
            }
            LaneState::Ready | LaneState::Draining | LaneState::Done => {
                debug_assert!(false, "{id:?} lane {lane} has no timer");
            }
        }
    }

    /// An instance is ACTIVE: one less to be waited for if it replaces. Rollouts see it when waiting tasks have been
    /// placed, so that one launched for them is not drained before it has served anyone.
    pub(super) fn on_instance_active(&mut self, id: InstanceId) {
        let (provider, number) = (self.cluster.instances[id].provider, self.cluster.instances[id].number);
        if let Some(wave) = self.awaited.remove(&(provider, number)) {
            self.replacement_came(wave);
        }
        self.newly_active.push((id, provider, number));
    }

    /// Instances that became ACTIVE in this instant: more to be drained, if they are old.
    pub(super) fn let_join_rollouts(&mut self) {
        for (id, provider, number) in std::mem::take(&mut self.newly_active) {
            let still_there = self.cluster.is_instance(id, provider, number);
            for daemon in 0..self.cluster.daemons.len() {
                let deployment = self.cluster.daemons[daemon].deployment;
                if deployment.is_none() {
                    continue;
                }
                let row = &mut self.cluster.deployments[deployment.index()];
                // One that the daemon is taken off does not count.
                let brings = |(p, target): &(CapacityProviderId, Option<DaemonRevisionId>)| {
                    *p == provider && target.is_some()
                };
                if row.awaits_first && row.targets.iter().any(brings) {
                    row.awaits_first = false;
                    self.deployment_due(deployment);
                }
                if still_there {
                    self.join_line(id, deployment, provider, number);
                }
            }
        }
    }

    /// Takes an instance out of every line; it will join again at the end.
    pub(super) fn leave_line(&mut self, id: InstanceId) {
        for deployment in self.cluster.deployments.iter_mut().filter(|d| !d.status.is_final()) {
            for lane in &mut deployment.lanes {
                lane.victims.retain(|(victim, ..)| *victim != id);
            }
        }
    }

    fn join_line(
        &mut self,
        id: InstanceId,
        deployment: DeploymentId,
        provider: CapacityProviderId,
        number: u32,
    ) {
        let row = &self.cluster.deployments[deployment.index()];
        if row.status.is_final() {
            return;
        }
        let covers = |lane: &Lane| lane.targets.iter().any(|t| row.targets[*t as usize].0 == provider);
        let Some(at) = row.lanes.iter().position(covers) else { return };
        let target = row.targets.iter().find(|(p, _)| *p == provider).and_then(|(_, target)| *target);
        let (old, rolling) = (self.cluster.is_old(id, row.daemon, target), row.phase == Phase::Rolling);
        let lane = self.lane(deployment, at);
        if old && rolling {
            lane.victims.push_back((id, number, provider));
            if lane.state == LaneState::Done {
                lane.state = LaneState::Ready;
            }
        }
        self.deployment_due(deployment);
    }

    /// The app tasks of a drained instance have left it.
    pub(super) fn on_moved(&mut self, id: InstanceId) {
        let drain = self.cluster.instances[id].drain;
        if let DrainCause::Deployment(deployment, wave) = self.cluster.drains[drain].cause {
            self.cluster.waves[wave.index()].unmoved -= 1;
            if self.cluster.assumptions.wave_mode == WaveMode::ReplacementsActive {
                self.deployment_due(deployment);
            }
        }
    }

    /// An instance that a wave drained is gone.
    pub(super) fn on_replaced(
        &mut self,
        now: SimTime,
        id: InstanceId,
        deployment: DeploymentId,
        wave: WaveId,
        fact: u32,
    ) {
        let replaced = self.replaced(now, id);
        let row = &mut self.cluster.waves[wave.index()];
        row.leaving -= 1;
        row.fact = fact;
        if replaced.number.is_multiple_of(row.stride) || row.stride == 1 {
            row.replaced.push(replaced);
        }
        let slower = row.slowest.is_none_or(|s| {
            (s.gone, std::cmp::Reverse(s.number)) < (now, std::cmp::Reverse(replaced.number))
        });
        if slower {
            row.slowest = Some(replaced);
        }
        let (lane, empty) = (row.lane as usize, row.leaving == 0);
        self.lane(deployment, lane).leaving -= 1;
        let row = &self.cluster.deployments[deployment.index()];
        let over = row.status.is_final() || !row.lanes[lane].current.contains(&wave);
        if empty && over {
            self.finish_wave(now, wave);
        }
        self.deployment_due(deployment);
    }

    /// The stages of an instance that is gone.
    fn replaced(&self, now: SimTime, id: InstanceId) -> Replaced {
        let instance = &self.cluster.instances[id];
        let drain = &self.cluster.drains[instance.drain];
        let mut at = drain.since;
        let marks = [drain.noticed, drain.placed, drain.moved, drain.emptied, drain.deregistering, Some(now)];
        let stages = marks.map(|mark| {
            // A stage that was passed over takes no time.
            let until = mark.unwrap_or(at).max(at);
            let takes = until.since(at);
            at = until;
            takes
        });
        Replaced { number: instance.number, draining: drain.since, gone: now, stages }
    }
}
