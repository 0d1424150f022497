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

#[cfg(test)]
mod tests {
    use crate::scenario::check::tests::warnings;

    /// What is said of faults where `web` is on demand in zones a and b, and `spot` is SPOT in zone b.
    fn of(fault: &str, image: &str) -> Vec<String> {
        let all = warnings(&format!(
            "
horizon: 1d
capacityProviders:
  - {{name: web, instanceTypes: [c6g.large], availabilityZones: [a, b]}}
  - {{name: spot, instanceTypes: [c6g.large], availabilityZones: [b], capacityOptionType: SPOT}}
daemonTaskDefinitions: [{{family: agent, memory: 1{image}}}]
faults: [{{{fault}}}]"
        ));
        all.into_iter().filter(|warning| !warning.starts_with("SPOT instances")).collect()
    }

    #[test]
    fn windows_that_nothing_happens_in() {
        let never = ["this comes after the horizon, and so never"];
        assert_eq!(of("at: 25h, instanceDeaths: {ratePerInstanceHour: 1}", ""), never);
        let over = ["this is over as soon as it begins, and has no effect"];
        assert_eq!(of("at: 1h, for: 0s, instanceDeaths: {ratePerInstanceHour: 1}", ""), over);
        assert_eq!(
            of("at: 1h, for: 5m, killDaemons: {count: 3}", ""),
            ["daemons are killed once, at `at`: `for` has no effect"]
        );
        for fine in ["at: 24h, for: 1ms, instanceDeaths: {ratePerInstanceHour: 1}", "killDaemons: {count: 3}"]
        {
            assert!(of(fine, "").is_empty(), "{fine}");
        }
    }

    #[test]
    fn scopes_without_anything_in_them() {
        assert_eq!(
            of("capacityProvider: spot, availabilityZone: a, slowLaunches: {factor: 2}", ""),
            ["spot launches nothing in zone a: this has no effect"]
        );
        let nothing = ["nothing is interrupted: there is no SPOT capacity provider here"];
        let rate = "spotInterruptions: {ratePerInstanceHour: 1}";
        assert_eq!(of(&format!("capacityProvider: web, {rate}"), ""), nothing);
        assert_eq!(of(&format!("availabilityZone: a, {rate}"), ""), nothing);
        for fine in ["", "capacityProvider: spot, ", "availabilityZone: b, "] {
            assert!(of(&format!("{fine}{rate}"), "").is_empty(), "{fine}");
        }
    }

    #[test]
    fn pulls_take_time_only_where_there_is_an_image() {
        let slow = "slowPulls: {factor: 3}";
        assert!(
            of(slow, "")[0].starts_with("no pull is slower: no task definition has `behaviour.imageMiB`")
        );
        assert!(of(slow, ", behaviour: {imageMiB: 100}").is_empty());
    }

    #[test]
    fn outages_of_everything() {
        assert_eq!(
            of("availabilityZoneOutage: {}", ""),
            ["no `availabilityZone` is named, so that all zones are gone"]
        );
        assert_eq!(
            of("capacityProvider: web, availabilityZoneOutage: {}", ""),
            ["no `availabilityZone` is named, so that all zones of web are gone"]
        );
        assert!(of("availabilityZone: a, availabilityZoneOutage: {}", "").is_empty());
    }

    #[test]
    fn spot_instances_are_interrupted_if_a_fault_says_so() {
        let spot = |fault: &str| {
            let text = "capacityProviders: [{name: p, instanceTypes: [c6g.large], capacityOptionType: SPOT}]";
            warnings(&format!("{text}\nfaults: [{fault}]"))
        };
        assert_eq!(
            spot(""),
            [
                "SPOT instances are priced as on-demand, and interrupted only if a `spotInterruptions` fault says so; none \
              does"
            ]
        );
        let fault = "{spotInterruptions: {ratePerInstanceHour: 0.1}}";
        assert_eq!(spot(fault), ["SPOT instances are priced as on-demand"]);
    }
}
