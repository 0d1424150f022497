//! Facts: what the recorder hears.

use super::{NO_FACT, World};
use crate::kernel::{Id, SimTime};
use crate::model::{
    AppTaskId, Cluster, DaemonRevisionId, DaemonTaskId, DeploymentId, DeploymentName, DrainCause, InstanceId,
    InstanceName, Names, Owner, RevisionName, TaskName, TaskStatus, WaveId,
};
use crate::record::{Fact, FactKind, Observation, Reason, Recorder};

impl<R: Recorder> World<R> {
    /// Numbers a fact, and tells it if anyone listens.
    #[inline]
    pub(super) fn tell(
        &mut self,
        now: SimTime,
        cause: u32,
        kind: FactKind,
        make: impl FnOnce(&Cluster, &mut Fact),
    ) -> u32 {
        let seq = self.next_fact;
        self.next_fact += 1;
        if R::LISTENS {
            let mut fact = Fact::blank(seq, now, kind);
            fact.cause = (cause != NO_FACT).then_some(cause);
            make(&self.cluster, &mut fact);
            self.recorder.note(now, Observation::Fact(&fact));
        }
        seq
    }

    /// An instance changed its status: `from` → what it is now.
    #[inline]
    pub(super) fn tell_instance(
        &mut self,
        now: SimTime,
        cause: u32,
        id: InstanceId,
        from: &'static str,
        reason: Reason,
    ) -> u32 {
        let seq = self.tell(now, cause, FactKind::Instance, |cluster, fact| {
            let instance = &cluster.instances[id];
            about_instance(cluster, id, fact);
            fact.from = from;
            fact.to = instance.status.word();
            fact.reason = reason;
        });
        self.cluster.instances[id].fact = seq;
        seq
    }

    /// An app task changed its status: `from` → what it is now.
    #[inline]
    pub(super) fn tell_task(
        &mut self,
        now: SimTime,
        cause: u32,
        id: AppTaskId,
        from: &'static str,
        reason: Reason,
    ) -> u32 {
        let seq = self.tell(now, cause, FactKind::Task, |cluster, fact| {
            let task = &cluster.app_tasks[id];
            let owner = cluster.groups[task.group.index()].owner;
            if task.instance.is_some() && task.status != TaskStatus::Provisioning {
                about_instance(cluster, task.instance, fact);
            } else {
                fact.provider = Some(task.provider);
            }
            fact.task = Some(TaskName { owner, number: task.number });
            fact.owner = Some(owner);
            fact.revision = Some(RevisionName::App(task.revision));
            fact.from = from;
            fact.to = task.status.word();
            fact.reason = reason;
        });
        self.cluster.app_tasks[id].fact = seq;
        seq
    }

    /// A daemon task changed its status: `from` → what it is now.
    #[inline]
    pub(super) fn tell_daemon_task(
        &mut self,
        now: SimTime,
        cause: u32,
        id: DaemonTaskId,
        from: &'static str,
        reason: Reason,
    ) -> u32 {
        if R::LISTENS && from.is_empty() {
            let task = &self.cluster.daemon_tasks[id];
            let owner = Owner::Daemon(self.cluster.revisions[task.revision.index()].daemon);
            let task = TaskName { owner, number: task.number };
            self.recorder.note(now, Observation::Created { task, replaces: None });
        }
        let seq = self.tell(now, cause, FactKind::Task, |cluster, fact| {
            let task = &cluster.daemon_tasks[id];
            let revision = &cluster.revisions[task.revision.index()];
            let owner = Owner::Daemon(revision.daemon);
            about_instance(cluster, task.instance, fact);
            fact.task = Some(TaskName { owner, number: task.number });
            fact.owner = Some(owner);
            fact.revision = Some(RevisionName::Daemon(revision.task_definition));
            fact.from = from;
            fact.to = task.status.word();
            fact.reason = reason;
        });
        self.cluster.daemon_tasks[id].fact = seq;
        seq
    }

    /// A deployment changed its status: `from` → what it is now.
    pub(super) fn tell_deployment(
        &mut self,
        now: SimTime,
        cause: u32,
        id: DeploymentId,
        from: &'static str,
        reason: Reason,
    ) -> u32 {
        let seq = self.tell(now, cause, FactKind::Deployment, |cluster, fact| {
            about_deployment(cluster, id, fact);
            fact.from = from;
            fact.to = cluster.deployments[id.index()].status.word();
            fact.reason = reason;
        });
        self.cluster.deployments[id.index()].fact = seq;
        seq
    }

    /// A deployment's bake began or ended.
    pub(super) fn tell_bake(
        &mut self,
        now: SimTime,
        cause: u32,
        id: DeploymentId,
        from: &'static str,
        to: &'static str,
    ) -> u32 {
        self.tell(now, cause, FactKind::Bake, |cluster, fact| {
            about_deployment(cluster, id, fact);
            fact.from = from;
            fact.to = to;
        })
    }

    /// A wave began or ended.
    pub(super) fn tell_wave(
        &mut self,
        now: SimTime,
        cause: u32,
        id: WaveId,
        from: &'static str,
        to: &'static str,
    ) -> u32 {
        let seq = self.tell(now, cause, FactKind::Wave, |cluster, fact| {
            let wave = &cluster.waves[id.index()];
            about_deployment(cluster, wave.deployment, fact);
            fact.provider = Some(wave.provider);
            fact.wave = Some(wave.number);
            fact.from = from;
            fact.to = to;
            fact.reason = Reason::Count(wave.instances, "instances");
        });
        self.cluster.waves[id.index()].fact = seq;
        seq
    }

    /// More about an instance, before its first fact.
    pub(super) fn tell_launched(&mut self, now: SimTime, id: InstanceId) {
        if !R::LISTENS {
            return;
        }
        let daemons = self.carried(id);
        let instance = &self.cluster.instances[id];
        let observation = Observation::Launched {
            instance: InstanceName { provider: instance.provider, number: instance.number },
            instance_type: instance.instance_type,
            daemons: &daemons,
        };
        self.recorder.note(now, observation);
    }

    /// The daemon revisions that an instance is launched for.
    fn carried(&self, id: InstanceId) -> Vec<RevisionName> {
        let set = &self.cluster.sets[self.cluster.instances[id].set.index()];
        let definition =
            |revision: DaemonRevisionId| self.cluster.revisions[revision.index()].task_definition;
        set.entries.iter().map(|(_, revision)| RevisionName::Daemon(definition(*revision))).collect()
    }

    /// EC2 took the launch call of an instance at last.
    pub(super) fn tell_launch_taken(&mut self, now: SimTime, id: InstanceId) {
        if R::LISTENS {
            let daemons = self.carried(id);
            let instance = &self.cluster.instances[id];
            let instance = InstanceName { provider: instance.provider, number: instance.number };
            self.recorder.note(now, Observation::LaunchTaken { instance, daemons: &daemons });
        }
    }

    /// More about an app task, before its first fact.
    pub(super) fn tell_created(&mut self, now: SimTime, id: AppTaskId, replaces: u32) {
        if !R::LISTENS {
            return;
        }
        let task = &self.cluster.app_tasks[id];
        let owner = self.cluster.groups[task.group.index()].owner;
        let replaces = (replaces != 0).then_some(TaskName { owner, number: replaces });
        let task = TaskName { owner, number: task.number };
        self.recorder.note(now, Observation::Created { task, replaces });
    }

    /// A deployment's name.
    pub(super) fn deployment_name(&self, id: DeploymentId) -> DeploymentName {
        let deployment = &self.cluster.deployments[id.index()];
        DeploymentName { daemon: deployment.daemon, number: deployment.number }
    }
}

/// Fills in where an instance is, and which wave drains it.
pub(super) fn about_instance(cluster: &Cluster, id: InstanceId, fact: &mut Fact) {
    let instance = &cluster.instances[id];
    fact.provider = Some(instance.provider);
    fact.zone = Some(instance.zone);
    fact.instance = Some(InstanceName { provider: instance.provider, number: instance.number });
    if instance.drain.is_some()
        && let DrainCause::Deployment(deployment, wave) = cluster.drains[instance.drain].cause
    {
        let row = &cluster.deployments[deployment.index()];
        fact.deployment = Some(DeploymentName { daemon: row.daemon, number: row.number });
        fact.wave = Some(cluster.waves[wave.index()].number);
    }
}

/// Fills in which deployment it is and what it rolls out.
pub(super) fn about_deployment(cluster: &Cluster, id: DeploymentId, fact: &mut Fact) {
    let row = &cluster.deployments[id.index()];
    fact.owner = Some(Owner::Daemon(row.daemon));
    fact.deployment = Some(DeploymentName { daemon: row.daemon, number: row.number });
    fact.revision = row.revision.map(|r| RevisionName::Daemon(cluster.revisions[r.index()].task_definition));
}

/// The owner of a group.
pub(super) fn owner_of(names: &Names, group: usize) -> Owner {
    match group.checked_sub(names.services.len()) {
        None => Owner::Service(Id::new(group as u32)),
        Some(family) => Owner::Standalone(Id::new(family as u32)),
    }
}
