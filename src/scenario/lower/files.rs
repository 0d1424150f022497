//! Distributions → the kernel's; samples that stand in a file of their own are read.

use super::{Notes, ReadFile};
use crate::kernel::{Distribution, SimDuration};
use crate::scenario::duration;
use crate::scenario::error::Finding;
use crate::scenario::law::{Law, Quantity, VALUES_MAX};
use crate::scenario::number::Real;
use crate::scenario::read::Slot;
use crate::scenario::source::{Span, quoted};
use crate::scenario::text::Text;
use std::collections::BTreeMap;

/// The files of empirical distributions, each read once.
pub(super) struct Files<'r> {
    read: ReadFile<'r>,
    durations: Seen<SimDuration>,
    numbers: Seen<Real>,
}

/// What a file came to, by its name.
type Seen<Q> = BTreeMap<String, Option<Vec<Q>>>;

/// What a file of samples may hold.
pub(super) trait Sample: Quantity {
    /// What one looks like, for messages.
    const LOOKS: &'static str;
    /// What it is called.
    const WHAT: &'static str;
    fn parse(cell: &str) -> Result<Self, String>;
    fn seen<'f>(files: &'f mut Files<'_>) -> &'f mut Seen<Self>;
}

impl Sample for SimDuration {
    const LOOKS: &'static str = duration::LOOKS;
    const WHAT: &'static str = "a duration";
    fn parse(cell: &str) -> Result<Self, String> {
        duration::parse(cell)
    }
    fn seen<'f>(files: &'f mut Files<'_>) -> &'f mut Seen<Self> {
        &mut files.durations
    }
}

impl Sample for Real {
    const LOOKS: &'static str = "a plain number such as 0.02";
    const WHAT: &'static str = "a number";
    fn parse(cell: &str) -> Result<Self, String> {
        Real::parse(cell)
    }
    fn seen<'f>(files: &'f mut Files<'_>) -> &'f mut Seen<Self> {
        &mut files.numbers
    }
}

impl<'r> Files<'r> {
    pub(super) fn new(read: ReadFile<'r>) -> Files<'r> {
        Files { read, durations: BTreeMap::new(), numbers: BTreeMap::new() }
    }

    /// The distribution of a slot; none where the file says nothing; none at all where it is wrong.
    #[expect(clippy::option_option, reason = "absent and wrong are two things")]
    pub(super) fn optional<Q: Sample>(
        &mut self,
        slot: &Slot<Law<Q>>,
        notes: &mut Notes,
    ) -> Option<Option<Distribution<Q::Drawn>>> {
        match slot.get() {
            Some(law) => law.lower(&mut |path| self.values(path, notes)).map(Some),
            None if slot.is_given() => None,
            None => Some(None),
        }
    }

    fn values<Q: Sample>(&mut self, path: &Slot<Text>, notes: &mut Notes) -> Option<Vec<Q>> {
        let Text(name) = path.get()?;
        if let Some(known) = Q::seen(self).get(name) {
            return known.clone();
        }
        let values = if stays_beside(name) {
            (self.read)(name)
                .map_err(|why| Box::new(Finding::new(path.at, why)))
                .and_then(|text| csv(name, &text, path.at))
        } else {
            let finding = Finding::new(path.at, format!("{} does not lie beside the scenario", quoted(name)));
            Err(Box::new(finding.allowed("a path relative to the scenario, without `..`")))
        };
        let values = values.map_err(|finding| notes.wrong(*finding)).ok();
        Q::seen(self).insert(name.clone(), values.clone());
        values
    }
}

/// Whether a path leads nowhere but beside or below the scenario.
fn stays_beside(path: &str) -> bool {
    let parts = || path.split(['/', '\\']);
    !path.is_empty() && !path.contains([':', '\0']) && parts().all(|part| !part.is_empty() && part != "..")
}

/// One sample a line; a header and quotes are fine.
fn csv<Q: Sample>(name: &str, text: &str, at: Span) -> Result<Vec<Q>, Box<Finding>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut values = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        let cell = line.trim();
        let cell = cell.strip_prefix('"').and_then(|c| c.strip_suffix('"')).unwrap_or(cell);
        if cell.is_empty() {
            continue;
        }
        match Q::parse(cell) {
            Ok(value) => values.push(value),
            // Letters alone are a header; a number without a unit is a mistake on any line.
            Err(_) if number == 1 && !cell.contains(|c: char| c.is_ascii_digit()) => (),
            Err(why) => {
                let message = format!("{name}:{number}: {} is not {}: {why}", quoted(cell), Q::WHAT);
                return Err(Box::new(Finding::new(at, message).allowed(Q::LOOKS)));
            }
        }
        if values.len() > VALUES_MAX {
            let message = format!("{name} has more than {VALUES_MAX} values");
            return Err(Box::new(Finding::new(at, message).limit()));
        }
    }
    if values.is_empty() {
        let finding = Finding::new(at, format!("{name} has no value to draw from"));
        return Err(Box::new(finding.allowed(format!("one a line, {}", Q::LOOKS))));
    }
    values.sort_unstable();
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_one_duration_a_line() {
        let secs = SimDuration::from_secs;
        let csv = |name, text| csv::<SimDuration>(name, text, Span::default());
        assert_eq!(csv("a", "start\n\"3s\"\r\n1s\n\n2s").unwrap(), [secs(1), secs(2), secs(3)]);
        assert_eq!(csv("a", "\u{feff}4s").unwrap(), [secs(4)]);
        assert!(csv("a", "").unwrap_err().message.contains("no value"));
        assert!(csv("a", "start\n").unwrap_err().message.contains("no value"));
        assert!(csv("a", "1s\n5\n").unwrap_err().message.starts_with("a:2: `5` is not a duration"));
        assert!(csv("a", "5\n1s\n").is_err());
        assert!(csv("a", "1s\n-2s\n").unwrap_err().message.contains("negative"));
        assert!(csv("a", "1s\n".repeat(VALUES_MAX + 1).as_str()).unwrap_err().limit);
    }

    #[test]
    fn or_one_plain_number() {
        let numbers = |text| {
            csv::<Real>("a", text, Span::default())
                .map(|all| all.iter().map(|r| r.size()).collect::<Vec<_>>())
                .map_err(|finding| finding.message)
        };
        assert_eq!(numbers("rate\n0.02\n-0.01\n\"1e-3\"\n"), Ok(vec![-0.01, 0.001, 0.02]));
        assert_eq!(
            numbers("0.1\n5s\n"),
            Err("a:2: `5s` is not a number: only finite decimal numbers are taken".to_owned())
        );
        assert!(numbers("0\n.nan\n").unwrap_err().contains("there is no digit"));
        assert!(numbers("0\n1e999\n").unwrap_err().contains("only finite decimal numbers"));
        assert!(numbers("0\n2000000000\n").unwrap_err().contains("out of range"));
    }

    #[test]
    fn paths_stay_beside_the_scenario() {
        assert!(stays_beside("data/starts.csv"));
        for wrong in ["/etc/passwd", "../a.csv", "a/../../b", "C:\\a", "http://a/b", "a//b", ""] {
            assert!(!stays_beside(wrong), "{wrong}");
        }
    }
}
