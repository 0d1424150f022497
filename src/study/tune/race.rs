//! The race: runs go to the candidates that may still win, until it is sure who does.
//!
//! All candidates meet the same weather, replication by replication. In each round those that could be the best and of
//! which not enough is known are run more often, and everything that can be said is said. It is said so carefully that
//! all of it is true at once with the assurance asked for, however many candidates, limits and rounds there are: the
//! doubt is shared out among them.

use super::pairs::{Pair, compare};
use super::standing::{Standing, mean};
use crate::study::limit::{Arm, Want};
use crate::study::results::{Chance, Fate, Judgement};
use crate::study::tally::Tally;
use std::ops::{ControlFlow, Range};

/// What is raced for.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// How many candidates; of those that are exactly equal the first wins.
    pub candidates: usize,
    /// What they must keep to: whose runs, and how often.
    pub limits: Vec<(Arm, Want)>,
    /// Nothing is left to chance: what one run shows, all would.
    pub certain: bool,
    /// By how much two runs can differ at least, whether or not they have: 1 for a yes or no.
    pub span: u64,
}

/// How long, and how surely.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rules {
    /// Replications that everyone has.
    pub first: u64,
    /// Replications that nobody exceeds.
    pub most: u64,
    /// All that is said of limits is true with this probability, and all that is said of the objective.
    pub assurance: f64,
    /// Whoever could be better by no more than this share is not waited for.
    pub indifference: f64,
}

impl Default for Rules {
    fn default() -> Rules {
        Rules { first: 16, most: 4096, assurance: 0.95, indifference: 0.005 }
    }
}

/// Runs that are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Of whom.
    pub candidate: usize,
    /// With which revision.
    pub arm: Arm,
    /// Which.
    pub replications: Range<u64>,
}

/// What matters of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// What is to be small.
    pub objective: u64,
    /// The low point of capacity.
    pub capacity: u64,
    /// For each limit, whether its condition held.
    pub held: Vec<bool>,
    /// For each limit, by how much its condition did not hold, as a share of its bound.
    pub gaps: Vec<f64>,
}

/// Whoever can do runs.
pub trait Arms {
    /// Why it may end early.
    type Stop;

    /// Does the runs and tells of each, in the order of `wanted` and of replications.
    fn run(&mut self, wanted: &[Wanted], tell: &mut dyn FnMut(usize, Arm, Seen)) -> ControlFlow<Self::Stop>;
}

/// What a race came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Each candidate's.
    pub standings: Vec<Standing>,
    /// Runs that were done.
    pub runs: u64,
}

impl Outcome {
    /// The winner.
    pub fn best(&self) -> Option<usize> {
        self.standings.iter().position(|standing| standing.fate == Fate::Best)
    }
}

/// Runs a race.
///
/// # Errors
///
/// What ended the runs early.
pub fn race<A: Arms>(problem: &Problem, rules: &Rules, arms: &mut A) -> ControlFlow<A::Stop, Outcome> {
    let mut race = Race::new(problem, rules);
    let mut runs = 0;
    let mut wanted = race.first();
    while !wanted.is_empty() {
        runs += wanted.iter().map(|w| w.replications.end - w.replications.start).sum::<u64>();
        let limits = &problem.limits;
        let standings = &mut race.standings;
        arms.run(&wanted, &mut |candidate, arm, seen| standings[candidate].add(arm, &seen, limits))?;
        race.judge();
        wanted = race.next();
    }
    if let Some(best) = race.leader() {
        race.standings[best].fate = Fate::Best;
    }
    ControlFlow::Continue(Outcome { standings: race.standings, runs })
}

struct Race<'p> {
    problem: &'p Problem,
    rules: &'p Rules,
    standings: Vec<Standing>,
    /// The probability of a mistake about one limit of one candidate in one round, on one side.
    doubt: f64,
    /// The same of one pair.
    doubt_of_pairs: f64,
}

/// So many standard errors are no luck any more.
const FAR: f64 = 4.0;

/// Whom to run next is no claim: a wrong guess costs runs and nothing else.
const DOUBT_OF_ORDER: f64 = 0.005;

impl<'p> Race<'p> {
    fn new(problem: &'p Problem, rules: &'p Rules) -> Race<'p> {
        let standings = vec![Standing::new(problem.limits.len()); problem.candidates];
        let (doubt, doubt_of_pairs) = (doubt_of_limits(problem, rules), doubt_of_pairs(problem, rules));
        Race { problem, rules, standings, doubt, doubt_of_pairs }
    }

    /// Everyone's first runs of the scenario as it is; a bad revision is tried where it may matter.
    fn first(&self) -> Vec<Wanted> {
        let all = 0..self.problem.candidates;
        all.map(|candidate| self.more(candidate, Arm::Good)).collect()
    }

    /// The next runs: the first ones, then twice as many each time.
    fn more(&self, candidate: usize, arm: Arm) -> Wanted {
        let done = self.standings[candidate].runs(arm);
        let to = if done == 0 { self.rules.first } else { done * 2 };
        Wanted { candidate, arm, replications: done..to.min(self.rules.most) }
    }

    /// Says what can be said after a round.
    fn judge(&mut self) {
        let (limits, doubt) = (&self.problem.limits, self.doubt);
        for standing in &mut self.standings {
            if standing.fate == Fate::Open {
                standing.judge(limits, doubt);
            }
        }
        let Some(leader) = self.leader() else { return };
        // What was said beside a leader is looked at again: it may have got worse since, or given way to another.
        let range = self.range();
        for candidate in 0..self.standings.len() {
            if candidate != leader && !matches!(self.standings[candidate].fate, Fate::Missed(_)) {
                self.standings[candidate].fate = self.against(candidate, leader, range);
            }
        }
        self.standings[leader].fate = Fate::Open;
    }

    /// How far runs of any candidates lie apart.
    fn range(&self) -> u64 {
        let all = || self.standings.iter().flat_map(|standing| &standing.objectives).copied();
        let range = all().max().unwrap_or_default() - all().min().unwrap_or_default();
        range.max(self.problem.span)
    }

    /// The best of those that surely keep to all limits.
    fn leader(&self) -> Option<usize> {
        self.best_of(|standing| standing.is_sure())
    }

    /// The best of those that are still in the race and of which this holds; of equals the first.
    fn best_of(&self, wanted: impl Fn(&Standing) -> bool) -> Option<usize> {
        let all = (0..self.standings.len()).filter(|candidate| {
            let standing = &self.standings[*candidate];
            !matches!(standing.fate, Fate::Missed(_)) && wanted(standing)
        });
        all.reduce(
            |best, candidate| if self.pair(candidate, best, 0.5).mean < 0.0 { candidate } else { best },
        )
    }

    /// How one stands to another: by the replications that both have, and by what one of them has shown since.
    fn pair(&self, candidate: usize, other: usize, doubt: f64) -> Pair {
        let (one, two) = (&self.standings[candidate].objectives, &self.standings[other].objectives);
        let pair = compare(one, two, doubt);
        let common = one.len().min(two.len());
        let drift = drift(one, common) - drift(two, common);
        let exact = pair.exact && drift == 0.0;
        Pair { mean: pair.mean + drift, low: pair.low + drift, exact }
    }

    /// What becomes of a candidate beside one that surely keeps to all limits.
    fn against(&self, candidate: usize, leader: usize, range: u64) -> Fate {
        let pair = self.pair(candidate, leader, self.doubt_of_pairs);
        let low = if pair.exact { pair.low - self.unseen(candidate, leader, range) } else { pair.low };
        if low > 0.0 {
            return Fate::Worse { by: pair.mean, at_least: low };
        }
        if pair.exact && self.problem.certain {
            // An earlier one that is exactly equal would be preferred, should it keep to the limits.
            return if pair.mean == 0.0 && leader < candidate { Fate::Tied } else { Fate::Open };
        }
        let hair = self.rules.indifference * self.standings[leader].mean();
        if low >= -hair { Fate::Close } else { Fate::Open }
    }

    /// By how much something that no common run has shown may yet move a difference that was always the same: as rare as
    /// it then must be, times as much as any runs differ.
    fn unseen(&self, candidate: usize, leader: usize, range: u64) -> f64 {
        if self.problem.certain {
            return 0.0;
        }
        let runs = |at: usize| self.standings[at].objectives.len();
        let common = runs(candidate).min(runs(leader)).max(1) as f64;
        (-libm::log(self.doubt_of_pairs) / common).min(1.0) * range as f64
    }

    /// Who runs next: whoever could be the best and is not known well enough, and those about as good; nobody, when the
    /// race is over.
    fn next(&self) -> Vec<Wanted> {
        let leader = self.leader();
        let needs: Vec<Vec<(usize, Arm)>> =
            (0..self.standings.len()).map(|candidate| self.needs(candidate, leader)).collect();
        let waits = |candidate: &usize| !needs[*candidate].is_empty();
        let waiting: Vec<usize> = (0..needs.len()).filter(waits).collect();
        let fastest = |a, b| if self.pair(b, a, 0.5).mean < 0.0 { b } else { a };
        let Some(first) = waiting.iter().copied().reduce(fastest) else { return Vec::new() };
        let near = waiting.into_iter().filter(|c| self.pair(*c, first, DOUBT_OF_ORDER).low <= 0.0);
        let mut asked: Vec<(usize, Arm)> = near.flat_map(|candidate| needs[candidate].clone()).collect();
        asked.sort_unstable();
        asked.dedup();
        asked.into_iter().map(|(candidate, arm)| self.more(candidate, arm)).collect()
    }

    /// Which runs would tell more of a candidate: those that decide its limits, and its distance from the leader.
    fn needs(&self, candidate: usize, leader: Option<usize>) -> Vec<(usize, Arm)> {
        let standing = &self.standings[candidate];
        if standing.fate != Fate::Open || leader == Some(candidate) {
            return Vec::new();
        }
        let more = |candidate: usize, arm| self.standings[candidate].runs(arm) < self.rules.most;
        let open = |arm: &Arm| {
            let limits = self.problem.limits.iter().zip(&standing.chances);
            more(candidate, *arm)
                && limits.into_iter().any(|((of, _), c)| of == arm && c.verdict == Judgement::Open)
        };
        let mut needs: Vec<(usize, Arm)> =
            Arm::ALL.iter().filter(|arm| open(arm)).map(|arm| (candidate, *arm)).collect();
        // Without a leader the limits come first; an exact difference needs no second look where nothing is left to
        // chance.
        if let Some(leader) = leader
            && !(self.problem.certain && self.pair(candidate, leader, 0.5).exact)
        {
            let (own, others) = (standing.runs(Arm::Good), self.standings[leader].runs(Arm::Good));
            if own <= others && more(candidate, Arm::Good) {
                needs.push((candidate, Arm::Good));
            }
            if others <= own && more(leader, Arm::Good) {
                needs.push((leader, Arm::Good));
            }
        }
        needs
    }
}

/// For each limit how many runs of a candidate it takes to show that it is kept, when every one of them is as it should be.
pub fn runs_to_show(problem: &Problem, rules: &Rules) -> Vec<u64> {
    let doubt = doubt_of_limits(problem, rules);
    let of = |(_, want): &(Arm, Want)| {
        // So many in a row would be luck only with the probability of the doubt.
        let luck = match want {
            Want::AtLeast(share) => *share,
            Want::AtMost(share) => 1.0 - share,
        };
        (libm::log(doubt) / libm::log(luck)).ceil().max(1.0) as u64
    };
    problem.limits.iter().map(of).collect()
}

/// The doubt shared out among candidates and looks.
fn doubt_of_pairs(problem: &Problem, rules: &Rules) -> f64 {
    (1.0 - rules.assurance) / (problem.candidates.max(1) as f64 * f64::from(looks(rules)))
}

/// The same among limits too.
fn doubt_of_limits(problem: &Problem, rules: &Rules) -> f64 {
    doubt_of_pairs(problem, rules) / problem.limits.len().max(1) as f64
}

/// How much the mean of all runs lies beyond that of the first ones, where that is more than their luck: something rare has
/// come since.
fn drift(objectives: &[u64], first: usize) -> f64 {
    if first == objectives.len() || first < 2 {
        return 0.0;
    }
    let mut early = Tally::default();
    objectives[..first].iter().for_each(|value| early.add(*value));
    let moved = mean(objectives) - early.mean().unwrap_or_default();
    let luck = FAR * (early.variance().unwrap_or_default() / first as f64).sqrt();
    if moved.abs() > luck { moved } else { 0.0 }
}

/// How often something is looked at, at the most: the first runs, then twice as many each time.
fn looks(rules: &Rules) -> u32 {
    let (mut runs, mut looks) = (rules.first.min(rules.most), 1);
    while runs < rules.most {
        runs = (runs * 2).min(rules.most);
        looks += 1;
    }
    looks
}

impl Standing {
    /// Brings what is known of its limits up to date.
    fn judge(&mut self, limits: &[(Arm, Want)], doubt: f64) {
        for (at, (_, want)) in limits.iter().enumerate() {
            let before = self.chances[at];
            let now = want.judge(before.hits, before.runs, doubt);
            // What was sure once stays so: the doubt allows for every look.
            let verdict = if before.verdict == Judgement::Open { now.verdict } else { before.verdict };
            let (low, high) = (before.low.max(now.low), before.high.min(now.high));
            self.chances[at] = Chance { low, high, verdict, ..now };
        }
        let missed = self.chances.iter().position(|chance| chance.verdict == Judgement::Missed);
        if let Some(limit) = missed {
            self.fate = Fate::Missed(limit);
        }
    }

    /// Whether it keeps to all limits.
    fn is_sure(&self) -> bool {
        self.chances.iter().all(|chance| chance.verdict == Judgement::Met)
    }
}
