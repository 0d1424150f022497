//! The kernel against queueing theory: simulators of a few lines must come to what the formulas say.
//!
//! FORM-2.7. Expected values are worked out here, from the textbook; a mean over replications is accepted within
//! 3.29 of its standard errors, with seeds chosen beforehand. Every run also keeps Little's law as an exact
//! identity (INV-C10).

mod shop;

use daemonsim::kernel::{Distribution, SimDuration};
use shop::{Shop, Source};

const SEED: u64 = 2_026;
const REPLICATIONS: u64 = 40;

/// In seconds. Times are long beside the millisecond, so that rounding does not show.
fn exponential(mean: u64) -> Distribution {
    Distribution::Exponential { mean: SimDuration::from_secs(mean) }
}

/// Holds the mean of one figure over all replications against what it should be.
fn expect_mean(name: &str, expected: f64, figure: impl Fn(u64) -> f64) {
    let figures: Vec<f64> = (0..REPLICATIONS).map(figure).collect();
    let n = REPLICATIONS as f64;
    let mean = figures.iter().sum::<f64>() / n;
    let variance = figures.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (n - 1.0);
    let bound = 3.29 * (variance / n).sqrt();
    assert!((mean - expected).abs() <= bound, "{name}: {mean} is not within {bound} of {expected}");
    // A bound so wide that it says nothing would be a mistake too.
    assert!(bound < 0.12 * expected, "{name}: {bound} is a wide bound on {expected}");
}

/// The chance that all of `servers` are busy and a customer is turned away, with `load` offered: Erlang's B, by
/// its recursion.
fn erlang_b(servers: u32, load: f64) -> f64 {
    (1..=servers).fold(1.0, |blocked, n| load * blocked / (f64::from(n) + load * blocked))
}

/// The chance that a customer has to wait: Erlang's C.
fn erlang_c(servers: u32, load: f64) -> f64 {
    let b = erlang_b(servers, load);
    b / (1.0 - load / f64::from(servers) * (1.0 - b))
}

#[test]
fn one_server_m_m_1() {
    // Arrivals every 100 s, served in 60 s: a stay of 1 / (μ − λ).
    let stay = 1.0 / (1.0 / 60.0 - 1.0 / 100.0);
    expect_mean("stay", stay, |replication| {
        let mut shop =
            Shop::new(1, u64::MAX, Source::Open(exponential(100)), &exponential(60), SEED, replication);
        shop.play_hours(100);
        shop.mean_stay_after_hours(10)
    });
}

#[test]
fn several_servers_m_m_c() {
    let (servers, load) = (3, 240.0 / 100.0);
    let wait = erlang_c(servers, load) / (f64::from(servers) / 240.0 - 1.0 / 100.0);
    let shop = |replication| {
        let source = Source::Open(exponential(100));
        let mut shop = Shop::new(servers.into(), u64::MAX, source, &exponential(240), SEED, replication);
        shop.play_hours(200);
        shop
    };
    expect_mean("wait", wait, |replication| shop(replication).mean_wait_after_hours(10));
    expect_mean("who waits", erlang_c(servers, load), |replication| {
        shop(replication).share_that_waited_after_hours(10)
    });
}

#[test]
fn endless_servers_m_g_inf() {
    // Whatever the law of service, the number present is Poisson; here a Weibull of shape 1/2, whose mean is
    // twice its scale. A Poisson number has its mean for its variance.
    let service = Distribution::Weibull { shape: 0.5, scale: SimDuration::from_secs(150) };
    let load = 2.0 * 150.0 / 100.0;
    // An hour apart, looks hardly know of each other.
    let looks = |replication| -> Vec<f64> {
        let source = Source::Open(exponential(100));
        let mut shop = Shop::new(u64::MAX, 0, source, &service, SEED, replication);
        (10..170).map(|hours| shop.present_at_hours(hours) as f64).collect()
    };
    let present: Vec<Vec<f64>> = (0..REPLICATIONS).map(looks).collect();
    let mean = |replication: u64, of: &dyn Fn(f64) -> f64| {
        let looks = &present[replication as usize];
        looks.iter().map(|n| of(*n)).sum::<f64>() / looks.len() as f64
    };
    expect_mean("number present", load, |replication| mean(replication, &|n| n));
    expect_mean("its variance", load, |replication| mean(replication, &|n| (n - load) * (n - load)));
    let at_most_one = libm::exp(-load) * (1.0 + load);
    expect_mean("how often there is at most one", at_most_one, |replication| {
        mean(replication, &|n| if n <= 1.0 { 1.0 } else { 0.0 })
    });
}

#[test]
fn no_room_to_wait_m_g_c_c() {
    // Erlang's loss depends on the law of service only through its mean; here a mixture.
    let service = Distribution::Mixture(vec![
        (3.0, Distribution::Uniform { min: SimDuration::from_secs(0), max: SimDuration::from_secs(400) }),
        (1.0, exponential(1_000)),
    ]);
    let load = (0.75 * 200.0 + 0.25 * 1_000.0) / 100.0;
    expect_mean("turned away", erlang_b(5, load), |replication| {
        let mut shop = Shop::new(5, 0, Source::Open(exponential(100)), &service, SEED, replication);
        shop.play_hours(110);
        shop.share_turned_away_after_hours(10)
    });
}

#[test]
fn machines_and_two_repairers() {
    // Auto repair with a cap: eight machines fail every 1000 s each, repair takes 300 s, two at a time. The
    // number broken is a birth and death chain.
    let (machines, repairers): (u32, u32) = (8, 2);
    let mut weights = vec![1.0];
    for broken in 0..machines {
        let failing = f64::from(machines - broken) / 1_000.0;
        let mending = f64::from((broken + 1).min(repairers)) / 300.0;
        weights.push(weights[broken as usize] * failing / mending);
    }
    let total: f64 = weights.iter().sum();
    let broken: f64 = weights.iter().enumerate().map(|(n, weight)| n as f64 * weight / total).sum();
    expect_mean("broken machines", broken, |replication| {
        let source = Source::Closed { customers: machines.into(), away: exponential(1_000) };
        let mut shop = Shop::new(repairers.into(), u64::MAX, source, &exponential(300), SEED, replication);
        shop.play_hours(10);
        let before = shop.area_ms();
        shop.play_hours(110);
        (shop.area_ms() - before) as f64 / 360_000_000.0
    });
}

#[test]
fn the_same_seed_plays_the_same_and_another_does_not() {
    let story = |seed| {
        let mut shop = Shop::new(2, 3, Source::Open(exponential(100)), &exponential(150), seed, 0);
        shop.play_hours(20);
        shop.stays()
    };
    assert_eq!(story(SEED), story(SEED));
    assert_ne!(story(SEED), story(SEED + 1));
}

#[test]
fn playing_in_pieces_is_playing() {
    let shop = || Shop::new(2, 3, Source::Open(exponential(100)), &exponential(150), SEED, 0);
    let mut whole = shop();
    whole.play_hours(20);
    let mut pieces = shop();
    (0..=20).for_each(|hours| pieces.play_hours(hours));
    assert_eq!(whole.stays(), pieces.stays());
    assert_eq!(whole.area_ms(), pieces.area_ms());
}
