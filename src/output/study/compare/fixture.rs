//! Differences made by hand, for tests.

use super::{CompareMeta, Side};
use crate::study::results::{Column, Comparison, Difference, Unit};

/// A hundred pairs with such means, and the half-width of their interval.
pub(in crate::output) fn spread(a_mean: f64, b_mean: f64, half: f64) -> Difference {
    let mean = b_mean - a_mean;
    let (b_smaller, b_larger) = if mean < 0.0 { (90, 6) } else { (6, 90) };
    Difference {
        pairs: 100,
        only_a: 0,
        only_b: 0,
        a_mean,
        b_mean,
        mean,
        sd: Some(half * 5.0),
        interval: Some((mean - half, mean + half)),
        least: (mean - half * 10.0) as i128,
        most: (mean + half * 10.0) as i128,
        b_smaller,
        equal: 4,
        b_larger,
    }
}

/// The same difference in a hundred pairs.
pub(in crate::output) fn constant(a_mean: f64, b_mean: f64) -> Difference {
    let mean = b_mean - a_mean;
    let count = |yes: bool| if yes { 100 } else { 0 };
    Difference {
        least: mean as i128,
        most: mean as i128,
        b_smaller: count(mean < 0.0),
        equal: count(mean == 0.0),
        b_larger: count(mean > 0.0),
        ..spread(a_mean, b_mean, 0.0)
    }
}

/// One pair.
pub(in crate::output) fn single(a: f64, b: f64) -> Difference {
    let count = |yes: bool| u64::from(yes);
    Difference {
        pairs: 1,
        sd: None,
        interval: None,
        b_smaller: count(b < a),
        equal: count(a == b),
        b_larger: count(b > a),
        ..constant(a, b)
    }
}

pub(in crate::output) fn comparison(measures: &[(&str, Unit, Option<Difference>)]) -> Comparison {
    let column =
        |(name, unit, _): &(&str, Unit, _)| Column { name: (*name).to_owned(), unit: *unit, optional: true };
    Comparison {
        a: "A".to_owned(),
        b: "B".to_owned(),
        replications: measures.iter().filter_map(|(_, _, d)| Some(d.as_ref()?.pairs)).max().unwrap_or(100),
        columns: measures.iter().map(column).collect(),
        differences: measures.iter().map(|(_, _, d)| *d).collect(),
        alone: measures.iter().map(|(_, _, d)| d.map_or([0, 0], |d| [d.only_a, d.only_b])).collect(),
        low_point: None,
        expectations: vec!["services.my-app.runningTasks.atLeast".to_owned()],
    }
}

pub(in crate::output) fn meta() -> CompareMeta {
    let side = |label: &str| Side {
        scenario: "existing-provider".to_owned(),
        label: format!("my-agent.drainPercent={label}"),
        sha256: label.repeat(32),
    };
    CompareMeta { a: side("25"), b: side("40"), seed: 7, version: "0.1.0".to_owned() }
}
