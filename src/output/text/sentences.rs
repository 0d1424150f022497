//! What became of a deployment, said in words.

use super::page::Tone;
use crate::model::{DeploymentStatus, Names, RevisionName};
use crate::output::RunReport;
use crate::output::decimal::grouped;
use crate::output::human::{clock, human};
use crate::record::{Batch, DeploymentSummary, WaveSummary};

/// How a status is meant.
pub(super) const fn tone(status: DeploymentStatus) -> Tone {
    match status {
        DeploymentStatus::Successful => Tone::Good,
        DeploymentStatus::Pending
        | DeploymentStatus::InProgress
        | DeploymentStatus::StopRequested
        | DeploymentStatus::RollbackInProgress => Tone::Unsure,
        DeploymentStatus::Stopped
        | DeploymentStatus::RollbackSuccessful
        | DeploymentStatus::RollbackFailed => Tone::Bad,
    }
}

/// One or a few sentences about a deployment that nothing stopped.
pub(super) fn outcome(report: &RunReport<'_>, d: &DeploymentSummary) -> String {
    let names = report.names;
    let took = d.duration().map_or(String::new(), human);
    let sources = sources(names, d);
    let target = d.target_revision.map(|id| names.revision(RevisionName::Daemon(id)));
    let what = match (d.status, target) {
        (DeploymentStatus::Successful, Some(target)) if sources.is_empty() => {
            format!("{target} arrived in {took}")
        }
        (DeploymentStatus::Successful, Some(target)) => format!("{target} replaced {sources} in {took}"),
        (DeploymentStatus::Successful, None) => format!("The daemon was removed in {took}"),
        (DeploymentStatus::RollbackSuccessful, _) => format!("Rolled back after {took}"),
        (DeploymentStatus::RollbackFailed, _) => format!("The rollback failed after {took}"),
        (DeploymentStatus::Stopped, _) => format!("Stopped after {took}"),
        (
            DeploymentStatus::Pending
            | DeploymentStatus::InProgress
            | DeploymentStatus::StopRequested
            | DeploymentStatus::RollbackInProgress,
            _,
        ) => format!(
            "Not finished when the run ended, {} after its request",
            human(report.summary.ended_at.since(d.created))
        ),
    };
    let mut said = format!("{what}: {}.", how(names, d));
    said.push_str(&since(report, d));
    let reason = d.status_reason.trim_end_matches('.');
    if d.status != DeploymentStatus::Successful && !reason.is_empty() {
        said.push_str(&format!(" Reason: {reason}."));
    }
    if d.breaker_failures > 0 {
        let failures = counted(d.breaker_failures, "failure");
        match d.breaker_threshold {
            Some(threshold) => {
                said.push_str(&format!(" The circuit breaker counted {failures} of {threshold}."));
            }
            None => said.push_str(&format!(" {failures} of the daemon, and no circuit breaker.")),
        }
    }
    said
}

/// Since when a deployment has stood where it stands at the end of the run; nothing of one that is over.
pub(super) fn since(report: &RunReport<'_>, d: &DeploymentSummary) -> String {
    if d.status.is_final() {
        return String::new();
    }
    let open = |w: &&WaveSummary| w.deployment == d.name && w.finished.is_none();
    let mut waves = report.summary.waves.iter().filter(open);
    match (waves.next(), d.bake_started) {
        (Some(wave), _) => {
            let more = match u32::try_from(waves.count()).unwrap_or(u32::MAX) {
                0 => String::new(),
                n => format!(", and {} of other providers", counted(n, "wave")),
            };
            format!(" Wave {} has been under way since {}{more}.", wave.wave, clock(wave.started))
        }
        (None, Some(bake)) if d.detected.is_none() => {
            format!(" It has baked since {}.", clock(bake))
        }
        (None, _) => String::new(),
    }
}

/// "18 of 70".
fn share(batch: &Batch) -> String {
    format!("{} of {}", grouped(batch.size.into()), grouped(batch.of.into()))
}

/// "70 instances drained in 4 waves, at most 18 of 70 at a time; bake 3 m 00 s".
fn how(names: &Names, d: &DeploymentSummary) -> String {
    let mut said = match d.instances_replaced {
        0 => "no instance drained".to_owned(),
        n => format!("{} drained", counted(n, "instance")),
    };
    if d.waves > 0 {
        said.push_str(&format!(" in {}", counted(d.waves, "wave")));
        let batches: Vec<String> = d
            .batches
            .iter()
            .map(|batch| match batch.provider {
                Some(id) if d.batches.len() > 1 => {
                    format!("{} on {}", share(batch), names.provider(id))
                }
                Some(_) | None => share(batch),
            })
            .collect();
        match batches.len() {
            0 => {}
            1..=3 => said.push_str(&format!(", at most {} at a time", batches.join(", "))),
            more => {
                said.push_str(&format!(", at most {} at a time, and so on for {more} providers", batches[0]));
            }
        }
    }
    if let (Some(from), Some(to)) = (d.bake_started, d.finished) {
        said.push_str(&format!("; bake {}", human(to.since(from))));
    }
    said
}

/// "my-daemon-task:1 and my-daemon-task:2"; empty when there was none.
pub(super) fn sources(names: &Names, d: &DeploymentSummary) -> String {
    let all: Vec<&str> =
        d.source_revisions.iter().map(|&id| names.revision(RevisionName::Daemon(id))).collect();
    all.join(" and ")
}

/// "1 wave", "5,000 instances".
pub(super) fn counted(n: u32, what: &str) -> String {
    format!("{} {what}{}", grouped(n.into()), if n == 1 { "" } else { "s" })
}
