//! Made-up runs for tests: not the simulator's, but of the same shape.

mod failing;

pub(super) use failing::Failure;

use super::{RunMeta, RunReport};
use crate::kernel::{SimDuration, SimTime};
use crate::model::{
    CapacityProviderId, DaemonId, DaemonStatus, DaemonTaskDefinitionId, DeploymentName, DeploymentStatus,
    InstanceName, MonitorStatus, Names, ServiceId,
};
use crate::record::{
    Batch, ClusterSummary, Counts, DaemonSummary, DeploymentSummary, Direction, Expectation, Ledger,
    Observation, Outcome, Recorder, ReplacedInstance, RunSummary, Series, ServiceSummary, Stage, Stages,
    WaveSummary,
};

/// A run and all that its report needs.
pub(super) struct Made {
    pub(super) names: Names,
    pub(super) meta: RunMeta,
    pub(super) summary: RunSummary,
    pub(super) ledger: Ledger,
    pub(super) series: Series,
    pub(super) assumptions: Vec<(&'static str, String)>,
    pub(super) expectations: Vec<Expectation>,
    changes: Vec<(u64, Change)>,
    dice: u64,
}

/// A rollout to be made up.
#[derive(Clone, Copy)]
pub(super) struct Rollout {
    pub(super) daemon: u32,
    pub(super) provider: u32,
    pub(super) instances: u32,
    pub(super) batch: u32,
    pub(super) tasks_each: i32,
    pub(super) begins_ms: u64,
    pub(super) bake_ms: u64,
    /// How many times slower than usual.
    pub(super) slow: u64,
    /// Whether tasks stop before their replacements run.
    pub(super) dips: bool,
    pub(super) removes: bool,
}

impl Rollout {
    pub(super) fn of(instances: u32, batch: u32) -> Rollout {
        Rollout {
            daemon: 0,
            provider: 0,
            instances,
            batch,
            tasks_each: 4,
            begins_ms: 300_000,
            bake_ms: 180_000,
            slow: 1,
            dips: false,
            removes: false,
        }
    }
}

/// What changes in the counts, by name.
#[derive(Clone, Copy, Default)]
struct Change {
    registering: i32,
    active: i32,
    draining: i32,
    deregistering: i32,
    on_target: i32,
    on_source: i32,
    running: i32,
    healthy: i32,
    desired: i32,
}

impl Made {
    /// A cluster on which nothing happens yet.
    pub(super) fn new(scenario: &str) -> Made {
        let names = |all: &[&str]| all.iter().map(|&name| name.to_owned()).collect();
        Made {
            names: Names {
                providers: names(&["my-daemon-capacity-provider", "gpu-capacity-provider"]),
                zones: names(&["a", "b", "c"]),
                instance_types: names(&["c6g.xlarge"]),
                services: names(&["my-app-service"]),
                families: names(&["batch-task"]),
                daemons: names(&["my-monitoring-daemon", "my-logging-daemon"]),
                task_definitions: names(&["my-app-task:1"]),
                daemon_task_definitions: names(&["my-daemon-task:1", "my-daemon-task:2", "my-log-task:7"]),
                alarms: names(&["agent-errors", "=cmd"]),
            },
            meta: RunMeta {
                scenario: scenario.to_owned(),
                seed: 1,
                version: "0.1.0".to_owned(),
                ..RunMeta::default()
            },
            summary: RunSummary {
                outcome: Outcome::Completed,
                outcome_reason: String::new(),
                ended_at: SimTime::from_ms(600_000),
                events: 12_345,
                fingerprint: 0x00ab_cdef_0123_4567,
                deployments: Vec::new(),
                waves: Vec::new(),
                services: Vec::new(),
                daemons: Vec::new(),
                cluster: ClusterSummary::default(),
            },
            ledger: Ledger::default(),
            series: Series::default(),
            assumptions: vec![("batchRounding", "ceil".to_owned()), ("bake", "atEnd".to_owned())],
            expectations: Vec::new(),
            changes: Vec::new(),
            dice: 0x9E37_79B9_7F4A_7C15,
        }
    }

    pub(super) fn report(&self) -> RunReport<'_> {
        RunReport {
            names: &self.names,
            meta: &self.meta,
            summary: &self.summary,
            ledger: &self.ledger,
            series: &self.series,
            prices_per_hour_nanos: &[136_000_000],
            assumptions: &self.assumptions,
            expectations: &self.expectations,
        }
    }

    /// Instances and tasks that are there from the start.
    pub(super) fn with(mut self, instances: i32, tasks: i32) -> Made {
        let start = Change {
            active: instances,
            on_source: instances,
            running: tasks,
            healthy: tasks,
            desired: tasks,
            ..Change::default()
        };
        self.changes.push((0, start));
        self
    }

    /// A deployment in waves, SUCCESSFUL in the end.
    pub(super) fn rolled(mut self, r: Rollout) -> Made {
        let daemon = DaemonId::new(r.daemon);
        let number = 1 + self.summary.deployments.iter().filter(|d| d.name.daemon == daemon).count() as u32;
        let name = DeploymentName { daemon, number };
        let created = SimTime::from_ms(r.begins_ms - 8_000);
        let (mut at, mut left, mut wave) = (r.begins_ms, r.instances, 0);
        while left > 0 {
            wave += 1;
            let size = left.min(r.batch);
            let first = r.instances - left + 1;
            left -= size;
            let end = self.wave(name, r, wave, first, size, at);
            at = end + if left > 0 { 3_000 } else { 0 };
        }
        let bake = SimTime::from_ms(at + 1_000);
        let finished = bake + SimDuration::from_ms(r.bake_ms);
        self.summary.deployments.push(DeploymentSummary {
            name,
            source_revisions: vec![DaemonTaskDefinitionId::new(r.daemon)],
            target_revision: (!r.removes).then_some(DaemonTaskDefinitionId::new(r.daemon + 1)),
            status: DeploymentStatus::Successful,
            status_reason: "all instances run the target revision".to_owned(),
            created,
            started: Some(SimTime::from_ms(r.begins_ms)),
            finished: Some(finished),
            bake_started: (r.bake_ms > 0).then_some(bake),
            waves: wave,
            instances_replaced: r.instances,
            breaker_threshold: Some(r.instances.div_ceil(2)),
            breaker_failures: 0,
            breaker_status: MonitorStatus::MonitoringComplete,
            alarms_triggered: Vec::new(),
            rollback_reason: String::new(),
            rollback_started: None,
            tasks_moved: r.instances * r.tasks_each as u32,
            tasks_moved_again: 12,
            alarms: Vec::new(),
            alarm_status: MonitorStatus::Disabled,
            exposure_ms: 0,
            detected: None,
            instances_touched: r.instances,
            tasks_touched: (r.instances * r.tasks_each as u32).saturating_sub(12),
            batches: vec![Batch {
                provider: Some(CapacityProviderId::new(r.provider)),
                size: r.batch,
                of: r.instances,
            }],
        });
        self.summary.ended_at = self.summary.ended_at.max(finished);
        self
    }

    fn wave(&mut self, name: DeploymentName, r: Rollout, wave: u32, first: u32, size: u32, at: u64) -> u64 {
        let provider = CapacityProviderId::new(r.provider);
        let tasks = r.tasks_each;
        let (mut end, mut replaced) = (at, Vec::new());
        for number in first..first + size {
            let spread = 1_000 * r.slow;
            let stages: Stages = [
                2_000,
                spread * (20 + self.roll(40)) + if self.roll(50) == 0 { 90 * spread } else { 0 },
                spread * (16 + self.roll(40)),
                spread * (5 + self.roll(25)),
                spread * (1 + self.roll(5)),
                spread * (10 + self.roll(8)),
            ]
            .map(SimDuration::from_ms);
            let ends: Vec<u64> = stages
                .iter()
                .scan(at, |time, stage| {
                    *time += stage.as_ms();
                    Some(*time)
                })
                .collect();
            let none = Change::default();
            self.changes.extend([
                (at, Change { active: -1, on_source: -1, draining: 1, ..none }),
                (at + stages[1].as_ms() / 2, Change { registering: 1, ..none }),
                (ends[1], Change { registering: -1, active: 1, on_target: 1, ..none }),
                (ends[4], Change { draining: -1, deregistering: 1, ..none }),
                (ends[5], Change { deregistering: -1, ..none }),
                (ends[1] + 1_000, Change { running: tasks, ..none }),
                (ends[2], Change { healthy: tasks, ..none }),
                (if r.dips { ends[0] } else { ends[2] }, Change { running: -tasks, healthy: -tasks, ..none }),
            ]);
            end = end.max(ends[5]);
            replaced.push(ReplacedInstance {
                instance: InstanceName { provider, number },
                draining: SimTime::from_ms(at),
                stages,
            });
        }
        self.summary.waves.push(WaveSummary {
            deployment: name,
            direction: Direction::Forward,
            provider,
            wave,
            instances: size,
            started: SimTime::from_ms(at),
            finished: Some(SimTime::from_ms(end)),
            daemon_failures: 0,
            slowest_instance: Some(InstanceName { provider, number: first }),
            slowest_stage: Some(Stage::Capacity),
            min_app_running: (r.instances as i32 * tasks - if r.dips { size as i32 * tasks } else { 0 })
                as u32,
            replaced,
        });
        end
    }

    /// Plays the changes into the series, and fills in what follows from them.
    pub(super) fn done(mut self) -> Made {
        self.changes.sort_by_key(|(at, _)| *at);
        let mut now = Change::default();
        let cluster = &mut self.summary.cluster;
        let mut lowest_running = u32::MAX;
        for (i, (at, change)) in self.changes.iter().enumerate() {
            let n = |held: &mut i32, by: i32| {
                *held += by;
                u32::try_from(*held).unwrap_or(0)
            };
            let counts = Counts {
                registering: n(&mut now.registering, change.registering),
                active: n(&mut now.active, change.active),
                draining: n(&mut now.draining, change.draining),
                deregistering: n(&mut now.deregistering, change.deregistering),
                on_target: n(&mut now.on_target, change.on_target),
                on_source: n(&mut now.on_source, change.on_source),
                app_running: n(&mut now.running, change.running),
                app_healthy: n(&mut now.healthy, change.healthy),
                app_desired: n(&mut now.desired, change.desired),
                ..Counts::default()
            };
            let settled = self.changes.get(i + 1).is_none_or(|(next, _)| next > at);
            if !settled {
                continue;
            }
            let at = SimTime::from_ms(*at);
            self.series.note(at, Observation::Counts { of: None, counts: &counts });
            if at == SimTime::ZERO {
                cluster.instances_start = counts.instances();
                cluster.active_min = counts.active;
            }
            if counts.active < cluster.active_min {
                (cluster.active_min, cluster.active_min_at) = (counts.active, at);
            }
            if counts.app_desired > 0 && counts.app_running < lowest_running {
                lowest_running = counts.app_running;
                cluster.app_running_min = Some(lowest_running);
                (cluster.app_running_min_at, cluster.app_desired_then) = (at, counts.app_desired);
            }
            cluster.instances_max = cluster.instances_max.max(counts.instances());
            cluster.instances_end = counts.instances();
        }
        let replaced: u32 = self.summary.deployments.iter().map(|d| d.instances_replaced).sum();
        (cluster.launched, cluster.terminated) = (replaced, replaced);
        cluster.tasks_moved = self.summary.deployments.iter().map(|d| d.tasks_moved).sum();
        cluster.tasks_moved_again = self.summary.deployments.iter().map(|d| d.tasks_moved_again).sum();
        cluster.instance_ms = u128::from(cluster.instances_max) * u128::from(self.summary.ended_at.as_ms());
        cluster.cost_nanos = cluster.instance_ms * 136_000_000 / 3_600_000;
        if let Some(min_running) = cluster.app_running_min {
            self.summary.services.push(ServiceSummary {
                service: ServiceId::new(0),
                desired: cluster.app_desired_then,
                min_running: Some(min_running),
                min_running_at: cluster.app_running_min_at,
                min_healthy: Some(min_running),
                below_desired: SimDuration::from_ms(61_500),
                task_ms_lost: 123_456,
                interruptions: cluster.tasks_moved,
                max_interruptions_per_task: 2,
                placement_wait_p95: Some(SimDuration::from_ms(45_250)),
                waiting: 0,
            });
        }
        let mut daemons: Vec<DaemonId> = self.summary.deployments.iter().map(|d| d.name.daemon).collect();
        daemons.sort();
        daemons.dedup();
        self.summary.daemons = daemons
            .into_iter()
            .map(|daemon| DaemonSummary {
                daemon,
                status: DaemonStatus::Active,
                current_revisions: vec![(DaemonTaskDefinitionId::new(1), cluster.instances_end)],
                without_daemon: 0,
            })
            .collect();
        self
    }

    /// A number below `sides`, by xorshift.
    fn roll(&mut self, sides: u64) -> u64 {
        self.dice ^= self.dice << 13;
        self.dice ^= self.dice >> 7;
        self.dice ^= self.dice << 17;
        (self.dice >> 11) % sides
    }
}
