//! How the tasks of a revision behave, which ECS cannot know.

use super::Notes;
use super::files::Files;
use crate::model::TaskDefinition;
use crate::scenario::duration;
use crate::scenario::error::Finding;
use crate::scenario::format;
use crate::scenario::law::ends;
use crate::scenario::number::to_f64;
use crate::scenario::read::Slot;
use crate::world::setup::Behaviour;

/// Share of tasks that wait for the kill, where the scenario says nothing about how tasks stop.
const IGNORES_SIGTERM: f64 = 0.2;

/// `default_stop`: the scenario says nothing about how long tasks like these take to stop.
pub(super) fn behaviour(
    slot: &Slot<format::Behaviour>,
    definition: Option<&TaskDefinition>,
    default_stop: bool,
    notes: &mut Notes,
    files: &mut Files<'_>,
) -> Option<Behaviour> {
    let default = if default_stop { IGNORES_SIGTERM } else { 0.0 };
    let Some(form) = slot.get() else {
        let nothing = Behaviour { ignores_sigterm: default, ..Behaviour::default() };
        return (!slot.is_given()).then_some(nothing);
    };
    let default = if form.stop.is_given() { 0.0 } else { default };
    let start = files.optional(&form.start, notes);
    let stop = files.optional(&form.stop, notes);
    let runs_for = files.optional(&form.runs_for, notes);
    let crashes_after = files.optional(&form.crashes_after, notes);
    let unhealthy_after = files.optional(&form.unhealthy_after, notes);
    let behaviour = Behaviour {
        start: start?,
        stop: stop?,
        ignores_sigterm: form.ignores_sigterm.get().map_or(default, |share| share.0),
        image_mib: form.image_mib.get().map(|mib| mib.f64()),
        runs_for: runs_for?,
        fails_to_start: form.fails_to_start.get().map_or(0.0, |share| share.0),
        crashes_after: crashes_after?,
        unhealthy_after: unhealthy_after?,
        affects: form.affects.get().map_or(1.0, |share| share.0),
        metrics: metrics(form),
    };
    if let Some(definition) = definition {
        without_effect(form, &behaviour, definition, notes);
    }
    Some(behaviour)
}

/// By name, so that the order in which they were written means nothing.
fn metrics(form: &format::Behaviour) -> Vec<(String, f64)> {
    let named = form.metrics.get().into_iter().flat_map(|named| &named.0);
    let mut metrics: Vec<(String, f64)> =
        named.filter_map(|(name, _, slot)| Some((name.clone(), to_f64(slot.get()?.0)))).collect();
    metrics.sort_by(|a, b| a.0.cmp(&b.0));
    metrics
}

/// Notes failures that nobody will see, and those that ECS would not.
fn without_effect(
    form: &format::Behaviour,
    behaviour: &Behaviour,
    definition: &TaskDefinition,
    notes: &mut Notes,
) {
    let fails =
        form.fails_to_start.is_given() || form.crashes_after.is_given() || form.unhealthy_after.is_given();
    if form.affects.is_given() && !fails {
        let message = "this has no effect: there is no failure that could be on a share of the instances";
        let finding = Finding::new(form.affects.at, message);
        notes.warn(finding.allowed("`failsToStart`, `crashesAfter` or `unhealthyAfter` beside it"));
    }
    if let (Some(law), Some(period)) = (&behaviour.crashes_after, definition.restart_after)
        && ends(law).0 >= period
    {
        let message = format!(
            "no crash comes to light: a container that ran for {} is restarted in place, and none crashes earlier",
            duration::text(period)
        );
        notes.warn(Finding::new(form.crashes_after.at, message));
    }
    if behaviour.unhealthy_after.is_some() && definition.health_check.is_none() {
        let message = "ECS would not notice: no essential container has a health check. \
             It is simulated as if one had";
        let finding = Finding::new(form.unhealthy_after.at, message);
        notes.warn(finding.allowed("a `healthCheck`, or `crashesAfter` for a container that exits"));
    }
}
