//! What a scenario means, found without running it: for `daemonsim check`.
//!
//! The words for assumptions and delays come from the format's own declarations, so that they cannot go stale.

mod alarms;
mod faults;
mod fit;
mod meaning;
mod words;

pub use meaning::{Meaning, assumptions, delays};

use super::error::Finding;
use super::lower::{Notes, Places};
use super::source::Span;
use crate::kernel::SimTime;
use crate::model::Percent;
use crate::model::assumptions::{Assumptions, BatchBase};
use crate::world::setup::{Request, ServiceSettings, Setup};

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
    alarms::findings(setup, places, notes);
    faults::findings(setup, places, notes);
    let mut fit = fit::Fit::new(setup);
    for (request, at) in setup.before.iter().zip(&places.before) {
        drains(setup, request, *at, notes);
        fit.request(request, *at, true, notes);
    }
    for (timed, at) in setup.timeline.iter().zip(&places.timeline) {
        if timed.at.since(SimTime::ZERO) > setup.horizon {
            notes.warn(Finding::new(*at, "this comes after the horizon, and so never"));
        }
        drains(setup, &timed.request, *at, notes);
        fit.request(&timed.request, *at, false, notes);
        if let Request::CreateDaemon { settings, .. } | Request::UpdateDaemon { settings, .. } =
            &timed.request
        {
            alarms::deployment(setup, settings, timed.at, *at, notes);
        }
    }
}

/// A service whose bounds leave no room between them can neither lose a task nor gain one.
fn drains(setup: &Setup, request: &Request, at: Span, notes: &mut Notes) {
    let Request::CreateService { service, settings } = request else { return };
    let Some((least, most)) = stuck(settings) else { return };
    let name = &setup.services[service.index()];
    let ServiceSettings { desired, minimum_healthy_percent: min, maximum_percent: max, .. } = settings;
    let message = format!(
        "{name} can never leave a draining instance: of {desired} tasks at least ⌈{desired}·{min} %⌉ = {least} \
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
mod tests {
    use super::*;
    use crate::model::assumptions::BatchRounding;

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
