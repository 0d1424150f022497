//! Any setup: no violation at any instant (`violations()` runs in debug builds), every invariant of the log, and an
//! end for every deployment.

use super::log_rules::Log;
use super::made_up;
use daemonsim::model::DeploymentStatus;
use daemonsim::model::assumptions::EmptyCapacityProvider;
use daemonsim::record::Outcome;
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
