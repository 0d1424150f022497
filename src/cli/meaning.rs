//! What a scenario means, in words: the heart of `daemonsim check`.

use super::assumptions;
use super::load::Loaded;
use super::simulate;
use super::text::{counted, duration, wrapped};
use crate::kernel::SimTime;
use crate::model::assumptions::{Assumptions, BatchDenominator};
use crate::model::{CapacityProviderId, DaemonId, Names, Percent};
use crate::world::setup::{DaemonSettings, Request, Setup};
use std::fmt;

/// Prints the meaning of a scenario, in 80 columns.
pub(super) struct Meaning<'a>(pub(super) &'a Loaded);

impl fmt::Display for Meaning<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scenario = &self.0.scenario;
        let setup = &scenario.setup;
        let fleet = Fleet { setup, names: setup.names(), instances: simulate::fleet(setup) };
        writeln!(f, "{}: {}", self.0.file, setup.name)?;
        f.write_str(&wrapped(scenario.description.split_whitespace(), 2))?;
        let (seed, horizon) = (setup.seed, duration(setup.horizon));
        writeln!(f, "  seed {seed}; ends {horizon} after the start at the latest")?;
        fleet.start(f)?;
        fleet.daemons(f)?;
        in_force(f, &setup.assumptions)?;
        let delays: Vec<String> =
            scenario.given.iter().filter_map(|g| g.strip_prefix("delays.").map(Into::into)).collect();
        list(f, "Delays of the scenario's own (the others are defaults)", &delays)?;
        let expected: Vec<String> = scenario.expectations.iter().map(|e| e.path.clone()).collect();
        list(f, "Expectations", &expected)?;
        list(f, "Taken, and without effect on a simulation", &scenario.not_simulated)?;
        if !scenario.unsupported.is_empty() {
            writeln!(f, "\nNot simulated yet, so that `run` refuses this scenario")?;
        }
        for part in &scenario.unsupported {
            let line = format!("line {}: {}", part.line, part.message);
            f.write_str(&wrapped(line.split_whitespace(), 2))?;
        }
        let short: Vec<String> = scenario.short_names.iter().map(|(short, _)| short.clone()).collect();
        list(f, "Short names for --set", &short)
    }
}

/// The instances that a run begins with, by provider.
struct Fleet<'a> {
    setup: &'a Setup,
    names: Names,
    instances: Vec<u32>,
}

impl Fleet<'_> {
    fn start(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\nWhen the clock starts")?;
        for ((name, provider), count) in
            self.names.providers.iter().zip(&self.setup.capacity_providers).zip(&self.instances)
        {
            if provider.exists {
                writeln!(f, "  {name}: {}", counted(u64::from(*count), "instance"))?;
            } else {
                writeln!(f, "  {name}: not there yet")?;
            }
        }
        for request in &self.setup.before {
            if let Request::CreateService { service, settings } = request {
                let name = self.names.service(*service);
                let revision = &self.names.task_definitions[settings.task_definition.index()];
                let (least, most) = (settings.minimum_healthy_percent, settings.maximum_percent);
                let tasks = counted(u64::from(settings.desired), "task");
                writeln!(f, "  {name}: {tasks} of {revision}, {least} % to {most} %")?;
            }
        }
        Ok(())
    }

    /// Each request that rolls a daemon, with the waves that the fleet at the start would make of it.
    fn daemons(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let before = self.setup.before.iter().map(|request| (None, request));
        let timeline = self.setup.timeline.iter().map(|timed| (Some(timed.at), &timed.request));
        let mut heading = "\nDaemons (batches of the fleet at the start)\n";
        for (at, request) in before.chain(timeline) {
            let Some((operation, daemon, settings)) = about_daemon(request) else { continue };
            let at = at.map_or("before".to_owned(), |at| duration(at.since(SimTime::ZERO)));
            writeln!(f, "{heading}  {at}: {operation} {}", self.names.daemon(*daemon))?;
            heading = "";
            if let Some(settings) = settings {
                self.settings(f, settings)?;
            }
        }
        Ok(())
    }

    fn settings(&self, f: &mut fmt::Formatter<'_>, settings: &DaemonSettings) -> fmt::Result {
        let revision = &self.names.daemon_task_definitions[settings.task_definition.index()];
        let critical = if settings.critical { "critical" } else { "not critical" };
        let bake = duration(settings.bake);
        writeln!(f, "      {revision}, {critical}, bakes {bake}, drains {} %:", settings.drain_percent)?;
        match self.setup.assumptions.batch_denominator {
            BatchDenominator::CapacityProvider => settings
                .providers
                .iter()
                .try_for_each(|p| self.batch(f, settings, self.names.provider(*p), std::slice::from_ref(p))),
            BatchDenominator::Daemon => self.batch(f, settings, "all together", &settings.providers),
        }
    }

    fn batch(
        &self,
        f: &mut fmt::Formatter<'_>,
        settings: &DaemonSettings,
        of: &str,
        providers: &[CapacityProviderId],
    ) -> fmt::Result {
        let instances: u32 = providers.iter().map(|p| self.instances[p.index()]).sum();
        if instances == 0 {
            return writeln!(f, "      {of}: no instances");
        }
        let (batch, waves) = waves(instances.into(), settings.drain_percent, &self.setup.assumptions);
        let (waves, instances) = (counted(waves, "wave"), counted(instances.into(), "instance"));
        writeln!(f, "      {of}: {batch} of {instances} at a time, {waves}")
    }
}

/// The operation, the daemon and its settings, of a request that rolls a daemon.
fn about_daemon(request: &Request) -> Option<(&'static str, &DaemonId, Option<&DaemonSettings>)> {
    if let Request::CreateDaemon { daemon, settings } = request {
        Some(("createDaemon", daemon, Some(settings)))
    } else if let Request::UpdateDaemon { daemon, settings } = request {
        Some(("updateDaemon", daemon, Some(settings)))
    } else if let Request::DeleteDaemon { daemon } = request {
        Some(("deleteDaemon", daemon, None))
    } else {
        None
    }
}

/// The size of a wave and how many it takes for `n` instances.
fn waves(n: u64, percent: Percent, assumptions: &Assumptions) -> (u64, u64) {
    let batch = percent.of(n, assumptions.batch_rounding).max(1);
    (batch.min(n), n.div_ceil(batch))
}

fn in_force(f: &mut fmt::Formatter<'_>, assumptions: &Assumptions) -> fmt::Result {
    writeln!(f, "\nAssumptions in force (* not the default)")?;
    let defaults = assumptions::words(&Assumptions::default());
    let words = assumptions::words(assumptions);
    let width = words.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    for ((name, word), (_, default)) in words.iter().zip(&defaults) {
        let mark = if word == default { ' ' } else { '*' };
        writeln!(f, "{mark} {name:<width$}  {word}")?;
    }
    Ok(())
}

/// A heading and names, separated by commas; nothing when there are none.
fn list(f: &mut fmt::Formatter<'_>, heading: &str, names: &[String]) -> fmt::Result {
    let Some((last, others)) = names.split_last() else { return Ok(()) };
    let words: Vec<String> = others.iter().map(|name| format!("{name},")).chain([last.clone()]).collect();
    write!(f, "\n{heading}\n{}", wrapped(words.iter().map(String::as_str), 2))
}
