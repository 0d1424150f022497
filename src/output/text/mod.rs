//! The summary for the terminal: what came of the run, in eighty columns.

pub(super) mod page;
mod rollback;
mod sentences;
mod waves;

use page::{Column, Page, Tone};

use super::RunReport;
use super::decimal::{cents, grouped};
use super::human::{clock, human};
use super::shown::{bound_text, shown_text};
use crate::record::Outcome;

#[cfg(feature = "plot")]
pub(in crate::output) use page::{shorten, shorten_middle};

/// What the summary shows beside the run itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct TextOptions<'a> {
    /// Whether to colour it, by ANSI sequences.
    pub colour: bool,
    /// Assumptions that mattered, a sentence each.
    pub assumptions: &'a [String],
    /// Where the files are; nothing when none were written.
    pub files: Option<&'a str>,
}

/// The summary of a run. No line is longer than eighty columns.
pub fn summary_text(report: &RunReport<'_>, options: &TextOptions<'_>) -> String {
    let mut page = Page::new(options.colour);
    title(&mut page, report);
    deployments(&mut page, report);
    waves::write(&mut page, report);
    capacity(&mut page, report);
    mishaps(&mut page, report);
    services(&mut page, report);
    if !options.assumptions.is_empty() {
        page.heading("Assumptions that mattered");
        for sentence in options.assumptions {
            page.item("-", Tone::Quiet, sentence);
        }
    }
    expectations(&mut page, report);
    if let Some(files) = options.files {
        page.heading("Files");
        page.plain(files);
    }
    page.finish()
}

fn title(page: &mut Page, report: &RunReport<'_>) {
    let (meta, run) = (report.meta, report.summary);
    page.title(&meta.scenario, &format!("seed {}, replication {}", meta.seed, meta.replication));
    if !meta.description.is_empty() {
        page.plain(&meta.description);
    }
    let end = clock(run.ended_at);
    let events = grouped(run.events.into());
    match run.outcome {
        Outcome::Completed => {
            let before = if run.outcome_reason.is_empty() { "" } else { " before the horizon" };
            page.quiet(&format!(
                "Ended at {end}, when nothing was left to happen{before}, after {events} events{}",
                because(&run.outcome_reason)
            ));
        }
        Outcome::Horizon => {
            let unfinished = run.deployments.iter().any(|d| !d.status.is_final());
            let what = if unfinished {
                "what is unfinished below would have gone on"
            } else {
                "more was about to happen"
            };
            page.warning(&format!(
                "The horizon ended the run at {end}, after {events} events: {what}{}",
                because(&run.outcome_reason)
            ));
        }
        Outcome::Stalled => page.warning(&format!(
            "The run stalled at {end}, after {events} events: something is unfinished and nothing moves \
             it{}",
            because(&run.outcome_reason)
        )),
        Outcome::Limit => page.warning(&format!(
            "A limit ended the run at {end}, after {events} events{}",
            because(&run.outcome_reason)
        )),
    }
}

fn because(reason: &str) -> String {
    let reason = reason.trim_end_matches('.');
    if reason.is_empty() { ".".to_owned() } else { format!(": {reason}.") }
}

fn deployments(page: &mut Page, report: &RunReport<'_>) {
    page.heading("Deployments");
    if report.summary.deployments.is_empty() {
        page.plain("None.");
    }
    for d in &report.summary.deployments {
        page.named(&report.names.deployment(d.name), d.status.word(), sentences::tone(d.status));
        match d.detected {
            Some(stopped) => rollback::write(page, report, d, stopped),
            None => page.plain_below(&sentences::outcome(report, d)),
        }
        rollback::fleet(page, report, d);
    }
    let refused = report.summary.cluster.requests_refused;
    if refused > 0 {
        let s = if refused == 1 { " was" } else { "s were" };
        page.warning(&format!(
            "{} request{s} refused: `kind` request in events.csv.",
            grouped(refused.into())
        ));
    }
}

fn capacity(page: &mut Page, report: &RunReport<'_>) {
    let c = &report.summary.cluster;
    page.heading("Capacity");
    page.pair(
        "ACTIVE instances",
        &format!("{} at the fewest, at {}", grouped(c.active_min.into()), clock(c.active_min_at)),
    );
    page.pair(
        "instances",
        &format!(
            "{} at the start, {} at the most, {} at the end",
            grouped(c.instances_start.into()),
            grouped(c.instances_max.into()),
            grouped(c.instances_end.into())
        ),
    );
    page.pair("launched", &format!("{}; {} gone", grouped(c.launched.into()), grouped(c.terminated.into())));
    if let Some(fewest) = c.app_running_min {
        let (tone, short) = match c.app_desired_then.saturating_sub(fewest) {
            0 => (Tone::Plain, String::new()),
            short => (Tone::Bad, format!(", {} short", grouped(short.into()))),
        };
        let desired = grouped(c.app_desired_then.into());
        page.pair_in(
            tone,
            "running tasks",
            &format!(
                "{} at the fewest of {desired} desired{short}, at {}",
                grouped(fewest.into()),
                clock(c.app_running_min_at)
            ),
        );
    }
    let most = report.summary.services.iter().map(|s| s.max_interruptions_per_task).max();
    page.pair(
        "tasks moved",
        &format!(
            "{}, {} of them again; at most {} stop{} for one task",
            grouped(c.tasks_moved.into()),
            grouped(c.tasks_moved_again.into()),
            grouped(most.unwrap_or(0).into()),
            if most == Some(1) { "" } else { "s" }
        ),
    );
    let tenths_of_hours = (c.instance_ms + 180_000) / 360_000;
    page.pair(
        "cost",
        &format!(
            "{} for {}.{} instance-hours",
            cents(c.cost_nanos),
            grouped(tenths_of_hours / 10),
            tenths_of_hours % 10
        ),
    );
}

/// What went wrong, whatever brought it about; nothing when all went well.
fn mishaps(page: &mut Page, report: &RunReport<'_>) {
    let m = &report.summary.cluster.mishaps;
    let lines = [
        ("launch calls", vec![(m.launch_failures, "refused")]),
        ("registrations", vec![(m.registration_failures, "failed")]),
        (
            "daemon tasks",
            vec![
                (m.daemon_start_failures, "failed to start"),
                (m.daemon_runtime_failures, "failed after they ran"),
            ],
        ),
        (
            "instances",
            vec![
                (m.repairs, "drained by auto repair"),
                (m.deaths, "died"),
                (m.spot_interruptions, "taken away by Spot"),
            ],
        ),
    ];
    if m.counts().iter().all(|(_, n)| *n == 0) {
        return;
    }
    page.heading("Mishaps");
    for (name, parts) in lines {
        let said: Vec<String> = parts
            .iter()
            .filter(|(n, _)| *n > 0)
            .map(|(n, what)| format!("{} {what}", grouped((*n).into())))
            .collect();
        if !said.is_empty() {
            page.pair(name, &said.join(", "));
        }
    }
}

fn services(page: &mut Page, report: &RunReport<'_>) {
    if report.summary.services.is_empty() {
        return;
    }
    page.heading("Services");
    let number = |n: u32| grouped(n.into());
    let maybe = |n: Option<u32>| n.map_or("-".to_owned(), number);
    let rows = report.summary.services.iter().map(|s| {
        vec![
            report.names.service(s.service).to_owned(),
            number(s.desired),
            maybe(s.min_running),
            maybe(s.min_healthy),
            human(s.below_desired),
            number(s.interruptions),
            number(s.max_interruptions_per_task),
            if s.waiting > 0 { number(s.waiting) } else { "-".to_owned() },
        ]
    });
    page.table(
        &[
            Column::name("service"),
            Column::number("desired"),
            Column::number("running"),
            Column::number("healthy"),
            Column::number("below"),
            Column::number("stops"),
            Column::number("per task"),
            Column::number("unplaced"),
        ],
        rows.collect(),
    );
    page.quiet(
        "running, healthy: at the fewest; below: time with fewer running than desired; stops: those that the \
         service did not ask for, and the most for one task; unplaced: tasks at the end.",
    );
}

fn expectations(page: &mut Page, report: &RunReport<'_>) {
    if report.expectations.is_empty() {
        return;
    }
    page.heading("Expected");
    for e in report.expectations {
        let (shown, held) = e.judge(report.summary);
        let (mark, tone) = if held { ("✓", Tone::Good) } else { ("✗", Tone::Bad) };
        let path = e.path.rsplit_once('.').map_or(&*e.path, |(path, last)| match last {
            "atMost" | "atLeast" | "exactly" => path,
            _ => &*e.path,
        });
        let (bound, shown) = (bound_text(e.measure, e.bound), shown_text(e.measure, shown));
        let expected = if bound == shown { "as expected".to_owned() } else { format!("expected {bound}") };
        page.item(mark, tone, &format!("{path}: {shown}, {expected}"));
    }
}

#[cfg(test)]
mod tests;
