//! What a study says on the terminal: its points in short, what was expected, what makes a difference.

mod expected;
mod points;
#[cfg(test)]
mod tests;

use super::StudyMeta;
use super::view::{Deployment, View, printable};
use super::words::said;
use crate::output::decimal::grouped;
use crate::output::text::page::{Page, Tone};
use crate::study::results::StudyResult;

/// What is shown beside the study itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct StudyTextOptions<'a> {
    /// Whether to colour it, by ANSI sequences.
    pub colour: bool,
    /// What else there is to say, each with its own heading.
    pub sections: &'a [String],
    /// Where the files are; nothing when none were written.
    pub files: Option<&'a str>,
}

/// A study in short. No line is longer than eighty columns.
pub fn study_text(meta: &StudyMeta, result: &StudyResult, options: &StudyTextOptions<'_>) -> String {
    let view = View::of(result);
    let mut page = Page::new(options.colour);
    title(&mut page, meta, view);
    points::write(&mut page, view);
    expected::write(&mut page, view);
    differences(&mut page, view);
    options.sections.iter().for_each(|section| page.section(section));
    if let Some(files) = options.files {
        page.heading("Files");
        page.plain(files);
    }
    page.finish()
}

fn title(page: &mut Page, meta: &StudyMeta, view: View<'_>) {
    page.title(&printable(&meta.scenario), &format!("seed {}, {}", meta.seed, size(view)));
    if !meta.description.is_empty() {
        page.plain(&meta.description);
    }
    let axes = view.result.axes.iter().map(|axis| {
        let values = counted(axis.labels.len() as u64, "value");
        format!("{} ({values})", printable(&axis.name))
    });
    let axes: Vec<String> = axes.collect();
    if !axes.is_empty() {
        page.quiet(&format!("Varied: {}.", axes.join(", ")));
    }
    let imprecise = view.result.points.iter().filter(|point| point.imprecise).count() as u64;
    if imprecise > 0 {
        let are = if imprecise == 1 { "is" } else { "are" };
        page.warning(&format!("{} {are} not as precise as asked for.", counted(imprecise, "point")));
    }
    for deployment in view.deployments() {
        unfinished(page, view, deployment);
    }
}

/// How many runs there are: "12 points x 100 replications = 1,200 runs".
pub(in crate::output) fn size(view: View<'_>) -> String {
    let each = || view.result.points.iter().map(|point| point.replications);
    let (least, most) = (each().min().unwrap_or(0), each().max().unwrap_or(0));
    match view.result.points.len() as u64 {
        1 => counted(most, "replication"),
        points if least == most => format!(
            "{} x {} = {}",
            counted(points, "point"),
            counted(most, "replication"),
            counted(points * most, "run")
        ),
        points => format!(
            "{} x {} to {} = {}",
            counted(points, "point"),
            grouped(least.into()),
            counted(most, "replication"),
            counted(each().sum(), "run")
        ),
    }
}

/// Says how many runs ended before a deployment did.
fn unfinished(page: &mut Page, view: View<'_>, deployment: Deployment<'_>) {
    let points = 0..view.result.points.len();
    let absent = |point: usize| view.absent(point, deployment.duration);
    let total: u64 = points.clone().map(absent).sum();
    if total == 0 {
        return;
    }
    let runs: u64 = view.result.points.iter().map(|point| point.replications).sum();
    let least = points.clone().map(absent).min();
    let most = match points.max_by_key(|point| (absent(*point), std::cmp::Reverse(*point))) {
        Some(point) if Some(absent(point)) > least => {
            let of = view.result.points[point].replications;
            let (absent, of) = (grouped(absent(point).into()), grouped(of.into()));
            format!("; most often at {} ({absent} of {of})", view.point_name(point))
        }
        Some(_) | None => String::new(),
    };
    let rest = if total < runs { " Durations are of the others." } else { "" };
    page.warning(&format!(
        "{} of {}: the last deployment of {} did not end, because of the horizon, a stall or a limit{most}.{rest}",
        grouped(total.into()),
        counted(runs, "run"),
        deployment.daemon
    ));
}

/// Where each of the main measures is smallest and where largest.
fn differences(page: &mut Page, view: View<'_>) {
    if view.result.points.len() < 2 {
        return;
    }
    let lines: Vec<String> = main_measures(view).into_iter().filter_map(|at| difference(view, at)).collect();
    page.heading("What makes a difference");
    if lines.is_empty() {
        page.plain("Nothing: the main measures have the same mean at all points.");
    }
    for line in lines {
        page.item("-", Tone::Quiet, &line);
    }
}

/// The measures that a reader asks for first.
pub(in crate::output) fn main_measures(view: View<'_>) -> Vec<usize> {
    let deployments = view.deployments();
    let durations = deployments.iter().map(|d| d.duration);
    let rollbacks = deployments.iter().filter_map(|d| d.rolled_back);
    let cluster = ["app_running_min", "active_min", "instances_max", "cost"];
    let cluster = cluster.into_iter().filter_map(|key| view.measure(&format!("cluster.{key}")));
    durations.chain(rollbacks).chain(cluster).collect()
}

fn difference(view: View<'_>, measure: usize) -> Option<String> {
    let (least, most) = view.extremes(measure)?;
    let (low, high) = (view.estimate(least, measure)?, view.estimate(most, measure)?);
    let said = said(view.measures().find(|(at, _)| *at == measure)?.1);
    let doubt = match (low.interval, high.interval) {
        (Some((_, below)), Some((above, _))) if below < above => "",
        (Some(_), Some(_)) => "; their intervals overlap",
        _ => "",
    };
    let value = |mean: f64| said.kind.text(mean);
    Some(format!(
        "{}: from {} at {} to {} at {}{doubt}.",
        said.title,
        value(low.mean),
        view.points_like(measure, least),
        value(high.mean),
        view.points_like(measure, most)
    ))
}

/// "1 run", "5,000 runs".
pub(in crate::output) fn counted(n: u64, what: &str) -> String {
    format!("{} {what}{}", grouped(n.into()), if n == 1 { "" } else { "s" })
}
