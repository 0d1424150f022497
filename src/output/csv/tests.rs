use std::io;

use super::*;
use crate::kernel::{SimDuration, SimTime};
use crate::model::{
    CapacityProviderId, DaemonId, DaemonTaskDefinitionId, DeploymentName, DeploymentStatus, InstanceName,
    InstanceTypeId, Names, Owner, RevisionName, ServiceId, TaskDefinitionId, TaskName, ZoneId,
};
use crate::output::fixture::{Failure, Made, Rollout};
use crate::output::{OutputFile, RunReport, render};
use crate::record::{Counts, Fact, FactKind, Ledger, Observation, Reason, Recorder};

const P: CapacityProviderId = CapacityProviderId::new(0);
const I1: InstanceName = InstanceName { provider: P, number: 1 };
const APP: Owner = Owner::Service(ServiceId::new(0));
const DAEMON: Owner = Owner::Daemon(DaemonId::new(0));
const D2: DeploymentName = DeploymentName { daemon: DaemonId::new(0), number: 2 };
const T1: TaskName = TaskName { owner: APP, number: 1 };
const T2: TaskName = TaskName { owner: APP, number: 2 };

fn names() -> Names {
    Made::new("").names
}

/// A fact about nothing, to be filled in.
fn fact(seq: u32, ms: u64, kind: FactKind, to: &'static str) -> Fact {
    Fact { to, ..Fact::blank(seq, SimTime::from_ms(ms), kind) }
}

/// A request that drains an instance, and a task that moves because of it.
fn trace(recorder: &mut impl Recorder) {
    let revision = RevisionName::Daemon(DaemonTaskDefinitionId::new(1));
    let app = RevisionName::App(TaskDefinitionId::new(0));
    let on = |f: Fact| Fact { provider: Some(P), zone: Some(ZoneId::new(1)), instance: Some(I1), ..f };
    let of = |task: TaskName, f: Fact| Fact { task: Some(task), owner: Some(APP), revision: Some(app), ..f };
    let start = SimTime::ZERO;
    let launched = Observation::Launched {
        instance: I1,
        instance_type: InstanceTypeId::new(0),
        daemons: &[RevisionName::Daemon(DaemonTaskDefinitionId::new(0)), revision],
    };
    let facts = [
        on(fact(0, 0, FactKind::Instance, "ACTIVE")),
        of(T1, on(fact(1, 0, FactKind::Task, "HEALTHY"))),
        Fact {
            owner: Some(DAEMON),
            reason: Reason::None,
            ..fact(2, 60_000, FactKind::Request, "updateDaemon")
        },
        Fact {
            cause: Some(2),
            owner: Some(DAEMON),
            deployment: Some(D2),
            revision: Some(revision),
            wave: Some(1),
            reason: Reason::Count(1, "instances"),
            ..fact(3, 68_000, FactKind::Wave, "IN_PROGRESS")
        },
        Fact {
            cause: Some(3),
            from: "ACTIVE",
            reason: Reason::Deployment(D2),
            ..on(fact(4, 68_000, FactKind::Instance, "DRAINING"))
        },
        of(T2, Fact { cause: Some(4), ..fact(5, 70_005, FactKind::Task, "PROVISIONING") }),
        of(
            T1,
            on(Fact {
                cause: Some(5),
                from: "HEALTHY",
                reason: Reason::Word("ServiceSchedulerInitiated"),
                ..fact(6, 99_000, FactKind::Task, "STOPPING")
            }),
        ),
    ];
    recorder.note(start, launched);
    recorder.note(start, Observation::Created { task: T1, replaces: None });
    for fact in &facts {
        if fact.seq == 5 {
            recorder.note(fact.at, Observation::Created { task: T2, replaces: Some(T1) });
        }
        recorder.note(fact.at, Observation::Fact(fact));
    }
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("text")
}

fn rendered(file: OutputFile, report: &RunReport<'_>) -> String {
    let mut out = Vec::new();
    render(file, report, &mut out).expect("memory");
    text(out)
}

#[test]
fn events() {
    let names = names();
    let mut events = EventsCsv::new(&names, Vec::new());
    trace(&mut events);
    let expected = "\
seq,time_s,cause,kind,capacity_provider,availability_zone,instance,task,role,owner,revision,deployment,wave,from,to,reason
0,0.000,,instance,my-daemon-capacity-provider,b,my-daemon-capacity-provider/i-1,,,,,,,,ACTIVE,
1,0.000,,task,my-daemon-capacity-provider,b,my-daemon-capacity-provider/i-1,my-app-service/t-1,service,my-app-service,my-app-task:1,,,,HEALTHY,
2,60.000,,request,,,,,daemon,my-monitoring-daemon,,,,,updateDaemon,
3,68.000,2,wave,,,,,daemon,my-monitoring-daemon,my-daemon-task:2,my-monitoring-daemon/2,1,,IN_PROGRESS,1 instance
4,68.000,3,instance,my-daemon-capacity-provider,b,my-daemon-capacity-provider/i-1,,,,,,,ACTIVE,DRAINING,my-monitoring-daemon/2
5,70.005,4,task,,,,my-app-service/t-2,service,my-app-service,my-app-task:1,,,,PROVISIONING,
6,99.000,5,task,my-daemon-capacity-provider,b,my-daemon-capacity-provider/i-1,my-app-service/t-1,service,my-app-service,my-app-task:1,,,HEALTHY,STOPPING,ServiceSchedulerInitiated
";
    assert_eq!(text(events.finish().expect("memory")), expected);
}

#[test]
fn instances_and_tasks() {
    let mut made = Made::new("lives");
    made.ledger = Ledger::default();
    trace(&mut made.ledger);
    // 600 s at 0.136 dollars an hour: 0.022667.
    let instances = "\
instance,capacity_provider,availability_zone,instance_type,revision_set,launched_s,registered_s,active_s,draining_s,deregistering_s,gone_s,ended_because,cost
my-daemon-capacity-provider/i-1,my-daemon-capacity-provider,b,c6g.xlarge,my-daemon-task:1;my-daemon-task:2,0.000,0.000,0.000,68.000,,,my-monitoring-daemon/2,0.022667
";
    let tasks = "\
task,role,owner,revision,instance,created_s,placed_s,running_s,healthy_s,stopping_s,stopped_s,stop_code,replaces
my-app-service/t-1,service,my-app-service,my-app-task:1,my-daemon-capacity-provider/i-1,0.000,0.000,0.000,0.000,99.000,,ServiceSchedulerInitiated,
my-app-service/t-2,service,my-app-service,my-app-task:1,,70.005,,,,,,,my-app-service/t-1
";
    assert_eq!(rendered(OutputFile::Instances, &made.report()), instances);
    assert_eq!(rendered(OutputFile::Tasks, &made.report()), tasks);
}

#[test]
fn timeseries_has_a_row_for_each_change() {
    let names = names();
    let mut table = TimeseriesCsv::new(&names, Vec::new());
    let counts = Counts {
        registering: 1,
        active: 35,
        draining: 2,
        deregistering: 3,
        on_target: 20,
        on_source: 14,
        without_daemon: 1,
        daemon_running: 36,
        app_desired: 280,
        app_running: 270,
        app_pending: 10,
        app_healthy: 262,
        cpu_registered: 41 * 4096,
        cpu_used: 280 * 512 + 36 * 256,
    };
    for (ms, of, counts) in [
        (0, Some(P), counts),
        (0, None, counts),
        (1_500, None, counts),
        (1_500, Some(P), Counts { active: 36, cpu_used: 100, ..counts }),
    ] {
        table.note(SimTime::from_ms(ms), Observation::Counts { of, counts: &counts });
    }
    let expected = "\
time_s,capacity_provider,registering,active,draining,deregistering,instances,on_target,on_source,without_daemon,daemon_running,app_desired,app_running,app_pending,app_healthy,vcpu_registered,vcpu_used
0.000,my-daemon-capacity-provider,1,35,2,3,41,20,14,1,36,280,270,10,262,164,149
0.000,*,1,35,2,3,41,20,14,1,36,280,270,10,262,164,149
1.500,my-daemon-capacity-provider,1,36,2,3,42,20,14,1,36,280,270,10,262,164,0.098
";
    assert_eq!(text(table.finish().expect("memory")), expected);
}

#[test]
fn waves_deployments_and_services() {
    let mut made =
        Made::new("outcomes").with(3, 6).rolled(Rollout { tasks_each: 2, ..Rollout::of(3, 2) }).done();
    let wave = &mut made.summary.waves[1];
    (wave.finished, wave.slowest_instance, wave.slowest_stage) = (None, None, None);
    made.summary.waves[0].finished = Some(made.summary.waves[0].started + SimDuration::from_ms(100_250));
    made.summary.waves[1].started = SimTime::from_ms(405_000);
    let d = &mut made.summary.deployments[0];
    d.source_revisions = vec![DaemonTaskDefinitionId::new(0), DaemonTaskDefinitionId::new(2)];
    (d.status, d.finished) = (DeploymentStatus::InProgress, None);
    d.status_reason = "wave 2 waits for capacity, 1 task \"stuck\"".to_owned();
    d.alarms_triggered = vec![crate::model::AlarmId::new(0), crate::model::AlarmId::new(1)];
    let waves = "\
deployment,direction,capacity_provider,wave,instances,started_s,finished_s,duration_s,daemon_failures,slowest_instance,slowest_stage,min_app_running
my-monitoring-daemon/1,forward,my-daemon-capacity-provider,1,2,300.000,400.250,100.250,0,my-daemon-capacity-provider/i-1,capacity,6
my-monitoring-daemon/1,forward,my-daemon-capacity-provider,2,1,405.000,,,0,,,6
";
    let deployments = "\
deployment,daemon,source_revisions,target_revision,status,status_reason,created_s,started_s,finished_s,duration_s,waves,instances_replaced,breaker_threshold,breaker_failures,breaker_status,alarms_triggered,rollback_reason,rollback_started_s,tasks_moved,tasks_moved_again,alarm_status,exposure_instance_s,instances_touched,tasks_touched,time_to_detect_s,time_to_roll_back_s
my-monitoring-daemon/1,my-monitoring-daemon,my-daemon-task:1;my-log-task:7,my-daemon-task:2,IN_PROGRESS,\"wave 2 waits for capacity, 1 task \"\"stuck\"\"\",292.000,300.000,,,2,3,2,0,MONITORING_COMPLETE,agent-errors;=cmd,,,6,12,DISABLED,0.000,3,0,,
";
    let services = "\
service,desired,min_running,min_healthy,below_desired_s,task_seconds_lost,interruptions,max_interruptions_per_task,placement_wait_p95_s
my-app-service,6,6,6,61.500,123.456,6,2,45.250
";
    assert_eq!(rendered(OutputFile::Waves, &made.report()), waves);
    assert_eq!(rendered(OutputFile::Deployments, &made.report()), deployments);
    assert_eq!(rendered(OutputFile::Services, &made.report()), services);
}

#[test]
fn what_a_stopped_deployment_cost() {
    let mut made = Made::new("stopped")
        .with(70, 280)
        .failed(Failure { alarm: Some(0), ..Failure::of(Rollout::of(70, 18), 1) })
        .rolled(Rollout { removes: true, begins_ms: 9_000_000, ..Rollout::of(70, 70) })
        .done();
    let d = &mut made.summary.deployments[0];
    let at = |s: u64| Some(SimTime::from_ms(s * 1000 + 250));
    (d.started, d.detected, d.finished, d.exposure_ms) = (at(300), at(662), at(912), 2_250_001);
    d.rollback_started = d.detected;
    let tail = |made: &Made| {
        let table = rendered(OutputFile::Deployments, &made.report());
        let last = |row: &str| row.rsplitn(7, ',').take(6).collect::<Vec<_>>().join(",");
        table.lines().map(last).collect::<Vec<_>>()
    };
    // The columns from right to left.
    let head = "time_to_roll_back_s,time_to_detect_s,tasks_touched,instances_touched,exposure_instance_s,alarm_status";
    assert_eq!(tail(&made), [head, "250.000,362.000,60,18,2250.001,TRIGGERED", ",,268,70,,DISABLED"]);
    let d = &mut made.summary.deployments[0];
    (d.status, d.finished) = (DeploymentStatus::Stopped, d.rollback_started.take());
    assert_eq!(tail(&made)[1], ",362.000,60,18,2250.001,TRIGGERED");
}

#[test]
fn names_that_a_spreadsheet_would_run_are_neutralised() {
    let mut names = names();
    names.providers[0] = "=HYPERLINK(\"x\",1)".to_owned();
    names.services[0] = "+1".to_owned();
    names.zones[1] = "@b".to_owned();
    names.task_definitions[0] = "-app:1".to_owned();
    let mut events = EventsCsv::new(&names, Vec::new());
    trace(&mut events);
    let text = text(events.finish().expect("memory"));
    let second = text.lines().nth(2).expect("the task's row");
    assert_eq!(
        second,
        "1,0.000,,task,\"'=HYPERLINK(\"\"x\"\",1)\",'@b,\"'=HYPERLINK(\"\"x\"\",1)/i-1\",'+1/t-1,service,'+1,'-app:1,,,,HEALTHY,"
    );
}

#[test]
fn the_first_io_error_is_handed_back_at_the_end() {
    struct Full;
    impl io::Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::Error::new(io::ErrorKind::StorageFull, "no space left"))
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let names = names();
    let mut events = EventsCsv::new(&names, Full);
    for _ in 0..2_000 {
        trace(&mut events);
    }
    let error = events.finish().err().expect("the disk is full");
    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
}
