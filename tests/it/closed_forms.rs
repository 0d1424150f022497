//! Deterministic rollouts against the formula of the contract (FORM-2.1, FORM-2.2), to the millisecond.

use super::story::{Story, constant, cycle};
use daemonsim::kernel::SimDuration;
use daemonsim::model::assumptions::{BakePosition, BatchRounding, Replacement, WaveMode};
use daemonsim::model::{DeploymentStatus, Percent};

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
