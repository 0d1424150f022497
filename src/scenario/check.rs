//! What a scenario means.

use super::lower::{Notes, Places};
use crate::world::setup::Setup;

pub(super) fn findings(_: &Setup, _: &Places, _: &mut Notes) {}
