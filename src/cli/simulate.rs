//! Runs a world in slices, between which the program looks at the signals, the disk and the clock.

use super::crash;
use super::exit::Failure;
use super::progress::Progress;
use crate::record::{Discard, Recorder, RunSummary};
use crate::world::setup::Setup;
use crate::world::{Progress as Slice, Simulation};

/// A few milliseconds of work: an interrupt feels immediate, and looking up costs nothing.
const EVENTS_PER_SLICE: u64 = 1 << 14;

/// Simulates to the end, unless `go_on`, asked between slices, knows better.
pub(super) fn simulate<R: Recorder>(
    setup: &Setup,
    replication: u64,
    recorder: &mut R,
    mut progress: Progress,
    go_on: impl Fn() -> Result<(), Failure>,
) -> Result<RunSummary, Failure> {
    crash::begins(setup.seed, replication);
    let mut simulation = Simulation::new(setup, replication, recorder);
    let mut events = 0;
    while let Slice::Running(now) = simulation.advance(EVENTS_PER_SLICE) {
        events += EVENTS_PER_SLICE;
        crash::reached(now);
        progress.reached(now, events);
        go_on()?;
    }
    let (summary, _) = simulation.finish();
    crash::ends();
    Ok(summary)
}

/// How many instances each provider has when the clock starts.
pub(super) fn fleet(setup: &Setup) -> Vec<u32> {
    Simulation::new(setup, 0, Discard).fleet()
}
