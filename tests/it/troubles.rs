//! Makes up troubles on top of a made-up scenario: each mishap, alarm, failing behaviour and reading of an open question
//! about them switched on or off by itself.

use super::made_up::{self, Dice};
use daemonsim::kernel::{Distribution, Id, SimDuration, SimTime};
use daemonsim::model::assumptions::{
    AlarmIgnoreScope, AlarmWindow, BreakerCounts, BreakerThreshold, NonCriticalRelaunch, RepairCap,
    RollbackInFlight, RollbackWithoutSource,
};
use daemonsim::model::{
    Alarm, AlarmSource, AlarmState, Builtin, Comparison, Evaluation, MetricSource, MissingData, Percent,
};
use daemonsim::world::setup::{Behaviour, FaultKind, FaultSetup, Request, Setup};

/// No mishap lasts longer than this, in milliseconds, where troubles pass.
const OVER: u64 = 2 * 3_600_000;

/// A made-up scenario whose troubles pass: mishaps end, alarms ring or not, daemons start at last and do not crash.
pub(crate) fn passing(seed: u64) -> Setup {
    let mut setup = made_up::setup(seed);
    let mut dice = Dice::new(seed ^ 0x5eed_0f77_20b1_e500);
    let d = &mut dice;
    readings(d, &mut setup);
    alarms(d, &mut setup);
    for definition in &mut setup.daemon_task_definitions {
        definition.behaviour.fails_to_start = d.of(&[0.0, 0.0, 0.1, 0.5]);
        definition.behaviour.affects = d.of(&[1.0, 1.0, 0.5]);
    }
    for definition in &mut setup.task_definitions {
        definition.behaviour.fails_to_start = d.of(&[0.0, 0.0, 0.2]);
    }
    faults(d, &mut setup, OVER);
    setup
}

/// A made-up scenario whose troubles may last: daemons that never start or always crash, mishaps to the end. A few hours of it
/// are enough.
pub(crate) fn lasting(seed: u64) -> Setup {
    let mut setup = made_up::setup(seed);
    let mut dice = Dice::new(seed ^ 0x1a57_1960_77e5_0b1e);
    let d = &mut dice;
    readings(d, &mut setup);
    alarms(d, &mut setup);
    setup.horizon = SimDuration::from_secs(3 * 3600);
    for definition in setup.daemon_task_definitions.iter_mut().chain(&mut setup.task_definitions) {
        behave(d, &mut definition.behaviour);
        definition.definition.restart_after = d.often(15).then_some(SimDuration::from_secs(300));
    }
    let until = if d.often(50) { OVER } else { u64::MAX };
    faults(d, &mut setup, until);
    setup
}

/// Adds troubles that can be told in whole milliseconds, and twice as slowly: none that comes at a rate, none that ECS
/// or CloudWatch times itself, and no mishap by lot, since a mishap's lots are its own and its times are part of it.
pub(crate) fn add_constant(setup: &mut Setup, seed: u64) {
    let mut dice = Dice::new(seed ^ 0xc025_7a27_c025_7a27);
    let d = &mut dice;
    readings(d, setup);
    setup.assumptions.non_critical_relaunch = NonCriticalRelaunch::Never;
    alarms(d, setup);
    for alarm in &mut setup.alarms {
        if !matches!(alarm.source, AlarmSource::Script(_)) {
            alarm.source =
                AlarmSource::Script(vec![(SimTime::from_ms(d.up_to(4_000_000)), AlarmState::Alarm)]);
            alarm.starts_in = AlarmState::Ok;
        }
    }
    for definition in &mut setup.daemon_task_definitions {
        definition.behaviour.fails_to_start = d.of(&[0.0, 0.0, 0.1, 0.5]);
        definition.behaviour.crashes_after = d.often(20).then(|| Distribution::constant_secs(3_600));
        definition.behaviour.affects = d.of(&[1.0, 0.5]);
    }
    faults(d, setup, OVER);
    for fault in &mut setup.faults {
        fault.share = 1.0;
        match &mut fault.kind {
            FaultKind::InstanceDeaths { .. }
            | FaultKind::SpotInterruptions { .. }
            | FaultKind::AgentDisconnects { .. }
            | FaultKind::KillDaemons { .. } => {
                fault.kind = FaultKind::AvailabilityZoneOutage;
                fault.zone = Some(Id::new(1));
            }
            FaultKind::LaunchFailures { probability, .. } => *probability = 1.0,
            FaultKind::SlowLaunches { factor } => *factor = 3.0,
            FaultKind::SlowPulls { .. }
            | FaultKind::AvailabilityZoneOutage
            | FaultKind::ApiThrottling { .. } => (),
        }
    }
    setup.horizon = SimDuration::from_secs(4 * 3600);
}

/// Readings of the open questions about failures; and one delay at least that no loop of failures can pass in no time.
fn readings(d: &mut Dice, setup: &mut Setup) {
    let of = &mut setup.assumptions;
    of.breaker_threshold = d.of(&[
        BreakerThreshold::BoundedPercent(Percent::whole(50)),
        BreakerThreshold::Percent(Percent::whole(20)),
        BreakerThreshold::Count(1),
        BreakerThreshold::Count(4),
    ]);
    of.breaker_counts = d.reading(BreakerCounts::ALL);
    of.breaker_resets_on_success = d.often(50);
    of.alarm_ignore_scope = d.reading(AlarmIgnoreScope::ALL);
    of.ignored_alarm_rearms = d.often(50);
    of.rollback_without_source = d.reading(RollbackWithoutSource::ALL);
    of.rollback_drain_percent = d.of(&[None, None, Some(Percent::whole(100)), Some(Percent::whole(1))]);
    of.rollback_in_flight = d.reading(RollbackInFlight::ALL);
    of.non_critical_relaunch = d.reading(NonCriticalRelaunch::ALL);
    of.registering_failure.attempts = d.of(&[3, 3, 1, 2]);
    of.registering_failure.gap = SimDuration::from_secs(d.of(&[30, 30, 0, 1]));
    of.repair_cap = d.of(&[
        RepairCap { percent: Percent::whole(20), one_below: 9 },
        RepairCap { percent: Percent::whole(100), one_below: 1 },
        RepairCap { percent: Percent::whole(50), one_below: 3 },
    ]);
    of.alarm_window = d.reading(AlarmWindow::ALL);
    for provider in &mut setup.capacity_providers {
        provider.auto_repair = d.often(80);
        provider.spot = d.often(30);
    }
    if setup.delays.provision_decision == Distribution::Constant(SimDuration::ZERO) {
        setup.delays.provision_decision = Distribution::constant_secs(d.of(&[4, 30]));
        setup.delays.stop_detect = Distribution::constant_secs(d.of(&[0, 1, 10]));
    }
}

fn behave(d: &mut Dice, behaviour: &mut Behaviour) {
    let after = |d: &mut Dice| {
        d.of(&[
            Distribution::constant_secs(300),
            Distribution::constant_secs(3_600),
            Distribution::Exponential { mean: SimDuration::from_secs(7_200) },
        ])
    };
    behaviour.fails_to_start = d.of(&[0.0, 0.0, 0.0, 0.05, 0.6, 1.0]);
    behaviour.crashes_after = d.often(20).then(|| after(d));
    behaviour.unhealthy_after = d.often(15).then(|| after(d));
    behaviour.affects = d.of(&[1.0, 1.0, 0.3, 0.0]);
    behaviour.metrics = vec![("errors".into(), d.of(&[0.0, 0.5, 1.0]))];
}

/// Alarms of every kind, and daemons that watch some of them.
fn alarms(d: &mut Dice, setup: &mut Setup) {
    let count = d.up_to(3) as u32;
    setup.alarms = (0..count).map(|at| made_up_alarm(d, at)).collect();
    let requests = setup.before.iter_mut().chain(setup.timeline.iter_mut().map(|timed| &mut timed.request));
    for request in requests {
        if let Request::CreateDaemon { settings, .. } | Request::UpdateDaemon { settings, .. } = request {
            settings.alarms = (0..count).filter(|_| d.often(50)).map(Id::new).collect();
        }
    }
}

fn made_up_alarm(d: &mut Dice, at: u32) -> Alarm {
    let starts_in = d.of(&[AlarmState::Ok, AlarmState::Ok, AlarmState::Alarm, AlarmState::InsufficientData]);
    let script = |d: &mut Dice| {
        let mut state = starts_in;
        let mut now = 0;
        let mut script = Vec::new();
        for _ in 0..d.up_to(6) {
            now += d.between(1, 2_000_000);
            let others = [AlarmState::Ok, AlarmState::Alarm, AlarmState::InsufficientData];
            state = d.of(&others.into_iter().filter(|other| *other != state).collect::<Vec<_>>());
            script.push((SimTime::from_ms(now), state));
        }
        AlarmSource::Script(script)
    };
    let evaluation = |d: &mut Dice| {
        let periods = d.between(1, 5) as u32;
        Evaluation {
            period: SimDuration::from_secs(d.of(&[10, 30, 60, 300])),
            evaluation_periods: periods,
            datapoints_to_alarm: d.between(1, periods.into()) as u32,
            threshold: d.of(&[0.0, 0.5, 25.0, 90.0]),
            comparison: d.of(&[
                Comparison::AtLeast,
                Comparison::Above,
                Comparison::Below,
                Comparison::AtMost,
            ]),
            missing: d.of(&[
                MissingData::Missing,
                MissingData::Ignore,
                MissingData::Breaching,
                MissingData::NotBreaching,
            ]),
        }
    };
    let source = match d.up_to(2) {
        0 => script(d),
        1 => {
            let builtin = d.of(&[Builtin::RunningTasks, Builtin::WithoutDaemon, Builtin::Draining]);
            AlarmSource::Metric(MetricSource::Builtin(builtin), evaluation(d))
        }
        _ => {
            let noise = d.often(50).then_some(Distribution::Uniform { min: -0.5, max: 0.5 });
            let source = MetricSource::Contributions { name: "errors".into(), baseline: 0.0, noise };
            AlarmSource::Metric(source, evaluation(d))
        }
    };
    Alarm { name: format!("alarm-{at}"), starts_in, source }
}

/// Some mishaps, the last of them over by then.
fn faults(d: &mut Dice, setup: &mut Setup, over: u64) {
    let lasts = |d: &mut Dice| {
        let from = d.up_to(6_000_000);
        let until = d.of(&[from + 1, from + 600_000, from + 2_400_000, over]);
        // Round times often, so that beginnings and ends fall together.
        let round = |ms: u64| if ms.is_multiple_of(3) { ms / 600_000 * 600_000 } else { ms };
        (round(from), until.clamp(round(from) + 1, over))
    };
    for _ in 0..d.up_to(4) {
        let (from, until) = lasts(d);
        let provider =
            d.often(30).then(|| Id::new(d.up_to(setup.capacity_providers.len() as u64 - 1) as u32));
        let zone = d.often(25).then(|| Id::new(d.up_to(2) as u32));
        let share = d.of(&[1.0, 1.0, 0.5]);
        let kind = mishap(d);
        setup.faults.push(FaultSetup {
            from: SimTime::from_ms(from),
            until: if until == u64::MAX { SimTime::MAX } else { SimTime::from_ms(until) },
            provider,
            zone: if kind == FaultKind::AvailabilityZoneOutage { zone.or(Some(Id::new(0))) } else { zone },
            share,
            kind,
        });
    }
}

fn mishap(d: &mut Dice) -> FaultKind {
    match d.up_to(8) {
        0 => FaultKind::LaunchFailures {
            probability: d.of(&[0.2, 1.0]),
            retry_after: Distribution::constant_secs(d.of(&[1, 30])),
        },
        1 => FaultKind::SlowLaunches { factor: d.of(&[0.5, 3.0]) },
        2 => FaultKind::SlowPulls { factor: 4.0 },
        3 => FaultKind::InstanceDeaths { rate_per_hour: d.of(&[0.1, 2.0]) },
        4 => FaultKind::SpotInterruptions { rate_per_hour: d.of(&[0.1, 2.0]) },
        5 => FaultKind::AvailabilityZoneOutage,
        6 => FaultKind::AgentDisconnects {
            rate_per_hour: d.of(&[0.1, 2.0]),
            lasts: Distribution::constant_secs(d.of(&[1, 600])),
        },
        7 => FaultKind::ApiThrottling { burst: d.of(&[1, 10]), per_second: d.of(&[0.1, 5.0]) },
        _ => FaultKind::KillDaemons { count: d.of(&[1, 3]) },
    }
}
