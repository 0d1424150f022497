//! How the program ends.

use std::fmt::{Display, Write};
use std::process::ExitCode;

/// Exit statuses; the numbers are a promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// Done, but an expectation did not hold, or a search found nothing.
    Unexpected = 1,
    /// Wrong usage.
    Usage = 2,
    /// An invalid scenario.
    Scenario = 3,
    /// A file could not be read or written.
    Io = 4,
    /// A limit was reached.
    Limit = 5,
    /// A broken invariant.
    Bug = 70,
    /// The terminal went away.
    Hangup = 129,
    /// Ctrl-C.
    Interrupt = 130,
    /// Nobody reads standard output any more.
    ClosedPipe = 141,
    /// Told to stop.
    Terminate = 143,
}

impl Exit {
    /// All, by number, each with what it tells a script.
    pub const ALL: [(Exit, &'static str); 11] = [
        (Exit::Done, "done"),
        (Exit::Unexpected, "done, but an `expect:` did not hold, or nothing keeps to the limits"),
        (Exit::Usage, "wrong usage"),
        (Exit::Scenario, "invalid scenario"),
        (Exit::Io, "a file could not be read or written"),
        (Exit::Limit, "a limit was reached: events, memory, work, size of a file"),
        (Exit::Bug, "a bug of daemonsim; it says how to see it again"),
        (Exit::Hangup, "hung up (SIGHUP); no results were written"),
        (Exit::Interrupt, "interrupted (SIGINT); no results were written"),
        (Exit::ClosedPipe, "standard output was closed by its reader"),
        (Exit::Terminate, "terminated (SIGTERM); no results were written"),
    ];

    /// The number.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The table for `--help`.
    pub(super) fn help() -> String {
        Exit::ALL.iter().fold("Exit status:".to_owned(), |mut text, (exit, meaning)| {
            let _ = write!(text, "\n  {:<3} {meaning}", exit.code());
            text
        })
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}

/// What a command that worked came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Done {
    /// All well.
    Well,
    /// An expectation did not hold, or a search found nothing.
    Unexpected,
    /// A limit ended the run.
    Limit,
}

impl Done {
    pub(super) const fn exit(self) -> Exit {
        match self {
            Done::Well => Exit::Done,
            Done::Unexpected => Exit::Unexpected,
            Done::Limit => Exit::Limit,
        }
    }
}

/// Why a command did not work.
#[derive(Debug)]
pub(super) struct Failure {
    /// The status to end with.
    pub(super) exit: Exit,
    /// What to say.
    pub(super) words: Words,
}

/// What a failure says.
#[derive(Debug)]
pub(super) enum Words {
    /// Nothing: who would hear it has gone, or asked for it.
    None,
    /// One line, to stand after `error: `.
    Line(String),
    /// Ready to print, with its own headings and colours.
    Rendered(String),
}

impl Failure {
    pub(super) fn new(exit: Exit, line: impl Display) -> Failure {
        Failure { exit, words: Words::Line(line.to_string()) }
    }

    pub(super) fn io(line: impl Display) -> Failure {
        Failure::new(Exit::Io, line)
    }

    pub(super) fn silent(exit: Exit) -> Failure {
        Failure { exit, words: Words::None }
    }

    pub(super) fn rendered(exit: Exit, text: String) -> Failure {
        Failure { exit, words: Words::Rendered(text) }
    }

    /// Both, one after the other; a limit of ours gives way to a mistake.
    pub(super) fn and(self, other: Failure) -> Failure {
        let text = |words| match words {
            Words::None => String::new(),
            Words::Line(line) => format!("error: {line}\n"),
            Words::Rendered(text) => text,
        };
        let exit = if self.exit == Exit::Limit { other.exit } else { self.exit };
        Failure::rendered(exit, format!("{}\n\n{}", text(self.words).trim_end(), text(other.words)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_rise() {
        assert!(Exit::ALL.is_sorted_by_key(|(exit, _)| exit.code()));
    }
}
