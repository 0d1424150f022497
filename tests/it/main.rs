//! The one integration binary; lists its modules.

mod mistakes;
mod scenario_format;
