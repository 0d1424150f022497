//! What happened, as plain values.
//!
//! A world tells a [`Recorder`] what happens, as it happens, and gives a [`RunSummary`] at the end. [`Discard`]
//! listens to nothing and costs nothing; a [`Ledger`] and a [`Series`] keep what tables and pictures need, and a
//! pair of recorders is a recorder.

mod expectation;
mod ledger;
mod measures;
mod moment;
mod observation;
mod ringing;
mod series;
mod summary;
mod tee;

pub use expectation::{Bound, Expectation, Measure, Shown};
pub use ledger::{InstanceLife, Ledger, TaskLife};
pub use measures::{ABSENT, Column, Measures, Unit};
pub use moment::Moment;
pub use observation::{Counts, Fact, FactId, FactKind, Observation, Reason};
pub use ringing::Ring;
pub use series::{Level, Levels, Point, Series};
pub use summary::{
    Batch, ClusterSummary, DaemonSummary, DeploymentSummary, Direction, Mishaps, Outcome, ReplacedInstance,
    RunSummary, ServiceSummary, Stage, Stages, WaveSummary,
};

use crate::kernel::SimTime;

/// Someone who listens to a run.
pub trait Recorder {
    /// Whether it wants observations at all; `false` lets the compiler drop the work of making them.
    const LISTENS: bool = true;

    /// Takes note.
    fn note(&mut self, at: SimTime, observation: Observation<'_>);
}

/// Listens to nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Discard;

impl Recorder for Discard {
    const LISTENS: bool = false;
    fn note(&mut self, _: SimTime, _: Observation<'_>) {}
}
