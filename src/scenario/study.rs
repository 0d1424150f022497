//! What a scenario's `study:` asks.

use super::axis::Axis;
use super::format::Study;
use super::overrides::Override;
use super::read::Slot;

/// What a scenario's `study:` asks; what it leaves out is for the command to say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StudyBlock {
    /// What is varied.
    pub axes: Vec<Axis>,
    /// How many runs of each point.
    pub replications: Option<Replications>,
    /// How narrow an interval is to be, as a share of the mean.
    pub precision: Option<f64>,
    /// Of which measure.
    pub precision_of: Option<String>,
    /// How many runs of a point at the most.
    pub max_replications: Option<u64>,
    /// What a search keeps to, as written.
    pub limits: Vec<String>,
    /// In which share of runs a limit is to hold.
    pub confidence: Option<f64>,
    /// What a search makes small, as written.
    pub minimize: Option<String>,
    /// What makes the new revision a bad one.
    pub bad: Vec<Override>,
    /// How likely it is to be.
    pub bad_probability: Option<f64>,
}

/// How many runs of each point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replications {
    /// So many.
    Number(u64),
    /// Until their interval is narrow enough.
    Auto,
}

impl StudyBlock {
    pub(super) fn of(form: Option<&Study>) -> StudyBlock {
        let Some(form) = form else { return StudyBlock::default() };
        let bad = form.bad.get();
        StudyBlock {
            axes: form.vary.get().map_or_else(Vec::new, |vary| vary.0.clone()),
            replications: form.replications.get().map(|count| count.0),
            precision: form.precision.get().map(|share| share.0),
            precision_of: form.precision_of.get().map(|text| text.0.clone()),
            max_replications: form.max_replications.get().map(|n| n.u64()),
            limits: form
                .limits
                .get()
                .into_iter()
                .flatten()
                .filter_map(Slot::get)
                .map(|t| t.0.clone())
                .collect(),
            confidence: form.confidence.get().map(|share| share.0),
            minimize: form.minimize.get().map(|text| text.0.clone()),
            bad: bad.and_then(|bad| bad.set.get()).map_or_else(Vec::new, |edits| edits.0.clone()),
            bad_probability: bad.and_then(|bad| bad.probability.get()).map(|share| share.0),
        }
    }
}
