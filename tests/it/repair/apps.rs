//! App tasks that fail: their services replace them, ever more slowly when they do not even start.

use super::registering::arriving;
use super::{after, settled};
use crate::heard::{Heard, hear};
use crate::story::{Story, constant};
use daemonsim::kernel::SimDuration;
use daemonsim::record::{FactKind, Reason};
use daemonsim::world::setup::Request;

/// One task on an instance with room for eight.
fn one_task() -> Story {
    let mut story = settled(1);
    desire(&mut story, 1);
    story
}

fn desire(story: &mut Story, desired: u32) {
    let timed = story.setup.timeline.iter_mut().map(|timed| &mut timed.request);
    for request in story.setup.before.iter_mut().chain(timed) {
        if let Request::CreateService { settings, .. } = request {
            settings.desired = desired;
        }
    }
}

/// How long a service waits after so many failed starts in a row, in milliseconds; a tick comes before.
fn throttle(failures: u32) -> u64 {
    [0, 10, 20, 40, 80, 160, 320, 640, 1_280].get(failures as usize).map_or(1_620, |s| *s) * 1_000
}

/// 10, 20, 40 … seconds after the tick, up to 27 minutes; each start is a cold one, for none has run.
#[test]
fn starts_that_fail_are_throttled() {
    let mut story = arriving(1);
    desire(&mut story, 1);
    story.setup.task_definitions[0].behaviour.fails_to_start = 1.0;
    let d = &story.setup.delays;
    let tick = constant(&d.scheduler_tick);
    let mut placed = tick
        + constant(&d.provision_decision)
        + constant(&d.instance_launch)
        + constant(&d.daemon_start)
        + constant(&d.instance_active);
    let (mut begins, mut ends) = (Vec::new(), Vec::new());
    for failures in 1..=12 {
        let end = placed + constant(&d.app_start);
        begins.push(placed);
        ends.push(end);
        placed = end + tick + throttle(failures);
    }
    story.setup.horizon = SimDuration::from_ms(placed - 1);
    let (run, heard) = hear(&story);
    assert_eq!(heard.apps("PENDING"), begins);
    assert_eq!(heard.apps("STOPPED"), ends);
    let codes = heard.all(FactKind::Task, "STOPPED").map(|f| f.reason);
    assert!(codes.into_iter().all(|code| code == Reason::Word("TaskFailedToStart")));
    assert_eq!((run.cluster.launched, run.services[0].interruptions), (1, 12));
}

/// A crash is replaced after a tick, on the host that knows the image, and is an interruption.
#[test]
fn a_crash_is_replaced_after_a_tick() {
    let crash = 700_001;
    let mut story = one_task();
    story.setup.task_definitions[0].behaviour.crashes_after = after(crash);
    let d = &story.setup.delays;
    let (mut ends, mut begins, mut up) = (Vec::new(), Vec::new(), 0);
    for _ in 0..6 {
        ends.push(up + crash);
        begins.push(up + crash + constant(&d.scheduler_tick));
        up += crash + constant(&d.scheduler_tick) + constant(&d.app_start_warm);
    }
    story.setup.horizon = SimDuration::from_ms(up);
    let (run, heard) = hear(&story);
    assert_eq!(heard.apps("STOPPED"), ends);
    assert_eq!(heard.apps("PENDING"), begins);
    let service = &run.services[0];
    assert_eq!(
        (service.interruptions, service.max_interruptions_per_task, service.min_running),
        (6, 6, Some(0))
    );
    let down = constant(&d.scheduler_tick) + constant(&d.app_start_warm);
    assert_eq!(service.below_desired.as_ms(), 6 * down);
    let codes = heard.all(FactKind::Task, "STOPPED").map(|f| f.reason);
    assert!(codes.into_iter().all(|code| code == Reason::Word("EssentialContainerExited")));
}

/// Starts that fail half of the time, and tasks that crash: the wait follows from what went before in the same place,
/// and begins anew with each task that was RUNNING.
#[test]
fn a_success_resets_the_throttle() {
    let mut story = one_task();
    let behaviour = &mut story.setup.task_definitions[0].behaviour;
    behaviour.fails_to_start = 0.5;
    behaviour.crashes_after = after(200_003);
    story.setup.horizon = SimDuration::from_secs(3 * 24 * 3_600);
    let tick = constant(&story.setup.delays.scheduler_tick);
    let (_, heard) = hear(&story);
    let (mut failures, mut most, mut resets) = (0, 0, 0);
    for number in 1..400 {
        let ran = !heard.app(number, "RUNNING").is_empty() || number == 1;
        resets += u32::from(ran && failures > 0);
        failures = if ran { 0 } else { failures + 1 };
        most = most.max(failures);
        let end = heard.app(number, "STOPPED")[0];
        let next = end + tick + throttle(failures);
        assert_eq!(heard.app(number + 1, "PROVISIONING"), [next], "after t-{number}, {failures} failures");
    }
    assert!(most >= 4 && resets >= 50, "{most} in a row, {resets} resets");
}

/// UNHEALTHY: its replacement starts first when there may be one more, and it stops when that is known to be healthy.
#[test]
fn an_unhealthy_task_is_replaced_before_it_stops() {
    let sick = 900_007;
    let unhealthy = |most| {
        let mut story = one_task();
        story.setup.task_definitions[0].behaviour.unhealthy_after = after(sick);
        story.setup.horizon = SimDuration::from_ms(2 * sick);
        if let Request::CreateService { settings, .. } = &mut story.setup.before[0] {
            settings.maximum_percent = most;
        }
        let (run, heard) = hear(&story);
        (story, run, heard)
    };
    let (story, run, heard) = unhealthy(200);
    let d = &story.setup.delays;
    let known = sick + constant(&d.scheduler_tick);
    assert_eq!(heard.app(1, "UNHEALTHY"), [sick]);
    assert_eq!(heard.app(2, "PENDING"), [known]);
    let healthy = known + constant(&d.app_start_warm) + constant(&d.health_wait);
    assert_eq!(heard.app(2, "HEALTHY"), [healthy]);
    let stops = healthy + constant(&d.scheduler_tick);
    assert_eq!(heard.app(1, "STOPPING"), [stops]);
    assert_eq!(heard.app(1, "STOPPED"), [stops + constant(&d.app_stop)]);
    assert_eq!((run.services[0].min_running, run.services[0].min_healthy), (Some(1), Some(0)));
    assert_eq!(run.services[0].interruptions, 1);

    // No more than one: it is stopped first.
    let (story, run, heard) = unhealthy(100);
    let d = &story.setup.delays;
    assert_eq!(heard.app(1, "STOPPING"), [known]);
    let stopped = known + constant(&d.app_stop);
    assert_eq!(heard.app(2, "PENDING"), [stopped + constant(&d.scheduler_tick)]);
    assert_eq!((run.services[0].min_running, run.services[0].interruptions), (Some(0), 1));
}

/// Tasks on half of the instances only: `affects` is a matter of the instance.
#[test]
fn some_instances_are_affected_and_others_never() {
    let mut story = settled(40);
    let behaviour = &mut story.setup.task_definitions[0].behaviour;
    behaviour.crashes_after = after(1_000_003);
    behaviour.affects = 0.5;
    story.setup.horizon = SimDuration::from_ms(1_000_003);
    let (_, heard): (_, Heard) = hear(&story);
    let mut struck = std::collections::BTreeMap::new();
    for fact in heard.all(FactKind::Task, "STOPPED") {
        *struck.entry(fact.instance).or_insert(0) += 1;
    }
    assert!(struck.values().all(|tasks| *tasks == 8), "{struck:?}");
    // Binomial(40, ½): 20 ± 3.29·√10.
    assert!((10..=30).contains(&struck.len()), "{}", struck.len());
}
