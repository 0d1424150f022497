//! `daemonsim compare`: the same weather for two scenarios.

use super::{Place, contents};
use serde_json::Value;

const BAKE: &str = "my-monitoring-daemon.bakeTimeInMinutes";
const DRAIN: &str = "my-monitoring-daemon.drainPercent";

/// The update of a daemon on twenty instances, in `a.yaml`.
fn place(name: &str) -> Place {
    let place = Place::new(name);
    assert_eq!(place.run(&["new", "update", "a.yaml"]).code, Some(0));
    place
}

/// The measures of a `compare.json`.
fn measures(place: &Place, directory: &str) -> serde_json::Map<String, Value> {
    let json: Value = serde_json::from_str(&place.read(&format!("{directory}/compare.json"))).unwrap();
    json["measures"].as_object().unwrap().clone()
}

/// What is missing on either side is no difference.
fn differences(place: &Place, directory: &str) -> Vec<(String, [f64; 4])> {
    let number = |value: &Value| value.as_f64().unwrap();
    let keys = ["difference", "sd", "min", "max"];
    let measures = measures(place, directory).into_iter().filter(|(_, m)| !m.is_null());
    measures.map(|(name, m)| (name, keys.map(|key| number(&m[key])))).collect()
}

/// REL-7: five minutes more of baking are five minutes more, and nothing else.
#[test]
fn a_longer_bake_is_exactly_that() {
    let place = place("compare-bake");
    let (short, long) = (format!("{BAKE}=5"), format!("{BAKE}=10"));
    let done = place.run(&["compare", "a.yaml", "--set", &short, "--set", &long, "--replications", "4"]);
    assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""), "{done:?}");
    assert!(done.stdout.contains("B is 5 m 00 s slower (in every replication)."), "{}", done.stdout);
    let measures = measures(&place, "out/update-compare");
    let duration = &measures["deployments.my-monitoring-daemon.duration_s"];
    for (key, value) in [("difference", 300.0), ("sd", 0.0), ("ci_low", 300.0), ("ci_high", 300.0)] {
        assert_eq!(duration[key], value, "{key}");
    }
    assert_eq!((&duration["pairs"], &duration["b_larger"]), (&4.into(), &4.into()));
    // What the five minutes cost, when things end, and how long the new revision has been out.
    let moved: Vec<String> = differences(&place, "out/update-compare")
        .into_iter()
        .filter(|(_, difference)| *difference != [0.0; 4])
        .map(|(name, _)| name.rsplit('.').next().unwrap().to_owned())
        .collect();
    assert_eq!(
        moved,
        ["cost", "instance_seconds", "duration_s", "exposure_instance_s", "finished_s", "ended_at_s"]
            .map(str::to_owned)
    );
}

#[test]
fn what_would_never_end_is_not_begun() {
    let place = place("compare-endless");
    let many = "1000000000000";
    let done = place.run(&["compare", "a.yaml", "a.yaml", "--replications", many]);
    assert_eq!(done.code, Some(5), "{done:?}");
    assert!(done.stderr.contains("this study has 2,000,000,000,000 runs"), "{}", done.stderr);
    assert!(done.stderr.contains("without --force"), "{}", done.stderr);
    assert_eq!(place.names("."), ["a.yaml"]);
    // What the file asks for is no other matter.
    place.write("b.yaml", format!("{}\nstudy: {{replications: {many}}}\n", place.read("a.yaml")));
    assert_eq!(place.run(&["compare", "b.yaml", "a.yaml"]).code, Some(5));
}

#[test]
fn a_scenario_does_not_differ_from_itself() {
    let place = place("compare-same");
    let done = place.run(&["compare", "a.yaml", "a.yaml", "--replications", "3"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert!(done.stdout.contains("Nothing differs: every measure is the same in every replication."));
    let all = differences(&place, "out/update-vs-update");
    assert!(all.len() > 40 && all.iter().all(|(_, difference)| *difference == [0.0; 4]), "{all:?}");
    assert_eq!(
        place.names("out/update-vs-update"),
        ["compare.json", "differences.csv", "manifest.json", "runs.csv"]
    );
}

/// The means of the pairs are those of the rows, added up here.
#[test]
fn differences_are_those_of_the_rows() {
    let place = place("compare-rows");
    let set = format!("{DRAIN}=10");
    assert_eq!(place.run(&["compare", "a.yaml", "--set", &set, "--replications", "5"]).code, Some(0));
    let rows = place.read("out/update-compare/runs.csv");
    let mut rows = rows.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let head = rows.next().unwrap();
    assert_eq!(head[..2], ["scenario", "replication"]);
    let at = head.iter().position(|name| name.ends_with("daemon.duration_s")).unwrap();
    let rows: Vec<_> = rows.collect();
    let scenarios: Vec<&str> = rows.iter().map(|row| row[0]).collect();
    assert_eq!(scenarios, ["A", "B"].repeat(5));
    let value = |row: &[&str]| row[at].parse::<f64>().unwrap();
    let pairs: Vec<f64> = rows.chunks(2).map(|pair| value(&pair[1]) - value(&pair[0])).collect();
    let mean = pairs.iter().sum::<f64>() / 5.0;
    let sd = (pairs.iter().map(|d| (d - mean) * (d - mean)).sum::<f64>() / 4.0).sqrt();
    // Student's t of four degrees at 95 %, from a printed table.
    let half = 2.776 * sd / 5.0_f64.sqrt();
    let measures = measures(&place, "out/update-compare");
    let duration = &measures["deployments.my-monitoring-daemon.duration_s"];
    for (key, expected, error) in [
        ("difference", mean, 1e-5),
        ("sd", sd, 1e-5),
        ("ci_low", mean - half, half / 1e3),
        ("ci_high", mean + half, half / 1e3),
    ] {
        let found = duration[key].as_f64().unwrap();
        assert!((found - expected).abs() <= error, "{key}: {found} for {expected}");
    }
    assert!(mean > 0.0, "a smaller share is slower: {mean}");
}

#[test]
fn two_files_are_two_sets() {
    let place = place("compare-files");
    let text = place.read("a.yaml");
    assert!(text.contains("drainPercent: 25"), "{text}");
    place.write("b.yaml", text.replace("drainPercent: 25", "drainPercent: 50"));
    let sets = [format!("{DRAIN}=25"), format!("{DRAIN}=50")];
    let common = ["--replications", "3", "--quiet", "--out"];
    let files = ["compare", "a.yaml", "b.yaml"].iter().chain(&common).copied().chain(["files"]);
    let sets = ["compare", "a.yaml", "--set", &sets[0], "--set", &sets[1]].into_iter().chain(common);
    for args in [files.collect::<Vec<_>>(), sets.chain(["sets"]).collect()] {
        assert_eq!(place.run(&args).code, Some(0), "{args:?}");
    }
    for name in ["runs.csv", "differences.csv"] {
        assert_eq!(place.read(&format!("files/{name}")), place.read(&format!("sets/{name}")), "{name}");
    }
    // With two files a --set is for both.
    let both = ["compare", "a.yaml", "b.yaml", "--set", &format!("{DRAIN}=30"), "--replications", "2"];
    assert!(place.run(&both).stdout.contains("Nothing differs"));
}

#[test]
fn both_meet_the_weather_of_the_first() {
    let place = place("compare-seeds");
    let text = place.read("a.yaml").replace("name: update", "name: other").replace("seed: 1", "seed: 77");
    place.write("b.yaml", &text);
    let done = place.run(&["compare", "a.yaml", "b.yaml", "--replications", "2"]);
    assert!(done.stderr.contains("B runs with the seed of A, 1, not with its own, 77"), "{done:?}");
    assert!(done.stdout.contains("Nothing differs"), "{done:?}");
    assert!(place.path("out/update-vs-other/manifest.json").is_file());
}

#[test]
fn threads_do_not_move_a_byte() {
    let place = place("compare-threads");
    let set = format!("{DRAIN}=50");
    for threads in ["1", "3"] {
        let args = ["compare", "a.yaml", "--set", &set, "--replications", "40", "--threads", threads];
        assert_eq!(place.run(&[&args[..], &["--out", threads]].concat()).code, Some(0));
    }
    assert_eq!(contents(&place.path("1")), contents(&place.path("3")));
}

#[test]
fn json_is_the_file() {
    let place = place("compare-json");
    let set = format!("{DRAIN}=50");
    let args = ["compare", "a.yaml", "--set", &set, "--replications", "2", "--json", "--quiet"];
    let done = place.run(&[&args[..], &["--out", "o"]].concat());
    assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""));
    assert_eq!(done.stdout, place.read("o/compare.json"));
    assert_eq!(place.run(&[&args[..], &["--no-output"]].concat()).stdout, done.stdout);
    assert_eq!(place.names("."), ["a.yaml", "o"]);
}

#[test]
fn wrong_usage_is_told_before_any_run() {
    let place = place("compare-usage");
    let set = format!("{DRAIN}=50");
    let three = ["--set", &set, "--set", &set, "--set", &set];
    for (args, says) in [
        (&["compare", "a.yaml"][..], "not by 0"),
        (&[&["compare", "a.yaml"][..], &three].concat(), "not by 3"),
        (&["compare", "-", "-"], "standard input can be read once"),
        (&["compare", "a.yaml", "--set", "drainPercent"], "is not PATH=VALUE"),
        (&["compare", "a.yaml", "--set", &set, "--replication", "3"], "--replications"),
        (&["compare", "a.yaml", "--set", &set, "--replications", "0"], "--replications"),
        (&["compare"], "Usage"),
    ] {
        let done = place.run(args);
        assert_eq!((done.code, done.stdout.as_str()), (Some(2), ""), "{args:?}: {done:?}");
        assert!(done.stderr.contains(says), "{args:?}: {}", done.stderr);
    }
    // Mistakes of both files come in one go.
    place.write("b.yaml", "nam: b\n");
    place.write("c.yaml", "name: c\nhorizont: 1h\n");
    let done = place.run(&["compare", "b.yaml", "c.yaml"]);
    assert_eq!(done.code, Some(3));
    assert!(done.stderr.contains("b.yaml") && done.stderr.contains("horizont"), "{}", done.stderr);
    let done = place.run(&["compare", "a.yaml", "--set", &format!("{DRAIN}=0")]);
    assert_eq!(done.code, Some(3), "{done:?}");
    assert_eq!(place.names("."), ["a.yaml", "b.yaml", "c.yaml"]);
}
