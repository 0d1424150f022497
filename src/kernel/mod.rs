//! A discrete-event kernel: virtual time, an ordered queue of what is to happen, identity, and chance.
//!
//! Time stands still while the events of one instant are handled, then jumps to the next instant for which
//! something is scheduled. Equal times keep the order in which they were scheduled. Nothing here has heard of
//! ECS: the kernel could carry another simulator.
//!
//! - `engine`: the loop, and the limits that end it; read this first.
//! - `time`: instants and durations, in whole milliseconds.
//! - `queue`: what is to happen, held to a benchmark (`benches/README.md`).
//! - `arena`: rows that come and go, and typed ids that name them.
//! - `stream`: random numbers by name and ordinal; `distribution`, `law` and `normal` make durations of them, and
//!   `sampler` puts both together.
//!
//! Deliberately absent: floating-point time, a random generator that is shared, and the platform's mathematics,
//! which differ in the last bit from one machine to the next (`libm` is the same bits everywhere).

mod arena;
mod distribution;
mod engine;
mod index_set;
mod law;
mod normal;
mod queue;
mod sampler;
mod stream;
mod time;

pub use arena::{Arena, Id};
pub use distribution::{Distribution, Quantity};
pub use engine::{Limits, Ran, Simulate, StopReason, run};
pub use index_set::IndexSet;
pub use queue::{EventKey, EventQueue};
pub use sampler::{NumberSampler, Sampler};
pub use stream::{Draw, Seed, Stream};
pub use time::{SimDuration, SimTime};
