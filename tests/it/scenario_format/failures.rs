//! What a scenario says of failures, alarms and faults, every member and every default.

use super::parse;
use daemonsim::kernel::{Distribution as D, SimDuration, SimTime};
use daemonsim::model::{
    Alarm, AlarmId, AlarmSource, AlarmState, Builtin, CapacityProviderId, Comparison, Evaluation,
    MetricSource, MissingData, ZoneId,
};
use daemonsim::scenario::Scenario;
use daemonsim::world::setup::{Behaviour, FaultKind, FaultSetup, Request, Setup};

const BASE: &str = "
name: base
horizon: 1d
capacityProviders:
  - {name: web, instanceTypes: [c6g.xlarge], availabilityZones: [a, b]}
  - {name: spot, instanceTypes: [c6g.xlarge], availabilityZones: [b], capacityOptionType: SPOT}
";

fn scenario(text: &str) -> Scenario {
    parse(&format!("{BASE}{text}")).unwrap_or_else(|m| panic!("{m}"))
}

fn setup(text: &str) -> Setup {
    scenario(text).setup
}

fn secs(seconds: u64) -> SimDuration {
    SimDuration::from_secs(seconds)
}

fn at(seconds: u64) -> SimTime {
    SimTime::ZERO + secs(seconds)
}

#[test]
fn every_part_of_a_behaviour() {
    let text = "
taskDefinitions:
  - family: app
    memory: 100
    containerDefinitions: [{healthCheck: {interval: 10}}]
    behaviour:
      start: 1s
      stop: 2s
      ignoresSigterm: 0.25
      imageMiB: 300.5
      runsFor: 1h
      failsToStart: 0.02
      crashesAfter: {exponential: {mean: 1h}}
      unhealthyAfter: {uniform: [1m, 2m]}
      affects: 0.5
      metrics: {latency: 120, errors: -0.5}
daemonTaskDefinitions:
  - {family: agent, memory: 100}
  - {family: agent, memory: 100, behaviour: {failsToStart: 1, crashesAfter: 5s}}
  - {family: agent, memory: 100, behaviour: {}}
";
    let setup = setup(text);
    assert_eq!(
        setup.task_definitions[0].behaviour,
        Behaviour {
            start: Some(D::constant_secs(1)),
            stop: Some(D::constant_secs(2)),
            ignores_sigterm: 0.25,
            image_mib: Some(300.5),
            runs_for: Some(D::constant_secs(3600)),
            fails_to_start: 0.02,
            crashes_after: Some(D::Exponential { mean: secs(3600) }),
            unhealthy_after: Some(D::Uniform { min: secs(60), max: secs(120) }),
            affects: 0.5,
            // By name.
            metrics: vec![("errors".to_owned(), -0.5), ("latency".to_owned(), 120.0)],
        }
    );
    let sound = Behaviour { ignores_sigterm: 0.2, ..Behaviour::default() };
    assert_eq!((sound.fails_to_start, sound.affects), (0.0, 1.0));
    assert_eq!(setup.daemon_task_definitions[0].behaviour, sound);
    assert_eq!(
        setup.daemon_task_definitions[1].behaviour,
        Behaviour { fails_to_start: 1.0, crashes_after: Some(D::constant_secs(5)), ..sound.clone() }
    );
    assert_eq!(setup.daemon_task_definitions[2].behaviour, sound);
}

#[test]
fn a_task_goes_on_when_all_its_essential_containers_are_restarted() {
    let after = |containers: &str| {
        let text = format!(
            "daemonTaskDefinitions: [{{family: d, memory: 9, containerDefinitions: [{containers}]}}]"
        );
        setup(&text).daemon_task_definitions[0].definition.restart_after
    };
    let restarted = "{restartPolicy: {enabled: true, ignoredExitCodes: [0]}}";
    assert_eq!(after(restarted), Some(secs(300)));
    assert_eq!(after("{restartPolicy: {enabled: true, restartAttemptPeriod: 60}}"), Some(secs(60)));
    let longer = "{restartPolicy: {enabled: true, restartAttemptPeriod: 1800}}";
    assert_eq!(after(&format!("{restarted}, {longer}")), Some(secs(1800)));
    assert_eq!(after(&format!("{restarted}, {{}}")), None);
    assert_eq!(after(&format!("{restarted}, {{restartPolicy: {{enabled: false}}}}")), None);
    assert_eq!(after(&format!("{restarted}, {{essential: false}}")), Some(secs(300)));
    let side = "{essential: false, restartPolicy: {enabled: true, restartAttemptPeriod: 1800}}";
    assert_eq!(after(&format!("{restarted}, {side}")), Some(secs(300)));
    assert_eq!(after("{}"), None);
    assert_eq!(after(""), None);
}

const ALARMS: &str = "
daemonTaskDefinitions: [{family: agent, memory: 100, behaviour: {metrics: {errors: 1}}}]
alarms:
  - alarmName: zeta
    metric: {name: errors, baseline: 0.25, noise: {triangular: {min: -0.5, mode: 0, max: 0.5}}}
    period: 300
    evaluationPeriods: 5
    datapointsToAlarm: 3
    threshold: -1.5
    comparisonOperator: LessThanOrEqualToThreshold
    treatMissingData: ignore
    startsIn: INSUFFICIENT_DATA
  - alarmName: alpha
    builtin: WithoutDaemonPercent
    period: 10
    evaluationPeriods: 2
    threshold: 5
    comparisonOperator: GreaterThanThreshold
  - alarmName: arn:aws:cloudwatch:eu-west-1:123456789012:alarm:mid
    script: [{at: 1h, state: ALARM}, {at: 90m, state: OK}]
  - {alarmName: plain, metric: {name: errors}, period: 60, evaluationPeriods: 1, threshold: 0,
     comparisonOperator: GreaterThanOrEqualToThreshold}
";

#[test]
fn alarms_are_there_by_name() {
    let setup = setup(ALARMS);
    let alarm = |name: &str, starts_in, source| Alarm { name: name.to_owned(), starts_in, source };
    let errors = |baseline, noise| MetricSource::Contributions { name: "errors".to_owned(), baseline, noise };
    assert_eq!(
        setup.alarms,
        [
            alarm(
                "alpha",
                AlarmState::Ok,
                AlarmSource::Metric(
                    MetricSource::Builtin(Builtin::WithoutDaemon),
                    Evaluation {
                        period: secs(10),
                        evaluation_periods: 2,
                        datapoints_to_alarm: 2,
                        threshold: 5.0,
                        comparison: Comparison::Above,
                        missing: MissingData::Missing,
                    }
                )
            ),
            alarm(
                "mid",
                AlarmState::Ok,
                AlarmSource::Script(vec![(at(3600), AlarmState::Alarm), (at(5400), AlarmState::Ok)])
            ),
            alarm(
                "plain",
                AlarmState::Ok,
                AlarmSource::Metric(
                    errors(0.0, None),
                    Evaluation {
                        period: secs(60),
                        evaluation_periods: 1,
                        datapoints_to_alarm: 1,
                        threshold: 0.0,
                        comparison: Comparison::AtLeast,
                        missing: MissingData::Missing,
                    }
                )
            ),
            alarm(
                "zeta",
                AlarmState::InsufficientData,
                AlarmSource::Metric(
                    errors(0.25, Some(D::Triangular { min: -0.5, mode: 0.0, max: 0.5 })),
                    Evaluation {
                        period: secs(300),
                        evaluation_periods: 5,
                        datapoints_to_alarm: 3,
                        threshold: -1.5,
                        comparison: Comparison::AtMost,
                        missing: MissingData::Ignore,
                    }
                )
            ),
        ]
    );
}

#[test]
fn noise_may_be_negative_and_of_any_kind() {
    let noise = |law: &str| {
        let text = ALARMS.replace("{triangular: {min: -0.5, mode: 0, max: 0.5}}", law);
        let AlarmSource::Metric(MetricSource::Contributions { noise, .. }, _) =
            setup(&text).alarms[3].source.clone()
        else {
            panic!("zeta has a metric")
        };
        noise.unwrap()
    };
    assert_eq!(noise("-0.25"), D::Constant(-0.25));
    assert_eq!(noise("{uniform: [-0.01, 0.01]}"), D::Uniform { min: -0.01, max: 0.01 });
    assert_eq!(noise("{empirical: [0.5, -1, 0.25]}"), D::Empirical([-1.0, 0.25, 0.5].into()));
    assert_eq!(noise("{exponential: {mean: 0.125}}"), D::Exponential { mean: 0.125 });
    assert_eq!(noise("{lognormal: {median: 0.5, p95: 2}}"), D::Lognormal { median: 0.5, p95: 2.0 });
    assert_eq!(noise("{weibull: {shape: 2, scale: 0.5}}"), D::Weibull { shape: 2.0, scale: 0.5 });
    assert_eq!(
        noise("{mixture: [{weight: 9, of: 0}, {weight: 1, of: {uniform: [-2, -1]}}]}"),
        D::Mixture(vec![(9.0, D::Constant(0.0)), (1.0, D::Uniform { min: -2.0, max: -1.0 })])
    );
}

#[test]
fn deployments_watch_alarms_in_the_order_of_the_request() {
    let watched = |alarms: &str| {
        let timeline = format!(
            "timeline: [{{at: 1h, createDaemon: {{daemonName: d, daemonTaskDefinitionArn: agent, \
             capacityProviderArns: [web], deploymentConfiguration: {{bakeTimeInMinutes: 60, alarms: {alarms}}}}}}}]"
        );
        let scenario = scenario(&format!("{ALARMS}{timeline}"));
        let Request::CreateDaemon { settings, .. } = &scenario.setup.timeline[0].request else { panic!() };
        let ids: Vec<usize> = settings.alarms.iter().map(|id: &AlarmId| id.index()).collect();
        let warnings: Vec<String> = scenario.warnings.iter().map(|w| w.message.clone()).collect();
        (ids, warnings.join("\n"))
    };
    assert_eq!(watched("{enable: true, alarmNames: [zeta, alpha]}").0, [3, 0]);
    let twice = watched("{enable: true, alarmNames: [zeta, alpha, zeta]}");
    assert!(twice.0 == [3, 0] && twice.1.contains("the alarm is named twice"), "{twice:?}");
    let arn = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:alpha";
    assert_eq!(watched(&format!("{{enable: true, alarmNames: ['{arn}']}}")).0, [0]);
    for off in ["{enable: false, alarmNames: [alpha]}", "{alarmNames: [alpha]}"] {
        let off = watched(off);
        assert!(off.0.is_empty() && off.1.contains("these alarms are not watched"), "{off:?}");
    }
    let none = watched("{enable: true, alarmNames: []}");
    assert!(none.0.is_empty() && none.1.contains("no alarm is named"), "{none:?}");
}

#[test]
fn an_update_that_names_no_alarms_watches_none() {
    let request = |kind: &str, rest: &str| {
        format!("{kind}: {{daemonTaskDefinitionArn: agent, capacityProviderArns: [web], {rest}}}")
    };
    let created = request(
        "createDaemon",
        "daemonName: d, deploymentConfiguration: {alarms: {enable: true, alarmNames: [mid]}}",
    );
    let updated = request("updateDaemon", "daemonArn: d");
    let scenario = scenario(&format!("{ALARMS}before: [{{{created}}}]\ntimeline: [{{at: 1s, {updated}}}]"));
    let Request::CreateDaemon { settings, .. } = &scenario.setup.before[0] else { panic!() };
    assert_eq!(settings.alarms, [AlarmId::new(1)]);
    let Request::UpdateDaemon { settings, .. } = &scenario.setup.timeline[0].request else { panic!() };
    assert!(settings.alarms.is_empty());
    assert!(
        scenario.warnings.iter().any(|w| w.message.contains("`alarms` were enabled and fall back to none"))
    );
}

#[test]
fn a_script_says_what_changes() {
    let text = "alarms: [{alarmName: x, startsIn: ALARM, script: [{at: 0s, state: ALARM}, {at: 1s, state: OK}, \
                {at: 2s, state: OK}, {at: 3s, state: ALARM}]}]";
    let scenario = scenario(text);
    let states = vec![(at(1), AlarmState::Ok), (at(3), AlarmState::Alarm)];
    assert_eq!(scenario.setup.alarms[0].source, AlarmSource::Script(states));
    let same: Vec<&str> = scenario
        .warnings
        .iter()
        .filter(|w| w.message == "the alarm is in this state already")
        .map(|w| w.path.as_str())
        .collect();
    assert_eq!(same, ["alarms[0].script[0].state", "alarms[0].script[2].state"]);
}

#[test]
fn every_kind_of_fault() {
    let text = "
faults:
  - {at: 1h, for: 10m, capacityProvider: web, availabilityZone: b, share: 0.5,
     launchFailures: {probability: 0.25, retryAfter: {uniform: [10s, 20s]}}}
  - {launchFailures: {probability: 0}}
  - {slowLaunches: {factor: 3}}
  - {slowPulls: {factor: 0.5}}
  - {instanceDeaths: {ratePerInstanceHour: 0}}
  - {capacityProvider: spot, spotInterruptions: {ratePerInstanceHour: 0.05}}
  - {availabilityZone: a, availabilityZoneOutage: {}}
  - {agentDisconnects: {ratePerInstanceHour: 2, lasts: 5m}}
  - {apiThrottling: {burst: 100, perSecond: 8.5}}
  - {at: 2h, killDaemons: {count: 3}}
";
    let always = |kind| FaultSetup {
        from: SimTime::ZERO,
        until: SimTime::MAX,
        provider: None,
        zone: None,
        share: 1.0,
        kind,
    };
    // Providers and zones are numbered by name: spot, web; a, b.
    let (spot, web) = (Some(CapacityProviderId::new(0)), Some(CapacityProviderId::new(1)));
    assert_eq!(
        setup(text).faults,
        [
            FaultSetup {
                from: at(3600),
                until: at(4200),
                provider: web,
                zone: Some(ZoneId::new(1)),
                share: 0.5,
                kind: FaultKind::LaunchFailures {
                    probability: 0.25,
                    retry_after: D::Uniform { min: secs(10), max: secs(20) },
                },
            },
            always(FaultKind::LaunchFailures { probability: 0.0, retry_after: D::constant_secs(30) }),
            always(FaultKind::SlowLaunches { factor: 3.0 }),
            always(FaultKind::SlowPulls { factor: 0.5 }),
            always(FaultKind::InstanceDeaths { rate_per_hour: 0.0 }),
            FaultSetup { provider: spot, ..always(FaultKind::SpotInterruptions { rate_per_hour: 0.05 }) },
            FaultSetup { zone: Some(ZoneId::new(0)), ..always(FaultKind::AvailabilityZoneOutage) },
            always(FaultKind::AgentDisconnects { rate_per_hour: 2.0, lasts: D::constant_secs(300) }),
            always(FaultKind::ApiThrottling { burst: 100, per_second: 8.5 }),
            FaultSetup { from: at(7200), ..always(FaultKind::KillDaemons { count: 3 }) },
        ]
    );
}

#[test]
fn windows_that_reach_beyond_the_clock_last_to_the_end() {
    let fault = |window: &str| {
        let faults = setup(&format!("faults: [{{{window}, slowLaunches: {{factor: 2}}}}]")).faults;
        (faults[0].from, faults[0].until)
    };
    assert_eq!(fault("at: 5s"), (at(5), SimTime::MAX));
    assert_eq!(fault("for: 5s"), (at(0), at(5)));
    assert_eq!(fault("at: 5s, for: 0s"), (at(5), at(5)));
    let far = 106_751 * 86_400;
    assert_eq!(fault("at: 106751d, for: 106751d"), (at(far), at(2 * far)));
}

/// Those of the reference are as valid as those in `scenarios/`, and nothing about them needs a warning.
#[test]
fn examples_of_the_reference_are_valid() {
    let reference = daemonsim::scenario::reference_markdown();
    let examples: Vec<&str> =
        reference.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert_eq!(examples.len(), 3);
    let agent =
        "daemonTaskDefinitions: [{family: agent, memory: 9, behaviour: {metrics: {errorRate: 0.04}}}]\n";
    let timeline = "timeline: [{at: 1h, createDaemon: {daemonName: d, daemonTaskDefinitionArn: agent, \
                    capacityProviderArns: [web]}}]\n";
    for example in examples {
        let agent = if example.contains("daemonTaskDefinitions") { "" } else { agent };
        let scenario = scenario(&format!("{timeline}{agent}{example}"));
        let surprise = scenario.warnings.iter().find(|w| !w.message.contains("SPOT instances"));
        assert!(surprise.is_none(), "{example}\n{surprise:?}");
    }
}
