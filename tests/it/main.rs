//! The integration tests, one binary.

mod closed_forms;
mod docs;
mod layering;
mod log_rules;
mod made_up;
mod project;
mod properties;
mod scenario_format;
mod story;
mod tidy;
