//! What a sweep is asked beside its axes: every reading of the assumptions, and a bad revision.

use super::{Place, contents};

/// The update of a daemon on six instances, in `a.yaml`; the summary of its sweep has no file.
fn place(name: &str) -> Place {
    let place = Place::new(name);
    assert_eq!(place.run(&["new", "update", "a.yaml"]).code, Some(0));
    let text = place.read("a.yaml");
    assert!(text.contains("desiredCount: 140"), "{text}");
    place.write("a.yaml", text.replace("desiredCount: 140", "desiredCount: 42"));
    place
}

/// The cells of a row, by the names of their columns.
fn cell<'t>(table: &'t str, row: &str, column: &str) -> &'t str {
    let mut lines = table.lines();
    let at = lines.next().unwrap().split(',').position(|name| name == column);
    let at = at.unwrap_or_else(|| panic!("there is no column {column}"));
    let line = lines.find(|line| line.starts_with(row)).unwrap_or_else(|| panic!("there is no row {row}"));
    line.split(',').nth(at).unwrap()
}

fn number(table: &str, row: &str, column: &str) -> f64 {
    cell(table, row, column).parse().unwrap_or_else(|_| panic!("{column} of {row}"))
}

/// P(X ≥ k) of n throws that hit with probability q.
fn tail(n: u64, k: u64, q: f64) -> f64 {
    let choose = |m: u64| (0..m).fold(1.0, |c, i| c * (n - i) as f64 / (i + 1) as f64);
    let of = |m: u64| choose(m) * libm::pow(q, m as f64) * libm::pow(1.0 - q, (n - m) as f64);
    (k..=n).map(of).sum()
}

/// Wilson's 99.9 % interval of a share holds what it should be.
fn judge(share: f64, runs: f64, expected: f64) {
    const Z: f64 = 3.29;
    let below = 1.0 + Z * Z / runs;
    let middle = (share + Z * Z / (2.0 * runs)) / below;
    let half = Z / below * (share * (1.0 - share) / runs + Z * Z / (4.0 * runs * runs)).sqrt();
    assert!((middle - expected).abs() <= half, "{share} of {runs}, expected {expected}");
}

/// FORM-2.4: where failures add up to k and each of F instances is tried until it works, a rollout is stopped with the
/// probability of at least k failures before F successes: that of at least k among the first k + F − 1 attempts.
#[test]
fn a_bad_revision_is_caught_as_often_as_it_should_be() {
    let place = place("bad-shares");
    let (instances, threshold) = (6, 4);
    let args = [
        &["sweep", "a.yaml", "--replications", "200", "--out", "o", "--bad-probability", "20%"][..],
        &["--set", "assumptions.breakerThreshold={count: 4}"],
        &["--set", "assumptions.breakerResetsOnSuccess=false"],
        &["--set", "my-daemon-task:2.failsToStart=0.1", "--bad", "my-daemon-task:2.failsToStart=0.3"],
    ]
    .concat();
    let done = place.run(&args);
    assert_eq!(done.code, Some(0), "{done:?}");
    let table = place.read("o/bad.csv");
    let row = "my-monitoring-daemon,200,";
    let share = |what: &str| number(&table, row, what);
    let attempts = threshold + instances - 1;
    judge(share("caught.share"), 200.0, tail(attempts, threshold, 0.3));
    judge(share("false_rollback.share"), 200.0, tail(attempts, threshold, 0.1));
    // All of it by the breaker; the tail by hand: 0.270 341.
    assert_eq!((share("by_breaker.share"), share("by_alarm.share")), (share("caught.share"), 0.0));
    assert!((tail(9, 4, 0.3) - 0.270_341).abs() < 1e-6);
    let (caught, wrongly) = (share("caught.share"), share("false_rollback.share"));
    let rollback = 0.2 * caught + 0.8 * wrongly;
    for (column, expected) in [
        ("probability", 0.2),
        ("rollback", rollback),
        ("bad_if_rolled_back", 0.2 * caught / rollback),
        ("escape", 0.2 * (1.0 - caught)),
    ] {
        assert!((share(column) - expected).abs() < 1e-5, "{column}: {} for {expected}", share(column));
    }
    assert!(share("instances_touched.most") <= 6.0 && share("instances_touched.mean") > 1.0);
    assert!(done.stdout.contains("If the new revision of my-monitoring-daemon is bad"), "{}", done.stdout);
    assert!(done.stdout.contains("When 20 % of revisions are bad"), "{}", done.stdout);
    assert!(place.read("o/runs.csv").starts_with("revision,replication,"));
}

/// An alarm that is looked at every four minutes sees what lasts as long as a bake of ten.
#[test]
fn the_shortest_bake_that_sees_it() {
    let place = place("bad-bake");
    let text = place.read("a.yaml");
    let alarm = "\nalarms:\n  - {alarmName: broken, period: 60, evaluationPeriods: 1, datapointsToAlarm: 1, threshold: 0.5,\n     \
                 comparisonOperator: GreaterThanThreshold, metric: {name: errors, baseline: 0}}\n";
    assert!(!text.contains("\nalarms:") && text.contains("bakeTimeInMinutes: 3"), "{text}");
    let watching = "bakeTimeInMinutes: 3, alarms: {enable: true, alarmNames: [broken]}";
    place.write("b.yaml", text.replace("bakeTimeInMinutes: 3", watching) + alarm);
    let args = [
        "sweep",
        "b.yaml",
        "--vary",
        "my-monitoring-daemon.bakeTimeInMinutes=0,10",
        "--bad",
        "my-daemon-task:2.metrics={errors: 1}",
        "--set",
        "delays.alarmPoll=4m",
        "--set",
        "my-monitoring-daemon.drainPercent=100",
        "--replications",
        "30",
        "--out",
        "o",
    ];
    let done = place.run(&args);
    assert_eq!(done.code, Some(0), "{done:?}");
    let table = place.read("o/bad.csv");
    let caught = |bake: &str| number(&table, &format!("{bake},my-monitoring-daemon,"), "caught.share");
    assert!(caught("0") <= caught("10") && caught("10") == 1.0, "{table}");
    let flat = done.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains("catches 90 % of bad revisions"), "{flat}");
}

#[test]
fn every_reading_is_tried_one_at_a_time() {
    let place = place("readings");
    let args =
        ["sweep", "a.yaml", "--vary", "my-monitoring-daemon.drainPercent=25,50", "--vary", "assumptions"];
    let done = place.run(&[&args[..], &["--replications", "3", "--out", "o"]].concat());
    assert_eq!(done.code, Some(0), "{done:?}");
    assert!(done.stderr.contains("readings make no difference to the first 3 runs"), "{}", done.stderr);
    let flat = done.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains("If AWS means the other thing"), "{flat}");
    // No alarms and no apps on their own here.
    let silent = flat.split("and not run further:").nth(1).unwrap_or_else(|| panic!("{flat}"));
    for key in ["alarmIgnoreScope", "standaloneOnDrain", "supersede"] {
        assert!(silent.contains(key), "{key}: {silent}");
    }
    let table = place.read("o/readings.csv");
    let duration = "deployments.my-monitoring-daemon.duration_s";
    // A bake of three minutes after each of W waves: ⌈6 / 2⌉ = 3 of 25 %, 2 of 50 %.
    for (drain, more) in [("25", "360.000000"), ("50", "180.000000")] {
        let row = format!("{drain},bake=perWave,{duration},");
        for column in ["difference", "ci_low", "ci_high"] {
            assert_eq!(cell(&table, &row, column), more, "{drain} {column}");
        }
    }
    let runs = place.read("o/runs.csv");
    let points =
        2 * (1 + table.lines().filter(|line| line.starts_with("25,") && line.contains(duration)).count());
    assert_eq!(runs.lines().count(), 1 + 3 * points);
    assert!(place.read("o/manifest.json").contains("readings.csv"));
}

/// What hangs on readings and on a bad revision is the same in one piece and in shards, on one thread and on three.
#[test]
fn shards_and_threads_do_not_move_a_byte() {
    let place = place("questions-shards");
    let study = "a.yaml --vary assumptions --bad my-daemon-task:2.failsToStart=0.5 --replications 2";
    let study: Vec<&str> = study.split(' ').collect();
    let whole = [&["sweep"][..], &study, &["--out", "one", "--threads", "3"]].concat();
    assert_eq!(place.run(&whole).code, Some(0));
    let plan =
        [&["sweep", "plan"][..], &study, &["--shards", "2", "--out", "p.json", "--threads", "1"]].concat();
    let done = place.run(&plan);
    assert_eq!(done.code, Some(0), "{done:?}");
    for shard in ["0", "1"] {
        let done = place.run(&["sweep", "shard", "p.json", "--index", shard, "--out", "shards"]);
        assert_eq!(done.code, Some(0), "{done:?}");
    }
    let done = place.run(&["sweep", "merge", "shards", "--out", "two"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    let names = |directory| place.names(directory);
    assert_eq!(names("one"), names("two"));
    for name in ["readings.csv", "bad.csv", "runs.csv", "points.csv"] {
        assert_eq!(place.read(&format!("one/{name}")), place.read(&format!("two/{name}")), "{name}");
    }
    assert_eq!(contents(&place.path("one")), contents(&place.path("two")));
}

#[test]
fn wrong_usage_is_told() {
    let place = place("questions-usage");
    for (args, code, says) in [
        (&["--bad-probability", "5%"][..], 2, "there is no bad revision"),
        (&["--bad", "failsToStart"], 2, "invalid --bad"),
        (&["--bad", "my-daemon-task:2.failsToStart=2"], 3, "--bad"),
        (&["--bad", "no-such:1.failsToStart=1"], 3, "--bad"),
        (&["--bad-probability", "0"], 2, "a share such as"),
    ] {
        let done = place.run(&[&["sweep", "a.yaml", "--no-output", "--replications", "2"], args].concat());
        assert_eq!(done.code, Some(code), "{args:?}: {done:?}");
        assert!(done.stderr.contains(says), "{args:?}: {}", done.stderr);
    }
}
