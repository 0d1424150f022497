//! Whether anything in a setup is left to chance.

use super::{Behaviour, Delays, FaultKind, FaultSetup, Request, Setup};
use crate::model::assumptions::VictimOrder;
use crate::model::{AlarmSource, MetricSource};

impl Setup {
    /// Whether all replications are the same run. Answers no when in doubt: it spares work and proves nothing.
    pub fn is_certain(&self) -> bool {
        let definitions = || self.task_definitions.iter().chain(&self.daemon_task_definitions);
        let behaviours = || definitions().map(|definition| &definition.behaviour);
        // What only befalls those that fail, or that pull, is no matter where nobody does.
        let fails = |b: &Behaviour| b.crashes_after.is_some() || b.unhealthy_after.is_some();
        let pulls = |b: &Behaviour| b.image_mib.is_some();
        delays_are_certain(&self.delays)
            && (self.delays.stop_detect.is_constant() || !behaviours().any(fails))
            && (pulls_are_certain(&self.delays) || !behaviours().any(pulls))
            && behaviours().all(behaviour_is_certain)
            && self.faults.iter().all(fault_is_certain)
            && !self.alarms.iter().any(|alarm| is_noisy(&alarm.source))
            && self.assumptions.victim_order != VictimOrder::Random
            // A target is checked at a moment of its own.
            && !self.requests().any(uses_load_balancers)
    }

    fn requests(&self) -> impl Iterator<Item = &Request> {
        self.before.iter().chain(self.timeline.iter().map(|timed| &timed.request))
    }
}

fn pulls_are_certain(delays: &Delays) -> bool {
    delays.image_pull_per_mib.is_constant() && delays.image_pull_fixed.is_constant()
}

/// Those that every rollout meets, and those of load balancers.
fn delays_are_certain(delays: &Delays) -> bool {
    let Delays {
        deploy_decision,
        drain_react,
        provision_decision,
        instance_launch,
        daemon_start,
        image_pull_per_mib: _,
        image_pull_fixed: _,
        instance_active,
        app_start,
        app_start_warm,
        health_wait,
        scheduler_tick,
        lb_deregistration,
        app_stop,
        daemon_stop,
        terminate,
        wave_gap,
        stop_detect: _,
        alarm_poll,
        success_check,
    } = delays;
    [
        deploy_decision,
        drain_react,
        provision_decision,
        instance_launch,
        daemon_start,
        instance_active,
        app_start,
        app_start_warm,
        health_wait,
        scheduler_tick,
        lb_deregistration,
        app_stop,
        daemon_stop,
        terminate,
        wave_gap,
        alarm_poll,
        success_check,
    ]
    .into_iter()
    .all(|law| law.is_constant())
}

fn behaviour_is_certain(behaviour: &Behaviour) -> bool {
    let Behaviour {
        start,
        stop,
        ignores_sigterm,
        image_mib: _,
        runs_for,
        fails_to_start,
        crashes_after,
        unhealthy_after,
        affects,
        metrics: _,
    } = behaviour;
    let sure = |share: f64| share <= 0.0 || share >= 1.0;
    let laws = [start, stop, runs_for, crashes_after, unhealthy_after];
    laws.into_iter().flatten().all(|law| law.is_constant())
        && [*ignores_sigterm, *fails_to_start, *affects].into_iter().all(sure)
}

fn fault_is_certain(fault: &FaultSetup) -> bool {
    let whole = fault.share <= 0.0 || fault.share >= 1.0;
    whole
        && match &fault.kind {
            FaultKind::SlowLaunches { .. }
            | FaultKind::SlowPulls { .. }
            | FaultKind::AvailabilityZoneOutage
            | FaultKind::ApiThrottling { .. } => true,
            FaultKind::LaunchFailures { probability, .. } => *probability <= 0.0,
            FaultKind::InstanceDeaths { rate_per_hour }
            | FaultKind::SpotInterruptions { rate_per_hour }
            | FaultKind::AgentDisconnects { rate_per_hour, .. } => *rate_per_hour <= 0.0,
            FaultKind::KillDaemons { .. } => false,
        }
}

fn is_noisy(source: &AlarmSource) -> bool {
    match source {
        AlarmSource::Metric(MetricSource::Contributions { noise, .. }, _) => noise.is_some(),
        AlarmSource::Metric(MetricSource::Builtin(_), _) | AlarmSource::Script(_) => false,
    }
}

fn uses_load_balancers(request: &Request) -> bool {
    if let Request::CreateService { settings, .. } = request {
        return settings.load_balancers;
    }
    matches!(request, Request::UpdateService { change, .. } if change.load_balancers == Some(true))
}
