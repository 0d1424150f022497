//! Text → [`crate::world::setup::Setup`]; mistakes point at themselves.
