//! Several listeners to one run.

use super::{Observation, Recorder};
use crate::kernel::SimTime;

/// Both listen, in this order. Pairs nest: `((events, timeseries), (ledger, series))`.
impl<A: Recorder, B: Recorder> Recorder for (A, B) {
    const LISTENS: bool = A::LISTENS || B::LISTENS;

    fn note(&mut self, at: SimTime, observation: Observation<'_>) {
        if A::LISTENS {
            self.0.note(at, observation);
        }
        if B::LISTENS {
            self.1.note(at, observation);
        }
    }
}

impl<R: Recorder> Recorder for &mut R {
    const LISTENS: bool = R::LISTENS;

    fn note(&mut self, at: SimTime, observation: Observation<'_>) {
        R::note(self, at, observation);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Counts, Discard};

    #[derive(Default)]
    struct Heard(Vec<u64>);

    impl Recorder for Heard {
        fn note(&mut self, at: SimTime, _: Observation<'_>) {
            self.0.push(at.as_ms());
        }
    }

    fn listens<R: Recorder>(_: &R) -> bool {
        R::LISTENS
    }

    #[test]
    fn both_of_a_pair_hear_everything() {
        let (mut a, mut b) = (Heard::default(), Heard::default());
        let mut pair = (&mut a, (Discard, &mut b));
        assert!(listens(&pair));
        for ms in [3, 5] {
            pair.note(SimTime::from_ms(ms), Observation::Counts { of: None, counts: &Counts::default() });
        }
        assert_eq!((a.0, b.0), (vec![3, 5], vec![3, 5]));
    }

    #[test]
    fn a_pair_of_deaf_ones_costs_nothing() {
        assert!(!listens(&(Discard, Discard)));
    }
}
