//! What should happen next, and why: it reads everything, changes nothing, and returns values.
//!
//! - [`rollout`]: how many instances a wave drains, which ones, and when a lane may go on;
//! - [`service`]: what a service's scheduler stops and starts;
//! - [`placement`]: which host a task goes to;
//! - [`provisioning`]: which instance is launched for tasks that wait;
//! - [`strategy`]: which provider a task goes to;
//! - [`repair`]: how many instances are repaired at a time, and how soon what failed is started again;
//! - [`alarm`]: what state an alarm's data points amount to;
//! - [`breaker`]: when a circuit breaker trips;
//! - [`stall`]: why a deployment or a task cannot move.

pub mod alarm;
pub mod breaker;
pub mod placement;
pub mod provisioning;
pub mod repair;
pub mod rollout;
pub mod service;
pub mod stall;
pub mod strategy;
