//! The program as its user meets it: arguments, files, standard streams, exit statuses.

mod commands;
mod compare;
mod hostile;
mod output_directory;
mod questions;
mod same_bytes;
#[cfg(unix)]
mod signals;
mod sweep;
mod tune;

use crate::project;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A directory of a test's own in which the program runs; removed at the end.
pub(crate) struct Place(PathBuf);

/// What came of a command.
#[derive(Debug)]
pub(crate) struct Done {
    /// The exit status; none when a signal ended it.
    pub(crate) code: Option<i32>,
    /// Standard output.
    pub(crate) stdout: String,
    /// Standard error.
    pub(crate) stderr: String,
}

impl Place {
    pub(crate) fn new(name: &str) -> Place {
        let unique = format!("daemonsim-cli-{}-{name}", std::process::id());
        let path = std::env::temp_dir().join(unique);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Place(path)
    }

    /// A place with a valid scenario in `a.yaml`.
    fn with_scenario(name: &str) -> Place {
        let place = Place::new(name);
        assert_eq!(place.run(&["new", "existing-cp", "a.yaml"]).code, Some(0));
        place
    }

    pub(crate) fn copy_scenarios(&self) {
        for path in project::files("scenarios") {
            let to = self.path(&path);
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::copy(project::root().join(&path), to).unwrap();
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        fs::write(self.path(name), text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    /// What is in a directory, sorted.
    fn names(&self, directory: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(directory)).unwrap_or_else(|e| panic!("{directory}: {e}"));
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// The program, in this place, with an empty environment and nothing to read.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_daemonsim"));
        command.env_clear().current_dir(&self.0).stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Done {
        finished(self.command().args(args).output().unwrap())
    }

    /// The same with something to read.
    fn run_with(&self, args: &[&str], input: &[u8]) -> Done {
        let mut child = self
            .command()
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // It may have seen enough before the end.
        let _ = child.stdin.take().unwrap().write_all(input);
        finished(child.wait_with_output().unwrap())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn finished(output: std::process::Output) -> Done {
    Done {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The bytes of every file of a directory.
fn contents(directory: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read(&path).unwrap()))
        .collect();
    files.sort();
    files
}
