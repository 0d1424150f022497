//! Something to draw on, in half-pixels.

use plotters::prelude::{DrawingBackend, SVGBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontStyle, IntoFont, RGBAColor, RGBColor, ShapeStyle, TextStyle};

use super::font::{self, Weight};

/// A point in half-pixels from the upper left.
pub(super) type Spot = (i32, i32);

/// Width of every picture, in half-pixels: 1,200 pixels.
pub(super) const WIDTH: i32 = 2400;

/// How far the lines of a hatching lie apart, along an edge, and how wide they are.
const HATCH: i32 = 18;
const HATCH_PEN: u32 = 3;

/// How a line is drawn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pen {
    pub(super) colour: RGBColor,
    pub(super) width: u32,
    /// Lengths of ink and gap by turns; empty for a solid line.
    pub(super) dash: &'static [i32],
}

/// How a text is set.
#[derive(Clone, Copy, Debug)]
pub(super) struct Words {
    pub(super) size: i32,
    pub(super) weight: Weight,
    pub(super) colour: RGBColor,
    pub(super) align: Align,
}

/// Which part of a text its spot is; vertically it is always the middle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Centre,
    Right,
}

impl Pen {
    pub(super) const fn solid(colour: RGBColor, width: u32) -> Pen {
        Pen { colour, width, dash: &[] }
    }

    pub(super) const fn dashed(colour: RGBColor, width: u32, dash: &'static [i32]) -> Pen {
        Pen { colour, width, dash }
    }
}

impl Words {
    pub(super) const fn new(size: i32, colour: RGBColor) -> Words {
        Words { size, weight: Weight::Regular, colour, align: Align::Left }
    }

    pub(super) const fn medium(self) -> Words {
        Words { weight: Weight::Medium, ..self }
    }

    pub(super) const fn aligned(self, align: Align) -> Words {
        Words { align, ..self }
    }

    pub(super) fn width(&self, text: &str) -> i32 {
        font::width(text, self.size, self.weight)
    }
}

/// A picture being drawn.
pub(super) struct Canvas<'a> {
    backend: SVGBackend<'a>,
}

/// Draws an SVG of this height. `title` is what a screen reader says of it.
pub(super) fn svg(height: i32, title: &str, draw: impl FnOnce(&mut Canvas<'_>)) -> String {
    let mut drawn = String::new();
    {
        let mut canvas =
            Canvas { backend: SVGBackend::with_string(&mut drawn, (WIDTH as u32, height as u32)) };
        canvas.fill((0, 0), (WIDTH, height), super::colours::PAPER, 1.0);
        draw(&mut canvas);
        canvas.backend.present().expect(STRING);
    }
    // Half-pixels become pixels in the size alone; the font and the title follow the opening tag.
    let (_, rest) = drawn.split_once('>').expect("plotters opens with <svg …>");
    format!(
        "<svg width=\"{}\" height=\"{}\" viewBox=\"0 0 {WIDTH} {height}\" xmlns=\"http://www.w3.org/2000/svg\" \
         role=\"img\">\n<title>{}</title>\n{}{rest}",
        WIDTH / 2,
        (height + 1) / 2,
        escaped(title),
        *font::STYLE_SHEET
    )
}

/// Drawing goes into a string, which takes everything.
const STRING: &str = "a string takes everything";

impl Canvas<'_> {
    /// A filled rectangle, from its upper left to its lower right.
    pub(super) fn fill(&mut self, from: Spot, to: Spot, colour: RGBColor, opacity: f64) {
        let style = ShapeStyle { color: mixed(colour, opacity), filled: true, stroke_width: 0 };
        self.backend.draw_rect(from, to, &style, true).expect(STRING);
    }

    /// Slanting lines over a rectangle, for what must differ in black and white too. Neighbours' lines meet.
    pub(super) fn hatch(&mut self, from: Spot, to: Spot, colour: RGBColor, opacity: f64) {
        let style = ShapeStyle { color: mixed(colour, opacity), filled: false, stroke_width: HATCH_PEN };
        for line in slanting(from, to) {
            self.backend.draw_path(line, &style).expect(STRING);
        }
    }

    /// A filled area.
    pub(super) fn area(&mut self, around: &[Spot], colour: RGBColor, opacity: f64) {
        let style = ShapeStyle { color: mixed(colour, opacity), filled: true, stroke_width: 0 };
        self.backend.fill_polygon(around.iter().copied(), &style).expect(STRING);
    }

    /// A line through all of these.
    pub(super) fn line(&mut self, through: &[Spot], pen: Pen) {
        let style = ShapeStyle { color: pen.colour.to_rgba(), filled: false, stroke_width: pen.width };
        if pen.dash.is_empty() {
            if through.len() > 1 {
                self.backend.draw_path(through.iter().copied(), &style).expect(STRING);
            }
        } else {
            for dash in dashes(through, pen.dash) {
                self.backend.draw_path(dash, &style).expect(STRING);
            }
        }
    }

    /// A filled circle.
    pub(super) fn dot(&mut self, at: Spot, radius: u32, colour: RGBColor) {
        let style = ShapeStyle { color: colour.to_rgba(), filled: true, stroke_width: 0 };
        self.backend.draw_circle(at, radius, &style, true).expect(STRING);
    }

    /// A ring with a white middle.
    pub(super) fn ring(&mut self, at: Spot, radius: u32, colour: RGBColor) {
        let style = |color: RGBColor| ShapeStyle { color: color.to_rgba(), filled: true, stroke_width: 0 };
        self.backend.draw_circle(at, radius, &style(colour), true).expect(STRING);
        self.backend.draw_circle(at, radius - 4, &style(super::colours::PAPER), true).expect(STRING);
    }

    /// A text whose middle (or left or right end) is at a spot.
    pub(super) fn text(&mut self, text: &str, at: Spot, words: Words) {
        self.set(text, at, words, false);
    }

    /// A text that reads upwards, centred on a spot.
    pub(super) fn text_upwards(&mut self, text: &str, at: Spot, words: Words) {
        self.set(text, at, words.aligned(Align::Centre), true);
    }

    /// A text on a white ground of its own, for where lines pass.
    pub(super) fn text_on_paper(&mut self, text: &str, at: Spot, words: Words) {
        let (wide, high) = (words.width(text), words.size * 6 / 10);
        let left = match words.align {
            Align::Left => at.0,
            Align::Centre => at.0 - wide / 2,
            Align::Right => at.0 - wide,
        };
        self.fill((left - 6, at.1 - high), (left + wide + 6, at.1 + high), super::colours::PAPER, 0.85);
        self.text(text, at, words);
    }

    fn set(&mut self, text: &str, at: Spot, words: Words, upwards: bool) {
        let h_pos = match words.align {
            Align::Left => HPos::Left,
            Align::Centre => HPos::Center,
            Align::Right => HPos::Right,
        };
        // plotters divides sizes by 1.24 on their way into an SVG. Of our sizes all come out whole.
        let size = f64::from(words.size) * 1.24;
        debug_assert!(size / 1.24 == f64::from(words.size), "{} would not be whole", words.size);
        let font = (font::FAMILIES, size).into_font();
        let font = match words.weight {
            Weight::Regular => font,
            Weight::Medium => font.style(FontStyle::Bold),
        };
        let font = if upwards { font.transform(plotters::style::FontTransform::Rotate270) } else { font };
        let style = TextStyle::from(font).color(&words.colour).pos(Pos::new(h_pos, VPos::Center));
        self.backend.draw_text(&printable(text), &style, at).expect(STRING);
    }
}

fn mixed(colour: RGBColor, opacity: f64) -> RGBAColor {
    colour.mix(opacity)
}

/// Without control characters, which XML has no way to write.
fn printable(text: &str) -> String {
    text.replace(char::is_control, " ")
}

fn escaped(text: &str) -> String {
    printable(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The lines of a hatching, from lower left to upper right. They lie where x + y is a multiple of their distance, so
/// those of two rectangles side by side meet.
fn slanting((left, top): Spot, (right, bottom): Spot) -> Vec<[Spot; 2]> {
    let (first, last) = ((left + top).div_euclid(HATCH) + 1, (right + bottom).div_euclid(HATCH));
    (first..=last)
        .map(|n| n * HATCH)
        .map(|sum| {
            let low = if sum - left <= bottom { (left, sum - left) } else { (sum - bottom, bottom) };
            let high = if sum - top <= right { (sum - top, top) } else { (right, sum - right) };
            [low, high]
        })
        .filter(|[low, high]| low != high)
        .collect()
}

/// The inked pieces of a dashed line; of a slanting one, lengths are those along its longer side.
fn dashes(through: &[Spot], dash: &[i32]) -> Vec<Vec<Spot>> {
    let mut pieces: Vec<Vec<Spot>> = Vec::new();
    let (mut turn, mut left) = (0, dash[0]);
    let mut open: Vec<Spot> = Vec::new();
    for pair in through.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        let length = (to.0 - from.0).abs().max((to.1 - from.1).abs());
        // Always counted from the beginning: of many short steps the rounding would bend the line.
        let spot = |done: i32| {
            let part = |a: i32, b: i32| {
                let (span, length) = (i64::from(b - a) * i64::from(done), i64::from(length.max(1)));
                a + ((2 * span + length).div_euclid(2 * length)) as i32
            };
            (part(from.0, to.0), part(from.1, to.1))
        };
        let mut done = 0;
        loop {
            let inked = turn % 2 == 0;
            if inked && open.is_empty() {
                open.push(spot(done));
            }
            let step = (length - done).min(left);
            done += step;
            left -= step;
            if inked {
                open.push(spot(done));
            }
            if left == 0 {
                if inked {
                    pieces.push(std::mem::take(&mut open));
                }
                turn = (turn + 1) % dash.len();
                left = dash[turn];
            }
            if done == length {
                break;
            }
        }
    }
    if open.len() > 1 {
        pieces.push(open);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dashed_line_is_straight() {
        assert_eq!(dashes(&[(0, 0), (25, 0)], &[10, 5]), [[(0, 0), (10, 0)], [(15, 0), (25, 0)]]);
        assert_eq!(dashes(&[(0, 0), (6, 0), (6, 8)], &[10, 5]), [[(0, 0), (6, 0), (6, 4)]]);
        // One down for each hundred across: the last dash ends ten down.
        let pieces = dashes(&[(0, 0), (1000, 10)], &[30, 10]);
        assert_eq!(pieces[12], [(480, 5), (510, 5)]);
        assert_eq!(pieces.last(), Some(&vec![(960, 10), (990, 10)]));
    }

    #[test]
    fn a_hatching_stays_within_its_rectangle() {
        // x + y = 18, 36, 54 over a rectangle of 40 by 20.
        assert_eq!(
            slanting((0, 0), (40, 20)),
            [[(0, 18), (18, 0)], [(16, 20), (36, 0)], [(34, 20), (40, 14)]]
        );
        assert_eq!(slanting((5, 5), (6, 6)), Vec::<[Spot; 2]>::new());
        for line in slanting((-30, 7), (111, 95)) {
            for (x, y) in line {
                assert!((-30..=111).contains(&x) && (7..=95).contains(&y), "{x}, {y}");
            }
        }
    }
}
