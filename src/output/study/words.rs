//! What measures are called where people read them, and how their numbers are written there.

use crate::kernel::SimDuration;
use crate::output::decimal::{cents, grouped};
use crate::output::human::{human, instance_time};
use crate::output::text::page::shorten;
use crate::study::results::{Column, Estimate, Unit};

/// What the numbers of a measure are to people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::output) enum Kind {
    /// A length of time, or an instant: milliseconds.
    Time,
    /// Time of instances or tasks added up: milliseconds.
    Work(&'static str),
    /// Millionths of a dollar.
    Money,
    /// Of how many runs something is true.
    Share,
    /// How many of what.
    Count(&'static str),
}

/// A measure in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::output) struct Said {
    /// What it is: "Duration of the last deployment of my-agent".
    pub(in crate::output) title: String,
    pub(in crate::output) kind: Kind,
}

/// What a measure is called.
pub(in crate::output) fn said(column: &Column) -> Said {
    let mut parts = column.name.splitn(2, '.');
    let (room, rest) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let (of, key) = rest.rsplit_once('.').unwrap_or(("", rest));
    let known = match room {
        "deployments" => DEPLOYMENT.iter().find(|known| known.0 == key),
        "services" => SERVICE.iter().find(|known| known.0 == key),
        "cluster" => CLUSTER.iter().find(|known| known.0 == key),
        "daemons" => DAEMON.iter().find(|known| known.0 == key),
        _ => RUN.iter().find(|known| known.0 == column.name),
    };
    let kind = match (column.unit, known) {
        (Unit::Milliseconds, Some((_, _, what))) if !what.is_empty() => Kind::Work(what),
        (Unit::Milliseconds, _) => Kind::Time,
        (Unit::MicroDollars, _) => Kind::Money,
        (Unit::Flag, _) => Kind::Share,
        (Unit::Count | Unit::Outcome | Unit::Status, Some((_, _, what))) => Kind::Count(what),
        (Unit::Count | Unit::Outcome | Unit::Status, None) => Kind::Count(""),
    };
    let title =
        known.map_or_else(|| column.name.clone(), |(_, title, _)| title.replace('@', &shorten(of, NAME_MAX)));
    Said { title, kind }
}

/// Longer names are cut, so that the words after them stay.
const NAME_MAX: usize = 60;

/// A key, what it is (`@` stands for whose), and what is counted.
type Known = (&'static str, &'static str, &'static str);

const DEPLOYMENT: &[Known] = &[
    ("duration_s", "Duration of the last deployment of @", ""),
    ("created_s", "Request for the last deployment of @", ""),
    ("started_s", "Start of the last deployment of @", ""),
    ("bake_started_s", "Start of the bake of the last deployment of @", ""),
    ("finished_s", "End of the last deployment of @", ""),
    ("successful", "Runs whose last deployment of @ was SUCCESSFUL", ""),
    ("rolled_back", "Runs whose last deployment of @ was stopped by its breaker or an alarm", ""),
    ("breaker_triggered", "Runs whose last deployment of @ tripped its circuit breaker", ""),
    ("alarm_triggered", "Runs whose last deployment of @ was stopped by an alarm", ""),
    ("waves", "Waves of the last deployment of @", "waves"),
    ("instances_replaced", "Instances that the last deployment of @ drained", "instances"),
    ("breaker_threshold", "Failures at which the circuit breaker of @ trips", "failures"),
    ("breaker_failures", "Failures that the circuit breaker of @ counted", "failures"),
    ("rollback_started_s", "Start of the rollback of @", ""),
    ("time_to_detect_s", "Time until the last deployment of @ was stopped", ""),
    ("time_to_roll_back_s", "Time that the rollback of @ took", ""),
    ("tasks_moved", "App tasks that the last deployment of @ moved", "tasks"),
    ("tasks_moved_again", "App tasks that the last deployment of @ moved more than once", "tasks"),
    ("instances_touched", "Instances that the forward waves of @ drained", "instances"),
    ("tasks_touched", "App tasks that the last deployment of @ moved at least once", "tasks"),
    (
        "exposure_instance_s",
        "Instance time on the revision that the last deployment of @ rolled out",
        "instance",
    ),
];

const SERVICE: &[Known] = &[
    ("min_running", "Fewest running tasks of @", "tasks"),
    ("min_running_at_s", "When the fewest tasks of @ ran", ""),
    ("min_healthy", "Fewest healthy tasks of @", "tasks"),
    ("desired", "Desired tasks of @", "tasks"),
    ("below_desired_s", "Time for which fewer tasks of @ ran than desired", ""),
    ("task_seconds_lost", "Task time that @ lost", "task"),
    ("interruptions", "Interrupted tasks of @", "stops"),
    ("max_interruptions_per_task", "Most interruptions of one task of @", "stops"),
    ("placement_wait_p95_s", "Wait of the tasks of @ for a place, 95th percentile of a run", ""),
    ("waiting", "Tasks of @ without a place at the end", "tasks"),
];

const CLUSTER: &[Known] = &[
    ("instances_start", "Instances at the start", "instances"),
    ("instances_end", "Instances at the end", "instances"),
    ("instances_max", "Most instances", "instances"),
    ("active_min", "Fewest ACTIVE instances", "instances"),
    ("active_min_at_s", "When the fewest instances were ACTIVE", ""),
    ("app_running_min", "Fewest running service tasks", "tasks"),
    ("app_running_min_at_s", "When the fewest service tasks ran", ""),
    ("app_desired_then", "Service tasks desired when the fewest ran", "tasks"),
    ("launched", "Instances launched", "instances"),
    ("terminated", "Instances gone", "instances"),
    ("tasks_moved", "App tasks that deployments moved", "tasks"),
    ("tasks_moved_again", "App tasks that one deployment moved more than once", "tasks"),
    ("instance_seconds", "Instance time", "instance"),
    ("cost", "Cost of the instances", ""),
    ("requests_refused", "Requests refused", "requests"),
    ("repairs", "Instances that auto repair drained", "instances"),
    ("instance_deaths", "Instances that died", "instances"),
    ("spot_interruptions", "Instances that Spot took away", "instances"),
    ("registration_failures", "Instances that failed to register", "instances"),
    ("launch_failures", "Launch calls refused", "calls"),
    ("daemon_start_failures", "Daemon tasks that failed to start", "tasks"),
    ("daemon_runtime_failures", "Daemon tasks that failed after they ran", "tasks"),
];

const DAEMON: &[Known] = &[("without_daemon", "Instances without @ at the end", "instances")];

const RUN: &[Known] = &[("ended_at_s", "End of the run", ""), ("events", "Events simulated", "events")];

impl Kind {
    /// A number of this kind, in the unit of its column.
    pub(in crate::output) fn text(self, value: f64) -> String {
        let whole = value.max(0.0).round() as u64;
        match self {
            Kind::Time => human(SimDuration::from_ms(whole)),
            Kind::Work(what) => instance_time(whole.into()).replace("instance", what),
            Kind::Money => money(whole),
            Kind::Share => percent(value),
            Kind::Count(_) => count(value),
        }
    }

    /// A mean, and half of the width of its interval; of a share the interval itself, which is not about it.
    pub(in crate::output) fn mean(self, e: &Estimate) -> String {
        match (self, e.interval) {
            (Kind::Share, Some((low, high))) => {
                format!("{} ({} to {})", percent(e.mean), bare_percent(low), bare_percent(high))
            }
            (_, Some((low, high))) => format!("{} ± {}", self.text(e.mean), self.text((high - low) / 2.0)),
            (_, None) => format!("{} ± n/a", self.text(e.mean)),
        }
    }
}

/// Millionths of a dollar in cents; below ten cents with two digits that count, for a cent is more than some differences.
fn money(micros: u64) -> String {
    let places = match micros {
        0 | 99_500.. => return cents(u128::from(micros) * 1000),
        9_950.. => 3,
        995.. => 4,
        _ => 6,
    };
    let one = 10_u64.pow(6 - places);
    let rounded = (micros + one / 2) / one;
    format!("$0.{rounded:0width$}", width = places as usize)
}

/// At most two digits beyond the whole ones; below a hundredth no more is said.
fn count(value: f64) -> String {
    let hundredths = (value.abs() * 100.0).round() as u64;
    let whole = |n: u64| grouped(n.into());
    match hundredths {
        0 if value == 0.0 => "0".to_owned(),
        0 => "< 0.01".to_owned(),
        n if n.is_multiple_of(100) => whole(n / 100),
        n if n < 1000 => format!("{}.{:02}", n / 100, n % 100),
        n => {
            let tenths = (n + 5) / 10;
            format!("{}.{}", whole(tenths / 10), tenths % 10)
        }
    }
}

fn percent(share: f64) -> String {
    format!("{} %", bare_percent(share))
}

/// Neither 0 nor 100 is said of what is between them.
fn bare_percent(share: f64) -> String {
    let tenths = (share * 1000.0).round() as u64;
    match tenths {
        0 if share > 0.0 => "< 0.1".to_owned(),
        1000 if share < 1.0 => "> 99.9".to_owned(),
        n if n.is_multiple_of(10) => (n / 10).to_string(),
        n => format!("{}.{}", n / 10, n % 10),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{around, share, single};
    use super::*;
    use crate::model::Names;
    use crate::record::Measures;

    #[test]
    fn every_measure_has_words() {
        let names = Names {
            daemons: vec!["my-agent".to_owned()],
            services: vec!["my-app".to_owned()],
            ..Names::default()
        };
        for column in Measures::of(&names).columns().filter(|column| column.unit.is_number()) {
            let Said { title, kind } = said(column);
            assert!(title != column.name && !title.contains('@'), "{}", column.name);
            assert!(kind != Kind::Count(""), "{}: of what?", column.name);
        }
        let column = |name: &str, unit| said(&Column { name: name.to_owned(), unit, optional: false });
        let lost = column("services.my-app.task_seconds_lost", Unit::Milliseconds);
        assert_eq!(lost, Said { title: "Task time that my-app lost".to_owned(), kind: Kind::Work("task") });
        assert_eq!(column("else", Unit::Count).title, "else");
    }

    #[test]
    fn numbers_are_as_long_as_they_need_to_be() {
        for (kind, value, text) in [
            (Kind::Time, 842_000.4, "14 m 02 s"),
            (Kind::Work("task"), 2_250_000.0, "37.5 task-minutes"),
            (Kind::Money, 12_345_678.0, "$12.35"),
            (Kind::Money, 43_520.0, "$0.044"),
            (Kind::Money, 99_499.0, "$0.099"),
            (Kind::Money, 99_500.0, "$0.10"),
            (Kind::Money, 9_949.0, "$0.0099"),
            (Kind::Money, 2_500.0, "$0.0025"),
            (Kind::Money, 12.0, "$0.000012"),
            (Kind::Money, 0.0, "$0.00"),
            (Kind::Count("tasks"), 1_280.0, "1,280"),
            (Kind::Count("tasks"), 262.37, "262.4"),
            (Kind::Count("tasks"), 0.25, "0.25"),
            (Kind::Count("tasks"), 0.001, "< 0.01"),
            (Kind::Share, 0.0, "0 %"),
            (Kind::Share, 0.0001, "< 0.1 %"),
            (Kind::Share, 0.125, "12.5 %"),
            (Kind::Share, 0.9999, "> 99.9 %"),
            (Kind::Share, 1.0, "100 %"),
        ] {
            assert_eq!(kind.text(value), text);
        }
    }

    #[test]
    fn one_run_has_no_interval() {
        assert_eq!(Kind::Time.mean(&single(61_000)), "1 m 01 s ± n/a");
        assert_eq!(Kind::Share.mean(&single(1)), "100 % ± n/a");
        assert_eq!(Kind::Time.mean(&around(842_000.0, 12_300.0, 0)), "14 m 02 s ± 12.3 s");
        assert_eq!(Kind::Share.mean(&share(0.03, 0.01, 0.085)), "3 % (1 to 8.5)");
        assert_eq!(Kind::Count("tasks").mean(&around(5.0, 0.0, 0)), "5 ± 0");
    }
}
