//! What stands above a picture.

use super::canvas::{Canvas, WIDTH, Words};
use super::colours::{INK, MUTED};
use super::font::fitted;
use super::window::Window;
use crate::model::{DeploymentStatus, RevisionName};
use crate::output::RunReport;
use crate::output::decimal::grouped;
use crate::output::human::human;
use crate::record::DeploymentSummary;

/// Where the title leaves off.
pub(super) const BOTTOM: i32 = 150;
/// Where titles begin.
const LEFT: i32 = 48;

/// Draws the title, and below it what run this is and what of it is shown.
pub(super) fn draw(canvas: &mut Canvas<'_>, report: &RunReport<'_>, window: Window, more: &[String]) {
    let big = Words::new(42, INK).medium();
    canvas.text(&fitted(&headline(report), big.size, big.weight, WIDTH - 2 * LEFT), (LEFT, 56), big);
    let (meta, run) = (report.meta, report.summary);
    let mut parts = vec![
        meta.scenario.clone(),
        format!("seed {}", meta.seed),
        format!("replication {}", meta.replication),
        format!("{} instances at the start", grouped(run.cluster.instances_start.into())),
    ];
    if let [d] = &run.deployments[..] {
        parts.extend(batches(d));
    }
    parts.extend_from_slice(more);
    parts.extend(window.remark(run.ended_at));
    let small = Words::new(26, MUTED);
    // The scenario's name gives way first: the rest is what tells runs apart.
    let rest: i32 = small.width(&parts[1..].join(" · ")) + small.width(" · ");
    parts[0] = fitted(&parts[0], small.size, small.weight, (WIDTH - 2 * LEFT - rest).max(200));
    let line = fitted(&parts.join(" · "), small.size, small.weight, WIDTH - 2 * LEFT);
    canvas.text(&line, (LEFT, 108), small);
}

/// What the picture shows, in a line.
pub(super) fn headline(report: &RunReport<'_>) -> String {
    match &report.summary.deployments[..] {
        [] => format!("{}: no deployment", report.meta.scenario),
        [d] => one(report, d),
        [first, second] => format!("{}, {}", short(report, first), short(report, second)),
        [first, rest @ ..] => format!("{} and {} more deployments", short(report, first), rest.len()),
    }
}

fn one(report: &RunReport<'_>, d: &DeploymentSummary) -> String {
    let of: u32 = d.batches.iter().map(|batch| batch.of).sum();
    let (of, s) = (grouped(of.into()), if of == 1 { "" } else { "s" });
    let what = match d.target_revision {
        Some(id) => format!("{} on {of} instance{s}", report.names.revision(RevisionName::Daemon(id))),
        None => format!("{} leaves {of} instance{s}", report.names.daemon(d.name.daemon)),
    };
    let word = d.status.word();
    match (d.duration(), d.status) {
        (Some(took), DeploymentStatus::Successful) => format!("{what}: {word} in {}", human(took)),
        (Some(took), _) => format!("{what}: {word} after {}", human(took)),
        (None, _) => format!("{what}: {word} when the run ended"),
    }
}

fn short(report: &RunReport<'_>, d: &DeploymentSummary) -> String {
    let name = report.names.deployment(d.name);
    match d.duration() {
        Some(took) => format!("{name} {} in {}", d.status.word(), human(took)),
        None => format!("{name} {}", d.status.word()),
    }
}

/// "18 of 70 at a time".
fn batches(d: &DeploymentSummary) -> Option<String> {
    let each: Vec<String> = d
        .batches
        .iter()
        .take(3)
        .map(|batch| format!("{} of {}", grouped(batch.size.into()), grouped(batch.of.into())))
        .collect();
    (!each.is_empty() && d.waves > 0).then(|| format!("{} at a time", each.join(", ")))
}
