//! One row after the other, cell by cell, through one buffer.

use std::io::{self, Write as _};

use crate::kernel::{SimDuration, SimTime};
use crate::model::{
    DaemonTaskDefinitionId, DeploymentName, InstanceName, Names, Owner, RevisionName, TaskName,
};
use crate::output::decimal::{push_micro, push_milli, push_vcpu, push_whole};
use crate::record::Reason;

/// Writes a table. An I/O error is kept, and ends the writing; [`Table::finish`] hands it back.
pub(in crate::output) struct Table<W: io::Write> {
    out: csv::Writer<W>,
    /// The cell being made, reused for each.
    cell: Vec<u8>,
    error: Option<io::Error>,
}

impl<W: io::Write> Table<W> {
    /// A table with these columns, separated by commas.
    pub(super) fn new(out: W, columns: &str) -> Table<W> {
        Table::with_columns(out, columns.split(','))
    }

    /// A table whose columns have names of the user's.
    pub(in crate::output) fn with_columns(
        out: W,
        columns: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Table<W> {
        let out = csv::WriterBuilder::new().buffer_capacity(1 << 16).from_writer(out);
        let mut table = Table { out, cell: Vec::with_capacity(64), error: None };
        for column in columns {
            table.text(column.as_ref());
        }
        table.end_row();
        table
    }

    /// The first error so far; it stays, and ends the writing.
    pub(in crate::output) fn trouble(&self) -> io::Result<()> {
        self.error.as_ref().map_or(Ok(()), |error| Err(io::Error::new(error.kind(), error.to_string())))
    }

    /// Everything written, or the first error.
    pub(in crate::output) fn finish(mut self) -> io::Result<W> {
        if let Some(error) = self.error {
            return Err(error);
        }
        self.out.flush()?;
        self.out.into_inner().map_err(|error| io::Error::other(error.error().to_string()))
    }

    pub(in crate::output) fn end_row(&mut self) {
        if self.error.is_none()
            && let Err(error) = self.out.write_record(None::<&[u8]>)
        {
            self.error = Some(io_error(error));
        }
    }

    pub(in crate::output) fn text(&mut self, text: &str) {
        self.make(|cell| push_text(cell, text));
    }

    /// Several values in one cell.
    pub(super) fn texts<'a>(&mut self, texts: impl Iterator<Item = &'a str>) {
        self.make(|cell| {
            for text in texts {
                if !cell.is_empty() {
                    cell.push(b';');
                }
                push_text(cell, text);
            }
        });
    }

    pub(in crate::output) fn whole(&mut self, n: impl Into<u64>) {
        self.make(|cell| push_whole(cell, n.into()));
    }

    /// Thousandths.
    pub(in crate::output) fn milli(&mut self, n: u64) {
        self.make(|cell| push_milli(cell, n));
    }

    /// Millionths.
    pub(in crate::output) fn micro(&mut self, n: u64) {
        self.make(|cell| push_micro(cell, n));
    }

    /// A measurement, with six decimals.
    pub(in crate::output) fn real(&mut self, n: f64) {
        self.make(|cell| {
            let n = if n.abs() < 5e-7 { 0.0 } else { n };
            write!(cell, "{n:.6}").expect("memory takes everything");
        });
    }

    pub(in crate::output) fn nothing(&mut self) {
        self.make(|_| {});
    }

    /// What a user wrote: a number stays one, even below zero; other text is neutralised.
    pub(in crate::output) fn value(&mut self, text: &str) {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let is_number = digits.bytes().all(|b| b.is_ascii_digit() || b == b'.') && !digits.is_empty();
        self.make(
            |cell| if is_number { cell.extend_from_slice(text.as_bytes()) } else { push_text(cell, text) },
        );
    }

    pub(super) fn maybe_whole(&mut self, n: Option<u32>) {
        self.make(|cell| {
            if let Some(n) = n {
                push_whole(cell, n.into());
            }
        });
    }

    pub(super) fn time(&mut self, at: SimTime) {
        self.make(|cell| push_milli(cell, at.as_ms()));
    }

    pub(super) fn maybe_time(&mut self, at: Option<SimTime>) {
        self.make(|cell| {
            if let Some(at) = at {
                push_milli(cell, at.as_ms());
            }
        });
    }

    pub(super) fn length(&mut self, length: Option<SimDuration>) {
        self.make(|cell| {
            if let Some(length) = length {
                push_milli(cell, length.as_ms());
            }
        });
    }

    pub(super) fn vcpu(&mut self, units: u64) {
        self.make(|cell| push_vcpu(cell, units));
    }

    pub(super) fn instance(&mut self, names: &Names, instance: Option<InstanceName>) {
        self.make(|cell| {
            if let Some(name) = instance {
                push_text(cell, names.provider(name.provider));
                cell.extend_from_slice(b"/i-");
                push_whole(cell, name.number.into());
            }
        });
    }

    pub(super) fn task(&mut self, names: &Names, task: Option<TaskName>) {
        self.make(|cell| {
            if let Some(name) = task {
                push_text(cell, names.owner(name.owner));
                let letter = match name.owner {
                    Owner::Service(_) | Owner::Standalone(_) => b"/t-",
                    Owner::Daemon(_) => b"/d-",
                };
                cell.extend_from_slice(letter);
                push_whole(cell, name.number.into());
            }
        });
    }

    pub(super) fn deployment(&mut self, names: &Names, deployment: Option<DeploymentName>) {
        self.make(|cell| {
            if let Some(name) = deployment {
                push_deployment(cell, names, name);
            }
        });
    }

    pub(super) fn revision(&mut self, names: &Names, revision: Option<RevisionName>) {
        self.text(revision.map_or("", |revision| names.revision(revision)));
    }

    pub(super) fn daemon_revision(&mut self, names: &Names, revision: Option<DaemonTaskDefinitionId>) {
        self.revision(names, revision.map(RevisionName::Daemon));
    }

    pub(super) fn reason(&mut self, names: &Names, reason: Reason) {
        self.make(|cell| match reason {
            Reason::None => {}
            Reason::Word(word) => push_text(cell, word),
            Reason::Deployment(name) => push_deployment(cell, names, name),
            Reason::Service(id) => push_text(cell, names.service(id)),
            Reason::Alarm(id) => push_text(cell, names.alarm(id)),
            Reason::Of(n, of, what) => {
                push_whole(cell, n.into());
                cell.extend_from_slice(b" of ");
                push_whole(cell, of.into());
                cell.push(b' ');
                cell.extend_from_slice(what.as_bytes());
            }
            Reason::Count(n, what) => {
                push_whole(cell, n.into());
                cell.push(b' ');
                let one = if n == 1 { what.trim_end_matches('s') } else { what };
                cell.extend_from_slice(one.as_bytes());
            }
        });
    }

    fn make(&mut self, fill: impl FnOnce(&mut Vec<u8>)) {
        if self.error.is_some() {
            return;
        }
        self.cell.clear();
        fill(&mut self.cell);
        if let Err(error) = self.out.write_field(&self.cell) {
            self.error = Some(io_error(error));
        }
    }
}

/// The I/O error itself, with its kind: a closed pipe must stay one.
fn io_error(error: csv::Error) -> io::Error {
    let text = error.to_string();
    if let csv::ErrorKind::Io(error) = error.into_kind() { error } else { io::Error::other(text) }
}

/// What an owner's tasks are, in the column `role`.
pub(super) const fn role(owner: Owner) -> &'static str {
    match owner {
        Owner::Service(_) => "service",
        Owner::Standalone(_) => "standalone",
        Owner::Daemon(_) => "daemon",
    }
}

fn push_deployment(cell: &mut Vec<u8>, names: &Names, name: DeploymentName) {
    push_text(cell, names.daemon(name.daemon));
    cell.push(b'/');
    push_whole(cell, name.number.into());
}

/// Text as it is; but a cell that a spreadsheet would take for a formula gets an apostrophe before it.
fn push_text(cell: &mut Vec<u8>, text: &str) {
    if cell.is_empty()
        && matches!(text.as_bytes().first(), Some(b'=' | b'+' | b'-' | b'@' | b'\t' | b'\r' | b'\n'))
    {
        cell.push(b'\'');
    }
    cell.extend_from_slice(text.as_bytes());
}
