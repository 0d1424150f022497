# What one does here. `just` alone lists the recipes; each is one line, to be typed by hand where there is no just.

# The recipes
default:
    @just --list

# Does it compile, all of it
check:
    cargo check --all-targets

# The tests
test:
    cargo test

# Format, then complain
lint:
    cargo fmt && cargo clippy --all-targets -- -D warnings

# Golden files and the README's outputs, written anew; then read the diff
review:
    UPDATE_DOCS=1 UPDATE_GOLDEN=1 INSTA_UPDATE=always cargo test; git diff --stat

# How fast
bench:
    cargo bench

# The documentation of the crate
docs:
    cargo doc --no-deps --document-private-items --open

# What may be in the tree (needs cargo-deny)
deny:
    cargo deny check licenses bans sources

# What CI runs
ci:
    bash .ci/run
