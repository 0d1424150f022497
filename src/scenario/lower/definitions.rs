//! Task definitions: what a task needs, and how it behaves.

use super::Notes;
use super::delays::Files;
use super::directory::{Directory, good};
use crate::kernel::SimDuration;
use crate::model::{HealthCheck, Resources, TaskDefinition};
use crate::scenario::error::Finding;
use crate::scenario::format;
use crate::scenario::read::Slot;
use crate::world::setup::{Behaviour, TaskDefinitionSetup};

/// Share of tasks that wait for the kill, where the scenario says nothing about how tasks stop.
const IGNORES_SIGTERM: f64 = 0.2;
/// ECS's default.
const STOP_TIMEOUT_S: u64 = 30;

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
            let behaviour = behaviour(&revision.form.behaviour, default_stop, notes, files);
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
        restart_after: None,
        health_check: good(&form.containers)
            .filter(|c| c.essential.get().copied().unwrap_or(true))
            .filter_map(|c| c.health_check.get().map(health_check))
            .max_by_key(|check| (check.interval, check.timeout, check.retries, check.start_period)),
    })
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

fn behaviour(
    slot: &Slot<format::Behaviour>,
    default_stop: bool,
    notes: &mut Notes,
    files: &mut Files<'_>,
) -> Option<Behaviour> {
    let default = if default_stop { IGNORES_SIGTERM } else { 0.0 };
    let Some(form) = slot.get() else {
        let nothing = Behaviour { ignores_sigterm: default, ..Behaviour::default() };
        return (!slot.is_given()).then_some(nothing);
    };
    if form.fails_to_start.get().is_some_and(|share| share.0 > 0.0) {
        notes.unsupported(Finding::new(
            form.fails_to_start.at,
            "tasks that fail to start are not simulated yet",
        ));
    }
    if form.crashes_after.is_given() {
        notes.unsupported(Finding::new(form.crashes_after.at, "tasks that crash are not simulated yet"));
    }
    if form.unhealthy_after.is_given() {
        let finding =
            Finding::new(form.unhealthy_after.at, "tasks that turn unhealthy are not simulated yet");
        notes.unsupported(finding);
    }
    let _ = files.optional(&form.crashes_after, notes);
    let _ = files.optional(&form.unhealthy_after, notes);
    let default = if form.stop.is_given() { 0.0 } else { default };
    let start = files.optional(&form.start, notes);
    let stop = files.optional(&form.stop, notes);
    let runs_for = files.optional(&form.runs_for, notes);
    Some(Behaviour {
        start: start?,
        stop: stop?,
        ignores_sigterm: form.ignores_sigterm.get().map_or(default, |share| share.0),
        image_mib: form.image_mib.get().map(|mib| mib.f64()),
        runs_for: runs_for?,
        ..Behaviour::default()
    })
}
