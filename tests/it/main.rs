//! The one integration binary: what users use, used from outside.

mod kernel;
