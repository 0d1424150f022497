//! What a valid scenario means.

use daemonsim::kernel::{Distribution, SimDuration, SimTime};
use daemonsim::model::{CapacityProviderId, DaemonId, DaemonTaskDefinitionId, Percent, Resources};
use daemonsim::scenario::{Case, Mistakes, Override, Scenario, starter};
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
    let paths: Vec<&str> = scenario.unsupported.iter().map(|d| d.path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "daemonTaskDefinitions[1].behaviour.failsToStart",
            "timeline[0].createDaemon.deploymentConfiguration.alarms.enable",
        ]
    );
    assert_eq!(scenario.given, ["assumptions.batchRounding", "delays.instanceLaunch"]);
}

#[test]
fn starters_are_valid() {
    for (name, case) in Case::ALL {
        let scenario = parse(starter(*case)).unwrap_or_else(|m| panic!("{name}: {m}"));
        assert_eq!(scenario.setup.name, *name);
        assert!(scenario.unsupported.is_empty());
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
