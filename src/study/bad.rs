//! What if the new revision is bad: how likely it is caught, how far it gets, and what a good one would have met.
//!
//! A study with a last axis of two values, a good revision and a bad one, holds all of it.

use super::results::{
    BadPoint, BadResult, Estimate, Head, POWER, PointResult, Prior, Share, ShortestBake, StudyResult,
};
use crate::model::DaemonId;
use crate::scenario::{Axis, AxisValue, Override};
use crate::world::setup::{Request, Setup};

/// What the axis of the revision is called.
pub const REVISION: &str = "revision";
/// Its values.
pub const GOOD: &str = "good";
/// See [`GOOD`].
pub const BAD: &str = "bad";

/// The axis of the revision: as the scenario has it, and with what makes it bad.
pub fn axis(bad: &[Override]) -> Axis {
    let value =
        |label: &str, edits: &[Override]| AxisValue { label: label.to_owned(), edits: edits.to_vec() };
    Axis { name: REVISION.to_owned(), values: vec![value(GOOD, &[]), value(BAD, bad)] }
}

/// The daemon whose new revision is bad: that of the last request of the timeline which deploys a task definition that
/// differs; failing that, the daemon of the last deployment.
pub fn daemon(good: &Setup, bad: &Setup) -> Option<DaemonId> {
    let definitions = good.daemon_task_definitions.iter().zip(&bad.daemon_task_definitions);
    let differs: Vec<bool> = definitions.map(|(good, bad)| good != bad).collect();
    let deployments = || {
        let last_first = good.timeline.iter().rev();
        last_first.filter_map(|timed| {
            let (Request::CreateDaemon { daemon, settings } | Request::UpdateDaemon { daemon, settings }) =
                &timed.request
            else {
                return None;
            };
            Some((*daemon, settings.task_definition.index()))
        })
    };
    let of_bad = deployments().find(|(_, definition)| differs.get(*definition).copied().unwrap_or_default());
    of_bad.or_else(|| deployments().next()).map(|(daemon, _)| daemon)
}

/// What a study whose last axis is the revision says of one daemon's; none when it knows no such daemon, or has no such
/// axis. `probability` is how likely a revision is to be bad.
pub fn report(result: &StudyResult, daemon: &str, probability: Option<f64>) -> Option<BadResult> {
    let (revision, axes) = result.axes.split_last()?;
    if revision.name != REVISION || revision.labels != [GOOD, BAD] {
        return None;
    }
    let column = |key: &str| {
        let name = format!("deployments.{daemon}.{key}");
        result.columns.iter().filter(|column| column.unit.is_number()).position(|column| column.name == name)
    };
    let rolled_back = column("rolled_back")?;
    let places = Places {
        rolled_back,
        breaker: column("breaker_triggered"),
        alarm: column("alarm_triggered"),
        instances: column("instances_touched"),
        tasks: column("tasks_touched"),
        exposure: column("exposure_instance_s"),
        detect: column("time_to_detect_s"),
    };
    let pairs = result.points.chunks_exact(2);
    let points: Vec<BadPoint> = pairs.map(|pair| point(&pair[0], &pair[1], &places, probability)).collect();
    Some(BadResult {
        daemon: daemon.to_owned(),
        probability,
        bakes: shortest_bakes(axes, &points),
        axes: axes.to_vec(),
        points,
    })
}

/// Where the estimates are.
struct Places {
    rolled_back: usize,
    breaker: Option<usize>,
    alarm: Option<usize>,
    instances: Option<usize>,
    tasks: Option<usize>,
    exposure: Option<usize>,
    detect: Option<usize>,
}

fn point(good: &PointResult, bad: &PointResult, places: &Places, probability: Option<f64>) -> BadPoint {
    let of =
        |point: &PointResult, place: Option<usize>| -> Option<Estimate> { *point.estimates.get(place?)? };
    let often = |point, place| of(point, place).map(|estimate| share(&estimate));
    let caught = often(bad, Some(places.rolled_back));
    let false_rollback = often(good, Some(places.rolled_back));
    let exposure = of(bad, places.exposure);
    let prior = || {
        let (q, caught, wrongly) = (probability?, caught?.share, false_rollback?.share);
        let rollback = q * caught + (1.0 - q) * wrongly;
        Some(Prior {
            rollback,
            bad_if_rolled_back: (rollback > 0.0).then(|| q * caught / rollback),
            escape: q * (1.0 - caught),
            exposure: exposure.map(|exposure| q * exposure.mean),
        })
    };
    BadPoint {
        labels: bad.labels.split_last().map_or(Vec::new(), |(_, others)| others.to_vec()),
        prior: prior(),
        caught,
        by_breaker: often(bad, places.breaker),
        by_alarm: often(bad, places.alarm),
        false_rollback,
        instances: of(bad, places.instances),
        tasks: of(bad, places.tasks),
        exposure,
        time_to_detect: of(bad, places.detect),
    }
}

/// Of a flag: its mean is its share.
fn share(estimate: &Estimate) -> Share {
    // Counts below 2⁵³ come back whole.
    let hits = (estimate.mean * estimate.runs as f64).round() as u64;
    Share { hits, runs: estimate.runs, share: estimate.mean, interval: estimate.interval }
}

/// For each combination of the axes but the bake's, the shortest bake with enough power.
fn shortest_bakes(axes: &[Head], points: &[BadPoint]) -> Option<Vec<ShortestBake>> {
    let at = axes.iter().position(|axis| axis.name.ends_with("bakeTimeInMinutes"))?;
    let minutes = |point: &BadPoint| point.labels[at].parse::<f64>().unwrap_or(f64::INFINITY);
    let mut by_length: Vec<&BadPoint> = points.iter().collect();
    // Equal lengths keep their order.
    by_length.sort_by(|one, other| minutes(one).total_cmp(&minutes(other)));
    let mut bakes: Vec<ShortestBake> = Vec::new();
    let without = |point: &BadPoint| {
        let mut labels = point.labels.clone();
        labels[at].clear();
        labels
    };
    for point in points {
        if !bakes.iter().any(|bake| bake.labels == without(point)) {
            bakes.push(ShortestBake { labels: without(point), likely: None, surely: None });
        }
    }
    for bake in &mut bakes {
        let mut same = by_length.iter().filter(|point| without(point) == bake.labels);
        let first = |enough: &dyn Fn(Share) -> bool| {
            let point = same.clone().find(|point| point.caught.is_some_and(enough));
            point.map(|point| point.labels[at].clone())
        };
        bake.likely = first(&|caught| caught.share >= POWER);
        bake.surely = first(&|caught| caught.interval.is_some_and(|(low, _)| low >= POWER));
        debug_assert!(same.next().is_some(), "each combination comes from a point");
    }
    Some(bakes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Column, Unit};
    use crate::study::collect::Collector;

    fn columns() -> Vec<Column> {
        let column = |key: &str, unit| Column { name: format!("deployments.d.{key}"), unit, optional: true };
        vec![
            column("rolled_back", Unit::Flag),
            column("breaker_triggered", Unit::Flag),
            column("alarm_triggered", Unit::Flag),
            column("instances_touched", Unit::Count),
            column("exposure_instance_s", Unit::Milliseconds),
        ]
    }

    fn head(name: &str, labels: &[&str]) -> Head {
        Head { name: name.to_owned(), labels: labels.iter().map(|label| (*label).to_owned()).collect() }
    }

    /// Twenty runs of which so many are stopped, the first ones by the breaker.
    fn arm(labels: &[&str], breaker: u64, alarm: u64) -> PointResult {
        let columns = columns();
        let mut collector = Collector::new(&columns);
        for run in 0..20 {
            let (by_breaker, by_alarm) = (run < breaker, run >= breaker && run < breaker + alarm);
            collector.add(&[
                (by_breaker || by_alarm).into(),
                by_breaker.into(),
                by_alarm.into(),
                run,
                1000 * run,
            ]);
        }
        collector.result(labels.iter().map(|label| (*label).to_owned()).collect())
    }

    fn result(axes: Vec<Head>, points: Vec<PointResult>) -> StudyResult {
        StudyResult { axes, columns: columns(), expectations: Vec::new(), points }
    }

    /// Of twenty bad ones 10 + 5 are stopped, of twenty good ones 1; one revision in five is bad.
    #[test]
    fn shares_are_those_by_hand() {
        let study = result(
            vec![head("revision", &["good", "bad"])],
            vec![arm(&["good"], 0, 1), arm(&["bad"], 10, 5)],
        );
        let report = report(&study, "d", Some(0.2)).expect("a daemon");
        let [point] = &report.points[..] else { panic!("one point") };
        let hits = |share: Option<Share>| share.map(|s| (s.hits, s.runs));
        assert_eq!(hits(point.caught), Some((15, 20)));
        assert_eq!(hits(point.by_breaker), Some((10, 20)));
        assert_eq!(hits(point.by_alarm), Some((5, 20)));
        assert_eq!(hits(point.false_rollback), Some((1, 20)));
        assert_eq!((point.instances.map(|e| e.mean), point.tasks), (Some(9.5), None));
        let prior = point.prior.expect("a probability");
        // 0.2 × 0.75 + 0.8 × 0.05 = 0.19; 0.15 / 0.19 = 15 / 19; 0.2 × 0.25.
        assert!((prior.rollback - 0.19).abs() < 1e-12);
        assert!((prior.bad_if_rolled_back.expect("some") - 15.0 / 19.0).abs() < 1e-12);
        assert!((prior.escape - 0.05).abs() < 1e-12);
        assert!((prior.exposure.expect("some") - 1900.0).abs() < 1e-9);
        assert_eq!(report.bakes, None);
        let unknown = super::report(&study, "d", None).expect("a daemon");
        assert_eq!(unknown.points[0].prior, None);
        assert_eq!(super::report(&study, "other", None), None);
    }

    /// 17 of 20 is too few, 18 is 90 %; the lower end of 20 of 20 is only 83.9 %.
    #[test]
    fn the_shortest_bake_with_enough_power() {
        let axes = vec![
            head("a.drainPercent", &["5", "25"]),
            head("a.bakeTimeInMinutes", &["10", "5", "0"]),
            head("revision", &["good", "bad"]),
        ];
        let mut points = Vec::new();
        for (drain, stopped) in [("5", [20, 18, 17]), ("25", [17, 3, 0])] {
            for (bake, stopped) in ["10", "5", "0"].iter().zip(stopped) {
                points.extend([arm(&[drain, bake, "good"], 0, 0), arm(&[drain, bake, "bad"], 0, stopped)]);
            }
        }
        let bakes = report(&result(axes, points), "d", None).expect("a daemon").bakes.expect("an axis");
        let bake = |drain: &str, likely: Option<&str>| ShortestBake {
            labels: vec![drain.to_owned(), String::new()],
            likely: likely.map(str::to_owned),
            surely: None,
        };
        assert_eq!(bakes, [bake("5", Some("5")), bake("25", None)]);
    }

    #[test]
    fn another_last_axis_is_no_revision() {
        let study =
            result(vec![head("bake", &["good", "bad"])], vec![arm(&["good"], 0, 1), arm(&["bad"], 10, 5)]);
        assert_eq!(report(&study, "d", None), None);
    }
}
