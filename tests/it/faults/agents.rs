//! Agents that are away: nothing is placed with them, and they hear of no stop.

use super::{AT_ONCE, constantly, fault, in_zone};
use crate::heard::{app_task, daemon_task, hear};
use crate::story::{SERVICE, Story, constant};
use daemonsim::kernel::SimDuration;
use daemonsim::model::Percent;
use daemonsim::record::{FactKind, Reason};
use daemonsim::world::setup::{FaultKind, FaultSetup, Request, ServiceChange};

const LASTS: u64 = 400_009;
const FROM: u64 = 50_000;

fn away() -> FaultSetup {
    fault(
        FROM,
        FROM + 1_000,
        FaultKind::AgentDisconnects { rate_per_hour: AT_ONCE, lasts: constantly(LASTS) },
    )
}

/// One instance with room for four more tasks, and no second one.
fn roomy() -> Story {
    let mut story = Story::of_instances(1).under(away());
    story.setup.capacity_providers[0].max_instances = Some(1);
    if let Request::CreateService { settings, .. } = &mut story.setup.before[0] {
        settings.desired = 4;
    }
    story
}

fn desire(desired: u32) -> Request {
    let change = ServiceChange { desired: Some(desired), ..ServiceChange::default() };
    Request::UpdateService { service: SERVICE, change }
}

/// It is told when it went and when it is back.
fn absence(heard: &crate::heard::Heard) -> (u64, u64) {
    let told: Vec<_> =
        heard.all(FactKind::Fault, "agentDisconnects").map(|f| (f.at.as_ms(), f.reason)).collect();
    let [(gone, Reason::Word("agent is away")), (back, Reason::Word("agent is back"))] = told[..] else {
        panic!("{told:?}")
    };
    assert_eq!(back, gone + LASTS);
    (gone, back)
}

#[test]
fn nothing_is_placed_with_an_agent_that_is_away() {
    let story = roomy().at(100_000, desire(8));
    let (run, heard) = hear(&story);
    let (_, back) = absence(&heard);
    let created = 100_000 + constant(&story.setup.delays.scheduler_tick);
    assert_eq!(heard.apps("PROVISIONING"), [created; 4]);
    assert_eq!(heard.apps("PENDING"), [back; 4]);
    assert_eq!(run.cluster.launched, 0);
    // It goes on serving, and running its daemon.
    assert_eq!((run.services[0].min_running, run.cluster.active_min), (Some(4), 1));
    assert_eq!(heard.count(|c| c.without_daemon), [(0, 0)]);
}

#[test]
fn stop_signals_wait_for_the_agent() {
    let story = roomy().at(100_000, Request::StopTask { task: app_task(2) }).at(110_000, desire(2));
    let d = &story.setup.delays;
    let (_, heard) = hear(&story);
    let (_, back) = absence(&heard);
    assert_eq!(heard.app(2, "STOPPING"), [100_000]);
    assert_eq!(heard.app(2, "STOPPED"), [back + constant(&d.app_stop)]);
    // The surplus that ran: one of three, beside the one that had not found a place yet.
    let ran = heard.apps("STOPPING");
    assert_eq!(ran, [100_000, 110_000 + constant(&d.scheduler_tick)]);
    let stopped: Vec<u64> = heard.apps("STOPPED").into_iter().filter(|at| *at > ran[1]).collect();
    assert_eq!(stopped, [back + constant(&d.app_stop); 2]);

    let story = roomy().at(100_000, Request::StopTask { task: daemon_task(1) });
    let (_, heard) = hear(&story);
    let (_, back) = absence(&heard);
    let d = &story.setup.delays;
    let stopped = back + constant(&d.daemon_stop);
    assert_eq!(heard.daemon(1, "STOPPED"), [stopped]);
    assert_eq!(heard.instance(1, "DRAINING"), [stopped + constant(&d.stop_detect)]);
}

/// A drain waits for the agent to be told, and goes on when it is back.
#[test]
fn a_drain_waits_for_the_agent() {
    let story = Story::of_instances(1).update(Percent::whole(100), SimDuration::ZERO).under(away());
    let d = &story.setup.delays;
    let (run, heard) = hear(&story);
    let (_, back) = absence(&heard);
    // The replacements are healthy long before.
    let stops = constant(&d.deploy_decision) + crate::story::cycle(d)
        - constant(&d.app_stop)
        - constant(&d.daemon_stop)
        - constant(&d.terminate);
    assert!(stops < back);
    let stopping = heard.apps("STOPPING");
    assert_eq!(stopping, [stops; 8]);
    let gone = back + constant(&d.app_stop) + constant(&d.daemon_stop) + constant(&d.terminate);
    assert_eq!(heard.instance(1, "TERMINATED"), [gone]);
    let finished = gone + constant(&d.success_check);
    assert_eq!(run.deployments[0].finished.map(|t| t.as_ms()), Some(finished), "{run:#?}");
}

/// Only where the fault is.
#[test]
fn others_are_not_away() {
    let mut story = Story::of_instances(3).under(in_zone(2, away()));
    story.setup.horizon = SimDuration::from_ms(1_000_000);
    let (_, heard) = hear(&story);
    let struck: Vec<_> = heard.all(FactKind::Fault, "agentDisconnects").filter_map(|f| f.zone).collect();
    assert!(struck.iter().all(|zone| zone.index() == 2));
    assert_eq!(struck.len(), 2);
}

/// Away for an exponential time after a constant one, again and again: each absence lasts as long as it should, and the
/// share of the time that an agent is away is lasts/(lasts + 1/rate).
#[test]
fn agents_come_and_go() {
    let kind = FaultKind::AgentDisconnects { rate_per_hour: 2.0, lasts: constantly(600_000) };
    let horizon = 200 * 3_600_000;
    let mut story = Story::of_instances(4).under(fault(0, horizon, kind));
    story.setup.horizon = SimDuration::from_ms(horizon);
    let (_, heard) = hear(&story);
    let mut left = std::collections::BTreeMap::new();
    let mut away = 0_u64;
    for fact in heard.all(FactKind::Fault, "agentDisconnects") {
        let (at, instance) = (fact.at.as_ms(), fact.instance);
        match left.remove(&instance) {
            None => drop(left.insert(instance, at)),
            Some(gone) => {
                assert_eq!(at, gone + 600_000);
                away += 600_000;
            }
        }
    }
    // A renewal of 10 min away and 30 min there on average: 0.25; in 800 h about 1 200 absences, each adding the
    // variance of its 30 min: sd of the share ≈ 0.25 · 0.75 / √1200.
    let share = away as f64 / (4.0 * horizon as f64);
    assert!((share - 0.25).abs() < 3.29 * 0.25 * 0.75 / 1_200_f64.sqrt() + 0.001, "{share}");
}
