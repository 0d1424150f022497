//! Pictures for a change ticket: what capacity was left, and where the time went.
//!
//! All geometry is in whole half-pixels computed from whole milliseconds and counts, so the same run gives the
//! same bytes everywhere, and at twice the size every edge falls on a pixel. The font comes with the picture.

mod bands;
mod canvas;
mod capacity;
mod colours;
mod font;
mod incidents;
mod labels;
#[cfg(feature = "png")]
mod png;
mod scale;
mod steps;
pub mod study;
mod title;
mod waves;
mod window;

pub use capacity::capacity_svg;
#[cfg(feature = "png")]
pub use png::write_png;
pub use waves::waves_svg;

#[cfg(all(test, feature = "png"))]
mod tests;
