//! A run as a story: one English sentence for each fact worth telling, with the virtual clock before it.
//!
//! Requests, deployments, waves, bakes, daemons and services are told whenever they change. Of instances and tasks
//! there are too many: within a wave the first and the last of each step are told, and outside of waves the first
//! few after each request.

use super::human::{clock, human};
use crate::kernel::SimTime;
use crate::model::{CapacityProviderId, InstanceName, Names, Owner, TaskName};
use crate::record::{Counts, Fact, FactKind, Observation, Reason, Recorder};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

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
}

/// Who takes steps: the instances of a provider within a wave, or outside of one.
#[derive(Clone, Debug, Default)]
struct Scene {
    /// Waves under way.
    waves: u32,
    /// How many took each step.
    taken: BTreeMap<Step, u32>,
    /// The latest to take each step, and what to say of it if it stays the last.
    last: BTreeMap<Step, (SimTime, u32, String)>,
}

/// Listens to a run and tells it.
#[derive(Debug)]
pub struct Narrative<'n> {
    names: &'n Names,
    lines: Vec<(SimTime, u32, String)>,
    scenes: BTreeMap<CapacityProviderId, Scene>,
    in_place: BTreeMap<CapacityProviderId, u32>,
    /// Instances on which an app task has run.
    hosts: BTreeSet<InstanceName>,
    seq: u32,
    /// Since when fewer service tasks run than desired, and the fewest since.
    below: Option<(SimTime, u32)>,
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
            below: None,
        }
    }

    /// The whole story, a line for each sentence.
    pub fn finish(mut self) -> String {
        for scene in self.scenes.values_mut() {
            self.lines.extend(std::mem::take(&mut scene.last).into_values());
        }
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
            FactKind::Daemon => {
                let name = self.owner(fact);
                self.say(fact, format!("daemon {name} is {}", fact.to));
            }
            FactKind::Deployment => {
                let (name, because) = (self.deployment(fact), self.because(fact));
                self.say(fact, format!("{name} is {}{because}", fact.to));
            }
            FactKind::Wave => self.wave(fact),
            FactKind::Bake => {
                let (name, what) =
                    (self.deployment(fact), if fact.to == "STARTED" { "bakes" } else { "has baked" });
                self.say(fact, format!("{name} {what}"));
            }
            FactKind::Alarm | FactKind::CircuitBreaker | FactKind::Rollback | FactKind::Fault => {
                let because = self.because(fact);
                self.say(fact, format!("{} {}{because}", fact.kind.word(), fact.to));
            }
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
        for scene in self.scenes.values_mut().filter(|scene| scene.waves == 0) {
            scene.taken.clear();
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

    fn wave(&mut self, fact: &Fact) {
        let (Some(provider), Some(wave)) = (fact.provider, fact.wave) else { return };
        let place = format!("{}, wave {wave} on {}", self.deployment(fact), self.names.provider(provider));
        let scene = self.scenes.entry(provider).or_default();
        let last = std::mem::take(&mut scene.last);
        scene.taken.clear();
        let sentence = if fact.to == "STARTED" {
            scene.waves += 1;
            let Reason::Count(count, _) = fact.reason else { return };
            format!("{place}: {count} instance{} drain", plural(count))
        } else {
            scene.waves = scene.waves.saturating_sub(1);
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
            "DRAINING" if fact.wave.is_none() => (Step::Draining, format!("{name} is DRAINING{because}")),
            "DEREGISTERING" if fact.from == "ACTIVE" => (Step::Leaving, format!("{name} goes{because}")),
            "TERMINATED" => {
                self.hosts.remove(&instance);
                (Step::Gone, format!("{name} is gone"))
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
            _ => (),
        }
    }

    fn ends(&mut self, fact: &Fact, provider: CapacityProviderId, task: TaskName) {
        let sentence = format!("{} is STOPPED{}", self.names.task(task), self.because(fact));
        self.step(fact, provider, Step::TaskEnds, &sentence);
    }

    /// Tells of a step if it is the first of its wave, or among the first few outside of waves; keeps it otherwise,
    /// in case that it stays the last of its wave.
    fn step(&mut self, fact: &Fact, provider: CapacityProviderId, step: Step, sentence: &str) {
        let scene = self.scenes.entry(provider).or_default();
        let taken = scene.taken.entry(step).or_default();
        *taken += 1;
        let (count, in_wave) = (*taken, scene.waves > 0);
        if in_wave && count == 1 {
            self.say(fact, format!("  first: {sentence}"));
        } else if in_wave {
            let line = format!("  last of {count}: {sentence}");
            scene.last.insert(step, (fact.at, fact.seq, line));
        } else if count <= FEW {
            self.say(fact, format!("  {sentence}"));
        }
    }

    /// Service tasks of the whole cluster: when too few run, and when enough do again.
    fn counts(&mut self, at: SimTime, counts: &Counts) {
        let (running, desired) = (counts.app_running, counts.app_desired);
        let seq = self.seq;
        match self.below {
            None if running < desired => {
                self.below = Some((at, running));
                self.lines.push((at, seq, format!("{running} of {desired} service tasks run")));
            }
            Some((since, fewest)) if running >= desired => {
                self.below = None;
                let after = human(at.since(since));
                let line =
                    format!("all {desired} service tasks run, after {after} with {fewest} at the fewest");
                self.lines.push((at, seq, line));
            }
            Some((since, fewest)) => self.below = Some((since, fewest.min(running))),
            None => (),
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
            Reason::Alarm(id) => format!(", {}", self.names.alarm(id)),
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
            | Observation::Created { .. } => (),
        }
    }
}

fn plural(count: u32) -> &'static str {
    if count == 1 { "" } else { "s" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Id;
    use crate::model::DeploymentName;

    const CP: CapacityProviderId = Id::new(0);

    /// A fact at a second, about nothing yet.
    fn fact(seq: u32, secs: u64, kind: FactKind, from: &'static str, to: &'static str) -> Fact {
        Fact { from, to, ..Fact::blank(seq, SimTime::from_ms(secs * 1000), kind) }
    }

    fn instance(seq: u32, secs: u64, number: u32, from: &'static str, to: &'static str) -> Fact {
        let instance = Some(InstanceName { provider: CP, number });
        Fact { provider: Some(CP), instance, ..fact(seq, secs, FactKind::Instance, from, to) }
    }

    fn wave(seq: u32, secs: u64, to: &'static str, reason: Reason) -> Fact {
        let deployment = Some(DeploymentName { daemon: Id::new(0), number: 2 });
        let at = fact(seq, secs, FactKind::Wave, "", to);
        Fact { provider: Some(CP), deployment, wave: Some(1), reason, ..at }
    }

    fn story(facts: &[Fact]) -> String {
        let names = Names { providers: vec!["cp".into()], daemons: vec!["agent".into()], ..Names::default() };
        let mut narrative = Narrative::new(&names);
        for fact in facts {
            narrative.note(fact.at, Observation::Fact(fact));
        }
        narrative.finish()
    }

    #[test]
    fn of_a_wave_the_first_and_the_last_are_told_in_order() {
        let told = story(&[
            wave(0, 60, "STARTED", Reason::Count(3, "instances")),
            instance(1, 100, 4, "", "LAUNCHING"),
            instance(2, 101, 5, "", "LAUNCHING"),
            instance(3, 102, 6, "", "LAUNCHING"),
            instance(4, 103, 1, "DEREGISTERING", "TERMINATED"),
            wave(5, 200, "FINISHED", Reason::Count(3, "instances")),
        ]);
        assert_eq!(
            told,
            " 0:01:00  agent/2, wave 1 on cp: 3 instances drain\n \
             0:01:40    first: cp/i-4 is launched\n \
             0:01:42    last of 3: cp/i-6 is launched\n \
             0:01:43    first: cp/i-1 is gone\n \
             0:03:20  agent/2, wave 1 on cp: done\n"
        );
    }

    #[test]
    fn outside_of_waves_a_few_are_told_after_each_request() {
        let launches = |from: u32| (0..5).map(move |n| instance(from + n, 9, from + n, "", "LAUNCHING"));
        let refused = Reason::Word("ClientException");
        let request = Fact { reason: refused, ..fact(20, 9, FactKind::Request, "", "runTask") };
        let facts: Vec<Fact> = launches(1).chain([request]).chain(launches(30)).collect();
        let told = story(&facts);
        assert_eq!(told.matches("is launched").count(), 6, "{told}");
        assert!(told.contains("0:00:09  runTask: refused, ClientException\n"), "{told}");
    }

    #[test]
    fn too_few_tasks_are_told_once_and_their_return_too() {
        let names = Names::default();
        let mut narrative = Narrative::new(&names);
        for (secs, app_running) in [(1, 5), (10, 3), (11, 2), (12, 4), (30, 5)] {
            let counts = Counts { app_running, app_desired: 5, ..Counts::default() };
            narrative.note(SimTime::from_ms(secs * 1000), Observation::Counts { of: None, counts: &counts });
        }
        assert_eq!(
            narrative.finish(),
            " 0:00:10  3 of 5 service tasks run\n \
             0:00:30  all 5 service tasks run, after 20 s with 2 at the fewest\n"
        );
    }
}
