//! What hangs on how open questions are read, for the terminal.

use crate::output::study::compare::told::{Subject, Told, told};
use crate::output::study::view::{printable, short_names};
use crate::output::text::page::{Column, Page, Tone};
use crate::study::results::{ANY_NUMBER, Reading, ReadingsResult, Verdict};

/// More sentences than this nobody reads; `readings.csv` has them all.
const SAID: usize = 12;

/// The section of a study that varies the readings of assumptions. No line is longer than eighty columns.
pub fn readings_text(result: &ReadingsResult, colour: bool) -> String {
    let mut page = Page::new(colour);
    page.heading("If AWS means the other thing");
    let best = result.best();
    fastest(&mut page, result, best);
    let point = best.unwrap_or(0);
    let (alike, different): (Vec<&Reading>, Vec<&Reading>) =
        result.readings.iter().partition(|reading| is_alike(reading));
    if !different.is_empty() {
        if result.points.len() > 1 {
            page.plain(&format!("Against the readings in force, at {}:", name(result, point)));
        }
        table(&mut page, &different, point);
        sentences(&mut page, &different, point);
    }
    if !alike.is_empty() {
        let alike: Vec<&str> = alike.iter().map(|reading| reading.label.as_str()).collect();
        page.plain(&format!("No difference to any of these: {}.", alike.join(", ")));
    }
    if !result.silent.is_empty() {
        let others: Vec<&str> = result.readings.iter().map(|reading| reading.label.as_str()).collect();
        let silent = briefly(&result.silent, &others).join(", ");
        page.plain(&format!(
            "No difference at all in the first {} runs of every point, and not run further: {silent}. {}",
            result.tried,
            rarer(result.tried)
        ));
    }
    let untried: Vec<&str> = ANY_NUMBER.into_iter().filter(|key| !is_varied(result, key)).collect();
    if !untried.is_empty() {
        let those = if untried.len() > 1 { "those" } else { "that" };
        page.quiet(&format!(
            "Not tried: any number is another reading of {}: vary {those} by name.",
            untried.join(" and ")
        ));
    }
    if !result.invalid.is_empty() {
        page.warning(&format!("Not valid in this scenario, and left out: {}.", result.invalid.join(", ")));
    }
    page.finish()
}

/// What so many runs may not have seen.
pub(super) fn rarer(tried: u64) -> String {
    format!("What matters in fewer than about one run in {tried} may still hide there.")
}

/// Whether another axis varies an assumption.
fn is_varied(result: &ReadingsResult, key: &str) -> bool {
    result.axes.iter().any(|axis| axis.name.split('.').nth(1) == Some(key))
}

/// The readings that were not run further; of an assumption of which none was, its key alone.
pub(in crate::output) fn briefly<'a>(silent: &'a [String], others: &[&str]) -> Vec<&'a str> {
    let key = |label: &str| label.split_once('=').map_or(label.len(), |(key, _)| key.len());
    let mut brief: Vec<&str> = Vec::new();
    for label in silent {
        let name = &label[..key(label)];
        let other = others.iter().any(|other| other[..key(other)] == *name);
        let said = if other { label.as_str() } else { name };
        if brief.last() != Some(&said) {
            brief.push(said);
        }
    }
    brief
}

/// Which readings change which point is fastest, where there are several.
fn fastest(page: &mut Page, result: &ReadingsResult, best: Option<usize>) {
    if result.points.len() < 2 {
        return;
    }
    let Some(best) = best else {
        return page
            .warning("As things are read, there is no point whose deployments end: none is the fastest.");
    };
    let changes = result.changes();
    let best = name(result, best);
    if changes.is_empty() {
        return page.plain(&format!("Fastest on average, with every reading: {best}."));
    }
    page.plain(&format!("Fastest on average, as things are read: {best}. Another one is with"));
    for (reading, point) in changes {
        let point = point.map_or("none, as no deployment ends".to_owned(), |point| name(result, point));
        page.item("-", Tone::Unsure, &format!("{}: {point}", reading.label));
    }
}

/// `drainPercent 25, bakeTimeInMinutes 5`.
fn name(result: &ReadingsResult, point: usize) -> String {
    let names = short_names(&result.axes);
    let values = names.iter().zip(&result.points[point]);
    let values: Vec<String> = values.map(|(name, label)| format!("{name} {}", printable(label))).collect();
    if values.is_empty() { "the only point".to_owned() } else { values.join(", ") }
}

/// Whether it made no difference to anything that is told.
fn is_alike(reading: &Reading) -> bool {
    reading.at.iter().all(|comparison| {
        let measures = comparison.differences.iter().flatten().chain(&comparison.low_point);
        measures.clone().all(|d| d.verdict() == Verdict::Same && d.only_a == 0 && d.only_b == 0)
    })
}

fn table(page: &mut Page, readings: &[&Reading], point: usize) {
    let rows = readings.iter().map(|reading| {
        let all = told(&reading.at[point]);
        let cell = |wanted: fn(&Subject) -> bool| {
            let told = all.iter().find(|told| wanted(&told.subject));
            told.map_or("-".to_owned(), change)
        };
        vec![
            reading.label.clone(),
            cell(|subject| matches!(subject, Subject::Duration(_))),
            cell(|subject| matches!(subject, Subject::LowPoint)),
            cell(|subject| matches!(subject, Subject::Often(_))),
            cell(|subject| matches!(subject, Subject::Size { verb: "costs", .. })),
        ]
    });
    let columns = [
        Column::whole("reading"),
        Column::number("duration"),
        Column::number("low point"),
        Column::number("rolled back"),
        Column::number("cost"),
    ];
    page.table(&columns, rows.collect());
    page.quiet(
        "Low point and rollbacks in points; ·: the same in every run; ?: no difference could be seen.",
    );
}

fn change(told: &Told<'_>) -> String {
    match told.difference.verdict() {
        Verdict::Same => "·".to_owned(),
        Verdict::Unclear => "?".to_owned(),
        Verdict::Smaller | Verdict::Larger => told.amount.signed(told.difference.mean),
    }
}

/// What is sure, with intervals: the readings that move durations most come first.
fn sentences(page: &mut Page, readings: &[&Reading], point: usize) {
    let mut said: Vec<(f64, String)> = Vec::new();
    for reading in readings {
        let all = told(&reading.at[point]);
        let adjectives: Vec<String> = all.iter().filter_map(Told::adjective).collect();
        if !adjectives.is_empty() {
            let size = all.first().map_or(0.0, |told| told.difference.mean.abs());
            said.push((size, format!("{}: {}", reading.label, adjectives.join(" and "))));
        }
    }
    // Equal sizes keep their order.
    said.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    for (_, sentence) in said.iter().take(SAID) {
        page.item("-", Tone::Quiet, sentence);
    }
    if let Some(more) = said.len().checked_sub(SAID + 1) {
        page.quiet(&format!("And {} more, in readings.csv.", more + 1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::study::compare::fixture::{comparison, constant, spread};
    use crate::study::results::{Comparison, Difference, Head, Unit};

    fn at(duration: Difference, back: Difference, cost: Difference, low: Option<Difference>) -> Comparison {
        let all = comparison(&[
            ("deployments.my-agent.duration_s", Unit::Milliseconds, Some(duration)),
            ("deployments.my-agent.rolled_back", Unit::Flag, Some(back)),
            ("cluster.cost", Unit::MicroDollars, Some(cost)),
        ]);
        Comparison { low_point: low, ..all }
    }

    fn minutes(a: f64, b: f64) -> Difference {
        spread(a * 60_000.0, b * 60_000.0, 12_000.0)
    }

    fn never() -> Difference {
        constant(0.0, 0.0)
    }

    fn result() -> ReadingsResult {
        let cost = || constant(2e6, 2e6);
        let low = |b: f64| Some(spread(800_000.0, b, 2_000.0));
        let same = |minutes: f64| at(constant(minutes * 6e4, minutes * 6e4), never(), cost(), None);
        let floor = [
            at(minutes(40.0, 50.0), never(), spread(2e6, 2.5e6, 1e4), low(820_000.0)),
            at(minutes(30.0, 60.0), never(), spread(2e6, 2.0e6, 1e4), low(800_100.0)),
        ];
        ReadingsResult {
            axes: vec![Head { name: "a.drainPercent".into(), labels: vec!["5".into(), "25".into()] }],
            points: vec![vec!["5".into()], vec!["25".into()]],
            as_they_are: vec![same(40.0), same(30.0)],
            readings: vec![
                Reading { label: "batchRounding=floor".into(), at: floor.to_vec() },
                Reading { label: "bake=perWave".into(), at: vec![same(40.0), same(30.0)] },
            ],
            silent: [
                "supersede=afterWave",
                "batchRounding=halfUp",
                "batchBase=current",
                "batchBase=remaining",
            ]
            .map(str::to_owned)
            .to_vec(),
            tried: 8,
            invalid: vec!["victimOrder=random".into()],
        }
    }

    #[test]
    fn what_hangs_on_a_reading() {
        let text = readings_text(&result(), false);
        let expected = "
If AWS means the other thing
  Fastest on average, as things are read: drainPercent 25. Another one is with
  - batchRounding=floor: drainPercent 5
  Against the readings in force, at drainPercent 25:
  reading                duration  low point  rolled back  cost
  batchRounding=floor  +30 m 00 s          ?            ·     ?
  Low point and rollbacks in points; ·: the same in every run; ?: no difference
  could be seen.
  - batchRounding=floor: 30 m 00 s slower (95 %: 29 m 48 s to 30 m 12 s)
  No difference to any of these: bake=perWave.
  No difference at all in the first 8 runs of every point, and not run further:
  supersede, batchRounding=halfUp, batchBase. What matters in fewer than about
  one run in 8 may still hide there.
  Not tried: any number is another reading of drainDeadline and repairCap: vary
  those by name.
  Not valid in this scenario, and left out: victimOrder=random.
";
        assert_eq!(text, expected);
    }

    #[test]
    fn without_other_axes_nothing_is_fastest() {
        let all = result();
        let one = |mut reading: Reading| {
            reading.at.truncate(1);
            reading
        };
        let result = ReadingsResult {
            axes: Vec::new(),
            points: vec![Vec::new()],
            as_they_are: all.as_they_are[..1].to_vec(),
            readings: all.readings.into_iter().map(one).take(1).collect(),
            ..all
        };
        let text = readings_text(&result, false);
        assert!(!text.contains("Fastest"), "{text}");
        let row = "  batchRounding=floor  +10 m 00 s         +2            ·  +$0.50\n";
        assert!(text.contains(row), "{text}");
    }

    #[test]
    fn no_reading_is_cut() {
        let mut result = result();
        let of = |attempts: u64| {
            format!("registeringFailure={{attempts: {attempts}, gap: 30s, then: replaceInstance}}")
        };
        let like = result.readings[0].clone();
        result.readings.extend([3, 20].map(|n| Reading { label: of(n), ..like.clone() }));
        let text = readings_text(&result, false);
        for attempts in [3, 20] {
            let (_, after) = text.split_once(&format!("  {}\n", of(attempts))).expect("its own line");
            assert!(after.starts_with("   ") && after.trim_start().starts_with("+30 m 00 s "), "{text}");
        }
        assert!(!text.contains('…') && text.lines().all(|line| line.chars().count() <= 80), "{text}");
    }

    #[test]
    fn what_is_varied_by_name_is_tried() {
        let mut result = result();
        result.axes[0].name = "assumptions.repairCap".into();
        let text = readings_text(&result, false);
        assert!(text.contains("reading of drainDeadline: vary that by name."), "{text}");
    }

    #[test]
    fn a_row_for_each_measure_of_each_reading() {
        let out = super::super::write_readings_csv(&result(), Vec::new()).expect("memory");
        let text = String::from_utf8(out).expect("text");
        let lines: Vec<&str> = text.lines().collect();
        assert!(
            lines[0].starts_with("a.drainPercent,reading,measure,a_mean,b_mean,difference,"),
            "{}",
            lines[0]
        );
        let duration =
            "5,batchRounding=floor,deployments.my-agent.duration_s,2400.000000,3000.000000,600.000000,";
        assert!(lines[1].starts_with(duration), "{}", lines[1]);
        // Three measures of two readings at two points, and two low points.
        assert_eq!(lines.len(), 1 + 2 * 2 * 3 + 2);
    }
}
