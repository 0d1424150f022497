//! The settings worth a look.

use crate::model::assumptions::{Assumptions, BatchDenominator, WaveMode};
use crate::model::{CapacityProviderId, DaemonId, Percent};
use crate::scenario::{Axis, AxisValue, Override, Scenario, check};
use crate::world::setup::{DaemonSettings, Request, Setup};
use std::collections::BTreeMap;

/// A daemon whose settings are searched.
#[derive(Clone, Debug, PartialEq)]
pub struct Tuned {
    /// Which.
    pub daemon: DaemonId,
    /// Its name.
    pub name: String,
    /// What its last request of the timeline says.
    pub settings: DaemonSettings,
}

/// Minutes for which a bake may watch.
const BAKES: [u64; 11] = [0, 1, 2, 3, 5, 10, 15, 20, 30, 45, 60];

/// Percents for a fleet of which the start says nothing.
const PERCENTS: [u64; 12] = [1, 2, 5, 10, 15, 20, 25, 30, 40, 50, 75, 100];

/// The last request of each daemon that the timeline creates or updates; of those that it deletes at last, none.
pub fn tunable(setup: &Setup) -> Vec<Tuned> {
    let mut last: BTreeMap<DaemonId, Option<&DaemonSettings>> = BTreeMap::new();
    for timed in &setup.timeline {
        let found = if let Request::CreateDaemon { daemon, settings }
        | Request::UpdateDaemon { daemon, settings } = &timed.request
        {
            Some((*daemon, Some(settings)))
        } else if let Request::DeleteDaemon { daemon } = &timed.request {
            Some((*daemon, None))
        } else {
            None
        };
        last.extend(found);
    }
    let names = setup.names();
    let tuned = |(daemon, settings): (DaemonId, Option<&DaemonSettings>)| {
        Some(Tuned { daemon, name: names.daemon(daemon).to_owned(), settings: settings?.clone() })
    };
    last.into_iter().filter_map(tuned).collect()
}

/// What is searched: `drainPercent`, `bakeTimeInMinutes`, and what `given` adds or puts in their place. Says why, when
/// the bake is left as it is. `fleet` is that of the start, by provider; `bad` tells whether a bad revision is tried too.
pub fn axes(
    scenario: &Scenario,
    tuned: &Tuned,
    fleet: &[u32],
    bad: bool,
    given: &[Axis],
) -> (Vec<Axis>, Vec<String>) {
    let path = |setting: &str| {
        let short = format!("{}.{setting}", tuned.name);
        let long = scenario.short_names.iter().find(|(name, _)| *name == short).map(|(_, path)| path.clone());
        long.map(|long| (short, long))
    };
    let is_of = |axis: &Axis, (short, long): &(String, String)| axis.name == *short || axis.name == *long;
    let mut left: Vec<&Axis> = given.iter().collect();
    let (mut axes, mut remarks) = (Vec::new(), Vec::new());
    // What is given takes the place of the usual axis.
    let mut put = |setting: &str, usual: &mut dyn FnMut(&(String, String)) -> Option<Axis>| {
        let Some(path) = path(setting) else { return };
        match left.iter().position(|axis| is_of(axis, &path)) {
            Some(at) => axes.push(left.remove(at).clone()),
            None => axes.extend(usual(&path)),
        }
    };
    put("drainPercent", &mut |path| {
        let percents = percents(&scenario.setup.assumptions, &fleets(&scenario.setup, tuned, fleet));
        Some(axis(path, percents.iter().map(u64::to_string)))
    });
    put("bakeTimeInMinutes", &mut |path| {
        if bad || !tuned.settings.alarms.is_empty() {
            return Some(axis(path, BAKES.iter().map(u64::to_string)));
        }
        remarks.push(format!(
            "{} watches no alarm, so that a bake could only cost time: its bakeTimeInMinutes stays as it is.",
            tuned.name
        ));
        None
    });
    axes.extend(left.into_iter().cloned());
    if fleets(&scenario.setup, tuned, fleet).iter().all(|instances| *instances == 0) {
        remarks.push(format!(
            "{} has no instance to drain when the clock starts, so its drainPercent may make no difference.",
            tuned.name
        ));
    }
    (axes, remarks)
}

fn axis((short, long): &(String, String), values: impl Iterator<Item = String>) -> Axis {
    let value = |label: String| {
        let edit = Override { option: "tune", path: long.clone(), value: label.clone() };
        AxisValue { label, edits: vec![edit] }
    };
    Axis { name: short.clone(), values: values.map(value).collect() }
}

/// The fleets of which shares are drained.
fn fleets(setup: &Setup, tuned: &Tuned, fleet: &[u32]) -> Vec<u64> {
    let of = |provider: &CapacityProviderId| fleet.get(provider.index()).map_or(0, |count| u64::from(*count));
    let fleets: Vec<u64> = tuned.settings.providers.iter().map(of).filter(|count| *count > 0).collect();
    match setup.assumptions.batch_denominator {
        BatchDenominator::CapacityProvider => fleets,
        BatchDenominator::Daemon => {
            let all: u64 = fleets.iter().sum();
            (all > 0).then_some(all).into_iter().collect()
        }
    }
}

/// Whole percents that come to different rollouts of these fleets, rising. Of all that take the same number of waves the
/// smallest batch is enough: a larger one would take more instances away at a time and be no sooner done. A batch is
/// shown as the roundest percent that gives it.
fn percents(assumptions: &Assumptions, fleets: &[u64]) -> Vec<u64> {
    if fleets.is_empty() {
        return PERCENTS.to_vec();
    }
    let comes_to = |percent: u64| -> Vec<(u64, u64)> {
        fleets.iter().map(|n| check::waves(*n, Percent::whole(percent), assumptions)).collect()
    };
    // A window that slides has no waves: each batch goes at its own pace.
    let windows = assumptions.wave_mode == WaveMode::SlidingWindow;
    let mut kinds: Vec<(Vec<(u64, u64)>, u64)> = Vec::new();
    for percent in 1..=100 {
        let batches = comes_to(percent);
        let as_many_waves = |(one, _): &(Vec<(u64, u64)>, u64)| {
            !windows && one.iter().map(|(_, waves)| waves).eq(batches.iter().map(|(_, waves)| waves))
        };
        match kinds.last_mut() {
            Some((same, roundest)) if *same == batches => {
                if roundness(percent) > roundness(*roundest) {
                    *roundest = percent;
                }
            }
            last if last.as_ref().is_some_and(|last| as_many_waves(last)) => (),
            Some(_) | None => kinds.push((batches, percent)),
        }
    }
    kinds.into_iter().map(|(_, percent)| percent).collect()
}

/// Tens before fives before even numbers.
fn roundness(percent: u64) -> [bool; 5] {
    [100, 50, 10, 5, 2].map(|of| percent.is_multiple_of(of))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(fleets: &[u64]) -> Vec<u64> {
        percents(&Assumptions::default(), fleets)
    }

    /// Ten instances: batches 1, 2, 3, 4, 5, 10 take 10, 5, 4, 3, 2, 1 waves; 6 to 9 take two as well, as 5 does.
    #[test]
    fn a_batch_that_saves_no_wave_is_left_out() {
        assert_eq!(of(&[10]), [10, 20, 30, 40, 50, 100]);
        // One instance: every percent is the whole fleet.
        assert_eq!(of(&[1]), [100]);
        // Three: ⌈0.03⌉ … ⌈0.99⌉ is 1 up to 33 %, 2 up to 66 %, 3 from 67 %.
        assert_eq!(of(&[3]), [10, 50, 100]);
    }

    /// 600 instances, 6 for each percent: ⌈100/p⌉ waves, 100, 50, 34, 25, 20, 17, 15, 13, 12, 10, then 10 for 10 % and
    /// 10 for 11 % (⌈600/66⌉), so the latter is out; and so on.
    #[test]
    fn a_large_fleet_has_a_percent_for_each_number_of_waves() {
        let smallest =
            (1..=100_u64).filter(|p| *p == 1 || 600_u64.div_ceil(6 * p) != 600_u64.div_ceil(6 * (p - 1)));
        assert_eq!(of(&[600]), smallest.collect::<Vec<_>>());
    }

    #[test]
    fn several_fleets_count_each_and_an_empty_one_has_a_list() {
        // Batches of 2 and 3 instances: 1 and 1 up to 33 %, 1 and 2 up to 50 %, 2 and 2 to 66 %, 2 and 3 from 67 %.
        assert_eq!(of(&[2, 3]), [10, 50, 60, 100]);
        assert_eq!(of(&[]), PERCENTS);
    }

    #[test]
    fn a_sliding_window_has_every_batch() {
        let sliding = Assumptions { wave_mode: WaveMode::SlidingWindow, ..Assumptions::default() };
        assert_eq!(percents(&sliding, &[10]), [10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
    }
}
