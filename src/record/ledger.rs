//! The life of every instance and every task: the rows of `instances.csv` and `tasks.csv`.

use super::{Fact, FactKind, Moment, Observation, Reason, Recorder};
use crate::kernel::SimTime;
use crate::model::{
    InstanceName, InstanceStatus, InstanceTypeId, Owner, RevisionName, TaskName, TaskStatus, ZoneId,
};

/// Keeps the life of every instance and task, in order of creation: ids and times, no strings.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    instances: Vec<InstanceLife>,
    tasks: Vec<TaskLife>,
    /// The revision sets of all instances, one after the other.
    revisions: Vec<RevisionName>,
    /// Row of an instance, by provider and number.
    instance_rows: Vec<Vec<u32>>,
    /// Row of a task, by kind of owner, owner and number.
    task_rows: [Vec<Vec<u32>>; 3],
}

/// A row of `instances.csv`.
#[derive(Clone, Debug)]
pub struct InstanceLife {
    /// Which.
    pub name: InstanceName,
    /// Of what type.
    pub instance_type: InstanceTypeId,
    /// Where; none until its first fact.
    pub zone: Option<ZoneId>,
    /// When it was called for.
    pub launched: Moment,
    /// When EC2 took the call: it costs from then on. Never, when all its calls failed.
    pub taken: Moment,
    /// When it was first REGISTERING.
    pub registered: Moment,
    /// When it was first ACTIVE.
    pub active: Moment,
    /// When it became DRAINING, the last time if it came back from it.
    pub draining: Moment,
    /// When it became DEREGISTERING.
    pub deregistering: Moment,
    /// When it was gone.
    pub gone: Moment,
    /// The last reason that was given for its end.
    pub ended_because: Reason,
    /// Where its revisions lie, first and one past the last.
    revisions: (u32, u32),
}

/// A row of `tasks.csv`.
#[derive(Clone, Debug)]
pub struct TaskLife {
    /// Which.
    pub name: TaskName,
    /// What it runs.
    pub revision: Option<RevisionName>,
    /// Where it was placed.
    pub instance: Option<InstanceName>,
    /// The task whose place it took.
    pub replaces: Option<TaskName>,
    /// When it was created.
    pub created: Moment,
    /// When it got its instance.
    pub placed: Moment,
    /// When it was first RUNNING.
    pub running: Moment,
    /// When it was first counted healthy.
    pub healthy: Moment,
    /// When it got the stop signal.
    pub stopping: Moment,
    /// When it ended.
    pub stopped: Moment,
    /// ECS's stop code; empty while nothing stops it.
    pub stop_code: &'static str,
}

impl Ledger {
    /// Every instance, in order of creation.
    pub fn instances(&self) -> &[InstanceLife] {
        &self.instances
    }

    /// Every task, in order of creation.
    pub fn tasks(&self) -> &[TaskLife] {
        &self.tasks
    }

    /// The daemon revisions that an instance was launched with.
    pub fn revisions(&self, instance: &InstanceLife) -> &[RevisionName] {
        &self.revisions[instance.revisions.0 as usize..instance.revisions.1 as usize]
    }

    fn launched(&mut self, name: InstanceName, instance_type: InstanceTypeId, daemons: &[RevisionName]) {
        let from = index(self.revisions.len());
        self.revisions.extend_from_slice(daemons);
        *slot(&mut self.instance_rows, name.provider.index(), name.number) = index(self.instances.len());
        self.instances.push(InstanceLife {
            name,
            instance_type,
            zone: None,
            launched: Moment::NEVER,
            taken: Moment::NEVER,
            registered: Moment::NEVER,
            active: Moment::NEVER,
            draining: Moment::NEVER,
            deregistering: Moment::NEVER,
            gone: Moment::NEVER,
            ended_because: Reason::None,
            revisions: (from, index(self.revisions.len())),
        });
    }

    fn launch_taken(&mut self, at: SimTime, name: InstanceName, daemons: &[RevisionName]) {
        let from = index(self.revisions.len());
        self.revisions.extend_from_slice(daemons);
        let row = *slot(&mut self.instance_rows, name.provider.index(), name.number);
        if let Some(life) = self.instances.get_mut(row as usize) {
            life.taken = Moment::at(at);
            life.revisions = (from, from + index(daemons.len()));
        }
    }

    fn created(&mut self, name: TaskName, replaces: Option<TaskName>) {
        let (kind, owner) = place_of(name.owner);
        *slot(&mut self.task_rows[kind], owner, name.number) = index(self.tasks.len());
        self.tasks.push(TaskLife {
            name,
            revision: None,
            instance: None,
            replaces,
            created: Moment::NEVER,
            placed: Moment::NEVER,
            running: Moment::NEVER,
            healthy: Moment::NEVER,
            stopping: Moment::NEVER,
            stopped: Moment::NEVER,
            stop_code: "",
        });
    }

    fn fact(&mut self, fact: &Fact) {
        if matches!(fact.kind, FactKind::Instance | FactKind::Fault)
            && let Some(name) = fact.instance
        {
            let row = *slot(&mut self.instance_rows, name.provider.index(), name.number);
            match self.instances.get_mut(row as usize) {
                Some(life) if fact.kind == FactKind::Fault => life.mishap(fact),
                Some(life) => life.fact(fact),
                None => {}
            }
        } else if fact.kind == FactKind::Task
            && let Some(name) = fact.task
        {
            let (kind, owner) = place_of(name.owner);
            let row = *slot(&mut self.task_rows[kind], owner, name.number);
            if let Some(life) = self.tasks.get_mut(row as usize) {
                life.fact(fact);
            }
        }
    }
}

impl Recorder for Ledger {
    fn note(&mut self, at: SimTime, observation: Observation<'_>) {
        match observation {
            Observation::Fact(fact) => self.fact(fact),
            Observation::Launched { instance, instance_type, daemons } => {
                self.launched(instance, instance_type, daemons);
            }
            Observation::Created { task, replaces } => self.created(task, replaces),
            Observation::LaunchTaken { instance, daemons } => self.launch_taken(at, instance, daemons),
            Observation::Counts { .. } | Observation::RingsAtStart { .. } => {}
        }
    }
}

impl InstanceLife {
    /// What it cost from the launch call that EC2 took to its end, or to the end of the run, in billionths of a dollar;
    /// half a billionth rounds up.
    pub fn cost_nanos(&self, price_per_hour_nanos: u64, end: SimTime) -> u128 {
        const HOUR_MS: u128 = 3_600_000;
        let Some(from) = self.taken.get() else { return 0 };
        let ms = self.gone.get().unwrap_or(end).since(from).as_ms();
        (u128::from(ms) * u128::from(price_per_hour_nanos) + HOUR_MS / 2) / HOUR_MS
    }

    fn fact(&mut self, fact: &Fact) {
        let (at, is) = (fact.at, |status: InstanceStatus| fact.to == status.word());
        // A call that failed may be made again for another zone.
        self.zone = fact.zone.or(self.zone);
        // A thing that was in place at the start has gone through all that comes before.
        let in_place = self.launched == Moment::NEVER;
        if in_place {
            (self.launched, self.taken) = (Moment::at(at), Moment::at(at));
        }
        if is(InstanceStatus::Launching) {
            return;
        }
        let ends = is(InstanceStatus::Deregistering)
            || is(InstanceStatus::RegistrationFailed)
            || is(InstanceStatus::Terminated);
        if is(InstanceStatus::Registering) || in_place && !ends {
            self.registered.first(at);
        }
        if is(InstanceStatus::Active) {
            self.active.first(at);
            self.draining = Moment::NEVER;
            self.ended_because = Reason::None;
            return;
        }
        if is(InstanceStatus::Draining) {
            if in_place {
                self.active.first(at);
            }
            self.draining = Moment::at(at);
        } else if is(InstanceStatus::Deregistering) {
            self.deregistering.first(at);
        } else if is(InstanceStatus::Terminated) {
            self.gone.first(at);
        }
        if (ends || is(InstanceStatus::Draining)) && fact.reason != Reason::None {
            self.ended_because = fact.reason;
        }
    }

    /// A launch call that fails or waits costs nothing until it is told that EC2 took it after all.
    fn mishap(&mut self, fact: &Fact) {
        let waits = matches!(fact.to, "launchFailures" | "apiThrottling");
        if waits && self.registered == Moment::NEVER {
            self.launched.first(fact.at);
            self.taken = Moment::NEVER;
        }
    }
}

impl TaskLife {
    fn fact(&mut self, fact: &Fact) {
        let (at, is) = (fact.at, |status: TaskStatus| fact.to == status.word());
        // A task that was in place at the start has gone through all that comes before.
        let in_place = self.created == Moment::NEVER;
        self.created.first(at);
        self.revision = self.revision.or(fact.revision);
        if fact.instance.is_some() && self.instance.is_none() {
            self.instance = fact.instance;
            self.placed.first(at);
        }
        if is(TaskStatus::Running) || in_place && is(TaskStatus::Healthy) {
            self.running.first(at);
        }
        if is(TaskStatus::Healthy) {
            self.healthy.first(at);
        } else if is(TaskStatus::Stopping) {
            self.stopping.first(at);
        } else if is(TaskStatus::Stopped) {
            self.stopped.first(at);
        }
        // As in ECS, the first code stays: what began the end, not how it went.
        if (is(TaskStatus::Stopping) || is(TaskStatus::Stopped) || is(TaskStatus::Deactivating))
            && let Reason::Word(word) = fact.reason
            && self.stop_code.is_empty()
        {
            self.stop_code = word;
        }
    }
}

/// Which of the three lists of owners, and where in it.
fn place_of(owner: Owner) -> (usize, usize) {
    match owner {
        Owner::Service(id) => (0, id.index()),
        Owner::Standalone(id) => (1, id.index()),
        Owner::Daemon(id) => (2, id.index()),
    }
}

/// Where the row of something is noted; `u32::MAX` when it has none.
fn slot(rows: &mut Vec<Vec<u32>>, owner: usize, number: u32) -> &mut u32 {
    if rows.len() <= owner {
        rows.resize(owner + 1, Vec::new());
    }
    let (rows, number) = (&mut rows[owner], number as usize);
    if rows.len() <= number {
        rows.resize(number + 1, u32::MAX);
    }
    &mut rows[number]
}

/// A place in a list that is never longer than `u32` can count.
fn index(len: usize) -> u32 {
    u32::try_from(len).expect("a run has fewer than 2^32 rows of each kind")
}

#[cfg(test)]
mod tests;
