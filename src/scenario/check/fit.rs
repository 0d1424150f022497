//! What fits on an instance, request by request: tasks that never will, daemons that find no room, and daemons that
//! crowd tasks out.

use super::standing::{Standing, Wanted, tasks_on};
use crate::model::{CapacityProviderId, Resources};
use crate::scenario::error::Finding;
use crate::scenario::lower::Notes;
use crate::scenario::source::Span;
use crate::world::setup::{DaemonSettings, Request};

/// A share of an instance that daemons can take without anybody wondering, in percent.
const DAEMONS_PERCENT: u64 = 40;
/// Pairs of a service and a provider that are looked at; with more, warnings are no help any more.
const LOOKS_MAX: usize = 100_000;

/// Notes what does not fit.
#[derive(Default)]
pub(super) struct Fit {
    looks: usize,
}

/// A request and where it was written.
#[derive(Clone, Copy)]
pub(super) struct Placed<'s> {
    pub(super) request: &'s Request,
    pub(super) at: Span,
    /// It is of `before`, where everything is in place and settled.
    pub(super) before: bool,
}

impl Fit {
    /// Follows a request, and notes what does not fit because of it.
    pub(super) fn request<'s>(&mut self, standing: &mut Standing<'s>, placed: Placed<'s>, notes: &mut Notes) {
        if let Request::CreateDaemon { settings, .. } | Request::UpdateDaemon { settings, .. } =
            placed.request
        {
            let earlier: Vec<Resources> =
                settings.providers.iter().map(|p| standing.daemons_of(*p)).collect();
            standing.follow(placed.request);
            self.daemon(standing, settings, &earlier, placed, notes);
            return;
        }
        standing.follow(placed.request);
        if let Request::CreateService { service, .. } = placed.request {
            if let Some(wanted) = standing.service(*service) {
                tasks(standing, &wanted, placed, notes);
            }
        } else if let Request::UpdateService { service, change } = placed.request {
            if let Some(wanted) = standing.service(*service)
                && (change.task_definition.is_some() || change.strategy.is_some())
            {
                tasks(standing, &wanted, placed, notes);
            }
        } else if let Request::RunTask { task_definition, count, strategy, .. } = placed.request {
            let (definition, desired) = (*task_definition, *count);
            tasks(standing, &Wanted { service: None, definition, desired, strategy }, placed, notes);
        }
    }

    fn daemon(
        &mut self,
        standing: &Standing<'_>,
        settings: &DaemonSettings,
        earlier: &[Resources],
        placed: Placed<'_>,
        notes: &mut Notes,
    ) {
        for (provider, earlier) in settings.providers.iter().zip(earlier) {
            if hosts(standing, settings, *provider, placed, notes) {
                share(standing, *provider, placed.at, notes);
                self.crowded(standing, *provider, *earlier, placed, notes);
            }
        }
    }

    /// Notes services of which fewer tasks fit on an instance than did without this daemon, or its new revision.
    fn crowded(
        &mut self,
        standing: &Standing<'_>,
        provider: CapacityProviderId,
        earlier: Resources,
        placed: Placed<'_>,
        notes: &mut Notes,
    ) {
        let now = standing.daemons_of(provider);
        for wanted in standing.tasks() {
            if self.looks >= LOOKS_MAX {
                return;
            }
            self.looks += 1;
            let Some(service) = wanted.service else { continue };
            if !wanted.strategy.iter().any(|item| item.provider == provider) {
                continue;
            }
            let need = standing.need(wanted.definition);
            beside(standing, wanted, provider, placed, notes);
            // The type that would be launched: the cheapest with room for one.
            let launched = standing
                .types(provider)
                .filter(|t| t.capacity.holds(now.plus(need)))
                .min_by_key(|t| (t.price_per_hour_nanos, &t.name));
            let Some(of) = launched else { continue };
            let (were, are) = (tasks_on(of, earlier, need), tasks_on(of, now, need));
            if placed.before || are >= were || wanted.strategy.len() > 1 {
                continue;
            }
            let name = &standing.setup.services[service.index()];
            let instances = |each: u32| wanted.desired.div_ceil(each.max(1));
            let message = format!(
                "{were} → {are} tasks of {name} fit on a {}, so that {} instances become about {}",
                of.name,
                instances(were),
                instances(are)
            );
            notes.warn(Finding::new(placed.at, message));
        }
    }
}

/// Tasks that their providers' instances cannot hold, alone or beside the daemons there.
fn tasks(standing: &Standing<'_>, wanted: &Wanted<'_>, placed: Placed<'_>, notes: &mut Notes) {
    let need = standing.need(wanted.definition);
    for item in wanted.strategy {
        if standing.types(item.provider).any(|t| t.capacity.holds(need)) {
            beside(standing, wanted, item.provider, placed, notes);
        } else {
            let label = standing.setup.task_definitions[wanted.definition.index()].definition.label();
            nowhere(standing, &format!("a task of {label}"), need, item.provider, placed.at, notes);
        }
    }
}

/// Whether any type of the provider holds its daemons; notes it when none does. A fleet that is in place has room for
/// them; a rollout shows what ECS does when there is none.
fn hosts(
    standing: &Standing<'_>,
    settings: &DaemonSettings,
    provider: CapacityProviderId,
    placed: Placed<'_>,
    notes: &mut Notes,
) -> bool {
    let sum = standing.daemons_of(provider);
    if standing.types(provider).any(|t| t.capacity.holds(sum)) {
        return true;
    }
    let definition = &standing.setup.daemon_task_definitions[settings.task_definition.index()].definition;
    let (label, alone) = (definition.label(), definition.resources == sum);
    if placed.before {
        let what = if alone { format!("a task of {label}") } else { "its daemons together".to_owned() };
        nowhere(standing, &what, sum, provider, placed.at, notes);
        return false;
    }
    let name = &standing.setup.capacity_providers[provider.index()].name;
    let needs = if alone { "it needs" } else { "with the other daemons there it needs" };
    let message = format!(
        "{label} finds room on no instance of {name}: {needs} {}{}. ECS reports TASK_CREATION_FAILED on each, \
         which the circuit breaker counts",
        described(sum),
        largest(standing, provider)
    );
    notes.warn(Finding::new(placed.at, message));
    false
}

/// Notes tasks that no type of a provider holds.
fn nowhere(
    standing: &Standing<'_>,
    what: &str,
    need: Resources,
    provider: CapacityProviderId,
    at: Span,
    notes: &mut Notes,
) {
    let name = &standing.setup.capacity_providers[provider.index()].name;
    let finding = Finding::new(at, format!("no instance type of {name} holds {what}"))
        .found(format!("it needs {}", described(need)))
        .allowed(format!("a smaller task, or a larger instance type{}", largest(standing, provider)));
    notes.reader.wrong(finding);
}

/// Notes a task that fits on the provider's instances, but not beside the daemons there.
fn beside(
    standing: &Standing<'_>,
    wanted: &Wanted<'_>,
    provider: CapacityProviderId,
    placed: Placed<'_>,
    notes: &mut Notes,
) {
    let daemons = standing.daemons_of(provider);
    let sum = daemons.plus(standing.need(wanted.definition));
    if daemons == Resources::default() || standing.types(provider).any(|t| t.capacity.holds(sum)) {
        return;
    }
    let name = &standing.setup.capacity_providers[provider.index()].name;
    let label = standing.setup.task_definitions[wanted.definition.index()].definition.label();
    let what = if placed.before {
        ""
    } else {
        ". An instance that is launched for the task has no room for a daemon: ECS reports TASK_CREATION_FAILED, \
         which the circuit breaker of the daemon's deployment counts"
    };
    let message = format!(
        "on {name}, no instance has room for a task of {label} beside its daemons: together they need {}{}{what}",
        described(sum),
        largest(standing, provider)
    );
    notes.warn(Finding::new(placed.at, message));
}

/// Notes daemons that take much of an instance.
fn share(standing: &Standing<'_>, provider: CapacityProviderId, at: Span, notes: &mut Notes) {
    let daemons = standing.daemons_of(provider);
    let taken = |part: u32, whole: u32| u64::from(part) * 100 / u64::from(whole.max(1));
    let most = standing.types(provider).map(|t| {
        let percent = taken(daemons.cpu, t.capacity.cpu).max(taken(daemons.memory, t.capacity.memory));
        (percent, t)
    });
    let Some((percent, of)) = most.max_by_key(|(percent, _)| *percent) else { return };
    if percent > DAEMONS_PERCENT {
        let message = format!("daemons take {percent} % of each {}: {}", of.name, described(daemons));
        notes.warn(Finding::new(at, message));
    }
}

/// `; the largest, c6g.xlarge, has …`.
fn largest(standing: &Standing<'_>, provider: CapacityProviderId) -> String {
    let largest = standing.types(provider).max_by_key(|t| (t.capacity.memory, t.capacity.cpu));
    largest.map_or(String::new(), |t| format!("; the largest, {}, has {}", t.name, described(t.capacity)))
}

fn described(resources: Resources) -> String {
    format!("{} CPU units and {} MiB", resources.cpu, resources.memory)
}

#[cfg(test)]
mod tests {
    use crate::scenario::Scenario;
    use crate::scenario::check::tests::warnings;

    /// An instance of 4096 CPU units and 8192 MiB, with eight tasks that fill it; an agent that is small, one that is
    /// larger than the instance, one that takes all of it.
    const BASE: &str = "
instanceTypes: [{name: four, vCpus: 4, memoryMiB: 8192}]
capacityProviders: [{name: p, instanceTypes: [four]}]
taskDefinitions: [{family: app, cpu: 512, memory: 1024}]
daemonTaskDefinitions:
  - {family: agent, cpu: 256, memory: 512}
  - {family: agent, cpu: 256, memory: 8193}
  - {family: agent, cpu: 256, memory: 8192}
  - {family: other, cpu: 3841, memory: 512}
before:
  - createService: {serviceName: s, taskDefinition: app, desiredCount: 8, capacityProviderStrategy: [{capacityProvider: p}]}
";

    fn create(daemon: &str, of: &str) -> String {
        format!(
            "createDaemon: {{daemonName: {daemon}, daemonTaskDefinitionArn: '{of}', capacityProviderArns: [p]}}"
        )
    }

    fn update(of: &str) -> String {
        let agent = create("a", "agent:1");
        let update = format!(
            "updateDaemon: {{daemonArn: a, daemonTaskDefinitionArn: '{of}', capacityProviderArns: [p]}}"
        );
        format!("{BASE}  - {agent}\ntimeline:\n  - {{at: 1h, {update}}}")
    }

    #[test]
    fn a_revision_that_is_too_large_is_simulated_as_ecs_fails_it() {
        assert_eq!(
            warnings(&update("agent:2")),
            [
                "agent:2 finds room on no instance of p: it needs 256 CPU units and 8193 MiB; the largest, four, has 4096 \
              CPU units and 8192 MiB. ECS reports TASK_CREATION_FAILED on each, which the circuit breaker counts"
            ]
        );
        // 8192 of 8192 MiB are 100 %; with an app's 1024 they are 9216.
        assert_eq!(
            warnings(&update("agent:3")),
            [
                "daemons take 100 % of each four: 256 CPU units and 8192 MiB",
                "on p, no instance has room for a task of app:1 beside its daemons: together they need 768 CPU units and \
              9216 MiB; the largest, four, has 4096 CPU units and 8192 MiB. An instance that is launched for the task has \
              no room for a daemon: ECS reports TASK_CREATION_FAILED, which the circuit breaker of the daemon's \
              deployment counts"
            ]
        );
        assert!(warnings(&update("agent:1")).is_empty());
    }

    #[test]
    fn so_is_one_that_is_too_large_beside_the_others() {
        let second = format!(
            "{BASE}  - {}\ntimeline:\n  - {{at: 1h, {}}}",
            create("a", "agent:1"),
            create("b", "other")
        );
        assert_eq!(
            warnings(&second),
            [
                "other:1 finds room on no instance of p: with the other daemons there it needs 4097 CPU units and 1024 MiB; \
              the largest, four, has 4096 CPU units and 8192 MiB. ECS reports TASK_CREATION_FAILED on each, which the \
              circuit breaker counts"
            ]
        );
    }

    #[test]
    fn what_is_in_place_has_found_room() {
        let wrong = |text: String| {
            let text = format!("name: t\n{text}");
            let mistakes =
                Scenario::parse("t", text.as_bytes(), &[], &mut |_| Err(String::new())).unwrap_err();
            mistakes.diagnostics().iter().map(|d| d.message.clone()).collect::<Vec<_>>()
        };
        let large = format!("{BASE}  - {}", create("a", "agent:2"));
        assert_eq!(wrong(large), ["no instance type of p holds a task of agent:2"]);
        let both = format!("{BASE}  - {}\n  - {}", create("a", "agent:1"), create("b", "other"));
        assert_eq!(wrong(both), ["no instance type of p holds its daemons together"]);
        // An app's task is an error wherever it stands: nothing could be launched for it.
        let app = BASE
            .replace("{family: app, cpu: 512,", "{family: app, cpu: 4097,")
            .replace("before:", "timeline:");
        let app = app.replace("  - createService: {", "  - {at: 1h, createService: {") + "}";
        assert_eq!(wrong(app.replace("}]}\n}", "}]}}\n")), ["no instance type of p holds a task of app:1"]);
    }
}
