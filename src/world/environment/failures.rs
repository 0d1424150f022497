//! How tasks fail: on which instances at all, at which attempt, and when after RUNNING.

use super::Environment;
use crate::kernel::{Sampler, Seed, SimDuration, Stream};
use crate::model::{CapacityProviderId, GroupId, TaskDefinitionId};
use crate::world::setup::{Behaviour, Setup, TaskDefinitionSetup};

/// The laws of failing revisions; revisions that never fail have none.
#[derive(Debug)]
pub(super) struct FailureLaws {
    daemons: Vec<Option<Failing>>,
    apps: Vec<Option<Failing>>,
    /// A stream for each owner of tasks of a failing revision.
    streams: Vec<((Owner, u32), Streams)>,
}

/// Who runs a failing revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    Daemon(u32),
    Group(u32),
}

/// How a revision fails.
#[derive(Debug)]
struct Failing {
    behaviour: Behaviour,
    restart_after: Option<SimDuration>,
}

/// Where its luck comes from.
#[derive(Debug)]
struct Streams {
    starts: Stream,
    /// By capacity provider.
    hosts: Vec<Stream>,
    crashes: Option<Sampler>,
    unhealthy: Option<Sampler>,
}

/// What befalls a running task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::world) struct Mishap {
    /// How long after RUNNING.
    pub(in crate::world) after: SimDuration,
    /// It crashes; otherwise it turns UNHEALTHY.
    pub(in crate::world) crash: bool,
}

/// A task that has been restarted in place so often is left alone.
const MOST_RESTARTS: u64 = 100_000;

impl FailureLaws {
    pub(super) fn new(setup: &Setup) -> FailureLaws {
        let failing = |of: &[TaskDefinitionSetup]| of.iter().map(failing).collect();
        FailureLaws {
            daemons: failing(&setup.daemon_task_definitions),
            apps: failing(&setup.task_definitions),
            streams: Vec::new(),
        }
    }

    /// Whether tasks of any app may fail.
    pub(super) fn apps_fail(&self) -> bool {
        self.apps.iter().any(Option::is_some)
    }
}

impl Failing {
    /// Whether a task that runs is going to fail some time.
    fn strikes(&self) -> bool {
        self.behaviour.crashes_after.is_some() || self.behaviour.unhealthy_after.is_some()
    }
}

impl Environment {
    /// Whether running tasks of this daemon's revision are going to fail some time.
    pub(in crate::world) fn daemon_may_fail(&self, revision: usize) -> bool {
        self.failures.daemons[revision].as_ref().is_some_and(Failing::strikes)
    }

    /// Whether running tasks of this app's revision are going to fail some time.
    pub(in crate::world) fn app_may_fail(&self, revision: usize) -> bool {
        self.failures.apps[revision].as_ref().is_some_and(Failing::strikes)
    }
}

fn failing(of: &TaskDefinitionSetup) -> Option<Failing> {
    let behaviour = &of.behaviour;
    let fails = behaviour.fails_to_start > 0.0
        || behaviour.crashes_after.is_some()
        || behaviour.unhealthy_after.is_some();
    (fails && behaviour.affects > 0.0)
        .then(|| Failing { behaviour: behaviour.clone(), restart_after: of.definition.restart_after })
}

impl Environment {
    /// Whether this attempt of a daemon to start fails.
    pub(in crate::world) fn daemon_fails_to_start(
        &mut self,
        (daemon, revision): (usize, u32),
        host: (CapacityProviderId, u32),
        draw: u64,
    ) -> bool {
        self.failures.daemons[revision as usize].is_some()
            && self.fails_to_start(Owner::Daemon(daemon as u32), revision, host, draw)
    }

    /// Whether this attempt of an app to start fails.
    pub(in crate::world) fn app_fails_to_start(
        &mut self,
        (group, revision): (GroupId, TaskDefinitionId),
        host: (CapacityProviderId, u32),
        draw: u64,
    ) -> bool {
        self.failures.apps[revision.index()].is_some()
            && self.fails_to_start(Owner::Group(group.index() as u32), revision.index() as u32, host, draw)
    }

    /// What befalls a running daemon task, if anything does before `within` is over.
    pub(in crate::world) fn daemon_mishap(
        &mut self,
        (daemon, revision): (usize, u32),
        host: (CapacityProviderId, u32),
        draw: u64,
        within: SimDuration,
    ) -> Option<Mishap> {
        self.failures.daemons[revision as usize].as_ref()?;
        self.mishap(Owner::Daemon(daemon as u32), revision, host, draw, within)
    }

    /// What befalls a running app task, if anything does before `within` is over.
    pub(in crate::world) fn app_mishap(
        &mut self,
        (group, revision): (GroupId, TaskDefinitionId),
        host: (CapacityProviderId, u32),
        draw: u64,
        within: SimDuration,
    ) -> Option<Mishap> {
        self.failures.apps[revision.index()].as_ref()?;
        self.mishap(Owner::Group(group.index() as u32), revision.index() as u32, host, draw, within)
    }

    fn fails_to_start(
        &mut self,
        owner: Owner,
        revision: u32,
        host: (CapacityProviderId, u32),
        draw: u64,
    ) -> bool {
        let (failing, streams) = self.failing(owner, revision);
        let likely = failing.behaviour.fails_to_start;
        likely > 0.0
            && is_affected(failing, streams, host)
            && (likely >= 1.0 || streams.starts.draw(draw).unit() < likely)
    }

    fn mishap(
        &mut self,
        owner: Owner,
        revision: u32,
        host: (CapacityProviderId, u32),
        draw: u64,
        within: SimDuration,
    ) -> Option<Mishap> {
        let (failing, streams) = self.failing(owner, revision);
        let crash = crash(failing, streams, draw, within);
        let unhealthy = streams.unhealthy.as_mut().map(|law| law.draw(draw));
        let first = match (crash, unhealthy) {
            (Some(crash), Some(unhealthy)) if unhealthy < crash => Mishap { after: unhealthy, crash: false },
            (Some(after), _) => Mishap { after, crash: true },
            (None, Some(after)) => Mishap { after, crash: false },
            (None, None) => return None,
        };
        (first.after <= within && is_affected(failing, streams, host)).then_some(first)
    }

    fn failing(&mut self, owner: Owner, revision: u32) -> (&Failing, &mut Streams) {
        let laws = &mut self.failures;
        let (all, name) = match owner {
            Owner::Daemon(daemon) => (&laws.daemons, &self.daemon_names[daemon as usize]),
            Owner::Group(group) => (&laws.apps, &self.owners[group as usize]),
        };
        let Some(failing) = all[revision as usize].as_ref() else { unreachable!("asked for before") };
        let key = (owner, revision);
        let at = laws.streams.iter().position(|(k, _)| *k == key).unwrap_or_else(|| {
            laws.streams.push((key, streams(failing, name, &self.provider_names, self.seed)));
            laws.streams.len() - 1
        });
        (failing, &mut laws.streams[at].1)
    }
}

fn streams(failing: &Failing, owner: &str, providers: &[String], seed: Seed) -> Streams {
    let law = |of: &Option<_>, purpose| of.as_ref().map(|law| Sampler::new(law, seed, owner, purpose));
    Streams {
        starts: Stream::new(seed, owner, "failsToStart"),
        hosts: providers
            .iter()
            .map(|provider| Stream::new(seed, owner, &format!("affects {provider}")))
            .collect(),
        crashes: law(&failing.behaviour.crashes_after, "crashesAfter"),
        unhealthy: law(&failing.behaviour.unhealthy_after, "unhealthyAfter"),
    }
}

/// Whether a revision fails on this host at all.
fn is_affected(
    failing: &Failing,
    streams: &mut Streams,
    (provider, number): (CapacityProviderId, u32),
) -> bool {
    let share = failing.behaviour.affects;
    share >= 1.0 || streams.hosts[provider.index()].draw(u64::from(number)).unit() < share
}

/// When a task's container exits for good: one that ran long enough is restarted in place, and runs on.
fn crash(failing: &Failing, streams: &mut Streams, draw: u64, within: SimDuration) -> Option<SimDuration> {
    let law = streams.crashes.as_mut()?;
    let mut at = SimDuration::ZERO;
    for restart in 0..MOST_RESTARTS {
        let ran = law.draw(restart << 48 | draw);
        at += ran;
        match failing.restart_after {
            Some(enough) if ran >= enough && at <= within => (),
            _ => return Some(at),
        }
    }
    None
}
