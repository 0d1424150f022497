use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

fn ms(ms: u64) -> SimTime {
    SimTime::from_ms(ms)
}

/// All that is left, with its times.
fn drain<E: Copy>(queue: &mut EventQueue<E>) -> Vec<(u64, E)> {
    std::iter::from_fn(|| {
        let now = queue.next_time()?;
        Some((now.as_ms(), queue.pop_at(now).expect("an event is due when it is said to be")))
    })
    .collect()
}

#[test]
fn equal_times_come_out_in_the_order_they_went_in() {
    let mut queue = EventQueue::new();
    for event in 0..100 {
        queue.at(ms(700_000 * (event % 2)), event);
    }
    let order: Vec<u64> = drain(&mut queue).into_iter().map(|(_, event)| event).collect();
    let expected: Vec<u64> = (0..100).step_by(2).chain((1..100).step_by(2)).collect();
    assert_eq!(order, expected);
}

#[test]
fn what_is_scheduled_for_now_comes_after_what_is_due_now() {
    let mut queue = EventQueue::new();
    queue.at(ms(5), 'a');
    queue.at(ms(5), 'b');
    assert_eq!(queue.pop_at(ms(5)), Some('a'));
    queue.at(ms(5), 'c');
    assert_eq!(drain(&mut queue), [(5, 'b'), (5, 'c')]);
    queue.at(ms(5), 'd');
    assert_eq!(drain(&mut queue), [(5, 'd')]);
}

#[test]
fn what_is_scheduled_for_the_past_happens_now() {
    let mut queue = EventQueue::new();
    queue.at(ms(5), 'a');
    queue.at(ms(5), 'b');
    assert_eq!(queue.pop_at(ms(5)), Some('a'));
    queue.at(ms(3), 'c');
    assert_eq!(drain(&mut queue), [(5, 'b'), (5, 'c')]);
    assert_eq!(queue.now(), ms(5));
}

#[test]
fn looking_ahead_does_not_move_time() {
    let mut queue = EventQueue::new();
    queue.at(ms(1 << 40), 'z');
    assert_eq!(queue.next_time(), Some(ms(1 << 40)));
    queue.at(ms(1), 'a');
    assert_eq!(drain(&mut queue), [(1, 'a'), (1 << 40, 'z')]);
}

#[test]
fn nothing_is_popped_at_another_time_than_the_earliest() {
    let mut queue = EventQueue::new();
    queue.at(ms(700), 'a');
    assert_eq!([queue.pop_at(ms(0)), queue.pop_at(ms(699)), queue.pop_at(ms(701))], [None; 3]);
    assert!(queue.is_due(ms(700)) && !queue.is_due(ms(0)) && !queue.is_due(ms(701)));
    assert_eq!(queue.pop_at(ms(700)), Some('a'));
    assert!(!queue.is_due(ms(700)));
}

#[test]
fn the_end_of_time_can_be_scheduled() {
    let mut queue = EventQueue::new();
    let key = queue.at(SimTime::MAX, 'x');
    queue.at(SimTime::MAX, 'y');
    queue.at(ms(u64::MAX - 1), 'w');
    assert!(queue.cancel(key));
    assert_eq!(drain(&mut queue), [(u64::MAX - 1, 'w'), (u64::MAX, 'y')]);
    queue.at(SimTime::MAX, 'z');
    assert_eq!(drain(&mut queue), [(u64::MAX, 'z')]);
}

#[test]
fn a_key_is_harmless_once_its_event_has_gone() {
    let mut queue = EventQueue::new();
    let fired = queue.at(ms(1), 'a');
    let cancelled = queue.at(ms(1), 'b');
    assert_eq!(queue.pop_at(ms(1)), Some('a'));
    assert!(queue.cancel(cancelled));
    let pending = queue.at(ms(1), 'c');
    for key in [fired, cancelled, EventKey::NONE, EventKey::default()] {
        assert!(!queue.cancel(key));
    }
    assert_eq!(queue.len(), 1);
    assert!(queue.cancel(pending));
    assert!(queue.is_empty());
    assert_eq!(queue.next_time(), None);
}

#[test]
fn what_was_cancelled_leaves_nothing_behind() {
    let mut queue = EventQueue::new();
    for round in 0..100_000 {
        // A timer that is hardly ever needed, as most are.
        let timer = queue.at(ms(round + 3_600_000), 'x');
        queue.at(ms(round), 'a');
        assert_eq!(queue.pop_at(ms(round)), Some('a'));
        assert!(queue.cancel(timer));
    }
    assert_eq!(queue.len(), 0);
    assert_eq!(queue.keys.slots(), 2);
    // One for the timer, one for the other event, one to move either.
    assert!(queue.rows.blocks() <= 3);
}

#[test]
fn memory_follows_what_is_pending() {
    let mut queue = EventQueue::new();
    let mut timers: std::collections::VecDeque<EventKey> = (0..1_000).map(|i| queue.at(ms(i), i)).collect();
    for round in 1_000..200_000 {
        assert!(queue.cancel(timers.pop_front().expect("there are a thousand")));
        timers.push_back(queue.at(ms(round * 7 % 90_000), round));
    }
    assert_eq!(queue.len(), 1_000);
    assert_eq!(queue.keys.slots(), 1_000);
    assert!(queue.rows.blocks() <= 1_000);
}

#[test]
fn a_cleared_queue_is_as_good_as_new_and_old_keys_stay_harmless() {
    let mut queue = EventQueue::with_capacity(10);
    let old: Vec<EventKey> = (0..100).map(|i| queue.at(ms(i * i * 1_000), i)).collect();
    for now in [0, 1_000, 4_000] {
        assert!(queue.pop_at(ms(now)).is_some());
    }
    queue.cancel(old[50]);
    queue.clear();
    assert_eq!((queue.len(), queue.next_time(), queue.now()), (0, None, SimTime::ZERO));
    let new: Vec<EventKey> = (0..100).map(|i| queue.at(ms(100 - i), i)).collect();
    assert_eq!(queue.keys.slots(), 100);
    assert!(!old.iter().any(|key| queue.cancel(*key)));
    assert!(!old.iter().any(|key| new.contains(key)));
    assert_eq!(drain(&mut queue).len(), 100);
}

#[test]
fn events_are_small_enough_for_their_blocks() {
    assert_eq!(size_of::<EventKey>(), 8);
    assert_eq!(rows::block_size::<u64>(), 6 * 64);
    assert_eq!(rows::block_size::<[u64; 2]>(), 8 * 64);
}

/// What a queue should do, in the plainest way: a sorted map by time and order of scheduling.
#[derive(Default)]
struct Model {
    now: u64,
    next: u64,
    pending: BTreeMap<(u64, u64), u64>,
}

impl Model {
    fn at(&mut self, time: u64, event: u64) -> (u64, u64) {
        let id = (time.max(self.now), self.next);
        self.next += 1;
        self.pending.insert(id, event);
        id
    }
    fn next_time(&self) -> Option<u64> {
        self.pending.first_key_value().map(|((time, _), _)| *time)
    }
    fn pop_at(&mut self, now: u64) -> Option<u64> {
        let entry = self.pending.first_entry().filter(|entry| entry.key().0 == now)?;
        self.now = now;
        Some(entry.remove())
    }
}

#[derive(Clone, Debug)]
enum Op {
    After(u64),
    At(u64),
    Pop,
    PopAt(u64),
    Peek,
    Cancel(prop::sample::Index),
    /// Also when it is the next.
    CancelNewest,
    Clear,
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let near = prop_oneof![Just(0), 0..3_u64, 0..600_u64, Just(35_000), 0..2_000_000_u64];
    let op = prop_oneof![
        12 => near.prop_map(Op::After),
        3 => (0..64_u32, any::<u64>()).prop_map(|(shift, bits)| Op::At(bits >> shift)),
        1 => Just(Op::At(u64::MAX)),
        8 => Just(Op::Pop),
        1 => any::<u64>().prop_map(Op::PopAt),
        2 => Just(Op::Peek),
        6 => any::<prop::sample::Index>().prop_map(Op::Cancel),
        1 => Just(Op::CancelNewest),
    ];
    let op = prop_oneof![400 => op, 1 => Just(Op::Clear)];
    prop::collection::vec(op, 1..600)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn the_queue_does_what_a_sorted_map_does(ops in ops()) {
        let mut queue = EventQueue::new();
        let mut model = Model::default();
        let mut keys: Vec<(EventKey, (u64, u64))> = Vec::new();
        let mut most = 0;
        for (event, op) in (0_u64..).zip(ops) {
            match op {
                Op::After(step) => {
                    let time = model.now.saturating_add(step);
                    keys.push((queue.at(ms(time), event), model.at(time, event)));
                }
                Op::At(time) => keys.push((queue.at(ms(time), event), model.at(time, event))),
                Op::Pop => {
                    if let Some(now) = model.next_time() {
                        prop_assert_eq!(queue.pop_at(ms(now)), model.pop_at(now));
                    } else {
                        prop_assert_eq!(queue.next_time(), None);
                    }
                }
                Op::PopAt(now) => prop_assert_eq!(queue.pop_at(ms(now)), model.pop_at(now)),
                Op::Peek => prop_assert_eq!(queue.next_time(), model.next_time().map(ms)),
                Op::Cancel(index) if !keys.is_empty() => {
                    let (key, id) = *index.get(&keys);
                    prop_assert_eq!(queue.cancel(key), model.pending.remove(&id).is_some());
                }
                Op::CancelNewest if !keys.is_empty() => {
                    let (key, id) = keys[keys.len() - 1];
                    prop_assert_eq!(queue.cancel(key), model.pending.remove(&id).is_some());
                }
                Op::Cancel(_) | Op::CancelNewest => prop_assert!(!queue.cancel(EventKey::NONE)),
                Op::Clear => {
                    queue.clear();
                    model = Model { next: model.next, ..Model::default() };
                }
            }
            most = most.max(model.pending.len());
            prop_assert_eq!(queue.len(), model.pending.len());
            prop_assert_eq!(queue.now().as_ms(), model.now);
            // No more slots than were ever pending at once, and no block without an event.
            prop_assert_eq!(queue.keys.slots(), most);
            prop_assert!(queue.rows.blocks() <= most + 1);
        }
        while let Some(now) = model.next_time() {
            prop_assert_eq!(queue.next_time(), Some(ms(now)));
            prop_assert_eq!(queue.pop_at(ms(now)), model.pop_at(now));
        }
        prop_assert!(queue.is_empty());
    }
}
