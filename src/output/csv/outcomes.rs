//! `waves.csv`, `deployments.csv` and `services.csv`: how it went.

use std::io;

use super::row::Table;
use crate::model::RevisionName;
use crate::output::RunReport;
use crate::output::decimal::milli;

/// Writes `waves.csv`.
pub fn write_waves(report: &RunReport<'_>, out: impl io::Write) -> io::Result<()> {
    let names = report.names;
    let mut row = Table::new(
        out,
        "deployment,direction,capacity_provider,wave,instances,started_s,finished_s,duration_s,\
         daemon_failures,slowest_instance,slowest_stage,min_app_running",
    );
    for wave in &report.summary.waves {
        row.deployment(names, Some(wave.deployment));
        row.text(wave.direction.word());
        row.text(names.provider(wave.provider));
        row.whole(wave.wave);
        row.whole(wave.instances);
        row.time(wave.started);
        row.maybe_time(wave.finished);
        row.length(wave.finished.map(|end| end.since(wave.started)));
        row.whole(wave.daemon_failures);
        row.instance(names, wave.slowest_instance);
        row.text(wave.slowest_stage.map_or("", |stage| stage.word()));
        row.whole(wave.min_app_running);
        row.end_row();
    }
    row.finish().map(drop)
}

/// Writes `deployments.csv`.
pub fn write_deployments(report: &RunReport<'_>, out: impl io::Write) -> io::Result<()> {
    let names = report.names;
    let mut row = Table::new(
        out,
        "deployment,daemon,source_revisions,target_revision,status,status_reason,created_s,started_s,\
         finished_s,duration_s,waves,instances_replaced,breaker_threshold,breaker_failures,breaker_status,\
         alarms_triggered,rollback_reason,rollback_started_s,tasks_moved,tasks_moved_again,alarm_status,\
         exposure_instance_s,instances_touched,tasks_touched,time_to_detect_s,time_to_roll_back_s",
    );
    for d in &report.summary.deployments {
        row.deployment(names, Some(d.name));
        row.text(names.daemon(d.name.daemon));
        row.texts(d.source_revisions.iter().map(|&id| names.revision(RevisionName::Daemon(id))));
        row.daemon_revision(names, d.target_revision);
        row.text(d.status.word());
        row.text(&d.status_reason);
        row.time(d.created);
        row.maybe_time(d.started);
        row.maybe_time(d.finished);
        row.length(d.duration());
        row.whole(d.waves);
        row.whole(d.instances_replaced);
        row.maybe_whole(d.breaker_threshold);
        row.whole(d.breaker_failures);
        row.text(d.breaker_status.word());
        row.texts(d.alarms_triggered.iter().map(|id| names.alarm(*id)));
        row.text(&d.rollback_reason);
        row.maybe_time(d.rollback_started);
        row.whole(d.tasks_moved);
        row.whole(d.tasks_moved_again);
        row.text(d.alarm_status.word());
        row.text(&d.exposure().map_or(String::new(), milli));
        row.whole(d.instances_touched);
        row.whole(d.tasks_touched);
        row.length(d.time_to_detect());
        row.length(d.time_to_roll_back());
        row.end_row();
    }
    row.finish().map(drop)
}

/// Writes `services.csv`.
pub fn write_services(report: &RunReport<'_>, out: impl io::Write) -> io::Result<()> {
    let mut row = Table::new(
        out,
        "service,desired,min_running,min_healthy,below_desired_s,task_seconds_lost,interruptions,\
         max_interruptions_per_task,placement_wait_p95_s",
    );
    for s in &report.summary.services {
        row.text(report.names.service(s.service));
        row.whole(s.desired);
        row.maybe_whole(s.min_running);
        row.maybe_whole(s.min_healthy);
        row.length(Some(s.below_desired));
        row.text(&milli(s.task_ms_lost));
        row.whole(s.interruptions);
        row.whole(s.max_interruptions_per_task);
        row.length(s.placement_wait_p95);
        row.end_row();
    }
    row.finish().map(drop)
}
