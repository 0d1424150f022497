//! A panic is a bug of ours: it says where the simulation was and how to see it again, and ends with status 70.

use super::exit::Exit;
use super::terminal::shown;
use crate::kernel::SimTime;
use crate::record::{Observation, Recorder};
use crate::study::results::Head;
use crate::study::{Point, Watch};
use std::cell::RefCell;
use std::ffi::OsString;
use std::io::Write;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::OnceLock;

/// Where this thread's simulation is.
#[derive(Clone, Debug)]
struct State {
    seed: u64,
    replication: u64,
    now: SimTime,
    /// The point of a study: which command runs it alone, and the values of its axes.
    point: Vec<String>,
}

thread_local! {
    static STATE: RefCell<Option<State>> = const { RefCell::new(None) };
}

/// How one run of a study is done alone: `run FILE`, `--set` and what else all its points share.
static ALONE: OnceLock<Alone> = OnceLock::new();

/// The words of a command that does one run of a study alone.
#[derive(Clone, Debug, Default)]
pub(super) struct Alone {
    /// `run FILE`, `--set` and what else all points share.
    pub(super) command: Vec<String>,
    /// `revision=bad`, and the words in its place: values of axes that are no paths.
    pub(super) values: Vec<(String, Vec<String>)>,
}

impl Alone {
    /// With the words of a point.
    fn at(&self, point: &[String]) -> Vec<String> {
        let of = |set: &String| match self.values.iter().find(|(value, _)| value == set) {
            Some((_, words)) => words.clone(),
            None => vec!["--set".to_owned(), set.clone()],
        };
        self.command.iter().cloned().chain(point.iter().flat_map(of)).collect()
    }
}

/// A simulation begins.
pub(super) fn begins(seed: u64, replication: u64) {
    STATE.set(Some(State { seed, replication, now: SimTime::from_ms(0), point: Vec::new() }));
}

/// The simulation has come so far.
pub(super) fn reached(now: SimTime) {
    STATE.with_borrow_mut(|state| {
        if let Some(state) = state {
            state.now = now;
        }
    });
}

/// The simulation is over.
pub(super) fn ends() {
    STATE.set(None);
}

/// A study begins; the words are those that run one of its points alone. Hand what comes back to its `Control`.
pub(super) fn watch(alone: Alone) -> Watch {
    // One command does one study; a second one's reports would name the first one's file, and still their own point.
    let _ = ALONE.set(alone);
    Watch { begins: begins_at, reached, ends }
}

fn begins_at(axes: &[Head], point: &Point, replication: u64) {
    let sets = axes.iter().zip(&point.labels).map(|(axis, label)| format!("{}={label}", axis.name));
    let (seed, point) = (point.setup.seed, sets.collect());
    STATE.set(Some(State { seed, replication, now: SimTime::from_ms(0), point }));
}

/// A recorder that keeps the hook's time exact.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock;

impl Recorder for Clock {
    fn note(&mut self, at: SimTime, _: Observation<'_>) {
        reached(at);
    }
}

/// Makes panics speak as ours.
pub(super) fn install_hook() {
    panic::set_hook(Box::new(|info| {
        let report = report(info, std::env::args_os());
        let _ = writeln!(std::io::stderr().lock(), "{report}");
    }));
}

/// Runs the program; none when it panicked.
pub(super) fn guard<T>(program: impl FnOnce() -> T) -> Option<T> {
    panic::catch_unwind(AssertUnwindSafe(program)).ok()
}

fn report(info: &PanicHookInfo<'_>, args: impl Iterator<Item = OsString>) -> String {
    let message = payload(info);
    let place = info.location().map_or_else(String::new, |l| format!(" ({}:{})", l.file(), l.line()));
    // A panic within these few lines, or at a thread's very end, has no state to show.
    let state = STATE.try_with(|state| state.try_borrow().ok()?.clone()).ok().flatten();
    let args = args.skip(1).map(shown).collect();
    words(message, &place, state.as_ref(), args, ALONE.get())
}

/// What `panic!` was given: text, one way or the other.
fn payload<'a>(info: &'a PanicHookInfo<'_>) -> &'a str {
    let payload = info.payload();
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}

fn words(
    message: &str,
    place: &str,
    state: Option<&State>,
    args: Vec<String>,
    alone: Option<&Alone>,
) -> String {
    let mut text = format!("error: this is a bug of daemonsim, not of your scenario: {message}{place}\n");
    let mut command = args;
    if let Some(State { seed, replication, now, point }) = state {
        text += &format!("  seed {seed}, replication {replication}, at or after {now} s of virtual time\n");
        if let Some(alone) = alone {
            command = alone.at(point);
            command.extend(["--replication".to_owned(), replication.to_string()]);
        }
        // The scenario's seed could change; the report stays true.
        if !command.iter().any(|arg| arg.starts_with("--seed")) {
            command.extend(["--seed".to_owned(), seed.to_string()]);
        }
    }
    let command: Vec<String> = command.iter().map(|arg| quoted(arg)).collect();
    text += &format!("  to see it again: daemonsim {}\n", command.join(" "));
    text += &format!("  please report this, with the scenario (daemonsim {}, ", env!("CARGO_PKG_VERSION"));
    text += &format!("exit status {})", Exit::Bug.code());
    text
}

/// A word as a shell reads it back.
fn quoted(word: &str) -> String {
    let safe = |c: char| c.is_alphanumeric() || "-_./=:,@%+".contains(c);
    if !word.is_empty() && word.chars().all(safe) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(point: &[&str]) -> State {
        let point = point.iter().map(|&set| set.to_owned()).collect();
        State { seed: 7, replication: 3, now: SimTime::from_ms(83_250), point }
    }

    fn args(args: &[&str]) -> Vec<String> {
        args.iter().map(|&arg| arg.to_owned()).collect()
    }

    #[test]
    fn a_report_says_how_to_see_it_again() {
        let args = args(&["run", "my file.yaml", "--replication", "3"]);
        let text = words("more drained than there are", " (x.rs:1)", Some(&state(&[])), args, None);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[0],
            "error: this is a bug of daemonsim, not of your scenario: more drained than there are (x.rs:1)"
        );
        assert_eq!(lines[1], "  seed 7, replication 3, at or after 83.250 s of virtual time");
        assert_eq!(lines[2], "  to see it again: daemonsim run 'my file.yaml' --replication 3 --seed 7");
    }

    #[test]
    fn a_run_of_a_study_can_be_done_alone() {
        let sweep = args(&["sweep", "a.yaml", "--vary", "agent.drainPercent=5,10"]);
        let command = args(&["run", "a.yaml", "--set", "delays.appStart=5s"]);
        let bad = args(&["--set", "agent:2.failsToStart=0.3"]);
        let values = vec![("revision=bad".to_owned(), bad), ("revision=good".to_owned(), Vec::new())];
        let alone = Alone { command, values };
        let text = words("oh", "", Some(&state(&["agent.drainPercent=5"])), sweep, Some(&alone));
        let line = "  to see it again: daemonsim run a.yaml --set delays.appStart=5s \
                    --set agent.drainPercent=5 --replication 3 --seed 7";
        assert_eq!(text.lines().nth(2), Some(line));
        let text = words("oh", "", Some(&state(&["revision=bad"])), Vec::new(), Some(&alone));
        assert!(text.contains("appStart=5s --set agent:2.failsToStart=0.3 --replication 3"), "{text}");
        let text = words("oh", "", Some(&state(&["revision=good"])), Vec::new(), Some(&alone));
        assert!(text.contains("appStart=5s --replication 3"), "{text}");
    }

    #[test]
    fn a_panic_outside_a_run_has_no_seed() {
        let text = words("oh", "", None, args(&["man"]), Some(&Alone::default()));
        assert!(!text.contains("seed") && text.contains("daemonsim man"), "{text}");
    }
}
