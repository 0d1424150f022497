//! `daemonsim tune` as its user meets it.

use super::Place;
use serde_json::{Value, json};

/// The fleet of `caught-in-the-bake.yaml` with a revision that is good, unless it is made bad.
const GOOD: &[&str] = &["--set", "daemonTaskDefinitions[1].behaviour={}", "--vary", "agent.drainPercent=25"];
const BAD: &[&str] = &["--bad", "agent:2.metrics={errorRate: 0.04}", "--limit", "P(caught) >= 90%"];

const PICTURED: [&str; 5] = ["candidates.csv", "manifest.json", "pareto.png", "pareto.svg", "tune.json"];

fn tune<'a>(parts: &[&[&'a str]]) -> Vec<&'a str> {
    let start = ["tune", "scenarios/caught-in-the-bake.yaml", "--quiet"];
    start.into_iter().chain(parts.iter().flat_map(|part| part.iter().copied())).collect()
}

/// The scenario's own comment: the bake begins at 0:24:50 and the alarm rings at 0:25:00, so that of whole minutes one
/// is the least that catches it. From the request at 0:10:00 to the end of that bake, 0:25:50, it is 15 m 50 s.
#[test]
fn the_shortest_bake_that_hears_the_alarm_is_found() {
    let place = Place::new("tune");
    place.copy_scenarios();
    let done = place.run(&tune(&[GOOD, BAD]));
    assert_eq!(done.code, Some(0), "{}{}", done.stdout, done.stderr);
    for part in [
        "Recommended\n  drainPercent 25, bakeTimeInMinutes 1\n",
        "15 m 50 s on average",
        "misses limit 1: 0 %",
        "Files\n  out/caught-in-the-bake\n",
    ] {
        assert!(done.stdout.contains(part), "{part}: {}", done.stdout);
    }
    let paste = "--deployment-configuration '{\"drainPercent\": 25.0, \"bakeTimeInMinutes\": 1, \"alarms\": \
                 {\"alarmNames\": [\"error-rate\"], \"enable\": true}}'\n";
    assert!(done.stdout.ends_with(paste), "{}", done.stdout);
    assert_eq!(place.names("out/caught-in-the-bake"), PICTURED);
    assert!(place.read("out/caught-in-the-bake/manifest.json").contains("\"pareto.svg\""));
    let json = place.run(&tune(&[GOOD, BAD, &["--no-output", "--json"]]));
    assert_eq!(json.stdout, place.read("out/caught-in-the-bake/tune.json"));
    // A bake for each row, and the head.
    assert_eq!(place.read("out/caught-in-the-bake/candidates.csv").lines().count(), 12);
}

/// Sixteen hosts. As things are read 10, 20 and 30 % are batches of ⌈1.6⌉ = 2, ⌈3.2⌉ = 4 and ⌈4.8⌉ = 5, so that 30 % leaves
/// 11 ACTIVE, fewer than three of four, and 20 % takes four waves where 10 % takes eight. Rounded down they are 1, 3 and
/// 4: now 30 % leaves 12, with four waves, and 20 % takes six. Rounded half up they are 2, 3 and 5, and 20 % takes six
/// waves where 10 % takes eight. A bake after each wave is for those with the fewest waves, too. Nothing supersedes
/// the only deployment.
#[test]
fn which_readings_change_the_answer() {
    let place = Place::new("tune-readings");
    place.copy_scenarios();
    let settings = ["--vary", "agent.drainPercent=10,20,30", "--vary", "agent.bakeTimeInMinutes=5"];
    let limit = ["--limit", "cluster.active_min >= 75%", "--confidence", "60%"];
    let good = &GOOD[..2];
    let plain = place.run(&tune(&[good, &settings, &limit, &["--no-output", "--json"]]));
    let done = place.run(&tune(&[good, &settings, &limit, &["--vary", "assumptions"]]));
    assert_eq!(done.code, Some(0), "{}{}", done.stdout, done.stderr);
    for part in [
        "Recommended\n  drainPercent 20, bakeTimeInMinutes 5\n    Duration of the last deployment of agent: 19 m 50 s",
        "If AWS means the other thing\n  As things are read: drainPercent 20, bakeTimeInMinutes 5. The answer is\n  \
         another one with\n  - batchRounding=floor: drainPercent 30, bakeTimeInMinutes 5\n",
    ] {
        assert!(done.stdout.contains(part), "{part}: {}", done.stdout);
    }
    let json: Value = serde_json::from_str(&place.read("out/caught-in-the-bake/tune.json")).unwrap();
    let readings = json["readings"].as_array().unwrap();
    for (reading, percent, changes) in [
        ("batchRounding=floor", "30", true),
        ("batchRounding=halfUp", "20", false),
        ("bake=perWave", "20", false),
    ] {
        let values = json!({"agent.drainPercent": percent, "agent.bakeTimeInMinutes": "5"});
        let expected = json!({"reading": reading, "recommended": values, "changes": changes});
        assert!(readings.contains(&expected), "{expected}: {readings:?}");
    }
    let silent = json["readings_silent"].as_array().unwrap();
    assert!(silent.contains(&json!("supersede=afterWave")) && !silent.contains(&json!("bake=perWave")));
    // The search as things are is the same one.
    let plain: Value = serde_json::from_str(&plain.stdout).unwrap();
    assert_eq!(plain["readings"], Value::Null);
    assert_eq!((&plain["candidates"], &plain["runs"]), (&json["candidates"], &json["runs"]));
}

/// Every replacement fails at once and is tried again at once: time stands still.
#[test]
fn a_run_without_end_is_5() {
    let place = Place::new("tune-endless");
    place.copy_scenarios();
    let endless = [
        "daemonTaskDefinitions[1].behaviour={failsToStart: 1}",
        "delays.deployDecision=0s",
        "delays.drainReact=0s",
        "delays.provisionDecision=0s",
        "delays.instanceLaunch=0s",
        "delays.daemonStart=0s",
        "delays.instanceActive=0s",
        "delays.terminate=0s",
        "assumptions.breakerThreshold={count: 1000000}",
        "assumptions.registeringFailure={attempts: 3, gap: 0s, then: replaceInstance}",
    ];
    let sets: Vec<&str> = endless.iter().flat_map(|set| ["--set", *set]).collect();
    let few = ["--vary", "agent.drainPercent=100", "--vary", "agent.bakeTimeInMinutes=0"];
    let done = place.run(&tune(&[&sets, &few, &["--max-replications", "1", "--no-output"]]));
    assert_eq!(done.code, Some(5), "{}{}", done.stdout, done.stderr);
    assert!(done.stdout.contains("A limit of events ended 1 run early"), "{}", done.stdout);
}

#[test]
fn nothing_to_recommend_is_1() {
    let place = Place::new("tune-nothing");
    place.copy_scenarios();
    let limit = ["--limit", "duration <= 10m", "--no-output"];
    let done = place.run(&tune(&[GOOD, &limit]));
    assert_eq!(done.code, Some(1), "{}{}", done.stdout, done.stderr);
    assert!(done.stdout.contains("Nothing: no setting is known to keep to all limits."), "{}", done.stdout);
    assert!(done.stdout.contains("In the way is limit 1 (duration <= 10m)"), "{}", done.stdout);
    assert!(!done.stdout.contains("To paste"), "{}", done.stdout);
}

#[test]
fn all_wrong_limits_come_at_once() {
    let place = Place::new("tune-wrong");
    place.copy_scenarios();
    let wrong = [
        "--limit",
        "duraton <= 45m",
        "--limit",
        "P(caught) >= 90%",
        "--minimize",
        "spede",
        "--confidence",
        "1",
    ];
    let done = place.run(&tune(&[GOOD, &wrong]));
    assert_eq!((done.code, done.stdout.as_str()), (Some(2), ""), "{}", done.stderr);
    for part in [
        "`duraton` is not a measure of this scenario's runs",
        "did you mean `duration`?",
        "nothing says what a bad revision is, so none can be caught",
        "`spede` is not a measure of this scenario's runs",
        "no number of runs shows that a share is 0% or 100%",
        "--limit:1:1",
        "--confidence:1:1",
    ] {
        assert!(done.stderr.contains(part), "{part}: {}", done.stderr);
    }
}

#[test]
fn what_cannot_be_tuned_is_refused() {
    let place = Place::new("tune-refused");
    place.copy_scenarios();
    for (rest, code, part) in [
        (&["--daemon", "agnt"][..], 2, "the timeline deploys no such daemon; it deploys agent"),
        (&["--replication", "3"], 2, "--max-replications"),
        (&["--bad", "agent:2.failsToStart=0.5"], 2, "no limit asks whether it is caught"),
        (&["--vary", "agent.drainPercent=0"], 3, "drainPercent"),
        (&["--bad", "agent:3.failsToStart=0.5", "--limit", "P(caught) >= 90%"], 3, "leads nowhere"),
        (&["--set", "timeline=[]"], 3, "there is nothing to tune"),
    ] {
        let done = place.run(&tune(&[rest]));
        assert_eq!(done.code, Some(code), "{rest:?}: {}", done.stderr);
        assert!(done.stderr.contains(part), "{rest:?}: {}", done.stderr);
        assert!(!place.path("out").exists(), "{rest:?}");
    }
}
