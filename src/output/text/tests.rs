use super::page::shorten;
use super::*;
use crate::kernel::{SimDuration, SimTime};
use crate::model::{DaemonId, DeploymentStatus, ServiceId};
use crate::output::fixture::{Made, Rollout};
use crate::record::{Bound, Expectation, Measure};

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
    let mut made =
        Made::new(&"long-scenario-name".repeat(12)).with(5_000, 20_000).rolled(roll).rolled(second).done();
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
        (Outcome::Stalled, "no capacity", "nothing will move it: no capacity."),
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
