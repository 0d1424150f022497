//! How long things take: the only place that rolls dice.
//!
//! A stream is named by its owner and its purpose, a draw in it by the number of the app task, instance or deployment
//! that it is for, a daemon's by its host and attempt. So nothing that is added elsewhere moves a draw, and two
//! settings meet the same weather.

mod failures;
mod faults;

pub(super) use faults::Place;

use super::setup::{Behaviour, Delays, Setup};
use crate::kernel::{Distribution, Sampler, Seed, SimDuration, SimTime, Stream};
use crate::model::{CapacityProviderId, GroupId, Names, TaskDefinitionId};

/// The laws of every delay.
#[derive(Debug)]
pub(super) struct Environment {
    seed: Seed,
    delays: Delays,
    owners: Vec<String>,
    daemon_names: Vec<String>,
    provider_names: Vec<String>,
    app: Vec<(String, Behaviour, SimDuration)>,
    daemon: Vec<(Behaviour, SimDuration)>,
    providers: Vec<ProviderLaws>,
    groups: Vec<Option<Box<GroupLaws>>>,
    daemons: Vec<DaemonLaws>,
    pulls: Vec<((CapacityProviderId, TaskDefinitionId), PullLaws)>,
    failures: failures::FailureLaws,
    faults: faults::FaultLaws,
    /// Whether tasks of any app may fail.
    pub(super) apps_fail: bool,
    /// Whether calls may have to wait for a token.
    pub(super) is_throttled: bool,
}

/// What a provider's instances go through.
#[derive(Debug)]
pub(super) struct ProviderLaws {
    pub(super) drain_react: Sampler,
    pub(super) provision_decision: Sampler,
    pub(super) replacement_decision: Sampler,
    pub(super) instance_launch: Sampler,
    pub(super) instance_active: Sampler,
    pub(super) terminate: Sampler,
    lots: Stream,
}

/// What a group's tasks go through.
#[derive(Debug)]
struct GroupLaws {
    health_wait: Sampler,
    target_health: Sampler,
    health_tick: Sampler,
    reaction_tick: Sampler,
    loss_tick: Sampler,
    lb_deregistration: Sampler,
    revisions: Vec<(TaskDefinitionId, AppLaws)>,
}

/// What tasks of one revision go through.
#[derive(Debug)]
struct AppLaws {
    start: Sampler,
    start_warm: Sampler,
    stop: StopLaw,
    runs_for: Option<Sampler>,
}

/// How long a stop takes, with the kill at its end.
#[derive(Debug)]
struct StopLaw {
    handler: Sampler,
    ignores: f64,
    luck: Stream,
    timeout: SimDuration,
}

/// What a daemon's tasks and deployments go through.
#[derive(Debug)]
struct DaemonLaws {
    deploy_decision: Sampler,
    success_check: Sampler,
    stop_detect: Sampler,
    alarm_poll: Sampler,
    revisions: Vec<(u32, Sampler, StopLaw, Option<PullLaws>)>,
}

/// How long a pull takes.
#[derive(Debug)]
struct PullLaws {
    mib: f64,
    per_mib: Sampler,
    fixed: Sampler,
}

impl PullLaws {
    fn draw(&mut self, ordinal: u64) -> SimDuration {
        let bytes = self.per_mib.draw_ms(ordinal) * self.mib;
        SimDuration::from_ms((bytes + 0.5) as u64) + self.fixed.draw(ordinal)
    }
}

impl StopLaw {
    fn draw(&mut self, ordinal: u64) -> SimDuration {
        if self.ignores > 0.0 && self.luck.draw(ordinal).unit() < self.ignores {
            return self.timeout;
        }
        self.handler.draw(ordinal).min(self.timeout)
    }
}

/// What a load balancer adds: a new target is checked at a moment of its own, and one passing check is enough.
const TARGET_CHECK_INTERVAL: SimDuration = SimDuration::from_secs(30);

impl Environment {
    pub(super) fn new(setup: &Setup, names: &Names, replication: u64) -> Environment {
        let seed = Seed { seed: setup.seed, replication };
        let delays = setup.delays.clone();
        let law = |law: &Distribution, owner: &str, purpose: &str| Sampler::new(law, seed, owner, purpose);
        let providers = names
            .providers
            .iter()
            .map(|name| ProviderLaws {
                drain_react: law(&delays.drain_react, name, "drainReact"),
                provision_decision: law(&delays.provision_decision, name, "provisionDecision"),
                replacement_decision: law(&delays.provision_decision, name, "provisionDecision.replacement"),
                instance_launch: law(&delays.instance_launch, name, "instanceLaunch"),
                instance_active: law(&delays.instance_active, name, "instanceActive"),
                terminate: law(&delays.terminate, name, "terminate"),
                lots: Stream::new(seed, name, "victimOrder"),
            })
            .collect();
        let daemons = names
            .daemons
            .iter()
            .map(|name| DaemonLaws {
                deploy_decision: law(&delays.deploy_decision, name, "deployDecision"),
                success_check: law(&delays.success_check, name, "successCheck"),
                stop_detect: law(&delays.stop_detect, name, "stopDetect"),
                alarm_poll: law(&delays.alarm_poll, name, "alarmPoll"),
                revisions: Vec::new(),
            })
            .collect();
        let failures = failures::FailureLaws::new(setup);
        let faults = faults::FaultLaws::new(setup, names, seed);
        let mut owners = names.services.clone();
        owners.extend(names.families.iter().map(|family| format!("family:{family}")));
        Environment {
            seed,
            app: setup
                .task_definitions
                .iter()
                .map(|t| (t.definition.label(), t.behaviour.clone(), t.definition.stop_timeout))
                .collect(),
            daemon: setup
                .daemon_task_definitions
                .iter()
                .map(|t| (t.behaviour.clone(), t.definition.stop_timeout))
                .collect(),
            groups: owners.iter().map(|_| None).collect(),
            owners,
            daemon_names: names.daemons.clone(),
            provider_names: names.providers.clone(),
            delays,
            providers,
            daemons,
            pulls: Vec::new(),
            apps_fail: failures.apps_fail(),
            failures,
            is_throttled: faults.throttle(),
            faults,
        }
    }

    pub(super) fn provider(&mut self, id: CapacityProviderId) -> &mut ProviderLaws {
        &mut self.providers[id.index()]
    }

    /// A number for an instance when victims are drawn by lot for this deployment.
    pub(super) fn lot(&mut self, provider: CapacityProviderId, instance: u32, deployment: u32) -> u64 {
        let ordinal = u64::from(deployment) << 32 | u64::from(instance);
        (self.providers[provider.index()].lots.draw(ordinal).unit() * 9_007_199_254_740_992.0) as u64
    }

    /// Request accepted → IN_PROGRESS.
    pub(super) fn deploy_decision(&mut self, daemon: usize, deployment: u32) -> SimDuration {
        self.daemons[daemon].deploy_decision.draw(u64::from(deployment))
    }

    /// Last wave done → bake; `back`: the last wave of a rollback.
    pub(super) fn success_check(&mut self, daemon: usize, deployment: u32, back: bool) -> SimDuration {
        self.daemons[daemon].success_check.draw(u64::from(back) << 32 | u64::from(deployment))
    }

    /// From one look at a deployment's alarms to the next.
    pub(super) fn alarm_poll(&mut self, daemon: usize, deployment: u32, look: u32) -> SimDuration {
        let ordinal = u64::from(deployment) << 32 | u64::from(look);
        // A look without a pause would be a look without end.
        self.daemons[daemon].alarm_poll.draw(ordinal).max(SimDuration::from_secs(1))
    }

    /// A daemon task stopped or turned UNHEALTHY → acted on.
    pub(super) fn stop_detect(&mut self, daemon: usize, draw: u64) -> SimDuration {
        self.daemons[daemon].stop_detect.draw(draw)
    }

    /// Wave done → next instances DRAINING.
    pub(super) fn wave_gap(&mut self, lane: &str, wave: u32) -> SimDuration {
        Sampler::new(&self.delays.wave_gap, self.seed, lane, "waveGap").draw(u64::from(wave))
    }

    /// Daemon task created → RUNNING, pull included.
    pub(super) fn daemon_start(
        &mut self,
        now: SimTime,
        host: Place,
        daemon: usize,
        name: &str,
        revision: u32,
        draw: u64,
    ) -> SimDuration {
        let (_, start, _, pull) = self.daemon_laws(daemon, name, revision);
        let started = start.draw(draw);
        match pull.as_mut().map(|p| p.draw(draw)) {
            Some(pull) => self.pull_time(now, host, pull) + started,
            None => started,
        }
    }

    /// STOPPING → STOPPED of a daemon task.
    pub(super) fn daemon_stop(&mut self, daemon: usize, name: &str, revision: u32, draw: u64) -> SimDuration {
        self.daemon_laws(daemon, name, revision).2.draw(draw)
    }

    fn daemon_laws(
        &mut self,
        daemon: usize,
        name: &str,
        revision: u32,
    ) -> &mut (u32, Sampler, StopLaw, Option<PullLaws>) {
        let laws = &mut self.daemons[daemon].revisions;
        let at = laws.iter().position(|(r, ..)| *r == revision).unwrap_or_else(|| {
            let (behaviour, timeout) = &self.daemon[revision as usize];
            let (seed, delays) = (self.seed, &self.delays);
            let start = behaviour.start.as_ref().unwrap_or(&delays.daemon_start);
            laws.push((
                revision,
                Sampler::new(start, seed, name, "daemonStart"),
                StopLaw {
                    handler: Sampler::new(
                        behaviour.stop.as_ref().unwrap_or(&delays.daemon_stop),
                        seed,
                        name,
                        "daemonStop",
                    ),
                    ignores: behaviour.ignores_sigterm,
                    luck: Stream::new(seed, name, "ignoresSigterm"),
                    timeout: *timeout,
                },
                behaviour.image_mib.map(|mib| pull(delays, seed, name, "imagePull", mib)),
            ));
            laws.len() - 1
        });
        &mut laws[at]
    }

    /// App task placed → RUNNING, pull excluded.
    pub(super) fn app_start(
        &mut self,
        group: GroupId,
        revision: TaskDefinitionId,
        task: u32,
        warm: bool,
    ) -> SimDuration {
        let laws = self.app_laws(group, revision);
        let law = if warm { &mut laws.start_warm } else { &mut laws.start };
        law.draw(u64::from(task))
    }

    /// How long the pull of an app's image takes on an instance; none when no pull is counted.
    pub(super) fn app_pull(
        &mut self,
        provider: CapacityProviderId,
        name: &str,
        instance: u32,
        revision: TaskDefinitionId,
    ) -> Option<SimDuration> {
        let (label, behaviour, _) = &self.app[revision.index()];
        let mib = behaviour.image_mib?;
        let key = (provider, revision);
        let at = self.pulls.iter().position(|(k, _)| *k == key).unwrap_or_else(|| {
            let purpose = format!("imagePull of {label}");
            self.pulls.push((key, pull(&self.delays, self.seed, name, &purpose, mib)));
            self.pulls.len() - 1
        });
        Some(self.pulls[at].1.draw(u64::from(instance)))
    }

    /// STOPPING → STOPPED of an app task.
    pub(super) fn app_stop(&mut self, group: GroupId, revision: TaskDefinitionId, task: u32) -> SimDuration {
        self.app_laws(group, revision).stop.draw(u64::from(task))
    }

    /// How long a standalone task runs; none: for ever.
    pub(super) fn runs_for(
        &mut self,
        group: GroupId,
        revision: TaskDefinitionId,
        task: u32,
    ) -> Option<SimDuration> {
        self.app_laws(group, revision).runs_for.as_mut().map(|law| law.draw(u64::from(task)))
    }

    /// RUNNING → healthy without health check and load balancer.
    pub(super) fn health_wait(&mut self, group: GroupId, task: u32) -> SimDuration {
        self.group(group).health_wait.draw(u64::from(task))
    }

    /// RUNNING → healthy for a load balancer.
    pub(super) fn target_health(&mut self, group: GroupId, task: u32) -> SimDuration {
        self.group(group).target_health.draw(u64::from(task))
    }

    /// Healthy → known to be.
    pub(super) fn health_tick(&mut self, group: GroupId, task: u32) -> SimDuration {
        self.group(group).health_tick.draw(u64::from(task))
    }

    /// Lost → known to be.
    pub(super) fn loss_tick(&mut self, group: GroupId, task: u32) -> SimDuration {
        self.group(group).loss_tick.draw(u64::from(task))
    }

    /// What a scheduler reacts to → its reaction, for whatever is not about one task.
    pub(super) fn reaction_tick(&mut self, group: GroupId, reaction: u32) -> SimDuration {
        self.group(group).reaction_tick.draw(u64::from(reaction))
    }

    /// DEACTIVATING → STOPPING.
    pub(super) fn lb_deregistration(&mut self, group: GroupId, task: u32) -> SimDuration {
        self.group(group).lb_deregistration.draw(u64::from(task))
    }

    fn group(&mut self, group: GroupId) -> &mut GroupLaws {
        let (owner, delays, seed) = (&self.owners[group.index()], &self.delays, self.seed);
        self.groups[group.index()].get_or_insert_with(|| {
            let law = |law: &Distribution, purpose: &str| Sampler::new(law, seed, owner, purpose);
            let check = Distribution::Uniform { min: SimDuration::ZERO, max: TARGET_CHECK_INTERVAL };
            Box::new(GroupLaws {
                health_wait: law(&delays.health_wait, "healthWait"),
                target_health: law(&check, "targetHealth"),
                health_tick: law(&delays.scheduler_tick, "schedulerTick.health"),
                reaction_tick: law(&delays.scheduler_tick, "schedulerTick.reaction"),
                loss_tick: law(&delays.scheduler_tick, "schedulerTick.loss"),
                lb_deregistration: law(&delays.lb_deregistration, "lbDeregistration"),
                revisions: Vec::new(),
            })
        })
    }

    fn app_laws(&mut self, group: GroupId, revision: TaskDefinitionId) -> &mut AppLaws {
        self.group(group);
        let Some(laws) = self.groups[group.index()].as_deref_mut() else { unreachable!("just made") };
        let at = laws.revisions.iter().position(|(r, _)| *r == revision).unwrap_or_else(|| {
            let (_, behaviour, timeout) = &self.app[revision.index()];
            let (owner, delays, seed) = (&self.owners[group.index()], &self.delays, self.seed);
            let law = |law: &Distribution, purpose: &str| Sampler::new(law, seed, owner, purpose);
            let own = |default| behaviour.start.as_ref().unwrap_or(default);
            laws.revisions.push((
                revision,
                AppLaws {
                    start: law(own(&delays.app_start), "appStart"),
                    start_warm: law(own(&delays.app_start_warm), "appStartWarm"),
                    stop: StopLaw {
                        handler: law(behaviour.stop.as_ref().unwrap_or(&delays.app_stop), "appStop"),
                        ignores: behaviour.ignores_sigterm,
                        luck: Stream::new(seed, owner, "ignoresSigterm"),
                        timeout: *timeout,
                    },
                    runs_for: behaviour.runs_for.as_ref().map(|runs| law(runs, "runsFor")),
                },
            ));
            laws.revisions.len() - 1
        });
        &mut laws.revisions[at].1
    }
}

fn pull(delays: &Delays, seed: Seed, owner: &str, purpose: &str, mib: f64) -> PullLaws {
    PullLaws {
        mib,
        per_mib: Sampler::new(&delays.image_pull_per_mib, seed, owner, &format!("{purpose}, per MiB")),
        fixed: Sampler::new(&delays.image_pull_fixed, seed, owner, &format!("{purpose}, fixed")),
    }
}
