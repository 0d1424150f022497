//! What is to be small against capacity: every setting of a search, and the recommended one.

use super::{Choice, Mark, Picture};
use crate::output::plot::colours::MUTED;
use crate::output::study::text::counted;
use crate::output::study::tune::{TuneMeta, told};
use crate::output::study::view::printable;
use crate::output::study::words::{Kind, said};
use crate::output::text::shorten;
use crate::study::results::{Fate, TuneResult};

/// The picture of all settings; nothing when no two of them can be compared.
pub fn search_svg(meta: &TuneMeta, result: &TuneResult) -> Option<String> {
    let choice = |place: usize| {
        let candidate = &result.candidates[place];
        let mark = match candidate.fate {
            Fate::Best => Mark::Best,
            Fate::Missed(_) => Mark::Troubled,
            Fate::Worse { .. } | Fate::Tied | Fate::Close | Fate::Open => Mark::Plain,
        };
        Some(Choice { place, takes: candidate.objective?.mean, left: candidate.capacity?, mark })
    };
    let choices: Vec<Choice> = (0..result.candidates.len()).filter_map(choice).collect();
    if choices.len() < 2 {
        return None;
    }
    let front: Vec<Choice> = result.front.iter().filter_map(|at| choice(*at)).collect();
    let (objective, capacity) = (said(&result.objective), said(&result.capacity));
    let mut parts = vec![
        printable(&meta.scenario),
        format!("seed {}", meta.seed),
        counted(result.candidates.len() as u64, "setting"),
        counted(result.runs, "run"),
        "means".to_owned(),
    ];
    if result.best.is_none() {
        parts.push("no setting is known to keep to all limits".to_owned());
    }
    let (does, better) = match objective.kind {
        Kind::Time => ("How long each setting of @ takes", "faster"),
        Kind::Money => ("What each setting of @ costs", "cheaper"),
        Kind::Work(_) | Kind::Share | Kind::Count(_) => ("What each setting of @ takes", "smaller"),
    };
    let headline =
        format!("{}, and what capacity it leaves", does.replace('@', &shorten(&result.daemon, 40)));
    let with = told::fixed(result).map_or_else(String::new, |fixed| format!("with {fixed} "));
    let of = if let Kind::Count(what) = capacity.kind { what } else { "" };
    let picture = Picture {
        headline: printable(&headline),
        parts,
        takes: objective.kind,
        below: objective.title,
        upright: printable(&capacity.title),
        left: capacity.kind,
        of,
        choices: &choices,
        front: &front,
        line: shorten(&format!("{with}nothing is both {better} and safer"), 80),
        trouble: ("misses a limit", MUTED),
        others: "other settings",
        name: &|place| told::setting(result, place),
    };
    Some(picture.svg())
}
