//! What the documents quote is true.
//!
//! A block that follows `<!-- output of: daemonsim … -->` is what that command prints. `UPDATE_DOCS=1 cargo test`
//! writes the blocks anew. `<!-- long output of: … -->` is the same of a command that takes a minute in a release build:
//! `DAEMONSIM=$PWD/target/release/daemonsim cargo test --test it long -- --ignored`.

use crate::project;

#[test]
fn the_code_map_knows_every_room_and_no_lost_file() {
    let map = project::read("docs/architecture.md");
    for (path, _) in project::sources() {
        let room = path.rsplit_once('/').map_or("src", |(room, _)| room);
        let top = room.splitn(3, '/').take(2).collect::<Vec<_>>().join("/");
        assert!(map.contains(&format!("`{top}/")), "docs/architecture.md: what is `{top}/` for?");
    }
    let named = map.split('`').skip(1).step_by(2).filter(|name| name.starts_with("src/"));
    for name in named {
        assert!(project::root().join(name).exists(), "docs/architecture.md: there is no {name}");
    }
}

#[test]
fn files_that_documents_name_are_there() {
    for path in documents() {
        let text = without_comments(&project::read(&path));
        let named = text.split('`').skip(1).step_by(2);
        for name in named.filter(|name| ["src/", "tests/"].iter().any(|room| name.starts_with(room))) {
            assert!(project::root().join(name).exists(), "{path}: there is no {name}");
        }
    }
}

#[test]
fn every_invariant_is_explained() {
    let model = project::read("docs/model.md");
    let judges = ["src/model/invariant/mod.rs", "src/model/invariant/failures.rs"].map(project::read);
    for after in judges.iter().flat_map(|judge| judge.split("expect(\"").skip(1)) {
        let name = after.split('"').next().unwrap_or_default();
        let known = [format!("\n| {name} | "), format!("\n| `{name}` | ")];
        assert!(known.iter().any(|row| model.contains(row)), "docs/model.md: what is {name}?");
    }
}

#[test]
fn links_between_documents_lead_somewhere() {
    for path in documents() {
        let text = without_comments(&project::read(&path));
        let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = link.split('#').next().unwrap_or_default();
            if file.is_empty() || link.contains("://") {
                continue;
            }
            let target = project::root().join(directory).join(file);
            assert!(target.exists(), "{path}: there is no {link}");
        }
    }
}

/// What a reader sees.
fn without_comments(text: &str) -> String {
    let mut parts = text.split("<!--");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |seen, part| seen + part.split_once("-->").map_or("", |(_, after)| after))
}

fn documents() -> Vec<String> {
    let mut documents: Vec<String> =
        project::files("docs").into_iter().filter(|path| path.ends_with(".md")).collect();
    documents.extend(["README.md", "CHANGELOG.md"].map(str::to_owned));
    documents
}

#[cfg(feature = "cli")]
mod quotes {
    use super::documents;
    use crate::cli::{Place, finished};
    use crate::project;
    use std::fs;
    use std::path::Path;
    use std::process::{Command, Stdio};

    const MARK: &str = "<!-- output of: ";
    const LONG: &str = "<!-- long output of: ";

    #[test]
    fn quoted_outputs_are_fresh() {
        let place = Place::new("quotes");
        place.copy_scenarios();
        all_are_fresh(MARK, &mut |command| output(place.command(), command));
    }

    /// The pictures of long studies are checked on the way.
    #[test]
    #[ignore = "takes a minute of a release build, whose path is in DAEMONSIM"]
    fn long_outputs_that_are_quoted_are_fresh() {
        let program = std::env::var_os("DAEMONSIM").expect("DAEMONSIM: the path of a release build");
        let place = Place::new("long-quotes");
        place.copy_scenarios();
        all_are_fresh(LONG, &mut |command| {
            let mut long = Command::new(&program);
            long.env_clear().current_dir(place.path("")).stdin(Stdio::null());
            output(long, command)
        });
        if cfg!(feature = "png") {
            is_shown(&place.path("out/which-settings/pareto.png"), "which-settings.png");
        }
    }

    fn all_are_fresh(mark: &str, run: &mut dyn FnMut(&str) -> String) {
        let update = std::env::var_os("UPDATE_DOCS").is_some();
        for path in documents() {
            let text = project::read(&path);
            let fresh = refreshed(&text, mark, run).unwrap_or_else(|why| panic!("{path}: {why}"));
            if update && fresh != text {
                fs::write(project::root().join(&path), &fresh).unwrap();
            }
            assert!(update || fresh == text, "{path} quotes something else; UPDATE_DOCS=1 cargo test");
        }
    }

    #[test]
    fn a_stale_quote_is_replaced_and_the_rest_stays() {
        let text = "a\n\n<!-- output of: daemonsim x y -->\n```text\nold\n```\nb\n";
        let mut asked = Vec::new();
        let mut run = |command: &str| {
            asked.push(command.to_owned());
            "new\n".to_owned()
        };
        let fresh = refreshed(text, MARK, &mut run).unwrap();
        assert_eq!(fresh, text.replace("old", "new"));
        assert_eq!(asked, ["daemonsim x y"]);
        assert_eq!(refreshed(&fresh, MARK, &mut |_| "new\n".to_owned()).unwrap(), fresh);
        assert_eq!(refreshed(text, LONG, &mut |_| "new\n".to_owned()).unwrap(), text);
        let broken = "<!-- output of: daemonsim x -->\nno block\n";
        assert!(refreshed(broken, MARK, &mut |_| String::new()).is_err());
    }

    /// The pictures in the README are those of the run that it shows.
    #[cfg(feature = "png")]
    #[test]
    fn shown_pictures_are_fresh() {
        let place = Place::new("pictures");
        place.copy_scenarios();
        let done = place.run(&["run", "scenarios/b.yaml", "--out", "b"]);
        assert_eq!(done.code, Some(0), "{}", done.stderr);
        for name in ["capacity.png", "waves.png"] {
            is_shown(&place.path("b").join(name), name);
        }
    }

    /// A picture is the one in `docs/img`.
    fn is_shown(path: &Path, name: &str) {
        let fresh = fs::read(path).unwrap();
        let shown = project::root().join("docs/img").join(name);
        if std::env::var_os("UPDATE_DOCS").is_some() {
            fs::write(&shown, &fresh).unwrap();
        }
        let same = fs::read(&shown).is_ok_and(|before| before == fresh);
        assert!(same, "docs/img/{name} shows something else; UPDATE_DOCS=1 cargo test");
    }

    /// The text with every quoted output replaced by what its command prints now.
    fn refreshed(text: &str, mark: &str, run: &mut dyn FnMut(&str) -> String) -> Result<String, String> {
        let mut fresh = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(mark) {
            let command = rest[at + mark.len()..].split(" -->").next().unwrap_or_default();
            let broken = || format!("no code block follows the output of `{command}`");
            let open = rest[at..].find("\n```").ok_or_else(broken)? + at + 1;
            let body = rest[open..].find('\n').ok_or_else(broken)? + open + 1;
            let close = rest[body..].find("```\n").ok_or_else(broken)? + body;
            if rest[at..open].lines().count() != 1 {
                return Err(broken());
            }
            fresh += &rest[..body];
            fresh += &run(command);
            rest = &rest[close..];
        }
        Ok(fresh + rest)
    }

    /// What a command prints when it is run beside the project's scenarios; only one that works can be quoted.
    fn output(mut program: Command, command: &str) -> String {
        let mut words = command.split_whitespace();
        assert_eq!(words.next(), Some("daemonsim"), "{command}");
        let done = finished(program.args(words).output().unwrap());
        assert_eq!(done.code, Some(0), "{command}: {}", done.stderr);
        // Markdown has no use for spaces at a line's end.
        done.stdout.lines().map(|line| format!("{}\n", line.trim_end())).collect()
    }
}
