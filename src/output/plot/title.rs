//! What stands above a picture.

use super::canvas::{Canvas, WIDTH, Words};
use super::colours::{INK, MUTED};
use super::font::fitted;
use super::window::Window;
use crate::model::{DeploymentStatus, RevisionName};
use crate::output::RunReport;
use crate::output::decimal::grouped;
use crate::output::human::human;
use crate::record::{DeploymentSummary, Outcome};

/// Where the title leaves off.
pub(super) const BOTTOM: i32 = 150;
/// Where titles begin.
const LEFT: i32 = 48;
/// How wide they may be.
const ROOM: i32 = WIDTH - 2 * LEFT;
const BIG: Words = Words::new(42, INK).medium();

/// Draws the title, and below it what run this is and what of it is shown.
pub(super) fn draw(canvas: &mut Canvas<'_>, report: &RunReport<'_>, window: Window, more: &[String]) {
    canvas.text(&fitted(&headline(report), BIG.size, BIG.weight, ROOM), (LEFT, 56), BIG);
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
    parts.extend(match run.outcome {
        Outcome::Completed => None,
        Outcome::Horizon => Some("ended at the horizon".to_owned()),
        Outcome::Stalled => Some("stalled".to_owned()),
        Outcome::Limit => Some("ended by a limit".to_owned()),
    });
    parts.extend(window.remark(run.ended_at));
    let small = Words::new(25, MUTED);
    // The scenario's name gives way first: the rest is what tells runs apart.
    let rest: i32 = small.width(&parts[1..].join(" · ")) + small.width(" · ");
    parts[0] = fitted(&parts[0], small.size, small.weight, (ROOM - rest).max(200));
    let line = fitted(&parts.join(" · "), small.size, small.weight, ROOM);
    canvas.text(&line, (LEFT, 108), small);
}

/// What the picture shows, in a line. Long names give way, so that what became of them stays.
pub(super) fn headline(report: &RunReport<'_>) -> String {
    match &report.summary.deployments[..] {
        [] => named(&report.meta.scenario, ": no deployment", ROOM),
        [d] => one(report, d),
        [first, second] => {
            let half = (ROOM - BIG.width(", ")) / 2;
            format!("{}, {}", short(report, first, half), short(report, second, half))
        }
        [first, rest @ ..] => {
            let more = format!(" and {} more deployments", rest.len());
            let room = ROOM - BIG.width(&more);
            format!("{}{more}", short(report, first, room))
        }
    }
}

fn one(report: &RunReport<'_>, d: &DeploymentSummary) -> String {
    let of: u32 = d.batches.iter().map(|batch| batch.of).sum();
    let (of, s) = (grouped(of.into()), if of == 1 { "" } else { "s" });
    let (name, what) = match d.target_revision {
        Some(id) => (report.names.revision(RevisionName::Daemon(id)), format!(" on {of} instance{s}")),
        None => (report.names.daemon(d.name.daemon), format!(" leaves {of} instance{s}")),
    };
    named(name, &format!("{what}: {}", became(d)), ROOM)
}

fn short(report: &RunReport<'_>, d: &DeploymentSummary, room: i32) -> String {
    named(&report.names.deployment(d.name), &format!(" {}", became(d)), room)
}

/// "SUCCESSFUL in 14 m 02 s".
fn became(d: &DeploymentSummary) -> String {
    let word = d.status.word();
    match (d.duration(), d.status) {
        (Some(took), DeploymentStatus::Successful) => format!("{word} in {}", human(took)),
        (Some(took), _) => format!("{word} after {}", human(took)),
        (None, _) => format!("{word} when the run ended"),
    }
}

/// A name as far as it fits, and the rest of the words.
fn named(name: &str, rest: &str, room: i32) -> String {
    format!("{}{rest}", fitted(name, BIG.size, BIG.weight, room - BIG.width(rest)))
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
