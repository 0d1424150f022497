use super::*;
use proptest::prelude::*;

const TREATMENTS: [MissingData; 4] =
    [MissingData::Missing, MissingData::Ignore, MissingData::Breaching, MissingData::NotBreaching];
const STATES: [AlarmState; 3] = [AlarmState::Ok, AlarmState::Alarm, AlarmState::InsufficientData];

/// `0` is fine, `X` breaches, `-` is missing; the oldest comes first, as in CloudWatch's tables.
fn points(text: &str) -> Vec<Datapoint> {
    let point = |c| match c {
        '0' => Datapoint::Fine,
        'X' => Datapoint::Breaching,
        '-' => Datapoint::Missing,
        other => panic!("{other:?} is no data point"),
    };
    text.chars().map(point).collect()
}

/// What a row's columns say of missing, ignore, breaching and notBreaching, `R` being the state before.
fn row(text: &str, periods: u32, to_alarm: u32, columns: &str) {
    for (treatment, column) in TREATMENTS.into_iter().zip(columns.split(' ')) {
        for before in STATES {
            let expected = match column {
                "OK" => AlarmState::Ok,
                "ALARM" => AlarmState::Alarm,
                "INS" => AlarmState::InsufficientData,
                "R" => before,
                other => panic!("{other:?} is no state"),
            };
            let found = evaluate(&points(text), periods, to_alarm, treatment, before);
            assert_eq!(found, expected, "{text}, {to_alarm} of {periods}, {treatment:?}, before {before:?}");
        }
    }
}

/// The two tables that CloudWatch publishes.
#[test]
fn published_tables() {
    assert_eq!(range_len(3), 5);
    row("0-X-X", 3, 3, "OK OK OK OK");
    row("0----", 3, 3, "OK OK OK OK");
    row("-----", 3, 3, "INS R ALARM OK");
    row("0XX-X", 3, 3, "ALARM ALARM ALARM ALARM");
    row("--X--", 3, 3, "ALARM R ALARM OK");
    row("0-X-X", 3, 2, "ALARM ALARM ALARM ALARM");
    row("00X0X", 3, 2, "ALARM ALARM ALARM ALARM");
    row("0-X--", 3, 2, "OK OK ALARM OK");
    row("----0", 3, 2, "OK OK ALARM OK");
    row("---X-", 3, 2, "ALARM R ALARM OK");
}

/// Worked out by hand.
#[test]
fn other_ranges() {
    // Enough real points: missing ones between them do not matter, older ones make up for them.
    row("XX-0-X", 4, 3, "ALARM ALARM ALARM ALARM");
    row("X0-0-X", 4, 3, "OK OK OK OK");
    // Only the latest count: the breaches lie before them.
    row("XX000", 3, 1, "OK OK OK OK");
    row("XX0-0", 3, 1, "ALARM ALARM ALARM ALARM");
    // The breach is fresh: it could be the first of three, or the only one.
    row("----X", 3, 3, "OK R ALARM OK");
    row("---XX", 3, 3, "OK R ALARM OK");
    // Old enough, but not within the evaluation periods.
    row("-X---", 3, 3, "OK R ALARM OK");
    row("X----", 3, 2, "OK R ALARM OK");
    // Two breaches, the older of them outside: the other one is not old enough.
    row("-X-X-", 3, 3, "OK R ALARM OK");
    // A fine point ends all doubt.
    row("--0X-", 3, 3, "OK OK OK OK");
    row("X-0--", 3, 3, "OK OK OK OK");
    // One of one.
    row("---", 1, 1, "INS R ALARM OK");
    row("X--", 1, 1, "ALARM ALARM ALARM ALARM");
    row("0--", 1, 1, "OK OK OK OK");
    // A range no longer than the evaluation periods.
    row("X--", 3, 2, "ALARM R ALARM OK");
    row("X-X", 3, 2, "ALARM ALARM ALARM ALARM");
}

#[test]
fn comparisons() {
    use Comparison as C;
    for (value, at_least, above, below, at_most) in
        [(4, false, false, true, true), (5, true, false, false, true), (6, true, true, false, false)]
    {
        assert_eq!(breaches(value, C::AtLeast, 5), at_least);
        assert_eq!(breaches(value, C::Above, 5), above);
        assert_eq!(breaches(value, C::Below, 5), below);
        assert_eq!(breaches(value, C::AtMost, 5), at_most);
    }
    assert!(breaches(i128::MAX, C::Above, i128::MIN));
    assert!(breaches(-1, C::Below, 0));
}

/// The rule as CloudWatch's pages tell it, by cases of what missing points are taken for, on text.
fn as_told(
    range: &str,
    periods: usize,
    to_alarm: usize,
    missing: MissingData,
    before: AlarmState,
) -> AlarmState {
    let slots = range.len();
    let latest: String = range.replace('-', "").chars().rev().take(periods).collect();
    let alarm_if = |rings| if rings { AlarmState::Alarm } else { AlarmState::Ok };
    let enough = |seen: &str| seen.matches('X').count() >= to_alarm;
    if latest.len() == periods {
        return alarm_if(enough(&latest));
    }
    let filled = |with: &str| latest.clone() + &with.repeat(periods - latest.len());
    match missing {
        MissingData::Breaching => return alarm_if(enough(&filled("X"))),
        MissingData::NotBreaching => return alarm_if(enough(&filled("0"))),
        MissingData::Missing if latest.is_empty() => return AlarmState::InsufficientData,
        MissingData::Ignore if latest.is_empty() => return before,
        MissingData::Missing | MissingData::Ignore => (),
    }
    if latest.contains('0') || enough(&latest) {
        return alarm_if(enough(&latest));
    }
    // Too few points, each of them a breach. The oldest breach of the evaluation periods: is it old enough?
    let ages = (1..=periods.min(slots)).rev();
    let oldest = ages.into_iter().find(|age| range.as_bytes()[slots - age] == b'X');
    let kept = missing == MissingData::Ignore;
    if kept { before } else { alarm_if(oldest.is_some_and(|age| age >= to_alarm)) }
}

/// Every range of up to four evaluation periods.
#[test]
fn every_small_range() {
    for periods in 1..=4_u32 {
        for to_alarm in 1..=periods {
            for slots in periods..=range_len(periods) {
                for code in 0..3_usize.pow(slots) {
                    let digit = |at| ['0', 'X', '-'][code / 3_usize.pow(at) % 3];
                    let text: String = (0..slots).map(digit).collect();
                    for (treatment, before) in TREATMENTS.into_iter().flat_map(|t| STATES.map(|b| (t, b))) {
                        assert_eq!(
                            evaluate(&points(&text), periods, to_alarm, treatment, before),
                            as_told(&text, periods as usize, to_alarm as usize, treatment, before),
                            "{text}, {to_alarm} of {periods}, {treatment:?}, before {before:?}"
                        );
                    }
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn any_range(
        (periods, to_alarm) in (1..40_u32).prop_flat_map(|n| (Just(n), 1..=n)),
        text in "[0X-]{0,45}",
        treatment in prop::sample::select(TREATMENTS.to_vec()),
        before in prop::sample::select(STATES.to_vec()),
    ) {
        let missing_before = "-".repeat((range_len(periods) as usize).saturating_sub(text.len()));
        let text = missing_before + &text;
        let state = |text: &str| evaluate(&points(text), periods, to_alarm, treatment, before);
        let told = as_told(&text, periods as usize, to_alarm as usize, treatment, before);
        prop_assert_eq!(state(&text), told);
        // A breach in place of a fine point never ends an alarm.
        if told == AlarmState::Alarm {
            for (at, _) in text.match_indices('0') {
                let worse = format!("{}X{}", &text[..at], &text[at + 1..]);
                prop_assert_eq!(state(&worse), AlarmState::Alarm, "{} from {}", worse, text);
            }
        }
        // What lies before the range does not matter while it holds enough.
        if text.replace('-', "").len() >= periods as usize {
            prop_assert_eq!(state(&format!("X0{text}")), told);
        }
    }
}
