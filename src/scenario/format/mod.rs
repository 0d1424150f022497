//! The file's format: one form for each mapping, its members with their types and what they mean.
//!
//! These declarations are the format. The reader, the JSON Schema and `docs/scenario.md` are made from them.

mod alarms;
mod assumptions;
mod delays;
mod examples;
mod expect;
mod faults;
mod provider;
mod requests;
mod services;
mod study;
mod tasks;

pub(super) use alarms::{Alarm, AlarmWord, Builtin, Comparison, Metric, MissingData};
pub(super) use assumptions::Assumptions;
pub(super) use delays::{Behaviour, Delays};
pub(super) use examples::EXAMPLES;
pub(super) use expect::{Bound, DurationBound, Expect};
pub(super) use faults::Fault;
pub(super) use provider::{CapacityProvider, InstanceRequirements, InstanceType, OptionType, Range};
pub(super) use requests::{Call, DaemonAlarms, DaemonDeployment, Request, Timed};
pub(super) use services::{CreateService, InstanceState, ServiceDeployment, StrategyItem, UpdateService};
pub(super) use study::Study;
pub(super) use tasks::{Container, HealthCheck, TaskDefinition};

use super::number::Whole;
use super::read::{Slot, mapping};
use super::text::{Cluster, Name, Ref, Text};
use crate::kernel::SimDuration;

/// Any number of 64 bits without a sign.
pub(super) type Seed = Whole<0, { u64::MAX as i128 }>;

mapping! {
    /// A scenario: what is there, what is asked for, and how long things take.
    Document => {
        /// The scenario's name; results are written to `out/<name>`.
        "name" name: Required Name,
        /// What the scenario is about, in a sentence.
        "description" description: Optional Text,
        /// What all randomness grows from; the same seed gives the same bytes. Default 1.
        "seed" seed: Optional Seed,
        /// When the run ends at the latest; it ends earlier when nothing is left to happen. Default `7d`.
        "horizon" horizon: Optional SimDuration,
        /// The cluster's name or ARN. Default `default`.
        "cluster" cluster: Optional Ref<Cluster>,
        /// Instance types of your own, beside the catalogue's, or with other figures than the catalogue's.
        "instanceTypes" instance_types: Optional Vec<Slot<InstanceType>>,
        /// Capacity providers of ECS Managed Instances that exist from the start.
        "capacityProviders" capacity_providers: Optional Vec<Slot<CapacityProvider>>,
        /// RegisterTaskDefinition bodies; each entry of a family is its next revision, counted from 1.
        "taskDefinitions" task_definitions: Optional Vec<Slot<TaskDefinition>>,
        /// RegisterDaemonTaskDefinition bodies; each entry of a family is its next revision, counted from 1.
        "daemonTaskDefinitions" daemon_task_definitions: Optional Vec<Slot<TaskDefinition>>,
        /// Requests made long ago: in place and settled when the clock starts.
        "before" before: Optional Vec<Slot<Request>>,
        /// Requests as they are made; equal times keep this order.
        "timeline" timeline: Optional Vec<Slot<Timed>>,
        /// CloudWatch alarms that deployments may watch.
        "alarms" alarms: Optional Vec<Slot<Alarm>>,
        /// How long each step takes.
        "delays" delays: Optional Delays,
        /// How the questions are read that AWS leaves open.
        "assumptions" assumptions: Optional Assumptions,
        /// Mishaps.
        "faults" faults: Optional Vec<Slot<Fault>>,
        /// What a run should show; one that fails makes the exit status 1.
        "expect" expect: Optional Expect,
        /// What studies of many runs vary and look for.
        "study" study: Optional Study,
    }
}
