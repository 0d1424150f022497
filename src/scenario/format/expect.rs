//! What a run should show.

use crate::kernel::SimDuration;
use crate::model::DeploymentStatus;
use crate::scenario::number::{Dollars, Whole};
use crate::scenario::read::{Form, Named, Reader, Slot, mapping};
use crate::scenario::text::{Word, Words};
use crate::scenario::tree::{Node, Value};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;

mapping! {
    /// What a run should show. One that fails makes the exit status 1.
    Expect => {
        /// Of each daemon's last deployment, by the daemon's name.
        "deployments" deployments: Optional Named<DeploymentExpect>,
        /// Of each service, by its name.
        "services" services: Optional Named<ServiceExpect>,
        /// Of the whole cluster.
        "cluster" cluster: Optional ClusterExpect,
    }
}

mapping! {
    /// Of a daemon's last deployment.
    DeploymentExpect => {
        /// Its status at the end.
        "status" status: Optional Word<StatusWord>,
        /// From its creation to its end.
        "duration" duration: Optional DurationBound,
        /// Its waves.
        "waves" waves: Optional Bound,
        /// Instances it drained.
        "instancesReplaced" instances_replaced: Optional Bound,
        /// App tasks it made move.
        "tasksMoved" tasks_moved: Optional Bound,
        /// App tasks it made move more than once.
        "tasksMovedAgain" tasks_moved_again: Optional Bound,
    }
}

mapping! {
    /// Of a service.
    ServiceExpect => {
        /// The fewest running tasks at any time.
        "runningTasks" running_tasks: Optional Bound,
        /// The fewest healthy tasks at any time.
        "healthyTasks" healthy_tasks: Optional Bound,
        /// Stops that the service did not ask for.
        "interruptions" interruptions: Optional Bound,
        /// The most of them for one task and its successors.
        "interruptionsPerTask" interruptions_per_task: Optional Bound,
        /// How long fewer tasks ran than desired.
        "belowDesired" below_desired: Optional DurationBound,
    }
}

mapping! {
    /// Of the whole cluster.
    ClusterExpect => {
        /// The most instances at a time.
        "instances" instances: Optional Bound,
        /// Dollars for all instances of the run.
        "cost" cost: Optional CostBound,
    }
}

/// Declares bounds on one kind of number.
macro_rules! bounds {
    ($($(#[$doc:meta])* $name:ident, $form:ident of $number:ty;)+) => {$(
        mapping! {
            /// Bounds on a number.
            $form => {
                /// No more.
                "atMost" at_most: Optional $number,
                /// No less.
                "atLeast" at_least: Optional $number,
                /// Exactly; the same as the bare number.
                "exactly" exactly: Optional $number,
            }
        }

        $(#[$doc])*
        #[derive(Debug)]
        pub(in crate::scenario) struct $name {
            pub(in crate::scenario) at_most: Slot<$number>,
            pub(in crate::scenario) at_least: Slot<$number>,
            pub(in crate::scenario) exactly: Slot<$number>,
        }

        impl Form for $name {
            fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
                match &node.value {
                    Value::Map(_) => {
                        let form = $form::read(node, reader)?;
                        Some($name { at_most: form.at_most, at_least: form.at_least, exactly: form.exactly })
                    }
                    Value::Null | Value::List(_) => reader.expected(node, "{atMost: …} or {atLeast: …}"),
                    Value::Bool(_) | Value::Number(_) | Value::Text(_) => {
                        let exactly = reader.slot(node);
                        Some($name { at_most: Slot::default(), at_least: Slot::default(), exactly })
                    }
                }
            }
        }

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                let bare = generator.subschema_for::<$number>();
                let bounds = generator.subschema_for::<$form>();
                json_schema!({"anyOf": [bare, bounds]})
            }
        }
    )+};
}

bounds! {
    /// On a count.
    Bound, CountBounds of Whole<0, { u32::MAX as i128 }>;
    /// On a duration.
    DurationBound, DurationBounds of SimDuration;
    /// On dollars.
    CostBound, CostBounds of Dollars;
}

/// A deployment's status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::scenario) struct StatusWord(pub(in crate::scenario) DeploymentStatus);

impl Words for StatusWord {
    const ALL: &'static [(&'static str, Self)] = &{
        use DeploymentStatus as S;
        [
            (S::Pending.word(), StatusWord(S::Pending)),
            (S::InProgress.word(), StatusWord(S::InProgress)),
            (S::Successful.word(), StatusWord(S::Successful)),
            (S::StopRequested.word(), StatusWord(S::StopRequested)),
            (S::Stopped.word(), StatusWord(S::Stopped)),
            (S::RollbackInProgress.word(), StatusWord(S::RollbackInProgress)),
            (S::RollbackSuccessful.word(), StatusWord(S::RollbackSuccessful)),
            (S::RollbackFailed.word(), StatusWord(S::RollbackFailed)),
        ]
    };
}
