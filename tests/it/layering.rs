//! Who may look into whose room. Modules of one crate do not forbid each other; this does.

use crate::project;

/// Each room, and the rooms (or parts of them) that it may look into.
const MAY_USE: &[(&str, &[&str])] = &[
    ("kernel", &[]),
    ("model", &["kernel"]),
    ("policy", &["kernel", "model"]),
    ("record", &["kernel", "model"]),
    ("world", &["kernel", "model", "policy", "record"]),
    ("scenario", &["kernel", "model", "record", "world::setup"]),
    ("study", &["kernel", "model", "record", "scenario", "world"]),
    ("output", &["kernel", "model", "record", "study::results"]),
    ("cli", &["kernel", "model", "record", "world", "scenario", "study", "output"]),
];

/// What only `cli` may touch, but for tests: files, the environment, processes, the terminal.
const OUTSIDE: &[&str] = &["std::fs", "std::env", "std::process", "io::stdin", "io::stdout", "io::stderr"];

#[test]
fn every_room_keeps_to_its_neighbours() {
    let found: Vec<String> =
        project::sources().iter().flat_map(|(path, text)| complaints(path, text)).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn every_room_is_in_the_table() {
    for (path, _) in project::sources() {
        let Some(room) = room_of(&path) else { continue };
        assert!(MAY_USE.iter().any(|(name, _)| *name == room), "{path}: what may `{room}` use?");
    }
    for (room, _) in MAY_USE {
        assert!(project::root().join("src").join(room).is_dir(), "there is no room `{room}`");
    }
}

/// The rule bites: each of these breaks it, each in another way.
#[test]
fn what_is_forbidden_is_found() {
    for (path, text, complaint) in [
        ("src/policy/mod.rs", "use crate::world::World;", ":1: `policy` may not use `world::World`"),
        ("src/kernel/a.rs", "//! Time.\n\nuse crate::{model, record};", ":3: one room a line, please"),
        ("src/model/a.rs", "fn f() {\n    crate::world::run();\n}", ":2: `model` may not use `world::run`"),
        ("src/scenario/a.rs", "use crate::world::World;", ":1: `scenario` may not use `world::World`"),
        ("src/output/a.rs", "use super::super::world::World;", ":1: `output` may not use `world::World`"),
        ("src/world/a.rs", "use crate::\n    scenario::Scenario;", ":1: one room a line, please"),
        ("src/record/a.rs", "use crate as daemonsim;", ":1: the crate needs no other name"),
        ("src/world/a.rs", "let _ = std::fs::read(path);", ":1: only `cli` touches `std::fs`"),
        ("src/cli/a.rs", "use crate::policy::decide;", ":1: `cli` may not use `policy::decide`"),
    ] {
        assert_eq!(complaints(path, text), [format!("{path}{complaint}")]);
    }
}

#[test]
fn what_is_allowed_is_not() {
    for (path, text) in [
        ("src/scenario/a.rs", "use crate::world::setup::{Request, Setup};"),
        ("src/scenario/a.rs", "//! Text to [`crate::output`], says a comment."),
        ("src/policy/a.rs", "use crate::model::Cluster;\nuse super::rollout;"),
        ("src/kernel/a.rs", "use crate::kernel::SimTime;"),
        ("src/lib.rs", "pub use crate::world::World;"),
        ("src/cli/a.rs", "use std::fs;"),
        ("src/output/a.rs", "#[cfg(test)]\nmod tests {\n    use std::fs;\n}"),
    ] {
        assert_eq!(complaints(path, text), [""; 0]);
    }
}

/// What is wrong with a file: `src/policy/mod.rs:1: `policy` may not use `world``.
fn complaints(path: &str, text: &str) -> Vec<String> {
    let Some(room) = room_of(path) else { return Vec::new() };
    let allowed = MAY_USE.iter().find(|(name, _)| *name == room).map_or(&[][..], |(_, allowed)| *allowed);
    let tests = text.lines().position(|line| line.trim() == "#[cfg(test)]");
    let is_test = |number| path.ends_with("tests.rs") || tests.is_some_and(|first| number >= first);
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let code = line.split("//").next().unwrap_or_default();
        let mut complain = |what: String| found.push(format!("{path}:{}: {what}", number + 1));
        if code.contains("use crate as ") {
            complain("the crate needs no other name".to_owned());
        }
        for used in paths(code) {
            if used.starts_with('{') || used.is_empty() {
                complain("one room a line, please".to_owned());
            } else if !is_allowed(&used, room, allowed) {
                complain(format!("`{room}` may not use `{used}`"));
            }
        }
        if room != "cli" && !is_test(number) {
            for outside in OUTSIDE.iter().filter(|outside| code.contains(**outside)) {
                complain(format!("only `cli` touches `{outside}`"));
            }
        }
    }
    found
}

fn room_of(path: &str) -> Option<&str> {
    path.strip_prefix("src/")?.split_once('/').map(|(room, _)| room)
}

/// The first two words of every path from the crate's root; `super::super::` counts where a room's name follows.
fn paths(code: &str) -> Vec<String> {
    let mut found: Vec<String> = code.split("crate::").skip(1).map(two_words).collect();
    let climbs =
        code.split("super::super::").skip(1).map(|rest| two_words(rest.trim_start_matches("super::")));
    found.extend(climbs.filter(|used| MAY_USE.iter().any(|(room, _)| used.split("::").next() == Some(room))));
    found
}

fn two_words(rest: &str) -> String {
    let word = |text: &str| -> String {
        text.chars().take_while(|c| c.is_alphanumeric() || *c == '_' || *c == '{').collect()
    };
    let first = word(rest);
    match rest[first.len()..].strip_prefix("::") {
        Some(rest) if !first.is_empty() => format!("{first}::{}", word(rest)),
        _ => first,
    }
}

fn is_allowed(used: &str, room: &str, allowed: &[&str]) -> bool {
    let first = used.split("::").next().unwrap_or(used);
    // What is not a room is a re-export or a macro of the crate.
    let is_room = MAY_USE.iter().any(|(name, _)| *name == first);
    !is_room || first == room || allowed.contains(&first) || allowed.contains(&used)
}
