//! What a whole rollout costs, recording off and on: `cargo bench --bench fleet`. For ratios alone,
//! `cargo bench --bench fleet_ratios` is quicker.

mod whole;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use daemonsim::output::csv::{EventsCsv, TimeseriesCsv};
use daemonsim::record::{Discard, Ledger, Series};
use daemonsim::world::Simulation;
use whole::{Weather, is_whole, rollout};

fn recording_off(c: &mut Criterion) {
    for weather in Weather::ALL {
        let mut group = c.benchmark_group(format!("rollout/{}/off", weather.name()));
        group.sample_size(10);
        for instances in [100, 1_000, 10_000, 100_000] {
            let setup = rollout(instances, weather);
            group.throughput(Throughput::Elements(u64::from(instances)));
            group.bench_function(BenchmarkId::from_parameter(instances), |b| {
                b.iter_batched(
                    || Simulation::new(&setup, 0, Discard),
                    |simulation| assert!(is_whole(&simulation.finish().0, instances)),
                    BatchSize::PerIteration,
                );
            });
        }
        group.finish();
    }
}

fn recording_on(c: &mut Criterion) {
    let mut group = c.benchmark_group("rollout/constant/on");
    group.sample_size(10);
    for instances in [100, 1_000, 10_000, 100_000] {
        let setup = rollout(instances, Weather::Constant);
        let names = setup.names();
        group.throughput(Throughput::Elements(u64::from(instances)));
        group.bench_function(BenchmarkId::from_parameter(instances), |b| {
            b.iter_batched(
                || {
                    let rows = (
                        EventsCsv::new(&names, std::io::sink()),
                        TimeseriesCsv::new(&names, std::io::sink()),
                    );
                    Simulation::new(&setup, 0, (rows, (Ledger::default(), Series::default())))
                },
                Simulation::finish,
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, recording_off, recording_on);
criterion_main!(benches);
