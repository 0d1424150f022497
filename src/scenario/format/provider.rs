//! Capacity providers and instance types.

use crate::scenario::number::{Dollars, Whole};
use crate::scenario::read::{Slot, mapping};
use crate::scenario::text::{Cluster, Name, Provider, Ref, TypeName, Word, words};

mapping! {
    /// An EC2 instance type: one of your own, or other figures for one of the catalogue.
    InstanceType => {
        /// Its name, `c6g.xlarge`.
        "name" name: Required TypeName,
        /// How many vCPUs it has; each is 1024 CPU units, and tasks can use all of them.
        "vCpus" v_cpus: Optional Whole<1, 2048>,
        /// How much memory it has; tasks can use all of it.
        "memoryMiB" memory_mib: Optional Whole<1, 50_000_000>,
        /// How many app tasks it takes at most, for want of network interfaces. Default: no limit.
        "maxTasks" max_tasks: Optional Whole<1, 100_000>,
        /// Dollars for an hour.
        "pricePerHour" price_per_hour: Optional Dollars,
    }
}

words! {
    /// `capacityOptionType`.
    OptionType { OnDemand = "ON_DEMAND", Spot = "SPOT" }
    /// `actionsStatus`.
    ActionsStatus { Enabled = "ENABLED", Disabled = "DISABLED" }
}

mapping! {
    /// A capacity provider of ECS Managed Instances. Its members can be given directly, or as
    /// CreateCapacityProvider has them, under `managedInstancesProvider`.
    CapacityProvider ignoring &["tags", "clientToken"] => {
        /// Its name.
        "name" name: Required Name,
        /// The cluster it belongs to; this scenario's.
        "cluster" cluster: Optional Ref<Cluster>,
        /// The types it may launch; of several, the cheapest that holds the waiting tasks.
        "instanceTypes" instance_types: Optional Vec<Slot<TypeName>>,
        /// The zones it launches in. Default: one zone, `a`.
        "availabilityZones" availability_zones: Optional Vec<Slot<Name>>,
        /// `ON_DEMAND` (the default) or `SPOT`.
        "capacityOptionType" capacity_option_type: Optional Word<OptionType>,
        /// Seconds that an instance idles before it is let go; −1 for never. Default: as
        /// `assumptions.idleHeuristic` says.
        "scaleInAfter" scale_in_after: Optional Whole<-1, 3600>,
        /// Whether auto repair acts (`ENABLED`, the default) or only watches (`DISABLED`).
        "autoRepairActionsStatus" auto_repair: Optional Word<ActionsStatus>,
        /// The account's quota. Default: none.
        "maxInstances" max_instances: Optional Whole<0, 1_000_000>,
        /// The provider as CreateCapacityProvider has it.
        "managedInstancesProvider" managed: Optional ManagedInstancesProvider,
    }
}

mapping! {
    /// The provider as CreateCapacityProvider has it.
    ManagedInstancesProvider ignoring &["infrastructureRoleArn", "propagateTags"] => {
        /// What is launched.
        "instanceLaunchTemplate" template: Optional InstanceLaunchTemplate,
        /// When an instance is let go.
        "infrastructureOptimization" optimization: Optional InfrastructureOptimization,
        /// Whether auto repair acts.
        "autoRepairConfiguration" auto_repair: Optional AutoRepairConfiguration,
    }
}

mapping! {
    /// What a provider launches.
    InstanceLaunchTemplate ignoring &[
        "ec2InstanceProfileArn", "networkConfiguration", "storageConfiguration", "localStorageConfiguration",
        "monitoring", "instanceMetadataTagsPropagation", "fipsEnabled", "capacityReservations",
    ] => {
        /// `ON_DEMAND` (the default) or `SPOT`.
        "capacityOptionType" capacity_option_type: Optional Word<OptionType>,
        /// Which instance types.
        "instanceRequirements" requirements: Optional InstanceRequirements,
    }
}

mapping! {
    /// Which instance types a provider launches. Of what EC2 can be asked for, the simulation knows the names,
    /// the vCPUs and the memory.
    InstanceRequirements ignoring &[
        "cpuManufacturers", "memoryGiBPerVCpu", "excludedInstanceTypes", "instanceGenerations",
        "spotMaxPricePercentageOverLowestPrice", "onDemandMaxPricePercentageOverLowestPrice", "bareMetal",
        "burstablePerformance", "requireHibernateSupport", "networkInterfaceCount", "localStorage",
        "localStorageTypes", "totalLocalStorageGB", "baselineEbsBandwidthMbps", "acceleratorTypes",
        "acceleratorCount", "acceleratorManufacturers", "acceleratorNames", "acceleratorTotalMemoryMiB",
        "networkBandwidthGbps", "maxSpotPriceAsPercentageOfOptimalOnDemandPrice",
    ] => {
        /// Names of instance types; `*` stands for any letters.
        "allowedInstanceTypes" allowed: Optional Vec<Slot<TypeName>>,
        /// How many vCPUs.
        "vCpuCount" v_cpu_count: Optional Range,
        /// How much memory.
        "memoryMiB" memory_mib: Optional Range,
    }
}

mapping! {
    /// From … to.
    Range => {
        /// No less.
        "min" min: Optional Whole<0, 50_000_000>,
        /// No more.
        "max" max: Optional Whole<0, 50_000_000>,
    }
}

mapping! {
    /// When a provider lets an instance go.
    InfrastructureOptimization => {
        /// Seconds that an instance idles before; −1 for never.
        "scaleInAfter" scale_in_after: Optional Whole<-1, 3600>,
    }
}

mapping! {
    /// Whether auto repair acts.
    AutoRepairConfiguration => {
        /// `ENABLED` or `DISABLED`.
        "actionsStatus" actions_status: Optional Word<ActionsStatus>,
    }
}

mapping! {
    /// DeleteCapacityProvider.
    DeleteCapacityProvider => {
        /// Its name or ARN.
        "capacityProvider" provider: Required Ref<Provider>,
        /// The cluster it belongs to; this scenario's.
        "cluster" cluster: Optional Ref<Cluster>,
    }
}

impl ActionsStatus {
    pub(in crate::scenario) fn on(self) -> bool {
        self == ActionsStatus::Enabled
    }
}
