//! The judge bites: each of these logs breaks a rule, each another one.

use super::Log;
use crate::failures::{NEW, always, rolling, scripted};
use crate::story::Story;
use daemonsim::kernel::{Id, SimTime};
use daemonsim::model::{AlarmState, RevisionName};
use daemonsim::record::{Fact, FactKind, Reason, RunSummary};
use daemonsim::world::setup::{DaemonSettings, Setup};

/// Where in a log something is.
fn at(facts: &[Fact], is: impl Fn(&Fact) -> bool) -> usize {
    facts.iter().position(is).unwrap_or_else(|| panic!("there is no such fact"))
}

fn last(facts: &[Fact], is: impl Fn(&Fact) -> bool) -> usize {
    facts.iter().rposition(is).unwrap_or_else(|| panic!("there is no such fact"))
}

fn run(setup: &Setup) -> (RunSummary, Log) {
    daemonsim::world::simulate(setup, 0, Log::new(setup))
}

/// A log is fine, and with this change it is not: the rule says so.
fn breaks(story: &Story, rule: &str, change: impl FnOnce(&mut [Fact])) {
    let (run, mut log) = run(&story.setup);
    assert_eq!(log.judge(&run), [""; 0]);
    change(&mut log.facts);
    let broken = log.judge(&run);
    assert!(broken.iter().any(|said| said.starts_with(rule)), "{rule}: {broken:#?}");
}

#[test]
fn a_breaker_that_miscounts_is_found_out() {
    let story = Story::of_instances(4).new_behaves(|b| b.fails_to_start = 1.0).update_to(rolling(25));
    let counts = |fact: &Fact| fact.kind == FactKind::CircuitBreaker;
    breaks(&story, "A6", |facts| {
        let second = at(facts, |fact| counts(fact) && fact.reason == Reason::Of(2, 3, "failures"));
        facts[second].reason = Reason::Of(3, 3, "failures");
    });
    breaks(&story, "A6", |facts| {
        let trip = at(facts, |fact| fact.to == "TRIGGERED");
        facts[trip].to = "MONITORING";
    });
    breaks(&story, "M12", |facts| {
        let first = at(facts, counts);
        facts[first].cause = Some(0);
    });
    breaks(&story, "A5", |facts| {
        let stop = at(facts, |fact| fact.to == "STOP_REQUESTED");
        facts[stop].cause = Some(0);
    });
    breaks(&story, "S1", |facts| {
        let back = at(facts, |fact| fact.to == "ROLLBACK_SUCCESSFUL");
        facts[back].to = "SUCCESSFUL";
    });
    breaks(&story, "a registration failed for no daemon", |facts| {
        let failed = at(facts, |fact| fact.to == "REGISTRATION_FAILED");
        facts[failed].cause = Some(0);
    });
}

#[test]
fn a_rollback_that_goes_wrong_is_found_out() {
    let settings = DaemonSettings { alarms: vec![Id::new(0)], ..rolling(50) };
    let mut story = Story::of_instances(4).update_to(settings);
    // In the second wave.
    story.setup.alarms = vec![scripted("errors", AlarmState::Ok, &[(300_000, AlarmState::Alarm)])];
    let starts = |fact: &Fact| fact.from.is_empty() && matches!(fact.revision, Some(RevisionName::Daemon(_)));
    breaks(&story, "M7", |facts| {
        let latest = last(facts, |fact| fact.kind == FactKind::Task && starts(fact));
        facts[latest].revision = Some(RevisionName::Daemon(NEW));
    });
    breaks(&story, "B2", |facts| {
        // All that its latest task is said to have been.
        let latest = last(facts, |fact| fact.kind == FactKind::Task && starts(fact));
        let task = facts[latest].task;
        for fact in facts.iter_mut().filter(|fact| fact.task == task) {
            fact.revision = Some(RevisionName::Daemon(NEW));
        }
    });
    breaks(&story, "A5", |facts| {
        let rings = at(facts, |fact| fact.kind == FactKind::Alarm);
        facts[rings].to = "INSUFFICIENT_DATA";
    });
    breaks(&story, "STOP_REQUESTED lasts", |facts| {
        let back = at(facts, |fact| fact.to == "ROLLBACK_IN_PROGRESS");
        for fact in &mut facts[back..] {
            fact.at = SimTime::from_ms(fact.at.as_ms() + 1);
        }
    });
}

#[test]
fn a_repair_out_of_turn_is_found_out() {
    let story = Story::of_instances(4).old_behaves(|b| b.crashes_after = Some(always(3_600_013))).until(2);
    let repairs = |fact: &Fact| fact.to == "DRAINING" && fact.kind == FactKind::Instance;
    breaks(&story, "M8b", |facts| {
        // The first is said to have become DEREGISTERING only when the second had begun to drain.
        let leaves = at(facts, |fact| fact.to == "DEREGISTERING");
        let next = leaves + at(&facts[leaves..], repairs);
        let (one, other) = (facts[leaves], facts[next]);
        facts[leaves] = Fact { seq: one.seq, cause: one.cause, ..other };
        facts[next] = Fact { seq: other.seq, cause: other.cause, ..one };
    });
    breaks(&story, "M9", |facts| {
        let first = at(facts, repairs);
        facts[first].cause = Some(0);
    });
}

#[test]
fn an_end_out_of_nothing_is_found_out() {
    use daemonsim::world::setup::{FaultKind, FaultSetup};
    let mut story = Story::of_instances(3).until(2);
    let outage = FaultSetup {
        from: SimTime::from_ms(600_000),
        until: SimTime::from_ms(1_200_000),
        provider: None,
        zone: Some(Id::new(0)),
        share: 1.0,
        kind: FaultKind::AvailabilityZoneOutage,
    };
    story.setup.faults = vec![outage];
    breaks(&story, "an end without a fault", |facts| {
        let end = at(facts, |fact| fact.to == "TERMINATED");
        facts[end].cause = Some(0);
    });
    breaks(&story, "F3", |facts| {
        let comes = at(facts, |fact| fact.to == "LAUNCHING");
        facts[comes].zone = Some(Id::new(0));
    });
}
