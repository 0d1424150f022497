//! Tables. Their columns are a promise: none is renamed or moved, new ones come at the right end.

mod events;
mod lives;
mod outcomes;
pub(super) mod row;
mod timeseries;

pub use events::EventsCsv;
pub use lives::{write_instances, write_tasks};
pub use outcomes::{write_deployments, write_services, write_waves};
pub use timeseries::TimeseriesCsv;

#[cfg(test)]
mod tests;
