//! A race of real settings: runs of a study, and what they came to as a result.

use super::candidates::Tuned;
use super::race::{Arms, Outcome, Problem, Rules, Seen, Wanted, race};
use super::standing::Standing;
use super::verdict;
use crate::record::{ABSENT, Unit};
use crate::study::estimate::estimate;
use crate::study::limit::{Arm, Condition, Limit, Measured};
use crate::study::results::{CandidateResult, Configuration, Fate, LimitResult, TuneResult};
use crate::study::tally::Tally;
use crate::study::{Batch, Control, Crew, Study};
use crate::world::setup::Request;
use std::ops::ControlFlow;

/// A search.
#[derive(Debug)]
pub struct Search<'a> {
    /// The candidates, as the scenario is; then, when there are limits on it, the same with the bad revision.
    pub study: &'a Study,
    /// How many candidates.
    pub candidates: usize,
    /// Whose settings.
    pub tuned: &'a Tuned,
    /// What they must keep to.
    pub limits: Vec<Limit>,
    /// What is made small.
    pub objective: Measured,
    /// How long and how surely.
    pub rules: Rules,
    /// What else should be known, in sentences.
    pub remarks: Vec<String>,
}

/// Measures of capacity; the first of them that a limit is about stands against the objective, or else the last.
const CAPACITY: [&str; 4] = [".min_running", ".min_healthy", ".app_running_min", ".active_min"];

impl Search<'_> {
    /// Searches. A stop through `control` breaks with none.
    pub fn run<B>(
        self,
        crew: &Crew,
        control: &Control,
        waiting: impl FnMut() -> ControlFlow<B>,
    ) -> ControlFlow<Option<B>, TuneResult> {
        let capacity = self.capacity();
        let problem = Problem {
            candidates: self.candidates,
            limits: self.limits.iter().map(|limit| (limit.arm, limit.want)).collect(),
        };
        let mut arms = Runs {
            search: &self,
            crew,
            control,
            waiting,
            capacity,
            absent: self.absent(),
            sizes: vec![None; self.study.points.len()],
            limited: 0,
        };
        let outcome = race(&problem, &self.rules, &mut arms)?;
        let limited = arms.limited;
        ControlFlow::Continue(TuneResult { limited, ..self.result(&outcome, capacity) })
    }

    /// The column of capacity.
    fn capacity(&self) -> usize {
        let is_capacity = |name: &str| CAPACITY.iter().any(|end| name.ends_with(end));
        let asked = self.limits.iter().find_map(|limit| match &limit.condition {
            Condition::Compares(measured, ..) if is_capacity(&measured.name) => Some(measured.column),
            Condition::Compares(..) | Condition::Expectations(_) => None,
        });
        asked.or_else(|| self.column("cluster.active_min")).unwrap_or_default()
    }

    fn column(&self, name: &str) -> Option<usize> {
        self.study.columns.iter().position(|column| column.name == name)
    }

    /// What a run counts as that has no value of the objective: the time from the deployment to the run's end.
    fn absent(&self) -> Option<(usize, Option<usize>)> {
        let is_time = self.objective.unit == Unit::Milliseconds;
        let created = format!("deployments.{}.created_s", self.tuned.name);
        is_time.then(|| Some((self.column("ended_at_s")?, self.column(&created))))?
    }

    fn result(self, outcome: &Outcome, capacity: usize) -> TuneResult {
        let best = outcome.best();
        let arms = self.study.points.len().checked_div(self.candidates).unwrap_or(1) as u64;
        let standings = &outcome.standings;
        let candidates: Vec<CandidateResult> =
            standings.iter().enumerate().map(|(at, standing)| self.candidate(at, standing)).collect();
        let about_capacity: Vec<bool> = self.limits.iter().map(|limit| limit.is_about(capacity)).collect();
        let limits = self.limits.iter().enumerate().map(|(at, limit)| LimitResult {
            text: limit.text.clone(),
            implied: limit.implied,
            bad: limit.arm == Arm::Bad,
            at_least: limit.is_at_least(),
            share: limit.want.share(),
            ruled_out: standings.iter().filter(|s| s.fate == Fate::Missed(at)).count() as u64,
        });
        let wants: Vec<_> = self.limits.iter().map(|limit| limit.want).collect();
        let binding = best.is_none().then(|| verdict::binding(&candidates, &wants)).flatten();
        // A bad revision is not tried with every setting. Whether it would be caught hangs less on the batch than on
        // all else, so that all else stays as it is recommended.
        let axes = &self.study.axes;
        let batches = axes.iter().position(|axis| axis.name.ends_with(".drainPercent"));
        let around = best.or(binding.map(|binding| binding.nearest)).filter(|_| arms > 1);
        let shown = |at: usize| match (around, batches) {
            (Some(around), Some(batches)) => verdict::differ_only_in(axes, batches, around, at),
            (Some(_), None) | (None, _) => true,
        };
        TuneResult {
            daemon: self.tuned.name.clone(),
            axes: self.study.axes.clone(),
            objective: self.study.columns[self.objective.column].clone(),
            capacity: self.study.columns[capacity].clone(),
            limits: limits.collect(),
            best,
            neighbours: best.map_or_else(Vec::new, |best| verdict::neighbours(&self.study.axes, best)),
            front: verdict::front(&candidates, &wants, &about_capacity, shown),
            binding,
            configuration: best.and_then(|best| self.configuration(best)),
            candidates,
            runs: outcome.runs,
            brute_force: (self.candidates as u64).saturating_mul(arms).saturating_mul(self.rules.most),
            limited: 0,
            assurance: self.rules.assurance,
            indifference: self.rules.indifference,
            remarks: self.remarks,
            readings: None,
        }
    }

    fn candidate(&self, at: usize, standing: &Standing) -> CandidateResult {
        let mut tally = Tally::default();
        standing.objectives.iter().for_each(|value| tally.add(*value));
        let runs = standing.runs(Arm::Good);
        CandidateResult {
            labels: self.study.points[at].labels.clone(),
            runs: standing.runs,
            objective: estimate(&tally, self.objective.unit),
            capacity: (runs > 0).then(|| standing.capacity as f64 / runs as f64),
            chances: standing.chances.clone(),
            fate: standing.fate,
        }
    }

    /// What a candidate is in an UpdateDaemon.
    fn configuration(&self, at: usize) -> Option<Configuration> {
        let setup = &self.study.points[at].setup;
        let settings = setup.timeline.iter().rev().find_map(|timed| {
            if let Request::CreateDaemon { daemon, settings } | Request::UpdateDaemon { daemon, settings } =
                &timed.request
                && *daemon == self.tuned.daemon
            {
                return Some(settings);
            }
            None
        })?;
        let percent = settings.drain_percent.to_string();
        let names = setup.names();
        Some(Configuration {
            drain_percent: if percent.contains('.') { percent } else { format!("{percent}.0") },
            bake_minutes: settings.bake.as_ms() / 60_000,
            alarms: settings.alarms.iter().map(|alarm| names.alarm(*alarm).to_owned()).collect(),
        })
    }
}

/// The study's runs, as the race asks for them.
struct Runs<'a, W> {
    search: &'a Search<'a>,
    crew: &'a Crew,
    control: &'a Control,
    waiting: W,
    capacity: usize,
    absent: Option<(usize, Option<usize>)>,
    /// How many runs of each point are done together, as far as that is known.
    sizes: Vec<Option<u64>>,
    /// Runs that a limit of events ended.
    limited: u64,
}

impl<B, W: FnMut() -> ControlFlow<B>> Arms for Runs<'_, W> {
    type Stop = Option<B>;

    fn run(&mut self, wanted: &[Wanted], tell: &mut dyn FnMut(usize, Arm, Seen)) -> ControlFlow<Self::Stop> {
        let (search, study) = (self.search, self.search.study);
        let mut batches = Vec::new();
        for Wanted { candidate, arm, replications } in wanted {
            let point = candidate + *arm as usize * search.candidates;
            let size = *self.sizes[point].get_or_insert_with(|| study.batch_size(point));
            let mut from = replications.start;
            while from < replications.end {
                let to = replications.end.min(from + size);
                batches.push(Batch { point, replications: from..to });
                from = to;
            }
        }
        let (capacity, absent, limited) = (self.capacity, self.absent, &mut self.limited);
        let sink = |batch: Batch, rows: Vec<u64>| {
            let arm = Arm::ALL[batch.point / search.candidates];
            for row in rows.chunks_exact(study.columns.len()) {
                *limited += u64::from(study.is_limited(row));
                tell(batch.point % search.candidates, arm, search.seen(row, capacity, absent));
            }
            ControlFlow::Continue(())
        };
        study.run(self.crew, self.control, batches, sink, &mut self.waiting)
    }
}

impl Search<'_> {
    fn seen(&self, row: &[u64], capacity: usize, absent: Option<(usize, Option<usize>)>) -> Seen {
        let there = |column: usize| (row[column] != ABSENT).then_some(row[column]);
        let instead = || {
            let (ended, created) = absent?;
            let created = created.and_then(there).unwrap_or(0);
            Some(there(ended)?.saturating_sub(created))
        };
        Seen {
            objective: there(self.objective.column).or_else(instead).unwrap_or(0),
            capacity: there(capacity).unwrap_or(0),
            held: self.limits.iter().map(|limit| limit.condition.holds(row)).collect(),
        }
    }
}
