//! What becomes of a bad revision, for the terminal.

use crate::output::human::instance_time;
use crate::output::study::compare::amount::Amount;
use crate::output::study::view::{printable, short_names};
use crate::output::text::page::{Column, Page};
use crate::study::results::{BadPoint, BadResult, Estimate, POWER, Share, ShortestBake};

/// The section of a study of a bad revision. No line is longer than eighty columns.
pub fn bad_text(results: &[BadResult], colour: bool) -> String {
    let mut page = Page::new(colour);
    for result in results {
        page.heading(&format!("If the new revision of {} is bad", result.daemon));
        match &result.points[..] {
            [point] => in_words(&mut page, result, point),
            _ => in_tables(&mut page, result),
        }
        if let Some(bakes) = &result.bakes {
            shortest(&mut page, result, bakes);
        }
        if let (Some(q), true) = (result.probability, result.points.len() > 1) {
            chances(&mut page, result, q);
        }
    }
    page.finish()
}

fn in_words(page: &mut Page, result: &BadResult, point: &BadPoint) {
    if let Some(caught) = point.caught {
        let often = |share: Option<Share>| share.map_or("n/a".to_owned(), |s| level(s.share));
        page.plain(&format!(
            "It is caught in {} of its replications{}: by the circuit breaker in {}, by an alarm in {}.",
            level(caught.share),
            interval(caught, " (", ")"),
            often(point.by_breaker),
            often(point.by_alarm),
        ));
    }
    if let Some(estimate) = &point.time_to_detect {
        page.plain(&format!(
            "Where it is, that takes {} on average, {} in 95 % of them.",
            Amount::Time.level(estimate.mean),
            Amount::Time.level(estimate.p95 as f64)
        ));
    }
    if let Some(estimate) = &point.instances {
        page.plain(&format!("It reaches {}.", spread(estimate, Amount::Count, "instances")));
    }
    if let Some(estimate) = &point.tasks {
        page.plain(&format!("It moves {}.", spread(estimate, Amount::Count, "app tasks")));
    }
    if let Some(exposure) = &point.exposure {
        page.plain(&format!(
            "Until its deployment ends, instances run it for {} on average, {} at the most.",
            instance_time(exposure.mean.round() as u128),
            instance_time(exposure.most.into())
        ));
    }
    if let Some(wrongly) = point.false_rollback {
        page.plain(&format!(
            "A good one is rolled back in {} of its replications{}.",
            level(wrongly.share),
            interval(wrongly, " (", ")")
        ));
    }
    if let (Some(q), Some(prior)) = (result.probability, point.prior) {
        page.plain(&format!(
            "When {} of revisions are bad, {} of deployments are rolled back; {}; {} of deployments leave a bad \
             revision in place{}.",
            level(q),
            level(prior.rollback),
            prior.bad_if_rolled_back.map_or("none of them is known".to_owned(), |bad| {
                format!("{} of those have a bad one", level(bad))
            }),
            level(prior.escape),
            prior.exposure.map_or(String::new(), |ms| {
                format!(", and instances run a bad one for {} a deployment", instance_time(ms.round() as u128))
            }),
        ));
    }
}

fn in_tables(page: &mut Page, result: &BadResult) {
    let often = |share: Option<Share>| share.map_or("-".to_owned(), |share| level(share.share));
    let rows = result.points.iter().map(|point| {
        vec![
            name(point),
            often(point.caught),
            point.caught.map_or("-".to_owned(), ends),
            often(point.by_breaker),
            often(point.by_alarm),
            often(point.false_rollback),
            point.instances.map_or("-".to_owned(), |e| Amount::Count.level(e.mean)),
            point.instances.map_or("-".to_owned(), |e| Amount::Count.level(e.p95 as f64)),
        ]
    });
    let columns = [
        Column::of_user(printable(&short_names(&result.axes).join(", ")), false),
        Column::number("caught"),
        Column::number("95 %"),
        Column::number("breaker"),
        Column::number("alarm"),
        Column::number("false"),
        Column::number("reach"),
        Column::number("p95"),
    ];
    page.table(&columns, rows.collect());
    page.quiet(
        "caught: a bad revision is rolled back, by the circuit breaker or an alarm; false: a good one is; reach: \
         instances that a bad one reaches, on average and in 95 %.",
    );
}

/// The name of each point's row.
fn name(point: &BadPoint) -> String {
    printable(&point.labels.join(", "))
}

/// What becomes of any revision, when so many of them are bad.
fn chances(page: &mut Page, result: &BadResult, q: f64) {
    page.heading(&format!("When {} of its revisions are bad", level(q)));
    let rows = result.points.iter().filter_map(|point| {
        let prior = point.prior?;
        Some(vec![
            name(point),
            level(prior.rollback),
            prior.bad_if_rolled_back.map_or("n/a".to_owned(), level),
            level(prior.escape),
            prior.exposure.map_or("-".to_owned(), |ms| instance_time(ms.round() as u128)),
        ])
    });
    let columns = [
        Column::of_user(printable(&short_names(&result.axes).join(", ")), false),
        Column::number("rolled back"),
        Column::number("of which bad"),
        Column::number("bad, escapes"),
        Column::number("on a bad one"),
    ];
    page.table(&columns, rows.collect());
}

fn shortest(page: &mut Page, result: &BadResult, bakes: &[ShortestBake]) {
    let names = short_names(&result.axes);
    for bake in bakes {
        let values = names.iter().zip(&bake.labels).filter(|(_, label)| !label.is_empty());
        let values: Vec<String> =
            values.map(|(name, label)| format!("{name} {}", printable(label))).collect();
        let at = if values.is_empty() { String::new() } else { format!(", at {}", values.join(", ")) };
        let power = level(POWER);
        page.plain(&match (&bake.likely, &bake.surely) {
            (None, _) => format!("No bake that was tried catches {power} of bad revisions{at}."),
            (Some(likely), Some(surely)) if likely == surely => {
                format!("The shortest bake that surely catches {power} of bad revisions{at}: {}.", minutes(likely))
            }
            (Some(likely), surely) => format!(
                "The shortest bake that catches {power} of bad revisions{at}: {}, as far as these replications show; \
                 surely: {}.",
                minutes(likely),
                surely.as_ref().map_or("none that was tried".to_owned(), |surely| minutes(surely))
            ),
        });
    }
}

fn minutes(label: &str) -> String {
    if label == "1" { "1 minute".to_owned() } else { format!("{} minutes", printable(label)) }
}

/// `12.4 instances on average, 11 in half of the runs, 20 in 95 %, 24 at the most`.
fn spread(estimate: &Estimate, amount: Amount, what: &str) -> String {
    let whole = |value: u64| amount.level(value as f64);
    let Estimate { mean, p50, p95, most, .. } = estimate;
    format!(
        "{} {what} on average; no more than {} in half of its replications, {} in 95 %, {} in all",
        amount.level(*mean),
        whole(*p50),
        whole(*p95),
        whole(*most)
    )
}

fn level(share: f64) -> String {
    Amount::Share.level(share)
}

/// `79 to 92`.
fn ends(share: Share) -> String {
    let Some((low, high)) = share.interval else { return "n/a".to_owned() };
    let bare = |end: f64| level(end).trim_end_matches(" %").to_owned();
    format!("{} to {}", bare(low), bare(high))
}

fn interval(share: Share, before: &str, after: &str) -> String {
    let percent = if share.interval.is_some() { " %" } else { "" };
    format!("{before}95 %: {}{percent}{after}", ends(share))
}
