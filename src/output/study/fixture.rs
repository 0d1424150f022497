//! Results made by hand, for tests.

use super::StudyMeta;
use crate::model::ServiceId;
use crate::record::{Bound, Expectation, Measure};
use crate::study::results::{Column, Estimate, Head, PointResult, StudyResult, Unit};

pub(in crate::output) fn head(name: &str, labels: &[&str]) -> Head {
    Head { name: name.to_owned(), labels: labels.iter().map(|label| (*label).to_owned()).collect() }
}

pub(in crate::output) fn column(name: &str, unit: Unit) -> Column {
    let optional = !name.starts_with("cluster.i") && !name.contains("expect") && !name.contains("cost");
    Column { name: name.to_owned(), unit, optional }
}

pub(in crate::output) fn meta() -> StudyMeta {
    StudyMeta {
        scenario: "existing-provider".to_owned(),
        description: "A monitoring agent arrives.".to_owned(),
        scenario_sha256: "ab".repeat(32),
        seed: 7,
        replications: "100".to_owned(),
        version: "0.1.0".to_owned(),
        assumptions: vec![("bake".to_owned(), "atEnd".to_owned())],
    }
}

/// What a hundred runs say: a mean, a half-width, and how far from it the fifth and the ninety-fifth lie.
pub(in crate::output) fn around(mean: f64, half: f64, spread: u64) -> Estimate {
    let middle = mean.round() as u64;
    Estimate {
        runs: 100,
        absent: 0,
        mean,
        sd: Some(half * 5.0),
        interval: Some((mean - half, mean + half)),
        p5: middle.saturating_sub(spread),
        p50: middle,
        p95: middle + spread,
        least: middle.saturating_sub(2 * spread),
        most: middle + 2 * spread,
    }
}

/// What one run says.
pub(in crate::output) fn single(value: u64) -> Estimate {
    Estimate {
        runs: 1,
        absent: 0,
        mean: value as f64,
        sd: None,
        interval: None,
        p5: value,
        p50: value,
        p95: value,
        least: value,
        most: value,
    }
}

/// The same in every run.
pub(in crate::output) fn constant(value: u64) -> Estimate {
    around(value as f64, 0.0, 0)
}

/// A share, with an interval that is not about it.
pub(in crate::output) fn share(mean: f64, low: f64, high: f64) -> Estimate {
    let whole = |yes: bool| u64::from(yes);
    Estimate {
        interval: Some((low, high)),
        sd: Some((mean * (1.0 - mean)).sqrt()),
        p5: whole(mean > 0.95),
        p50: whole(mean > 0.5),
        p95: whole(mean > 0.05),
        least: whole(mean == 1.0),
        most: whole(mean > 0.0),
        ..around(mean, 0.0, 0)
    }
}

pub(in crate::output) const COLUMNS: &[(&str, Unit)] = &[
    ("deployments.my-agent.duration_s", Unit::Milliseconds),
    ("deployments.my-agent.successful", Unit::Flag),
    ("deployments.my-agent.rolled_back", Unit::Flag),
    ("deployments.my-agent.exposure_instance_s", Unit::Milliseconds),
    ("services.my-app.min_running", Unit::Count),
    ("services.my-app.desired", Unit::Count),
    ("cluster.instances_max", Unit::Count),
    ("cluster.app_running_min", Unit::Count),
    ("cluster.cost", Unit::MicroDollars),
    ("expect.1", Unit::Flag),
    ("outcome", Unit::Outcome),
];

/// A study over these axes; each point is made of the places of its values.
pub(in crate::output) fn study(
    axes: Vec<Head>,
    mut point: impl FnMut(&[usize]) -> Vec<Option<Estimate>>,
) -> StudyResult {
    let mut places: Vec<Vec<usize>> = vec![Vec::new()];
    for axis in &axes {
        let with = |place: &Vec<usize>, at: usize| place.iter().copied().chain([at]).collect::<Vec<_>>();
        places = places.iter().flat_map(|p| (0..axis.labels.len()).map(move |at| with(p, at))).collect();
    }
    let points = places.iter().map(|place| {
        let estimates = point(place);
        let labels = place.iter().zip(&axes).map(|(at, axis)| axis.labels[*at].clone()).collect();
        let replications = estimates.iter().flatten().map(|e| e.runs + e.absent).max().unwrap_or(1);
        PointResult { labels, replications, estimates, imprecise: false }
    });
    StudyResult {
        points: points.collect(),
        columns: COLUMNS.iter().map(|(name, unit)| column(name, *unit)).collect(),
        expectations: vec![Expectation {
            path: "services.my-app.runningTasks.atLeast".to_owned(),
            measure: Measure::RunningTasks(ServiceId::new(0)),
            bound: Bound::AtLeast(80),
        }],
        axes,
    }
}

/// A plausible sweep over such axes: a faster rollout leaves fewer tasks running.
pub(in crate::output) fn sweep(axes: Vec<Head>) -> StudyResult {
    let sizes: Vec<usize> = axes.iter().map(|axis| axis.labels.len()).collect();
    study(axes, |place| {
        let at = |n: usize| match (place.get(n), sizes.get(n)) {
            (Some(&at), Some(&size)) if size > 1 => at as f64 / (size - 1) as f64,
            _ => 0.0,
        };
        let (speed, bake) = (at(0), at(1));
        let minutes = 60.0 / (1.0 + 4.0 * speed) + 20.0 * bake;
        let lost = 4.0 + 90.0 * speed * (1.0 - 0.2 * bake);
        let back = 0.30 * speed * (1.0 - 0.5 * bake);
        vec![
            Some(around(minutes * 60_000.0, 60_000.0, 300_000)),
            Some(share(1.0 - back, (0.95 - back).max(0.0), (1.02 - back).min(1.0))),
            Some(share(back, (back - 0.02).max(0.0), back + 0.05)),
            Some(around(minutes * 60_000.0 * 20.0, 600_000.0, 6_000_000)),
            Some(around(320.0 - lost, 0.6, 3)),
            Some(constant(320)),
            Some(around(40.0 + 10.0 * speed, 0.3, 2)),
            Some(around(320.0 - lost, 0.6, 3)),
            Some(around(4_000_000.0 + 60_000.0 * minutes, 20_000.0, 120_000)),
            Some(share(1.0 - 0.9 * speed, (0.95 - 0.9 * speed).max(0.0), (1.03 - 0.9 * speed).min(1.0))),
        ]
    })
}
