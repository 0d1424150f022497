//! Fast against safe: how long a deployment takes at each point, and what capacity is left at its lowest.

use std::collections::BTreeMap;

use super::across::thinned;
use super::amounts::Amounts;
use super::frame::{LEFT, TOP, below, explain, title, upright};
use crate::output::plot::canvas::{Align, Canvas, Pen, Spot, WIDTH, Words, svg};
use crate::output::plot::colours::{DEMAND, GRID, INK, MUTED, OLD};
use crate::output::plot::font::fitted;
use crate::output::study::StudyMeta;
use crate::output::study::text::counted;
use crate::output::study::view::{Deployment, View};
use crate::output::study::words::Kind;
use crate::output::text::shorten;
use crate::study::results::StudyResult;

const RIGHT: i32 = 1690;
const BOTTOM: i32 = TOP + 960;
/// Where the points of the front are listed.
const LIST: i32 = RIGHT + 60;
/// So many of them have room there.
const LISTED_MAX: usize = 12;
/// Numbered points keep this distance.
const APART: i32 = 44;
/// Of points that fall into the same square of this size one is drawn.
const GRAIN: i32 = 12;

/// A point of the study: its mean duration in milliseconds, what is left, and whether all went well.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Choice {
    point: usize,
    takes: f64,
    left: f64,
    well: bool,
}

/// The picture for one daemon's deployment; nothing when no two points can be compared.
pub fn pareto_svg(meta: &StudyMeta, result: &StudyResult, daemon: &str) -> Option<String> {
    let view = View::of(result);
    let deployment = view.deployments().into_iter().find(|d| d.daemon == daemon)?;
    let (left, kind, what) = left(view)?;
    let choices = choices(view, deployment, &*left);
    if choices.len() < 2 {
        return None;
    }
    let front = front(&choices);
    let across = Amounts::new(Kind::Time, choices.iter().map(|c| c.takes), LEFT, RIGHT - 40);
    let up = Amounts::new(kind, choices.iter().map(|c| c.left), BOTTOM, TOP + 30);
    let spot = |c: &Choice| (across.at(c.takes), up.at(c.left));
    let daemon = shorten(daemon, 40);
    let headline =
        format!("Fast against safe: how long {daemon}'s deployment takes, and what capacity it leaves");
    let troubled = choices.iter().any(|c| !c.well);
    let mut remarks = vec!["means".to_owned()];
    if choices.iter().all(|c| !c.well) {
        remarks.push("no point where every run went well".to_owned());
    }
    let hidden = result.points.len() - choices.len();
    if hidden > 0 {
        remarks.push(format!("{} without a duration not shown", counted(hidden as u64, "point")));
    }
    Some(svg(BOTTOM + 130, &headline, |canvas| {
        title(canvas, &headline, meta, view, &remarks);
        legend(canvas, troubled);
        upright(canvas, &up, &what, (LEFT, RIGHT), (TOP, BOTTOM));
        for (x, text) in &across.ticks {
            canvas.line(&[(*x, TOP), (*x, BOTTOM)], Pen::solid(GRID, 2));
            canvas.text(text, (*x, BOTTOM + 34), Words::new(25, INK).aligned(Align::Centre));
        }
        let broken = if across.broken { ", not from 0" } else { "" };
        let below_axis = format!("mean duration of the deployment ({}{broken})", across.unit);
        below(canvas, &below_axis, (LEFT, RIGHT), BOTTOM + 92);
        dots(canvas, &choices, spot);
        steps(canvas, &front, spot);
        let numbered = numbered(&front, spot);
        for choice in &front {
            canvas.ring(spot(choice), 10, OLD);
        }
        for (n, choice) in numbered.iter().enumerate() {
            number(canvas, n + 1, spot(choice));
        }
        list(canvas, view, kind, &numbered, front.len());
    }))
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

fn choices(view: View<'_>, deployment: Deployment<'_>, left: &dyn Fn(usize) -> Option<f64>) -> Vec<Choice> {
    let choice = |point: usize| {
        let takes = view.estimate(point, deployment.duration)?;
        let successful = deployment.successful.and_then(|at| view.estimate(point, at));
        let well = takes.absent == 0 && successful.is_none_or(|e| e.mean >= 1.0);
        Some(Choice { point, takes: takes.mean, left: left(point)?, well })
    };
    (0..view.result.points.len()).filter_map(choice).collect()
}

/// Those that nothing beats in both, from the fastest to the slowest. Where something went wrong a deployment may end
/// soon, so such points compete only when there are no others.
fn front(choices: &[Choice]) -> Vec<Choice> {
    let any_well = choices.iter().any(|c| c.well);
    let mut order: Vec<Choice> = choices.iter().copied().filter(|c| c.well || !any_well).collect();
    order.sort_by(|a, b| a.takes.total_cmp(&b.takes).then(b.left.total_cmp(&a.left)));
    let mut front: Vec<Choice> = Vec::new();
    for choice in order {
        if front.last().is_none_or(|best| choice.left > best.left) {
            front.push(choice);
        }
    }
    front
}

fn dots(canvas: &mut Canvas<'_>, choices: &[Choice], spot: impl Fn(&Choice) -> Spot) {
    let squares = |well: bool| {
        let all = choices.iter().filter(move |c| c.well == well).map(&spot);
        let all: BTreeMap<Spot, Spot> = all.map(|(x, y)| ((x / GRAIN, y / GRAIN), (x, y))).collect();
        all.into_values()
    };
    for at in squares(true) {
        canvas.dot(at, 7, MUTED);
    }
    for at in squares(false) {
        cross(canvas, at);
    }
}

fn cross(canvas: &mut Canvas<'_>, (x, y): Spot) {
    let pen = Pen::solid(DEMAND, 3);
    canvas.line(&[(x - 8, y - 8), (x + 8, y + 8)], pen);
    canvas.line(&[(x - 8, y + 8), (x + 8, y - 8)], pen);
}

/// What can be had for a given time.
fn steps(canvas: &mut Canvas<'_>, front: &[Choice], spot: impl Fn(&Choice) -> Spot) {
    let mut line: Vec<Spot> = Vec::new();
    for choice in front {
        let at = spot(choice);
        line.push((at.0, line.last().map_or(BOTTOM, |last| last.1)));
        line.push(at);
    }
    if let Some(&(_, y)) = line.last() {
        line.push((RIGHT, y));
    }
    canvas.line(&line, Pen::solid(OLD, 4));
}

/// Those of the front that have a number: an even choice, none too close to the one before.
fn numbered(front: &[Choice], spot: impl Fn(&Choice) -> Spot) -> Vec<Choice> {
    let mut apart: Vec<Choice> = Vec::new();
    for choice in front {
        let at = spot(choice);
        let far = |other: &Choice| {
            let (x, y) = spot(other);
            (x - at.0).abs().max((y - at.1).abs()) >= APART
        };
        if apart.last().is_none_or(far) {
            apart.push(*choice);
        }
    }
    thinned(&apart, LISTED_MAX)
}

fn number(canvas: &mut Canvas<'_>, n: usize, at: Spot) {
    canvas.ring(at, 22, OLD);
    canvas.text(&n.to_string(), at, Words::new(24, INK).medium().aligned(Align::Centre));
}

/// What the numbers stand for.
fn list(canvas: &mut Canvas<'_>, view: View<'_>, kind: Kind, numbered: &[Choice], all: usize) {
    let (strong, quiet) = (Words::new(24, INK).medium(), Words::new(24, MUTED));
    let head = if numbered.len() < all {
        format!("{} of {all} on the front", numbered.len())
    } else {
        "on the front".to_owned()
    };
    canvas.text(&head, (LIST, TOP + 6), quiet);
    for (n, choice) in numbered.iter().enumerate() {
        let y = TOP + 62 + 74 * n as i32;
        number(canvas, n + 1, (LIST + 22, y + 14));
        let name = fitted(&view.point_name(choice.point), strong.size, strong.weight, WIDTH - LIST - 80);
        canvas.text(&name, (LIST + 58, y), strong);
        let (takes, left) = (Kind::Time.text(choice.takes), kind.text(choice.left));
        let of = if kind == Kind::Share { "left" } else { "ACTIVE" };
        canvas.text(&format!("{takes}, {left} {of}"), (LIST + 58, y + 30), quiet);
    }
}

fn legend(canvas: &mut Canvas<'_>, troubled: bool) {
    let x = explain(canvas, LEFT, "nothing is both faster and safer", |canvas, (x, y)| {
        canvas.line(&[(x, y + 12), (x + 22, y + 12), (x + 22, y - 12), (x + 44, y - 12)], Pen::solid(OLD, 4));
        canvas.ring((x + 22, y - 12), 10, OLD);
    });
    let x = explain(canvas, x, "other points", |canvas, (x, y)| canvas.dot((x + 22, y), 7, MUTED));
    if troubled {
        explain(canvas, x, "in some runs it rolled back, was stopped or did not end", |canvas, (x, y)| {
            cross(canvas, (x + 22, y));
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(point: usize, takes: f64, left: f64) -> Choice {
        Choice { point, takes, left, well: true }
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
        let points = |front: Vec<Choice>| front.iter().map(|c| c.point).collect::<Vec<_>>();
        assert_eq!(points(front(&all)), [1, 5, 0]);
        // A deployment that is stopped soon is no fast one.
        let mut stopped = all;
        stopped[1].well = false;
        assert_eq!(points(front(&stopped)), [3, 5, 0]);
        let none = all.map(|c| Choice { well: false, ..c });
        assert_eq!(points(front(&none)), [1, 5, 0]);
    }
}
