//! `waves.svg`: a bar for each wave, and in it a thin row for each instance with the stages it went through.
//!
//! The left part says when each wave was. In the right part all waves begin at zero: forty waves that follow
//! each other for hours, or two deployments days apart, can be compared and still show their stages.

use super::canvas::{Align, Canvas, Pen, WIDTH, Words, svg};
use super::capacity::{LEFT, RIGHT, time_axis};
use super::colours::{BACK_WORDS, BAKE, BAKE_WORDS, DEMAND, DRAINING, GRID, INK, MUTED, PAPER, STAGES};
use super::font::{Weight, fitted};
use super::incidents::{swatch, trigger_words};
use super::scale::{Scale, time_ticks};
use super::title;
use super::window::Window;
use crate::kernel::{SimDuration, SimTime};
use crate::model::{CapacityProviderId, DeploymentName};
use crate::output::RunReport;
use crate::output::decimal::grouped;
use crate::output::human::human;
use crate::record::{DeploymentSummary, Direction, ReplacedInstance, Stage, WaveSummary};

/// From where to where the left part goes, and the right part.
const WHEN: (i32, i32) = (LEFT, LEFT + 560);
const WITHIN: (i32, i32) = (LEFT + 630, RIGHT);
/// Height that all rows together aim at.
const ROOM: i32 = 1200;
/// A row's least and greatest height.
const ROW: (i32, i32) = (3, 26);
/// A wave's least height, with its gap.
const WAVE_MIN: i32 = 12;
const GAP: i32 = 6;
/// Height of a deployment's name, and of a bake.
const NAME: i32 = 54;
const BAKE_HEIGHT: i32 = 36;
/// Height of what is said of a trigger.
const TRIGGER: i32 = 44;
/// How wide what is said beside a wave may be.
const BESIDE: i32 = WIDTH - RIGHT - 24;
/// Of more waves only the left bars are hatched: so many lines would blur.
const HATCHED_MAX: usize = 60;
const TRIGGER_LINE: Pen = Pen::dashed(BACK_WORDS, 3, &[10, 5]);
/// Of more waves, every so manieth is drawn.
const WAVES_MAX: usize = 240;

/// The picture of a run's waves.
pub fn waves_svg(report: &RunReport<'_>) -> String {
    let run = report.summary;
    let first = run.waves.iter().map(|w| w.started).chain(run.deployments.iter().map(|d| d.created)).min();
    let last = run
        .waves
        .iter()
        .map(|w| w.finished.unwrap_or(run.ended_at))
        .chain(run.deployments.iter().map(|d| d.finished.unwrap_or(run.ended_at)))
        .max();
    let window = Window::around(first.unwrap_or(SimTime::ZERO), last.unwrap_or(run.ended_at), run.ended_at);
    let plan = Plan::of(report);
    let top = title::BOTTOM + 110;
    let bottom = top + plan.height() + 12;
    let name = format!("Waves over time. {}", title::headline(report));
    let longest = run.waves.iter().map(|w| w.finished.unwrap_or(run.ended_at).since(w.started)).max();
    let longest = SimTime::ZERO + longest.unwrap_or(SimDuration::from_secs(60));
    svg(bottom + 130, &name, |canvas| {
        title::draw(canvas, report, window, &plan.remarks());
        legend(canvas, title::BOTTOM + 34, run.waves.iter().any(|w| w.direction == Direction::Rollback));
        let scales = Scales {
            when: Scale::new(window.from.as_ms(), window.to.as_ms(), WHEN.0, WHEN.1),
            within: Scale::new(0, longest.as_ms(), WITHIN.0, WITHIN.1 - 10),
        };
        let when_ticks = time_ticks(window.from, window.to, 5);
        let within_ticks = time_ticks(SimTime::ZERO, longest, 10);
        for (scale, ticks) in [(&scales.when, &when_ticks), (&scales.within, &within_ticks)] {
            for (at, _) in &ticks.marks {
                canvas.line(&[(scale.at(*at), top), (scale.at(*at), bottom)], Pen::solid(GRID, 2));
            }
        }
        let (mut y, mut group) = (top, top);
        for item in &plan.items {
            if let Item::Name(..) = item {
                group = y + NAME;
            }
            if let Item::Trigger(d) = item {
                draw_trigger(canvas, report, d, &scales, (group, y));
            } else {
                item.draw(canvas, report, &plan, &scales, y);
            }
            y += plan.height_of(item);
        }
        if run.waves.is_empty() {
            let middle = (i32::midpoint(LEFT, RIGHT), i32::midpoint(top, bottom));
            let text = if run.deployments.is_empty() {
                "there was no deployment"
            } else {
                "no instance had to be replaced"
            };
            canvas.text_on_paper(text, middle, Words::new(28, MUTED).aligned(Align::Centre));
        }
        time_axis(canvas, WHEN, &scales.when, &when_ticks, bottom, "since the run began");
        time_axis(canvas, WITHIN, &scales.within, &within_ticks, bottom, "since the wave began");
    })
}

/// The left part's time and the right part's.
struct Scales {
    when: Scale,
    within: Scale,
}

/// What is drawn, from the top down.
enum Item<'a> {
    /// A deployment on a provider: instances that it drained on the way there, and on the way back.
    Name(DeploymentName, CapacityProviderId, u32, u32),
    Wave(&'a WaveSummary, Vec<&'a ReplacedInstance>),
    Bake(&'a DeploymentSummary),
    /// What stopped the deployment: between its forward waves and those of its rollback.
    Trigger(&'a DeploymentSummary),
}

struct Plan<'a> {
    items: Vec<Item<'a>>,
    /// Height of an instance's row.
    row: i32,
    /// Height of a wave that has no row to show.
    bare: i32,
    /// One in how many waves is drawn.
    every: usize,
    /// Whether some wave shows fewer rows than it drained instances.
    sampled: bool,
}

impl<'a> Plan<'a> {
    fn of(report: &RunReport<'a>) -> Plan<'a> {
        let run: &'a crate::record::RunSummary = report.summary;
        let every = run.waves.len().div_ceil(WAVES_MAX).max(1);
        let drawn = i32::try_from(run.waves.len().div_ceil(every)).unwrap_or(1).max(1);
        // Each wave gets its share of the room; rows are as high as that allows.
        let share = (ROOM / drawn - GAP).max(WAVE_MIN - GAP);
        let rows_max = usize::try_from(share / ROW.0).unwrap_or(1).max(1);
        let most = run.waves.iter().map(|w| w.replaced.len()).max().unwrap_or(0).clamp(1, rows_max);
        let row = (share / i32::try_from(most).unwrap_or(1)).clamp(ROW.0, ROW.1);
        let mut groups: Vec<(DeploymentName, CapacityProviderId)> = Vec::new();
        for wave in &run.waves {
            if !groups.contains(&(wave.deployment, wave.provider)) {
                groups.push((wave.deployment, wave.provider));
            }
        }
        let mut items = Vec::new();
        let mut sampled = false;
        for (i, &(deployment, provider)) in groups.iter().enumerate() {
            let waves: Vec<&WaveSummary> =
                run.waves.iter().filter(|w| (w.deployment, w.provider) == (deployment, provider)).collect();
            let drained = |direction: Direction| {
                waves.iter().filter(|w| w.direction == direction).map(|w| w.instances).sum()
            };
            let (there, back) = (drained(Direction::Forward), drained(Direction::Rollback));
            items.push(Item::Name(deployment, provider, there, back));
            let mut wave = |wave: &'a WaveSummary| {
                let rows = slowest_first(wave, rows_max);
                sampled |= rows.len() < wave.instances as usize && wave.finished.is_some();
                Item::Wave(wave, rows)
            };
            let (forward, back): (Vec<_>, Vec<_>) =
                waves.into_iter().partition(|w| w.direction == Direction::Forward);
            items.extend(forward.into_iter().step_by(every).map(&mut wave));
            let last_of_it = !groups[i + 1..].iter().any(|g| g.0 == deployment);
            let d = run.deployments.iter().find(|d| d.name == deployment);
            items.extend(d.filter(|d| last_of_it && d.bake_started.is_some()).map(Item::Bake));
            items.extend(d.filter(|d| d.detected.is_some()).map(Item::Trigger));
            items.extend(back.into_iter().step_by(every).map(&mut wave));
        }
        Plan { items, row, bare: share.clamp(WAVE_MIN - GAP, ROW.1), every, sampled }
    }

    fn height_of(&self, item: &Item<'_>) -> i32 {
        match item {
            Item::Name(..) => NAME,
            Item::Wave(_, rows) => {
                let rows = self.row * i32::try_from(rows.len()).unwrap_or(0);
                rows.max(self.bare) + GAP
            }
            Item::Bake(_) => BAKE_HEIGHT,
            Item::Trigger(_) => TRIGGER,
        }
    }

    fn height(&self) -> i32 {
        self.items.iter().map(|item| self.height_of(item)).sum::<i32>().max(200)
    }

    /// What the picture leaves out, said in it.
    fn remarks(&self) -> Vec<String> {
        let mut remarks = Vec::new();
        if self.sampled {
            remarks.push("rows are an even sample of the instances, slowest on top".to_owned());
        } else if self.items.iter().any(|item| matches!(item, Item::Wave(..))) {
            remarks.push("a row is an instance, slowest on top".to_owned());
        }
        if self.every > 1 {
            remarks.push(format!("1 in {} waves", self.every));
        }
        remarks
    }
}

/// Instances of a wave by how long they took, evenly thinned to at most so many; the slowest always stays.
fn slowest_first(wave: &WaveSummary, most: usize) -> Vec<&ReplacedInstance> {
    let total = |r: &ReplacedInstance| r.stages.iter().fold(SimDuration::ZERO, |sum, &stage| sum + stage);
    let mut all: Vec<&ReplacedInstance> = wave.replaced.iter().collect();
    all.sort_by_key(|r| (std::cmp::Reverse(r.draining + total(r)), r.instance));
    let (have, take) = (all.len(), all.len().min(most));
    (0..take).map(|i| all[i * have / take]).collect()
}

impl Item<'_> {
    fn draw(&self, canvas: &mut Canvas<'_>, report: &RunReport<'_>, plan: &Plan<'_>, x: &Scales, y: i32) {
        match self {
            Item::Name(deployment, provider, instances, back) => {
                let names = report.names;
                let (words, quiet) = (Words::new(25, INK).medium(), Words::new(25, MUTED));
                canvas.fill((LEFT - 2, y + 6), (RIGHT, y + NAME - 4), PAPER, 1.0);
                let name = fitted(&names.deployment(*deployment), 25, Weight::Medium, 900);
                let left = LEFT + words.width(&name) + 16;
                canvas.text(&name, (LEFT, y + NAME / 2), words);
                let s = if *instances == 1 { "" } else { "s" };
                let instances = grouped((*instances).into());
                let back = match *back {
                    0 => String::new(),
                    n => format!(", {} back,", grouped(n.into())),
                };
                let rest = format!("{instances} instance{s}{back} of {}", names.provider(*provider));
                canvas.text(&fitted(&rest, 25, Weight::Regular, RIGHT - left), (left, y + NAME / 2), quiet);
            }
            Item::Wave(wave, rows) => draw_wave(canvas, report, plan, x, y, wave, rows),
            Item::Bake(d) => {
                let run = report.summary;
                let Some(from) = d.bake_started else { return };
                let to = d.detected.or(d.finished).unwrap_or(run.ended_at);
                let (left, right) = (x.when.at(from), x.when.at(to));
                canvas.fill((left, y), (right.max(left + 2), y + BAKE_HEIGHT - 8), BAKE, 0.4);
                let middle = y + (BAKE_HEIGHT - 8) / 2;
                let words = Words::new(24, BAKE_WORDS).aligned(Align::Right);
                canvas.text("bake", (LEFT - 14, middle), words);
                let took = human(to.since(from));
                canvas.text(&took, (RIGHT + 14, middle), Words::new(24, BAKE_WORDS));
            }
            Item::Trigger(_) => {}
        }
    }
}

/// When a deployment was stopped: a line from the top of its waves, and words below them.
fn draw_trigger(
    canvas: &mut Canvas<'_>,
    report: &RunReport<'_>,
    d: &DeploymentSummary,
    x: &Scales,
    (top, y): (i32, i32),
) {
    let Some(at) = d.detected else { return };
    let (line, middle) = (x.when.at(at), y + (TRIGGER - GAP) / 2);
    canvas.line(&[(line, top), (line, middle - 10)], TRIGGER_LINE);
    canvas.area(&[(line - 11, middle + 10), (line + 11, middle + 10), (line, middle - 12)], BACK_WORDS, 1.0);
    let words = trigger_words(report, d, at, RIGHT - WITHIN.0);
    canvas.text(&words, (WITHIN.0, middle), Words::new(24, BACK_WORDS).medium());
}

fn draw_wave(
    canvas: &mut Canvas<'_>,
    report: &RunReport<'_>,
    plan: &Plan<'_>,
    x: &Scales,
    y: i32,
    wave: &WaveSummary,
    rows: &[&ReplacedInstance],
) {
    let run = report.summary;
    let end = wave.finished.unwrap_or(run.ended_at);
    let high = plan.height_of(&Item::Wave(wave, rows.to_vec())) - GAP;
    let (left, right) = (x.when.at(wave.started), x.when.at(end));
    let (upper, lower) = ((left, y), (right.max(left + 2), y + high));
    let (colour, name) = match wave.direction {
        Direction::Forward => {
            canvas.fill(upper, lower, DRAINING, 0.55);
            (DRAINING, "wave")
        }
        Direction::Rollback => {
            swatch(canvas, upper, lower);
            (DEMAND, "rollback")
        }
    };
    let within = |at: SimTime| x.within.map(at.since(wave.started).as_ms());
    let (upper, lower) = ((WITHIN.0, y), (within(end).max(WITHIN.0 + 2), y + high));
    canvas.fill(upper, lower, colour, 0.18);
    if wave.direction == Direction::Rollback && run.waves.len() <= HATCHED_MAX {
        canvas.hatch(upper, lower, colour, 0.25);
    }
    for (n, replaced) in rows.iter().enumerate() {
        let top = y + plan.row * i32::try_from(n).unwrap_or(0);
        let thin = if plan.row >= 8 { 2 } else { 0 };
        let mut at = replaced.draining;
        for (stage, colour) in replaced.stages.iter().zip(STAGES) {
            let (from, to) = (within(at), within(at + *stage));
            at = at + *stage;
            if to > from {
                canvas.fill((from, top), (to, top + plan.row - thin), colour, 1.0);
            }
        }
    }
    // Waves too low for words of their own leave them to every second, fifth and so on.
    let pitch = u32::try_from(high + GAP).unwrap_or(1);
    let every = [1, 2, 5, 10, 20, 50].into_iter().find(|k| k * pitch >= 28).unwrap_or(100);
    if wave.wave != 1 && !wave.wave.is_multiple_of(every) {
        return;
    }
    let middle = y + high / 2;
    let words = Words::new(24, INK);
    let long = format!("{name} {}", wave.wave);
    let name = if words.width(&long) <= LEFT - 20 { long } else { format!("r{}", wave.wave) };
    canvas.text(&name, (LEFT - 14, middle), words.aligned(Align::Right));
    let took = match wave.finished {
        Some(end) => human(end.since(wave.started)),
        None => "unfinished".to_owned(),
    };
    let s = if wave.instances == 1 { "" } else { "s" };
    let instances = grouped(wave.instances.into());
    let said = format!("{took} · {instances} instance{s}");
    if wave.daemon_failures == 0 {
        canvas.text(&fitted(&said, 24, Weight::Regular, BESIDE), (RIGHT + 14, middle), words);
        return;
    }
    let failed = format!("{} failed", grouped(wave.daemon_failures.into()));
    let strong = Words::new(24, BACK_WORDS).medium();
    let room = BESIDE - strong.width(&failed);
    // What failed stays; the instances give way.
    // The middle dot is as wide as a full stop, whatever is assumed of letters beyond ASCII.
    let width = |said: &str| words.width(&said.replace('·', "."));
    let said = [format!("{said} · "), format!("{took} · {instances} · "), format!("{took} · ")]
        .into_iter()
        .find(|said| width(said) <= room)
        .unwrap_or_default();
    canvas.text(&said, (RIGHT + 14, middle), words);
    canvas.text(&failed, (RIGHT + 14 + width(&said), middle), strong);
}

/// What the colours of the stages are, and what is hatched.
fn legend(canvas: &mut Canvas<'_>, y: i32, hatched: bool) {
    let mut x = LEFT;
    for (stage, colour) in Stage::ALL.into_iter().zip(STAGES) {
        let (strong, quiet) = (Words::new(24, INK).medium(), Words::new(24, MUTED));
        let meaning = match stage {
            Stage::DrainReact => "services notice",
            Stage::Capacity => "room is found for the tasks",
            Stage::Start => "replacements start, turn healthy",
            Stage::AppStop => "old tasks stop",
            Stage::DaemonStop => "daemons stop",
            Stage::Terminate => "instance ends",
        };
        canvas.fill((x, y - 12), (x + 24, y + 12), colour, 1.0);
        canvas.text(stage.word(), (x + 34, y), strong);
        canvas.text(meaning, (x + 34, y + 32), quiet);
        x += 34 + strong.width(stage.word()).max(quiet.width(meaning)) + 44;
    }
    if hatched {
        let (strong, quiet) = (Words::new(24, INK).medium(), Words::new(24, MUTED));
        swatch(canvas, (x, y - 12), (x + 48, y + 12));
        canvas.text("rollback", (x + 58, y), strong);
        canvas.text("waves back to the source", (x + 58, y + 32), quiet);
    }
}
