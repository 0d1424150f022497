//! Mishaps, each against a sum or a law of its own.

use super::{Times, Watched, always, rolling, watch, watch_one};
use crate::story::{DAEMON, PROVIDER, SERVICE, Story, daemon};
use daemonsim::kernel::{Id, SimDuration, SimTime};
use daemonsim::model::{DeploymentStatus, Percent};
use daemonsim::record::{Fact, FactKind, Outcome, Reason};
use daemonsim::world::setup::{FaultKind, FaultSetup, Request, ServiceChange};
use std::collections::BTreeMap;

/// A mishap everywhere, in a window of milliseconds.
pub(super) fn fault(from: u64, until: u64, kind: FaultKind) -> FaultSetup {
    FaultSetup {
        from: SimTime::from_ms(from),
        until: if until == u64::MAX { SimTime::MAX } else { SimTime::from_ms(until) },
        provider: None,
        zone: None,
        share: 1.0,
        kind,
    }
}

/// Facts of a fault: when, and which instance. That an agent is back is no mishap.
fn struck(seen: &Watched, word: &str) -> Vec<(u64, Option<u32>)> {
    let struck = |fact: &&Fact| fact.to == word && fact.reason != Reason::Word("agent is back");
    let facts = seen.facts.iter().filter(|fact| fact.kind == FactKind::Fault).filter(struck);
    facts.map(|fact| (fact.at.as_ms(), fact.instance.map(|i| i.number))).collect()
}

/// Launch calls fail until the window ends: the first call after it is the one that succeeds.
#[test]
fn a_failed_launch_is_called_for_again() {
    let retry = 30_011;
    for (from, until) in [(0, 100_000), (0, 1_000_000), (69_000, 69_100), (0, 69_015), (0, 69_016)] {
        let mut story = Story::of_instances(2).update_to(rolling(100));
        let t = Times::of(&story);
        let called = t.deploy_decision + t.drain_react + t.provision_decision;
        assert_eq!(called, 69_015);
        let kind = FaultKind::LaunchFailures { probability: 1.0, retry_after: always(retry) };
        story.setup.faults = vec![fault(from, until, kind)];
        let seen = watch(&story.setup);
        let case = format!("{from} to {until}: {:#?}", seen.run);
        let failed = if until <= called { 0 } else { (until - called).div_ceil(retry) };
        let registering = called + failed * retry + t.instance_launch;
        assert_eq!(seen.times("REGISTERING"), [registering; 2], "{case}");
        // The instance keeps its name, and its LAUNCHING is the first call's.
        assert_eq!(seen.instances("LAUNCHING"), [(called, 3), (called, 4)], "{case}");
        let calls: Vec<_> =
            (0..failed).flat_map(|n| [3, 4].map(|number| (called + n * retry, Some(number)))).collect();
        let mut found = struck(&seen, "launchFailures");
        found.sort_unstable();
        assert_eq!(found, calls, "{case}");
        let over = t.deploy_decision + t.cycle() + failed * retry + t.success_check;
        let row = &seen.run.deployments[0];
        assert_eq!(
            (row.status, row.finished.map(|at| at.as_ms())),
            (DeploymentStatus::Successful, Some(over)),
            "{case}"
        );
    }
}

/// Half of the calls fail: of n instances, the failures before all have succeeded are negative binomial.
#[test]
fn launch_calls_fail_as_often_as_told() {
    let (fleet, p, runs) = (10, 0.5, 60_u32);
    let mut failed = 0;
    for replication in 0..runs {
        let mut story = Story::of_light_instances(fleet).update_to(rolling(100));
        let kind = FaultKind::LaunchFailures { probability: p, retry_after: always(5_003) };
        story.setup.faults = vec![fault(0, u64::MAX, kind)];
        failed += struck(&watch_one(&story.setup, replication.into()), "launchFailures").len();
    }
    let n = f64::from(fleet * runs);
    let (mean, deviation) = (n * p / (1.0 - p), (n * p).sqrt() / (1.0 - p));
    assert!((failed as f64 - mean).abs() < 3.29 * deviation, "{failed} failed, {mean} expected");
}

/// Launches called for in the window take so many times as long; those before and after it do not.
#[test]
fn slow_launches_are_slow_while_the_window_lasts() {
    for (from, until, slow) in
        [(0, u64::MAX, true), (69_015, 69_016, true), (0, 69_015, false), (69_016, 100_000, false)]
    {
        let mut story = Story::of_instances(2).update_to(rolling(100));
        story.setup.faults = vec![fault(from, until, FaultKind::SlowLaunches { factor: 3.5 })];
        let t = Times::of(&story);
        let called = t.deploy_decision + t.drain_react + t.provision_decision;
        let takes = if slow { t.instance_launch * 7 / 2 } else { t.instance_launch };
        let seen = watch(&story.setup);
        let found = seen.times("REGISTERING");
        // Half a millisecond may go either way.
        let near = |at: &u64| (called + takes..=called + takes + u64::from(slow)).contains(at);
        assert!(found.len() == 2 && found.iter().all(near), "{from} to {until}: {found:?}, takes {takes}");
    }
}

/// A daemon's image is pulled before it starts: the fixed part and so much for each MiB, so many times as long.
#[test]
fn slow_pulls_are_slow_while_the_window_lasts() {
    let with = |from, until| {
        let mut story =
            Story::of_instances(2).new_behaves(|b| b.image_mib = Some(100.0)).update_to(rolling(100));
        story.setup.faults = vec![fault(from, until, FaultKind::SlowPulls { factor: 2.0 })];
        let seen = watch(&story.setup);
        let [first, second] =
            ["REGISTERING", "ACTIVE"].map(|to| seen.instances(to).into_iter().find(|(_, n)| *n == 3));
        second.zip(first).map_or(0, |(active, registering)| active.0 - registering.0)
    };
    let t = Times::of(&Story::of_instances(1));
    let pull = 1_000 + 100 * 40;
    let plain = t.until_active() + pull;
    assert_eq!(with(u64::MAX - 1, u64::MAX), plain);
    assert_eq!(with(0, u64::MAX), plain + pull);
    let registering = t.deploy_decision + t.until_registering();
    assert_eq!(with(registering, registering + 1), plain + pull);
    assert_eq!(with(0, registering), plain);
}

/// Time that instances were REGISTERING to the end within a window, in milliseconds, as the facts tell.
fn exposure(seen: &Watched, from: u64, until: u64) -> f64 {
    let mut since: BTreeMap<u32, u64> = BTreeMap::new();
    let mut sum = 0;
    let overlap = |a: u64, b: u64| b.min(until).saturating_sub(a.max(from));
    for fact in seen.facts.iter().filter(|fact| fact.kind == FactKind::Instance) {
        let (Some(instance), at) = (fact.instance, fact.at.as_ms()) else { continue };
        match fact.to {
            "REGISTERING" | "ACTIVE" => {
                since.entry(instance.number).or_insert(at);
            }
            "TERMINATED" => sum += since.remove(&instance.number).map_or(0, |began| overlap(began, at)),
            _ => (),
        }
    }
    sum += since.values().map(|began| overlap(*began, seen.run.ended_at.as_ms())).sum::<u64>();
    sum as f64
}

/// Deaths come at their rate for each registered instance: over many runs, their number less the rate times the
/// instance-hours is a martingale whose variance is those instance-hours' share.
#[test]
fn deaths_come_at_their_rate() {
    let (from, until, rate) = (600_000, 6 * 3_600_000, 0.4);
    let (mut died, mut expected) = (0, 0.0);
    for replication in 0..40 {
        let mut story = Story::of_light_instances(6).until(7);
        story.setup.faults = vec![fault(from, until, FaultKind::InstanceDeaths { rate_per_hour: rate })];
        let seen = watch_one(&story.setup, replication);
        let deaths = struck(&seen, "instanceDeaths");
        assert!(deaths.iter().all(|(at, instance)| (from..until).contains(at) && instance.is_some()));
        // Gone without notice, in that millisecond, with all that was on it.
        let gone = seen.instances("TERMINATED");
        for (at, instance) in &deaths {
            assert!(gone.contains(&(*at, instance.unwrap_or(0))), "{at}: {gone:?}");
        }
        died += deaths.len();
        expected += rate * exposure(&seen, from, until) / 3_600_000.0;
        // The window over, the service has all its tasks again.
        assert_eq!((seen.run.services[0].waiting, seen.run.outcome), (0, Outcome::Completed));
    }
    let deviation = expected.sqrt();
    assert!((died as f64 - expected).abs() < 3.29 * deviation, "{died} died, {expected} expected");
}

/// F4: two minutes after the notice an interrupted instance is gone, empty or not; and only SPOT instances are.
#[test]
fn spot_instances_have_two_minutes() {
    let with = |spot| {
        let mut story = Story::of_light_instances(5).until(4);
        story.setup.capacity_providers[0].spot = spot;
        let kind = FaultKind::SpotInterruptions { rate_per_hour: 1.0 };
        story.setup.faults = vec![fault(0, 3 * 3_600_000, kind)];
        story
    };
    assert!(struck(&watch(&with(false).setup), "spotInterruptions").is_empty());
    // Moving the tasks takes longer than two minutes with these delays, so none is drained in time.
    let t = Times::of(&with(true));
    assert!(t.until_registering() + t.until_active() + t.moving() > 120_000);
    let (mut noticed, mut expected) = (0, 0.0);
    for replication in 0..20 {
        let seen = watch_one(&with(true).setup, replication);
        let notices = struck(&seen, "spotInterruptions");
        let (draining, gone) = (seen.instances("DRAINING"), seen.instances("TERMINATED"));
        for (at, instance) in &notices {
            let number = instance.unwrap_or(0);
            let was_active = draining.contains(&(*at, number));
            let life = seen.life(number);
            // One that is still REGISTERING does not drain; one without tasks is gone as soon as its daemon is.
            let before = life.iter().rev().find(|(then, to)| *then <= *at && *to != "DRAINING");
            let registering = before.is_some_and(|(_, status)| *status == "REGISTERING");
            assert!(was_active != registering, "{at}: {life:?}");
            let drained = life.iter().any(|(then, to)| *to == "DEREGISTERING" && *then < at + 120_000);
            let end = gone.iter().find(|(_, n)| *n == number).map_or(0, |(end, _)| *end);
            assert!(end == at + 120_000 || (drained && end < at + 120_000), "{at}: {life:?}");
        }
        noticed += notices.len();
        // Under notice an instance is not interrupted again.
        let under_notice = notices.len() as f64 * 120_000.0;
        expected += (exposure(&seen, 0, 3 * 3_600_000) - under_notice) / 3_600_000.0;
    }
    assert!(
        (noticed as f64 - expected).abs() < 3.29 * expected.sqrt(),
        "{noticed} notices, {expected} expected"
    );
}

/// F3: in the window nothing of the zone is left and nothing comes there; afterwards it is used again.
#[test]
fn a_zone_that_is_out_is_empty() {
    let (from, until) = (600_000, 1_800_000);
    let mut story = Story::of_instances(6);
    let mut outage = fault(from, until, FaultKind::AvailabilityZoneOutage);
    outage.zone = Some(Id::new(0));
    story.setup.faults = vec![outage];
    let change = ServiceChange { desired: Some(8 * 12), ..ServiceChange::default() };
    let story = story.at(7_200_000, Request::UpdateService { service: SERVICE, change });
    let seen = watch(&story.setup);
    let in_zone = |fact: &&Fact| fact.kind == FactKind::Instance && fact.zone == Some(Id::new(0));
    let facts: Vec<(u64, &str)> =
        seen.facts.iter().filter(in_zone).map(|fact| (fact.at.as_ms(), fact.to)).collect();
    // Two of six instances are in each zone.
    let died: Vec<_> = facts.iter().filter(|(_, to)| *to == "TERMINATED").collect();
    assert_eq!(died, [&(from, "TERMINATED"); 2], "{:#?}", seen.run);
    assert!(facts.iter().all(|(at, _)| *at <= from || *at >= 7_200_000), "{facts:?}");
    // Their tasks come back elsewhere: two new instances, when the scheduler knows of the loss.
    let t = Times::of(&story);
    let called = from + t.scheduler_tick + t.provision_decision;
    assert_eq!(seen.instances("LAUNCHING")[..2], [(called, 7), (called, 8)]);
    // Six more then: the empty zone first, until all have as many.
    let late = facts.iter().filter(|(_, to)| *to == "LAUNCHING").count();
    assert_eq!(late, 4, "{facts:?}");
    assert_eq!(seen.run.cluster.instances_end, 12);
}

/// A zone that is out holds up a rollout that launches there one for one no more than the others do.
#[test]
fn a_rollout_passes_a_zone_that_is_out() {
    let mut story = Story::of_instances(6).update_to(rolling(50));
    let mut outage = fault(10_000, u64::MAX, FaultKind::AvailabilityZoneOutage);
    outage.zone = Some(Id::new(1));
    story.setup.faults = vec![outage];
    let seen = watch(&story.setup);
    let row = &seen.run.deployments[0];
    assert_eq!(row.status, DeploymentStatus::Successful, "{row:#?}");
    assert_eq!(seen.run.daemons[0].current_revisions, [(Id::new(1), 6)]);
    let there = seen.facts.iter().filter(|fact| fact.zone == Some(Id::new(1)) && fact.at.as_ms() > 10_000);
    assert_eq!(there.count(), 0);
}

/// FORM-2.2: of N calls at once through a bucket of C that fills by r a second, the last is let through (N − C)/r
/// later.
#[test]
fn calls_at_once_pass_as_the_bucket_fills() {
    for (fleet, burst, per_second) in [(8, 2, 0.5), (8, 1, 0.5), (6, 6, 1.0), (9, 3, 1.0), (4, 10, 0.25)] {
        let mut story = Story::of_instances(fleet).update_to(rolling(100));
        story.setup.delays.instance_launch = always(60_013);
        story.setup.faults = vec![fault(0, u64::MAX, FaultKind::ApiThrottling { burst, per_second })];
        let t = Times::of(&story);
        let called = t.deploy_decision + t.drain_react + t.provision_decision;
        let seen = watch(&story.setup);
        let expected: Vec<u64> = (1..=fleet)
            .map(|n| f64::from(n.saturating_sub(burst)) / per_second * 1_000.0)
            .map(|wait| called + wait as u64 + t.instance_launch)
            .collect();
        assert_eq!(seen.times("REGISTERING"), expected, "{fleet}, {burst}, {per_second}: {:#?}", seen.run);
    }
}

/// F2, on all calls: launch calls as told by REGISTERING less `instanceLaunch`, and starts of tasks that were not held
/// up by anything else; never more than the bucket lets through.
#[test]
fn a_bucket_is_never_overdrawn() {
    let (burst, per_second) = (5, 0.5);
    let mut story = Story::of_instances(6).update_to(rolling(50));
    story.setup.faults = vec![fault(0, u64::MAX, FaultKind::ApiThrottling { burst, per_second })];
    let t = Times::of(&story);
    let seen = watch(&story.setup);
    assert_eq!(seen.run.deployments[0].status, DeploymentStatus::Successful, "{:#?}", seen.run);
    let mut accepted: Vec<u64> =
        seen.times("REGISTERING").into_iter().map(|at| at - t.instance_launch).collect();
    // A task start that is let through is RUNNING after its start's delay.
    let started = seen.facts.iter().filter(|fact| fact.kind == FactKind::Task && fact.to == "RUNNING");
    accepted.extend(started.filter(|fact| fact.from == "PENDING").map(|fact| {
        let takes = match fact.revision {
            Some(daemonsim::model::RevisionName::Daemon(_)) => t.daemon_start,
            _ => t.app_start,
        };
        fact.at.as_ms() - takes
    }));
    accepted.sort_unstable();
    for (at, from) in accepted.iter().enumerate() {
        for (more, until) in accepted[at..].iter().enumerate() {
            let most = f64::from(burst) + per_second * (until - from) as f64 / 1_000.0;
            assert!((more + 1) as f64 <= most + 1e-6, "{} calls from {from} to {until}", more + 1);
        }
    }
}

/// `killDaemons`: so many, at once, when the window opens; what follows is repair.
#[test]
fn daemons_are_killed_when_the_window_opens() {
    for (fleet, count) in [(5, 3), (3, 5), (4, 1)] {
        let mut story = Story::of_instances(fleet);
        story.setup.faults = vec![fault(500_009, 500_010, FaultKind::KillDaemons { count })];
        let t = Times::of(&story);
        let seen = watch(&story.setup);
        let killed = count.min(fleet) as usize;
        let stops = seen.daemon_tasks(|fact| fact.from == "RUNNING" && fact.to == "STOPPED");
        assert_eq!(
            stops,
            vec![(500_009, "RUNNING", "STOPPED"); killed],
            "{count} of {fleet}: {:#?}",
            seen.run
        );
        let drained = seen.times("DRAINING");
        assert_eq!(drained.len(), killed);
        assert_eq!(drained[0], 500_009 + t.stop_detect);
        assert_eq!((seen.run.outcome, seen.run.cluster.instances_end), (Outcome::Completed, fleet));
    }
}

/// Without its agent an instance takes no task and starts none; what runs there runs on.
#[test]
fn nothing_is_placed_where_the_agent_is_gone() {
    let lasts = 900_007;
    let mut told = 0;
    for replication in 0..10 {
        let mut story = Story::of_instances(6).until(8);
        let kind = FaultKind::AgentDisconnects { rate_per_hour: 0.5, lasts: always(lasts) };
        story.setup.faults = vec![fault(0, 4 * 3_600_000, kind)];
        // Something to place, again and again.
        for n in 1..20 {
            let change = ServiceChange { force_new_deployment: true, ..ServiceChange::default() };
            story = story.at(n * 700_000, Request::UpdateService { service: SERVICE, change });
        }
        let seen = watch_one(&story.setup, replication);
        let lost = struck(&seen, "agentDisconnects");
        told += lost.len();
        let placed = seen.facts.iter().filter(|fact| fact.kind == FactKind::Task && fact.to == "PENDING");
        for fact in placed.filter(|fact| fact.instance.is_some()) {
            let (at, number) = (fact.at.as_ms(), fact.instance.map(|i| i.number));
            let away =
                lost.iter().find(|(from, who)| *who == number && (*from + 1..from + lasts).contains(&at));
            assert!(away.is_none(), "{fact:?} while {away:?}");
        }
        assert!(seen.facts.iter().all(|fact| fact.reason != Reason::Word("EssentialContainerExited")));
    }
    assert!(told > 20, "{told} agents lost");
}

/// A scope narrows a mishap: a provider, a zone, a share of instances.
#[test]
fn a_mishap_keeps_to_its_scope() {
    let slow = |scope: &dyn Fn(&mut FaultSetup)| {
        let mut story = Story::of_instances(30).update_to(rolling(100));
        let mut slowly = fault(0, u64::MAX, FaultKind::SlowLaunches { factor: 2.0 });
        scope(&mut slowly);
        story.setup.faults = vec![slowly];
        let t = Times::of(&story);
        let usual = t.deploy_decision + t.until_registering();
        let seen = watch(&story.setup);
        let late =
            seen.facts.iter().filter(|fact| fact.kind == FactKind::Instance && fact.to == "REGISTERING");
        late.filter(|fact| fact.at.as_ms() > usual)
            .map(|fact| fact.zone.map_or(9, Id::index))
            .collect::<Vec<_>>()
    };
    assert_eq!(slow(&|_| ()).len(), 30);
    assert_eq!(slow(&|fault| fault.provider = Some(PROVIDER)).len(), 30);
    assert_eq!(slow(&|fault| fault.zone = Some(Id::new(2))), vec![2; 10]);
    assert_eq!(slow(&|fault| fault.share = 0.0).len(), 0);
    let share = slow(&|fault| fault.share = 0.4).len();
    // 12 of 30, within 3.29 deviations of 2.7.
    assert!((4..=20).contains(&share), "{share}");
}

/// A rollout through deaths: every instance lost is replaced by one with the new revision, and it comes to its end.
#[test]
fn a_rollout_survives_deaths() {
    for replication in 0..20 {
        let mut story = Story::of_light_instances(8).until(24);
        story.setup.faults = vec![fault(0, 2 * 3_600_000, FaultKind::InstanceDeaths { rate_per_hour: 1.0 })];
        let settings =
            daemonsim::world::setup::DaemonSettings { drain_percent: Percent::whole(13), ..daemon(1, 25) };
        let story = story.at(60_000, Request::UpdateDaemon { daemon: DAEMON, settings });
        let seen = watch_one(&story.setup, replication);
        let row = &seen.run.deployments[0];
        assert_eq!(row.status, DeploymentStatus::Successful, "{replication}: {row:#?}");
        assert_eq!(seen.run.daemons[0].current_revisions, [(Id::new(1), 8)], "{replication}");
        let begun = row.started.map_or(0, SimTime::as_ms);
        assert_eq!(seen.launches_with(super::OLD, begun), [0; 0], "{replication}");
        assert!(row.duration() > Some(SimDuration::ZERO));
    }
}
