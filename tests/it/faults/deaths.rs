//! Instances that die, whatever they are doing, and daemon tasks that are killed.

use super::{AT_ONCE, SECOND, arriving, fault, in_zone, on, on_two_providers};
use crate::heard::{Heard, hear};
use crate::story::{PROVIDER, Story, constant, cycle};
use daemonsim::kernel::SimDuration;
use daemonsim::model::assumptions::{Replacement, WaveMode};
use daemonsim::model::{DeploymentStatus, InstanceName, Owner, Percent, TaskName};
use daemonsim::record::{FactKind, Reason};
use daemonsim::world::setup::{FaultKind, FaultSetup, Request};
use std::collections::BTreeMap;

fn deaths(rate_per_hour: f64) -> FaultKind {
    FaultKind::InstanceDeaths { rate_per_hour }
}

/// Every service task that was lost has a successor, created a tick later.
fn are_replaced(heard: &Heard, tick: u64, code: &'static str) -> usize {
    let successor: BTreeMap<TaskName, TaskName> =
        heard.replaces.iter().map(|(new, old)| (*old, *new)).collect();
    let mut lost = 0;
    for fact in heard.all(FactKind::Task, "STOPPED").filter(|f| f.reason == Reason::Word(code)) {
        let Some(task) = fact.task.filter(|task| matches!(task.owner, Owner::Service(_))) else { continue };
        if fact.from == "STOPPING" {
            continue;
        }
        let next = successor.get(&task).unwrap_or_else(|| panic!("{task:?} has no successor"));
        assert_eq!(heard.task(*next, "PROVISIONING"), [fact.at.as_ms() + tick], "{task:?}");
        lost += 1;
    }
    lost
}

/// The number of deaths less rate times exposure, REGISTERING to gone within the window, has the mean 0 and the
/// variance of a Poisson number; and the fleet is made good each time.
#[test]
fn deaths_are_as_many_as_the_exposure_says() {
    let (from, until) = (1_800_000, 20 * 3_600_000);
    for rate in [0.05, 0.5] {
        let (mut found, mut expected) = (0.0, 0.0);
        for seed in 1..=8 {
            let mut story = Story::of_instances(12).under(fault(from, until, deaths(rate)));
            story.setup.seed = seed;
            let (run, heard) = hear(&story);
            let strikes = heard.times(FactKind::Fault, "instanceDeaths");
            assert!(strikes.iter().all(|at| (from..until).contains(at)));
            assert_eq!(strikes.len(), run.cluster.mishaps.deaths as usize);
            found += strikes.len() as f64;
            expected += rate * exposure(&heard, from, until) / 3_600_000.0;
            let lost =
                are_replaced(&heard, constant(&story.setup.delays.scheduler_tick), "InfrastructureHealth");
            assert_eq!(run.services[0].interruptions as usize, lost);
            assert_eq!(heard.count(|c| c.app_running).last().map(|(_, running)| *running), Some(96));
        }
        assert!((found - expected).abs() < 3.29 * expected.sqrt(), "{found} deaths, expected {expected}");
    }
}

/// Instance-milliseconds from REGISTERING, or the start, to TERMINATED, within a window.
fn exposure(heard: &Heard, from: u64, until: u64) -> f64 {
    let mut begun: BTreeMap<InstanceName, u64> = BTreeMap::new();
    let mut sum = 0;
    let within = |at: u64| at.clamp(from, until);
    for fact in heard.facts.iter().filter(|f| f.kind == FactKind::Instance) {
        let (Some(instance), at) = (fact.instance, fact.at.as_ms()) else { continue };
        if fact.to == "REGISTERING" || fact.from.is_empty() && fact.to == "ACTIVE" {
            begun.insert(instance, at);
        } else if fact.to == "TERMINATED"
            && let Some(begin) = begun.remove(&instance)
        {
            sum += within(at) - within(begin);
        }
    }
    sum += begun.values().map(|begin| until - within(*begin)).sum::<u64>();
    sum as f64
}

/// A REGISTERING one: another is called for at once, for the same tasks.
#[test]
fn a_registering_instance_dies() {
    let registers = {
        let d = crate::story::constant_delays();
        constant(&d.scheduler_tick) + constant(&d.provision_decision) + constant(&d.instance_launch)
    };
    let story = arriving(1).under(fault(registers + 5_000, registers + 6_000, deaths(AT_ONCE)));
    let d = &story.setup.delays;
    let (run, heard) = hear(&story);
    let [died] = heard.times(FactKind::Fault, "instanceDeaths")[..] else { panic!("one dies") };
    assert_eq!(heard.instance(1, "TERMINATED"), [died]);
    assert_eq!(heard.fact_of(1, "TERMINATED").from, "REGISTERING");
    assert_eq!(heard.daemon(1, "STOPPED"), [died]);
    let comes = died + constant(&d.provision_decision) + constant(&d.instance_launch);
    assert_eq!(heard.instance(2, "REGISTERING"), [comes]);
    let active = comes + constant(&d.daemon_start) + constant(&d.instance_active);
    assert_eq!(heard.apps("PENDING"), [active; 8]);
    assert_eq!((run.cluster.launched, run.services[0].interruptions), (2, 0));
}

/// A DRAINING one: it is gone, and its wave goes on with the next.
#[test]
fn a_draining_instance_dies() {
    // Two instances in two zones, one after the other; the first dies while it drains.
    for mode in [WaveMode::Barrier, WaveMode::ReplacementsActive, WaveMode::SlidingWindow] {
        let story = Story::of_instances(2)
            .assuming(|a| a.wave_mode = mode)
            .update(Percent::whole(50), SimDuration::ZERO)
            .under(in_zone(0, fault(40_000, 41_000, deaths(AT_ONCE))));
        let d = &story.setup.delays;
        let (run, heard) = hear(&story);
        let [died] = heard.times(FactKind::Fault, "instanceDeaths")[..] else { panic!("one dies") };
        assert_eq!(heard.instance(1, "DRAINING"), [constant(&d.deploy_decision)]);
        assert_eq!(heard.instance(1, "TERMINATED"), [died]);
        are_replaced(&heard, constant(&d.scheduler_tick), "InfrastructureHealth");
        let gap = if mode == WaveMode::SlidingWindow { 0 } else { constant(&d.wave_gap) };
        assert_eq!(heard.instance(2, "DRAINING"), [died + gap], "{mode:?}");
        let finished = died + gap + cycle(d) + constant(&d.success_check);
        assert_eq!(run.deployments[0].finished.map(|t| t.as_ms()), Some(finished), "{mode:?}: {run:#?}");
        assert_eq!(run.deployments[0].status, DeploymentStatus::Successful);
        assert_eq!(run.daemons[0].current_revisions.len(), 1);
    }
}

/// `replacementsActive` waits for tasks to move, and those of a dead instance have: the wave need not wait for the
/// other one to be gone.
#[test]
fn the_dead_do_not_hold_a_wave_up() {
    let story = Story::of_instances(3)
        .assuming(|a| a.wave_mode = WaveMode::ReplacementsActive)
        .update(Percent::whole(60), SimDuration::ZERO)
        .under(in_zone(0, fault(40_000, 41_000, deaths(AT_ONCE))));
    let d = &story.setup.delays;
    let (run, heard) = hear(&story);
    // The second moves in the usual time, and the third is drained a gap later.
    let drains = constant(&d.deploy_decision);
    assert_eq!(heard.instance(2, "DRAINING"), [drains]);
    let moved = drains + cycle(d) - constant(&d.daemon_stop) - constant(&d.terminate);
    assert_eq!(heard.daemon(2, "STOPPING"), [moved]);
    assert_eq!(heard.instance(3, "DRAINING"), [moved + constant(&d.wave_gap)], "{run:#?}");
}

/// What is to replace one for one dies: it is called for again, in the same zone, and the wave waits for it.
#[test]
fn a_replacement_dies() {
    let story = Story::of_instances(1)
        .assuming(|a| a.replacement = Replacement::OneForOne)
        .update(Percent::whole(100), SimDuration::ZERO);
    let d = &story.setup.delays;
    let registers = constant(&d.deploy_decision)
        + constant(&d.drain_react)
        + constant(&d.provision_decision)
        + constant(&d.instance_launch);
    let story = story.under(fault(registers + 1_000, registers + 2_000, deaths(AT_ONCE)));
    let d = &story.setup.delays;
    let (run, heard) = hear(&story);
    // The old one and the new one both die.
    assert_eq!(heard.times(FactKind::Fault, "instanceDeaths").len(), 2);
    let [died] = heard.instance(2, "TERMINATED")[..] else { panic!("the replacement dies") };
    assert_eq!(heard.instance(3, "LAUNCHING"), [died + constant(&d.provision_decision)]);
    assert_eq!(heard.fact_of(3, "LAUNCHING").zone, heard.fact_of(1, "DRAINING").zone);
    let active = died
        + constant(&d.provision_decision)
        + constant(&d.instance_launch)
        + constant(&d.daemon_start)
        + constant(&d.instance_active);
    assert_eq!(heard.instance(3, "ACTIVE"), [active]);
    // Eight wanted tasks, eight places: nothing else is launched for those that were lost.
    assert_eq!(run.cluster.launched, 2);
    assert_eq!(run.deployments[0].status, DeploymentStatus::Successful, "{run:#?}");
    assert_eq!(heard.count(|c| c.app_running).last(), Some(&(active + constant(&d.app_start), 8)));
}

/// A slot of auto repair is free again when its instance dies.
#[test]
fn a_death_frees_a_repair_slot() {
    let crash = 1_000_003;
    let mut story = Story::of_instances(2);
    story.setup.daemon_task_definitions[0].behaviour.crashes_after = Some(super::constantly(crash));
    story.setup.horizon = SimDuration::from_ms(2 * crash);
    let drains = crash + constant(&story.setup.delays.stop_detect);
    let story = story.under(in_zone(0, fault(drains + 1_000, drains + 2_000, deaths(AT_ONCE))));
    let (_, heard) = hear(&story);
    let [died] = heard.times(FactKind::Fault, "instanceDeaths")[..] else { panic!("one dies") };
    assert_eq!(heard.instance(1, "DRAINING"), [drains]);
    assert_eq!(heard.instance(1, "TERMINATED"), [died]);
    assert_eq!(heard.instance(2, "DRAINING"), [died]);
}

/// Only the instances of one provider, only those of one zone, only a share.
#[test]
fn deaths_have_a_place() {
    let story = on_two_providers(Story::of_instances(12));
    let (_, heard) = hear(&story.under(on(SECOND, fault(50_000, 51_000, deaths(AT_ONCE)))));
    let struck: Vec<_> = heard.all(FactKind::Fault, "instanceDeaths").filter_map(|f| f.provider).collect();
    assert_eq!(struck, [SECOND; 6]);

    let story = Story::of_instances(12);
    let (_, heard) = hear(&story.under(in_zone(2, fault(50_000, 51_000, deaths(AT_ONCE)))));
    let struck: Vec<_> =
        heard.all(FactKind::Fault, "instanceDeaths").filter_map(|f| f.zone.map(|z| z.index())).collect();
    assert_eq!(struck, [2; 4]);

    // A share of 0.25 of 300: 75 ± 3.29·√56.25.
    let share = FaultSetup { share: 0.25, ..fault(50_000, 51_000, deaths(AT_ONCE)) };
    let mut story = Story::of_instances(300).under(share);
    story.setup.horizon = SimDuration::from_ms(51_000);
    let (run, _) = hear(&story);
    assert!((51..=99).contains(&run.cluster.mishaps.deaths), "{}", run.cluster.mishaps.deaths);
}

/// So many daemon tasks at that time, by lot: the same for the same seed, others for another.
#[test]
fn daemons_are_killed_by_lot() {
    let at = 50_021;
    let killed = |seed, count, share| {
        let kill = FaultSetup { share, ..fault(at, at, FaultKind::KillDaemons { count }) };
        let mut story = Story::of_instances(30).under(kill);
        story.setup.seed = seed;
        story.setup.horizon = SimDuration::from_ms(at + 2_000_000);
        let (run, heard) = hear(&story);
        let kills: Vec<_> = heard
            .all(FactKind::Task, "STOPPED")
            .filter(|f| f.reason == Reason::Word("EssentialContainerExited"))
            .map(|f| (f.at.as_ms(), f.instance))
            .collect();
        assert!(kills.iter().all(|(when, _)| *when == at));
        assert_eq!(kills.len(), run.cluster.mishaps.daemon_runtime_failures as usize);
        // Each is repaired, six at a time: ⌊20 % of 30 or 36⌋ = 6 or 7.
        assert_eq!(run.cluster.mishaps.repairs as usize, kills.len());
        let mut hosts: Vec<_> = kills.into_iter().map(|(_, host)| host).collect();
        hosts.sort_unstable();
        hosts.dedup();
        hosts
    };
    let five = killed(1, 5, 1.0);
    assert_eq!(five.len(), 5);
    assert_eq!(killed(1, 5, 1.0), five);
    assert_ne!(killed(2, 5, 1.0), five);
    // Lots are drawn once: who is among five is among ten.
    let ten = killed(1, 10, 1.0);
    assert!(ten.len() == 10 && five.iter().all(|host| ten.contains(host)));
    assert_eq!(killed(1, 1_000, 1.0).len(), 30);
    // A third of thirty: 10 ± 3.29·√6.7.
    let share = killed(1, 1_000, 1.0 / 3.0).len();
    assert!((2..=18).contains(&share), "{share}");
}

/// Killed by provider.
#[test]
fn daemons_are_killed_where_they_are_to_be() {
    let kill = fault(50_021, 50_021, FaultKind::KillDaemons { count: 100 });
    let mut story = on_two_providers(Story::of_instances(6)).under(on(PROVIDER, kill));
    story.setup.horizon = SimDuration::from_ms(50_021);
    let (_, heard) = hear(&story);
    let hosts: Vec<_> = heard.all(FactKind::Task, "STOPPED").filter_map(|f| f.provider).collect();
    assert_eq!(hosts, [PROVIDER; 3]);
}

/// ECS patches instances: drained fourteen days after their launch, with a cycle like any other.
#[test]
fn instances_are_patched_after_two_weeks() {
    let day = 24 * 3_600_000;
    let mut story = Story::of_instances(1);
    story.setup.horizon = SimDuration::from_ms(30 * day);
    let d = &story.setup.delays;
    let (run, heard) = hear(&story);
    let called = 14 * day + constant(&d.drain_react) + constant(&d.provision_decision);
    assert_eq!(heard.instance(1, "DRAINING"), [14 * day]);
    assert_eq!(heard.fact_of(1, "DRAINING").reason, Reason::Word("patching"));
    assert_eq!(heard.instance(1, "TERMINATED"), [14 * day + cycle(d)]);
    assert_eq!(heard.instance(2, "LAUNCHING"), [called]);
    assert_eq!(heard.instance(2, "DRAINING"), [called + 14 * day]);
    assert_eq!((run.cluster.launched, run.services[0].min_running), (2, Some(8)));
}

/// A standalone task that never ends holds a patch up for a week, even if drains might last longer.
#[test]
fn a_patch_does_not_wait_for_ever() {
    let day = 24 * 3_600_000;
    let mut story = Story::of_instances(0);
    story.setup.before.remove(0);
    story.setup.services.clear();
    story.setup.families.push("job".into());
    let strategy = crate::story::service(0).strategy;
    let (family, task_definition) = (daemonsim::kernel::Id::new(0), daemonsim::kernel::Id::new(0));
    story.setup.before.push(Request::RunTask { family, task_definition, count: 1, strategy });
    story.setup.horizon = SimDuration::from_ms(30 * day);
    let story = story.assuming(|a| a.drain_deadline = SimDuration::from_ms(10 * day));
    let (_, heard) = hear(&story);
    assert_eq!(heard.instance(1, "DRAINING"), [14 * day]);
    let killed: Vec<_> =
        heard.all(FactKind::Task, "STOPPED").map(|f| (f.at.as_ms(), f.from, f.reason)).collect();
    assert_eq!(killed, [(21 * day, "RUNNING", Reason::Word("TerminationNotice")); 2]);
    assert_eq!(heard.instance(1, "DEREGISTERING"), [21 * day]);
}
