//! Critical daemons that fail, and what auto repair makes of it: to the millisecond, worked out from the delays.

mod apps;
mod non_critical;
mod registering;

use super::heard::{Heard, daemon_task, hear};
use super::story::{DAEMON, PROVIDER, Story, constant, cycle, daemon};
use daemonsim::kernel::{Distribution, Id, SimDuration};
use daemonsim::model::assumptions::RepairCap;
use daemonsim::model::{DeploymentStatus, Percent};
use daemonsim::record::{FactKind, Reason};
use daemonsim::world::setup::{DaemonSettings, Delays, Request, StrategyItem};

/// A moment long after everything has settled and, in these tests, long before it happens again.
const CRASH: u64 = 3_000_017;

pub(super) fn after(ms: u64) -> Option<Distribution> {
    Some(Distribution::Constant(SimDuration::from_ms(ms)))
}

/// `n` instances whose daemons crash `CRASH` after they are RUNNING, which is from 0 for those in place. The clock
/// stops before the replacements' daemons crash in turn.
fn crashing(n: u32) -> Story {
    let mut story = settled(n);
    story.setup.daemon_task_definitions[0].behaviour.crashes_after = after(CRASH);
    story.setup.horizon = SimDuration::from_ms(2 * CRASH);
    story
}

/// `n` instances, no delay a round number.
pub(super) fn settled(n: u32) -> Story {
    let mut story = Story::of_instances(n);
    story.setup.delays.stop_detect = Distribution::Constant(SimDuration::from_ms(9_011));
    story
}

/// From DRAINING to gone when no daemon is left to be stopped.
fn bare_cycle(d: &Delays) -> u64 {
    cycle(d) - constant(&d.daemon_stop)
}

/// For how long such an instance is DRAINING.
fn bare_drain(d: &Delays) -> u64 {
    bare_cycle(d) - constant(&d.terminate)
}

/// M8: STOPPED, noticed, DRAINING, replaced, gone.
#[test]
fn a_crash_costs_the_instance() {
    let story = crashing(1);
    let d = &story.setup.delays;
    let (run, heard) = hear(&story);
    assert_eq!(heard.daemon(1, "STOPPED"), [CRASH]);
    let drains = CRASH + constant(&d.stop_detect);
    assert_eq!(heard.instance(1, "DRAINING"), [drains]);
    let called = drains + constant(&d.drain_react) + constant(&d.provision_decision);
    assert_eq!(heard.instance(2, "LAUNCHING"), [called]);
    let registers = called + constant(&d.instance_launch);
    assert_eq!(heard.instance(2, "REGISTERING"), [registers]);
    assert_eq!(heard.daemon(2, "RUNNING"), [registers + constant(&d.daemon_start)]);
    assert_eq!(heard.instance(1, "DEREGISTERING"), [drains + bare_drain(d)]);
    assert_eq!(heard.instance(1, "TERMINATED"), [drains + bare_cycle(d)]);
    // The tasks move as in any drain: nothing is missing, each is interrupted once.
    assert_eq!((run.services[0].min_running, run.services[0].interruptions), (Some(8), 8), "{run:#?}");
    assert_eq!((run.cluster.mishaps.repairs, run.cluster.launched, run.cluster.terminated), (1, 1, 1));
    // M8: the drain comes from the failure, by way of the health status.
    let drain = heard.fact_of(1, "DRAINING");
    assert_eq!(drain.reason, Reason::Word("auto repair"));
    let chain: Vec<&str> = heard.causes(drain).map(|fact| fact.to).collect();
    assert_eq!(chain[..3], ["DRAINING", "IMPAIRED", "STOPPED"]);
    assert_eq!(heard.all(FactKind::Task, "STOPPED").next().and_then(|f| f.task), Some(daemon_task(1)));
}

/// An instance of the old revision fails before its wave: its replacement has the new one, and no wave is left for it.
#[test]
fn a_repair_brings_the_current_revision() {
    let crash = 60_013;
    let mut story = settled(2);
    story.setup.daemon_task_definitions[0].behaviour.crashes_after = after(crash);
    let story = story.update(Percent::whole(50), SimDuration::ZERO);
    let d = &story.setup.delays;
    let (run, heard) = hear(&story);
    // The first one is DRAINING for its wave when its daemon crashes: there is no repair, and nothing left to stop.
    let wave = constant(&d.deploy_decision);
    assert_eq!(heard.instance(1, "DRAINING"), [wave]);
    assert_eq!(heard.instance(1, "TERMINATED"), [wave + bare_cycle(d)]);
    let drains = crash + constant(&d.stop_detect);
    assert_eq!(heard.instance(2, "DRAINING"), [drains]);
    assert_eq!(heard.fact_of(2, "DRAINING").reason, Reason::Word("auto repair"));
    assert_eq!(heard.instance(2, "TERMINATED"), [drains + bare_cycle(d)]);
    assert_eq!(run.deployments[0].status, DeploymentStatus::Successful, "{run:#?}");
    assert_eq!((run.deployments[0].waves, run.deployments[0].instances_replaced), (1, 1));
    assert_eq!(run.daemons[0].current_revisions, [(Id::new(1), 2)]);
    assert_eq!((run.cluster.launched, run.cluster.terminated), (2, 2));
}

/// M8b: all of a fleet crash at once, and `cap` at a time are repaired, the next ones in the millisecond in which the
/// ones before leave DRAINING.
fn chain_of(fleet: u32, cap: u32, rule: Option<RepairCap>) {
    let mut story = crashing(fleet);
    if let Some(rule) = rule {
        story.setup.assumptions.repair_cap = rule;
    }
    let d = &story.setup.delays;
    let (run, heard) = hear(&story);
    let first = CRASH + constant(&d.stop_detect);
    for number in 1..=fleet {
        let round = u64::from((number - 1) / cap);
        let drains = first + round * bare_drain(d);
        let case = format!("{fleet} instances, {cap} at a time, number {number}");
        assert_eq!(heard.instance(number, "DRAINING"), [drains], "{case}");
        assert_eq!(heard.instance(number, "DEREGISTERING"), [drains + bare_drain(d)], "{case}");
        assert_eq!(heard.instance(number, "TERMINATED"), [drains + bare_cycle(d)], "{case}");
    }
    assert_eq!(run.cluster.mishaps.repairs, fleet);
    assert_eq!(run.services[0].min_running, Some(8 * fleet));
    // Nobody is in doubt about what waits and why.
    let waits = |reason: &'static str| {
        let waits = heard.all(FactKind::Daemon, "IMPAIRED").filter(|f| f.reason == Reason::Word(reason));
        waits.count() as u32
    };
    assert_eq!(waits("waits for the repair cap"), fleet.saturating_sub(cap));
    assert_eq!(heard.times(FactKind::Daemon, "IMPAIRED"), vec![first; fleet as usize]);
}

#[test]
fn one_at_a_time_of_a_small_fleet_and_a_fifth_of_a_large_one() {
    // Below nine: one. With the replacements 12 and 18 instances are registered: ⌊2.4⌋ and ⌊3.6⌋, no more slots.
    chain_of(8, 1, None);
    chain_of(10, 2, None);
    chain_of(15, 3, None);
}

#[test]
fn the_repair_cap_has_readings() {
    let rule = |percent, one_below| Some(RepairCap { percent: Percent::whole(percent), one_below });
    chain_of(8, 2, rule(25, 5));
    chain_of(10, 1, rule(20, 20));
    chain_of(6, 6, rule(100, 1));
    chain_of(4, 1, rule(5, 2));
}

/// The cap is of what is registered at the decision: with its first replacement a fleet of nine is one of ten.
#[test]
fn a_replacement_counts_in_the_fleet() {
    let story = crashing(9);
    let d = &story.setup.delays;
    let (_, heard) = hear(&story);
    let first = CRASH + constant(&d.stop_detect);
    let registers =
        first + constant(&d.drain_react) + constant(&d.provision_decision) + constant(&d.instance_launch);
    assert_eq!(heard.instance(1, "DRAINING"), [first]);
    assert_eq!(heard.instance(10, "REGISTERING"), [registers]);
    assert_eq!(heard.instance(2, "DRAINING"), [registers]);
}

/// `autoRepairActionsStatus: DISABLED` only watches.
#[test]
fn disabled_auto_repair_only_watches() {
    let mut story = crashing(3);
    story.setup.capacity_providers[0].auto_repair = false;
    let (run, heard) = hear(&story);
    let known = CRASH + constant(&story.setup.delays.stop_detect);
    assert_eq!(heard.daemons("STOPPED"), [CRASH; 3]);
    let impaired: Vec<_> =
        heard.all(FactKind::Daemon, "IMPAIRED").map(|f| (f.at.as_ms(), f.from, f.reason)).collect();
    assert_eq!(impaired, [(known, "OK", Reason::Word("auto repair is disabled")); 3]);
    assert_eq!(heard.count(|c| c.without_daemon), [(0, 0), (CRASH, 3)]);
    assert_eq!(heard.count(|c| c.active), [(0, 3)]);
    assert!(heard.app_story().iter().all(|(at, ..)| *at == 0));
    assert_eq!((run.cluster.launched, run.cluster.mishaps.repairs), (0, 0));
    assert_eq!(run.daemons[0].without_daemon, 3);
}

/// What is impaired and not repaired, a deployment replaces like any other; nothing is drained twice.
#[test]
fn a_deployment_replaces_what_waits_for_repair() {
    // Watched only: the wave takes both, in order.
    let settings = DaemonSettings { drain_percent: Percent::whole(100), ..daemon(1, 100) };
    let update = Request::UpdateDaemon { daemon: DAEMON, settings };
    let mut story = crashing(2).at(CRASH + 50_000, update.clone());
    story.setup.capacity_providers[0].auto_repair = false;
    let d = &story.setup.delays;
    let (run, heard) = hear(&story);
    let wave = CRASH + 50_000 + constant(&d.deploy_decision);
    for number in 1..=2 {
        assert_eq!(heard.instance(number, "DRAINING"), [wave]);
        assert_eq!(heard.instance(number, "TERMINATED"), [wave + bare_cycle(d)]);
    }
    let finished = wave + bare_cycle(d) + constant(&d.success_check);
    assert_eq!(run.deployments[0].finished.map(|t| t.as_ms()), Some(finished), "{run:#?}");

    // One is being repaired, the other waits for the slot, when the deployment begins.
    let story = crashing(2).at(CRASH, update);
    let (run, heard) = hear(&story);
    let wave = CRASH + constant(&d.deploy_decision);
    assert_eq!(heard.instance(1, "DRAINING"), [CRASH + constant(&d.stop_detect)]);
    assert_eq!(heard.instance(2, "DRAINING"), [wave]);
    assert_eq!(heard.instance(2, "TERMINATED"), [wave + bare_cycle(d)]);
    assert_eq!((run.cluster.mishaps.repairs, run.deployments[0].instances_replaced), (1, 1));
    assert_eq!(run.deployments[0].status, DeploymentStatus::Successful, "{run:#?}");
    // The one that was repaired was called for after IN_PROGRESS: it has the new revision too.
    assert_eq!(run.daemons[0].current_revisions, [(Id::new(1), 2)]);
    assert_eq!(run.cluster.launched, 2);
}

/// A daemon that is UNHEALTHY runs on until it would be stopped in any drain.
#[test]
fn an_unhealthy_daemon_stays_until_the_apps_have_left() {
    let mut story = settled(1);
    story.setup.daemon_task_definitions[0].behaviour.unhealthy_after = after(CRASH);
    story.setup.horizon = SimDuration::from_ms(2 * CRASH);
    let d = &story.setup.delays;
    let (run, heard) = hear(&story);
    assert_eq!(heard.daemon(1, "UNHEALTHY"), [CRASH]);
    let drains = CRASH + constant(&d.stop_detect);
    assert_eq!(heard.instance(1, "DRAINING"), [drains]);
    let stops = drains + cycle(d) - constant(&d.daemon_stop) - constant(&d.terminate);
    assert_eq!(heard.daemon(1, "STOPPING"), [stops]);
    assert_eq!(heard.daemon(1, "STOPPED"), [stops + constant(&d.daemon_stop)]);
    assert_eq!(heard.instance(1, "TERMINATED"), [drains + cycle(d)]);
    assert_eq!(heard.count(|c| c.without_daemon), [(0, 0)]);
    let up = heard.daemon(2, "RUNNING")[0];
    assert_eq!(heard.count(|c| c.daemon_running), [(0, 1), (up, 2), (stops, 1)]);
    assert_eq!(run.cluster.mishaps.daemon_runtime_failures, 1);
}

/// `restartPolicy`: who ran long enough is restarted in place and nobody hears of it.
#[test]
fn a_restart_policy_absorbs_late_crashes_only() {
    let with = |law, enough: u64, fleet| {
        let mut story = settled(fleet);
        let definition = &mut story.setup.daemon_task_definitions[0];
        definition.behaviour.crashes_after = Some(law);
        definition.definition.restart_after = Some(SimDuration::from_ms(enough));
        story.setup.horizon = SimDuration::from_ms(10_000_000);
        hear(&story)
    };
    let constantly = |ms| Distribution::Constant(SimDuration::from_ms(ms));
    for ran in [300_000, 300_001, 2_000_003] {
        let (run, heard) = with(constantly(ran), 300_000, 1);
        assert!(heard.facts.iter().all(|f| f.at.as_ms() == 0 || f.kind == FactKind::Run), "{ran}");
        assert_eq!(run.cluster.mishaps.daemon_runtime_failures, 0);
    }
    let (_, heard) = with(constantly(299_999), 300_000, 1);
    assert_eq!(heard.daemon(1, "STOPPED"), [299_999]);
    // Now long, now short: it ends at the first short run, after any number of long ones.
    let law = [400_000, 200_000].map(SimDuration::from_ms);
    let (_, heard) = with(Distribution::Empirical(law.to_vec().into()), 300_000, 24);
    let ends: Vec<u64> = (1..=24).filter_map(|n| heard.daemon(n, "STOPPED").first().copied()).collect();
    assert!(ends.len() > 20, "of 24, a half after each run: {ends:?}");
    assert!(ends.iter().all(|end| end % 400_000 == 200_000), "{ends:?}");
    assert!(ends.contains(&200_000) && ends.iter().any(|end| *end > 600_000), "{ends:?}");
}

/// StopTask on a daemon's task: as if it had failed, when it is STOPPED.
#[test]
fn a_daemon_stopped_by_hand_is_repaired() {
    let at = 500_009;
    let story = settled(1).at(at, Request::StopTask { task: daemon_task(1) });
    let d = &story.setup.delays;
    let (run, heard) = hear(&story);
    assert_eq!(heard.daemon(1, "STOPPING"), [at]);
    let stopped = at + constant(&d.daemon_stop);
    assert_eq!(heard.daemon(1, "STOPPED"), [stopped]);
    let code = heard.all(FactKind::Task, "STOPPING").next().map(|f| f.reason);
    assert_eq!(code, Some(Reason::Word("UserInitiated")));
    let drains = stopped + constant(&d.stop_detect);
    assert_eq!(heard.instance(1, "DRAINING"), [drains]);
    assert_eq!(heard.instance(1, "TERMINATED"), [drains + bare_cycle(d)]);
    assert_eq!(run.services[0].min_running, Some(8));
}

/// What a standalone task holds up, a repair waits for, and so does whoever waits for its slot.
#[test]
fn a_slot_is_taken_as_long_as_its_instance_drains() {
    let ends = CRASH + 2_000_003;
    let mut story = crashing(2);
    story.setup.families.push("job".into());
    let mut job = story.setup.task_definitions[0].clone();
    job.definition.family = "job".into();
    job.definition.resources = daemonsim::model::Resources { cpu: 0, memory: 0 };
    job.behaviour.runs_for = after(ends);
    story.setup.task_definitions.push(job);
    let strategy = vec![StrategyItem { provider: PROVIDER, base: 0, weight: 1 }];
    let run = Request::RunTask { family: Id::new(0), task_definition: Id::new(1), count: 1, strategy };
    story.setup.before.insert(0, run);
    let (_, heard) = hear(&story);
    let d = &story.setup.delays;
    assert_eq!(heard.instance(1, "DRAINING"), [CRASH + constant(&d.stop_detect)]);
    assert_eq!(heard.instance(1, "DEREGISTERING"), [ends]);
    assert_eq!(heard.instance(2, "DRAINING"), [ends]);
}

/// Auto repair is the machine-repair model: N machines that fail at the rate λ each, and c who repair them at the rate
/// μ. In the steady state p(k) ∝ N·(N−1)·…·(N−k+1)·λ^k / Π min(i, c)·μ.
#[test]
fn repair_is_the_machine_repair_model() {
    const N: u32 = 6;
    let (fails, takes) = (600.0, 200.0);
    for (percent, servers) in [(1, 1), (35, 2)] {
        let mut weights = vec![1.0_f64];
        for k in 1..=N {
            let rate = f64::from(N - k + 1) / fails / (f64::from(k.min(servers)) / takes);
            weights.push(weights[k as usize - 1] * rate);
        }
        let total: f64 = weights.iter().sum();
        let expected = weights.iter().zip(0..).map(|(w, k)| w * f64::from(k)).sum::<f64>() / total;

        // One task an instance; only a launch takes time, and the new daemon is up when it is over.
        let mut story = settled(N);
        let task = &mut story.setup.task_definitions[0].definition.resources;
        (task.cpu, task.memory) = (3_840, 7_680);
        if let Request::CreateService { settings, .. } = &mut story.setup.before[0] {
            settings.desired = N;
        }
        let mean = |s: f64| Some(Distribution::Exponential { mean: SimDuration::from_secs(s as u64) });
        story.setup.daemon_task_definitions[0].behaviour.crashes_after = mean(fails);
        story.setup.assumptions.repair_cap = RepairCap { percent: Percent::whole(percent), one_below: 1 };
        story.setup.delays = no_time();
        story.setup.delays.instance_launch = mean(takes).unwrap();
        let (from, to) = (10_000_000, 60_000_000);
        story.setup.horizon = SimDuration::from_ms(to);
        let found: Vec<f64> = (0..30)
            .map(|replication| {
                let (_, heard) = daemonsim::world::simulate(&story.setup, replication, Heard::default());
                f64::from(N) - heard.mean(|c| c.daemon_running, from, to)
            })
            .collect();
        let n = found.len() as f64;
        let mean = found.iter().sum::<f64>() / n;
        let variance = found.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (n - 1.0);
        // Student's t with 29 degrees of freedom, 99.9 %: 3.66.
        let error = 3.66 * (variance / n).sqrt();
        assert!((mean - expected).abs() < error, "{servers}: mean {mean} ± {error}, expected {expected}");
    }
}

/// Nothing takes any time.
pub(super) fn no_time() -> Delays {
    let zero = || Distribution::Constant(SimDuration::ZERO);
    Delays {
        deploy_decision: zero(),
        drain_react: zero(),
        provision_decision: zero(),
        instance_launch: zero(),
        daemon_start: zero(),
        image_pull_per_mib: zero(),
        image_pull_fixed: zero(),
        instance_active: zero(),
        app_start: zero(),
        app_start_warm: zero(),
        health_wait: zero(),
        scheduler_tick: zero(),
        lb_deregistration: zero(),
        app_stop: zero(),
        daemon_stop: zero(),
        terminate: zero(),
        wave_gap: zero(),
        stop_detect: zero(),
        alarm_poll: Distribution::constant_secs(30),
        success_check: zero(),
    }
}
