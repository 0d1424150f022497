//! What a search would recommend if AWS meant the other thing.

use crate::scenario::{Axis, AxisValue};
use crate::study::results::{Fate, Judgement, TuneResult, TunedReading};
use std::collections::BTreeSet;

/// Settings of the front that are tried with every reading, at the most.
const OF_THE_FRONT: usize = 4;

/// The settings whose first runs show whether a reading matters: the recommended one, or else the one that came
/// nearest, those next to it, and some of the front.
pub fn probes(result: &TuneResult) -> Vec<usize> {
    let found = result.best.or(result.binding.map(|binding| binding.nearest)).unwrap_or(0);
    let beside = result.neighbours.iter().map(|(_, at)| *at);
    let last = result.front.len().saturating_sub(1);
    // Evenly, with the first and the last of them.
    let even = (0..OF_THE_FRONT).filter_map(|n| result.front.get(n * last / (OF_THE_FRONT - 1)).copied());
    let all: BTreeSet<usize> = [found].into_iter().chain(beside).chain(even).collect();
    all.into_iter().filter(|at| *at < result.candidates.len()).collect()
}

/// The axes of a search with another reading: what would be searched then, and what was searched as things are, so that
/// the two answers can be the same one.
pub fn joined(as_they_are: &[Axis], with: Vec<Axis>) -> Vec<Axis> {
    let number = |value: &AxisValue| value.label.parse::<u64>().ok();
    let join = |mut axis: Axis| {
        let searched = as_they_are.iter().filter(|other| other.name == axis.name);
        let is_new = |value: &&AxisValue| axis.values.iter().all(|own| own.label != value.label);
        let more: Vec<AxisValue> = searched.flat_map(|other| &other.values).filter(is_new).cloned().collect();
        if !more.is_empty() {
            axis.values.extend(more);
            if axis.values.iter().all(|value| number(value).is_some()) {
                axis.values.sort_by_key(number);
            }
        }
        axis
    };
    with.into_iter().map(join).collect()
}

/// What a search with a reading says of the answer as things are. That stays wherever it is as good as any other.
pub fn answer(label: &str, as_they_are: &TuneResult, with: &TuneResult) -> TunedReading {
    let labels = |result: &TuneResult, at: usize| result.candidates[at].labels.clone();
    let before = as_they_are.best.map(|best| labels(as_they_are, best));
    let now = with.best.map(|best| labels(with, best));
    let same = before.as_ref().and_then(|labels| with.candidates.iter().find(|c| c.labels == *labels));
    let stays = same.is_some_and(|same| {
        let as_good = matches!(same.fate, Fate::Best | Fate::Tied | Fate::Close);
        as_good && same.chances.iter().all(|chance| chance.verdict == Judgement::Met)
    });
    if stays || before == now {
        return TunedReading { label: label.to_owned(), recommended: before, changes: false };
    }
    TunedReading { label: label.to_owned(), recommended: now, changes: true }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Unit;
    use crate::study::results::{Binding, CandidateResult, Chance, Column};

    /// One axis of so many settings, `s0` and on; the best of them, and the fate of each other.
    fn result(fates: &[Fate]) -> TuneResult {
        let met = Chance { hits: 16, runs: 16, low: 0.9, high: 1.0, verdict: Judgement::Met };
        let candidate = |(n, fate): (usize, &Fate)| CandidateResult {
            labels: vec![format!("s{n}")],
            runs: [16, 0],
            objective: None,
            capacity: None,
            chances: vec![met],
            fate: *fate,
        };
        let column = || Column { name: String::new(), unit: Unit::Count, optional: false };
        TuneResult {
            daemon: String::new(),
            axes: Vec::new(),
            objective: column(),
            capacity: column(),
            limits: Vec::new(),
            candidates: fates.iter().enumerate().map(candidate).collect(),
            best: fates.iter().position(|fate| *fate == Fate::Best),
            neighbours: Vec::new(),
            front: Vec::new(),
            binding: None,
            configuration: None,
            runs: 0,
            brute_force: 0,
            limited: 0,
            assurance: 0.95,
            indifference: 0.005,
            remarks: Vec::new(),
            readings: None,
        }
    }

    const WORSE: Fate = Fate::Worse { by: 1.0, at_least: 1.0 };

    #[test]
    fn an_answer_stays_while_it_is_as_good() {
        let base = result(&[WORSE, Fate::Best]);
        let with = |fates: &[Fate]| answer("x=a", &base, &result(fates));
        let s = |n: usize| Some(vec![format!("s{n}")]);
        for (fates, recommended, changes) in [
            (&[WORSE, Fate::Best][..], s(1), false),
            (&[Fate::Best, WORSE], s(0), true),
            (&[Fate::Best, Fate::Tied], s(1), false),
            (&[Fate::Best, Fate::Close], s(1), false),
            (&[Fate::Best, Fate::Open], s(0), true),
            (&[Fate::Best, Fate::Missed(0)], s(0), true),
            (&[Fate::Missed(0), Fate::Missed(0)], None, true),
        ] {
            let expected = TunedReading { label: "x=a".to_owned(), recommended, changes };
            assert_eq!(with(fates), expected, "{fates:?}");
        }
        // As fast, but nobody knows whether it keeps to the limit.
        let mut open = result(&[Fate::Best, Fate::Close]);
        open.candidates[1].chances[0].verdict = Judgement::Open;
        assert!(answer("x=a", &base, &open).changes);
        let nothing = result(&[Fate::Missed(0)]);
        assert!(!answer("x=a", &nothing, &nothing).changes && answer("x=a", &nothing, &base).changes);
    }

    #[test]
    fn a_few_settings_are_tried() {
        let mut all = result(&[Fate::Open; 20]);
        assert_eq!(probes(&all), [0]);
        all.binding = Some(Binding { limit: 0, alone: 0, nearest: 7 });
        all.front = (10..20).collect();
        // Of ten places the first, the last, and two between: 0, 3, 6 and 9.
        assert_eq!(probes(&all), [7, 10, 13, 16, 19]);
        all.best = Some(3);
        all.neighbours = vec![(0, 2), (0, 4)];
        all.front = vec![3, 9];
        assert_eq!(probes(&all), [2, 3, 4, 9]);
        assert_eq!(probes(&result(&[])), [0; 0]);
    }

    #[test]
    fn both_grids_are_searched() {
        let axis = |labels: &[&str]| Axis {
            name: "a".to_owned(),
            values: labels.iter().map(|l| AxisValue { label: (*l).to_owned(), edits: Vec::new() }).collect(),
        };
        let join = |base: &[&str], with: &[&str]| joined(&[axis(base)], vec![axis(with)]);
        assert_eq!(join(&["10", "20", "100"], &["10", "50", "100"]), [axis(&["10", "20", "50", "100"])]);
        // Words have no order but their own; what is the same keeps it.
        assert_eq!(join(&["b", "a"], &["a", "c"]), [axis(&["a", "c", "b"])]);
        assert_eq!(join(&["3", "2"], &["3", "2"]), [axis(&["3", "2"])]);
    }
}
