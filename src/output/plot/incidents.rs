//! What stopped deployments, and when their alarms rang: rows between the lanes and the panels of a picture.

use super::canvas::{Canvas, Pen, Spot, Words};
use super::colours::{BACK_WORDS, DEMAND, GRID};
use super::font::fitted;
use super::scale::Scale;
use super::window::Window;
use crate::kernel::SimTime;
use crate::model::{AlarmId, MonitorStatus};
use crate::output::RunReport;
use crate::output::decimal::grouped;
use crate::output::human::clock;
use crate::record::{DeploymentSummary, Direction};

/// Height of a row.
const ROW: i32 = 38;
/// Alarms beyond these share the last row.
const ALARMS_MAX: usize = 5;
/// Rows over which what is said of the triggers is spread.
const TRIGGER_ROWS_MAX: usize = 3;
/// Names at the right, and how wide they may be.
const NAME: Words = Words::new(24, BACK_WORDS).medium();
const NAME_ROOM: i32 = 380;
const SAID: Words = Words::new(24, BACK_WORDS).medium();
/// How far a word keeps from its line, and from the next.
const GAP: i32 = 14;
/// The line of a trigger.
const LINE: Pen = Pen::dashed(BACK_WORDS, 3, &[10, 5]);

/// The rows of a picture; in a run without failures there are none.
pub(super) struct Incidents {
    alarms: Vec<Row>,
    triggers: Vec<Trigger>,
    /// Rows that words about triggers take.
    trigger_rows: usize,
    /// Whether waves of a rollback are hatched.
    hatched: bool,
}

/// An alarm that rang.
struct Row {
    name: String,
    /// From where to where, from left to right.
    bars: Vec<(i32, i32)>,
}

/// Something that stopped a deployment.
struct Trigger {
    x: i32,
    text: String,
    /// Its row and the words' left end; none when there is no room.
    place: Option<(usize, i32)>,
}

impl Incidents {
    /// Those of a run within a window, drawn between these sides.
    pub(super) fn of(report: &RunReport<'_>, window: Window, x: &Scale, left: i32, right: i32) -> Incidents {
        let triggers = triggers(report, window, x, left, right);
        let rows = triggers.iter().filter_map(|t| t.place).map(|(row, _)| row + 1).max();
        let trigger_rows = rows.unwrap_or(usize::from(!triggers.is_empty()));
        let hatched = report.summary.waves.iter().any(|w| w.direction == Direction::Rollback);
        Incidents { alarms: alarms(report, window, x, right), triggers, trigger_rows, hatched }
    }

    /// How high their rows are.
    pub(super) fn height(&self) -> i32 {
        ROW * i32::try_from(self.alarms.len() + self.trigger_rows).unwrap_or(0)
    }

    /// Draws the rows from `top` down, and a line from each trigger's to the bottom.
    pub(super) fn draw(&self, canvas: &mut Canvas<'_>, top: i32, bottom: i32, (left, right): (i32, i32)) {
        let middle = |row: usize| top + ROW * i32::try_from(row).unwrap_or(0) + ROW / 2 - 3;
        for (i, alarm) in self.alarms.iter().enumerate() {
            let y = middle(i);
            canvas.line(&[(left, y), (right, y)], Pen::solid(GRID, 2));
            for (from, to) in &alarm.bars {
                canvas.fill((*from, y - 8), (*to, y + 8), BACK_WORDS, 1.0);
            }
            let room = NAME_ROOM - NAME.width(RINGS);
            let name = fitted(&alarm.name, NAME.size, NAME.weight, room);
            canvas.text(&format!("{name}{RINGS}"), (right + GAP, y), NAME);
        }
        for trigger in &self.triggers {
            let row = trigger.place.map_or(0, |(row, _)| row);
            let y = middle(self.alarms.len() + row);
            canvas.line(&[(trigger.x, y - 14), (trigger.x, bottom)], LINE);
            canvas.area(
                &[(trigger.x - 11, y - 14), (trigger.x + 11, y - 14), (trigger.x, y + 8)],
                BACK_WORDS,
                1.0,
            );
        }
        for trigger in &self.triggers {
            if let Some((row, x)) = trigger.place {
                canvas.text_on_paper(&trigger.text, (x, middle(self.alarms.len() + row)), SAID);
            }
        }
        if self.hatched && self.trigger_rows > 0 {
            let y = middle(self.alarms.len() + self.trigger_rows - 1);
            swatch(canvas, (right + GAP, y - 12), (right + GAP + 58, y + 12));
            canvas.text("rollback", (right + GAP + 72, y), NAME);
        }
    }
}

/// What the waves of a rollback look like.
pub(super) fn swatch(canvas: &mut Canvas<'_>, from: Spot, to: Spot) {
    canvas.fill(from, to, DEMAND, 0.22);
    canvas.hatch(from, to, BACK_WORDS, 0.5);
}

/// What stands after the name of an alarm.
const RINGS: &str = " in ALARM";

/// "stopped by alarm agent-errors at 0:17:58", "stopped by the circuit breaker at 0:11:02 (3 of 3 failures)". A long
/// name gives way.
pub(super) fn trigger_words(report: &RunReport<'_>, d: &DeploymentSummary, at: SimTime, room: i32) -> String {
    let at = clock(at);
    match &d.alarms_triggered[..] {
        [] if d.breaker_status == MonitorStatus::Triggered => {
            let of = d.breaker_threshold.map_or(String::new(), |of| format!(" of {}", grouped(of.into())));
            let failures = grouped(d.breaker_failures.into());
            format!("stopped by the circuit breaker at {at} ({failures}{of} failures)")
        }
        [] => format!("stopped at {at}"),
        [first, rest @ ..] => {
            let more = if rest.is_empty() {
                String::new()
            } else {
                format!(" and {} more", grouped(rest.len() as u128))
            };
            let (before, after) = ("stopped by alarm ", format!("{more} at {at}"));
            let room = room - SAID.width(before) - SAID.width(&after);
            let name = fitted(report.names.alarm(*first), SAID.size, SAID.weight, room);
            format!("{before}{name}{after}")
        }
    }
}

/// Alarms that deployments watched and that rang within the window, by alarm.
fn alarms(report: &RunReport<'_>, window: Window, x: &Scale, right: i32) -> Vec<Row> {
    let mut watched: Vec<AlarmId> = Vec::new();
    for d in &report.summary.deployments {
        watched.extend(d.alarms.iter().chain(&d.alarms_triggered));
    }
    watched.sort_unstable();
    watched.dedup();
    let mut rows: Vec<Row> = Vec::new();
    for alarm in watched {
        let mut bars: Vec<(i32, i32)> = Vec::new();
        for ring in report.series.rings(alarm) {
            let to = ring.to.unwrap_or(SimTime::MAX);
            if ring.from <= window.to && to >= window.from {
                let from = x.at(ring.from).min(right - 3);
                bars.push((from, x.at(to).max(from + 3)));
            }
        }
        if bars.is_empty() {
            continue;
        }
        if rows.len() == ALARMS_MAX {
            let last = &mut rows[ALARMS_MAX - 1];
            last.name = "further alarms".to_owned();
            last.bars.extend(bars);
        } else {
            rows.push(Row { name: report.names.alarm(alarm).to_owned(), bars });
        }
    }
    for row in &mut rows {
        merge(&mut row.bars);
    }
    rows
}

/// Bars that touch become one, so that there are never more than a picture can show.
fn merge(bars: &mut Vec<(i32, i32)>) {
    bars.sort_unstable();
    bars.dedup_by(|later, earlier| {
        let touch = later.0 <= earlier.1;
        if touch {
            earlier.1 = earlier.1.max(later.1);
        }
        touch
    });
}

/// What stopped deployments, by time, with room for what is said of it.
fn triggers(report: &RunReport<'_>, window: Window, x: &Scale, left: i32, right: i32) -> Vec<Trigger> {
    let run = report.summary;
    let several = run.deployments.len() > 1;
    let mut stopped: Vec<(SimTime, String)> = Vec::new();
    for d in &run.deployments {
        let Some(at) = d.detected.filter(|at| window.holds(*at)) else { continue };
        let name = if several {
            let name = report.names.deployment(d.name);
            format!("{} ", fitted(&name, SAID.size, SAID.weight, 380))
        } else {
            String::new()
        };
        let room = (right - left) / 2 - SAID.width(&name);
        stopped.push((at, format!("{name}{}", trigger_words(report, d, at, room))));
    }
    stopped.sort();
    // Where words end so far in each row.
    let mut free = [i32::MIN; TRIGGER_ROWS_MAX];
    let mut triggers = Vec::new();
    for (at, text) in stopped {
        let (x, wide) = (x.at(at), SAID.width(&text));
        // To the right of the line, or to its left where the picture ends.
        let from = if x + GAP + wide <= right { x + GAP } else { (x - GAP - wide).max(left) };
        let row = free.iter().position(|end| from.min(x - GAP) >= *end);
        if let Some(row) = row {
            free[row] = from.max(x) + wide + GAP;
        }
        triggers.push(Trigger { x, text, place: row.map(|row| (row, from)) });
    }
    triggers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::fixture::{Failure, Made, Rollout};

    /// A second is a half-pixel: 0 to 1,000.
    fn incidents(made: &Made) -> Incidents {
        let window = Window { from: SimTime::ZERO, to: SimTime::from_ms(1_000_000) };
        Incidents::of(&made.report(), window, &Scale::new(0, 1_000_000, 0, 1_000), 0, 1_000)
    }

    /// Stopped by the breaker, at these seconds.
    fn stopped(at: &[u64]) -> Made {
        let mut made = Made::new("stopped").with(70, 0);
        for _ in at {
            made = made.failed(Failure::of(Rollout::of(70, 18), 1));
        }
        for (d, at) in made.summary.deployments.iter_mut().zip(at) {
            d.detected = Some(SimTime::from_ms(at * 1000));
        }
        made
    }

    #[test]
    fn a_run_that_goes_well_has_none() {
        let made =
            Made::new("well").with(70, 280).rolled(Rollout::of(70, 18)).rang(0, 100_000, 200_000).done();
        assert_eq!(incidents(&made).height(), 0);
    }

    #[test]
    fn of_alarms_those_that_were_watched_and_rang_are_rows() {
        let made = stopped(&[500])
            .rang(0, 100_000, 200_000)
            .rang(0, 200_500, 200_900)
            .rang(0, 999_000, 2_000_000)
            .rang(1, 1_500_000, 1_600_000)
            .rang(2, 10_000, 20_000);
        let rows = incidents(&made).alarms;
        // 200.5 s falls on 201, and what is shorter than three half-pixels is drawn as three; alarm 1 rang too late,
        // alarm 2 was not watched.
        assert_eq!(rows.len(), 1);
        assert_eq!(
            (&*rows[0].name, &rows[0].bars[..]),
            ("agent-errors", &[(100, 200), (201, 204), (997, 1_000)][..])
        );
    }

    #[test]
    fn of_many_alarms_the_last_row_has_the_rest() {
        let mut made = stopped(&[500]);
        made.names.alarms = (0..9).map(|n| format!("alarm-{n}")).collect();
        made.summary.deployments[0].alarms = (0..9).map(AlarmId::new).collect();
        for n in 0..9 {
            made = made.rang(n, 100_000 * u64::from(n), 100_000 * u64::from(n) + 50_000);
        }
        let rows = incidents(&made).alarms;
        assert_eq!(rows.iter().map(|row| &*row.name).collect::<Vec<_>>()[3..], ["alarm-3", "further alarms"]);
        assert_eq!(rows[4].bars, [(400, 450), (500, 550), (600, 650), (700, 750), (800, 850)]);
    }

    #[test]
    fn bars_that_touch_become_one() {
        let mut bars = vec![(10, 13), (30, 50), (12, 15), (35, 40), (50, 51)];
        merge(&mut bars);
        assert_eq!(bars, [(10, 15), (30, 51)]);
    }

    #[test]
    fn words_about_triggers_do_not_lie_on_each_other() {
        let made = stopped(&[100, 130, 990, 160, 170]);
        let all = incidents(&made);
        let places: Vec<(i32, Option<usize>)> =
            all.triggers.iter().map(|t| (t.x, t.place.map(|(row, _)| row))).collect();
        // The fourth finds no row; the last has its words at the left of its line.
        assert_eq!(places[..4], [(100, Some(0)), (130, Some(1)), (160, Some(2)), (170, None)]);
        assert!(all.triggers[4].place.is_none_or(|(_, left)| left < 990 - GAP));
        assert_eq!(all.trigger_rows, 3);
        assert_eq!(all.height(), 3 * ROW);
        let one = incidents(&stopped(&[100]));
        assert_eq!(one.triggers[0].place, Some((0, 100 + GAP)));
        assert_eq!(one.triggers[0].text, "stopped by the circuit breaker at 0:01:40 (35 of 35 failures)");
    }

    #[test]
    fn alarms_that_stop_a_deployment_are_named() {
        let mut made = stopped(&[100]);
        let said = |made: &Made, room: i32| {
            let (report, d) = (made.report(), &made.summary.deployments[0]);
            trigger_words(&report, d, SimTime::from_ms(100_000), room)
        };
        made.summary.deployments[0].alarms_triggered = vec![AlarmId::new(0)];
        assert_eq!(said(&made, 900), "stopped by alarm agent-errors at 0:01:40");
        made.summary.deployments[0].alarms_triggered = [0, 1].map(AlarmId::new).to_vec();
        assert_eq!(said(&made, 900), "stopped by alarm agent-errors and 1 more at 0:01:40");
        made.names.alarms[0] = "a".repeat(255);
        let cut = said(&made, 900);
        assert!(cut.ends_with("aa… and 1 more at 0:01:40") && SAID.width(&cut) <= 900, "{cut}");
    }
}
