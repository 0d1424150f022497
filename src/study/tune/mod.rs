//! The search for the setting that keeps to all limits and has the least of something.
//!
//! [`candidates`] are the settings worth a look; [`race`] runs them against each other and knows nothing of what they
//! are; a [`Search`] lets real runs race, and says what came of it; [`readings`] is
//! about the same search if AWS meant the other thing.

pub mod candidates;
pub mod race;
pub mod readings;

mod pairs;
mod search;
mod standing;
mod verdict;

#[cfg(test)]
mod tests;

pub use candidates::{Tuned, axes, tunable};
pub use race::{Problem, Rules};
pub use search::Search;
pub use standing::Standing;
