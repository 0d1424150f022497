//! When waves and bakes were: a lane of labelled bars for each deployment on each provider.

use plotters::style::RGBColor;

use super::canvas::{Align, Canvas, Words};
use super::colours::{BACK_WORDS, BAKE, BAKE_WORDS, DEMAND, DRAINING, INK, PAPER, WAVE_WORDS};
use super::font::fitted;
use super::incidents::swatch;
use super::scale::Scale;
use super::window::Window;
use crate::kernel::SimTime;
use crate::model::{CapacityProviderId, DeploymentName};
use crate::output::RunReport;
use crate::output::human::human;
use crate::record::Direction;

/// Deployments beyond these share the last lane.
const LANES_MAX: usize = 8;
/// Height of a lane with its gap.
const LANE: i32 = 42;
/// Waves that are no wider are not set apart.
const NARROW: i32 = 12;
/// Lanes' names, and how wide they may be.
const NAME_SIZE: i32 = 24;
const NAME_ROOM: i32 = 380;

/// A lane: whose it is, and its bars by time.
pub(super) struct Lane {
    name: String,
    bands: Vec<Band>,
}

/// A bar.
#[derive(Clone, Copy, Debug)]
struct Band {
    from: SimTime,
    to: SimTime,
    what: What,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Wave(u32),
    Back(u32),
    Bake,
}

/// The lanes of a run, by first wave.
pub(super) fn lanes(report: &RunReport<'_>) -> Vec<Lane> {
    let run = report.summary;
    let mut groups: Vec<(DeploymentName, Option<CapacityProviderId>, Vec<Band>)> = Vec::new();
    for wave in &run.waves {
        let what = match wave.direction {
            Direction::Forward => What::Wave(wave.wave),
            Direction::Rollback => What::Back(wave.wave),
        };
        let band = Band { from: wave.started, to: wave.finished.unwrap_or(run.ended_at), what };
        let key = (wave.deployment, Some(wave.provider));
        match groups.iter_mut().find(|g| (g.0, g.1) == key) {
            Some((_, _, bands)) => bands.push(band),
            None => groups.push((key.0, key.1, vec![band])),
        }
    }
    for d in &run.deployments {
        let Some(from) = d.bake_started else { continue };
        let to = d.detected.or(d.finished).unwrap_or(run.ended_at);
        let band = Band { from, to, what: What::Bake };
        if !groups.iter().any(|g| g.0 == d.name) {
            groups.push((d.name, None, Vec::new()));
        }
        for group in groups.iter_mut().filter(|g| g.0 == d.name) {
            group.2.push(band);
        }
    }
    let mut lanes: Vec<Lane> = Vec::new();
    for (deployment, provider, bands) in groups {
        if lanes.len() == LANES_MAX {
            let last = &mut lanes[LANES_MAX - 1];
            last.name = "further deployments".to_owned();
            last.bands.extend(bands);
            continue;
        }
        let name = report.names.deployment(deployment);
        // The provider is told only where a deployment rolls over several.
        let provider =
            provider.filter(|id| run.waves.iter().any(|w| w.deployment == deployment && w.provider != *id));
        let name = match provider.map(|id| report.names.provider(id)) {
            Some(provider) => {
                let words = Words::new(NAME_SIZE, INK).medium();
                let half = (NAME_ROOM - words.width(" on ")) / 2;
                let provider = fitted(provider, words.size, words.weight, half);
                format!("{} on {provider}", fitted(&name, words.size, words.weight, half))
            }
            None => name,
        };
        lanes.push(Lane { name, bands });
    }
    lanes
}

/// How high so many lanes are.
pub(super) fn height(lanes: &[Lane]) -> i32 {
    LANE * i32::try_from(lanes.len()).unwrap_or(0)
}

/// Draws the lanes from `top` down, their names at the right.
pub(super) fn draw(canvas: &mut Canvas<'_>, lanes: &[Lane], window: Window, x: &Scale, top: i32, right: i32) {
    for (i, lane) in lanes.iter().enumerate() {
        let top = top + LANE * i32::try_from(i).unwrap_or(0);
        let middle = top + LANE / 2 - 3;
        for band in lane.bands.iter().filter(|b| window.holds(b.from) || window.holds(b.to)) {
            let (from, to) = (x.at(band.from), x.at(band.to));
            let (colour, _) = colours(band.what);
            let gap = if to - from > NARROW { 2 } else { 0 };
            let (upper, lower) = ((from, top), (to.max(from + 2) - gap, top + LANE - 6));
            if band.is_back() {
                swatch(canvas, upper, lower);
            } else {
                canvas.fill(upper, lower, colour, 0.22);
            }
        }
        label(canvas, lane, x, middle);
        let words = Words::new(NAME_SIZE, INK).medium();
        let name = fitted(&lane.name, words.size, words.weight, NAME_ROOM);
        canvas.text(&name, (right + 14, middle), words);
        // A bake too narrow for its own word is told beside the name, if there is room.
        let bake = lane.bands.iter().find(|b| b.what == What::Bake && window.holds(b.from));
        if let Some(bake) = bake.filter(|b| !(0..2).any(|form| fits(b, form, x))) {
            let words = Words { colour: BAKE_WORDS, ..Words::new(NAME_SIZE, INK) };
            let left = Words::new(NAME_SIZE, INK).medium().width(&name) + 14;
            if let Some(said) = (0..2).map(|f| said(bake, f)).find(|s| left + words.width(s) <= NAME_ROOM) {
                canvas.text(&said, (right + 14 + left, middle), words);
            }
        }
    }
}

/// Shades the waves and bakes over a panel.
pub(super) fn shade(
    canvas: &mut Canvas<'_>,
    lanes: &[Lane],
    window: Window,
    x: &Scale,
    top: i32,
    bottom: i32,
) {
    for band in lanes.iter().flat_map(|lane| &lane.bands) {
        if !window.holds(band.from) && !window.holds(band.to) {
            continue;
        }
        let (from, to) = (x.at(band.from), x.at(band.to));
        let (colour, _) = colours(band.what);
        canvas.fill((from, top), (to.max(from + 1), bottom), colour, 0.07);
        // Waves without a gap between them stay apart by their first instant, unless that is all one would see.
        if to - from > NARROW {
            canvas.fill((from, top), (from + 1, bottom), colour, 0.4);
        }
    }
    // A rollback is hatched as a whole: its waves may be many and narrow.
    for lane in lanes {
        for back in lane.bands.chunk_by(|a, b| a.is_back() == b.is_back()).filter(|bands| bands[0].is_back())
        {
            let (from, to) = (back[0].from, back.iter().map(|b| b.to).max().unwrap_or(back[0].to));
            if from <= window.to && to >= window.from {
                canvas.hatch((x.at(from), top), (x.at(to), bottom), DEMAND, 0.12);
            }
        }
    }
}

impl Band {
    const fn is_back(&self) -> bool {
        matches!(self.what, What::Back(_))
    }
}

/// Words on the bars of a lane: in the longest form that fits them all, and of bars too narrow for a bare
/// number, on every second, fifth, tenth and so on.
fn label(canvas: &mut Canvas<'_>, lane: &Lane, x: &Scale, middle: i32) {
    let width = |band: &Band| x.at(band.to) - x.at(band.from);
    let waves: Vec<&Band> = lane.bands.iter().filter(|b| b.what != What::Bake).collect();
    let words = Words::new(24, INK).aligned(Align::Centre);
    let form = (0..2).find(|&form| waves.iter().all(|b| fits(b, form, x))).unwrap_or(2);
    let narrowest = waves.iter().map(|b| words.width(&said(b, form)) + 14 - width(b)).max().unwrap_or(0);
    let every = if narrowest <= 0 { 1 } else { every_so_many(&waves, &words, x) };
    let mut free = i32::MIN;
    for (i, band) in waves.iter().enumerate() {
        let text = said(band, form);
        let at = i32::midpoint(x.at(band.from), x.at(band.to));
        let half = words.width(&text) / 2;
        if i % every == 0 && at - half > free {
            if band.is_back() {
                // The hatching gives way to its words.
                canvas.fill((at - half - 5, middle - 13), (at + half + 5, middle + 13), PAPER, 0.7);
            }
            canvas.text(&text, (at, middle), Words { colour: colours(band.what).1, ..words });
            free = at + half + 8;
        }
    }
    for band in lane.bands.iter().filter(|b| b.what == What::Bake) {
        let at = i32::midpoint(x.at(band.from), x.at(band.to));
        let colour = colours(band.what).1;
        if let Some(form) = (0..2).find(|&form| fits(band, form, x)) {
            canvas.text(&said(band, form), (at, middle), Words { colour, ..words });
        }
    }
}

/// Whether a bar has room for what it would say.
fn fits(band: &Band, form: usize, x: &Scale) -> bool {
    Words::new(24, INK).width(&said(band, form)) + 10 <= x.at(band.to) - x.at(band.from)
}

/// Of waves so narrow, one in how many has room for its number.
fn every_so_many(waves: &[&Band], words: &Words, x: &Scale) -> usize {
    let (Some(first), Some(last)) = (waves.first(), waves.last()) else { return 1 };
    let pitch = (x.at(last.to) - x.at(first.from)).max(1) / i32::try_from(waves.len()).unwrap_or(i32::MAX);
    let widest = waves.iter().map(|b| words.width(&said(b, 2))).max().unwrap_or(0) + 14;
    let needed = usize::try_from(widest / pitch.max(1) + 1).unwrap_or(1);
    [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].into_iter().find(|&k| k >= needed).unwrap_or(needed)
}

/// What a bar says, from the longest form to the shortest.
fn said(band: &Band, form: usize) -> String {
    match (band.what, form) {
        (What::Wave(n), 0) => format!("wave {n}"),
        (What::Wave(n), 1) => format!("w{n}"),
        (What::Wave(n), _) => n.to_string(),
        (What::Back(n), 0) => format!("rollback {n}"),
        (What::Back(n), _) => format!("r{n}"),
        (What::Bake, 0) => format!("bake {}", human(band.to.since(band.from))),
        (What::Bake, _) => "bake".to_owned(),
    }
}

/// Of the bar and of its words.
const fn colours(what: What) -> (RGBColor, RGBColor) {
    match what {
        What::Wave(_) => (DRAINING, WAVE_WORDS),
        What::Back(_) => (DEMAND, BACK_WORDS),
        What::Bake => (BAKE, BAKE_WORDS),
    }
}
