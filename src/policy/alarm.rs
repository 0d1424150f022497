//! What state an alarm's data points amount to, as CloudWatch judges them.

use crate::model::{AlarmState, Comparison, MissingData};

/// A data point as an alarm sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Datapoint {
    /// There was nothing to measure.
    Missing,
    /// It keeps to the threshold.
    Fine,
    /// It does not.
    Breaching,
}

/// How many data points are fetched for so many evaluation periods: two more, so that late or missing ones can be made
/// up for by older ones. CloudWatch gives no rule; its tables show five for three.
pub const fn range_len(periods: u32) -> u32 {
    periods.saturating_add(2)
}

/// Whether a value breaches; both in the same unit.
pub const fn breaches(value: i128, comparison: Comparison, threshold: i128) -> bool {
    match comparison {
        Comparison::AtLeast => value >= threshold,
        Comparison::Above => value > threshold,
        Comparison::Below => value < threshold,
        Comparison::AtMost => value <= threshold,
    }
}

/// The state after a look at `range`, oldest first, which is at least `periods` long: ALARM when `to_alarm` of the
/// latest `periods` points breach.
///
/// Missing points count only when older real ones cannot make up for them. Then, unless they are taken as fine, an
/// alarm rings early: when nothing but breaches is known, and the first of them lies back so far that enough would
/// breach if those missing since did.
pub fn evaluate(
    range: &[Datapoint],
    periods: u32,
    to_alarm: u32,
    missing: MissingData,
    before: AlarmState,
) -> AlarmState {
    let (periods, to_alarm) = (periods as usize, to_alarm as usize);
    let real = || range.iter().rev().filter(|point| **point != Datapoint::Missing);
    let known = real().count().min(periods);
    if known == 0 {
        return match missing {
            MissingData::Missing => AlarmState::InsufficientData,
            MissingData::Ignore => before,
            MissingData::Breaching => AlarmState::Alarm,
            MissingData::NotBreaching => AlarmState::Ok,
        };
    }
    let breaching = real().take(periods).filter(|point| **point == Datapoint::Breaching).count();
    let lacking = periods - known;
    let filled = if missing == MissingData::Breaching { lacking } else { 0 };
    if breaching + filled >= to_alarm {
        return AlarmState::Alarm;
    }
    let in_doubt = lacking > 0 && breaching == known;
    let oldest = range.len().saturating_sub(periods);
    let since = range[oldest..].iter().position(|point| *point == Datapoint::Breaching);
    let early = since.is_some_and(|at| range.len() - oldest - at >= to_alarm);
    match missing {
        MissingData::Ignore if in_doubt => before,
        MissingData::Missing if in_doubt && early => AlarmState::Alarm,
        MissingData::Missing | MissingData::Ignore | MissingData::NotBreaching | MissingData::Breaching => {
            AlarmState::Ok
        }
    }
}

#[cfg(test)]
mod tests;
