//! The integration tests, one binary.

mod closed_forms;
mod log_rules;
mod made_up;
mod properties;
mod scenario_format;
mod story;
