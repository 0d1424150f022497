//! The other readings of each assumption: what a study tries, one at a time, to see what hangs on them.

use super::axis::{Axis, AxisValue};
use super::format;
use super::overrides::Override;
use super::read::Mapping;
use super::{Scenario, check};
use schemars::SchemaGenerator;
use serde_json::Value;

/// What the axis of all readings is called, on the command line and in tables.
pub const READINGS: &str = "assumptions";

/// The reading in force, on that axis.
pub const AS_THEY_ARE: &str = "as they are";

/// Assumptions that are numbers, and the readings that `docs/model.md` lists for each; those without any have none.
/// They are written as [`check::assumptions`] writes what is in force.
const LISTED: &[(&str, &[&str])] = &[
    // a bounded half, a half, a fixed three.
    ("breakerThreshold", &["{boundedPercent: 50}", "{percent: 50}", "{count: 3}"]),
    //
    ("rollbackDrainPercent", &["same", "100"]),
    // the only deadline that is published.
    ("drainDeadline", &[]),
    // somewhere between one minute and fifteen.
    ("idleHeuristic", &["5m", "1m", "15m"]),
    // three attempts, one, or about ten minutes of them.
    (
        "registeringFailure",
        &[
            "{attempts: 3, gap: 30s, then: replaceInstance}",
            "{attempts: 1, gap: 30s, then: replaceInstance}",
            "{attempts: 20, gap: 30s, then: replaceInstance}",
        ],
    ),
    // whether repairs share the cap with deployments is another question than how large it is.
    ("repairCap", &[]),
];

/// Every assumption, `assumptions.batchRounding`, with its readings other than the one in force.
pub fn readings(scenario: &Scenario) -> Vec<(String, Vec<String>)> {
    let in_force = check::assumptions(scenario);
    format::Assumptions::MEMBERS
        .iter()
        .zip(in_force)
        .map(|(member, in_force)| {
            let schema = (member.schema)(&mut SchemaGenerator::default());
            let all = words(schema.as_value()).unwrap_or_else(|| listed(member.key));
            let others = all.into_iter().filter(|reading| *reading != in_force.value);
            (format!("{READINGS}.{}", member.key), others.collect())
        })
        .collect()
}

/// The axis of all readings: as they are, then each other reading of each assumption by itself. Assumptions that
/// another axis varies are left to it.
pub fn readings_axis(scenario: &Scenario, option: &'static str, others: &[Axis]) -> Axis {
    let mut values = vec![AxisValue { label: AS_THEY_ARE.to_owned(), edits: Vec::new() }];
    for (path, readings) in readings(scenario) {
        let inside = |name: &str| {
            name.strip_prefix(path.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        if others.iter().any(|axis| inside(&axis.name)) {
            continue;
        }
        let key = path.trim_start_matches(READINGS).trim_start_matches('.');
        values.extend(readings.into_iter().map(|value| AxisValue {
            label: format!("{key}={value}"),
            edits: vec![Override { option, path: path.clone(), value }],
        }));
    }
    Axis { name: READINGS.to_owned(), values }
}

/// What a member of a closed list can say.
fn words(schema: &Value) -> Option<Vec<String>> {
    if let Some(words) = schema.get("enum").and_then(Value::as_array) {
        return words.iter().map(|word| word.as_str().map(str::to_owned)).collect();
    }
    let is_boolean = schema.get("type").and_then(Value::as_str) == Some("boolean");
    is_boolean.then(|| [true, false].map(|value| value.to_string()).to_vec())
}

fn listed(key: &str) -> Vec<String> {
    let readings = LISTED.iter().find(|(listed, _)| *listed == key).map_or(&[][..], |(_, readings)| readings);
    readings.iter().map(|reading| (*reading).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::starter;
    use crate::scenario::{Case, Draft};

    fn draft() -> Draft {
        Draft::read("update.yaml", starter(Case::Update).as_bytes()).expect("a starter")
    }

    fn scenario(edits: &[Override]) -> Scenario {
        let mut none = |_: &str| Err(String::new());
        draft().scenario(edits, &mut none).unwrap_or_else(|mistakes| panic!("{edits:?}: {mistakes}"))
    }

    fn edit(path: &str, value: &str) -> Override {
        Override { option: "--set", path: path.to_owned(), value: value.to_owned() }
    }

    /// Every key of the format has another reading, or is known to have none.
    #[test]
    fn no_assumption_is_forgotten() {
        let none = ["drainDeadline", "repairCap"];
        let all = readings(&scenario(&[]));
        assert_eq!(all.len(), format::Assumptions::MEMBERS.len());
        for (path, readings) in &all {
            let key = path.strip_prefix("assumptions.").expect("a path");
            assert_eq!(readings.is_empty(), none.contains(&key), "{path}: {readings:?}");
        }
        for (key, _) in LISTED {
            assert!(all.iter().any(|(path, _)| path.ends_with(&format!(".{key}"))), "there is no {key}");
        }
    }

    #[test]
    fn the_reading_in_force_is_not_another() {
        let of = |scenario: &Scenario, key: &str| {
            let path = format!("assumptions.{key}");
            readings(scenario).into_iter().find(|(p, _)| *p == path).map(|(_, readings)| readings)
        };
        let base = scenario(&[]);
        assert_eq!(of(&base, "batchRounding"), Some(vec!["floor".to_owned(), "halfUp".to_owned()]));
        assert_eq!(of(&base, "maxCountsStopping"), Some(vec!["false".to_owned()]));
        assert_eq!(of(&base, "idleHeuristic"), Some(vec!["1m".to_owned(), "15m".to_owned()]));
        assert_eq!(of(&base, "rollbackDrainPercent"), Some(vec!["100".to_owned()]));
        let other = scenario(&[
            edit("assumptions.batchRounding", "floor"),
            edit("assumptions.idleHeuristic", "900s"),
        ]);
        assert_eq!(of(&other, "batchRounding"), Some(vec!["ceil".to_owned(), "halfUp".to_owned()]));
        assert_eq!(of(&other, "idleHeuristic"), Some(vec!["5m".to_owned(), "1m".to_owned()]));
    }

    /// Each is a valid scenario, and another one.
    #[test]
    fn every_reading_can_be_taken() {
        let base = scenario(&[]);
        let axis = readings_axis(&base, "--vary", &[]);
        assert_eq!((axis.name.as_str(), axis.values[0].label.as_str()), ("assumptions", "as they are"));
        assert!(axis.values[0].edits.is_empty());
        for value in &axis.values[1..] {
            let other = scenario(&value.edits);
            assert_ne!(other.setup.assumptions, base.setup.assumptions, "{}", value.label);
        }
        let mut labels: Vec<&str> = axis.values.iter().map(|value| value.label.as_str()).collect();
        labels.sort_unstable();
        labels.dedup();
        assert_eq!(labels.len(), axis.values.len());
        assert!(labels.contains(&"waveMode=slidingWindow"), "{labels:?}");
    }

    #[test]
    fn what_another_axis_varies_is_left_to_it() {
        let bake = Axis::parse("--vary", "assumptions.bake=atEnd,perWave").expect("an axis");
        let axis = readings_axis(&scenario(&[]), "--vary", &[bake]);
        assert!(!axis.values.iter().any(|value| value.label.starts_with("bake=")));
        assert!(axis.values.iter().any(|value| value.label.starts_with("batchBase=")));
    }
}
