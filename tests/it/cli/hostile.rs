//! Arguments and files that are meant to break the program (BAD-2, 3, 66–79).

use super::Place;

#[test]
fn wrong_usage_is_2() {
    let place = Place::with_scenario("usage");
    for args in [
        &["run"][..],
        &["frobnicate"],
        &[],
        &["run", "a.yaml", "--frobnicate"],
        &["run", "a.yaml", "b.yaml"],
        &["run", "a.yaml", "--threads", "0"],
        &["run", "a.yaml", "--threads", "-1"],
        &["run", "a.yaml", "--seed", "1", "--seed", "2"],
        &["run", "a.yaml", "--seed", "-1"],
        &["run", "a.yaml", "--seed", "18446744073709551616"],
        &["run", "a.yaml", "--replication", "abc"],
        &["run", "a.yaml", "--json", "--json"],
        &["run", "a.yaml", "--out", ""],
        &["run", "a.yaml", "--color", "sometimes"],
        &["run", "a.yaml", "--set", "no value"],
        &["check"],
        &["check", "a.yaml", "--set", "no value"],
        &["new", "something"],
        &["new", "update", "--overwrite"],
        &["completions", "tcsh"],
    ] {
        let done = place.run(args);
        assert_eq!(done.code, Some(2), "{args:?}: {done:?}");
        assert_eq!(done.stdout, "", "{args:?}");
        assert!(!done.stderr.is_empty(), "{args:?}");
    }
    assert_eq!(place.names("."), ["a.yaml"]);
}

#[test]
fn many_threads_are_as_good_as_one() {
    let place = Place::with_scenario("threads");
    assert_eq!(place.run(&["run", "a.yaml", "--no-output", "--threads", "1000000"]).code, Some(0));
}

#[test]
fn a_file_that_cannot_be_read_is_4() {
    let place = Place::new("unreadable");
    std::fs::create_dir(place.path("directory")).unwrap();
    for (args, words) in [
        (["run", "missing.yaml"], "could not read `missing.yaml`"),
        (["run", "directory"], "`directory` is a directory, not a scenario"),
        (["check", "missing.yaml"], "could not read `missing.yaml`"),
        (["run", "missing\n.yaml"], "could not read `missing\\u{a}.yaml`"),
    ] {
        let done = place.run(&args);
        assert_eq!(done.code, Some(4), "{args:?}: {done:?}");
        assert!(done.stderr.starts_with(&format!("error: {words}")), "{}", done.stderr);
    }
}

#[cfg(unix)]
#[test]
fn what_never_ends_or_never_begins_is_not_opened() {
    let place = Place::new("special");
    let made = std::process::Command::new("mkfifo").arg(place.path("fifo")).status();
    let files =
        if made.is_ok_and(|status| status.success()) { &["/dev/zero", "fifo"][..] } else { &["/dev/zero"] };
    for file in files {
        let done = place.run(&["run", file]);
        assert_eq!(done.code, Some(4), "{file}: {done:?}");
        assert!(done.stderr.contains("is not a regular file"), "{}", done.stderr);
    }
}

#[test]
fn more_than_8_mib_is_5() {
    let place = Place::new("large");
    let large = vec![b'#'; (8 << 20) + 1];
    place.write("large.yaml", &large);
    for done in [place.run(&["run", "large.yaml"]), place.run_with(&["run", "-"], &large)] {
        assert_eq!(done.code, Some(5), "{done:?}");
        assert!(done.stderr.contains("larger than 8 MiB"), "{}", done.stderr);
    }
}

#[test]
fn what_is_no_scenario_is_3() {
    let place = Place::new("invalid");
    place.write("empty.yaml", "");
    place.write("broken.yaml", "nonsense: [\n");
    for file in ["empty.yaml", "broken.yaml"] {
        let done = place.run(&["run", file]);
        assert_eq!((done.code, done.stdout.as_str()), (Some(3), ""), "{done:?}");
        assert!(done.stderr.contains(file), "{}", done.stderr);
    }
    let binary: Vec<u8> = (0..=255).cycle().take(4096).collect();
    let done = place.run_with(&["run", "-"], &binary);
    assert_eq!(done.code, Some(3), "{done:?}");
    assert!(done.stderr.contains("<stdin>"), "{}", done.stderr);
    assert_eq!(place.names("."), ["broken.yaml", "empty.yaml"]);
}

#[test]
fn strange_names_of_files_work() {
    let place = Place::with_scenario("names");
    let text = place.read("a.yaml");
    place.write("-x", &text);
    place.write("spaß und $HOME.yaml", &text);
    assert_eq!(place.run(&["run", "--no-output", "--", "-x"]).code, Some(0));
    assert_eq!(place.run(&["run", "--no-output", "spaß und $HOME.yaml"]).code, Some(0));
}

#[cfg(target_os = "linux")]
#[test]
fn names_need_not_be_utf_8() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let place = Place::with_scenario("not-utf-8");
    let name = OsStr::from_bytes(b"caf\xe9.yaml");
    std::fs::copy(place.path("a.yaml"), place.0.join(name)).unwrap();
    let out = OsStr::from_bytes(b"out-\xff");
    let done = place.command().arg("run").arg(name).arg("--out").arg(out).output().unwrap();
    assert_eq!(done.status.code(), Some(0), "{done:?}");
    assert!(place.0.join(out).join("manifest.json").is_file());
}
