//! `daemonsim schema`.

use super::exit::{Done, Failure};
use super::load;
use super::terminal::Terminal;

/// Prints the JSON Schema of a scenario.
pub(super) fn schema(terminal: &Terminal) -> Result<Done, Failure> {
    let schema = load::json_schema();
    terminal.data(|out| writeln!(out, "{}", schema.trim_end()))?;
    Ok(Done::Well)
}
