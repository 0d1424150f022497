//! Launches that fail, are slow, or wait for a token; pulls that are slow.

use super::{SECOND, always, arriving, constantly, fault, on, on_two_providers};
use crate::heard::{Heard, hear};
use crate::story::{PROVIDER, Story, constant};
use daemonsim::kernel::SimDuration;
use daemonsim::record::{FactKind, Outcome};
use daemonsim::world::setup::{FaultKind, FaultSetup};

/// When the launch of the first instances is called for.
fn called(story: &Story) -> u64 {
    constant(&story.setup.delays.scheduler_tick) + constant(&story.setup.delays.provision_decision)
}

/// When instances of a provider come to a status, in order of number.
fn reach(heard: &Heard, provider: daemonsim::model::CapacityProviderId, to: &str) -> Vec<u64> {
    let mut all: Vec<(u32, u64)> = heard
        .all(FactKind::Instance, to)
        .filter_map(|f| f.instance.map(|i| (i, f.at.as_ms())))
        .filter(|(i, _)| i.provider == provider)
        .map(|(i, at)| (i.number, at))
        .collect();
    all.sort_unstable();
    all.into_iter().map(|(_, at)| at).collect()
}

fn failures(retry: u64) -> FaultKind {
    FaultKind::LaunchFailures { probability: 1.0, retry_after: constantly(retry) }
}

/// Every call fails in the window: the first one after it comes a whole number of waits late, and costs from then on.
#[test]
fn failed_launches_are_retried() {
    for (until, retry) in
        [(10_000, 13_007), (100_000, 13_007), (60_000, 1), (200_000, 190_939), (200_000, 190_940)]
    {
        let story = arriving(2).under(fault(0, until, failures(retry)));
        let d = &story.setup.delays;
        let first = called(&story);
        // The window's end is no longer in it.
        let retries = (until - first).div_ceil(retry);
        let taken = first + retries * retry;
        let (run, heard) = hear(&story);
        let case = format!("until {until}, retry {retry}");
        assert_eq!(reach(&heard, PROVIDER, "LAUNCHING"), [first; 2], "{case}");
        let registers = taken + constant(&d.instance_launch);
        assert_eq!(reach(&heard, PROVIDER, "REGISTERING"), [registers; 2], "{case}");
        assert_eq!(u64::from(run.cluster.mishaps.launch_failures), 2 * retries, "{case}");
        assert_eq!(heard.times(FactKind::Fault, "launchFailures").len() as u64, 2 * retries, "{case}");
        let lived = run.ended_at.as_ms() - taken;
        assert_eq!(run.cluster.instance_ms, 2 * u128::from(lived), "{case}");
        // 0.136 $ an hour are 136 000 000 billionths.
        let cost = 2 * u128::from(lived) * 136_000_000 / 3_600_000;
        assert!(run.cluster.cost_nanos.abs_diff(cost) <= 1, "{case}: {} for {cost}", run.cluster.cost_nanos);
    }
}

/// A call that EC2 never takes costs nothing.
#[test]
fn a_launch_that_never_comes_is_free() {
    let mut story = arriving(1).under(always(failures(60_000)));
    story.setup.horizon = SimDuration::from_secs(24 * 3_600);
    let (run, heard) = hear(&story);
    assert_eq!((run.cluster.instance_ms, run.cluster.cost_nanos), (0, 0));
    assert_eq!(reach(&heard, PROVIDER, "REGISTERING"), Vec::<u64>::new());
    assert_ne!(run.outcome, Outcome::Completed);
    // One every minute from the first to the end of the day.
    let calls = (24 * 3_600_000 - called(&story)) / 60_000 + 1;
    assert_eq!(u64::from(run.cluster.mishaps.launch_failures), calls);
}

/// With probability p the number of failed calls is geometric: mean p/(1 − p), variance p/(1 − p)².
#[test]
fn some_launches_fail() {
    let p = 0.3;
    let kind = FaultKind::LaunchFailures { probability: p, retry_after: constantly(5_003) };
    let (run, _) = hear(&arriving(400).under(always(kind)));
    let (mean, sd) = (400.0 * p / (1.0 - p), (400.0 * p).sqrt() / (1.0 - p));
    let found = f64::from(run.cluster.mishaps.launch_failures);
    assert!((found - mean).abs() < 3.29 * sd, "{found}, expected {mean} ± {sd}");
}

#[test]
fn slow_launches_take_so_many_times_as_long() {
    let slow = |from, until| {
        let story = arriving(1).under(fault(from, until, FaultKind::SlowLaunches { factor: 2.5 }));
        let (_, heard) = hear(&story);
        (called(&story), reach(&heard, PROVIDER, "REGISTERING")[0])
    };
    // 2.5 · 20 017 ms = 50 042.5 ms, a half up.
    let (first, registers) = slow(0, 100_000);
    assert_eq!(registers, first + 50_043);
    // What counts is when it is called for.
    assert_eq!(slow(first, first + 1).1, first + 50_043);
    assert_eq!(slow(0, first).1, first + 20_017);
    assert_eq!(slow(first + 1, 100_000).1, first + 20_017);
    // Two at a time multiply.
    let twice = |factor| always(FaultKind::SlowLaunches { factor });
    let (_, heard) = hear(&arriving(1).under(twice(2.0)).under(twice(3.0)));
    assert_eq!(reach(&heard, PROVIDER, "REGISTERING"), [first + 6 * 20_017]);
}

/// 100 MiB at 40 ms each, and a second: five seconds, three times as long; once for the daemon, once for the app.
#[test]
fn slow_pulls_take_so_many_times_as_long() {
    let mut story = arriving(1).under(always(FaultKind::SlowPulls { factor: 3.0 }));
    story.setup.task_definitions[0].behaviour.image_mib = Some(100.0);
    story.setup.daemon_task_definitions[0].behaviour.image_mib = Some(100.0);
    let d = &story.setup.delays;
    let registers = called(&story) + constant(&d.instance_launch);
    let up = registers + 15_000 + constant(&d.daemon_start);
    let active = up + constant(&d.instance_active);
    let (_, heard) = hear(&story);
    assert_eq!(heard.daemon(1, "RUNNING"), [up]);
    assert_eq!(heard.apps("RUNNING"), [active + 15_000 + constant(&d.app_start); 8]);
    // A window that is over before the app's pull begins.
    story.setup.faults[0].until = daemonsim::kernel::SimTime::from_ms(active);
    let (_, heard) = hear(&story);
    let running = active + 5_000 + constant(&story.setup.delays.app_start);
    assert_eq!((heard.daemon(1, "RUNNING"), heard.apps("RUNNING")), (vec![up], vec![running; 8]));
}

fn bucket(burst: u32, per_second: f64) -> FaultSetup {
    always(FaultKind::ApiThrottling { burst, per_second })
}

/// When the nth of calls made at once gets through: max(0, (n − C)/r), in whole milliseconds.
fn through(n: u64, burst: u64, tokens: u64, seconds: u64) -> u64 {
    // r = tokens / seconds.
    (n.saturating_sub(burst) * 1_000 * seconds).div_ceil(tokens)
}

/// F2: calls that are made at once get through as the bucket allows.
#[test]
fn launch_calls_wait_for_tokens() {
    for (burst, tokens, seconds) in [(1, 1, 1), (5, 2, 1), (3, 1, 4), (2, 3, 1), (20, 1, 10), (40, 1, 1)] {
        let n = 24;
        let story = arriving(n).under(bucket(burst, tokens as f64 / seconds as f64));
        let first = called(&story);
        let launch = constant(&story.setup.delays.instance_launch);
        let (_, heard) = hear(&story);
        let expected: Vec<u64> = (1..=u64::from(n))
            .map(|nth| first + through(nth, u64::from(burst), tokens, seconds) + launch)
            .collect();
        assert_eq!(reach(&heard, PROVIDER, "REGISTERING"), expected, "{burst}, {tokens}/{seconds} s");
    }
}

/// Task starts go through the bucket too, and it fills up again in between.
#[test]
fn task_starts_wait_for_tokens() {
    let story = arriving(1).under(bucket(3, 0.5));
    let d = &story.setup.delays;
    let active = called(&story)
        + constant(&d.instance_launch)
        + constant(&d.daemon_start)
        + constant(&d.instance_active);
    let (_, heard) = hear(&story);
    // One launch and thirty-seven seconds later the bucket is full; eight tasks start at once.
    let mut expected: Vec<u64> =
        (1..=8).map(|nth| active + through(nth, 3, 1, 2) + constant(&d.app_start)).collect();
    expected.sort_unstable();
    assert_eq!(heard.apps("RUNNING"), expected);
    assert_eq!(heard.apps("PENDING"), [active; 8]);
}

/// A throttle of one provider is none of another's; what waits when it is lifted goes through then.
#[test]
fn a_throttle_has_a_place_and_a_time() {
    let kind = FaultKind::ApiThrottling { burst: 2, per_second: 0.1 };
    let story = on_two_providers(arriving(12)).under(on(SECOND, always(kind)));
    let first = called(&story);
    let launch = constant(&story.setup.delays.instance_launch);
    let (_, heard) = hear(&story);
    assert_eq!(reach(&heard, PROVIDER, "REGISTERING"), [first + launch; 6]);
    let expected: Vec<u64> = (1..=6).map(|n| first + through(n, 2, 1, 10) + launch).collect();
    assert_eq!(reach(&heard, SECOND, "REGISTERING"), expected);

    let kind = FaultKind::ApiThrottling { burst: 2, per_second: 0.1 };
    let story = arriving(6).under(fault(0, first + 25_000, kind));
    let (_, heard) = hear(&story);
    // The fifth would get through at 30 s, the sixth at 40 s.
    let waits = [0, 0, 10_000, 20_000, 25_000, 25_000];
    assert_eq!(reach(&heard, PROVIDER, "REGISTERING"), waits.map(|wait| first + wait + launch));
}

/// Launch failures of one provider, zone or share of instances leave the others alone.
#[test]
fn failures_have_a_place() {
    let story = on_two_providers(arriving(6)).under(on(SECOND, fault(0, 500_000, failures(10_000))));
    let registers = called(&story) + constant(&story.setup.delays.instance_launch);
    let (_, heard) = hear(&story);
    assert_eq!(reach(&heard, PROVIDER, "REGISTERING"), [registers; 3]);
    assert!(reach(&heard, SECOND, "REGISTERING").iter().all(|at| *at > 500_000));

    let story = arriving(6).under(super::in_zone(1, fault(0, 500_000, failures(10_000))));
    let (_, heard) = hear(&story);
    for number in 1..=6 {
        let struck = heard.fact_of(number, "LAUNCHING").zone.map(|zone| zone.index()) == Some(1);
        assert_eq!(heard.instance(number, "REGISTERING")[0] > registers, struck, "i-{number}");
    }

    // A share of 0.3 of 400: 120 ± 3.29·√84.
    let share = FaultSetup { share: 0.3, ..fault(0, 500_000, failures(100_000)) };
    let (_, heard) = hear(&arriving(400).under(share));
    let struck = reach(&heard, PROVIDER, "REGISTERING").iter().filter(|at| **at > registers).count();
    assert!((90..=150).contains(&struck), "{struck}");
}

/// One for one, too, a call that fails is made again.
#[test]
fn a_replacement_may_be_called_for_in_vain() {
    let story = Story::of_instances(1)
        .assuming(|a| a.replacement = daemonsim::model::assumptions::Replacement::OneForOne)
        .update(daemonsim::model::Percent::whole(100), SimDuration::ZERO)
        .under(fault(0, 100_000, failures(40_009)));
    let d = &story.setup.delays;
    let call = constant(&d.deploy_decision) + constant(&d.drain_react) + constant(&d.provision_decision);
    let taken = call + (100_000 - call).div_ceil(40_009) * 40_009;
    let (run, heard) = hear(&story);
    assert_eq!(heard.instance(2, "REGISTERING"), [taken + constant(&d.instance_launch)]);
    assert_eq!(run.cluster.launched, 1);
    let late = taken - call;
    let usual = constant(&d.deploy_decision) + crate::story::cycle(d) + constant(&d.success_check);
    assert_eq!(run.deployments[0].finished.map(|t| t.as_ms()), Some(usual + late), "{run:#?}");
}

/// A quota and failing calls: an instance that is called for counts, and nothing is called for beside it.
#[test]
fn a_call_in_vain_takes_its_place_in_the_quota() {
    let mut story = arriving(2).under(fault(0, 300_000, failures(50_021)));
    story.setup.capacity_providers[0].max_instances = Some(1);
    let (run, heard) = hear(&story);
    assert_eq!((run.cluster.launched, run.outcome), (1, Outcome::Stalled), "{run:#?}");
    let first = called(&story);
    let taken = first + (300_000 - first).div_ceil(50_021) * 50_021;
    assert_eq!(
        reach(&heard, PROVIDER, "REGISTERING"),
        [taken + constant(&story.setup.delays.instance_launch)]
    );
}
