//! The one integration binary; lists its modules.

mod scenario_format;
