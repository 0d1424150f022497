//! A recorder of one's own: it draws each wave as it goes, and forgets everything else.
//!
//! A `Recorder` hears every fact of a run and every change of a count, in order. Here it keeps how many instances are
//! DRAINING whenever that changes within a wave, and draws a bar of them.
//!
//! `cargo run --example watch_a_rollout`

#![expect(clippy::print_stdout, reason = "an example shows something")]

use daemonsim::kernel::SimTime;
use daemonsim::output::clock;
use daemonsim::record::{FactKind, Observation, Recorder};
use daemonsim::scenario::Scenario;

/// What is remembered: one bar for each change, under a headline for each wave.
#[derive(Default)]
struct Watch {
    in_wave: bool,
    draining: u32,
    lines: Vec<String>,
}

impl Recorder for Watch {
    fn note(&mut self, at: SimTime, observation: Observation<'_>) {
        match observation {
            Observation::Fact(fact) if fact.kind == FactKind::Wave => {
                self.in_wave = fact.to == "STARTED";
                if self.in_wave {
                    self.lines.push(format!("wave {}", fact.wave.unwrap_or(0)));
                }
            }
            Observation::Counts { of: None, counts } if counts.draining != self.draining => {
                self.draining = counts.draining;
                if self.in_wave {
                    let bar = "▇".repeat(self.draining as usize);
                    self.lines.push(format!("{:>9} {:>3} {bar}", clock(at), self.draining));
                }
            }
            Observation::Fact(_)
            | Observation::Counts { .. }
            | Observation::Launched { .. }
            | Observation::LaunchTaken { .. }
            | Observation::RingsAtStart { .. }
            | Observation::Created { .. } => (),
        }
    }
}

fn main() -> Result<(), String> {
    let text = include_bytes!("../scenarios/b.yaml");
    let files = &mut |file: &str| Err(format!("no {file} here"));
    let scenario = Scenario::parse("b.yaml", text, &[], files).map_err(|mistakes| mistakes.to_string())?;
    let (summary, watch) = daemonsim::world::simulate(&scenario.setup, 0, Watch::default());

    println!("{}: DRAINING instances, wave by wave", scenario.setup.name);
    for line in &watch.lines {
        println!("{line}");
    }
    println!("over at {}, {} events", clock(summary.ended_at), summary.events);
    Ok(())
}
