//! Makes up scenarios: fleets, services, daemons, timelines and readings of open questions, each feature switched
//! on or off by itself.

use super::story::{constant_delays, definition, provider, service};
use daemonsim::kernel::{Distribution, Id, SimDuration, SimTime};
use daemonsim::model::assumptions::{
    Assumptions, BakePosition, BatchBase, BatchDenominator, BatchRounding, ConcurrentDaemons,
    DaemonReadyGate, DaemonStopAfter, EmptyCapacityProvider, MidRolloutLaunches, NonCriticalGate,
    ProtectionOnDrain, Replacement, StandaloneOnDrain, Supersede, VictimOrder, WaveMode,
};
use daemonsim::model::{HealthCheck, InstanceName, InstanceType, Owner, Percent, Resources, TaskName};
use daemonsim::world::setup::{
    DaemonSettings, Delays, Request, ScaleInAfter, ServiceChange, ServiceSettings, Setup, StrategyItem,
    TimedRequest,
};

/// A plain generator of its own: the simulator's is under test.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(crate) fn up_to(&mut self, most: u64) -> u64 {
        self.next() % (most + 1)
    }

    pub(crate) fn between(&mut self, least: u64, most: u64) -> u64 {
        least + self.up_to(most - least)
    }

    pub(crate) fn often(&mut self, percent: u64) -> bool {
        self.up_to(99) < percent
    }

    pub(crate) fn of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.up_to(all.len() as u64 - 1) as usize].clone()
    }

    pub(crate) fn reading<T: Copy>(&mut self, all: &[(&str, T)]) -> T {
        // Half of the time the default.
        if self.often(50) { all[0].1 } else { all[self.up_to(all.len() as u64 - 1) as usize].1 }
    }
}

/// A made-up scenario.
pub(crate) fn setup(seed: u64) -> Setup {
    let mut dice = Dice::new(seed);
    let d = &mut dice;
    let providers = d.between(1, 2) as u32;
    let services = d.between(1, 3) as u32;
    let daemons = d.between(1, 2) as u32;
    let families = u32::from(d.often(40));
    let mut setup = Setup {
        name: "made-up".into(),
        cluster: "default".into(),
        seed,
        horizon: SimDuration::from_secs(13 * 24 * 3600),
        zones: vec!["a".into(), "b".into(), "c".into()],
        instance_types: vec![kind("c6g.large", 2048, 4096, 68), kind("c6g.xlarge", 4096, 8192, 136)],
        capacity_providers: (0..providers).map(|p| made_up_provider(d, p)).collect(),
        task_definitions: (1..=3)
            .map(|r| definition("app", r, d.of(&[0, 128, 256, 500, 1024]), d.of(&[128, 512, 900])))
            .collect(),
        daemon_task_definitions: (1..=2)
            .map(|r| definition("agent", r, d.of(&[0, 64, 256]), d.of(&[64, 256])))
            .collect(),
        services: (0..services).map(|s| format!("service-{s}")).collect(),
        families: (0..families).map(|f| format!("job-{f}")).collect(),
        daemons: (0..daemons).map(|s| format!("daemon-{s}")).collect(),
        before: vec![],
        timeline: vec![],
        alarms: vec![],
        faults: vec![],
        delays: delays(d),
        assumptions: assumptions(d),
    };
    for definition in &mut setup.daemon_task_definitions {
        definition.definition.health_check = d.often(30).then(check);
    }
    for definition in &mut setup.task_definitions {
        definition.definition.health_check = d.often(20).then(check);
        definition.behaviour.image_mib = d.often(20).then_some(100.0);
        definition.behaviour.runs_for = Some(Distribution::constant_secs(d.between(1, 4000)));
    }
    let mut in_service = Vec::new();
    for s in 0..services {
        let settings = service_settings(d, providers);
        if d.often(70) {
            setup.before.push(Request::CreateService { service: Id::new(s), settings });
            in_service.push(s);
        } else {
            let at = d.up_to(4_000_000);
            setup.timeline.push(at_ms(at, Request::CreateService { service: Id::new(s), settings }));
        }
    }
    for n in 0..daemons {
        let request = Request::CreateDaemon { daemon: Id::new(n), settings: daemon_settings(d, providers) };
        if d.often(60) {
            setup.before.push(request);
        } else {
            let at = d.up_to(2_000_000);
            setup.timeline.push(at_ms(at, request));
        }
    }
    for _ in 0..d.up_to(8) {
        let at = d.up_to(6_000_000);
        let request = made_up_request(d, &setup, providers);
        setup.timeline.push(at_ms(at, request));
    }
    setup.timeline.sort_by_key(|timed| timed.at);
    setup
}

fn at_ms(ms: u64, request: Request) -> TimedRequest {
    // Round times often, so that requests fall together.
    let ms = if ms.is_multiple_of(3) { ms / 600_000 * 600_000 } else { ms };
    TimedRequest { at: SimTime::from_ms(ms), request }
}

fn kind(name: &str, cpu: u32, memory: u32, price: u64) -> InstanceType {
    InstanceType {
        name: name.into(),
        capacity: Resources { cpu, memory },
        max_tasks: 10,
        price_per_hour_nanos: price * 1_000_000,
    }
}

fn check() -> HealthCheck {
    HealthCheck {
        interval: SimDuration::from_secs(10),
        timeout: SimDuration::from_secs(5),
        retries: 3,
        start_period: SimDuration::ZERO,
    }
}

fn made_up_provider(d: &mut Dice, at: u32) -> daemonsim::world::setup::CapacityProviderSetup {
    let mut row = provider(&format!("cp-{at}"));
    row.zones.truncate(d.between(1, 3) as usize);
    row.instance_types = d.of(&[vec![Id::new(0)], vec![Id::new(1)], vec![Id::new(0), Id::new(1)]]);
    row.scale_in_after = d.of(&[
        ScaleInAfter::Never,
        ScaleInAfter::Heuristic,
        ScaleInAfter::After(SimDuration::ZERO),
        ScaleInAfter::After(SimDuration::from_secs(60)),
    ]);
    row
}

fn delays(d: &mut Dice) -> Delays {
    match d.up_to(3) {
        0 => Delays::default(),
        1 => {
            let zero = Distribution::Constant(SimDuration::ZERO);
            // Everything at once, but for what keeps two things apart.
            Delays {
                drain_react: zero.clone(),
                provision_decision: zero.clone(),
                instance_launch: zero.clone(),
                daemon_start: zero.clone(),
                instance_active: zero.clone(),
                app_start: zero.clone(),
                app_start_warm: zero.clone(),
                health_wait: zero.clone(),
                scheduler_tick: zero.clone(),
                app_stop: zero.clone(),
                daemon_stop: zero.clone(),
                wave_gap: zero.clone(),
                terminate: zero,
                ..constant_delays()
            }
        }
        2 => {
            let one = Distribution::constant_secs(1);
            Delays {
                drain_react: one.clone(),
                app_start: one.clone(),
                app_stop: one.clone(),
                terminate: one,
                ..constant_delays()
            }
        }
        _ => constant_delays(),
    }
}

fn assumptions(d: &mut Dice) -> Assumptions {
    Assumptions {
        batch_rounding: d.reading(BatchRounding::ALL),
        batch_denominator: d.reading(BatchDenominator::ALL),
        batch_base: d.reading(BatchBase::ALL),
        wave_mode: d.reading(WaveMode::ALL),
        replacement: d.reading(Replacement::ALL),
        empty_capacity_provider: d.reading(EmptyCapacityProvider::ALL),
        added_provider_rolls_others: d.often(50),
        mid_rollout_launches: d.reading(MidRolloutLaunches::ALL),
        victim_order: d.reading(VictimOrder::ALL),
        bake: d.reading(BakePosition::ALL),
        supersede: d.reading(Supersede::ALL),
        concurrent_daemons: d.reading(ConcurrentDaemons::ALL),
        daemon_ready_gate: d.reading(DaemonReadyGate::ALL),
        non_critical_gate: d.reading(NonCriticalGate::ALL),
        max_counts_stopping: d.often(50),
        standalone_on_drain: d.reading(StandaloneOnDrain::ALL),
        protection_on_drain: d.reading(ProtectionOnDrain::ALL),
        drain_deadline: d.of(&[SimDuration::from_secs(7 * 24 * 3600), SimDuration::from_secs(120)]),
        daemon_stop_after: d.reading(DaemonStopAfter::ALL),
        ..Assumptions::default()
    }
}

fn strategy(d: &mut Dice, providers: u32) -> Vec<StrategyItem> {
    if providers == 2 && d.often(40) {
        return vec![
            StrategyItem { provider: Id::new(0), base: d.up_to(3) as u32, weight: d.between(1, 3) as u32 },
            StrategyItem { provider: Id::new(1), base: 0, weight: d.up_to(2) as u32 },
        ];
    }
    vec![StrategyItem { provider: Id::new(d.up_to(u64::from(providers) - 1) as u32), base: 0, weight: 1 }]
}

fn service_settings(d: &mut Dice, providers: u32) -> ServiceSettings {
    // Bounds that let a drain go on: one more than desired, or one less, is always allowed.
    let (least, most) = d.of(&[(100, 200), (50, 200), (0, 200), (0, 100), (50, 150), (75, 200)]);
    ServiceSettings {
        task_definition: Id::new(d.up_to(2) as u32),
        strategy: strategy(d, providers),
        minimum_healthy_percent: least,
        maximum_percent: most,
        load_balancers: d.often(15),
        zone_rebalancing: d.often(20),
        ..service(d.of(&[0, 1, 2, 5, 12, 30]))
    }
}

fn daemon_settings(d: &mut Dice, providers: u32) -> DaemonSettings {
    let mut on: Vec<_> = (0..providers).map(Id::new).collect();
    if providers == 2 && d.often(50) {
        on.remove(d.up_to(1) as usize);
    }
    DaemonSettings {
        task_definition: Id::new(d.up_to(1) as u32),
        providers: on,
        critical: d.often(75),
        drain_percent: Percent::from_billionths(d.of(&[
            100,
            10_000_000_000,
            25_000_000_000,
            33_300_000_000,
            100_000_000_000,
        ])),
        bake: SimDuration::from_secs(d.of(&[0, 0, 60, 300])),
        alarms: vec![],
    }
}

fn made_up_request(d: &mut Dice, setup: &Setup, providers: u32) -> Request {
    let daemon = Id::new(d.up_to(setup.daemons.len() as u64 - 1) as u32);
    let service = Id::new(d.up_to(setup.services.len() as u64 - 1) as u32);
    match d.up_to(11) {
        0..=3 => Request::UpdateDaemon { daemon, settings: daemon_settings(d, providers) },
        4 => Request::DeleteDaemon { daemon },
        5 => Request::CreateDaemon { daemon, settings: daemon_settings(d, providers) },
        6 | 7 => {
            let change = ServiceChange {
                desired: d.often(60).then(|| d.up_to(25) as u32),
                task_definition: d.often(40).then(|| Id::new(d.up_to(2) as u32)),
                strategy: d.often(15).then(|| strategy(d, providers)),
                force_new_deployment: d.often(10),
                ..ServiceChange::default()
            };
            Request::UpdateService { service, change }
        }
        8 if !setup.families.is_empty() => Request::RunTask {
            family: Id::new(0),
            task_definition: Id::new(d.up_to(2) as u32),
            count: d.between(1, 10) as u32,
            strategy: strategy(d, providers),
        },
        9 => {
            let number = d.between(1, 20) as u32;
            let task = TaskName { owner: Owner::Service(service), number };
            match d.up_to(2) {
                0 => Request::StopTask { task },
                1 => Request::UpdateTaskProtection { tasks: vec![task], protected_for: None },
                _ => Request::UpdateTaskProtection {
                    tasks: vec![task],
                    protected_for: Some(SimDuration::from_secs(d.between(60, 7200))),
                },
            }
        }
        10 => Request::UpdateContainerInstancesState {
            instances: vec![InstanceName {
                provider: Id::new(d.up_to(u64::from(providers) - 1) as u32),
                number: d.between(1, 6) as u32,
            }],
            drain: d.often(75),
        },
        _ => Request::DeleteService { service, force: d.often(70) },
    }
}
