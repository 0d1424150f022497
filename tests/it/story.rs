//! A builder that says only what matters of a scenario.

use daemonsim::kernel::{Distribution, Id, SimDuration, SimTime};
use daemonsim::model::assumptions::Assumptions;
use daemonsim::model::{
    CapacityProviderId, DaemonId, InstanceType, Percent, Resources, ServiceId, TaskDefinition,
};
use daemonsim::record::{Discard, RunSummary};
use daemonsim::world::setup::{
    Behaviour, CapacityProviderSetup, DaemonSettings, Delays, Request, ScaleInAfter, ServiceSettings, Setup,
    StrategyItem, TaskDefinitionSetup, TimedRequest,
};

/// Every delay constant, each a different number of milliseconds, so that none can stand in for another.
pub(crate) fn constant_delays() -> Delays {
    let c = |ms| Distribution::Constant(SimDuration::from_ms(ms));
    Delays {
        deploy_decision: c(30_011),
        drain_react: c(35_003),
        provision_decision: c(4_001),
        instance_launch: c(20_017),
        daemon_start: c(14_029),
        image_pull_per_mib: c(40),
        image_pull_fixed: c(1_000),
        instance_active: c(3_037),
        app_start: c(16_041),
        app_start_warm: c(6_007),
        health_wait: c(40_053),
        scheduler_tick: c(5_059),
        lb_deregistration: c(300_000),
        app_stop: c(7_067),
        daemon_stop: c(2_083),
        terminate: c(45_101),
        wave_gap: c(15_107),
        stop_detect: c(10_061),
        alarm_poll: c(30_089),
        success_check: c(60_113),
    }
}

/// How long one instance takes from DRAINING to gone: the sum of contract 2.1, worked out here.
pub(crate) fn cycle(delays: &Delays) -> u64 {
    [
        &delays.drain_react,
        &delays.provision_decision,
        &delays.instance_launch,
        &delays.daemon_start,
        &delays.instance_active,
        &delays.app_start,
        &delays.health_wait,
        &delays.scheduler_tick,
        &delays.app_stop,
        &delays.daemon_stop,
        &delays.terminate,
    ]
    .iter()
    .map(|law| constant(law))
    .sum()
}

/// A constant's milliseconds.
pub(crate) fn constant(law: &Distribution) -> u64 {
    let Distribution::Constant(time) = law else { panic!("{law:?} is not constant") };
    time.as_ms()
}

/// One provider full of one service's tasks, eight an instance, and one daemon.
pub(crate) struct Story {
    pub(crate) setup: Setup,
}

pub(crate) const PROVIDER: CapacityProviderId = Id::new(0);
pub(crate) const SERVICE: ServiceId = Id::new(0);
pub(crate) const DAEMON: DaemonId = Id::new(0);

impl Story {
    /// `n` instances, each full of eight tasks beside the daemon of revision 1.
    pub(crate) fn of_instances(n: u32) -> Story {
        let app = definition("app", 1, 480, 960);
        let setup = Setup {
            name: "story".into(),
            cluster: "default".into(),
            seed: 1,
            horizon: SimDuration::from_secs(13 * 24 * 3600),
            zones: vec!["a".into(), "b".into(), "c".into()],
            instance_types: vec![InstanceType {
                name: "c6g.xlarge".into(),
                capacity: Resources { cpu: 4096, memory: 8192 },
                max_tasks: 30,
                price_per_hour_nanos: 136_000_000,
            }],
            capacity_providers: vec![provider("cp")],
            task_definitions: vec![app],
            daemon_task_definitions: vec![definition("agent", 1, 256, 512), definition("agent", 2, 256, 512)],
            services: vec!["app".into()],
            families: vec![],
            daemons: vec!["agent".into()],
            before: vec![
                Request::CreateService { service: SERVICE, settings: service(8 * n) },
                Request::CreateDaemon { daemon: DAEMON, settings: daemon(0, 25) },
            ],
            timeline: vec![],
            alarms: vec![],
            faults: vec![],
            delays: constant_delays(),
            assumptions: Assumptions::default(),
        };
        Story { setup }
    }

    /// `n` instances, each full of one large task beside the daemon: the same rollout with fewer things to move.
    pub(crate) fn of_large_tasks(n: u32) -> Story {
        let mut story = Story::of_instances(n);
        story.setup.task_definitions[0] = definition("app", 1, 4096 - 256, 8192 - 512);
        story.setup.before[0] = Request::CreateService { service: SERVICE, settings: service(n) };
        story
    }

    /// Reads open questions differently.
    pub(crate) fn assuming(mut self, change: impl FnOnce(&mut Assumptions)) -> Story {
        change(&mut self.setup.assumptions);
        self
    }

    /// A request at a time in milliseconds.
    pub(crate) fn at(mut self, ms: u64, request: Request) -> Story {
        self.setup.timeline.push(TimedRequest { at: SimTime::from_ms(ms), request });
        self
    }

    /// An update of the daemon to revision 2 at 0, with these settings.
    pub(crate) fn update(self, percent: Percent, bake: SimDuration) -> Story {
        let settings = DaemonSettings { drain_percent: percent, bake, ..daemon(1, 25) };
        self.at(0, Request::UpdateDaemon { daemon: DAEMON, settings })
    }

    /// Runs it.
    pub(crate) fn run(&self) -> RunSummary {
        daemonsim::world::simulate(&self.setup, 0, Discard).0
    }
}

pub(crate) fn provider(name: &str) -> CapacityProviderSetup {
    CapacityProviderSetup {
        name: name.into(),
        instance_types: vec![Id::new(0)],
        zones: vec![Id::new(0), Id::new(1), Id::new(2)],
        spot: false,
        scale_in_after: ScaleInAfter::Never,
        auto_repair: true,
        max_instances: None,
        exists: true,
    }
}

pub(crate) fn definition(family: &str, revision: u32, cpu: u32, memory: u32) -> TaskDefinitionSetup {
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

pub(crate) fn service(desired: u32) -> ServiceSettings {
    ServiceSettings {
        task_definition: Id::new(0),
        desired,
        strategy: vec![StrategyItem { provider: PROVIDER, base: 0, weight: 1 }],
        minimum_healthy_percent: 100,
        maximum_percent: 200,
        load_balancers: false,
        zone_rebalancing: false,
    }
}

pub(crate) fn daemon(definition: u32, percent: u64) -> DaemonSettings {
    DaemonSettings {
        task_definition: Id::new(definition),
        providers: vec![PROVIDER],
        critical: true,
        drain_percent: Percent::whole(percent),
        bake: SimDuration::ZERO,
        alarms: vec![],
    }
}

pub(crate) const OTHER_PROVIDER: CapacityProviderId = Id::new(1);
pub(crate) const OTHER_SERVICE: ServiceId = Id::new(1);

/// A second provider, full of a second service's tasks; the daemon is on both.
pub(crate) fn two_providers(first: u32, second: u32) -> Story {
    let mut story = Story::of_instances(first);
    story.setup.capacity_providers.push(provider("other"));
    story.setup.services.push("other".into());
    let settings = ServiceSettings {
        strategy: vec![StrategyItem { provider: OTHER_PROVIDER, base: 0, weight: 1 }],
        ..service(8 * second)
    };
    story.setup.before.insert(1, Request::CreateService { service: OTHER_SERVICE, settings });
    if let Some(Request::CreateDaemon { settings, .. }) = story.setup.before.last_mut() {
        settings.providers.push(OTHER_PROVIDER);
    }
    story
}
