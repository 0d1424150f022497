//! Faults that do nothing, or more than they say.

use crate::kernel::SimTime;
use crate::model::ZoneId;
use crate::scenario::error::Finding;
use crate::scenario::lower::{Notes, Places};
use crate::world::setup::{CapacityProviderSetup, FaultKind, FaultSetup, Setup};

/// Notes faults that cannot do what they say.
pub(super) fn findings(setup: &Setup, places: &Places, notes: &mut Notes) {
    for (fault, at) in setup.faults.iter().zip(&places.faults) {
        for message in [window(setup, fault), scope(setup, fault), kind(setup, fault)].into_iter().flatten() {
            notes.warn(Finding::new(*at, message));
        }
    }
}

/// Whether a fault takes instances of this provider away.
pub(super) fn interrupted(setup: &Setup, provider: &CapacityProviderSetup) -> bool {
    let takes = |fault: &&FaultSetup| matches!(fault.kind, FaultKind::SpotInterruptions { .. });
    setup.faults.iter().filter(takes).any(|fault| concerned(setup, fault).any(|p| p.name == provider.name))
}

/// Windows that nothing can happen in.
fn window(setup: &Setup, fault: &FaultSetup) -> Option<String> {
    if fault.from.since(SimTime::ZERO) > setup.horizon {
        return Some("this comes after the horizon, and so never".to_owned());
    }
    match fault.kind {
        FaultKind::KillDaemons { .. } => (fault.until != SimTime::MAX)
            .then(|| "daemons are killed once, at `at`: `for` has no effect".to_owned()),
        FaultKind::LaunchFailures { .. }
        | FaultKind::SlowLaunches { .. }
        | FaultKind::SlowPulls { .. }
        | FaultKind::InstanceDeaths { .. }
        | FaultKind::SpotInterruptions { .. }
        | FaultKind::AvailabilityZoneOutage
        | FaultKind::AgentDisconnects { .. }
        | FaultKind::ApiThrottling { .. } => (fault.until <= fault.from)
            .then(|| "this is over as soon as it begins, and has no effect".to_owned()),
    }
}

/// The providers whose instances a fault concerns.
fn concerned<'s>(
    setup: &'s Setup,
    fault: &FaultSetup,
) -> impl Iterator<Item = &'s CapacityProviderSetup> + use<'s> {
    let (only, zone) = (fault.provider, fault.zone);
    let within = move |provider: &CapacityProviderSetup, zone: ZoneId| provider.zones.contains(&zone);
    setup
        .capacity_providers
        .iter()
        .enumerate()
        .filter(move |(at, _)| only.is_none_or(|only| only.index() == *at))
        .map(|(_, provider)| provider)
        .filter(move |provider| zone.is_none_or(|zone| within(provider, zone)))
}

/// A provider and a zone that have nothing to do with each other.
fn scope(setup: &Setup, fault: &FaultSetup) -> Option<String> {
    let (provider, zone) = (fault.provider?, fault.zone?);
    concerned(setup, fault).next().is_none().then(|| {
        format!(
            "{} launches nothing in zone {}: this has no effect",
            setup.capacity_providers[provider.index()].name,
            setup.zones[zone.index()]
        )
    })
}

fn kind(setup: &Setup, fault: &FaultSetup) -> Option<String> {
    match fault.kind {
        FaultKind::SpotInterruptions { .. } => {
            let spot = concerned(setup, fault).any(|provider| provider.spot);
            (!spot && concerned(setup, fault).next().is_some())
                .then(|| "nothing is interrupted: there is no SPOT capacity provider here".to_owned())
        }
        FaultKind::SlowPulls { .. } => {
            let mut definitions = setup.task_definitions.iter().chain(&setup.daemon_task_definitions);
            definitions.all(|definition| definition.behaviour.image_mib.is_none()).then(|| {
                "no pull is slower: no task definition has `behaviour.imageMiB`, and without it no pull takes time"
                    .to_owned()
            })
        }
        FaultKind::AvailabilityZoneOutage => fault.zone.is_none().then(|| {
            let of = fault.provider.map_or(String::new(), |provider| {
                format!(" of {}", setup.capacity_providers[provider.index()].name)
            });
            format!("no `availabilityZone` is named, so that all zones{of} are gone")
        }),
        FaultKind::LaunchFailures { .. }
        | FaultKind::SlowLaunches { .. }
        | FaultKind::InstanceDeaths { .. }
        | FaultKind::AgentDisconnects { .. }
        | FaultKind::ApiThrottling { .. }
        | FaultKind::KillDaemons { .. } => None,
    }
}
