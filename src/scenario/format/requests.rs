//! Requests: one ECS API call each, under its name.

use super::provider::{CapacityProvider, DeleteCapacityProvider};
use super::services::{
    CreateService, DeleteService, RunTask, StopTask, UpdateContainerInstancesState, UpdateService,
    UpdateTaskProtection,
};
use super::tasks::TaskDefinition;
use crate::kernel::SimDuration;
use crate::scenario::error::Finding;
use crate::scenario::number::{DrainPercent, Whole};
use crate::scenario::read::{Form, Reader, Slot, mapping};
use crate::scenario::source::{Span, quoted};
use crate::scenario::text::{AlarmName, Cluster, Daemon, DaemonDefinition, Name, Provider, Ref, RevisionRef};
use crate::scenario::tree::{Node, Value};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;

mapping! {
    /// CreateDaemon.
    CreateDaemon ignoring &["clientToken", "tags", "propagateTags", "enableECSManagedTags", "enableExecuteCommand"] => {
        /// Its name.
        "daemonName" name: Required Name,
        /// The cluster; this scenario's.
        "clusterArn" cluster: Optional Ref<Cluster>,
        /// What it runs: `family:revision`, an ARN, or `family` for the latest at the time of the request.
        "daemonTaskDefinitionArn" task_definition: Required RevisionRef<DaemonDefinition>,
        /// Where; names or ARNs, at least one.
        "capacityProviderArns" providers: Required Vec<Slot<Ref<Provider>>>,
        /// Whether instances open for app tasks only once it is ready. Default true.
        "critical" critical: Optional bool,
        /// How the deployment goes.
        "deploymentConfiguration" deployment: Optional DaemonDeployment,
    }
}

mapping! {
    /// UpdateDaemon. Not additive: what it leaves out falls back to its default.
    UpdateDaemon ignoring &["clientToken", "tags", "propagateTags", "enableECSManagedTags", "enableExecuteCommand"] => {
        /// Its name or ARN.
        "daemonArn" daemon: Required Ref<Daemon>,
        /// What it runs: `family:revision`, an ARN, or `family` for the latest at the time of the request.
        "daemonTaskDefinitionArn" task_definition: Required RevisionRef<DaemonDefinition>,
        /// Where; names or ARNs, at least one. A provider left out is rolled to no daemon.
        "capacityProviderArns" providers: Required Vec<Slot<Ref<Provider>>>,
        /// Whether instances open for app tasks only once it is ready. Default true.
        "critical" critical: Optional bool,
        /// How the deployment goes.
        "deploymentConfiguration" deployment: Optional DaemonDeployment,
    }
}

mapping! {
    /// How a daemon's deployment goes.
    DaemonDeployment => {
        /// How much of the fleet is drained at a time: above 0, at most 100. Default 25.
        "drainPercent" drain_percent: Optional DrainPercent,
        /// How long the deployment watches before it is SUCCESSFUL. Default 0.
        "bakeTimeInMinutes" bake: Optional Whole<0, 1440>,
        /// Alarms that roll it back when one of them goes to ALARM, until the bake is over.
        "alarms" alarms: Optional DaemonAlarms,
    }
}

mapping! {
    /// Alarms that roll a deployment back.
    DaemonAlarms => {
        /// Whether they are watched. Default false.
        "enable" enable: Optional bool,
        /// Names or ARNs of alarms in `alarms`.
        "alarmNames" names: Optional Vec<Slot<AlarmName>>,
    }
}

mapping! {
    /// DeleteDaemon.
    DeleteDaemon => {
        /// Its name or ARN.
        "daemonArn" daemon: Required Ref<Daemon>,
    }
}

mapping! {
    /// DeleteDaemonTaskDefinition.
    DeleteDaemonTaskDefinition => {
        /// `family:revision` or its ARN.
        "daemonTaskDefinition" task_definition: Required RevisionRef<DaemonDefinition>,
    }
}

/// Declares the requests.
macro_rules! requests {
    ($($key:literal $variant:ident($form:ty),)+) => {
        /// An ECS API call and its body.
        #[derive(Debug)]
        pub(in crate::scenario) enum Call {
            $($variant(Box<$form>),)+
        }

        const CALLS: &[&str] = &[$($key),+];

        impl Call {
            fn read(key: &str, node: &Node, reader: &mut Reader) -> Option<Call> {
                match key {
                    $($key => <$form>::read(node, reader).map(|form| Call::$variant(Box::new(form))),)+
                    _ => None,
                }
            }

            fn schemas(generator: &mut SchemaGenerator) -> serde_json::Map<String, serde_json::Value> {
                let mut schemas = serde_json::Map::new();
                $(schemas.insert($key.to_owned(), generator.subschema_for::<$form>().to_value());)+
                schemas
            }
        }
    };
}

requests! {
    "createDaemon" CreateDaemon(CreateDaemon),
    "updateDaemon" UpdateDaemon(UpdateDaemon),
    "deleteDaemon" DeleteDaemon(DeleteDaemon),
    "registerDaemonTaskDefinition" RegisterDaemonTaskDefinition(TaskDefinition),
    "deleteDaemonTaskDefinition" DeleteDaemonTaskDefinition(DeleteDaemonTaskDefinition),
    "registerTaskDefinition" RegisterTaskDefinition(TaskDefinition),
    "createCapacityProvider" CreateCapacityProvider(CapacityProvider),
    "deleteCapacityProvider" DeleteCapacityProvider(DeleteCapacityProvider),
    "createService" CreateService(CreateService),
    "updateService" UpdateService(UpdateService),
    "deleteService" DeleteService(DeleteService),
    "runTask" RunTask(RunTask),
    "stopTask" StopTask(StopTask),
    "updateTaskProtection" UpdateTaskProtection(UpdateTaskProtection),
    "updateContainerInstancesState" UpdateContainerInstancesState(UpdateContainerInstancesState),
}

/// A request of `before`.
#[derive(Debug)]
pub(in crate::scenario) struct Request {
    pub(in crate::scenario) at: Span,
    /// None: it could not be read.
    pub(in crate::scenario) call: Option<Call>,
}

/// A request of `timeline`.
#[derive(Debug)]
pub(in crate::scenario) struct Timed {
    pub(in crate::scenario) when: Slot<SimDuration>,
    pub(in crate::scenario) request: Request,
}

impl Form for Request {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        request(node, reader, &[])
    }
}

impl Form for Timed {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        let request = request(node, reader, &["at"])?;
        let when = match node.get("at") {
            Some(at) => reader.slot(at),
            None => {
                let mut finding = Finding::new(node.head, "`at` is missing")
                    .allowed("when the request is made, such as `at: 10m`");
                finding.member = Some("at".to_owned());
                reader.wrong(finding);
                Slot::default()
            }
        };
        Some(Timed { when, request })
    }
}

/// One call, and nothing else but the keys in `beside`.
fn request(node: &Node, reader: &mut Reader, beside: &[&str]) -> Option<Request> {
    let Value::Map(entries) = &node.value else {
        return reader.expected(node, "a request: a mapping with the name of an ECS API call");
    };
    let mut calls = Vec::new();
    for entry in entries.iter().filter(|e| !beside.contains(&&*e.key)) {
        if CALLS.contains(&&*entry.key) {
            calls.push(entry);
            continue;
        }
        let finding = Finding::new(entry.key_span, format!("{} is not a request", quoted(&entry.key)))
            .near(&entry.key, CALLS.iter().copied().chain(beside.iter().copied()))
            .allowed(beside.iter().chain(CALLS).copied().collect::<Vec<_>>().join(", "));
        reader.wrong(finding);
    }
    let at = calls.first().map_or(node.head, |entry| entry.key_span);
    if calls.len() != 1 && calls.len() + beside.len() >= entries.len() {
        let finding = Finding::new(node.head, "an entry is one request")
            .found(format!("found {}", calls.len()))
            .allowed(CALLS.join(", "));
        reader.wrong(finding);
    }
    let mut read = calls.iter().map(|entry| Call::read(&entry.key, &entry.value, reader)).collect::<Vec<_>>();
    let call = if read.len() == 1 { read.pop().flatten() } else { None };
    Some(Request { at, call })
}

impl JsonSchema for Request {
    fn schema_name() -> Cow<'static, str> {
        "Request".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let calls = Call::schemas(generator);
        json_schema!({
            "type": "object",
            "description": "One ECS API call: its name, and its body as `--cli-input-json` takes it.",
            "properties": calls,
            "additionalProperties": false,
            "minProperties": 1,
            "maxProperties": 1,
        })
    }
}

impl JsonSchema for Timed {
    fn schema_name() -> Cow<'static, str> {
        "TimedRequest".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut properties = Call::schemas(generator);
        let when = generator.subschema_for::<SimDuration>();
        properties.insert(
            "at".to_owned(),
            serde_json::json!({"allOf": [when], "description": "When, counted from the start."}),
        );
        json_schema!({
            "type": "object",
            "description": "One ECS API call and when it is made.",
            "properties": properties,
            "required": ["at"],
            "x-order": ["at"],
            "additionalProperties": false,
            "minProperties": 2,
            "maxProperties": 2,
        })
    }
}
