//! How often each expectation was met.

use crate::output::decimal::grouped;
use crate::output::shown::bound_text;
use crate::output::study::text::counted;
use crate::output::study::view::{View, printable};
use crate::output::study::words::Kind;
use crate::output::text::page::{Page, Tone};
use crate::record::Bound;
use crate::study::results::{Estimate, Expectation};

/// Of no more points than this each is listed.
const LISTED_MAX: usize = 6;

/// Writes a line for each expectation, or several.
pub(super) fn write(page: &mut Page, view: View<'_>) {
    let all: Vec<(usize, usize)> = view.expectations().collect();
    if all.is_empty() {
        return;
    }
    page.heading("Expected");
    for (number, at) in all {
        let expected = number.checked_sub(1).and_then(|n| view.result.expectations.get(n));
        let expected = expected.map_or_else(|| format!("expect.{number}"), |e| in_words(view, e));
        one(page, view, &expected, at);
    }
}

/// `services.my-app.runningTasks at least 320`; without the bound where the study varies it.
fn in_words(view: View<'_>, expected: &Expectation) -> String {
    if view.result.axes.iter().any(|axis| axis.name.starts_with("expect")) {
        return printable(&expected.path);
    }
    let measure = match expected.bound {
        Bound::Is(_) => &expected.path,
        Bound::AtMost(_) | Bound::AtLeast(_) | Bound::Exactly(_) => {
            expected.path.rsplit_once('.').map_or(&*expected.path, |(measure, _)| measure)
        }
    };
    format!("{} {}", printable(measure), bound_text(expected.measure, expected.bound))
}

fn one(page: &mut Page, view: View<'_>, path: &str, at: usize) {
    let estimates: Vec<(usize, &Estimate)> =
        view.estimates(at).enumerate().filter_map(|(point, e)| Some((point, e?))).collect();
    let runs: u64 = estimates.iter().map(|(_, e)| e.runs).sum();
    if estimates.is_empty() {
        return page.item("?", Tone::Unsure, &format!("{path}: n/a"));
    }
    let met = estimates.iter().filter(|(_, e)| e.mean >= 1.0).count();
    let (mark, tone) = if met == estimates.len() { ("✓", Tone::Good) } else { ("✗", Tone::Bad) };
    let never = estimates.iter().all(|(_, e)| e.mean <= 0.0);
    match &estimates[..] {
        [(_, e)] => {
            let share = Kind::Share.mean(e);
            page.item(mark, tone, &format!("{path}: met in {share} of {}", counted(runs, "run")));
        }
        _ if met == estimates.len() => {
            page.item(mark, tone, &format!("{path}: met in all {}", counted(runs, "run")));
        }
        _ if never => page.item(mark, tone, &format!("{path}: met in none of {}", counted(runs, "run"))),
        few if few.len() <= LISTED_MAX => {
            page.item(mark, tone, &format!("{path}: met in"));
            for (point, e) in few {
                page.plain_below(&format!("{} at {}", Kind::Share.mean(e), view.point_name(*point)));
            }
        }
        many => {
            let Some((least, most)) = view.extremes(at) else {
                let share = Kind::Share.text(many[0].1.mean);
                return page.item(mark, tone, &format!("{path}: met in {share} of the runs of each point"));
            };
            let share = |point| view.estimate(point, at).map_or("n/a".to_owned(), |e| Kind::Share.mean(e));
            page.item(
                mark,
                tone,
                &format!(
                    "{path}: met in {} at {}, up to {} at {}; in every run at {} of {}",
                    share(least),
                    view.points_like(at, least),
                    share(most),
                    view.points_like(at, most),
                    grouped(met as u128),
                    counted(many.len() as u64, "point")
                ),
            );
        }
    }
}
