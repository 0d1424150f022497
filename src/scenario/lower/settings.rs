//! What a daemon's request sets itself, and what the next one lets fall back.

use super::Notes;
use super::requests::Lowering;
use crate::model::{AlarmId, Percent};
use crate::scenario::error::Finding;
use crate::scenario::format::{DaemonAlarms, DaemonDeployment};
use crate::scenario::read::Slot;
use crate::scenario::source::Span;
use std::collections::BTreeSet;

/// What a daemon's request sets itself.
#[derive(Clone, Debug, Default)]
pub(super) struct Explicit {
    pub(super) critical: Option<bool>,
    pub(super) drain_percent: Option<Percent>,
    pub(super) bake_minutes: Option<u64>,
    pub(super) alarms: Option<bool>,
    /// The alarms that it watches, each once.
    pub(super) watched: Vec<AlarmId>,
}

impl Lowering<'_, '_> {
    pub(super) fn explicit(
        &mut self,
        critical: Option<bool>,
        deployment: &Slot<DaemonDeployment>,
    ) -> Explicit {
        let Some(form) = deployment.get() else { return Explicit { critical, ..Explicit::default() } };
        let alarms = form.alarms.get();
        if let Some(percent) = form.drain_percent.get()
            && percent.0 < Percent::whole(1)
        {
            let finding = Finding::new(form.drain_percent.at, "below 1 %, one instance is drained at a time")
                .allowed("ECS's API takes 0.0 to 100.0, its guide says 1.0 to 100.0");
            self.notes.warn(finding);
        }
        Explicit {
            critical,
            drain_percent: form.drain_percent.get().map(|p| p.0),
            bake_minutes: form.bake.get().map(|b| b.u64()),
            alarms: alarms.and_then(|form| form.enable.get().copied()),
            watched: alarms.map_or_else(Vec::new, |form| self.watched(form)),
        }
    }

    /// The alarms that a deployment watches; names that nothing bears are noted even if it watches none.
    fn watched(&mut self, form: &DaemonAlarms) -> Vec<AlarmId> {
        let mut ids = Vec::new();
        let mut seen = BTreeSet::new();
        for slot in form.names.get().into_iter().flatten() {
            let Some(name) = slot.get() else { continue };
            let Some(id) = self.directory.alarms.id(&name.0).map(AlarmId::new) else {
                self.notes.dangling(slot.at, "alarm", &name.0, self.directory.alarms.iter());
                continue;
            };
            if seen.insert(id) {
                ids.push(id);
            } else {
                self.notes.warn(Finding::new(slot.at, "the alarm is named twice; once is enough"));
            }
        }
        let named = form.names.get().map_or(0, Vec::len);
        match form.enable.get() {
            Some(true) => {
                if named == 0 {
                    let finding = Finding::new(form.enable.at, "no alarm is named, so that none is watched");
                    self.notes.warn(finding);
                }
                ids
            }
            Some(false) | None => {
                if named > 0 {
                    let finding = Finding::new(form.names.at, "these alarms are not watched")
                        .allowed("`enable: true` to watch them; it is false by default");
                    self.notes.warn(finding);
                }
                Vec::new()
            }
        }
    }
}

/// Notes settings that a request had set and the next one lets fall back.
pub(super) fn dropped(earlier: &Explicit, now: &Explicit, at: Span, notes: &mut Notes) {
    let mut fallen = Vec::new();
    if let (Some(false), None) = (earlier.critical, now.critical) {
        fallen.push("`critical` was false and falls back to true".to_owned());
    }
    if let (Some(percent), None) = (earlier.drain_percent, now.drain_percent)
        && percent != Percent::DEFAULT_DRAIN
    {
        fallen.push(format!("`drainPercent` was {percent} and falls back to {}", Percent::DEFAULT_DRAIN));
    }
    if let (Some(minutes @ 1..), None) = (earlier.bake_minutes, now.bake_minutes) {
        fallen.push(format!("`bakeTimeInMinutes` was {minutes} and falls back to 0"));
    }
    if let (Some(true), None) = (earlier.alarms, now.alarms) {
        fallen.push("`alarms` were enabled and fall back to none".to_owned());
    }
    if !fallen.is_empty() {
        let message = format!("UpdateDaemon keeps nothing it is not told: {}", fallen.join("; "));
        notes.warn(Finding::new(at, message).allowed("to repeat the settings that should stay"));
    }
}
