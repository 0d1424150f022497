//! `instances.csv` and `tasks.csv`: a row for each life.

use std::io;

use super::row::{Table, role};
use crate::model::RevisionName;
use crate::output::RunReport;
use crate::output::decimal::dollars;

/// Writes `instances.csv`.
pub fn write_instances(report: &RunReport<'_>, out: impl io::Write) -> io::Result<()> {
    let names = report.names;
    let mut row = Table::new(
        out,
        "instance,capacity_provider,availability_zone,instance_type,revision_set,launched_s,registered_s,\
         active_s,draining_s,deregistering_s,gone_s,ended_because,cost",
    );
    for life in report.ledger.instances() {
        row.instance(names, Some(life.name));
        row.text(names.provider(life.name.provider));
        row.text(life.zone.map_or("", |id| names.zone(id)));
        row.text(names.instance_type(life.instance_type));
        row.texts(report.ledger.revisions(life).iter().map(|&revision| names.revision(revision)));
        for moment in
            [life.launched, life.registered, life.active, life.draining, life.deregistering, life.gone]
        {
            row.maybe_time(moment.get());
        }
        row.reason(names, life.ended_because);
        let price = report.prices_per_hour_nanos.get(life.instance_type.index()).copied().unwrap_or(0);
        row.text(&dollars(life.cost_nanos(price, report.summary.ended_at)));
        row.end_row();
    }
    row.finish().map(drop)
}

/// Writes `tasks.csv`.
pub fn write_tasks(report: &RunReport<'_>, out: impl io::Write) -> io::Result<()> {
    let names = report.names;
    let mut row = Table::new(
        out,
        "task,role,owner,revision,instance,created_s,placed_s,running_s,healthy_s,stopping_s,stopped_s,\
         stop_code,replaces",
    );
    for life in report.ledger.tasks() {
        row.task(names, Some(life.name));
        row.text(role(life.name.owner));
        row.text(names.owner(life.name.owner));
        row.text(life.revision.map_or("", |revision: RevisionName| names.revision(revision)));
        row.instance(names, life.instance);
        for moment in [life.created, life.placed, life.running, life.healthy, life.stopping, life.stopped] {
            row.maybe_time(moment.get());
        }
        row.text(life.stop_code);
        row.task(names, life.replaces);
        row.end_row();
    }
    row.finish().map(drop)
}
