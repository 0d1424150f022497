//! One measure of a study that varies nothing: where its runs lie.

use super::amounts::Amounts;
use super::frame::{LEFT, TOP, below, title};
use super::measure::lacking;
use crate::output::plot::canvas::{Align, Canvas, Pen, WIDTH, Words, svg};
use crate::output::plot::colours::{GRID, INK, MUTED, OLD};
use crate::output::study::StudyMeta;
use crate::output::study::view::View;
use crate::output::study::words::{Kind, Said};
use crate::study::results::Estimate;

const RIGHT: i32 = WIDTH - 120;
const BOTTOM: i32 = TOP + 300;
/// The middle of the box, and half of its height.
const MIDDLE: i32 = TOP + 110;
const HALF: i32 = 60;
/// Where the mean stands, below the box.
const MEAN: i32 = TOP + 230;

/// A box from the 5th to the 95th of a hundred runs, and below it their mean.
pub(super) fn box_svg(meta: &StudyMeta, view: View<'_>, measure: usize, said: &Said) -> String {
    let estimate = view.estimate(0, measure);
    let remarks: Vec<String> = lacking(view, measure).into_iter().collect();
    svg(BOTTOM + 250, &said.title, |canvas| {
        title(canvas, &said.title, meta, view, &remarks);
        match estimate {
            Some(e) => draw(canvas, e, said.kind),
            None => {
                let words = Words::new(28, MUTED).aligned(Align::Centre);
                canvas.text("no run has such a value", (WIDTH / 2, MIDDLE), words);
            }
        }
    })
}

fn draw(canvas: &mut Canvas<'_>, e: &Estimate, kind: Kind) {
    let (low, high) = e.interval.unwrap_or((e.mean, e.mean));
    let spread = kind != Kind::Share;
    let ends = if spread { [e.least as f64, e.most as f64] } else { [low, high] };
    let amounts = Amounts::new(kind, ends.into_iter().chain([low, high]), LEFT, RIGHT);
    for (x, text) in &amounts.ticks {
        canvas.line(&[(*x, TOP), (*x, BOTTOM)], Pen::solid(GRID, 2));
        canvas.text(text, (*x, BOTTOM + 32), Words::new(25, INK).aligned(Align::Centre));
    }
    canvas.line(&[(LEFT, BOTTOM), (RIGHT, BOTTOM)], Pen::solid(MUTED, 2));
    let unit = if kind == Kind::Share { "% of runs" } else { &amounts.unit };
    let what = if amounts.broken { format!("{unit} (not from 0)") } else { unit.to_owned() };
    below(canvas, &what, (LEFT, RIGHT), BOTTOM + 82);
    let whole = |n: u64| amounts.at(n as f64);
    if spread {
        for (from, to) in [(e.least, e.p5), (e.p95, e.most)] {
            canvas.line(&[(whole(from), MIDDLE), (whole(to), MIDDLE)], Pen::solid(MUTED, 4));
        }
        for end in [e.least, e.most] {
            canvas.line(&[(whole(end), MIDDLE - 30), (whole(end), MIDDLE + 30)], Pen::solid(MUTED, 4));
        }
        canvas.fill((whole(e.p5), MIDDLE - HALF), (whole(e.p95), MIDDLE + HALF), OLD, 0.22);
        let median = whole(e.p50);
        canvas.line(&[(median, MIDDLE - HALF), (median, MIDDLE + HALF)], Pen::solid(INK, 6));
    }
    if e.interval.is_some() {
        let (from, to) = (amounts.at(low), amounts.at(high));
        canvas.line(&[(from, MEAN), (to, MEAN)], Pen::solid(OLD, 4));
        for x in [from, to] {
            canvas.line(&[(x, MEAN - 12), (x, MEAN + 12)], Pen::solid(OLD, 4));
        }
    }
    canvas.ring((amounts.at(e.mean), MEAN), 11, OLD);
    numbers(canvas, e, kind, spread);
}

/// What everything in the picture is, and its value.
fn numbers(canvas: &mut Canvas<'_>, e: &Estimate, kind: Kind, spread: bool) {
    let whole = |n: u64| kind.text(n as f64);
    let mut parts = Vec::new();
    if spread {
        parts.extend([
            ("least", whole(e.least)),
            ("box from p5", whole(e.p5)),
            ("line at the median", whole(e.p50)),
            ("box to p95", whole(e.p95)),
            ("most", whole(e.most)),
        ]);
    }
    let mean = match (e.interval.is_some(), kind) {
        (_, Kind::Share) => "ring: share, and its 95 % interval",
        (true, _) => "ring: mean ± half of its 95 % interval",
        (false, _) => "ring: the only run",
    };
    parts.push((mean, kind.mean(e)));
    let mut x = LEFT;
    for (name, value) in parts {
        let (strong, quiet) = (Words::new(28, INK).medium(), Words::new(24, MUTED));
        canvas.text(&value, (x, BOTTOM + 160), strong);
        canvas.text(name, (x, BOTTOM + 200), quiet);
        x += strong.width(&value).max(quiet.width(name)) + 60;
    }
}
