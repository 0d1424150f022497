//! Instance types that a scenario can name without describing them.
//!
//! Current-generation general-purpose, compute- and memory-optimised types with more than one vCPU. vCPUs and
//! memory are those of <https://aws.amazon.com/ec2/instance-types/>, prices those of
//! <https://aws.amazon.com/ec2/pricing/on-demand/> for Linux in us-east-1, as they stood in 2025. They are here for
//! a first estimate: `instanceTypes:` replaces any of them. How many network interfaces a type has is left open
//! (`maxTasks` of `instanceTypes:`), since it hangs on ENI trunking and on the account.

use crate::model::{InstanceType, Resources};
use std::collections::BTreeMap;

const CATALOGUE: &str = include_str!("catalogue.csv");

/// Every type of the catalogue by its name.
pub(super) fn catalogue() -> BTreeMap<String, InstanceType> {
    CATALOGUE.lines().skip(1).filter_map(instance_type).map(|t| (t.name.clone(), t)).collect()
}

fn instance_type(line: &str) -> Option<InstanceType> {
    let mut cells = line.split(',');
    let name = cells.next()?.to_owned();
    let v_cpus: u32 = cells.next()?.parse().ok()?;
    let memory: u32 = cells.next()?.parse().ok()?;
    let (dollars, rest) = cells.next()?.split_once('.')?;
    let nanos: u64 = format!("{dollars}{rest:0<9}").parse().ok()?;
    let capacity = Resources { cpu: v_cpus * 1024, memory };
    Some(InstanceType { name, capacity, max_tasks: u32::MAX, price_per_hour_nanos: nanos })
}

/// Whether `name` fits a pattern in which `*` stands for any letters.
pub(super) fn fits(pattern: &str, name: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == name };
    let Some(mut left) = name.strip_prefix(start) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let last = parts.pop().unwrap_or("");
    for part in parts {
        match left.find(part) {
            Some(at) => left = &left[at + part.len()..],
            None => return false,
        }
    }
    left.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_type() {
        let types = catalogue();
        assert_eq!(types.len(), CATALOGUE.lines().count() - 1);
        let c6g = &types["c6g.xlarge"];
        assert_eq!(c6g.capacity, Resources { cpu: 4096, memory: 8192 });
        assert_eq!(c6g.price_per_hour_nanos, 136_000_000);
        assert_eq!(types["m5.large"].price_per_hour_nanos, 96_000_000);
    }

    #[test]
    fn patterns_fit_as_ec2_has_them() {
        assert!(fits("m5.*", "m5.large"));
        assert!(fits("m*.large", "m7g.large"));
        assert!(fits("*", "t3.large"));
        assert!(!fits("m5.*", "m5a.large"));
        assert!(!fits("m5.large", "m5.xlarge"));
    }
}
