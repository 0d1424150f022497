//! Studies of many runs: against closed forms (FORM-2.3, 2.4, 2.7), against themselves (X2 to X5, N2, N10), and
//! against the summary of each of their runs.
//!
//! A mean is within 3.29 standard errors and a share within its 99.9 % interval, which a right one misses once in a
//! thousand seeds; seeds are fixed.

use crate::failures::odds::{binomial, failing, failures, judge_share, once_each};
use crate::stochastic::{harmonic, without_stages};
use crate::story::{Story, constant, cycle};
use daemonsim::kernel::{Distribution, SimDuration};
use daemonsim::model::Percent;
use daemonsim::model::assumptions::WaveMode;
use daemonsim::record::ABSENT;
use daemonsim::study::estimate::{student, wilson};
use daemonsim::study::results::{Estimate, Head, StudyResult};
use daemonsim::study::{Batch, Control, Crew, Study};
use daemonsim::world::setup::Setup;
use std::ops::ControlFlow;

const DURATION: &str = "deployments.agent.duration_s";
const ROLLED_BACK: &str = "deployments.agent.rolled_back";

/// A study of one axis.
fn over(axis: &str, points: impl IntoIterator<Item = (String, Setup)>) -> Study {
    let points: Vec<(Vec<String>, Setup, Vec<_>)> =
        points.into_iter().map(|(label, setup)| (vec![label], setup, vec![])).collect();
    let labels = points.iter().map(|(labels, ..)| labels[0].clone()).collect();
    Study::of_setups(vec![Head { name: axis.to_owned(), labels }], points)
}

fn crew(threads: usize) -> Crew {
    Crew::new(Some(threads)).unwrap()
}

fn of(result: &StudyResult, point: usize, column: &str) -> Estimate {
    let at = result.columns.iter().position(|c| c.name == column).unwrap_or_else(|| panic!("no {column}"));
    result.points[point].estimates[at].unwrap_or_else(|| panic!("{column} of point {point} is absent"))
}

/// The rows of some batches, one after the other.
fn rows(study: &Study, threads: usize, batches: impl IntoIterator<Item = Batch>) -> Vec<u64> {
    let mut all = Vec::new();
    let sink = |_, rows: Vec<u64>| {
        all.extend(rows);
        ControlFlow::<()>::Continue(())
    };
    let go_on = || ControlFlow::Continue(());
    assert!(study.run(&crew(threads), &Control::default(), batches, sink, go_on).is_continue());
    all
}

fn judge_mean(case: &str, found: &Estimate, mean: f64, variance: f64) {
    let error = (variance / found.runs as f64).sqrt();
    assert!((found.mean - mean).abs() < 3.29 * error, "{case}: {} is not {mean} ± {error}", found.mean);
    let sd = found.sd.unwrap();
    assert!((0.8..1.25).contains(&(sd / variance.sqrt())), "{case}: sd {sd}, expected {}", variance.sqrt());
    let (low, high) = found.interval.unwrap();
    let half = student(found.runs - 1, 0.95) * sd / (found.runs as f64).sqrt();
    assert!((high - low - 2.0 * half).abs() < 1e-6 * half, "{case}: {low} to {high}");
}

/// FORM-2.3 over drainPercent: W barrier waves of n instances last, beyond what is fixed, m·H(n) each.
#[test]
fn durations_over_drain_percent_are_sums_of_maxima() {
    const FLEET: u64 = 14;
    let m = 70_000.0;
    let percents = [10, 30, 50, 100];
    let story = |percent: u64| {
        let mut story = Story::of_instances(FLEET as u32).update(Percent::whole(percent), SimDuration::ZERO);
        story.setup.delays.terminate = Distribution::Exponential { mean: SimDuration::from_secs(70) };
        story.setup
    };
    let study = over("drainPercent", percents.iter().map(|p| (p.to_string(), story(*p))));
    let result = study.results(&crew(2), 400);
    for (point, percent) in percents.iter().enumerate() {
        let batch = (FLEET * percent).div_ceil(100);
        let sizes: Vec<u64> =
            (0..FLEET).step_by(batch as usize).map(|done| batch.min(FLEET - done)).collect();
        let mut delays = story(*percent).delays;
        delays.terminate = Distribution::Constant(SimDuration::ZERO);
        let waves = sizes.len() as u64;
        let fixed = constant(&delays.deploy_decision)
            + waves * cycle(&delays)
            + (waves - 1) * constant(&delays.wave_gap)
            + constant(&delays.success_check);
        let mean = fixed as f64 + sizes.iter().map(|n| m * harmonic(*n).0).sum::<f64>();
        let variance = sizes.iter().map(|n| m * m * harmonic(*n).1).sum();
        judge_mean(&format!("{percent} %"), &of(&result, point, DURATION), mean, variance);
        assert_eq!(of(&result, point, "deployments.agent.waves").mean, waves as f64);
    }
}

/// FORM-2.3 over drainPercent, a sliding window of b: m·((F − b)/b + H(b)), where nothing but m takes time.
#[test]
fn durations_of_a_window_are_list_scheduling() {
    const FLEET: u64 = 15;
    let m = 40_000.0;
    let percents = [20, 40];
    let story = |percent: u64| {
        let story = Story::of_instances(FLEET as u32).assuming(|a| a.wave_mode = WaveMode::SlidingWindow);
        let mut story = story.update(Percent::whole(percent), SimDuration::ZERO);
        without_stages(&mut story.setup.delays);
        story.setup.delays.terminate = Distribution::Exponential { mean: SimDuration::from_secs(40) };
        story.setup
    };
    let study = over("drainPercent", percents.iter().map(|p| (p.to_string(), story(*p))));
    let result = study.results(&crew(2), 400);
    for (point, percent) in percents.iter().enumerate() {
        let delays = story(*percent).delays;
        let fixed = (constant(&delays.deploy_decision) + constant(&delays.success_check)) as f64;
        let (b, (first, second)) = ((FLEET * percent / 100) as f64, harmonic(FLEET * percent / 100));
        let waits = FLEET as f64 - b;
        let (mean, variance) = (fixed + m * (waits / b + first), m * m * (waits / (b * b) + second));
        judge_mean(&format!("{percent} %"), &of(&result, point, DURATION), mean, variance);
    }
}

/// FORM-2.4 over the revision: P(rollback) is I_q(k, F) where failures add up and starts are tried again, and a
/// binomial tail where each instance has one attempt; and REL-10, draw by draw: worse revisions are stopped where
/// better ones are.
#[test]
fn shares_over_a_bad_revision_are_those_of_the_sums() {
    const FLEET: u64 = 11;
    const RUNS: u64 = 400;
    let likely = [0.02, 0.1, 0.25];
    let again = |q| failing(FLEET as u32, 30, q, 3);
    let once = |q| once_each(failing(FLEET as u32, 30, q, 3));
    let turned_back_again = |q| 1.0 - failures(FLEET, q, 3).iter().sum::<f64>();
    let turned_back_once = |q| 1.0 - binomial(FLEET, q)[..3].iter().sum::<f64>();
    type Of<'f, T> = &'f dyn Fn(f64) -> T;
    let cases: [(&str, Of<'_, Story>, Of<'_, f64>); 2] =
        [("again", &again, &turned_back_again), ("once", &once, &turned_back_once)];
    for (case, story, expected) in cases {
        let study = over("failsToStart", likely.iter().map(|q| (q.to_string(), story(*q).setup)));
        let result = study.results(&crew(2), RUNS);
        for (point, q) in likely.iter().enumerate() {
            let found = of(&result, point, ROLLED_BACK);
            let hits = (found.mean * RUNS as f64).round();
            judge_share(&format!("{case}, {q}"), hits as usize, RUNS, expected(*q));
            assert_eq!(found.interval, Some(wilson(hits as u64, RUNS)));
        }
        let at = study.columns.iter().position(|c| c.name == ROLLED_BACK).unwrap();
        let all = rows(&study, 2, study.batches(RUNS));
        let stopped = |point: usize, r: usize| all[(point * RUNS as usize + r) * study.columns.len() + at];
        for r in 0..RUNS as usize {
            assert!(
                stopped(0, r) <= stopped(1, r) && stopped(1, r) <= stopped(2, r),
                "{case}, replication {r}"
            );
        }
    }
}

/// Of 95 % intervals, 95 of 100 hold the true mean, over many studies that differ by their seed.
#[test]
fn intervals_hold_the_truth_as_often_as_they_say() {
    const STUDIES: u64 = 400;
    const RUNS: u64 = 12;
    let story = |seed| {
        let mut story = Story::of_instances(1).update(Percent::whole(100), SimDuration::ZERO);
        let law = Distribution::Uniform { min: SimDuration::from_secs(10), max: SimDuration::from_secs(310) };
        story.setup.delays.terminate = law;
        story.setup.seed = seed;
        story.setup
    };
    let mut delays = story(0).delays;
    delays.terminate = Distribution::constant_secs(160);
    let mean = (constant(&delays.deploy_decision) + cycle(&delays) + constant(&delays.success_check)) as f64;
    let study = over("seed", (0..STUDIES).map(|seed| (seed.to_string(), story(seed))));
    let result = study.results(&crew(2), RUNS);
    let holds = |point: &usize| {
        let (low, high) = of(&result, *point, DURATION).interval.unwrap();
        (low..=high).contains(&mean)
    };
    let held = (0..STUDIES as usize).filter(holds).count();
    judge_share("intervals of means", held, STUDIES, 0.95);
}

/// Wilson's intervals for shares: how often they hold the truth can be summed up exactly, and is 95 % on average.
#[test]
fn intervals_of_shares_hold_the_truth_as_often_as_they_say() {
    let coverage = |n: u64, p: f64| -> f64 {
        let law = binomial(n, p);
        let holds = |hits: &u64| {
            let (low, high) = wilson(*hits, n);
            (low..=high).contains(&p)
        };
        (0..=n).filter(holds).map(|hits| law[hits as usize]).sum()
    };
    for n in [20, 100] {
        let each: Vec<f64> = (1..100).map(|percent| coverage(n, f64::from(percent) / 100.0)).collect();
        let mean = each.iter().sum::<f64>() / each.len() as f64;
        assert!((0.945..0.96).contains(&mean), "{n} runs: {mean}");
        assert!(each.iter().all(|c| *c > 0.83), "{n} runs: {each:?}");
    }
}

/// N2, N10, X4: threads, other points and further replications change nothing.
#[test]
fn a_row_is_the_same_whoever_does_it_and_whatever_else_is_done() {
    let story = |percent| {
        let mut story = Story::of_instances(6).update(Percent::whole(percent), SimDuration::from_secs(60));
        story.setup.delays = daemonsim::world::setup::Delays::default();
        (percent.to_string(), story.setup)
    };
    let study = over("drainPercent", [10, 20, 50, 100].map(story));
    let whole = rows(&study, 1, study.batches(30));
    let width = study.columns.len();
    for threads in [2, 7] {
        assert!(rows(&study, threads, study.batches(30)) == whole, "{threads} threads");
    }
    let half = over("drainPercent", [20, 100].map(story));
    let part = rows(&half, 2, half.batches(11));
    for (point, of_whole) in [(0, 1), (1, 3)] {
        let (from, to) = (point * 11 * width, of_whole * 30 * width);
        assert_eq!(part[from..from + 11 * width], whole[to..to + 11 * width]);
    }
    let one = Batch { point: 2, replications: 17..18 };
    assert_eq!(rows(&study, 1, [one]), whole[(60 + 17) * width..(60 + 18) * width]);
}

/// X3, X5: the estimates are what a textbook makes of the rows.
#[test]
fn estimates_are_what_the_rows_say() {
    let mut story = Story::of_instances(6).update(Percent::whole(30), SimDuration::ZERO);
    story.setup.delays = daemonsim::world::setup::Delays::default();
    let study = over("x", [("1".to_owned(), story.setup)]);
    let (result, all) = (study.results(&crew(2), 57), rows(&study, 2, study.batches(57)));
    let near = |a: f64, b: f64| (a - b).abs() <= 1e-9 * a.abs().max(1.0);
    for (at, column) in study.columns.iter().enumerate().filter(|(_, c)| c.unit.is_number()) {
        let mut values: Vec<f64> = all
            .chunks(study.columns.len())
            .map(|row| row[at])
            .filter(|v| *v != ABSENT)
            .map(|v| v as f64)
            .collect();
        let Some(found) = result.points[0].estimates[at] else {
            assert!(values.is_empty(), "{}", column.name);
            continue;
        };
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let sd = (values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / (n - 1.0)).sqrt();
        assert!(near(found.mean, mean) && near(found.sd.unwrap(), sd), "{}: {found:?}", column.name);
        values.sort_by(f64::total_cmp);
        // The smallest rank that is at least a share of 57: 2.85, 28.5 and 54.15 of them.
        let ranks = [found.p5, found.p50, found.p95].map(|v| v as f64);
        assert_eq!(ranks, [values[2], values[28], values[54]], "{}", column.name);
        assert_eq!([found.least, found.most].map(|v| v as f64), [values[0], values[56]]);
    }
}

/// Recorders of one's own hear each run once, and what they kept comes in order.
#[test]
fn any_recorder_listens_to_a_study() {
    use daemonsim::record::{Observation, Recorder};
    #[derive(Default)]
    struct Counting(u64);
    impl Recorder for Counting {
        fn note(&mut self, _: daemonsim::kernel::SimTime, _: Observation<'_>) {
            self.0 += 1;
        }
    }
    let story = |percent: u64| {
        (percent.to_string(), Story::of_instances(4).update(Percent::whole(percent), SimDuration::ZERO).setup)
    };
    let study = over("drainPercent", [25, 100].map(story));
    let mut heard = Vec::new();
    let ended = study.listen(
        &crew(3),
        study.batches(5),
        |_| Counting::default(),
        |run, counting| (run.events, counting.0),
        |point, replication, (events, notes)| {
            heard.push((point, replication));
            let (alone, counting) =
                daemonsim::world::simulate(&study.points[point].setup, replication, Counting(0));
            assert_eq!((events, notes), (alone.events, counting.0));
            ControlFlow::<()>::Continue(())
        },
    );
    assert!(ended.is_continue());
    let expected: Vec<(usize, u64)> = (0..2).flat_map(|p| (0..5).map(move |r| (p, r))).collect();
    assert_eq!(heard, expected);
}
