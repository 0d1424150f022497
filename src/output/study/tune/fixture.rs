//! A search that never was.

use super::TuneMeta;
use crate::study::results::{
    Binding, CandidateResult, Chance, Column, Configuration, Estimate, Fate, Head, Judgement, LimitResult,
    TuneResult, Unit,
};

pub(in crate::output) fn meta() -> TuneMeta {
    TuneMeta {
        scenario: "update".to_owned(),
        scenario_sha256: "ab".repeat(32),
        seed: 7,
        max_replications: 4096,
        bad: vec![("agent:2.failsToStart".to_owned(), "0.5".to_owned())],
        version: "0.1.0".to_owned(),
        ..TuneMeta::default()
    }
}

fn chance(hits: u64, runs: u64, low: f64, high: f64, verdict: Judgement) -> Chance {
    Chance { hits, runs, low, high, verdict }
}

fn candidate(labels: [&str; 2], seconds: f64, capacity: f64, fate: Fate) -> CandidateResult {
    let mean = seconds * 1000.0;
    let objective = Estimate {
        runs: 256,
        absent: 0,
        mean,
        sd: Some(40_000.0),
        interval: Some((mean - 10_000.0, mean + 10_000.0)),
        p5: 0,
        p50: 0,
        p95: 0,
        least: 0,
        most: 0,
    };
    CandidateResult {
        labels: labels.map(str::to_owned).to_vec(),
        runs: [256, 64],
        objective: Some(objective),
        capacity: Some(capacity),
        chances: vec![chance(254, 256, 0.96, 1.0, Judgement::Met), chance(63, 64, 0.91, 1.0, Judgement::Met)],
        fate,
    }
}

/// Two batches and two bakes; the smaller batch and the shorter bake win.
pub(in crate::output) fn found() -> TuneResult {
    let head = |name: &str, labels: [&str; 2]| Head {
        name: name.to_owned(),
        labels: labels.map(str::to_owned).to_vec(),
    };
    let limit = |text: &str, bad, share, ruled_out| LimitResult {
        text: text.to_owned(),
        implied: false,
        bad,
        at_least: true,
        share,
        ruled_out,
    };
    let mut candidates = vec![
        candidate(["10", "5"], 2_480.0, 101.0, Fate::Best),
        candidate(["10", "10"], 2_780.0, 101.0, Fate::Worse { by: 300_000.0, at_least: 300_000.0 }),
        candidate(["50", "5"], 860.0, 56.0, Fate::Missed(0)),
        candidate(["50", "10"], 1_160.0, 56.0, Fate::Missed(0)),
    ];
    for missed in &mut candidates[2..] {
        missed.chances[0] = chance(3, 256, 0.001, 0.06, Judgement::Missed);
    }
    let column = |name: &str, unit| Column { name: name.to_owned(), unit, optional: true };
    TuneResult {
        daemon: "agent".to_owned(),
        axes: vec![head("agent.drainPercent", ["10", "50"]), head("agent.bakeTimeInMinutes", ["5", "10"])],
        objective: column("deployments.agent.duration_s", Unit::Milliseconds),
        capacity: column("services.shop.min_running", Unit::Count),
        limits: vec![
            limit("services.shop.runningTasks >= 80%", false, 0.95, 2),
            limit("P(caught) >= 90%", true, 0.9, 0),
        ],
        candidates,
        best: Some(0),
        neighbours: vec![(0, 2), (1, 1)],
        front: vec![2, 0],
        binding: None,
        configuration: Some(Configuration {
            drain_percent: "10.0".to_owned(),
            bake_minutes: 5,
            alarms: vec!["errors".to_owned()],
        }),
        runs: 1_280,
        brute_force: 32_768,
        limited: 0,
        assurance: 0.95,
        indifference: 0.005,
        remarks: Vec::new(),
        readings: None,
    }
}

/// The same with a limit that nothing keeps to.
pub(in crate::output) fn nothing() -> TuneResult {
    let mut result = found();
    for candidate in &mut result.candidates {
        candidate.fate = Fate::Missed(0);
        candidate.chances[0] = chance(3, 256, 0.001, 0.06, Judgement::Missed);
    }
    result.candidates[0].fate = Fate::Open;
    result.candidates[0].chances[0] = chance(242, 256, 0.88, 0.98, Judgement::Open);
    result.limits[0].ruled_out = 3;
    result.binding = Some(Binding { limit: 0, alone: 4, nearest: 0 });
    TuneResult { best: None, configuration: None, neighbours: Vec::new(), front: vec![0], ..result }
}
