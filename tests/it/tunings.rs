//! Searches whose answer is known: worked out here from the closed forms of a rollout (FORM-2.1, 2.2), not from runs.

use crate::story::{PROVIDER, Story, constant, cycle};
use daemonsim::kernel::SimDuration;
use daemonsim::model::Percent;
use daemonsim::study::limit::{Limit, Wording};
use daemonsim::study::results::{Fate, Head, Judgement, TuneResult};
use daemonsim::study::tune::{Rules, Search, tunable};
use daemonsim::study::{Control, Crew, Study};
use std::ops::ControlFlow;

const INSTANCES: u32 = 10;
const PERCENTS: [u64; 6] = [10, 20, 30, 40, 50, 100];
const BAKES: [u64; 3] = [0, 60, 120];

/// Ten instances; each percent with each bake, in seconds.
fn study() -> Study {
    let label = |n: &u64| n.to_string();
    let head = |name: &str, labels: &[u64]| Head {
        name: name.to_owned(),
        labels: labels.iter().map(label).collect(),
    };
    let axes = vec![head("agent.drainPercent", &PERCENTS), head("agent.bakeTimeInMinutes", &BAKES)];
    let points = PERCENTS.iter().flat_map(|percent| BAKES.map(|bake| (*percent, bake)));
    let setups = points.map(|(percent, bake)| {
        let story = Story::of_large_tasks(INSTANCES);
        let story = story.update(Percent::whole(percent), SimDuration::from_secs(bake));
        (vec![percent.to_string(), bake.to_string()], story.setup, vec![])
    });
    Study::of_setups(axes, setups)
}

fn search(limits: &[&str], rules: Rules, threads: usize) -> TuneResult {
    let study = study();
    let tuned = tunable(&study.points[0].setup).remove(0);
    assert_eq!((tuned.name.as_str(), &tuned.settings.providers[..]), ("agent", &[PROVIDER][..]));
    let wording = Wording::new(&study.columns, "agent", false, 0.95);
    let limits: Vec<Limit> = limits.iter().map(|text| wording.limit(text).unwrap()).collect();
    let search = Search {
        study: &study,
        candidates: study.points.len(),
        tuned: &tuned,
        limits,
        objective: wording.measure("duration").unwrap(),
        rules,
        remarks: Vec::new(),
    };
    let crew = Crew::new(Some(threads)).unwrap();
    match search.run(&crew, &Control::default(), || ControlFlow::<()>::Continue(())) {
        ControlFlow::Continue(result) => result,
        ControlFlow::Break(_) => unreachable!("nothing stops it"),
    }
}

/// How long the update takes: contract 2.1.
fn duration(percent: u64, bake: u64) -> u64 {
    let delays = Story::of_instances(1).setup.delays;
    let batch = (u64::from(INSTANCES) * percent).div_ceil(100);
    let waves = u64::from(INSTANCES).div_ceil(batch);
    constant(&delays.deploy_decision)
        + waves * cycle(&delays)
        + (waves - 1) * constant(&delays.wave_gap)
        + constant(&delays.success_check)
        + bake * 1000
}

/// While a batch drains, the rest of the ten is ACTIVE.
fn active_min(percent: u64) -> u64 {
    u64::from(INSTANCES) - (u64::from(INSTANCES) * percent).div_ceil(100)
}

#[test]
fn the_fastest_that_keeps_to_the_limit_is_the_one_of_the_closed_form() {
    for least in [10, 50, 60, 70, 80, 90] {
        let fit = PERCENTS.iter().filter(|p| active_min(**p) * 10 >= least);
        let all = fit.flat_map(|p| BAKES.map(|bake| (duration(*p, bake), *p, bake)));
        let (best, percent, bake) = all.min().unwrap();
        let limit = format!("cluster.active_min >= {least}%");
        let result = search(&[&limit], Rules::default(), 2);
        let found = &result.candidates[result.best.unwrap()];
        assert_eq!(found.labels, [percent.to_string(), bake.to_string()], "{limit}");
        assert_eq!(found.objective.unwrap().mean, best as f64, "{limit}");
        let configuration = result.configuration.as_ref().unwrap();
        assert_eq!(configuration.drain_percent, format!("{percent}.0"));
        // 18 settings, 4096 runs each.
        assert_eq!(result.brute_force, 73_728);
        assert!(result.runs < 73_728 / 50, "{limit}: {} runs", result.runs);
    }
}

/// Each setting's loss and low point are those of the closed forms, and all that miss the limit are out by it.
#[test]
fn what_is_ruled_out_is_what_the_closed_form_rules_out() {
    let result = search(&["cluster.active_min >= 70%"], Rules::default(), 2);
    let best = duration(30, 0) as f64;
    for (n, candidate) in result.candidates.iter().enumerate() {
        let (percent, bake) = (PERCENTS[n / 3], BAKES[n % 3]);
        let (own, low) = (duration(percent, bake) as f64, active_min(percent));
        assert_eq!(candidate.objective.unwrap().mean, own, "{percent} %, {bake} s");
        assert_eq!(candidate.capacity, Some(low as f64), "{percent} %");
        let by = own - best;
        let expected = match () {
            () if low < 7 => Fate::Missed(0),
            () if by == 0.0 => Fate::Best,
            () => Fate::Worse { by, at_least: by },
        };
        assert_eq!(candidate.fate, expected, "{percent} %, {bake} s");
    }
    // Without a bake each smaller batch is slower and leaves more: all are on the front. The recommended setting is
    // number 6; next to it 20 % and 40 %, and the next bake.
    assert_eq!(result.front, [15, 12, 9, 6, 3, 0]);
    assert_eq!(result.neighbours, [(0, 3), (0, 9), (1, 7)]);
    assert_eq!(result.limits[0].ruled_out, 9);
}

#[test]
fn what_nothing_keeps_to_is_said_and_named() {
    let limits = ["duration <= 1d", "cluster.active_min >= 95%"];
    let result = search(&limits, Rules::default(), 2);
    assert_eq!((result.best, result.configuration.is_some()), (None, false));
    let binding = result.binding.unwrap();
    assert_eq!((binding.limit, binding.alone), (1, 18));
    assert!(result.candidates.iter().all(|candidate| candidate.fate == Fate::Missed(1)));
}

/// A handful of runs shows nothing with certainty, and no setting is recommended on them.
#[test]
fn too_few_runs_leave_all_open() {
    let rules = Rules { most: 20, ..Rules::default() };
    let result = search(&["cluster.active_min >= 70%"], rules, 2);
    assert_eq!(result.best, None);
    let open = result.candidates.iter().filter(|candidate| candidate.fate == Fate::Open);
    assert!(open.clone().all(|c| c.chances[0].verdict == Judgement::Open && c.runs == [20, 0]));
    assert_eq!(open.count(), 9);
}

#[test]
fn threads_do_not_matter() {
    let limits = ["cluster.active_min >= 60%", "P(rollback) <= 5%"];
    assert_eq!(search(&limits, Rules::default(), 1), search(&limits, Rules::default(), 3));
}
