//! The output directory is complete or absent.

use super::{Place, contents};
use std::fs;

#[test]
fn a_second_run_replaces_the_first() {
    let place = Place::with_scenario("second");
    assert_eq!(place.run(&["run", "a.yaml", "--out", "o", "--seed", "1"]).code, Some(0));
    let first = contents(&place.path("o"));
    assert_eq!(place.run(&["run", "a.yaml", "--out", "o", "--seed", "2"]).code, Some(0));
    assert_eq!(place.run(&["run", "a.yaml", "--out", "o", "--seed", "1"]).code, Some(0));
    assert_eq!(contents(&place.path("o")), first);
    assert_eq!(place.names("."), ["a.yaml", "o"]);
}

#[test]
fn parents_are_made() {
    let place = Place::with_scenario("parents");
    assert_eq!(place.run(&["run", "a.yaml", "--out", "x/y/z/"]).code, Some(0));
    assert_eq!(place.names("x/y"), ["z"]);
}

#[test]
fn what_daemonsim_did_not_write_is_refused_unless_told() {
    let place = Place::with_scenario("foreign");
    fs::create_dir(place.path("o")).unwrap();
    place.write("o/thesis.tex", "years of work");
    place.write("o/waves.csv", "of mine");
    let before = contents(&place.path("o"));
    let refused = place.run(&["run", "a.yaml", "--out", "o"]);
    assert_eq!(refused.code, Some(4), "{refused:?}");
    assert!(refused.stderr.contains("--overwrite"), "{}", refused.stderr);
    assert_eq!(contents(&place.path("o")), before);
    assert_eq!(place.run(&["run", "a.yaml", "--out", "o", "--overwrite"]).code, Some(0));
    assert_eq!(place.read("o/thesis.tex"), "years of work");
    assert_ne!(place.read("o/waves.csv"), "of mine");
    assert_eq!(place.names("."), ["a.yaml", "o"]);
}

#[test]
fn a_manifest_of_another_program_does_not_count() {
    let place = Place::with_scenario("manifest");
    fs::create_dir(place.path("o")).unwrap();
    place.write("o/manifest.json", r#"{"name": "my web app"}"#);
    assert_eq!(place.run(&["run", "a.yaml", "--out", "o"]).code, Some(4));
    assert_eq!(place.read("o/manifest.json"), r#"{"name": "my web app"}"#);
}

#[test]
fn files_and_impossible_places_are_refused() {
    let place = Place::with_scenario("places");
    place.write("file", "mine");
    for out in ["file", "file/below", "."] {
        let done = place.run(&["run", "a.yaml", "--out", out, "--overwrite"]);
        assert_eq!(done.code, Some(4), "{out}: {done:?}");
        assert!(done.stderr.starts_with("error: "), "{}", done.stderr);
    }
    assert_eq!(place.read("file"), "mine");
    assert_eq!(place.names("."), ["a.yaml", "file"]);
}

#[cfg(unix)]
#[test]
fn links_are_not_followed() {
    let place = Place::with_scenario("links");
    fs::create_dir(place.path("elsewhere")).unwrap();
    std::os::unix::fs::symlink("elsewhere", place.path("link")).unwrap();
    std::os::unix::fs::symlink("nowhere", place.path("dangling")).unwrap();
    for out in ["link", "link/", "dangling"] {
        let done = place.run(&["run", "a.yaml", "--out", out, "--overwrite"]);
        assert_eq!(done.code, Some(4), "{out}: {done:?}");
        assert!(done.stderr.contains("symbolic link"), "{}", done.stderr);
    }
    assert!(place.names("elsewhere").is_empty());
}

#[cfg(unix)]
#[test]
fn protected_results_stay() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::with_scenario("protected");
    assert_eq!(place.run(&["run", "a.yaml", "--out", "o"]).code, Some(0));
    let before = contents(&place.path("o"));
    fs::set_permissions(place.path("o"), fs::Permissions::from_mode(0o555)).unwrap();
    let done = place.run(&["run", "a.yaml", "--out", "o", "--seed", "9"]);
    fs::set_permissions(place.path("o"), fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(done.code, Some(4), "{done:?}");
    assert_eq!(contents(&place.path("o")), before);
}

/// A limit on the size of a file stands in for a full disk: every write behind it fails.
#[cfg(unix)]
#[test]
fn a_full_disk_leaves_the_old_results_and_nothing_else() {
    let place = Place::with_scenario("full");
    assert_eq!(place.run(&["run", "a.yaml", "--out", "o"]).code, Some(0));
    let before = contents(&place.path("o"));
    let program = env!("CARGO_BIN_EXE_daemonsim");
    for blocks in [0, 1, 2, 8] {
        let script = format!("ulimit -f {blocks} && exec '{program}' run a.yaml --out o --seed 9");
        let done = std::process::Command::new("sh")
            .args(["-c", &script])
            .current_dir(&place.0)
            .env_clear()
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&done.stderr);
        assert_eq!(done.status.code(), Some(4), "{blocks}: {stderr}");
        assert!(stderr.starts_with("error: could not write"), "{blocks}: {stderr}");
        assert_eq!(contents(&place.path("o")), before, "{blocks}");
        assert_eq!(place.names("."), ["a.yaml", "o"], "{blocks}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_standard_output_is_4_and_a_closed_one_141() {
    use std::process::Stdio;
    let place = Place::with_scenario("stdout");
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let done = place.command().args(["run", "a.yaml"]).stdout(full).output().unwrap();
    assert_eq!(done.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&done.stderr).contains("could not write to standard output"));

    for args in [&["run", "a.yaml", "--quiet"][..], &["schema"], &["man"], &["new", "update"], &["--help"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let done = place.command().args(args).stdout(writer).stderr(Stdio::piped()).output().unwrap();
        assert_eq!(done.status.code(), Some(141), "{args:?}");
        assert_eq!(String::from_utf8_lossy(&done.stderr), "", "{args:?}");
    }
    // What is written to files does not wait for a reader.
    assert_eq!(place.names("out").len(), 1);
}

#[cfg(target_os = "linux")]
#[test]
fn a_closed_standard_error_is_no_reason_to_stop() {
    let place = Place::with_scenario("stderr");
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let status = place.command().args(["run", "a.yaml", "--json"]).stderr(writer).output().unwrap().status;
    assert_eq!(status.code(), Some(0));
}
