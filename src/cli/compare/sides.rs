//! The two scenarios of a comparison, from one file or two.

use super::super::crash::Alone;
use super::super::exit::{Exit, Failure};
use super::super::load::{Loaded, load};
use super::super::options::ScenarioOptions;
use super::super::report::hexadecimal;
use super::super::terminal::Terminal;
use super::usage;
use crate::output::study::compare::{CompareMeta, Side};
use crate::scenario::{Override, Replications, Scenario};
use crate::study::Study;
use crate::study::results::Head;
use std::path::Path;

/// Two scenarios, ready to run.
pub(super) struct Sides {
    /// A, then B.
    pub(super) study: Study,
    pub(super) meta: CompareMeta,
    /// How often A's file asks to be run.
    pub(super) replications: Option<u64>,
    /// How a run of either is done alone.
    pub(super) alone: Alone,
    /// The name of the directory for results.
    pub(super) directory: String,
}

impl Sides {
    pub(super) fn load(
        a: &Path,
        b: Option<&Path>,
        which: &ScenarioOptions,
        terminal: &Terminal,
    ) -> Result<Sides, Failure> {
        if which.replication != 0 {
            return Err(usage(
                "--replication is for a single run; --replications says how many `compare` does",
            ));
        }
        match b {
            Some(b) => two_files(a, b, which, terminal),
            None => one_file(a, which, terminal),
        }
    }

    fn of(
        [a, b]: [(Scenario, String); 2],
        words: [Vec<String>; 2],
        directory: String,
        terminal: &Terminal,
        first: &Loaded,
    ) -> Sides {
        let color = terminal.colors_talk();
        // What is wrong with both is said once.
        let news = b.0.warnings.iter().filter(|warning| !a.0.warnings.contains(warning));
        a.0.warnings.iter().chain(news).for_each(|warning| terminal.talk(&warning.render(color)));
        let side = |(scenario, label): &(Scenario, String)| Side {
            scenario: scenario.setup.name.clone(),
            label: label.clone(),
            sha256: hexadecimal(&scenario.digest()),
        };
        let meta = CompareMeta {
            a: side(&a),
            b: side(&b),
            seed: a.0.setup.seed,
            version: env!("CARGO_PKG_VERSION").to_owned(),
        };
        let [of_a, of_b] = words;
        let alone = Alone {
            command: vec!["run".to_owned()],
            values: vec![("scenario=A".to_owned(), of_a), ("scenario=B".to_owned(), of_b)],
        };
        let labels = ["A", "B"].map(str::to_owned);
        let axis = Head { name: "scenario".to_owned(), labels: labels.to_vec() };
        let mut scenarios = [a.0, b.0];
        if scenarios[0].expectations != scenarios[1].expectations {
            terminal.talk("note: A and B expect different things; what they expect is not compared");
            scenarios.iter_mut().for_each(|scenario| scenario.expectations.clear());
        }
        let points = labels.into_iter().map(|label| vec![label]).zip(scenarios);
        let replications = match first.scenario.study.replications {
            Some(Replications::Number(number)) => Some(number),
            Some(Replications::Auto) | None => None,
        };
        Sides { study: Study::new(vec![axis], points), meta, replications, alone, directory }
    }
}

/// Every `--set` changes both.
fn two_files(a: &Path, b: &Path, which: &ScenarioOptions, terminal: &Terminal) -> Result<Sides, Failure> {
    if [a, b] == [Path::new("-"); 2] {
        return Err(usage("standard input can be read once: only one of A and B is `-`"));
    }
    let (a, b) = match (load(a, which, terminal), load(b, which, terminal)) {
        (Ok(a), Ok(b)) => (a, b),
        (Err(a), Err(b)) if a.exit == b.exit && a.exit == Exit::Scenario => return Err(a.and(b)),
        (Err(failure), _) | (_, Err(failure)) => return Err(failure),
    };
    let (seed, own) = (a.scenario.setup.seed, b.scenario.setup.seed);
    let second = if seed == own {
        b.template.scenario(&[])?
    } else {
        let line =
            format!("note: B runs with the seed of A, {seed}, not with its own, {own}: in the same weather");
        terminal.talk(&line);
        let edit = Override { option: "--seed", path: "seed".to_owned(), value: seed.to_string() };
        b.template.scenario(&[edit])?
    };
    let directory = format!("{}-vs-{}", a.scenario.setup.name, second.setup.name);
    let words = [&a.file, &b.file].map(|file| words_of(file, &which.set));
    let sides = [(a.scenario.clone(), a.file.clone()), (second, b.file)];
    Ok(Sides::of(sides, words, directory, terminal, &a))
}

/// B has the last `--set`, A the one before it.
fn one_file(path: &Path, which: &ScenarioOptions, terminal: &Terminal) -> Result<Sides, Failure> {
    let edit = |text: &String| {
        Override::parse(text).map_err(|why| usage(&format!("invalid --set: {why}"))).map(|edit| vec![edit])
    };
    let (a, b) = match &which.set[..] {
        [b] => (None, b),
        [a, b] => (Some(a), b),
        sets => {
            return Err(usage(&format!(
                "one scenario is compared with itself by one --set (that of B) or two (of A and of B), not by \
                 {}; two scenarios take any number, for both",
                sets.len()
            )));
        }
    };
    let edits = [a.map_or(Ok(Vec::new()), edit)?, edit(b)?];
    let common = ScenarioOptions { set: Vec::new(), ..*which };
    let loaded = load(path, &common, terminal)?;
    let label = a.map_or_else(|| format!("{}, as it is", loaded.file), Clone::clone);
    let sides = match edits.map(|edits| loaded.template.scenario(&edits)) {
        [Ok(first), Ok(second)] => [(first, label), (second, b.clone())],
        [Err(first), Err(second)] => return Err(first.and(second)),
        [Err(failure), _] | [_, Err(failure)] => return Err(failure),
    };
    let directory = format!("{}-compare", loaded.scenario.setup.name);
    let words = [a.map_or(&[][..], std::slice::from_ref), std::slice::from_ref(b)];
    let words = words.map(|sets| words_of(&loaded.file, sets));
    Ok(Sides::of(sides, words, directory, terminal, &loaded))
}

/// The words that are one side.
fn words_of(file: &str, sets: &[String]) -> Vec<String> {
    let sets = sets.iter().flat_map(|set| ["--set".to_owned(), set.clone()]);
    [file.to_owned()].into_iter().chain(sets).collect()
}
