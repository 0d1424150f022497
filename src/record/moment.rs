//! An instant that may never come, in the eight bytes of one that does.

use std::fmt;

use crate::kernel::SimTime;

/// When something happened, if it did. Half the size of an `Option<SimTime>`: a ledger keeps six for each task.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Moment(SimTime);

impl Moment {
    /// It has not happened.
    pub const NEVER: Moment = Moment(SimTime::MAX);

    /// It happened at this time.
    pub const fn at(time: SimTime) -> Moment {
        Moment(time)
    }

    /// When, if at all.
    pub fn get(self) -> Option<SimTime> {
        (self.0 != SimTime::MAX).then_some(self.0)
    }

    /// Sets it unless it is set: the first time counts.
    pub fn first(&mut self, time: SimTime) {
        if *self == Moment::NEVER {
            *self = Moment(time);
        }
    }
}

impl Default for Moment {
    fn default() -> Self {
        Moment::NEVER
    }
}

impl fmt::Debug for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.get() {
            Some(time) => write!(f, "{time}"),
            None => f.write_str("never"),
        }
    }
}
