//! The search for the setting that keeps to all limits and has the least of something.
//!
//! [`candidates`] are the settings worth a look; [`race`] runs them against each other and knows nothing of what they
//! are.

mod pairs;
pub mod race;
mod standing;

#[cfg(test)]
mod tests;

pub use race::{Problem, Rules};
pub use standing::Standing;
