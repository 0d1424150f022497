//! The other readings of open questions, each against a sum done by hand.

use super::story::{
    DAEMON, OTHER_PROVIDER, PROVIDER, Story, constant, cycle, daemon, service, two_providers,
};
use daemonsim::kernel::{Id, SimDuration};
use daemonsim::model::assumptions::{
    BatchBase, BatchDenominator, ConcurrentDaemons, EmptyCapacityProvider, Supersede, WaveMode,
};
use daemonsim::model::{DeploymentStatus, Owner, Percent, TaskName};
use daemonsim::record::{Outcome, RunSummary};
use daemonsim::world::setup::{DaemonSettings, Request, ServiceChange, StrategyItem};

fn on_both(definition: u32) -> DaemonSettings {
    DaemonSettings { providers: vec![PROVIDER, OTHER_PROVIDER], ..daemon(definition, 25) }
}

fn lasts(run: &RunSummary, at: usize) -> Option<u64> {
    assert_eq!(run.deployments[at].status, DeploymentStatus::Successful, "{run:#?}");
    run.deployments[at].duration().map(SimDuration::as_ms)
}

/// A deployment of `waves` waves, by the formula.
fn formula(story: &Story, waves: u64) -> u64 {
    let delays = &story.setup.delays;
    constant(&delays.deploy_decision)
        + waves * cycle(delays)
        + (waves - 1) * constant(&delays.wave_gap)
        + constant(&delays.success_check)
}

#[test]
fn a_batch_may_be_a_share_of_what_is_left() {
    // 25 % of what is left of 100, up: 25, 19, 14, 11, 8, 6, 5, 3, 3, 2, 1, 1, 1, 1.
    let story = Story::of_instances(100)
        .assuming(|a| a.batch_base = BatchBase::Remaining)
        .update(Percent::whole(25), SimDuration::ZERO);
    let run = story.run();
    let sizes: Vec<u32> = run.waves.iter().map(|wave| wave.instances).collect();
    assert_eq!(sizes, [25, 19, 14, 11, 8, 6, 5, 3, 3, 2, 1, 1, 1, 1]);
    assert_eq!(lasts(&run, 0), Some(formula(&story, 14)));
}

#[test]
fn providers_roll_side_by_side_or_as_one() {
    // Of 8 and 4 instances: 2 and 1 at a time, four waves each, side by side.
    let story = two_providers(8, 4).at(0, Request::UpdateDaemon { daemon: DAEMON, settings: on_both(1) });
    let run = story.run();
    assert_eq!(lasts(&run, 0), Some(formula(&story, 4)));
    assert_eq!((run.deployments[0].waves, run.waves.len()), (8, 8));
    // As one fleet of 12: 3 at a time, oldest first (all are equally old: the first provider's by number, then the
    // second's), so 3, 3, 2+1, 3: four waves, one of which has a row for each provider.
    let story = two_providers(8, 4)
        .assuming(|a| a.batch_denominator = BatchDenominator::Daemon)
        .at(0, Request::UpdateDaemon { daemon: DAEMON, settings: on_both(1) });
    let run = story.run();
    assert_eq!(lasts(&run, 0), Some(formula(&story, 4)));
    let rows: Vec<(usize, u32)> = run.waves.iter().map(|w| (w.provider.index(), w.instances)).collect();
    assert_eq!(rows, [(0, 3), (0, 3), (0, 2), (1, 1), (1, 3)]);
}

#[test]
fn an_added_provider_rolls_the_others_or_not() {
    for (rolls, replaced) in [(true, 12), (false, 4)] {
        let mut story = two_providers(8, 4).assuming(|a| a.added_provider_rolls_others = rolls);
        if let Some(Request::CreateDaemon { settings, .. }) = story.setup.before.last_mut() {
            settings.providers.truncate(1);
        }
        // The same task definition, one provider more.
        let run = story.at(0, Request::UpdateDaemon { daemon: DAEMON, settings: on_both(0) }).run();
        assert_eq!(run.deployments[0].status, DeploymentStatus::Successful, "{run:#?}");
        assert_eq!(run.deployments[0].instances_replaced, replaced);
        assert_eq!(run.daemons[0].current_revisions, [(Id::new(0), 12)]);
        assert_eq!(run.daemons[0].without_daemon, 0);
    }
    // And one that is taken away rolls to no daemon.
    let mut story = two_providers(8, 4);
    story = story.at(0, Request::UpdateDaemon { daemon: DAEMON, settings: daemon(1, 25) });
    let run = story.run();
    assert_eq!(run.deployments[0].instances_replaced, 12, "{run:#?}");
    assert_eq!(run.daemons[0].current_revisions, [(Id::new(1), 8)]);
}

#[test]
fn a_newer_deployment_takes_over_at_once_or_after_the_wave() {
    // Eight instances, two at a time. The second update comes in the middle of the first wave.
    let at = 60_000;
    let both = |reading| {
        Story::of_instances(8)
            .assuming(|a| a.supersede = reading)
            .update(Percent::whole(25), SimDuration::ZERO)
            .at(at, Request::UpdateDaemon { daemon: DAEMON, settings: daemon(0, 25) })
    };
    let story = both(Supersede::Immediate);
    let d = &story.setup.delays;
    let run = story.run();
    let old = &run.deployments[0];
    assert_eq!((old.status, old.finished.map(|t| t.as_ms())), (DeploymentStatus::Stopped, Some(at)));
    assert_eq!(old.instances_replaced, 2);
    let new = &run.deployments[1];
    // It counts its decision from its own request.
    assert_eq!(new.started.map(|t| t.as_ms()), Some(at + constant(&d.deploy_decision)));
    assert_eq!(new.status, DeploymentStatus::Successful, "{run:#?}");
    assert_eq!(run.daemons[0].current_revisions, [(Id::new(0), 8)]);

    let story = both(Supersede::AfterWave);
    let run = story.run();
    let wave_ends = constant(&d.deploy_decision) + cycle(d);
    let old = &run.deployments[0];
    assert_eq!((old.status, old.finished.map(|t| t.as_ms())), (DeploymentStatus::Stopped, Some(wave_ends)));
    let new = &run.deployments[1];
    // The later of the two: here the wave.
    assert_eq!(new.started.map(|t| t.as_ms()), Some(wave_ends.max(at + constant(&d.deploy_decision))));
    assert_eq!(new.status, DeploymentStatus::Successful, "{run:#?}");
    // All eight are old for it: six of the first revision, two of the second.
    assert_eq!(new.instances_replaced, 8);
    assert_eq!(new.source_revisions, [Id::new(0), Id::new(1)]);
}

#[test]
fn two_daemons_roll_side_by_side_or_one_after_the_other() {
    let with = |reading| {
        let mut story = Story::of_instances(4).assuming(|a| a.concurrent_daemons = reading);
        // Room for two daemons: smaller tasks.
        story.setup.task_definitions[0].definition.resources.cpu = 448;
        story.setup.task_definitions[0].definition.resources.memory = 896;
        story.setup.daemons.push("second".into());
        let second = Id::new(1);
        story.setup.before.push(Request::CreateDaemon { daemon: second, settings: daemon(0, 100) });
        story
            .at(0, Request::UpdateDaemon { daemon: DAEMON, settings: daemon(1, 100) })
            .at(1_000, Request::UpdateDaemon { daemon: second, settings: daemon(1, 100) })
    };
    let story = with(ConcurrentDaemons::Serialized);
    let run = story.run();
    let first = formula(&story, 1);
    assert_eq!(lasts(&run, 0), Some(first));
    // The second begins when the first is over, and then takes what it takes, without its decision.
    let decision = constant(&story.setup.delays.deploy_decision);
    assert_eq!(run.deployments[1].started.map(|t| t.as_ms()), Some(first));
    assert_eq!(run.deployments[1].finished.map(|t| t.as_ms()), Some(first + formula(&story, 1) - decision));
    // Side by side: by the time the second begins all instances drain already, and their replacements carry the
    // newest revision of both only if launched after it began. All of them are: it has nothing left to drain.
    let run = with(ConcurrentDaemons::Independent).run();
    assert_eq!(run.deployments[1].instances_replaced, 0, "{run:#?}");
    assert_eq!(run.daemons[1].current_revisions, [(Id::new(1), 4)]);
}

#[test]
fn an_empty_provider_may_keep_its_deployment_pending() {
    let mut story =
        Story::of_instances(0).assuming(|a| a.empty_capacity_provider = EmptyCapacityProvider::Pending);
    story.setup.before.clear();
    let asked = 100_000;
    let story = story
        .at(0, Request::CreateDaemon { daemon: DAEMON, settings: daemon(0, 25) })
        .at(asked, Request::CreateService { service: Id::new(0), settings: service(1) });
    let run = story.run();
    let d = &story.setup.delays;
    let registering =
        asked + constant(&d.scheduler_tick) + constant(&d.provision_decision) + constant(&d.instance_launch);
    let row = &run.deployments[0];
    // IN_PROGRESS when the first instance registers; over when that is ACTIVE, with its daemon, and looked at.
    assert_eq!(row.started.map(|t| t.as_ms()), Some(registering), "{run:#?}");
    let active = registering + constant(&d.daemon_start) + constant(&d.instance_active);
    assert_eq!(row.finished.map(|t| t.as_ms()), Some(active + constant(&d.success_check)));
    assert_eq!((row.status, row.instances_replaced), (DeploymentStatus::Successful, 0));
}

#[test]
fn a_window_over_unequal_cycles_is_list_scheduling() {
    // One of four instances carries a job that ends late; two drain at a time.
    let mut story = Story::of_instances(4).assuming(|a| a.wave_mode = WaveMode::SlidingWindow);
    story.setup.families.push("job".into());
    let mut job = story.setup.task_definitions[0].clone();
    job.definition.family = "job".into();
    job.definition.resources = daemonsim::model::Resources { cpu: 0, memory: 0 };
    let long = 2_000_000;
    job.behaviour.runs_for = Some(daemonsim::kernel::Distribution::Constant(SimDuration::from_ms(long)));
    story.setup.task_definitions.push(job);
    let strategy = vec![StrategyItem { provider: PROVIDER, base: 0, weight: 1 }];
    // Packed first, so it is on the first instance.
    let run = Request::RunTask { family: Id::new(0), task_definition: Id::new(1), count: 1, strategy };
    story.setup.before.insert(0, run);
    let story = story.update(Percent::whole(50), SimDuration::ZERO);
    let d = &story.setup.delays;
    let run = story.run();
    // The first server is busy until the job's end and what follows it; the other takes the three others in turn.
    let begin = constant(&d.deploy_decision);
    let held = long + constant(&d.daemon_stop) + constant(&d.terminate);
    let others = begin + 3 * cycle(d);
    let expected = held.max(others) + constant(&d.success_check);
    assert_eq!(lasts(&run, 0), Some(expected), "{run:#?}");
}

/// A protection ends with its task: nothing is left to happen for it.
#[test]
fn a_protection_does_not_outlive_its_task() {
    let task = TaskName { owner: Owner::Service(Id::new(0)), number: 1 };
    let protected_for = Some(SimDuration::from_secs(48 * 3600));
    let story = Story::of_instances(1)
        .at(600_000, Request::UpdateTaskProtection { tasks: vec![task], protected_for })
        .at(660_000, Request::StopTask { task });
    let run = story.run();
    let d = &story.setup.delays;
    // The scheduler learns of the stop a tick later; the new task starts when the old one has made room, and is known
    // to be healthy at last.
    let expected = 660_000
        + constant(&d.scheduler_tick).max(constant(&d.app_stop))
        + constant(&d.app_start_warm)
        + constant(&d.health_wait)
        + constant(&d.scheduler_tick);
    assert_eq!((run.outcome, run.ended_at.as_ms()), (Outcome::Completed, expected), "{run:#?}");
    assert_eq!((run.services[0].interruptions, run.services[0].max_interruptions_per_task), (1, 1));
}

/// What a service stops for its own sake is neither an interruption nor a move, on a draining instance either.
#[test]
fn a_scale_in_on_a_draining_instance_is_the_services_own() {
    // Eight tasks on an instance that drains at 630.011 s, noticed at 665.014 s; scaled to three in between.
    let settings = DaemonSettings { drain_percent: Percent::whole(100), ..daemon(1, 100) };
    let change = ServiceChange { desired: Some(3), ..ServiceChange::default() };
    let run = Story::of_instances(1)
        .at(600_000, Request::UpdateDaemon { daemon: DAEMON, settings })
        .at(640_000, Request::UpdateService { service: Id::new(0), change })
        .run();
    assert_eq!(run.deployments[0].status, DeploymentStatus::Successful, "{run:#?}");
    assert_eq!((run.deployments[0].tasks_moved, run.services[0].interruptions), (3, 3));
}

/// A service deployment that its own bounds forbid is a stall, not an end.
#[test]
fn a_service_deployment_without_room_stalls() {
    let mut story = Story::of_instances(1);
    if let Request::CreateService { settings, .. } = &mut story.setup.before[0] {
        settings.maximum_percent = 100;
    }
    let change = ServiceChange { force_new_deployment: true, ..ServiceChange::default() };
    let run = story.at(300_000, Request::UpdateService { service: Id::new(0), change }).run();
    assert_eq!(run.outcome, Outcome::Stalled, "{run:#?}");
    assert!(run.outcome_reason.contains("min_max: service app"), "{}", run.outcome_reason);
}

/// The fleet's revisions when a deployment begins, on providers that it leaves alone too.
#[test]
fn sources_are_those_of_the_whole_fleet() {
    let mut story = two_providers(2, 1).assuming(|a| a.added_provider_rolls_others = false);
    if let Some(Request::CreateDaemon { settings, .. }) = story.setup.before.last_mut() {
        settings.providers.truncate(1);
    }
    let run = story.at(0, Request::UpdateDaemon { daemon: DAEMON, settings: on_both(0) }).run();
    assert_eq!(run.deployments[0].source_revisions, [Id::new(0)], "{run:#?}");
}

/// Every task has its row, a daemon's too; and what a standalone task holds up is not put down to replacements.
#[test]
fn daemons_have_rows_and_waiting_for_a_job_is_not_starting() {
    let mut story = Story::of_instances(1);
    story.setup.before.remove(0);
    story.setup.services.clear();
    story.setup.families.push("job".into());
    story.setup.task_definitions[0].behaviour.runs_for =
        Some(daemonsim::kernel::Distribution::Constant(SimDuration::from_ms(1_000_000)));
    let strategy = vec![StrategyItem { provider: PROVIDER, base: 0, weight: 1 }];
    let job = Request::RunTask { family: Id::new(0), task_definition: Id::new(0), count: 1, strategy };
    story.setup.before.push(job);
    let story = story.update(Percent::whole(100), SimDuration::ZERO);
    let (run, ledger) = daemonsim::world::simulate(&story.setup, 0, daemonsim::record::Ledger::default());
    // The job, and the daemon beside it.
    assert_eq!(ledger.tasks().len(), 2);
    assert_eq!(run.waves[0].slowest_stage, Some(daemonsim::record::Stage::AppStop), "{run:#?}");
}
