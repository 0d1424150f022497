//! Two axes: a cell for each point, darker where a mean is larger.

use plotters::style::RGBColor;

use super::across::{numbers, slots, thinned};
use super::frame::{LEGEND, TOP, below, title};
use super::measure::{lacking, some_of};
use crate::output::plot::canvas::{Align, Canvas, Pen, Spot, WIDTH, Words, svg};
use crate::output::plot::colours::{GRID, INK, MUTED, PAPER};
use crate::output::plot::font::fitted;
use crate::output::study::StudyMeta;
use crate::output::study::view::{View, printable};
use crate::output::study::words::{Kind, said};
use crate::study::results::{Column, Head, StudyResult};

const LEFT: i32 = 330;
const RIGHT: i32 = 2080;
const HIGH: i32 = 900;
/// Of more values than this every so manieth is shown.
const ACROSS_MAX: usize = 60;
const DOWN_MAX: usize = 40;
/// The bar that says what the colours are.
const BAR: (i32, i32) = (RIGHT + 70, RIGHT + 120);

/// From light to dark in one hue, so that it stays in order in black and white and to every eye.
const RAMP: [(i64, i64, i64); 5] =
    [(0xEF, 0xF6, 0xFF), (0xA5, 0xCB, 0xFC), (0x4F, 0x8F, 0xF0), (0x1E, 0x55, 0xC4), (0x17, 0x25, 0x54)];

/// The heat map of a measure; nothing unless there are two axes.
pub fn heat_svg(meta: &StudyMeta, result: &StudyResult, column: &Column) -> Option<String> {
    let [first, second] = &result.axes[..] else { return None };
    let view = View::of(result);
    let (measure, _) = view.measures().find(|(_, c)| *c == column)?;
    let said = said(column);
    let (columns, rows) = (shown(first, ACROSS_MAX), shown(second, DOWN_MAX));
    // Values grow upwards where they are numbers, and read downwards where they are words.
    let rows: Vec<usize> =
        if numbers(&second.labels).is_some() { rows.into_iter().rev().collect() } else { rows };
    let mean = |x: usize, y: usize| {
        let point = result.points.get(x * second.labels.len() + y)?;
        let right =
            point.labels.first() == first.labels.get(x) && point.labels.get(1) == second.labels.get(y);
        let at = if right { Some(x * second.labels.len() + y) } else { None };
        Some(view.estimate(at?, measure)?.mean)
    };
    let means = || columns.iter().flat_map(|x| rows.iter().filter_map(|y| mean(*x, *y)));
    let least = means().fold(f64::INFINITY, f64::min);
    let most = means().fold(f64::NEG_INFINITY, f64::max);
    let level = |value: f64| {
        if most > least { ((value - least) / (most - least) * 1000.0).round() as i64 } else { 500 }
    };
    let mut remarks = Vec::new();
    if columns.len() < first.labels.len() || rows.len() < second.labels.len() {
        let all = first.labels.len() * second.labels.len();
        remarks.push(some_of(columns.len() * rows.len(), all, "points"));
    }
    remarks.extend(lacking(view, measure));
    let bottom = TOP + HIGH;
    Some(svg(bottom + 130, &said.title, |canvas| {
        title(canvas, &said.title, meta, view, &remarks);
        let (wide, high) = (RIGHT - LEFT, HIGH);
        let edge = |n: usize, of: usize, from: i32, room: i32| {
            from + (i64::from(room) * n as i64 / of.max(1) as i64) as i32
        };
        for (i, x) in columns.iter().enumerate() {
            for (j, y) in rows.iter().enumerate() {
                let upper = (edge(i, columns.len(), LEFT, wide), edge(j, rows.len(), TOP, high));
                let lower = (edge(i + 1, columns.len(), LEFT, wide), edge(j + 1, rows.len(), TOP, high));
                let value = mean(*x, *y);
                let text = value.map_or("n/a".to_owned(), |value| said.kind.text(value));
                cell(canvas, upper, lower, value.map(level), &text);
            }
        }
        let of = if said.kind == Kind::Share { "the share of its runs" } else { "the mean of its runs" };
        let words = Words::new(24, INK);
        canvas.text(&format!("each cell: {of}; hatched where no run has a value"), (LEFT, LEGEND), words);
        labels(canvas, first, &columns, second, &rows);
        below(canvas, &first.name, (LEFT, RIGHT), bottom + 92);
        let words = Words::new(25, MUTED);
        let name = fitted(&printable(&second.name), words.size, words.weight, HIGH);
        canvas.text_upwards(&name, (34, TOP + HIGH / 2), words);
        if least <= most {
            bar(canvas, |part| said.kind.text(least + (most - least) * f64::from(part) / 4.0), least < most);
        }
    }))
}

/// The values of an axis that are shown, numbers in their order.
fn shown(head: &Head, most: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..head.labels.len()).collect();
    if let Some(numbers) = numbers(&head.labels) {
        order.sort_by(|a, b| numbers[*a].total_cmp(&numbers[*b]));
    }
    thinned(&order, most)
}

fn cell(canvas: &mut Canvas<'_>, upper: Spot, lower: Spot, level: Option<i64>, text: &str) {
    let (wide, high) = (lower.0 - upper.0, lower.1 - upper.1);
    let gap = if wide.min(high) > 12 { 2 } else { 0 };
    let inner = (lower.0 - gap, lower.1 - gap);
    match level {
        Some(level) => canvas.fill(upper, inner, colour(level), 1.0),
        None => canvas.hatch(upper, inner, GRID, 1.0),
    }
    let dark = level.is_some_and(|level| level > 450);
    let words = Words::new(24, if dark { PAPER } else { INK }).aligned(Align::Centre);
    if high >= 34 && words.width(text) + 8 <= wide {
        canvas.text(text, (i32::midpoint(upper.0, lower.0), i32::midpoint(upper.1, lower.1)), words);
    }
}

/// The values of both axes, as many as there is room for.
fn labels(canvas: &mut Canvas<'_>, first: &Head, columns: &[usize], second: &Head, rows: &[usize]) {
    let words = Words::new(25, INK).aligned(Align::Centre);
    let mut free = i32::MIN;
    let slot = (RIGHT - LEFT) / i32::try_from(columns.len().max(1)).unwrap_or(1);
    for (x, value) in slots(columns.len(), LEFT, RIGHT).into_iter().zip(columns) {
        let label = fitted(&printable(&first.labels[*value]), words.size, words.weight, slot.max(120));
        let half = words.width(&label) / 2;
        if x - half > free {
            canvas.text(&label, (x, TOP + HIGH + 34), words);
            free = x + half + 16;
        }
    }
    let mut free = i32::MIN;
    for (y, value) in slots(rows.len(), TOP, TOP + HIGH).into_iter().zip(rows) {
        if y - 17 > free {
            let label = fitted(&printable(&second.labels[*value]), words.size, words.weight, LEFT - 90);
            canvas.text(&label, (LEFT - 16, y), words.aligned(Align::Right));
            free = y + 17;
        }
    }
}

/// What the colours mean.
fn bar(canvas: &mut Canvas<'_>, text: impl Fn(i32) -> String, varies: bool) {
    let (top, bottom) = (TOP + 60, TOP + HIGH - 60);
    let steps = if varies { 100 } else { 1 };
    for n in 0..steps {
        let y = |n: i32| bottom - (bottom - top) * n / steps;
        let level = if varies { i64::from(n) * 1000 / 99 } else { 500 };
        canvas.fill((BAR.0, y(n + 1)), (BAR.1, y(n)), colour(level), 1.0);
    }
    let parts: &[i32] = if varies { &[0, 1, 2, 3, 4] } else { &[2] };
    for part in parts {
        let y = bottom - (bottom - top) * part / 4;
        canvas.line(&[(BAR.1, y), (BAR.1 + 8, y)], Pen::solid(MUTED, 2));
        let words = Words::new(24, INK);
        canvas.text(
            &fitted(&text(*part), words.size, words.weight, WIDTH - BAR.1 - 24),
            (BAR.1 + 16, y),
            words,
        );
    }
}

/// The colour of a level from 0 to 1000.
fn colour(level: i64) -> RGBColor {
    let level = level.clamp(0, 1000);
    let stop = usize::try_from(level / 250).unwrap_or(0).min(RAMP.len() - 2);
    let (from, to, part) = (RAMP[stop], RAMP[stop + 1], level - 250 * stop as i64);
    let mix = |a: i64, b: i64| (a + (b - a) * part / 250) as u8;
    RGBColor(mix(from.0, to.0), mix(from.1, to.1), mix(from.2, to.2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ramp_only_gets_darker() {
        // Weights of light, as for television.
        let light = |c: RGBColor| 299 * i64::from(c.0) + 587 * i64::from(c.1) + 114 * i64::from(c.2);
        let lights: Vec<i64> = (0..=1000).map(|level| light(colour(level))).collect();
        assert!(lights.windows(2).all(|pair| pair[0] >= pair[1]));
        assert_eq!(
            (colour(-5), colour(0), colour(1000)),
            (colour(0), RGBColor(0xEF, 0xF6, 0xFF), RGBColor(0x17, 0x25, 0x54))
        );
    }
}
