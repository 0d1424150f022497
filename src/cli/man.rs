//! `daemonsim man`.

use super::exit::{Done, Exit, Failure};
use super::terminal::Terminal;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};
use std::io::{self, Write};

/// Prints the manual: one page for the program and all its commands.
pub(super) fn man(terminal: &Terminal) -> Result<Done, Failure> {
    let mut page = Vec::new();
    render(&mut page).map_err(Failure::io)?;
    terminal.data(|out| out.write_all(&page))?;
    Ok(Done::Well)
}

fn render(page: &mut Vec<u8>) -> io::Result<()> {
    // The exit statuses get a section of their own.
    let mut command = super::command().after_help("");
    command.build();
    let man = Man::new(command.clone());
    man.render_title(page)?;
    man.render_name_section(page)?;
    man.render_synopsis_section(page)?;
    man.render_description_section(page)?;
    man.render_options_section(page)?;
    for sub in command.get_subcommands().filter(|sub| sub.get_name() != "help") {
        subcommand(sub, page)?;
    }
    exit_statuses(page)?;
    man.render_version_section(page)
}

/// A section for a command: what it is for, how it is called, its own options.
fn subcommand(sub: &clap::Command, page: &mut Vec<u8>) -> io::Result<()> {
    let mut roff = Roff::default();
    roff.control("SH", [format!("daemonsim {}", sub.get_name()).to_uppercase().as_str()]);
    let about = sub.get_long_about().or(sub.get_about()).map(ToString::to_string);
    roff.text([roman(about.unwrap_or_default())]);
    roff.control("PP", []);
    let usage = sub.clone().render_usage().to_string();
    roff.text([roman(usage.trim_start_matches("Usage: "))]);
    for arg in sub.get_arguments().filter(|arg| !arg.is_global_set() && arg.get_id() != "help") {
        let values = arg.get_value_names().unwrap_or_default().join(" ");
        let takes = arg.get_action().takes_values();
        roff.control("TP", []);
        match arg.get_long() {
            Some(long) if takes => roff.text([bold(format!("--{long}")), roman(format!(" {values}"))]),
            Some(long) => roff.text([bold(format!("--{long}"))]),
            None => roff.text([bold(values)]),
        };
        let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
        roff.text([roman(help)]);
    }
    page.write_all(roff.render().as_bytes())
}

fn exit_statuses(page: &mut Vec<u8>) -> io::Result<()> {
    let mut roff = Roff::default();
    roff.control("SH", ["EXIT STATUS"]);
    for (exit, meaning) in Exit::ALL {
        roff.control("TP", []);
        roff.text([bold(exit.code().to_string())]);
        roff.text([roman(meaning)]);
    }
    page.write_all(roff.render().as_bytes())
}
