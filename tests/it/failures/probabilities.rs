//! How likely the breaker trips, and how far a bad revision comes, against closed forms (FORM-2.4).
//!
//! Each share and mean is within 3.29 standard errors, which a right one misses once in a thousand seeds; the seeds are
//! those of the replications from 0.

use super::rolling;
use crate::story::Story;
use daemonsim::model::MonitorStatus;
use daemonsim::model::assumptions::{BreakerThreshold, NonCriticalRelaunch, WaveMode};
use daemonsim::record::Discard;
use daemonsim::world::setup::{DaemonSettings, Request};

/// A fleet of cheap instances whose new revision fails to start so often; the breaker trips at `count`.
fn flaky(fleet: u32, percent: u64, q: f64, count: u32) -> Story {
    Story::of_light_instances(fleet)
        .new_behaves(|b| b.fails_to_start = q)
        .assuming(|a| {
            a.breaker_threshold = BreakerThreshold::Count(count);
            a.breaker_resets_on_success = false;
        })
        .update_to(rolling(percent))
        .until(48)
}

/// The same with a daemon that gates nothing and is tried once on each instance.
fn tried_once(fleet: u32, percent: u64, q: f64, count: u32) -> Story {
    let mut story =
        flaky(fleet, percent, q, count).assuming(|a| a.non_critical_relaunch = NonCriticalRelaunch::Never);
    for timed in &mut story.setup.timeline {
        if let Request::UpdateDaemon { settings, .. } = &mut timed.request {
            *settings = DaemonSettings { critical: false, ..settings.clone() };
        }
    }
    story
}

/// What a replication came to: whether the breaker tripped, and how many instances forward waves drained.
fn outcomes(story: &Story, replications: u64) -> Vec<(bool, f64)> {
    let one = |replication| {
        let (run, _) = daemonsim::world::simulate(&story.setup, replication, Discard);
        let row = &run.deployments[0];
        assert!(row.status.is_final(), "{replication}: {row:#?}");
        (row.breaker_status == MonitorStatus::Triggered, f64::from(row.instances_touched))
    };
    (0..replications).map(one).collect()
}

fn judge_share(case: &str, outcomes: &[(bool, f64)], expected: f64) {
    let n = outcomes.len() as f64;
    let share = outcomes.iter().filter(|(tripped, _)| *tripped).count() as f64 / n;
    let error = (expected * (1.0 - expected) / n).sqrt();
    assert!(
        (share - expected).abs() <= 3.29 * error,
        "{case}: {share} tripped, expected {expected} ± {error}"
    );
}

/// The mean of the instances touched; its variance follows from the same chances.
fn judge_touched(case: &str, outcomes: &[(bool, f64)], waves: &[(u32, f64)]) {
    let n = outcomes.len() as f64;
    let found = outcomes.iter().map(|(_, touched)| touched).sum::<f64>() / n;
    // Wave after wave is less likely; whoever reaches one has passed those before it.
    let (mut mean, mut square, mut so_far) = (0.0, 0.0, 0.0);
    for (instances, reached) in waves {
        let more = f64::from(*instances);
        mean += more * reached;
        square += ((so_far + more) * (so_far + more) - so_far * so_far) * reached;
        so_far += more;
    }
    let error = ((square - mean * mean) / n).sqrt();
    assert!(
        (found - mean).abs() <= 3.29 * error + 1e-9,
        "{case}: {found} touched, expected {mean} ± {error}"
    );
}

/// How likely each number of failures is in `n` tries: a row of sums, by adding try after try.
fn binomial(n: u32, q: f64) -> Vec<f64> {
    let mut row = vec![1.0];
    for _ in 0..n {
        let fails = row.iter().map(|p| p * q).collect::<Vec<_>>();
        row = row.iter().map(|p| p * (1.0 - q)).chain([0.0]).collect();
        for (at, p) in fails.into_iter().enumerate() {
            row[at + 1] += p;
        }
    }
    row
}

/// How likely fewer than `count` of `n` single tries fail.
fn fewer_of_single(n: u32, q: f64, count: u32) -> f64 {
    binomial(n, q).iter().take(count as usize).sum()
}

/// How likely fewer than `count` tries fail until `n` have succeeded: of the first n + count − 1 tries, no more than
/// count − 1 are failures.
fn fewer_until(n: u32, q: f64, count: u32) -> f64 {
    fewer_of_single(n + count - 1, q, count)
}

/// How likely `n` tries in a row hold `count` failures in a row: state after state of the row that is open.
fn run_of_failures(n: u32, q: f64, count: u32) -> f64 {
    let mut open = vec![0.0; count as usize];
    open[0] = 1.0;
    let mut found = 0.0;
    for _ in 0..n {
        let success: f64 = open.iter().sum::<f64>() * (1.0 - q);
        found += open[count as usize - 1] * q;
        for at in (1..count as usize).rev() {
            open[at] = open[at - 1] * q;
        }
        open[0] = success;
    }
    found
}

/// The sizes of waves, each with the instances before it.
fn waves(fleet: u32, percent: u64) -> Vec<(u32, u32)> {
    let batch = (u64::from(fleet) * percent).div_ceil(100) as u32;
    (0..fleet).step_by(batch as usize).map(|before| (batch.min(fleet - before), before)).collect()
}

/// The chances themselves, where they can be told in other ways.
#[test]
fn the_closed_forms_agree_with_each_other() {
    assert!((binomial(5, 0.3).iter().sum::<f64>() - 1.0).abs() < 1e-12);
    // One instance: fewer than k failures before its success, 1 − q^k.
    assert!((fewer_until(1, 0.3, 4) - (1.0 - 0.0081)).abs() < 1e-12);
    // Two instances, fewer than two failures: both at once, or one failure before either.
    assert!((fewer_until(2, 0.4, 2) - 0.36 * 1.8).abs() < 1e-12);
    assert!((run_of_failures(3, 0.5, 2) - 3.0 / 8.0).abs() < 1e-12);
    assert!((run_of_failures(4, 0.2, 1) - (1.0 - 0.4096)).abs() < 1e-12);
    assert!((run_of_failures(3, 0.5, 3) - 1.0 / 8.0).abs() < 1e-12);
}

/// Counting all failures, retrying until healthy: P = 1 − NB cdf, whatever the batch and the wave mode.
#[test]
fn retries_trip_as_often_as_the_negative_binomial_says() {
    for (fleet, percent, q, count, mode) in [
        (4, 25, 0.3, 3, WaveMode::Barrier),
        (6, 50, 0.4, 5, WaveMode::Barrier),
        (5, 100, 0.15, 2, WaveMode::Barrier),
        (6, 34, 0.25, 3, WaveMode::SlidingWindow),
    ] {
        let story = flaky(fleet, percent, q, count).assuming(|a| a.wave_mode = mode);
        let seen = outcomes(&story, 400);
        let case = format!("{fleet} instances, {percent} %, q {q}, {count} failures, {mode:?}");
        judge_share(&case, &seen, 1.0 - fewer_until(fleet, q, count));
        if mode == WaveMode::Barrier {
            let reached = |(size, before): &(u32, u32)| {
                (*size, if *before == 0 { 1.0 } else { fewer_until(*before, q, count) })
            };
            judge_touched(&case, &seen, &waves(fleet, percent).iter().map(reached).collect::<Vec<_>>());
        }
    }
}

/// One attempt on each instance: a binomial tail.
#[test]
fn single_attempts_trip_as_often_as_the_binomial_says() {
    for (fleet, percent, q, count) in [(6, 17, 0.3, 3), (8, 25, 0.2, 2), (5, 100, 0.5, 3)] {
        let seen = outcomes(&tried_once(fleet, percent, q, count), 400);
        let case = format!("{fleet} instances, {percent} %, q {q}, {count} failures");
        judge_share(&case, &seen, 1.0 - fewer_of_single(fleet, q, count));
        let reached = |(size, before): &(u32, u32)| (*size, fewer_of_single(*before, q, count));
        judge_touched(&case, &seen, &waves(fleet, percent).iter().map(reached).collect::<Vec<_>>());
    }
}

/// Failures in a row, where a success resets: one instance at a time, all of a row's failures are those of one instance,
/// 1 − (1 − q^k)^F; with one attempt on each, a run of k in F tries.
#[test]
fn failures_in_a_row_trip_as_often_as_rows_do() {
    for (fleet, q, count) in [(4, 0.4, 2), (3, 0.6, 3)] {
        let seen = outcomes(&flaky(fleet, 1, q, count).assuming(|a| a.breaker_resets_on_success = true), 400);
        let one = (0..count).fold(1.0, |product, _| product * q);
        let none = (0..fleet).fold(1.0, |product, _| product * (1.0 - one));
        judge_share(&format!("{fleet} instances, q {q}, {count} in a row"), &seen, 1.0 - none);
    }
    for (fleet, q, count) in [(6, 0.4, 2), (7, 0.5, 3)] {
        let seen =
            outcomes(&tried_once(fleet, 1, q, count).assuming(|a| a.breaker_resets_on_success = true), 400);
        let case = format!("{fleet} single tries, q {q}, {count} in a row");
        judge_share(&case, &seen, run_of_failures(fleet, q, count));
    }
}

/// `affects`: on a share of instances the revision never starts, on the others always.
#[test]
fn a_revision_may_fail_on_a_share_of_instances() {
    // One at a time, three attempts on each instance: three failures are one instance that is affected, and F instances
    // that are not are needed to go on.
    let (fleet, share) = (3, 0.25);
    let story = flaky(fleet, 1, 1.0, 6).new_behaves(|b| b.affects = share);
    let seen = outcomes(&story, 400);
    judge_share("two affected instances", &seen, 1.0 - fewer_until(fleet, share, 2));
}

/// A finding of FORM-2.4: a breaker of half the fleet that every success resets hardly ever trips on a revision that
/// fails every other time; counting all failures, it nearly always does.
#[test]
fn a_breaker_that_resets_lets_a_bad_revision_pass() {
    let (fleet, q, count) = (20, 0.5, 10);
    let row = (0..count).fold(1.0, |product, _| product * q);
    let resets = 1.0 - (0..fleet).fold(1.0, |product, _| product * (1.0 - row));
    let counts_all = 1.0 - fewer_until(fleet, q, count);
    assert!(resets < 0.02 && counts_all > 0.96, "{resets}, {counts_all}");
    for (reading, expected) in [(true, resets), (false, counts_all)] {
        let story = flaky(fleet, 5, q, count).assuming(|a| a.breaker_resets_on_success = reading);
        judge_share(&format!("resets {reading}"), &outcomes(&story, 100), expected);
    }
}
