//! Faults: each strikes what it is about, when it is about it, and nothing else.

mod agents;
mod deaths;
mod launches;
mod relations;
mod spot;
mod zones;

use super::story::{PROVIDER, SERVICE, Story, provider, service};
use daemonsim::kernel::{Distribution, Id, SimDuration, SimTime};
use daemonsim::model::CapacityProviderId;
use daemonsim::world::setup::{FaultKind, FaultSetup, Request, StrategyItem};

pub(super) const SECOND: CapacityProviderId = Id::new(1);
/// So often that every instance that is there is struck within a few milliseconds.
pub(super) const AT_ONCE: f64 = 3_600_000_000.0;

/// A fault of everything, from one time to another.
pub(super) fn fault(from: u64, until: u64, kind: FaultKind) -> FaultSetup {
    let (from, until) = (SimTime::from_ms(from), SimTime::from_ms(until));
    FaultSetup { from, until, provider: None, zone: None, share: 1.0, kind }
}

/// One that lasts to the end.
pub(super) fn always(kind: FaultKind) -> FaultSetup {
    FaultSetup { until: SimTime::MAX, ..fault(0, 0, kind) }
}

pub(super) fn in_zone(zone: u32, fault: FaultSetup) -> FaultSetup {
    FaultSetup { zone: Some(Id::new(zone)), ..fault }
}

pub(super) fn on(provider: CapacityProviderId, fault: FaultSetup) -> FaultSetup {
    FaultSetup { provider: Some(provider), ..fault }
}

pub(super) fn constantly(ms: u64) -> Distribution {
    Distribution::Constant(SimDuration::from_ms(ms))
}

impl Story {
    pub(super) fn under(mut self, fault: FaultSetup) -> Story {
        self.setup.faults.push(fault);
        self
    }
}

/// No instance is there; `n` instances' worth of tasks are asked for at 0.
pub(super) fn arriving(n: u32) -> Story {
    let mut story = Story::of_instances(0);
    story.setup.before.remove(0);
    story.at(0, Request::CreateService { service: SERVICE, settings: service(8 * n) })
}

/// A second provider beside the first, and a service that spreads evenly over both.
pub(super) fn on_two_providers(mut story: Story) -> Story {
    story.setup.capacity_providers.push(provider("cp2"));
    let strategy = [PROVIDER, SECOND].map(|provider| StrategyItem { provider, base: 0, weight: 1 });
    let timed = story.setup.timeline.iter_mut().map(|timed| &mut timed.request);
    for request in story.setup.before.iter_mut().chain(timed) {
        if let Request::CreateService { settings, .. } = request {
            settings.strategy = strategy.to_vec();
        } else if let Request::CreateDaemon { settings, .. } | Request::UpdateDaemon { settings, .. } =
            request
        {
            settings.providers = vec![PROVIDER, SECOND];
        }
    }
    story
}
