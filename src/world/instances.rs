//! The life of a container instance.

use super::app_tasks::BY_TERMINATION;
use super::environment::Place;
use super::event::Event;
use super::{NO_FACT, Queue, World};
use crate::kernel::{EventKey, Id, SimTime};
use crate::model::assumptions::{DaemonStopAfter, Replacement, StandaloneOnDrain};
use crate::model::{
    AppTaskId, CapacityProviderId, ContainerInstance, DaemonSetId, DaemonTaskId, DeploymentName, Drain,
    DrainCause, InstanceId, InstanceStatus, InstanceTypeId, TaskStatus, ZoneId,
};
use crate::record::{Reason, Recorder};

impl<R: Recorder> World<R> {
    /// The row of an instance that does not do anything yet.
    pub(super) fn blank_instance(
        &self,
        now: SimTime,
        provider: CapacityProviderId,
        zone: ZoneId,
        instance_type: InstanceTypeId,
        set: DaemonSetId,
        status: InstanceStatus,
    ) -> ContainerInstance {
        ContainerInstance {
            number: self.cluster.provider(provider).numbers.len() as u32 + 1,
            provider,
            zone,
            instance_type,
            set,
            status,
            awaited: 0,
            daemons_left: 0,
            daemons_up: 0,
            stopping: 0,
            connected: true,
            impaired: false,
            free: self.cluster.room_of(instance_type, set),
            slots: self.cluster.instance_types[instance_type.index()].max_tasks,
            tasks: Vec::new(),
            kinds: Vec::new(),
            daemons: DaemonTaskId::NONE,
            room_mask: 0,
            timer: EventKey::NONE,
            drain: Id::NONE,
            launched: now,
            fact: NO_FACT,
        }
    }

    /// Calls for an instance.
    #[expect(clippy::too_many_arguments, reason = "they are what a launch call says, and its cause")]
    pub(super) fn launch(
        &mut self,
        now: SimTime,
        provider: CapacityProviderId,
        zone: ZoneId,
        instance_type: InstanceTypeId,
        set: DaemonSetId,
        cause: u32,
        queue: &mut Queue,
    ) -> InstanceId {
        let row = self.blank_instance(now, provider, zone, instance_type, set, InstanceStatus::Launching);
        let number = row.number;
        let id = self.cluster.add_instance(row);
        self.tally.launched += 1;
        self.tell_launched(now, id);
        self.tell_instance(now, cause, id, "", Reason::None);
        self.cluster.refresh_room(id, true);
        let through = self.env.call(now, Place { provider, zone, number });
        if through > now {
            self.cluster.instances[id].fact = self.tell_fault_at(now, id, "apiThrottling", "the call waits");
            self.cluster.instances[id].awaited = 1;
            self.cluster.instances[id].timer = queue.at(through, Event::Instance(id));
        } else {
            self.call_ec2(now, id, queue);
        }
        id
    }

    /// EC2 takes a launch call, or it fails and is made again.
    fn call_ec2(&mut self, now: SimTime, id: InstanceId, queue: &mut Queue) {
        let place = self.place_of(id);
        let attempt = self.cluster.instances[id].awaited.saturating_sub(1);
        if let Some(retry) = self.env.launch_fails(now, place, u32::from(attempt)) {
            let fact = self.tell_fault_at(now, id, "launchFailures", "InsufficientInstanceCapacity");
            self.tally.mishaps.launch_failures += 1;
            let instance = &mut self.cluster.instances[id];
            instance.fact = fact;
            instance.awaited = attempt.saturating_add(2);
            instance.timer = queue.at(now + retry, Event::Instance(id));
            return;
        }
        if std::mem::take(&mut self.cluster.instances[id].awaited) > 0 {
            self.cluster.instances[id].launched = now;
            self.bring_up_to_date(id);
            self.tell_launch_taken(now, id);
        }
        let usual = self.env.provider(place.provider).instance_launch.draw(u64::from(place.number));
        let takes = self.env.launch_time(now, place, usual);
        self.cluster.instances[id].timer = queue.at(now + takes, Event::Instance(id));
    }

    /// An instance whose launch call is taken late gets what governs by then, not what did when it was first made.
    fn bring_up_to_date(&mut self, id: InstanceId) {
        let instance = &self.cluster.instances[id];
        let (provider, old) = (instance.provider, instance.set);
        let row = self.cluster.provider(provider);
        if old == row.governing || old == row.launching_others {
            return;
        }
        let set = row.governing;
        self.break_promises(id);
        self.cluster.change_set(id, set);
        self.cluster.refresh_room(id, true);
        self.provider_due(provider);
        // A rollback may have waited for it as for an old one.
        self.on_fleet_shrank(provider);
    }

    /// Where an instance is, for those who roll dice about it.
    pub(super) fn place_of(&self, id: InstanceId) -> Place {
        let instance = &self.cluster.instances[id];
        Place { provider: instance.provider, zone: instance.zone, number: instance.number }
    }

    /// An instance's status ends.
    pub(super) fn on_instance_timer(&mut self, now: SimTime, id: InstanceId, queue: &mut Queue) {
        self.cluster.instances[id].timer = EventKey::NONE;
        match self.cluster.instances[id].status {
            InstanceStatus::Launching if self.cluster.instances[id].awaited > 0 => {
                self.call_ec2(now, id, queue);
            }
            InstanceStatus::Launching => self.on_registering(now, id, queue),
            InstanceStatus::Registering => self.on_active(now, id, queue),
            InstanceStatus::Active => {
                let instance = &self.cluster.instances[id];
                // Whether it still idles is seen when the instant is over: a task that comes now may keep it.
                self.due_idle.push((id, instance.provider, instance.number));
            }
            InstanceStatus::Deregistering | InstanceStatus::RegistrationFailed => {
                self.on_gone(now, id, queue);
            }
            InstanceStatus::Draining | InstanceStatus::Terminated => {
                debug_assert!(false, "{id:?} has no timer");
            }
        }
    }

    fn on_registering(&mut self, now: SimTime, id: InstanceId, queue: &mut Queue) {
        self.cluster.set_instance_status(id, InstanceStatus::Registering);
        let cause = self.cluster.instances[id].fact;
        self.tell_instance(now, cause, id, "LAUNCHING", Reason::None);
        self.expose_to_hazards(now, id, queue);
        self.on_fleet_grew(now, id, queue);
        self.start_daemons(now, id, queue);
        let instance = &self.cluster.instances[id];
        let waits = instance.awaited > 0 || instance.timer != EventKey::NONE;
        if instance.status == InstanceStatus::Registering && !waits {
            self.schedule_active(now, id, queue);
        }
    }

    /// The last gating daemon is ready: the instance will be ACTIVE soon.
    pub(super) fn schedule_active(&mut self, now: SimTime, id: InstanceId, queue: &mut Queue) {
        let (provider, number) = (self.cluster.instances[id].provider, self.cluster.instances[id].number);
        let takes = self.env.provider(provider).instance_active.draw(u64::from(number));
        self.cluster.instances[id].timer = queue.at(now + takes, Event::Instance(id));
    }

    fn on_active(&mut self, now: SimTime, id: InstanceId, queue: &mut Queue) {
        // Its promises lapse: tasks are placed by the rule of placement, wherever there is room now.
        self.break_promises(id);
        let provider = self.cluster.instances[id].provider;
        self.cluster.set_instance_status(id, InstanceStatus::Active);
        self.cluster.providers[provider.index()].failed_in_a_row = 0;
        self.expose(now, id, 1);
        let cause = self.cluster.instances[id].fact.max(self.last_daemon_fact(id));
        self.tell_instance(now, cause, id, "REGISTERING", Reason::None);
        self.cluster.refresh_room(id, true);
        self.provider_due(provider);
        self.watch_idle(now, id, queue);
        self.on_instance_active(id);
        self.drain_if_noticed(now, id, queue);
    }

    /// Tasks that an instance had promised room to wait for any instance again.
    pub(super) fn break_promises(&mut self, id: InstanceId) {
        let promised = std::mem::take(&mut self.cluster.instances[id].tasks);
        let provider = self.cluster.instances[id].provider;
        for task in &promised {
            self.cluster.app_tasks[*task].instance = InstanceId::NONE;
            let number = self.cluster.app_tasks[*task].number;
            self.cluster.providers[provider.index()].fresh.push_back((*task, number));
        }
        self.cluster.withdraw_promises(id);
        let mut kept = promised;
        kept.clear();
        self.cluster.instances[id].tasks = kept;
    }

    /// Starts the clock of an ACTIVE instance without tasks.
    pub(super) fn watch_idle(&mut self, now: SimTime, id: InstanceId, queue: &mut Queue) {
        let instance = &self.cluster.instances[id];
        if instance.status != InstanceStatus::Active
            || !instance.tasks.is_empty()
            || instance.timer != EventKey::NONE
        {
            return;
        }
        if let Some(after) = self.cluster.provider(instance.provider).scale_in_after {
            self.cluster.instances[id].timer = queue.at(now + after, Event::Instance(id));
        }
    }

    /// A task came: an idle instance idles no more.
    pub(super) fn end_idling(&mut self, id: InstanceId, queue: &mut Queue) {
        let timer = std::mem::take(&mut self.cluster.instances[id].timer);
        queue.cancel(timer);
    }

    /// Lets instances go whose time to idle is over and that still have no task.
    pub(super) fn let_idle_go(&mut self, now: SimTime, queue: &mut Queue) {
        for (id, provider, number) in std::mem::take(&mut self.due_idle) {
            if !self.cluster.is_instance(id, provider, number) {
                continue;
            }
            let instance = &self.cluster.instances[id];
            if instance.status != InstanceStatus::Active || !instance.tasks.is_empty() {
                continue;
            }
            self.cluster.set_instance_status(id, InstanceStatus::Deregistering);
            self.expose(now, id, -1);
            self.cluster.refresh_room(id, false);
            let cause = self.cluster.instances[id].fact;
            self.tell_instance(now, cause, id, "ACTIVE", Reason::Word("idle"));
            self.stop_daemons(now, id, queue);
            self.on_daemons_quieter(now, id, queue);
            self.on_fleet_shrank(provider);
        }
    }

    /// Sets an ACTIVE instance to DRAINING.
    pub(super) fn drain(
        &mut self,
        now: SimTime,
        id: InstanceId,
        by: DrainCause,
        cause: u32,
        queue: &mut Queue,
    ) {
        let timer = std::mem::take(&mut self.cluster.instances[id].timer);
        queue.cancel(timer);
        self.cluster.leave_all_groups(id);
        self.cluster.set_instance_status(id, InstanceStatus::Draining);
        self.cluster.refresh_room(id, false);
        let deadline = self.drain_deadline(now, id, by);
        let drain = self.cluster.drains.insert(Drain {
            cause: by,
            fact: NO_FACT,
            since: now,
            noticed: None,
            placed: None,
            moved: None,
            emptied: None,
            deregistering: None,
            notice: EventKey::NONE,
            deadline: queue.at(deadline, Event::DrainDeadline(id)),
            daemons_told: false,
            overdue: false,
            held: false,
        });
        self.deadlines += 1;
        self.cluster.instances[id].drain = drain;
        let reason = self.reason_of(by);
        let fact = self.tell_instance(now, cause, id, "ACTIVE", reason);
        self.cluster.drains[drain].fact = fact;

        let provider = self.cluster.instances[id].provider;
        let number = self.cluster.instances[id].number;
        let react = self.env.provider(provider).drain_react.draw(u64::from(number));
        self.stop_what_cannot_wait(now, id, fact, now + react, queue);
        if !self.cluster.instances[id].tasks.is_empty() {
            self.cluster.drains[drain].notice = queue.at(now + react, Event::DrainNoticed(id));
        }
        if let (DrainCause::Deployment(_, wave), Replacement::OneForOne) =
            (by, self.cluster.assumptions.replacement)
        {
            self.order_replacement(now + react, id, wave, fact, queue);
        }
        self.on_host_quieter(now, id, queue);
    }

    /// PENDING service tasks of a draining instance stop at once; standalone ones only if they are assumed to.
    fn stop_what_cannot_wait(
        &mut self,
        now: SimTime,
        id: InstanceId,
        cause: u32,
        known: SimTime,
        queue: &mut Queue,
    ) {
        let stop_standalone = self.cluster.assumptions.standalone_on_drain == StandaloneOnDrain::Stop;
        let cannot_wait = |task: &AppTaskId| {
            let row = &self.cluster.app_tasks[*task];
            match self.cluster.service(row.group) {
                Some(_) => row.status == TaskStatus::Pending,
                None => stop_standalone && !row.status.is_stopping(),
            }
        };
        let tasks: Vec<AppTaskId> =
            self.cluster.instances[id].tasks.iter().copied().filter(cannot_wait).collect();
        for task in tasks {
            let row = &self.cluster.app_tasks[task];
            if self.cluster.service(row.group).is_none() {
                self.stop_task(now, task, cause, super::app_tasks::BY_TERMINATION, queue);
            } else {
                if !row.unwanted {
                    self.cluster.app_tasks[task].displaced = true;
                    let by = self.drained_by(task);
                    self.lose(now, task, cause, by, known.since(now), queue);
                }
                self.stop_task(now, task, cause, super::app_tasks::BY_SCHEDULER, queue);
            }
        }
    }

    /// The service schedulers notice that an instance drains: they want its tasks elsewhere.
    pub(super) fn on_drain_noticed(&mut self, now: SimTime, id: InstanceId) {
        let drain = self.cluster.instances[id].drain;
        self.cluster.drains[drain].noticed = Some(now);
        self.cluster.drains[drain].notice = EventKey::NONE;
        let fact = self.cluster.drains[drain].fact;
        for at in 0..self.cluster.instances[id].tasks.len() {
            let task = self.cluster.instances[id].tasks[at];
            let group = self.cluster.app_tasks[task].group;
            if self.cluster.service(group).is_some() {
                self.unwant(task, true, fact);
                self.service_due(group, fact);
            }
        }
    }

    /// A drain has lasted long enough: whatever is left is killed.
    pub(super) fn on_drain_deadline(&mut self, now: SimTime, id: InstanceId, queue: &mut Queue) {
        self.deadlines -= 1;
        let drain = self.cluster.instances[id].drain;
        self.cluster.drains[drain].deadline = EventKey::NONE;
        let cause = self.cluster.instances[id].fact;
        self.cluster.drains[drain].daemons_told = true;
        self.cluster.drains[drain].overdue = true;
        for task in self.cluster.instances[id].tasks.clone() {
            self.kill_task(now, task, cause, BY_TERMINATION, queue);
        }
        self.kill_daemons(now, id, cause, BY_TERMINATION, queue);
        self.deregister(now, id, queue);
    }

    /// An app task on this host left RUNNING or is STOPPED.
    pub(super) fn on_host_quieter(&mut self, now: SimTime, id: InstanceId, queue: &mut Queue) {
        let instance = &self.cluster.instances[id];
        match instance.status {
            InstanceStatus::Active => {
                let provider = instance.provider;
                if self.cluster.provider(provider).waiting_count > 0 {
                    self.provider_due(provider);
                }
                self.watch_idle(now, id, queue);
            }
            InstanceStatus::Draining => {
                let empty = instance.tasks.is_empty();
                let quiet = instance.tasks.len() == instance.stopping as usize;
                let drain = instance.drain;
                if empty && self.cluster.drains[drain].emptied.is_none() {
                    self.cluster.drains[drain].emptied = Some(now);
                    self.on_moved(id);
                }
                let stop_now = match self.cluster.assumptions.daemon_stop_after {
                    DaemonStopAfter::AppsStopped => empty,
                    DaemonStopAfter::AppsNotRunning => quiet,
                };
                if stop_now && !self.cluster.drains[drain].daemons_told {
                    self.cluster.drains[drain].daemons_told = true;
                    self.stop_daemons(now, id, queue);
                }
                self.on_daemons_quieter(now, id, queue);
            }
            InstanceStatus::Launching
            | InstanceStatus::Registering
            | InstanceStatus::Deregistering
            | InstanceStatus::RegistrationFailed
            | InstanceStatus::Terminated => (),
        }
    }

    /// A daemon of an instance on its way out is STOPPED, or was not there: without tasks it can go.
    pub(super) fn on_daemons_quieter(&mut self, now: SimTime, id: InstanceId, queue: &mut Queue) {
        let instance = &self.cluster.instances[id];
        if instance.daemons_left > 0 || !instance.tasks.is_empty() {
            return;
        }
        match instance.status {
            InstanceStatus::Draining if self.cluster.drains[instance.drain].daemons_told => {
                self.deregister(now, id, queue);
            }
            InstanceStatus::Deregistering if instance.timer == EventKey::NONE => {
                self.terminate(now, id, queue);
            }
            InstanceStatus::Launching
            | InstanceStatus::Registering
            | InstanceStatus::Active
            | InstanceStatus::Draining
            | InstanceStatus::Deregistering
            | InstanceStatus::RegistrationFailed
            | InstanceStatus::Terminated => (),
        }
    }

    /// DRAINING → DEREGISTERING, and on to the end.
    fn deregister(&mut self, now: SimTime, id: InstanceId, queue: &mut Queue) {
        if self.cluster.instances[id].status != InstanceStatus::Draining {
            return;
        }
        let drain = self.cluster.instances[id].drain;
        self.cluster.drains[drain].deregistering = Some(now);
        self.end_drain_timers(id, queue);
        self.cluster.set_instance_status(id, InstanceStatus::Deregistering);
        self.expose(now, id, -1);
        let cause = self.cluster.instances[id].fact.max(self.last_daemon_fact(id));
        let reason = if self.cluster.drains[drain].overdue {
            Reason::Word("drain deadline")
        } else {
            self.reason_of(self.cluster.drains[drain].cause)
        };
        self.tell_instance(now, cause, id, "DRAINING", reason);
        self.terminate(now, id, queue);
        let provider = self.cluster.instances[id].provider;
        if self.cluster.drains[drain].cause == DrainCause::Repair {
            self.on_repair_over(now, provider, queue);
        }
        self.on_fleet_shrank(provider);
    }

    /// Nobody waits for this drain's notice or its deadline any more.
    pub(super) fn end_drain_timers(&mut self, id: InstanceId, queue: &mut Queue) {
        let drain = &mut self.cluster.drains[self.cluster.instances[id].drain];
        let (deadline, notice) = (std::mem::take(&mut drain.deadline), std::mem::take(&mut drain.notice));
        if queue.cancel(deadline) {
            self.deadlines -= 1;
        }
        queue.cancel(notice);
    }

    pub(super) fn terminate(&mut self, now: SimTime, id: InstanceId, queue: &mut Queue) {
        let (provider, number) = (self.cluster.instances[id].provider, self.cluster.instances[id].number);
        let takes = self.env.provider(provider).terminate.draw(u64::from(number));
        self.cluster.instances[id].timer = queue.at(now + takes, Event::Instance(id));
    }

    fn on_gone(&mut self, now: SimTime, id: InstanceId, queue: &mut Queue) {
        let from = self.cluster.instances[id].status;
        self.cluster.set_instance_status(id, InstanceStatus::Terminated);
        let cause = self.cluster.instances[id].fact;
        if self.cluster.instances[id].daemons_left > 0 {
            // Daemons of an instance that never came up may still be stopping.
            self.kill_daemons(now, id, cause, BY_TERMINATION, queue);
        }
        let fact = self.tell_instance(now, cause, id, from.word(), Reason::None);
        self.bury(now, id, fact, queue);
    }

    fn reason_of(&self, by: DrainCause) -> Reason {
        match by {
            DrainCause::Deployment(id, _) => {
                let row = &self.cluster.deployments[id.index()];
                Reason::Deployment(DeploymentName { daemon: row.daemon, number: row.number })
            }
            DrainCause::ByHand => Reason::Word("drained by hand"),
            DrainCause::Repair => Reason::Word("auto repair"),
            DrainCause::Spot => Reason::Word("Spot interruption"),
            DrainCause::Patching => Reason::Word("patching"),
        }
    }
}
