//! One instance replaced, its daemon and its eight tasks moved, against the bare heap, as a table:
//! `cargo bench --bench fleet_ratios`.
//!
//! The unit is one hold operation of the standard library's bare heap at 10⁴ pending, measured in turns with the
//! rollouts. The clock runs from the settled fleet to the summary.

mod hold;
mod whole;

use daemonsim::record::Discard;
use daemonsim::world::Simulation;
use hold::{Bare, Hold, Law, Queue};
use std::hint::black_box;
use std::io::Write;
use std::time::Instant;
use whole::{Weather, is_whole, rollout};

const ROUNDS: usize = 7;

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    let [one, other] = Law::ALL.map(Law::name);
    writeln!(out, "| instances | delays | ns an instance | holds, {one} | holds, {other} |")?;
    writeln!(out, "|---:|---|---:|---:|---:|")?;
    for weather in Weather::ALL {
        for instances in [100, 1_000, 10_000, 100_000] {
            let [ns, exponential, steps] = compare(instances, weather);
            let name = weather.name();
            writeln!(out, "| {instances} | {name} | {ns:.0} | {exponential:.1} | {steps:.1} |")?;
        }
    }
    Ok(())
}

/// Nanoseconds for each instance, and how many hold operations of the bare heap that is, under either law.
fn compare(instances: u32, weather: Weather) -> [f64; 3] {
    let mut bare = Law::ALL.map(|law| Hold::new(Bare::default(), 10_000, law));
    let setup = rollout(instances, weather);
    let runs = (20_000 / instances).max(1);
    let rounds: Vec<[f64; 3]> = (0..ROUNDS)
        .map(|_| {
            let ns = (0..runs)
                .map(|replication| {
                    let simulation = Simulation::new(&setup, u64::from(replication), Discard);
                    nanoseconds(|| assert!(is_whole(&simulation.finish().0, instances)))
                })
                .sum::<f64>()
                / f64::from(runs)
                / f64::from(instances);
            let [exponential, steps] = bare.each_mut().map(hold);
            [ns, ns / exponential, ns / steps]
        })
        .collect();
    std::array::from_fn(|column| median(rounds.iter().map(|round| round[column]).collect()))
}

fn hold<Q: Queue>(hold: &mut Hold<Q>) -> f64 {
    const EVENTS: usize = 500_000;
    nanoseconds(|| black_box(hold.turn(EVENTS))) / EVENTS as f64
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures the wall clock")]
fn nanoseconds<T>(work: impl FnOnce() -> T) -> f64 {
    let start = Instant::now();
    black_box(work());
    start.elapsed().as_nanos() as f64
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
