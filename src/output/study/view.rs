//! Ways through a result: which measure is where, what varies, what is best where.

use crate::output::decimal::grouped;
use crate::study::results::{Column, Estimate, Head, StudyResult};

/// Looks up what a result says.
#[derive(Clone, Copy, Debug)]
pub(in crate::output) struct View<'a> {
    pub(in crate::output) result: &'a StudyResult,
}

impl<'a> View<'a> {
    pub(in crate::output) const fn of(result: &'a StudyResult) -> View<'a> {
        View { result }
    }

    /// The measures that are numbers, expectations aside, and their places among the estimates.
    pub(in crate::output) fn measures(self) -> impl Iterator<Item = (usize, &'a Column)> {
        self.numbers().filter(|(_, column)| expectation(column).is_none())
    }

    /// Each expectation's number, and its place among the estimates.
    pub(in crate::output) fn expectations(self) -> impl Iterator<Item = (usize, usize)> {
        self.numbers().filter_map(|(at, column)| Some((expectation(column)?, at)))
    }

    fn numbers(self) -> impl Iterator<Item = (usize, &'a Column)> {
        // Words come last, so a number's place among the numbers is its place among all.
        self.result.columns.iter().filter(|column| column.unit.is_number()).enumerate()
    }

    /// What a point's runs said of a measure.
    pub(in crate::output) fn estimate(self, point: usize, measure: usize) -> Option<&'a Estimate> {
        self.result.points.get(point)?.estimates.get(measure)?.as_ref()
    }

    /// What each point's runs said of a measure.
    pub(in crate::output) fn estimates(self, measure: usize) -> impl Iterator<Item = Option<&'a Estimate>> {
        (0..self.result.points.len()).map(move |point| self.estimate(point, measure))
    }

    /// How many runs of a point lack a measure.
    pub(in crate::output) fn absent(self, point: usize, measure: usize) -> u64 {
        let runs = self.result.points.get(point).map_or(0, |point| point.replications);
        self.estimate(point, measure).map_or(runs, |estimate| estimate.absent)
    }
}

/// A daemon's last deployment in a study.
#[derive(Clone, Copy, Debug)]
pub(in crate::output) struct Deployment<'a> {
    pub(in crate::output) daemon: &'a str,
    /// Places of its measures.
    pub(in crate::output) duration: usize,
    pub(in crate::output) rolled_back: Option<usize>,
    pub(in crate::output) successful: Option<usize>,
}

impl<'a> View<'a> {
    /// The place of a measure.
    pub(in crate::output) fn measure(self, name: &str) -> Option<usize> {
        self.measures().find(|(_, column)| column.name == name).map(|(at, _)| at)
    }

    /// Deployments that some run had.
    pub(in crate::output) fn deployments(self) -> Vec<Deployment<'a>> {
        let of = |column: &'a Column| column.name.strip_prefix("deployments.")?.strip_suffix(".duration_s");
        self.measures()
            .filter_map(|(duration, column)| Some((duration, of(column)?)))
            .map(|(duration, daemon)| {
                let place = |key: &str| self.measure(&format!("deployments.{daemon}.{key}"));
                let (rolled_back, successful) = (place("rolled_back"), place("successful"));
                Deployment { daemon, duration, rolled_back, successful }
            })
            .filter(|d| self.is_seen(d.duration) || d.successful.is_some_and(|at| self.is_seen(at)))
            .collect()
    }

    /// Whether any run had such a measure.
    pub(in crate::output) fn is_seen(self, measure: usize) -> bool {
        self.estimates(measure).any(|estimate| estimate.is_some())
    }

    /// Whether a measure is not the same in all runs of all points.
    pub(in crate::output) fn varies(self, measure: usize) -> bool {
        let mut ranges = self.estimates(measure).map(|e| e.map(|e| (e.least, e.most, e.absent > 0)));
        match ranges.next() {
            Some(Some((least, most, absent))) => {
                least != most || absent || ranges.any(|range| range != Some((least, most, absent)))
            }
            Some(None) => ranges.any(|range| range.is_some()),
            None => false,
        }
    }

    /// The points where a mean is least and where it is most, the first of equals; none when all are equal.
    pub(in crate::output) fn extremes(self, measure: usize) -> Option<(usize, usize)> {
        let means = || self.estimates(measure).enumerate().filter_map(|(at, e)| Some((at, e?.mean)));
        let least = means().reduce(|a, b| if b.1 < a.1 { b } else { a })?;
        let most = means().reduce(|a, b| if b.1 > a.1 { b } else { a })?;
        (least.1 < most.1).then_some((least.0, most.0))
    }

    /// What a point is called: `drainPercent 25, bake perWave`.
    pub(in crate::output) fn point_name(self, point: usize) -> String {
        let labels = self.result.points.get(point).map_or(&[][..], |point| &point.labels);
        let names = short_names(&self.result.axes);
        let parts = names.iter().zip(labels).map(|(name, label)| format!("{name} {}", printable(label)));
        parts.collect::<Vec<_>>().join(", ")
    }
}

impl View<'_> {
    /// What a point is called, and how many others have the same mean: `drainPercent 25 and 2 more`.
    pub(in crate::output) fn points_like(self, measure: usize, point: usize) -> String {
        let mean = |e: Option<&Estimate>| e.map(|e| e.mean.to_bits());
        let this = mean(self.estimate(point, measure));
        let others = self.estimates(measure).filter(|e| mean(*e) == this).count().saturating_sub(1);
        let name = self.point_name(point);
        if others == 0 { name } else { format!("{name} and {} more", grouped(others as u128)) }
    }
}

/// The last words of the axes' paths, as few as keep them apart.
pub(in crate::output) fn short_names(axes: &[Head]) -> Vec<String> {
    let tail = |name: &str, words: usize| {
        let from = name.rmatch_indices('.').nth(words - 1).map_or(0, |(at, _)| at + 1);
        name[from..].to_owned()
    };
    let is_own = |tail: &str, axis: &Head| {
        axes.iter()
            .filter(|other| other.name != axis.name)
            .all(|other| other.name != tail && !other.name.ends_with(&format!(".{tail}")))
    };
    let short = |axis: &Head| {
        let dots = axis.name.matches('.').count();
        let tails = (1..=dots + 1).map(|words| tail(&axis.name, words));
        tails.into_iter().find(|tail| is_own(tail, axis)).unwrap_or_else(|| axis.name.clone())
    };
    axes.iter().map(|axis| printable(&short(axis))).collect()
}

/// A user's word that cannot steer a terminal.
pub(in crate::output) fn printable(text: &str) -> String {
    text.replace(char::is_control, " ")
}

/// Which expectation a column is of.
pub(in crate::output) fn expectation(column: &Column) -> Option<usize> {
    column.name.strip_prefix("expect.")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{around, constant, head, study};
    use super::*;

    #[test]
    fn names_are_as_short_as_they_can_be() {
        let names =
            |names: &[&str]| short_names(&names.iter().map(|name| head(name, &[])).collect::<Vec<_>>());
        assert_eq!(
            names(&["timeline[0].createDaemon.drainPercent", "assumptions.bake"]),
            ["drainPercent", "bake"]
        );
        assert_eq!(names(&["a.x.n", "b.x.n", "n"]), ["a.x.n", "b.x.n", "n"]);
        assert_eq!(names(&["a.x.n", "a.y.n"]), ["x.n", "y.n"]);
        assert_eq!(names(&["", "\u{1b}[1m"]), ["", " [1m"]);
    }

    #[test]
    fn what_varies_in_some_run_varies() {
        let of = |estimates: [Option<Estimate>; 2]| {
            let result = study(vec![head("a", &["1", "2"])], |place| vec![estimates[place[0]]]);
            (View::of(&result).varies(0), View::of(&result).extremes(0))
        };
        assert_eq!(of([Some(constant(5)), Some(constant(5))]), (false, None));
        assert_eq!(of([Some(constant(5)), Some(constant(4))]), (true, Some((1, 0))));
        assert_eq!(of([Some(around(5.0, 0.1, 1)), Some(around(5.0, 0.1, 1))]), (true, None));
        assert_eq!(of([Some(constant(5)), None]), (true, None));
        assert_eq!(of([None, Some(constant(5))]), (true, None));
        assert_eq!(of([None, None]), (false, None));
        let lacking = Estimate { absent: 1, ..constant(5) };
        assert_eq!(of([Some(lacking), Some(lacking)]), (true, None));
    }

    #[test]
    fn points_are_called_by_their_values() {
        let result = study(vec![head("x.drain", &["5", "10"]), head("y.bake", &["a"])], |_| Vec::new());
        assert_eq!(View::of(&result).point_name(1), "drain 10, bake a");
        assert_eq!(View::of(&result).point_name(9), "");
        let result = study(vec![head("a", &["1", "2", "3", "4"])], |place| {
            vec![[Some(constant(5)), Some(constant(4)), Some(constant(5)), None][place[0]]]
        });
        let like = |point| View::of(&result).points_like(0, point);
        assert_eq!((like(0), like(1)), ("a 1 and 1 more".to_owned(), "a 2".to_owned()));
    }
}
