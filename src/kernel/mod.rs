//! A discrete-event kernel: virtual time, an ordered queue of what is to happen, identity, and chance.
//!
//! Time stands still while the events of one instant are handled, then jumps to the next instant for which
//! something is scheduled. Equal times keep the order in which they were scheduled. Nothing here has heard of
//! ECS: the kernel could carry another simulator.

mod arena;
mod distribution;
mod engine;
mod index_set;
mod queue;
mod stream;
mod time;

pub use arena::{Arena, Id};
pub use distribution::Distribution;
pub use engine::{Limits, Ran, Simulate, StopReason, run};
pub use index_set::IndexSet;
pub use queue::{EventKey, EventQueue};
pub use stream::{Draw, Sampler, Seed, Stream};
pub use time::{SimDuration, SimTime};
