//! Small pieces of text: durations as a scenario writes them, and lines that fit a terminal.

use crate::kernel::SimDuration;

/// How wide text for people is.
const WIDTH: usize = 80;

/// A duration as a scenario writes it: `90s` is `1m30s`, nothing is `0s`.
pub(super) fn duration(length: SimDuration) -> String {
    const UNITS: [(&str, u64); 5] =
        [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];
    let mut rest = length.as_ms();
    let mut text = String::new();
    for (unit, ms) in UNITS {
        if rest >= ms {
            text += &format!("{}{unit}", rest / ms);
            rest %= ms;
        }
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

/// `1 instance`, `2 instances`.
pub(super) fn counted(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// Words in lines of [`WIDTH`] columns, each line indented.
pub(super) fn wrapped<'a>(words: impl IntoIterator<Item = &'a str>, indent: usize) -> String {
    let mut text = String::new();
    let mut column = 0;
    for word in words {
        let width = word.chars().count();
        if column > 0 && column + 1 + width <= WIDTH {
            text.push(' ');
            column += 1;
        } else {
            if column > 0 {
                text.push('\n');
            }
            text.push_str(&" ".repeat(indent));
            column = indent;
        }
        text.push_str(word);
        column += width;
    }
    if column > 0 {
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_they_are_written() {
        for (ms, text) in [
            (0, "0s"),
            (500, "500ms"),
            (90_000, "1m30s"),
            (7 * 86_400_000, "7d"),
            (7_200_000, "2h"),
            (86_400_001, "1d1ms"),
        ] {
            assert_eq!(duration(SimDuration::from_ms(ms)), text);
        }
    }

    #[test]
    fn lines_fit_and_long_words_stand_alone() {
        let long = "x".repeat(100);
        let text = wrapped(["a", "b", &long, "c"], 2);
        assert_eq!(text, format!("  a b\n  {long}\n  c\n"));
        let many = vec!["word"; 40];
        assert!(wrapped(many, 4).lines().all(|line| line.len() <= WIDTH));
    }
}
