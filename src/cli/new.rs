//! `daemonsim new`.

use super::exit::{Done, Failure};
use super::load;
use super::terminal::{Terminal, plain, shown};
use clap::{ValueEnum, ValueHint};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Write a commented starter scenario
#[derive(clap::Args, Debug)]
pub(super) struct NewArgs {
    /// What it is about
    case: Case,

    /// Where to write it; standard output when left out
    #[arg(value_hint = ValueHint::FilePath)]
    file: Option<PathBuf>,

    /// Replace FILE if it exists
    #[arg(long, requires = "file")]
    overwrite: bool,
}

/// The starters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Case {
    /// Daemons on an empty capacity provider, then the first tasks
    EmptyCp,
    /// A daemon arrives on instances that already serve traffic
    ExistingCp,
    /// A second capacity provider joins a daemon
    AddCp,
    /// A new revision of a daemon rolls out
    Update,
}

/// Writes the starter.
pub(super) fn new(args: &NewArgs, terminal: &Terminal) -> Result<Done, Failure> {
    let starter = load::starter(args.case);
    match &args.file {
        Some(file) if file.as_os_str() != "-" => {
            create(file, args.overwrite, starter).map_err(|e| refused(file, &e))?;
            let name = shown(file);
            terminal.talk(&format!("Wrote {name}. Next: daemonsim check {name}"));
        }
        Some(_) | None => terminal.data(|out| out.write_all(starter.as_bytes()))?,
    }
    Ok(Done::Well)
}

fn create(file: &Path, overwrite: bool, text: &str) -> io::Result<()> {
    // `create_new` follows no link and never opens what is there.
    let mut opened: File = match overwrite && file.is_file() {
        true => OpenOptions::new().write(true).truncate(true).open(file)?,
        false => OpenOptions::new().write(true).create_new(true).open(file)?,
    };
    let written = opened.write_all(text.as_bytes()).and_then(|()| opened.sync_all());
    if written.is_err() && !overwrite {
        let _ = std::fs::remove_file(file);
    }
    written
}

fn refused(file: &Path, error: &io::Error) -> Failure {
    let name = shown(file);
    Failure::io(if error.kind() != io::ErrorKind::AlreadyExists {
        format!("could not write `{name}`: {}", plain(error))
    } else if file.is_file() {
        format!("`{name}` exists already; --overwrite replaces it")
    } else {
        format!("`{name}` exists already, and is not a regular file")
    })
}
