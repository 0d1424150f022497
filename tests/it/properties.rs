//! Any setup: no violation at any instant (`violations()` runs in debug builds), every invariant of the log, and an
//! end for every deployment, whatever fails on the way.

use super::log_rules::Log;
use super::made_up;
use super::troubles;
use daemonsim::model::DeploymentStatus;
use daemonsim::model::assumptions::EmptyCapacityProvider;
use daemonsim::record::{DeploymentSummary, Outcome, RunSummary};
use daemonsim::world::setup::Setup;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_asked_the_rules_hold(seed in 0..u64::MAX) {
        let setup = made_up::setup(seed);
        let (run, log) = daemonsim::world::simulate(&setup, 0, Log::new(&setup));
        let broken = log.judge(&run);
        prop_assert!(broken.is_empty(), "seed {seed}: {broken:#?}");
        prop_assert!(run.outcome != Outcome::Limit, "seed {seed}: {}", run.outcome_reason);
        // Nothing in these scenarios holds a deployment for ever but tasks too large for their hosts.
        if run.outcome == Outcome::Completed {
            for row in &run.deployments {
                // An empty provider may keep its deployment PENDING for ever, if it is assumed to.
                let awaits = row.status == DeploymentStatus::Pending
                    && setup.assumptions.empty_capacity_provider == EmptyCapacityProvider::Pending;
                prop_assert!(row.status.is_final() || awaits, "seed {seed}: {row:#?}");
            }
            for service in &run.services {
                prop_assert!(service.waiting == 0, "seed {seed}: {service:#?}");
            }
        }
    }
}

/// R12: troubles over, every deployment comes to its end, or what holds it up has a name.
fn comes_to_its_end(setup: &Setup, run: &RunSummary) -> Result<(), String> {
    let awaits = |row: &DeploymentSummary| {
        row.status == DeploymentStatus::Pending
            && setup.assumptions.empty_capacity_provider == EmptyCapacityProvider::Pending
    };
    match run.outcome {
        Outcome::Completed => {
            let open = run.deployments.iter().find(|row| !row.status.is_final() && !awaits(row));
            let waits = run.services.iter().find(|service| service.waiting > 0);
            open.map_or(Ok(()), |row| Err(format!("{row:#?}")))?;
            waits.map_or(Ok(()), |service| Err(format!("{service:#?}")))
        }
        Outcome::Stalled if run.outcome_reason.is_empty() => Err("a stall without a name".to_owned()),
        Outcome::Stalled | Outcome::Horizon => Ok(()),
        Outcome::Limit => Err(run.outcome_reason.clone()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn troubles_pass(seed in 0..u64::MAX) {
        let setup = troubles::passing(seed);
        let (run, log) = daemonsim::world::simulate(&setup, 0, Log::new(&setup));
        let broken = log.judge(&run);
        prop_assert!(broken.is_empty(), "seed {seed}: {broken:#?}");
        if let Err(why) = comes_to_its_end(&setup, &run) {
            prop_assert!(false, "seed {seed}: {why}");
        }
        prop_assert!(run.outcome != Outcome::Horizon, "seed {seed}: {run:#?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 80, ..ProptestConfig::default() })]

    #[test]
    fn lasting_troubles_keep_to_the_rules(seed in 0..u64::MAX) {
        let setup = troubles::lasting(seed);
        let (run, log) = daemonsim::world::simulate(&setup, 0, Log::new(&setup));
        let broken = log.judge(&run);
        prop_assert!(broken.is_empty(), "seed {seed}: {broken:#?}");
        if let Err(why) = comes_to_its_end(&setup, &run) {
            prop_assert!(false, "seed {seed}: {why}");
        }
    }
}
