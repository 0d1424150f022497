//! How many service tasks are in which status.

use super::TaskStatus;

/// Service tasks by what they count for. They change several times in the life of each task: so each status has its
/// row of ones and noughts, and a change adds one row and takes another away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TaskCounts {
    /// Tasks that exist and are not on their way out.
    pub existing: u32,
    /// Tasks on their way out, not STOPPED yet.
    pub stopping: u32,
    /// Tasks that wait or start.
    pub pending: u32,
    /// Tasks running.
    pub running: u32,
    /// Tasks running and healthy.
    pub healthy: u32,
}

/// What a task of each status counts for, in the order of [`TaskStatus`].
const WEIGHTS: [TaskCounts; 8] = [
    counts(1, 0, 1, 0, 0),
    counts(1, 0, 1, 0, 0),
    counts(1, 0, 0, 1, 0),
    counts(1, 0, 0, 1, 1),
    counts(1, 0, 0, 1, 0),
    counts(0, 1, 0, 0, 0),
    counts(0, 1, 0, 0, 0),
    counts(0, 0, 0, 0, 0),
];

const fn counts(existing: u32, stopping: u32, pending: u32, running: u32, healthy: u32) -> TaskCounts {
    TaskCounts { existing, stopping, pending, running, healthy }
}

impl TaskCounts {
    /// What a task of this status counts for.
    #[inline]
    fn of(status: TaskStatus) -> &'static TaskCounts {
        &WEIGHTS[status as usize]
    }

    /// A task comes in.
    pub fn add(&mut self, status: TaskStatus) {
        self.shift(TaskStatus::Stopped, status);
    }

    /// A task goes from one status to another.
    #[inline]
    pub fn shift(&mut self, from: TaskStatus, to: TaskStatus) {
        let (less, more) = (Self::of(from), Self::of(to));
        self.existing = self.existing + more.existing - less.existing;
        self.stopping = self.stopping + more.stopping - less.stopping;
        self.pending = self.pending + more.pending - less.pending;
        self.running = self.running + more.running - less.running;
        self.healthy = self.healthy + more.healthy - less.healthy;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_status_counts_for_what_it_says() {
        use TaskStatus as S;
        for status in [
            S::Provisioning,
            S::Pending,
            S::Running,
            S::Healthy,
            S::Unhealthy,
            S::Deactivating,
            S::Stopping,
            S::Stopped,
        ] {
            let row = TaskCounts::of(status);
            assert_eq!(row.existing == 1, !status.is_stopping(), "{status:?}");
            assert_eq!(row.running == 1, status.is_running(), "{status:?}");
            assert_eq!(row.healthy == 1, status == S::Healthy, "{status:?}");
            assert_eq!(row.pending == 1, matches!(status, S::Provisioning | S::Pending), "{status:?}");
            assert_eq!(row.stopping == 1, matches!(status, S::Deactivating | S::Stopping), "{status:?}");
        }
    }
}
