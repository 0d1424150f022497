//! Runs a job: with the rows that are there, on all cores, under the eyes of the user.

use super::job::Job;
use super::results::{Outcomes, Results};
use super::store::{Keeper, Store};
use crate::cli::crash;
use crate::cli::exit::Failure;
use crate::cli::out::OutDir;
use crate::cli::progress::RunsBar;
use crate::cli::signals::Signals;
use crate::cli::terminal::Terminal;
use crate::study::campaign::{Campaign, Count, Halt, Wanted};
use crate::study::index::Index;
use crate::study::{Batch, Control, Crew};
use indicatif::HumanCount;
use std::collections::BTreeSet;
use std::rc::Rc;

/// Who runs it.
#[derive(Clone, Copy)]
pub(in crate::cli) struct Runner<'a> {
    pub(in crate::cli) terminal: &'a Terminal,
    pub(in crate::cli) signals: &'a Signals,
    pub(in crate::cli) threads: Option<u64>,
    /// What to say of a run that is not there; none: it is computed.
    pub(in crate::cli) missing: Option<&'a dyn Fn(&Batch) -> Failure>,
}

/// A campaign of the program.
pub(super) type Running<'a> = Campaign<'a, Keeper<'a>>;

impl Runner<'_> {
    /// Every row of a job into its tables.
    pub(super) fn all(
        self,
        job: &Job,
        out: Option<&OutDir>,
        store: Store,
        index: Index,
    ) -> Result<(Outcomes, Store, Index), Failure> {
        let mut results = Results::new(job, out)?;
        let (store, index) = self.run(job, &everything(job), out, store, index, |campaign| {
            campaign.all(&job.count, &mut results)
        })?;
        Ok((results.finish()?, store, index))
    }

    /// Does something with a campaign, and says what was there and, when it ends early, what is kept. `wanted` is what it
    /// may come to.
    pub(super) fn run(
        self,
        job: &Job,
        wanted: &[Wanted],
        out: Option<&OutDir>,
        store: Store,
        index: Index,
        work: impl FnOnce(&mut Running<'_>) -> Result<(), Halt<Failure>>,
    ) -> Result<(Store, Index), Failure> {
        let threads = self.threads.map(|n| usize::try_from(n).unwrap_or(usize::MAX));
        let crew = Crew::new(threads).map_err(|e| Failure::io(format!("could not start threads: {e}")))?;
        let control = Control::watched(crash::watch(job.alone.clone()));
        let is_exact = matches!(job.count, Count::Number(_));
        let total = wanted.iter().fold(0_u64, |sum, (_, range)| sum.saturating_add(range.end - range.start));
        let bar = Rc::new(RunsBar::new(self.terminal, is_exact.then_some(total)));
        let (watching, signals, seen) = (Rc::clone(&bar), self.signals, &control);
        let ours = wanted.iter().map(|(point, range)| index.rows_of(&job.study.points[*point].digest, range));
        let there: u64 = ours.sum();
        let points: BTreeSet<_> = job.study.points.iter().map(|point| point.digest).collect();
        let of_points: u64 = points.iter().map(|point| index.rows_of(point, &(0..u64::MAX))).sum();
        let others = index.rows() - of_points;
        let go_on = Box::new(move || {
            watching.reached(there + seen.runs());
            signals.obey()?;
            out.map_or(Ok(()), OutDir::trouble)
        });
        let keeper = Keeper { store, added: 0, go_on };
        let mut campaign = Campaign::new(&job.study, &crew, &control, index, keeper);
        campaign.computes = self.missing.is_none();
        self.say_what_is_there(&campaign, there, others);
        bar.skip(there);
        let done = work(&mut campaign);
        let Campaign { keep: Keeper { mut store, added, .. }, index, .. } = campaign;
        drop(bar);
        // What has been computed is brought to safety whatever has happened.
        let settled = store.settle();
        match done {
            Ok(()) => settled.map(|()| (store, index)),
            Err(Halt::Failed(failure)) => {
                if store.has_journal() && there + added > 0 {
                    let of = if is_exact { format!(" of {}", HumanCount(total)) } else { String::new() };
                    let kept = format!("{}{of} runs are kept", HumanCount(there + added));
                    self.terminal.talk(&format!("{kept}, and the same command goes on from there"));
                }
                Err(failure)
            }
            Err(Halt::Missing(batch)) => {
                Err(self.missing.map_or_else(|| Failure::io("a run is missing"), |say| say(&batch)))
            }
            Err(Halt::Stopped) => unreachable!("only a failure stops the runs"),
        }
    }

    fn say_what_is_there(self, campaign: &Running<'_>, there: u64, others: u64) {
        for note in &campaign.keep.store.notes {
            self.terminal.talk(&format!("note: {note}"));
        }
        if campaign.computes && there > 0 {
            self.terminal.talk(&format!("Reused {} runs that are there already", HumanCount(there)));
        }
        if campaign.computes && others > 0 {
            let others = HumanCount(others);
            let line = format!("note: {others} runs that are there are of other points or another scenario");
            self.terminal.talk(&line);
        }
    }
}

/// Every run that a job may come to.
pub(super) fn everything(job: &Job) -> Vec<Wanted> {
    let most = match &job.count {
        Count::Number(number) => *number,
        Count::Auto(goal) => goal.most,
    };
    (0..job.study.points.len()).map(|point| (point, 0..most)).collect()
}
