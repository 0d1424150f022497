//! `bad.csv`: a row for each daemon and point.

use std::io;

use crate::output::csv::row::Table;
use crate::study::results::{BadResult, Estimate, Share};

const SHARES: [&str; 4] = ["caught", "by_breaker", "by_alarm", "false_rollback"];
const SIZES: [&str; 4] = ["instances_touched", "tasks_touched", "exposure_instance_s", "time_to_detect_s"];
const OF_SIZES: [&str; 6] = ["mean", "p50", "p95", "most", "ci_low", "ci_high"];
const PRIOR: [&str; 5] =
    ["probability", "rollback", "bad_if_rolled_back", "escape", "exposure_instance_s_per_deployment"];

/// Writes `bad.csv`.
///
/// # Errors
///
/// Those of `out`.
pub fn write_bad_csv<W: io::Write>(results: &[BadResult], out: W) -> io::Result<W> {
    let axes = results.first().map_or(&[][..], |result| &result.axes);
    let mut heads: Vec<String> = axes.iter().map(|axis| axis.name.clone()).collect();
    heads.extend(["daemon", "replications"].map(str::to_owned));
    heads.extend(SHARES.iter().flat_map(|s| ["share", "ci_low", "ci_high"].map(|end| format!("{s}.{end}"))));
    heads.extend(SIZES.iter().flat_map(|size| OF_SIZES.map(|end| format!("{size}.{end}"))));
    heads.extend(PRIOR.map(str::to_owned));
    let mut table = Table::with_columns(out, &heads);
    for result in results {
        for point in &result.points {
            point.labels.iter().for_each(|label| table.value(label));
            table.text(&result.daemon);
            maybe(&mut table, point.caught, |table, caught| table.whole(caught.runs));
            for often in [point.caught, point.by_breaker, point.by_alarm, point.false_rollback] {
                share(&mut table, often);
            }
            let sizes = [point.instances, point.tasks, point.exposure, point.time_to_detect];
            for (estimate, scale) in sizes.into_iter().zip([1.0, 1.0, 1000.0, 1000.0]) {
                size(&mut table, estimate.as_ref(), scale);
            }
            let prior = point.prior;
            let exposure = prior.and_then(|prior| prior.exposure).map(|ms| ms / 1000.0);
            let chances = [
                result.probability,
                prior.map(|prior| prior.rollback),
                prior.and_then(|prior| prior.bad_if_rolled_back),
                prior.map(|prior| prior.escape),
                exposure,
            ];
            chances.into_iter().for_each(|chance| maybe(&mut table, chance, Table::real));
            table.end_row();
        }
    }
    table.finish()
}

fn maybe<W: io::Write, T>(table: &mut Table<W>, value: Option<T>, write: impl FnOnce(&mut Table<W>, T)) {
    match value {
        Some(value) => write(table, value),
        None => table.nothing(),
    }
}

fn share<W: io::Write>(table: &mut Table<W>, share: Option<Share>) {
    let interval = share.and_then(|share| share.interval);
    for value in [share.map(|s| s.share), interval.map(|(low, _)| low), interval.map(|(_, high)| high)] {
        maybe(table, value, Table::real);
    }
}

fn size<W: io::Write>(table: &mut Table<W>, estimate: Option<&Estimate>, scale: f64) {
    let whole = |value: fn(&Estimate) -> u64| estimate.map(|e| value(e) as f64);
    let interval = estimate.and_then(|e| e.interval);
    let values = [
        estimate.map(|e| e.mean),
        whole(|e| e.p50),
        whole(|e| e.p95),
        whole(|e| e.most),
        interval.map(|(low, _)| low),
        interval.map(|(_, high)| high),
    ];
    values.into_iter().for_each(|value| maybe(table, value.map(|value| value / scale), Table::real));
}
