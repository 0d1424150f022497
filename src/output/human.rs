//! Time as people read it.

use super::decimal::grouped;
use crate::kernel::{SimDuration, SimTime};

/// A length of time: `14 m 02 s`, `2 h 05 m`, `41.3 s`, `3 d 02 h`.
pub fn human(length: SimDuration) -> String {
    let ms = length.as_ms();
    // Rounded to what is shown first, so that 59.97 s is a minute and never `60.0 s`.
    let tenths = ms.saturating_add(50) / 100;
    let s = ms.saturating_add(500) / 1000;
    let m = s.saturating_add(30) / 60;
    if tenths < 600 {
        if ms.is_multiple_of(1000) {
            format!("{} s", ms / 1000)
        } else {
            format!("{}.{} s", tenths / 10, tenths % 10)
        }
    } else if s < 3600 {
        format!("{} m {:02} s", s / 60, s % 60)
    } else if m < 60 * 24 {
        format!("{} h {:02} m", m / 60, m % 60)
    } else {
        let h = (m + 30) / 60;
        format!("{} d {:02} h", h / 24, h % 24)
    }
}

/// Time of instances added up: `90 instance-seconds`, `37.5 instance-minutes`, `1,284.0 instance-hours`.
pub(super) fn instance_time(ms: u128) -> String {
    const S: u128 = 1000;
    const M: u128 = 60 * S;
    const H: u128 = 60 * M;
    let tenths = |of: u128| {
        let tenths = (ms + of / 20) / (of / 10);
        format!("{}.{}", grouped(tenths / 10), tenths % 10)
    };
    match ms {
        0..120_000 => format!("{} instance-seconds", (ms + S / 2) / S),
        120_000..7_200_000 => format!("{} instance-minutes", tenths(M)),
        _ => format!("{} instance-hours", tenths(H)),
    }
}

/// The virtual clock: `0:14:02`, `73:00:00`; parts of a second are cut off.
pub fn clock(at: SimTime) -> String {
    let s = at.as_ms() / 1000;
    format!("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_show_two_units_at_most() {
        for (ms, text) in [
            (0, "0 s"),
            (250, "0.3 s"),
            (41_260, "41.3 s"),
            (59_949, "59.9 s"),
            (59_960, "1 m 00 s"),
            (842_000, "14 m 02 s"),
            (3_599_600, "1 h 00 m"),
            (7_500_000, "2 h 05 m"),
            (86_400_000 * 3 + 7_300_000, "3 d 02 h"),
        ] {
            assert_eq!(human(SimDuration::from_ms(ms)), text, "{ms} ms");
        }
    }

    #[test]
    fn time_of_instances_is_short() {
        for (ms, text) in [
            (0, "0 instance-seconds"),
            (90_400, "90 instance-seconds"),
            (119_999, "120 instance-seconds"),
            (2_250_000, "37.5 instance-minutes"),
            (2_252_999, "37.5 instance-minutes"),
            (7_200_000, "2.0 instance-hours"),
            (4_622_400_000, "1,284.0 instance-hours"),
        ] {
            assert_eq!(instance_time(ms), text, "{ms} ms");
        }
    }

    #[test]
    fn the_clock_counts_hours_without_end() {
        assert_eq!(clock(SimTime::from_ms(842_999)), "0:14:02");
        assert_eq!(clock(SimTime::from_ms(73 * 3_600_000)), "73:00:00");
    }
}
