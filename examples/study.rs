//! A study from Rust: three drainPercents, two hundred runs of each on all cores, and a recorder of one's own.
//!
//! `daemonsim sweep` keeps the numbers of `summary.json`. What those lack, a recorder can listen for: here for how long,
//! in all, any task of the shop waited for a place. Replication *r* is the same weather at every drainPercent, and what
//! comes out does not depend on how many threads there are.
//!
//! `cargo run --release --example study`

#![expect(clippy::print_stdout, reason = "an example shows something")]

use daemonsim::kernel::{SimDuration, SimTime};
use daemonsim::output::human;
use daemonsim::record::{Observation, Recorder, Unit};
use daemonsim::scenario::{Axis, Draft, Override};
use daemonsim::study::estimate::estimate;
use daemonsim::study::results::{Estimate, Head};
use daemonsim::study::tally::Tally;
use daemonsim::study::{Crew, Study, grid};
use std::ops::ControlFlow;

const REPLICATIONS: u64 = 200;

/// Adds up the time in which some task waits.
#[derive(Default)]
struct Waiting {
    since: Option<SimTime>,
    total_ms: u64,
}

impl Recorder for Waiting {
    fn note(&mut self, at: SimTime, observation: Observation<'_>) {
        let Observation::Counts { of: None, counts } = observation else { return };
        if let Some(since) = self.since.take() {
            self.total_ms += at.since(since).as_ms();
        }
        self.since = (counts.app_pending > 0).then_some(at);
    }
}

fn main() -> Result<(), String> {
    // The file is read once; each value of the axis makes a scenario of it.
    let text = include_bytes!("../scenarios/b.yaml");
    let draft = Draft::read("b.yaml", text).map_err(|mistakes| mistakes.to_string())?;
    let axis = Axis::parse("--vary", "monitoring-agent.drainPercent=10,25,50").map_err(|e| e.to_string())?;
    let head = Head {
        name: axis.name.clone(),
        labels: axis.values.iter().map(|value| value.label.clone()).collect(),
    };
    let mut scenarios = Vec::new();
    for point in grid::points(&[axis]).map_err(|too_many| format!("{} points", too_many.0))? {
        let edits: Vec<Override> = point.iter().flat_map(|value| value.edits.clone()).collect();
        let files = &mut |file: &str| Err(format!("no {file} here"));
        let scenario = draft.scenario(&edits, files).map_err(|mistakes| mistakes.to_string())?;
        scenarios.push((point.iter().map(|value| value.label.clone()).collect(), scenario));
    }
    let study = Study::new(vec![head], scenarios);
    let crew = Crew::new(None)?;

    // What `daemonsim sweep` keeps …
    let result = study.results(&crew, REPLICATIONS);
    let column = result.columns.iter().position(|c| c.name == "deployments.monitoring-agent.duration_s");
    let column = column.ok_or("no such column")?;
    // … and what it does not.
    let mut waits = vec![Tally::default(); study.points.len()];
    let _ = study.listen(
        &crew,
        study.batches(REPLICATIONS),
        |_point| Waiting::default(),
        |_run, waiting| waiting.total_ms,
        |point, _replication, ms| {
            waits[point].add(ms);
            ControlFlow::<()>::Continue(())
        },
    );

    println!("drainPercent   rollout (95 %)               some task waits");
    for (point, waits) in result.points.iter().zip(&waits) {
        let took = point.estimates[column].ok_or("no rollout ended")?;
        let waited = estimate(waits, Unit::Milliseconds).ok_or("no run")?;
        println!("{:>12}   {:<26}   {}", point.labels[0], with_margin(&took), with_margin(&waited));
    }
    Ok(())
}

/// `27 m 04 s ± 6.1 s`.
fn with_margin(found: &Estimate) -> String {
    let ms = |ms: f64| human(SimDuration::from_ms(ms.round() as u64));
    match found.interval {
        Some((low, high)) => format!("{} ± {}", ms(found.mean), ms((high - low) / 2.0)),
        None => ms(found.mean),
    }
}
