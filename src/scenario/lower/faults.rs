//! Mishaps: windows, scopes and kinds.

use super::Notes;
use super::directory::Directory;
use super::files::Files;
use crate::kernel::{Distribution, SimDuration, SimTime};
use crate::model::{CapacityProviderId, ZoneId};
use crate::scenario::error::Finding;
use crate::scenario::format::{Document, Fault};
use crate::scenario::read::Slot;
use crate::scenario::source::Span;
use crate::world::setup::{FaultKind, FaultSetup};

/// From a failed launch call to the next, where the scenario does not say.
const RETRY_AFTER_S: u64 = 30;

/// Faults in the file's order, each with its place. None: something is wrong with one, and has been noted.
pub(super) fn faults(
    document: &Document,
    directory: &Directory<'_>,
    zones: &[String],
    notes: &mut Notes,
    files: &mut Files<'_>,
) -> Option<Vec<(FaultSetup, Span)>> {
    let slots = document.faults.get().map_or(&[][..], Vec::as_slice);
    // Each is lowered, so that each tells what is wrong with it.
    let lowered: Vec<_> = slots.iter().map(|slot| fault(slot, directory, zones, notes, files)).collect();
    lowered.into_iter().collect()
}

fn fault(
    slot: &Slot<Fault>,
    directory: &Directory<'_>,
    zones: &[String],
    notes: &mut Notes,
    files: &mut Files<'_>,
) -> Option<(FaultSetup, Span)> {
    let form = slot.get()?;
    let provider = scope(&form.provider, |named| {
        let id = directory.providers.id(&named.name);
        if id.is_none() {
            notes.dangling(form.provider.at, "capacity provider", &named.name, directory.providers.iter());
        }
        id.map(CapacityProviderId::new)
    });
    let zone = scope(&form.zone, |named| {
        let at = zones.binary_search(&named.0).ok();
        if at.is_none() {
            notes.dangling(form.zone.at, "Availability Zone", &named.0, zones.iter().map(String::as_str));
        }
        at.and_then(|at| u32::try_from(at).ok()).map(ZoneId::new)
    });
    let kinds = form.kinds();
    if kinds.len() != 1 {
        let found =
            if kinds.is_empty() { "found none".to_owned() } else { format!("found {}", kinds.join(", ")) };
        let finding = Finding::new(form.at, "a fault is of one kind").found(found).allowed(
            "one of launchFailures, slowLaunches, slowPulls, instanceDeaths, spotInterruptions, \
             availabilityZoneOutage, agentDisconnects, apiThrottling, killDaemons",
        );
        notes.wrong(finding);
        return None;
    }
    let kind = kind(form, notes, files);
    let from = SimTime::ZERO + form.at_time.or(SimDuration::ZERO)?;
    let until = from + form.lasts.or(SimDuration::MAX)?;
    let share = form.share.get().map_or(1.0, |share| share.0);
    Some((FaultSetup { from, until, provider: provider?, zone: zone?, share, kind: kind? }, form.at))
}

/// What a fault is limited to: nothing where the file says nothing, and none at all where that is wrong.
#[expect(clippy::option_option, reason = "absent and wrong are two things")]
fn scope<T, Id>(slot: &Slot<T>, id: impl FnOnce(&T) -> Option<Id>) -> Option<Option<Id>> {
    match slot.get() {
        Some(named) => id(named).map(Some),
        None if slot.is_given() => None,
        None => Some(None),
    }
}

fn kind(form: &Fault, notes: &mut Notes, files: &mut Files<'_>) -> Option<FaultKind> {
    if let Some(of) = form.launch_failures.get() {
        let retry_after = files.optional(&of.retry_after, notes)?;
        let retry_after = retry_after.unwrap_or(Distribution::constant_secs(RETRY_AFTER_S));
        return Some(FaultKind::LaunchFailures { probability: of.probability.get()?.0, retry_after });
    }
    if let Some(of) = form.slow_launches.get() {
        return Some(FaultKind::SlowLaunches { factor: of.factor.get()?.0 });
    }
    if let Some(of) = form.slow_pulls.get() {
        return Some(FaultKind::SlowPulls { factor: of.factor.get()?.0 });
    }
    if let Some(of) = form.instance_deaths.get() {
        return Some(FaultKind::InstanceDeaths { rate_per_hour: of.rate.get()?.0 });
    }
    if let Some(of) = form.spot_interruptions.get() {
        return Some(FaultKind::SpotInterruptions { rate_per_hour: of.rate.get()?.0 });
    }
    if form.outage.get().is_some() {
        return Some(FaultKind::AvailabilityZoneOutage);
    }
    if let Some(of) = form.agent_disconnects.get() {
        let lasts = files.optional(&of.lasts, notes)??;
        return Some(FaultKind::AgentDisconnects { rate_per_hour: of.rate.get()?.0, lasts });
    }
    if let Some(of) = form.api_throttling.get() {
        let (burst, per_second) = (of.burst.get()?.u32(), of.per_second.get()?.f64());
        return Some(FaultKind::ApiThrottling { burst, per_second });
    }
    form.kill_daemons
        .get()
        .and_then(|of| of.count.get())
        .map(|count| FaultKind::KillDaemons { count: count.u32() })
}
