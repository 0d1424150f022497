//! The one integration binary; a test in `tidy` sees to it that no file is forgotten here.

#[cfg(feature = "cli")]
mod cli;
mod closed_forms;
mod docs;
mod failures;
mod faults;
mod heard;
mod kernel;
mod layering;
mod log_rules;
mod made_up;
mod mistakes;
mod project;
mod properties;
mod readings;
mod relations;
mod repair;
mod scenario_format;
mod scenarios;
mod stochastic;
mod story;
mod studies;
mod tidy;
mod troubles;
mod tunings;
