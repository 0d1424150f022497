//! The integration tests, one binary.

mod closed_forms;
mod story;
