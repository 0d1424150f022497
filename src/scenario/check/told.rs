//! Alarms and faults in words, a line for each.

use super::alarms::{asked, builtin_word};
use super::words::{law, number};
use crate::kernel::SimTime;
use crate::model::{Alarm, AlarmSource, AlarmState, MetricSource, MissingData};
use crate::scenario::duration;
use crate::world::setup::{FaultKind, FaultSetup, Request, Setup};
use std::collections::{BTreeMap, BTreeSet};

/// What each alarm looks at, when it rings, and who listens.
pub fn alarms(setup: &Setup) -> Vec<String> {
    let timeline = setup.timeline.iter().map(|timed| &timed.request);
    let mut listeners: BTreeMap<usize, BTreeSet<&str>> = BTreeMap::new();
    for request in setup.before.iter().chain(timeline) {
        if let Request::CreateDaemon { daemon, settings } | Request::UpdateDaemon { daemon, settings } =
            request
        {
            for alarm in &settings.alarms {
                listeners.entry(alarm.index()).or_default().insert(&setup.daemons[daemon.index()]);
            }
        }
    }
    let listeners = |at: usize| match listeners.get(&at) {
        None => "nobody".to_owned(),
        Some(names) => names.iter().copied().collect::<Vec<_>>().join(", "),
    };
    let alarms = setup.alarms.iter().enumerate();
    alarms.map(|(at, alarm)| format!("{}; watched by {}", alarm_text(alarm), listeners(at))).collect()
}

/// What each fault does, when and where.
pub fn faults(setup: &Setup) -> Vec<String> {
    setup.faults.iter().map(|fault| fault_text(setup, fault)).collect()
}

fn alarm_text(alarm: &Alarm) -> String {
    let name = &alarm.name;
    let (source, rules) = match &alarm.source {
        AlarmSource::Script(states) => {
            let then = states.iter().map(|(at, state)| format!(", from {} {}", clock(*at), state.word()));
            return format!("{name}: {}{} (a script)", alarm.starts_in.word(), then.collect::<String>());
        }
        AlarmSource::Metric(source, rules) => (source, rules),
    };
    let what = match source {
        MetricSource::Builtin(builtin) => builtin_word(*builtin).to_owned(),
        MetricSource::Contributions { name, baseline, noise } => {
            let mut what = format!("the fleet's {name}");
            if *baseline != 0.0 {
                what += &format!(" + {}", number(*baseline));
            }
            if let Some(noise) = noise {
                what += &format!(" + noise ({})", law(noise));
            }
            what
        }
    };
    let (points, periods) = (rules.datapoints_to_alarm, rules.evaluation_periods);
    let mut text = format!(
        "{name}: rings when {what} is {} in {points} of {periods} periods of {}",
        asked(rules),
        duration::text(rules.period)
    );
    match rules.missing {
        MissingData::Missing => (),
        MissingData::NotBreaching => text += ", missing ones being fine",
        MissingData::Breaching => text += ", missing ones breaching",
        MissingData::Ignore => text += ", missing ones changing nothing",
    }
    if alarm.starts_in != AlarmState::Ok {
        text += &format!("; starts in {}", alarm.starts_in.word());
    }
    text
}

fn fault_text(setup: &Setup, fault: &FaultSetup) -> String {
    let an_hour = |rate: &f64| format!("{} an hour for each instance", number(*rate));
    let longer = |factor: &f64| format!("{} times as long", number(*factor));
    let what = match &fault.kind {
        FaultKind::LaunchFailures { probability, retry_after } => {
            format!("{} % of the calls, again after {}", number(probability * 100.0), law(retry_after))
        }
        FaultKind::SlowLaunches { factor } | FaultKind::SlowPulls { factor } => longer(factor),
        FaultKind::InstanceDeaths { rate_per_hour } | FaultKind::SpotInterruptions { rate_per_hour } => {
            an_hour(rate_per_hour)
        }
        FaultKind::AvailabilityZoneOutage => String::new(),
        FaultKind::AgentDisconnects { rate_per_hour, lasts } => {
            format!("{}, each lasts {}", an_hour(rate_per_hour), law(lasts))
        }
        FaultKind::ApiThrottling { burst, per_second } => {
            format!("{burst} calls at once, {} a second", number(*per_second))
        }
        FaultKind::KillDaemons { count } => format!("{count} of them"),
    };
    let mut text = format!("{}: {}", window(fault), fault.kind.word());
    let share = (fault.share < 1.0).then(|| format!("{} % of the instances", number(fault.share * 100.0)));
    let provider = fault.provider.map(|id| format!("only {}", setup.capacity_providers[id.index()].name));
    let zone = fault.zone.map(|id| format!("only zone {}", setup.zones[id.index()]));
    for part in [Some(what).filter(|what| !what.is_empty()), provider, zone, share].into_iter().flatten() {
        text += &format!(", {part}");
    }
    text
}

fn window(fault: &FaultSetup) -> String {
    if matches!(fault.kind, FaultKind::KillDaemons { .. }) {
        return format!("at {}", clock(fault.from));
    }
    match (fault.from, fault.until) {
        (SimTime::ZERO, SimTime::MAX) => "always".to_owned(),
        (from, SimTime::MAX) => format!("from {} on", clock(from)),
        (from, until) => format!("{} to {}", clock(from), clock(until)),
    }
}

fn clock(at: SimTime) -> String {
    duration::text(at.since(SimTime::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::check::tests::setup;

    #[test]
    fn alarms_say_when_they_ring_and_for_whom() {
        let text = "
capacityProviders: [{name: p, instanceTypes: [c6g.xlarge]}]
daemonTaskDefinitions: [{family: agent, memory: 512, behaviour: {metrics: {errors: 1}}}]
alarms:
  - alarmName: b
    metric: {name: errors, baseline: 0.01, noise: {uniform: [-0.01, 0.01]}}
    period: 60
    evaluationPeriods: 5
    datapointsToAlarm: 3
    threshold: 0.05
    comparisonOperator: GreaterThanThreshold
    treatMissingData: breaching
    startsIn: INSUFFICIENT_DATA
  - {alarmName: a, script: [{at: 1h, state: ALARM}, {at: 2h, state: OK}]}
  - {alarmName: c, builtin: RunningTasksPercent, period: 10, evaluationPeriods: 2, threshold: 90,
     comparisonOperator: LessThanOrEqualToThreshold}
timeline:
  - at: 1h
    createDaemon: {daemonName: d, daemonTaskDefinitionArn: agent, capacityProviderArns: [p],
                   deploymentConfiguration: {alarms: {enable: true, alarmNames: [c, b]}}}
";
        assert_eq!(
            alarms(&setup(text)),
            [
                "a: OK, from 1h ALARM, from 2h OK (a script); watched by nobody",
                "b: rings when the fleet's errors + 0.01 + noise (uniform, -0.01 to 0.01) is > 0.05 in 3 of 5 periods of \
                 1m, missing ones breaching; starts in INSUFFICIENT_DATA; watched by d",
                "c: rings when RunningTasksPercent is ≤ 90 in 2 of 2 periods of 10s; watched by d",
            ]
        );
    }

    #[test]
    fn faults_say_when_where_and_what() {
        let text = "
capacityProviders: [{name: p, instanceTypes: [c6g.xlarge], capacityOptionType: SPOT}]
faults:
  - {at: 1h, for: 10m, capacityProvider: p, share: 0.5, launchFailures: {probability: 0.2}}
  - {slowLaunches: {factor: 3}}
  - {for: 1h, availabilityZone: a, slowPulls: {factor: 1.5}}
  - {at: 30m, instanceDeaths: {ratePerInstanceHour: 0.01}}
  - {spotInterruptions: {ratePerInstanceHour: 0}}
  - {at: 2h, for: 15m, availabilityZone: a, availabilityZoneOutage: {}}
  - {agentDisconnects: {ratePerInstanceHour: 2, lasts: {exponential: {mean: 5m}}}}
  - {apiThrottling: {burst: 10, perSecond: 0.5}}
  - {at: 90s, killDaemons: {count: 5}}
";
        assert_eq!(
            faults(&setup(text)),
            [
                "1h to 1h10m: launchFailures, 20 % of the calls, again after 30s, only p, 50 % of the instances",
                "always: slowLaunches, 3 times as long",
                "0s to 1h: slowPulls, 1.5 times as long, only zone a",
                "from 30m on: instanceDeaths, 0.01 an hour for each instance",
                "always: spotInterruptions, 0 an hour for each instance",
                "2h to 2h15m: availabilityZoneOutage, only zone a",
                "always: agentDisconnects, 2 an hour for each instance, each lasts exponential, mean 5m",
                "always: apiThrottling, 10 calls at once, 0.5 a second",
                "at 1m30s: killDaemons, 5 of them",
            ]
        );
    }
}
