//! STUB, to be deleted when the room `scenario` is in: its door as this room uses it, with next to nothing behind it.
//! Whoever deletes it replaces `super::stub::` by `crate::` and drops `mod stub`.

#![expect(unreachable_pub, reason = "a stub")]

pub mod scenario {
    use crate::kernel::{Id, SimDuration, SimTime};
    use crate::model::assumptions::Assumptions;
    use crate::model::{InstanceType, Percent, Resources, TaskDefinition};
    use crate::record::Expectation;
    use crate::world::setup::{
        Behaviour, CapacityProviderSetup, DaemonSettings, Delays, Request, ScaleInAfter, ServiceSettings,
        Setup, StrategyItem, TaskDefinitionSetup, TimedRequest,
    };

    pub struct Scenario {
        pub setup: Setup,
        pub description: String,
        pub expectations: Vec<Expectation>,
        pub warnings: Vec<Diagnostic>,
        pub not_simulated: Vec<String>,
        pub given: Vec<String>,
        pub unsupported: Vec<Diagnostic>,
        pub short_names: Vec<(String, String)>,
    }
    pub struct Diagnostic {
        pub path: String,
        pub message: String,
        text: String,
    }
    pub struct Mistakes(String);
    #[derive(Debug)]
    pub struct Override;
    #[derive(Clone, Copy)]
    pub enum Case {
        EmptyCp,
        ExistingCp,
        AddCp,
        Update,
    }

    impl Override {
        pub fn parse(text: &str) -> Result<Override, String> {
            text.contains('=').then_some(Override).ok_or_else(|| format!("`{text}` is not PATH=VALUE"))
        }
    }
    impl Mistakes {
        pub fn render(&self, _color: bool) -> String {
            self.0.clone()
        }
        pub fn is_limit(&self) -> bool {
            false
        }
    }
    impl Diagnostic {
        pub fn render(&self, _color: bool) -> String {
            self.text.clone()
        }
    }
    impl Scenario {
        pub fn parse(
            file_name: &str,
            text: &[u8],
            _: &[Override],
            _read: &mut dyn FnMut(&str) -> Result<String, String>,
        ) -> Result<Scenario, Mistakes> {
            let name = std::str::from_utf8(text)
                .ok()
                .and_then(|t| t.lines().find_map(|line| line.strip_prefix("name: ")))
                .ok_or_else(|| Mistakes(format!("error: scenario has no name\n --> {file_name}:1:1\n")))?;
            let unsupported = String::from_utf8_lossy(text).contains("\nfaults: [{");
            let setup = setup(name.split_whitespace().next().unwrap_or("x"));
            Ok(Scenario {
                setup,
                description: String::new(),
                expectations: vec![],
                warnings: vec![],
                not_simulated: vec![],
                given: vec![],
                unsupported: unsupported
                    .then(|| Diagnostic {
                        path: "faults[0]".into(),
                        message: "faults are not simulated yet".into(),
                        text: format!("error: faults are not simulated yet\n --> {file_name}:2:1\n"),
                    })
                    .into_iter()
                    .collect(),
                short_names: vec![],
            })
        }
    }
    /// A provider full of one service's tasks; a daemon comes after a minute.
    fn setup(name: &str) -> Setup {
        let definition = |family: &str, cpu, memory| TaskDefinitionSetup {
            definition: TaskDefinition {
                family: family.into(),
                revision: 1,
                resources: Resources { cpu, memory },
                stop_timeout: SimDuration::from_secs(30),
                health_check: None,
            },
            behaviour: Behaviour::default(),
            exists: true,
        };
        let service = ServiceSettings {
            task_definition: Id::new(0),
            desired: if name == "big" { 40_000 } else { 40 },
            strategy: vec![StrategyItem { provider: Id::new(0), base: 0, weight: 1 }],
            minimum_healthy_percent: 100,
            maximum_percent: 200,
            load_balancers: false,
            zone_rebalancing: false,
        };
        let daemon = DaemonSettings {
            task_definition: Id::new(0),
            providers: vec![Id::new(0)],
            critical: true,
            drain_percent: Percent::whole(5),
            bake: SimDuration::ZERO,
        };
        Setup {
            name: name.to_owned(),
            cluster: "default".into(),
            seed: 1,
            horizon: SimDuration::from_secs(7 * 86_400),
            zones: vec!["a".into()],
            instance_types: vec![InstanceType {
                name: "c6g.xlarge".into(),
                capacity: Resources { cpu: 4096, memory: 8192 },
                max_tasks: 30,
                price_per_hour_nanos: 136_000_000,
            }],
            capacity_providers: vec![CapacityProviderSetup {
                name: "cp".into(),
                instance_types: vec![Id::new(0)],
                zones: vec![Id::new(0)],
                spot: false,
                scale_in_after: ScaleInAfter::Heuristic,
                auto_repair: true,
                max_instances: None,
                exists: true,
            }],
            task_definitions: vec![definition("app", 480, 960)],
            daemon_task_definitions: vec![definition("agent", 256, 512)],
            services: vec!["app".into()],
            families: vec![],
            daemons: vec!["agent".into()],
            before: vec![Request::CreateService { service: Id::new(0), settings: service }],
            timeline: vec![TimedRequest {
                at: SimTime::from_ms(60_000),
                request: Request::CreateDaemon { daemon: Id::new(0), settings: daemon },
            }],
            delays: Delays::default(),
            assumptions: Assumptions::default(),
        }
    }
    pub fn json_schema() -> String {
        "{}\n".into()
    }
    pub fn starter(case: Case) -> &'static str {
        match case {
            Case::EmptyCp => "name: empty-capacity-provider\n",
            Case::ExistingCp => "name: existing-capacity-provider\n",
            Case::AddCp => "name: add-capacity-provider\n",
            Case::Update => "name: update\n",
        }
    }
    pub mod check {
        use super::Assumptions;
        use crate::model::Percent;
        pub fn waves(n: u32, percent: Percent, assumptions: &Assumptions) -> (u32, u32) {
            let batch = percent.of(u64::from(n), assumptions.batch_rounding).max(1) as u32;
            (batch, n.div_ceil(batch))
        }
    }
}
