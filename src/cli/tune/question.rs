//! What a search asks, of the scenario as it is or with another reading of an assumption.

use super::super::exit::{Exit, Failure};
use super::super::simulate;
use super::super::study::LoadedStudy;
use super::TuneArgs;
use super::asked::Asked;
use crate::scenario::{Axis, Override, Scenario};
use crate::study::grid::{self, TooMany};
use crate::study::results::Head;
use crate::study::tune::{Rules, Search, Tuned, axes};
use crate::study::{POINTS_MAX, Study};

/// All that a search hangs on, whatever the reading.
pub(super) struct Question<'a> {
    pub(super) args: &'a TuneArgs,
    pub(super) loaded: &'a LoadedStudy,
    pub(super) tuned: &'a Tuned,
    /// What makes the new revision bad; nothing: none is tried.
    pub(super) bad: &'a [Override],
    pub(super) rules: Rules,
    pub(super) color: bool,
}

/// A search that has not been run.
pub(super) struct Ready {
    study: Study,
    candidates: usize,
    asked: Asked,
}

impl Question<'_> {
    /// What is searched of a scenario, and why something is not.
    pub(super) fn axes(&self, scenario: &Scenario) -> (Vec<Axis>, Vec<String>) {
        let fleet = simulate::fleet(&scenario.setup);
        axes(scenario, self.tuned, &fleet, !self.bad.is_empty(), &self.loaded.block.axes)
    }

    /// The scenario as it is and, if there is one, with the bad revision.
    pub(super) fn arms(&self) -> Vec<&[Override]> {
        if self.bad.is_empty() { vec![&[]] } else { vec![&[], self.bad] }
    }

    /// Makes every candidate, with these edits of a reading, so that no mistake is found after the first run.
    pub(super) fn ready(&self, axes: &[Axis], reading: &[Override]) -> Result<Ready, Failure> {
        let points = grid::points(axes).map_err(|TooMany(points)| {
            let line = format!("there are {points} settings to search; at most {POINTS_MAX} can be");
            Failure::new(Exit::Limit, line)
        })?;
        let arms = self.arms();
        let mut scenarios = Vec::with_capacity(points.len() * arms.len());
        for arm in arms {
            for point in &points {
                let values = point.iter().flat_map(|value| &value.edits);
                let edits: Vec<Override> = values.chain(arm).chain(reading).cloned().collect();
                let labels = point.iter().map(|value| value.label.clone()).collect();
                scenarios.push((labels, self.loaded.loaded.template.scenario(&edits)?));
            }
        }
        let heads = axes.iter().map(|axis| Head {
            name: axis.name.clone(),
            labels: axis.values.iter().map(|value| value.label.clone()).collect(),
        });
        let study = Study::new(heads.collect(), scenarios);
        let Question { args, loaded, tuned, bad, color, .. } = self;
        let asked = Asked::read(args, &loaded.block, &study, tuned, !bad.is_empty(), *color)?;
        Ok(Ready { study, candidates: points.len(), asked })
    }

    /// The search of what is ready.
    pub(super) fn search<'s>(&'s self, ready: &'s Ready, remarks: Vec<String>) -> Search<'s> {
        Search {
            study: &ready.study,
            candidates: ready.candidates,
            tuned: self.tuned,
            limits: ready.asked.limits.clone(),
            objective: ready.asked.objective.clone(),
            rules: self.rules,
            remarks,
        }
    }
}
