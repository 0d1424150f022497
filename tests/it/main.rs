//! The one integration binary; a test in `tidy` sees to it that no file is forgotten here.

#[cfg(feature = "cli")]
mod cli;
mod docs;
mod layering;
mod project;
mod tidy;
