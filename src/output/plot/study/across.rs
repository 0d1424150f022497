//! Where the values of an axis lie: at their numbers, or side by side.

use crate::output::plot::canvas::{Align, Canvas, Pen, Words};
use crate::output::plot::colours::{INK, MUTED};
use crate::output::plot::font::fitted_middle;
use crate::output::study::view::printable;
use crate::study::results::Head;

/// Values of one axis in half-pixels.
pub(super) struct Across {
    /// Each value's place.
    places: Vec<i32>,
    /// Those values that are shown, from one side to the other.
    pub(super) shown: Vec<usize>,
    /// Whether the distances between them mean something.
    pub(super) numeric: bool,
    /// The least distance of two that are shown.
    pub(super) pitch: i32,
    /// Round numbers and where they lie, where there are too many values to name each.
    marks: Vec<(i32, String)>,
}

/// More values than this are not named one by one where they are numbers.
const NAMED_MAX: usize = 20;

/// So many numbers stand side by side where some of their labels would have no room at their distance.
const SIDE_BY_SIDE_MAX: usize = 10;

/// Room at either end of numbers.
const MARGIN: i32 = 50;

impl Across {
    /// Lays the values of an axis out from `low` to `high`; of more than `most` every so manieth is shown.
    pub(super) fn new(head: &Head, low: i32, high: i32, most: usize) -> Across {
        let count = head.labels.len();
        let numbers = numbers(&head.labels).filter(|_| count > 1);
        let crowded = |places: &[i32]| {
            let words = Words::new(25, INK);
            let half = |n: usize| words.width(&printable(&head.labels[n])) / 2;
            let mut order: Vec<usize> = (0..count).collect();
            order.sort_by_key(|&n| places[n]);
            let room = |a: usize, b: usize| places[b] - places[a] - half(a) - half(b);
            order.windows(2).any(|pair| room(pair[0], pair[1]) < 16)
        };
        let mut numeric = numbers.is_some();
        let mut marks = Vec::new();
        let places: Vec<i32> = match &numbers {
            Some(numbers) => {
                let least = numbers.iter().copied().fold(f64::INFINITY, f64::min);
                let most = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let sign = (high - low).signum();
                let (low, room) = (low + sign * MARGIN, f64::from(high - low - 2 * sign * MARGIN));
                let part = |n: f64| if most > least { (n - least) / (most - least) } else { 0.5 };
                let place = |n: f64| low + (part(n) * room).round() as i32;
                if count > NAMED_MAX && plain(&head.labels).is_some() {
                    marks = round_marks(least, most).into_iter().map(|(n, text)| (place(n), text)).collect();
                }
                numbers.iter().map(|n| place(*n)).collect()
            }
            None => slots(count, low, high),
        };
        let mut places = places;
        if let Some(numbers) = numbers.filter(|_| count <= SIDE_BY_SIDE_MAX && low < high && crowded(&places))
        {
            let mut order: Vec<usize> = (0..count).collect();
            order.sort_by(|a, b| numbers[*a].total_cmp(&numbers[*b]));
            for (value, place) in order.into_iter().zip(slots(count, low, high)) {
                places[value] = place;
            }
            numeric = false;
        }
        let mut order: Vec<usize> = (0..count).collect();
        order.sort_by_key(|&n| if low <= high { places[n] } else { -places[n] });
        let shown = thinned(&order, most);
        let pitch = shown.windows(2).map(|pair| (places[pair[1]] - places[pair[0]]).abs()).min();
        Across { places, shown, numeric, pitch: pitch.unwrap_or((high - low).abs()), marks }
    }

    /// Where a value lies.
    pub(super) fn at(&self, value: usize) -> i32 {
        self.places.get(value).copied().unwrap_or_default()
    }

    /// Draws a mark below each value, and its label where there is room.
    pub(super) fn draw(&self, canvas: &mut Canvas<'_>, head: &Head, y: i32) {
        let words = Words::new(25, INK).aligned(Align::Centre);
        if !self.marks.is_empty() {
            for (x, text) in &self.marks {
                canvas.line(&[(*x, y), (*x, y + 12)], Pen::solid(MUTED, 2));
                canvas.text(text, (*x, y + 34), words);
            }
            return;
        }
        let room = if self.numeric { 240 } else { (self.pitch - 20).max(60) };
        let mut free = i32::MIN;
        for &value in &self.shown {
            let x = self.at(value);
            let label = fitted_middle(&printable(&head.labels[value]), words.size, words.weight, room);
            let half = words.width(&label) / 2;
            let fits = x - half > free;
            canvas.line(&[(x, y), (x, y + if fits { 12 } else { 6 })], Pen::solid(MUTED, 2));
            if fits {
                canvas.text(&label, (x, y + 34), words);
                free = x + half + 16;
            }
        }
    }
}

/// The middles of so many equal slots.
pub(super) fn slots(count: usize, low: i32, high: i32) -> Vec<i32> {
    let (room, count) = (i64::from(high - low), count as i64);
    (0..count).map(|n| low + (room * (2 * n + 1) / (2 * count.max(1))) as i32).collect()
}

/// Every so manieth of more than `most`, the first and the last among them.
pub(super) fn thinned<T: Copy>(all: &[T], most: usize) -> Vec<T> {
    if all.len() <= most {
        return all.to_vec();
    }
    let (last, gaps) = (all.len() - 1, most.max(2) - 1);
    (0..=gaps).map(|n| all[n * last / gaps]).collect()
}

/// What the labels are as numbers, or all as lengths of time; none when one of them is neither.
pub(super) fn numbers(labels: &[String]) -> Option<Vec<f64>> {
    plain(labels).or_else(|| labels.iter().map(|label| length_ms(label)).collect())
}

fn plain(labels: &[String]) -> Option<Vec<f64>> {
    let number = |label: &String| {
        let digits = label.bytes().any(|b| b.is_ascii_digit());
        label.parse::<f64>().ok().filter(|n| n.is_finite() && digits)
    };
    labels.iter().map(number).collect()
}

/// Multiples of 1, 2 or 5 times a power of ten between two numbers, ten or so.
fn round_marks(least: f64, most: f64) -> Vec<(f64, String)> {
    let span = most - least;
    let (mut step, mut places) = (1.0, 0);
    while span / step > 10.0 && step < 1e300 {
        step *= 10.0;
    }
    while span > 0.0 && span / step < 1.0 && places < 12 {
        step /= 10.0;
        places += 1;
    }
    let wide = [1.0, 2.0, 5.0].map(|n| n * step / 10.0);
    let finer = wide.into_iter().find(|finer| span / finer <= 12.0);
    if let Some(finer) = finer {
        step = finer;
        places += usize::from(step < 1.0);
    }
    let (first, last) = ((least / step).ceil() as i64, (most / step).floor() as i64);
    let marks = (first..=last).take(20).map(|n| (n as f64 * step, n as f64 * step));
    marks.map(|(at, n)| (at, format!("{n:.places$}"))).collect()
}

/// `1m30s`, `500ms`, `1h 30m`.
fn length_ms(label: &str) -> Option<f64> {
    let mut rest = label.trim();
    let mut sum = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at(digits);
        let end = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
        let unit = match &after[..end] {
            "ms" => 1.0,
            "s" => 1e3,
            "m" => 6e4,
            "h" => 3.6e6,
            "d" => 8.64e7,
            _ => return None,
        };
        sum += number.parse::<f64>().ok()? * unit;
        rest = after[end..].trim_start();
    }
    (!label.trim().is_empty()).then_some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::study::fixture::head;

    #[test]
    fn labels_that_are_numbers_are_read() {
        let read = |labels: &[&str]| numbers(&labels.iter().map(|l| (*l).to_owned()).collect::<Vec<_>>());
        assert_eq!(read(&["5", "-1", "2.5"]), Some(vec![5.0, -1.0, 2.5]));
        assert_eq!(read(&["90s", "1m30s", "500ms", "1h 30m"]), Some(vec![9e4, 9e4, 500.0, 5.4e6]));
        for words in [["5", "inf"], ["5", "NaN"], ["90s", "5"], ["1x", "2x"], ["", "1s"], ["s", "1s"]] {
            assert_eq!(read(&words), None, "{words:?}");
        }
    }

    #[test]
    fn numbers_lie_at_their_distance_and_words_side_by_side() {
        let across = Across::new(&head("a", &["10", "0", "5"]), 0, 300, 9);
        assert_eq!([across.at(0), across.at(1), across.at(2)], [250, 50, 150]);
        assert_eq!((&across.shown[..], across.pitch), (&[1, 2, 0][..], 100));
        let words = Across::new(&head("a", &["x", "y", "z"]), 0, 300, 9);
        assert_eq!([words.at(0), words.at(1), words.at(2)], [50, 150, 250]);
        let up = Across::new(&head("a", &["10", "0"]), 300, 0, 9);
        assert_eq!([up.at(0), up.at(1)], [50, 250]);
    }

    #[test]
    fn few_numbers_stand_side_by_side_rather_than_without_a_label() {
        let times = Across::new(&head("horizon", &["12m", "6h", "20m", "1h"]), 0, 2000, 9);
        assert_eq!([0, 2, 3, 1].map(|n| times.at(n)), [250, 750, 1250, 1750]);
        assert!(!times.numeric);
        assert!(Across::new(&head("drain", &["5", "10", "50", "100"]), 0, 2000, 9).numeric);
    }

    #[test]
    fn many_numbers_have_round_marks() {
        let texts =
            |least, most| round_marks(least, most).into_iter().map(|(_, t)| t).collect::<Vec<_>>().join(" ");
        assert_eq!(texts(1.0, 100.0), "10 20 30 40 50 60 70 80 90 100");
        assert_eq!(texts(1.0, 10_000.0), "1000 2000 3000 4000 5000 6000 7000 8000 9000 10000");
        assert_eq!(texts(-20.0, 20.0), "-20 -15 -10 -5 0 5 10 15 20");
        assert_eq!(texts(0.1, 0.5), "0.10 0.15 0.20 0.25 0.30 0.35 0.40 0.45 0.50");
        let many: Vec<String> = (1..=30).map(|n| n.to_string()).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(Across::new(&head("a", &many), 0, 300, 99).marks.len(), 6);
        assert_eq!(Across::new(&head("a", &many[..20]), 0, 300, 99).marks.len(), 0);
    }

    #[test]
    fn of_many_some_are_shown_with_both_ends() {
        let all: Vec<usize> = (0..1000).collect();
        assert_eq!(thinned(&all, 4), [0, 333, 666, 999]);
        assert_eq!(thinned(&all[..3], 4), [0, 1, 2]);
    }
}
