//! Where a value was written: in the file, or in an edit such as `--set`.

use std::ops::Range;
use std::sync::Arc;

/// A stretch of the file or of one edit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Span {
    /// 0 is the file, n the nth edit.
    pub(super) source: u16,
    /// Its first byte.
    pub(super) start: u32,
    /// The byte after its last.
    pub(super) end: u32,
}

/// Everything that was written: the file, then each `--set PATH=VALUE`. What was read once is shared by all the
/// scenarios that are made of it.
#[derive(Clone, Debug)]
pub(super) struct Sources(Vec<Source>);

/// Something that was written.
#[derive(Clone, Debug)]
struct Source {
    /// The file's name, or the option that it stood at.
    name: Arc<str>,
    text: Arc<str>,
}

/// A line of a source, and where in it a span lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The file's name, or `--set`.
    pub(super) source: String,
    /// Counted from 1.
    pub(super) line: usize,
    /// Counted from 1, in characters.
    pub(super) column: usize,
    /// The line, cut when it is very long.
    pub(super) text: String,
    /// The span in `text`, in bytes.
    pub(super) marked: Range<usize>,
}

/// How much of a long line is shown on either side of what is meant.
const SHOWN: usize = 240;

impl Sources {
    pub(super) fn new(file_name: &str, text: String) -> Sources {
        Sources(vec![Source { name: visible(file_name).into(), text: text.into() }])
    }

    /// Adds the text of an edit and tells its number.
    pub(super) fn add(&mut self, option: &str, text: String) -> u16 {
        self.0.push(Source { name: option.into(), text: text.into() });
        u16::try_from(self.0.len() - 1).unwrap_or(u16::MAX)
    }

    /// The text of a source.
    pub(super) fn text(&self, source: u16) -> &str {
        self.0.get(usize::from(source)).map_or("", |source| &source.text)
    }

    /// The line that a span starts in.
    pub(super) fn place(&self, span: Span) -> Place {
        let text = self.text(span.source);
        let start = floor(text, span.start as usize);
        let end = floor(text, span.end as usize).max(start);
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let line_end = if text[..line_end].ends_with('\r') { (line_end - 1).max(start) } else { line_end };
        let line = 1 + text[..line_start].bytes().filter(|b| *b == b'\n').count();
        let column = 1 + text[line_start..start].chars().count();
        // What follows is cut to a window, so that a file of one endless line is not printed a hundred times.
        let from = floor(text, line_start.max(start.saturating_sub(SHOWN)));
        let end = end.min(line_end).min(floor(text, start + SHOWN));
        let to = floor(text, line_end.min(end + SHOWN));
        let before = visible(&text[from..start]);
        let marked = visible(&text[start..end]);
        let range = before.len()..before.len() + marked.len();
        let source = self.0.get(usize::from(span.source)).map_or("", |source| &source.name).to_owned();
        Place { source, line, column, text: before + &marked + &visible(&text[end..to]), marked: range }
    }
}

/// The nearest character boundary at or before `at`.
fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The text with everything replaced that would move a terminal's cursor or turn its writing around.
pub(super) fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\t' => out.push(' '),
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' => {
                out.extend(c.escape_unicode());
            }
            c if c.is_control() => out.extend(c.escape_default()),
            c => out.push(c),
        }
    }
    out
}

/// The text as a message quotes it: visible, and not longer than a line.
pub(super) fn quoted(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut shown = visible(&text.chars().take(LONGEST).collect::<String>());
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    format!("`{shown}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_found_in_its_line() {
        let sources = Sources::new("a.yaml", "one: 1\r\ntwö: 22\r\n".to_owned());
        let place = sources.place(Span { source: 0, start: 14, end: 16 });
        assert_eq!((place.line, place.column), (2, 6));
        assert_eq!(place.text, "twö: 22");
        assert_eq!(&place.text[place.marked], "22");
    }

    #[test]
    fn a_span_of_several_lines_is_cut_at_the_first() {
        let sources = Sources::new("a.yaml", "a:\n  b: 1\n  c: 2\n".to_owned());
        let place = sources.place(Span { source: 0, start: 5, end: 17 });
        assert_eq!((place.line, place.column), (2, 3));
        assert_eq!(&place.text[place.marked], "b: 1");
    }

    #[test]
    fn nothing_moves_the_cursor() {
        assert_eq!(visible("a\u{1b}[31m\u{202e}b\0"), "a\\u{1b}[31m\\u{202e}b\\u{0}");
        assert_eq!(quoted(&"x".repeat(100)), format!("`{}…`", "x".repeat(60)));
    }
}
