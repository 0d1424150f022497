//! Each command's standard output, standard error and exit status.

use super::{Place, contents};
use daemonsim::cli::Exit;

#[test]
fn run_writes_tables_and_prints_a_summary() {
    let place = Place::with_scenario("run");
    let done = place.run(&["run", "a.yaml", "--out", "o"]);
    assert_eq!((done.code, done.stderr.contains("error")), (Some(0), false), "{done:?}");
    assert!(!done.stdout.is_empty());
    let names = place.names("o");
    for name in ["events.csv", "timeseries.csv", "waves.csv", "summary.json", "manifest.json"] {
        assert!(names.iter().any(|n| n == name), "{name} of {names:?}");
    }
    assert_eq!(place.names("."), ["a.yaml", "o"]);
}

#[test]
fn the_default_directory_is_named_after_the_scenario() {
    let place = Place::with_scenario("default");
    let text = place.read("a.yaml");
    let name = text.lines().find_map(|line| line.strip_prefix("name:")).unwrap();
    let name = name.split_whitespace().next().unwrap();
    assert_eq!(place.run(&["run", "a.yaml"]).code, Some(0));
    assert!(place.path("out").join(name).join("manifest.json").is_file());
}

#[test]
fn no_output_writes_no_files() {
    let place = Place::with_scenario("no-output");
    let done = place.run(&["run", "a.yaml", "--no-output"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert!(!done.stdout.is_empty());
    assert_eq!(place.names("."), ["a.yaml"]);
}

#[test]
fn json_is_the_summary_file() {
    let place = Place::with_scenario("json");
    let done = place.run(&["run", "a.yaml", "--json", "--out", "o", "--quiet"]);
    assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""));
    assert_eq!(done.stdout, place.read("o/summary.json"));
    let bare = place.run(&["run", "a.yaml", "--json", "--no-output"]);
    assert_eq!(bare.stdout, done.stdout);
}

#[test]
fn an_expectation_that_does_not_hold_is_1() {
    let place = Place::with_scenario("expect");
    for (most, status) in [("1000", 0), ("1", 1)] {
        let set = format!("expect.cluster.instances.atMost={most}");
        let done = place.run(&["run", "a.yaml", "--out", "o", "--set", &set]);
        assert_eq!(done.code, Some(status), "{done:?}");
        // The verdict is not a failure: everything is written and told.
        assert!(done.stdout.contains("instances"), "{}", done.stdout);
        assert!(place.path("o/manifest.json").is_file());
    }
}

#[test]
fn the_manifest_tells_one_scenario_from_another() {
    let place = Place::with_scenario("hash");
    let hash = |args: &[&str]| {
        assert_eq!(place.run(&[&["run", "a.yaml", "--out", "o"], args].concat()).code, Some(0));
        let manifest: serde_json::Value = serde_json::from_str(&place.read("o/manifest.json")).unwrap();
        manifest["scenario_sha256"].as_str().unwrap().to_owned()
    };
    let plain = hash(&[]);
    assert_eq!(plain, hash(&["--replication", "5"]));
    assert_ne!(plain, hash(&["--seed", "5"]));
    // It is the meaning that counts, not the text.
    let text = std::fs::read_to_string(place.path("a.yaml")).unwrap();
    place.write("a.yaml", format!("{text}# A comment.\n"));
    assert_eq!(plain, hash(&[]));
    assert_eq!(hash(&["--set", "seed=5"]), hash(&["--seed", "5"]));
}

#[test]
fn standard_input_is_a_scenario_like_any_other() {
    let place = Place::with_scenario("stdin");
    let text = place.read("a.yaml");
    assert_eq!(place.run(&["run", "a.yaml", "--out", "file"]).code, Some(0));
    let done = place.run_with(&["run", "-", "--out", "stdin"], text.as_bytes());
    assert_eq!(done.code, Some(0), "{done:?}");
    assert_eq!(contents(&place.path("file")), contents(&place.path("stdin")));
}

#[test]
fn the_environment_does_not_move_a_byte() {
    let place = Place::with_scenario("environment");
    assert_eq!(place.run(&["run", "a.yaml", "--out", "one"]).code, Some(0));
    let elsewhere = place
        .command()
        .args(["run", "a.yaml", "--out", "two", "--threads", "7"])
        .envs([("LC_ALL", "tr_TR.UTF-8"), ("TZ", "Asia/Kathmandu"), ("RUST_LOG", "trace"), ("COLUMNS", "20")])
        .output()
        .unwrap();
    assert!(elsewhere.status.success());
    assert_eq!(contents(&place.path("one")), contents(&place.path("two")));
}

#[test]
fn check_says_what_a_scenario_means() {
    let place = Place::with_scenario("check");
    let done = place.run(&["check", "a.yaml"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    for part in ["When the clock starts", "seed 1;", "Assumptions in force", "batchRounding", "ceil"] {
        assert!(done.stdout.contains(part), "{part}: {}", done.stdout);
    }
    assert!(done.stdout.lines().all(|line| line.chars().count() <= 80), "{}", done.stdout);
    assert_eq!(place.names("."), ["a.yaml"]);
}

#[test]
fn check_looks_at_all_of_its_files() {
    let place = Place::with_scenario("check-all");
    place.write("broken.yaml", "nonsense: [\n");
    let done = place.run(&["check", "broken.yaml", "a.yaml", "missing.yaml"]);
    assert_eq!(done.code, Some(3), "{done:?}");
    assert!(done.stdout.starts_with("a.yaml: "), "{}", done.stdout);
    assert!(done.stderr.contains("broken.yaml:1"), "{}", done.stderr);
    assert!(done.stderr.contains("could not read `missing.yaml`"), "{}", done.stderr);
}

#[test]
fn every_starter_is_valid_and_runs() {
    let place = Place::new("starters");
    for case in ["empty-cp", "existing-cp", "add-cp", "update"] {
        let printed = place.run(&["new", case]);
        assert_eq!((printed.code, printed.stderr.as_str()), (Some(0), ""));
        assert_eq!(place.run(&["new", case, case]).code, Some(0));
        assert_eq!(place.read(case), printed.stdout);
        assert_eq!(place.run(&["check", case]).code, Some(0), "{case}");
        assert_eq!(place.run(&["run", case, "--no-output"]).code, Some(0), "{case}");
    }
}

#[test]
fn new_replaces_nothing_unless_told() {
    let place = Place::new("new");
    place.write("mine.yaml", "mine");
    let refused = place.run(&["new", "update", "mine.yaml"]);
    assert_eq!(refused.code, Some(4));
    assert_eq!(refused.stderr, "error: `mine.yaml` exists already; --overwrite replaces it\n");
    assert_eq!(place.read("mine.yaml"), "mine");
    assert_eq!(place.run(&["new", "update", "mine.yaml", "--overwrite"]).code, Some(0));
    assert_eq!(place.read("mine.yaml"), place.run(&["new", "update"]).stdout);
}

#[test]
fn schema_completions_and_manual_are_data() {
    let place = Place::new("data");
    let schema = place.run(&["schema"]);
    assert_eq!((schema.code, schema.stderr.as_str()), (Some(0), ""));
    assert!(schema.stdout.trim_start().starts_with('{'));
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = place.run(&["completions", shell]);
        assert_eq!((script.code, script.stderr.as_str()), (Some(0), ""));
        assert!(script.stdout.contains("overwrite"), "{shell}");
    }
    let man = place.run(&["man"]);
    assert_eq!((man.code, man.stderr.as_str()), (Some(0), ""));
    for part in [".TH daemonsim 1", "DAEMONSIM RUN", "EXIT STATUS", "PATH=VALUE"] {
        assert!(man.stdout.contains(part), "{part}");
    }
}

#[test]
fn the_exit_statuses_are_in_help_and_readme() {
    let help = Place::new("help").run(&["--help"]).stdout;
    let readme = crate::project::read("README.md");
    for (exit, meaning) in Exit::ALL {
        assert!(help.contains(&format!("  {:<3} {meaning}\n", exit.code())), "--help: {}", exit.code());
        assert!(readme.contains(&format!("| {} | {meaning} |", exit.code())), "README.md: {}", exit.code());
    }
}

#[test]
fn color_is_asked_for_or_absent() {
    let place = Place::new("color");
    let colored = |args: &[&str]| place.run(args).stderr.contains('\x1b');
    assert!(!colored(&["run", "missing.yaml"]));
    assert!(colored(&["run", "missing.yaml", "--color", "always"]));
    assert!(!colored(&["run", "missing.yaml", "--color", "never"]));
}

#[test]
fn check_tells_what_is_set_from_what_is_left_at_defaults() {
    let place = Place::with_scenario("check-set");
    let none = place.run(&["check", "a.yaml"]).stdout;
    assert!(none.contains("  All are the defaults:\n    batchRounding ceil,"), "{none}");
    assert!(none.contains("\nDelays\n  All 19 are at their defaults"), "{none}");
    let set = ["--set", "assumptions.batchRounding=floor", "--set", "delays.appStart=10s"];
    let some = place.run(&[&["check", "a.yaml"][..], &set].concat()).stdout;
    assert!(some.contains("\n* batchRounding: floor (A-01)\n      How "), "{some}");
    assert!(some.contains("  The others are the defaults:\n    batchDenominator"), "{some}");
    assert!(some.contains("\nDelays\n  appStart: 10s\n  The other 18 are"), "{some}");
    assert!(some.lines().all(|line| line.chars().count() <= 80), "{some}");
}

/// What is in place at the start is not rolled out, and what comes after a change may meet another fleet.
#[test]
fn check_plans_with_the_fleet_of_the_start_and_says_so() {
    let place = Place::with_scenario("check-plan");
    let update = "
  - at: 5h
    updateDaemon:
      daemonArn: my-monitoring-daemon
      daemonTaskDefinitionArn: my-daemon-task:1
      capacityProviderArns: [my-daemon-capacity-provider]

expect:";
    place.write("b.yaml", place.read("a.yaml").replace("\nexpect:", update));
    let done = place.run(&["check", "b.yaml"]);
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    let text = done.stdout;
    let said = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(said.matches("35 instances at a time").count(), 2, "{text}");
    assert_eq!(said.matches("at the fleet of the start; earlier requests").count(), 1, "{text}");
    place.run(&["new", "update", "c.yaml"]);
    let text = place.run(&["check", "c.yaml"]).stdout;
    assert_eq!(text.matches("at a time").count(), 1, "{text}");
}

#[test]
fn check_tells_of_alarms_faults_and_the_breaker() {
    let place = Place::with_scenario("check-failures");
    let more = "
alarms:
  - alarmName: too-few-tasks-for-longer-than-anybody-would-like-to-explain
    builtin: RunningTasksPercent
    period: 60
    evaluationPeriods: 5
    datapointsToAlarm: 3
    threshold: 90
    comparisonOperator: LessThanThreshold
faults:
  - {at: 1h, for: 10m, capacityProvider: my-daemon-capacity-provider, launchFailures: {probability: 0.2}}

expect:";
    place.write("b.yaml", place.read("a.yaml").replace("\nexpect:", more));
    let done = place.run(&["check", "b.yaml"]);
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    let said = done.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        // ⌈35/2⌉.
        "its circuit breaker trips at 18 failures in a row",
        "Alarms too-few-tasks-for-longer-than-anybody-would-like-to-explain: rings when RunningTasksPercent is < 90 in \
         3 of 5 periods of 1m; watched by nobody",
        "Faults 1h to 1h10m: launchFailures, 20 % of the calls, again after 30s, only my-daemon-capacity-provider",
    ] {
        assert!(said.contains(part), "{part}: {}", done.stdout);
    }
    assert!(done.stdout.lines().all(|line| line.chars().count() <= 80), "{}", done.stdout);
    let none = place.run(&["check", "a.yaml"]).stdout;
    assert!(!none.contains("Alarms") && !none.contains("Faults"), "{none}");
}

#[test]
fn check_does_not_drown_in_short_names() {
    let place = Place::new("check-short");
    let services: String = (0..100).map(|n| format!(
        "  - createService: {{serviceName: s{n}, taskDefinition: t, desiredCount: 1, capacityProviderStrategy: [{{capacityProvider: cp, weight: 1}}]}}\n"
    )).collect();
    place.write("a.yaml", format!(
        "name: many\ncapacityProviders: [{{name: cp, instanceTypes: [c6g.xlarge]}}]\ntaskDefinitions: [{{family: t, cpu: 1, memory: 1}}]\nbefore:\n{services}"
    ));
    let done = place.run(&["check", "a.yaml"]);
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    let names = done.stdout.split("Short names for --set").nth(1).unwrap();
    assert!(names.contains("and 363 more") && names.lines().count() < 30, "{names}");
}

/// What a study asks stands in the file, so `check` tells it, and finds what is wrong with it.
#[test]
fn check_tells_what_a_study_asks() {
    let place = Place::with_scenario("check-study");
    let study = "study:\n  vary: {delays.waveGap: 10s..1m/10s, my-monitoring-daemon.drainPercent: [5, 10]}\n  \
                 limits: [P(rollback) <= 1%]\n  bad: {set: {my-daemon-task:1.failsToStart: 0.3}}\n";
    place.write("b.yaml", place.read("a.yaml") + study);
    let done = place.run(&["check", "b.yaml"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    for line in [
        "  varies delays.waveGap: 10s, 20s, 30s, 40s, 50s, 1m",
        "  varies my-monitoring-daemon.drainPercent: 5, 10",
        // Six times two, good and bad.
        "  sweep: 24 points",
        "  tune: P(rollback) <= 1%",
        "  a bad revision: my-daemon-task:1.failsToStart=0.3",
    ] {
        assert!(done.stdout.lines().any(|l| l == line), "{line} is not in\n{}", done.stdout);
    }

    let wrong = study.replace("waveGap", "waveGab").replace("[5, 10]", "[0, 10]").replace("0.3}", "3}");
    place.write("b.yaml", place.read("a.yaml") + &wrong);
    let done = place.run(&["check", "b.yaml"]);
    assert_eq!(done.code, Some(3), "{done:?}");
    for words in ["did you mean `waveGap`?", "0 % would never drain anything", "study.bad.set:1:31"] {
        assert!(done.stderr.contains(words), "{words} is not in\n{}", done.stderr);
    }
}
