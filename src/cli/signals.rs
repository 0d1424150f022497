//! Signals: while a directory is being written, the first one is noted and obeyed at the next safe moment; the
//! second one ends the program at once, as the first one does at other times.

use super::exit::{Exit, Failure};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// The signals that end a run, and the status they end it with.
const ENDING: &[(i32, Exit)] = &[
    (SIGINT, Exit::Interrupt),
    (SIGTERM, Exit::Terminate),
    #[cfg(unix)]
    (signal_hook::consts::SIGHUP, Exit::Hangup),
];

/// What has been caught.
#[derive(Debug)]
pub(super) struct Signals {
    at_once: Arc<AtomicBool>,
    caught: Arc<AtomicUsize>,
}

impl Signals {
    /// From now on a signal ends the program with a status of ours, at once.
    pub(super) fn watch() -> io::Result<Signals> {
        let signals = Signals { at_once: Arc::new(AtomicBool::new(true)), caught: Arc::default() };
        for (signal, exit) in ENDING {
            // In this order: a signal that finds `at_once` false sets it.
            let at_once = || Arc::clone(&signals.at_once);
            flag::register_conditional_shutdown(*signal, i32::from(exit.code()), at_once())?;
            flag::register(*signal, at_once())?;
            flag::register_usize(*signal, Arc::clone(&signals.caught), usize::from(exit.code()))?;
        }
        // A file that grows past the shell's limit (`ulimit -f`) is then an error like any other.
        #[cfg(unix)]
        flag::register(signal_hook::consts::SIGXFSZ, Arc::default())?;
        Ok(signals)
    }

    /// From now on there is something to clean up: a first signal is only noted.
    pub(super) fn hold(&self) {
        self.at_once.store(false, Ordering::Relaxed);
    }

    /// Ends the command when a signal has come.
    pub(super) fn obey(&self) -> Result<(), Failure> {
        let code = self.caught.load(Ordering::Relaxed);
        match ENDING.iter().find(|(_, exit)| usize::from(exit.code()) == code) {
            Some((_, exit)) => Err(Failure::silent(*exit)),
            None => Ok(()),
        }
    }
}
