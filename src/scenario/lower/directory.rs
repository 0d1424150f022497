//! Who is called what.

use super::Notes;
use super::requests::Ordered;
use crate::scenario::error::Finding;
use crate::scenario::format::{Call, Document, TaskDefinition};
use crate::scenario::read::Slot;
use crate::scenario::source::{Span, quoted};
use crate::scenario::text::Name;
use crate::world::setup::CapacityProviderSetup;
use std::collections::{BTreeMap, BTreeSet};

/// Everything that has a name, with its id.
#[derive(Debug)]
pub(super) struct Directory<'d> {
    pub(super) providers: Register,
    pub(super) services: Register,
    /// Families of standalone tasks.
    pub(super) families: Register,
    pub(super) daemons: Register,
    pub(super) app_definitions: Families<'d>,
    pub(super) daemon_definitions: Families<'d>,
    /// By name.
    pub(super) alarms: Register,
}

/// Names with ids.
#[derive(Debug, Default)]
pub(super) struct Register {
    ids: BTreeMap<String, u32>,
    order: Vec<String>,
}

impl Register {
    pub(super) fn id(&self, name: &str) -> Option<u32> {
        self.ids.get(name).copied()
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.order.clone()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &str> + Clone {
        self.order.iter().map(String::as_str)
    }

    fn add(&mut self, name: &str) {
        if !self.ids.contains_key(name) {
            self.ids.insert(name.to_owned(), u32::try_from(self.order.len()).unwrap_or(u32::MAX));
            self.order.push(name.to_owned());
        }
    }
}

/// The revisions of task definitions by family.
#[derive(Debug, Default)]
pub(super) struct Families<'d> {
    families: BTreeMap<&'d str, Family<'d>>,
}

/// A family's revisions, in the order of their registration.
#[derive(Debug, Default)]
struct Family<'d> {
    revisions: Vec<Revision<'d>>,
    /// The id of the first.
    first_id: u32,
}

/// One revision.
#[derive(Clone, Copy, Debug)]
pub(super) struct Revision<'d> {
    pub(super) form: &'d TaskDefinition,
    /// The place of the request that registers it; none: it is there from the start.
    pub(super) request: Option<usize>,
    /// Whether it is there from the start.
    pub(super) exists: bool,
}

impl<'d> Families<'d> {
    fn add(&mut self, form: &'d TaskDefinition, request: Option<usize>, exists: bool) {
        if let Some(family) = form.family.get() {
            let family = self.families.entry(family.0.as_str()).or_default();
            family.revisions.push(Revision { form, request, exists });
        }
    }

    /// Ids follow families' names, then revisions.
    fn number(&mut self) {
        let mut next = 0;
        for family in self.families.values_mut() {
            family.first_id = next;
            next += u32::try_from(family.revisions.len()).unwrap_or(u32::MAX);
        }
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.families.keys().copied()
    }

    /// How many revisions a family has.
    pub(super) fn count(&self, family: &str) -> u32 {
        self.families.get(family).map_or(0, |f| u32::try_from(f.revisions.len()).unwrap_or(u32::MAX))
    }

    /// The latest revision at the time of a request, counted from 1.
    pub(super) fn latest(&self, family: &str, request: usize) -> u32 {
        let registered = self
            .families
            .get(family)
            .map_or(0, |f| f.revisions.partition_point(|r| r.request.is_none_or(|at| at < request)));
        // Of a family that is registered later, the first: ECS will say that it does not exist yet.
        u32::try_from(registered.max(1)).unwrap_or(u32::MAX)
    }

    /// The revision that the request registers.
    pub(super) fn registered_by(&self, family: &str, request: usize) -> Option<u32> {
        let revisions = &self.families.get(family)?.revisions;
        let at = revisions.binary_search_by_key(&Some(request), |r| r.request).ok()?;
        u32::try_from(at + 1).ok()
    }

    /// All revisions, by family, with their number.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&'d str, u32, Revision<'d>)> {
        self.families.iter().flat_map(|(name, family)| {
            family.revisions.iter().zip(1..).map(|(revision, number)| (*name, number, *revision))
        })
    }

    /// The id of a revision.
    pub(super) fn id(&self, family: &str, revision: u32) -> Option<u32> {
        (1..=self.count(family)).contains(&revision).then_some(())?;
        Some(self.families.get(family)?.first_id + revision - 1)
    }
}

impl<'d> Directory<'d> {
    pub(super) fn new(
        document: &'d Document,
        order: &[Ordered<'d>],
        providers: &[CapacityProviderSetup],
        notes: &mut Notes,
    ) -> Directory<'d> {
        let mut directory = Directory {
            providers: Register::default(),
            services: Register::default(),
            families: Register::default(),
            daemons: Register::default(),
            app_definitions: Families::default(),
            daemon_definitions: Families::default(),
            alarms: Register::default(),
        };
        for provider in providers {
            directory.providers.add(&provider.name);
        }
        for form in good(&document.task_definitions) {
            directory.app_definitions.add(form, None, true);
        }
        for form in good(&document.daemon_task_definitions) {
            directory.daemon_definitions.add(form, None, true);
        }
        directory.requests(order, notes);
        directory.app_definitions.number();
        directory.daemon_definitions.number();
        let alarms = good(&document.alarms)
            .filter_map(|alarm| alarm.name.get().map(|name| (name.0.as_str(), alarm.name.at)));
        unique(alarms, "alarm", notes);
        let alarms = good(&document.alarms).filter_map(|alarm| alarm.name.get());
        for name in alarms.map(|name| name.0.as_str()).collect::<BTreeSet<_>>() {
            directory.alarms.add(name);
        }
        families_differ(&directory.app_definitions, "task definition family", notes);
        families_differ(&directory.daemon_definitions, "daemon task definition family", notes);
        directory
    }

    /// What requests create, in the order of first mention.
    fn requests(&mut self, order: &[Ordered<'d>], notes: &mut Notes) {
        let services = created(order.iter().filter_map(|request| {
            if let Call::CreateService(form) = request.call { Some(&form.name) } else { None }
        }));
        let daemons = created(order.iter().filter_map(|request| {
            if let Call::CreateDaemon(form) = request.call { Some(&form.name) } else { None }
        }));
        alike(&services, "service", notes);
        alike(&daemons, "daemon", notes);
        for (place, request) in order.iter().enumerate() {
            let exists = request.at.is_none();
            match request.call {
                Call::CreateService(form) => {
                    self.services.add_if(form.name.get().map(|n| n.0.as_str()), &services);
                }
                Call::UpdateService(form) => {
                    self.services.add_if(form.service.get().map(|s| s.name.as_str()), &services);
                }
                Call::DeleteService(form) => {
                    self.services.add_if(form.service.get().map(|s| s.name.as_str()), &services);
                }
                Call::CreateDaemon(form) => {
                    self.daemons.add_if(form.name.get().map(|n| n.0.as_str()), &daemons);
                }
                Call::UpdateDaemon(form) => {
                    self.daemons.add_if(form.daemon.get().map(|d| d.name.as_str()), &daemons);
                }
                Call::DeleteDaemon(form) => {
                    self.daemons.add_if(form.daemon.get().map(|d| d.name.as_str()), &daemons);
                }
                Call::RunTask(form) => {
                    if let Some(definition) = form.task_definition.get() {
                        self.families.add(&definition.family);
                    }
                }
                Call::RegisterTaskDefinition(form) => self.app_definitions.add(form, Some(place), exists),
                Call::RegisterDaemonTaskDefinition(form) => {
                    self.daemon_definitions.add(form, Some(place), exists);
                }
                Call::StopTask(_)
                | Call::UpdateTaskProtection(_)
                | Call::UpdateContainerInstancesState(_)
                | Call::CreateCapacityProvider(_)
                | Call::DeleteCapacityProvider(_)
                | Call::DeleteDaemonTaskDefinition(_) => (),
            }
        }
    }
}

impl Register {
    fn add_if(&mut self, name: Option<&str>, created: &BTreeMap<&str, Span>) {
        if let Some(name) = name
            && created.contains_key(name)
        {
            self.add(name);
        }
    }
}

/// The names that are created, each at its first mention.
fn created<'d>(slots: impl Iterator<Item = &'d Slot<Name>>) -> BTreeMap<&'d str, Span> {
    let mut names = BTreeMap::new();
    for slot in slots {
        if let Some(name) = slot.get() {
            names.entry(name.0.as_str()).or_insert(slot.at);
        }
    }
    names
}

/// Notes names that differ only in capitals; the same name again is for the run to judge.
pub(super) fn alike(names: &BTreeMap<&str, Span>, what: &str, notes: &mut Notes) {
    let mut in_file: Vec<(&str, Span)> = names.iter().map(|(name, at)| (*name, *at)).collect();
    in_file.sort_by_key(|(_, at)| *at);
    unique(in_file.into_iter(), what, notes);
}

/// The items of a list that could be read.
pub(super) fn good<T>(list: &Slot<Vec<Slot<T>>>) -> impl Iterator<Item = &T> {
    list.get().into_iter().flatten().filter_map(Slot::get)
}

/// Notes names that are there twice, or differ only in capitals.
pub(super) fn unique<'a>(names: impl Iterator<Item = (&'a str, Span)>, what: &str, notes: &mut Notes) {
    let mut seen: BTreeMap<String, (&str, Span)> = BTreeMap::new();
    for (name, at) in names {
        match seen.get(&name.to_lowercase()) {
            Some((first, first_at)) => {
                let how =
                    if *first == name { "is there twice" } else { "differs from another only in capitals" };
                let finding = Finding::new(at, format!("the {what} {} {how}", quoted(name)))
                    .also(*first_at, "first here");
                notes.wrong(finding);
            }
            None => {
                seen.insert(name.to_lowercase(), (name, at));
            }
        }
    }
}

fn families_differ(families: &Families<'_>, what: &str, notes: &mut Notes) {
    let firsts = families.iter().filter(|(_, number, _)| *number == 1);
    unique(firsts.map(|(name, _, revision)| (name, revision.form.family.at)), what, notes);
}
