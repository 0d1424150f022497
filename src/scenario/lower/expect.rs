//! `expect:` → expectations, in an order that does not hang on the file's.

use super::Notes;
use super::directory::{Directory, Register};
use crate::model::{DaemonId, ServiceId};
use crate::record::{Bound, Expectation, Measure};
use crate::scenario::format::{self, Expect};
use crate::scenario::read::{Named, Slot};

pub(super) fn expectations(
    form: Option<&Expect>,
    directory: &Directory<'_>,
    notes: &mut Notes,
) -> Vec<Expectation> {
    let mut out = Out { all: Vec::new() };
    let Some(form) = form else { return out.all };
    for (name, id, deployment) in named(form.deployments.get(), "daemon", &directory.daemons, notes) {
        let (daemon, path) = (DaemonId::new(id), format!("deployments.{name}"));
        if let Some(status) = deployment.status.get() {
            out.push(format!("{path}.status"), Measure::Status(daemon), Bound::Is(status.0.0));
        }
        out.durations(&format!("{path}.duration"), Measure::Duration(daemon), &deployment.duration);
        for (key, measure, slot) in [
            ("waves", Measure::Waves(daemon), &deployment.waves),
            ("instancesReplaced", Measure::InstancesReplaced(daemon), &deployment.instances_replaced),
            ("tasksMoved", Measure::TasksMoved(daemon), &deployment.tasks_moved),
            ("tasksMovedAgain", Measure::TasksMovedAgain(daemon), &deployment.tasks_moved_again),
        ] {
            out.counts(&format!("{path}.{key}"), measure, slot);
        }
    }
    for (name, id, service) in named(form.services.get(), "service", &directory.services, notes) {
        let (of, path) = (ServiceId::new(id), format!("services.{name}"));
        for (key, measure, slot) in [
            ("runningTasks", Measure::RunningTasks(of), &service.running_tasks),
            ("healthyTasks", Measure::HealthyTasks(of), &service.healthy_tasks),
            ("interruptions", Measure::Interruptions(of), &service.interruptions),
            ("interruptionsPerTask", Measure::InterruptionsPerTask(of), &service.interruptions_per_task),
        ] {
            out.counts(&format!("{path}.{key}"), measure, slot);
        }
        out.durations(&format!("{path}.belowDesired"), Measure::BelowDesired(of), &service.below_desired);
    }
    if let Some(cluster) = form.cluster.get() {
        out.counts("cluster.instances", Measure::Instances, &cluster.instances);
        if let Some(cost) = cluster.cost.get() {
            let bounds = [&cost.at_most, &cost.at_least, &cost.exactly];
            out.bounds("cluster.cost", Measure::Cost, bounds.map(|b| b.get().map(|d| u128::from(d.0))));
        }
    }
    out.all
}

/// The entries by name, each with its id; names that nothing bears are noted.
fn named<'f, T>(
    form: Option<&'f Named<T>>,
    what: &str,
    register: &Register,
    notes: &mut Notes,
) -> Vec<(&'f str, u32, &'f T)> {
    let mut found = Vec::new();
    for (name, at, slot) in form.into_iter().flat_map(|n| &n.0) {
        match (register.id(name), slot.get()) {
            (Some(id), Some(value)) => found.push((name.as_str(), id, value)),
            (Some(_), None) => (),
            (None, _) => notes.dangling(*at, what, name, register.iter()),
        }
    }
    found.sort_by_key(|(name, _, _)| *name);
    found
}

struct Out {
    all: Vec<Expectation>,
}

impl Out {
    fn push(&mut self, path: String, measure: Measure, bound: Bound) {
        self.all.push(Expectation { path, measure, bound });
    }

    fn counts(&mut self, path: &str, measure: Measure, slot: &Slot<format::Bound>) {
        if let Some(bound) = slot.get() {
            let bounds = [&bound.at_most, &bound.at_least, &bound.exactly];
            self.bounds(path, measure, bounds.map(|b| b.get().map(|n| u128::from(n.u64()))));
        }
    }

    fn durations(&mut self, path: &str, measure: Measure, slot: &Slot<format::DurationBound>) {
        if let Some(bound) = slot.get() {
            let bounds = [&bound.at_most, &bound.at_least, &bound.exactly];
            self.bounds(path, measure, bounds.map(|b| b.get().map(|d| u128::from(d.as_ms()))));
        }
    }

    fn bounds(&mut self, path: &str, measure: Measure, [most, least, exactly]: [Option<u128>; 3]) {
        for (key, bound) in [
            ("atMost", most.map(Bound::AtMost)),
            ("atLeast", least.map(Bound::AtLeast)),
            ("exactly", exactly.map(Bound::Exactly)),
        ] {
            if let Some(bound) = bound {
                self.push(format!("{path}.{key}"), measure, bound);
            }
        }
    }
}
