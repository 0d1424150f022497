//! STUB, to be deleted when the rooms `scenario`, `world` and `output` are in: their doors as this room uses them,
//! with next to nothing behind them. Whoever deletes it replaces `super::stub::` by `crate::` and drops `mod stub`.

#![expect(dead_code, unreachable_pub, reason = "a stub")]

pub mod scenario {
    use crate::model::assumptions::Assumptions;
    use crate::record::Expectation;
    use crate::world::setup::{Delays, Setup};

    pub struct Scenario {
        pub setup: Setup,
        pub description: String,
        pub expectations: Vec<Expectation>,
        pub warnings: Vec<Diagnostic>,
        pub not_simulated: Vec<String>,
        pub unsupported: Vec<Diagnostic>,
        pub short_names: Vec<String>,
    }
    pub struct Diagnostic(pub String);
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
            self.0.clone()
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
            let setup = Setup {
                name: name.split_whitespace().next().unwrap_or("x").to_owned(),
                cluster: "default".into(),
                seed: 1,
                horizon: crate::kernel::SimDuration::from_secs(3600),
                zones: vec![],
                instance_types: vec![],
                capacity_providers: vec![],
                task_definitions: vec![],
                daemon_task_definitions: vec![],
                services: vec![],
                families: vec![],
                daemons: vec![],
                before: vec![],
                timeline: vec![],
                delays: Delays::default(),
                assumptions: Assumptions::default(),
            };
            Ok(Scenario {
                setup,
                description: String::new(),
                expectations: vec![],
                warnings: vec![],
                not_simulated: vec![],
                unsupported: unsupported
                    .then(|| {
                        Diagnostic(format!("error: faults are not simulated yet\n --> {file_name}:2:1\n"))
                    })
                    .into_iter()
                    .collect(),
                short_names: vec![],
            })
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

pub mod world {
    use crate::kernel::{SimDuration, SimTime};
    use crate::record::{ClusterSummary, Observation, Outcome, Recorder, RunSummary};
    use crate::world::setup::Setup;

    pub struct World {
        now: SimTime,
        horizon: SimTime,
        slow: bool,
    }
    pub enum Progress {
        Running { now: SimTime },
        Done,
    }
    impl World {
        pub fn new(setup: &Setup, _replication: u64) -> World {
            World { now: SimTime::ZERO, horizon: SimTime::ZERO + setup.horizon, slow: setup.name == "big" }
        }
        pub fn advance<R: Recorder>(&mut self, recorder: &mut R, max_events: u64) -> Progress {
            let counts = crate::record::Counts::default();
            std::thread::sleep(std::time::Duration::from_millis(if self.slow { 50 } else { 0 }));
            for _ in 0..max_events.min(64) {
                recorder.note(self.now, Observation::Counts { of: None, counts: &counts });
                self.now = self.now + SimDuration::from_secs(1);
                if self.now > self.horizon {
                    return Progress::Done;
                }
            }
            Progress::Running { now: self.now }
        }
        pub fn finish<R: Recorder>(self, _: &mut R) -> RunSummary {
            RunSummary {
                outcome: Outcome::Completed,
                outcome_reason: String::new(),
                ended_at: self.now,
                events: 3600,
                fingerprint: 1,
                deployments: vec![],
                waves: vec![],
                services: vec![],
                daemons: vec![],
                cluster: ClusterSummary::default(),
            }
        }
    }
    pub fn initial_instances(setup: &Setup) -> Vec<u32> {
        vec![0; setup.capacity_providers.len()]
    }
}

pub mod record {
    use crate::kernel::SimTime;
    use crate::record::{Observation, Recorder};

    #[derive(Default)]
    pub struct Ledger(());
    #[derive(Default)]
    pub struct Series(());
    impl Recorder for Ledger {
        fn note(&mut self, _: SimTime, _: Observation<'_>) {}
    }
    impl Recorder for Series {
        fn note(&mut self, _: SimTime, _: Observation<'_>) {}
    }
    impl<A: Recorder, B: Recorder> Recorder for (A, B) {
        const LISTENS: bool = A::LISTENS || B::LISTENS;
        fn note(&mut self, at: SimTime, observation: Observation<'_>) {
            self.0.note(at, observation);
            self.1.note(at, observation);
        }
    }
}

pub mod output {
    use super::record::{Ledger, Series};
    use crate::model::Names;
    use crate::record::{Expectation, RunSummary};
    use std::io;

    pub struct RunMeta {
        pub scenario: String,
        pub description: String,
        pub scenario_sha256: String,
        pub seed: u64,
        pub replication: u64,
        pub version: String,
    }
    pub struct RunReport<'a> {
        pub names: &'a Names,
        pub meta: &'a RunMeta,
        pub summary: &'a RunSummary,
        pub ledger: &'a Ledger,
        pub series: &'a Series,
        pub prices_per_hour_nanos: &'a [u64],
        pub assumptions: &'a [(&'a str, String)],
        pub expectations: &'a [Expectation],
    }
    #[derive(Clone, Copy)]
    pub enum OutputFile {
        Waves,
        Summary,
    }
    impl OutputFile {
        pub const ALL: &'static [OutputFile] = &[OutputFile::Waves, OutputFile::Summary];
        pub const fn name(self) -> &'static str {
            match self {
                OutputFile::Waves => "waves.csv",
                OutputFile::Summary => "summary.json",
            }
        }
    }
    pub fn render(file: OutputFile, report: &RunReport<'_>, out: &mut dyn io::Write) -> io::Result<()> {
        match file {
            OutputFile::Waves => writeln!(out, "deployment"),
            OutputFile::Summary => writeln!(out, "{{\"scenario\": \"{}\"}}", report.meta.scenario),
        }
    }
    pub mod text {
        use super::RunReport;
        #[derive(Default)]
        pub struct TextOptions<'a> {
            pub colour: bool,
            pub assumptions: &'a [String],
            pub files: Option<&'a str>,
        }
        pub fn summary_text(report: &RunReport<'_>, options: &TextOptions<'_>) -> String {
            let (name, outcome) = (&report.meta.scenario, report.summary.outcome.word());
            format!("{name}: {outcome} {}\n", options.files.unwrap_or(""))
        }
    }
    pub mod manifest {
        use super::RunMeta;
        use sha2::{Digest, Sha256};
        use std::io::{self, Write};

        #[derive(Clone, Debug)]
        pub struct FileDigest {
            pub name: String,
            pub sha256: String,
            pub bytes: u64,
        }
        pub fn write_manifest(
            meta: &RunMeta,
            _fingerprint: u64,
            files: &[FileDigest],
            out: &mut dyn io::Write,
        ) -> io::Result<()> {
            let files: Vec<String> =
                files.iter().map(|f| format!("{:?}: {{\"sha256\": {:?}}}", f.name, f.sha256)).collect();
            writeln!(out, "{{\"daemonsim\": {:?}, \"files\": {{{}}}}}", meta.version, files.join(", "))
        }
        pub fn sha256(bytes: &[u8]) -> String {
            Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
        }
        #[derive(Debug)]
        pub struct HashingWriter<W>(W, Vec<u8>);
        impl<W: Write> HashingWriter<W> {
            pub fn new(out: W) -> HashingWriter<W> {
                HashingWriter(out, Vec::new())
            }
            pub fn finish(self, name: &str) -> (W, FileDigest) {
                let bytes = self.1.len() as u64;
                (self.0, FileDigest { name: name.to_owned(), sha256: sha256(&self.1), bytes })
            }
        }
        impl<W: Write> Write for HashingWriter<W> {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                let n = self.0.write(bytes)?;
                self.1.extend(&bytes[..n]);
                Ok(n)
            }
            fn flush(&mut self) -> io::Result<()> {
                self.0.flush()
            }
        }
    }
    pub mod csv {
        use crate::kernel::SimTime;
        use crate::model::Names;
        use crate::record::{Observation, Recorder};
        use std::io;

        pub struct EventsCsv<'n, W: io::Write>(&'n Names, W, io::Result<()>);
        pub struct TimeseriesCsv<'n, W: io::Write>(EventsCsv<'n, W>);
        impl<'n, W: io::Write> EventsCsv<'n, W> {
            pub fn new(names: &'n Names, mut out: W) -> Self {
                let done = writeln!(out, "seq,time_s");
                EventsCsv(names, out, done)
            }
            pub fn finish(self) -> io::Result<W> {
                self.2.map(|()| self.1)
            }
        }
        impl<'n, W: io::Write> TimeseriesCsv<'n, W> {
            pub fn new(names: &'n Names, out: W) -> Self {
                TimeseriesCsv(EventsCsv::new(names, out))
            }
            pub fn finish(self) -> io::Result<W> {
                self.0.finish()
            }
        }
        impl<W: io::Write> Recorder for EventsCsv<'_, W> {
            fn note(&mut self, at: SimTime, _: Observation<'_>) {
                if self.2.is_ok() {
                    self.2 = writeln!(self.1, "0,{at}");
                }
            }
        }
        impl<W: io::Write> Recorder for TimeseriesCsv<'_, W> {
            fn note(&mut self, at: SimTime, o: Observation<'_>) {
                self.0.note(at, o);
            }
        }
    }
}
