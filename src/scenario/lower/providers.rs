//! Capacity providers, the instance types they launch, and zones.

use super::Notes;
use super::directory::{good, unique};
use super::requests::Ordered;
use crate::kernel::SimDuration;
use crate::model::{InstanceType, InstanceTypeId, Resources, ZoneId};
use crate::scenario::catalogue::{catalogue, fits};
use crate::scenario::error::Finding;
use crate::scenario::format::{self, Call, CapacityProvider, Document, OptionType, Range};
use crate::scenario::read::Slot;
use crate::scenario::source::{Span, quoted};
use crate::world::setup::{CapacityProviderSetup, ScaleInAfter};
use std::collections::{BTreeMap, BTreeSet};

/// Everything about capacity.
pub(super) struct Providers {
    pub(super) setups: Vec<CapacityProviderSetup>,
    pub(super) places: Vec<Span>,
    pub(super) zones: Vec<String>,
    pub(super) instance_types: Vec<InstanceType>,
}

/// A provider with names still in place of ids.
#[derive(Debug, PartialEq)]
struct Named {
    types: BTreeSet<String>,
    zones: BTreeSet<String>,
    spot: bool,
    scale_in_after: ScaleInAfter,
    auto_repair: bool,
    max_instances: Option<u32>,
}

pub(super) fn providers(document: &Document, order: &[Ordered<'_>], notes: &mut Notes) -> Providers {
    let types = instance_types(document, notes);
    let mut declared: Vec<(&CapacityProvider, bool)> =
        good(&document.capacity_providers).map(|form| (form, true)).collect();
    for request in order {
        if let Call::CreateCapacityProvider(form) = request.call {
            declared.push((form, request.at.is_none()));
        }
    }
    let there = declared.iter().filter(|(_, exists)| *exists);
    let named = there.filter_map(|(form, _)| form.name.get().map(|name| (name.0.as_str(), form.name.at)));
    unique(named, "capacity provider", notes);
    let mut by_name: BTreeMap<&str, (Named, Span, bool)> = BTreeMap::new();
    for (form, exists) in declared {
        let Some(name) = form.name.get() else { continue };
        let provider = provider(form, &types, notes);
        match by_name.get(name.0.as_str()) {
            None => {
                by_name.insert(&name.0, (provider, form.name.at, exists));
            }
            // Made again after it was deleted, or refused by ECS; the run will tell.
            Some((first, at, _)) if !exists && *first != provider => {
                let finding = Finding::new(form.name.at, "a provider that is made again must be as it was")
                    .also(*at, "first here")
                    .allowed("the same settings, or another name");
                notes.wrong(finding);
            }
            Some(_) => (),
        }
    }
    numbered(by_name, &types, notes)
}

/// Ids for zones and types, in the order of their names.
fn numbered(
    by_name: BTreeMap<&str, (Named, Span, bool)>,
    types: &BTreeMap<String, InstanceType>,
    notes: &mut Notes,
) -> Providers {
    let zones: BTreeSet<String> = by_name.values().flat_map(|(p, _, _)| p.zones.iter().cloned()).collect();
    let used: BTreeSet<&String> = by_name.values().flat_map(|(p, _, _)| p.types.iter()).collect();
    unique(zones.iter().map(|zone| (zone.as_str(), Span::default())), "Availability Zone", notes);
    let zone_ids: BTreeMap<&String, u32> = zones.iter().zip(0..).collect();
    let type_ids: BTreeMap<&String, u32> = used.iter().copied().zip(0..).collect();
    let mut setups = Vec::new();
    let mut places = Vec::new();
    for (name, (provider, at, exists)) in &by_name {
        places.push(*at);
        setups.push(CapacityProviderSetup {
            name: (*name).to_owned(),
            instance_types: provider.types.iter().map(|t| InstanceTypeId::new(type_ids[t])).collect(),
            zones: provider.zones.iter().map(|z| ZoneId::new(zone_ids[z])).collect(),
            spot: provider.spot,
            scale_in_after: provider.scale_in_after,
            auto_repair: provider.auto_repair,
            max_instances: provider.max_instances,
            exists: *exists,
        });
    }
    let instance_types = used.iter().filter_map(|name| types.get(*name).cloned()).collect();
    Providers { setups, places, instance_types, zones: zones.into_iter().collect() }
}

/// The catalogue, and the scenario's own types.
fn instance_types(document: &Document, notes: &mut Notes) -> BTreeMap<String, InstanceType> {
    let mut types = catalogue();
    let own = good(&document.instance_types)
        .filter_map(|form| form.name.get().map(|name| (name.0.as_str(), form.name.at)));
    unique(own, "instance type", notes);
    for form in good(&document.instance_types) {
        if let Some(own) = instance_type(form, &types, notes) {
            types.insert(own.name.clone(), own);
        }
    }
    types
}

fn instance_type(
    form: &format::InstanceType,
    types: &BTreeMap<String, InstanceType>,
    notes: &mut Notes,
) -> Option<InstanceType> {
    let name = &form.name.get()?.0;
    if name.contains('*') {
        notes.wrong(Finding::new(form.name.at, "an instance type's name has no `*`"));
        return None;
    }
    let known = types.get(name);
    let cpu = form.v_cpus.get().map(|n| n.u32() * 1024).or(known.map(|t| t.capacity.cpu));
    let memory = form.memory_mib.get().map(|n| n.u32()).or(known.map(|t| t.capacity.memory));
    for (key, given, value) in
        [("vCpus", form.v_cpus.is_given(), cpu), ("memoryMiB", form.memory_mib.is_given(), memory)]
    {
        if !given && value.is_none() {
            let mut finding = Finding::new(form.at, format!("`{key}` is missing"))
                .allowed("the catalogue does not have this type, so that all of it must be told");
            finding.member = Some(key.to_owned());
            notes.wrong(finding);
        }
    }
    // A type that could not be read is there all the same, so that nothing else is wrong because of it.
    let capacity = Resources { cpu: cpu.unwrap_or(u32::MAX), memory: memory.unwrap_or(u32::MAX) };
    let price = form.price_per_hour.get().map(|d| d.0).or(known.map(|t| t.price_per_hour_nanos));
    Some(InstanceType {
        name: name.clone(),
        capacity,
        max_tasks: form.max_tasks.get().map_or(u32::MAX, |n| n.u32()),
        price_per_hour_nanos: price.unwrap_or(0),
    })
}

fn provider(form: &CapacityProvider, types: &BTreeMap<String, InstanceType>, notes: &mut Notes) -> Named {
    let managed = form.managed.get();
    let template = managed.and_then(|m| m.template.get());
    let optimization = managed.and_then(|m| m.optimization.get());
    let repair = managed.and_then(|m| m.auto_repair.get());
    let option = form.capacity_option_type.get().or(template.and_then(|t| t.capacity_option_type.get()));
    let scale_in = form.scale_in_after.get().or(optimization.and_then(|o| o.scale_in_after.get()));
    let auto_repair = form.auto_repair.get().or(repair.and_then(|r| r.actions_status.get()));
    Named {
        types: provider_types(form, types, notes),
        zones: zones(form, notes),
        spot: option.is_some_and(|o| o.0 == OptionType::Spot),
        scale_in_after: match scale_in.map(|s| s.0) {
            None => ScaleInAfter::Heuristic,
            Some(seconds) => match u64::try_from(seconds) {
                Ok(seconds) => ScaleInAfter::After(SimDuration::from_secs(seconds)),
                Err(_) => ScaleInAfter::Never,
            },
        },
        auto_repair: auto_repair.is_none_or(|r| r.0.on()),
        max_instances: form.max_instances.get().map(|n| n.u32()),
    }
}

fn zones(form: &CapacityProvider, notes: &mut Notes) -> BTreeSet<String> {
    if let Some([]) = form.availability_zones.get().map(Vec::as_slice) {
        let finding = Finding::new(form.availability_zones.at, "a provider needs at least one zone")
            .allowed("zones such as [a, b, c], or nothing for one zone, `a`");
        notes.wrong(finding);
    }
    let named = form.availability_zones.get().into_iter().flatten();
    unique(named.filter_map(|slot| slot.get().map(|z| (z.0.as_str(), slot.at))), "Availability Zone", notes);
    if form.availability_zones.is_given() {
        good(&form.availability_zones).map(|zone| zone.0.clone()).collect()
    } else {
        BTreeSet::from(["a".to_owned()])
    }
}

/// The types that a provider may launch, by name or by what they must have.
fn provider_types(
    form: &CapacityProvider,
    types: &BTreeMap<String, InstanceType>,
    notes: &mut Notes,
) -> BTreeSet<String> {
    let requirements = form.managed.get().and_then(|m| m.template.get()).and_then(|t| t.requirements.get());
    let (list, at) = if form.instance_types.is_given() {
        (&form.instance_types, form.instance_types.at)
    } else if let Some(requirements) = requirements {
        (&requirements.allowed, requirements.at)
    } else {
        (&form.instance_types, form.at)
    };
    let mut found = BTreeSet::new();
    let mut wrong = list.is_given() && list.get().is_none();
    for slot in list.get().into_iter().flatten() {
        let Some(pattern) = slot.get() else {
            wrong = true;
            continue;
        };
        let before = found.len();
        found.extend(types.keys().filter(|name| fits(&pattern.0, name)).cloned());
        if found.len() == before && !types.keys().any(|name| fits(&pattern.0, name)) {
            wrong = true;
            let near = types.keys().map(String::as_str);
            let finding = Finding::new(slot.at, format!("there is no instance type {}", quoted(&pattern.0)))
                .near(&pattern.0, near)
                .allowed("a type of the catalogue, or one described under `instanceTypes`");
            notes.wrong(finding);
        }
    }
    if let (Some(requirements), false) = (requirements, form.instance_types.is_given()) {
        found.retain(|name| types.get(name).is_some_and(|t| has(t, requirements)));
    }
    if found.is_empty() && !wrong {
        let mut finding = Finding::new(at, "a provider needs at least one instance type")
            .allowed("names under `instanceTypes`, or under `instanceRequirements.allowedInstanceTypes`");
        finding.member = Some("instanceTypes".to_owned());
        notes.wrong(finding);
    }
    found
}

fn has(instance_type: &InstanceType, requirements: &format::InstanceRequirements) -> bool {
    within(instance_type.capacity.cpu / 1024, &requirements.v_cpu_count)
        && within(instance_type.capacity.memory, &requirements.memory_mib)
}

fn within(value: u32, range: &Slot<Range>) -> bool {
    let Some(range) = range.get() else { return true };
    let above = range.min.get().is_none_or(|min| value >= min.u32());
    let below = range.max.get().is_none_or(|max| value <= max.u32());
    above && below
}
