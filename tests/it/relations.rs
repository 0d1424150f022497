//! Relations between runs that hold exactly, whatever the numbers are (correctness.md 3).

use super::made_up::{self, Dice};
use super::story::{DAEMON, SERVICE, Story, constant_delays, daemon, service};
use daemonsim::kernel::{Distribution, SimDuration, SimTime};
use daemonsim::model::assumptions::{VictimOrder, WaveMode};
use daemonsim::model::{DeploymentStatus, Percent};
use daemonsim::record::{Fact, Observation, Recorder, RunSummary};
use daemonsim::world::setup::{Delays, Request, ScaleInAfter, ServiceChange, Setup};

/// Keeps every fact.
#[derive(Default)]
struct Facts(Vec<Fact>);

impl Recorder for Facts {
    fn note(&mut self, _: SimTime, observation: Observation<'_>) {
        if let Observation::Fact(fact) = observation {
            self.0.push(*fact);
        }
    }
}

fn run(setup: &Setup) -> (RunSummary, Vec<Fact>) {
    let (summary, facts) = daemonsim::world::simulate(setup, 0, Facts::default());
    (summary, facts.0)
}

/// How long a story's only deployment took, in milliseconds.
fn lasts(story: &Story) -> u64 {
    let run = story.run();
    assert_eq!(run.deployments[0].status, DeploymentStatus::Successful, "{run:#?}");
    run.deployments[0].duration().map_or(0, SimDuration::as_ms)
}

/// The same facts, each at another time.
pub(crate) fn moved(facts: &[Fact], to: impl Fn(u64) -> u64) -> Vec<Fact> {
    facts.iter().map(|fact| Fact { at: SimTime::from_ms(to(fact.at.as_ms())), ..*fact }).collect()
}

/// Two logs are equal; if not, where they part.
fn same(one: &[Fact], other: &[Fact], seed: u64) {
    let part = one.iter().zip(other).find(|(a, b)| a != b);
    assert!(part.is_none(), "seed {seed}: {part:#?}");
    assert_eq!(one.len(), other.len(), "seed {seed}");
}

/// A made-up scenario with delays that can be told in whole milliseconds.
pub(crate) fn made_up_constant(seed: u64) -> Setup {
    let mut setup = made_up::setup(seed);
    // Twice this is still before the fourteenth day, when instances are patched.
    setup.horizon = SimDuration::from_secs(6 * 24 * 3600);
    setup.assumptions.drain_deadline =
        setup.assumptions.drain_deadline.min(SimDuration::from_secs(2 * 24 * 3600));
    if setup.delays == Delays::default() {
        setup.delays = constant_delays();
    }
    for request in setup.before.iter_mut().chain(setup.timeline.iter_mut().map(|timed| &mut timed.request)) {
        if let Request::CreateService { settings, .. } = request {
            settings.load_balancers = false;
        }
    }
    setup
}

/// REL-1: twice as long, each of it, is the same at twice the times. Not where load balancers check tasks: how often
/// they do is no delay that a scenario could double.
#[test]
fn twice_the_delays_are_twice_the_times() {
    for seed in 0..150 {
        let setup = made_up_constant(seed);
        let twice = doubled(setup.clone());
        let ((once, facts), (slow, slow_facts)) = (run(&setup), run(&twice));
        same(&moved(&facts, |ms| 2 * ms), &slow_facts, seed);
        assert_eq!(once.ended_at.as_ms() * 2, slow.ended_at.as_ms(), "seed {seed}");
        assert_eq!(once.events, slow.events, "seed {seed}");
    }
}

pub(crate) fn doubled(mut setup: Setup) -> Setup {
    let twice = |time: &mut SimDuration| *time = SimDuration::from_ms(time.as_ms() * 2);
    twice(&mut setup.horizon);
    for provider in &mut setup.capacity_providers {
        if let ScaleInAfter::After(time) = &mut provider.scale_in_after {
            twice(time);
        }
    }
    for row in setup.task_definitions.iter_mut().chain(&mut setup.daemon_task_definitions) {
        twice(&mut row.definition.stop_timeout);
        if let Some(check) = &mut row.definition.health_check {
            [&mut check.interval, &mut check.timeout, &mut check.start_period].into_iter().for_each(twice);
        }
        let of = &mut row.behaviour;
        [&mut of.start, &mut of.stop, &mut of.runs_for].into_iter().flatten().for_each(double_law);
    }
    each_delay(&mut setup.delays).into_iter().for_each(|(_, law)| double_law(law));
    let assumed = &mut setup.assumptions;
    [&mut assumed.drain_deadline, &mut assumed.idle_heuristic, &mut assumed.registering_failure.gap]
        .into_iter()
        .for_each(twice);
    for request in &mut setup.before {
        double_request(request);
    }
    for timed in &mut setup.timeline {
        timed.at = SimTime::from_ms(timed.at.as_ms() * 2);
        double_request(&mut timed.request);
    }
    setup
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the others speak of no time")]
fn double_request(request: &mut Request) {
    match request {
        Request::CreateDaemon { settings, .. } | Request::UpdateDaemon { settings, .. } => {
            settings.bake = SimDuration::from_ms(settings.bake.as_ms() * 2);
        }
        Request::UpdateTaskProtection { protected_for: Some(time), .. } => {
            *time = SimDuration::from_ms(time.as_ms() * 2);
        }
        _ => (),
    }
}

pub(crate) fn double_law(law: &mut Distribution) {
    let Distribution::Constant(time) = law else { panic!("{law:?} is not constant") };
    *time = SimDuration::from_ms(time.as_ms() * 2);
}

fn each_delay(d: &mut Delays) -> [(&'static str, &mut Distribution); 20] {
    [
        ("deployDecision", &mut d.deploy_decision),
        ("drainReact", &mut d.drain_react),
        ("provisionDecision", &mut d.provision_decision),
        ("instanceLaunch", &mut d.instance_launch),
        ("daemonStart", &mut d.daemon_start),
        ("imagePull.perMiB", &mut d.image_pull_per_mib),
        ("imagePull.fixed", &mut d.image_pull_fixed),
        ("instanceActive", &mut d.instance_active),
        ("appStart", &mut d.app_start),
        ("appStartWarm", &mut d.app_start_warm),
        ("healthWait", &mut d.health_wait),
        ("schedulerTick", &mut d.scheduler_tick),
        ("lbDeregistration", &mut d.lb_deregistration),
        ("appStop", &mut d.app_stop),
        ("daemonStop", &mut d.daemon_stop),
        ("terminate", &mut d.terminate),
        ("waveGap", &mut d.wave_gap),
        ("stopDetect", &mut d.stop_detect),
        ("alarmPoll", &mut d.alarm_poll),
        ("successCheck", &mut d.success_check),
    ]
}

/// REL-2, and what of REL-16 is about it: everything at once is one wave.
#[test]
fn a_larger_share_never_makes_more_waves() {
    for fleet in [1, 2, 7, 37] {
        let mut waves = u32::MAX;
        for percent in [1, 2, 3, 5, 8, 10, 13, 20, 25, 33, 34, 50, 51, 67, 99, 100] {
            let run = Story::of_instances(fleet).update(Percent::whole(percent), SimDuration::ZERO).run();
            let now = run.deployments[0].waves;
            assert!(now <= waves, "{fleet} instances, {percent} %: {now} after {waves}");
            waves = now;
        }
        assert_eq!(waves, 1);
    }
}

/// REL-3.
#[test]
fn as_much_more_of_a_larger_fleet_takes_as_long() {
    for (fleet, percent) in [(4, 25), (5, 40), (2, 50), (10, 10), (3, 100)] {
        let of = |times: u32| {
            let story = Story::of_instances(fleet * times).update(Percent::whole(percent), SimDuration::ZERO);
            (lasts(&story), story.run().deployments[0].waves)
        };
        let once = of(1);
        for times in [2, 3, 8] {
            assert_eq!(of(times), once, "{fleet} instances, {percent} %, times {times}");
        }
    }
}

/// REL-4: which instances are meant makes no difference where they are all alike.
#[test]
fn alike_instances_can_be_exchanged() {
    for (fleet, percent) in [(7, 25), (12, 30), (30, 10)] {
        let of = |order| {
            let story = Story::of_instances(fleet)
                .assuming(|a| a.victim_order = order)
                .update(Percent::whole(percent), SimDuration::from_secs(60));
            let run = story.run();
            let waves: Vec<_> =
                run.waves.iter().map(|w| (w.wave, w.instances, w.started, w.finished)).collect();
            (run.ended_at, run.deployments, waves, run.services)
        };
        let oldest = of(VictimOrder::Oldest);
        assert_eq!(oldest, of(VictimOrder::Random));
        assert_eq!(oldest, of(VictimOrder::FewestTasks));
    }
}

/// REL-7: a longer bake moves the end, and nothing before it.
#[test]
fn a_longer_bake_only_moves_the_end() {
    for mode in [WaveMode::Barrier, WaveMode::ReplacementsActive, WaveMode::SlidingWindow] {
        for delays in [constant_delays(), Delays::default()] {
            let of = |bake| {
                let mut story = Story::of_instances(9)
                    .assuming(|a| a.wave_mode = mode)
                    .update(Percent::whole(30), SimDuration::from_secs(bake));
                story.setup.delays = delays.clone();
                run(&story.setup)
            };
            let ((short, facts), (long, longer)) = (of(120), of(120 + 345));
            let ends = |run: &RunSummary| run.deployments[0].finished.map_or(0, SimTime::as_ms);
            assert_eq!(ends(&short) + 345_000, ends(&long));
            let until = |facts: &[Fact]| {
                let before = facts.iter().filter(|fact| fact.at.as_ms() < ends(&short));
                before.copied().collect::<Vec<_>>()
            };
            assert_eq!(until(&facts), until(&longer));
        }
    }
}

/// REL-12 where all cycles are alike: no stage can be slower and the whole faster, in any wave mode.
#[test]
fn a_slower_stage_never_makes_a_faster_rollout() {
    for mode in [WaveMode::Barrier, WaveMode::ReplacementsActive, WaveMode::SlidingWindow] {
        let with = |change: &dyn Fn(&mut Delays)| {
            let mut story = Story::of_instances(11)
                .assuming(|a| a.wave_mode = mode)
                .update(Percent::whole(20), SimDuration::ZERO);
            change(&mut story.setup.delays);
            lasts(&story)
        };
        let plain = with(&|_| ());
        for at in 0..each_delay(&mut constant_delays()).len() {
            for more in [1, 977, 61_000] {
                let slow = with(&|delays| {
                    let all = each_delay(delays);
                    let Distribution::Constant(time) = &mut *all[at].1 else { return };
                    *time = SimDuration::from_ms(time.as_ms() + more);
                });
                let name = each_delay(&mut constant_delays())[at].0;
                assert!(slow >= plain, "{mode:?}, {name} + {more} ms: {slow} < {plain}");
            }
        }
    }
}

/// REL-12 and REL-13 where instances differ in how long they take to stop and to go, and in nothing that others wait
/// for: a longer draw of any of them, a smaller batch, or a barrier never makes a rollout faster.
#[test]
fn uneven_instances_gain_nothing_by_waiting() {
    for seed in 0..15 {
        let of = |mode, percent, mean: u64, stop: u64| {
            let mut story = Story::of_instances(20)
                .assuming(|a| a.wave_mode = mode)
                .update(Percent::whole(percent), SimDuration::ZERO);
            story.setup.seed = seed;
            story.setup.delays.terminate = Distribution::Exponential { mean: SimDuration::from_secs(mean) };
            story.setup.delays.daemon_stop =
                Distribution::Uniform { min: SimDuration::ZERO, max: SimDuration::from_secs(stop) };
            lasts(&story)
        };
        for mode in [WaveMode::Barrier, WaveMode::SlidingWindow] {
            let plain = of(mode, 10, 45, 20);
            assert!(of(mode, 10, 60, 20) >= plain, "seed {seed}, {mode:?}: terminate");
            assert!(of(mode, 10, 45, 25) >= plain, "seed {seed}, {mode:?}: daemonStop");
            for times in [2, 5, 10] {
                let larger = of(mode, 10 * times, 45, 20);
                assert!(larger <= plain, "seed {seed}, {mode:?}: {times} × the batch");
            }
        }
        for percent in [5, 10, 15, 30, 100] {
            let (sliding, barrier) =
                (of(WaveMode::SlidingWindow, percent, 45, 20), of(WaveMode::Barrier, percent, 45, 20));
            assert!(sliding <= barrier, "seed {seed}, {percent} %: {sliding} > {barrier}");
        }
    }
}

/// REL-14: what is asked for an hour later happens an hour later.
#[test]
fn a_later_timeline_is_the_same_later() {
    let mut told = 0;
    for seed in 0..200 {
        let mut setup = made_up::setup(seed);
        // Their time runs from the start.
        setup.before.retain(|request| !matches!(request, Request::RunTask { .. }));
        let Some(first) = setup.timeline.first().map(|timed| timed.at) else { continue };
        let mut later = setup.clone();
        for timed in &mut later.timeline {
            timed.at = timed.at + SimDuration::from_secs(3600);
        }
        let (facts, late) = (run(&setup).1, run(&later).1);
        // What the start itself sets going does not move.
        let start = |facts: &[Fact]| facts.iter().take_while(|fact| fact.at == SimTime::ZERO).count();
        let quiet = facts.get(start(&facts)).is_none_or(|fact| fact.at >= first);
        if !quiet || first == SimTime::ZERO {
            continue;
        }
        told += 1;
        same(&moved(&facts, |ms| if ms == 0 { 0 } else { ms + 3_600_000 }), &late, seed);
    }
    assert!(told > 50, "{told}");
}

/// REL-16: of one instance every share is all of it.
#[test]
fn of_one_instance_every_share_is_the_same() {
    let of = |billionths| {
        let mut story =
            Story::of_instances(1).update(Percent::from_billionths(billionths), SimDuration::from_secs(60));
        story.setup.delays = Delays::default();
        run(&story.setup)
    };
    let all = of(100_000_000_000);
    assert_eq!(all.0.deployments[0].waves, 1);
    for billionths in [1, 1_000_000_000, 25_000_000_000, 99_999_999_999] {
        assert_eq!(of(billionths).1, all.1, "{billionths}");
    }
}

/// REL-17, as far as names allow: what follows a settled rollout does not depend on how the fleet came to be alike.
#[test]
fn a_second_rollout_lasts_as_long_as_a_first() {
    let mut dice = Dice::new(17);
    for _ in 0..20 {
        let (fleet, percent) = (1 + dice.up_to(20) as u32, 1 + dice.up_to(99));
        let again = daemonsim::world::setup::DaemonSettings {
            drain_percent: Percent::whole(percent),
            ..daemon(0, 25)
        };
        let change = ServiceChange { desired: Some(service(8 * fleet).desired), ..ServiceChange::default() };
        let story = Story::of_instances(fleet)
            .update(Percent::whole(percent), SimDuration::ZERO)
            .at(86_400_000 * 2, Request::UpdateService { service: SERVICE, change })
            .at(86_400_000 * 3, Request::UpdateDaemon { daemon: DAEMON, settings: again });
        let run = story.run();
        let both: Vec<_> = run.deployments.iter().map(|d| (d.status, d.duration(), d.waves)).collect();
        assert_eq!(both[0], both[1], "{fleet} instances, {percent} %: {run:#?}");
    }
}
