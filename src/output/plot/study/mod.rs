//! Pictures of a study: each measure over what was varied, heat maps, and what is worth having.

mod across;
mod amounts;
mod boxes;
mod frame;
mod heat;
mod measure;
mod pareto;

pub use heat::heat_svg;
pub use measure::measure_svg;
pub use pareto::{pareto_svg, search_svg};

#[cfg(all(test, feature = "png"))]
mod tests;
