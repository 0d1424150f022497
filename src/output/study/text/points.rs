//! A row for each point, in tables that fit.

use super::counted;
use crate::output::study::view::{View, printable, short_names};
use crate::output::study::words::{Kind, said};
use crate::output::text::page::{Column, Page, shorten};
use crate::study::results::{Estimate, StudyResult};

/// More rows than this nobody reads on a terminal.
const ROWS_MAX: usize = 40;
/// More axes than this leave no room for a column each.
const AXES_MAX: usize = 3;

/// A column: its head, and how a point's cell is made.
struct Part {
    head: &'static str,
    measure: usize,
    kind: Kind,
    cell: fn(Kind, &Estimate) -> String,
}

/// Writes a table of each deployment, and one of the cluster.
pub(super) fn write(page: &mut Page, view: View<'_>) {
    let part = |head, measure: usize, cell| {
        let (_, column) = view.measures().find(|(at, _)| *at == measure)?;
        Some(Part { head, measure, kind: said(column).kind, cell })
    };
    let mean: fn(Kind, &Estimate) -> String = |kind, e| kind.mean(e);
    let high: fn(Kind, &Estimate) -> String = |kind, e| kind.text(e.p95 as f64);
    let low: fn(Kind, &Estimate) -> String = |kind, e| kind.text(e.p5 as f64);
    let mut rolled_back = false;
    for deployment in view.deployments() {
        let back = deployment.rolled_back.filter(|at| view.estimates(*at).flatten().any(|e| e.most > 0));
        rolled_back |= back.is_some();
        let parts = [
            part("duration", deployment.duration, mean),
            part("p95", deployment.duration, high),
            back.and_then(|at| part("rolled back", at, mean)),
        ];
        page.heading(&shorten(&format!("Last deployment of {}", deployment.daemon), 80));
        rows(page, view, &parts.into_iter().flatten().collect::<Vec<_>>());
    }
    if rolled_back {
        page.quiet("Durations are of all deployments that ended, the rolled back ones too.");
    }
    let place = |key: &str| view.measure(&format!("cluster.{key}")).filter(|at| view.is_seen(*at));
    // Where services never lose a task, what a setting costs shows in the instances.
    let tasks = place("app_running_min");
    let active = place("active_min").filter(|_| tasks.is_none_or(|tasks| !view.varies(tasks)));
    let all = [
        tasks.and_then(|at| part("fewest tasks", at, mean)),
        tasks.and_then(|at| part("p5", at, low)),
        active.and_then(|at| part("fewest ACTIVE", at, mean)),
        active.and_then(|at| part("p5", at, low)),
        place("instances_max").and_then(|at| part("most instances", at, mean)),
        place("cost").and_then(|at| part("cost", at, mean)),
    ];
    let (varying, same): (Vec<Part>, Vec<Part>) =
        all.into_iter().flatten().partition(|part| view.varies(part.measure));
    if varying.is_empty() && same.is_empty() {
        return;
    }
    page.heading("Capacity and cost");
    if !varying.is_empty() {
        rows(page, view, &varying);
    }
    let same: Vec<String> = same
        .iter()
        .filter(|part| part.head != "p5")
        .filter_map(|part| {
            Some(format!("{} {}", part.head, part.kind.text(view.estimate(0, part.measure)?.mean)))
        })
        .collect();
    if !same.is_empty() {
        page.plain(&format!("The same in every run: {}.", same.join(", ")));
    }
    legend(page, view);
}

/// What the numbers are.
fn legend(page: &mut Page, view: View<'_>) {
    let single = view.result.points.iter().any(|point| point.replications < 2);
    page.quiet(if single {
        "Means ± n/a: of a single run nobody knows how far chance has moved it."
    } else {
        "Means ± half of their 95 % interval, shares with their 95 % interval; 5 % of the runs are not above \
         p5, 95 % not above p95."
    });
}

fn rows(page: &mut Page, view: View<'_>, parts: &[Part]) {
    let cell = |part: &Part, point: usize| match view.estimate(point, part.measure) {
        Some(estimate) => (part.cell)(part.kind, estimate),
        None => "n/a".to_owned(),
    };
    let result = view.result;
    if result.axes.is_empty() {
        for part in parts {
            page.pair(part.head, &cell(part, 0));
        }
        return;
    }
    let mut columns = axis_columns(result);
    columns.extend(parts.iter().map(|part| Column::number(part.head)));
    let shown = result.points.len().min(ROWS_MAX);
    let rows = (0..shown).map(|point| {
        let mut row = axis_cells(result, point);
        row.extend(parts.iter().map(|part| cell(part, point)));
        row
    });
    page.table(&columns, rows.collect());
    if result.points.len() > shown {
        let more = counted((result.points.len() - shown) as u64, "more point");
        page.quiet(&format!("and {more}: points.csv"));
    }
}

/// A column for each axis; of many, one for all, and the row's number in `points.csv`.
fn axis_columns(result: &StudyResult) -> Vec<Column> {
    let names = short_names(&result.axes);
    if names.len() > AXES_MAX {
        return vec![Column::number("row"), Column::of_user(names.join(", "), false)];
    }
    let is_number = |label: &String| label.parse::<f64>().is_ok();
    let columns = names.into_iter().zip(&result.axes);
    columns.map(|(name, axis)| Column::of_user(name, axis.labels.iter().all(is_number))).collect()
}

fn axis_cells(result: &StudyResult, point: usize) -> Vec<String> {
    let labels: Vec<String> = result.points[point].labels.iter().map(|label| printable(label)).collect();
    if labels.len() > AXES_MAX { vec![(point + 1).to_string(), labels.join(", ")] } else { labels }
}
