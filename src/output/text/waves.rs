//! The table of waves; of many, the first, the slowest and the last.

use super::page::{Column, Page};
use super::sentences::counted;
use crate::output::RunReport;
use crate::output::decimal::grouped;
use crate::output::human::{clock, human};
use crate::record::{Direction, WaveSummary};

/// With no more than so many, all are shown.
const ALL_MAX: usize = 12;
const FIRST: usize = 4;
const SLOWEST: usize = 3;
const LAST: usize = 3;

pub(super) fn write(page: &mut Page, report: &RunReport<'_>) {
    let waves = &report.summary.waves;
    if waves.is_empty() {
        return;
    }
    page.heading("Waves");
    let shown = choose(waves);
    let several = waves.iter().any(|w| w.provider != waves[0].provider);
    let failures = waves.iter().any(|w| w.daemon_failures > 0);
    let mut columns = vec![Column::name("deployment")];
    if several {
        columns.push(Column::name("provider"));
    }
    columns.extend([
        Column::number("wave"),
        Column::number("instances"),
        Column::number("began"),
        Column::number("took"),
        Column::word("slowest in"),
        Column::number("tasks"),
    ]);
    if failures {
        columns.push(Column::number("failed"));
    }
    let mut rows = Vec::new();
    let mut next = 0;
    for &i in &shown {
        if i > next {
            rows.push(vec![format!(
                "… {} in waves.csv",
                counted(u32::try_from(i - next).unwrap_or(u32::MAX), "more wave")
            )]);
        }
        next = i + 1;
        let w = &waves[i];
        let back = if w.direction == Direction::Rollback { "back " } else { "" };
        let mut row = vec![report.names.deployment(w.deployment)];
        if several {
            row.push(report.names.provider(w.provider).to_owned());
        }
        row.extend([
            format!("{back}{}", w.wave),
            grouped(w.instances.into()),
            clock(w.started),
            w.finished.map_or("unfinished".to_owned(), |end| human(end.since(w.started))),
            w.slowest_stage.map_or("-", |stage| stage.word()).to_owned(),
            grouped(w.min_app_running.into()),
        ]);
        if failures {
            row.push(grouped(w.daemon_failures.into()));
        }
        rows.push(row);
    }
    page.table(&columns, rows);
    let back = waves.iter().any(|w| w.direction == Direction::Rollback);
    let back = if back { "back: a wave of a rollback; " } else { "" };
    let failed = if failures { "; failed: failures of the daemon" } else { "" };
    page.quiet(&format!(
        "{back}slowest in: the stage that held up the slowest instance; tasks: the fewest that ran{failed}."
    ));
}

/// Which waves to show, in order.
fn choose(waves: &[WaveSummary]) -> Vec<usize> {
    if waves.len() <= ALL_MAX {
        return (0..waves.len()).collect();
    }
    let took = |i: &usize| waves[*i].finished.map(|end| end.since(waves[*i].started));
    let mut slowest: Vec<usize> = (0..waves.len()).collect();
    slowest.sort_by_key(|i| std::cmp::Reverse(took(i)));
    let mut chosen: Vec<usize> =
        (0..FIRST).chain(waves.len() - LAST..waves.len()).chain(slowest.into_iter().take(SLOWEST)).collect();
    chosen.sort_unstable();
    chosen.dedup();
    chosen
}
