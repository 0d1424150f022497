//! App tasks that fail: their service starts others in their place, ever more slowly while they do not even start.

use super::{Times, always, watch};
use crate::story::{PROVIDER, Story, definition, service};
use daemonsim::kernel::Id;
use daemonsim::model::{Owner, ServiceId};
use daemonsim::record::{Fact, FactKind, Reason};
use daemonsim::world::setup::{Behaviour, Request, ServiceSettings, StrategyItem};

const FLAKY: ServiceId = Id::new(1);
const ASKED: u64 = 100_003;

/// One instance with room for one task more, and a second service of one task that behaves so.
fn flaky(change: impl FnOnce(&mut Behaviour)) -> Story {
    let mut story = Story::of_instances(1);
    if let Request::CreateService { settings, .. } = &mut story.setup.before[0] {
        settings.desired = 4;
    }
    let mut app = definition("flaky", 1, 100, 100);
    change(&mut app.behaviour);
    story.setup.task_definitions.push(app);
    story.setup.services.push("flaky".into());
    let settings = ServiceSettings {
        task_definition: Id::new(1),
        strategy: vec![StrategyItem { provider: PROVIDER, base: 0, weight: 1 }],
        ..service(1)
    };
    story.until(4).at(ASKED, Request::CreateService { service: FLAKY, settings })
}

/// What became of the flaky service's tasks, but for their waiting.
fn lives(story: &Story) -> Vec<(u64, &'static str, Reason)> {
    let seen = watch(&story.setup);
    let mine = |fact: &&Fact| {
        fact.kind == FactKind::Task && fact.owner == Some(Owner::Service(FLAKY)) && fact.to != "PROVISIONING"
    };
    seen.facts.iter().filter(mine).map(|fact| (fact.at.as_ms(), fact.to, fact.reason)).collect()
}

/// Ten seconds more after the first failure, doubled with each, 27 minutes at most.
#[test]
fn a_task_that_never_starts_is_throttled() {
    let story = flaky(|b| b.fails_to_start = 1.0);
    let t = Times::of(&story);
    let mut placed = ASKED + t.scheduler_tick;
    let mut expected = Vec::new();
    for wait in [10, 20, 40, 80, 160, 320, 640, 1_280, 1_620, 1_620] {
        let failed = placed + t.app_start;
        expected.push((placed, "PENDING", Reason::None));
        expected.push((failed, "STOPPED", Reason::Word("TaskFailedToStart")));
        placed = failed + t.scheduler_tick + wait * 1_000;
    }
    assert_eq!(lives(&story)[..expected.len()], expected);
}

/// A crash is no failure to start: the next task comes as soon as the scheduler knows.
#[test]
fn a_task_that_crashes_is_replaced_at_once() {
    let crash = 500_009;
    let story = flaky(|b| b.crashes_after = Some(always(crash)));
    let t = Times::of(&story);
    let warm = super::super::story::constant(&story.setup.delays.app_start_warm);
    let mut placed = ASKED + t.scheduler_tick;
    let mut expected = Vec::new();
    for start in [t.app_start, warm, warm] {
        let running = placed + start;
        expected.push((placed, "PENDING", Reason::None));
        expected.push((running, "RUNNING", Reason::None));
        expected.push((running + t.health_wait, "HEALTHY", Reason::None));
        expected.push((running + crash, "STOPPED", Reason::Word("EssentialContainerExited")));
        placed = running + crash + t.scheduler_tick;
    }
    assert_eq!(lives(&story)[..expected.len()], expected);
    let run = story.run();
    assert!(run.services[1].interruptions >= 3, "{run:#?}");
    assert_eq!(run.services[0].interruptions, 0);
}

/// An unhealthy task stays until another one is healthy in its place.
#[test]
fn an_unhealthy_task_is_replaced_first_and_stopped_then() {
    let ill = 500_009;
    let story = flaky(|b| b.unhealthy_after = Some(always(ill)));
    let t = Times::of(&story);
    let warm = super::super::story::constant(&story.setup.delays.app_start_warm);
    let turned = ASKED + t.scheduler_tick + t.app_start + ill;
    let next = turned + t.scheduler_tick;
    let healthy = next + warm + t.health_wait;
    let expected = [
        (turned, "UNHEALTHY", Reason::None),
        (next, "PENDING", Reason::None),
        (next + warm, "RUNNING", Reason::None),
        (healthy, "HEALTHY", Reason::None),
        (healthy + t.scheduler_tick, "STOPPING", Reason::Word("ServiceSchedulerInitiated")),
        (healthy + t.scheduler_tick + t.app_stop, "STOPPED", Reason::None),
    ];
    let lives: Vec<_> = lives(&story).into_iter().filter(|(at, ..)| *at >= turned).collect();
    assert_eq!(lives[..expected.len()], expected);
}
