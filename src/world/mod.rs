//! The executor: the only room that changes a cluster.

pub mod setup;
