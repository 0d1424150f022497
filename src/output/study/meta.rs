//! What study this is.

/// What study this is: what its tables cannot say of themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StudyMeta {
    /// The scenario's name.
    pub scenario: String,
    /// What its author says about it; may be empty.
    pub description: String,
    /// SHA-256 of the scenario from which the points were made, in hexadecimal.
    pub scenario_sha256: String,
    /// What the randomness grew from.
    pub seed: u64,
    /// How many replications were asked for: `100`, or `auto`.
    pub replications: String,
    /// daemonsim's own version.
    pub version: String,
    /// Each assumption with the word in force, where no axis varies it.
    pub assumptions: Vec<(String, String)>,
}
