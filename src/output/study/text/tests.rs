use super::*;
use crate::output::study::fixture::{around, column, constant, head, meta, share, single, study, sweep};
use crate::study::results::{Estimate, Unit};

fn text(result: &StudyResult) -> String {
    study_text(&meta(), result, &StudyTextOptions::default())
}

/// No line that is too long, no number that is none, no control character.
fn assert_clean(text: &str) {
    for line in text.lines() {
        assert!(line.chars().count() <= 80, "too long: {line}");
        assert!(!line.contains("NaN") && !line.contains("inf"), "{line}");
        assert!(!line.contains(char::is_control), "{line:?}");
    }
}

#[test]
fn a_small_study_reads_well() {
    let estimates = [
        [around(2_700_000.0, 30_000.0, 120_000), share(0.0, 0.0, 0.037), around(316.0, 0.5, 2)],
        [around(900_000.0, 10_000.0, 60_000), share(0.04, 0.016, 0.098), around(240.0, 2.5, 9)],
    ];
    let mut result = study(vec![head("timeline[0].createDaemon.drainPercent", &["5", "50"])], |place| {
        let [duration, back, running] = estimates[place[0]];
        let held = [share(1.0, 0.963, 1.0), share(0.25, 0.175, 0.343)][place[0]];
        [duration, back, running, constant(46), held].map(Some).into()
    });
    result.columns = vec![
        column("deployments.my-agent.duration_s", Unit::Milliseconds),
        column("deployments.my-agent.rolled_back", Unit::Flag),
        column("cluster.app_running_min", Unit::Count),
        column("cluster.instances_max", Unit::Count),
        column("expect.1", Unit::Flag),
    ];
    let options = StudyTextOptions { files: Some("out/existing-provider"), ..StudyTextOptions::default() };
    let expected = "\
existing-provider · seed 7, 2 points x 100 replications = 200 runs
  A monitoring agent arrives.
  Varied: timeline[0].createDaemon.drainPercent (2 values).

Last deployment of my-agent
  drainPercent          duration        p95       rolled back
             5  45 m 00 s ± 30 s  47 m 00 s    0 % (0 to 3.7)
            50  15 m 00 s ± 10 s  16 m 00 s  4 % (1.6 to 9.8)
  Durations are of all deployments that ended, the rolled back ones too.

Capacity and cost
  drainPercent  fewest tasks   p5
             5    316 ± 0.50  314
            50    240 ± 2.50  231
  The same in every run: most instances 46.
  Means ± half of their 95 % interval, shares with their 95 % interval; 5 % of
  the runs are not above p5, 95 % not above p95.

Expected
  ✗ services.my-app.runningTasks at least 80: met in
    100 % (96.3 to 100) at drainPercent 5
    25 % (17.5 to 34.3) at drainPercent 50

What makes a difference
  - Duration of the last deployment of my-agent: from 15 m 00 s at drainPercent
    50 to 45 m 00 s at drainPercent 5.
  - Runs whose last deployment of my-agent was stopped by its breaker or an
    alarm: from 0 % at drainPercent 5 to 4 % at drainPercent 50; their intervals
    overlap.
  - Fewest running service tasks: from 240 at drainPercent 50 to 316 at
    drainPercent 5.

Files
  out/existing-provider
";
    let text = study_text(&meta(), &result, &options);
    assert_eq!(text, expected, "{text}");
}

#[test]
fn a_single_run_says_nothing_of_chance() {
    let result = study(Vec::new(), |_| {
        let mut estimates: Vec<_> =
            [600_000, 1, 0, 9_000, 300, 320, 46, 300, 4_250_000, 1].map(|n| Some(single(n))).into();
        estimates[3] = None;
        estimates
    });
    let text = text(&result);
    assert_clean(&text);
    for line in [
        "existing-provider · seed 7, 1 replication",
        "  duration          10 m 00 s ± n/a",
        "  p95               10 m 00 s",
        "  The same in every run: fewest tasks 300, most instances 46, cost $4.25.",
        "  Means ± n/a: of a single run nobody knows how far chance has moved it.",
        "  ✓ services.my-app.runningTasks at least 80: met in 100 % ± n/a of 1 run",
    ] {
        assert!(text.lines().any(|l| l == line), "{line} is not in\n{text}");
    }
    assert!(!text.contains("What makes"), "{text}");
}

#[test]
fn runs_that_did_not_end_are_counted() {
    let result = study(vec![head("a", &["1", "2", "3"])], |place| match place[0] {
        0 => vec![Some(constant(60_000)), Some(share(1.0, 0.96, 1.0))],
        1 => vec![Some(Estimate { runs: 96, absent: 4, ..constant(60_000) }), Some(share(0.96, 0.9, 0.98))],
        _ => vec![None, Some(share(0.0, 0.0, 0.04))],
    });
    let text = text(&result);
    assert_clean(&text);
    // Four of the second point, and all hundred of the third.
    let expected = "  104 of 300 runs: the last deployment of my-agent did not end, because of the\n  \
                    horizon, a stall or a limit; most often at a 3 (100 of 100). Durations are of\n  \
                    the others.";
    assert!(text.contains(expected), "{text}");
    assert!(text.lines().any(|line| line == "  3             n/a       n/a"), "{text}");
}

#[test]
fn where_no_run_ends_there_are_no_others() {
    let text = text(&study(vec![head("a", &["1", "2"])], |_| vec![None, Some(constant(0))]));
    assert_clean(&text);
    let expected = "  200 of 200 runs: the last deployment of my-agent did not end, because of the\n  \
                    horizon, a stall or a limit.\n\n";
    assert!(text.contains(expected), "{text}");
}

#[test]
fn ten_thousand_points_are_cut_short_and_it_says_so() {
    let labels: Vec<String> = (1..=100).map(|n| n.to_string()).collect();
    let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
    let text = text(&sweep(vec![head("a.speed", &labels), head("b.bake", &labels)]));
    assert_clean(&text);
    assert!(text.contains("10,000 points x 100 replications = 1,000,000 runs"), "{text}");
    assert!(text.contains("  and 9,960 more points: points.csv\n"), "{text}");
    assert!(text.lines().count() < 130, "{text}");
}

#[test]
fn many_axes_and_long_or_hostile_words_fit() {
    let long = "long-value-".repeat(20);
    let axes = |n: usize| (0..n).map(|n| head(&format!("path.to.axis-{n}"), &[&long, "\u{1b}[2J"])).collect();
    for n in 1..=8 {
        let mut result = sweep(axes(n));
        result.columns[0].name = format!("deployments.{}.duration_s", "daemon".repeat(40));
        result.expectations[0].path = format!("{}.atLeast", "services.my-app-".repeat(30));
        assert_clean(&text(&result));
    }
}

#[test]
fn numbers_of_replications_may_differ() {
    let mut result = sweep(vec![head("a", &["1", "2"])]);
    result.points[0].replications = 40;
    (result.points[1].replications, result.points[1].imprecise) = (1_000, true);
    let text = text(&result);
    assert!(text.contains("2 points x 40 to 1,000 replications = 1,040 runs"), "{text}");
    assert!(text.contains("  1 point is not as precise as asked for."), "{text}");
}

#[test]
fn several_daemons_have_a_table_each_and_instances_are_told_where_no_task_is_lost() {
    let mut result = study(vec![head("a", &["1", "2", "3"])], |place| {
        let n = place[0] as u64;
        vec![
            Some(around(600_000.0, 6_000.0, 9_000)),
            Some(constant(60_000 * n.max(1))),
            None,
            Some(constant(320)),
            Some(constant(40 - 10 * n)),
        ]
    });
    result.columns = vec![
        column("deployments.logs.duration_s", Unit::Milliseconds),
        column("deployments.metrics.duration_s", Unit::Milliseconds),
        column("deployments.never.duration_s", Unit::Milliseconds),
        column("cluster.app_running_min", Unit::Count),
        column("cluster.active_min", Unit::Count),
    ];
    let text = text(&result);
    assert_clean(&text);
    let tables = "\
Last deployment of logs
  a         duration        p95
  1  10 m 00 s ± 6 s  10 m 09 s
  2  10 m 00 s ± 6 s  10 m 09 s
  3  10 m 00 s ± 6 s  10 m 09 s

Last deployment of metrics
  a        duration       p95
  1  1 m 00 s ± 0 s  1 m 00 s
  2  1 m 00 s ± 0 s  1 m 00 s
  3  2 m 00 s ± 0 s  2 m 00 s

Capacity and cost
  a  fewest ACTIVE  p5
  1         40 ± 0  40
  2         30 ± 0  30
  3         20 ± 0  20
  The same in every run: fewest tasks 320.
";
    assert!(text.contains(tables), "{text}");
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("metrics: from 1 m 00 s at a 1 and 1 more to 2 m 00 s at a 3."), "{text}");
    assert!(!text.contains("never"), "{text}");
}
