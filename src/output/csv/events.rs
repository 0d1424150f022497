//! `events.csv`: a row for each fact, as it happens.

use std::io;

use super::row::{Table, role};
use crate::kernel::SimTime;
use crate::model::Names;
use crate::record::{Fact, Observation, Recorder};

const COLUMNS: &str = "seq,time_s,cause,kind,capacity_provider,availability_zone,instance,task,role,owner,\
                       revision,deployment,wave,from,to,reason";

/// Writes `events.csv` while the run goes on.
pub struct EventsCsv<'n, W: io::Write> {
    names: &'n Names,
    table: Table<W>,
}

impl<'n, W: io::Write> EventsCsv<'n, W> {
    /// Begins the table.
    pub fn new(names: &'n Names, out: W) -> EventsCsv<'n, W> {
        EventsCsv { names, table: Table::new(out, COLUMNS) }
    }

    /// Ends it: what it was written to, or the first error of the whole run.
    pub fn finish(self) -> io::Result<W> {
        self.table.finish()
    }

    fn row(&mut self, fact: &Fact) {
        let (names, row) = (self.names, &mut self.table);
        let owner = fact.owner.or(fact.task.map(|task| task.owner));
        row.whole(fact.seq);
        row.time(fact.at);
        row.maybe_whole(fact.cause);
        row.text(fact.kind.word());
        row.text(fact.provider.map_or("", |id| names.provider(id)));
        row.text(fact.zone.map_or("", |id| names.zone(id)));
        row.instance(names, fact.instance);
        row.task(names, fact.task);
        row.text(owner.map_or("", role));
        row.text(owner.map_or("", |owner| names.owner(owner)));
        row.revision(names, fact.revision);
        row.deployment(names, fact.deployment);
        row.maybe_whole(fact.wave);
        row.text(fact.from);
        row.text(fact.to);
        row.reason(names, fact.reason);
        row.end_row();
    }
}

impl<W: io::Write> Recorder for EventsCsv<'_, W> {
    fn note(&mut self, _: SimTime, observation: Observation<'_>) {
        if let Observation::Fact(fact) = observation {
            self.row(fact);
        }
    }
}
