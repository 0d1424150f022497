//! What a scenario means, found without running it: for `daemonsim check`.
//!
//! The words for assumptions and delays come from the format's own declarations, so that they cannot go stale.

mod alarms;
mod breaker;
mod faults;
mod fit;
mod fleet;
mod meaning;
mod quotas;
mod standing;
mod told;
mod watch;
mod words;

pub use breaker::breaker_threshold;
pub use meaning::{Meaning, assumptions, delays};
pub use told::{alarms, faults};

use super::error::Finding;
use super::lower::{Notes, Places};
use super::source::Span;
use crate::kernel::SimTime;
use crate::model::assumptions::{Assumptions, BatchBase};
use crate::model::{CapacityProviderId, Percent};
use crate::world::setup::{DaemonSettings, Request, ServiceSettings, Setup};
use fit::{Fit, Placed};
use fleet::Estimates;
use quotas::Quotas;
use standing::Standing;
use std::collections::BTreeSet;

/// The size of the first wave and how many waves it takes to replace `n` instances, `percent` at a time. A fleet that
/// stays as large has the same count at each wave; a share of what is left shrinks with it.
pub fn waves(n: u64, percent: Percent, assumptions: &Assumptions) -> (u64, u64) {
    let batch = |of: u64| percent.of(of, assumptions.batch_rounding).max(1);
    let first = batch(n).min(n.max(1));
    let count = match assumptions.batch_base {
        BatchBase::Initial | BatchBase::Current => n.div_ceil(batch(n)),
        BatchBase::Remaining => {
            let rest = |left: &u64| left.checked_sub(batch(*left)).filter(|left| *left > 0);
            std::iter::successors((n > 0).then_some(n), rest).count() as u64
        }
    };
    (first, count)
}

/// Notes what is worth knowing before a run, and tasks that can never be placed.
pub(super) fn findings(setup: &Setup, places: &Places, notes: &mut Notes) {
    for (provider, at) in setup.capacity_providers.iter().zip(&places.providers) {
        if provider.spot {
            let message = match faults::interrupted(setup, provider) {
                true => "SPOT instances are priced as on-demand",
                false => {
                    "SPOT instances are priced as on-demand, and interrupted only if a `spotInterruptions` fault \
                     says so; none does"
                }
            };
            notes.warn(Finding::new(*at, message));
        }
    }
    let mute = alarms::findings(setup, places, notes);
    faults::findings(setup, places, notes);
    let mut standing = Standing::new(setup);
    let mut fit = Fit::default();
    let mut estimates = Estimates::default();
    let mut quotas = Quotas::new(setup, places, notes);
    for (request, at) in setup.before.iter().zip(&places.before) {
        drains(setup, request, *at, notes);
        quotas.request(request, *at, notes);
        fit.request(&mut standing, Placed { request, at: *at, before: true }, notes);
    }
    if let Some(fleet) = estimates.fleet(&standing) {
        quotas.fleet(&fleet, places, notes);
    }
    for (timed, at) in setup.timeline.iter().zip(&places.timeline) {
        let (request, at) = (&timed.request, *at);
        if timed.at.since(SimTime::ZERO) > setup.horizon {
            notes.warn(Finding::new(at, "this comes after the horizon, and so never"));
        }
        drains(setup, request, at, notes);
        quotas.request(request, at, notes);
        let rollout = Rollout::of(&standing, request);
        let fleet = rollout.as_ref().and_then(|_| estimates.fleet(&standing));
        fit.request(&mut standing, Placed { request, at, before: false }, notes);
        let Some(rollout) = rollout else { continue };
        if let Some(settings) = rollout.settings {
            watch::deployment(setup, settings, &mute, (timed.at, at), notes);
        }
        let Some(fleet) = fleet else { continue };
        quotas.fleet(&fleet, places, notes);
        quotas::rollout(setup, &fleet, &rollout, at, notes);
        if let Some(settings) = rollout.settings
            && breaker::has_work(setup, settings)
            && let Some(after) = estimates.fleet(&standing)
        {
            let instances = [&fleet, &after].map(|fleet| fleet.on(&settings.providers));
            breaker::deployment(setup, settings, instances, at, notes);
        }
    }
    if let Some(fleet) = estimates.fleet(&standing) {
        quotas.fleet(&fleet, places, notes);
    }
}

/// What a request rolls.
struct Rollout<'s> {
    /// None: the daemon is deleted, which knows neither alarms nor a breaker.
    settings: Option<&'s DaemonSettings>,
    /// Those that it is taken from included.
    providers: Vec<CapacityProviderId>,
    drain_percent: Percent,
}

impl<'s> Rollout<'s> {
    /// None: the request rolls no daemon.
    fn of(standing: &Standing<'s>, request: &'s Request) -> Option<Rollout<'s>> {
        let (daemon, settings) = match request {
            Request::CreateDaemon { daemon, settings } | Request::UpdateDaemon { daemon, settings } => {
                (*daemon, Some(settings))
            }
            Request::DeleteDaemon { daemon } => (*daemon, None),
            Request::RegisterDaemonTaskDefinition(_)
            | Request::DeleteDaemonTaskDefinition(_)
            | Request::RegisterTaskDefinition(_)
            | Request::CreateCapacityProvider(_)
            | Request::DeleteCapacityProvider(_)
            | Request::CreateService { .. }
            | Request::UpdateService { .. }
            | Request::DeleteService { .. }
            | Request::RunTask { .. }
            | Request::StopTask { .. }
            | Request::UpdateTaskProtection { .. }
            | Request::UpdateContainerInstancesState { .. } => return None,
        };
        let earlier = standing.daemon(daemon);
        let of = settings.or(earlier)?;
        let both = [Some(of), earlier].into_iter().flatten().flat_map(|settings| &settings.providers);
        let providers: BTreeSet<CapacityProviderId> = both.copied().collect();
        let drain_percent = of.drain_percent;
        Some(Rollout { settings, providers: providers.into_iter().collect(), drain_percent })
    }
}

/// A service whose bounds leave no room between them can neither lose a task nor gain one.
fn drains(setup: &Setup, request: &Request, at: Span, notes: &mut Notes) {
    let Request::CreateService { service, settings } = request else { return };
    let Some((least, most)) = stuck(settings) else { return };
    let name = &setup.services[service.index()];
    let ServiceSettings { desired, minimum_healthy_percent: min, maximum_percent: max, .. } = settings;
    let message = format!(
        "{name} cannot leave a draining instance before the drain deadline: of {desired} tasks at least ⌈{desired}·{min} %⌉ = {least} \
         must stay healthy and at most ⌊{desired}·{max} %⌋ = {most} may exist, so that none may stop and none \
         may start"
    );
    notes.warn(Finding::new(at, message).allowed("a lower minimumHealthyPercent or a higher maximumPercent"));
}

/// The bounds of a service that can never move a task.
fn stuck(settings: &ServiceSettings) -> Option<(u64, u64)> {
    let desired = u64::from(settings.desired);
    let least = (desired * u64::from(settings.minimum_healthy_percent)).div_ceil(100);
    let most = desired * u64::from(settings.maximum_percent) / 100;
    // The room to start a task, and the room to stop one.
    let (start, stop) = (most.saturating_sub(desired), desired.saturating_sub(least));
    (desired > 0 && start + stop == 0).then_some((least, most))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::model::assumptions::BatchRounding;
    use crate::scenario::Scenario;

    fn scenario(text: &str) -> Scenario {
        let text = format!("name: t\n{text}");
        let read = &mut |_: &str| Err("no files here".to_owned());
        Scenario::parse("t.yaml", text.as_bytes(), &[], read).unwrap_or_else(|mistakes| panic!("{mistakes}"))
    }

    /// What a scenario comes to.
    pub(in crate::scenario) fn setup(text: &str) -> Setup {
        scenario(text).setup
    }

    /// What it is warned of, in the file's order.
    pub(in crate::scenario) fn warnings(text: &str) -> Vec<String> {
        scenario(text).warnings.into_iter().map(|warning| warning.message).collect()
    }

    #[test]
    fn waves_are_counted_as_the_simulation_counts_them() {
        let ceil = Assumptions::default();
        let floor = Assumptions { batch_rounding: BatchRounding::Floor, ..Assumptions::default() };
        assert_eq!(waves(35, Percent::whole(25), &ceil), (9, 4));
        assert_eq!(waves(35, Percent::whole(25), &floor), (8, 5));
        assert_eq!(waves(3, Percent::whole(1), &floor), (1, 3));
        assert_eq!(waves(250, Percent::from_billionths(64_400_000_000), &ceil), (161, 2));
        assert_eq!(waves(0, Percent::whole(25), &ceil), (1, 0));
        // 25, 19, 14, 11, 8, 6, 5, 3, 3, 2, 1, 1, 1, 1.
        let remaining = Assumptions { batch_base: BatchBase::Remaining, ..Assumptions::default() };
        assert_eq!(waves(100, Percent::whole(25), &remaining), (25, 14));
        assert_eq!(waves(0, Percent::whole(25), &remaining), (1, 0));
    }

    #[test]
    fn bounds_without_room_are_found() {
        let settings = |desired, min, max| ServiceSettings {
            task_definition: crate::model::TaskDefinitionId::new(0),
            desired,
            strategy: Vec::new(),
            minimum_healthy_percent: min,
            maximum_percent: max,
            load_balancers: false,
            zone_rebalancing: false,
        };
        assert_eq!(stuck(&settings(1, 100, 150)), Some((1, 1)));
        assert_eq!(stuck(&settings(3, 67, 100)), Some((3, 3)));
        assert_eq!(stuck(&settings(3, 100, 125)), Some((3, 3)));
        assert_eq!(stuck(&settings(3, 66, 100)), None);
        assert_eq!(stuck(&settings(2, 100, 150)), None);
        assert_eq!(stuck(&settings(0, 100, 100)), None);
    }
}
