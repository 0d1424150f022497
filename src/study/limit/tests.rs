use super::*;
use crate::record::{Column, Unit};
use crate::scenario::{Remark, Remarks};

const COLUMNS: &[(&str, Unit)] = &[
    ("deployments.agent.duration_s", Unit::Milliseconds),
    ("deployments.agent.successful", Unit::Flag),
    ("deployments.agent.rolled_back", Unit::Flag),
    ("services.my-app.min_running", Unit::Count),
    ("services.my-app.desired", Unit::Count),
    ("cluster.instances_start", Unit::Count),
    ("cluster.active_min", Unit::Count),
    ("cluster.cost", Unit::MicroDollars),
    ("expect.1", Unit::Flag),
    ("expect.2", Unit::Flag),
    ("deployments.agent.status", Unit::Status),
];

/// 45 minutes, successful, not rolled back, 224 of 280 tasks, 32 of 40 instances, 12.50 $, both as expected.
const ROW: [u64; 11] = [2_700_000, 1, 0, 224, 280, 40, 32, 12_500_000, 1, 1, 2];

fn with<T>(bad: bool, ask: impl FnOnce(&Wording<'_>) -> T) -> T {
    let column =
        |(name, unit): &(&str, Unit)| Column { name: (*name).to_owned(), unit: *unit, optional: true };
    let columns: Vec<Column> = COLUMNS.iter().map(column).collect();
    ask(&Wording::new(&columns, "agent", bad, 0.95))
}

fn limit(text: &str) -> Result<Limit, Box<Remark>> {
    with(true, |wording| wording.limit(text))
}

fn holds(text: &str, row: &[u64]) -> bool {
    limit(text).unwrap_or_else(|remark| panic!("{text}: {remark:?}")).condition.holds(row)
}

/// Each of these lies exactly on its bound.
#[test]
fn bounds_are_exact() {
    for measure_and_value in [
        ("services.my-app.runningTasks", "80%"),
        ("services.my-app.min_running", "224"),
        ("duration", "45m"),
        ("deployments.agent.duration", "2700"),
        ("deployments.agent.duration_s", "2700.0"),
        ("cluster.active_min", "80%"),
        ("cluster.cost", "12.5"),
        ("cost", "12.50"),
    ] {
        let (measure, value) = measure_and_value;
        for (sign, expected) in
            [(">=", true), ("≥", true), ("<=", true), ("≤", true), ("==", true), (">", false), ("<", false)]
        {
            assert_eq!(holds(&format!("{measure} {sign} {value}"), &ROW), expected, "{measure}{sign}{value}");
        }
    }
    assert!(!holds("services.my-app.runningTasks >= 80.000001%", &ROW));
    assert!(!holds("duration<=44m59s999ms", &ROW));
}

#[test]
fn conditions_have_their_arm_and_their_share() {
    for (text, arm, want, held) in [
        ("duration <= 1h", Arm::Good, Want::AtLeast(0.95), true),
        ("P(rollback) <= 1%", Arm::Good, Want::AtMost(0.01), false),
        ("P(false  rollback) < 0.5%", Arm::Good, Want::AtMost(0.005), false),
        ("P( caught ) >= 90%", Arm::Bad, Want::AtLeast(0.9), false),
        ("p (success)>0.999", Arm::Good, Want::AtLeast(0.999), true),
        ("P(expectations) >= 90%", Arm::Good, Want::AtLeast(0.9), true),
        ("P(services.my-app.runningTasks < 80%) ≤ 2%", Arm::Good, Want::AtMost(0.02), false),
    ] {
        let found = limit(text).unwrap_or_else(|remark| panic!("{text}: {remark:?}"));
        assert_eq!((found.arm, found.want, found.condition.holds(&ROW)), (arm, want, held), "{text}");
        assert_eq!(found.text, text);
    }
    let success = with(false, |wording| wording.success()).expect("a daemon");
    assert_eq!(success.text, "P(success) >= 95%");
    assert!(success.implied && success.condition.holds(&ROW));
}

#[test]
fn what_never_came_to_be_keeps_no_limit() {
    let mut row = ROW;
    row[0] = ABSENT;
    row[3] = ABSENT;
    assert!(!holds("duration <= 1h", &row) && !holds("duration >= 1s", &row));
    assert!(!holds("services.my-app.runningTasks >= 0", &row));
    row[3] = 280;
    row[4] = ABSENT;
    assert!(!holds("services.my-app.runningTasks >= 80%", &row));
}

#[test]
fn an_expectation_that_did_not_hold_spoils_all() {
    let mut row = ROW;
    row[9] = 0;
    assert!(!holds("P(expectations) >= 90%", &row));
}

#[test]
fn what_is_wrong_is_pointed_at() {
    for (text, at, message, near) in [
        ("", 0..1, "there is no limit here", ""),
        ("fast", 0..4, "`fast` compares nothing", ""),
        ("caught", 0..6, "how often `caught` may or must happen is missing: P(caught) >= 90%", ""),
        (">= 5", 0..1, "there is no measure here", ""),
        ("duration >=", 11..12, "there is no value here", ""),
        ("duration <= soon", 12..16, "`soon` is not a value of `deployments.agent.duration_s`", ""),
        (
            "duration <= 80%",
            12..15,
            "there is no whole of which `deployments.agent.duration_s` is a share",
            "",
        ),
        ("cost <= 45m", 8..11, "`cluster.cost` is not a time", ""),
        ("duration = 5", 0..12, "`duration = 5` compares nothing", ""),
        (
            " services.my-app.runingTasks >= 80%",
            1..28,
            "`services.my-app.runingTasks` is not a measure of this scenario's runs",
            "services.my-app.runningTasks",
        ),
        (
            "deployments.agent.status == 2",
            0..24,
            "`deployments.agent.status` is not a measure of this scenario's runs",
            "deployments.agent.duration",
        ),
        ("P(rolback) <= 1%", 2..9, "`rolback` is not a condition", "rollback"),
        ("P() <= 1%", 2..3, "there is no condition here", ""),
        ("P(rollback <= 1%", 0..16, "the bracket of `P(` is never closed", ""),
        ("P(rollback)", 11..12, "how often that may or must happen is missing", ""),
        ("P(rollback) often", 12..17, "how often that may or must happen is missing", ""),
        ("P(rollback) == 1%", 12..15, "no number of runs shows that a share is exactly this", ""),
        (
            "P(rollback) <= 0%",
            15..17,
            "no number of runs shows that a share is 0% or 100%; it must lie between",
            "",
        ),
        (
            "P(rollback) <= 5",
            15..16,
            "no number of runs shows that a share is 0% or 100%; it must lie between",
            "",
        ),
    ] {
        let remark = limit(text).expect_err(text);
        assert_eq!((remark.at.clone(), remark.message.as_str()), (at, message), "{text}");
        let mut remarks = Remarks::default();
        remarks.about("--limit", text);
        remarks.push(*remark);
        let mistakes = remarks.check().expect_err("a mistake");
        let [shown] = mistakes.diagnostics() else { panic!("{text}: {mistakes}") };
        assert_eq!((shown.source.as_str(), shown.near.as_deref().unwrap_or("")), ("--limit", near), "{text}");
    }
    let remark = with(false, |wording| wording.limit("P(caught) >= 90%")).expect_err("no bad revision");
    assert_eq!(remark.message, "nothing says what a bad revision is, so none can be caught");
}

/// 0 of 300: the true share lies below 1 % with 95.1 % (0.99³⁰⁰ = 0.049). 59 of 59: above 95 % with 95.15 %.
#[test]
fn verdicts_are_sure() {
    assert_eq!(Want::AtMost(0.01).judge(0, 300, 0.05).verdict, Judgement::Met);
    assert_eq!(Want::AtMost(0.01).judge(0, 298, 0.05).verdict, Judgement::Open);
    assert_eq!(Want::AtLeast(0.95).judge(59, 59, 0.05).verdict, Judgement::Met);
    assert_eq!(Want::AtLeast(0.95).judge(58, 58, 0.05).verdict, Judgement::Open);
    assert_eq!(Want::AtLeast(0.95).judge(0, 2, 0.05).verdict, Judgement::Missed);
    assert_eq!(Want::AtMost(0.01).judge(3, 3, 0.05).verdict, Judgement::Missed);
    assert_eq!(Want::AtMost(0.01).judge(0, 0, 0.05).verdict, Judgement::Open);
}
