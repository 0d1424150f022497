//! Task definitions: what a task needs, and how it behaves.

use super::Notes;
use super::behaviour::behaviour;
use super::directory::{Directory, good};
use super::files::Files;
use crate::kernel::SimDuration;
use crate::model::{HealthCheck, Resources, TaskDefinition};
use crate::scenario::error::Finding;
use crate::scenario::format;
use crate::world::setup::TaskDefinitionSetup;

/// ECS's default.
const STOP_TIMEOUT_S: u64 = 30;
/// ECS's default.
const RESTART_PERIOD_S: u64 = 300;

/// Every revision of every app's family, by id.
pub(super) fn apps(
    directory: &Directory<'_>,
    delays: Option<&format::Delays>,
    notes: &mut Notes,
    files: &mut Files<'_>,
) -> Option<Vec<TaskDefinitionSetup>> {
    let stops = delays.is_none_or(|d| !d.app_stop.is_given());
    all(directory.app_definitions.iter(), stops, notes, files)
}

/// Every revision of every daemon's family, by id.
pub(super) fn daemons(
    directory: &Directory<'_>,
    delays: Option<&format::Delays>,
    notes: &mut Notes,
    files: &mut Files<'_>,
) -> Option<Vec<TaskDefinitionSetup>> {
    let stops = delays.is_none_or(|d| !d.daemon_stop.is_given());
    all(directory.daemon_definitions.iter(), stops, notes, files)
}

fn all<'d>(
    revisions: impl Iterator<Item = (&'d str, u32, super::directory::Revision<'d>)>,
    default_stop: bool,
    notes: &mut Notes,
    files: &mut Files<'_>,
) -> Option<Vec<TaskDefinitionSetup>> {
    // Each is lowered, so that each tells what is wrong with it.
    let lowered: Vec<Option<TaskDefinitionSetup>> = revisions
        .map(|(family, number, revision)| {
            let definition = definition(family, number, revision.form, notes);
            let behaviour =
                behaviour(&revision.form.behaviour, definition.as_ref(), default_stop, notes, files);
            Some(TaskDefinitionSetup {
                definition: definition?,
                behaviour: behaviour?,
                exists: revision.exists,
            })
        })
        .collect();
    lowered.into_iter().collect()
}

fn definition(
    family: &str,
    revision: u32,
    form: &format::TaskDefinition,
    notes: &mut Notes,
) -> Option<TaskDefinition> {
    let stop = match form.stop_timeout.get() {
        Some(stop) => stop.u64(),
        None => good(&form.containers)
            .map(|c| c.stop_timeout.get().map_or(STOP_TIMEOUT_S, |s| s.u64()))
            .max()
            .unwrap_or(STOP_TIMEOUT_S),
    };
    let cpu = match form.cpu.get() {
        Some(cpu) => Some(cpu.0),
        None if form.cpu.is_given() => None,
        None => sum(good(&form.containers).map(|c| c.cpu.get().map_or(0, |n| n.u32()))),
    };
    let resources = Resources { cpu: cpu?, memory: memory(form, notes)? };
    Some(TaskDefinition {
        family: family.to_owned(),
        revision,
        resources,
        stop_timeout: SimDuration::from_secs(stop),
        restart_after: restart_after(form),
        health_check: good(&form.containers)
            .filter(|c| c.essential.get().copied().unwrap_or(true))
            .filter_map(|c| c.health_check.get().map(health_check))
            .max_by_key(|check| (check.interval, check.timeout, check.retries, check.start_period)),
    })
}

/// How long each essential container must have run to be restarted in place; none when one of them never is.
fn restart_after(form: &format::TaskDefinition) -> Option<SimDuration> {
    let essential = good(&form.containers).filter(|c| c.essential.get().copied().unwrap_or(true));
    let periods = essential.map(|container| {
        let policy = container.restart_policy.get().filter(|p| p.enabled.get() == Some(&true))?;
        Some(policy.period.get().map_or(RESTART_PERIOD_S, |s| s.u64()))
    });
    // None of one container is none of the task; so is none at all.
    let periods: Option<Vec<u64>> = periods.collect();
    periods?.into_iter().max().map(SimDuration::from_secs)
}

fn memory(form: &format::TaskDefinition, notes: &mut Notes) -> Option<u32> {
    if form.memory.is_given() {
        return form.memory.get().map(|m| m.0);
    }
    if form.containers.is_given() && form.containers.get().is_none() {
        return None;
    }
    let of_container = |c: &format::Container| c.memory_reservation.get().or(c.memory.get()).map(|n| n.u32());
    let containers: Vec<Option<u32>> = good(&form.containers).map(of_container).collect();
    if containers.is_empty() || containers.contains(&None) {
        let mut finding = Finding::new(form.at, "how much memory its tasks need is missing")
            .allowed("`memory` of the task, or `memory` or `memoryReservation` of each container");
        finding.member = Some("memory".to_owned());
        notes.wrong(finding);
        return None;
    }
    sum(containers.into_iter().flatten())
}

fn sum(mut parts: impl Iterator<Item = u32>) -> Option<u32> {
    parts.try_fold(0_u32, u32::checked_add)
}

fn health_check(form: &format::HealthCheck) -> HealthCheck {
    HealthCheck {
        interval: SimDuration::from_secs(form.interval.get().map_or(30, |n| n.u64())),
        timeout: SimDuration::from_secs(form.timeout.get().map_or(5, |n| n.u64())),
        retries: form.retries.get().map_or(3, |n| n.u32()),
        start_period: SimDuration::from_secs(form.start_period.get().map_or(0, |n| n.u64())),
    }
}
