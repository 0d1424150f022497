//! Daemons that are not critical: their instances serve on, and they are started again ever more slowly.

use super::registering::{arriving, registers};
use super::{after, settled};
use crate::heard::{daemon_task, hear};
use crate::story::{SERVICE, Story, constant};
use daemonsim::kernel::{Distribution, SimDuration};
use daemonsim::model::assumptions::{NonCriticalGate, NonCriticalRelaunch};
use daemonsim::record::FactKind;
use daemonsim::world::setup::{Delays, Request, ScaleInAfter, ServiceChange};

/// Seconds between a failure and the next start.
const WAITS: [u64; 8] = [10, 20, 40, 80, 160, 300, 300, 300];

fn not_critical(mut story: Story) -> Story {
    for request in &mut story.setup.before {
        if let Request::CreateDaemon { settings, .. } = request {
            settings.critical = false;
        }
    }
    story
}

/// M9: it crashes again and again, and only its own tasks and the counts know of it.
#[test]
fn a_crash_drains_nothing() {
    let crash = 290_009;
    let mut story = not_critical(settled(1));
    story.setup.daemon_task_definitions[0].behaviour.crashes_after = after(crash);
    let d = &story.setup.delays;
    let (mut ends, mut starts) = (Vec::new(), Vec::new());
    let (mut counts, mut up) = (vec![(0, 0)], 0);
    for wait in WAITS {
        let end = up + crash;
        let begin = end + constant(&d.stop_detect) + wait * 1_000;
        up = begin + constant(&d.daemon_start);
        ends.push(end);
        starts.push(begin);
        counts.extend([(end, 1), (up, 0)]);
    }
    story.setup.horizon = SimDuration::from_ms(up);
    let (run, heard) = hear(&story);
    assert_eq!(heard.daemons("STOPPED"), ends);
    assert_eq!(heard.daemons("PENDING"), starts);
    assert_eq!(heard.count(|c| c.without_daemon), counts);
    assert_eq!(heard.count(|c| c.active), [(0, 1)]);
    assert_eq!(heard.times(FactKind::Daemon, "IMPAIRED"), Vec::<u64>::new());
    assert!(heard.app_story().iter().all(|(at, ..)| *at == 0));
    assert_eq!((run.cluster.mishaps.daemon_runtime_failures, run.cluster.launched), (8, 0));

    // What runs for five minutes has not failed in a row: each wait is the first.
    let mut long = not_critical(settled(1));
    let enough = 300_000;
    long.setup.daemon_task_definitions[0].behaviour.crashes_after = after(enough);
    let d = &long.setup.delays;
    let round = enough + constant(&d.stop_detect) + 10_000 + constant(&d.daemon_start);
    long.setup.horizon = SimDuration::from_ms(4 * round);
    let (_, heard) = hear(&long);
    let rounds: Vec<u64> = (0..4).map(|n| enough + n * round).collect();
    assert_eq!(heard.daemons("STOPPED"), rounds);

    // Never again.
    let story = story.assuming(|a| a.non_critical_relaunch = NonCriticalRelaunch::Never);
    let (run, heard) = hear(&story);
    assert_eq!(heard.daemons("STOPPED"), [crash]);
    assert_eq!(heard.count(|c| c.without_daemon), [(0, 0), (crash, 1)]);
    assert_eq!(run.daemons[0].without_daemon, 1);
}

/// UNHEALTHY: it is stopped when that is known, and started again when it is STOPPED.
#[test]
fn an_unhealthy_one_is_started_afresh() {
    let sick = 500_009;
    let mut story = not_critical(settled(1));
    story.setup.daemon_task_definitions[0].behaviour.unhealthy_after = after(sick);
    story.setup.horizon = SimDuration::from_ms(600_000);
    let d = &story.setup.delays;
    let (_, heard) = hear(&story);
    let known = sick + constant(&d.stop_detect);
    assert_eq!(heard.daemon(1, "UNHEALTHY"), [sick]);
    assert_eq!(heard.daemon(1, "STOPPING"), [known]);
    let stopped = known + constant(&d.daemon_stop);
    assert_eq!(heard.daemon(1, "STOPPED"), [stopped]);
    assert_eq!(heard.daemon(2, "PENDING"), [stopped + 10_000]);
    assert_eq!(heard.count(|c| c.active), [(0, 1)]);
}

/// It never starts: the instance is ACTIVE `instanceActive` after the first failure, and the attempts go on without
/// `stopDetect`, for ECS knows.
#[test]
fn the_first_failure_opens_the_instance() {
    let mut story = not_critical(arriving(1));
    story.setup.daemon_task_definitions[0].behaviour.fails_to_start = 1.0;
    let d = &story.setup.delays;
    let (registers, start) = (registers(&story), constant(&d.daemon_start));
    let (mut begins, mut ends) = (vec![registers], Vec::new());
    for wait in WAITS {
        let end = begins[begins.len() - 1] + start;
        ends.push(end);
        begins.push(end + wait * 1_000);
    }
    let active = ends[0] + constant(&d.instance_active);
    story.setup.horizon = SimDuration::from_ms(begins[WAITS.len()]);
    let (run, heard) = hear(&story);
    assert_eq!(heard.daemons("PENDING"), begins);
    assert_eq!(heard.daemons("STOPPED"), ends);
    assert_eq!(heard.instance(1, "ACTIVE"), [active]);
    assert_eq!(heard.apps("PENDING"), [active; 8]);
    assert_eq!(heard.count(|c| c.without_daemon), [(0, 0), (active, 1)]);
    assert_eq!(run.cluster.launched, 1);

    let story = story.assuming(|a| a.non_critical_relaunch = NonCriticalRelaunch::Never);
    let (_, heard) = hear(&story);
    assert_eq!(heard.daemons("STOPPED"), [ends[0]]);
    assert_eq!(heard.instance(1, "ACTIVE"), [active]);

    // Or nobody waits even for that.
    let story = story.assuming(|a| a.non_critical_gate = NonCriticalGate::None);
    let (_, heard) = hear(&story);
    let active = registers + constant(&story.setup.delays.instance_active);
    assert_eq!(heard.instance(1, "ACTIVE"), [active]);
    assert_eq!(heard.apps("PENDING"), [active; 8]);
}

/// StopTask, without a drain.
#[test]
fn one_stopped_by_hand_is_started_again() {
    let at = 500_009;
    let story = not_critical(settled(1)).at(at, Request::StopTask { task: daemon_task(1) });
    let d = &story.setup.delays;
    let (run, heard) = hear(&story);
    let begins = at + constant(&d.daemon_stop) + constant(&d.stop_detect) + 10_000;
    assert_eq!(heard.daemons("PENDING"), [begins]);
    assert_eq!(heard.daemon(2, "RUNNING"), [begins + constant(&d.daemon_start)]);
    assert_eq!((run.cluster.launched, run.daemons[0].without_daemon), (0, 0));
}

/// REL-9: what happens to app tasks is the same, whatever a daemon that is not critical does once it has started. Here
/// daemons take a constant time to start, everything else a random one.
#[test]
fn app_tasks_do_not_notice() {
    same_for_app_tasks(&Delays { daemon_start: Distribution::constant_secs(14), ..Delays::default() });
}

/// REL-9 in any weather.
#[test]
fn app_tasks_do_not_notice_in_any_weather() {
    same_for_app_tasks(&Delays::default());
}

fn same_for_app_tasks(delays: &Delays) {
    let with = |crashes, seed| {
        let mut story = not_critical(settled(5));
        story.setup.seed = seed;
        story.setup.delays = delays.clone();
        story.setup.capacity_providers[0].scale_in_after = ScaleInAfter::Heuristic;
        story.setup.horizon = SimDuration::from_secs(12 * 3_600);
        let behaviour = &mut story.setup.daemon_task_definitions[0].behaviour;
        behaviour.crashes_after = crashes;
        behaviour.unhealthy_after =
            behaviour.crashes_after.is_some().then_some(Distribution::constant_secs(2_000));
        for (hour, desired) in [(1, 63), (2, 20), (3, 90), (9, 7), (11, 40)] {
            let change = ServiceChange { desired: Some(desired), ..ServiceChange::default() };
            story = story.at(hour * 3_600_000, Request::UpdateService { service: SERVICE, change });
        }
        hear(&story)
    };
    for seed in 1..=3 {
        let (_, quiet) = with(None, seed);
        let (run, loud) = with(Some(Distribution::constant_secs(600)), seed);
        assert!(run.cluster.mishaps.daemon_runtime_failures > 100, "{run:#?}");
        assert!(quiet.app_story().len() > 500);
        assert_eq!(quiet.app_story(), loud.app_story(), "seed {seed}");
    }
}
