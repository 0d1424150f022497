//! Forms → [`Setup`]: names become ids, defaults are filled in, and what does not fit together is found.
//!
//! Ids follow names, or the order of first requests, and never the order in which lists were written.

mod alarms;
mod assumptions;
mod behaviour;
mod definitions;
mod delays;
mod directory;
mod expect;
mod faults;
mod files;
mod providers;
mod references;
mod requests;
mod settings;

use super::error::Finding;
use super::format::Document;
use super::read::{Reader, Slot};
use super::source::{Span, quoted};
use super::text::{Cluster, Ref};
use crate::kernel::SimDuration;
use crate::record::Expectation;
use crate::world::setup::Setup;
use directory::Directory;

/// Reads a file that the scenario names.
pub(super) type ReadFile<'r> = &'r mut dyn FnMut(&str) -> Result<String, String>;

/// What lowering finds.
#[derive(Debug, Default)]
pub(super) struct Notes {
    pub(super) reader: Reader,
    pub(super) warnings: Vec<Finding>,
    /// Assumptions and delays that the file sets.
    pub(super) given: Vec<String>,
}

/// Where the parts of a [`Setup`] were written.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// In the order of `Setup::before`.
    pub(super) before: Vec<Span>,
    /// In the order of `Setup::timeline`.
    pub(super) timeline: Vec<Span>,
    /// In the order of `Setup::capacity_providers`.
    pub(super) providers: Vec<Span>,
    /// In the order of `Setup::alarms`.
    pub(super) alarms: Vec<AlarmPlace>,
    /// In the order of `Setup::faults`.
    pub(super) faults: Vec<Span>,
}

/// Where an alarm was written.
#[derive(Clone, Copy, Debug)]
pub(super) struct AlarmPlace {
    /// Its name.
    pub(super) name: Span,
    /// The name of its metric, where it has one.
    pub(super) metric: Span,
}

/// A scenario without names.
#[derive(Debug)]
pub(super) struct Lowered {
    pub(super) setup: Setup,
    pub(super) expectations: Vec<Expectation>,
    pub(super) places: Places,
}

impl Notes {
    fn wrong(&mut self, finding: Finding) {
        self.reader.wrong(finding);
    }

    /// Warnings are for people; more than these nobody reads.
    pub(super) fn warn(&mut self, finding: Finding) {
        const MOST: usize = 200;
        if self.warnings.len() < MOST {
            self.warnings.push(finding);
        }
    }

    /// Notes a name that nothing bears.
    fn dangling<'a>(
        &mut self,
        at: Span,
        what: &str,
        name: &str,
        names: impl Iterator<Item = &'a str> + Clone,
    ) {
        const LISTED: usize = 12;
        let listed: Vec<&str> = names.clone().take(LISTED).collect();
        let mut finding = Finding::new(at, format!("there is no {what} {}", quoted(name))).near(name, names);
        finding.allowed = Some(match listed.len() {
            0 => format!("the scenario has no {what}"),
            LISTED => format!("{}, …", listed.join(", ")),
            _ => listed.join(", "),
        });
        self.wrong(finding);
    }
}

/// Lowers a document. None: something is wrong, and has been noted.
pub(super) fn lower(document: &Document, notes: &mut Notes, read: ReadFile<'_>) -> Option<Lowered> {
    let order = requests::in_order(document);
    let cluster = document.cluster.get().map_or("default", |c| c.name.as_str());
    let mut files = files::Files::new(read);
    let delays = delays::delays(document.delays.get(), notes, &mut files);
    let assumptions = assumptions::assumptions(document.assumptions.get(), notes);
    let providers = providers::providers(document, &order, notes);
    let types = providers.instance_types;
    let directory = Directory::new(document, &order, &providers.setups, notes);
    let task_definitions = definitions::apps(&directory, document.delays.get(), notes, &mut files);
    let daemon_task_definitions = definitions::daemons(&directory, document.delays.get(), notes, &mut files);
    let lowered = requests::requests(&order, &directory, cluster, notes);
    for provider in document.capacity_providers.get().into_iter().flatten().filter_map(Slot::get) {
        same_cluster(&provider.cluster, cluster, notes);
    }
    let alarms = alarms::alarms(document, &directory, notes, &mut files);
    let faults = faults::faults(document, &directory, &providers.zones, notes, &mut files);
    let expectations = expect::expectations(document.expect.get(), &directory, notes);
    notes.given.sort();
    let (alarms, alarm_places) = alarms?.into_iter().unzip();
    let (faults, fault_places) = faults?.into_iter().unzip();
    Some(Lowered {
        setup: Setup {
            name: document.name.get()?.0.clone(),
            cluster: cluster.to_owned(),
            seed: document.seed.get().map_or(1, |s| s.u64()),
            horizon: document.horizon.or(SimDuration::from_secs(7 * 24 * 3600))?,
            zones: providers.zones,
            instance_types: types,
            capacity_providers: providers.setups,
            task_definitions: task_definitions?,
            daemon_task_definitions: daemon_task_definitions?,
            services: directory.services.names(),
            families: directory.families.names(),
            daemons: directory.daemons.names(),
            before: lowered.before,
            timeline: lowered.timeline,
            alarms,
            faults,
            delays: delays?,
            assumptions: assumptions?,
        },
        expectations,
        places: Places {
            before: lowered.before_places,
            timeline: lowered.timeline_places,
            providers: providers.places,
            alarms: alarm_places,
            faults: fault_places,
        },
    })
}

/// Notes a request that speaks of another cluster.
fn same_cluster(named: &Slot<Ref<Cluster>>, cluster: &str, notes: &mut Notes) {
    if let Some(other) = named.get()
        && other.name != cluster
    {
        let finding = Finding::new(named.at, format!("there is no cluster {}", quoted(&other.name)))
            .allowed(format!("{cluster}, which the scenario's `cluster` names"));
        notes.wrong(finding);
    }
}
