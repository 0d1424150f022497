//! The states of ECS's things, with ECS's own words.

/// The states of something, each with the word that ECS uses for it.
macro_rules! states {
    ($($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// All of them, in order.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// ECS's word for it.
            pub const fn word(self) -> &'static str {
                match self { $($name::$variant => $word),+ }
            }
        }
    )+};
}

states! {
    /// A daemon deployment's status: the API's eight.
    DeploymentStatus {
        /// Created, preparing.
        Pending = "PENDING",
        /// Draining, provisioning, baking.
        InProgress = "IN_PROGRESS",
        /// All instances run the target revision.
        Successful = "SUCCESSFUL",
        /// A rollback is about to start.
        StopRequested = "STOP_REQUESTED",
        /// Replaced by a newer deployment, or failed with nothing to roll back to.
        Stopped = "STOPPED",
        /// Rolling back.
        RollbackInProgress = "ROLLBACK_IN_PROGRESS",
        /// Rolled back.
        RollbackSuccessful = "ROLLBACK_SUCCESSFUL",
        /// The rollback failed too.
        RollbackFailed = "ROLLBACK_FAILED",
    }
    /// What a circuit breaker, or a deployment's alarms, are doing.
    MonitorStatus {
        /// Not watching.
        Disabled = "DISABLED",
        /// Watching.
        Monitoring = "MONITORING",
        /// It tripped.
        Triggered = "TRIGGERED",
        /// The deployment ended without it.
        MonitoringComplete = "MONITORING_COMPLETE",
    }
    /// A container instance's status, from the call that launches it to its end.
    InstanceStatus {
        /// Called for; EC2 has not delivered it yet.
        Launching = "LAUNCHING",
        /// Its daemons start.
        Registering = "REGISTERING",
        /// Open for app tasks.
        Active = "ACTIVE",
        /// Its tasks move away.
        Draining = "DRAINING",
        /// Empty, on its way out.
        Deregistering = "DEREGISTERING",
        /// Its daemons never came up.
        RegistrationFailed = "REGISTRATION_FAILED",
        /// Gone.
        Terminated = "TERMINATED",
    }
    /// A task's status. HEALTHY is RUNNING and counted healthy.
    TaskStatus {
        /// Waits for room.
        Provisioning = "PROVISIONING",
        /// Placed, starting.
        Pending = "PENDING",
        /// Running, not counted healthy yet.
        Running = "RUNNING",
        /// Running and counted healthy.
        Healthy = "HEALTHY",
        /// Running, and found to be unhealthy.
        Unhealthy = "UNHEALTHY",
        /// Its load balancer lets go of it.
        Deactivating = "DEACTIVATING",
        /// It got the stop signal.
        Stopping = "STOPPING",
        /// Ended.
        Stopped = "STOPPED",
    }
    /// An alarm's state.
    AlarmState {
        /// It is quiet.
        Ok = "OK",
        /// It rings.
        Alarm = "ALARM",
        /// It has too little to go by.
        InsufficientData = "INSUFFICIENT_DATA",
    }
    /// A daemon's status.
    DaemonStatus {
        /// In service.
        Active = "ACTIVE",
        /// Being removed from the fleet.
        DeleteInProgress = "DELETE_IN_PROGRESS",
        /// There is no such daemon, not yet or no more. (The API has no word for it.)
        Absent = "DELETED",
    }
    /// A service's status.
    ServiceStatus {
        /// In service.
        Active = "ACTIVE",
        /// Deleted, its tasks still stopping.
        Draining = "DRAINING",
        /// Not there, not yet or no more.
        Inactive = "INACTIVE",
    }
}

impl DeploymentStatus {
    /// Whether nothing follows it.
    pub const fn is_final(self) -> bool {
        match self {
            DeploymentStatus::Pending
            | DeploymentStatus::InProgress
            | DeploymentStatus::StopRequested
            | DeploymentStatus::RollbackInProgress => false,
            DeploymentStatus::Successful
            | DeploymentStatus::Stopped
            | DeploymentStatus::RollbackSuccessful
            | DeploymentStatus::RollbackFailed => true,
        }
    }
}

impl TaskStatus {
    /// Whether it runs: RUNNING, healthy or not.
    pub const fn is_running(self) -> bool {
        matches!(self, TaskStatus::Running | TaskStatus::Healthy | TaskStatus::Unhealthy)
    }

    /// Whether it is on its way out or ended.
    pub const fn is_stopping(self) -> bool {
        matches!(self, TaskStatus::Deactivating | TaskStatus::Stopping | TaskStatus::Stopped)
    }
}
