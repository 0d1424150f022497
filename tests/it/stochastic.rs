//! Rollouts whose instances take random times, against their expectations (FORM-2.3).
//!
//! Each mean is within 3.29 standard errors, which a right one misses once in a thousand seeds; the seed is fixed.

use super::story::{Story, constant, cycle};
use daemonsim::kernel::{Distribution, SimDuration};
use daemonsim::model::assumptions::WaveMode;
use daemonsim::model::{DeploymentStatus, Percent};
use daemonsim::record::Discard;
use daemonsim::world::setup::Delays;

const REPLICATIONS: u64 = 300;

/// The mean duration of the only deployment is what it should be, in milliseconds, as its variance is.
fn judge(case: &str, story: &Story, mean: f64, variance: f64) {
    let durations: Vec<f64> = (0..REPLICATIONS)
        .map(|replication| {
            let (run, _) = daemonsim::world::simulate(&story.setup, replication, Discard);
            assert_eq!(run.deployments[0].status, DeploymentStatus::Successful, "{run:#?}");
            run.deployments[0].duration().map_or(0.0, |d| d.as_ms() as f64)
        })
        .collect();
    let n = REPLICATIONS as f64;
    let found = durations.iter().sum::<f64>() / n;
    let error = (variance / n).sqrt();
    assert!((found - mean).abs() < 3.29 * error, "{case}: mean {found}, expected {mean} ± {error}");
    let spread = durations.iter().map(|d| (d - mean) * (d - mean)).sum::<f64>() / n;
    // Sums of maxima are skewed, so this bound is a wide one; a variance for a deviation would break it all the same.
    assert!((0.6..1.6).contains(&(spread / variance)), "{case}: variance {spread}, expected {variance}");
}

/// H(n) = Σ 1/k and H₂(n) = Σ 1/k², k = 1 … n.
pub(crate) fn harmonic(n: u64) -> (f64, f64) {
    let terms = (1..=n).map(|k| (k as f64).recip());
    terms.fold((0.0, 0.0), |(first, second), term| (first + term, second + term * term))
}

/// The sizes of the waves of `fleet` instances, `batch` at a time.
fn waves(fleet: u64, batch: u64) -> Vec<u64> {
    (0..fleet).step_by(batch as usize).map(|done| batch.min(fleet - done)).collect()
}

/// What a barrier rollout takes besides the one random stage of each instance.
fn fixed(delays: &Delays, waves: u64) -> u64 {
    constant(&delays.deploy_decision)
        + waves * cycle(delays)
        + (waves - 1) * constant(&delays.wave_gap)
        + constant(&delays.success_check)
}

/// A wave lasts until the last of its instances is gone: the largest of n exponential times has the mean m·H(n) and the
/// variance m²·H₂(n), and waves do not depend on each other.
#[test]
fn a_wave_waits_for_the_last_of_its_instances() {
    for (fleet, percent) in [(20, 25), (18, 30), (9, 100), (4, 1)] {
        let mut story = Story::of_instances(fleet as u32).update(Percent::whole(percent), SimDuration::ZERO);
        let sizes = waves(fleet, (fleet * percent).div_ceil(100));
        story.setup.delays.terminate = Distribution::Constant(SimDuration::ZERO);
        let fixed = fixed(&story.setup.delays, sizes.len() as u64) as f64;
        let m = 45_000.0;
        story.setup.delays.terminate = Distribution::Exponential { mean: SimDuration::from_secs(45) };
        let mean = fixed + sizes.iter().map(|n| m * harmonic(*n).0).sum::<f64>();
        let variance = sizes.iter().map(|n| m * m * harmonic(*n).1).sum();
        judge(&format!("exponential, {fleet} instances, {percent} %"), &story, mean, variance);

        // Of n uniform times the largest has the mean n/(n+1) and the variance n/((n+1)²(n+2)) of the width.
        let (min, width) = (20_000.0, 60_000.0);
        story.setup.delays.terminate =
            Distribution::Uniform { min: SimDuration::from_secs(20), max: SimDuration::from_secs(80) };
        let largest = |n: &u64| min + width * *n as f64 / (*n + 1) as f64;
        let varies = |n: &u64| {
            let n = *n as f64;
            width * width * n / ((n + 1.0) * (n + 1.0) * (n + 2.0))
        };
        let mean = fixed + sizes.iter().map(largest).sum::<f64>();
        let variance = sizes.iter().map(varies).sum();
        judge(&format!("uniform, {fleet} instances, {percent} %"), &story, mean, variance);
    }
}

/// Every stage of a replacement takes no time.
pub(crate) fn without_stages(delays: &mut Delays) {
    for stage in [
        &mut delays.drain_react,
        &mut delays.provision_decision,
        &mut delays.instance_launch,
        &mut delays.daemon_start,
        &mut delays.instance_active,
        &mut delays.app_start,
        &mut delays.app_start_warm,
        &mut delays.health_wait,
        &mut delays.scheduler_tick,
        &mut delays.app_stop,
        &mut delays.daemon_stop,
        &mut delays.terminate,
    ] {
        *stage = Distribution::Constant(SimDuration::ZERO);
    }
}

/// With b instances on their way at any time and nothing but exponential times, one is done every m/b until b are left,
/// which take m·H(b): exponential times do not remember how long they have lasted.
#[test]
fn a_sliding_window_is_never_idle() {
    for (fleet, percent) in [(20, 25), (30, 10), (8, 100)] {
        let mut story = Story::of_instances(fleet as u32)
            .assuming(|a| a.wave_mode = WaveMode::SlidingWindow)
            .update(Percent::whole(percent), SimDuration::ZERO);
        let delays = &mut story.setup.delays;
        without_stages(delays);
        let fixed = (constant(&delays.deploy_decision) + constant(&delays.success_check)) as f64;
        delays.terminate = Distribution::Exponential { mean: SimDuration::from_secs(45) };
        let (m, batch) = (45_000.0, (fleet * percent).div_ceil(100));
        let (one_by_one, b) = ((fleet - batch) as f64, batch as f64);
        let mean = fixed + m * (one_by_one / b + harmonic(batch).0);
        let variance = m * m * (one_by_one / (b * b) + harmonic(batch).1);
        judge(&format!("sliding, {fleet} instances, {percent} %"), &story, mean, variance);
    }
}
