//! Fast against safe: how long a deployment takes at each point of a sweep, and what capacity is left at its lowest.

use super::{Choice, Mark, Picture};
use crate::output::plot::colours::DEMAND;
use crate::output::study::StudyMeta;
use crate::output::study::text::{counted, size};
use crate::output::study::view::{Deployment, View, printable, short_names};
use crate::output::study::words::Kind;
use crate::output::text::shorten;
use crate::study::results::{Head, StudyResult};

/// Axes that have no settings to choose from, only ways the world may be. Their first value is the case as it is
/// described.
const NO_SETTINGS: [(&str, &str); 2] =
    [("revision", "with a bad revision"), ("assumptions", "with other readings")];

/// So many of a point's runs are to be SUCCESSFUL: one rollback in a thousand runs must not take a point out.
const WELL: f64 = 0.95;

/// The picture for one daemon's deployment; nothing when no two points can be compared.
pub fn pareto_svg(meta: &StudyMeta, result: &StudyResult, daemon: &str) -> Option<String> {
    let view = View::of(result);
    let deployment = view.deployments().into_iter().find(|d| d.daemon == daemon)?;
    let (left, kind, what) = left(view)?;
    let settings: Vec<usize> = (0..result.points.len()).filter(|at| is_setting(view, *at)).collect();
    let choices = choices(view, &settings, deployment, &*left);
    if choices.len() < 2 {
        return None;
    }
    let daemon = shorten(daemon, 40);
    let mut parts =
        vec![printable(&meta.scenario), format!("seed {}", meta.seed), size(view), "means".to_owned()];
    if choices.iter().all(|c| c.mark == Mark::Troubled) {
        parts.push(format!("no point competes: at none {} % of the runs were SUCCESSFUL", WELL * 100.0));
    }
    let others = result.points.len() - settings.len();
    if others > 0 {
        let kinds = NO_SETTINGS.iter().filter(|(name, _)| result.axes.iter().any(|axis| axis.name == *name));
        let kinds: Vec<&str> = kinds.map(|(_, kind)| *kind).collect();
        parts.push(format!("{} {} left out", counted(others as u64, "point"), kinds.join(" or ")));
    }
    let hidden = settings.len() - choices.len();
    if hidden > 0 {
        parts.push(format!("{} without a duration not shown", counted(hidden as u64, "point")));
    }
    let picture = Picture {
        headline: format!(
            "Fast against safe: how long {daemon}'s deployment takes, and what capacity it leaves"
        ),
        parts,
        takes: Kind::Time,
        below: "mean duration of the deployment".to_owned(),
        upright: what,
        left: kind,
        of: if kind == Kind::Share { "left" } else { "ACTIVE" },
        choices: &choices,
        front: &front(&choices),
        line: "nothing is both faster and safer".to_owned(),
        trouble: ("fewer than 95 % of its runs were SUCCESSFUL", DEMAND),
        others: "other points",
        name: &|point| name(view, point),
    };
    Some(picture.svg())
}

/// Whether a point leaves all that nobody chooses as it is.
fn is_setting(view: View<'_>, point: usize) -> bool {
    let labels = view.result.axes.iter().zip(&view.result.points[point].labels);
    labels.into_iter().all(|(axis, label)| !is_no_setting(axis) || axis.labels.first() == Some(label))
}

fn is_no_setting(axis: &Head) -> bool {
    NO_SETTINGS.iter().any(|(name, _)| axis.name == *name)
}

/// What a point is called, without what is the same for all of them.
fn name(view: View<'_>, point: usize) -> String {
    let axes = &view.result.axes;
    let labels = axes.iter().zip(short_names(axes)).zip(&view.result.points[point].labels);
    let chosen = labels.filter(|((axis, _), _)| !is_no_setting(axis));
    let chosen = chosen.map(|((_, name), label)| format!("{name} {}", printable(label)));
    chosen.collect::<Vec<_>>().join(", ")
}

/// How a point's capacity at its lowest is read, what it is, and what it is called.
type Left<'a> = (Box<dyn Fn(usize) -> Option<f64> + 'a>, Kind, String);

/// Of the services the one that is left with the smallest part of its tasks; where that is the same everywhere, or there
/// are no services, the ACTIVE instances.
fn left(view: View<'_>) -> Option<Left<'_>> {
    let services: Vec<(usize, usize)> = view
        .measures()
        .filter_map(|(running, column)| {
            let service = column.name.strip_prefix("services.")?.strip_suffix(".min_running")?;
            Some((running, view.measure(&format!("services.{service}.desired"))?))
        })
        .filter(|(running, _)| view.is_seen(*running))
        .collect();
    let several = services.len() > 1;
    let share = move |point| {
        let shares = services.iter().filter_map(|(running, desired)| {
            let (running, desired) =
                (view.estimate(point, *running)?.mean, view.estimate(point, *desired)?.mean);
            (desired > 0.0).then(|| running / desired)
        });
        shares.reduce(f64::min)
    };
    let shares: Vec<f64> = (0..view.result.points.len()).filter_map(&share).collect();
    let differ = shares.windows(2).any(|pair| pair[0] != pair[1]);
    let active = view.measure("cluster.active_min").filter(|at| shares.is_empty() || view.varies(*at));
    match active {
        Some(active) if !differ => {
            let read = move |point| Some(view.estimate(point, active)?.mean);
            Some((Box::new(read), Kind::Count("instances"), "fewest ACTIVE instances".to_owned()))
        }
        _ if shares.is_empty() => None,
        _ => {
            let of = if several { "of the service hit hardest, " } else { "" };
            let what = format!("fewest running tasks, {of}% of desired");
            Some((Box::new(share), Kind::Share, what))
        }
    }
}

fn choices(
    view: View<'_>,
    settings: &[usize],
    deployment: Deployment<'_>,
    left: &dyn Fn(usize) -> Option<f64>,
) -> Vec<Choice> {
    let choice = |point: usize| {
        let takes = view.estimate(point, deployment.duration)?;
        let successful = deployment.successful.and_then(|at| view.estimate(point, at));
        // A run without a deployment at the end was not SUCCESSFUL either.
        let share = successful.map_or_else(
            || takes.runs as f64 / (takes.runs + takes.absent) as f64,
            |e| e.mean * e.runs as f64 / (e.runs + e.absent) as f64,
        );
        // The mean of the few that ended says nothing of the others.
        let well = share >= WELL - 1e-9 && takes.runs >= takes.absent;
        let mark = if well { Mark::Plain } else { Mark::Troubled };
        Some(Choice { place: point, takes: takes.mean, left: left(point)?, mark })
    };
    settings.iter().filter_map(|point| choice(*point)).collect()
}

/// Those that nothing beats in both, from the fastest to the slowest. Where something went wrong a deployment may end
/// soon, so such points never compete.
fn front(choices: &[Choice]) -> Vec<Choice> {
    let well = |c: &Choice| c.mark != Mark::Troubled;
    let mut order: Vec<Choice> = choices.iter().copied().filter(well).collect();
    order.sort_by(|a, b| a.takes.total_cmp(&b.takes).then(b.left.total_cmp(&a.left)));
    let mut front: Vec<Choice> = Vec::new();
    for choice in order {
        if front.last().is_none_or(|best| choice.left > best.left) {
            front.push(choice);
        }
    }
    front
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(point: usize, takes: f64, left: f64) -> Choice {
        Choice { place: point, takes, left, mark: Mark::Plain }
    }

    #[test]
    fn the_front_is_what_nothing_beats() {
        let all = [
            choice(0, 30.0, 0.9),
            choice(1, 10.0, 0.5),
            // As slow as 0 and worse, as good as 1 and slower, equal to 0.
            choice(2, 30.0, 0.8),
            choice(3, 12.0, 0.5),
            choice(4, 30.0, 0.9),
            choice(5, 20.0, 0.7),
            choice(6, 40.0, 0.85),
        ];
        let points = |front: Vec<Choice>| front.iter().map(|c| c.place).collect::<Vec<_>>();
        assert_eq!(points(front(&all)), [1, 5, 0]);
        // A deployment that is stopped soon is no fast one.
        let mut stopped = all;
        stopped[1].mark = Mark::Troubled;
        assert_eq!(points(front(&stopped)), [3, 5, 0]);
        let none = all.map(|c| Choice { mark: Mark::Troubled, ..c });
        assert!(front(&none).is_empty());
    }
}
