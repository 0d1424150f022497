//! A run as a story: one English sentence for each fact worth telling, with the virtual clock before it.
//!
//! Requests, deployments, waves, bakes, daemons and services are told whenever they change. Of instances and tasks
//! there are too many: within a wave the first and the last of each step are told, and outside of waves the first
//! few after each request, and the last of what goes wrong. Alarms and failures that repeat are counted.

mod trouble;

use super::human::{clock, human};
use crate::kernel::SimTime;
use crate::model::{
    AlarmId, CapacityProviderId, DeploymentName, DeploymentStatus, InstanceName, Names, Owner, TaskName,
};
use crate::record::{Fact, FactId, FactKind, Observation, Reason, Recorder};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use trouble::{Breaker, Dips, Ringing};

/// How many of a kind are told after a request, outside of waves.
const FEW: u32 = 3;

/// A step of an instance's life, or of a task's on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Launched,
    DaemonRuns,
    Active,
    AppRuns,
    Draining,
    Leaving,
    Gone,
    TaskEnds,
    /// Something goes wrong: what.
    Trouble(&'static str),
    /// An instance dies: why.
    Death(&'static str),
}

/// A sentence, when it belongs, and after which fact of that time.
type Line = (SimTime, FactId, String);

/// Who takes steps: the instances of a provider within a wave, or outside of one.
#[derive(Clone, Debug, Default)]
struct Scene {
    /// Waves under way.
    waves: u32,
    /// How many took each step.
    taken: BTreeMap<Step, u32>,
    /// The latest to take each step, and what to say of it if it stays the last.
    last: BTreeMap<Step, Line>,
}

/// Listens to a run and tells it.
#[derive(Debug)]
pub struct Narrative<'n> {
    names: &'n Names,
    lines: Vec<Line>,
    scenes: BTreeMap<CapacityProviderId, Scene>,
    in_place: BTreeMap<CapacityProviderId, u32>,
    /// Instances on which an app task has run.
    hosts: BTreeSet<InstanceName>,
    seq: FactId,
    dips: Dips,
    alarms: BTreeMap<AlarmId, Ringing>,
    /// What circuit breakers have counted since it was last told.
    breakers: BTreeMap<DeploymentName, Breaker>,
    /// Since when deployments have been rolling back.
    rollbacks: BTreeMap<DeploymentName, SimTime>,
    /// Waves of rollbacks under way.
    back: BTreeSet<(DeploymentName, CapacityProviderId, u32)>,
}

impl<'n> Narrative<'n> {
    /// A story that has not begun, of things that are called so.
    pub fn new(names: &'n Names) -> Narrative<'n> {
        Narrative {
            names,
            lines: Vec::new(),
            scenes: BTreeMap::new(),
            in_place: BTreeMap::new(),
            hosts: BTreeSet::new(),
            seq: 0,
            dips: Dips::default(),
            alarms: BTreeMap::new(),
            breakers: BTreeMap::new(),
            rollbacks: BTreeMap::new(),
            back: BTreeSet::new(),
        }
    }

    /// The whole story, a line for each sentence.
    pub fn finish(mut self) -> String {
        for scene in self.scenes.values_mut() {
            self.lines.extend(std::mem::take(&mut scene.last).into_values());
        }
        self.tell_alarms();
        self.tell_dips();
        self.tell_breakers(|_| true);
        self.lines.sort_by_key(|(at, seq, _)| (*at, *seq));
        let mut story = String::new();
        for (at, _, sentence) in &self.lines {
            let _ = writeln!(story, "{:>8}  {sentence}", clock(*at));
        }
        story
    }

    fn say(&mut self, fact: &Fact, sentence: String) {
        self.lines.push((fact.at, fact.seq, sentence));
    }

    fn fact(&mut self, fact: &Fact) {
        match fact.kind {
            FactKind::Request => self.request(fact),
            FactKind::Daemon if fact.instance.is_some() => self.impaired(fact),
            FactKind::Daemon => {
                let name = self.owner(fact);
                self.say(fact, format!("daemon {name} is {}", fact.to));
            }
            FactKind::Deployment => self.deployed(fact),
            FactKind::Wave => self.wave(fact),
            FactKind::Bake => {
                let name = self.deployment(fact);
                let what = match fact.to {
                    "STARTED" => "bakes",
                    "INTERRUPTED" => "bakes no longer",
                    _ => "has baked",
                };
                self.say(fact, format!("{name} {what}"));
            }
            FactKind::Alarm => self.alarm(fact),
            FactKind::CircuitBreaker => self.breaker(fact),
            // The deployment's own status says the same.
            FactKind::Rollback => (),
            FactKind::Fault => self.fault(fact),
            FactKind::Instance => self.instance(fact),
            FactKind::Task => self.task(fact),
            FactKind::Service => {
                let name = self.owner(fact);
                self.say(fact, format!("service {name} is {}", fact.to));
            }
            FactKind::Run if fact.to != "STARTED" => {
                let word = fact.to.to_lowercase();
                self.say(fact, format!("the end: {word}"));
            }
            FactKind::Run => (),
        }
    }

    fn request(&mut self, fact: &Fact) {
        self.tell_start();
        self.tell_alarms();
        self.tell_dips();
        for scene in self.scenes.values_mut().filter(|scene| scene.waves == 0) {
            scene.taken.clear();
            self.lines.extend(std::mem::take(&mut scene.last).into_values());
        }
        let mut sentence = fact.to.to_owned();
        if let Some(owner) = fact.owner {
            let _ = write!(sentence, " {}", self.names.owner(owner));
        } else if let Some(instance) = fact.instance {
            let _ = write!(sentence, " {}", self.names.instance(instance));
        } else if let Some(provider) = fact.provider {
            let _ = write!(sentence, " {}", self.names.provider(provider));
        }
        if let Some(revision) = fact.revision {
            let _ = write!(sentence, ", {}", self.names.revision(revision));
        }
        if let Reason::Word(exception) = fact.reason {
            let _ = write!(sentence, ": refused, {exception}");
        }
        self.say(fact, sentence);
    }

    /// What was there when the clock started.
    fn tell_start(&mut self) {
        for (provider, count) in std::mem::take(&mut self.in_place) {
            let name = self.names.provider(provider);
            let line = format!("{name} has {count} instance{}", plural(count));
            self.lines.push((SimTime::ZERO, 0, line));
        }
    }

    fn deployed(&mut self, fact: &Fact) {
        let (name, because) = (self.deployment(fact), self.because(fact));
        let mut sentence = format!("{name} is {}{because}", fact.to);
        if let Some(deployment) = fact.deployment {
            self.tell_breakers(|other| other == deployment);
            if fact.to == DeploymentStatus::RollbackInProgress.word() {
                self.rollbacks.insert(deployment, fact.at);
            } else if let Some(since) = self.rollbacks.remove(&deployment) {
                let _ = write!(sentence, ", after rolling back for {}", human(fact.at.since(since)));
            }
        }
        self.tell_alarms();
        self.say(fact, sentence);
    }

    fn wave(&mut self, fact: &Fact) {
        let (Some(provider), Some(wave), Some(deployment)) = (fact.provider, fact.wave, fact.deployment)
        else {
            return;
        };
        let (key, starts) = ((deployment, provider, wave), fact.to == "STARTED");
        if starts && self.rollbacks.contains_key(&deployment) {
            self.back.insert(key);
        }
        let back = if self.back.contains(&key) { "rollback " } else { "" };
        let (name, provided) = (self.names.deployment(deployment), self.names.provider(provider));
        let place = format!("{name}, {back}wave {wave} on {provided}");
        self.tell_breakers(|other| other == deployment);
        self.tell_dips();
        let scene = self.scenes.entry(provider).or_default();
        let last = std::mem::take(&mut scene.last);
        scene.taken.clear();
        let sentence = if starts {
            scene.waves += 1;
            let Reason::Count(count, _) = fact.reason else { return };
            let drain = if count == 1 { "drains" } else { "drain" };
            format!("{place}: {count} instance{} {drain}", plural(count))
        } else {
            scene.waves = scene.waves.saturating_sub(1);
            self.back.remove(&key);
            format!("{place}: done")
        };
        self.lines.extend(last.into_values());
        self.say(fact, sentence);
    }

    fn instance(&mut self, fact: &Fact) {
        let (Some(provider), Some(instance)) = (fact.provider, fact.instance) else { return };
        if fact.from.is_empty() && fact.to != "LAUNCHING" {
            *self.in_place.entry(provider).or_default() += 1;
            return;
        }
        let name = self.names.instance(instance);
        let because = self.because(fact);
        let (step, sentence) = match fact.to {
            "LAUNCHING" => (Step::Launched, format!("{name} is launched")),
            "ACTIVE" => (Step::Active, format!("{name} is ACTIVE{because}")),
            "DRAINING" if fact.wave.is_none() => {
                let step = if let Reason::Word(why @ ("auto repair" | "Spot interruption" | "patching")) =
                    fact.reason
                {
                    Step::Trouble(why)
                } else {
                    Step::Draining
                };
                (step, format!("{name} is DRAINING{because}"))
            }
            "DEREGISTERING" if matches!(fact.from, "ACTIVE" | "REGISTERING") => {
                (Step::Leaving, format!("{name} goes{because}"))
            }
            "REGISTRATION_FAILED" => (Step::Trouble(fact.to), format!("{name} fails to register{because}")),
            "TERMINATED" => {
                self.hosts.remove(&instance);
                match fact.from {
                    "DEREGISTERING" | "REGISTRATION_FAILED" => (Step::Gone, format!("{name} is gone")),
                    "LAUNCHING" => (Step::Trouble("never comes"), format!("{name} never comes{because}")),
                    _ => {
                        // However they die: many of a zone outage must not hide one that dies otherwise.
                        let why = if let Reason::Word(why) = fact.reason { why } else { "dies" };
                        let dies = if why == "Spot interruption" { "is taken away" } else { "dies" };
                        (Step::Death(why), format!("{name} {dies}{because}"))
                    }
                }
            }
            _ => return,
        };
        self.step(fact, provider, step, &sentence);
    }

    fn task(&mut self, fact: &Fact) {
        let (Some(provider), Some(task)) = (fact.provider, fact.task) else { return };
        if fact.from.is_empty() {
            return;
        }
        let name = self.names.task(task);
        match (task.owner, fact.to, fact.instance) {
            (Owner::Daemon(_), "RUNNING", Some(host)) => {
                let sentence = format!("{name} runs on {}", self.names.instance(host));
                self.step(fact, provider, Step::DaemonRuns, &sentence);
            }
            (Owner::Service(_) | Owner::Standalone(_), "RUNNING", Some(host)) if self.hosts.insert(host) => {
                let sentence = format!("{name} runs on {}", self.names.instance(host));
                self.step(fact, provider, Step::AppRuns, &sentence);
            }
            (Owner::Standalone(_), "STOPPED", _) => self.ends(fact, provider, task),
            (Owner::Service(_) | Owner::Daemon(_), "STOPPED" | "UNHEALTHY", _) => {
                self.fails(fact, provider, task);
            }
            _ => (),
        }
    }

    fn ends(&mut self, fact: &Fact, provider: CapacityProviderId, task: TaskName) {
        let sentence = format!("{} is STOPPED{}", self.names.task(task), self.because(fact));
        self.step(fact, provider, Step::TaskEnds, &sentence);
    }

    /// Tells of a step if it is the first of its wave, or among the first few outside of waves; keeps it otherwise,
    /// in case that it stays the last of its wave. Outside of waves only the last trouble matters.
    fn step(&mut self, fact: &Fact, provider: CapacityProviderId, step: Step, sentence: &str) {
        let scene = self.scenes.entry(provider).or_default();
        let taken = scene.taken.entry(step).or_default();
        *taken += 1;
        let (count, in_wave) = (*taken, scene.waves > 0);
        if in_wave && count == 1 {
            self.say(fact, format!("  first: {sentence}"));
        } else if !in_wave && count <= FEW {
            self.say(fact, format!("  {sentence}"));
        } else if in_wave || matches!(step, Step::Trouble(_) | Step::Death(_)) {
            let line = format!("  last of {count}: {sentence}");
            scene.last.insert(step, (fact.at, fact.seq, line));
        }
    }

    fn owner(&self, fact: &Fact) -> String {
        fact.owner.map_or_else(String::new, |owner| self.names.owner(owner).to_owned())
    }

    fn deployment(&self, fact: &Fact) -> String {
        fact.deployment.map_or_else(String::new, |name| self.names.deployment(name))
    }

    fn because(&self, fact: &Fact) -> String {
        match fact.reason {
            Reason::None => String::new(),
            Reason::Word(word) => format!(", {word}"),
            Reason::Deployment(name) => format!(", by {}", self.names.deployment(name)),
            Reason::Service(id) => format!(", by {}", self.names.service(id)),
            Reason::Count(count, what) => format!(", {count} {what}"),
            Reason::Of(count, of, what) => format!(", {count} of {of} {what}"),
            Reason::Alarm(id) => format!(", alarm {}", self.names.alarm(id)),
        }
    }
}

impl Recorder for Narrative<'_> {
    fn note(&mut self, at: SimTime, observation: Observation<'_>) {
        match observation {
            Observation::Fact(fact) => {
                self.seq = fact.seq;
                self.fact(fact);
            }
            Observation::Counts { of: None, counts } => self.counts(at, counts),
            Observation::Counts { .. }
            | Observation::Launched { .. }
            | Observation::LaunchTaken { .. }
            | Observation::RingsAtStart { .. }
            | Observation::Created { .. } => (),
        }
    }
}

fn plural(count: u32) -> &'static str {
    if count == 1 { "" } else { "s" }
}

#[cfg(test)]
mod tests;
