//! What was expected and what was shown, in the units that people and programs read.

use super::decimal;
use super::human::human;
use super::json::Json;
use crate::kernel::SimDuration;
use crate::record::{Bound, Measure, Shown};

/// "at most 45 m 00 s".
pub(super) fn bound_text(measure: Measure, bound: Bound) -> String {
    match bound {
        Bound::Is(status) => status.word().to_owned(),
        Bound::AtMost(n) => format!("at most {}", number_text(measure, n)),
        Bound::AtLeast(n) => format!("at least {}", number_text(measure, n)),
        Bound::Exactly(n) => number_text(measure, n),
    }
}

/// "14 m 02 s", or "nothing" when it never came to be.
pub(super) fn shown_text(measure: Measure, shown: Shown) -> String {
    match shown {
        Shown::Nothing => "nothing".to_owned(),
        Shown::Status(status) => status.word().to_owned(),
        Shown::Number(n) => number_text(measure, n),
    }
}

/// The bare number or word; which side it bounds is the last word of the expectation's path.
pub(super) fn bound_json(measure: Measure, bound: Bound) -> Json {
    match bound {
        Bound::Is(status) => Json::text(status.word()),
        Bound::AtMost(n) | Bound::AtLeast(n) | Bound::Exactly(n) => number_json(measure, n),
    }
}

/// The bare number or word; `null` when it never came to be.
pub(super) fn shown_json(measure: Measure, shown: Shown) -> Json {
    match shown {
        Shown::Nothing => Json::Null,
        Shown::Status(status) => Json::text(status.word()),
        Shown::Number(n) => number_json(measure, n),
    }
}

/// What a measure's numbers are.
enum Unit {
    Milliseconds,
    NanoDollars,
    Things,
}

fn unit(measure: Measure) -> Unit {
    match measure {
        Measure::Duration(_) | Measure::BelowDesired(_) => Unit::Milliseconds,
        Measure::Cost => Unit::NanoDollars,
        Measure::Status(_)
        | Measure::Waves(_)
        | Measure::InstancesReplaced(_)
        | Measure::TasksMoved(_)
        | Measure::TasksMovedAgain(_)
        | Measure::RunningTasks(_)
        | Measure::HealthyTasks(_)
        | Measure::Interruptions(_)
        | Measure::InterruptionsPerTask(_)
        | Measure::Instances => Unit::Things,
    }
}

fn number_text(measure: Measure, n: u128) -> String {
    match unit(measure) {
        Unit::Milliseconds => human(SimDuration::from_ms(u64::try_from(n).unwrap_or(u64::MAX))),
        // Cents unless they would hide the difference.
        Unit::NanoDollars if n.is_multiple_of(10_000_000) || n >= 1_000_000_000_000 => decimal::cents(n),
        Unit::NanoDollars => format!("${}", decimal::dollars(n)),
        Unit::Things => decimal::grouped(n),
    }
}

fn number_json(measure: Measure, n: u128) -> Json {
    match unit(measure) {
        Unit::Milliseconds => Json::Number(decimal::milli(n)),
        Unit::NanoDollars => Json::dollars(n),
        Unit::Things => Json::whole(n),
    }
}
