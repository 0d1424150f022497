//! The project's own files, as the tests of the house read them.

use std::fs;
use std::path::{Path, PathBuf};

/// The directory with `Cargo.toml`.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A file below the root, by its path with slashes.
pub(crate) fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// All files below a directory of the project, sorted, their paths relative to the root and with slashes.
pub(crate) fn files(below: &str) -> Vec<String> {
    let mut found = Vec::new();
    walk(&root().join(below), &mut found);
    let mut files: Vec<String> = found
        .iter()
        .map(|path| path.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/"))
        .collect();
    files.sort();
    files
}

fn walk(directory: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    for entry in entries.map(Result::unwrap) {
        let path = entry.path();
        let name = entry.file_name();
        let skipped = ["target", ".git", "out"].iter().any(|skipped| name == *skipped);
        if path.is_dir() {
            if !skipped {
                walk(&path, found);
            }
        } else {
            found.push(path);
        }
    }
}

/// The Rust files below `src/` with their text.
pub(crate) fn sources() -> Vec<(String, String)> {
    files("src")
        .into_iter()
        .filter(|path| path.ends_with(".rs"))
        .map(|path| (path.clone(), read(&path)))
        .collect()
}
