//! Task definitions, of apps and of daemons.

use super::Behaviour;
use crate::scenario::error::Finding;
use crate::scenario::number::{ONE, Whole, decimal, out_of_range};
use crate::scenario::read::{Form, Reader, Slot, mapping};
use crate::scenario::source::quoted;
use crate::scenario::text::{Name, Text};
use crate::scenario::tree::{Node, Value};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;

mapping! {
    /// RegisterTaskDefinition's or RegisterDaemonTaskDefinition's body, and how its tasks behave.
    TaskDefinition ignoring &[
        "taskRoleArn", "executionRoleArn", "networkMode", "volumes", "placementConstraints",
        "requiresCompatibilities", "tags", "pidMode", "ipcMode", "proxyConfiguration", "inferenceAccelerators",
        "ephemeralStorage", "runtimePlatform", "enableFaultInjection", "clientToken",
    ] => {
        /// The family; each entry of it is its next revision.
        "family" family: Required Name,
        /// CPU units of a task; 1024 are one vCPU. Default: the sum over its containers.
        "cpu" cpu: Optional Size<true>,
        /// MiB of a task. Default: the sum over its containers.
        "memory" memory: Optional Size<false>,
        /// Seconds from the stop signal to the kill. Default: the longest of its containers, which is 30 for
        /// one that says nothing.
        "stopTimeout" stop_timeout: Optional Whole<0, 86_400>,
        /// Its containers.
        "containerDefinitions" containers: Optional Vec<Slot<Container>>,
        /// How its tasks behave, which ECS cannot know.
        "behaviour" behaviour: Optional Behaviour,
    }
}

mapping! {
    /// A container of a task.
    Container ignoring &[
        "image", "repositoryCredentials", "links", "portMappings", "entryPoint", "command",
        "environment", "environmentFiles", "mountPoints", "volumesFrom", "linuxParameters", "secrets",
        "dependsOn", "startTimeout", "versionConsistency", "hostname", "user", "workingDirectory",
        "disableNetworking", "privileged", "readonlyRootFilesystem", "dnsServers", "dnsSearchDomains",
        "extraHosts", "dockerSecurityOptions", "interactive", "pseudoTerminal", "dockerLabels", "ulimits",
        "logConfiguration", "systemControls", "resourceRequirements", "firelensConfiguration",
        "credentialSpecs",
    ] => {
        /// Its name.
        "name" name: Optional Text,
        /// CPU units; counts where the task gives none.
        "cpu" cpu: Optional Whole<0, 2_097_152>,
        /// MiB that it may not exceed.
        "memory" memory: Optional Whole<1, 50_000_000>,
        /// MiB that are set aside for it; counts in place of `memory`.
        "memoryReservation" memory_reservation: Optional Whole<1, 50_000_000>,
        /// Whether the task ends with it. Default `true`.
        "essential" essential: Optional bool,
        /// Seconds from the stop signal to the kill. Default 30.
        "stopTimeout" stop_timeout: Optional Whole<0, 86_400>,
        /// Its health check; the slowest of the essential containers counts.
        "healthCheck" health_check: Optional HealthCheck,
        /// Whether it is restarted in place when it exits. The task goes on after a crash when all its essential
        /// containers are, and then only if it ran for the longest of their periods.
        "restartPolicy" restart_policy: Optional RestartPolicy,
    }
}

mapping! {
    /// A container's health check.
    HealthCheck ignoring &["command"] => {
        /// Seconds from one check to the next. Default 30.
        "interval" interval: Optional Whole<5, 300>,
        /// Seconds that a check may take. Default 5.
        "timeout" timeout: Optional Whole<2, 60>,
        /// How many checks in a row must fail. Default 3.
        "retries" retries: Optional Whole<1, 10>,
        /// Seconds in which failures do not count. Default 0.
        "startPeriod" start_period: Optional Whole<0, 300>,
    }
}

mapping! {
    /// Whether a container is restarted in place when it exits.
    RestartPolicy ignoring &["ignoredExitCodes"] => {
        /// Whether it is.
        "enabled" enabled: Required bool,
        /// Seconds that it must have run for that. Default 300.
        "restartAttemptPeriod" period: Optional Whole<60, 1800>,
    }
}

/// CPU units or MiB of a task. ECS takes text here (`"256"`, `"0.5 vCPU"`, `"1 GB"`), and so do we, beside numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::scenario) struct Size<const CPU: bool>(pub(in crate::scenario) u32);

/// The largest task: more than any instance has.
const LARGEST: i128 = 50_000_000;

impl<const CPU: bool> Size<CPU> {
    fn allowed() -> String {
        let (unit, least) = if CPU { ("\"0.5 vCPU\"", 0) } else { ("\"1 GB\"", 1) };
        format!("a whole number from {least} to {LARGEST}, the same in quotes, or {unit}")
    }
}

impl<const CPU: bool> Form for Size<CPU> {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        let what = if CPU { "CPU units" } else { "MiB of memory" };
        let number = match &node.value {
            Value::Text(text) => {
                let Some(number) = unquoted(text, CPU) else {
                    let finding = Finding::new(node.span, format!("this should be {what}"))
                        .found(format!("found the text {}", quoted(text)))
                        .allowed(Self::allowed());
                    reader.wrong(finding);
                    return None;
                };
                Node { value: Value::Number(number.into()), span: node.span, head: node.head }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::List(_) | Value::Map(_) => node.clone(),
        };
        let value = decimal(&number, reader, what, &Self::allowed())?;
        let least = if CPU { 0 } else { ONE };
        if value.0 % ONE != 0 || !(least..=LARGEST * ONE).contains(&value.0) {
            out_of_range(node, reader, value, &Self::allowed());
            return None;
        }
        u32::try_from(value.0 / ONE).ok().map(Size)
    }
}

/// The number that ECS reads in `"256"`, `".5 vCPU"`, `"2 GB"`; anything else is none.
fn unquoted(text: &str, cpu: bool) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    if !lower.is_empty() && lower.bytes().all(|b| b.is_ascii_digit()) {
        return Some(text.to_owned());
    }
    let number = lower.strip_suffix(if cpu { "vcpu" } else { "gb" })?.trim_end();
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.len() > 6 || fraction.len() > 3 || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    let thousandths: u64 = format!("0{whole}{fraction:0<3}").parse().ok()?;
    let units = thousandths * 1024;
    units.is_multiple_of(1000).then(|| (units / 1000).to_string())
}

impl<const CPU: bool> JsonSchema for Size<CPU> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        if CPU { "Cpu" } else { "Memory" }.into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let least = u32::from(!CPU);
        let pattern = if CPU {
            r"^([0-9]+|[0-9]*(\.[0-9]{1,3})? ?[vV][cC][pP][uU])$"
        } else {
            r"^([0-9]+|[0-9]*(\.[0-9]{1,3})? ?[gG][bB])$"
        };
        json_schema!({"anyOf": [{"type": "integer", "minimum": least}, {"type": "string", "pattern": pattern}]})
    }
}

#[cfg(test)]
mod tests {
    use super::unquoted;

    #[test]
    fn sizes_are_read_as_ecs_reads_them() {
        assert_eq!(unquoted("256", true).as_deref(), Some("256"));
        assert_eq!(unquoted(".25 vCPU", true).as_deref(), Some("256"));
        assert_eq!(unquoted("1 vcpu", true).as_deref(), Some("1024"));
        assert_eq!(unquoted("2 GB", false).as_deref(), Some("2048"));
        assert_eq!(unquoted("0.5GB", false).as_deref(), Some("512"));
        for wrong in ["", "GB", "1 MB", "1.0.0 GB", "one", "-1", "0.001 vCPU"] {
            assert_eq!(unquoted(wrong, wrong.contains("vCPU")), None, "{wrong}");
        }
    }
}
