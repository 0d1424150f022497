//! `capacity.svg`: instances by state, and below them the tasks that ran against those desired.

use super::bands;
use super::canvas::{Align, Canvas, Pen, Spot, WIDTH, Words, svg};
use super::colours::{DEMAND, DRAINING, GRID, INK, MUTED, NEW, OLD};
use super::incidents::Incidents;
use super::labels::spread;
use super::scale::{Scale, TimeTicks, counts, time_ticks};
use super::steps::step_line;
use super::title;
use super::window::Window;
use crate::kernel::SimTime;
use crate::output::RunReport;
use crate::output::decimal::grouped;
use crate::output::human::clock;
use crate::record::{Level, Levels, Point};

pub(super) const LEFT: i32 = 150;
pub(super) const RIGHT: i32 = WIDTH - 410;

/// The picture of a run's capacity.
pub fn capacity_svg(report: &RunReport<'_>) -> String {
    let points = report.series.points();
    let window = Window::of(report, &points);
    let lanes = bands::lanes(report);
    let tasks = lines_of_tasks(&points);
    let x = Scale::new(window.from.as_ms(), window.to.as_ms(), LEFT, RIGHT);
    let incidents = Incidents::of(report, window, &x, LEFT, RIGHT);
    let lanes_top = title::BOTTOM + 10;
    let incidents_top = lanes_top + bands::height(&lanes);
    let top = incidents_top + incidents.height() + if lanes.is_empty() { 0 } else { 10 };
    let instances_bottom = top + if tasks.is_empty() { 900 } else { 660 };
    let tasks_top = instances_bottom + 60;
    let bottom = if tasks.is_empty() { instances_bottom } else { tasks_top + 360 };
    let name = format!("Capacity over time. {}", title::headline(report));
    svg(bottom + 130, &name, |canvas| {
        title::draw(canvas, report, window, &[]);
        let ticks = time_ticks(window.from, window.to, 14);
        bands::draw(canvas, &lanes, window, &x, lanes_top, RIGHT);
        let low = lowest_active(report, &points);
        let instances = Panel { top, bottom: instances_bottom, what: "instances", least: 0, low };
        instances.draw(canvas, &lines_of_instances(report, &points), &points, window, &x, &ticks, &lanes);
        if !tasks.is_empty() {
            let (least, low) = (zoomed(&tasks, &points), lowest_running(report));
            let panel = Panel { top: tasks_top, bottom, what: "service tasks", least, low };
            panel.draw(canvas, &tasks, &points, window, &x, &ticks, &lanes);
        }
        incidents.draw(canvas, incidents_top, bottom, (LEFT, RIGHT));
        time_axis(canvas, (LEFT, RIGHT), &x, &ticks, bottom, "simulated time since the run began");
        if points.is_empty() {
            let middle = (i32::midpoint(LEFT, RIGHT), i32::midpoint(top, instances_bottom));
            canvas.text("no counts were recorded", middle, Words::new(28, MUTED).aligned(Align::Centre));
        }
    })
}

/// A time axis at this height, and what it counts from.
pub(super) fn time_axis(
    canvas: &mut Canvas<'_>,
    (left, right): (i32, i32),
    x: &Scale,
    ticks: &TimeTicks,
    y: i32,
    since: &str,
) {
    canvas.line(&[(left, y), (right, y)], Pen::solid(MUTED, 2));
    for (at, label) in &ticks.marks {
        let at = x.at(*at);
        canvas.line(&[(at, y), (at, y + 10)], Pen::solid(MUTED, 2));
        canvas.text(label, (at, y + 34), Words::new(25, INK).aligned(Align::Centre));
    }
    let words = Words::new(25, MUTED).aligned(Align::Centre);
    canvas.text(&format!("{since} ({})", ticks.unit), (i32::midpoint(left, right), y + 86), words);
}

/// A count as it is drawn.
struct Line {
    name: &'static str,
    pen: Pen,
    /// Whether the space below it is filled, or the space up to the line before it is (a shortfall).
    fill: Fill,
    count: fn(&Levels) -> u32,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fill {
    None,
    Below,
    ShortOfDesired,
}

/// A remarkable point.
struct Mark {
    at: SimTime,
    value: u32,
    text: String,
}

struct Panel {
    top: i32,
    bottom: i32,
    what: &'static str,
    /// The axis starts here or at a round number below.
    least: u64,
    low: Option<Mark>,
}

const fn level<const L: usize>(levels: &Levels) -> u32 {
    levels[L]
}

/// Back to front: what is drawn later lies on top.
fn lines_of_instances(report: &RunReport<'_>, points: &[Point]) -> Vec<Line> {
    let line = |name, pen, count| Line { name, pen, fill: Fill::None, count };
    let seen = |count: fn(&Levels) -> u32| points.iter().any(|p| count(&p.high) > 0);
    let deployed = !report.summary.deployments.is_empty();
    let mixed = deployed
        || seen(level::<{ Level::OnSource as usize }>)
        || seen(level::<{ Level::WithoutDaemon as usize }>);
    let mut lines = vec![
        Line {
            fill: Fill::Below,
            ..line("DRAINING", Pen::solid(DRAINING, 3), level::<{ Level::Draining as usize }>)
        },
        line("REGISTERING", Pen::dashed(MUTED, 3, &[4, 6]), level::<{ Level::Registering as usize }>),
    ];
    lines.retain(|line| seen(line.count));
    lines.push(line("ACTIVE", Pen::solid(INK, 8), level::<{ Level::Active as usize }>));
    if mixed {
        let revisions = [
            line(
                "no daemon yet",
                Pen::dashed(MUTED, 4, &[18, 6, 4, 6]),
                level::<{ Level::WithoutDaemon as usize }>,
            ),
            line("older revision", Pen::dashed(OLD, 4, &[18, 8]), level::<{ Level::OnSource as usize }>),
            line("latest revision", Pen::solid(NEW, 4), level::<{ Level::OnTarget as usize }>),
        ];
        lines.extend(revisions.into_iter().filter(|line| seen(line.count)));
    }
    lines
}

fn lines_of_tasks(points: &[Point]) -> Vec<Line> {
    let line = |name, pen, fill, count| Line { name, pen, fill, count };
    let lines = vec![
        line(
            "running",
            Pen::solid(INK, 6),
            Fill::ShortOfDesired,
            level::<{ Level::Running as usize }> as fn(&Levels) -> u32,
        ),
        line("healthy", Pen::dashed(NEW, 3, &[4, 6]), Fill::None, level::<{ Level::Healthy as usize }>),
        line("desired", Pen::dashed(DEMAND, 4, &[18, 8]), Fill::None, level::<{ Level::Desired as usize }>),
    ];
    if lines.iter().any(|line| points.iter().any(|p| (line.count)(&p.high) > 0)) { lines } else { Vec::new() }
}

/// Where the axis of tasks may start so that dips show: at zero, unless all stays above half of the most.
fn zoomed(lines: &[Line], points: &[Point]) -> u64 {
    let least = lines.iter().flat_map(|line| points.iter().map(|p| (line.count)(&p.low))).min().unwrap_or(0);
    let most = lines.iter().flat_map(|line| points.iter().map(|p| (line.count)(&p.high))).max().unwrap_or(0);
    if least < most && least > most / 2 {
        u64::from(least).saturating_sub(u64::from(most - least) / 3)
    } else {
        0
    }
}

fn lowest_active(report: &RunReport<'_>, points: &[Point]) -> Option<Mark> {
    let c = &report.summary.cluster;
    let first = points.first()?;
    (c.active_min_at > first.at && c.active_min < first.last[Level::Active as usize]).then(|| Mark {
        at: c.active_min_at,
        value: c.active_min,
        text: format!("fewest ACTIVE: {} at {}", grouped(c.active_min.into()), clock(c.active_min_at)),
    })
}

fn lowest_running(report: &RunReport<'_>) -> Option<Mark> {
    let c = &report.summary.cluster;
    let value = c.app_running_min.filter(|&n| n < c.app_desired_then)?;
    let (fewest, desired) = (grouped(value.into()), grouped(c.app_desired_then.into()));
    Some(Mark {
        at: c.app_running_min_at,
        value,
        text: format!("fewest running: {fewest} of {desired} desired at {}", clock(c.app_running_min_at)),
    })
}

impl Panel {
    #[expect(clippy::too_many_arguments, reason = "what both panels share is the picture itself")]
    fn draw(
        &self,
        canvas: &mut Canvas<'_>,
        lines: &[Line],
        points: &[Point],
        window: Window,
        x: &Scale,
        time: &TimeTicks,
        lanes: &[bands::Lane],
    ) {
        let most = lines
            .iter()
            .flat_map(|line| points.iter().map(|p| u64::from((line.count)(&p.high))))
            .max()
            .unwrap_or(0);
        // The scale ends a little below the panel's top, so that a thick line has room.
        let (y, ticks) = counts(self.least.min(most), most.max(1), self.bottom, self.top + 14);
        bands::shade(canvas, lanes, window, x, self.top, self.bottom);
        for tick in &ticks {
            let at = y.map(*tick);
            canvas.line(&[(LEFT, at), (RIGHT, at)], Pen::solid(GRID, 2));
            canvas.text(&grouped((*tick).into()), (LEFT - 18, at), Words::new(25, INK).aligned(Align::Right));
        }
        for (at, _) in &time.marks {
            let at = x.at(*at);
            canvas.line(&[(at, self.bottom), (at, self.bottom + 6)], Pen::solid(MUTED, 2));
        }
        canvas.line(&[(LEFT, self.top), (LEFT, self.bottom)], Pen::solid(MUTED, 2));
        canvas.line(&[(LEFT, self.bottom), (RIGHT, self.bottom)], Pen::solid(MUTED, 2));
        let broken = ticks.first().is_some_and(|&first| first > 0);
        let what = if broken { format!("{} (not from 0)", self.what) } else { self.what.to_owned() };
        canvas.text_upwards(&what, (40, i32::midpoint(self.top, self.bottom)), Words::new(25, MUTED));
        let drawn: Vec<Vec<Spot>> =
            lines.iter().map(|line| step_line(points, window, x, &y, line.count)).collect();
        for (line, corners) in lines.iter().zip(&drawn) {
            if let (Fill::Below, [first, .., last]) = (line.fill, &corners[..]) {
                let mut around = corners.clone();
                around.extend([(last.0, self.bottom), (first.0, self.bottom)]);
                canvas.area(&around, line.pen.colour, 0.25);
            }
            if line.fill == Fill::ShortOfDesired {
                shortfall(canvas, points, window, x, &y);
            }
        }
        for (line, corners) in lines.iter().zip(&drawn) {
            canvas.line(corners, line.pen);
        }
        self.names(canvas, lines, &drawn, points, window);
        if let Some(mark) = self.low.as_ref().filter(|mark| window.holds(mark.at)) {
            self.mark(canvas, mark, (x.at(mark.at), y.map(mark.value.into())), &drawn);
        }
    }

    /// Each line's name, sample and last value at its end.
    fn names(
        &self,
        canvas: &mut Canvas<'_>,
        lines: &[Line],
        drawn: &[Vec<Spot>],
        points: &[Point],
        window: Window,
    ) {
        let mut ends: Vec<(&Line, i32)> =
            lines.iter().zip(drawn).filter_map(|(line, c)| Some((line, c.last()?.1))).rev().collect();
        // Of lines that end together the heaviest is named first.
        ends.sort_by_key(|(line, _)| std::cmp::Reverse(line.pen.width));
        let wishes: Vec<i32> = ends.iter().map(|(_, y)| *y).collect();
        let places = spread(&wishes, 38, self.top + 10, self.bottom - 6);
        let shown = points.partition_point(|p| p.at <= window.to);
        let Some(last) = shown.checked_sub(1).map(|i| &points[i].last) else { return };
        for ((line, end), y) in ends.into_iter().zip(places) {
            canvas.line(&[(RIGHT + 4, end), (RIGHT + 18, y)], Pen::solid(line.pen.colour, 2));
            canvas.line(&[(RIGHT + 18, y), (RIGHT + 76, y)], line.pen);
            let text = format!("{} {}", line.name, grouped((line.count)(last).into()));
            canvas.text(&text, (RIGHT + 90, y), Words::new(25, line.pen.colour).medium());
        }
    }

    /// A ring, and words where they lie on the fewest lines.
    fn mark(&self, canvas: &mut Canvas<'_>, mark: &Mark, at: Spot, drawn: &[Vec<Spot>]) {
        let words = Words::new(24, INK).medium();
        let wide = words.width(&mark.text);
        let clash = |(x, y): Spot| {
            let (left, right, top, bottom) = (x - 8, x + wide + 8, y - 18, y + 18);
            let crossed = |pair: &[Spot]| {
                let ((ax, ay), (bx, by)) = (pair[0], pair[1]);
                ax.max(bx) >= left && ax.min(bx) <= right && ay.max(by) >= top && ay.min(by) <= bottom
            };
            drawn.iter().map(|line| line.windows(2).filter(|pair| crossed(pair)).count()).sum::<usize>()
        };
        let place = [40, -40, 80, -80, 140, -140, 220, 300]
            .into_iter()
            .flat_map(|dy| [-wide / 2, 24, -24 - wide].map(|dx| (at.0 + dx, at.1 + dy)))
            .map(|(x, y)| (x.clamp(LEFT + 14, RIGHT - wide - 14), y))
            .filter(|(_, y)| (self.top + 24..self.bottom - 20).contains(y))
            .min_by_key(|spot| clash(*spot));
        if let Some((x, y)) = place {
            // From far away a thin line leads back.
            if (y - at.1).abs() > 60 {
                canvas.line(&[at, (at.0.clamp(x, x + wide), y)], Pen::solid(INK, 2));
            }
            canvas.text_on_paper(&mark.text, (x, y), words);
        }
        canvas.ring(at, 11, INK);
    }
}

/// Fills what lies between the tasks desired and those that ran, where these were fewer.
fn shortfall(canvas: &mut Canvas<'_>, points: &[Point], window: Window, x: &Scale, y: &Scale) {
    let desired = |levels: &Levels| levels[Level::Desired as usize];
    let filled = |levels: &Levels| levels[Level::Running as usize].min(desired(levels));
    let mut around = step_line(points, window, x, y, desired);
    around.extend(step_line(points, window, x, y, filled).into_iter().rev());
    if around.len() > 2 {
        canvas.area(&around, DEMAND, 0.18);
    }
}
