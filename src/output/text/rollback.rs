//! What stopped a deployment, how far it had got, and what became of the fleet.

use super::page::Page;
use super::sentences::{counted, since, sources};
use crate::kernel::SimTime;
use crate::model::{DeploymentStatus, MonitorStatus, RevisionName};
use crate::output::RunReport;
use crate::output::decimal::grouped;
use crate::output::human::{clock, human, instance_time};
use crate::record::{DeploymentSummary, Direction, WaveSummary};

/// Writes of a deployment that was stopped at this time.
pub(super) fn write(page: &mut Page, report: &RunReport<'_>, d: &DeploymentSummary, stopped: SimTime) {
    page.plain_below(&trigger(report, d, stopped));
    page.pair_below("reached", &reached(report, d));
    if let (Some(ms), Some(target)) = (d.exposure(), d.target_revision) {
        let target = report.names.revision(RevisionName::Daemon(target));
        page.pair_below("exposure", &format!("{} on {target}", instance_time(ms)));
    }
    page.pair_below("rollback", &format!("{}{}", rollback(report, d, stopped), since(report, d)));
    let reason = d.status_reason.trim_end_matches('.');
    if d.status != DeploymentStatus::RollbackSuccessful
        && !reason.is_empty()
        && reason != d.rollback_reason.trim_end_matches('.')
    {
        page.pair_below("reason", reason);
    }
    if let Some(took) = d.duration() {
        page.pair_below("in all", &format!("{} from its request", human(took)));
    }
}

/// Where the fleet of a deployment's daemon stands at the end of the run; nothing when it stands as it should, and of
/// a daemon that has had other deployments since, or is gone.
pub(super) fn fleet(page: &mut Page, report: &RunReport<'_>, d: &DeploymentSummary) {
    let run = report.summary;
    let last = run.deployments.iter().rev().find(|other| other.name.daemon == d.name.daemon);
    let daemon = run.daemons.iter().find(|daemon| daemon.daemon == d.name.daemon);
    let is_last = last.is_some_and(|last| last.name == d.name);
    let (Some(daemon), true, Some(_)) = (daemon, is_last, d.target_revision) else { return };
    let whole = daemon.current_revisions.len() < 2 && daemon.without_daemon == 0;
    if whole && d.detected.is_none() {
        return;
    }
    let mut parts: Vec<String> = Vec::new();
    for &(revision, n) in &daemon.current_revisions {
        let name = report.names.revision(RevisionName::Daemon(revision));
        parts.push(match parts.len() {
            0 => format!("{} on {name}", counted(n, "instance")),
            _ => format!("{} on {name}", grouped(n.into())),
        });
    }
    if daemon.without_daemon > 0 {
        let n = daemon.without_daemon;
        parts.push(match parts.len() {
            0 => format!("{} without the daemon", counted(n, "instance")),
            _ => format!("{} without the daemon", grouped(n.into())),
        });
    }
    if parts.is_empty() {
        parts.push("no instance has the daemon".to_owned());
    }
    let mixed = if daemon.current_revisions.len() > 1 { "mixed: " } else { "" };
    page.pair_below("fleet", &format!("{mixed}{}", parts.join(", ")));
}

/// "The circuit breaker stopped it at 0:14:02, 6 m 02 s after it began, in wave 1, at 3 failures of 3."
fn trigger(report: &RunReport<'_>, d: &DeploymentSummary, stopped: SimTime) -> String {
    let alarms: Vec<&str> = d.alarms_triggered.iter().map(|id| report.names.alarm(*id)).collect();
    let tripped = d.breaker_status == MonitorStatus::Triggered;
    let what = match (&alarms[..], tripped) {
        ([], true) => "The circuit breaker stopped it".to_owned(),
        ([], false) => "It was stopped".to_owned(),
        ([one], _) => format!("Alarm {one} stopped it"),
        (several, _) => format!("Alarms {} stopped it", several.join(", ")),
    };
    let mut said = format!("{what} at {}", clock(stopped));
    if let Some(took) = d.time_to_detect() {
        said.push_str(&format!(", {} after it began", human(took)));
    }
    said.push_str(&place(report, d, stopped));
    let failures = match (d.breaker_failures, d.breaker_threshold) {
        (n, Some(of)) => format!("{} of {}", counted(n, "failure"), grouped(of.into())),
        (n, None) => counted(n, "failure"),
    };
    match d.breaker_failures {
        0 => {}
        _ if tripped => said.push_str(&format!(", at {failures}")),
        _ => said.push_str(&format!("; the circuit breaker had counted {failures}")),
    }
    let reason = d.rollback_reason.trim_end_matches('.');
    if alarms.is_empty() && !tripped && !reason.is_empty() {
        said.push_str(&format!(": {reason}"));
    }
    said.push('.');
    said
}

/// In which wave, or how far into the bake.
fn place(report: &RunReport<'_>, d: &DeploymentSummary, stopped: SimTime) -> String {
    let during = |w: &&WaveSummary| {
        w.deployment == d.name
            && w.direction == Direction::Forward
            && w.started <= stopped
            && w.finished.is_none_or(|end| stopped <= end)
    };
    let mut waves: Vec<u32> = report.summary.waves.iter().filter(during).map(|w| w.wave).collect();
    waves.dedup();
    match (&waves[..], d.bake_started) {
        ([wave], _) => format!(", in wave {wave}"),
        // Providers roll at their own pace.
        ([_, _, ..], _) => format!(", in {} waves", waves.len()),
        ([], Some(bake)) if bake <= stopped => format!(", {} into its bake", human(stopped.since(bake))),
        ([], _) => String::new(),
    }
}

/// "18 of 70 instances in 1 wave; 90 tasks moved 102 times".
fn reached(report: &RunReport<'_>, d: &DeploymentSummary) -> String {
    let of: u32 = d.batches.iter().map(|batch| batch.of).sum();
    let touched = d.instances_touched;
    let mut said = if touched == 0 {
        "no instance".to_owned()
    } else if of >= touched {
        format!("{} of {}", grouped(touched.into()), counted(of, "instance"))
    } else {
        counted(touched, "instance")
    };
    let waves = waves(report, d, Direction::Forward).count();
    if waves > 0 {
        said.push_str(&format!(" in {}", counted(u32::try_from(waves).unwrap_or(u32::MAX), "wave")));
    }
    if d.tasks_touched > 0 {
        said.push_str(&format!("; {} moved", counted(d.tasks_touched, "task")));
        if d.tasks_moved_again > 0 {
            said.push_str(&format!(" {} times", grouped(d.tasks_moved.into())));
        }
    }
    said
}

/// "to my-daemon-task:1 in 4 m 10 s, 1 wave over 18 instances".
fn rollback(report: &RunReport<'_>, d: &DeploymentSummary, stopped: SimTime) -> String {
    let run = report.summary;
    let took = human(d.finished.unwrap_or(run.ended_at).since(stopped));
    let (mut count, mut instances) = (0, 0);
    for wave in waves(report, d, Direction::Rollback) {
        (count, instances) = (count + 1, instances + wave.instances);
    }
    let how = match count {
        0 => "without a wave".to_owned(),
        n => format!("{} over {}", counted(n, "wave"), counted(instances, "instance")),
    };
    let to = match &d.source_revisions[..] {
        [_] => format!("to {} ", sources(report.names, d)),
        _ => String::new(),
    };
    match d.status {
        DeploymentStatus::RollbackSuccessful => format!("{to}in {took}, {how}"),
        DeploymentStatus::RollbackFailed => format!("{to}failed after {took}, {how}"),
        DeploymentStatus::Stopped if d.rollback_started.is_none() => "none, for want of a source".to_owned(),
        DeploymentStatus::Stopped => format!("{to}ended by a newer deployment after {took}, {how}"),
        DeploymentStatus::Pending
        | DeploymentStatus::InProgress
        | DeploymentStatus::Successful
        | DeploymentStatus::StopRequested
        | DeploymentStatus::RollbackInProgress => {
            format!("{to}unfinished when the run ended, after {took}, {how}.")
        }
    }
}

fn waves<'r>(
    report: &'r RunReport<'_>,
    d: &DeploymentSummary,
    direction: Direction,
) -> impl Iterator<Item = &'r WaveSummary> {
    let name = d.name;
    report.summary.waves.iter().filter(move |w| w.deployment == name && w.direction == direction)
}
