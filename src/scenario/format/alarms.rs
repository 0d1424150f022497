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
    /// An alarm as PutMetricAlarm has it, and one source: `metric` or `builtin`, which give a value for each period, or
    /// `script`, which gives its states outright and needs none of `period`, `evaluationPeriods`, `threshold` and
    /// `comparisonOperator`. What it does, it does to the deployments that name it under `alarms`.
    Alarm ignoring &[
        "alarmDescription", "actionsEnabled", "okActions", "alarmActions", "insufficientDataActions",
        "metricName", "namespace", "statistic", "extendedStatistic", "dimensions", "unit",
        "evaluateLowSampleCountPercentile", "tags",
    ] => {
        /// Its name.
        "alarmName" name: Required AlarmName,
        /// Seconds of a data point: 10, 20, 30 or a multiple of 60; with `evaluationPeriods`, at most a day, or a week
        /// from 3600 on.
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
        /// The fleet's average of what the revisions' `behaviour.metrics` add.
        "metric" metric: Optional Metric,
        /// A measure in percent that the simulation knows by itself: RUNNING service tasks of those desired, ACTIVE
        /// instances that lack a daemon of all ACTIVE ones, or DRAINING instances of the fleet.
        "builtin" builtin: Optional Word<Builtin>,
        /// Its states as they come, one after the other.
        "script" script: Optional Vec<Slot<Script>>,
    }
}

mapping! {
    /// A metric has one value a period: the average over time, and over the ACTIVE instances, of what the revisions on
    /// them add, and what comes on top.
    Metric => {
        /// Its name in `behaviour.metrics`.
        "name" name: Required Text,
        /// Added always. Default 0.
        "baseline" baseline: Optional Real,
        /// Added, drawn anew for each period: a distribution of plain numbers, `{uniform: [-0.01, 0.01]}`. Default:
        /// none.
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
