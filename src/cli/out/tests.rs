use super::*;
use crate::cli::exit::Words;
use std::io::Write;

/// A directory of the test's own, removed at its end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Scratch {
        let path = std::env::temp_dir().join(format!("daemonsim-out-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Scratch(path)
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(&self.0).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn write(target: &Path, rows: &str) -> Result<(), Failure> {
    let mut out = OutDir::prepare(target, false)?;
    fill(&mut out, rows)?;
    out.finish()
}

fn fill(out: &mut OutDir, rows: &str) -> Result<(), Failure> {
    let mut file = out.create("waves.csv")?;
    file.write_all(rows.as_bytes()).unwrap();
    out.keep(file)?;
    let mut manifest = out.create("manifest.json")?;
    manifest.write_all(br#"{"daemonsim": "0", "files": {"waves.csv": ""}}"#).unwrap();
    out.keep(manifest)
}

fn words(failure: Failure) -> String {
    let Words::Line(line) = failure.words else { panic!("{failure:?}") };
    line
}

#[test]
fn a_finished_directory_is_all_there_is() {
    let scratch = Scratch::new("finished");
    let target = scratch.0.join("a/b");
    write(&target, "one").unwrap();
    assert_eq!(fs::read_to_string(target.join("waves.csv")).unwrap(), "one");
    assert_eq!(fs::read_dir(scratch.0.join("a")).unwrap().count(), 1);
}

#[test]
fn an_unfinished_one_leaves_nothing() {
    let scratch = Scratch::new("unfinished");
    let mut out = OutDir::prepare(&scratch.0.join("a/b"), false).unwrap();
    fill(&mut out, "one").unwrap();
    drop(out);
    assert!(scratch.names().is_empty(), "{:?}", scratch.names());
}

#[test]
fn results_are_replaced_and_other_files_stay() {
    let scratch = Scratch::new("replaced");
    let target = scratch.0.join("out");
    write(&target, "one").unwrap();
    fs::write(target.join("notes.md"), "mine").unwrap();
    write(&target, "two").unwrap();
    assert_eq!(fs::read_to_string(target.join("waves.csv")).unwrap(), "two");
    assert_eq!(fs::read_to_string(target.join("notes.md")).unwrap(), "mine");
    assert_eq!(scratch.names(), ["out"]);
}

#[test]
fn foreign_directories_files_and_links_are_refused() {
    let scratch = Scratch::new("refused");
    let target = scratch.0.join("out");
    fs::create_dir(&target).unwrap();
    fs::write(target.join("thesis.tex"), "").unwrap();
    let refusal = words(OutDir::prepare(&target, false).unwrap_err());
    assert!(refusal.contains("--overwrite"), "{refusal}");
    drop(OutDir::prepare(&target, true).unwrap());
    assert!(
        words(OutDir::prepare(&target.join("thesis.tex"), true).unwrap_err()).contains("not a directory")
    );
    assert_eq!(fs::read_dir(&target).unwrap().count(), 1);
    #[cfg(unix)]
    {
        let link = scratch.0.join("link");
        std::os::unix::fs::symlink(&target, &link).unwrap();
        let refusal = words(OutDir::prepare(&scratch.0.join("link/"), true).unwrap_err());
        assert!(refusal.contains("symbolic link"), "{refusal}");
    }
}

#[test]
fn two_runs_do_not_meet() {
    let scratch = Scratch::new("two");
    let target = scratch.0.join("out");
    let first = OutDir::prepare(&target, false).unwrap();
    let refusal = words(OutDir::prepare(&target, false).unwrap_err());
    assert!(refusal.contains(&format!("process {}", std::process::id())), "{refusal}");
    drop(first);
    write(&target, "one").unwrap();
}

#[test]
fn what_a_dead_run_left_is_tidied_up() {
    let scratch = Scratch::new("dead");
    let target = scratch.0.join("out");
    write(&target, "one").unwrap();
    // Dead between the two renames, with a lock file that nobody holds.
    fs::rename(&target, scratch.0.join(".out.daemonsim-old")).unwrap();
    fs::create_dir(scratch.0.join(".out.daemonsim-new")).unwrap();
    fs::write(scratch.0.join(".out.daemonsim-new/waves.csv"), "half").unwrap();
    fs::write(scratch.0.join(".out.daemonsim-lock"), "1").unwrap();
    drop(OutDir::prepare(&target, false).unwrap());
    assert_eq!(fs::read_to_string(target.join("waves.csv")).unwrap(), "one");
    assert_eq!(scratch.names(), ["out"]);
}

#[test]
fn the_longest_name_has_room_for_its_siblings() {
    let scratch = Scratch::new("long");
    write(&scratch.0.join("x".repeat(255)), "one").unwrap();
    assert_eq!(scratch.names(), ["x".repeat(255)]);
}

#[test]
fn a_target_without_a_name_is_refused() {
    for target in ["/", "..", "a/.."] {
        assert!(words(OutDir::prepare(Path::new(target), true).unwrap_err()).contains("needs a name"));
    }
}

#[test]
fn digests_are_those_of_the_files() {
    let scratch = Scratch::new("digests");
    let mut out = OutDir::prepare(&scratch.0.join("out"), false).unwrap();
    fill(&mut out, "abc").unwrap();
    assert_eq!(out.files()[0].sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}
