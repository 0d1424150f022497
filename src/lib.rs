//! daemonsim: a discrete-event simulator of Amazon ECS managed-daemon deployments.
//!
//! (In Rust circles "ECS" also means entity-component-system; here it is always Amazon's Elastic Container
//! Service.)
//!
//! A run flows from left to right: `scenario` turns a file into a [`world::setup::Setup`], [`world`] plays it
//! on the [`kernel`]'s clock over the nouns of [`model`], asking [`policy`] what should happen next, and tells
//! [`record`] what did; `output` writes that down. A [`study`] is the same line, many times over. Rooms, in reading order:

pub mod kernel;
pub mod model;
pub mod policy;
pub mod record;
pub mod world;

pub mod scenario;

pub mod study;

pub mod output;

#[cfg(feature = "cli")]
pub mod cli;
