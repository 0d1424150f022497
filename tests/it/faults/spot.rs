//! SPOT instances that EC2 wants back (F4).

use super::{AT_ONCE, SECOND, fault, on_two_providers};
use crate::heard::hear;
use crate::story::{PROVIDER, Story, constant, cycle};
use daemonsim::kernel::SimDuration;
use daemonsim::model::{DeploymentStatus, Percent};
use daemonsim::record::{FactKind, Reason};
use daemonsim::world::setup::{FaultKind, FaultSetup};

const NOTICE: u64 = 120_000;

fn interruptions(from: u64) -> FaultSetup {
    fault(from, from + 1_000, FaultKind::SpotInterruptions { rate_per_hour: AT_ONCE })
}

fn spot(n: u32) -> Story {
    let mut story = Story::of_instances(n);
    story.setup.capacity_providers[0].spot = true;
    story
}

/// The usual cycle is longer than the notice: taken as it is, two minutes after it.
#[test]
fn what_is_not_drained_is_taken() {
    let story = spot(1).under(interruptions(50_000));
    let d = &story.setup.delays;
    assert!(cycle(d) > NOTICE);
    let (run, heard) = hear(&story);
    let [notice] = heard.times(FactKind::Fault, "spotInterruptions")[..] else { panic!("one notice") };
    assert_eq!(heard.instance(1, "DRAINING"), [notice]);
    assert_eq!(heard.fact_of(1, "DRAINING").reason, Reason::Word("Spot interruption"));
    assert_eq!(heard.instance(1, "TERMINATED"), [notice + NOTICE]);
    assert_eq!(heard.daemon(1, "STOPPED"), [notice + NOTICE]);
    let codes: Vec<_> = heard.all(FactKind::Task, "STOPPED").map(|f| (f.at.as_ms(), f.reason)).collect();
    assert_eq!(codes, [(notice + NOTICE, Reason::Word("SpotInterruption")); 9]);
    // The services noticed the drain and had started replacements: nothing is started for the same tasks again.
    let called = notice + constant(&d.drain_react) + constant(&d.provision_decision);
    let running = called
        + constant(&d.instance_launch)
        + constant(&d.daemon_start)
        + constant(&d.instance_active)
        + constant(&d.app_start);
    assert_eq!(heard.apps("RUNNING"), [running; 8]);
    assert_eq!(heard.apps("PROVISIONING").len(), 8);
    assert_eq!((run.services[0].min_running, run.services[0].interruptions), (Some(8), 8));
    assert_eq!((run.cluster.mishaps.spot_interruptions, run.cluster.mishaps.deaths), (1, 0));
}

/// Drained in time: gone when the drain is over, and not taken again.
#[test]
fn what_is_drained_in_time_is_gone_before() {
    let mut story = spot(1).under(interruptions(50_000));
    story.setup.delays.health_wait = super::constantly(1_053);
    story.setup.delays.terminate = super::constantly(5_101);
    let d = &story.setup.delays;
    assert!(cycle(d) < NOTICE);
    let (_, heard) = hear(&story);
    let [notice] = heard.times(FactKind::Fault, "spotInterruptions")[..] else { panic!("one notice") };
    assert_eq!(heard.instance(1, "TERMINATED"), [notice + cycle(d)]);
    let codes = heard.all(FactKind::Task, "STOPPED").map(|f| (f.from, f.reason));
    assert!(codes.into_iter().all(|told| told == ("STOPPING", Reason::None)));
}

/// In the middle of its termination, too, it is taken when the two minutes are over.
#[test]
fn two_minutes_are_all_there_is() {
    let mut story = spot(1).under(interruptions(50_000));
    story.setup.delays.health_wait = super::constantly(1_053);
    let d = &story.setup.delays;
    let drained = cycle(d) - constant(&d.terminate);
    assert!(drained < NOTICE && cycle(d) > NOTICE);
    let (_, heard) = hear(&story);
    let [notice] = heard.times(FactKind::Fault, "spotInterruptions")[..] else { panic!("one notice") };
    assert_eq!(heard.instance(1, "DEREGISTERING"), [notice + drained]);
    assert_eq!(heard.instance(1, "TERMINATED"), [notice + NOTICE]);
}

/// ON_DEMAND instances are never wanted back.
#[test]
fn only_spot_instances_are_wanted_back() {
    let mut story = on_two_providers(Story::of_instances(6)).under(interruptions(50_000));
    story.setup.capacity_providers[1].spot = true;
    let (run, heard) = hear(&story);
    let struck: Vec<_> = heard.all(FactKind::Fault, "spotInterruptions").filter_map(|f| f.provider).collect();
    assert_eq!(struck, [SECOND; 3]);
    let untouched = |f: &&daemonsim::record::Fact| f.provider == Some(PROVIDER) && f.at.as_ms() > 0;
    assert_eq!(heard.facts.iter().filter(untouched).count(), 0);
    assert_eq!(run.cluster.mishaps.spot_interruptions, 3);
}

/// An interruption takes an instance out of a rollout: it leaves with the new revision in its stead.
#[test]
fn a_rollout_goes_on_without_what_was_taken() {
    let story =
        spot(3).update(Percent::whole(34), SimDuration::ZERO).under(super::in_zone(2, interruptions(60_000)));
    let d = &story.setup.delays;
    let (run, heard) = hear(&story);
    let [notice] = heard.times(FactKind::Fault, "spotInterruptions")[..] else { panic!("one notice") };
    // ⌈34 % of 3⌉ = 2 drain first; the third is wanted back meanwhile and needs no wave of its own.
    assert_eq!(heard.instance(3, "DRAINING"), [notice]);
    let wave = constant(&d.deploy_decision) + cycle(d);
    assert!(notice + NOTICE < wave);
    assert_eq!(heard.times(FactKind::Wave, "FINISHED"), [wave]);
    assert_eq!(run.deployments[0].finished.map(|t| t.as_ms()), Some(wave + constant(&d.success_check)));
    assert_eq!(run.deployments[0].status, DeploymentStatus::Successful, "{run:#?}");
    assert_eq!(run.daemons[0].current_revisions, [(daemonsim::kernel::Id::new(1), 3)]);
}

/// Notices come as often as the rate says: over one hour, from all that were there to be struck.
#[test]
fn notices_are_as_many_as_the_rate_says() {
    let hour = 3_600_000;
    let mut found = 0.0;
    let runs = 40;
    for seed in 1..=runs {
        let kind = FaultKind::SpotInterruptions { rate_per_hour: 0.2 };
        let mut story = spot(10).under(fault(0, hour, kind));
        story.setup.seed = seed;
        story.setup.horizon = SimDuration::from_ms(hour);
        let (_, heard) = hear(&story);
        // Of the first ten, each is struck in the hour with the probability 1 − e^(−0.2).
        let first = heard.all(FactKind::Fault, "spotInterruptions").filter_map(|f| f.instance);
        found += first.filter(|i| i.number <= 10).count() as f64;
    }
    let n = runs as f64 * 10.0;
    let p = 1.0 - exponential(-0.2);
    let sd = (n * p * (1.0 - p)).sqrt();
    assert!((found - n * p).abs() < 3.29 * sd, "{found}, expected {} ± {sd}", n * p);
}

/// e^x by its series.
fn exponential(x: f64) -> f64 {
    let mut term = 1.0;
    (1..30).fold(1.0, |sum, k| {
        term *= x / f64::from(k);
        sum + term
    })
}
