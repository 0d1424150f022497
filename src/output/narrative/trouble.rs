//! What goes wrong, in words. What repeats is counted: the story of a bad night stays short enough to be read.

use super::{FEW, Narrative, Step, plural};
use crate::kernel::{SimDuration, SimTime};
use crate::model::{AlarmState, CapacityProviderId, DeploymentName, Owner, TaskName};
use crate::output::human::{clock, human};
use crate::record::{Counts, Fact, FactId, Reason};

/// An alarm since it was last told of.
#[derive(Clone, Debug, Default)]
pub(super) struct Ringing {
    /// Since when it has been in ALARM, if it is.
    since: Option<SimTime>,
    /// How often it entered ALARM.
    entered: u32,
    /// Of the latest change that was not told.
    untold: Option<(SimTime, FactId)>,
}

/// What a circuit breaker has done since it was last told of.
#[derive(Clone, Debug)]
pub(super) struct Breaker {
    began: (SimTime, FactId),
    until: SimTime,
    failures: u32,
    resets: u32,
    /// The first count and the highest, and the threshold.
    first: u32,
    most: u32,
    of: u32,
    /// What it counts: "failures".
    what: &'static str,
}

/// Times in which fewer service tasks ran than desired, since they were last told of.
#[derive(Clone, Debug, Default)]
pub(super) struct Dips {
    /// The one that lasts: since when, and the fewest since.
    now: Option<(SimTime, u32)>,
    told: u32,
    /// How many were not told, and when the last one ended.
    untold: Option<(u32, SimTime, FactId)>,
    /// The worst of these: how few ran, and for how long.
    fewest: u32,
    longest: SimDuration,
}

impl Narrative<'_> {
    /// Service tasks of the whole cluster: when too few run, and when enough do again.
    pub(super) fn counts(&mut self, at: SimTime, counts: &Counts) {
        let (running, desired, seq) = (counts.app_running, counts.app_desired, self.seq);
        let dips = &mut self.dips;
        match dips.now {
            None if running < desired => {
                dips.now = Some((at, running));
                dips.told += 1;
                if dips.told <= FEW {
                    self.lines.push((at, seq, format!("{running} of {desired} service tasks run")));
                }
            }
            Some((since, fewest)) if running >= desired => {
                dips.now = None;
                let after = at.since(since);
                if dips.told <= FEW {
                    let after = human(after);
                    let line =
                        format!("all {desired} service tasks run, after {after} with {fewest} at the fewest");
                    self.lines.push((at, seq, line));
                    return;
                }
                let count = match dips.untold {
                    None => {
                        (dips.fewest, dips.longest) = (fewest, after);
                        1
                    }
                    Some((count, ..)) => {
                        (dips.fewest, dips.longest) = (dips.fewest.min(fewest), dips.longest.max(after));
                        count + 1
                    }
                };
                dips.untold = Some((count, at, seq));
            }
            Some((since, fewest)) => dips.now = Some((since, fewest.min(running))),
            None => (),
        }
    }

    /// How often too few service tasks ran, when that was too often to tell each time; from here on each is told again.
    pub(super) fn tell_dips(&mut self) {
        let dips = &mut self.dips;
        if let Some((more, at, seq)) = dips.untold.take() {
            let (s, fewest, longest) = (plural(more), dips.fewest, human(dips.longest));
            let line = format!(
                "too few service tasks ran {more} more time{s}, {fewest} at the fewest, for at most {longest}"
            );
            self.lines.push((at, seq, line));
        }
        // One that lasts has been told or not; its end shall be treated alike.
        if dips.now.is_none() || dips.told <= FEW {
            dips.told = u32::from(dips.now.is_some());
        }
    }

    /// An alarm enters or leaves ALARM. (Between its other states nothing happens.)
    pub(super) fn alarm(&mut self, fact: &Fact) {
        let Reason::Alarm(id) = fact.reason else { return };
        let ringing = AlarmState::Alarm.word();
        if fact.to != ringing && fact.from != ringing {
            return;
        }
        let name = self.names.alarm(id);
        let alarm = self.alarms.entry(id).or_default();
        let sentence = if fact.to == ringing {
            alarm.since = Some(fact.at);
            alarm.entered += 1;
            format!("alarm {name} is in {ringing}")
        } else {
            match alarm.since.take() {
                Some(since) => format!("alarm {name} is {} after {}", fact.to, human(fact.at.since(since))),
                None => format!("alarm {name} is {}", fact.to),
            }
        };
        if alarm.entered > FEW {
            alarm.untold = Some((fact.at, fact.seq));
        } else {
            self.say(fact, sentence);
        }
    }

    /// How often alarms have rung that rang too often to tell each time; from here on each is told again.
    pub(super) fn tell_alarms(&mut self) {
        for (id, alarm) in &mut self.alarms {
            if let Some((at, seq)) = alarm.untold.take() {
                let (name, more) = (self.names.alarm(*id), alarm.entered - FEW);
                let still = if alarm.since.is_some() { ", and is" } else { "" };
                let line = format!("alarm {name} was in ALARM {more} more time{}{still}", plural(more));
                self.lines.push((at, seq, line));
            }
            alarm.entered = 0;
        }
    }

    /// A circuit breaker counts, is reset or trips.
    pub(super) fn breaker(&mut self, fact: &Fact) {
        let Some(deployment) = fact.deployment else { return };
        if fact.to != fact.from {
            self.tell_breakers(|other| other == deployment);
            let (name, because) = (self.deployment(fact), self.because(fact));
            let what = if fact.to == "TRIGGERED" { "trips".to_owned() } else { format!("is {}", fact.to) };
            self.say(fact, format!("{name}: the circuit breaker {what}{because}"));
            return;
        }
        let breaker = self.breakers.entry(deployment).or_insert(Breaker {
            began: (fact.at, fact.seq),
            until: fact.at,
            failures: 0,
            resets: 0,
            first: 0,
            most: 0,
            of: 0,
            what: "failures",
        });
        breaker.until = fact.at;
        if let Reason::Of(count, of, what) = fact.reason {
            breaker.failures += 1;
            breaker.first = if breaker.first == 0 { count } else { breaker.first };
            (breaker.most, breaker.of, breaker.what) = (breaker.most.max(count), of, what);
        } else {
            breaker.resets += 1;
        }
    }

    /// What the circuit breakers of these deployments have counted so far.
    pub(super) fn tell_breakers(&mut self, of: impl Fn(DeploymentName) -> bool) {
        let named: Vec<DeploymentName> = self.breakers.keys().copied().filter(|name| of(*name)).collect();
        for name in named {
            let Some(breaker) = self.breakers.remove(&name) else { continue };
            let (at, seq) = breaker.began;
            self.lines.push((at, seq, format!("{}: {}", self.names.deployment(name), breaker.told())));
        }
    }

    /// An instance goes without a daemon, or not well because of one.
    pub(super) fn impaired(&mut self, fact: &Fact) {
        let Some(instance) = fact.instance else { return };
        let (owner, host, because) = (self.owner(fact), self.names.instance(instance), self.because(fact));
        let sentence = match (fact.to, fact.task) {
            ("DAEMON_TASK_START_IMPAIRED", Some(task)) => {
                format!("{} does not start on {host}{because}", self.names.task(task))
            }
            ("DAEMON_TASK_START_IMPAIRED", None) => format!("{owner} gets no task on {host}{because}"),
            ("IMPAIRED", _) => format!("{host} is IMPAIRED by {owner}{because}"),
            _ => return,
        };
        let what = if let Reason::Word(word) = fact.reason { word } else { fact.to };
        self.step(fact, instance.provider, Step::Trouble(what), &sentence);
    }

    /// A task that ended by itself, or does badly. What ECS stops and what goes with its instance is no news.
    pub(super) fn fails(&mut self, fact: &Fact, provider: CapacityProviderId, task: TaskName) {
        let (name, because) = (self.names.task(task), self.because(fact));
        let on = fact.instance.map_or(String::new(), |host| format!(" on {}", self.names.instance(host)));
        let by_itself = matches!(
            (task.owner, fact.reason),
            // Of daemons that do not start there is a fact of its own.
            (Owner::Service(_), Reason::Word("TaskFailedToStart"))
                | (_, Reason::Word("EssentialContainerExited"))
        );
        if fact.to == "UNHEALTHY" {
            self.step(
                fact,
                provider,
                Step::Trouble("UNHEALTHY"),
                &format!("{name}{on} is UNHEALTHY{because}"),
            );
        } else if by_itself && fact.from != "STOPPING" {
            self.step(fact, provider, Step::Trouble("fails"), &format!("{name}{on} stops{because}"));
        }
    }

    /// A mishap begins or ends, or comes over an instance.
    pub(super) fn fault(&mut self, fact: &Fact) {
        let (names, because) = (self.names, self.because(fact));
        let provider = fact.provider.or(fact.instance.map(|instance| instance.provider));
        let (Some(instance), Some(provider)) = (fact.instance, provider) else {
            let place = match (fact.provider, fact.zone) {
                (Some(provider), Some(zone)) => {
                    format!(" on {} in zone {}", names.provider(provider), names.zone(zone))
                }
                (Some(provider), None) => format!(" on {}", names.provider(provider)),
                (None, Some(zone)) => format!(" in zone {}", names.zone(zone)),
                (None, None) => String::new(),
            };
            // "begins" and "ends" are no reasons.
            let because = because.replacen(", ", " ", 1);
            self.say(fact, format!("fault {}{place}{because}", fact.to));
            return;
        };
        // What becomes of these instances is told of them, and what becomes of a daemon of it.
        if matches!(
            fact.to,
            "instanceDeaths" | "spotInterruptions" | "availabilityZoneOutage" | "killDaemons"
        ) {
            return;
        }
        let what = if let Reason::Word(word) = fact.reason { word } else { fact.to };
        let sentence = format!("{} on {}{because}", fact.to, names.instance(instance));
        self.step(fact, provider, Step::Trouble(what), &sentence);
    }
}

impl Breaker {
    fn told(&self) -> String {
        let Breaker { failures, resets, first, most, of, what, .. } = *self;
        let until = clock(self.until);
        match (failures, resets) {
            (0, _) => "a success resets the count of failures".to_owned(),
            (1, 0) => format!("{most} of {of} {what}"),
            (_, 0) => format!("{first} to {most} of {of} {what}, until {until}"),
            (_, _) => format!(
                "{failures} failure{} and {resets} reset{} by successes, at most {most} of {of}, until {until}",
                plural(failures),
                plural(resets)
            ),
        }
    }
}
