//! Zones that are out (F3).

use super::{always, arriving, fault, in_zone, on, on_two_providers};
use crate::heard::{Heard, hear};
use crate::story::{PROVIDER, SERVICE, Story, constant};
use daemonsim::kernel::SimDuration;
use daemonsim::model::assumptions::Replacement;
use daemonsim::model::{DeploymentStatus, InstanceName, Percent, TaskName};
use daemonsim::record::{Fact, FactKind, Outcome};
use daemonsim::world::setup::{Delays, FaultKind, FaultSetup, Request, ServiceChange};
use std::collections::BTreeMap;

fn outage(from: u64, until: u64) -> FaultSetup {
    fault(from, until, FaultKind::AvailabilityZoneOutage)
}

/// Goes through the facts: from `from` on and before `until` nothing lives in a zone, and nothing begins to.
fn is_dark(heard: &Heard, zone: usize, from: u64, until: u64) {
    let here = |f: &&Fact| f.zone.map(|z| z.index()) == Some(zone);
    let mut instances: BTreeMap<InstanceName, &str> = BTreeMap::new();
    let mut tasks: BTreeMap<TaskName, &str> = BTreeMap::new();
    let mut judged = false;
    for fact in heard.facts.iter().filter(here) {
        let at = fact.at.as_ms();
        if at > from && !judged {
            assert!(instances.values().all(|to| *to == "TERMINATED"), "{instances:?}");
            assert!(tasks.values().all(|to| *to == "STOPPED"), "{tasks:?}");
            judged = true;
        }
        if fact.kind == FactKind::Instance || fact.kind == FactKind::Task {
            assert!(!(from + 1..until).contains(&at), "{fact:?}");
        }
        match (fact.kind == FactKind::Instance, fact.instance, fact.task) {
            (true, Some(instance), _) => drop(instances.insert(instance, fact.to)),
            (false, _, Some(task)) => drop(tasks.insert(task, fact.to)),
            _ => (),
        }
    }
    assert!(judged, "the zone is used again");
}

/// At its beginning all in the zone is gone; what was there comes back in other zones; afterwards it is used again.
#[test]
fn an_outage_empties_its_zone() {
    let (from, until) = (100_003, 4_000_007);
    for (seed, random) in [(1, false), (1, true), (2, true), (3, true)] {
        let grown = ServiceChange { desired: Some(100), ..ServiceChange::default() };
        let mut story = Story::of_instances(6)
            .at(
                0,
                Request::UpdateDaemon { daemon: crate::story::DAEMON, settings: crate::story::daemon(1, 50) },
            )
            .at(until + 10, Request::UpdateService { service: SERVICE, change: grown })
            .under(in_zone(1, outage(from, until)));
        story.setup.seed = seed;
        if random {
            story.setup.delays = Delays::default();
        }
        let (run, heard) = hear(&story);
        is_dark(&heard, 1, from, until);
        let again = heard.all(FactKind::Instance, "LAUNCHING").filter(|f| f.at.as_ms() >= until);
        assert!(again.into_iter().any(|f| f.zone.map(|z| z.index()) == Some(1)));
        assert_eq!(run.deployments[0].status, DeploymentStatus::Successful, "{run:#?}");
        assert_eq!(heard.count(|c| c.app_running).last().map(|(_, n)| *n), Some(100));
        assert!(run.cluster.mishaps.deaths >= 2, "{run:#?}");
    }
}

/// What EC2 is asked for when a zone goes is not launched there either.
#[test]
fn a_launch_under_way_is_lost() {
    let story = arriving(1);
    let d = &story.setup.delays;
    let called = constant(&d.scheduler_tick) + constant(&d.provision_decision);
    let story = story.under(in_zone(0, outage(called + 1_000, called + 600_000)));
    let d = &story.setup.delays;
    let (run, heard) = hear(&story);
    assert_eq!(heard.instance(1, "TERMINATED"), [called + 1_000]);
    assert_eq!(heard.fact_of(1, "TERMINATED").from, "LAUNCHING");
    let again = called + 1_000 + constant(&d.provision_decision);
    assert_eq!(heard.instance(2, "LAUNCHING"), [again]);
    assert_eq!(heard.fact_of(2, "LAUNCHING").zone.map(|z| z.index()), Some(1));
    assert_eq!((run.cluster.launched, run.services[0].interruptions), (2, 0));
}

/// All zones out: nothing is launched until the end, and then what is needed.
#[test]
fn without_a_zone_everything_waits() {
    let (from, until) = (100_003, 3_000_001);
    for replacement in [Replacement::OnDemand, Replacement::OneForOne] {
        let story = Story::of_instances(4)
            .assuming(|a| a.replacement = replacement)
            .update(Percent::whole(25), SimDuration::ZERO)
            .under(outage(from, until));
        let d = &story.setup.delays;
        let (run, heard) = hear(&story);
        // i-1 was draining, its replacement on its way when all went dark.
        for number in 1..=4 {
            assert_eq!(heard.instance(number, "TERMINATED"), [from]);
        }
        let called = until + constant(&d.provision_decision);
        let launches = heard.times(FactKind::Instance, "LAUNCHING");
        let later: Vec<u64> = launches.into_iter().filter(|at| *at > from).collect();
        assert_eq!(later, [called; 4], "{replacement:?}");
        let active =
            called + constant(&d.instance_launch) + constant(&d.daemon_start) + constant(&d.instance_active);
        let running = active + constant(&d.app_start);
        assert_eq!(heard.count(|c| c.app_running).last(), Some(&(running, 32)));
        assert_eq!(run.deployments[0].status, DeploymentStatus::Successful, "{run:#?}");
        assert_eq!(run.daemons[0].current_revisions, [(daemonsim::kernel::Id::new(1), 4)]);
        assert_eq!((run.services[0].min_running, run.services[0].interruptions), (Some(0), 32));
    }
}

/// All zones, for ever: the run says so.
#[test]
fn without_any_zone_ever_the_run_stalls() {
    let mut story = Story::of_instances(2).under(always(FaultKind::AvailabilityZoneOutage));
    story.setup.horizon = SimDuration::from_secs(24 * 3_600);
    let (run, heard) = hear(&story);
    assert_eq!(heard.times(FactKind::Instance, "LAUNCHING"), Vec::<u64>::new());
    assert_eq!(run.outcome, Outcome::Stalled, "{run:#?}");
    assert_eq!(run.services[0].waiting, 16);
}

/// Two outages of one zone: it is out until both are over.
#[test]
fn outages_overlap() {
    let story = Story::of_instances(1).under(outage(100_003, 2_000_003)).under(outage(1_000_003, 3_000_003));
    let (_, heard) = hear(&story);
    let called = 3_000_003 + constant(&story.setup.delays.provision_decision);
    assert_eq!(heard.times(FactKind::Instance, "LAUNCHING"), [called]);
}

/// The zone of one provider is not another's.
#[test]
fn an_outage_of_one_provider() {
    let story =
        on_two_providers(Story::of_instances(6)).under(on(PROVIDER, in_zone(0, outage(100_003, 900_001))));
    let (_, heard) = hear(&story);
    let gone: Vec<_> = heard.all(FactKind::Instance, "TERMINATED").filter_map(|f| f.instance).collect();
    assert_eq!(gone, [InstanceName { provider: PROVIDER, number: 1 }]);
}
