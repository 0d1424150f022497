//! The hold model in our queue and engine and in those of others, in one run: `cargo run --release`.
//!
//! First bare queues, then whole engines, where an event is also dispatched to a handler that schedules the next
//! one. All step by the same law from the same seed; all use one thread.

#[path = "../../hold/mod.rs"]
mod hold;

mod engines;

use daemonsim::kernel::EventQueue;
use hold::{Bare, Hold, Law, Queue};
use radix_heap::RadixHeapMap;
use std::cmp::Reverse;
use std::hint::black_box;
use std::io::Write;
use std::time::Instant;

/// Something that can be asked to let so many events happen, or a few more; tells how many.
pub(crate) trait Peer {
    fn turn(&mut self, events: usize) -> usize;
}

impl<Q: Queue> Peer for Hold<Q> {
    fn turn(&mut self, events: usize) -> usize {
        black_box(Hold::turn(self, events));
        events
    }
}

/// `radix-heap`: equal times come out in any order, and nothing can be cancelled.
#[derive(Default)]
struct Radix(RadixHeapMap<Reverse<u64>, u64>);

impl Queue for Radix {
    fn schedule(&mut self, time: u64, event: u64) {
        self.0.push(Reverse(time), event);
    }
    fn next(&mut self) -> (u64, u64) {
        let (Reverse(time), event) = self.0.pop().expect("the hold model never runs dry");
        (time, event)
    }
}

type Make = fn(usize, Law) -> Box<dyn Peer>;

const PEERS: [(&str, &str, Make); 6] = [
    ("queue", "daemonsim", |pending, law| Box::new(Hold::new(EventQueue::new(), pending, law))),
    ("queue", "std BinaryHeap", |pending, law| Box::new(Hold::new(Bare::default(), pending, law))),
    ("queue", "radix-heap", |pending, law| Box::new(Hold::new(Radix::default(), pending, law))),
    ("engine", "daemonsim", |pending, law| Box::new(engines::Ours::new(pending, law))),
    ("engine", "simcore", |pending, law| Box::new(engines::Simcore::new(pending, law))),
    ("engine", "nexosim", |pending, law| Box::new(engines::Nexosim::new(pending, law))),
];

const SIZES: [usize; 3] = [1_000, 100_000, 1_000_000];
const ROUNDS: usize = 5;

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    for law in Law::ALL {
        writeln!(out, "\n| {}, ns per event | | 10³ | 10⁵ | 10⁶ |\n|---|---|---:|---:|---:|", law.name())?;
        let columns = SIZES.map(|pending| measure(pending, law));
        for (row, (kind, name, _)) in PEERS.iter().enumerate() {
            let cells = columns.each_ref().map(|column| format!("{:.0}", column[row]));
            writeln!(out, "| {name} | {kind} | {} |", cells.join(" | "))?;
        }
    }
    Ok(())
}

/// Nanoseconds per event for each peer, the median of rounds in which all take turns.
fn measure(pending: usize, law: Law) -> Vec<f64> {
    let mut peers = PEERS.map(|(_, _, make)| make(pending, law));
    let mut rounds = vec![Vec::new(); peers.len()];
    for _ in 0..ROUNDS {
        for (peer, round) in peers.iter_mut().zip(&mut rounds) {
            let start = Instant::now();
            let events = peer.turn(pending.max(200_000));
            round.push(start.elapsed().as_nanos() as f64 / events as f64);
        }
    }
    for round in &mut rounds {
        round.sort_by(f64::total_cmp);
    }
    rounds.iter().map(|round| round[ROUNDS / 2]).collect()
}
