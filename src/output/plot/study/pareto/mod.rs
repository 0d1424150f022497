//! Little against much: what each choice takes, and what capacity it leaves at the lowest.

mod search;
mod sweep;

use std::collections::BTreeMap;

use super::across::thinned;
use super::amounts::Amounts;
use super::frame::{LEFT, TOP, below, explain, headed, upright};
use crate::output::decimal::grouped;
use crate::output::plot::canvas::{Align, Canvas, Pen, Spot, WIDTH, Words, svg};
use crate::output::plot::colours::{GRID, INK, MUTED, NEW, OLD, PAPER};
use crate::output::plot::font::{fitted, in_lines};
use crate::output::study::words::Kind;
use plotters::style::RGBColor;

pub use search::search_svg;
pub use sweep::pareto_svg;

const RIGHT: i32 = 1690;
const BOTTOM: i32 = TOP + 960;
/// Where the points of the front are listed.
const LIST: i32 = RIGHT + 60;
/// So many of them have room there when their names are short.
const LISTED_MAX: usize = 12;
/// How far the names' lines stand apart there, and how much more one point takes.
const LINE: i32 = 30;
const ITEM: i32 = 44;
/// Numbered points keep this distance.
const APART: i32 = 44;
/// Of points that fall into the same square of this size one is drawn.
const GRAIN: i32 = 12;

/// What a choice is beside its two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    /// Nothing more.
    Plain,
    /// Something speaks against it.
    Troubled,
    /// The one to take.
    Best,
}

/// What it takes and what is left then, each in the unit of its column.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Choice {
    /// Its place in the result.
    place: usize,
    takes: f64,
    left: f64,
    mark: Mark,
}

/// A picture of choices.
struct Picture<'a> {
    headline: String,
    /// What stands below it, the scenario's name first.
    parts: Vec<String>,
    takes: Kind,
    /// What the level axis is, and what the upright one is.
    below: String,
    upright: String,
    left: Kind,
    /// What the numbers of the upright axis are, after one of them.
    of: &'static str,
    choices: &'a [Choice],
    /// Those that nothing beats in both, from what takes least on.
    front: &'a [Choice],
    /// What the line means.
    line: String,
    /// What a cross means, and its colour.
    trouble: (&'static str, RGBColor),
    /// What the other dots are.
    others: &'static str,
    /// What a choice is called, by its place.
    name: &'a dyn Fn(usize) -> String,
}

impl Picture<'_> {
    fn svg(&self) -> String {
        let across = Amounts::new(self.takes, self.choices.iter().map(|c| c.takes), LEFT, RIGHT - 40);
        let up = Amounts::new(self.left, self.choices.iter().map(|c| c.left), BOTTOM, TOP + 30);
        let spot = |c: &Choice| (across.at(c.takes), up.at(c.left));
        let mut parts = self.parts.clone();
        parts.extend(hidden(self.choices, spot));
        svg(BOTTOM + 130, &self.headline, |canvas| {
            headed(canvas, &self.headline, &parts);
            self.legend(canvas);
            upright(canvas, &up, &self.upright, (LEFT, RIGHT), (TOP, BOTTOM));
            for (x, text) in &across.ticks {
                canvas.line(&[(*x, TOP), (*x, BOTTOM)], Pen::solid(GRID, 2));
                canvas.text(text, (*x, BOTTOM + 34), Words::new(25, INK).aligned(Align::Centre));
            }
            let broken = if across.broken { ", not from 0" } else { "" };
            let below_axis = format!("{} ({}{broken})", self.below, across.unit);
            below(canvas, &below_axis, (LEFT, RIGHT), BOTTOM + 92);
            dots(canvas, self.choices, self.trouble.1, spot);
            steps(canvas, self.front, spot);
            let numbered = self.numbered(spot);
            for choice in self.front {
                canvas.ring(spot(choice), 10, OLD);
            }
            for choice in self.choices.iter().filter(|c| c.mark == Mark::Best) {
                best(canvas, spot(choice));
            }
            for (n, choice) in numbered.iter().enumerate() {
                number(canvas, n + 1, spot(choice), choice.mark);
            }
            self.list(canvas, &numbered);
        })
    }

    /// Those of the front that have a number: as many as there is room for in the list.
    fn numbered(&self, spot: impl Fn(&Choice) -> Spot + Copy) -> Vec<Choice> {
        let high = |choice: &Choice| ITEM + LINE * self.lines(choice).len() as i32;
        let fits = |listed: &Vec<Choice>| listed.iter().map(high).sum::<i32>() <= BOTTOM - TOP - 40;
        let listed = (2..=LISTED_MAX).rev().map(|most| numbered(self.front, most, spot));
        listed.into_iter().find(fits).unwrap_or_else(|| numbered(self.front, 1, spot))
    }

    /// A choice's name in the list.
    fn lines(&self, choice: &Choice) -> Vec<String> {
        let words = Words::new(24, INK).medium();
        in_lines(&(self.name)(choice.place), words.size, words.weight, WIDTH - LIST - 80)
    }

    /// What the numbers stand for.
    fn list(&self, canvas: &mut Canvas<'_>, numbered: &[Choice]) {
        let (strong, quiet) = (Words::new(24, INK).medium(), Words::new(24, MUTED));
        let head = if self.front.is_empty() {
            "none competes".to_owned()
        } else if numbered.len() < self.front.len() {
            format!("{} of {} on the front", numbered.len(), self.front.len())
        } else {
            "on the front".to_owned()
        };
        canvas.text(&head, (LIST, TOP + 6), quiet);
        let mut y = TOP + 62;
        for (n, choice) in numbered.iter().enumerate() {
            number(canvas, n + 1, (LIST + 22, y + 14), choice.mark);
            for line in self.lines(choice) {
                canvas.text(&line, (LIST + 58, y), strong);
                y += LINE;
            }
            let (takes, left) = (self.takes.text(choice.takes), self.left.text(choice.left));
            let line = format!("{takes}, {left} {}", self.of);
            canvas.text(
                &fitted(line.trim_end(), quiet.size, quiet.weight, WIDTH - LIST - 80),
                (LIST + 58, y),
                quiet,
            );
            y += ITEM;
        }
    }

    fn legend(&self, canvas: &mut Canvas<'_>) {
        let is_there = |mark| self.choices.iter().any(|c| c.mark == mark);
        let mut x = LEFT;
        if is_there(Mark::Best) {
            x = explain(canvas, x, "recommended", |canvas, (x, y)| best(canvas, (x + 22, y)));
        }
        if !self.front.is_empty() {
            x = explain(canvas, x, &self.line, |canvas, (x, y)| {
                let line = [(x, y + 12), (x + 22, y + 12), (x + 22, y - 12), (x + 44, y - 12)];
                canvas.line(&line, Pen::solid(OLD, 4));
                canvas.ring((x + 22, y - 12), 10, OLD);
            });
        }
        if is_there(Mark::Plain) {
            x = explain(canvas, x, self.others, |canvas, (x, y)| canvas.dot((x + 22, y), 7, MUTED));
        }
        if is_there(Mark::Troubled) {
            explain(canvas, x, self.trouble.0, |canvas, (x, y)| cross(canvas, (x + 22, y), self.trouble.1));
        }
    }
}

fn dots(canvas: &mut Canvas<'_>, choices: &[Choice], crosses: RGBColor, spot: impl Fn(&Choice) -> Spot) {
    for at in squares(choices, false, &spot).into_values() {
        canvas.dot(at, 7, MUTED);
    }
    for at in squares(choices, true, &spot).into_values() {
        cross(canvas, at, crosses);
    }
}

/// Where something is drawn: one choice for each square.
fn squares(choices: &[Choice], troubled: bool, spot: impl Fn(&Choice) -> Spot) -> BTreeMap<Spot, Spot> {
    let all = choices.iter().filter(|c| (c.mark == Mark::Troubled) == troubled).map(spot);
    all.map(|(x, y)| ((x / GRAIN, y / GRAIN), (x, y))).collect()
}

/// Says how many choices cannot be seen because others are drawn in their place.
fn hidden(choices: &[Choice], spot: impl Fn(&Choice) -> Spot) -> Option<String> {
    let drawn = squares(choices, false, &spot).len() + squares(choices, true, &spot).len();
    let hidden = choices.len() - drawn;
    let lie = if hidden == 1 { "lies" } else { "lie" };
    (hidden > 0).then(|| format!("{} {lie} on others", grouped(hidden as u128)))
}

fn cross(canvas: &mut Canvas<'_>, (x, y): Spot, colour: RGBColor) {
    let pen = Pen::solid(colour, 3);
    canvas.line(&[(x - 8, y - 8), (x + 8, y + 8)], pen);
    canvas.line(&[(x - 8, y + 8), (x + 8, y - 8)], pen);
}

fn best(canvas: &mut Canvas<'_>, at: Spot) {
    canvas.dot(at, 16, NEW);
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
fn numbered(front: &[Choice], most: usize, spot: impl Fn(&Choice) -> Spot) -> Vec<Choice> {
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
    let mut listed = thinned(&apart, most);
    // The recommended one takes the place of the nearest.
    if let Some(best) = front.iter().find(|c| c.mark == Mark::Best && !listed.contains(c)) {
        let distance = |other: &Choice| {
            let ((x, y), at) = (spot(other), spot(best));
            (x - at.0).abs().max((y - at.1).abs())
        };
        if let Some(nearest) = listed.iter_mut().min_by_key(|c| distance(c)) {
            *nearest = *best;
        }
    }
    listed
}

fn number(canvas: &mut Canvas<'_>, n: usize, at: Spot, mark: Mark) {
    let colour = if mark == Mark::Best {
        canvas.dot(at, 22, NEW);
        PAPER
    } else {
        canvas.ring(at, 22, OLD);
        INK
    };
    canvas.text(&n.to_string(), at, Words::new(24, colour).medium().aligned(Align::Centre));
}
