//! Does the runs of a search, until it is over or someone wants it to end.

use super::super::exit::Failure;
use super::super::options::ScenarioOptions;
use super::super::progress::RunsBar;
use super::super::signals::Signals;
use super::super::terminal::Terminal;
use crate::study::results::TuneResult;
use crate::study::tune::Search;
use crate::study::{Control, Crew};
use std::ops::ControlFlow;

/// Whoever works, and whoever is listened to meanwhile.
pub(super) struct Runner<'a> {
    crew: Crew,
    terminal: &'a Terminal,
    signals: &'a Signals,
}

impl<'a> Runner<'a> {
    pub(super) fn new(
        which: &ScenarioOptions,
        terminal: &'a Terminal,
        signals: &'a Signals,
    ) -> Result<Runner<'a>, Failure> {
        let threads = which.threads.map(|n| usize::try_from(n).unwrap_or(usize::MAX));
        let crew = Crew::new(threads).map_err(|e| Failure::io(format!("could not start threads: {e}")))?;
        Ok(Runner { crew, terminal, signals })
    }

    /// Runs a search; `what` is told beside its progress.
    pub(super) fn search(&self, search: Search<'_>, what: &str) -> Result<TuneResult, Failure> {
        self.runs(what, |crew, control, waiting| search.run(crew, control, waiting))
    }

    /// Does runs that may be stopped.
    pub(super) fn runs<T>(
        &self,
        what: &str,
        work: impl FnOnce(
            &Crew,
            &Control,
            &mut dyn FnMut() -> ControlFlow<Failure>,
        ) -> ControlFlow<Option<Failure>, T>,
    ) -> Result<T, Failure> {
        let (control, bar) = (Control::default(), RunsBar::new(self.terminal, None));
        bar.about(what);
        let mut waiting = || {
            bar.reached(control.runs());
            match self.signals.obey() {
                Ok(()) => ControlFlow::Continue(()),
                Err(failure) => {
                    // Runs under way end at their next slice.
                    control.stop();
                    ControlFlow::Break(failure)
                }
            }
        };
        match work(&self.crew, &control, &mut waiting) {
            ControlFlow::Continue(result) => Ok(result),
            ControlFlow::Break(Some(failure)) => Err(failure),
            ControlFlow::Break(None) => unreachable!("only a failure stops the runs"),
        }
    }
}
