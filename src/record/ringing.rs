//! When each alarm rang, small enough to draw whatever the run.

use super::{Fact, FactKind, Reason};
use crate::kernel::SimTime;
use crate::model::{AlarmId, AlarmState};

/// At most so many times are kept of an alarm: more than a picture has columns.
const RINGS_MAX: usize = 4096;

/// A time in which an alarm was in ALARM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ring {
    /// When it entered ALARM.
    pub from: SimTime,
    /// When it left it; none: not before the run ended.
    pub to: Option<SimTime>,
}

/// Keeps when each alarm was in ALARM. Of one that rings without end, times that begin close together become one;
/// "close" starts at a millisecond and doubles whenever there are too many, so what is kept does not hang on how long
/// the run will be.
#[derive(Clone, Debug, Default)]
pub(super) struct Ringing {
    /// By alarm.
    bells: Vec<Bell>,
}

#[derive(Clone, Debug)]
struct Bell {
    /// Times whose beginnings fall into the same multiple of this many milliseconds are one.
    width_ms: u64,
    rings: Vec<Ring>,
}

impl Ringing {
    /// When an alarm rang, in order.
    pub(super) fn of(&self, alarm: AlarmId) -> &[Ring] {
        self.bells.get(alarm.index()).map_or(&[], |bell| &bell.rings)
    }

    pub(super) fn note(&mut self, fact: &Fact) {
        let (FactKind::Alarm, Reason::Alarm(alarm)) = (fact.kind, fact.reason) else { return };
        if alarm.index() >= self.bells.len() {
            self.bells.resize_with(alarm.index() + 1, || Bell { width_ms: 1, rings: Vec::new() });
        }
        let bell = &mut self.bells[alarm.index()];
        let ringing = AlarmState::Alarm.word();
        // One that leaves ALARM before it entered it has rung from the start.
        if fact.from == ringing && bell.rings.is_empty() {
            bell.rings.push(Ring { from: SimTime::ZERO, to: None });
        }
        match bell.rings.last_mut().filter(|ring| ring.to.is_none()) {
            Some(ring) if fact.to != ringing => ring.to = Some(fact.at),
            None if fact.to == ringing => bell.rings(fact.at),
            Some(_) | None => {}
        }
    }
}

impl Bell {
    fn rings(&mut self, from: SimTime) {
        self.rings.push(Ring { from, to: None });
        while self.rings.len() > RINGS_MAX {
            self.width_ms = self.width_ms.saturating_mul(2);
            let width = self.width_ms;
            self.rings.dedup_by(|later, earlier| {
                let close = later.from.as_ms() / width == earlier.from.as_ms() / width;
                if close {
                    earlier.to = later.to;
                }
                close
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: AlarmId = AlarmId::new(1);

    fn heard(changes: &[(u64, &'static str, &'static str)]) -> Ringing {
        let mut ringing = Ringing::default();
        for &(ms, from, to) in changes {
            let fact = Fact::blank(0, SimTime::from_ms(ms), FactKind::Alarm);
            ringing.note(&Fact { from, to, reason: Reason::Alarm(A), ..fact });
        }
        ringing
    }

    fn rings(changes: &[(u64, &'static str, &'static str)]) -> Vec<(u64, Option<u64>)> {
        heard(changes).of(A).iter().map(|r| (r.from.as_ms(), r.to.map(SimTime::as_ms))).collect()
    }

    #[test]
    fn an_alarm_rings_from_alarm_to_what_comes_next() {
        let changes = [
            (10, "OK", "ALARM"),
            (25, "ALARM", "INSUFFICIENT_DATA"),
            (30, "INSUFFICIENT_DATA", "OK"),
            (40, "OK", "ALARM"),
        ];
        assert_eq!(rings(&changes), [(10, Some(25)), (40, None)]);
        assert_eq!(heard(&changes).of(AlarmId::new(0)), []);
        assert_eq!(heard(&changes).of(AlarmId::new(7)), []);
    }

    #[test]
    fn one_that_rang_when_the_clock_started_rings_from_the_start() {
        assert_eq!(rings(&[(0, "", "ALARM"), (9, "ALARM", "OK")]), [(0, Some(9))]);
        assert_eq!(rings(&[(9, "ALARM", "OK"), (12, "OK", "ALARM")]), [(0, Some(9)), (12, None)]);
        assert_eq!(rings(&[(0, "", "OK")]), []);
    }

    #[test]
    fn other_facts_are_no_alarms() {
        let mut ringing = Ringing::default();
        let fact = Fact::blank(0, SimTime::ZERO, FactKind::Deployment);
        ringing.note(&Fact { to: "ALARM", reason: Reason::Alarm(A), ..fact });
        assert_eq!(ringing.of(A), []);
    }

    #[test]
    fn however_often_it_rings_little_is_kept() {
        let changes: Vec<_> = (0..100_000_u64)
            .flat_map(|n| [(n * 20_000, "OK", "ALARM"), (n * 20_000 + 10_000, "ALARM", "OK")])
            .collect();
        let kept = rings(&changes);
        assert!(kept.len() <= RINGS_MAX && kept.len() > RINGS_MAX / 4, "{}", kept.len());
        assert_eq!(kept.first().map(|(from, _)| *from), Some(0));
        assert_eq!(kept.last().and_then(|(_, to)| *to), Some(99_999 * 20_000 + 10_000));
        assert!(kept.windows(2).all(|pair| pair[0].1.is_some_and(|to| to < pair[1].0)));
    }
}
