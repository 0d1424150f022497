//! A page of eighty columns: headings, wrapped words, pairs, tables.

use std::borrow::Cow;

const WIDTH: usize = 80;
const INDENT: usize = 2;
/// Where the right side of a pair begins, and of one that belongs to the line before.
const PAIR: usize = 20;
const PAIR_BELOW: usize = 14;

/// How a piece of text is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::output) enum Tone {
    Plain,
    Strong,
    Quiet,
    Good,
    Bad,
    Unsure,
}

/// A column of a table.
pub(in crate::output) struct Column {
    head: Cow<'static, str>,
    right: bool,
    /// Whether it gives way when the table is too wide.
    gives: bool,
    /// Whether what does not fit stands on a line of its own instead of being cut.
    whole: bool,
}

/// Text that grows downwards.
pub(in crate::output) struct Page {
    out: String,
    colour: bool,
}

impl Column {
    /// Names: to the left, shortened when need be.
    pub(in crate::output) const fn name(head: &'static str) -> Column {
        Column { head: Cow::Borrowed(head), right: false, gives: true, whole: false }
    }

    /// Names that must not be cut, because two of them may differ in the part that would go.
    pub(in crate::output) const fn whole(head: &'static str) -> Column {
        Column { head: Cow::Borrowed(head), right: false, gives: true, whole: true }
    }

    /// Words from a closed list.
    pub(in crate::output) const fn word(head: &'static str) -> Column {
        Column { head: Cow::Borrowed(head), right: false, gives: false, whole: false }
    }

    /// What a user named: to the left, shortened when need be, or to the right where it holds numbers.
    pub(in crate::output) fn of_user(head: String, right: bool) -> Column {
        Column { head: Cow::Owned(head), right, gives: true, whole: false }
    }

    /// Numbers, to the right.
    pub(in crate::output) const fn number(head: &'static str) -> Column {
        Column { head: Cow::Borrowed(head), right: true, gives: false, whole: false }
    }
}

impl Page {
    pub(in crate::output) const fn new(colour: bool) -> Page {
        Page { out: String::new(), colour }
    }

    pub(in crate::output) fn finish(self) -> String {
        self.out
    }

    pub(in crate::output) fn title(&mut self, name: &str, rest: &str) {
        let room = WIDTH.saturating_sub(width_of(rest) + 3);
        let name = self.painted(Tone::Strong, &shorten(name, room));
        self.line(&format!("{name} · {rest}"));
    }

    /// A part that was made elsewhere, to the same width.
    pub(in crate::output) fn section(&mut self, text: &str) {
        self.out.push_str(text);
    }

    pub(in crate::output) fn heading(&mut self, text: &str) {
        self.out.push('\n');
        let text = self.painted(Tone::Strong, text);
        self.line(&text);
    }

    /// A name, and a word about it.
    pub(in crate::output) fn named(&mut self, name: &str, word: &str, tone: Tone) {
        let name = shorten(name, WIDTH - INDENT - 2 - width_of(word));
        let word = self.painted(tone, word);
        self.line(&format!("{:INDENT$}{name}  {word}", ""));
    }

    pub(in crate::output) fn plain(&mut self, text: &str) {
        self.wrapped(Tone::Plain, INDENT, "", text);
    }

    /// What belongs to the line before.
    pub(in crate::output) fn plain_below(&mut self, text: &str) {
        self.wrapped(Tone::Plain, INDENT * 2, "", text);
    }

    pub(in crate::output) fn quiet(&mut self, text: &str) {
        self.wrapped(Tone::Quiet, INDENT, "", text);
    }

    pub(in crate::output) fn warning(&mut self, text: &str) {
        self.wrapped(Tone::Unsure, INDENT, "", text);
    }

    /// A mark, and words to its right.
    pub(in crate::output) fn item(&mut self, mark: &str, tone: Tone, text: &str) {
        let mark = format!("{:INDENT$}{} ", "", self.painted(tone, mark));
        self.wrapped(Tone::Plain, INDENT + 2, &mark, text);
    }

    pub(in crate::output) fn pair(&mut self, left: &str, right: &str) {
        self.pair_in(Tone::Plain, left, right);
    }

    pub(in crate::output) fn pair_in(&mut self, tone: Tone, left: &str, right: &str) {
        let first = format!("{:INDENT$}{left:1$}", "", PAIR - INDENT);
        self.wrapped(tone, PAIR, &first, right);
    }

    /// A pair that belongs to the line before.
    pub(in crate::output) fn pair_below(&mut self, left: &str, right: &str) {
        let first = format!("{:2$}{left:1$}", "", PAIR_BELOW - INDENT * 2, INDENT * 2);
        self.wrapped(Tone::Plain, PAIR_BELOW, &first, right);
    }

    /// A row for each of `rows`; one with fewer cells than columns is a remark across the table.
    pub(in crate::output) fn table(&mut self, columns: &[Column], mut rows: Vec<Vec<String>>) {
        let mut widths: Vec<usize> = columns.iter().map(|c| width_of(&c.head)).collect();
        for row in rows.iter().filter(|row| row.len() == columns.len()) {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(width_of(cell));
            }
        }
        let room = WIDTH - INDENT - 2 * (columns.len() - 1);
        while widths.iter().sum::<usize>() > room {
            let widest =
                (0..columns.len()).filter(|&i| columns[i].gives && widths[i] > 4).max_by_key(|&i| widths[i]);
            let Some(i) = widest else { break };
            widths[i] -= 1;
        }
        let head = columns.iter().map(|c| c.head.clone().into_owned()).collect();
        rows.insert(0, head);
        for (n, row) in rows.iter_mut().enumerate() {
            if row.len() == columns.len() {
                for (i, cell) in row.iter_mut().enumerate() {
                    if columns[i].whole && width_of(cell) > widths[i] {
                        let cell = shorten_middle(&std::mem::take(cell), WIDTH - INDENT);
                        self.line(&format!("{:INDENT$}{cell}", ""));
                    }
                }
            }
            let tone = if n == 0 || row.len() < columns.len() { Tone::Quiet } else { Tone::Plain };
            let mut line = " ".repeat(INDENT);
            if row.len() < columns.len() {
                line.push_str(&row.join("  "));
            } else {
                for (i, cell) in row.iter().enumerate() {
                    let cell = shorten(cell, widths[i]);
                    let pad = " ".repeat(widths[i] - width_of(&cell));
                    let gap = if i > 0 { "  " } else { "" };
                    let (before, after) = if columns[i].right { (&*pad, "") } else { ("", &*pad) };
                    line.extend([gap, before, &cell, after]);
                }
            }
            let line = self.painted(tone, &shorten(line.trim_end(), WIDTH));
            self.line(&line);
        }
    }

    /// Words in lines from `indent` on, the first line after `first`.
    fn wrapped(&mut self, tone: Tone, indent: usize, first: &str, text: &str) {
        let mut lines: Vec<String> = vec![String::new()];
        let room = WIDTH - indent;
        for word in words(text) {
            for piece in pieces(&word, room) {
                let line = lines.last_mut().expect("there is one from the start");
                if line.is_empty() {
                    *line = piece;
                } else if width_of(line) + 1 + width_of(&piece) <= room {
                    line.push(' ');
                    line.push_str(&piece);
                } else {
                    lines.push(piece);
                }
            }
        }
        for (n, line) in lines.iter().enumerate() {
            let before = if n == 0 && !first.is_empty() { first.to_owned() } else { " ".repeat(indent) };
            let line = self.painted(tone, line);
            self.line(&format!("{before}{line}"));
        }
    }

    fn painted(&self, tone: Tone, text: &str) -> String {
        let code = match tone {
            Tone::Strong => "1",
            Tone::Quiet => "2",
            Tone::Good => "32",
            Tone::Bad => "31",
            Tone::Unsure => "33",
            Tone::Plain => return text.to_owned(),
        };
        if self.colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    fn line(&mut self, text: &str) {
        self.out.push_str(text.trim_end());
        self.out.push('\n');
    }
}

/// What may stand in different lines: `14 m 02 s` may not.
fn words(text: &str) -> Vec<String> {
    let number = |word: &str| word.trim_start_matches('(').starts_with(|c: char| c.is_ascii_digit());
    let unit =
        |word: &str| matches!(word.trim_end_matches([',', '.', ';', ':', ')']), "s" | "m" | "h" | "d" | "%");
    let mut words: Vec<String> = Vec::new();
    let mut before = "";
    // Control characters in a scenario's words must not steer the terminal.
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        match words.last_mut() {
            Some(last)
                if number(before) && unit(word) || matches!(before, "m" | "h" | "d") && number(word) =>
            {
                last.push(' ');
                last.push_str(word);
            }
            Some(_) | None => words.push(word.to_owned()),
        }
        before = word;
    }
    words
}

/// A word in pieces that fit.
fn pieces(word: &str, room: usize) -> Vec<String> {
    let chars: Vec<char> = word.chars().collect();
    chars.chunks(room).map(|piece| piece.iter().collect()).collect()
}

/// How many columns a text takes: names are ASCII, and our own words have no wide letters.
fn width_of(text: &str) -> usize {
    text.chars().count()
}

/// A text in at most `room` columns, without its middle: of `batchRounding=floor` the value stays.
pub(in crate::output) fn shorten_middle(text: &str, room: usize) -> String {
    let chars: Vec<char> = text.chars().collect();
    if chars.len() <= room {
        return text.to_owned();
    }
    let Some(kept) = room.checked_sub(1) else { return String::new() };
    let head = kept / 2;
    let start: String = chars[..head].iter().collect();
    let end: String = chars[chars.len() - (kept - head)..].iter().collect();
    format!("{start}…{end}")
}

/// A text in at most `room` columns. What is cut out is marked by `…`; of `my-daemon/2` the number stays.
pub(in crate::output) fn shorten(text: &str, room: usize) -> String {
    if width_of(text) <= room {
        return text.to_owned();
    }
    let tail = text.rfind('/').map_or("", |at| &text[at..]);
    let tail = if width_of(tail) + 2 <= room { tail } else { "" };
    let Some(keep) = room.checked_sub(1 + width_of(tail)) else { return String::new() };
    let head: String = text.chars().take(keep).collect();
    format!("{head}…{tail}")
}
