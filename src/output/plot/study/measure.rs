//! One measure over what was varied: means with their intervals, and how far runs spread about them.

use std::collections::BTreeMap;

use plotters::style::RGBColor;

use super::across::{Across, numbers, thinned};
use super::amounts::Amounts;
use super::boxes::box_svg;
use super::frame::{LEFT, LEGEND, TOP, below, explain, title, upright};
use crate::output::decimal::grouped;
use crate::output::plot::canvas::{Align, Canvas, Pen, Spot, WIDTH, Words, svg};
use crate::output::plot::colours::{BAKE, DEMAND, DRAINING, INK, MUTED, NEW, OLD};
use crate::output::plot::font::{Weight, fitted, fitted_middle};
use crate::output::plot::labels::spread;
use crate::output::study::StudyMeta;
use crate::output::study::view::{View, printable, short_names};
use crate::output::study::words::{Kind, said};
use crate::study::results::{Column, Estimate, StudyResult};

const BOTTOM: i32 = TOP + 900;
/// Where lines end that are named at their end, and where one that is not.
const RIGHT: i32 = 1940;
const RIGHT_ALONE: i32 = WIDTH - 70;
/// More lines than this nobody tells apart.
const LINES_MAX: usize = 6;
/// More values than this do not fit side by side.
const VALUES_MAX: usize = 300;
/// Closer values than this have no signs of their own.
const SIGN_PITCH: i32 = 26;

/// The lines, each with a dash of its own so that they differ in black and white too.
const PENS: [Pen; LINES_MAX] = [
    Pen::solid(OLD, 5),
    Pen::dashed(DRAINING, 5, &[26, 10]),
    Pen::solid(NEW, 3),
    Pen::dashed(BAKE, 4, &[6, 8]),
    Pen::dashed(DEMAND, 4, &[20, 8, 4, 8]),
    Pen::solid(INK, 2),
];

/// What stands between the values of several axes.
const SEPARATOR: &str = ", ";

/// Points that share all but the first axis: what they are called, and each value of the first axis with its point.
struct Line {
    name: String,
    points: BTreeMap<usize, usize>,
}

/// The picture of a measure.
pub fn measure_svg(meta: &StudyMeta, result: &StudyResult, column: &Column) -> String {
    let view = View::of(result);
    let said = said(column);
    let Some((measure, _)) = view.measures().find(|(_, c)| *c == column) else { return String::new() };
    if result.axes.is_empty() || result.points.len() < 2 {
        return box_svg(meta, view, measure, &said);
    }
    let all = lines(result);
    // Of numbers an even choice shows the course; of anything else the largest effects matter.
    let even = matches!(&result.axes[..], [_, other] if numbers(&other.labels).is_some());
    let drawn = if even {
        thinned(&(0..all.len()).collect::<Vec<_>>(), LINES_MAX).into_iter().map(|n| &all[n]).collect()
    } else {
        most_different(view, measure, &all)
    };
    let right = if drawn.len() > 1 { RIGHT } else { RIGHT_ALONE };
    let across = Across::new(&result.axes[0], LEFT, right, VALUES_MAX);
    let plot = Plot { view, measure, kind: said.kind, across, lines: drawn, right };
    let values = plot.estimates().flat_map(|e| plot.reach(e));
    let amounts = Amounts::new(said.kind, values, BOTTOM, TOP + 14);
    let mut remarks = Vec::new();
    if plot.lines.len() < all.len() {
        remarks.push(if even {
            some_of(plot.lines.len(), all.len(), "lines")
        } else {
            format!("{} of {} lines, those that differ most", plot.lines.len(), grouped(all.len() as u128))
        });
    }
    if plot.across.shown.len() < result.axes[0].labels.len() {
        remarks.push(some_of(plot.across.shown.len(), result.axes[0].labels.len(), "values"));
    }
    remarks.extend(lacking(view, measure));
    svg(BOTTOM + 130, &said.title, |canvas| {
        title(canvas, &said.title, meta, view, &remarks);
        let unit = if said.kind == Kind::Share { "% of runs".to_owned() } else { amounts.unit.clone() };
        upright(canvas, &amounts, &unit, (LEFT, right), (TOP, BOTTOM));
        plot.across.draw(canvas, &result.axes[0], BOTTOM);
        below(canvas, &result.axes[0].name, (LEFT, right), BOTTOM + 92);
        plot.draw(canvas, &amounts);
        plot.legend(canvas);
    })
}

/// "300 of 10,000 values shown".
pub(super) fn some_of(shown: usize, all: usize, what: &str) -> String {
    format!("{} of {} {what} shown", grouped(shown as u128), grouped(all as u128))
}

/// Says how many runs have no such value.
pub(super) fn lacking(view: View<'_>, measure: usize) -> Option<String> {
    let points = 0..view.result.points.len();
    let absent: u64 = points.map(|point| view.absent(point, measure)).sum();
    let s = if absent == 1 { " has" } else { "s have" };
    (absent > 0).then(|| format!("{} run{s} no such value", grouped(absent.into())))
}

/// The first line and those whose means differ most from its own anywhere, in their order.
fn most_different<'l>(view: View<'_>, measure: usize, all: &'l [Line]) -> Vec<&'l Line> {
    let Some(first) = all.first() else { return Vec::new() };
    let mean = |point: &usize| view.estimate(*point, measure).map(|e| e.mean);
    let difference = |line: &Line| {
        let pairs = line.points.iter().filter_map(|(value, point)| Some((first.points.get(value)?, point)));
        let differences = pairs.map(|(base, point)| match (mean(base), mean(point)) {
            (Some(base), Some(mean)) => (mean - base).abs(),
            (None, None) => 0.0,
            // That there is no value at all, or suddenly one, is more than any difference.
            (Some(_), None) | (None, Some(_)) => f64::INFINITY,
        });
        differences.fold(0.0, f64::max)
    };
    let mut others: Vec<(f64, usize)> =
        all.iter().enumerate().skip(1).map(|(n, line)| (difference(line), n)).collect();
    // Equal differences keep their order.
    others.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    let mut kept: Vec<usize> = others.into_iter().take(LINES_MAX - 1).map(|(_, n)| n).collect();
    kept.push(0);
    kept.sort_unstable();
    kept.into_iter().map(|n| &all[n]).collect()
}

/// The points by all axes but the first.
fn lines(result: &StudyResult) -> Vec<Line> {
    let names = short_names(&result.axes);
    let place = |axis: usize, label: &String| result.axes[axis].labels.iter().position(|l| l == label);
    let mut lines: BTreeMap<Vec<usize>, Line> = BTreeMap::new();
    for (n, point) in result.points.iter().enumerate() {
        let places: Vec<usize> =
            point.labels.iter().enumerate().filter_map(|(axis, label)| place(axis, label)).collect();
        let Some((&first, others)) = places.split_first() else { continue };
        let name = || {
            match (&names[..], &point.labels[..]) {
                ([_, name], [_, label]) => format!("{name} {}", printable(label)),
                // The names of several stand once, above.
                (_, labels) => {
                    labels.iter().skip(1).map(|label| printable(label)).collect::<Vec<_>>().join(SEPARATOR)
                }
            }
        };
        let line =
            lines.entry(others.to_vec()).or_insert_with(|| Line { name: name(), points: BTreeMap::new() });
        line.points.insert(first, n);
    }
    lines.into_values().collect()
}

struct Plot<'a> {
    view: View<'a>,
    measure: usize,
    kind: Kind,
    across: Across,
    lines: Vec<&'a Line>,
    right: i32,
}

impl Plot<'_> {
    /// What is drawn.
    fn estimates(&self) -> impl Iterator<Item = &Estimate> {
        let shown = |line: &Line| {
            let points = self.across.shown.iter().filter_map(|value| line.points.get(value));
            points.filter_map(|point| self.view.estimate(*point, self.measure)).collect::<Vec<_>>()
        };
        self.lines.iter().flat_map(move |line| shown(line))
    }

    /// The lowest and the highest that is drawn of a point.
    fn reach(&self, e: &Estimate) -> [f64; 4] {
        let (low, high) = e.interval.unwrap_or((e.mean, e.mean));
        if self.has_spread() { [low, high, e.p5 as f64, e.p95 as f64] } else { [low, high, e.mean, e.mean] }
    }

    /// Whether how far runs spread is shown: of a yes or no it says nothing, and of many lines nobody could read it.
    fn has_spread(&self) -> bool {
        self.kind != Kind::Share && self.lines.len() <= 3 && self.estimates().any(|e| e.runs > 1)
    }

    /// Whether each value has signs of its own.
    fn has_signs(&self) -> bool {
        self.across.pitch >= SIGN_PITCH * self.lines.len() as i32 || self.across.pitch >= 60
    }

    /// Whether a line goes through the means.
    fn is_joined(&self) -> bool {
        self.across.numeric || self.lines.len() > 1 || !self.has_signs()
    }

    /// Whether spreads and intervals run on from value to value.
    fn has_bands(&self) -> bool {
        self.across.numeric && (self.lines.len() == 1 || !self.has_signs())
    }

    /// How far signs of neighbouring lines stand apart at the most: at numbers they must not seem to stand at others.
    fn step_max(&self) -> i32 {
        if self.across.numeric { 14 } else { 34 }
    }

    /// Where a line's sign for a value stands: side by side with those of others.
    fn x(&self, n: usize, value: usize) -> i32 {
        let lines = self.lines.len() as i32;
        let step = (self.across.pitch / (lines + 1)).min(self.step_max());
        let shift = if self.has_signs() { (2 * n as i32 - (lines - 1)) * step / 2 } else { 0 };
        self.across.at(value) + shift
    }

    fn draw(&self, canvas: &mut Canvas<'_>, amounts: &Amounts) {
        let mut ends = Vec::new();
        for (n, line) in self.lines.iter().enumerate() {
            let points: Vec<(i32, Option<&Estimate>)> = self
                .across
                .shown
                .iter()
                .filter_map(|value| Some((self.x(n, *value), line.points.get(value)?)))
                .map(|(x, point)| (x, self.view.estimate(*point, self.measure)))
                .collect();
            let pen = PENS[n];
            // A missing point interrupts the line.
            for run in points.split(|(_, e)| e.is_none()) {
                let run: Vec<(i32, &Estimate)> = run.iter().filter_map(|(x, e)| Some((*x, (*e)?))).collect();
                self.stretch(canvas, amounts, &run, pen);
            }
            if self.has_signs() {
                for (x, _) in points.iter().filter(|(_, e)| e.is_none()) {
                    let words = Words::new(24, MUTED).aligned(Align::Centre);
                    canvas.text("n/a", (*x, BOTTOM - 22), words);
                }
            }
            if let Some((x, Some(e))) = points.iter().rev().find(|(_, e)| e.is_some()) {
                ends.push((line, pen, (*x, amounts.at(e.mean))));
            }
        }
        if self.lines.len() > 1 {
            self.names(canvas, &ends);
        }
    }

    /// Values of a line that follow each other.
    fn stretch(&self, canvas: &mut Canvas<'_>, amounts: &Amounts, run: &[(i32, &Estimate)], pen: Pen) {
        let bounds = |e: &Estimate| e.interval.unwrap_or((e.mean, e.mean));
        if self.has_bands() && self.has_spread() {
            band(canvas, run, pen.colour, 0.14, |e| (amounts.at(e.p5 as f64), amounts.at(e.p95 as f64)));
        }
        if self.has_bands() && !self.has_signs() {
            band(canvas, run, pen.colour, 0.3, |e| (amounts.at(bounds(e).0), amounts.at(bounds(e).1)));
        }
        if !self.has_bands() && self.has_spread() {
            let half = (self.across.pitch / (3 * self.lines.len() as i32))
                .clamp(2, self.step_max() / if self.lines.len() > 1 { 2 } else { 1 });
            for (x, e) in run {
                let (upper, lower) = (amounts.at(e.p95 as f64), amounts.at(e.p5 as f64));
                canvas.fill((x - half, upper), (x + half, lower), pen.colour, 0.16);
            }
        }
        if self.is_joined() {
            let through: Vec<Spot> = run.iter().map(|(x, e)| (*x, amounts.at(e.mean))).collect();
            canvas.line(&through, pen);
        }
        if self.has_signs() {
            for (x, e) in run {
                if let Some((low, high)) = e.interval {
                    whisker(canvas, *x, amounts.at(low), amounts.at(high), pen.colour);
                }
                canvas.ring((*x, amounts.at(e.mean)), 9, pen.colour);
            }
        }
    }

    /// Each line's name at its end.
    fn names(&self, canvas: &mut Canvas<'_>, ends: &[(&&Line, Pen, Spot)]) {
        let wishes: Vec<i32> = ends.iter().map(|(_, _, (_, y))| *y).collect();
        let places = spread(&wishes, 38, TOP + 10, BOTTOM - 6);
        let axes = short_names(&self.view.result.axes);
        if axes.len() > 2 {
            let words = Words::new(24, MUTED);
            let room = WIDTH - self.right - 40;
            let names = fitted(&axes[1..].join(SEPARATOR), words.size, words.weight, room);
            canvas.text(&names, (self.right + 18, LEGEND), words);
        }
        for ((line, pen, end), y) in ends.iter().zip(places) {
            canvas.line(&[(end.0 + 12, end.1), (self.right + 18, y)], Pen::solid(pen.colour, 1));
            canvas.line(&[(self.right + 18, y), (self.right + 76, y)], *pen);
            let room = WIDTH - self.right - 100;
            let name = fitted_middle(&line.name, 25, Weight::Medium, room);
            canvas.text(&name, (self.right + 88, y), Words::new(25, pen.colour).medium());
        }
    }

    /// What the signs mean.
    fn legend(&self, canvas: &mut Canvas<'_>) {
        let single = self.estimates().all(|e| e.runs < 2);
        let colour = if self.lines.len() > 1 { INK } else { OLD };
        let mean = match (single, self.kind) {
            (true, _) => "value of the only run",
            (false, Kind::Share) => "share of the runs",
            (false, _) => "mean of the runs",
        };
        let mut x = explain(canvas, LEFT, mean, |canvas, (x, y)| {
            if self.is_joined() {
                canvas.line(&[(x, y), (x + 44, y)], Pen::solid(colour, 5));
            }
            if self.has_signs() {
                canvas.ring((x + 22, y), 9, colour);
            }
        });
        if single {
            return;
        }
        x = explain(canvas, x, "its 95 % interval", |canvas, (x, y)| {
            if self.has_signs() {
                whisker(canvas, x + 22, y + 20, y - 20, colour);
            } else {
                canvas.fill((x, y - 10), (x + 44, y + 10), colour, 0.44);
            }
        });
        if self.has_spread() {
            explain(canvas, x, "from the 5th to the 95th of 100 runs", |canvas, (x, y)| {
                canvas.fill((x, y - 18), (x + 44, y + 18), colour, 0.15);
            });
        }
    }
}

/// Fills between two heights of each value.
fn band(
    canvas: &mut Canvas<'_>,
    run: &[(i32, &Estimate)],
    colour: RGBColor,
    opacity: f64,
    heights: impl Fn(&Estimate) -> (i32, i32),
) {
    let mut around: Vec<Spot> = run.iter().map(|(x, e)| (*x, heights(e).0)).collect();
    around.extend(run.iter().rev().map(|(x, e)| (*x, heights(e).1)));
    if run.len() > 1 {
        canvas.area(&around, colour, opacity);
    }
}

/// An upright line with a bar at either end.
fn whisker(canvas: &mut Canvas<'_>, x: i32, low: i32, high: i32, colour: RGBColor) {
    let pen = Pen::solid(colour, 3);
    canvas.line(&[(x, low), (x, high)], pen);
    for y in [low, high] {
        canvas.line(&[(x - 9, y), (x + 9, y)], pen);
    }
}
