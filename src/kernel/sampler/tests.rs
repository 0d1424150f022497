use super::*;
use std::f64::consts::PI;

const SEED: Seed = Seed { seed: 20_261, replication: 1 };
const DRAWS: u64 = 20_000;
/// Within so many standard errors: 99.9 % of the time.
const Z: f64 = 3.290_526_7;

fn secs(seconds: u64) -> SimDuration {
    SimDuration::from_secs(seconds)
}

/// What a law should come to, in seconds, by its textbook formulas.
struct Textbook {
    mean: f64,
    sd: f64,
    p95: f64,
}

/// Holds mean, standard deviation and 95th percentile of many draws against the textbook.
fn check(distribution: &Distribution, expected: &Textbook) {
    let mut sampler = Sampler::new(distribution, SEED, "sampler", "test");
    let drawn: Vec<f64> = (0..DRAWS).map(|ordinal| sampler.draw(ordinal).as_ms() as f64 / 1000.0).collect();
    let n = DRAWS as f64;
    let mean = drawn.iter().sum::<f64>() / n;
    let moment = |power: i32| drawn.iter().map(|x| power_of(x - mean, power)).sum::<f64>() / n;
    let variance = moment(2) * n / (n - 1.0);

    assert!((mean - expected.mean).abs() <= Z * expected.sd / n.sqrt(), "{distribution:?}: mean {mean}");

    // The standard error of a variance, from the fourth moment.
    let error = ((moment(4) - moment(2) * moment(2)) / n).sqrt();
    assert!(
        (variance - expected.sd * expected.sd).abs() <= Z * error,
        "{distribution:?}: variance {variance}"
    );

    let below = drawn.iter().filter(|x| **x <= expected.p95).count() as f64 / n;
    assert!((below - 0.95).abs() <= Z * (0.95_f64 * 0.05 / n).sqrt(), "{distribution:?}: {below} below p95");
}

fn power_of(x: f64, power: i32) -> f64 {
    (0..power).map(|_| x).product()
}

#[test]
fn uniform() {
    let sd = 40.0 / 12_f64.sqrt();
    check(&Distribution::Uniform { min: secs(10), max: secs(50) }, &Textbook { mean: 30.0, sd, p95: 48.0 });
}

#[test]
fn exponential() {
    let p95 = 30.0 * libm::log(20.0);
    check(&Distribution::Exponential { mean: secs(30) }, &Textbook { mean: 30.0, sd: 30.0, p95 });
}

#[test]
fn lognormal() {
    let variance = power_of(libm::log(45.0 / 20.0) / 1.644_853_627, 2);
    let mean = 20.0 * libm::exp(variance / 2.0);
    let sd = mean * (libm::exp(variance) - 1.0).sqrt();
    check(&Distribution::lognormal_secs(20, 45), &Textbook { mean, sd, p95: 45.0 });
}

#[test]
fn weibull() {
    // Shape 2 is Rayleigh's law, of which everything is known without the gamma function.
    let mean = 60.0 * PI.sqrt() / 2.0;
    let sd = 60.0 * (1.0 - PI / 4.0).sqrt();
    let p95 = 60.0 * libm::log(20.0).sqrt();
    check(&Distribution::Weibull { shape: 2.0, scale: secs(60) }, &Textbook { mean, sd, p95 });
    // Shape 1 is the exponential law; shape 1/2 that of a square: mean 2, second moment 24.
    let p95 = 60.0 * libm::log(20.0);
    check(&Distribution::Weibull { shape: 1.0, scale: secs(60) }, &Textbook { mean: 60.0, sd: 60.0, p95 });
    let p95 = 60.0 * power_of(libm::log(20.0), 2);
    let sd = 60.0 * 20_f64.sqrt();
    check(&Distribution::Weibull { shape: 0.5, scale: secs(60) }, &Textbook { mean: 120.0, sd, p95 });
}

#[test]
fn triangular() {
    for (a, c, b) in [(10.0_f64, 15.0, 60.0), (10.0, 10.0, 60.0), (10.0, 60.0, 60.0)] {
        let mean = (a + b + c) / 3.0;
        let sd = ((a * a + b * b + c * c - a * b - a * c - b * c) / 18.0).sqrt();
        // Where the falling side has a twentieth above it, or the rising side nineteen below.
        let falling = b - (0.05 * (b - a) * (b - c)).sqrt();
        let p95 = if c < b { falling } else { a + (0.95 * (b - a) * (c - a)).sqrt() };
        let [min, mode, max] = [a, c, b].map(|x| secs(x as u64));
        check(&Distribution::Triangular { min, mode, max }, &Textbook { mean, sd, p95 });
    }
}

#[test]
fn empirical() {
    // Twenty values, all equally likely: 19 of 20 are at most the 19th.
    let seen: Vec<u64> = (1..=20).map(|i| i * i).collect();
    let mean = seen.iter().sum::<u64>() as f64 / 20.0;
    let variance = seen.iter().map(|x| power_of(*x as f64 - mean, 2)).sum::<f64>() / 20.0;
    let durations = seen.iter().map(|x| secs(*x)).collect();
    check(&Distribution::Empirical(durations), &Textbook { mean, sd: variance.sqrt(), p95: 361.0 });
}

#[test]
fn mixture() {
    // A fast path three times in four, a slow one else. Weights need not sum to one.
    let parts = vec![
        (6.0, Distribution::Uniform { min: secs(0), max: secs(10) }),
        (2.0, Distribution::Uniform { min: secs(100), max: secs(200) }),
    ];
    let mean: f64 = 0.75 * 5.0 + 0.25 * 150.0;
    let second = 0.75 * 100.0 / 3.0 + 0.25 * (150.0 * 150.0 + 10_000.0 / 12.0);
    let sd = (second - mean * mean).sqrt();
    // A fifth of the slow ones is above.
    check(&Distribution::Mixture(parts), &Textbook { mean, sd, p95: 180.0 });
}

#[test]
fn a_deeply_nested_mixture_never_runs_out_of_numbers() {
    let mut law = Distribution::Uniform { min: secs(10), max: secs(50) };
    for _ in 0..20 {
        law = Distribution::Mixture(vec![(1.0, law)]);
    }
    let sd = 40.0 / 12_f64.sqrt();
    check(&law, &Textbook { mean: 30.0, sd, p95: 48.0 });
}

#[test]
fn what_has_no_width_is_constant() {
    let widthless = [
        (Distribution::constant_secs(7), 7),
        (Distribution::Uniform { min: secs(7), max: secs(7) }, 7),
        (Distribution::lognormal_secs(7, 7), 7),
        (Distribution::lognormal_secs(0, 7), 0),
        (Distribution::Exponential { mean: secs(0) }, 0),
        (Distribution::Weibull { shape: 0.3, scale: secs(0) }, 0),
        (Distribution::Triangular { min: secs(7), mode: secs(7), max: secs(7) }, 7),
        (Distribution::Empirical([secs(7), secs(7)].into()), 7),
    ];
    for (distribution, expected) in widthless {
        let mut sampler = Sampler::new(&distribution, SEED, "a", "b");
        assert_eq!(sampler.constant(), Some(secs(expected)), "{distribution:?}");
        assert_eq!(sampler.draw(3), secs(expected));
        assert_eq!(sampler.draw_ms(3), 1000.0 * expected as f64);
    }
    assert_eq!(Sampler::new(&Distribution::Exponential { mean: secs(1) }, SEED, "a", "b").constant(), None);
}

#[test]
fn a_constant_may_be_for_ever() {
    let never = Distribution::Constant(SimDuration::MAX);
    assert_eq!(Sampler::new(&never, SEED, "a", "b").draw(0), SimDuration::MAX);
}

#[test]
fn what_chance_brings_has_an_end() {
    // A shape so small that half of the draws overflow.
    let wild = Distribution::Weibull { shape: 1e-4, scale: secs(1) };
    let mut sampler = Sampler::new(&wild, SEED, "a", "b");
    let drawn: Vec<SimDuration> = (0..1_000).map(|ordinal| sampler.draw(ordinal)).collect();
    assert_eq!(drawn.iter().max(), Some(&Distribution::LONGEST));
    assert_eq!(drawn.iter().min(), Some(&SimDuration::ZERO));

    let long = Distribution::Exponential { mean: SimDuration::MAX };
    assert_eq!(Sampler::new(&long, SEED, "a", "b").draw(0), Distribution::LONGEST);
}

#[test]
fn halves_go_up() {
    let rounded_ms =
        [0.0, 0.499_999_999_999_999_94, 0.5, 1.0, 1.499, 2.5, 1e15].map(|ms| rounded(ms).as_ms());
    assert_eq!(rounded_ms, [0, 0, 1, 1, 1, 3, 1_000_000_000_000_000]);
    assert_eq!([f64::NAN, -1.0, f64::INFINITY].map(bounded), [0.0, 0.0, LONGEST_MS]);
}

#[test]
fn a_draw_is_addressed_by_its_ordinal() {
    let law = Distribution::lognormal_secs(20, 45);
    let mut forwards = Sampler::new(&law, SEED, "a", "b");
    let mut backwards = forwards.clone();
    let there: Vec<SimDuration> = (0..50).map(|ordinal| forwards.draw(ordinal)).collect();
    let mut back: Vec<SimDuration> = (0..50).rev().map(|ordinal| backwards.draw(ordinal)).collect();
    back.reverse();
    assert_eq!(there, back);
}

#[test]
fn the_same_number_gives_short_durations_under_every_law_or_long_ones() {
    let laws = [
        Distribution::Uniform { min: secs(1), max: secs(50) },
        Distribution::Exponential { mean: secs(30) },
        Distribution::lognormal_secs(20, 45),
        Distribution::Weibull { shape: 1.5, scale: secs(60) },
        Distribution::Triangular { min: secs(10), mode: secs(15), max: secs(60) },
    ];
    let ranks = laws.map(|law| {
        let mut sampler = Sampler::new(&law, SEED, "a", "b");
        let mut ordinals: Vec<u64> = (0..200).collect();
        ordinals.sort_by(|x, y| sampler.draw_ms(*x).total_cmp(&sampler.draw_ms(*y)));
        ordinals
    });
    assert!(ranks.windows(2).all(|pair| pair[0] == pair[1]));
}
