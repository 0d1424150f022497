//! Rules about what goes wrong: who fails, who counts it, what is rolled back and repaired, and what faults may do.

use daemonsim::kernel::SimTime;
use daemonsim::model::assumptions::BreakerThreshold;
use daemonsim::model::{
    CapacityProviderId, DaemonId, DeploymentName, DeploymentStatus, InstanceName, MonitorStatus, Owner,
    Percent, RevisionName, ZoneId,
};
use daemonsim::record::{Direction, Fact, FactKind, Reason, RunSummary};
use daemonsim::world::setup::{DaemonSettings, FaultKind, Request, Setup};
use std::collections::{BTreeMap, BTreeSet};

/// What is known of the run so far.
pub(super) struct Judge<'a> {
    setup: &'a Setup,
    requests: std::slice::Iter<'a, daemonsim::world::setup::TimedRequest>,
    /// What each request fact asked of a daemon.
    asked: BTreeMap<u32, &'a DaemonSettings>,
    /// What each deployment is to bring.
    settings: BTreeMap<DeploymentName, &'a DaemonSettings>,
    /// Daemons that some request makes critical.
    ever_critical: BTreeSet<DaemonId>,
    /// Daemons that some request makes not critical.
    ever_optional: BTreeSet<DaemonId>,
    instances: BTreeMap<InstanceName, Instance>,
    alarms: BTreeMap<u32, &'static str>,
    /// Failures that each deployment's breaker has counted, on the way there and on the way back.
    counts: BTreeMap<(DeploymentName, bool), u32>,
    tripped: BTreeSet<DeploymentName>,
    /// What each daemon's last SUCCESSFUL deployment brought.
    good: BTreeMap<DaemonId, Option<RevisionName>>,
    /// What each daemon must not be launched with: (from which fact on, the revision).
    banned: BTreeMap<DaemonId, (u32, RevisionName)>,
    /// The failures at which each deployment's breaker has to trip.
    thresholds: BTreeMap<DeploymentName, u64>,
    /// Instances under notice, and when EC2 takes them.
    notices: BTreeMap<InstanceName, SimTime>,
}

/// An instance by its facts.
#[derive(Default)]
struct Instance {
    status: &'static str,
    launched: u32,
    for_repair: bool,
    daemons: BTreeMap<DaemonId, RevisionName>,
    /// Daemons whose latest task here has not come up.
    down: BTreeSet<DaemonId>,
}

impl<'a> Judge<'a> {
    pub(super) fn new(setup: &'a Setup) -> Judge<'a> {
        let all = setup.before.iter().chain(setup.timeline.iter().map(|timed| &timed.request));
        let that_are = |critical: bool| {
            let daemons = all.clone().filter_map(settings_of).filter(move |(_, s)| s.critical == critical);
            daemons.map(|(daemon, _)| daemon).collect()
        };
        let good = setup.before.iter().filter_map(settings_of);
        Judge {
            setup,
            requests: setup.timeline.iter(),
            asked: BTreeMap::new(),
            settings: BTreeMap::new(),
            ever_critical: that_are(true),
            ever_optional: that_are(false),
            instances: BTreeMap::new(),
            alarms: BTreeMap::new(),
            counts: BTreeMap::new(),
            tripped: BTreeSet::new(),
            good: good
                .map(|(daemon, settings)| (daemon, Some(RevisionName::Daemon(settings.task_definition))))
                .collect(),
            banned: BTreeMap::new(),
            thresholds: BTreeMap::new(),
            notices: BTreeMap::new(),
        }
    }

    /// Judges one fact; `facts` are all of them.
    pub(super) fn note(&mut self, facts: &[Fact], fact: &Fact, say: &mut impl FnMut(&str, &Fact)) {
        match fact.kind {
            FactKind::Request => {
                if let Some((_, settings)) =
                    self.requests.next().and_then(|timed| settings_of(&timed.request))
                {
                    self.asked.insert(fact.seq, settings);
                }
            }
            FactKind::Alarm => {
                if let Reason::Alarm(alarm) = fact.reason {
                    self.alarms.insert(alarm.index() as u32, fact.to);
                }
            }
            FactKind::CircuitBreaker => self.judge_count(facts, fact, say),
            FactKind::Deployment => self.judge_deployment(facts, fact, say),
            FactKind::Rollback => self.judge_rollback(facts, fact, say),
            FactKind::Instance => self.judge_instance(facts, fact, say),
            FactKind::Task => self.judge_daemon_task(fact, say),
            FactKind::Fault => {
                if let ("spotInterruptions", Some(instance)) = (fact.to, fact.instance) {
                    self.notices.entry(instance).or_insert(SimTime::from_ms(fact.at.as_ms() + 120_000));
                }
            }
            _ => (),
        }
    }

    /// A6, M12: each failure counts one, a success resets, the threshold trips, and nothing counts afterwards.
    fn judge_count(&mut self, facts: &[Fact], fact: &Fact, say: &mut impl FnMut(&str, &Fact)) {
        let Some(deployment) = fact.deployment else { return say("a breaker of nobody", fact) };
        let back = self.tripped.contains(&deployment) || self.rolls_back(facts, deployment, fact.seq);
        let count = self.counts.entry((deployment, back)).or_default();
        match fact.reason {
            Reason::Of(now, threshold, _) => {
                *count += 1;
                if now != *count || now > threshold {
                    say(&format!("A6: {count} counted"), fact);
                }
                if !back && (fact.to == "TRIGGERED") != (now == threshold) {
                    say("A6: trips when the threshold is reached", fact);
                }
                // Who failed, is a daemon of this deployment's.
                let failed = fact.cause.map(|cause| &facts[cause as usize]);
                let is_failure = |cause: &Fact| {
                    cause.owner == Some(Owner::Daemon(deployment.daemon))
                        && (cause.to == "DAEMON_TASK_START_IMPAIRED"
                            || matches!(cause.to, "STOPPED" | "UNHEALTHY"))
                        && (back || cause.revision == fact.revision)
                };
                if !failed.is_some_and(is_failure) {
                    say("M12: no failure to count", fact);
                }
            }
            Reason::Word("reset by a success")
                if *count > 0 && self.setup.assumptions.breaker_resets_on_success =>
            {
                *count = 0;
            }
            _ => say("A6", fact),
        }
        if fact.to == "TRIGGERED" && !self.tripped.insert(deployment) {
            say("A6: trips once", fact);
        }
    }

    fn rolls_back(&self, facts: &[Fact], deployment: DeploymentName, before: u32) -> bool {
        let began = |fact: &&Fact| {
            fact.kind == FactKind::Rollback && fact.deployment == Some(deployment) && fact.seq < before
        };
        facts.iter().any(|fact| began(&fact))
    }

    /// A3, A5, B2, R6, and what is good from now on.
    fn judge_deployment(&mut self, facts: &[Fact], fact: &Fact, say: &mut impl FnMut(&str, &Fact)) {
        let Some(deployment) = fact.deployment else { return };
        match fact.to {
            "PENDING" => {
                if let Some(settings) = fact.cause.and_then(|cause| self.asked.get(&cause)) {
                    self.settings.insert(deployment, settings);
                }
            }
            "IN_PROGRESS" => {
                self.banned.remove(&deployment.daemon);
                if let Some(settings) = self.settings.get(&deployment) {
                    self.thresholds.insert(deployment, self.threshold(&settings.providers));
                }
            }
            "STOP_REQUESTED" => {
                let by = fact.cause.map(|cause| &facts[cause as usize]);
                let watched =
                    |alarm| self.settings.get(&deployment).is_some_and(|s| s.alarms.contains(&alarm));
                let is_reason = match by.map(|by| (by.kind, by.to, by.reason)) {
                    Some((FactKind::CircuitBreaker, "TRIGGERED", _)) => true,
                    Some((FactKind::Alarm, "ALARM", Reason::Alarm(alarm))) => {
                        watched(alarm) && self.alarms.get(&(alarm.index() as u32)) == Some(&"ALARM")
                    }
                    _ => false,
                };
                if !is_reason {
                    say("A5", fact);
                }
                // What follows, follows in this instant.
                let next = facts[fact.seq as usize + 1..]
                    .iter()
                    .find(|next| next.kind == FactKind::Deployment && next.deployment == Some(deployment));
                if next.is_none_or(|next| next.at != fact.at) {
                    say("STOP_REQUESTED lasts", fact);
                }
            }
            "SUCCESSFUL" => {
                self.banned.remove(&deployment.daemon);
                self.judge_success(deployment, fact, say);
                self.good.insert(deployment.daemon, fact.revision);
            }
            "ROLLBACK_SUCCESSFUL" => {
                let touches_all = self.setup.assumptions.added_provider_rolls_others;
                let undone =
                    |bad: &RevisionName| touches_all && self.good_of(deployment.daemon) != Some(*bad);
                let Some(bad) = fact.revision.filter(undone) else {
                    return;
                };
                let carries = |row: &&Instance| {
                    row.status == "ACTIVE" && row.daemons.get(&deployment.daemon) == Some(&bad)
                };
                let left = self.instances.values().filter(carries).count();
                if left > 0 {
                    say(&format!("B2: {left} instances have the failed revision"), fact);
                }
            }
            _ => (),
        }
    }

    /// R6: what is ACTIVE on its providers runs what was rolled out.
    fn judge_success(&self, deployment: DeploymentName, fact: &Fact, say: &mut impl FnMut(&str, &Fact)) {
        let Some(settings) = self.settings.get(&deployment) else { return };
        let old = |(name, row): &(&InstanceName, &Instance)| {
            row.status == "ACTIVE"
                && settings.providers.contains(&name.provider)
                && row.daemons.get(&deployment.daemon).copied() != fact.revision
        };
        let left = self.instances.iter().filter(old).count();
        if left > 0 {
            say(&format!("R6: {left} instances are not on the new revision"), fact);
        }
    }

    /// A7, for the instances that these providers have now.
    fn threshold(&self, providers: &[CapacityProviderId]) -> u64 {
        let counts = |row: &Instance| matches!(row.status, "REGISTERING" | "ACTIVE" | "DRAINING");
        let here =
            self.instances.iter().filter(|(name, row)| providers.contains(&name.provider) && counts(row));
        let fleet = here.count() as u128;
        let share =
            |percent: Percent| (u128::from(percent.billionths()) * fleet).div_ceil(100_000_000_000) as u64;
        match self.setup.assumptions.breaker_threshold {
            BreakerThreshold::BoundedPercent(percent) => share(percent).clamp(3, 200),
            BreakerThreshold::Percent(percent) => share(percent).max(1),
            BreakerThreshold::Count(count) => u64::from(count),
        }
    }

    fn good_of(&self, daemon: DaemonId) -> Option<RevisionName> {
        self.good.get(&daemon).copied().flatten()
    }

    /// M7: from a rollback's beginning on nothing is launched with what failed. Not where a deployment may leave some
    /// providers as they are: what it and its rollback do not touch can have the same revision from before.
    fn judge_rollback(&mut self, facts: &[Fact], fact: &Fact, say: &mut impl FnMut(&str, &Fact)) {
        let Some(deployment) = fact.deployment else { return };
        let requested = fact.cause.map(|cause| facts[cause as usize].to);
        if fact.to == "STARTED" && requested != Some("STOP_REQUESTED") {
            say("a rollback without request", fact);
        }
        if let ("STARTED", Some(bad), true) =
            (fact.to, fact.revision, self.setup.assumptions.added_provider_rolls_others)
            && self.good_of(deployment.daemon) != Some(bad)
        {
            self.banned.insert(deployment.daemon, (fact.seq, bad));
        }
    }

    /// F3, F4, M4, M8b, M9, and ends without a drain.
    fn judge_instance(&mut self, facts: &[Fact], fact: &Fact, say: &mut impl FnMut(&str, &Fact)) {
        let (Some(name), Some(provider)) = (fact.instance, fact.provider) else {
            return say("an instance fact without instance", fact);
        };
        if matches!(fact.to, "LAUNCHING" | "REGISTERING" | "ACTIVE")
            && fact.zone.is_some_and(|zone| self.is_out(provider, zone, fact.at))
        {
            say("F3", fact);
        }
        if fact.to == "TERMINATED" {
            if self.notices.get(&name).is_some_and(|latest| fact.at > *latest) {
                say("F4", fact);
            }
            // Without a drain, only what comes from outside ends an instance, or a rollback that gives it up.
            let early = matches!(fact.from, "LAUNCHING" | "REGISTERING" | "ACTIVE" | "DRAINING");
            let given_up =
                matches!(fact.from, "LAUNCHING" | "REGISTERING") && fact.reason == Reason::Word("rollback");
            if early && !given_up && !causes(facts, fact).any(|cause| cause.kind == FactKind::Fault) {
                say("an end without a fault", fact);
            }
        }
        if fact.to == "REGISTRATION_FAILED"
            && !causes(facts, fact).any(|cause| cause.to == "DAEMON_TASK_START_IMPAIRED")
        {
            say("a registration failed for no daemon", fact);
        }
        let repair = fact.to == "DRAINING" && fact.reason == Reason::Word("auto repair");
        if repair {
            self.judge_repair(facts, fact, provider, say);
        }
        let row = self.instances.entry(name).or_default();
        if fact.from == "REGISTERING"
            && fact.to == "ACTIVE"
            && row.down.iter().any(|d| !self.ever_optional.contains(d))
        {
            say("M4", fact);
        }
        if fact.from.is_empty() {
            row.launched = fact.seq;
        }
        row.status = fact.to;
        row.for_repair = repair;
    }

    /// M8b: no more at a time than the cap allows. M9: for a critical daemon's sake only.
    fn judge_repair(
        &self,
        facts: &[Fact],
        fact: &Fact,
        provider: CapacityProviderId,
        say: &mut impl FnMut(&str, &Fact),
    ) {
        if !self.setup.capacity_providers[provider.index()].auto_repair {
            say("M8: repair is disabled", fact);
        }
        let here = || self.instances.iter().filter(|(name, _)| name.provider == provider).map(|(_, row)| row);
        let under_repair = here().filter(|row| row.status == "DRAINING" && row.for_repair).count() as u64;
        let fleet =
            here().filter(|row| matches!(row.status, "REGISTERING" | "ACTIVE" | "DRAINING")).count() as u64;
        let rule = self.setup.assumptions.repair_cap;
        let share = u128::from(rule.percent.billionths()) * u128::from(fleet) / 100_000_000_000;
        let cap = if fleet < u64::from(rule.one_below) { 1 } else { (share as u64).max(1) };
        if under_repair + 1 > cap {
            say(&format!("M8b: one more than {under_repair} of {fleet}"), fact);
        }
        let impaired =
            causes(facts, fact).find(|cause| cause.kind == FactKind::Daemon && cause.to == "IMPAIRED");
        let critical = |cause: &Fact| match cause.owner {
            Some(Owner::Daemon(daemon)) => self.ever_critical.contains(&daemon),
            _ => false,
        };
        if !impaired.is_some_and(critical) {
            say("M9", fact);
        }
    }

    /// Whether a zone is out then: strictly within the window of an outage that concerns all of it.
    fn is_out(&self, provider: CapacityProviderId, zone: ZoneId, at: SimTime) -> bool {
        self.setup.faults.iter().any(|fault| {
            fault.kind == FaultKind::AvailabilityZoneOutage
                && fault.share >= 1.0
                && fault.from < at
                && at < fault.until
                && fault.provider.is_none_or(|p| p == provider)
                && fault.zone.is_none_or(|z| z == zone)
        })
    }

    fn judge_daemon_task(&mut self, fact: &Fact, say: &mut impl FnMut(&str, &Fact)) {
        let (Some(Owner::Daemon(daemon)), Some(instance), Some(revision)) =
            (fact.owner, fact.instance, fact.revision)
        else {
            return;
        };
        let row = self.instances.entry(instance).or_default();
        row.daemons.insert(daemon, revision);
        match fact.to {
            "PENDING" => row.down.insert(daemon),
            "RUNNING" | "HEALTHY" => row.down.remove(&daemon),
            _ => false,
        };
        if let Some((since, bad)) = self.banned.get(&daemon)
            && row.launched > *since
            && revision == *bad
            && fact.from.is_empty()
        {
            say("M7", fact);
        }
    }

    /// A7, A8, B3, B5: what the summary must say of a run that is over.
    pub(super) fn over(&self, run: &RunSummary) -> Vec<String> {
        let mut broken = Vec::new();
        for row in &run.deployments {
            let (breaker, alarms) = (row.breaker_status, row.alarm_status);
            let triggered = breaker == MonitorStatus::Triggered || alarms == MonitorStatus::Triggered;
            let quiet =
                |status| matches!(status, MonitorStatus::MonitoringComplete | MonitorStatus::Disabled);
            let wrong = match row.status {
                DeploymentStatus::Successful => !quiet(breaker) || !quiet(alarms),
                DeploymentStatus::RollbackInProgress
                | DeploymentStatus::RollbackSuccessful
                | DeploymentStatus::RollbackFailed
                | DeploymentStatus::StopRequested => !triggered,
                DeploymentStatus::Pending | DeploymentStatus::InProgress => triggered,
                DeploymentStatus::Stopped => triggered != row.detected.is_some(),
            };
            if wrong {
                broken.push(format!("A8: {row:#?}"));
            }
            if let (Some(says), Some(is)) = (row.breaker_threshold, self.thresholds.get(&row.name))
                && u64::from(says) != *is
            {
                broken.push(format!("A7: {is}, not {says}: {row:#?}"));
            }
            let waves = run.waves.iter().filter(|wave| wave.deployment == row.name);
            let touched: u32 = waves
                .clone()
                .filter(|wave| wave.direction == Direction::Forward)
                .map(|wave| wave.instances)
                .sum();
            if touched != row.instances_touched {
                broken.push(format!("B5: {touched} touched: {row:#?}"));
            }
            if let Some(began) = row.rollback_started {
                let late = |direction, started: SimTime| match direction {
                    Direction::Forward => started > began,
                    Direction::Rollback => started < began,
                };
                if waves.clone().any(|wave| late(wave.direction, wave.started)) {
                    broken.push(format!("B3: {row:#?}"));
                }
            } else if waves.clone().any(|wave| wave.direction == Direction::Rollback) {
                broken.push(format!("B3: no rollback began: {row:#?}"));
            }
        }
        broken
    }
}

/// What led to a fact, step by step.
fn causes<'a>(facts: &'a [Fact], fact: &'a Fact) -> impl Iterator<Item = &'a Fact> {
    let before = |fact: &&'a Fact| fact.cause.map(|cause| &facts[cause as usize]);
    std::iter::successors(before(&fact), before)
}

fn settings_of(request: &Request) -> Option<(DaemonId, &DaemonSettings)> {
    match request {
        Request::CreateDaemon { daemon, settings } | Request::UpdateDaemon { daemon, settings } => {
            Some((*daemon, settings))
        }
        _ => None,
    }
}
