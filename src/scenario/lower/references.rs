//! Names in requests → ids; what nothing bears is noted.

use super::Notes;
use super::directory::{Families, Register};
use super::requests::{IN_A_CALL, Lowering};
use crate::model::{
    CapacityProviderId, DaemonId, DaemonTaskDefinitionId, FamilyId, InstanceName, Owner, ServiceId,
    TaskDefinitionId, TaskName,
};
use crate::scenario::error::Finding;
use crate::scenario::format::{StrategyItem as ItemForm, TaskDefinition};
use crate::scenario::read::Slot;
use crate::scenario::source::{Span, quoted};
use crate::scenario::text::{Instance, Kind, NumberedRef, Provider, Ref, RevisionRef, Task};
use crate::world::setup::StrategyItem;
use std::collections::{BTreeMap, BTreeSet};

impl Lowering<'_, '_> {
    /// Notes what `before` makes; the same name twice can never have been.
    pub(super) fn made(&mut self, name: &str, at: Span, what: &str) {
        let there = if what == "daemon" { &mut self.daemons } else { &mut self.services };
        if let Some(first) = there.insert(name.to_owned(), at) {
            let finding = Finding::new(at, format!("the {what} {} is there already", quoted(name)))
                .also(first, "created here");
            self.notes.wrong(finding);
        }
    }

    pub(super) fn existing<K: Kind>(&mut self, slot: &Slot<Ref<K>>, what: &str, before: bool) -> Option<u32> {
        let name = &slot.get()?.name;
        let (register, there): (&Register, _) = if what == "daemon" {
            (&self.directory.daemons, &self.daemons)
        } else {
            (&self.directory.services, &self.services)
        };
        let Some(id) = register.id(name) else {
            self.notes.dangling(slot.at, what, name, register.iter());
            return None;
        };
        if before && !there.contains_key(name) {
            let message = format!("there is no {what} {} at this point of `before`", quoted(name));
            self.notes.wrong(Finding::new(slot.at, message));
            return None;
        }
        Some(id)
    }

    pub(super) fn existing_service<K: Kind>(&mut self, slot: &Slot<Ref<K>>, before: bool) -> Option<u32> {
        self.existing(slot, "service", before)
    }

    pub(super) fn providers(
        &mut self,
        list: &Slot<Vec<Slot<Ref<Provider>>>>,
    ) -> Option<Vec<CapacityProviderId>> {
        let slots = list.get()?;
        if slots.is_empty() {
            let finding = Finding::new(list.at, "a daemon needs at least one capacity provider");
            self.notes.wrong(finding);
            return None;
        }
        let mut seen = BTreeMap::new();
        let mut ids = Vec::new();
        for slot in slots {
            let id = self.provider(slot);
            if let Some(id) = id
                && let Some(first) = seen.insert(id, slot.at)
            {
                let finding = Finding::new(slot.at, "the provider is named twice").also(first, "first here");
                self.notes.wrong(finding);
            }
            ids.push(id);
        }
        ids.into_iter().collect()
    }

    pub(super) fn provider(&mut self, slot: &Slot<Ref<Provider>>) -> Option<CapacityProviderId> {
        let name = &slot.get()?.name;
        let id = self.directory.providers.id(name);
        if id.is_none() {
            self.notes.dangling(slot.at, "capacity provider", name, self.directory.providers.iter());
        }
        id.map(CapacityProviderId::new)
    }

    pub(super) fn app_definition<K: Kind>(
        &mut self,
        slot: &Slot<RevisionRef<K>>,
        place: usize,
    ) -> Option<TaskDefinitionId> {
        let families = &self.directory.app_definitions;
        revision(families, slot, place, "task definition", self.notes).map(TaskDefinitionId::new)
    }

    pub(super) fn daemon_definition<K: Kind>(
        &mut self,
        slot: &Slot<RevisionRef<K>>,
        place: usize,
    ) -> Option<DaemonTaskDefinitionId> {
        let families = &self.directory.daemon_definitions;
        revision(families, slot, place, "daemon task definition", self.notes).map(DaemonTaskDefinitionId::new)
    }

    pub(super) fn strategy(&mut self, list: &Slot<Vec<Slot<ItemForm>>>) -> Option<Vec<StrategyItem>> {
        let slots = list.get()?;
        if slots.is_empty() {
            let finding = Finding::new(list.at, "a strategy needs at least one capacity provider")
                .allowed("[{capacityProvider: name, weight: 1}]");
            self.notes.wrong(finding);
            return None;
        }
        let default_weight = u32::from(slots.len() == 1);
        let mut seen = BTreeSet::new();
        let mut items = Vec::new();
        let mut whole = true;
        for slot in slots {
            let item = slot.get().and_then(|form| {
                let provider = self.provider(&form.provider)?;
                if !seen.insert(provider) {
                    self.notes.wrong(Finding::new(form.provider.at, "the provider is named twice"));
                }
                let weight = form.weight.get().map_or(default_weight, |n| n.u32());
                Some(StrategyItem { provider, base: form.base.get().map_or(0, |n| n.u32()), weight })
            });
            whole &= item.is_some();
            items.extend(item);
        }
        if whole && items.iter().all(|item| item.weight == 0) {
            let finding = Finding::new(list.at, "no provider of this strategy has a weight above 0")
                .allowed("`weight: 1` for at least one; it is 0 by default when there are several");
            self.notes.wrong(finding);
            return None;
        }
        whole.then_some(items)
    }

    /// The slots of a list of a call, which must not be empty nor longer than ECS takes.
    pub(super) fn several<'s, T>(
        &mut self,
        list: &'s Slot<Vec<Slot<T>>>,
        what: &str,
    ) -> std::slice::Iter<'s, Slot<T>> {
        if let Some(slots) = list.get()
            && !(1..=IN_A_CALL).contains(&slots.len())
        {
            let finding = Finding::new(list.at, format!("{} {what}s in one call", slots.len()))
                .allowed(format!("1 to {IN_A_CALL}"));
            self.notes.wrong(finding);
        }
        list.get().map_or(&[][..], Vec::as_slice).iter()
    }

    pub(super) fn task(&mut self, slot: &Slot<NumberedRef<Task>>) -> Option<TaskName> {
        let named = slot.get()?;
        let directory = self.directory;
        let owner = if named.letter == 'd' {
            directory.daemons.id(&named.owner).map(|id| Owner::Daemon(DaemonId::new(id)))
        } else {
            let service = directory.services.id(&named.owner).map(|id| Owner::Service(ServiceId::new(id)));
            let family =
                || directory.families.id(&named.owner).map(|id| Owner::Standalone(FamilyId::new(id)));
            service.or_else(family)
        };
        if owner.is_none() {
            if named.letter == 'd' {
                self.notes.dangling(slot.at, "daemon", &named.owner, directory.daemons.iter());
            } else {
                let names = directory.services.iter().chain(directory.families.iter());
                self.notes.dangling(slot.at, "service or family of standalone tasks", &named.owner, names);
            }
        }
        Some(TaskName { owner: owner?, number: named.number })
    }

    pub(super) fn instance(&mut self, slot: &Slot<NumberedRef<Instance>>) -> Option<InstanceName> {
        let named = slot.get()?;
        let Some(id) = self.directory.providers.id(&named.owner) else {
            let names = self.directory.providers.iter();
            self.notes.dangling(slot.at, "capacity provider", &named.owner, names);
            return None;
        };
        Some(InstanceName { provider: CapacityProviderId::new(id), number: named.number })
    }
}

pub(super) fn registered(families: &Families<'_>, form: &TaskDefinition, place: usize) -> Option<u32> {
    let family = &form.family.get()?.0;
    families.id(family, families.registered_by(family, place)?)
}

/// The id that a reference to a revision stands for.
pub(super) fn revision<K: Kind>(
    families: &Families<'_>,
    slot: &Slot<RevisionRef<K>>,
    place: usize,
    what: &str,
    notes: &mut Notes,
) -> Option<u32> {
    let named = slot.get()?;
    let count = families.count(&named.family);
    if count == 0 {
        notes.dangling(slot.at, what, &named.family, families.names());
        return None;
    }
    let number = named.revision.unwrap_or_else(|| families.latest(&named.family, place));
    if number > count {
        let message = format!("the {what} {} has no revision {number}", quoted(&named.family));
        notes.wrong(Finding::new(slot.at, message).allowed(format!("1 to {count}")));
        return None;
    }
    families.id(&named.family, number)
}
