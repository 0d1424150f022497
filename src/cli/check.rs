//! `daemonsim check`.

use super::exit::{Done, Exit, Failure, Words};
use super::load::{Loaded, load};
use super::meaning::Meaning;
use super::options::ScenarioOptions;
use super::study::try_axes;
use super::terminal::Terminal;
use crate::scenario::{Axis, AxisValue, StudyBlock};
use clap::ValueHint;
use std::path::PathBuf;

/// Say what scenarios mean, or every mistake in them
#[derive(clap::Args, Debug)]
pub(super) struct CheckArgs {
    /// Scenario files; `-` is standard input
    #[arg(required = true, value_hint = ValueHint::FilePath, value_name = "SCENARIO")]
    scenarios: Vec<PathBuf>,

    #[command(flatten)]
    which: ScenarioOptions,
}

/// Checks all of them, whatever is wrong with one; the status is that of the first that failed.
pub(super) fn check(args: &CheckArgs, terminal: &Terminal) -> Result<Done, Failure> {
    let mut failed: Option<Exit> = None;
    let mut first = true;
    for path in &args.scenarios {
        let color = terminal.colors_talk();
        let right = |loaded: Loaded| {
            let mut axes = loaded.scenario.study.axes.clone();
            // What makes a revision bad is tried as one value of one more axis.
            axes.extend(bad(&loaded.scenario.study));
            try_axes(&loaded, &axes, color).map(|()| loaded)
        };
        match load(path, &args.which, terminal).and_then(right) {
            Ok(loaded) => {
                for finding in &loaded.scenario.warnings {
                    terminal.talk(&finding.render(color));
                }
                let meaning = Meaning(&loaded).to_string();
                terminal.data(|out| write!(out, "{}{meaning}", if first { "" } else { "\n" }))?;
                first = false;
            }
            // Wrong usage is about the command, not about one of its files.
            Err(failure) if failure.exit == Exit::Usage => return Err(failure),
            Err(failure) => {
                terminal.complain(&failure);
                failed.get_or_insert(failure.exit);
            }
        }
    }
    match failed {
        Some(exit) => Err(Failure { exit, words: Words::None }),
        None => Ok(Done::Well),
    }
}

/// What the study's bad revision changes, as an axis.
fn bad(study: &StudyBlock) -> Option<Axis> {
    let value = AxisValue { label: "bad".to_owned(), edits: study.bad.clone() };
    (!study.bad.is_empty()).then(|| Axis { name: "revision".to_owned(), values: vec![value] })
}
