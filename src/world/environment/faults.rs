//! Mishaps from outside: whom they strike, and when.
//!
//! Each fault has streams of its own, named by what it is, when and where, so that no fault moves another's luck. One
//! that can do nothing is as if it were not there.

use super::Environment;
use crate::kernel::{Distribution, Sampler, Seed, SimDuration, SimTime, Stream};
use crate::model::{CapacityProviderId, Names, ZoneId};
use crate::world::setup::{FaultKind, FaultSetup, Setup};

/// The faults that can do something.
#[derive(Debug)]
pub(super) struct FaultLaws(Vec<Fault>);

/// A fault and where its luck comes from.
#[derive(Debug)]
struct Fault {
    setup: FaultSetup,
    /// By capacity provider.
    chances: Vec<Chances>,
    bucket: Bucket,
}

/// A fault's luck with the instances of one provider.
#[derive(Debug)]
struct Chances {
    share: Stream,
    luck: Stream,
    /// From exposure to the blow.
    wait: Sampler,
    /// `retryAfter` or `lasts`.
    lasts: Sampler,
}

/// A token bucket, by the time at which it is full again, in nanoseconds.
#[derive(Debug, Default)]
struct Bucket {
    full_at: u128,
    token: u128,
    burst: u128,
}

/// What an instance is exposed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::world) struct Hazard {
    /// Which fault.
    pub(in crate::world) fault: u32,
    /// When it strikes.
    pub(in crate::world) at: SimTime,
}

/// An instance as far as a fault looks at it.
#[derive(Clone, Copy, Debug)]
pub(in crate::world) struct Place {
    pub(in crate::world) provider: CapacityProviderId,
    pub(in crate::world) zone: ZoneId,
    pub(in crate::world) number: u32,
}

const HOUR_MS: f64 = 3_600_000.0;
const NANOS: u128 = 1_000_000;

impl FaultLaws {
    pub(super) fn new(setup: &Setup, names: &Names, seed: Seed) -> FaultLaws {
        let mut labels: Vec<String> = Vec::new();
        let mut faults = Vec::new();
        for fault in setup.faults.iter().filter(|fault| fault.does_something()) {
            let mut label = label(fault, names);
            let twins = labels.iter().filter(|other| **other == label).count();
            labels.push(label.clone());
            if twins > 0 {
                label = format!("{label} #{}", twins + 1);
            }
            faults.push(Fault::new(fault, &label, names, seed));
        }
        FaultLaws(faults)
    }

    /// Whether calls may have to wait for a token.
    pub(super) fn throttle(&self) -> bool {
        self.0.iter().any(|fault| matches!(fault.setup.kind, FaultKind::ApiThrottling { .. }))
    }
}

/// A name that hangs on nothing but the fault itself.
fn label(fault: &FaultSetup, names: &Names) -> String {
    let provider = fault.provider.map_or("*", |id| names.provider(id));
    let zone = fault.zone.map_or("*", |id| names.zone(id));
    let (from, until) = (fault.from.as_ms(), fault.until.as_ms());
    format!("fault:{} from {from} until {until} on {provider} in {zone}", fault.kind.word())
}

impl FaultSetup {
    /// Whether it can do anything at all.
    fn does_something(&self) -> bool {
        let can = match &self.kind {
            FaultKind::LaunchFailures { probability, .. } => *probability > 0.0,
            FaultKind::SlowLaunches { factor } | FaultKind::SlowPulls { factor } => {
                factor.total_cmp(&1.0).is_ne()
            }
            FaultKind::InstanceDeaths { rate_per_hour }
            | FaultKind::SpotInterruptions { rate_per_hour }
            | FaultKind::AgentDisconnects { rate_per_hour, .. } => *rate_per_hour > 0.0,
            FaultKind::AvailabilityZoneOutage | FaultKind::ApiThrottling { .. } => true,
            FaultKind::KillDaemons { count } => *count > 0,
        };
        // A kill happens at once, whatever its window.
        let lasts = self.from < self.until || matches!(self.kind, FaultKind::KillDaemons { .. });
        can && lasts && self.share > 0.0
    }
}

impl Fault {
    fn new(setup: &FaultSetup, label: &str, names: &Names, seed: Seed) -> Fault {
        let nothing = Distribution::Constant(SimDuration::ZERO);
        let (rate, lasts) = match &setup.kind {
            FaultKind::InstanceDeaths { rate_per_hour } | FaultKind::SpotInterruptions { rate_per_hour } => {
                (*rate_per_hour, &nothing)
            }
            FaultKind::AgentDisconnects { rate_per_hour, lasts } => (*rate_per_hour, lasts),
            FaultKind::LaunchFailures { retry_after, .. } => (1.0, retry_after),
            FaultKind::SlowLaunches { .. }
            | FaultKind::SlowPulls { .. }
            | FaultKind::AvailabilityZoneOutage
            | FaultKind::ApiThrottling { .. }
            | FaultKind::KillDaemons { .. } => (1.0, &nothing),
        };
        // No instance is struck more than once a millisecond.
        let mean = SimDuration::from_ms((HOUR_MS / rate).max(1.0) as u64);
        let chances = names
            .providers
            .iter()
            .map(|provider| {
                let purpose = |what: &str| format!("{what} {provider}");
                Chances {
                    share: Stream::new(seed, label, &purpose("share")),
                    luck: Stream::new(seed, label, &purpose("luck")),
                    wait: Sampler::new(&Distribution::Exponential { mean }, seed, label, &purpose("wait")),
                    lasts: Sampler::new(lasts, seed, label, &purpose("lasts")),
                }
            })
            .collect();
        Fault { setup: setup.clone(), chances, bucket: Bucket::of(&setup.kind) }
    }

    fn is_on(&self, now: SimTime) -> bool {
        self.setup.from <= now && now < self.setup.until
    }

    fn is_here(&self, provider: CapacityProviderId, zone: ZoneId) -> bool {
        self.setup.provider.is_none_or(|p| p == provider) && self.setup.zone.is_none_or(|z| z == zone)
    }

    /// Whether it may strike this instance at all.
    fn covers(&mut self, place: Place) -> bool {
        let share = self.setup.share;
        let chances = &mut self.chances[place.provider.index()];
        self.setup.provider.is_none_or(|p| p == place.provider)
            && self.setup.zone.is_none_or(|z| z == place.zone)
            && (share >= 1.0 || chances.share.draw(u64::from(place.number)).unit() < share)
    }
}

impl Bucket {
    fn of(kind: &FaultKind) -> Bucket {
        let FaultKind::ApiThrottling { burst, per_second } = kind else { return Bucket::default() };
        let token = (1e9 / per_second).clamp(0.0, 1e18) as u128;
        Bucket { full_at: 0, token, burst: u128::from(*burst) }
    }

    /// When a call made now gets its token.
    fn take(&mut self, now: SimTime) -> SimTime {
        let nanos = u128::from(now.as_ms()) * NANOS;
        self.full_at = self.full_at.max(nanos) + self.token;
        let granted = self.full_at.saturating_sub(self.burst * self.token).max(nanos);
        SimTime::from_ms(u64::try_from(granted.div_ceil(NANOS)).unwrap_or(u64::MAX))
    }
}

impl Environment {
    /// Whether a launch call that is made now fails, and after how long it is made again.
    pub(in crate::world) fn launch_fails(
        &mut self,
        now: SimTime,
        place: Place,
        attempt: u32,
    ) -> Option<SimDuration> {
        for fault in &mut self.faults.0 {
            let FaultKind::LaunchFailures { probability, .. } = fault.setup.kind else { continue };
            if !fault.is_on(now) || !fault.covers(place) {
                continue;
            }
            let ordinal = u64::from(attempt) << 32 | u64::from(place.number);
            let chances = &mut fault.chances[place.provider.index()];
            if probability >= 1.0 || chances.luck.draw(ordinal).unit() < probability {
                return Some(chances.lasts.draw(ordinal));
            }
        }
        None
    }

    /// How long a launch takes that would take `usual` in better times.
    pub(in crate::world) fn launch_time(
        &mut self,
        now: SimTime,
        place: Place,
        usual: SimDuration,
    ) -> SimDuration {
        self.slowed(now, place, usual, |kind| {
            if let FaultKind::SlowLaunches { factor } = kind { Some(*factor) } else { None }
        })
    }

    /// How long a pull takes that would take `usual` in better times.
    pub(in crate::world) fn pull_time(
        &mut self,
        now: SimTime,
        place: Place,
        usual: SimDuration,
    ) -> SimDuration {
        self.slowed(now, place, usual, |kind| {
            if let FaultKind::SlowPulls { factor } = kind { Some(*factor) } else { None }
        })
    }

    /// `usual` times the factors of the faults that strike now and here.
    fn slowed(
        &mut self,
        now: SimTime,
        place: Place,
        usual: SimDuration,
        factor: impl Fn(&FaultKind) -> Option<f64>,
    ) -> SimDuration {
        let mut takes = usual;
        for fault in &mut self.faults.0 {
            if let Some(factor) = factor(&fault.setup.kind)
                && fault.is_on(now)
                && fault.covers(place)
            {
                takes = times(takes, factor);
            }
        }
        takes
    }

    /// When a call that is made now gets through.
    pub(in crate::world) fn call(&mut self, now: SimTime, place: Place) -> SimTime {
        let mut through = now;
        for fault in &mut self.faults.0 {
            if matches!(fault.setup.kind, FaultKind::ApiThrottling { .. })
                && fault.is_on(now)
                && fault.covers(place)
            {
                // What still waits when the throttling ends, goes through then.
                let until = fault.setup.until;
                through = through.max(fault.bucket.take(now).min(until));
            }
        }
        through
    }

    /// What an instance that is registered from now on is exposed to.
    pub(in crate::world) fn hazards(&mut self, now: SimTime, place: Place, spot: bool) -> Vec<Hazard> {
        let all = 0..self.faults.0.len() as u32;
        all.filter_map(|fault| {
            let strikes = match self.faults.0[fault as usize].setup.kind {
                FaultKind::InstanceDeaths { .. } | FaultKind::AgentDisconnects { .. } => true,
                FaultKind::SpotInterruptions { .. } => spot,
                FaultKind::LaunchFailures { .. }
                | FaultKind::SlowLaunches { .. }
                | FaultKind::SlowPulls { .. }
                | FaultKind::AvailabilityZoneOutage
                | FaultKind::ApiThrottling { .. }
                | FaultKind::KillDaemons { .. } => false,
            };
            if strikes { self.hazard(now, place, fault, 0) } else { None }
        })
        .collect()
    }

    /// The next time that a fault strikes an instance, for the `nth` time.
    pub(in crate::world) fn hazard(
        &mut self,
        now: SimTime,
        place: Place,
        fault: u32,
        nth: u32,
    ) -> Option<Hazard> {
        let law = &mut self.faults.0[fault as usize];
        if !law.covers(place) {
            return None;
        }
        let ordinal = u64::from(nth) << 32 | u64::from(place.number);
        let wait = law.chances[place.provider.index()].wait.draw(ordinal);
        let at = now.max(law.setup.from) + wait;
        (at < law.setup.until).then_some(Hazard { fault, at })
    }

    /// What a fault does.
    pub(in crate::world) fn fault(&self, fault: u32) -> &FaultSetup {
        &self.faults.0[fault as usize].setup
    }

    /// How many faults there are.
    pub(in crate::world) fn faults(&self) -> u32 {
        self.faults.0.len() as u32
    }

    /// How long an agent stays away.
    pub(in crate::world) fn stays_away(&mut self, place: Place, fault: u32, nth: u32) -> SimDuration {
        let ordinal = u64::from(nth) << 32 | u64::from(place.number);
        self.faults.0[fault as usize].chances[place.provider.index()].lasts.draw(ordinal)
    }

    /// Whether a fault strikes this instance when its window opens, and the lot that it draws then.
    pub(in crate::world) fn struck(&mut self, fault: u32, place: Place) -> Option<u64> {
        let law = &mut self.faults.0[fault as usize];
        if !law.covers(place) {
            return None;
        }
        let luck = &mut law.chances[place.provider.index()].luck;
        Some((luck.draw(u64::from(place.number)).unit() * 9_007_199_254_740_992.0) as u64)
    }

    /// Whether an outage is to keep launches out of a zone of a provider.
    pub(in crate::world) fn is_out(&self, fault: u32, provider: CapacityProviderId, zone: ZoneId) -> bool {
        self.faults.0[fault as usize].is_here(provider, zone)
    }
}

/// A duration times a factor, to the millisecond, halves up.
fn times(duration: SimDuration, factor: f64) -> SimDuration {
    let ms = duration.as_ms() as f64 * factor;
    SimDuration::from_ms((ms + 0.5) as u64).min(Distribution::LONGEST)
}
