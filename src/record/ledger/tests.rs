use super::*;
use crate::model::{CapacityProviderId, DaemonId, DaemonTaskDefinitionId, DeploymentName, ServiceId};

const I1: InstanceName = InstanceName { provider: CapacityProviderId::new(0), number: 1 };
const T1: TaskName = TaskName { owner: Owner::Service(ServiceId::new(0)), number: 1 };
const T2: TaskName = TaskName { owner: Owner::Service(ServiceId::new(0)), number: 2 };

fn fact(ms: u64, kind: FactKind, to: &'static str, reason: Reason) -> Fact {
    Fact { zone: Some(ZoneId::new(2)), to, reason, ..Fact::blank(0, SimTime::from_ms(ms), kind) }
}

fn instance(ledger: &mut Ledger, ms: u64, to: &'static str, reason: Reason) {
    let fact = Fact { instance: Some(I1), ..fact(ms, FactKind::Instance, to, reason) };
    ledger.note(fact.at, Observation::Fact(&fact));
}

fn task(
    ledger: &mut Ledger,
    ms: u64,
    name: TaskName,
    on: Option<InstanceName>,
    to: &'static str,
    why: Reason,
) {
    let fact = Fact { task: Some(name), instance: on, ..fact(ms, FactKind::Task, to, why) };
    ledger.note(fact.at, Observation::Fact(&fact));
}

fn launch(ledger: &mut Ledger) {
    let daemons = [RevisionName::Daemon(DaemonTaskDefinitionId::new(4))];
    ledger.note(
        SimTime::ZERO,
        Observation::Launched { instance: I1, instance_type: InstanceTypeId::new(1), daemons: &daemons },
    );
}

#[test]
fn an_instance_keeps_each_of_its_times() {
    let mut ledger = Ledger::default();
    launch(&mut ledger);
    let by = DeploymentName { daemon: DaemonId::new(0), number: 2 };
    for (ms, to, reason) in [
        (1_000, "LAUNCHING", Reason::None),
        (21_000, "REGISTERING", Reason::None),
        (30_000, "ACTIVE", Reason::None),
        (90_000, "DRAINING", Reason::Deployment(by)),
        (120_000, "DEREGISTERING", Reason::None),
        (150_500, "TERMINATED", Reason::None),
    ] {
        instance(&mut ledger, ms, to, reason);
    }
    let life = &ledger.instances()[0];
    assert_eq!(
        format!(
            "{:?} {:?} {:?} {:?} {:?} {:?}",
            life.launched, life.registered, life.active, life.draining, life.deregistering, life.gone
        ),
        "1.000 21.000 30.000 90.000 120.000 150.500"
    );
    assert_eq!(life.ended_because, Reason::Deployment(by));
    assert_eq!(life.zone, Some(ZoneId::new(2)));
    assert_eq!(ledger.revisions(life), [RevisionName::Daemon(DaemonTaskDefinitionId::new(4))]);
    // 149.5 s at 0.136 dollars an hour: 149500 × 136000000 / 3600000 = 5647777.8.
    assert_eq!(life.cost_nanos(136_000_000, SimTime::from_ms(999_999)), 5_647_778);
}

#[test]
fn an_instance_in_place_was_launched_at_the_start_and_costs_until_the_end() {
    let mut ledger = Ledger::default();
    launch(&mut ledger);
    instance(&mut ledger, 0, "ACTIVE", Reason::None);
    let life = &ledger.instances()[0];
    assert_eq!(
        (life.launched, life.registered, life.active),
        (Moment::at(SimTime::ZERO), life.launched, life.launched)
    );
    assert_eq!(life.cost_nanos(100, SimTime::from_ms(3_600_000 * 2)), 200);
}

#[test]
fn an_instance_that_came_back_from_draining_has_not_drained() {
    let mut ledger = Ledger::default();
    launch(&mut ledger);
    instance(&mut ledger, 0, "ACTIVE", Reason::None);
    instance(&mut ledger, 10, "DRAINING", Reason::Word("UpdateContainerInstancesState"));
    instance(&mut ledger, 20, "ACTIVE", Reason::None);
    let life = &ledger.instances()[0];
    assert_eq!((life.draining, life.ended_because), (Moment::NEVER, Reason::None));
    assert_eq!(life.active, Moment::at(SimTime::ZERO));
}

/// One instance that went through these, and its times in the order of the columns.
fn lived(facts: &[(u64, &'static str, Reason)]) -> (InstanceLife, String) {
    let mut ledger = Ledger::default();
    launch(&mut ledger);
    for (ms, to, reason) in facts {
        instance(&mut ledger, *ms, to, *reason);
    }
    let life = ledger.instances()[0].clone();
    let times = format!(
        "{:?} {:?} {:?} {:?} {:?} {:?}",
        life.launched, life.registered, life.active, life.draining, life.deregistering, life.gone
    );
    (life, times)
}

#[test]
fn an_instance_whose_daemons_never_came_up_was_never_active() {
    let (life, times) = lived(&[
        (0, "LAUNCHING", Reason::None),
        (5, "REGISTERING", Reason::None),
        (9, "REGISTRATION_FAILED", Reason::Word("daemon failed to start")),
        (12, "TERMINATED", Reason::None),
    ]);
    assert_eq!(times, "0.000 0.005 never never never 0.012");
    assert_eq!(life.ended_because, Reason::Word("daemon failed to start"));
}

#[test]
fn an_instance_may_die_at_any_time() {
    let died = Reason::Word("instanceDeaths");
    let by = Reason::Deployment(DeploymentName { daemon: DaemonId::new(0), number: 2 });
    for (facts, expected, because) in [
        (
            &[(0, "ACTIVE", Reason::None), (7, "TERMINATED", died)][..],
            "0.000 0.000 0.000 never never 0.007",
            died,
        ),
        (
            &[(0, "ACTIVE", Reason::None), (4, "DRAINING", by), (7, "TERMINATED", died)],
            "0.000 0.000 0.000 0.004 never 0.007",
            died,
        ),
        (
            &[(1, "LAUNCHING", Reason::None), (3, "REGISTERING", Reason::None), (7, "TERMINATED", died)],
            "0.001 0.003 never never never 0.007",
            died,
        ),
        (
            &[(1, "LAUNCHING", Reason::None), (7, "TERMINATED", Reason::None)],
            "0.001 never never never never 0.007",
            Reason::None,
        ),
        (
            &[
                (1, "LAUNCHING", Reason::None),
                (3, "REGISTERING", Reason::None),
                (5, "DEREGISTERING", by),
                (7, "TERMINATED", Reason::None),
            ],
            "0.001 0.003 never never 0.005 0.007",
            by,
        ),
    ] {
        let (life, times) = lived(facts);
        assert_eq!((&*times, life.ended_because), (expected, because), "{facts:?}");
    }
}

#[test]
fn an_instance_that_was_repaired_says_so() {
    for why in ["auto repair", "Spot interruption", "patching"] {
        let (life, times) = lived(&[
            (0, "ACTIVE", Reason::None),
            (4, "DRAINING", Reason::Word(why)),
            (6, "DEREGISTERING", Reason::None),
            (9, "TERMINATED", Reason::None),
        ]);
        assert_eq!(times, "0.000 0.000 0.000 0.004 0.006 0.009");
        assert_eq!(life.ended_because, Reason::Word(why));
    }
}

fn fault(ledger: &mut Ledger, ms: u64, to: &'static str) {
    let why = Reason::Word("InsufficientInstanceCapacity");
    let fact = Fact { instance: Some(I1), ..fact(ms, FactKind::Fault, to, why) };
    ledger.note(fact.at, Observation::Fact(&fact));
}

const HOUR: u64 = 3_600_000;

#[test]
fn an_instance_costs_from_the_call_that_was_taken() {
    for mishap in ["launchFailures", "apiThrottling"] {
        let mut ledger = Ledger::default();
        launch(&mut ledger);
        instance(&mut ledger, 0, "LAUNCHING", Reason::None);
        fault(&mut ledger, 0, mishap);
        // Nobody has taken it so far, whenever the run ends.
        assert_eq!(ledger.instances()[0].cost_nanos(100, SimTime::from_ms(5 * HOUR)), 0);
        fault(&mut ledger, HOUR, mishap);
        ledger.note(SimTime::from_ms(2 * HOUR), Observation::LaunchTaken { instance: I1, daemons: &[] });
        instance(&mut ledger, 3 * HOUR, "REGISTERING", Reason::None);
        let life = &ledger.instances()[0];
        assert_eq!(
            (life.launched, life.taken),
            (Moment::at(SimTime::ZERO), Moment::at(SimTime::from_ms(2 * HOUR)))
        );
        // From hour 2 to hour 5.
        assert_eq!(life.cost_nanos(100, SimTime::from_ms(5 * HOUR)), 300);
        // What goes wrong later is no launch.
        fault(&mut ledger, 4 * HOUR, mishap);
        fault(&mut ledger, 4 * HOUR, "instanceDeaths");
        instance(&mut ledger, 4 * HOUR, "TERMINATED", Reason::Word("instanceDeaths"));
        assert_eq!(ledger.instances()[0].cost_nanos(100, SimTime::from_ms(5 * HOUR)), 200);
    }
}

#[test]
fn a_launch_that_was_given_up_costs_nothing() {
    let mut ledger = Ledger::default();
    launch(&mut ledger);
    // A call that fails may be told before the instance it was for.
    fault(&mut ledger, 10, "launchFailures");
    instance(&mut ledger, 10, "LAUNCHING", Reason::None);
    instance(&mut ledger, 30, "TERMINATED", Reason::None);
    let life = &ledger.instances()[0];
    assert_eq!((life.launched, life.registered), (Moment::at(SimTime::from_ms(10)), Moment::NEVER));
    assert_eq!(life.cost_nanos(100, SimTime::from_ms(HOUR)), 0);
}

#[test]
fn a_task_keeps_each_of_its_times_and_the_first_stop_code() {
    let mut ledger = Ledger::default();
    ledger.note(SimTime::ZERO, Observation::Created { task: T1, replaces: None });
    ledger.note(SimTime::ZERO, Observation::Created { task: T2, replaces: Some(T1) });
    task(&mut ledger, 0, T1, Some(I1), "HEALTHY", Reason::None);
    for (ms, on, to, why) in [
        (100, None, "PROVISIONING", Reason::None),
        (200, Some(I1), "PENDING", Reason::None),
        (300, Some(I1), "RUNNING", Reason::None),
        (400, Some(I1), "HEALTHY", Reason::None),
        (450, Some(I1), "RUNNING", Reason::Word("unhealthy")),
        (500, Some(I1), "STOPPING", Reason::Word("ServiceSchedulerInitiated")),
        (600, Some(I1), "STOPPED", Reason::Word("EssentialContainerExited")),
    ] {
        task(&mut ledger, ms, T2, on, to, why);
    }
    let [first, second] = ledger.tasks() else { panic!("two tasks") };
    let times = |t: &TaskLife| {
        format!(
            "{:?} {:?} {:?} {:?} {:?} {:?}",
            t.created, t.placed, t.running, t.healthy, t.stopping, t.stopped
        )
    };
    assert_eq!(times(first), "0.000 0.000 0.000 0.000 never never");
    assert_eq!(times(second), "0.100 0.200 0.300 0.400 0.500 0.600");
    assert_eq!((second.stop_code, second.replaces), ("ServiceSchedulerInitiated", Some(T1)));
}

#[test]
fn a_task_that_ends_by_itself_has_its_code_and_no_signal() {
    let to = |facts: &[(u64, &'static str, Reason)]| {
        let mut ledger = Ledger::default();
        ledger.note(SimTime::ZERO, Observation::Created { task: T1, replaces: None });
        for (ms, to, why) in facts {
            task(&mut ledger, *ms, T1, Some(I1), to, *why);
        }
        let t = &ledger.tasks()[0];
        (format!("{:?} {:?} {:?} {:?}", t.running, t.healthy, t.stopping, t.stopped), t.stop_code)
    };
    let word = Reason::Word;
    let pending = (1, "PENDING", Reason::None);
    let running = (2, "RUNNING", Reason::None);
    let healthy = (3, "HEALTHY", Reason::None);
    for (facts, times, code) in [
        (
            &[pending, (9, "STOPPED", word("TaskFailedToStart"))][..],
            "never never never 0.009",
            "TaskFailedToStart",
        ),
        (
            &[pending, running, (9, "STOPPED", word("EssentialContainerExited"))],
            "0.002 never never 0.009",
            "EssentialContainerExited",
        ),
        (
            &[pending, running, healthy, (9, "STOPPED", word("InfrastructureHealth"))],
            "0.002 0.003 never 0.009",
            "InfrastructureHealth",
        ),
        // That it was found to be unhealthy is no stop code; a signal is followed by the code that came with it.
        (
            &[
                pending,
                running,
                healthy,
                (5, "UNHEALTHY", word("health check")),
                (6, "STOPPING", word("SpotInterruption")),
                (9, "STOPPED", word("InfrastructureHealth")),
            ],
            "0.002 0.003 0.006 0.009",
            "SpotInterruption",
        ),
    ] {
        assert_eq!(to(facts), (times.to_owned(), code), "{facts:?}");
    }
}

#[test]
fn rows_are_small() {
    assert!(size_of::<TaskLife>() <= 120, "{}", size_of::<TaskLife>());
    assert!(size_of::<InstanceLife>() <= 120, "{}", size_of::<InstanceLife>());
}
