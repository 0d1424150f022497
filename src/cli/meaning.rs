//! What a scenario means, in words: the heart of `daemonsim check`.

use super::load::Loaded;
use super::simulate;
use super::text::{counted, duration, wrapped};
use crate::kernel::SimTime;
use crate::model::assumptions::{BatchBase, BatchDenominator, WaveMode};
use crate::model::{CapacityProviderId, DaemonId, Names, Resources};
use crate::scenario::StudyBlock;
use crate::scenario::check::{self, breaker_threshold, waves};
use crate::world::setup::{DaemonSettings, Request, Setup};
use std::collections::BTreeMap;
use std::fmt;

/// Short names beyond these would bury the rest.
const SHORT_NAMES_MAX: usize = 40;
/// Values of an axis beyond these, too.
const VALUES_MAX: usize = 12;
/// So would alarms and faults.
const LINES_MAX: usize = 40;

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
        assumptions(f, &check::assumptions(scenario))?;
        delays(f, &check::delays(scenario))?;
        lines(f, "Alarms", &check::alarms(setup))?;
        lines(f, "Faults", &check::faults(setup))?;
        let expected: Vec<String> = scenario.expectations.iter().map(|e| e.path.clone()).collect();
        list(f, "Expectations", &expected)?;
        study(f, &scenario.study)?;
        list(f, "Taken, and without effect on a simulation", &scenario.not_simulated)?;
        let mut short: Vec<String> =
            scenario.short_names.iter().map(|(short, _)| short.clone()).take(SHORT_NAMES_MAX).collect();
        if let Some(more) = scenario.short_names.len().checked_sub(SHORT_NAMES_MAX + 1) {
            short.push(format!("and {} more", more + 1));
        }
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
        let mut reserved = Reserved::default();
        let mut latest: BTreeMap<DaemonId, DaemonSettings> = BTreeMap::new();
        let mut changed = false;
        for (at, request) in before.chain(timeline) {
            let changes = reserved.change(self.setup, request) || demands(request);
            if let Some((operation, daemon, settings)) = about_daemon(request) {
                let when = at.map_or("before".to_owned(), |at| duration(at.since(SimTime::ZERO)));
                writeln!(f, "{heading}  {when}: {operation} {}", self.names.daemon(*daemon))?;
                heading = "";
                if let Some(settings) = settings {
                    self.settings(f, settings)?;
                }
                let earlier = match settings {
                    Some(settings) => latest.insert(*daemon, settings.clone()),
                    None => latest.remove(daemon),
                };
                // What is in place when the clock starts has long been rolled out.
                if at.is_some() {
                    self.batches(f, settings.or(earlier.as_ref()), earlier.as_ref(), changed)?;
                    self.breaker(f, settings)?;
                }
            }
            changed |= changes && at.is_some();
        }
        Ok(())
    }

    fn settings(&self, f: &mut fmt::Formatter<'_>, settings: &DaemonSettings) -> fmt::Result {
        let revision = &self.names.daemon_task_definitions[settings.task_definition.index()];
        let critical = if settings.critical { "critical" } else { "not critical" };
        let bake = duration(settings.bake);
        let mut line = format!("{revision}, {critical}, bakes {bake}, drains {} %", settings.drain_percent);
        for (at, alarm) in settings.alarms.iter().enumerate() {
            line += if at == 0 { ", watches " } else { ", " };
            line += self.names.alarm(*alarm);
        }
        f.write_str(&wrapped(line.split(' '), 6))
    }

    /// At how many failures a deployment's circuit breaker trips; a deletion has none.
    fn breaker(&self, f: &mut fmt::Formatter<'_>, settings: Option<&DaemonSettings>) -> fmt::Result {
        let Some(settings) = settings else { return Ok(()) };
        let instances: u64 = settings.providers.iter().map(|p| u64::from(self.instances[p.index()])).sum();
        if instances == 0 {
            return Ok(());
        }
        let assumptions = &self.setup.assumptions;
        let threshold = breaker_threshold(instances, assumptions);
        let failures = counted(threshold, "failure");
        let in_a_row = if assumptions.breaker_resets_on_success && threshold > 1 { " in a row" } else { "" };
        writeln!(f, "      its circuit breaker trips at {failures}{in_a_row}")
    }

    /// The batches of a request's providers, those that it takes the daemon from included. A deletion has the settings
    /// of the request before it.
    fn batches(
        &self,
        f: &mut fmt::Formatter<'_>,
        settings: Option<&DaemonSettings>,
        earlier: Option<&DaemonSettings>,
        changed: bool,
    ) -> fmt::Result {
        let Some(settings) = settings else { return Ok(()) };
        let had = earlier.map_or(&[][..], |e| &e.providers);
        let mut rolls = settings.providers.clone();
        rolls.extend(had.iter().filter(|p| !settings.providers.contains(p)));
        let adds = settings.providers.iter().any(|p| !had.contains(p)) && !had.is_empty();
        let same = earlier.is_some_and(|e| e.task_definition == settings.task_definition);
        if !self.setup.assumptions.added_provider_rolls_others && adds && same {
            rolls.retain(|p| !(had.contains(p) && settings.providers.contains(p)));
        }
        match self.setup.assumptions.batch_denominator {
            BatchDenominator::CapacityProvider => rolls.iter().try_for_each(|p| {
                self.batch(f, settings, self.names.provider(*p), std::slice::from_ref(p), changed)
            }),
            BatchDenominator::Daemon => self.batch(f, settings, "all together", &rolls, changed),
        }
    }

    fn batch(
        &self,
        f: &mut fmt::Formatter<'_>,
        settings: &DaemonSettings,
        of: &str,
        providers: &[CapacityProviderId],
        changed: bool,
    ) -> fmt::Result {
        let instances: u32 = providers.iter().map(|p| self.instances[p.index()]).sum();
        // What the timeline does to the fleet before this request is known only once it has run.
        let by_then = if changed { " at the fleet of the start; earlier requests may change it" } else { "" };
        if instances == 0 {
            return writeln!(f, "      {of}: no instances{by_then}");
        }
        let (batch, waves) = waves(instances.into(), settings.drain_percent, &self.setup.assumptions);
        let assumptions = &self.setup.assumptions;
        let waves = match assumptions.wave_mode {
            WaveMode::SlidingWindow => "in one window".to_owned(),
            WaveMode::Barrier | WaveMode::ReplacementsActive => counted(waves, "wave"),
        };
        let pace = if assumptions.batch_base == BatchBase::Remaining { "at first" } else { "at a time" };
        let instances = counted(instances.into(), "instance");
        let line = format!("{of}: {batch} of {instances} {pace}, {waves}{by_then}");
        f.write_str(&wrapped(line.split(' '), 6))
    }
}

/// What daemons reserve on each instance; when it changes, instances come to hold more or fewer tasks.
#[derive(Default)]
struct Reserved(BTreeMap<DaemonId, (Resources, Vec<CapacityProviderId>)>);

impl Reserved {
    /// Follows a request, and tells whether reservations are others after it.
    fn change(&mut self, setup: &Setup, request: &Request) -> bool {
        match about_daemon(request) {
            Some((_, daemon, Some(settings))) => {
                let definition = &setup.daemon_task_definitions[settings.task_definition.index()];
                let now = (definition.definition.resources, settings.providers.clone());
                self.0.insert(*daemon, now.clone()) != Some(now)
            }
            Some((_, daemon, None)) => self.0.remove(daemon).is_some(),
            None => false,
        }
    }
}

/// Whether a request changes which tasks there should be.
fn demands(request: &Request) -> bool {
    matches!(
        request,
        Request::CreateService { .. }
            | Request::UpdateService { .. }
            | Request::DeleteService { .. }
            | Request::RunTask { .. }
            | Request::StopTask { .. }
    )
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

/// What the file says of open questions, each with its sentence; then what it leaves at defaults, in few lines.
fn assumptions(f: &mut fmt::Formatter<'_>, assumptions: &[check::Meaning]) -> fmt::Result {
    writeln!(f, "\nAssumptions in force (* set by the scenario)")?;
    for assumption in assumptions.iter().filter(|a| a.given) {
        let check::Meaning { key, number, value, .. } = assumption;
        let number = if number.is_empty() { String::new() } else { format!(" ({number})") };
        writeln!(f, "* {key}: {value}{number}")?;
        f.write_str(&wrapped(assumption.sentence.split_whitespace(), 6))?;
    }
    let defaults: Vec<String> =
        assumptions.iter().filter(|a| !a.given).map(|a| format!("{} {}", a.key, a.value)).collect();
    let heading = if defaults.len() == assumptions.len() { "All are" } else { "The others are" };
    writeln!(f, "  {heading} the defaults:")?;
    f.write_str(&wrapped(separated(&defaults).iter().map(String::as_str), 4))
}

/// The delays that the file sets.
fn delays(f: &mut fmt::Formatter<'_>, delays: &[check::Meaning]) -> fmt::Result {
    writeln!(f, "\nDelays")?;
    for delay in delays.iter().filter(|d| d.given) {
        let line = format!("{}: {}", delay.key, delay.value);
        f.write_str(&wrapped(line.split_whitespace(), 2))?;
    }
    match delays.iter().filter(|d| !d.given).count() {
        0 => Ok(()),
        n if n == delays.len() => {
            writeln!(f, "  All {n} are at their defaults, which docs/scenario.md lists.")
        }
        n => writeln!(f, "  The other {n} are at their defaults, which docs/scenario.md lists."),
    }
}

/// What `study:` asks; nothing when it asks nothing.
fn study(f: &mut fmt::Formatter<'_>, study: &StudyBlock) -> fmt::Result {
    let mut asked: Vec<String> = Vec::new();
    for axis in &study.axes {
        let mut values: Vec<&str> = axis.values.iter().map(|value| value.label.as_str()).collect();
        if let Some(last) = values.last().copied().filter(|_| values.len() > VALUES_MAX) {
            values.truncate(VALUES_MAX - 1);
            values.extend(["…", last]);
        }
        asked.push(format!("varies {}: {}", axis.name, values.join(", ")));
    }
    // A bad revision is one more axis, of two values.
    let revisions: u64 = if study.bad.is_empty() { 1 } else { 2 };
    let points = study.axes.iter().fold(revisions, |n, axis| n.saturating_mul(axis.values.len() as u64));
    if points > 1 {
        asked.push(format!("sweep: {}", counted(points, "point")));
    }
    asked.extend(study.limits.iter().map(|limit| format!("tune: {limit}")));
    asked.extend(study.minimize.iter().map(|measure| format!("tune: as little {measure} as can be")));
    asked.extend(study.bad.iter().map(|edit| format!("a bad revision: {}={}", edit.path, edit.value)));
    lines(f, "Study", &asked)
}

/// A heading and names, separated by commas; nothing when there are none.
fn list(f: &mut fmt::Formatter<'_>, heading: &str, names: &[String]) -> fmt::Result {
    if names.is_empty() {
        return Ok(());
    }
    write!(f, "\n{heading}\n{}", wrapped(separated(names).iter().map(String::as_str), 2))
}

/// A heading and sentences; nothing when there are none.
fn lines(f: &mut fmt::Formatter<'_>, heading: &str, lines: &[String]) -> fmt::Result {
    if lines.is_empty() {
        return Ok(());
    }
    writeln!(f, "\n{heading}")?;
    for line in lines.iter().take(LINES_MAX) {
        f.write_str(&wrapped(line.split_whitespace(), 2))?;
    }
    match lines.len().saturating_sub(LINES_MAX) {
        0 => Ok(()),
        more => writeln!(f, "  and {more} more"),
    }
}

/// All but the last with a comma.
fn separated(names: &[String]) -> Vec<String> {
    let Some((last, others)) = names.split_last() else { return Vec::new() };
    others.iter().map(|name| format!("{name},")).chain([last.clone()]).collect()
}
