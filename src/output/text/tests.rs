use super::page::shorten;
use super::*;
use crate::kernel::{SimDuration, SimTime};
use crate::model::{DaemonId, DeploymentStatus, MonitorStatus, ServiceId};
use crate::output::fixture::{Failure, Made, Rollout};
use crate::record::{Bound, Expectation, Measure, Mishaps};

fn expectations() -> Vec<Expectation> {
    let daemon = DaemonId::new(0);
    let expectation = |path: &str, measure, bound| Expectation { path: path.to_owned(), measure, bound };
    vec![
        expectation(
            "deployments.my-monitoring-daemon.status",
            Measure::Status(daemon),
            Bound::Is(DeploymentStatus::Successful),
        ),
        expectation(
            "deployments.my-monitoring-daemon.duration.atMost",
            Measure::Duration(daemon),
            Bound::AtMost(600_000),
        ),
        expectation(
            "services.my-app-service.runningTasks.atLeast",
            Measure::RunningTasks(ServiceId::new(0)),
            Bound::AtLeast(262),
        ),
        expectation("cluster.cost.atMost", Measure::Cost, Bound::AtMost(12_500_000_000)),
    ]
}

#[test]
fn a_summary_reads_well() {
    let roll = Rollout { dips: true, ..Rollout::of(70, 18) };
    let mut made = Made::new("existing-capacity-provider").with(70, 280).rolled(roll).done();
    made.meta.description = "A monitoring daemon arrives on instances that already serve traffic.".to_owned();
    made.expectations = expectations();
    let assumptions =
        ["batchRounding: ceil (A-01): 25 % of 70 instances are 17.5, rounded up to 18.".to_owned()];
    let options = TextOptions { colour: false, assumptions: &assumptions, files: Some("out/existing") };
    assert_eq!(summary_text(&made.report(), &options), include_str!("summary.txt"));
}

/// The longest line of a summary, ANSI sequences aside.
fn widest(made: &Made, colour: bool) -> usize {
    let assumptions = ["bake: atEnd (A-14)".repeat(20)];
    let options =
        TextOptions { colour, assumptions: &assumptions, files: Some("/a/long/path".repeat(30).leak()) };
    let text = summary_text(&made.report(), &options);
    let plain = ["1", "2", "31", "32", "33", "0"]
        .into_iter()
        .fold(text, |text, code| text.replace(&format!("\x1b[{code}m"), ""));
    plain.lines().map(|line| line.chars().count()).max().unwrap_or(0)
}

#[test]
fn no_line_is_longer_than_eighty_columns() {
    let roll = Rollout { dips: true, ..Rollout::of(5_000, 125) };
    let second = Rollout { daemon: 1, provider: 1, ..Rollout::of(30, 5) };
    let failure = Failure { alarm: Some(0), ..Failure::of(roll, 40) };
    let made = Made::new(&"long-scenario-name".repeat(12)).with(5_000, 20_000);
    let made = made.rolled(roll).rolled(second).failed(failure).done();
    let mut made = made.ended_on(&[(0, 5_000), (1, 1_000), (2, 5)], 17);
    made.names.alarms = vec!["a".repeat(255), "b".repeat(255)];
    made.summary.cluster.mishaps.daemon_runtime_failures = 4_000_000_000;
    made.summary.cluster.mishaps.daemon_start_failures = 4_000_000_000;
    made.expectations = expectations();
    made.names.daemons = vec!["d".repeat(255), "e".repeat(255)];
    made.names.providers = vec!["p".repeat(255), "q".repeat(255)];
    made.names.services = vec!["s".repeat(255)];
    made.names.daemon_task_definitions = vec!["f".repeat(260); 3];
    made.meta.description = "x".repeat(500);
    made.summary.waves[3].daemon_failures = 4;
    made.summary.outcome = Outcome::Stalled;
    made.summary.outcome_reason = "my-monitoring-daemon/1 waits for room that nothing will bring".to_owned();
    made.summary.services[0].waiting = 1_234;
    for colour in [false, true] {
        assert_eq!(widest(&made, colour), 80);
    }
}

#[test]
fn of_many_waves_the_first_the_slowest_and_the_last_are_shown() {
    let mut made =
        Made::new("many").with(400, 0).rolled(Rollout { tasks_each: 0, ..Rollout::of(400, 10) }).done();
    let slow = &mut made.summary.waves[20];
    slow.finished = Some(slow.started + SimDuration::from_secs(7_500));
    let text = summary_text(&made.report(), &TextOptions::default());
    assert!(text.contains("2 h 05 m"), "{text}");
    assert!(text.contains("more waves in waves.csv"), "{text}");
    let rows = text.lines().filter(|line| line.starts_with("  my-monitoring-daemon/1  ")).count();
    assert!((9..=12).contains(&rows), "{rows} rows:\n{text}");
}

#[test]
fn a_run_that_did_not_end_by_itself_says_so() {
    let mut made = Made::new("cut").with(60, 240).rolled(Rollout::of(60, 20)).done();
    let d = &mut made.summary.deployments[0];
    (d.finished, d.status, d.status_reason) =
        (None, DeploymentStatus::InProgress, "wave 2 waits for 20 instances".to_owned());
    made.summary.ended_at = SimTime::from_ms(500_000);
    for (outcome, reason, said) in [
        (Outcome::Horizon, "", "The horizon ended the run at 0:08:20"),
        (Outcome::Stalled, "no capacity", "nothing moves it: no capacity."),
        (Outcome::Limit, "10,000 events", "A limit ended the run at 0:08:20"),
    ] {
        (made.summary.outcome, made.summary.outcome_reason) = (outcome, reason.to_owned());
        let text = summary_text(&made.report(), &TextOptions::default());
        let flowing = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flowing.contains(said), "{text}");
        assert!(flowing.contains("Not finished when the run ended"), "{text}");
        assert!(flowing.contains("Reason: wave 2 waits for 20 instances."), "{text}");
    }
}

#[test]
fn a_run_without_deployments_is_fine() {
    let text = summary_text(&Made::new("nothing").done().report(), &TextOptions::default());
    assert!(text.contains("Deployments\n  None.\n"), "{text}");
}

#[test]
fn a_description_cannot_steer_the_terminal() {
    let mut made = Made::new("nothing").done();
    made.meta.description = "red \x1b[31mwords\x07 and\u{9b}more".to_owned();
    let text = summary_text(&made.report(), &TextOptions::default());
    assert!(text.contains("red [31mwords and more\n"), "{text}");
    assert!(!text.chars().any(|c| c.is_control() && c != '\n'));
}

#[test]
fn long_names_keep_their_number() {
    assert_eq!(shorten("my-monitoring-daemon/12", 12), "my-monit…/12");
    assert_eq!(shorten("my-monitoring-daemon", 5), "my-m…");
    assert_eq!(shorten("short", 5), "short");
    assert_eq!(shorten("abc", 0), "");
}

/// A part of the summary: what follows a heading.
fn part(made: &Made, heading: &str) -> String {
    let text = summary_text(&made.report(), &TextOptions::default());
    let (_, after) = text.split_once(&format!("\n\n{heading}\n")).unwrap_or_else(|| panic!("{text}"));
    after.split("\n\n").next().unwrap_or_default().to_owned()
}

fn roll() -> Rollout {
    Rollout::of(70, 18)
}

/// A deployment that was stopped, at times that can be checked by hand: created at 4:52, IN_PROGRESS at 5:00, stopped
/// at 11:02, over at 15:12, with 37.5 minutes of instances.
fn stopped(failure: Failure) -> Made {
    let mut made = Made::new("stopped").with(70, 280).failed(failure).done().ended_on(&[(0, 70)], 0);
    let d = &mut made.summary.deployments[0];
    let at = |s: u64| Some(SimTime::from_ms(s * 1000));
    (d.started, d.detected, d.finished) = (at(300), at(662), at(912));
    d.rollback_started = d.rollback_started.and(d.detected);
    (d.created, d.exposure_ms) = (SimTime::from_ms(292_000), 2_250_000);
    (d.tasks_touched, d.tasks_moved, d.tasks_moved_again) = (90, 102, 12);
    made
}

#[test]
fn a_deployment_that_the_breaker_stopped_says_how_far_it_got_and_where_the_fleet_ended() {
    let mut made = stopped(Failure::of(roll(), 1));
    made.summary.waves[0].finished = Some(SimTime::from_ms(700_000));
    let expected = "  my-monitoring-daemon/1  ROLLBACK_SUCCESSFUL
    The circuit breaker stopped it at 0:11:02, 6 m 02 s after it began, in wave
    1, at 35 failures of 35.
    reached   18 of 70 instances in 1 wave; 90 tasks moved 102 times
    exposure  37.5 instance-minutes on my-daemon-task:2
    rollback  to my-daemon-task:1 in 4 m 10 s, 1 wave over 18 instances
    in all    10 m 20 s from its request
    fleet     70 instances on my-daemon-task:1";
    assert_eq!(part(&made, "Deployments"), expected);
    let waves = part(&made, "Waves");
    assert!(waves.contains("  back 2  ") && waves.contains("failed: failures of the daemon."), "{waves}");
}

#[test]
fn a_deployment_that_an_alarm_stopped_in_its_bake_says_so() {
    let mut made = stopped(Failure { alarm: Some(0), ..Failure::of(roll(), 4) });
    let d = &mut made.summary.deployments[0];
    (d.breaker_failures, d.bake_started) = (2, Some(SimTime::from_ms(590_000)));
    (d.tasks_moved, d.tasks_moved_again) = (90, 0);
    for wave in &mut made.summary.waves {
        wave.finished = Some(wave.started);
    }
    let expected = "  my-monitoring-daemon/1  ROLLBACK_SUCCESSFUL
    Alarm agent-errors stopped it at 0:11:02, 6 m 02 s after it began, 1 m 12 s
    into its bake; the circuit breaker had counted 2 failures of 35.
    reached   70 of 70 instances in 4 waves; 90 tasks moved
    exposure  37.5 instance-minutes on my-daemon-task:2
    rollback  to my-daemon-task:1 in 4 m 10 s, 4 waves over 70 instances
    in all    10 m 20 s from its request
    fleet     70 instances on my-daemon-task:1";
    assert_eq!(part(&made, "Deployments"), expected);
}

#[test]
fn without_a_source_there_is_no_rollback_and_the_fleet_is_told() {
    let mut made = stopped(Failure { status: DeploymentStatus::Stopped, ..Failure::of(roll(), 2) });
    made.summary.waves[0].finished = Some(made.summary.waves[0].started);
    made.summary.waves[1].finished = Some(SimTime::from_ms(662_000));
    let d = &mut made.summary.deployments[0];
    (d.finished, d.status_reason) = (d.detected, "there is no revision to return to".to_owned());
    d.source_revisions.clear();
    let expected = "  my-monitoring-daemon/1  STOPPED
    The circuit breaker stopped it at 0:11:02, 6 m 02 s after it began, in wave
    2, at 35 failures of 35.
    reached   36 of 70 instances in 2 waves; 90 tasks moved 102 times
    exposure  37.5 instance-minutes on my-daemon-task:2
    rollback  none, for want of a source
    reason    there is no revision to return to
    in all    6 m 10 s from its request
    fleet     30 instances on my-daemon-task:2, 40 without the daemon";
    assert_eq!(part(&made.ended_on(&[(1, 30)], 40), "Deployments"), expected);
}

#[test]
fn a_stalled_rollback_says_what_blocks_it_and_since_when() {
    let mut made =
        stopped(Failure { status: DeploymentStatus::RollbackInProgress, ..Failure::of(roll(), 1) });
    let waves = &mut made.summary.waves;
    waves[0].finished = Some(SimTime::from_ms(700_000));
    (waves[1].started, waves[1].finished) = (SimTime::from_ms(700_000), None);
    (made.summary.outcome, made.summary.ended_at) = (Outcome::Stalled, SimTime::from_ms(902_000));
    let d = &mut made.summary.deployments[0];
    (d.finished, d.status_reason) = (None, "wave 2 waits for room that nothing will bring".to_owned());
    let expected = "  my-monitoring-daemon/1  ROLLBACK_IN_PROGRESS
    The circuit breaker stopped it at 0:11:02, 6 m 02 s after it began, in wave
    1, at 35 failures of 35.
    reached   18 of 70 instances in 1 wave; 90 tasks moved 102 times
    exposure  37.5 instance-minutes on my-daemon-task:2
    rollback  to my-daemon-task:1 unfinished when the run ended, after 4 m 00 s,
              1 wave over 18 instances. Wave 2 has been under way since 0:11:40.
    reason    wave 2 waits for room that nothing will bring
    fleet     mixed: 52 instances on my-daemon-task:1, 18 on my-daemon-task:2, 3
              without the daemon";
    assert_eq!(part(&made.ended_on(&[(0, 52), (1, 18)], 3), "Deployments"), expected);
}

#[test]
fn other_ends_of_a_rollback_are_told() {
    let mut made = stopped(Failure::of(roll(), 1));
    for (status, said) in [
        (DeploymentStatus::RollbackFailed, "rollback  to my-daemon-task:1 failed after 4 m 10 s, 1 wave"),
        (
            DeploymentStatus::Stopped,
            "rollback  to my-daemon-task:1 ended by a newer deployment after 4 m 10 s",
        ),
    ] {
        made.summary.deployments[0].status = status;
        let text = part(&made, "Deployments");
        assert!(text.contains(said), "{text}");
    }
    let d = &mut made.summary.deployments[0];
    (d.breaker_status, d.rollback_reason) = (MonitorStatus::MonitoringComplete, "a meteor".to_owned());
    let text = part(&made, "Deployments");
    assert!(text.contains("It was stopped at 0:11:02") && text.contains(": a meteor."), "{text}");
}

#[test]
fn a_fleet_that_is_not_whole_is_told_of_a_success_too() {
    let made = Made::new("silent").with(60, 240).rolled(Rollout::of(60, 20)).done();
    assert!(!part(&made, "Deployments").contains("fleet"));
    let text = part(&made.ended_on(&[], 60), "Deployments");
    assert!(text.ends_with("\n    fleet     60 instances without the daemon"), "{text}");
}

#[test]
fn an_unfinished_deployment_says_since_when() {
    let mut made = Made::new("cut").with(60, 240).rolled(Rollout::of(60, 20)).done();
    let d = &mut made.summary.deployments[0];
    (d.finished, d.status) = (None, DeploymentStatus::InProgress);
    let baking = part(&made, "Deployments");
    assert!(baking.contains("It has baked since 0:12:36."), "{baking}");
    made.summary.waves[2].finished = None;
    let rolling = part(&made, "Deployments");
    assert!(rolling.contains("Wave 3 has been under way"), "{rolling}");
}

#[test]
fn mishaps_are_counted() {
    let mut made = Made::new("bad").with(70, 280).rolled(roll()).done();
    assert!(!summary_text(&made.report(), &TextOptions::default()).contains("Mishaps"));
    made.summary.cluster.mishaps = Mishaps {
        repairs: 12,
        deaths: 3,
        registration_failures: 4,
        launch_failures: 17,
        daemon_start_failures: 1_045,
        daemon_runtime_failures: 2,
        ..Mishaps::default()
    };
    let expected = "  launch calls      17 refused
  registrations     4 failed
  daemon tasks      1,045 failed to start, 2 failed after they ran
  instances         12 drained by auto repair, 3 died";
    assert_eq!(part(&made, "Mishaps"), expected);
}
