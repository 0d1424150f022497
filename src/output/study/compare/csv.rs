//! `differences.csv`: a row for each measure.

use std::io;

use crate::output::csv::row::Table;
use crate::study::results::{Comparison, Difference, LOW_POINT_SCALE};

/// What is said of a measure.
pub(in crate::output) const COLUMNS: [&str; 13] = [
    "measure",
    "a_mean",
    "b_mean",
    "difference",
    "sd",
    "ci_low",
    "ci_high",
    "pairs",
    "b_smaller",
    "equal",
    "b_larger",
    "only_a",
    "only_b",
];

/// Beside the measures of runs: the lowest point in percent of the tasks desired then.
pub(in crate::output) const LOW_POINT: &str = "cluster.app_running_min_percent";

/// Writes `differences.csv`. A measure that no replication has in both scenarios has no means, and says
/// in how many only one has it.
///
/// # Errors
///
/// Those of `out`.
pub fn write_differences_csv<W: io::Write>(comparison: &Comparison, out: W) -> io::Result<W> {
    let mut table = Table::with_columns(out, COLUMNS);
    for (n, (name, scale, difference)) in rows(comparison).enumerate() {
        table.text(name);
        match (difference, comparison.alone.get(n)) {
            (None, Some([only_a, only_b])) => {
                (0..6).for_each(|_| table.nothing());
                // No pair, and so none that is smaller, equal or larger.
                [0, 0, 0, 0, *only_a, *only_b].into_iter().for_each(|count| table.whole(count));
            }
            _ => row(&mut table, scale, difference),
        }
        table.end_row();
    }
    table.finish()
}

/// Each measure, how many of its units are one of what is written, and what is said of it.
pub(in crate::output) fn rows(
    comparison: &Comparison,
) -> impl Iterator<Item = (&str, f64, Option<&Difference>)> {
    let measures = comparison.columns.iter().zip(&comparison.differences);
    let low_point = comparison.low_point.as_ref().map(|d| (LOW_POINT, LOW_POINT_SCALE, Some(d)));
    measures
        .map(|(column, d)| (column.name.as_str(), column.unit.scale() as f64, d.as_ref()))
        .chain(low_point)
}

/// What is said of it, after its name.
pub(in crate::output) fn row<W: io::Write>(
    table: &mut Table<W>,
    scale: f64,
    difference: Option<&Difference>,
) {
    let Some(d) = difference else {
        return (1..COLUMNS.len()).for_each(|_| table.nothing());
    };
    let [low, high] = [d.interval.map(|(low, _)| low), d.interval.map(|(_, high)| high)];
    for value in [Some(d.a_mean), Some(d.b_mean), Some(d.mean), d.sd, low, high] {
        match value {
            Some(value) => table.real(value / scale),
            None => table.nothing(),
        }
    }
    for count in [d.pairs, d.b_smaller, d.equal, d.b_larger, d.only_a, d.only_b] {
        table.whole(count);
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{comparison, constant, single, spread};
    use super::*;
    use crate::study::results::Unit;

    #[test]
    fn a_row_for_each_measure_in_the_unit_in_which_it_is_written() {
        let mut all = comparison(&[
            ("deployments.d.duration_s", Unit::Milliseconds, Some(spread(90_500.0, 80_500.0, 250.0))),
            ("cluster.cost", Unit::MicroDollars, Some(constant(1_000_000.0, 1_500_000.0))),
            ("cluster.instances_max", Unit::Count, Some(single(7.0, 9.0))),
            ("deployments.d.time_to_detect_s", Unit::Milliseconds, None),
        ]);
        all.alone[3] = [0, 3];
        all.low_point = Some(spread(800_000.0, 769_000.0, 2_000.0));
        let text = write_differences_csv(&all, Vec::new()).expect("memory");
        let text = String::from_utf8(text).expect("text");
        let expected = "\
measure,a_mean,b_mean,difference,sd,ci_low,ci_high,pairs,b_smaller,equal,b_larger,only_a,only_b
deployments.d.duration_s,90.500000,80.500000,-10.000000,1.250000,-10.250000,-9.750000,100,90,4,6,0,0
cluster.cost,1.000000,1.500000,0.500000,0.000000,0.500000,0.500000,100,0,0,100,0,0
cluster.instances_max,7.000000,9.000000,2.000000,,,,1,0,0,1,0,0
deployments.d.time_to_detect_s,,,,,,,0,0,0,0,0,3
cluster.app_running_min_percent,80.000000,76.900000,-3.100000,1.000000,-3.300000,-2.900000,100,90,4,6,0,0
";
        assert_eq!(text, expected);
    }
}
