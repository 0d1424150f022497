//! Ends that no drain precedes: a registration that fails, an instance that is given up, one that dies.

use super::{Queue, World};
use crate::kernel::SimTime;
use crate::model::assumptions::Replacement;
use crate::model::{AppTaskId, DrainCause, InstanceId, InstanceStatus};
use crate::record::{Reason, Recorder};

impl<R: Recorder> World<R> {
    /// REGISTERING → REGISTRATION_FAILED: the attempts of a critical daemon are used up.
    pub(super) fn fail_registration(&mut self, now: SimTime, id: InstanceId, cause: u32, queue: &mut Queue) {
        let let_down = self.leave_flight(now, id, cause, queue);
        self.cluster.set_instance_status(id, InstanceStatus::RegistrationFailed);
        let reason = Reason::Word("a critical daemon does not start");
        let fact = self.tell_instance(now, cause, id, "REGISTERING", reason);
        self.tally.mishaps.registration_failures += 1;
        self.blame(&let_down, fact);
        self.stop_daemons(now, id, queue);
        self.terminate(now, id, queue);
        self.on_fleet_shrank(self.cluster.instances[id].provider);
    }

    /// An instance that is not ACTIVE yet is given up, because it would have the wrong daemon revisions.
    pub(super) fn abandon(&mut self, now: SimTime, id: InstanceId, cause: u32, queue: &mut Queue) {
        if self.cluster.instances[id].status == InstanceStatus::Launching {
            return self.vanish(now, id, cause, "", Reason::Word("rollback"), queue);
        }
        let let_down = self.leave_flight(now, id, cause, queue);
        self.cluster.set_instance_status(id, InstanceStatus::Deregistering);
        let fact = self.tell_instance(now, cause, id, "REGISTERING", Reason::Word("rollback"));
        self.blame(&let_down, fact);
        self.stop_daemons(now, id, queue);
        self.on_daemons_quieter(now, id, queue);
        self.on_fleet_shrank(self.cluster.instances[id].provider);
    }

    /// An instance that was on its way will not be ACTIVE: tasks that it had promised room to wait on. Tells which.
    fn leave_flight(
        &mut self,
        now: SimTime,
        id: InstanceId,
        cause: u32,
        queue: &mut Queue,
    ) -> Vec<AppTaskId> {
        self.end_idling(id, queue);
        let let_down = self.cluster.instances[id].tasks.clone();
        self.break_promises(id);
        let instance = &self.cluster.instances[id];
        let (provider, number) = (instance.provider, instance.number);
        self.provider_due(provider);
        if let Some(wave) = self.awaited.remove(&(provider, number)) {
            self.replacement_came(wave);
            if self.cluster.assumptions.replacement == Replacement::OneForOne {
                self.order_replacement(now, id, wave, cause, queue);
            }
        }
        let_down
    }

    /// What is launched for tasks that were let down, is launched because of this.
    fn blame(&mut self, let_down: &[AppTaskId], fact: u32) {
        for task in let_down {
            self.cluster.app_tasks[*task].fact = fact;
        }
    }

    /// An instance is gone at once, and all that was on it.
    pub(super) fn vanish(
        &mut self,
        now: SimTime,
        id: InstanceId,
        cause: u32,
        code: &'static str,
        reason: Reason,
        queue: &mut Queue,
    ) {
        let from = self.cluster.instances[id].status;
        let mut let_down = Vec::new();
        if matches!(from, InstanceStatus::Launching | InstanceStatus::Registering) {
            let_down = self.leave_flight(now, id, cause, queue);
        }
        self.end_idling(id, queue);
        if from == InstanceStatus::Active {
            self.cluster.leave_all_groups(id);
        }
        let drain = self.cluster.instances[id].drain;
        if drain.is_some() {
            self.end_drain_timers(id, queue);
        }
        if matches!(from, InstanceStatus::Active | InstanceStatus::Draining) {
            self.expose(now, id, -1);
        }
        if from == InstanceStatus::Launching && self.cluster.instances[id].awaited > 0 {
            // EC2 never took the call: it has cost nothing.
            self.cluster.instances[id].launched = now;
        }
        // From here on nothing that its tasks do moves it.
        self.cluster.set_instance_status(id, InstanceStatus::Terminated);
        self.cluster.refresh_room(id, false);
        for task in self.cluster.instances[id].tasks.clone() {
            self.kill_task(now, task, cause, code, queue);
        }
        self.kill_daemons(now, id, cause, code, queue);
        let by = drain.is_some().then(|| self.cluster.drains[drain].cause);
        let fact = self.tell_instance(now, cause, id, from.word(), reason);
        self.blame(&let_down, fact);
        if let (Some(DrainCause::Repair), InstanceStatus::Draining) = (by, from) {
            self.on_repair_over(now, self.cluster.instances[id].provider, queue);
        }
        self.bury(now, id, fact, queue);
    }

    /// The last rites of an instance that is TERMINATED.
    pub(super) fn bury(&mut self, now: SimTime, id: InstanceId, fact: u32, queue: &mut Queue) {
        self.tally.gone(&self.cluster, id, now);
        self.forget_hazards(id, queue);
        let drain = self.cluster.instances[id].drain;
        if drain.is_some() {
            if self.cluster.drains[drain].emptied.is_none() {
                // It died before its tasks had moved: they have left it, too.
                self.on_moved(id);
            }
            if let DrainCause::Deployment(deployment, wave) = self.cluster.drains[drain].cause {
                self.on_replaced(now, id, deployment, wave, fact);
            }
            self.cluster.drains.free(drain);
        }
        self.forget_daemon_tasks(id);
        let provider = self.cluster.instances[id].provider;
        self.cluster.remove_instance(id);
        self.on_fleet_shrank(provider);
        self.on_quota_freed(now, provider, queue);
    }

    /// One instance more or less carries its daemon revisions, ACTIVE or DRAINING.
    pub(super) fn expose(&mut self, now: SimTime, id: InstanceId, by: i32) {
        let set = self.cluster.instances[id].set;
        for at in 0..self.cluster.sets[set.index()].entries.len() {
            let (_, revision) = self.cluster.sets[set.index()].entries[at];
            self.cluster.revisions[revision.index()].exposure.change(now, by);
        }
    }
}
