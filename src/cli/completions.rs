//! `daemonsim completions`.

use super::exit::{Done, Failure};
use super::terminal::Terminal;
use clap_complete::{Shell, generate};

/// Print a completion script for a shell
///
/// For bash: `daemonsim completions bash > ~/.local/share/bash-completion/completions/daemonsim`
#[derive(clap::Args, Debug)]
pub(super) struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

/// Prints the script.
pub(super) fn completions(args: &CompletionsArgs, terminal: &Terminal) -> Result<Done, Failure> {
    // `generate` panics when it cannot write, so it writes to memory.
    let mut script = Vec::new();
    generate(args.shell, &mut super::command(), "daemonsim", &mut script);
    terminal.data(|out| out.write_all(&script))?;
    Ok(Done::Well)
}
