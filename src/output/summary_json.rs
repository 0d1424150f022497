//! `summary.json`: a run in short, for programs. Its keys are documented in `docs/output.md`, and a sweep's
//! columns are named after them: `deployments.my-daemon.duration_s`.

use std::io;

use super::RunReport;
use super::json::Json;
use super::shown::{bound_json, shown_json};
use crate::model::{DaemonTaskDefinitionId, DeploymentStatus, MonitorStatus, Names, RevisionName};
use crate::record::{
    ClusterSummary, DaemonSummary, DeploymentSummary, Expectation, RunSummary, ServiceSummary, WaveSummary,
};

/// Writes `summary.json`.
pub fn write_summary_json(report: &RunReport<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let RunReport { names, meta, summary: run, .. } = *report;
    let seen: Vec<Json> = run.deployments.iter().map(|d| deployment(names, d)).collect();
    Json::object([
        ("scenario", Json::text(&meta.scenario)),
        ("description", Json::text(&meta.description)),
        ("seed", Json::whole(meta.seed)),
        ("replication", Json::whole(meta.replication)),
        ("outcome", Json::text(run.outcome.word())),
        ("outcome_reason", Json::text(&run.outcome_reason)),
        ("ended_at_s", Json::time(run.ended_at)),
        ("events", Json::whole(run.events)),
        ("fingerprint", Json::text(format!("{:016x}", run.fingerprint))),
        ("cluster", cluster(&run.cluster)),
        ("deployments", last_deployments(names, run)),
        ("services", Json::object(run.services.iter().map(|s| (names.service(s.service), service(s))))),
        ("daemons", Json::object(run.daemons.iter().map(|d| (names.daemon(d.daemon), daemon(names, d))))),
        ("all_deployments", Json::List(seen)),
        ("waves", Json::list(run.waves.iter().map(|w| wave(names, w)))),
        (
            "assumptions",
            Json::object(report.assumptions.iter().map(|(name, word)| (*name, Json::text(word)))),
        ),
        ("expectations", Json::list(report.expectations.iter().map(|e| expectation(e, run)))),
    ])
    .write(out)
}

/// The last deployment of each daemon that had one, in the order of daemons.
fn last_deployments(names: &Names, run: &RunSummary) -> Json {
    Json::object(run.daemons.iter().filter_map(|daemon| {
        let last = run.deployments.iter().rev().find(|d| d.name.daemon == daemon.daemon)?;
        Some((names.daemon(daemon.daemon), deployment(names, last)))
    }))
}

fn deployment(names: &Names, d: &DeploymentSummary) -> Json {
    let revision = |id: DaemonTaskDefinitionId| Json::text(names.revision(RevisionName::Daemon(id)));
    Json::object([
        ("deployment", Json::text(names.deployment(d.name))),
        ("daemon", Json::text(names.daemon(d.name.daemon))),
        ("source_revisions", Json::list(d.source_revisions.iter().map(|&id| revision(id)))),
        ("target_revision", Json::maybe(d.target_revision, revision)),
        ("status", Json::text(d.status.word())),
        ("status_reason", Json::text(&d.status_reason)),
        ("created_s", Json::time(d.created)),
        ("started_s", Json::maybe(d.started, Json::time)),
        ("bake_started_s", Json::maybe(d.bake_started, Json::time)),
        ("finished_s", Json::maybe(d.finished, Json::time)),
        ("duration_s", Json::maybe(d.duration(), Json::length)),
        ("waves", Json::whole(d.waves)),
        ("instances_replaced", Json::whole(d.instances_replaced)),
        ("breaker_threshold", Json::maybe(d.breaker_threshold, Json::whole)),
        ("breaker_failures", Json::whole(d.breaker_failures)),
        ("breaker_status", Json::text(d.breaker_status.word())),
        ("alarms_triggered", Json::list(d.alarms_triggered.iter().map(|id| Json::text(names.alarm(*id))))),
        ("rollback_reason", Json::text(&d.rollback_reason)),
        ("rollback_started_s", Json::maybe(d.rollback_started, Json::time)),
        ("tasks_moved", Json::whole(d.tasks_moved)),
        ("tasks_moved_again", Json::whole(d.tasks_moved_again)),
        ("alarms", Json::list(d.alarms.iter().map(|id| Json::text(names.alarm(*id))))),
        ("alarm_status", Json::text(d.alarm_status.word())),
        ("exposure_instance_s", Json::maybe(d.exposure(), |ms| Json::Number(super::decimal::milli(ms)))),
        ("instances_touched", Json::whole(d.instances_touched)),
        ("tasks_touched", Json::whole(d.tasks_touched)),
        ("time_to_detect_s", Json::maybe(d.time_to_detect(), Json::length)),
        ("time_to_roll_back_s", Json::maybe(d.time_to_roll_back(), Json::length)),
        ("successful", Json::Bool(d.status == DeploymentStatus::Successful)),
        ("rolled_back", Json::Bool(d.is_rolled_back())),
        ("breaker_triggered", Json::Bool(d.breaker_status == MonitorStatus::Triggered)),
        ("alarm_triggered", Json::Bool(d.alarm_status == MonitorStatus::Triggered)),
        (
            "batches",
            Json::list(d.batches.iter().map(|batch| {
                Json::object([
                    ("capacity_provider", Json::maybe(batch.provider, |id| Json::text(names.provider(id)))),
                    ("size", Json::whole(batch.size)),
                    ("of", Json::whole(batch.of)),
                ])
            })),
        ),
    ])
}

fn wave(names: &Names, w: &WaveSummary) -> Json {
    Json::object([
        ("deployment", Json::text(names.deployment(w.deployment))),
        ("direction", Json::text(w.direction.word())),
        ("capacity_provider", Json::text(names.provider(w.provider))),
        ("wave", Json::whole(w.wave)),
        ("instances", Json::whole(w.instances)),
        ("started_s", Json::time(w.started)),
        ("finished_s", Json::maybe(w.finished, Json::time)),
        ("duration_s", Json::maybe(w.finished, |end| Json::length(end.since(w.started)))),
        ("daemon_failures", Json::whole(w.daemon_failures)),
        ("slowest_instance", Json::maybe(w.slowest_instance, |i| Json::text(names.instance(i)))),
        ("slowest_stage", Json::maybe(w.slowest_stage, |stage| Json::text(stage.word()))),
        ("min_app_running", Json::whole(w.min_app_running)),
    ])
}

fn service(s: &ServiceSummary) -> Json {
    Json::object([
        ("desired", Json::whole(s.desired)),
        ("min_running", Json::maybe(s.min_running, Json::whole)),
        ("min_running_at_s", Json::maybe(s.min_running, |_| Json::time(s.min_running_at))),
        ("min_healthy", Json::maybe(s.min_healthy, Json::whole)),
        ("below_desired_s", Json::length(s.below_desired)),
        ("task_seconds_lost", Json::Number(super::decimal::milli(s.task_ms_lost))),
        ("interruptions", Json::whole(s.interruptions)),
        ("max_interruptions_per_task", Json::whole(s.max_interruptions_per_task)),
        ("placement_wait_p95_s", Json::maybe(s.placement_wait_p95, Json::length)),
        ("waiting", Json::whole(s.waiting)),
    ])
}

fn daemon(names: &Names, d: &DaemonSummary) -> Json {
    let revisions = d
        .current_revisions
        .iter()
        .map(|&(id, instances)| (names.revision(RevisionName::Daemon(id)), Json::whole(instances)));
    Json::object([
        ("status", Json::text(d.status.word())),
        ("current_revisions", Json::object(revisions)),
        ("without_daemon", Json::whole(d.without_daemon)),
    ])
}

fn cluster(c: &ClusterSummary) -> Json {
    let mut keys = vec![
        ("instances_start", Json::whole(c.instances_start)),
        ("instances_end", Json::whole(c.instances_end)),
        ("instances_max", Json::whole(c.instances_max)),
        ("active_min", Json::whole(c.active_min)),
        ("active_min_at_s", Json::time(c.active_min_at)),
        ("app_running_min", Json::maybe(c.app_running_min, Json::whole)),
        ("app_running_min_at_s", Json::maybe(c.app_running_min, |_| Json::time(c.app_running_min_at))),
        ("app_desired_then", Json::maybe(c.app_running_min, |_| Json::whole(c.app_desired_then))),
        ("launched", Json::whole(c.launched)),
        ("terminated", Json::whole(c.terminated)),
        ("tasks_moved", Json::whole(c.tasks_moved)),
        ("tasks_moved_again", Json::whole(c.tasks_moved_again)),
        ("instance_seconds", Json::Number(super::decimal::milli(c.instance_ms))),
        ("cost", Json::dollars(c.cost_nanos)),
        ("requests_refused", Json::whole(c.requests_refused)),
    ];
    keys.extend(c.mishaps.counts().map(|(key, count)| (key, Json::whole(count))));
    Json::object(keys)
}

fn expectation(e: &Expectation, run: &RunSummary) -> Json {
    let (shown, held) = e.judge(run);
    Json::object([
        ("path", Json::text(&e.path)),
        ("expected", bound_json(e.measure, e.bound)),
        ("shown", shown_json(e.measure, shown)),
        ("held", Json::Bool(held)),
    ])
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::kernel::SimTime;
    use crate::model::{DaemonId, DeploymentStatus};
    use crate::output::fixture::{Failure, Made, Rollout};
    use crate::record::{Bound, Measure};

    fn written(made: &Made) -> String {
        let mut out = Vec::new();
        write_summary_json(&made.report(), &mut out).expect("memory");
        String::from_utf8(out).expect("text")
    }

    fn made() -> Made {
        let expectation = |path: &str, measure, bound| Expectation { path: path.to_owned(), measure, bound };
        let daemon = DaemonId::new(0);
        let first = Rollout::of(4, 2);
        let second = Rollout { begins_ms: 3_600_000, ..first };
        let mut made = Made::new("twice").with(4, 16).rolled(first).rolled(second).done();
        made.expectations = vec![
            expectation(
                "deployments.d.status",
                Measure::Status(daemon),
                Bound::Is(DeploymentStatus::Successful),
            ),
            expectation("deployments.d.duration.atMost", Measure::Duration(daemon), Bound::AtMost(1_500)),
            expectation("cluster.cost.atMost", Measure::Cost, Bound::AtMost(12_500_000_000)),
        ];
        made
    }

    #[test]
    fn numbers_sit_where_a_sweep_looks_for_them() {
        let made = made();
        let json: Value = serde_json::from_str(&written(&made)).expect("valid JSON");
        let last = &json["deployments"]["my-monitoring-daemon"];
        assert_eq!(last["deployment"], "my-monitoring-daemon/2");
        assert_eq!(last["waves"], 2);
        assert_eq!(last["duration_s"], json["all_deployments"][1]["duration_s"]);
        assert_eq!(json["services"]["my-app-service"]["min_running"], 16);
        assert_eq!(json["daemons"]["my-monitoring-daemon"]["current_revisions"]["my-daemon-task:2"], 4);
        assert_eq!(json["cluster"]["instances_start"], 4);
        assert_eq!(json["all_deployments"].as_array().map(Vec::len), Some(2));
        assert_eq!(json["waves"].as_array().map(Vec::len), Some(4));
        assert_eq!(json["assumptions"]["batchRounding"], "ceil");
        assert_eq!(json["fingerprint"], "00abcdef01234567");
    }

    #[test]
    fn a_stopped_deployment_tells_what_it_cost() {
        let failure = Failure { alarm: Some(1), ..Failure::of(Rollout::of(70, 18), 1) };
        let mut made = Made::new("stopped").with(70, 280).failed(failure).done();
        let d = &mut made.summary.deployments[0];
        let at = |s: u64| Some(SimTime::from_ms(s * 1000));
        (d.started, d.detected, d.finished, d.exposure_ms) = (at(300), at(662), at(912), 2_250_001);
        d.rollback_started = d.detected;
        made.summary.cluster.mishaps.deaths = 3;
        let text = written(&made);
        let json: Value = serde_json::from_str(&text).expect("valid JSON");
        let d = &json["deployments"]["my-monitoring-daemon"];
        assert_eq!(d["alarms"], serde_json::json!(["agent-errors", "=cmd"]));
        assert_eq!(d["alarms_triggered"], serde_json::json!(["=cmd"]));
        assert_eq!(d["alarm_status"], "TRIGGERED");
        assert_eq!((&d["instances_touched"], &d["tasks_touched"]), (&18.into(), &60.into()));
        assert_eq!(
            (&json["cluster"]["instance_deaths"], &json["cluster"]["repairs"]),
            (&3.into(), &0.into())
        );
        assert_eq!(json["waves"][1]["direction"], "rollback");
        for line in [
            "      \"exposure_instance_s\": 2250.001,",
            "      \"time_to_detect_s\": 362.000,",
            "      \"time_to_roll_back_s\": 250.000,",
        ] {
            assert!(text.lines().any(|l| l == line), "{line} is not in\n{text}");
        }
    }

    #[test]
    fn numbers_are_exact_and_absent_ones_are_null() {
        let mut made = made();
        made.summary.cluster.cost_nanos = 12_345_678_900;
        made.summary.deployments[1].finished = None;
        let text = written(&made);
        for line in [
            "    \"cost\": 12.345679,",
            "      \"created_s\": 292.000,",
            "      \"duration_s\": null,",
            "      \"task_seconds_lost\": 123.456,",
            "      \"expected\": 1.500,",
            "      \"shown\": null,",
            "      \"held\": false",
        ] {
            assert!(text.lines().any(|l| l == line), "{line} is not in\n{text}");
        }
    }
}
