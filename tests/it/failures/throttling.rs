//! Services whose tasks fail to start.

use crate::story::{SERVICE, Story, constant, definition};
use daemonsim::kernel::{Id, SimTime};
use daemonsim::model::{Owner, RevisionName};
use daemonsim::record::{Fact, FactKind, Observation, Recorder};
use daemonsim::world::setup::{Request, ServiceChange};

/// Facts about tasks of the service.
#[derive(Default)]
struct Tasks(Vec<Fact>);

impl Recorder for Tasks {
    fn note(&mut self, _: SimTime, observation: Observation<'_>) {
        if let Observation::Fact(fact) = observation
            && fact.kind == FactKind::Task
            && matches!(fact.owner, Some(Owner::Service(_)))
        {
            self.0.push(*fact);
        }
    }
}

fn change_to(revision: u32) -> Request {
    let change = ServiceChange { task_definition: Some(Id::new(revision)), ..ServiceChange::default() };
    Request::UpdateService { service: SERVICE, change }
}

/// A new service deployment does not inherit the waits of the one that failed: ECS starts its tasks at once.
#[test]
fn a_service_deployment_ends_the_throttling_of_the_one_before() {
    let mut story = Story::of_instances(1);
    let mut bad = definition("app", 2, 480, 960);
    bad.behaviour.fails_to_start = 1.0;
    story.setup.task_definitions.extend([bad, definition("app", 3, 480, 960)]);
    // An hour of failures: by then each place waits for many minutes after each.
    let updated = 3_600_000;
    let story = story.at(0, change_to(1)).at(updated, change_to(2));
    let delays = &story.setup.delays;
    let running_at = updated + constant(&delays.scheduler_tick) + constant(&delays.app_start);
    let (run, tasks) = daemonsim::world::simulate(&story.setup, 0, Tasks::default());
    let third = |fact: &&Fact| fact.revision == Some(RevisionName::App(Id::new(2))) && fact.to == "RUNNING";
    let times: Vec<u64> = tasks.0.iter().filter(third).map(|fact| fact.at.as_ms()).collect();
    assert_eq!(times, [running_at; 8], "{run:#?}");
    assert_eq!(run.services[0].waiting, 0);
}
