//! Stopped and run again: only what is missing is computed, and the bytes are those of one go.

use super::{DRAIN, assert_same, place, spawn, sweep};
use crate::cli::{Place, contents};
use std::fs;
use std::process::{Child, Command};
use std::time::Duration;

/// About a second of a debug build.
const LONG: [&str; 7] = ["a.yaml", "--vary", DRAIN, "--replications", "200", "--threads", "2"];
const JOURNAL: &str = ".o.daemonsim-rows";

fn args<'a>(out: &'a str, common: &[&'a str]) -> Vec<&'a str> {
    [common, &["--out", out]].concat()
}

/// How many runs were there already, as a sweep says.
fn reused(stderr: &str) -> u64 {
    let Some((_, rest)) = stderr.split_once("Reused ") else { return 0 };
    rest.split(' ').next().unwrap().replace(',', "").parse().unwrap()
}

/// How long the journal is.
fn journal(place: &Place) -> u64 {
    fs::metadata(place.path(JOURNAL)).map_or(0, |journal| journal.len())
}

/// Waits until so many bytes of rows have come; at most for as long as there is something to wait for.
fn wait_for(place: &Place, bytes: u64, child: &mut Child) {
    while journal(place) < bytes && child.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[cfg(unix)]
fn signal(child: &Child, name: &str) {
    let script = format!("kill -{name} {}", child.id());
    let sent = Command::new("sh").args(["-c", &script]).status().unwrap();
    assert!(sent.success());
}

/// Ctrl-C and sudden deaths at all kinds of moments, some of them before the first run.
#[cfg(unix)]
#[test]
fn an_interrupted_study_is_that_of_one_go() {
    let place = place("interrupted");
    sweep(&place, &args("whole", &LONG));
    let mut kept = 0;
    let moments =
        [("INT", 0, 0), ("KILL", 1, 3), ("INT", 30_000, 11), ("KILL", 30_000, 29), ("INT", 10_000, 47)];
    for (name, more, then) in moments {
        let before = journal(&place);
        let mut child = spawn(&place, &args("o", &LONG));
        wait_for(&place, before + more, &mut child);
        std::thread::sleep(Duration::from_millis(then));
        signal(&child, name);
        let done = child.wait_with_output().unwrap();
        let stderr = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(!place.path("o").exists() || done.status.code() == Some(0), "{stderr}");
        if name == "INT" && more > 0 && done.status.code() != Some(0) {
            assert_eq!(done.status.code(), Some(130), "{stderr}");
            let words = "of 600 runs are kept, and the same command goes on from there";
            assert!(stderr.contains(words), "{stderr}");
            assert!(!place.names(".").contains(&".o.daemonsim-new".to_owned()));
        }
        // What was there stays there.
        let there = reused(&stderr);
        assert!(there >= kept || more == 0, "{there} {kept}");
        kept = kept.max(there);
    }
    assert!(kept > 0);
    let done = sweep(&place, &args("o", &LONG));
    assert!(reused(&done.stderr) >= kept, "{}", done.stderr);
    assert_same(&place, "o", "whole");
    assert_eq!(place.names("."), ["a.yaml", "o", "whole"]);
}

#[cfg(unix)]
#[test]
fn a_changed_scenario_is_not_mixed_in() {
    let place = place("changed");
    let mut child = spawn(&place, &args("o", &LONG));
    wait_for(&place, 20_000, &mut child);
    signal(&child, "INT");
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(130));
    let few = ["a.yaml", "--vary", DRAIN, "--replications", "9", "--set", "delays.appStop=7s"];
    let done = sweep(&place, &args("o", &few));
    assert_eq!(reused(&done.stderr), 0, "{}", done.stderr);
    assert!(done.stderr.contains("are of other points or another scenario"), "{}", done.stderr);
    sweep(&place, &args("fresh", &few));
    assert_same(&place, "o", "fresh");
    // Another service has other columns.
    place.write("b.yaml", place.read("a.yaml").replace("serviceName: app", "serviceName: web"));
    let done = sweep(&place, &args("o", &["b.yaml", "--replications", "9"]));
    assert!(done.stderr.contains("is of another study; its runs are computed anew"), "{}", done.stderr);
}

/// Whatever else goes into the same directory, with this seed, another one, fewer points or other columns.
#[test]
fn rows_of_an_interrupted_study_outlive_other_studies() {
    let place = place("outlive");
    let first = ["a.yaml", "--vary", DRAIN, "--replications", "30"];
    sweep(&place, &args("whole", &first));
    // As if interrupted after all of its runs.
    fs::copy(place.path("whole/study.rows"), place.path(JOURNAL)).unwrap();
    place.write("b.yaml", place.read("a.yaml").replace("serviceName: app", "serviceName: web"));
    let done = sweep(&place, &args("o", &["a.yaml", "--seed", "5", "--replications", "4"]));
    let words = format!("note: 90 runs that this study has no use for stay in `./{JOURNAL}`");
    assert!(done.stderr.contains(&words), "{}", done.stderr);
    // The four of the finished study are now as worth keeping as those.
    let done = sweep(&place, &args("o", &["a.yaml", "--replications", "7"]));
    assert_eq!(reused(&done.stderr), 7, "{}", done.stderr);
    assert!(done.stderr.contains("note: 87 runs"), "{}", done.stderr);
    let done = sweep(&place, &args("o", &["b.yaml", "--replications", "4"]));
    assert!(done.stderr.contains("rows of another study stay in `./.o.daemonsim-rows-"), "{}", done.stderr);
    assert_eq!(journal(&place), 0);
    let done = sweep(&place, &args("o", &["a.yaml", "--seed", "5", "--replications", "4"]));
    assert_eq!(reused(&done.stderr), 4, "{}", done.stderr);
    let done = sweep(&place, &args("o", &first));
    assert_eq!(reused(&done.stderr), 90, "{}", done.stderr);
    assert!(done.stderr.contains("note: 4 runs that this study"), "{}", done.stderr);
    assert_same(&place, "o", "whole");
    let done = sweep(&place, &args("o", &["b.yaml", "--replications", "4"]));
    assert_eq!(reused(&done.stderr), 4, "{}", done.stderr);
}

#[test]
fn damage_costs_only_what_is_damaged() {
    let place = place("damaged");
    let some = ["a.yaml", "--vary", DRAIN, "--replications", "30"];
    sweep(&place, &args("whole", &some));
    let rows = fs::read(place.path("whole/study.rows")).unwrap();
    let last = rows.len() - 1;
    // Within the third point's block, within the first point's, in the header; then cut off, and empty.
    let spoilt = |at: usize| {
        let mut bytes = rows.clone();
        bytes[at] ^= 1;
        bytes
    };
    let cases = [
        (spoilt(last - 100), 60, "is not whole"),
        (spoilt(rows.len() / 5), 0, "is not whole"),
        (spoilt(40), 0, "is spoilt"),
        (rows[..last].to_vec(), 60, "is not whole"),
        (Vec::new(), 0, "is spoilt"),
    ];
    for (n, (bytes, there, words)) in cases.into_iter().enumerate() {
        sweep(&place, &args("o", &some));
        fs::write(place.path("o/study.rows"), bytes).unwrap();
        let done = sweep(&place, &args("o", &some));
        assert_eq!(reused(&done.stderr), there, "{n}: {}", done.stderr);
        assert!(done.stderr.contains(words), "{n}: {}", done.stderr);
        assert_same(&place, "o", "whole");
    }
    // A journal, torn as by a power cut: the block at its end is cut off.
    fs::remove_dir_all(place.path("o")).unwrap();
    fs::write(place.path(JOURNAL), &rows[..last]).unwrap();
    let done = sweep(&place, &args("o", &some));
    assert_eq!(reused(&done.stderr), 60, "{}", done.stderr);
    assert_same(&place, "o", "whole");
    assert_eq!(place.names("."), ["a.yaml", "o", "whole"]);
}

/// A limit on the size of a file stands in for a full disk: every write behind it fails.
#[cfg(unix)]
#[test]
fn a_full_disk_loses_nothing() {
    let place = place("full");
    sweep(&place, &["a.yaml", "--replications", "5", "--out", "o"]);
    let before = contents(&place.path("o"));
    let program = env!("CARGO_BIN_EXE_daemonsim");
    for blocks in [0, 1, 8, 64] {
        let script = format!("ulimit -f {blocks} && exec '{program}' sweep a.yaml --vary {DRAIN} --out o");
        let mut command = Command::new("sh");
        let done = command.args(["-c", &script]).current_dir(&place.0).env_clear().output().unwrap();
        let stderr = String::from_utf8_lossy(&done.stderr);
        assert_eq!(done.status.code(), Some(4), "{blocks}: {stderr}");
        assert!(stderr.contains("error: could not write"), "{blocks}: {stderr}");
        assert!(blocks < 64 || stderr.contains("runs are kept"), "{blocks}: {stderr}");
        assert_eq!(contents(&place.path("o")), before, "{blocks}");
        assert!(!place.path(".o.daemonsim-new").exists(), "{blocks}");
    }
    // With room again it goes on from what there was room for.
    let done = sweep(&place, &["a.yaml", "--vary", DRAIN, "--out", "o"]);
    assert!(reused(&done.stderr) > 5, "{}", done.stderr);
    sweep(&place, &["a.yaml", "--vary", DRAIN, "--out", "whole"]);
    assert_same(&place, "o", "whole");
    assert_eq!(place.names("."), ["a.yaml", "o", "whole"]);
}

#[cfg(unix)]
#[test]
fn a_second_sweep_into_the_same_directory_waits_for_none() {
    let place = place("both");
    let mut first = spawn(&place, &args("o", &LONG));
    wait_for(&place, 20_000, &mut first);
    let second = place.run(&["sweep", "a.yaml", "--out", "o"]);
    assert_eq!(second.code, Some(4), "{second:?}");
    assert!(second.stderr.contains("is being written by another daemonsim"), "{}", second.stderr);
    signal(&first, "TERM");
    assert_eq!(first.wait_with_output().unwrap().status.code(), Some(143));
}
