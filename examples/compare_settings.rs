//! Two settings under the same randomness: how much faster is a drainPercent of 50 than one of 25?
//!
//! Replication *r* draws the same delays for the same things under both settings, so the two runs are a pair, and what
//! differs between them is the setting and not the weather. Ten pairs say more than a hundred runs apart.
//!
//! `cargo run --example compare_settings`

#![expect(clippy::print_stdout, reason = "an example shows something")]

use daemonsim::model::Percent;
use daemonsim::record::{Discard, RunSummary};
use daemonsim::scenario::Scenario;
use daemonsim::world::setup::{Request, Setup};

/// Student's t for 9 degrees of freedom: 95 % of its values lie within ± this.
const T_95_OF_10_PAIRS: f64 = 2.262;
const PAIRS: u64 = 10;

fn main() -> Result<(), String> {
    let text = include_bytes!("../scenarios/b.yaml");
    let files = &mut |file: &str| Err(format!("no {file} here"));
    let scenario = Scenario::parse("b.yaml", text, &[], files).map_err(|mistakes| mistakes.to_string())?;
    let (quarter, half) = (draining(&scenario.setup, 25), draining(&scenario.setup, 50));

    println!("replication   25 %     50 %   difference");
    let mut differences = Vec::new();
    for replication in 0..PAIRS {
        let minutes = |setup| minutes(&daemonsim::world::simulate(setup, replication, Discard).0);
        let (slow, fast) = (minutes(&quarter), minutes(&half));
        println!("{replication:>11}  {slow:>5.1}    {fast:>5.1}   {:>10.1}", fast - slow);
        differences.push(fast - slow);
    }

    let pairs = PAIRS as f64;
    let mean = differences.iter().sum::<f64>() / pairs;
    let variance = differences.iter().map(|d| (d - mean) * (d - mean)).sum::<f64>() / (pairs - 1.0);
    let margin = T_95_OF_10_PAIRS * (variance / pairs).sqrt();
    println!("\n50 % instead of 25 % changes the deployment by {mean:.1} ± {margin:.1} minutes (95 %).");
    Ok(())
}

/// The same setup with another drainPercent for every daemon that is created.
fn draining(setup: &Setup, percent: u64) -> Setup {
    let mut setup = setup.clone();
    for timed in &mut setup.timeline {
        if let Request::CreateDaemon { settings, .. } = &mut timed.request {
            settings.drain_percent = Percent::whole(percent);
        }
    }
    setup
}

/// How long the first deployment took.
fn minutes(summary: &RunSummary) -> f64 {
    summary.deployments[0].duration().map_or(f64::NAN, |took| took.as_ms() as f64 / 60_000.0)
}
