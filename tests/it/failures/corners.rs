//! Rollouts in odd moments: cut short, late, or turned back while instances come.

use super::{NEW, Times, rolling};
use crate::log_rules::Log;
use crate::story::{DAEMON, OTHER_PROVIDER, OTHER_SERVICE, PROVIDER, Story, daemon, service, two_providers};
use crate::troubles;
use daemonsim::kernel::{Id, SimTime};
use daemonsim::model::DeploymentStatus;
use daemonsim::model::assumptions::{EmptyCapacityProvider, MidRolloutLaunches};
use daemonsim::record::{Fact, FactKind};
use daemonsim::world::setup::{DaemonSettings, FaultKind, FaultSetup, Request, ServiceChange};

fn on_both(percent: u64) -> DaemonSettings {
    DaemonSettings { providers: vec![PROVIDER, OTHER_PROVIDER], ..rolling(percent) }
}

/// R6, A-08: that the task definition stays is no reason to leave a provider alone whose rollout of it did not finish.
#[test]
fn a_rollout_that_was_cut_short_is_taken_up_again() {
    let mut story = two_providers(4, 4).assuming(|a| a.added_provider_rolls_others = false);
    if let Some(Request::CreateDaemon { settings, .. }) = story.setup.before.last_mut() {
        settings.providers.truncate(1);
    }
    let run = story
        .at(0, Request::UpdateDaemon { daemon: DAEMON, settings: rolling(25) })
        .at(100_000, Request::UpdateDaemon { daemon: DAEMON, settings: on_both(25) })
        .run();
    assert_eq!(run.deployments[1].status, DeploymentStatus::Successful, "{run:#?}");
    assert_eq!(run.daemons[0].current_revisions, [(NEW, 8)], "{run:#?}");
}

/// R6, A-09: an instance called for with the old revision is waited for, even when its provider had nothing left to do.
#[test]
fn an_old_instance_that_comes_late_is_rolled_too() {
    let story = || {
        two_providers(1, 0)
            .assuming(|a| a.mid_rollout_launches = MidRolloutLaunches::Source)
            .at(0, Request::UpdateDaemon { daemon: DAEMON, settings: on_both(100) })
    };
    let t = Times::of(&story());
    // It is LAUNCHING when the last wave ends, and ACTIVE before the deployment has looked once more.
    let asked = t.deploy_decision + t.cycle() - t.scheduler_tick - t.provision_decision - 1_009;
    let change = ServiceChange { desired: Some(8), ..ServiceChange::default() };
    let run = story().at(asked, Request::UpdateService { service: OTHER_SERVICE, change }).run();
    assert_eq!(run.deployments[0].status, DeploymentStatus::Successful, "{run:#?}");
    assert_eq!(run.daemons[0].current_revisions, [(NEW, 2)], "{run:#?}");
}

/// A7, A-07: the threshold is that of the instances there are at IN_PROGRESS, here the first eight.
#[test]
fn a_deployment_that_waited_for_instances_counts_them() {
    let mut story =
        Story::of_instances(0).assuming(|a| a.empty_capacity_provider = EmptyCapacityProvider::Pending);
    story.setup.before.clear();
    let run = story
        .at(0, Request::CreateDaemon { daemon: DAEMON, settings: daemon(0, 25) })
        .at(100_000, Request::CreateService { service: Id::new(0), settings: service(8 * 8) })
        .run();
    assert_eq!(run.deployments[0].breaker_threshold, Some(4), "{run:#?}");
}

/// An instance that is ACTIVE in the very instant in which a rollback begins stands in line once.
#[test]
fn an_instance_that_comes_as_a_rollback_begins_is_drained_once() {
    let setup = troubles::passing(102_580);
    let (run, log) = daemonsim::world::simulate(&setup, 0, Log::new(&setup));
    assert_eq!(log.judge(&run), [""; 0]);
}

/// An instance under notice takes no new tasks, not even when the notice came before it was ACTIVE.
#[test]
fn an_instance_under_notice_takes_no_tasks() {
    for replication in 0..20 {
        let mut story = Story::of_light_instances(5).until(4);
        story.setup.capacity_providers[0].spot = true;
        story.setup.faults = vec![FaultSetup {
            from: SimTime::ZERO,
            until: SimTime::from_ms(3 * 3_600_000),
            provider: None,
            zone: None,
            share: 1.0,
            kind: FaultKind::SpotInterruptions { rate_per_hour: 2.0 },
        }];
        let (run, log) = daemonsim::world::simulate(&story.setup, replication, Log::new(&story.setup));
        assert_eq!(log.judge(&run), [""; 0]);
        let notices = log.facts.iter().filter(|fact| fact.kind == FactKind::Fault);
        for notice in notices {
            let placed = |fact: &&Fact| {
                let is_app = matches!(fact.revision, Some(daemonsim::model::RevisionName::App(_)));
                is_app && fact.to == "PENDING" && fact.instance == notice.instance && fact.at > notice.at
            };
            let late = log.facts.iter().find(placed);
            assert!(late.is_none(), "{replication}: {late:?} after {notice:?}");
        }
    }
}
