//! Two scenarios, replication by replication.

use super::crew::{Control, Crew};
use super::pairs::RowPairs;
use super::results::Comparison;
use super::runs::{Batch, Study};
use std::ops::ControlFlow;

/// Runs the two points of a study, block by block in turn, so that only a block of rows is held. `sink` gets the rows
/// of each replication, first to last: that of A, that of B. A stop through `control` breaks with none.
pub fn compare<B>(
    study: &Study,
    crew: &Crew,
    control: &Control,
    replications: u64,
    mut sink: impl FnMut(u64, &[u64], &[u64]) -> ControlFlow<B>,
    waiting: impl FnMut() -> ControlFlow<B>,
) -> ControlFlow<Option<B>, Comparison> {
    let [a, b] = &study.points[..] else { panic!("a comparison has two points, not {}", study.points.len()) };
    let block = study.batch_size(0).min(study.batch_size(1));
    let starts = (0..replications).step_by(usize::try_from(block).unwrap_or(usize::MAX));
    let batches = starts.flat_map(|start| {
        let replications = start..(start + block).min(replications);
        [0, 1].map(|point| Batch { point, replications: replications.clone() })
    });
    let (mut pairs, mut held) = (RowPairs::new(&study.columns), Vec::new());
    let width = study.columns.len();
    let take = |batch: Batch, rows: Vec<u64>| {
        if batch.point == 0 {
            held = rows;
            return ControlFlow::Continue(());
        }
        for (replication, (a, b)) in batch.replications.zip(held.chunks(width).zip(rows.chunks(width))) {
            pairs.add(a, b);
            sink(replication, a, b)?;
        }
        ControlFlow::Continue(())
    };
    study.run(crew, control, batches, take, waiting)?;
    let name = |labels: &[String]| labels.join(" ");
    ControlFlow::Continue(pairs.comparison(&name(&a.labels), &name(&b.labels), &study.expectations))
}
