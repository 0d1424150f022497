//! Standard output carries data, standard error talk.

use super::exit::{Exit, Failure, Words};
use anstream::AutoStream;
use anstream::stream::RawStream;
use clap::ColorChoice;
use std::ffi::OsStr;
use std::io::{self, BufWriter, IsTerminal, Write};

/// Where the program speaks.
#[derive(Debug)]
pub(super) struct Terminal {
    color: anstream::ColorChoice,
    quiet: bool,
}

impl Terminal {
    pub(super) fn new(color: ColorChoice, quiet: bool) -> Terminal {
        let color = match color {
            ColorChoice::Auto => anstream::ColorChoice::Auto,
            ColorChoice::Always => anstream::ColorChoice::Always,
            ColorChoice::Never => anstream::ColorChoice::Never,
        };
        Terminal { color, quiet }
    }

    /// Writes data to standard output. A reader that has gone away ends the program without a word.
    pub(super) fn data(&self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
        let mut stdout = BufWriter::new(AutoStream::new(io::stdout().lock(), self.color));
        write(&mut stdout).and_then(|()| stdout.flush()).map_err(|error| {
            if error.kind() == io::ErrorKind::BrokenPipe {
                Failure::silent(Exit::ClosedPipe)
            } else {
                Failure::io(format!("could not write to standard output: {}", plain(&error)))
            }
        })
    }

    /// Says something that `--quiet` silences.
    pub(super) fn talk(&self, text: &str) {
        if !self.quiet {
            self.say(text);
        }
    }

    /// Says why a command did not work.
    pub(super) fn complain(&self, failure: &Failure) {
        match &failure.words {
            Words::None => (),
            Words::Line(line) => self.say(&format!("\x1b[1m\x1b[31merror\x1b[0m\x1b[1m:\x1b[0m {line}")),
            Words::Rendered(text) => self.say(text),
        }
    }

    /// Whether text for standard error may be coloured.
    pub(super) fn colors_talk(&self) -> bool {
        self.colors(&io::stderr())
    }

    /// Whether text for standard output may be coloured.
    pub(super) fn colors_data(&self) -> bool {
        self.colors(&io::stdout())
    }

    fn colors<S: RawStream>(&self, stream: &S) -> bool {
        match self.color {
            anstream::ColorChoice::Auto => AutoStream::choice(stream) != anstream::ColorChoice::Never,
            anstream::ColorChoice::Always | anstream::ColorChoice::AlwaysAnsi => true,
            anstream::ColorChoice::Never => false,
        }
    }

    /// Whether a progress bar would be seen and is wanted.
    pub(super) fn shows_progress(&self) -> bool {
        !self.quiet && io::stderr().is_terminal()
    }

    /// A closed standard error is no reason to stop.
    fn say(&self, text: &str) {
        let mut stderr = AutoStream::new(io::stderr().lock(), self.color);
        let _ = writeln!(stderr, "{}", text.trim_end_matches('\n'));
    }
}

/// A path or another name from outside, safe to print: no control characters, no replaced meaning.
pub(super) fn shown(name: impl AsRef<OsStr>) -> String {
    let name = name.as_ref().to_string_lossy();
    name.chars().fold(String::with_capacity(name.len()), |mut safe, c| {
        // Marks that turn the direction of writing could make one name look like another.
        if c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') {
            safe.extend(c.escape_unicode());
        } else {
            safe.push(c);
        }
        safe
    })
}

/// An I/O error in the system's words, without its number: "no space left on device".
pub(super) fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_steer_the_terminal() {
        assert_eq!(shown("a\x1b[31m\nb"), "a\\u{1b}[31m\\u{a}b");
        assert_eq!(shown("plain-näme.yaml"), "plain-näme.yaml");
    }

    #[test]
    fn the_systems_words_lose_their_number() {
        let error = io::Error::from_raw_os_error(28);
        assert!(!plain(&error).contains("os error"), "{}", plain(&error));
    }
}
