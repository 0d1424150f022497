//! What a study costs beside its bare runs, as a table: `cargo bench --bench study_ratios`.
//!
//! The bare runs are a loop over `simulate` on one thread. The study is the whole program, `daemonsim sweep`, from its
//! start to the last file on disk. Both take turns.

use daemonsim::record::Discard;
use daemonsim::scenario::{Override, Scenario};
use daemonsim::world::simulate;
use std::hint::black_box;
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Instant;
use std::{fs, io};

const ROUNDS: usize = 5;
const SCENARIO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/b.yaml");

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "| instances | runs | ms a run | study, 1 thread | 2 threads | speed-up |")?;
    writeln!(out, "|---:|---:|---:|---:|---:|---:|")?;
    for (instances, runs) in [(100, 4_000), (10_000, 40)] {
        let set = [format!("shop.desiredCount={}", 8 * instances), "web.maxInstances=50000".to_owned()];
        let rounds: Vec<[f64; 3]> =
            (0..ROUNDS).map(|_| [bare(&set, runs), study(&set, runs, 1), study(&set, runs, 2)]).collect();
        let of = |column: fn(&[f64; 3]) -> f64| median(rounds.iter().map(column).collect());
        let (each, one) = (of(|r| r[0]) / runs as f64 * 1e3, of(|r| r[1] / r[0]));
        let (two, faster) = (of(|r| r[2] / r[0]), of(|r| r[1] / r[2]));
        writeln!(out, "| {instances} | {runs} | {each:.2} | {one:.2} | {two:.2} | {faster:.2} |")?;
    }
    Ok(())
}

/// Seconds for the runs alone.
fn bare(set: &[String; 2], runs: u64) -> f64 {
    let text = fs::read(SCENARIO).expect("a scenario");
    let set = set.each_ref().map(|edit| Override::parse(edit).expect("an edit"));
    let files = &mut |file: &str| Err(format!("no {file} here"));
    let setup = Scenario::parse("b.yaml", &text, &set, files).expect("a valid scenario").setup;
    seconds(|| {
        for replication in 0..runs {
            black_box(simulate(&setup, replication, Discard));
        }
    })
}

/// Seconds for the whole program.
fn study(set: &[String; 2], runs: u64, threads: u64) -> f64 {
    let out = std::env::temp_dir().join(format!("daemonsim-bench-{}", std::process::id()));
    // A finished study would not be run again.
    let _ = fs::remove_dir_all(&out);
    let mut command = Command::new(env!("CARGO_BIN_EXE_daemonsim"));
    command.args(["sweep", SCENARIO, "--quiet", "--set", &set[0], "--set", &set[1], "--out"]).arg(&out);
    command.args(["--replications", &runs.to_string(), "--threads", &threads.to_string()]);
    command.stdout(Stdio::null());
    let took = seconds(|| assert!(command.status().expect("a process").success()));
    fs::remove_dir_all(&out).expect("results");
    took
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures the wall clock")]
fn seconds(work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
