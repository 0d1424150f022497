//! Interrupts leave no half-written directory.

use super::Place;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A scenario that keeps a debug build busy for seconds.
const BIG: &str = "\
name: big
capacityProviders: [{name: cp, instanceTypes: [c6g.xlarge]}]
taskDefinitions: [{family: app, cpu: 512, memory: 1024}]
daemonTaskDefinitions: [{family: agent, cpu: 256, memory: 512}]
before:
  - createService:
      serviceName: app
      taskDefinition: app
      desiredCount: 40000
      capacityProviderStrategy: [{capacityProvider: cp, weight: 1}]
timeline:
  - at: 1m
    createDaemon:
      daemonName: agent
      daemonTaskDefinitionArn: agent
      capacityProviderArns: [cp]
      deploymentConfiguration: {drainPercent: 5, bakeTimeInMinutes: 0}
";

fn signal(child: &Child, name: &str) {
    // A built-in of every shell; there need not be a program of that name.
    let sent = Command::new("sh").args(["-c", &format!("kill -{name} {}", child.id())]).status().unwrap();
    assert!(sent.success());
}

fn spawn(place: &Place, args: &[&str]) -> Child {
    let mut command = place.command();
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// Waits until the run has begun to write.
fn wait_for(place: &Place, name: &str) {
    for _ in 0..2000 {
        if place.path(name).exists() {
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("{name} never came");
}

#[test]
fn an_interrupted_run_leaves_nothing() {
    let place = Place::new("interrupted");
    place.write("big.yaml", BIG);
    for (name, status) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        let child = spawn(&place, &["run", "big.yaml", "--out", "o/x"]);
        wait_for(&place, "o/.x.daemonsim-new/events.csv");
        signal(&child, name);
        let done = child.wait_with_output().unwrap();
        assert_eq!(done.status.code(), Some(status), "{done:?}");
        assert_eq!(String::from_utf8_lossy(&done.stdout), "");
        assert_eq!(place.names("."), ["big.yaml"]);
    }
}

#[test]
fn an_interrupt_while_reading_ends_at_once() {
    let place = Place::new("reading");
    let mut child = spawn(&place, &["check", "-"]);
    // Nothing outside shows that the program has begun to read; a moment is enough.
    std::thread::sleep(Duration::from_millis(300));
    assert!(child.try_wait().unwrap().is_none());
    signal(&child, "INT");
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

#[test]
fn a_killed_run_is_tidied_up_by_the_next() {
    let place = Place::with_scenario("killed");
    place.write("big.yaml", BIG);
    let mut child = spawn(&place, &["run", "big.yaml", "--out", "x"]);
    wait_for(&place, ".x.daemonsim-new/events.csv");
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(place.path(".x.daemonsim-new").exists() && !place.path("x").exists());
    assert_eq!(place.run(&["run", "a.yaml", "--out", "x"]).code, Some(0));
    assert_eq!(place.names("."), ["a.yaml", "big.yaml", "x"]);
}

#[test]
fn of_two_runs_into_one_directory_one_wins() {
    let place = Place::with_scenario("both");
    place.write("big.yaml", BIG);
    let first = spawn(&place, &["run", "big.yaml", "--out", "x"]);
    wait_for(&place, ".x.daemonsim-new/events.csv");
    let second = place.run(&["run", "a.yaml", "--out", "x"]);
    assert_eq!(second.code, Some(4), "{second:?}");
    let words = format!("error: `x` is being written by another daemonsim, process {}\n", first.id());
    assert_eq!(second.stderr, words);
    signal(&first, "INT");
    first.wait_with_output().unwrap();
    assert_eq!(place.names("."), ["a.yaml", "big.yaml"]);
}
