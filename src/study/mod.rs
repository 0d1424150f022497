//! Many runs, one answer.
//!
//! A [`Study`] is a list of points, each a scenario; replication *r* of every point meets the same weather, so that
//! points can be compared pair by pair. Batches of runs are computed on all cores ([`crew`]) and come back in the order
//! in which they were asked for, so that nothing hangs on threads; what they came to is kept in exact integers
//! ([`tally`], [`collect`]) and estimated from those ([`estimate`]). Two points are compared replication by replication
//! ([`compare`], [`pairs`]). [`results`] are the plain values that tables, pictures and texts are made of.
//!
//! Rows are kept ([`blocks`]) and found again ([`index`]), so that a [`campaign`] computes only what is missing, as
//! often as it takes ([`precision`]), in one piece or in [`shards`].

pub mod bad;
pub mod blocks;
pub mod campaign;
pub mod collect;
pub mod compare;
pub mod crew;
pub mod estimate;
pub mod grid;
pub mod index;
pub mod limit;
pub mod pairs;
pub mod precision;
pub mod readings;
pub mod results;
pub mod shards;
pub mod tally;
pub mod tune;

mod runs;

pub use collect::Collector;
pub use crew::{Control, Crew, Watch};
pub use grid::{POINTS_MAX, TooMany};
pub use runs::{Batch, Point, Study};
