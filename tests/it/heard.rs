//! A recorder that keeps all facts, and the questions that tests of failures ask of them.

use super::story::{DAEMON, PROVIDER, SERVICE, Story};
use daemonsim::kernel::SimTime;
use daemonsim::model::{InstanceName, Owner, TaskName};
use daemonsim::record::{Counts, Fact, FactKind, Observation, Reason, Recorder, RunSummary};
use std::collections::BTreeMap;

/// What was heard of a run. Numbers of instances are those of the first provider; times are milliseconds.
#[derive(Default)]
pub(crate) struct Heard {
    pub(crate) facts: Vec<Fact>,
    /// Which task each task replaces.
    pub(crate) replaces: BTreeMap<TaskName, TaskName>,
    counts: Vec<(u64, Counts)>,
}

impl Recorder for Heard {
    fn note(&mut self, at: SimTime, observation: Observation<'_>) {
        match observation {
            Observation::Fact(fact) => self.facts.push(*fact),
            Observation::Counts { of: None, counts } => self.counts.push((at.as_ms(), *counts)),
            Observation::Created { task, replaces: Some(old) } => {
                self.replaces.insert(task, old);
            }
            Observation::Counts { .. }
            | Observation::Created { .. }
            | Observation::Launched { .. }
            | Observation::LaunchTaken { .. }
            | Observation::RingsAtStart { .. } => (),
        }
    }
}

/// What a fact says of a task: when, which, where, from what, to what and why.
pub(crate) type Told = (u64, TaskName, Option<InstanceName>, [&'static str; 2], Reason);

/// Runs a story, all ears.
pub(crate) fn hear(story: &Story) -> (RunSummary, Heard) {
    daemonsim::world::simulate(&story.setup, 0, Heard::default())
}

pub(crate) fn daemon_task(number: u32) -> TaskName {
    TaskName { owner: Owner::Daemon(DAEMON), number }
}

pub(crate) fn app_task(number: u32) -> TaskName {
    TaskName { owner: Owner::Service(SERVICE), number }
}

pub(crate) fn instance(number: u32) -> InstanceName {
    InstanceName { provider: PROVIDER, number }
}

impl Heard {
    /// Facts of a kind that say `to`.
    pub(crate) fn all(&self, kind: FactKind, to: &str) -> impl Iterator<Item = &Fact> {
        self.facts.iter().filter(move |fact| fact.kind == kind && fact.to == to)
    }

    /// When facts of a kind said `to`.
    pub(crate) fn times(&self, kind: FactKind, to: &str) -> Vec<u64> {
        self.all(kind, to).map(|fact| fact.at.as_ms()).collect()
    }

    /// When an instance came to this status.
    pub(crate) fn instance(&self, number: u32, to: &str) -> Vec<u64> {
        let mine = |fact: &&Fact| fact.instance == Some(instance(number));
        self.all(FactKind::Instance, to).filter(mine).map(|fact| fact.at.as_ms()).collect()
    }

    /// When a task came to this status.
    pub(crate) fn task(&self, name: TaskName, to: &str) -> Vec<u64> {
        let mine = |fact: &&Fact| fact.task == Some(name);
        self.all(FactKind::Task, to).filter(mine).map(|fact| fact.at.as_ms()).collect()
    }

    pub(crate) fn daemon(&self, number: u32, to: &str) -> Vec<u64> {
        self.task(daemon_task(number), to)
    }

    pub(crate) fn app(&self, number: u32, to: &str) -> Vec<u64> {
        self.task(app_task(number), to)
    }

    /// When any daemon task came to this status.
    pub(crate) fn daemons(&self, to: &str) -> Vec<u64> {
        let mine = |fact: &&Fact| fact.owner == Some(Owner::Daemon(DAEMON));
        self.all(FactKind::Task, to).filter(mine).map(|fact| fact.at.as_ms()).collect()
    }

    /// When any app task came to this status.
    pub(crate) fn apps(&self, to: &str) -> Vec<u64> {
        let mine = |fact: &&Fact| fact.owner == Some(Owner::Service(SERVICE));
        self.all(FactKind::Task, to).filter(mine).map(|fact| fact.at.as_ms()).collect()
    }

    /// The first such fact about an instance.
    pub(crate) fn fact_of(&self, number: u32, to: &str) -> &Fact {
        let mine = |fact: &&Fact| fact.instance == Some(instance(number));
        self.all(FactKind::Instance, to).find(mine).unwrap_or_else(|| panic!("i-{number} is never {to}"))
    }

    /// All that led to a fact, itself first.
    pub(crate) fn causes<'a>(&'a self, fact: &'a Fact) -> impl Iterator<Item = &'a Fact> {
        std::iter::successors(Some(fact), |fact| fact.cause.map(|cause| &self.facts[cause as usize]))
    }

    /// A count of the cluster, each time that it changed.
    pub(crate) fn count(&self, of: fn(&Counts) -> u32) -> Vec<(u64, u32)> {
        let mut changes: Vec<(u64, u32)> = Vec::new();
        for (at, counts) in &self.counts {
            let now = of(counts);
            if changes.last().is_none_or(|(_, before)| *before != now) {
                changes.push((*at, now));
            }
        }
        changes
    }

    /// The time-average of a count of the cluster from one time to another.
    pub(crate) fn mean(&self, of: fn(&Counts) -> u32, from: u64, to: u64) -> f64 {
        let mut sum = 0_u64;
        for (at, (begin, counts)) in self.counts.iter().enumerate() {
            let end = self.counts.get(at + 1).map_or(to, |(next, _)| *next);
            let (begin, end) = ((*begin).clamp(from, to), end.clamp(from, to));
            sum += u64::from(of(counts)) * (end - begin);
        }
        sum as f64 / (to - from) as f64
    }

    /// What happened to app tasks.
    pub(crate) fn app_story(&self) -> Vec<Told> {
        let mine = |fact: &&Fact| fact.owner == Some(Owner::Service(SERVICE)) && fact.kind == FactKind::Task;
        let told = self.facts.iter().filter(mine);
        told.filter_map(|f| Some((f.at.as_ms(), f.task?, f.instance, [f.from, f.to], f.reason))).collect()
    }
}
