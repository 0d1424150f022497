//! A panic is a bug of ours: it says where the simulation was and how to see it again, and ends with status 70.

use super::exit::Exit;
use super::terminal::shown;
use crate::kernel::SimTime;
use crate::record::{Observation, Recorder};
use std::ffi::OsString;
use std::io::Write;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// What the hook reports. One command simulates one thing at a time, so one place for all threads is enough.
static RUNNING: AtomicBool = AtomicBool::new(false);
static SEED: AtomicU64 = AtomicU64::new(0);
static REPLICATION: AtomicU64 = AtomicU64::new(0);
static NOW_MS: AtomicU64 = AtomicU64::new(0);

/// A simulation begins.
pub(super) fn begins(seed: u64, replication: u64) {
    SEED.store(seed, Ordering::Relaxed);
    REPLICATION.store(replication, Ordering::Relaxed);
    NOW_MS.store(0, Ordering::Relaxed);
    RUNNING.store(true, Ordering::Relaxed);
}

/// The simulation has come so far.
pub(super) fn reached(now: SimTime) {
    NOW_MS.store(now.as_ms(), Ordering::Relaxed);
}

/// The simulation is over.
pub(super) fn ends() {
    RUNNING.store(false, Ordering::Relaxed);
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
    let state = RUNNING.load(Ordering::Relaxed).then(|| State {
        seed: SEED.load(Ordering::Relaxed),
        replication: REPLICATION.load(Ordering::Relaxed),
        now: SimTime::from_ms(NOW_MS.load(Ordering::Relaxed)),
    });
    words(message, &place, state.as_ref(), args)
}

/// What `panic!` was given: text, one way or the other.
fn payload<'a>(info: &'a PanicHookInfo<'_>) -> &'a str {
    let payload = info.payload();
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}

/// Where a simulation was.
struct State {
    seed: u64,
    replication: u64,
    now: SimTime,
}

fn words(message: &str, place: &str, state: Option<&State>, args: impl Iterator<Item = OsString>) -> String {
    let mut text = format!("error: this is a bug of daemonsim, not of your scenario: {message}{place}\n");
    let mut command = args.skip(1).map(|arg| quoted(&shown(arg))).collect::<Vec<_>>();
    if let Some(State { seed, replication, now }) = state {
        text += &format!("  seed {seed}, replication {replication}, at or after {now} s of virtual time\n");
        // The scenario's seed could change; the report stays true.
        if !command.iter().any(|arg| arg.starts_with("--seed")) {
            command.push(format!("--seed {seed}"));
        }
    }
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

    #[test]
    fn a_report_says_how_to_see_it_again() {
        let args = ["daemonsim", "run", "my file.yaml", "--replication", "3"].map(OsString::from);
        let state = State { seed: 7, replication: 3, now: SimTime::from_ms(83_250) };
        let text = words("more drained than there are", " (x.rs:1)", Some(&state), args.into_iter());
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[0],
            "error: this is a bug of daemonsim, not of your scenario: more drained than there are (x.rs:1)"
        );
        assert_eq!(lines[1], "  seed 7, replication 3, at or after 83.250 s of virtual time");
        assert_eq!(lines[2], "  to see it again: daemonsim run 'my file.yaml' --replication 3 --seed 7");
    }

    #[test]
    fn a_panic_outside_a_run_has_no_seed() {
        let text = words("oh", "", None, ["daemonsim", "man"].map(OsString::from).into_iter());
        assert!(!text.contains("seed"), "{text}");
    }
}
