//! Studies that nobody can want, or nobody can mean.

use super::{place, sweep};

#[test]
fn mistakes_end_it_before_the_first_run() {
    let place = place("hostile");
    let second = "delays.appStart=1s..1000s/1s";
    for (args, status, words) in [
        (&["--vary", "agent.drainPercent=5..50/0"][..], 3, "the step of a range is above 0"),
        (&["--vary", "agent.drainPercent=50..5/5"], 3, "the range begins above its end"),
        (&["--vary", "agent.drainPercent="], 3, "there is no value here"),
        (&["--vary", "agent.drainPercent=5,5"], 3, "the value `5` is there twice"),
        (
            &["--vary", "agent.drainPercent=50,50.0"],
            3,
            "`50` and `50.0` of `agent.drainPercent` mean the same",
        ),
        (&["--vary", "delays.appStop=1m,60s"], 3, "`1m` and `60s` of `delays.appStop` mean the same"),
        (
            &[
                "--vary",
                "agent.drainPercent=25,50",
                "--vary",
                "timeline[00].createDaemon.deploymentConfiguration.drainPercent=10,20",
            ],
            3,
            "are the same member, and both are varied: one would overwrite the other",
        ),
        (
            &["--vary", "delays.appStop=1s,2s", "--vary", "delays={appStop: 3s},{appStop: 4s}"],
            3,
            "`delays` holds `delays.appStop`, and both are varied",
        ),
        (
            &[
                "--vary",
                "agent:1.failsToStart=0.1,0.2",
                "--bad",
                "daemonTaskDefinitions[0].behaviour.failsToStart=0.3",
            ],
            3,
            "are the same member, and one is varied and the other makes a revision bad",
        ),
        (
            &["--vary", "assumptions", "--bad", "assumptions.batchRounding=floor"],
            3,
            "`assumptions.batchRounding` is there twice, and one is varied and the other makes a revision bad",
        ),
        (&["--vary", "nonsense"], 2, "is not PATH=VALUES"),
        (&["--vary", "agent.drainage=1,2"], 3, "drainage"),
        (&["--vary", "agent.drainPercent=1,1000"], 3, "1000 is out of range"),
        (&["--vary", "assumptions.batchRounding=ceil..floor/1"], 3, "one of numbers, or one of durations"),
        (&["--vary", "delays.appStart=1s", "--vary", "delays.appStart=2s"], 3, "is varied twice"),
        (&["--vary", "agent.drainPercent=0..1000000000/1"], 5, "1000000001 values"),
        (
            &[
                "--vary",
                second,
                "--vary",
                "delays.appStop=1s..1000s/1s",
                "--vary",
                "delays.terminate=1s..1000s/1s",
            ],
            5,
            "the grid has 1000000000 points; at most 10000 can be studied",
        ),
        (&["--replications", "0"], 2, "at least 1"),
        (&["--replications", "1.5"], 2, "a number of runs, or auto"),
        (&["--replications", "1000000000000"], 5, "1,000,000,000,000 runs"),
        (&["--replications", "18446744073709551615"], 5, "without --force"),
        (&["--replications", "18446744073709551616"], 2, "a number of runs, or auto"),
        (
            &["--replications", "6000000", "--set", "app.desiredCount=14000"],
            5,
            "instances in all; more than 10,000,000,000",
        ),
        (&["--replications", "auto", "--max-replications", "10000001"], 5, "up to 10,000,001 runs"),
        (&["--replications", "auto", "--precision", "0"], 2, "a share such as 2%"),
        (&["--precision", "2%"], 2, "--precision is for --replications auto"),
        (
            &["--precision-of", "cluster.cost", "--replications", "9"],
            2,
            "--precision-of is for --replications",
        ),
        (&["--max-replications", "9"], 2, "--max-replications is for --replications auto"),
        (&["--set", "study={precision: 0}"], 3, "no number of runs is that precise"),
        (
            &["--replications", "auto", "--precision-of", "cluster.cst"],
            2,
            "--precision-of: there is no measure `cluster.cst` that could be precise; did you mean `cluster.cost`?",
        ),
        (&["--replication", "3"], 2, "--replications says how many"),
        (&["--threads", "0"], 2, "at least 1"),
        (&["--frobnicate"], 2, "--frobnicate"),
    ] {
        let done = place.run(&[&["sweep", "a.yaml"], args].concat());
        assert_eq!(done.code, Some(status), "{args:?}: {done:?}");
        assert_eq!(done.stdout, "", "{args:?}");
        assert!(done.stderr.contains(words), "{args:?}: {}", done.stderr);
        assert_eq!(place.names("."), ["a.yaml"], "{args:?}");
    }
    assert_eq!(place.run(&["sweep"]).code, Some(2));
}

#[test]
fn all_mistakes_of_all_axes_come_at_once() {
    let place = place("mistakes");
    let done =
        place.run(&["sweep", "a.yaml", "--vary", "agent.drainPercent=0,50,x", "--vary", "nothing.here=1,2"]);
    assert_eq!(done.code, Some(3), "{done:?}");
    for words in ["0 % would never drain anything", "text `x`", "nothing.here"] {
        assert!(done.stderr.contains(words), "{words}: {}", done.stderr);
    }
}

/// Each axis is right by itself, and one point of the grid is not.
#[test]
fn a_point_that_cannot_be_is_found_before_the_first_run() {
    let place = place("point");
    let grid = ["--vary", "app.minimumHealthyPercent=50,100", "--vary", "app.maximumPercent=200,100"];
    let done = place.run(&[&["sweep", "a.yaml", "--replications", "2"], &grid[..]].concat());
    // Whether it is a mistake or a warning is the scenario's matter; it is no crash.
    assert!(matches!(done.code, Some(0 | 3)), "{done:?}");
}

#[test]
fn a_file_named_like_a_part_is_reached_by_its_path() {
    let place = place("names");
    place.write("plan", place.read("a.yaml"));
    sweep(&place, &["./plan", "--replications", "2", "--no-output"]);
    assert_eq!(place.run(&["sweep", "plan"]).code, Some(2));
}

#[test]
fn a_sweep_whose_expectations_fail_is_done() {
    let place = place("expect");
    let never = place.read("a.yaml").replace("atMost: 8m", "atMost: 1s");
    place.write("never.yaml", never);
    let done = sweep(&place, &["never.yaml", "--replications", "3", "--no-output"]);
    assert!(done.stdout.contains("0 %"), "{}", done.stdout);
}

#[test]
fn standard_input_is_a_scenario_too() {
    let place = place("stdin");
    let done =
        place.run_with(&["sweep", "-", "--replications", "3", "--out", "o"], super::SCENARIO.as_bytes());
    assert_eq!(done.code, Some(0), "{done:?}");
    sweep(&place, &["a.yaml", "--replications", "3", "--out", "p"]);
    super::assert_same(&place, "o", "p");
}
