//! The measures that a comparison speaks of, and its words for them.

use super::amount::Amount;
use crate::study::results::{Comparison, Difference, Verdict};

/// A measure that a comparison speaks of.
pub(in crate::output) struct Told<'a> {
    /// `duration`; of one of several daemons `duration, my-agent`.
    pub(in crate::output) noun: String,
    pub(in crate::output) amount: Amount,
    pub(in crate::output) difference: &'a Difference,
    pub(in crate::output) subject: Subject,
}

/// What a sentence about it is built on.
pub(in crate::output) enum Subject {
    /// How long a daemon's last deployment takes; its name where there are several.
    Duration(Option<String>),
    /// The share of the desired app tasks that run at the fewest.
    LowPoint,
    /// How often something happens: `is rolled back`.
    Often(String),
    /// How often an expectation is met; what it is called.
    Met(String),
    /// `needs`, and what more of it is: `more instances at its largest`, `fewer …`.
    Size { verb: &'static str, larger: &'static str, smaller: &'static str },
    /// In the table only.
    Quiet,
}

/// All of them that both scenarios have, the most important first.
pub(in crate::output) fn told(comparison: &Comparison) -> Vec<Told<'_>> {
    let daemons: Vec<&str> = comparison.columns.iter().filter_map(|c| daemon(&c.name)).collect();
    let several = daemons.len() > 1;
    let of = |noun: &str, daemon: &str| if several { format!("{noun}, {daemon}") } else { noun.to_owned() };
    let mut all = Vec::new();
    let mut put = |noun: String, name: &str, amount: Amount, subject: Subject| {
        if let Some(difference) = comparison.of(name) {
            all.push(Told { noun, amount, difference, subject });
        }
    };
    for daemon in &daemons {
        let subject = Subject::Duration(several.then(|| (*daemon).to_owned()));
        put(of("duration", daemon), &format!("deployments.{daemon}.duration_s"), Amount::Time, subject);
    }
    if let Some(difference) = &comparison.low_point {
        let (noun, amount) = ("lowest point".to_owned(), Amount::Millionths);
        all.push(Told { noun, amount, difference, subject: Subject::LowPoint });
    }
    let mut put = |noun: String, name: &str, amount: Amount, subject: Subject| {
        if let Some(difference) = comparison.of(name) {
            all.push(Told { noun, amount, difference, subject });
        }
    };
    put("lowest app tasks".into(), "cluster.app_running_min", Amount::Count, Subject::Quiet);
    for daemon in &daemons {
        let verb = if several { format!("has {daemon} rolled back") } else { "is rolled back".to_owned() };
        let name = format!("deployments.{daemon}.rolled_back");
        put(of("rolled back", daemon), &name, Amount::Share, Subject::Often(verb));
    }
    let size = |verb, larger, smaller| Subject::Size { verb, larger, smaller };
    let most = size("needs", "more instances at its largest", "fewer instances at its largest");
    put("most instances".into(), "cluster.instances_max", Amount::Count, most);
    put("cost".into(), "cluster.cost", Amount::Money, size("costs", "more", "less"));
    let again = size("moves", "more tasks a second time", "fewer tasks a second time");
    put("tasks moved again".into(), "cluster.tasks_moved_again", Amount::Count, again);
    for (n, path) in (1..).zip(&comparison.expectations) {
        let name = format!("expect.{n}");
        put(name.clone(), &name, Amount::Share, Subject::Met(format!("{name} ({path})")));
    }
    all
}

/// The daemon whose duration a column is.
fn daemon(column: &str) -> Option<&str> {
    column.strip_prefix("deployments.")?.strip_suffix(".duration_s")
}

/// Of each daemon whose deployments cannot be compared, since none ended in both, in how many replications they did.
pub(super) fn never_both(comparison: &Comparison) -> Vec<String> {
    let runs = comparison.replications;
    let count = |n: u64| match n {
        0 => "none".to_owned(),
        n if n == runs => "all".to_owned(),
        n => n.to_string(),
    };
    let measures = comparison.columns.iter().zip(&comparison.differences).zip(&comparison.alone);
    let told = measures.filter_map(|((column, difference), [a, b])| {
        let daemon = daemon(&column.name).filter(|_| difference.is_none() && a + b > 0)?;
        let (a, b) = (count(*a), count(*b));
        Some(format!(
            "A's deployment of {daemon} ended in {a} of {runs} replications, B's in {b}: there is no duration to \
             compare."
        ))
    });
    told.collect()
}

impl Told<'_> {
    /// What B is, for a sentence that begins with "B is": `11 m 20 s faster (95 %: …)`.
    pub(in crate::output) fn adjective(&self) -> Option<String> {
        let smaller = match self.difference.verdict() {
            Verdict::Smaller => true,
            Verdict::Larger => false,
            Verdict::Same | Verdict::Unclear => return None,
        };
        let (word, whose) = match (&self.subject, smaller) {
            (Subject::Duration(whose), true) => ("faster", whose.as_ref()),
            (Subject::Duration(whose), false) => ("slower", whose.as_ref()),
            (Subject::LowPoint, true) => ("deeper", None),
            (Subject::LowPoint, false) => ("less deep", None),
            (Subject::Often(_) | Subject::Met(_) | Subject::Size { .. } | Subject::Quiet, _) => {
                return None;
            }
        };
        let whose = whose.map_or(String::new(), |daemon| format!(" with {daemon}"));
        Some(format!("{} {word}{whose} ({})", self.amount.size(self.difference.mean), self.interval()))
    }

    /// What B does, as a sentence of its own.
    pub(in crate::output) fn sentence(&self) -> Option<String> {
        let larger = match self.difference.verdict() {
            Verdict::Smaller => false,
            Verdict::Larger => true,
            Verdict::Same | Verdict::Unclear => return None,
        };
        let size = self.amount.size(self.difference.mean);
        match &self.subject {
            Subject::Duration(_) | Subject::LowPoint | Subject::Quiet => None,
            Subject::Often(what) | Subject::Met(what) => {
                let verb = if matches!(self.subject, Subject::Met(_)) { "meets " } else { "" };
                let (a, b) = (self.difference.a_mean, self.difference.b_mean);
                let (a, b) = (self.amount.level(a), self.amount.level(b));
                let often = if larger { "more often" } else { "less often" };
                Some(format!(
                    "B {verb}{what} in {b} of the replications, A in {a}: {size} {often} ({}).",
                    self.interval()
                ))
            }
            Subject::Size { verb, larger: more, smaller: fewer } => {
                let mut what = if larger { *more } else { *fewer }.to_owned();
                if size == "1" {
                    what = what.replace("instances", "instance").replace("tasks", "task");
                }
                Some(format!("B {verb} {size} {what} ({}).", self.interval()))
            }
        }
    }

    /// What could not be told apart, with its interval: `duration −2 s to +5 s`.
    pub(in crate::output) fn doubt(&self) -> Option<String> {
        let spoken = !matches!(self.subject, Subject::Quiet);
        (spoken && self.difference.verdict() == Verdict::Unclear)
            .then(|| format!("{} {}", self.noun, self.signed_interval()))
    }

    /// Its noun, when there is no difference at all.
    pub(in crate::output) fn same(&self) -> Option<&str> {
        let spoken = !matches!(self.subject, Subject::Quiet);
        (spoken && self.difference.verdict() == Verdict::Same).then_some(self.noun.as_str())
    }

    /// Whether it is an expectation that both meet alike: there may be many.
    pub(in crate::output) fn is_met_alike(&self) -> bool {
        matches!(self.subject, Subject::Met(_)) && self.difference.verdict() == Verdict::Same
    }

    /// Of a duration, which replications it leaves out.
    pub(in crate::output) fn left_out(&self, replications: u64) -> Option<String> {
        let Subject::Duration(daemon) = &self.subject else { return None };
        let d = self.difference;
        if d.pairs == replications {
            return None;
        }
        let whose = daemon.as_ref().map_or("The deployment".to_owned(), |d| format!("{d}'s deployment"));
        let mut only = Vec::new();
        for (count, side) in [(d.only_a, "A"), (d.only_b, "B")] {
            if count > 0 {
                only.push(format!("in {count} only in {side}"));
            }
        }
        let neither = replications - d.pairs - d.only_a - d.only_b;
        if neither > 0 {
            only.push(format!("in {neither} in neither"));
        }
        let (pairs, only) = (d.pairs, only.join(", "));
        Some(format!(
            "{whose} ended in both in {pairs} of {replications} replications ({only}); its duration is \
             compared in those {pairs}."
        ))
    }

    /// With signs, for tables and doubts.
    pub(in crate::output) fn signed_interval(&self) -> String {
        match self.difference.interval {
            None => "n/a".to_owned(),
            Some((low, high)) => {
                let points = match self.amount {
                    Amount::Share | Amount::Millionths => " points",
                    Amount::Count | Amount::Time | Amount::Money => "",
                };
                format!("{} to {}{points}", self.amount.signed(low), self.amount.signed(high))
            }
        }
    }

    /// Without signs, the nearer end first: what is larger or smaller has been said.
    fn interval(&self) -> String {
        let Some((low, high)) = self.difference.interval else { return "95 %: n/a".to_owned() };
        // A share's interval is never a point.
        if self.difference.is_constant() && low == high {
            return "in every replication".to_owned();
        }
        let (near, far) = if low.abs() <= high.abs() { (low, high) } else { (high, low) };
        let near = self.amount.size(near);
        let near = near.trim_end_matches(" points").trim_end_matches(" point");
        format!("95 %: {near} to {}", self.amount.size(far))
    }
}
