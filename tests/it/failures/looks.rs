//! Alarms: what a deployment sees of them and what it does about it, to the millisecond.
//!
//! Scripts say when alarms ring; what metrics make of a rollout is in `failures_metrics`.

use crate::made_up;
use crate::story::{DAEMON, Story, constant, cycle, daemon};
use AlarmState::{Alarm as Rings, Ok as Quiet};
use daemonsim::kernel::{Id, SimDuration, SimTime};
use daemonsim::model::assumptions::{AlarmIgnoreScope, BakePosition, BreakerThreshold};
use daemonsim::model::{
    Alarm, AlarmId, AlarmSource, AlarmState, Builtin, Comparison, DeploymentStatus, Evaluation, MetricSource,
    MissingData, MonitorStatus,
};
use daemonsim::record::{Fact, FactKind, Observation, Recorder, RunSummary};
use daemonsim::world::setup::{DaemonSettings, Delays, Request, Setup};

/// `alarmPoll` of the story.
pub(crate) const POLL: u64 = 30_089;
pub(crate) const MINUTE: u64 = 60_000;

/// Keeps every fact.
#[derive(Default)]
struct Facts(Vec<Fact>);

impl Recorder for Facts {
    fn note(&mut self, _: SimTime, observation: Observation<'_>) {
        if let Observation::Fact(fact) = observation {
            self.0.push(*fact);
        }
    }
}

pub(crate) fn run(setup: &Setup) -> (RunSummary, Vec<Fact>) {
    let (summary, facts) = daemonsim::world::simulate(setup, 0, Facts::default());
    (summary, facts.0)
}

/// When facts of a kind came, and what they led to.
pub(crate) fn told(facts: &[Fact], kind: FactKind) -> Vec<(u64, &'static str)> {
    facts.iter().filter(|fact| fact.kind == kind).map(|fact| (fact.at.as_ms(), fact.to)).collect()
}

/// A rollout of an update made at `at`, in barrier waves.
pub(crate) struct Rollout {
    /// IN_PROGRESS.
    pub(crate) begins: u64,
    /// When each wave begins, and its size.
    pub(crate) waves: Vec<(u64, u64)>,
    /// From a wave's beginning until its replacements are ACTIVE.
    pub(crate) comes: u64,
    /// When it is SUCCESSFUL.
    pub(crate) ends: u64,
    pub(crate) fleet: u64,
}

impl Rollout {
    pub(crate) fn of(delays: &Delays, at: u64, fleet: u64, batch: u64, bake: u64) -> Rollout {
        let begins = at + constant(&delays.deploy_decision);
        let every = cycle(delays) + constant(&delays.wave_gap);
        let waves: Vec<(u64, u64)> =
            (0..fleet.div_ceil(batch)).map(|w| (begins + w * every, batch.min(fleet - w * batch))).collect();
        let through = begins + waves.len() as u64 * every - constant(&delays.wave_gap);
        let comes = constant(&delays.drain_react)
            + constant(&delays.provision_decision)
            + constant(&delays.instance_launch)
            + constant(&delays.daemon_start)
            + constant(&delays.instance_active);
        let ends = through + constant(&delays.success_check) + bake;
        Rollout { begins, waves, comes, ends, fleet }
    }

    /// The first look at `from` or later.
    pub(crate) fn look(&self, from: u64) -> u64 {
        self.begins + from.saturating_sub(self.begins).div_ceil(POLL).max(1) * POLL
    }
}

/// A story whose daemon is updated at `at`, watching all of these alarms.
pub(crate) fn watching(at: u64, fleet: u32, percent: u64, bake: u64, alarms: Vec<Alarm>) -> Story {
    let mut story = Story::of_large_tasks(fleet);
    let watched = (0..alarms.len() as u32).map(AlarmId::new).collect();
    story.setup.alarms = alarms;
    let settings = DaemonSettings { alarms: watched, bake: SimDuration::from_ms(bake), ..daemon(1, percent) };
    story.at(at, Request::UpdateDaemon { daemon: DAEMON, settings })
}

fn scripted(name: &str, starts_in: AlarmState, script: &[(u64, AlarmState)]) -> Alarm {
    let script = script.iter().map(|(ms, state)| (SimTime::from_ms(*ms), *state)).collect();
    Alarm { name: name.into(), starts_in, source: AlarmSource::Script(script) }
}

/// It was stopped by its first alarm at this instant, and began to roll back in the same one.
pub(crate) fn stopped_at(story: &Story, look: u64, case: &str) -> RunSummary {
    let (run, facts) = run(&story.setup);
    let row = &run.deployments[0];
    assert_eq!(row.status, DeploymentStatus::RollbackSuccessful, "{case}: {run:#?}");
    assert_eq!(row.detected.map(SimTime::as_ms), Some(look), "{case}");
    assert_eq!(row.rollback_started.map(SimTime::as_ms), Some(look), "{case}");
    assert_eq!((&row.alarms_triggered[..], row.alarm_status), (&[Id::new(0)][..], MonitorStatus::Triggered));
    let then: Vec<_> = told(&facts, FactKind::Deployment).into_iter().filter(|(at, _)| *at == look).collect();
    assert_eq!(then, [(look, "STOP_REQUESTED"), (look, "ROLLBACK_IN_PROGRESS")], "{case}");
    run
}

/// It was SUCCESSFUL at this instant.
pub(crate) fn succeeded_at(story: &Story, end: u64, case: &str) {
    let (run, _) = run(&story.setup);
    let row = &run.deployments[0];
    assert_eq!(row.status, DeploymentStatus::Successful, "{case}: {run:#?}");
    assert_eq!(row.finished.map(SimTime::as_ms), Some(end), "{case}");
    assert!(row.alarms_triggered.is_empty(), "{case}");
}

/// A deployment looks every `alarmPoll` from IN_PROGRESS on, and at nothing in between.
#[test]
fn an_alarm_is_seen_at_the_next_look() {
    let of = |script: &[(u64, AlarmState)]| watching(0, 4, 25, 0, vec![scripted("a", Quiet, script)]);
    let plan = Rollout::of(&of(&[]).setup.delays, 0, 4, 1, 0);
    // The last one is while the deployment checks that it is done.
    for k in [1, 2, 5, 11, 28] {
        let look = plan.begins + k * POLL;
        for before in [POLL - 1, 1_000, 1, 0] {
            let story = of(&[(look - before, Rings)]);
            let run = stopped_at(&story, look, &format!("{before} ms before look {k}"));
            let touched: u64 = plan.waves.iter().filter(|(at, _)| *at <= look).map(|(_, size)| size).sum();
            assert_eq!(u64::from(run.deployments[0].instances_touched), touched);
        }
        // It may stop ringing when it has been seen.
        stopped_at(&of(&[(look - 1, Rings), (look + 1, Quiet)]), look, "gone after the look");
        // What comes and goes between two looks is not seen, nor what goes in the very instant of one.
        for gone in [look + 2, look + POLL - 1, look + POLL] {
            succeeded_at(&of(&[(look + 1, Rings), (gone, Quiet)]), plan.ends, "between two looks");
        }
    }
    // One that comes before IN_PROGRESS rings at the start, and is ignored.
    for at in [0, plan.begins - 1] {
        succeeded_at(&of(&[(at, Rings)]), plan.ends, "rings at the start");
    }
}

#[test]
fn alarms_that_ring_at_the_start_are_ignored() {
    let of = |scope, rearms, alarms| {
        watching(0, 4, 25, 0, alarms).assuming(|a| {
            a.alarm_ignore_scope = scope;
            a.ignored_alarm_rearms = rearms;
        })
    };
    let plan = Rollout::of(&Story::of_large_tasks(4).setup.delays, 0, 4, 1, 0);
    let looks = |k| plan.begins + k * POLL;
    for rearms in [true, false] {
        // another alarm rings later, the first in line or the last.
        let first = |script: &[(u64, AlarmState)]| {
            vec![scripted("a", Quiet, script), scripted("b", Rings, &[]), scripted("c", Rings, &[])]
        };
        let later = [(looks(3) - 7, Rings)];
        stopped_at(&of(AlarmIgnoreScope::PerAlarm, rearms, first(&later)), looks(3), "per alarm");
        succeeded_at(&of(AlarmIgnoreScope::All, rearms, first(&later)), plan.ends, "all");
        // it is itself again once a look saw it OK, if that is assumed.
        for scope in [AlarmIgnoreScope::PerAlarm, AlarmIgnoreScope::All] {
            let seen = [(looks(2), Quiet), (looks(2) + 1, Rings)];
            let story = of(scope, rearms, vec![scripted("a", Rings, &seen)]);
            if rearms && scope == AlarmIgnoreScope::PerAlarm {
                stopped_at(&story, looks(3), "rearmed");
            } else {
                succeeded_at(&story, plan.ends, "never rearmed");
            }
            for back in [looks(2) + 2, looks(3)] {
                let unseen = [(looks(2) + 1, Quiet), (back, Rings)];
                let story = of(scope, rearms, vec![scripted("a", Rings, &unseen)]);
                succeeded_at(&story, plan.ends, "OK between two looks only");
            }
            let unknown = [(looks(2), AlarmState::InsufficientData), (looks(4), Rings)];
            let story = of(scope, rearms, vec![scripted("a", Rings, &unknown)]);
            succeeded_at(&story, plan.ends, "insufficient data is not OK");
        }
    }
}

#[test]
fn a_bake_is_watched_to_its_last_millisecond() {
    let plain = Rollout::of(&Story::of_large_tasks(4).setup.delays, 0, 4, 1, 0);
    // So long a bake that it ends with a look, or a millisecond after one.
    let bake = POLL - (plain.ends - plain.begins) % POLL + 9 * POLL;
    let of = |bake, at| watching(0, 4, 25, bake, vec![scripted("a", Quiet, &[(at, Rings)])]);
    let end = plain.ends + bake;
    for at in [plain.ends + 1, end - 2 * POLL, end - POLL + 1, end - 1, end] {
        let look = plain.look(at);
        let run = stopped_at(&of(bake, at), look, &format!("{at} in the bake until {end}"));
        assert_eq!(run.deployments[0].instances_touched, 4);
    }
    succeeded_at(&of(bake, end + 1), end, "a millisecond late");
    stopped_at(&of(bake + 1, end), end, "the last look");
    succeeded_at(&of(bake + 1, end + 1), end + 1, "after the last look");
}

#[test]
fn a_bake_after_each_wave_is_watched() {
    let delays = Story::of_large_tasks(4).setup.delays;
    let begins = constant(&delays.deploy_decision);
    let bake = POLL - cycle(&delays) % POLL + 4 * POLL;
    let of = |at| {
        let script = scripted("a", Quiet, &[(at, Rings)]);
        watching(0, 4, 25, bake, vec![script]).assuming(|a| a.bake = BakePosition::PerWave)
    };
    let baked = begins + cycle(&delays) + bake;
    let next = baked + constant(&delays.wave_gap);
    for (at, touched) in [(baked - 2 * POLL, 1), (baked - 1, 1), (baked, 1), (baked + 1, 2), (next + 1, 2)] {
        let look = begins + (at - begins).div_ceil(POLL) * POLL;
        let run = stopped_at(&of(at), look, &format!("{at}, baked at {baked}"));
        assert_eq!(run.deployments[0].instances_touched, touched);
    }
    let waves = 4;
    let end = begins
        + waves * (cycle(&delays) + bake)
        + (waves - 1) * constant(&delays.wave_gap)
        + constant(&delays.success_check);
    succeeded_at(&of(end + 1), end, "after the last bake");
}

#[test]
fn removals_and_rollbacks_look_at_no_alarm() {
    let day = 24 * 60 * MINUTE;
    let rings = vec![scripted("a", Quiet, &[(day + 40_000, Rings)])];
    let story = watching(0, 4, 25, 0, rings).at(day, Request::DeleteDaemon { daemon: DAEMON });
    let (run, _) = run(&story.setup);
    let last = &run.deployments[1];
    assert_eq!((last.status, last.alarm_status), (DeploymentStatus::Successful, MonitorStatus::Disabled));
    // Of two alarms the second rings when the first has turned everything back.
    let plan = Rollout::of(&story.setup.delays, 0, 4, 1, 0);
    let look = plan.begins + 10 * POLL;
    let both = vec![
        scripted("a", Quiet, &[(look, Rings)]),
        scripted("b", Quiet, &[(look + 1, Rings), (day, Quiet)]),
    ];
    stopped_at(&watching(0, 4, 25, 0, both), look, "the second rings in the rollback");
}

#[test]
fn without_a_source_an_alarm_stops_a_deployment() {
    let mut story = Story::of_large_tasks(4);
    story.setup.before.pop();
    let begins = constant(&story.setup.delays.deploy_decision);
    let look = begins + 4 * POLL;
    story.setup.alarms = vec![scripted("a", Quiet, &[(look - 1, Rings)])];
    let settings = DaemonSettings { alarms: vec![Id::new(0)], ..daemon(0, 25) };
    let (run, facts) = run(&story.at(0, Request::CreateDaemon { daemon: DAEMON, settings }).setup);
    let row = &run.deployments[0];
    assert_eq!((row.status, row.finished.map(SimTime::as_ms)), (DeploymentStatus::Stopped, Some(look)));
    assert_eq!((row.rollback_started, row.instances_touched), (None, 1));
    let ends = told(&facts, FactKind::Deployment);
    assert_eq!(ends[ends.len() - 2..], [(look, "STOP_REQUESTED"), (look, "STOPPED")]);
}

/// An alarm that never rings: no average of percentages is above a million.
fn unreachable(source: MetricSource, starts_in: AlarmState) -> Alarm {
    let rule = Evaluation {
        period: SimDuration::from_secs(60),
        evaluation_periods: 3,
        datapoints_to_alarm: 2,
        threshold: 1e6,
        comparison: Comparison::Above,
        missing: MissingData::NotBreaching,
    };
    Alarm { name: "z".into(), starts_in, source: AlarmSource::Metric(source, rule) }
}

/// The same setup with one more alarm, which every daemon watches if it is to.
fn with_alarm(setup: &Setup, alarm: Alarm, watched: bool) -> Setup {
    let mut setup = setup.clone();
    let id = AlarmId::new(setup.alarms.len() as u32);
    setup.alarms.push(alarm);
    for timed in &mut setup.timeline {
        if let Request::CreateDaemon { settings, .. } | Request::UpdateDaemon { settings, .. } =
            &mut timed.request
        {
            settings.alarms.extend(watched.then_some(id));
        }
    }
    setup
}

/// REL-5, REL-6, REL-8: an alarm that nobody watches, that cannot ring, or that rings from before the start to the end
/// moves nothing at all: not one fact is another, of rollouts that fail or do not, that stall or do not.
#[test]
fn alarms_that_change_nothing_change_nothing() {
    let mut failed = 0;
    for seed in 0..60 {
        let mut setup = made_up::setup(seed);
        for (nth, row) in setup.daemon_task_definitions.iter_mut().enumerate() {
            row.behaviour.fails_to_start = [0.0, 0.3][nth % 2] * f64::from(seed as u32 % 3);
            row.behaviour.metrics = vec![("errorRate".into(), 0.04)];
        }
        setup.assumptions.breaker_threshold = BreakerThreshold::Count(2);
        setup.assumptions.breaker_resets_on_success = false;
        let (summary, plain) = run(&setup);
        failed += summary.deployments.iter().filter(|row| !row.rollback_reason.is_empty()).count();
        let contributions =
            || MetricSource::Contributions { name: "errorRate".into(), baseline: 0.5, noise: None };
        for (alarm, watched) in [
            (scripted("z", Quiet, &[(1, Rings), (3_600_000, Quiet)]), false),
            (unreachable(contributions(), Rings), false),
            (unreachable(contributions(), Quiet), true),
            (unreachable(MetricSource::Builtin(Builtin::Draining), Quiet), true),
            (scripted("z", Rings, &[]), true),
        ] {
            let case = format!("seed {seed}, watched {watched}: {alarm:?}");
            let (other, facts) = run(&with_alarm(&setup, alarm, watched));
            let part = plain.iter().zip(&facts).find(|(a, b)| a != b);
            assert!(part.is_none(), "{case}: {part:#?}");
            assert_eq!(plain.len(), facts.len(), "{case}");
            assert_eq!((summary.outcome, summary.ended_at), (other.outcome, other.ended_at), "{case}");
            assert!(watched || summary.fingerprint == other.fingerprint, "{case}");
        }
    }
    assert!(failed > 10, "{failed}");
}
