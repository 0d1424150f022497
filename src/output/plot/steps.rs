//! Counts over time as the corners of a step line.

use super::canvas::Spot;
use super::scale::Scale;
use super::window::Window;
use crate::record::{Levels, Point};

/// The step line of a count within a window. Points that fall into the same column become one upright stroke
/// over all of their values, so however dense they are, no extreme is lost.
pub(super) fn step_line(
    points: &[Point],
    window: Window,
    x: &Scale,
    y: &Scale,
    count: impl Fn(&Levels) -> u32,
) -> Vec<Spot> {
    let first_inside = points.partition_point(|p| p.at <= window.from);
    let inside = points[first_inside..].iter().take_while(|p| p.at <= window.to);
    let height = |levels: &Levels| y.map(u64::from(count(levels)));
    let mut line = Corners::default();
    if let Some(before) = first_inside.checked_sub(1).map(|i| &points[i]) {
        line.column(x.at(window.from), height(&before.last), height(&before.last), height(&before.last));
    }
    for point in inside {
        line.column(x.at(point.at), height(&point.low), height(&point.high), height(&point.last));
    }
    line.finish(x.at(window.to))
}

#[derive(Default)]
struct Corners {
    corners: Vec<Spot>,
    /// The column being gathered: where, its extremes, and where it leaves.
    column: Option<(i32, i32, i32, i32)>,
}

impl Corners {
    fn column(&mut self, x: i32, a: i32, b: i32, leaves: i32) {
        let (top, bottom) = (a.min(b), a.max(b));
        match &mut self.column {
            Some((at, least, most, last)) if *at == x => {
                *least = top.min(*least);
                *most = bottom.max(*most);
                *last = leaves;
            }
            Some(_) => {
                self.flush();
                self.column = Some((x, top, bottom, leaves));
            }
            None => self.column = Some((x, top, bottom, leaves)),
        }
    }

    fn flush(&mut self) {
        let Some((x, top, bottom, leaves)) = self.column.take() else { return };
        if let Some(&(_, y)) = self.corners.last() {
            self.corner((x, y));
        }
        for y in [bottom, top, leaves] {
            self.corner((x, y));
        }
    }

    /// Leaves out corners that turn nothing.
    fn corner(&mut self, corner: Spot) {
        if self.corners.last() == Some(&corner) {
            return;
        }
        if let [.., (_, before), (_, last)] = self.corners[..]
            && before == last
            && last == corner.1
        {
            self.corners.pop();
        }
        self.corners.push(corner);
    }

    fn finish(mut self, end: i32) -> Vec<Spot> {
        self.flush();
        if let Some(&(_, y)) = self.corners.last() {
            self.corner((end, y));
        }
        self.corners
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::SimTime;

    fn point(ms: u64, low: u32, high: u32, last: u32) -> Point {
        Point { at: SimTime::from_ms(ms), low: [low; 10], high: [high; 10], last: [last; 10] }
    }

    fn line(points: &[Point]) -> Vec<Spot> {
        let window = Window { from: SimTime::from_ms(100), to: SimTime::from_ms(200) };
        let (x, y) = (Scale::new(100, 200, 0, 100), Scale::new(0, 10, 10, 0));
        step_line(points, window, &x, &y, |levels| levels[0])
    }

    #[test]
    fn a_change_is_an_upright_stroke() {
        assert_eq!(line(&[point(0, 8, 8, 8), point(150, 5, 5, 5)]), [(0, 2), (50, 2), (50, 5), (100, 5)]);
    }

    #[test]
    fn points_of_one_column_keep_their_extremes() {
        let dip = [point(0, 8, 8, 8), point(150, 1, 9, 8), point(160, 8, 8, 8)];
        assert_eq!(line(&dip), [(0, 2), (50, 2), (50, 9), (50, 1), (50, 2), (100, 2)]);
    }

    #[test]
    fn nothing_and_what_comes_after_the_window_draw_nothing() {
        assert_eq!(line(&[]), []);
        assert_eq!(line(&[point(300, 1, 1, 1)]), []);
    }
}
