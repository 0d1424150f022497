//! Text → limits.

use super::words::{self, Measured};
use super::{Arm, Bound, Comparison, Condition, Limit, Want, numbers};
use crate::record::{Column, Unit};
use crate::scenario::{Remark, parse_duration};
use std::ops::Range;

/// What limits are read against.
#[derive(Debug)]
pub struct Wording<'a> {
    columns: &'a [Column],
    daemon: &'a str,
    /// Whether there are edits that make the new revision bad.
    bad: bool,
    /// How often a limit without `P(…)` must hold.
    confidence: f64,
    names: Vec<(String, usize)>,
}

/// What limits look like, for messages.
const LOOKS: &str = "MEASURE >= VALUE or P(CONDITION) <= SHARE: services.my-app.runningTasks >= 80%, \
                     duration <= 45m, P(rollback) <= 1%";

/// What can stand in `P(…)` beside a comparison: the word, whose runs, and the last word of its column.
const CONDITIONS: &[(&str, Arm, &str)] = &[
    ("rollback", Arm::Good, "rolled_back"),
    ("false rollback", Arm::Good, "rolled_back"),
    ("caught", Arm::Bad, "rolled_back"),
    ("success", Arm::Good, "successful"),
];
const EXPECTATIONS: &str = "expectations";

/// Longer ones first, since a part of each is one too.
const COMPARISONS: &[(&str, Comparison)] = &[
    (">=", Comparison::AtLeast),
    ("≥", Comparison::AtLeast),
    ("<=", Comparison::AtMost),
    ("≤", Comparison::AtMost),
    ("==", Comparison::Equal),
    (">", Comparison::Above),
    ("<", Comparison::Below),
];

/// A part of a text, and where it begins.
#[derive(Clone, Copy)]
struct Part<'t> {
    text: &'t str,
    from: usize,
}

impl<'t> Part<'t> {
    fn new(text: &'t str, from: usize) -> Part<'t> {
        Part { text: text.trim(), from: from + (text.len() - text.trim_start().len()) }
    }

    fn range(self) -> Range<usize> {
        self.from..self.from + self.text.len().max(1)
    }

    fn wrong(self, message: impl Into<String>, allowed: impl Into<String>) -> Box<Remark> {
        Box::new(Remark::new(self.range(), message, allowed))
    }
}

impl<'a> Wording<'a> {
    /// Limits on runs with these columns; `daemon` is the one that is tuned.
    pub fn new(columns: &'a [Column], daemon: &'a str, bad: bool, confidence: f64) -> Wording<'a> {
        Wording { columns, daemon, bad, confidence, names: words::names(columns, daemon) }
    }

    /// Reads a limit.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn limit(&self, text: &str) -> Result<Limit, Box<Remark>> {
        let whole = Part::new(text, 0);
        let limit = |arm, condition, want| Limit {
            text: whole.text.to_owned(),
            arm,
            condition,
            want,
            implied: false,
        };
        let Some(rest) = whole.text.strip_prefix(['P', 'p']).filter(|r| r.trim_start().starts_with('('))
        else {
            let condition = self.comparison(whole)?;
            return Ok(limit(Arm::Good, condition, Want::AtLeast(self.confidence)));
        };
        let Some((inside, after)) = rest.rsplit_once(')') else {
            return Err(whole.wrong("the bracket of `P(` is never closed", LOOKS));
        };
        let open = inside.find('(').unwrap_or_default() + 1;
        let start = whole.from + 1;
        let (arm, condition) = self.condition(Part::new(&inside[open..], start + open))?;
        let want = wanted(Part::new(after, start + inside.len() + 1))?;
        Ok(limit(arm, condition, want))
    }

    /// What nobody writes: a setting must succeed to be of use.
    pub fn success(&self) -> Option<Limit> {
        let text = format!("P(success) >= {}%", percent_text(self.confidence));
        let (arm, condition) = self.condition(Part::new("success", 0)).ok()?;
        Some(Limit { text, arm, condition, want: Want::AtLeast(self.confidence), implied: true })
    }

    /// Reads the name of a number.
    ///
    /// # Errors
    ///
    /// When there is none of this name.
    pub fn measure(&self, text: &str) -> Result<Measured, Box<Remark>> {
        self.named(Part::new(text, 0))
    }

    fn condition(&self, part: Part<'_>) -> Result<(Arm, Condition), Box<Remark>> {
        let words = part.text.split_whitespace().collect::<Vec<_>>().join(" ");
        if words == EXPECTATIONS {
            let expected = (0..self.columns.len()).filter(|at| self.columns[*at].name.starts_with("expect."));
            let expected: Vec<usize> = expected.collect();
            if expected.is_empty() {
                return Err(
                    part.wrong("the scenario has no `expect:`", "conditions, or an `expect:` in the file")
                );
            }
            return Ok((Arm::Good, Condition::Expectations(expected)));
        }
        if let Some((_, arm, key)) = CONDITIONS.iter().find(|(word, ..)| *word == words) {
            if *arm == Arm::Bad && !self.bad {
                return Err(part.wrong(
                    "nothing says what a bad revision is, so none can be caught",
                    "edits that make it bad: --bad agent:2.metrics='{errorRate: 0.05}'",
                ));
            }
            let name = format!("deployments.{}.{key}", self.daemon);
            let column = self.columns.iter().position(|column| column.name == name);
            let Some(column) = column else {
                return Err(part.wrong(format!("no run has `{name}`"), "a daemon that is deployed"));
            };
            let measured = words::measured(self.columns, column);
            let yes = Bound::Number(numbers::ONE);
            return Ok((*arm, Condition::Compares(measured, Comparison::Equal, yes)));
        }
        if !COMPARISONS.iter().any(|(sign, _)| part.text.contains(sign)) {
            let known = CONDITIONS.iter().map(|(word, ..)| *word).chain([EXPECTATIONS]);
            let allowed = format!("{}, or MEASURE >= VALUE", known.clone().collect::<Vec<_>>().join(", "));
            let message = if words.is_empty() {
                "there is no condition here".to_owned()
            } else {
                format!("`{words}` is not a condition")
            };
            let remark = Remark::new(part.range(), message, allowed).near(&words, known);
            return Err(Box::new(remark));
        }
        Ok((Arm::Good, self.comparison(part)?))
    }

    fn comparison(&self, part: Part<'_>) -> Result<Condition, Box<Remark>> {
        let Some((left, comparison, right)) = parted(part) else {
            let bare = CONDITIONS.iter().map(|(word, ..)| *word).chain([EXPECTATIONS]);
            let message = match part.text {
                "" => "there is no limit here".to_owned(),
                text if bare.clone().any(|word| word == text) => {
                    format!("how often `{text}` may or must happen is missing: P({text}) >= 90%")
                }
                text => format!("`{text}` compares nothing"),
            };
            return Err(part.wrong(message, LOOKS));
        };
        let measured = self.named(left)?;
        let bound = bound(&measured, right)?;
        Ok(Condition::Compares(measured, comparison, bound))
    }

    fn named(&self, part: Part<'_>) -> Result<Measured, Box<Remark>> {
        if let Some((_, at)) = self.names.iter().find(|(name, _)| name == part.text) {
            return Ok(words::measured(self.columns, *at));
        }
        let message = match part.text {
            "" => "there is no measure here".to_owned(),
            text => format!("`{text}` is not a measure of this scenario's runs"),
        };
        let allowed = "the name of a column of points.csv or of `expect:`, such as \
                       services.my-app.runningTasks, cluster.active_min, cluster.cost; or duration";
        let names = self.names.iter().map(|(name, _)| name.as_str());
        Err(Box::new(Remark::new(part.range(), message, allowed).near(part.text, names)))
    }
}

/// Both sides of the first comparison.
fn parted(part: Part<'_>) -> Option<(Part<'_>, Comparison, Part<'_>)> {
    let first = COMPARISONS
        .iter()
        .enumerate()
        .filter_map(|(n, (sign, comparison))| Some((part.text.find(sign)?, n, sign.len(), *comparison)));
    let (at, _, length, comparison) = first.min_by_key(|(at, n, ..)| (*at, *n))?;
    let left = Part::new(&part.text[..at], part.from);
    Some((left, comparison, Part::new(&part.text[at + length..], part.from + at + length)))
}

fn bound(measured: &Measured, part: Part<'_>) -> Result<Bound, Box<Remark>> {
    let shares = match measured.whole {
        Some(_) => " or a share such as 80%",
        None => "",
    };
    let looks = match measured.unit {
        Unit::Milliseconds => format!("a duration such as 45m, a number of seconds{shares}"),
        Unit::MicroDollars => format!("dollars such as 12.50{shares}"),
        Unit::Flag => "1 for yes or 0 for no".to_owned(),
        Unit::Count | Unit::Outcome | Unit::Status => format!("a number{shares}"),
    };
    if part.text.is_empty() {
        return Err(part.wrong("there is no value here", looks));
    }
    if let Some(billionths) = numbers::percent(part.text) {
        return match measured.whole {
            Some(whole) => Ok(Bound::Share(billionths, whole)),
            None => {
                Err(part.wrong(format!("there is no whole of which `{}` is a share", measured.name), looks))
            }
        };
    }
    if let Some(billionths) = numbers::decimal(part.text) {
        return Ok(Bound::Number(billionths));
    }
    match (measured.unit, parse_duration(part.text)) {
        (Unit::Milliseconds, Ok(length)) => Ok(Bound::Number(i128::from(length.as_ms()) * 1_000_000)),
        (Unit::Count | Unit::MicroDollars | Unit::Flag | Unit::Outcome | Unit::Status, Ok(_)) => {
            Err(part.wrong(format!("`{}` is not a time", measured.name), looks))
        }
        (_, Err(_)) => {
            Err(part.wrong(format!("`{}` is not a value of `{}`", part.text, measured.name), looks))
        }
    }
}

/// What stands after `P(…)`.
fn wanted(part: Part<'_>) -> Result<Want, Box<Remark>> {
    const SHARES: &str = ">= 90% or <= 1% after P(…)";
    let Some((before, comparison, right)) = parted(part).filter(|(before, ..)| before.text.is_empty()) else {
        return Err(part.wrong("how often that may or must happen is missing", SHARES));
    };
    let share = numbers::share(right.text).map_err(|why| right.wrong(why, SHARES))?;
    match comparison {
        Comparison::AtLeast | Comparison::Above => Ok(Want::AtLeast(share)),
        Comparison::AtMost | Comparison::Below => Ok(Want::AtMost(share)),
        Comparison::Equal => {
            let at = before.from..right.from;
            let remark = Remark::new(at, "no number of runs shows that a share is exactly this", SHARES);
            Err(Box::new(remark))
        }
    }
}

/// `95` of 0.95, `99.9` of 0.999.
fn percent_text(share: f64) -> String {
    let text = format!("{:.7}", share * 100.0);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
