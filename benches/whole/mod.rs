//! A whole rollout: a fleet full of one service's tasks, eight an instance, whose daemon is updated in four waves.

use daemonsim::kernel::{Distribution, Id, SimDuration, SimTime};
use daemonsim::model::assumptions::Assumptions;
use daemonsim::model::{InstanceType, Percent, Resources, TaskDefinition};
use daemonsim::record::RunSummary;
use daemonsim::world::setup::{
    Behaviour, CapacityProviderSetup, DaemonSettings, Delays, Request, ScaleInAfter, ServiceSettings, Setup,
    StrategyItem, TaskDefinitionSetup, TimedRequest,
};

/// Whether delays are drawn.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Weather {
    /// Every delay is constant: what the model itself costs.
    Constant,
    /// The default delays: each is drawn from its own stream, and hardly two things happen at one instant.
    Random,
}

impl Weather {
    /// Both.
    pub(crate) const ALL: [Weather; 2] = [Weather::Constant, Weather::Random];

    /// As the tables call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Weather::Constant => "constant",
            Weather::Random => "random",
        }
    }

    fn delays(self) -> Delays {
        let c = Distribution::constant_secs;
        match self {
            Weather::Random => Delays::default(),
            Weather::Constant => Delays {
                deploy_decision: c(30),
                drain_react: c(35),
                provision_decision: c(4),
                instance_launch: c(20),
                daemon_start: c(14),
                instance_active: c(3),
                app_start: c(16),
                health_wait: c(40),
                scheduler_tick: c(5),
                app_stop: c(5),
                daemon_stop: c(5),
                terminate: c(45),
                wave_gap: c(15),
                success_check: c(30),
                ..Delays::default()
            },
        }
    }
}

/// The rollout of `instances` instances.
pub(crate) fn rollout(instances: u32, weather: Weather) -> Setup {
    let provider = Id::new(0);
    let service = ServiceSettings {
        task_definition: Id::new(0),
        desired: 8 * instances,
        strategy: vec![StrategyItem { provider, base: 0, weight: 1 }],
        minimum_healthy_percent: 100,
        maximum_percent: 200,
        load_balancers: false,
        zone_rebalancing: false,
    };
    let daemon = |revision| DaemonSettings {
        task_definition: Id::new(revision),
        providers: vec![provider],
        critical: true,
        drain_percent: Percent::whole(25),
        bake: SimDuration::ZERO,
        alarms: vec![],
    };
    Setup {
        name: "rollout".into(),
        cluster: "default".into(),
        seed: 1,
        horizon: SimDuration::from_secs(7 * 24 * 3600),
        zones: vec!["a".into(), "b".into(), "c".into()],
        instance_types: vec![InstanceType {
            name: "c6g.xlarge".into(),
            capacity: Resources { cpu: 4096, memory: 8192 },
            max_tasks: 30,
            price_per_hour_nanos: 136_000_000,
        }],
        capacity_providers: vec![CapacityProviderSetup {
            name: "provider".into(),
            instance_types: vec![Id::new(0)],
            zones: vec![Id::new(0), Id::new(1), Id::new(2)],
            spot: false,
            scale_in_after: ScaleInAfter::Never,
            auto_repair: true,
            max_instances: None,
            exists: true,
        }],
        task_definitions: vec![definition("app", 1, 480, 960)],
        daemon_task_definitions: vec![definition("agent", 1, 256, 512), definition("agent", 2, 256, 512)],
        services: vec!["app".into()],
        families: vec![],
        daemons: vec!["agent".into()],
        before: vec![
            Request::CreateService { service: Id::new(0), settings: service },
            Request::CreateDaemon { daemon: Id::new(0), settings: daemon(0) },
        ],
        timeline: vec![TimedRequest {
            at: SimTime::ZERO,
            request: Request::UpdateDaemon { daemon: Id::new(0), settings: daemon(1) },
        }],
        alarms: vec![],
        faults: vec![],
        delays: weather.delays(),
        assumptions: Assumptions::default(),
    }
}

fn definition(family: &str, revision: u32, cpu: u32, memory: u32) -> TaskDefinitionSetup {
    TaskDefinitionSetup {
        definition: TaskDefinition {
            family: family.into(),
            revision,
            resources: Resources { cpu, memory },
            stop_timeout: SimDuration::from_secs(30),
            health_check: None,
            restart_after: None,
        },
        behaviour: Behaviour::default(),
        exists: true,
    }
}

/// Whether the run did what it is measured for: all instances replaced, all tasks moved once.
pub(crate) fn is_whole(run: &RunSummary, instances: u32) -> bool {
    let deployment = &run.deployments[0];
    deployment.instances_replaced == instances && deployment.tasks_moved == 8 * instances
}
