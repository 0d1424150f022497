//! Options that several commands share.

use clap::{Args, ValueHint};
use std::path::PathBuf;

/// Which run of a scenario.
#[derive(Args, Debug)]
pub(super) struct ScenarioOptions {
    /// Change one value, by its path or by a short name that `check` lists: `my-daemon.drainPercent=10`
    #[arg(long = "set", value_name = "PATH=VALUE", help_heading = "Scenario")]
    pub(super) set: Vec<String>,

    /// The seed, in place of the scenario's
    #[arg(long, value_name = "N", help_heading = "Scenario")]
    pub(super) seed: Option<u64>,

    /// Which replication: the same scenario in other weather
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = "Scenario")]
    pub(super) replication: u64,

    /// At most so many threads; results never depend on it
    #[arg(long, value_name = "N", value_parser = at_least_one, help_heading = "Scenario")]
    pub(super) threads: Option<u64>,
}

/// Where results go.
#[derive(Args, Debug)]
pub(super) struct OutputOptions {
    /// Directory for tables and plots [default: out/ and the scenario's name]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = "Output")]
    pub(super) out: Option<PathBuf>,

    /// Write no files; the summary only
    #[arg(long, help_heading = "Output")]
    pub(super) no_output: bool,

    /// Write into DIR even though it holds other things; those stay, but for files of the same names
    #[arg(long, help_heading = "Output")]
    pub(super) overwrite: bool,

    /// The summary as JSON
    #[arg(long, help_heading = "Output")]
    pub(super) json: bool,
}

fn at_least_one(text: &str) -> Result<u64, String> {
    match text.parse() {
        Ok(0) => Err("at least 1".to_owned()),
        Ok(threads) => Ok(threads),
        Err(error) => Err(error.to_string()),
    }
}
