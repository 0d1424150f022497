//! Daemons that fail on instances that are not ACTIVE yet.

use super::{after, settled};
use crate::heard::hear;
use crate::story::{DAEMON, SERVICE, Story, constant, daemon, service};
use daemonsim::kernel::{Distribution, Id, SimDuration};
use daemonsim::model::assumptions::{AfterAttempts, BreakerThreshold, RegisteringFailure, Replacement};
use daemonsim::model::{DeploymentStatus, Percent, Resources};
use daemonsim::record::{FactKind, Reason};
use daemonsim::world::setup::Request;

const GAP: u64 = 30_000;

/// No instance is there; `n` instances' worth of tasks are asked for at 0.
pub(super) fn arriving(n: u32) -> Story {
    let mut story = settled(0);
    story.setup.before.remove(0);
    story.at(0, Request::CreateService { service: SERVICE, settings: service(8 * n) })
}

/// When the first instances register.
pub(super) fn registers(story: &Story) -> u64 {
    let d = &story.setup.delays;
    constant(&d.scheduler_tick) + constant(&d.provision_decision) + constant(&d.instance_launch)
}

/// Three attempts, a gap between failure and next attempt; then the instances are given up and others come, as many.
#[test]
fn attempts_used_up_cost_the_instance() {
    let mut story = arriving(2);
    story.setup.daemon_task_definitions[0].behaviour.fails_to_start = 1.0;
    let start = constant(&story.setup.delays.daemon_start);
    let registers = registers(&story);
    let gives_up = registers + 3 * start + 2 * GAP;
    let comes = gives_up
        + constant(&story.setup.delays.provision_decision)
        + constant(&story.setup.delays.instance_launch);
    let gone = gives_up + constant(&story.setup.delays.terminate);
    story.setup.horizon = SimDuration::from_ms(comes.max(gone));
    let (run, heard) = hear(&story);
    // Task names count on: the attempts of two instances side by side.
    for attempt in 0..3_u64 {
        for task in 1..=2 {
            let number = 2 * attempt as u32 + task;
            let began = registers + attempt * (start + GAP);
            assert_eq!(heard.daemon(number, "PENDING"), [began], "attempt {attempt}");
            assert_eq!(heard.daemon(number, "STOPPED"), [began + start], "attempt {attempt}");
        }
    }
    let impaired = heard.all(FactKind::Daemon, "DAEMON_TASK_START_IMPAIRED");
    let reasons: Vec<Reason> = impaired.filter(|f| f.at.as_ms() <= gives_up).map(|f| f.reason).collect();
    assert_eq!(reasons, [Reason::Word("TASK_FAILED_TO_RUN"); 6]);
    for number in 1..=2 {
        assert_eq!(heard.instance(number, "REGISTERING"), [registers]);
        assert_eq!(heard.instance(number, "REGISTRATION_FAILED"), [gives_up]);
        assert_eq!(heard.instance(number, "TERMINATED"), [gone]);
        assert_eq!(heard.instance(number + 2, "REGISTERING"), [comes]);
    }
    assert_eq!(heard.times(FactKind::Instance, "LAUNCHING").len(), 4);
    assert_eq!(run.cluster.mishaps.registration_failures, 2);
    // No task was ever placed, and none was lost.
    assert_eq!(heard.apps("PENDING"), Vec::<u64>::new());
    assert_eq!(heard.apps("PROVISIONING").len(), 16);
}

/// Another revision meanwhile: the tasks get what they were promised on the instance that comes instead.
#[test]
fn promises_are_kept_on_the_next_instance() {
    let mut story = arriving(1);
    story.setup.daemon_task_definitions[0].behaviour.fails_to_start = 1.0;
    // It is IN_PROGRESS when the instance is REGISTERING with the old revision.
    let story = story.update(Percent::whole(100), SimDuration::ZERO);
    let d = &story.setup.delays;
    let gives_up = registers(&story) + 3 * constant(&d.daemon_start) + 2 * GAP;
    let comes = gives_up + constant(&d.provision_decision) + constant(&d.instance_launch);
    let active = comes + constant(&d.daemon_start) + constant(&d.instance_active);
    let (run, heard) = hear(&story);
    assert_eq!(heard.instance(2, "ACTIVE"), [active]);
    assert_eq!(heard.apps("PENDING"), [active; 8]);
    assert_eq!(heard.apps("RUNNING"), [active + constant(&d.app_start); 8]);
    assert_eq!((run.cluster.launched, run.services[0].interruptions), (2, 0));
    assert_eq!(run.deployments[0].status, DeploymentStatus::Successful, "{run:#?}");
    assert_eq!((run.deployments[0].instances_replaced, run.deployments[0].breaker_failures), (0, 0));
    assert_eq!(run.daemons[0].current_revisions, [(Id::new(1), 1)]);
}

/// A crash after RUNNING and before ACTIVE is an attempt that failed; it is found out `stopDetect` later.
#[test]
fn a_crash_before_active_is_tried_again() {
    let crash = 1_009;
    let mut story = arriving(1);
    story.setup.daemon_task_definitions[0].behaviour.crashes_after = after(crash);
    story.setup.delays.instance_active = Distribution::Constant(SimDuration::from_ms(20_011));
    let (start, detect) =
        (constant(&story.setup.delays.daemon_start), constant(&story.setup.delays.stop_detect));
    let registers = registers(&story);
    let attempt = start + crash + detect;
    let gives_up = registers + 3 * attempt + 2 * GAP;
    story.setup.horizon = SimDuration::from_ms(gives_up);
    let (run, heard) = hear(&story);
    for k in 0..3 {
        let began = registers + u64::from(k) * (attempt + GAP);
        assert_eq!(heard.daemon(k + 1, "PENDING"), [began]);
        assert_eq!(heard.daemon(k + 1, "RUNNING"), [began + start]);
        assert_eq!(heard.daemon(k + 1, "STOPPED"), [began + start + crash]);
    }
    assert_eq!(heard.instance(1, "ACTIVE"), Vec::<u64>::new());
    assert_eq!(heard.instance(1, "REGISTRATION_FAILED"), [gives_up]);
    let mishaps = run.cluster.mishaps;
    assert_eq!((mishaps.daemon_runtime_failures, mishaps.registration_failures), (3, 1));
}

/// One that is found out only when the instance is ACTIVE is repaired: a drain with the tasks on it.
#[test]
fn a_crash_found_out_after_active_is_repaired() {
    let crash = 1_009;
    let mut story = arriving(1);
    story.setup.daemon_task_definitions[0].behaviour.crashes_after = after(crash);
    let d = &story.setup.delays;
    let up = registers(&story) + constant(&d.daemon_start);
    let known = up + crash + constant(&d.stop_detect);
    story.setup.horizon = SimDuration::from_ms(known);
    let (_, heard) = hear(&story);
    assert_eq!(heard.instance(1, "ACTIVE"), [up + constant(&story.setup.delays.instance_active)]);
    assert_eq!(heard.instance(1, "DRAINING"), [known]);
    assert_eq!(heard.times(FactKind::Daemon, "IMPAIRED"), [known]);
}

/// What replaces one for one and is given up is called for again, of the same zone, and the wave waits for it.
#[test]
fn a_replacement_that_fails_is_called_for_again() {
    let mut story = settled(1).assuming(|a| {
        a.replacement = Replacement::OneForOne;
        a.breaker_threshold = BreakerThreshold::Count(7);
        a.registering_failure.attempts = 2;
    });
    story.setup.daemon_task_definitions[1].behaviour.fails_to_start = 1.0;
    let story = story.update(Percent::whole(100), SimDuration::ZERO);
    let d = &story.setup.delays;
    let (run, heard) = hear(&story);
    let drains = constant(&d.deploy_decision);
    let mut called = drains + constant(&d.drain_react) + constant(&d.provision_decision);
    // Two attempts on each of three instances make six failures; the seventh trips the breaker.
    for number in 2..=4 {
        assert_eq!(heard.instance(number, "LAUNCHING"), [called], "number {number}");
        assert_eq!(heard.fact_of(number, "LAUNCHING").zone, heard.fact_of(1, "DRAINING").zone);
        let registers = called + constant(&d.instance_launch);
        let gives_up = registers + 2 * constant(&d.daemon_start) + GAP;
        assert_eq!(heard.instance(number, "REGISTRATION_FAILED"), [gives_up], "number {number}");
        called = gives_up + constant(&d.provision_decision);
    }
    let trips = called + constant(&d.instance_launch) + constant(&d.daemon_start);
    assert_eq!(run.deployments[0].rollback_started.map(|t| t.as_ms()), Some(trips), "{run:#?}");
    assert_eq!(run.deployments[0].status, DeploymentStatus::RollbackSuccessful);
    assert_eq!(run.daemons[0].current_revisions, [(Id::new(0), 1)]);
    // One call for each: the waiting tasks did not call for more.
    assert_eq!(heard.times(FactKind::Instance, "LAUNCHING").iter().filter(|at| **at < trips).count(), 4);
}

/// A daemon that does not fit on the instance: TASK_CREATION_FAILED at once and after each gap, without a task.
#[test]
fn a_daemon_too_large_for_its_instance() {
    let rule = RegisteringFailure {
        attempts: 4,
        gap: SimDuration::from_ms(7_001),
        then: AfterAttempts::ReplaceInstance,
    };
    let mut story = arriving(1).assuming(|a| a.registering_failure = rule);
    let large = Resources { cpu: 8_192, memory: 512 };
    story.setup.daemon_task_definitions[0].definition.resources = large;
    let registers = registers(&story);
    let gives_up = registers + 3 * 7_001;
    story.setup.horizon = SimDuration::from_ms(gives_up);
    let (run, heard) = hear(&story);
    let impaired: Vec<_> = heard
        .all(FactKind::Daemon, "DAEMON_TASK_START_IMPAIRED")
        .map(|f| (f.at.as_ms(), f.reason, f.task))
        .collect();
    let expected: Vec<_> =
        (0..4).map(|k| (registers + k * 7_001, Reason::Word("TASK_CREATION_FAILED"), None)).collect();
    assert_eq!(impaired, expected);
    assert_eq!(heard.instance(1, "REGISTRATION_FAILED"), [gives_up]);
    assert_eq!(heard.daemons("PENDING"), Vec::<u64>::new());
    assert_eq!(run.cluster.mishaps.daemon_start_failures, 4);
}

/// Not critical, and too large: the instance does without it at once.
#[test]
fn a_daemon_too_large_and_not_critical() {
    let mut story = arriving(1);
    story.setup.daemon_task_definitions[0].definition.resources = Resources { cpu: 8_192, memory: 512 };
    if let Request::CreateDaemon { settings, .. } = &mut story.setup.before[0] {
        settings.critical = false;
    }
    let registers = registers(&story);
    story.setup.horizon = SimDuration::from_ms(registers + 400_000);
    let (_, heard) = hear(&story);
    assert_eq!(heard.instance(1, "ACTIVE"), [registers + constant(&story.setup.delays.instance_active)]);
    let tries = heard.times(FactKind::Daemon, "DAEMON_TASK_START_IMPAIRED");
    let waits = [0, 10, 30, 70, 150, 310];
    assert_eq!(tries, waits.map(|s| registers + s * 1_000));
}

/// A superseded revision that fails is no failure of the newer one, and the daemon named is the right one.
#[test]
fn a_failure_of_an_old_revision_counts_for_nobody() {
    let mut story = arriving(1);
    story.setup.daemon_task_definitions[0].behaviour.fails_to_start = 1.0;
    let settings = daemon(1, 100);
    let story = story.at(0, Request::UpdateDaemon { daemon: DAEMON, settings });
    let (run, heard) = hear(&story);
    assert_eq!(run.deployments[0].breaker_failures, 0, "{run:#?}");
    assert_eq!(heard.times(FactKind::CircuitBreaker, "TRIGGERED"), Vec::<u64>::new());
    assert_eq!(run.cluster.mishaps.daemon_start_failures, 3);
}
