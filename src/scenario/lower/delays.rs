//! How long things take.

use super::Notes;
use super::files::Files;
use crate::scenario::format;
use crate::scenario::read::Slot;
use crate::world::setup::Delays;

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
