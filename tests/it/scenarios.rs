//! The shipped scenarios hold what they promise, and their stories stay as they are.
//!
//! `UPDATE_GOLDEN=1 cargo test` writes the stories anew; what has changed is then for the reviewer to read.

use crate::project;
use daemonsim::output::text::{TextOptions, summary_text};
use daemonsim::output::{Narrative, RunMeta, RunReport};
use daemonsim::record::{Ledger, Series};
use daemonsim::scenario::{Scenario, json_schema};
use std::fs;

/// Scenarios with a golden story. `large` is too large for a debug build; it is only checked.
const STORIES: [&str; 5] = ["a", "b", "c", "d", "e"];
const ONLY_CHECKED: [&str; 1] = ["large"];

const FIRST_LINE: &str = "# yaml-language-server: $schema=scenario.schema.json";

#[test]
fn a_arrives_at_an_empty_provider() {
    told("a");
}

#[test]
fn b_arrives_at_a_provider_that_serves() {
    told("b");
}

#[test]
fn c_gives_a_daemon_a_second_provider() {
    told("c");
}

#[test]
fn d_rolls_a_new_revision_out() {
    told("d");
}

#[test]
fn e_cleans_up() {
    told("e");
}

#[test]
fn no_scenario_is_forgotten() {
    let shipped: Vec<String> =
        project::files("scenarios").into_iter().filter(|path| path.ends_with(".yaml")).collect();
    let known: Vec<String> =
        STORIES.iter().chain(&ONLY_CHECKED).map(|name| format!("scenarios/{name}.yaml")).collect();
    assert_eq!(shipped, known, "a shipped scenario is a test here");
    let stories: Vec<String> = STORIES.iter().map(|name| format!("tests/golden/{name}.txt")).collect();
    assert_eq!(project::files("tests/golden"), stories);
}

#[test]
fn all_are_valid_and_expect_something() {
    for name in STORIES.iter().chain(&ONLY_CHECKED) {
        let scenario = read(name);
        // That fewer tasks fit beside a daemon is part of some of the stories, a fleet beyond ECS's quotas of one.
        let known = [" tasks of ", "more than the 5000 of a cluster"];
        let surprise =
            scenario.warnings.iter().find(|warning| !known.iter().any(|part| warning.message.contains(part)));
        assert!(surprise.is_none(), "{name}: {surprise:?}");
        assert!(!scenario.expectations.is_empty(), "{name} expects nothing");
    }
}

#[test]
fn editors_know_the_format_as_it_is() {
    let path = "scenarios/scenario.schema.json";
    let fresh = json_schema();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(project::root().join(path), &fresh).unwrap();
    }
    assert!(
        project::read(path) == fresh,
        "{path} is stale: daemonsim schema > {path}, or UPDATE_GOLDEN=1 cargo test"
    );
}

fn read(name: &str) -> Scenario {
    let path = format!("scenarios/{name}.yaml");
    let text = project::read(&path);
    assert_eq!(text.lines().next(), Some(FIRST_LINE), "{path}: editors look there for the schema");
    let files = &mut |file: &str| Err(format!("{file}: a shipped scenario is one file"));
    Scenario::parse(&path, text.as_bytes(), &[], files).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

/// Runs a scenario, and compares what it tells with what it told before.
fn told(name: &str) {
    let Scenario { setup, description, expectations, .. } = read(name);
    let names = setup.names();
    let listeners = (Narrative::new(&names), (Ledger::default(), Series::default()));
    let (summary, (narrative, (ledger, series))) = daemonsim::world::simulate(&setup, 0, listeners);
    let meta = RunMeta { scenario: setup.name.clone(), description, seed: setup.seed, ..RunMeta::default() };
    let prices: Vec<u64> = setup.instance_types.iter().map(|kind| kind.price_per_hour_nanos).collect();
    let report = RunReport {
        names: &names,
        meta: &meta,
        summary: &summary,
        ledger: &ledger,
        series: &series,
        prices_per_hour_nanos: &prices,
        assumptions: &[],
        expectations: &expectations,
    };
    let page = summary_text(&report, &TextOptions::default());
    for expected in &expectations {
        assert!(expected.judge(&summary).1, "{name}: {} does not hold:\n{page}", expected.path);
    }
    let story: String = format!("{}\n{page}", narrative.finish())
        .lines()
        .map(|line| format!("{}\n", line.trim_end()))
        .collect();
    let path = format!("tests/golden/{name}.txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(project::root().join(&path), &story).unwrap();
    }
    let before = project::read(&path);
    let other = before.lines().zip(story.lines()).position(|(was, is)| was != is);
    assert!(
        before == story,
        "{path} tells otherwise from line {} on; if that is right, UPDATE_GOLDEN=1 cargo test. Now:\n{story}",
        other.unwrap_or(0) + 1
    );
}
