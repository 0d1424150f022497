//! Threads, other points and other replications move nothing.

use super::{DRAIN, GAP, assert_same, place, rows, sweep};
use serde_json::Value;

#[test]
fn threads_do_not_matter() {
    let place = place("threads");
    for threads in ["1", "2", "7"] {
        let common = ["a.yaml", "--vary", DRAIN, "--threads", threads];
        sweep(
            &place,
            &[&common[..], &["--replications", "70", "--out", &format!("fixed-{threads}")]].concat(),
        );
        let auto = ["--replications", "auto", "--precision", "3%", "--out", &format!("auto-{threads}")];
        sweep(&place, &[&common[..], &auto].concat());
    }
    for threads in ["2", "7"] {
        assert_same(&place, "fixed-1", &format!("fixed-{threads}"));
        assert_same(&place, "auto-1", &format!("auto-{threads}"));
    }
    // Three points, 70 runs of each, in the order of the grid.
    let runs = place.read("fixed-1/runs.csv");
    assert!(runs.starts_with("agent.drainPercent,replication,deployments.agent.duration_s,"), "{runs:.200}");
    let lines: Vec<String> =
        runs.lines().skip(1).map(|line| line.split(',').take(2).collect::<Vec<_>>().join(" ")).collect();
    let expected = ["25", "50", "100"].iter().flat_map(|drain| (0..70).map(move |r| format!("{drain} {r}")));
    assert_eq!(lines, expected.collect::<Vec<_>>());
    // Wider batches have fewer waves: 4, 2 and 1.
    let points = place.read("fixed-1/points.csv");
    let mut lines = points.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let waves = lines.next().unwrap().iter().position(|c| *c == "deployments.agent.waves.mean").unwrap();
    assert_eq!(
        lines.map(|line| line[waves].to_owned()).collect::<Vec<_>>(),
        ["4.000000", "2.000000", "1.000000"]
    );
}

#[test]
fn two_halves_of_a_grid_are_the_whole() {
    let place = place("halves");
    let common = ["a.yaml", "--vary", GAP, "--replications", "20"];
    for (drain, out) in
        [(DRAIN, "whole"), ("agent.drainPercent=25", "one"), ("agent.drainPercent=50,100", "two")]
    {
        sweep(&place, &[&common[..], &["--vary", drain, "--out", out]].concat());
    }
    for table in ["runs.csv", "points.csv"] {
        let mut halves = rows(&place, &format!("one/{table}"));
        halves.extend(rows(&place, &format!("two/{table}")));
        halves.sort();
        assert_eq!(halves, rows(&place, &format!("whole/{table}")), "{table}");
    }
    // The rest of the grid into the directory of a half computes the rest only.
    let done = sweep(&place, &[&common[..], &["--vary", DRAIN, "--out", "two"]].concat());
    assert!(done.stderr.contains("Reused 80 runs"), "{}", done.stderr);
    assert_same(&place, "two", "whole");
}

#[test]
fn more_replications_compute_only_what_is_new() {
    let place = place("more");
    let common = ["a.yaml", "--vary", GAP, "--threads", "2"];
    sweep(&place, &[&common[..], &["--replications", "50", "--out", "whole"]].concat());
    sweep(&place, &[&common[..], &["--replications", "17", "--out", "grown"]].concat());
    let done = sweep(&place, &[&common[..], &["--replications", "50", "--out", "grown"]].concat());
    assert!(done.stderr.contains("Reused 34 runs"), "{}", done.stderr);
    assert_same(&place, "grown", "whole");
    // Fewer need none.
    let done = sweep(&place, &[&common[..], &["--replications", "17", "--out", "grown"]].concat());
    assert!(done.stderr.contains("Reused 34 runs"), "{}", done.stderr);
    sweep(&place, &[&common[..], &["--replications", "17", "--out", "few"]].concat());
    assert_same(&place, "grown", "few");
}

#[test]
fn values_that_mean_the_same_are_the_same() {
    let place = place("equal");
    let of =
        |value: &str| ["a.yaml", "--vary", value, "--replications", "30", "--out", "o"].map(str::to_owned);
    let of = |value: &str| sweep(&place, &of(value).each_ref().map(String::as_str));
    assert!(!of("delays.waveGap=60s").stderr.contains("Reused"));
    let first = place.read("o/runs.csv").replace("60s,", "1m,");
    let done = of("delays.waveGap=1m");
    assert!(done.stderr.contains("Reused 30 runs"), "{}", done.stderr);
    assert_eq!(place.read("o/runs.csv"), first);
    assert_eq!(place.names("."), ["a.yaml", "o"]);
}

#[test]
fn without_files_the_numbers_are_the_same() {
    let place = place("no-output");
    for replications in [&["--replications", "25"][..], &["--replications", "auto", "--precision", "4%"]] {
        let common = [&["a.yaml", "--vary", DRAIN, "--json"][..], replications].concat();
        let without = sweep(&place, &[&common[..], &["--no-output"]].concat());
        assert_eq!(place.names("."), ["a.yaml"]);
        let with = sweep(&place, &[&common[..], &["--out", "o"]].concat());
        assert_eq!(without.stdout, with.stdout);
        assert_eq!(without.stdout, place.read("o/study.json"));
        std::fs::remove_dir_all(place.path("o")).unwrap();
    }
}

#[test]
fn a_single_run_says_what_it_does_not_know() {
    let place = place("single");
    let done = sweep(&place, &["a.yaml", "--replications", "1", "--out", "o"]);
    assert!(done.stdout.contains("n/a"), "{}", done.stdout);
    for text in [done.stdout, place.read("o/points.csv"), place.read("o/study.json")] {
        assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
    }
}

/// What `study.json` says of the only point.
fn point(text: &str) -> (u64, bool) {
    let json: Value = serde_json::from_str(text).unwrap();
    let point = &json["points"][0];
    (point["replications"].as_u64().unwrap(), point["imprecise"].as_bool().unwrap())
}

#[test]
fn precision_that_cannot_be_had_is_flagged() {
    let place = place("precision");
    let auto = |more: &[&str]| {
        let common = ["a.yaml", "--replications", "auto", "--no-output", "--json"];
        point(&sweep(&place, &[&common[..], more].concat()).stdout)
    };
    assert_eq!(auto(&["--precision", "0.0000000001%", "--max-replications", "50"]), (50, true));
    assert_eq!(auto(&["--precision", "0.0000000001%", "--max-replications", "3"]), (3, true));
    // What never varies is precise at the first look, be it 0 or not.
    for measure in ["services.app.desired", "cluster.repairs"] {
        let most = ["--precision", "0.0000000001%", "--max-replications", "50", "--precision-of", measure];
        assert_eq!(auto(&most), (20, false), "{measure}");
    }
    let done = place.run(&["sweep", "a.yaml", "--replications", "auto", "--precision-of", "cluster.nothing"]);
    assert_eq!(done.code, Some(2), "{done:?}");
    assert!(done.stderr.contains("`cluster.nothing`"), "{}", done.stderr);
}

/// The runs of a sweep are those of `run`.
#[test]
fn a_row_is_a_run() {
    let place = place("row");
    sweep(&place, &["a.yaml", "--vary", DRAIN, "--replications", "4", "--out", "o"]);
    let runs = place.read("o/runs.csv");
    let mut lines = runs.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let header = lines.next().unwrap();
    let row = lines.find(|row| row[..2] == ["50", "3"]).unwrap();
    let run =
        ["run", "a.yaml", "--set", "agent.drainPercent=50", "--replication", "3", "--no-output", "--json"];
    let done = place.run(&run);
    let json: Value = serde_json::from_str(&done.stdout).unwrap();
    let mut numbers = 0;
    for (name, cell) in header.iter().zip(row).skip(2) {
        if let Some(n) = name.strip_prefix("expect.") {
            // Whether the only expectation held is the status of `run`.
            assert_eq!((n, cell), ("1", if done.code == Some(0) { "1" } else { "0" }));
            continue;
        }
        let value = name.split('.').fold(&json, |json, key| &json[key]);
        let same = match value {
            Value::Null => cell.is_empty() && json_has(&json, name),
            Value::Bool(yes) => cell == if *yes { "1" } else { "0" },
            Value::String(word) => cell == word,
            Value::Number(number) => cell.parse().ok() == number.as_f64(),
            Value::Array(_) | Value::Object(_) => false,
        };
        assert!(same, "{name}: {cell} is not {value}");
        numbers += 1;
    }
    assert!(numbers > 50, "{numbers}");
}

/// Whether there is such a path, were it to nothing.
fn json_has(json: &Value, path: &str) -> bool {
    let (parent, key) = path.rsplit_once('.').unwrap_or(("", path));
    let parent = parent.split('.').filter(|key| !key.is_empty()).fold(json, |json, key| &json[key]);
    parent.get(key).is_some()
}
