//! CloudWatch alarms, as PutMetricAlarm has them, and where their values come from.

use crate::kernel::SimDuration;
use crate::scenario::law::Law;
use crate::scenario::number::{Real, Whole};
use crate::scenario::read::{Slot, mapping};
use crate::scenario::text::{AlarmName, Text, Word, words};

words! {
    /// `comparisonOperator`.
    Comparison {
        AtLeast = "GreaterThanOrEqualToThreshold",
        Above = "GreaterThanThreshold",
        Below = "LessThanThreshold",
        AtMost = "LessThanOrEqualToThreshold",
    }
    /// `treatMissingData`.
    MissingData {
        Missing = "missing",
        NotBreaching = "notBreaching",
        Breaching = "breaching",
        Ignore = "ignore",
    }
    /// An alarm's state.
    AlarmWord { Ok = "OK", Alarm = "ALARM", InsufficientData = "INSUFFICIENT_DATA" }
    /// A measure that the simulation knows by itself.
    Builtin {
        RunningTasks = "RunningTasksPercent",
        WithoutDaemon = "WithoutDaemonPercent",
        Draining = "DrainingPercent",
    }
}

mapping! {
    /// An alarm as PutMetricAlarm has it, and one source of its values: `metric`, `builtin` or `script`.
    Alarm ignoring &[
        "alarmDescription", "actionsEnabled", "okActions", "alarmActions", "insufficientDataActions",
        "metricName", "namespace", "statistic", "extendedStatistic", "dimensions", "unit",
        "evaluateLowSampleCountPercentile", "tags",
    ] => {
        /// Its name.
        "alarmName" name: Required AlarmName,
        /// Seconds of a data point: 10, 20, 30 or a multiple of 60.
        "period" period: Optional Whole<10, 604_800>,
        /// How many data points are looked at.
        "evaluationPeriods" evaluation_periods: Optional Whole<1, 100_000>,
        /// How many of them must be breaching. Default: all.
        "datapointsToAlarm" datapoints_to_alarm: Optional Whole<1, 100_000>,
        /// What the data points are compared with.
        "threshold" threshold: Optional Real,
        /// How they are compared.
        "comparisonOperator" comparison: Optional Word<Comparison>,
        /// How a missing data point counts. Default `missing`.
        "treatMissingData" treat_missing_data: Optional Word<MissingData>,
        /// Its state when the clock starts. Default `OK`.
        "startsIn" starts_in: Optional Word<AlarmWord>,
        /// The fleet's average of what the revisions' `metrics` add.
        "metric" metric: Optional Metric,
        /// A measure that the simulation knows by itself.
        "builtin" builtin: Optional Word<Builtin>,
        /// Its states as they come.
        "script" script: Optional Vec<Slot<Script>>,
    }
}

mapping! {
    /// The average over ACTIVE instances of what their revisions' `metrics` add, and what comes on top.
    Metric => {
        /// Its name in `behaviour.metrics`.
        "name" name: Required Text,
        /// Added always. Default 0.
        "baseline" baseline: Optional Real,
        /// Added, drawn anew for each period: a distribution of plain numbers.
        "noise" noise: Optional Law<Real>,
    }
}

mapping! {
    /// A state and when it begins.
    Script => {
        /// When.
        "at" when: Required SimDuration,
        /// Which state.
        "state" state: Required Word<AlarmWord>,
    }
}
