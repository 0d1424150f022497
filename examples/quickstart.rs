//! A rollout without any YAML: fill a `Setup`, simulate, look at the summary.
//!
//! ```text
//!           before                                  after: the daemon first, then the apps
//!   ┌ i-1 ┐ ┌ i-2 ┐     ┌ i-8 ┐            ┌ i-9 ─┐ ┌ i-10 ┐     ┌ i-18 ┐
//!   │     │ │     │     │     │   waves    │agent │ │agent │     │agent │
//!   │apps │ │apps │  …  │apps │  ─────►    │apps  │ │apps  │  …  │apps  │
//!   └─────┘ └─────┘     └─────┘            └──────┘ └──────┘     └──────┘
//! ```
//!
//! `cargo run --example quickstart`

#![expect(clippy::print_stdout, reason = "an example shows something")]

use daemonsim::kernel::{Id, SimDuration, SimTime};
use daemonsim::model::assumptions::Assumptions;
use daemonsim::model::{InstanceType, Percent, Resources, TaskDefinition};
use daemonsim::output::human;
use daemonsim::record::Discard;
use daemonsim::world::setup::{
    Behaviour, CapacityProviderSetup, DaemonSettings, Delays, Request, ScaleInAfter, ServiceSettings, Setup,
    StrategyItem, TaskDefinitionSetup, TimedRequest,
};

fn main() {
    let setup = sixty_four_tasks_and_a_daemon();
    // The same setup, seed and replication: the same run, on every machine.
    let (summary, _) = daemonsim::world::simulate(&setup, 0, Discard);

    let deployment = &summary.deployments[0];
    let took = deployment.duration().map_or("for ever".to_owned(), human);
    println!("{} is {} after {took}.", setup.names().deployment(deployment.name), deployment.status.word());
    println!("{} instances were replaced in {} waves:", deployment.instances_replaced, deployment.waves);
    for wave in &summary.waves {
        let took = wave.finished.map_or("for ever".to_owned(), |end| human(end.since(wave.started)));
        println!("  wave {}: {} instances, {took}", wave.wave, wave.instances);
    }
    let service = &summary.services[0];
    println!("At the fewest, {:?} of {} tasks ran.", service.min_running.unwrap_or(0), service.desired);
}

/// Lists are addressed by position: `Id::new(0)` is the first of its list.
fn sixty_four_tasks_and_a_daemon() -> Setup {
    Setup {
        name: "quickstart".into(),
        cluster: "default".into(),
        seed: 1,
        horizon: SimDuration::from_secs(24 * 3600),
        zones: vec!["a".into(), "b".into()],
        instance_types: vec![InstanceType {
            name: "c6g.xlarge".into(),
            capacity: Resources { cpu: 4096, memory: 8192 },
            max_tasks: 30,
            price_per_hour_nanos: 136_000_000,
        }],
        capacity_providers: vec![CapacityProviderSetup {
            name: "web".into(),
            instance_types: vec![Id::new(0)],
            zones: vec![Id::new(0), Id::new(1)],
            spot: false,
            scale_in_after: ScaleInAfter::After(SimDuration::from_secs(300)),
            auto_repair: true,
            max_instances: None,
            exists: true,
        }],
        task_definitions: vec![definition("shop", 512, 1024)],
        daemon_task_definitions: vec![definition("agent", 256, 512)],
        services: vec!["shop".into()],
        families: vec![],
        daemons: vec!["agent".into()],
        before: vec![Request::CreateService {
            service: Id::new(0),
            settings: ServiceSettings {
                task_definition: Id::new(0),
                desired: 64,
                strategy: vec![StrategyItem { provider: Id::new(0), base: 0, weight: 1 }],
                minimum_healthy_percent: 100,
                maximum_percent: 200,
                load_balancers: false,
                zone_rebalancing: false,
            },
        }],
        timeline: vec![TimedRequest {
            at: SimTime::from_ms(60_000),
            request: Request::CreateDaemon {
                daemon: Id::new(0),
                settings: DaemonSettings {
                    task_definition: Id::new(0),
                    providers: vec![Id::new(0)],
                    critical: true,
                    drain_percent: Percent::DEFAULT_DRAIN,
                    bake: SimDuration::from_secs(180),
                    alarms: vec![],
                },
            },
        }],
        alarms: vec![],
        faults: vec![],
        delays: Delays::default(),
        assumptions: Assumptions::default(),
    }
}

fn definition(family: &str, cpu: u32, memory: u32) -> TaskDefinitionSetup {
    TaskDefinitionSetup {
        definition: TaskDefinition {
            family: family.into(),
            revision: 1,
            resources: Resources { cpu, memory },
            stop_timeout: SimDuration::from_secs(30),
            health_check: None,
            restart_after: None,
        },
        behaviour: Behaviour::default(),
        exists: true,
    }
}
