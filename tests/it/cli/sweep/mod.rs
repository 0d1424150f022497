//! `daemonsim sweep`: the same bytes whatever happened on the way.

mod hostile;
mod resumed;
mod same;
mod shards;

use super::{Done, Place, contents};
use std::process::{Child, Stdio};

/// Four instances, and a daemon that comes to them.
const SCENARIO: &str = "\
name: small
capacityProviders: [{name: cp, instanceTypes: [c6g.xlarge]}]
taskDefinitions: [{family: app, cpu: 512, memory: 1024}]
daemonTaskDefinitions: [{family: agent, cpu: 256, memory: 512}]
before:
  - createService:
      serviceName: app
      taskDefinition: app
      desiredCount: 28
      capacityProviderStrategy: [{capacityProvider: cp, weight: 1}]
timeline:
  - at: 1m
    createDaemon:
      daemonName: agent
      daemonTaskDefinitionArn: agent
      capacityProviderArns: [cp]
      deploymentConfiguration: {drainPercent: 50, bakeTimeInMinutes: 1}
delays: {appStart: {lognormal: {median: 20s, p95: 1m30s}}}
expect: {deployments: {agent: {duration: {atMost: 8m}}}}
";

/// Two of its axes.
const DRAIN: &str = "agent.drainPercent=25,50,100";
const GAP: &str = "delays.waveGap=10s,1m";

fn place(name: &str) -> Place {
    let place = Place::new(&format!("sweep-{name}"));
    place.write("a.yaml", SCENARIO);
    place
}

/// A sweep that must work.
fn sweep(place: &Place, args: &[&str]) -> Done {
    let done = place.run(&[&["sweep"], args].concat());
    assert_eq!(done.code, Some(0), "{args:?}: {done:?}");
    done
}

fn spawn(place: &Place, args: &[&str]) -> Child {
    let mut command = place.command();
    command.arg("sweep").args(args).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// Whether two directories hold the same bytes; which file does not says the panic, not what is in it.
fn assert_same(place: &Place, one: &str, other: &str) {
    let (one, other) = (contents(&place.path(one)), contents(&place.path(other)));
    let names = |files: &[(String, Vec<u8>)]| files.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&one), names(&other));
    for ((name, one), (_, other)) in one.iter().zip(&other) {
        assert!(one == other, "{name}");
    }
}

/// The rows of a table without its header, sorted.
fn rows(place: &Place, table: &str) -> Vec<String> {
    let mut rows: Vec<String> = place.read(table).lines().skip(1).map(str::to_owned).collect();
    rows.sort();
    rows
}
