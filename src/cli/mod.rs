//! Arguments, files, the terminal and exit statuses: all of it, and only here.
//!
//! One file a command. What several need: [`load`] reads scenarios, [`simulate`] runs a world while it watches the
//! terminal and the signals, [`report`] writes a run's files into an [`out::OutDir`], [`terminal`] speaks.

mod check;
mod compare;
mod completions;
mod crash;
mod exit;
mod load;
mod man;
mod meaning;
mod new;
mod options;
mod out;
mod progress;
mod report;
mod run;
mod schema;
mod signals;
mod simulate;
mod study;
mod sweep;
mod terminal;
mod text;
mod tune;

pub use exit::Exit;

use clap::{ColorChoice, CommandFactory, FromArgMatches, Parser, Subcommand};
use exit::{Done, Failure};
use signals::Signals;
use std::io::Write;
use std::process::ExitCode;
use terminal::Terminal;

/// A deterministic simulator of Amazon ECS managed-daemon deployments.
#[derive(Debug, Parser)]
#[command(name = "daemonsim", version, max_term_width = 80, after_help = Exit::help())]
#[command(arg_required_else_help = true)]
struct Args {
    #[command(subcommand)]
    command: Command,

    /// When to colour: also NO_COLOR and CLICOLOR_FORCE
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: ColorChoice,

    /// No progress and no warnings
    #[arg(long, global = true)]
    quiet: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Simulate a scenario once: a summary, tables and plots
    Run(run::RunArgs),
    /// Run two scenarios in the same weather, and say how they differ
    Compare(compare::CompareArgs),
    /// Many runs over a grid and over replications, one table
    Sweep(Box<sweep::SweepArgs>),
    /// Say what scenarios mean, or every mistake in them
    Check(check::CheckArgs),
    /// Write a commented starter scenario
    New(new::NewArgs),
    /// Find the settings that keep to limits and take the least time
    Tune(tune::TuneArgs),
    /// Print the JSON Schema of a scenario, for editors
    Schema,
    /// Print a completion script for a shell
    Completions(completions::CompletionsArgs),
    /// Print the manual page
    Man,
}

/// The whole program.
pub fn run() -> ExitCode {
    // First of all, so that a signal finds us whenever it comes.
    let signals = Signals::watch();
    let parsed = command().try_get_matches().and_then(|matches| Args::from_arg_matches(&matches));
    let args = match parsed {
        Ok(args) => args,
        Err(error) => return refuse(&error).into(),
    };
    let terminal = Terminal::new(args.color, args.quiet);
    crash::install_hook();
    let outcome = crash::guard(|| {
        let signals = signals.map_err(|e| Failure::io(format!("could not watch for signals: {e}")))?;
        dispatch(args.command, &terminal, &signals)
    });
    match outcome {
        Some(Ok(done)) => done.exit().into(),
        Some(Err(failure)) => {
            terminal.complain(&failure);
            failure.exit.into()
        }
        // The hook has spoken already.
        None => Exit::Bug.into(),
    }
}

fn dispatch(command: Command, terminal: &Terminal, signals: &Signals) -> Result<Done, Failure> {
    match command {
        Command::Run(args) => run::run(&args, terminal, signals),
        Command::Compare(args) => compare::compare(&args, terminal, signals),
        Command::Sweep(args) => sweep::sweep(&args, terminal, signals),
        Command::Check(args) => check::check(&args, terminal),
        Command::New(args) => new::new(&args, terminal),
        Command::Tune(args) => tune::tune(&args, terminal, signals),
        Command::Schema => schema::schema(terminal),
        Command::Completions(args) => completions::completions(&args, terminal),
        Command::Man => man::man(terminal),
    }
}

/// The program's arguments as clap knows them, for the parser, completions and the manual.
fn command() -> clap::Command {
    // What is about many runs refuses to be told which one.
    let single = |command: clap::Command| command.mut_arg("replication", |arg| arg.hide(true));
    Args::command()
        .mut_subcommand("sweep", |sweep| single(sweep).mut_subcommand("plan", single))
        .mut_subcommand("compare", single)
        .mut_subcommand("tune", single)
}

/// Prints what clap has to say: help and version are data, the rest is wrong usage.
fn refuse(error: &clap::Error) -> Exit {
    // What cannot be said is not said; the status stands.
    let written = error.print().and_then(|()| std::io::stdout().flush());
    match (error.use_stderr(), written) {
        (true, _) => Exit::Usage,
        (false, Err(e)) if e.kind() == std::io::ErrorKind::BrokenPipe => Exit::ClosedPipe,
        (false, Err(_)) => Exit::Io,
        (false, Ok(())) => Exit::Done,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_arguments_are_consistent() {
        super::command().debug_assert();
    }
}
