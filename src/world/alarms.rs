//! Alarms: what they see, when they ring, and who looks at them.
//!
//! Only alarms that some request watches are followed. They are judged at the ends of their periods, a deployment
//! looks at their states every `alarmPoll`, and neither keeps a run going that is otherwise over.

use super::event::Event;
use super::metrics::{Level, Signal, Source, level};
use super::rollback::Why;
use super::setup::{Request, Setup};
use super::{NO_FACT, Queue, World};
use crate::kernel::{NumberSampler, Seed, SimDuration, SimTime};
use crate::model::assumptions::{AlarmIgnoreScope, AlarmWindow};
use crate::model::{
    AlarmId, AlarmSource, AlarmState, DeploymentId, DeploymentStatus, Evaluation, MetricSource,
    MonitorStatus, Phase,
};
use crate::policy::alarm::{Datapoint, breaches, evaluate, range_len};
use crate::record::{FactKind, Observation, Reason, Recorder};
use std::collections::VecDeque;

/// The alarms of a run.
#[derive(Debug, Default)]
pub(super) struct Alarms {
    /// Every alarm's state; alarms that nobody watches keep theirs.
    rows: Vec<Row>,
    /// Whether any alarm measures something.
    pub(super) measure: bool,
    /// Pending judgements and looks: they do not keep a run going.
    pub(super) pending: usize,
    /// Deployments that look at alarms.
    lookers: usize,
    due: Vec<DeploymentId>,
}

/// An alarm.
#[derive(Debug)]
struct Row {
    state: AlarmState,
    watched: bool,
    fact: u32,
    script: Vec<(SimTime, AlarmState)>,
    metric: Option<Box<Metric>>,
}

/// An alarm that measures.
#[derive(Debug)]
struct Metric {
    rule: Evaluation,
    source: Source,
    signal: Signal,
    baseline: Level,
    noise: Option<NumberSampler>,
    /// From one judgement to the next.
    step: SimDuration,
    /// Sums at the latest judgements, one period's worth.
    sums: VecDeque<(i128, u64)>,
    /// Data points by their ends, as many as a judgement looks back on.
    points: VecDeque<Datapoint>,
}

impl Alarms {
    pub(super) fn new(setup: &Setup, replication: u64) -> Alarms {
        let mut watched = vec![false; setup.alarms.len()];
        for timed in &setup.timeline {
            if let Request::CreateDaemon { settings, .. } | Request::UpdateDaemon { settings, .. } =
                &timed.request
            {
                settings.alarms.iter().for_each(|alarm| watched[alarm.index()] = true);
            }
        }
        let seed = Seed { seed: setup.seed, replication };
        let rows: Vec<Row> = setup
            .alarms
            .iter()
            .zip(watched)
            .map(|(alarm, watched)| {
                let (script, metric) = match &alarm.source {
                    _ if !watched => (Vec::new(), None),
                    AlarmSource::Script(script) => (script.clone(), None),
                    AlarmSource::Metric(source, rule) => {
                        let metric = Metric::new(setup, seed, &alarm.name, alarm.starts_in, source, *rule);
                        (Vec::new(), Some(Box::new(metric)))
                    }
                };
                Row { state: alarm.starts_in, watched, fact: NO_FACT, script, metric }
            })
            .collect();
        Alarms { measure: rows.iter().any(|row| row.metric.is_some()), rows, ..Alarms::default() }
    }
}

impl Metric {
    fn new(
        setup: &Setup,
        seed: Seed,
        name: &str,
        starts_in: AlarmState,
        source: &MetricSource,
        rule: Evaluation,
    ) -> Metric {
        let minute = SimDuration::from_secs(60);
        let step = match setup.assumptions.alarm_window {
            AlarmWindow::WallClock => rule.period,
            AlarmWindow::Sliding if rule.period < minute => SimDuration::from_secs(10),
            AlarmWindow::Sliding => minute,
        };
        let (baseline, noise) = match source {
            MetricSource::Builtin(_) => (0, None),
            MetricSource::Contributions { baseline, noise, .. } => {
                let noise = noise.as_ref().map(|law| NumberSampler::new(law, seed, name, "noise"));
                (level(*baseline), noise)
            }
        };
        // What was before the clock started was as the alarm's state says.
        let before = match starts_in {
            AlarmState::Ok => Datapoint::Fine,
            AlarmState::Alarm => Datapoint::Breaching,
            AlarmState::InsufficientData => Datapoint::Missing,
        };
        let steps = steps(rule.period, step);
        let kept = (range_len(rule.evaluation_periods) as usize - 1) * steps + 1;
        Metric {
            rule,
            source: Source::new(source, setup),
            signal: Signal::new(),
            baseline,
            noise,
            step,
            sums: VecDeque::from(vec![(0, 0)]),
            points: VecDeque::from(vec![before; kept]),
        }
    }

    /// The data point of the period that ends now; none when that period began before the clock did.
    fn measure(&mut self, now: SimTime) -> Option<Datapoint> {
        let (sum, covered) = self.signal.until(now);
        self.sums.push_back((sum, covered));
        if now < SimTime::ZERO + self.rule.period {
            return None;
        }
        let (sum_before, covered_before) = self.sums.pop_front().unwrap_or_default();
        let time = i128::from(covered - covered_before);
        if time == 0 {
            return Some(Datapoint::Missing);
        }
        let ordinal = now.as_ms() / self.step.as_ms().max(1);
        let noise = self.noise.as_mut().map_or(0, |noise| level(noise.draw(ordinal)));
        let added = self.baseline.saturating_add(noise).saturating_mul(time);
        let value = (sum - sum_before).saturating_add(added);
        let threshold = level(self.rule.threshold).saturating_mul(time);
        let breaching = breaches(value, self.rule.comparison, threshold);
        Some(if breaching { Datapoint::Breaching } else { Datapoint::Fine })
    }

    /// The state at the end of a period.
    fn judge(&mut self, now: SimTime, before: AlarmState) -> AlarmState {
        let oldest = self.points.pop_front().unwrap_or(Datapoint::Missing);
        let point = self.measure(now).unwrap_or_else(|| self.points.back().copied().unwrap_or(oldest));
        self.points.push_back(point);
        let steps = steps(self.rule.period, self.step);
        let range: Vec<Datapoint> = self.points.iter().copied().step_by(steps).collect();
        let rule = &self.rule;
        evaluate(&range, rule.evaluation_periods, rule.datapoints_to_alarm, rule.missing, before)
    }
}

/// How many judgements a period takes.
fn steps(period: SimDuration, step: SimDuration) -> usize {
    (period.as_ms() / step.as_ms().max(1)).max(1) as usize
}

impl<R: Recorder> World<R> {
    /// The first judgements, and what scripts say, are put into the queue.
    pub(super) fn schedule_alarms(&mut self, queue: &mut Queue) {
        for at in 0..self.alarms.rows.len() {
            let alarm = AlarmId::new(at as u32);
            if R::LISTENS && self.alarms.rows[at].watched && self.alarms.rows[at].state == AlarmState::Alarm {
                self.recorder.note(SimTime::ZERO, Observation::RingsAtStart { alarm });
            }
            for (entry, (time, _)) in self.alarms.rows[at].script.iter().enumerate() {
                if *time <= self.horizon {
                    queue.at(*time, Event::AlarmScript(alarm, entry as u32));
                }
            }
            if let Some(metric) = &self.alarms.rows[at].metric {
                let first = SimTime::ZERO + metric.step;
                self.schedule_judgement(first, alarm, queue);
            }
        }
    }

    fn schedule_judgement(&mut self, at: SimTime, alarm: AlarmId, queue: &mut Queue) {
        if at <= self.horizon {
            self.alarms.pending += 1;
            queue.at(at, Event::AlarmTick(alarm));
        }
    }

    /// Notes what every alarm measures from `now` on.
    pub(super) fn measure(&mut self, now: SimTime) {
        let fact = self.next_fact.saturating_sub(1);
        for row in &mut self.alarms.rows {
            if let Some(metric) = row.metric.as_deref_mut() {
                let level = metric.source.level(&self.cluster, &self.tally.total);
                metric.signal.set(now, level, fact);
            }
        }
    }

    /// A script says what an alarm's state is.
    pub(super) fn on_alarm_script(&mut self, now: SimTime, alarm: AlarmId, entry: u32) {
        let (_, state) = self.alarms.rows[alarm.index()].script[entry as usize];
        // It was told at the start what would come.
        self.set_alarm(now, alarm, state, 0);
    }

    /// A period of an alarm ends.
    pub(super) fn on_alarm_tick(&mut self, now: SimTime, alarm: AlarmId, queue: &mut Queue) {
        self.alarms.pending -= 1;
        let row = &mut self.alarms.rows[alarm.index()];
        let before = row.state;
        let Some(metric) = row.metric.as_deref_mut() else { return };
        let state = metric.judge(now, before);
        let (next, fact) = (now + metric.step, metric.signal.fact);
        if state != before {
            self.last = now;
            self.set_alarm(now, alarm, state, fact);
        }
        if queue.len() > self.alarms.pending || self.alarms.lookers > 0 {
            self.schedule_judgement(next, alarm, queue);
        }
    }

    fn set_alarm(&mut self, now: SimTime, alarm: AlarmId, state: AlarmState, cause: u32) {
        let from = std::mem::replace(&mut self.alarms.rows[alarm.index()].state, state);
        if from == state {
            return;
        }
        let fact = self.tell(now, cause, FactKind::Alarm, |_, fact| {
            fact.from = from.word();
            fact.to = state.word();
            fact.reason = Reason::Alarm(alarm);
        });
        self.alarms.rows[alarm.index()].fact = fact;
    }

    /// A deployment is IN_PROGRESS: from now on it looks at its alarms, but for those that ring already.
    pub(super) fn begin_watching(&mut self, now: SimTime, id: DeploymentId, queue: &mut Queue) {
        let rows = &self.alarms.rows;
        let watch = &mut self.cluster.deployments[id.index()].watch;
        if watch.alarms.is_empty() {
            return;
        }
        for (alarm, ignored) in &mut watch.alarms {
            *ignored = rows[alarm.index()].state == AlarmState::Alarm;
        }
        let any_rings = watch.alarms.iter().any(|(_, ignored)| *ignored);
        if any_rings && self.cluster.assumptions.alarm_ignore_scope == AlarmIgnoreScope::All {
            return;
        }
        watch.status = MonitorStatus::Monitoring;
        self.alarms.lookers += 1;
        self.schedule_look(now, id, queue);
    }

    fn schedule_look(&mut self, now: SimTime, id: DeploymentId, queue: &mut Queue) {
        let row = &mut self.cluster.deployments[id.index()];
        row.watch.looks += 1;
        let (daemon, number, looks) = (row.daemon.index(), row.number, row.watch.looks);
        let next = now + self.env.alarm_poll(daemon, number, looks);
        if next <= self.horizon {
            self.alarms.pending += 1;
            self.cluster.deployments[id.index()].watch.next = queue.at(next, Event::Look(id));
        }
    }

    /// It is time for a deployment to look at its alarms: it will when all of this instant is known.
    pub(super) fn on_look(&mut self, id: DeploymentId) {
        self.alarms.pending -= 1;
        self.cluster.deployments[id.index()].watch.next = crate::kernel::EventKey::NONE;
        self.alarms.due.push(id);
    }

    /// Whether a deployment is about to look.
    pub(super) fn looks_due(&self) -> bool {
        !self.alarms.due.is_empty()
    }

    /// Every deployment whose time has come looks at its alarms.
    pub(super) fn look(&mut self, now: SimTime, queue: &mut Queue) {
        for id in std::mem::take(&mut self.alarms.due) {
            let row = &mut self.cluster.deployments[id.index()];
            if row.status != DeploymentStatus::InProgress || row.watch.status != MonitorStatus::Monitoring {
                continue;
            }
            let rearms = self.cluster.assumptions.ignored_alarm_rearms;
            let mut ringing = Vec::new();
            for (alarm, ignored) in &mut row.watch.alarms {
                match self.alarms.rows[alarm.index()].state {
                    AlarmState::Alarm if !*ignored => ringing.push(*alarm),
                    AlarmState::Ok if rearms => *ignored = false,
                    AlarmState::Ok | AlarmState::Alarm | AlarmState::InsufficientData => (),
                }
            }
            let superseded = row.superseded;
            match ringing.first() {
                Some(first) if !superseded => {
                    self.last = now;
                    let cause = match self.alarms.rows[first.index()].fact {
                        NO_FACT => row.fact,
                        fact => fact,
                    };
                    self.fail_deployment(now, id, Why::Alarms(ringing), cause, queue);
                }
                Some(_) | None => self.schedule_look(now, id, queue),
            }
        }
        self.end_bakes(now, queue);
    }

    /// Bakes that ended in this instant, now that the last look has been taken.
    fn end_bakes(&mut self, now: SimTime, queue: &mut Queue) {
        for id in std::mem::take(&mut self.baked) {
            if self.cluster.deployments[id.index()].phase == Phase::Baking {
                self.end_bake(now, id, queue);
            }
        }
    }

    /// A deployment looks at no alarm any more.
    pub(super) fn stop_watching(&mut self, id: DeploymentId, queue: &mut Queue) {
        let watch = &mut self.cluster.deployments[id.index()].watch;
        if queue.cancel(std::mem::take(&mut watch.next)) {
            self.alarms.pending -= 1;
        }
        if std::mem::take(&mut watch.looks) > 0 {
            self.alarms.lookers -= 1;
        }
        if watch.status == MonitorStatus::Monitoring {
            watch.status = MonitorStatus::MonitoringComplete;
        }
    }
}
