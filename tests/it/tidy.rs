//! House rules that a compiler does not know.

use crate::project;

/// A longer file is usually two subjects.
const LINES_MAX: usize = 500;

#[test]
fn no_source_file_is_too_long() {
    let long: Vec<String> = project::sources()
        .iter()
        .map(|(path, text)| (path, text.lines().count()))
        .filter(|(_, lines)| *lines > LINES_MAX)
        .map(|(path, lines)| format!("{path}: {lines} lines"))
        .collect();
    assert!(long.is_empty(), "more than {LINES_MAX} lines are usually two subjects:\n{}", long.join("\n"));
}

#[test]
fn no_test_file_is_forgotten() {
    let main = project::read("tests/it/main.rs");
    for path in project::files("tests").iter().filter(|path| path.ends_with(".rs")) {
        let Some(rest) = path.strip_prefix("tests/it/") else {
            panic!("{path}: there is one integration binary, tests/it");
        };
        let module = rest.split('/').next().unwrap().trim_end_matches(".rs");
        if module != "main" {
            assert!(main.contains(&format!("mod {module};")), "{path} is not in tests/it/main.rs");
        }
        if let Some((directory, file)) = rest.rsplit_once('/') {
            let name = file.trim_end_matches(".rs");
            let parents = [format!("tests/it/{directory}/mod.rs"), format!("tests/it/{directory}.rs")];
            let listed = |parent: &String| {
                project::root().join(parent).is_file()
                    && project::read(parent).contains(&format!("mod {name};"))
            };
            assert!(name == "mod" || parents.iter().any(listed), "no module lists {path}");
        }
    }
}

/// Paths of the machine on which something was written mean nothing on another.
#[test]
fn no_file_names_a_path_of_this_machine() {
    let directories = ["work", "root", "farm", "home"].map(|name| format!("/{name}/"));
    for path in project::files("") {
        let is_text = [".rs", ".md", ".toml", ".yaml", ".yml", ".json", ".csv", ".txt", "run", "justfile"]
            .iter()
            .any(|ending| path.ends_with(ending));
        if !is_text {
            continue;
        }
        for (number, line) in project::read(&path).lines().enumerate() {
            for directory in &directories {
                let stands_alone = line.match_indices(directory.as_str()).any(|(at, _)| {
                    !line[..at].ends_with(|c: char| c.is_alphanumeric() || "_.-/:~}".contains(c))
                });
                assert!(!stands_alone, "{path}:{}: a path of this machine", number + 1);
            }
        }
    }
}

#[test]
fn ci_runs_what_the_readme_says() {
    let ci = project::read(".ci/run");
    assert!(project::read("README.md").contains("\ncargo test\n"), "README.md: how to run the tests?");
    assert!(ci.contains("\nstep cargo test\n"), ".ci/run: the README's test command");
}
