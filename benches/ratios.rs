//! Our queue beside the standard library's bare heap, as a table: `cargo bench --bench ratios`.
//!
//! Both hold the same events and step by the same law, in turns and in the same run, so that what the machine
//! does meanwhile falls on both. A line is the median of the rounds.

mod hold;

use daemonsim::kernel::EventQueue;
use hold::{Bare, Hold, Law, Queue};
use std::hint::black_box;
use std::io::Write;
use std::time::Instant;

const ROUNDS: usize = 9;

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "| pending | increments | ours, ns | bare heap, ns | ratio |")?;
    writeln!(out, "|---:|---|---:|---:|---:|")?;
    for law in Law::ALL {
        for pending in [1_000, 100_000, 1_000_000] {
            let [ours, bare, ratio] = compare(pending, law);
            let law = law.name();
            writeln!(out, "| {pending} | {law} | {ours:.1} | {bare:.1} | {ratio:.2} |")?;
        }
    }
    Ok(())
}

/// Nanoseconds per event of ours and of the bare heap, and the median of their ratios.
fn compare(pending: usize, law: Law) -> [f64; 3] {
    let mut ours = Hold::new(EventQueue::new(), pending, law);
    let mut bare = Hold::new(Bare::default(), pending, law);
    let rounds: Vec<[f64; 3]> = (0..ROUNDS)
        .map(|_| {
            let ours = nanoseconds(&mut ours, pending);
            let bare = nanoseconds(&mut bare, pending);
            [ours, bare, ours / bare]
        })
        .collect();
    std::array::from_fn(|column| median(rounds.iter().map(|round| round[column]).collect()))
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures the wall clock")]
fn nanoseconds<Q: Queue>(hold: &mut Hold<Q>, pending: usize) -> f64 {
    let events = pending.max(500_000);
    let start = Instant::now();
    black_box(hold.turn(events));
    start.elapsed().as_nanos() as f64 / events as f64
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
