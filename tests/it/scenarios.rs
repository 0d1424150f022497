//! The shipped scenarios hold what they promise, and their stories stay as they are.
//!
//! `UPDATE_GOLDEN=1 cargo test` writes the stories anew; what has changed is then for the reviewer to read.

use crate::project;
use daemonsim::output::text::{TextOptions, summary_text};
use daemonsim::output::{Narrative, RunMeta, RunReport};
use daemonsim::record::{Ledger, Series};
use daemonsim::scenario::{Scenario, json_schema};
use std::fs;

/// Defines a test for each scenario with a golden story: what happens in it, and its name.
macro_rules! stories {
    ($($test:ident: $name:literal,)*) => {
        /// Scenarios with a golden story, in the order of their names.
        const STORIES: &[&str] = &[$($name),*];

        $(
            #[test]
            fn $test() {
                told($name);
            }
        )*
    };
}

stories! {
    a_arrives_at_an_empty_provider: "a",
    an_alarm_that_rings_already_is_ignored: "alarm-already-rings",
    an_alarm_flaps_until_it_is_seen: "alarm-flaps",
    b_arrives_at_a_provider_that_serves: "b",
    c_gives_a_daemon_a_second_provider: "c",
    a_defect_is_caught_in_the_bake: "caught-in-the-bake",
    a_daemon_crashes_everywhere_and_is_repaired_in_turn: "crashes-everywhere",
    d_rolls_a_new_revision_out: "d",
    e_cleans_up: "e",
    a_defect_escapes_the_bake: "escapes-the-bake",
    a_revision_never_starts: "never-starts",
    an_optional_agent_starts_nowhere: "optional-agent-fails",
    spot_instances_are_taken_in_the_middle_of_a_wave: "spot-reclaim",
    a_revision_starts_on_most_hosts: "starts-on-most",
    a_rollout_is_stuck_behind_a_job: "stuck-behind-a-job",
    an_update_is_sent_during_a_rollback: "update-during-rollback",
    a_zone_is_lost_in_the_middle_of_a_wave: "zone-is-lost",
}

/// These are too large for a debug build, and only checked.
const ONLY_CHECKED: &[&str] = &["large", "which-settings"];

const FIRST_LINE: &str = "# yaml-language-server: $schema=scenario.schema.json";

#[test]
fn no_scenario_is_forgotten() {
    let mut known: Vec<String> =
        STORIES.iter().chain(ONLY_CHECKED).map(|name| format!("scenarios/{name}.yaml")).collect();
    known.sort();
    let shipped = project::files("scenarios").into_iter().filter(|path| path.ends_with(".yaml"));
    assert_eq!(shipped.collect::<Vec<_>>(), known, "a shipped scenario is a test here");
    let stories: Vec<String> = STORIES.iter().map(|name| format!("tests/golden/{name}.txt")).collect();
    assert_eq!(project::files("tests/golden"), stories);
}

/// What a scenario is warned of is part of its story; one without a story may only be beyond ECS's quotas, or
/// without prices of Spot.
#[test]
fn all_are_valid_and_expect_something() {
    for name in STORIES.iter().chain(ONLY_CHECKED) {
        assert!(!read(name).expectations.is_empty(), "{name} expects nothing");
    }
    let known =
        ["more than the 5000 of a cluster", "about 500 tasks of a service a minute", "priced as on-demand"];
    for name in ONLY_CHECKED {
        let warnings = read(name).warnings;
        let surprise =
            warnings.iter().find(|warning| !known.iter().any(|part| warning.message.contains(part)));
        assert!(surprise.is_none(), "{name}: {surprise:?}");
    }
}

/// A scenario's results are written to the directory of its name; one that is called otherwise is hard to find.
#[test]
fn stories_that_are_named_by_what_happens_are_called_so() {
    for name in STORIES.iter().filter(|name| name.len() > 1) {
        assert_eq!(read(name).setup.name, **name);
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

/// Runs a scenario, and compares what it is warned of and what it tells with what it told before.
fn told(name: &str) {
    let Scenario { setup, description, expectations, warnings, .. } = read(name);
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
    let warned: String = warnings.iter().map(|warning| format!("warning: {}\n\n", warning.message)).collect();
    let story: String = format!("{warned}{}\n{page}", narrative.finish())
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
