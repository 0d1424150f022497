//! What goes wrong, and what follows: daemons that do not start, crash or turn unhealthy, alarms, rollbacks, repairs and
//! mishaps. All times are constant and different; what a run should show is summed up in each test from the delays.

mod alarms;
mod apps;
mod averages;
mod breaker;
mod corners;
mod endless;
mod faults;
mod looks;
mod metrics;
pub(crate) mod odds;
mod patching;
mod relations;
mod repair;
mod rollback;
mod throttling;

use super::story::{DAEMON, Story, constant, daemon};
use daemonsim::kernel::{Distribution, Id, SimDuration, SimTime};
use daemonsim::model::{
    Alarm, AlarmSource, AlarmState, DaemonTaskDefinitionId, DeploymentName, InstanceName, Percent,
    RevisionName,
};
use daemonsim::record::{Fact, FactKind, Observation, Reason, Recorder, RunSummary};
use daemonsim::world::setup::{Behaviour, DaemonSettings, Request, Setup};
use std::collections::BTreeMap;

/// The revision in place when a story begins.
pub(crate) const OLD: DaemonTaskDefinitionId = Id::new(0);
/// The revision that its update rolls out.
pub(crate) const NEW: DaemonTaskDefinitionId = Id::new(1);

/// A story's delays in milliseconds, by their names in a scenario.
#[derive(Clone, Copy)]
pub(crate) struct Times {
    pub(crate) deploy_decision: u64,
    pub(crate) drain_react: u64,
    pub(crate) provision_decision: u64,
    pub(crate) instance_launch: u64,
    pub(crate) daemon_start: u64,
    pub(crate) instance_active: u64,
    pub(crate) app_start: u64,
    pub(crate) health_wait: u64,
    pub(crate) scheduler_tick: u64,
    pub(crate) app_stop: u64,
    pub(crate) daemon_stop: u64,
    pub(crate) terminate: u64,
    pub(crate) wave_gap: u64,
    pub(crate) stop_detect: u64,
    pub(crate) alarm_poll: u64,
    pub(crate) success_check: u64,
    /// From a failed attempt on a REGISTERING instance to the next.
    pub(crate) gap: u64,
}

impl Times {
    pub(crate) fn of(story: &Story) -> Times {
        let d = &story.setup.delays;
        Times {
            deploy_decision: constant(&d.deploy_decision),
            drain_react: constant(&d.drain_react),
            provision_decision: constant(&d.provision_decision),
            instance_launch: constant(&d.instance_launch),
            daemon_start: constant(&d.daemon_start),
            instance_active: constant(&d.instance_active),
            app_start: constant(&d.app_start),
            health_wait: constant(&d.health_wait),
            scheduler_tick: constant(&d.scheduler_tick),
            app_stop: constant(&d.app_stop),
            daemon_stop: constant(&d.daemon_stop),
            terminate: constant(&d.terminate),
            wave_gap: constant(&d.wave_gap),
            stop_detect: constant(&d.stop_detect),
            alarm_poll: constant(&d.alarm_poll),
            success_check: constant(&d.success_check),
            gap: story.setup.assumptions.registering_failure.gap.as_ms(),
        }
    }

    /// A waiting task → its new instance REGISTERING.
    pub(crate) fn coming(&self) -> u64 {
        self.provision_decision + self.instance_launch
    }

    /// DRAINING → a replacement REGISTERING.
    pub(crate) fn until_registering(&self) -> u64 {
        self.drain_react + self.coming()
    }

    /// REGISTERING → ACTIVE when the daemon starts at the first attempt.
    pub(crate) fn until_active(&self) -> u64 {
        self.daemon_start + self.instance_active
    }

    /// A replacement ACTIVE → the last task of the drained instance STOPPED.
    pub(crate) fn moving(&self) -> u64 {
        self.app_start + self.health_wait + self.scheduler_tick + self.app_stop
    }

    /// A replacement ACTIVE → the drained instance gone.
    pub(crate) fn handover(&self) -> u64 {
        self.moving() + self.daemon_stop + self.terminate
    }

    /// DRAINING → gone.
    pub(crate) fn cycle(&self) -> u64 {
        self.until_registering() + self.until_active() + self.handover()
    }

    /// So many waves, one after the other.
    pub(crate) fn waves(&self, waves: u64) -> u64 {
        waves * self.cycle() + waves.saturating_sub(1) * self.wave_gap
    }

    /// REGISTERING → the end of a daemon's attempt of this number, from 1, when all fail: three on each instance,
    /// then a new instance.
    pub(crate) fn failure(&self, attempt: u64) -> u64 {
        let (instances, more) = ((attempt - 1) / 3, (attempt - 1) % 3);
        let one_instance = 3 * self.daemon_start + 2 * self.gap + self.coming();
        instances * one_instance + more * (self.daemon_start + self.gap) + self.daemon_start
    }

    /// The first look at the alarms, of a deployment that began then, at or after this time.
    pub(crate) fn look(&self, begun: u64, at: u64) -> u64 {
        begun + (at - begun).div_ceil(self.alarm_poll).max(1) * self.alarm_poll
    }
}

/// A run and all that it told.
pub(crate) struct Watched {
    pub(crate) run: RunSummary,
    pub(crate) facts: Vec<Fact>,
    /// The daemons that each instance was launched for.
    pub(crate) daemons: BTreeMap<InstanceName, Vec<RevisionName>>,
}

#[derive(Default)]
struct Watcher {
    facts: Vec<Fact>,
    daemons: BTreeMap<InstanceName, Vec<RevisionName>>,
}

impl Recorder for Watcher {
    fn note(&mut self, _: SimTime, observation: Observation<'_>) {
        match observation {
            Observation::Fact(fact) => self.facts.push(*fact),
            Observation::Launched { instance, daemons, .. } => {
                self.daemons.insert(instance, daemons.to_vec());
            }
            Observation::LaunchTaken { .. }
            | Observation::RingsAtStart { .. }
            | Observation::Created { .. }
            | Observation::Counts { .. } => (),
        }
    }
}

pub(crate) fn watch(setup: &Setup) -> Watched {
    watch_one(setup, 0)
}

pub(crate) fn watch_one(setup: &Setup, replication: u64) -> Watched {
    let (run, watcher) = daemonsim::world::simulate(setup, replication, Watcher::default());
    Watched { run, facts: watcher.facts, daemons: watcher.daemons }
}

impl Watched {
    /// What facts of a kind changed to, and when, in milliseconds.
    pub(crate) fn changes(
        &self,
        kind: FactKind,
        of: impl Fn(&Fact) -> bool,
    ) -> Vec<(u64, &'static str, &'static str)> {
        let facts = self.facts.iter().filter(|fact| fact.kind == kind && of(fact));
        facts.map(|fact| (fact.at.as_ms(), fact.from, fact.to)).collect()
    }

    /// When a deployment of the daemon became what.
    pub(crate) fn deployment(&self, number: u32) -> Vec<(u64, &'static str)> {
        let name = Some(DeploymentName { daemon: DAEMON, number });
        let changes = self.changes(FactKind::Deployment, |fact| fact.deployment == name);
        changes.into_iter().map(|(at, _, to)| (at, to)).collect()
    }

    /// When instances became this, and which, in the order of the facts.
    pub(crate) fn instances(&self, to: &str) -> Vec<(u64, u32)> {
        let facts = self.facts.iter().filter(|fact| fact.kind == FactKind::Instance && fact.to == to);
        facts.filter_map(|fact| Some((fact.at.as_ms(), fact.instance?.number))).collect()
    }

    /// When instances became this.
    pub(crate) fn times(&self, to: &str) -> Vec<u64> {
        self.instances(to).into_iter().map(|(at, _)| at).collect()
    }

    /// What became of one instance.
    pub(crate) fn life(&self, number: u32) -> Vec<(u64, &'static str)> {
        let mine = |fact: &Fact| fact.instance.is_some_and(|i| i.number == number);
        self.changes(FactKind::Instance, mine).into_iter().map(|(at, _, to)| (at, to)).collect()
    }

    /// What became of daemon tasks.
    pub(crate) fn daemon_tasks(&self, of: impl Fn(&Fact) -> bool) -> Vec<(u64, &'static str, &'static str)> {
        let is_daemon = |fact: &Fact| matches!(fact.revision, Some(RevisionName::Daemon(_)));
        self.changes(FactKind::Task, |fact| is_daemon(fact) && of(fact))
    }

    /// When instances were launched, from this time on, that carry this revision.
    pub(crate) fn launches_with(&self, revision: DaemonTaskDefinitionId, from: u64) -> Vec<u64> {
        let carries = |number: u32| {
            let name = |instance: &&InstanceName| instance.number == number;
            let daemons = self.daemons.keys().find(name).and_then(|instance| self.daemons.get(instance));
            daemons.is_some_and(|all| all.contains(&RevisionName::Daemon(revision)))
        };
        let launched = self.instances("LAUNCHING").into_iter();
        launched.filter(|(at, number)| *at >= from && carries(*number)).map(|(at, _)| at).collect()
    }

    /// What an alarm did.
    pub(crate) fn alarm(&self, number: u32) -> Vec<(u64, &'static str, &'static str)> {
        self.changes(FactKind::Alarm, |fact| fact.reason == Reason::Alarm(Id::new(number)))
    }

    /// What the rollback did.
    pub(crate) fn rollback(&self) -> Vec<(u64, &'static str)> {
        let changes = self.changes(FactKind::Rollback, |_| true);
        changes.into_iter().map(|(at, _, to)| (at, to)).collect()
    }
}

impl Story {
    /// So many instances, each full of one task beside the daemon: a fleet that costs little to simulate.
    pub(crate) fn of_light_instances(n: u32) -> Story {
        let mut story = Story::of_instances(n);
        story.setup.task_definitions[0].definition.resources.cpu = 4096 - 256;
        story.setup.task_definitions[0].definition.resources.memory = 8192 - 512;
        if let Request::CreateService { settings, .. } = &mut story.setup.before[0] {
            settings.desired = n;
        }
        story
    }

    /// How the revision behaves that the update rolls out.
    pub(crate) fn new_behaves(mut self, change: impl FnOnce(&mut Behaviour)) -> Story {
        change(&mut self.setup.daemon_task_definitions[NEW.index()].behaviour);
        self
    }

    /// How the revision behaves that is in place.
    pub(crate) fn old_behaves(mut self, change: impl FnOnce(&mut Behaviour)) -> Story {
        change(&mut self.setup.daemon_task_definitions[OLD.index()].behaviour);
        self
    }

    /// An update at 0.
    pub(crate) fn update_to(self, settings: DaemonSettings) -> Story {
        self.at(0, Request::UpdateDaemon { daemon: DAEMON, settings })
    }

    /// For runs that do not come to rest by themselves.
    pub(crate) fn until(mut self, hours: u64) -> Story {
        self.setup.horizon = SimDuration::from_secs(hours * 3600);
        self
    }
}

/// Settings of an update to the new revision.
pub(crate) fn rolling(percent: u64) -> DaemonSettings {
    DaemonSettings { drain_percent: Percent::whole(percent), ..daemon(1, 25) }
}

/// Always so many milliseconds.
pub(crate) fn always(ms: u64) -> Distribution {
    Distribution::Constant(SimDuration::from_ms(ms))
}

/// An alarm that changes as told.
pub(crate) fn scripted(name: &str, starts_in: AlarmState, script: &[(u64, AlarmState)]) -> Alarm {
    let script = script.iter().map(|(at, state)| (SimTime::from_ms(*at), *state)).collect();
    Alarm { name: name.into(), starts_in, source: AlarmSource::Script(script) }
}
