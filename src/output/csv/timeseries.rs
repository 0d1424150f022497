//! `timeseries.csv`: a row for each change of any count.

use std::io;

use super::row::Table;
use crate::kernel::SimTime;
use crate::model::{CapacityProviderId, Names};
use crate::record::{Counts, Observation, Recorder};

const COLUMNS: &str = "time_s,capacity_provider,registering,active,draining,deregistering,instances,on_target,\
                       on_source,without_daemon,daemon_running,app_desired,app_running,app_pending,app_healthy,\
                       vcpu_registered,vcpu_used";

/// Writes `timeseries.csv` while the run goes on: rows of a provider, and of the cluster as `*`.
pub struct TimeseriesCsv<'n, W: io::Write> {
    names: &'n Names,
    table: Table<W>,
    /// The latest row of each: the cluster's first, then the providers'.
    latest: Vec<Option<Counts>>,
}

impl<'n, W: io::Write> TimeseriesCsv<'n, W> {
    /// Begins the table.
    pub fn new(names: &'n Names, out: W) -> TimeseriesCsv<'n, W> {
        TimeseriesCsv {
            names,
            table: Table::new(out, COLUMNS),
            latest: vec![None; names.providers.len() + 1],
        }
    }

    /// Ends it: what it was written to, or the first error of the whole run.
    pub fn finish(self) -> io::Result<W> {
        self.table.finish()
    }

    fn row(&mut self, at: SimTime, of: Option<CapacityProviderId>, c: &Counts) {
        let latest = &mut self.latest[of.map_or(0, |id| id.index() + 1)];
        if latest.as_ref() == Some(c) {
            return;
        }
        *latest = Some(*c);
        let row = &mut self.table;
        row.time(at);
        row.text(of.map_or("*", |id| self.names.provider(id)));
        for n in [
            c.registering,
            c.active,
            c.draining,
            c.deregistering,
            c.instances(),
            c.on_target,
            c.on_source,
            c.without_daemon,
            c.daemon_running,
            c.app_desired,
            c.app_running,
            c.app_pending,
            c.app_healthy,
        ] {
            row.whole(n);
        }
        row.vcpu(c.cpu_registered);
        row.vcpu(c.cpu_used);
        row.end_row();
    }
}

impl<W: io::Write> Recorder for TimeseriesCsv<'_, W> {
    fn note(&mut self, at: SimTime, observation: Observation<'_>) {
        if let Observation::Counts { of, counts } = observation {
            self.row(at, of, counts);
        }
    }
}
