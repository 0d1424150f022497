//! A recorder that keeps every fact and judges the whole log: correctness.md 1, seen from the outside.

#![expect(clippy::wildcard_enum_match_arm, reason = "a rule is about the facts that it names")]

use daemonsim::kernel::SimTime;
use daemonsim::model::{InstanceName, Owner, TaskName};
use daemonsim::record::{Fact, FactKind, Observation, Outcome, Reason, Recorder, RunSummary};
use daemonsim::world::setup::{Request, Setup};
use std::collections::BTreeMap;

mod bites;
mod failures;

/// All facts of a run.
pub(crate) struct Log {
    pub(crate) facts: Vec<Fact>,
    setup: Setup,
}

impl Recorder for Log {
    fn note(&mut self, _: SimTime, observation: Observation<'_>) {
        if let Observation::Fact(fact) = observation {
            self.facts.push(*fact);
        }
    }
}

/// What is legal to follow what.
fn may_follow(kind: FactKind, from: &str, to: &str) -> bool {
    match kind {
        FactKind::Instance => matches!(
            (from, to),
            ("", "LAUNCHING" | "ACTIVE")
                | ("LAUNCHING", "REGISTERING" | "TERMINATED")
                | ("REGISTERING", "ACTIVE" | "REGISTRATION_FAILED" | "DEREGISTERING" | "TERMINATED")
                | ("ACTIVE", "DRAINING" | "DEREGISTERING" | "TERMINATED")
                | ("DRAINING", "DEREGISTERING" | "ACTIVE" | "TERMINATED")
                | ("DEREGISTERING" | "REGISTRATION_FAILED", "TERMINATED")
        ),
        FactKind::Task => matches!(
            (from, to),
            ("", "PROVISIONING" | "PENDING" | "RUNNING" | "HEALTHY")
                | ("PROVISIONING", "PENDING" | "STOPPED")
                | ("PENDING", "RUNNING" | "STOPPED")
                | ("RUNNING", "HEALTHY" | "UNHEALTHY" | "DEACTIVATING" | "STOPPING" | "STOPPED")
                | ("HEALTHY", "UNHEALTHY" | "DEACTIVATING" | "STOPPING" | "STOPPED")
                | ("UNHEALTHY", "DEACTIVATING" | "STOPPING" | "STOPPED")
                | ("DEACTIVATING", "STOPPING" | "STOPPED")
                | ("STOPPING", "STOPPED")
        ),
        FactKind::Deployment => matches!(
            (from, to),
            ("", "PENDING")
                | ("PENDING", "IN_PROGRESS" | "SUCCESSFUL" | "STOPPED")
                | ("IN_PROGRESS", "SUCCESSFUL" | "STOPPED" | "STOP_REQUESTED")
                | ("STOP_REQUESTED", "ROLLBACK_IN_PROGRESS" | "STOPPED")
                // B4: a rollback is not rolled back.
                | ("ROLLBACK_IN_PROGRESS", "ROLLBACK_SUCCESSFUL" | "ROLLBACK_FAILED" | "STOPPED")
        ),
        FactKind::Wave => matches!((from, to), ("", "STARTED") | ("STARTED", "FINISHED")),
        FactKind::Bake => matches!((from, to), ("", "STARTED") | ("STARTED", "FINISHED" | "INTERRUPTED")),
        FactKind::Rollback => {
            matches!((from, to), ("", "STARTED") | ("STARTED", "FINISHED" | "FAILED" | "SUPERSEDED"))
        }
        // Any other state, but another one.
        FactKind::Alarm => from != to,
        FactKind::CircuitBreaker => matches!((from, to), ("MONITORING", "MONITORING" | "TRIGGERED")),
        FactKind::Daemon | FactKind::Service | FactKind::Request | FactKind::Run | FactKind::Fault => true,
    }
}

/// What a service asks for, as its requests say.
#[derive(Clone, Copy, Default)]
struct Wanted {
    desired: u32,
    least_percent: u32,
}

impl Log {
    pub(crate) fn new(setup: &Setup) -> Log {
        Log { facts: Vec::new(), setup: setup.clone() }
    }

    /// Every rule that the log breaks.
    pub(crate) fn judge(&self, run: &RunSummary) -> Vec<String> {
        let mut broken = Vec::new();
        let mut say = |rule: &str, fact: &Fact| broken.push(format!("{rule}: {fact:?}"));
        let mut states: BTreeMap<String, &'static str> = BTreeMap::new();
        let mut healthy: BTreeMap<usize, u32> = BTreeMap::new();
        let mut wanted: BTreeMap<usize, Wanted> = BTreeMap::new();
        let mut daemons_up: BTreeMap<InstanceName, u32> = BTreeMap::new();
        let mut apps_on: BTreeMap<InstanceName, Vec<TaskName>> = BTreeMap::new();
        let mut requests = self.setup.timeline.iter();
        let mut troubles = failures::Judge::new(&self.setup);
        for request in &self.setup.before {
            note_wanted(&mut wanted, request);
        }
        let mut last = SimTime::ZERO;
        for (at, fact) in self.facts.iter().enumerate() {
            // L1, L2, L3.
            if fact.seq as usize != at || fact.at < last {
                say("L1/L2", fact);
            }
            last = fact.at;
            // Scripts of alarms come from outside too.
            let external =
                matches!(fact.kind, FactKind::Request | FactKind::Fault | FactKind::Alarm) || at == 0;
            match fact.cause {
                None if !external => say("L3 no cause", fact),
                Some(cause) if cause >= fact.seq || self.facts[cause as usize].at > fact.at => {
                    say("L3", fact);
                }
                _ => (),
            }
            // S1, S2, L6, L10.
            let key = match fact.kind {
                FactKind::Instance => fact.instance.map(|i| format!("{i:?}")),
                FactKind::Task => fact.task.map(|t| format!("{t:?}")),
                FactKind::Deployment => fact.deployment.map(|d| format!("{d:?}")),
                FactKind::Wave => Some(format!("{:?} {:?} {:?}", fact.deployment, fact.provider, fact.wave)),
                FactKind::Rollback => fact.deployment.map(|d| format!("rollback of {d:?}")),
                FactKind::Alarm => Some(format!("{:?}", fact.reason)),
                _ => None,
            };
            if let Some(key) = key {
                let first = || if fact.kind == FactKind::Alarm { self.starts_in(fact) } else { "" };
                let before = states.insert(key, fact.to).unwrap_or_else(first);
                if before != fact.from || !may_follow(fact.kind, fact.from, fact.to) {
                    say(&format!("S1 after {before:?}"), fact);
                }
            }
            troubles.note(&self.facts, fact, &mut say);
            match fact.kind {
                FactKind::Request => {
                    if let Some(timed) = requests.next()
                        && fact.reason == Reason::None
                    {
                        note_wanted(&mut wanted, &timed.request);
                    }
                }
                FactKind::Instance => {
                    let Some(instance) = fact.instance else { continue };
                    let empty = apps_on.get(&instance).is_none_or(Vec::is_empty);
                    // R11: none is let go with tasks on it.
                    if matches!(fact.to, "DEREGISTERING" | "TERMINATED") && !empty {
                        say("R11", fact);
                    }
                }
                FactKind::Task => self.judge_task(
                    fact,
                    &states,
                    &mut healthy,
                    &wanted,
                    &mut daemons_up,
                    &mut apps_on,
                    &mut say,
                ),
                _ => (),
            }
        }
        broken.extend(troubles.over(run));
        match self.facts.last() {
            Some(end) if end.kind == FactKind::Run && end.to == end_word(run.outcome) => (),
            other => broken.push(format!("L8: {other:?}")),
        }
        broken
    }

    /// The state in which an alarm begins.
    fn starts_in(&self, fact: &Fact) -> &'static str {
        let Reason::Alarm(alarm) = fact.reason else { return "" };
        self.setup.alarms[alarm.index()].starts_in.word()
    }

    #[expect(clippy::too_many_arguments, reason = "it reads and writes what is known so far")]
    fn judge_task(
        &self,
        fact: &Fact,
        states: &BTreeMap<String, &'static str>,
        healthy: &mut BTreeMap<usize, u32>,
        wanted: &BTreeMap<usize, Wanted>,
        daemons_up: &mut BTreeMap<InstanceName, u32>,
        apps_on: &mut BTreeMap<InstanceName, Vec<TaskName>>,
        say: &mut impl FnMut(&str, &Fact),
    ) {
        let (Some(task), Some(owner)) = (fact.task, fact.owner) else {
            return say("a task fact without task", fact);
        };
        if let Owner::Daemon(_) = owner {
            let Some(instance) = fact.instance else { return say("a daemon nowhere", fact) };
            let up = daemons_up.entry(instance).or_default();
            let running = |word| matches!(word, "RUNNING" | "HEALTHY" | "UNHEALTHY");
            match (running(fact.from), running(fact.to)) {
                (false, true) => *up += 1,
                (true, false) => *up -= 1,
                _ => (),
            }
            return;
        }
        if let Some(instance) = fact.instance {
            let host = states.get(&format!("{instance:?}")).copied().unwrap_or("");
            let on = apps_on.entry(instance).or_default();
            if matches!(fact.to, "PENDING") || (fact.from.is_empty() && fact.to != "PROVISIONING") {
                // P1, P2: only onto ACTIVE instances.
                if host != "ACTIVE" {
                    say("P1", fact);
                }
                on.push(task);
            }
            if fact.to == "STOPPED" {
                on.retain(|t| *t != task);
            }
        }
        let Owner::Service(service) = owner else { return };
        let count = healthy.entry(service.index()).or_default();
        if fact.to == "HEALTHY" {
            *count += 1;
        } else if fact.from == "HEALTHY" {
            *count -= 1;
            // V1: a scheduler stops none below the lower bound.
            let want = wanted.get(&service.index()).copied().unwrap_or_default();
            let least = (u64::from(want.desired) * u64::from(want.least_percent)).div_ceil(100);
            if fact.reason == Reason::Word("ServiceSchedulerInitiated") && u64::from(*count) < least {
                say(&format!("V1: {count} healthy, {least} must stay"), fact);
            }
        }
    }
}

fn note_wanted(wanted: &mut BTreeMap<usize, Wanted>, request: &Request) {
    match request {
        Request::CreateService { service, settings } => {
            let want = Wanted { desired: settings.desired, least_percent: settings.minimum_healthy_percent };
            wanted.insert(service.index(), want);
        }
        Request::UpdateService { service, change } => {
            let want = wanted.entry(service.index()).or_default();
            want.desired = change.desired.unwrap_or(want.desired);
            want.least_percent = change.minimum_healthy_percent.unwrap_or(want.least_percent);
        }
        Request::DeleteService { service, .. } => {
            wanted.insert(service.index(), Wanted::default());
        }
        _ => (),
    }
}

fn end_word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Completed => "COMPLETED",
        Outcome::Horizon => "HORIZON",
        Outcome::Stalled => "STALLED",
        Outcome::Limit => "LIMIT",
    }
}
