//! Which ACTIVE instances have room, and how a group finds the one with the fewest of its tasks.
//!
//! Looking at every instance for every task would make a fleet's cost grow with its square. Instead each group
//! remembers how far it has looked: within a zone it takes hosts level by level (first those with none of its
//! tasks, then those with one, …), by number. Placing only makes hosts worse, so the place where it stopped
//! stays right; whatever makes a host better is written down in the set's log, and read before the next look.

use super::{CapacityProviderId, TaskDefinitionId};
use crate::kernel::IndexSet;

/// Numbers of the ACTIVE instances of one provider and zone that have room for a class of task sizes.
#[derive(Clone, Debug, Default)]
pub struct OpenSet {
    /// The instances' numbers.
    pub members: IndexSet,
    /// Instances that entered, or got more room, since the epoch began.
    pub log: Vec<u32>,
    /// How often the log was cut; whoever read an older one looks anew.
    pub epoch: u32,
}

impl OpenSet {
    /// The instance of this number has room, or more of it than before.
    pub fn opened(&mut self, number: u32) {
        self.members.insert(number);
        if self.log.len() > 64 + 4 * self.members.len() {
            self.log.clear();
            self.epoch += 1;
        }
        self.log.push(number);
    }

    /// The instance of this number has no room any more.
    pub fn closed(&mut self, number: u32) {
        self.members.remove(number);
    }
}

/// How far a group has looked for hosts in one zone of one provider.
#[derive(Clone, Copy, Debug)]
pub struct Search {
    /// The provider.
    pub provider: CapacityProviderId,
    /// The zone's place in the provider's list.
    pub zone: u32,
    /// For what.
    pub revision: TaskDefinitionId,
    /// Hosts with fewer tasks of the group than this have been looked at.
    pub level: u32,
    /// Hosts with `level` tasks and a smaller number than this have been looked at.
    pub from: u32,
    /// The set's epoch when it last looked.
    pub epoch: u32,
    /// How much of the set's log it has read.
    pub read: usize,
}

impl Search {
    /// A search that has not begun.
    pub const fn new(
        provider: CapacityProviderId,
        zone: u32,
        revision: TaskDefinitionId,
        epoch: u32,
        read: usize,
    ) -> Search {
        Search { provider, zone, revision, level: 0, from: 0, epoch, read }
    }

    /// The host of this number now has `count` tasks of the group and may have room again.
    pub fn reconsider(&mut self, count: u32, number: u32) {
        if count < self.level || (count == self.level && number < self.from) {
            self.level = count;
            self.from = number;
        }
    }
}
