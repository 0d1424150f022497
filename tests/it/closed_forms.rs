//! Deterministic rollouts against the formula of the contract (FORM-2.1, FORM-2.2), to the millisecond.

use super::story::{DAEMON, PROVIDER, Story, constant, cycle, daemon};
use daemonsim::kernel::{Distribution, Id, SimDuration};
use daemonsim::model::assumptions::{BakePosition, BatchRounding, Replacement, WaveMode};
use daemonsim::model::{DeploymentStatus, Percent};
use daemonsim::record::Outcome;
use daemonsim::world::setup::{Request, StrategyItem};

/// A batch by exact integers: `percent` in hundredths.
fn batch(fleet: u64, hundredths: u64, rounding: BatchRounding) -> u64 {
    let product = fleet * hundredths;
    let share = match rounding {
        BatchRounding::Ceil => product.div_ceil(10_000),
        BatchRounding::Floor => product / 10_000,
        BatchRounding::HalfUp => (product + 5_000) / 10_000,
    };
    share.max(1)
}

#[test]
fn a_rollout_lasts_what_the_formula_says() {
    for fleet in [1, 2, 5, 10, 37, 100] {
        for hundredths in [1, 700, 2_500, 3_333, 5_000, 10_000] {
            for rounding in [BatchRounding::Ceil, BatchRounding::Floor, BatchRounding::HalfUp] {
                for replacement in [Replacement::OnDemand, Replacement::OneForOne] {
                    for bake in [0, 180_000] {
                        for position in [BakePosition::AtEnd, BakePosition::PerWave] {
                            one(fleet, hundredths, rounding, replacement, bake, position);
                        }
                    }
                }
            }
        }
    }
}

fn one(
    fleet: u64,
    hundredths: u64,
    rounding: BatchRounding,
    replacement: Replacement,
    bake: u64,
    position: BakePosition,
) {
    let story = Story::of_instances(fleet as u32)
        .assuming(|a| {
            a.batch_rounding = rounding;
            a.replacement = replacement;
            a.bake = position;
        })
        .update(Percent::from_billionths(hundredths * 10_000_000), SimDuration::from_ms(bake));
    let delays = &story.setup.delays;
    let waves = fleet.div_ceil(batch(fleet, hundredths, rounding));
    let bakes = if position == BakePosition::PerWave { waves } else { 1 };
    let expected = constant(&delays.deploy_decision)
        + waves * cycle(delays)
        + (waves - 1) * constant(&delays.wave_gap)
        + constant(&delays.success_check)
        + bakes * bake;
    let run = story.run();
    let deployment = &run.deployments[0];
    let case = format!(
        "{fleet} instances, {hundredths}/100 %, {rounding:?}, {replacement:?}, bake {bake} {position:?}: {run:#?}"
    );
    assert_eq!(deployment.status, DeploymentStatus::Successful, "{case}");
    assert_eq!(deployment.duration().map(SimDuration::as_ms), Some(expected), "{case}");
    assert_eq!(u64::from(deployment.waves), waves, "{case}");
    assert_eq!(u64::from(deployment.instances_replaced), fleet, "{case}");
    assert_eq!(u64::from(deployment.tasks_moved), fleet * 8, "{case}");
    assert_eq!(run.services[0].min_running, Some(fleet as u32 * 8), "{case}");
}

#[test]
fn other_wave_modes_last_what_they_should() {
    for (fleet, percent) in [(1, 25), (7, 25), (10, 30), (37, 25), (40, 10)] {
        let batch = batch(fleet, percent * 100, BatchRounding::Ceil);
        let waves = fleet.div_ceil(batch);
        let with = |mode| {
            let story = Story::of_instances(fleet as u32)
                .assuming(|a| a.wave_mode = mode)
                .update(Percent::whole(percent), SimDuration::ZERO);
            let run = story.run();
            assert_eq!(run.deployments[0].status, DeploymentStatus::Successful, "{run:#?}");
            (story, run.deployments[0].duration().map(SimDuration::as_ms), run.deployments[0].waves)
        };
        let (story, lasts, rows) = with(WaveMode::SlidingWindow);
        let delays = &story.setup.delays;
        let ends = constant(&delays.deploy_decision) + constant(&delays.success_check);
        // Equal cycles on `batch` servers: as many rounds as there are waves, without gaps.
        assert_eq!((lasts, rows), (Some(ends + waves * cycle(delays)), 1));
        let (story, lasts, rows) = with(WaveMode::ReplacementsActive);
        let delays = &story.setup.delays;
        // All but the last wave go on once their tasks have left; the last one until its instances are gone.
        let leaving = constant(&delays.daemon_stop) + constant(&delays.terminate);
        let early = cycle(delays) - leaving;
        let expected = ends + (waves - 1) * (early + constant(&delays.wave_gap)) + cycle(delays);
        assert_eq!((lasts, u64::from(rows)), (Some(expected), waves));
    }
}

/// What a daemon's arrival, removal and spread take: the cycle without what is not there to be stopped or started.
#[test]
fn arrivals_and_removals_last_what_they_should() {
    let fleet = 10;
    let (waves, percent) = (4, 25);
    let total = |story: &Story, cycle: u64| {
        let delays = &story.setup.delays;
        constant(&delays.deploy_decision)
            + waves * cycle
            + (waves - 1) * constant(&delays.wave_gap)
            + constant(&delays.success_check)
    };
    // A first CreateDaemon: old instances have no daemon to stop.
    let mut story = Story::of_instances(fleet);
    story.setup.before.pop();
    let story = story.at(0, Request::CreateDaemon { daemon: DAEMON, settings: daemon(0, percent) });
    // Beside the daemon an instance takes as many tasks as before, so the fleet stays as large.
    let arrival = cycle(&story.setup.delays) - constant(&story.setup.delays.daemon_stop);
    let run = story.run();
    assert_eq!(
        run.deployments[0].duration().map(SimDuration::as_ms),
        Some(total(&story, arrival)),
        "{run:#?}"
    );
    assert_eq!(run.deployments[0].name.number, 1);

    // DeleteDaemon: new instances have no daemon to start, and ACTIVE counts from REGISTERING.
    let story = Story::of_instances(fleet).at(0, Request::DeleteDaemon { daemon: DAEMON });
    let removal = cycle(&story.setup.delays) - constant(&story.setup.delays.daemon_start);
    let run = story.run();
    assert_eq!(
        run.deployments[0].duration().map(SimDuration::as_ms),
        Some(total(&story, removal)),
        "{run:#?}"
    );
    assert_eq!(run.deployments[0].name.number, 2);
    assert!(run.daemons[0].current_revisions.is_empty());

    // An empty provider: SUCCESSFUL after the decision, and nothing else.
    let mut story = Story::of_instances(fleet);
    story.setup.before.clear();
    let story = story.at(1_000, Request::CreateDaemon { daemon: DAEMON, settings: daemon(0, percent) });
    let run = story.run();
    let decision = constant(&story.setup.delays.deploy_decision);
    assert_eq!(run.deployments[0].duration().map(SimDuration::as_ms), Some(decision), "{run:#?}");
    assert_eq!(run.deployments[0].status, DeploymentStatus::Successful);
}

/// FORM-2.6: with bounds `lo` and `hi`, m tasks move in ⌈m / (up + down)⌉ rounds, and no more than `down` are missing.
#[test]
fn a_drain_dips_as_deep_as_the_bounds_allow() {
    // One instance of eight tasks; everything drains at once. (min, max): (down, up) of desired 8.
    for (least, most, down, up) in
        [(100, 200, 0, 8), (50, 200, 4, 8), (75, 125, 2, 2), (100, 125, 0, 2), (50, 150, 4, 4)]
    {
        let mut story = Story::of_instances(1).assuming(|a| a.max_counts_stopping = false);
        if let Request::CreateService { settings, .. } = &mut story.setup.before[0] {
            settings.minimum_healthy_percent = least;
            settings.maximum_percent = most;
        }
        let story = story.update(Percent::whole(100), SimDuration::ZERO);
        let run = story.run();
        let case = format!("{least}/{most}: {run:#?}");
        assert_eq!(run.deployments[0].status, DeploymentStatus::Successful, "{case}");
        assert_eq!(run.services[0].min_running, Some(8 - down.min(8)), "{case}");
        let d = &story.setup.delays;
        let rounds = u64::from(8_u32.div_ceil(up + down));
        // The first round waits for an instance, the others start on a warm one; each ends when its tasks are known
        // to be healthy. What a round may not start, the next one does.
        let launch = constant(&d.provision_decision)
            + constant(&d.instance_launch)
            + constant(&d.daemon_start)
            + constant(&d.instance_active)
            + constant(&d.app_start);
        let healthy = constant(&d.health_wait) + constant(&d.scheduler_tick);
        let warm = constant(&d.app_start_warm);
        // The last round's stops wait for its own starts only if the first reaction could stop nothing more.
        let stops_in_last = 8 - down.min(8) > (rounds as u32 - 1) * (up + down);
        let started = if stops_in_last { rounds } else { rounds - 1 };
        let moved = if started == 0 { 0 } else { launch + healthy + (started - 1) * (warm + healthy) };
        let expected = constant(&d.deploy_decision)
            + constant(&d.drain_react)
            + moved
            + constant(&d.app_stop)
            + constant(&d.daemon_stop)
            + constant(&d.terminate)
            + constant(&d.success_check);
        assert_eq!(run.deployments[0].duration().map(SimDuration::as_ms), Some(expected), "{case}");
    }
}

/// Bounds that leave no room stall a drain, and the reason shows the arithmetic.
#[test]
fn bounds_without_room_stall() {
    for (desired, least, most, lower, upper) in
        [(8, 100, 100, 8, 8), (1, 100, 150, 1, 1), (3, 67, 100, 3, 3), (3, 100, 125, 3, 3)]
    {
        let mut story = Story::of_instances(1);
        story.setup.horizon = SimDuration::from_secs(24 * 3600);
        if let Request::CreateService { settings, .. } = &mut story.setup.before[0] {
            settings.desired = desired;
            settings.minimum_healthy_percent = least;
            settings.maximum_percent = most;
        }
        let run = story.update(Percent::whole(100), SimDuration::ZERO).run();
        assert_eq!(run.outcome, Outcome::Stalled, "{run:#?}");
        let row = &run.deployments[0];
        assert_eq!((row.status, row.finished), (DeploymentStatus::InProgress, None));
        for part in ["min_max", &format!("= {lower},"), &format!("= {upper}")] {
            assert!(row.status_reason.contains(part), "{part}: {}", row.status_reason);
        }
    }
}

/// A standalone task holds its instance until it ends, or until the deadline.
#[test]
fn a_standalone_task_holds_up_a_drain() {
    let with = |runs_for: Option<u64>, deadline: u64| {
        let mut story =
            Story::of_instances(1).assuming(|a| a.drain_deadline = SimDuration::from_ms(deadline));
        story.setup.before.remove(0);
        story.setup.services.clear();
        story.setup.families.push("job".into());
        story.setup.task_definitions[0].behaviour.runs_for =
            runs_for.map(|ms| Distribution::Constant(SimDuration::from_ms(ms)));
        let strategy = vec![StrategyItem { provider: PROVIDER, base: 0, weight: 1 }];
        let job = Request::RunTask { family: Id::new(0), task_definition: Id::new(0), count: 1, strategy };
        story.setup.before.push(job);
        story.update(Percent::whole(100), SimDuration::ZERO)
    };
    let week = 7 * 24 * 3600 * 1000;
    let story = with(Some(1_000_000), week);
    let d = &story.setup.delays;
    let leaves = constant(&d.daemon_stop) + constant(&d.terminate);
    // It ends by itself at 1,000 s; then the daemon stops, and the instance goes. Nothing is launched for it.
    let run = story.run();
    let expected = 1_000_000 + leaves + constant(&d.success_check);
    assert_eq!(run.deployments[0].finished.map(|t| t.as_ms()), Some(expected), "{run:#?}");
    assert_eq!(run.cluster.launched, 0);
    // It would run for ever: killed at the deadline without a signal, and the daemon with it.
    let run = with(None, 50_000).run();
    let expected =
        constant(&d.deploy_decision) + 50_000 + constant(&d.terminate) + constant(&d.success_check);
    assert_eq!(run.deployments[0].finished.map(|t| t.as_ms()), Some(expected), "{run:#?}");
    // With a deadline beyond the horizon nothing moves: a stall, which names the task.
    let mut story = with(None, week);
    story.setup.horizon = SimDuration::from_secs(24 * 3600);
    let run = story.run();
    assert_eq!(run.outcome, Outcome::Stalled);
    assert!(run.deployments[0].status_reason.contains("job/t-1"), "{}", run.deployments[0].status_reason);
}
