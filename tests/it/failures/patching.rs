//! ECS replaces instances that have become old: it drains them after fourteen days, and takes them after twenty-one.

use super::{Times, Watched, rolling, watch};
use crate::story::{DAEMON, PROVIDER, Story};
use daemonsim::kernel::{Distribution, Id, SimDuration};
use daemonsim::record::{Fact, FactKind, Reason};
use daemonsim::world::setup::{Request, StrategyItem};

const DAY: u64 = 24 * 3_600_000;

fn days(mut story: Story, days: u64) -> Story {
    story.setup.horizon = SimDuration::from_ms(days * DAY);
    story
}

fn patched(seen: &Watched) -> Vec<(u64, u32)> {
    let mine = |fact: &&Fact| fact.to == "DRAINING" && fact.reason == Reason::Word("patching");
    let facts = seen.facts.iter().filter(|fact| fact.kind == FactKind::Instance).filter(mine);
    facts.filter_map(|fact| Some((fact.at.as_ms(), fact.instance?.number))).collect()
}

#[test]
fn an_instance_is_patched_fourteen_days_after_its_launch() {
    let story = days(Story::of_instances(3), 15);
    let t = Times::of(&story);
    let seen = watch(&story.setup);
    assert_eq!(patched(&seen), [(14 * DAY, 1), (14 * DAY, 2), (14 * DAY, 3)], "{:#?}", seen.run);
    assert_eq!(seen.times("TERMINATED"), [14 * DAY + t.cycle(); 3]);
    assert_eq!((seen.run.services[0].min_running, seen.run.cluster.instances_end), (Some(24), 3));
    // Not a day before.
    assert!(patched(&watch(&days(Story::of_instances(3), 13).setup)).is_empty());
}

/// A rollout begins each instance's time anew, from its launch call on.
#[test]
fn a_rollout_puts_patching_off() {
    let asked = 7 * DAY;
    let update = Request::UpdateDaemon { daemon: DAEMON, settings: rolling(50) };
    let story = days(Story::of_instances(2), 22).at(asked, update);
    let t = Times::of(&story);
    let seen = watch(&story.setup);
    let called = |wave: u64| {
        asked + t.deploy_decision + wave * (t.cycle() + t.wave_gap) + t.drain_react + t.provision_decision
    };
    let expected = [(called(0) + 14 * DAY, 3), (called(1) + 14 * DAY, 4)];
    assert_eq!(patched(&seen), expected, "{:#?}", seen.run);
}

/// What will not go is killed: when the drain's deadline passes, and twenty-one days after the launch at the latest.
#[test]
fn a_patch_is_forced_in_the_end() {
    for (deadline, forced) in [(2, 16), (7, 21), (30, 21)] {
        let mut story =
            Story::of_instances(1).assuming(|a| a.drain_deadline = SimDuration::from_ms(deadline * DAY));
        story.setup.families.push("job".into());
        let mut job = story.setup.task_definitions[0].clone();
        job.definition.family = "job".into();
        job.definition.resources = daemonsim::model::Resources { cpu: 0, memory: 0 };
        job.behaviour.runs_for = None::<Distribution>;
        story.setup.task_definitions.push(job);
        let strategy = vec![StrategyItem { provider: PROVIDER, base: 0, weight: 1 }];
        let run = Request::RunTask { family: Id::new(0), task_definition: Id::new(1), count: 1, strategy };
        story.setup.before.push(run);
        let story = days(story, 23);
        let t = Times::of(&story);
        let seen = watch(&story.setup);
        let end = [
            (14 * DAY, "DRAINING"),
            (forced * DAY, "DEREGISTERING"),
            (forced * DAY + t.terminate, "TERMINATED"),
        ];
        assert_eq!(seen.life(1)[1..], end, "{deadline}: {:#?}", seen.run);
    }
}
