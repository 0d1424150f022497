//! Shards, computed anywhere and in any order, are the study in one piece.

use super::{DRAIN, assert_same, place, spawn, sweep};
use crate::cli::Place;
use std::fs;
use std::time::Duration;

/// A plan and the study in one piece, in `whole`.
fn planned(name: &str, shards: &str, how: &[&str]) -> Place {
    let place = place(name);
    sweep(&place, &[&["a.yaml", "--out", "whole"], how].concat());
    sweep(&place, &[&["plan", "a.yaml", "-o", "plan.json", "--shards", shards], how].concat());
    place
}

fn shard(place: &Place, index: &str) {
    sweep(place, &["shard", "plan.json", "--index", index, "-o", "parts"]);
}

#[cfg(unix)]
#[test]
fn shards_in_any_order_some_killed_are_the_whole() {
    let place = planned("shards", "5", &["--vary", DRAIN, "--replications", "90"]);
    // The plan is all that a machine needs.
    fs::remove_file(place.path("a.yaml")).unwrap();
    for (index, threads) in [("3", "1"), ("0", "2"), ("4", "7")] {
        let args = ["shard", "plan.json", "--index", index, "-o", "parts", "--threads", threads];
        let mut child = spawn(&place, &args);
        if index != "0" {
            std::thread::sleep(Duration::from_millis(60));
            child.kill().unwrap();
        }
        child.wait().unwrap();
        sweep(&place, &args);
        // Once more: nothing to do.
        let done = sweep(&place, &args);
        assert!(done.stderr.contains("is there already"), "{}", done.stderr);
    }
    // Two processes at a time; each of the array jobs says it in its own way, and the first that speaks is heard.
    let [one, two] = [("SLURM_ARRAY_TASK_ID", "2"), ("JOB_COMPLETION_INDEX", "1")].map(|(name, index)| {
        let mut command = place.command();
        command.env("SLURM_ARRAY_TASK_ID", "77").env(name, index);
        command.args(["sweep", "shard", "plan.json", "-o", "parts", "--quiet"]).spawn().unwrap()
    });
    for mut child in [one, two] {
        assert_eq!(child.wait().unwrap().code(), Some(0));
    }
    place.write("parts/slurm-17.log", "a log");
    sweep(&place, &["merge", "parts", "--out", "merged"]);
    assert_same(&place, "merged", "whole");
    let names =
        ["shard-0000.rows", "shard-0001.rows", "shard-0002.rows", "shard-0003.rows", "shard-0004.rows"];
    assert_eq!(place.names("parts"), [&names[..], &["slurm-17.log"]].concat());
    // What has been merged is as good as what was run.
    assert_eq!(place.names("."), ["merged", "parts", "plan.json", "whole"]);
}

#[test]
fn shards_that_decide_for_themselves_are_the_whole() {
    let place = planned("auto", "2", &["--vary", DRAIN, "--replications", "auto", "--precision", "4%"]);
    shard(&place, "1");
    shard(&place, "0");
    sweep(&place, &["merge", "parts", "--out", "merged"]);
    assert_same(&place, "merged", "whole");
}

#[test]
fn files_that_a_scenario_names_are_in_the_plan() {
    let place = place("files");
    place.write("starts.csv", "10s\n20s\n35s\n");
    let text = place.read("a.yaml");
    let named = text.replace("{lognormal: {median: 20s, p95: 1m30s}}", "{empirical: {file: starts.csv}}");
    place.write("a.yaml", named);
    sweep(&place, &["a.yaml", "--out", "whole", "--replications", "6", "--seed", "5"]);
    sweep(
        &place,
        &["plan", "a.yaml", "-o", "plan.json", "--shards", "2", "--replications", "6", "--seed", "5"],
    );
    fs::remove_file(place.path("starts.csv")).unwrap();
    shard(&place, "0");
    shard(&place, "1");
    sweep(&place, &["merge", "parts", "--out", "merged"]);
    assert_same(&place, "merged", "whole");
}

fn refused(place: &Place, args: &[&str], status: i32, words: &str) {
    let done = place.run(&[&["sweep"], args].concat());
    assert_eq!(done.code, Some(status), "{args:?}: {done:?}");
    assert!(done.stderr.contains(words), "{args:?}: {}", done.stderr);
    assert!(!place.path("merged").exists());
}

#[test]
fn missing_foreign_double_and_damaged_shards_are_named() {
    let place = planned("wrong", "4", &["--replications", "8"]);
    let merge = ["merge", "parts", "--out", "merged"];
    refused(&place, &["merge", "nowhere"], 4, "could not read `nowhere`");
    fs::create_dir(place.path("parts")).unwrap();
    refused(&place, &merge, 4, "`parts` holds no shards");
    shard(&place, "1");
    refused(&place, &merge, 4, "shards 0, 2 to 3 are missing in `parts`, of 4");
    shard(&place, "0");
    shard(&place, "3");
    refused(&place, &merge, 4, "shard 2 is missing in `parts`, of 4");
    shard(&place, "2");

    fs::copy(place.path("parts/shard-0001.rows"), place.path("parts/shard-0001 (1).rows")).unwrap();
    refused(
        &place,
        &merge,
        3,
        "shard 1 is there twice: `parts/shard-0001 (1).rows` and `parts/shard-0001.rows`",
    );
    fs::remove_file(place.path("parts/shard-0001 (1).rows")).unwrap();

    // Another study's shard, under the name of the missing one.
    sweep(&place, &["plan", "a.yaml", "-o", "other.json", "--shards", "4", "--replications", "12"]);
    sweep(&place, &["shard", "other.json", "--index", "2", "-o", "others"]);
    let good = fs::read(place.path("parts/shard-0002.rows")).unwrap();
    fs::copy(place.path("others/shard-0002.rows"), place.path("parts/shard-0002.rows")).unwrap();
    let words = "`parts/shard-0000.rows` and `parts/shard-0002.rows` belong to different plans";
    refused(&place, &merge, 3, words);
    let words = "`parts/shard-0002.rows` belongs to another plan";
    refused(&place, &["shard", "plan.json", "--index", "2", "-o", "parts"], 4, words);
    fs::copy(place.path("whole/study.rows"), place.path("parts/shard-0002.rows")).unwrap();
    refused(&place, &merge, 3, "`parts/shard-0002.rows` is no shard of a study");
    place.write("parts/shard-0002.rows", "nonsense");
    refused(&place, &merge, 3, "`parts/shard-0002.rows` is no shard of a study");

    // Torn: at the end, and between two blocks, where nothing is torn and a row is missing.
    fs::write(place.path("parts/shard-0002.rows"), &good[..good.len() - 1]).unwrap();
    refused(&place, &merge, 4, "`parts/shard-0002.rows` is damaged; compute this shard again");
    shard(&place, "2");
    sweep(&place, &merge);
    assert_same(&place, "merged", "whole");
}

#[test]
fn plans_and_indices_that_cannot_be_are_refused() {
    let place = planned("plans", "2", &["--replications", "8"]);
    let shard = ["shard", "plan.json", "-o", "parts"];
    refused(&place, &shard, 2, "AWS_BATCH_JOB_ARRAY_INDEX");
    refused(&place, &[&shard[..], &["--index", "2"]].concat(), 2, "this plan has shards 0 to 1");
    let plan = ["plan", "a.yaml", "-o", "p.json"];
    refused(&place, &[&plan[..], &["--shards", "0"]].concat(), 2, "--shards");
    let many = [&plan[..], &["--shards", "9", "--replications", "8"]].concat();
    refused(&place, &many, 2, "8 shards at the most, not into 9");
    refused(&place, &["plan", "a.yaml", "-o", "a.yaml", "--shards", "2"], 4, "`a.yaml` is not a plan");
    refused(&place, &["shard", "a.yaml", "--index", "0", "-o", "parts"], 3, "`a.yaml` is not a plan");
    let text = place.read("plan.json");
    place.write("plan.json", text.replace("drainPercent: 50", "drainPercent: 60"));
    refused(&place, &[&shard[..], &["--index", "0"]].concat(), 3, "is not as it was written");
    let version = format!("\"daemonsim\": \"{}\"", env!("CARGO_PKG_VERSION"));
    place.write("plan.json", text.replace(&version, "\"daemonsim\": \"99.0.0\""));
    refused(&place, &[&shard[..], &["--index", "0"]].concat(), 3, "is a plan of daemonsim 99.0.0");
    assert!(!place.path("parts").exists());
}

/// The example for one machine makes what one process makes.
#[cfg(unix)]
#[test]
fn the_example_for_one_machine_works() {
    let place = place("local");
    let vary = ["--vary", DRAIN, "--replications", "6"];
    sweep(&place, &[&["a.yaml", "--out", "whole"], &vary[..]].concat());
    let script = crate::project::root().join("examples/shards/local.sh");
    for turn in ["first", "again"] {
        let mut command = std::process::Command::new("sh");
        command.arg(&script).args(["a.yaml", "out", "3"]).args(vary).current_dir(place.path(""));
        command.env("DAEMONSIM", env!("CARGO_BIN_EXE_daemonsim"));
        let done = crate::cli::finished(command.output().unwrap());
        assert_eq!(done.code, Some(0), "{turn}: {done:?}");
        assert_same(&place, "out", "whole");
    }
}
