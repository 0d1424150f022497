//! What a valid scenario means.

mod failures;

use daemonsim::kernel::{Distribution, SimDuration, SimTime};
use daemonsim::model::{CapacityProviderId, DaemonId, DaemonTaskDefinitionId, Percent, Resources};
use daemonsim::scenario::{Case, Mistakes, Override, Replications, Scenario, starter};
use daemonsim::world::setup::{Request, ScaleInAfter};

fn parse(text: &str) -> Result<Scenario, Mistakes> {
    parse_with(text, &[])
}

fn parse_with(text: &str, set: &[&str]) -> Result<Scenario, Mistakes> {
    let set: Vec<Override> = set.iter().map(|s| Override::parse(s).unwrap()).collect();
    Scenario::parse("a.yaml", text.as_bytes(), &set, &mut |_| Err("no files here".to_owned()))
}

/// The example of the format's description.
const EXAMPLE: &str = include_str!("../../tests/example.yaml");

#[test]
fn the_example_means_what_it_says() {
    let scenario = parse(EXAMPLE).unwrap_or_else(|m| panic!("{m}"));
    let setup = &scenario.setup;
    assert_eq!(setup.name, "existing-capacity-provider");
    assert_eq!(setup.cluster, "my-daemon-cluster");
    assert_eq!((setup.seed, setup.horizon), (1, SimDuration::from_secs(12 * 3600)));
    assert_eq!(setup.zones, ["a", "b", "c"]);
    assert_eq!(setup.instance_types.len(), 1);
    assert_eq!(setup.instance_types[0].capacity, Resources { cpu: 4096, memory: 8192 });
    assert_eq!(setup.instance_types[0].max_tasks, 30);
    assert_eq!(setup.instance_types[0].price_per_hour_nanos, 136_000_000);
    let provider = &setup.capacity_providers[0];
    assert_eq!(provider.scale_in_after, ScaleInAfter::After(SimDuration::from_secs(300)));
    assert_eq!((provider.max_instances, provider.spot, provider.exists), (Some(500), false, true));
    let app = &setup.task_definitions[0];
    assert_eq!(app.definition.label(), "my-app-task:1");
    assert_eq!(app.behaviour.start, Some(Distribution::constant_secs(16)));
    assert_eq!(setup.daemon_task_definitions.len(), 2);
    assert_eq!(setup.before.len(), 1);
    assert_eq!(setup.timeline[0].at, SimTime::from_ms(600_000));
    let Request::CreateDaemon { daemon, settings } = &setup.timeline[0].request else { panic!() };
    assert_eq!(*daemon, DaemonId::new(0));
    assert_eq!(settings.task_definition, DaemonTaskDefinitionId::new(0));
    assert_eq!(settings.providers, [CapacityProviderId::new(0)]);
    assert_eq!(settings.drain_percent, Percent::whole(25));
    assert_eq!(settings.bake, SimDuration::from_secs(180));
    let Request::UpdateDaemon { settings, .. } = &setup.timeline[1].request else { panic!() };
    assert_eq!(settings.task_definition, DaemonTaskDefinitionId::new(1));
    assert_eq!(settings.bake, SimDuration::ZERO);
    let dropped = scenario.warnings.iter().find(|w| w.message.contains("keeps nothing")).unwrap();
    assert!(dropped.message.contains("`bakeTimeInMinutes` was 3 and falls back to 0"), "{dropped}");
    assert!(dropped.message.contains("`alarms`"), "{dropped}");
    assert_eq!(scenario.given, ["assumptions.batchRounding", "delays.instanceLaunch"]);
}

#[test]
fn starters_are_valid() {
    for (name, case) in Case::ALL {
        let scenario = parse(starter(*case)).unwrap_or_else(|m| panic!("{name}: {m}"));
        assert_eq!(scenario.setup.name, *name);
    }
}

#[test]
fn short_names_stand_for_the_last_request() {
    let scenario = parse_with(EXAMPLE, &["my-monitoring-daemon.drainPercent=64.4"]).unwrap();
    let Request::UpdateDaemon { settings, .. } = &scenario.setup.timeline[1].request else { panic!() };
    assert_eq!(settings.drain_percent, Percent::from_billionths(64_400_000_000));
    let Request::CreateDaemon { settings, .. } = &scenario.setup.timeline[0].request else { panic!() };
    assert_eq!(settings.drain_percent, Percent::whole(25));
}

/// Compares a generated file with the one that is there, or writes it when `UPDATE_DOCS` is set.
fn fresh(path: &str, text: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(there == text, "{} is stale; UPDATE_DOCS=1 cargo test writes it anew", path.display());
}

#[test]
fn the_reference_is_fresh() {
    fresh("docs/scenario.md", &daemonsim::scenario::reference_markdown());
}

const PASTED: &str = r#"
name: pasted
cluster: arn:aws:ecs:eu-west-1:123456789012:cluster/prod
before:
  - registerTaskDefinition:
      family: app
      executionRoleArn: arn:aws:iam::123456789012:role/x
      networkMode: awsvpc
      requiresCompatibilities: [MANAGED_INSTANCES]
      cpu: "512"
      memory: 1 GB
      containerDefinitions:
        - {name: web, image: web:1, essential: true, stopTimeout: 45, logConfiguration: {logDriver: awslogs},
           healthCheck: {command: [CMD, "true"], interval: 10}}
        - {name: side, image: side:1, essential: false, healthCheck: {command: [CMD, "true"], interval: 300}}
  - registerTaskDefinition: {family: app, cpu: 256, memory: 512, behaviour: {stop: 2s}}
  - createCapacityProvider:
      name: cp
      cluster: prod
      managedInstancesProvider:
        infrastructureRoleArn: arn:aws:iam::123456789012:role/infra
        instanceLaunchTemplate:
          ec2InstanceProfileArn: arn:aws:iam::123456789012:instance-profile/x
          capacityOptionType: SPOT
          instanceRequirements:
            allowedInstanceTypes: ["c6g.*", m5.large]
            vCpuCount: {min: 2, max: 4}
            memoryMiB: {min: 8192}
        infrastructureOptimization: {scaleInAfter: -1}
        autoRepairConfiguration: {actionsStatus: DISABLED}
  - createService:
      serviceName: web
      cluster: arn:aws:ecs:eu-west-1:123456789012:cluster/prod
      taskDefinition: arn:aws:ecs:eu-west-1:123456789012:task-definition/app:1
      desiredCount: 4
      capacityProviderStrategy: [{capacityProvider: arn:aws:ecs:eu-west-1:123456789012:capacity-provider/cp}]
      networkConfiguration: {awsvpcConfiguration: {subnets: [subnet-1]}}
      tags: [{key: a, value: b}]
      loadBalancers: [{targetGroupArn: x, containerName: web, containerPort: 80}]
timeline:
  - at: 1h
    updateService: {service: arn:aws:ecs:eu-west-1:123456789012:service/prod/web, taskDefinition: app}
  - at: 30m
    registerTaskDefinition: {family: app, cpu: 128, memory: 256}
  - at: 10m
    updateService: {service: web, taskDefinition: app, desiredCount: 5}
  - {at: 2h, stopTask: {task: arn:aws:ecs:eu-west-1:123456789012:task/prod/web/t-3}}
  - {at: 2h, updateContainerInstancesState: {containerInstances: [cp/i-2], status: DRAINING}}
study: {replications: 100}
"#;

#[test]
fn bodies_of_requests_can_be_pasted() {
    let scenario = parse(PASTED).unwrap_or_else(|m| panic!("{m}"));
    let setup = &scenario.setup;
    assert_eq!(setup.cluster, "prod");
    // c6g.xlarge is the only c6g with 2 to 4 vCPUs and 8 GiB; m5.large has 8 GiB too.
    let types: Vec<&str> = setup.instance_types.iter().map(|t| t.name.as_str()).collect();
    assert_eq!(types, ["c6g.xlarge", "m5.large"]);
    let provider = &setup.capacity_providers[0];
    assert!(provider.spot && provider.exists && !provider.auto_repair);
    assert_eq!(provider.scale_in_after, ScaleInAfter::Never);
    assert_eq!(setup.zones, ["a"]);
    let first = &setup.task_definitions[0].definition;
    assert_eq!(first.resources, Resources { cpu: 512, memory: 1024 });
    assert_eq!(first.stop_timeout, SimDuration::from_secs(45));
    let check = first.health_check.unwrap();
    assert_eq!((check.interval, check.timeout), (SimDuration::from_secs(10), SimDuration::from_secs(5)));
    let exist: Vec<bool> = setup.task_definitions.iter().map(|t| t.exists).collect();
    assert_eq!(exist, [true, true, false]);
    assert_eq!(
        scenario.not_simulated,
        [
            "before[].createCapacityProvider.managedInstancesProvider.infrastructureRoleArn",
            "before[].createCapacityProvider.managedInstancesProvider.instanceLaunchTemplate.ec2InstanceProfileArn",
            "before[].createService.networkConfiguration",
            "before[].createService.tags",
            "before[].registerTaskDefinition.containerDefinitions[].healthCheck.command",
            "before[].registerTaskDefinition.containerDefinitions[].image",
            "before[].registerTaskDefinition.containerDefinitions[].logConfiguration",
            "before[].registerTaskDefinition.executionRoleArn",
            "before[].registerTaskDefinition.networkMode",
            "before[].registerTaskDefinition.requiresCompatibilities",
        ]
    );
}

#[test]
fn no_revision_is_the_latest_when_the_request_is_made() {
    let scenario = parse(PASTED).unwrap();
    let revisions: Vec<Option<usize>> = scenario
        .setup
        .timeline
        .iter()
        .filter_map(|timed| {
            let Request::UpdateService { change, .. } = &timed.request else { return None };
            Some(change.task_definition.map(|id| id.index() + 1))
        })
        .collect();
    // At 10m there are two revisions; the third is registered at 30m.
    assert_eq!(revisions, [Some(2), Some(3)]);
    let times: Vec<u64> = scenario.setup.timeline.iter().map(|timed| timed.at.as_ms() / 60_000).collect();
    assert_eq!(times, [10, 30, 60, 120, 120]);
}

#[test]
fn a_fifth_waits_for_the_kill_where_nothing_else_is_said() {
    let shares = |more: &str| {
        let text = format!(
            "name: a\n{more}\ntaskDefinitions: [{{family: x, memory: 1}}, {{family: y, memory: 1, behaviour: {{stop: 1s}}}}, \
             {{family: z, memory: 1, behaviour: {{ignoresSigterm: 0.5}}}}]\n\
             daemonTaskDefinitions: [{{family: d, memory: 1}}]"
        );
        let setup = parse(&text).unwrap_or_else(|m| panic!("{m}")).setup;
        let all = setup.task_definitions.iter().chain(&setup.daemon_task_definitions);
        all.map(|t| t.behaviour.ignores_sigterm).collect::<Vec<_>>()
    };
    assert_eq!(shares(""), [0.2, 0.0, 0.5, 0.2]);
    assert_eq!(shares("delays: {appStop: 5s}"), [0.0, 0.0, 0.5, 0.2]);
    assert_eq!(shares("delays: {daemonStop: 5s}"), [0.2, 0.0, 0.5, 0.0]);
}

#[test]
fn the_order_of_declarations_means_nothing() {
    let blocks = [
        "name: a",
        "capacityProviders: [{name: b, instanceTypes: [m5.large, c6g.large], availabilityZones: [z, y]}, {name: a, instanceTypes: [t3.large]}]",
        "taskDefinitions: [{family: q, memory: 9}, {family: p, memory: 8}, {family: q, memory: 7}]",
        "daemonTaskDefinitions: [{memory: 5, family: d}]",
        "timeline: [{at: 1s, createService: {serviceName: s, taskDefinition: q, desiredCount: 1, capacityProviderStrategy: [{capacityProvider: b}]}}]",
        "expect: {services: {s: {healthyTasks: 1, runningTasks: 1}}, cluster: {cost: 1.5, instances: 2}}",
    ];
    let other = [
        "expect: {cluster: {instances: 2, cost: 1.50}, services: {s: {runningTasks: 1, healthyTasks: 1}}}",
        "timeline: [{createService: {capacityProviderStrategy: [{capacityProvider: b}], desiredCount: 1, taskDefinition: q, serviceName: s}, at: 1000ms}]",
        "daemonTaskDefinitions: [{family: d, memory: 5}]",
        "taskDefinitions: [{family: p, memory: 8}, {family: q, memory: 9}, {family: q, memory: 7}]",
        "capacityProviders: [{instanceTypes: [t3.large], name: a}, {name: b, instanceTypes: [c6g.large, m5.large], availabilityZones: [y, z]}]",
        "name: a",
    ];
    let one = parse(&blocks.join("\n")).unwrap_or_else(|m| panic!("{m}"));
    let two = parse(&other.join("\n")).unwrap_or_else(|m| panic!("{m}"));
    assert_eq!(one.setup, two.setup);
    assert_eq!(one.expectations, two.expectations);
    let paths: Vec<&str> = one.expectations.iter().map(|e| e.path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "services.s.runningTasks.exactly",
            "services.s.healthyTasks.exactly",
            "cluster.instances.exactly",
            "cluster.cost.exactly",
        ]
    );
    assert_eq!(one.expectations[3].bound, daemonsim::record::Bound::Exactly(1_500_000_000));
}

#[test]
fn what_comes_after_the_horizon_is_warned_of() {
    let text = EXAMPLE.replace("horizon: 12h ", "horizon: 1h ");
    let warnings = parse(&text).unwrap().warnings;
    let late: Vec<&str> =
        warnings.iter().filter(|w| w.message.contains("horizon")).map(|w| w.path.as_str()).collect();
    assert_eq!(late, ["timeline[1].updateDaemon"]);
}

#[test]
fn the_schema_lets_through_what_the_reader_knows() {
    let schema: serde_json::Value = serde_json::from_str(&daemonsim::scenario::json_schema()).unwrap();
    assert_eq!(schema["$schema"], "http://json-schema.org/draft-07/schema#");
    assert_eq!(schema["required"], serde_json::json!(["name"]));
    assert_eq!(schema["additionalProperties"], false);
    let drain = &schema["definitions"]["DaemonDeployment"]["properties"]["drainPercent"];
    assert_eq!((&drain["exclusiveMinimum"], &drain["maximum"]), (&0.into(), &100.into()));
    let rounding = &schema["definitions"]["Assumptions"]["properties"]["batchRounding"];
    assert_eq!(rounding["enum"], serde_json::json!(["ceil", "floor", "halfUp"]));
    assert!(rounding["description"].as_str().unwrap().starts_with("A-01."));
}

#[test]
fn a_study_stands_in_the_file() {
    let text = r#"
name: x
study:
  vary: {delays.appStart: [10s, {lognormal: {median: 20s, p95: 45s}}], alarms: 1..2/0.5, Zone: "a,no"}
  replications: auto
  precision: 2.5%
  precisionOf: cluster.cost
  maxReplications: 500
  limits: ["services.app.runningTasks >= 80%", P(rollback) <= 1%]
  confidence: 0.99
  minimize: cluster.cost
  bad: {probability: 5%, set: {"agent:2.failsToStart": 0.3, "a.b": "no"}}
"#;
    let study = parse(text).unwrap_or_else(|m| panic!("{m}")).study;
    let axes: Vec<(&str, Vec<&str>)> = study
        .axes
        .iter()
        .map(|axis| (axis.name.as_str(), axis.values.iter().map(|v| v.label.as_str()).collect()))
        .collect();
    // By name, for the order of keys means nothing.
    assert_eq!(
        axes,
        [
            ("Zone", vec!["a", "no"]),
            ("alarms", vec!["1", "1.5", "2"]),
            ("delays.appStart", vec!["10s", r#"{"lognormal": {"median": 20s, "p95": 45s}}"#]),
        ]
    );
    assert_eq!((study.replications, study.precision), (Some(Replications::Auto), Some(0.025)));
    assert_eq!((study.precision_of.as_deref(), study.max_replications), (Some("cluster.cost"), Some(500)));
    assert_eq!(study.limits, ["services.app.runningTasks >= 80%", "P(rollback) <= 1%"]);
    assert_eq!((study.confidence, study.minimize.as_deref()), (Some(0.99), Some("cluster.cost")));
    // Text that looks like something else stays text.
    let edits: Vec<(&str, &str)> = study.bad.iter().map(|e| (e.path.as_str(), e.value.as_str())).collect();
    assert_eq!(edits, [("a.b", "no"), ("agent:2.failsToStart", "0.3")]);
    assert_eq!(study.bad_probability, Some(0.05));

    let listed = parse("name: x\nstudy: {vary: [b=1..3/1, a=x], replications: 7}").unwrap().study;
    let names: Vec<&str> = listed.axes.iter().map(|axis| axis.name.as_str()).collect();
    assert_eq!(names, ["b", "a"], "a list has an order");
    assert_eq!(listed.replications, Some(Replications::Number(7)));
}
