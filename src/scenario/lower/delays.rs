//! How long things take.

use super::{Notes, ReadFile};
use crate::kernel::{Distribution, SimDuration};
use crate::scenario::duration;
use crate::scenario::error::Finding;
use crate::scenario::format;
use crate::scenario::law::{Law, VALUES_MAX};
use crate::scenario::read::Slot;
use crate::scenario::source::quoted;
use crate::scenario::text::Text;
use crate::world::setup::Delays;
use std::collections::BTreeMap;

/// The defaults, and what the scenario says instead.
pub(super) fn delays(
    form: Option<&format::Delays>,
    notes: &mut Notes,
    files: &mut Files<'_>,
) -> Option<Delays> {
    let mut delays = Delays::default();
    let Some(form) = form else { return Some(delays) };
    let pull = form.image_pull.get();
    let nothing = Slot::default();
    let set = [
        ("deployDecision", &form.deploy_decision, &mut delays.deploy_decision),
        ("drainReact", &form.drain_react, &mut delays.drain_react),
        ("provisionDecision", &form.provision_decision, &mut delays.provision_decision),
        ("instanceLaunch", &form.instance_launch, &mut delays.instance_launch),
        ("daemonStart", &form.daemon_start, &mut delays.daemon_start),
        ("imagePull.perMiB", pull.map_or(&nothing, |p| &p.per_mib), &mut delays.image_pull_per_mib),
        ("imagePull.fixed", pull.map_or(&nothing, |p| &p.fixed), &mut delays.image_pull_fixed),
        ("instanceActive", &form.instance_active, &mut delays.instance_active),
        ("appStart", &form.app_start, &mut delays.app_start),
        ("appStartWarm", &form.app_start_warm, &mut delays.app_start_warm),
        ("healthWait", &form.health_wait, &mut delays.health_wait),
        ("schedulerTick", &form.scheduler_tick, &mut delays.scheduler_tick),
        ("lbDeregistration", &form.lb_deregistration, &mut delays.lb_deregistration),
        ("appStop", &form.app_stop, &mut delays.app_stop),
        ("daemonStop", &form.daemon_stop, &mut delays.daemon_stop),
        ("terminate", &form.terminate, &mut delays.terminate),
        ("waveGap", &form.wave_gap, &mut delays.wave_gap),
        ("stopDetect", &form.stop_detect, &mut delays.stop_detect),
        ("alarmPoll", &form.alarm_poll, &mut delays.alarm_poll),
        ("successCheck", &form.success_check, &mut delays.success_check),
    ];
    let mut whole = true;
    for (name, slot, delay) in set {
        if slot.is_given() {
            notes.given.push(format!("delays.{name}"));
        }
        match files.optional(slot, notes) {
            Some(Some(law)) => *delay = law,
            Some(None) => (),
            None => whole = false,
        }
    }
    whole.then_some(delays)
}

/// The files of empirical distributions, each read once.
pub(super) struct Files<'r> {
    read: ReadFile<'r>,
    seen: BTreeMap<String, Option<Vec<SimDuration>>>,
}

impl<'r> Files<'r> {
    pub(super) fn new(read: ReadFile<'r>) -> Files<'r> {
        Files { read, seen: BTreeMap::new() }
    }

    /// The distribution of a slot; none where the file says nothing; none at all where it is wrong.
    #[expect(clippy::option_option, reason = "absent and wrong are two things")]
    pub(super) fn optional(
        &mut self,
        slot: &Slot<Law<SimDuration>>,
        notes: &mut Notes,
    ) -> Option<Option<Distribution>> {
        match slot.get() {
            Some(law) => law.lower(&mut |path| self.values(path, notes)).map(Some),
            None if slot.is_given() => None,
            None => Some(None),
        }
    }

    fn values(&mut self, path: &Slot<Text>, notes: &mut Notes) -> Option<Vec<SimDuration>> {
        let Text(name) = path.get()?;
        if let Some(known) = self.seen.get(name) {
            return known.clone();
        }
        let values = if stays_beside(name) {
            (self.read)(name)
                .map_err(|why| Finding::new(path.at, why))
                .and_then(|text| csv(name, &text).map_err(|finding| Finding { span: path.at, ..finding }))
        } else {
            let finding = Finding::new(path.at, format!("{} does not lie beside the scenario", quoted(name)));
            Err(finding.allowed("a path relative to the scenario, without `..`"))
        };
        let values = values.map_err(|finding| notes.wrong(finding)).ok();
        self.seen.insert(name.clone(), values.clone());
        values
    }
}

/// Whether a path leads nowhere but beside or below the scenario.
fn stays_beside(path: &str) -> bool {
    let parts = || path.split(['/', '\\']);
    !path.is_empty() && !path.contains([':', '\0']) && parts().all(|part| !part.is_empty() && part != "..")
}

/// One duration a line; a header and quotes are fine.
fn csv(name: &str, text: &str) -> Result<Vec<SimDuration>, Finding> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut values = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        let cell = line.trim();
        let cell = cell.strip_prefix('"').and_then(|c| c.strip_suffix('"')).unwrap_or(cell);
        if cell.is_empty() {
            continue;
        }
        match duration::parse(cell) {
            Ok(value) => values.push(value),
            // Letters alone are a header; a number without a unit is a mistake on any line.
            Err(_) if number == 1 && !cell.contains(|c: char| c.is_ascii_digit()) => (),
            Err(why) => {
                let message = format!("{name}:{number}: {} is not a duration: {why}", quoted(cell));
                return Err(Finding::new(Default::default(), message).allowed(duration::LOOKS));
            }
        }
        if values.len() > VALUES_MAX {
            let message = format!("{name} has more than {VALUES_MAX} values");
            return Err(Finding::new(Default::default(), message).limit());
        }
    }
    if values.is_empty() {
        let finding = Finding::new(Default::default(), format!("{name} has no value to draw from"));
        return Err(finding.allowed("one duration a line"));
    }
    values.sort_unstable();
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_one_duration_a_line() {
        let secs = SimDuration::from_secs;
        assert_eq!(csv("a", "start\n\"3s\"\r\n1s\n\n2s").unwrap(), [secs(1), secs(2), secs(3)]);
        assert_eq!(csv("a", "\u{feff}4s").unwrap(), [secs(4)]);
        assert!(csv("a", "").unwrap_err().message.contains("no value"));
        assert!(csv("a", "start\n").unwrap_err().message.contains("no value"));
        assert!(csv("a", "1s\n5\n").unwrap_err().message.starts_with("a:2: `5` is not a duration"));
        assert!(csv("a", "5\n1s\n").is_err());
        assert!(csv("a", "1s\n-2s\n").unwrap_err().message.contains("negative"));
        assert!(csv("a", &"1s\n".repeat(VALUES_MAX + 1)).unwrap_err().limit);
    }

    #[test]
    fn paths_stay_beside_the_scenario() {
        assert!(stays_beside("data/starts.csv"));
        for wrong in ["/etc/passwd", "../a.csv", "a/../../b", "C:\\a", "http://a/b", "a//b", ""] {
            assert!(!stays_beside(wrong), "{wrong}");
        }
    }
}
