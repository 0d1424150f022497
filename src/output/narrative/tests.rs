use super::*;
use crate::kernel::Id;
use crate::model::DeploymentName;
use crate::record::Counts;

const CP: CapacityProviderId = Id::new(0);

/// A fact at a second, about nothing yet.
fn fact(seq: u32, secs: u64, kind: FactKind, from: &'static str, to: &'static str) -> Fact {
    Fact { from, to, ..Fact::blank(seq, SimTime::from_ms(secs * 1000), kind) }
}

fn instance(seq: u32, secs: u64, number: u32, from: &'static str, to: &'static str) -> Fact {
    let instance = Some(InstanceName { provider: CP, number });
    Fact { provider: Some(CP), instance, ..fact(seq, secs, FactKind::Instance, from, to) }
}

fn wave(seq: u32, secs: u64, to: &'static str, reason: Reason) -> Fact {
    let deployment = Some(DeploymentName { daemon: Id::new(0), number: 2 });
    let at = fact(seq, secs, FactKind::Wave, "", to);
    Fact { provider: Some(CP), deployment, wave: Some(1), reason, ..at }
}

fn names() -> Names {
    let one = |name: &str| vec![name.to_owned()];
    Names {
        providers: one("cp"),
        daemons: one("agent"),
        zones: one("a"),
        services: one("app"),
        alarms: one("errors"),
        ..Names::default()
    }
}

fn story(facts: &[Fact]) -> String {
    let names = names();
    let mut narrative = Narrative::new(&names);
    for fact in facts {
        narrative.note(fact.at, Observation::Fact(fact));
    }
    narrative.finish()
}

#[test]
fn of_a_wave_the_first_and_the_last_are_told_in_order() {
    let told = story(&[
        wave(0, 60, "STARTED", Reason::Count(3, "instances")),
        instance(1, 100, 4, "", "LAUNCHING"),
        instance(2, 101, 5, "", "LAUNCHING"),
        instance(3, 102, 6, "", "LAUNCHING"),
        instance(4, 103, 1, "DEREGISTERING", "TERMINATED"),
        wave(5, 200, "FINISHED", Reason::Count(3, "instances")),
    ]);
    assert_eq!(
        told,
        " 0:01:00  agent/2, wave 1 on cp: 3 instances drain\n \
         0:01:40    first: cp/i-4 is launched\n \
         0:01:42    last of 3: cp/i-6 is launched\n \
         0:01:43    first: cp/i-1 is gone\n \
         0:03:20  agent/2, wave 1 on cp: done\n"
    );
}

#[test]
fn outside_of_waves_a_few_are_told_after_each_request() {
    let launches = |from: u32| (0..5).map(move |n| instance(from + n, 9, from + n, "", "LAUNCHING"));
    let refused = Reason::Word("ClientException");
    let request = Fact { reason: refused, ..fact(20, 9, FactKind::Request, "", "runTask") };
    let facts: Vec<Fact> = launches(1).chain([request]).chain(launches(30)).collect();
    let told = story(&facts);
    assert_eq!(told.matches("is launched").count(), 6, "{told}");
    assert!(told.contains("0:00:09  runTask: refused, ClientException\n"), "{told}");
}

#[test]
fn too_few_tasks_are_told_once_and_their_return_too() {
    let names = Names::default();
    let mut narrative = Narrative::new(&names);
    for (secs, app_running) in [(1, 5), (10, 3), (11, 2), (12, 4), (30, 5)] {
        let counts = Counts { app_running, app_desired: 5, ..Counts::default() };
        narrative.note(SimTime::from_ms(secs * 1000), Observation::Counts { of: None, counts: &counts });
    }
    assert_eq!(
        narrative.finish(),
        " 0:00:10  3 of 5 service tasks run\n \
         0:00:30  all 5 service tasks run, after 20 s with 2 at the fewest\n"
    );
}

#[test]
fn dips_that_repeat_are_counted() {
    let names = Names::default();
    let mut narrative = Narrative::new(&names);
    let mut note = |secs: u64, app_running: u32| {
        let counts = Counts { app_running, app_desired: 5, ..Counts::default() };
        narrative.note(SimTime::from_ms(secs * 1000), Observation::Counts { of: None, counts: &counts });
    };
    // Six dips: three are told, and of the others the third lasts longest and the second goes deepest.
    for (at, fewest, length) in [(10, 4, 1), (20, 4, 1), (30, 4, 1), (40, 3, 2), (50, 1, 3), (60, 4, 7)] {
        note(at, fewest);
        note(at + length, 5);
    }
    note(70, 2);
    let told = narrative.finish();
    assert_eq!(told.lines().count(), 7, "{told}");
    assert!(
        told.ends_with("0:01:07  too few service tasks ran 3 more times, 1 at the fewest, for at most 7 s\n"),
        "{told}"
    );
}

fn of_deployment(seq: u32, secs: u64, kind: FactKind, from: &'static str, to: &'static str) -> Fact {
    let deployment = Some(DeploymentName { daemon: Id::new(0), number: 2 });
    Fact { deployment, ..fact(seq, secs, kind, from, to) }
}

fn counted(seq: u32, secs: u64, count: u32, to: &'static str) -> Fact {
    let fact = of_deployment(seq, secs, FactKind::CircuitBreaker, "MONITORING", to);
    Fact { reason: Reason::Of(count, 35, "failures"), ..fact }
}

fn alarm(seq: u32, secs: u64, from: &'static str, to: &'static str) -> Fact {
    Fact { reason: Reason::Alarm(Id::new(0)), ..fact(seq, secs, FactKind::Alarm, from, to) }
}

fn impaired(seq: u32, secs: u64, number: u32) -> Fact {
    let instance = InstanceName { provider: CP, number };
    Fact {
        instance: Some(instance),
        owner: Some(Owner::Daemon(Id::new(0))),
        task: Some(TaskName { owner: Owner::Daemon(Id::new(0)), number }),
        reason: Reason::Word("TASK_FAILED_TO_RUN"),
        ..fact(seq, secs, FactKind::Daemon, "", "DAEMON_TASK_START_IMPAIRED")
    }
}

#[test]
fn a_rollback_is_told_from_the_first_failure_to_the_last_wave() {
    let mut facts = vec![wave(0, 60, "STARTED", Reason::Count(40, "instances"))];
    for n in 1..35 {
        facts.push(impaired(2 * n, 100 + u64::from(n), n));
        facts.push(counted(2 * n + 1, 100 + u64::from(n), n, "MONITORING"));
    }
    let deployed = |seq, secs, from, to| of_deployment(seq, secs, FactKind::Deployment, from, to);
    let why = Reason::Word("circuit breaker");
    let back = |seq, secs, to| Fact { wave: Some(2), ..wave(seq, secs, to, Reason::Count(40, "instances")) };
    facts.extend([
        impaired(80, 140, 35),
        counted(81, 140, 35, "TRIGGERED"),
        Fact { reason: why, ..deployed(82, 140, "IN_PROGRESS", "STOP_REQUESTED") },
        deployed(83, 140, "STOP_REQUESTED", "ROLLBACK_IN_PROGRESS"),
        of_deployment(84, 140, FactKind::Rollback, "", "STARTED"),
        wave(85, 150, "FINISHED", Reason::None),
        back(86, 150, "STARTED"),
        back(87, 250, "FINISHED"),
        of_deployment(88, 260, FactKind::Rollback, "STARTED", "FINISHED"),
        deployed(89, 260, "ROLLBACK_IN_PROGRESS", "ROLLBACK_SUCCESSFUL"),
    ]);
    assert_eq!(
        story(&facts),
        " 0:01:00  agent/2, wave 1 on cp: 40 instances drain
 0:01:41    first: agent/d-1 does not start on cp/i-1, TASK_FAILED_TO_RUN
 0:01:41  agent/2: 1 to 34 of 35 failures, until 0:02:14
 0:02:20    last of 35: agent/d-35 does not start on cp/i-35, TASK_FAILED_TO_RUN
 0:02:20  agent/2: the circuit breaker trips, 35 of 35 failures
 0:02:20  agent/2 is STOP_REQUESTED, circuit breaker
 0:02:20  agent/2 is ROLLBACK_IN_PROGRESS
 0:02:30  agent/2, wave 1 on cp: done
 0:02:30  agent/2, rollback wave 2 on cp: 40 instances drain
 0:04:10  agent/2, rollback wave 2 on cp: done
 0:04:20  agent/2 is ROLLBACK_SUCCESSFUL, after rolling back for 2 m 00 s
"
    );
}

#[test]
fn counts_and_resets_are_one_line_however_many() {
    let reset = |seq: u32, secs: u64| Fact {
        reason: Reason::Word("reset by a success"),
        ..counted(seq, secs, 0, "MONITORING")
    };
    assert_eq!(story(&[counted(0, 60, 1, "MONITORING")]), " 0:01:00  agent/2: 1 of 35 failures\n");
    assert_eq!(story(&[reset(0, 60)]), " 0:01:00  agent/2: a success resets the count of failures\n");
    let facts: Vec<Fact> = (0..100)
        .flat_map(|n| {
            [counted(2 * n, 60 + u64::from(n), 1 + n % 2, "MONITORING"), reset(2 * n + 1, 60 + u64::from(n))]
        })
        .chain([counted(200, 300, 1, "MONITORING")])
        .collect();
    assert_eq!(
        story(&facts),
        " 0:01:00  agent/2: 101 failures and 100 resets by successes, at most 2 of 35, until 0:05:00\n"
    );
}

#[test]
fn an_alarm_is_told_when_it_rings_and_when_it_is_quiet_again() {
    let stopped = of_deployment(4, 75, FactKind::Deployment, "IN_PROGRESS", "STOP_REQUESTED");
    let baked = of_deployment(5, 75, FactKind::Bake, "STARTED", "INTERRUPTED");
    assert_eq!(
        story(&[
            alarm(0, 0, "", "INSUFFICIENT_DATA"),
            alarm(1, 20, "INSUFFICIENT_DATA", "OK"),
            alarm(2, 60, "OK", "ALARM"),
            Fact { reason: Reason::Alarm(Id::new(0)), ..stopped },
            baked,
            alarm(6, 90, "ALARM", "OK"),
        ]),
        " 0:01:00  alarm errors is in ALARM
 0:01:15  agent/2 is STOP_REQUESTED, alarm errors
 0:01:15  agent/2 bakes no longer
 0:01:30  alarm errors is OK after 30 s
"
    );
}

#[test]
fn an_alarm_that_flaps_is_counted() {
    let flap = |n: u32| {
        let secs = 60 * u64::from(n);
        [alarm(2 * n, secs, "OK", "ALARM"), alarm(2 * n + 1, secs + 10, "ALARM", "OK")]
    };
    let facts: Vec<Fact> = (1..=100).flat_map(flap).chain([alarm(300, 7_000, "OK", "ALARM")]).collect();
    let told = story(&facts);
    assert_eq!(told.lines().count(), 7, "{told}");
    assert!(told.ends_with(" 1:56:40  alarm errors was in ALARM 98 more times, and is\n"), "{told}");
}

#[test]
fn what_becomes_of_instances_and_tasks_is_told_and_repetition_is_not() {
    let on = |number: u32, f: Fact| Fact {
        provider: Some(CP),
        instance: Some(InstanceName { provider: CP, number }),
        ..f
    };
    let task = |owner: Owner, number: u32, from: &'static str, to: &'static str, why: &'static str| {
        let f = fact(number, 70, FactKind::Task, from, to);
        on(number, Fact { task: Some(TaskName { owner, number }), reason: Reason::Word(why), ..f })
    };
    let (daemon, app) = (Owner::Daemon(Id::new(0)), Owner::Service(Id::new(0)));
    let fault = |seq: u32, secs: u64, what: &'static str, why: &'static str| Fact {
        reason: Reason::Word(why),
        ..fact(seq, secs, FactKind::Fault, "", what)
    };
    let why = |f: Fact, why: &'static str| Fact { reason: Reason::Word(why), ..f };
    let mut facts = vec![
        Fact { zone: Some(Id::new(0)), ..fault(1, 10, "availabilityZoneOutage", "begins") },
        // The instances that go with the zone tell of themselves.
        on(1, fault(2, 10, "availabilityZoneOutage", "")),
        why(instance(3, 10, 1, "ACTIVE", "TERMINATED"), "availabilityZoneOutage"),
        on(4, fault(4, 20, "launchFailures", "InsufficientInstanceCapacity")),
        instance(5, 25, 4, "LAUNCHING", "TERMINATED"),
        // Nor is it told twice what becomes of a daemon that is killed, or of an instance that Spot wants back.
        on(14, fault(6, 26, "killDaemons", "")),
        on(10, fault(6, 27, "spotInterruptions", "two minutes' notice")),
        why(instance(6, 28, 10, "DRAINING", "TERMINATED"), "Spot interruption"),
        on(5, fault(6, 30, "agentDisconnects", "agent is back")),
        why(instance(7, 40, 6, "REGISTERING", "REGISTRATION_FAILED"), "agent"),
        instance(8, 41, 6, "REGISTRATION_FAILED", "TERMINATED"),
        why(instance(9, 42, 7, "ACTIVE", "DRAINING"), "auto repair"),
        instance(10, 43, 8, "REGISTERING", "DEREGISTERING"),
        Fact { task: None, reason: Reason::Word("TASK_CREATION_FAILED"), ..impaired(11, 50, 9) },
        Fact {
            from: "OK",
            to: "IMPAIRED",
            reason: Reason::Word("waits for the repair cap"),
            ..impaired(12, 51, 9)
        },
        task(daemon, 13, "HEALTHY", "UNHEALTHY", "health check"),
        task(daemon, 14, "RUNNING", "STOPPED", "EssentialContainerExited"),
        task(app, 15, "PENDING", "STOPPED", "TaskFailedToStart"),
        // No news: a daemon that does not start has a fact of its own; these were stopped, or went with their instance.
        task(daemon, 16, "PENDING", "STOPPED", "TaskFailedToStart"),
        task(app, 17, "STOPPING", "STOPPED", "EssentialContainerExited"),
        task(daemon, 18, "RUNNING", "STOPPED", "InfrastructureHealth"),
    ];
    facts.extend((20..30).map(|n| why(instance(n, 100 + u64::from(n), n, "ACTIVE", "TERMINATED"), "died")));
    assert_eq!(
        story(&facts),
        " 0:00:10  fault availabilityZoneOutage in zone a begins
 0:00:10    cp/i-1 dies, availabilityZoneOutage
 0:00:20    launchFailures on cp/i-4, InsufficientInstanceCapacity
 0:00:25    cp/i-4 never comes
 0:00:28    cp/i-10 is taken away, Spot interruption
 0:00:30    agentDisconnects on cp/i-5, agent is back
 0:00:40    cp/i-6 fails to register, agent
 0:00:41    cp/i-6 is gone
 0:00:42    cp/i-7 is DRAINING, auto repair
 0:00:43    cp/i-8 goes
 0:00:50    agent gets no task on cp/i-9, TASK_CREATION_FAILED
 0:00:51    cp/i-9 is IMPAIRED by agent, waits for the repair cap
 0:01:10    agent/d-13 on cp/i-13 is UNHEALTHY, health check
 0:01:10    agent/d-14 on cp/i-14 stops, EssentialContainerExited
 0:01:10    app/t-15 on cp/i-15 stops, TaskFailedToStart
 0:02:00    cp/i-20 dies, died
 0:02:01    cp/i-21 dies, died
 0:02:02    cp/i-22 dies, died
 0:02:09    last of 10: cp/i-29 dies, died
"
    );
}
