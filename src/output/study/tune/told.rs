//! Parts of a search's result in words.

use crate::output::study::view::{printable, short_names};
use crate::output::study::words::{Kind, said};
use crate::study::results::{Chance, Configuration, Fate, LimitResult, TuneResult};

/// A share of runs: `98.4 %`.
pub(super) fn share(share: f64) -> String {
    Kind::Share.text(share)
}

/// A value of the objective: `41 m 20 s`.
pub(super) fn amount(result: &TuneResult, value: f64) -> String {
    said(&result.objective).kind.text(value)
}

/// What became of a candidate, short enough for a table; limits are numbered from 1.
pub(super) fn fate(result: &TuneResult, at: usize) -> String {
    let candidate = &result.candidates[at];
    match candidate.fate {
        Fate::Best => "recommended".to_owned(),
        Fate::Missed(limit) => {
            let seen = candidate.chances.get(limit).map_or(0.0, Chance::share);
            format!("misses limit {}: {}", limit + 1, share(seen))
        }
        Fate::Worse { by, .. } => format!("{} more", amount(result, by)),
        Fate::Tied => "exactly as good".to_owned(),
        Fate::Close => format!("as good within {}", share(result.indifference)),
        Fate::Open => "open".to_owned(),
    }
}

/// What a limit asks for: `at least 95 %`.
pub(super) fn asked(limit: &LimitResult) -> String {
    format!("{} {}", if limit.at_least { "at least" } else { "at most" }, share(limit.share))
}

/// What is sure of a limit, on the side that matters: `above 95.9 %`.
pub(super) fn sure(limit: &LimitResult, chance: &Chance) -> String {
    if limit.at_least { format!("≥ {}", share(chance.low)) } else { format!("≤ {}", share(chance.high)) }
}

/// `drainPercent 12, bakeTimeInMinutes 5`.
pub(in crate::output) fn setting(result: &TuneResult, at: usize) -> String {
    named(result, &result.candidates[at].labels)
}

/// The same of the values of each axis.
pub(super) fn named(result: &TuneResult, labels: &[String]) -> String {
    let values = short_names(&result.axes).into_iter().zip(labels);
    let values: Vec<String> = values.map(|(name, value)| format!("{name} {}", printable(value))).collect();
    if values.is_empty() { "the scenario as it is".to_owned() } else { values.join(", ") }
}

/// What all settings of the front have in common, when a bad revision is tried: those with a better bake may not have
/// met it.
pub(in crate::output) fn fixed(result: &TuneResult) -> Option<String> {
    let around = result.best.or(result.binding.map(|binding| binding.nearest))?;
    if !result.limits.iter().any(|limit| limit.bad) {
        return None;
    }
    let values = short_names(&result.axes).into_iter().zip(&result.candidates[around].labels);
    let others = values.zip(&result.axes).filter(|(_, axis)| !axis.name.ends_with(".drainPercent"));
    let fixed: Vec<String> =
        others.map(|((name, label), _)| format!("{name} {}", printable(label))).collect();
    (!fixed.is_empty()).then(|| listed(&fixed))
}

/// `a, b and c`.
pub(super) fn listed(items: &[String]) -> String {
    match items {
        [] => "nothing".to_owned(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// A `deploymentConfiguration` as JSON on one line. UpdateDaemon is not additive: alarms that are left out are gone.
pub(super) fn configuration(of: &Configuration) -> String {
    let mut text =
        format!("{{\"drainPercent\": {}, \"bakeTimeInMinutes\": {}", of.drain_percent, of.bake_minutes);
    if !of.alarms.is_empty() {
        let names: Vec<String> =
            of.alarms.iter().map(|name| serde_json::Value::from(&**name).to_string()).collect();
        text += &format!(", \"alarms\": {{\"alarmNames\": [{}], \"enable\": true}}", names.join(", "));
    }
    text + "}"
}
