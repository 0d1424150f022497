//! Which readings of open questions change what a search recommends, for the terminal.

use super::text::{briefly, rarer};
use crate::output::text::page::{Page, Tone};
use crate::study::results::{TunedReading, TunedReadings};

/// The section of a search with every reading: `as_they_are` is what it recommends with those in force, and `named` says
/// how a setting is called. No line is longer than eighty columns.
pub fn advice_text(
    as_they_are: Option<&str>,
    readings: &TunedReadings,
    named: impl Fn(&[String]) -> String,
    colour: bool,
) -> String {
    let mut page = Page::new(colour);
    page.heading("If AWS means the other thing");
    let nothing = || "nothing is known to keep to the limits".to_owned();
    let base = as_they_are.map_or_else(nothing, str::to_owned);
    let (changes, same): (Vec<&TunedReading>, Vec<&TunedReading>) =
        readings.searched.iter().partition(|reading| reading.changes);
    if changes.is_empty() {
        page.plain(&format!("The answer is the same with every other reading: {base}."));
    } else {
        page.plain(&format!("As things are read: {base}. The answer is another one with"));
        for TunedReading { label, recommended, .. } in changes {
            let recommended = recommended.as_deref().map_or_else(nothing, &named);
            page.item("-", Tone::Unsure, &format!("{label}: {recommended}"));
        }
    }
    if !same.is_empty() {
        let same: Vec<&str> = same.iter().map(|reading| reading.label.as_str()).collect();
        page.plain(&format!("The same with: {}.", same.join(", ")));
    }
    if !readings.silent.is_empty() {
        let searched: Vec<&str> = readings.searched.iter().map(|reading| reading.label.as_str()).collect();
        let silent = briefly(&readings.silent, &searched).join(", ");
        page.quiet(&format!(
            "No difference at all in the first {} runs of the settings that matter, and not searched: {silent}. {}",
            readings.tried,
            rarer(readings.tried)
        ));
    }
    if !readings.invalid.is_empty() {
        page.warning(&format!("Not valid in this scenario, and left out: {}.", readings.invalid.join(", ")));
    }
    page.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(label: &str, recommended: Option<[&str; 2]>, changes: bool) -> TunedReading {
        let recommended = recommended.map(|labels| labels.map(str::to_owned).to_vec());
        TunedReading { label: label.to_owned(), recommended, changes }
    }

    fn text(as_they_are: Option<&str>, readings: &TunedReadings) -> String {
        advice_text(as_they_are, readings, |labels| format!("{} %, {} min", labels[0], labels[1]), false)
    }

    #[test]
    fn advice_changes_or_it_does_not() {
        let mut readings = TunedReadings {
            searched: vec![
                reading("bake=perWave", Some(["25", "5"]), false),
                reading("batchBase=current", None, true),
                reading("waveMode=slidingWindow", Some(["20", "5"]), true),
            ],
            silent: vec!["batchBase=remaining".to_owned(), "supersede=afterWave".to_owned()],
            tried: 8,
            invalid: vec!["victimOrder=random".to_owned()],
        };
        let expected = "
If AWS means the other thing
  As things are read: 25 %, 5 min. The answer is another one with
  - batchBase=current: nothing is known to keep to the limits
  - waveMode=slidingWindow: 20 %, 5 min
  The same with: bake=perWave.
  No difference at all in the first 8 runs of the settings that matter, and not
  searched: batchBase=remaining, supersede. What matters in fewer than about one
  run in 8 may still hide there.
  Not valid in this scenario, and left out: victimOrder=random.
";
        assert_eq!(text(Some("25 %, 5 min"), &readings), expected);
        readings.searched.truncate(1);
        let same = text(Some("25 %, 5 min"), &readings);
        assert!(same.contains("The answer is the same with every other reading: 25 %, 5 min."), "{same}");
        let alone = text(None, &TunedReadings::default());
        let line =
            "  The answer is the same with every other reading: nothing is known to keep to\n  the limits.\n";
        assert!(alone.ends_with(line), "{alone}");
    }
}
