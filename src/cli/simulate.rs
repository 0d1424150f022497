//! Runs a world in slices, between which the program looks at the signals, the disk and the clock.

use super::crash;
use super::exit::Failure;
use super::progress::Progress;
use super::signals::Signals;
use super::stub::world::{Progress as Slice, World};
use crate::record::{Recorder, RunSummary};
use crate::world::setup::Setup;

/// A few milliseconds of work: an interrupt feels immediate, and looking up costs nothing.
const EVENTS_PER_SLICE: u64 = 1 << 14;

/// Simulates to the end, or until `stop` says that more is of no use: the summary is then that of the part.
pub(super) fn simulate<R: Recorder>(
    setup: &Setup,
    replication: u64,
    recorder: &mut R,
    signals: &Signals,
    mut progress: Progress,
    stop: impl Fn() -> bool,
) -> Result<RunSummary, Failure> {
    crash::begins(setup.seed, replication);
    let mut world = World::new(setup, replication);
    let mut events = 0;
    while let Slice::Running { now } = world.advance(recorder, EVENTS_PER_SLICE) {
        events += EVENTS_PER_SLICE;
        crash::reached(now);
        progress.reached(now, events);
        signals.obey()?;
        if stop() {
            break;
        }
    }
    let summary = world.finish(recorder);
    crash::ends();
    Ok(summary)
}
