//! What the queue costs: `cargo bench --bench queue`. For ratios alone, `cargo bench --bench ratios` is quicker.

mod hold;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use daemonsim::kernel::{EventKey, EventQueue, SimTime};
use hold::{Bare, Hold, Law};

const SIZES: [usize; 3] = [1_000, 100_000, 1_000_000];

/// An event is popped and scheduled anew, ours beside the standard library's bare heap.
fn hold(c: &mut Criterion) {
    for law in Law::ALL {
        let mut group = c.benchmark_group(format!("hold/{}", law.name()));
        group.throughput(Throughput::Elements(1_000));
        for pending in SIZES {
            let mut ours = Hold::new(EventQueue::new(), pending, law);
            group.bench_function(BenchmarkId::new("ours", pending), |b| b.iter(|| ours.turn(1_000)));
            drop(ours);
            let mut bare = Hold::new(Bare::default(), pending, law);
            group.bench_function(BenchmarkId::new("bare heap", pending), |b| b.iter(|| bare.turn(1_000)));
        }
        group.finish();
    }
}

/// A timer is set and taken back, as most timers are, among so many others.
fn cancel(c: &mut Criterion) {
    let mut group = c.benchmark_group("cancel");
    group.throughput(Throughput::Elements(1_000));
    for pending in SIZES {
        let mut queue = EventQueue::new();
        let steps = Law::Exponential.steps();
        let mut turn = 0;
        let mut at = |queue: &mut EventQueue<u64>| -> EventKey {
            turn += 1;
            queue.at(SimTime::from_ms(steps[turn % steps.len()]), 0)
        };
        let mut keys: Vec<EventKey> = (0..pending).map(|_| at(&mut queue)).collect();
        let mut oldest = 0;
        group.bench_function(BenchmarkId::new("ours", pending), |b| {
            b.iter(|| {
                for _ in 0..1_000 {
                    queue.cancel(keys[oldest]);
                    keys[oldest] = at(&mut queue);
                    oldest = (oldest + 1) % pending;
                }
            });
        });
    }
    group.finish();
}

criterion_group!(benches, hold, cancel);
criterion_main!(benches);
