//! What nobody means: refused before it begins.

use crate::cli::exit::{Exit, Failure};
use crate::cli::simulate::fleet;
use crate::cli::text::duration;
use crate::kernel::SimDuration;
use crate::study::campaign::Count;
use crate::study::{Batch, Control, Study};
use indicatif::HumanCount;
use std::time::Instant;

/// More runs than this want `--force`.
const RUNS_MAX: u128 = 10_000_000;

/// And so do more instances, counted once for each run.
const INSTANCES_MAX: u128 = 10_000_000_000;

/// No fleet is larger: fewer runs need no look at each point's.
const FLEET_MAX: u128 = 1_000_000;

/// Refuses more, with a guess at how long it would take.
pub(in crate::cli) fn check(study: &Study, count: &Count) -> Result<(), Failure> {
    let each = u128::from(match count {
        Count::Number(number) => *number,
        Count::Auto(goal) => goal.most,
    });
    let runs = each.saturating_mul(study.points.len() as u128);
    if runs.saturating_mul(FLEET_MAX) <= INSTANCES_MAX {
        return Ok(());
    }
    let instances: u128 = if runs > RUNS_MAX {
        u128::MAX
    } else {
        study.points.iter().map(|point| each * of_fleet(&fleet(&point.setup))).sum()
    };
    if runs <= RUNS_MAX && instances <= INSTANCES_MAX {
        return Ok(());
    }
    let upto = if matches!(count, Count::Auto(_)) { "up to " } else { "" };
    let what = if runs > RUNS_MAX {
        let (runs, most) = (grouped_wide(runs), grouped_wide(RUNS_MAX));
        format!("this study has {upto}{runs} runs; more than {most} are not begun without --force")
    } else {
        let (all, most) = (grouped_wide(instances), grouped_wide(INSTANCES_MAX));
        format!(
            "the runs of this study have {upto}{all} instances in all; more than {most} are not begun without --force"
        )
    };
    let line = format!("{what} (one core would take about {})", guess(study, runs));
    Err(Failure::new(Exit::Limit, line))
}

fn of_fleet(fleet: &[u32]) -> u128 {
    fleet.iter().map(|&instances| u128::from(instances)).sum()
}

/// One run tells.
#[expect(clippy::disallowed_methods, reason = "a guess at how long the user would wait")]
fn guess(study: &Study, runs: u128) -> String {
    let start = Instant::now();
    let _ = study.rows(&Batch { point: 0, replications: 0..1 }, &Control::default());
    let seconds = (start.elapsed().as_secs_f64() * runs as f64).max(1.0);
    const YEAR: f64 = 365.0 * 86_400.0;
    if seconds > YEAR {
        format!("{:.0} years", seconds / YEAR)
    } else {
        // The first unit is as much as one run can tell.
        let unit = [86_400.0, 3600.0, 60.0].into_iter().find(|unit| seconds >= *unit).unwrap_or(1.0);
        duration(SimDuration::from_ms(((seconds / unit).round() * unit) as u64 * 1000))
    }
}

fn grouped_wide(number: u128) -> String {
    u64::try_from(number).map_or_else(|_| number.to_string(), |number| HumanCount(number).to_string())
}
