//! What surrounds the picture of a study: title, what study it is, axes, and what the signs mean.

use super::amounts::Amounts;
use crate::output::plot::canvas::{Align, Canvas, Pen, Spot, WIDTH, Words};
use crate::output::plot::colours::{GRID, INK, MUTED};
use crate::output::plot::font::fitted;
use crate::output::study::StudyMeta;
use crate::output::study::text::size;
use crate::output::study::view::{View, printable};

/// Where titles begin, and how wide they may be.
const TITLE_LEFT: i32 = 48;
const ROOM: i32 = WIDTH - 2 * TITLE_LEFT;
/// Where what the signs mean stands.
pub(super) const LEGEND: i32 = 178;
/// Where the picture proper begins.
pub(super) const TOP: i32 = 226;
/// Where it begins at the left.
pub(super) const LEFT: i32 = 150;

/// Draws the title, and below it what study this is and what more there is to say of the picture.
pub(super) fn title(
    canvas: &mut Canvas<'_>,
    headline: &str,
    meta: &StudyMeta,
    view: View<'_>,
    more: &[String],
) {
    let mut parts = vec![printable(&meta.scenario), format!("seed {}", meta.seed), size(view)];
    parts.extend_from_slice(more);
    headed(canvas, headline, &parts);
}

/// Draws the title and what stands below it, the scenario's name first.
pub(super) fn headed(canvas: &mut Canvas<'_>, headline: &str, parts: &[String]) {
    let big = Words::new(42, INK).medium();
    canvas.text(&fitted(headline, big.size, big.weight, ROOM), (TITLE_LEFT, 56), big);
    let small = Words::new(25, MUTED);
    let Some((name, rest)) = parts.split_first() else { return };
    // The scenario's name gives way first.
    let room = ROOM - small.width(&rest.join(" · ")) - small.width(" · ");
    let name = fitted(name, small.size, small.weight, room.max(200));
    let all = [&[name][..], rest].concat().join(" · ");
    canvas.text(&fitted(&all, small.size, small.weight, ROOM), (TITLE_LEFT, 108), small);
}

/// Draws an upright axis of amounts, with lines across to `right`.
pub(super) fn upright(
    canvas: &mut Canvas<'_>,
    amounts: &Amounts,
    what: &str,
    (left, right): Spot,
    (top, bottom): Spot,
) {
    for (y, text) in &amounts.ticks {
        canvas.line(&[(left, *y), (right, *y)], Pen::solid(GRID, 2));
        canvas.text(text, (left - 18, *y), Words::new(25, INK).aligned(Align::Right));
    }
    canvas.line(&[(left, top), (left, bottom)], Pen::solid(MUTED, 2));
    canvas.line(&[(left, bottom), (right, bottom)], Pen::solid(MUTED, 2));
    let what = if amounts.broken { format!("{what} (not from 0)") } else { what.to_owned() };
    let words = Words::new(25, MUTED);
    let what = fitted(&what, words.size, words.weight, bottom - top);
    canvas.text_upwards(&what, (34, i32::midpoint(top, bottom)), words);
}

/// Writes what a level axis is, below its labels.
pub(super) fn below(canvas: &mut Canvas<'_>, what: &str, (left, right): Spot, y: i32) {
    let words = Words::new(25, MUTED).aligned(Align::Centre);
    let what = fitted(&printable(what), words.size, words.weight, right - left);
    canvas.text(&what, (i32::midpoint(left, right), y), words);
}

/// Explains a sign that `draw` draws at a spot about 44 wide; hands back where the next may begin.
pub(super) fn explain(
    canvas: &mut Canvas<'_>,
    x: i32,
    text: &str,
    draw: impl FnOnce(&mut Canvas<'_>, Spot),
) -> i32 {
    draw(canvas, (x, LEGEND));
    let words = Words::new(24, INK);
    canvas.text(text, (x + 58, LEGEND), words);
    x + 58 + words.width(text) + 56
}
