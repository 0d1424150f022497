//! How likely a bad revision is to be turned back, how far it gets, and how soon it is found out: against exact sums
//! (FORM-2.4, FORM-2.5), and draw by draw (REL-10, REL-11).
//!
//! A mean is within 3.29 standard errors and a share within its 99.9 % interval, which a right one misses once in a
//! thousand seeds; seeds are fixed, and replications are 0, 1, 2 … of them.

use super::looks::{Rollout, run as run_told};
use crate::story::{Story, constant, cycle};
use daemonsim::kernel::{Distribution, Id, SimDuration, SimTime};
use daemonsim::model::assumptions::{AlarmWindow, BreakerThreshold, NonCriticalRelaunch, WaveMode};
use daemonsim::model::{
    Alarm, AlarmId, AlarmSource, AlarmState, Comparison, DeploymentStatus, Evaluation, MetricSource,
    MissingData, Percent, RevisionName,
};
use daemonsim::record::{Discard, FactKind, RunSummary};
use daemonsim::world::setup::{Delays, Request};

const Z: f64 = 3.29;

/// An update to a revision whose every attempt to start fails with this probability; failures add up to `k`.
pub(crate) fn failing(fleet: u32, percent: u64, likely: f64, k: u32) -> Story {
    let mut story = Story::of_large_tasks(fleet)
        .assuming(|a| {
            a.breaker_threshold = BreakerThreshold::Count(k);
            a.breaker_resets_on_success = false;
        })
        .update(Percent::whole(percent), SimDuration::ZERO);
    story.setup.daemon_task_definitions[1].behaviour.fails_to_start = likely;
    story
}

/// The daemon does not gate ACTIVE, and is started once on each instance.
pub(crate) fn once_each(mut story: Story) -> Story {
    for timed in &mut story.setup.timeline {
        if let Request::UpdateDaemon { settings, .. } = &mut timed.request {
            settings.critical = false;
        }
    }
    story.assuming(|a| a.non_critical_relaunch = NonCriticalRelaunch::Never)
}

fn runs(story: &Story, replications: u64) -> impl Iterator<Item = RunSummary> {
    (0..replications).map(|r| daemonsim::world::simulate(&story.setup, r, Discard).0)
}

/// Whether a run's only deployment was turned back; otherwise it went through.
fn tripped(run: &RunSummary) -> bool {
    let row = &run.deployments[0];
    let through = row.status == DeploymentStatus::Successful;
    assert!(through || row.status == DeploymentStatus::RollbackSuccessful, "{run:#?}");
    !through
}

/// Wilson's 99.9 % interval of a share holds what it should be.
pub(crate) fn judge_share(case: &str, of: usize, all: u64, expected: f64) {
    let (n, share) = (all as f64, of as f64 / all as f64);
    let middle = (share + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
    let half = Z / (1.0 + Z * Z / n) * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    assert!((middle - expected).abs() <= half, "{case}: {of} of {all}, expected {expected}");
}

/// The mean of what was found is within 3.29 standard errors of what it should be.
fn judge_mean(case: &str, found: &[f64], mean: f64, variance: f64) {
    let n = found.len() as f64;
    let is = found.iter().sum::<f64>() / n;
    let error = (variance / n).sqrt();
    assert!((is - mean).abs() <= Z * error + 1e-9, "{case}: mean {is}, expected {mean} ± {error}");
}

/// The law of a sum of `slots` counts of failures before a success: of 0, 1, … below `k`.
pub(crate) fn failures(slots: u64, likely: f64, k: usize) -> Vec<f64> {
    let mut law = vec![0.0; k];
    law[0] = 1.0;
    for _ in 0..slots {
        // One slot more: P'(j) = Σ P(j − i) qⁱ (1 − q).
        law = (0..k)
            .map(|all| {
                let mut chance = 1.0 - likely;
                (0..=all).fold(0.0, |sum, here| {
                    let term = sum + chance * law[all - here];
                    chance *= likely;
                    term
                })
            })
            .collect();
    }
    law
}

/// The law of how many of `n` do something that each does with probability `likely`.
pub(crate) fn binomial(n: u64, likely: f64) -> Vec<f64> {
    let mut law = vec![1.0];
    for _ in 0..n {
        let mut next = vec![0.0; law.len() + 1];
        for (at, chance) in law.iter().enumerate() {
            next[at] += chance * (1.0 - likely);
            next[at + 1] += chance * likely;
        }
        law = next;
    }
    law
}

fn attempts(story: Story, attempts: u32) -> Story {
    story.assuming(|a| a.registering_failure.attempts = attempts)
}

/// The sums above against numbers that were worked out by hand.
#[test]
fn the_sums_are_right() {
    // Two slots, q = ½: no failure ¼, one 2·⅛, two 3·1/16.
    assert_eq!(failures(2, 0.5, 3), [0.25, 0.25, 0.1875]);
    assert_eq!(binomial(3, 0.5), [0.125, 0.375, 0.375, 0.125]);
}

/// Retried until it works, with failures that add up: P(rollback) = P(k or more failures before F successes), however
/// often an instance tries before another takes its place. REL-11: luck goes by instance and attempt, instances are
/// numbered as they come, and none comes but for one that still lacks its daemon: so it is the same luck that counts
/// whatever the batch, the wave mode and the delays, and each replication is turned back in all these ways or in none.
#[test]
fn retries_are_turned_back_as_often_in_every_wave_mode() {
    let replications = 160;
    for (fleet, likely, k) in [(6, 0.35, 4), (5, 0.15, 2), (4, 0.6, 6)] {
        let expected = 1.0 - failures(u64::from(fleet), likely, k as usize).iter().sum::<f64>();
        let one_by_one = |tries: u32| -> Vec<bool> {
            let story = attempts(failing(fleet, 1, likely, k), tries);
            let one: Vec<bool> = runs(&story, replications).map(|run| tripped(&run)).collect();
            let case = format!("{fleet} instances, q = {likely}, k = {k}, {tries} tries");
            judge_share(&case, one.iter().filter(|tripped| **tripped).count(), replications, expected);
            one
        };
        let by_tries = [1, 2, 3].map(one_by_one);
        let case = format!("{fleet} instances, q = {likely}, k = {k}");
        for (percent, mode, tries) in [
            (1, WaveMode::Barrier, 1),
            (40, WaveMode::Barrier, 3),
            (100, WaveMode::Barrier, 1),
            (1, WaveMode::SlidingWindow, 3),
            (40, WaveMode::SlidingWindow, 1),
            (100, WaveMode::SlidingWindow, 3),
            (40, WaveMode::ReplacementsActive, 2),
        ] {
            let mut story =
                attempts(failing(fleet, percent, likely, k), tries).assuming(|a| a.wave_mode = mode);
            if tries != 1 {
                story.setup.delays = Delays::default();
            }
            for (replication, run) in runs(&story, replications / 4).enumerate() {
                let case = format!("{case}, {percent} % {mode:?} {tries}, replication {replication}");
                assert_eq!(tripped(&run), by_tries[tries as usize - 1][replication], "{case}");
            }
        }
    }
}

/// One attempt on each instance: P(rollback) is the tail of a binomial law; failures are counted until the threshold.
#[test]
fn one_attempt_each_fails_binomially() {
    let replications = 200;
    for (fleet, percent, likely, k) in [(10, 30, 0.25, 3), (8, 100, 0.4, 4), (12, 1, 0.1, 2)] {
        let law = binomial(u64::from(fleet), likely);
        let expected = law[k..].iter().sum();
        let story = once_each(failing(fleet, percent, likely, k as u32));
        let all: Vec<RunSummary> = runs(&story, replications).collect();
        let case = format!("{fleet} instances, {percent} %, q = {likely}, k = {k}");
        judge_share(&case, all.iter().filter(|run| tripped(run)).count(), replications, expected);
        let counted: Vec<f64> =
            all.iter().map(|run| f64::from(run.deployments[0].breaker_failures)).collect();
        let moment = |power: u32| {
            let terms = law.iter().enumerate().map(|(j, p)| p * (j.min(k).pow(power) as f64));
            terms.sum::<f64>()
        };
        judge_mean(&case, &counted, moment(1), moment(2) - moment(1) * moment(1));
    }
}

/// Failures in a row, one instance at a time: each instance needs k failures in a row before its success to trip it,
/// 1 − (1 − q^k)^F. No instance tries while another does, so the order of attempts is that of their numbers and delays
/// cannot matter; with larger batches a success here would forgive failures there.
#[test]
fn failures_in_a_row_trip_an_instance_at_a_time() {
    let replications = 300;
    for (fleet, likely, k, tries) in [(6, 0.5, 3, 3), (8, 0.3, 2, 1), (5, 0.65, 4, 2)] {
        let row: f64 = (0..k).map(|_| likely).product();
        let none: f64 = (0..fleet).map(|_| 1.0 - row).product();
        let mut story =
            attempts(failing(fleet, 1, likely, k), tries).assuming(|a| a.breaker_resets_on_success = true);
        story.setup.seed = 2;
        if tries != 3 {
            story.setup.delays = Delays::default();
        }
        let hits = runs(&story, replications).filter(tripped).count();
        judge_share(&format!("{fleet}, {likely}, {k}"), hits, replications, 1.0 - none);
    }
}

/// How far it gets: a barrier wave begins when every instance of those before has its daemon, so it is begun with the
/// probability that fewer than k failures came before so many successes.
#[test]
fn a_bad_revision_reaches_as_far_as_it_should() {
    let replications = 250;
    for (fleet, percent, batch, likely, k) in [(10, 20, 2, 0.3, 4), (8, 13, 2, 0.5, 5), (9, 34, 4, 0.2, 2)] {
        let waves: Vec<u64> =
            (0..fleet).step_by(batch).map(|done| (batch as u64).min(fleet - done)).collect();
        let mut before = 0;
        // P(wave w is begun), and how many have been touched when it is the last.
        let mut begun: Vec<(f64, f64)> = Vec::new();
        for size in &waves {
            let chance = failures(before, likely, k).iter().sum();
            before += size;
            begun.push((chance, before as f64));
        }
        let mean = begun.iter().zip(&waves).map(|((chance, _), size)| chance * *size as f64).sum::<f64>();
        let square = begun.iter().enumerate().map(|(w, (chance, touched))| {
            let next = begun.get(w + 1).map_or(0.0, |(chance, _)| *chance);
            (chance - next) * touched * touched
        });
        let variance = square.sum::<f64>() - mean * mean;
        let mut story = failing(fleet as u32, percent, likely, k as u32);
        story.setup.seed = 3;
        let touched: Vec<f64> =
            runs(&story, replications).map(|run| f64::from(run.deployments[0].instances_touched)).collect();
        judge_mean(&format!("{fleet}, {percent} %, {likely}, {k}"), &touched, mean, variance);
    }
}

/// REL-10: the same luck fails at least as often when failures are likelier, and a higher threshold only cuts later.
#[test]
fn likelier_failures_are_never_fewer() {
    let fleet = 6;
    for replication in 0..25 {
        let of = |likely, k| {
            let story = failing(fleet, 35, likely, k);
            let run = daemonsim::world::simulate(&story.setup, replication, Discard).0;
            (tripped(&run), run.deployments[0].breaker_failures)
        };
        let mut fewest = 0;
        for likely in [0.0, 0.1, 0.25, 0.4, 0.55] {
            let (never, all) = of(likely, 10_000);
            assert!(!never && all >= fewest, "replication {replication}, q = {likely}: {all} after {fewest}");
            assert!(likely > 0.0 || all == 0);
            fewest = all;
            for k in [1, 3, 7] {
                let case = format!("replication {replication}, q = {likely}, k = {k}");
                assert_eq!(of(likely, k), (all >= k, all.min(k)), "{case}");
            }
        }
    }
}

/// A revision that fails on a share of instances only: on so many, and on the others never.
#[test]
fn a_share_of_instances_is_affected() {
    let (fleet, replications) = (20, 100);
    for affects in [0.1, 0.5, 0.85] {
        let mut story = once_each(failing(fleet, 50, 1.0, 1_000));
        story.setup.daemon_task_definitions[1].behaviour.affects = affects;
        let hit: Vec<f64> = runs(&story, replications)
            .map(|run| f64::from(run.cluster.mishaps.daemon_start_failures))
            .collect();
        let n = f64::from(fleet);
        judge_mean(&format!("{affects}"), &hit, n * affects, n * affects * (1.0 - affects));
        let spread = hit.iter().map(|hit| (hit - n * affects) * (hit - n * affects)).sum::<f64>() / 100.0;
        // Each instance by itself: all alike, or none, would vary twenty times as much.
        assert!((0.5..1.7).contains(&(spread / (n * affects * (1.0 - affects)))), "{affects}: {spread}");
        // A critical daemon that fails on all attempts there gives up those hosts, until each has a sound one.
        let mut story = failing(fleet, 50, 1.0, 1_000);
        story.setup.daemon_task_definitions[1].behaviour.affects = affects;
        let mut given_up = Vec::new();
        for run in runs(&story, 8) {
            assert!(!tripped(&run));
            let bad = run.cluster.mishaps.registration_failures;
            assert_eq!(run.cluster.mishaps.daemon_start_failures, 3 * bad);
            assert_eq!(run.cluster.launched, fleet + bad);
            given_up.push(f64::from(bad));
        }
        // Hosts until `fleet` sound ones: a negative binomial law.
        let sound = 1.0 - affects;
        judge_mean(&format!("{affects}"), &given_up, n * affects / sound, n * affects / (sound * sound));
    }
}

/// From RUNNING to a crash, on every instance once.
#[test]
fn crashes_come_when_their_law_says() {
    let mean = 3_600.0 * 1_000.0;
    let mut story = once_each(failing(10, 50, 0.0, 1_000));
    story.setup.daemon_task_definitions[1].behaviour.crashes_after =
        Some(Distribution::Exponential { mean: SimDuration::from_secs(3_600) });
    let mut ran = Vec::new();
    for seed in 0..30 {
        story.setup.seed = seed;
        let (_, facts) = run_told(&story.setup);
        let revision = Some(RevisionName::Daemon(Id::new(1)));
        let of = |to| {
            let mine = facts.iter().filter(|fact| fact.kind == FactKind::Task && fact.revision == revision);
            mine.filter(move |fact| fact.to == to)
        };
        for end in of("STOPPED") {
            let began = of("RUNNING").find(|fact| fact.task == end.task).map(|fact| fact.at);
            ran.push(began.map_or(0.0, |began| end.at.since(began).as_ms() as f64));
        }
    }
    assert_eq!(ran.len(), 300);
    judge_mean("crashes", &ran, mean, mean * mean);
    let early = ran.iter().filter(|ran| **ran < mean / 2.0).count();
    judge_share("before half the mean", early, 300, 1.0 - libm::exp(-0.5));
}

/// How long after a metric has stepped up its alarm rings, when the step comes at any phase of the periods: a value of
/// which one moment suffices in the M-th period that has any of it, one that has to fill the period a period later.
/// Windows that slide are judged each minute, so it is whole periods and half a minute; those of the wall clock add
/// half a period. The deployment then takes half an `alarmPoll` to look, as its looks have a phase of their own.
#[test]
fn a_step_is_found_out_as_late_as_it_should_be() {
    let (y, x) = (10_000.0, 30_000.0);
    let replications = 120;
    for minutes in [1, 2] {
        let period = minutes * 60_000;
        for (m, whole) in [(1, false), (1, true), (3, false), (3, true)] {
            for window in [AlarmWindow::Sliding, AlarmWindow::WallClock] {
                // Of two instances the second is alone with the new revision from the second wave on. Before, the
                // average was half way, for longer than a period.
                let rule = Evaluation {
                    period: SimDuration::from_ms(period),
                    evaluation_periods: m,
                    datapoints_to_alarm: m,
                    threshold: if whole { x } else { (x + y) / 2.0 },
                    comparison: if whole { Comparison::AtLeast } else { Comparison::Above },
                    missing: MissingData::Missing,
                };
                let source = MetricSource::Contributions { name: "load".into(), baseline: 0.0, noise: None };
                let mut story = Story::of_large_tasks(2)
                    .assuming(|a| a.alarm_window = window)
                    .update(Percent::whole(50), SimDuration::from_secs(3_600));
                let alarm = Alarm {
                    name: "a".into(),
                    starts_in: AlarmState::Ok,
                    source: AlarmSource::Metric(source, rule),
                };
                story.setup.alarms = vec![alarm];
                if let Request::UpdateDaemon { settings, .. } = &mut story.setup.timeline[0].request {
                    settings.alarms = vec![AlarmId::new(0)];
                }
                for (row, adds) in story.setup.daemon_task_definitions.iter_mut().zip([y, x]) {
                    row.behaviour.metrics = vec![("load".into(), adds)];
                }
                let step_after = cycle(&story.setup.delays) + constant(&story.setup.delays.wave_gap);
                let plan = Rollout::of(&story.setup.delays, 0, 2, 1, 0);
                assert!(step_after - plan.comes > period);
                story.setup.delays.deploy_decision = Distribution::Uniform {
                    min: SimDuration::from_ms(3 * period),
                    max: SimDuration::from_ms(4 * period),
                };
                let (mut rang, mut seen) = (Vec::new(), Vec::new());
                for seed in 0..replications {
                    story.setup.seed = seed;
                    let (run, facts) = run_told(&story.setup);
                    let row = &run.deployments[0];
                    let step = row.started.map_or(0, SimTime::as_ms) + step_after;
                    let rings =
                        facts.iter().find(|fact| fact.to == "ALARM").map_or(0, |fact| fact.at.as_ms());
                    rang.push(rings as f64 - step as f64);
                    seen.push(row.detected.map_or(0, SimTime::as_ms) as f64 - rings as f64);
                }
                let (p, m) = (period as f64, f64::from(m));
                let periods = p * if whole { m } else { m - 1.0 };
                let judged = if window == AlarmWindow::Sliding { 60_000.0 } else { p };
                let case = format!("{minutes} min, M = {m}, {window:?}, whole: {whole}");
                judge_mean(&case, &rang, periods + judged / 2.0, judged * judged / 12.0);
                let poll = 30_000.0;
                judge_mean(&case, &seen, poll / 2.0, poll * poll / 12.0);
            }
        }
    }
}
