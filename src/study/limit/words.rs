//! What can be asked of a run, and how it is called.

use crate::record::{Column, Unit};

/// A number of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measured {
    /// Its column.
    pub column: usize,
    /// The column's name.
    pub name: String,
    /// What it counts.
    pub unit: Unit,
    /// What a share of it is a share of.
    pub whole: Option<usize>,
}

/// Last words of `expect:`, and of the columns that hold the same.
const EXPECTED: &[(&str, &str, &str)] = &[
    ("services", "runningTasks", "min_running"),
    ("services", "healthyTasks", "min_healthy"),
    ("services", "interruptionsPerTask", "max_interruptions_per_task"),
    ("services", "belowDesired", "below_desired_s"),
    ("deployments", "duration", "duration_s"),
    ("deployments", "instancesReplaced", "instances_replaced"),
    ("deployments", "tasksMoved", "tasks_moved"),
    ("deployments", "tasksMovedAgain", "tasks_moved_again"),
    ("cluster", "instances", "instances_max"),
];

/// What is said for short of the tuned daemon's last deployment, or of the cluster.
const SHORT: &[(&str, &str)] =
    &[("duration", "deployments.*.duration_s"), ("waves", "deployments.*.waves"), ("cost", "cluster.cost")];

/// Last words of columns of which a share can be asked for, and of what it is one.
const WHOLE: &[(&str, &str, &str)] = &[
    ("services", "min_running", "desired"),
    ("services", "min_healthy", "desired"),
    ("services", "waiting", "desired"),
    ("cluster", "active_min", "instances_start"),
    ("cluster", "instances_max", "instances_start"),
    ("cluster", "instances_end", "instances_start"),
    ("cluster", "app_running_min", "app_desired_then"),
];

/// All names of numbers, each with its column, `daemon`'s short ones included.
pub(super) fn names(columns: &[Column], daemon: &str) -> Vec<(String, usize)> {
    let mut names = Vec::new();
    for (at, column) in columns.iter().enumerate().filter(|(_, column)| column.unit.is_number()) {
        let (first, middle, last) = taken_apart(&column.name);
        for (_, expected, _) in EXPECTED.iter().filter(|(kind, _, key)| *kind == first && *key == last) {
            names.push((format!("{first}{middle}.{expected}"), at));
        }
        for (short, _) in SHORT.iter().filter(|(_, long)| long.replace('*', daemon) == column.name) {
            names.push(((*short).to_owned(), at));
        }
        names.push((column.name.clone(), at));
    }
    names
}

/// The number in a column.
pub(super) fn measured(columns: &[Column], at: usize) -> Measured {
    let Column { name, unit, .. } = &columns[at];
    let (first, middle, last) = taken_apart(name);
    let whole = WHOLE.iter().find(|(kind, key, _)| *kind == first && *key == last).and_then(|(.., whole)| {
        let whole = format!("{first}{middle}.{whole}");
        columns.iter().position(|column| column.name == whole)
    });
    Measured { column: at, name: name.clone(), unit: *unit, whole }
}

/// `services`, `.my-app` and `min_running`; or `cluster`, nothing and `cost`.
fn taken_apart(name: &str) -> (&str, &str, &str) {
    let Some((rest, last)) = name.rsplit_once('.') else { return ("", "", name) };
    let (first, middle) = rest.find('.').map_or((rest, ""), |at| rest.split_at(at));
    (first, middle, last)
}
