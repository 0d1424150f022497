//! CloudWatch alarms: what they look at, and when they ring.

use super::AlarmState;
use crate::kernel::{Distribution, SimDuration, SimTime};

/// An alarm as PutMetricAlarm has it, and where its values come from.
#[derive(Clone, Debug, PartialEq)]
pub struct Alarm {
    /// Its name.
    pub name: String,
    /// Its state when the clock starts.
    pub starts_in: AlarmState,
    /// What drives it.
    pub source: AlarmSource,
}

/// What drives an alarm.
#[derive(Clone, Debug, PartialEq)]
pub enum AlarmSource {
    /// States as they come, by time.
    Script(Vec<(SimTime, AlarmState)>),
    /// Data points, and how they are judged.
    Metric(MetricSource, Evaluation),
}

/// Where data points come from.
#[derive(Clone, Debug, PartialEq)]
pub enum MetricSource {
    /// The average over ACTIVE instances of what their revisions add to the metric of this name, a baseline, and
    /// noise that is drawn for each data point.
    Contributions {
        /// The metric's name in `behaviour.metrics`.
        name: String,
        /// Added always.
        baseline: f64,
        /// Added, drawn anew for each data point.
        noise: Option<Distribution<f64>>,
    },
    /// A measure that the simulation knows by itself.
    Builtin(Builtin),
}

/// A measure that the simulation knows by itself, in percent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Builtin {
    /// Running service tasks of those desired.
    RunningTasks,
    /// ACTIVE instances that lack a daemon, of the ACTIVE ones.
    WithoutDaemon,
    /// DRAINING instances of the REGISTERING, ACTIVE and DRAINING ones.
    Draining,
}

/// How data points become a state.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evaluation {
    /// How much time a data point stands for: 10, 20 or 30 seconds, or whole minutes.
    pub period: SimDuration,
    /// How many data points are looked at.
    pub evaluation_periods: u32,
    /// How many of them must breach.
    pub datapoints_to_alarm: u32,
    /// What they are compared with.
    pub threshold: f64,
    /// How.
    pub comparison: Comparison,
    /// What a missing one counts as.
    pub missing: MissingData,
}

/// `comparisonOperator`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// GreaterThanOrEqualToThreshold.
    AtLeast,
    /// GreaterThanThreshold.
    Above,
    /// LessThanThreshold.
    Below,
    /// LessThanOrEqualToThreshold.
    AtMost,
}

/// `treatMissingData`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MissingData {
    /// It is missing.
    Missing,
    /// It is fine.
    NotBreaching,
    /// It breaches.
    Breaching,
    /// The state stays.
    Ignore,
}
