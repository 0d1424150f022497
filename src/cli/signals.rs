//! Signals: the first one is noted, and obeyed at the next safe moment; the second one ends the program at once.

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

/// What has been caught since [`Signals::note`].
#[derive(Debug)]
pub(super) struct Signals {
    caught: Arc<AtomicUsize>,
}

impl Signals {
    /// From now on a first signal is only noted.
    pub(super) fn note() -> io::Result<Signals> {
        let caught = Arc::new(AtomicUsize::new(0));
        let again = Arc::new(AtomicBool::new(false));
        for (signal, exit) in ENDING {
            // In this order: the first signal finds `again` false, and sets it.
            flag::register_conditional_shutdown(*signal, i32::from(exit.code()), Arc::clone(&again))?;
            flag::register(*signal, Arc::clone(&again))?;
            flag::register_usize(*signal, Arc::clone(&caught), usize::from(exit.code()))?;
        }
        // A file that grows past the shell's limit (`ulimit -f`) is then an error like any other.
        #[cfg(unix)]
        flag::register(signal_hook::consts::SIGXFSZ, Arc::default())?;
        Ok(Signals { caught })
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
