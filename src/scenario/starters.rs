//! Scenarios to start from (`daemonsim new`).

/// Which scenario to start from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// A daemon on a capacity provider without instances.
    EmptyCp,
    /// A daemon comes to instances that serve traffic.
    ExistingCp,
    /// A second capacity provider joins a daemon.
    AddCp,
    /// A new revision of a daemon rolls out.
    Update,
}

impl Case {
    /// Every case with its name on the command line.
    pub const ALL: &'static [(&'static str, Case)] = &[
        ("empty-cp", Case::EmptyCp),
        ("existing-cp", Case::ExistingCp),
        ("add-cp", Case::AddCp),
        ("update", Case::Update),
    ];
}

/// A commented scenario.
pub fn starter(case: Case) -> &'static str {
    match case {
        Case::EmptyCp => include_str!("starters/empty-cp.yaml"),
        Case::ExistingCp => include_str!("starters/existing-cp.yaml"),
        Case::AddCp => include_str!("starters/add-cp.yaml"),
        Case::Update => include_str!("starters/update.yaml"),
    }
}
