//! Work on several cores whose results come back in order.

use super::results::Head;
use super::runs::Point;
use crate::kernel::SimTime;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// How far work is, and whether it should go on: shared with whoever waits for it.
#[derive(Debug, Default)]
pub struct Control {
    stopped: AtomicBool,
    runs: AtomicU64,
    watch: Option<Watch>,
}

/// Is told, on the thread that works, what it works on: whoever reports a crash wants to know.
#[derive(Clone, Copy, Debug)]
pub struct Watch {
    /// A run begins: of which point, over which axes, and which replication.
    pub begins: fn(&[Head], &Point, u64),
    /// It has come so far.
    pub reached: fn(SimTime),
    /// It is over.
    pub ends: fn(),
}

impl Control {
    /// With someone who watches.
    pub fn watched(watch: Watch) -> Control {
        Control { watch: Some(watch), ..Control::default() }
    }

    pub(super) fn begins(&self, axes: &[Head], point: &Point, replication: u64) {
        if let Some(watch) = &self.watch {
            (watch.begins)(axes, point, replication);
        }
    }

    pub(super) fn reached(&self, now: SimTime) {
        if let Some(watch) = &self.watch {
            (watch.reached)(now);
        }
    }

    /// Work that has begun may be dropped, and none is begun any more.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    /// Whether work should end.
    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    /// One more run is done.
    pub fn ran(&self) {
        self.runs.fetch_add(1, Ordering::Relaxed);
        if let Some(watch) = &self.watch {
            (watch.ends)();
        }
    }

    /// Runs done so far.
    pub fn runs(&self) -> u64 {
        self.runs.load(Ordering::Relaxed)
    }
}

/// Threads that work.
#[derive(Debug)]
pub struct Crew {
    pool: rayon::ThreadPool,
    threads: usize,
}

/// Pieces of work under way for each thread: enough that nobody waits for the slowest, few enough to hold in memory.
const AHEAD: usize = 8;

/// More threads than this help nobody; each has a stack of its own.
const THREADS_MAX: usize = 256;

/// How often the one who waits is asked whether to go on, while nothing comes back.
const PATIENCE: Duration = Duration::from_millis(50);

impl Crew {
    /// So many threads; by default as many as the machine has cores.
    ///
    /// # Errors
    ///
    /// When the system has no threads to give.
    pub fn new(threads: Option<usize>) -> Result<Crew, String> {
        let cores = || thread::available_parallelism().map_or(1, usize::from);
        let threads = threads.unwrap_or_else(cores).clamp(1, THREADS_MAX);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().map_err(|e| e.to_string())?;
        Ok(Crew { pool, threads })
    }

    /// How many threads.
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// Does each piece of work and hands the results to `sink` in the order of `pieces`, whoever does them. A piece is
    /// only asked for when there is someone to do it, so that `pieces` may depend on results that have been handed over
    /// for long. `waiting` is asked after each of them, and now and then while none comes; a break of either ends all of it.
    pub fn in_order<P, T, B>(
        &self,
        pieces: impl IntoIterator<Item = P>,
        work: impl Fn(&P) -> T + Sync,
        mut sink: impl FnMut(P, T) -> ControlFlow<B>,
        mut waiting: impl FnMut() -> ControlFlow<B>,
    ) -> ControlFlow<B>
    where
        P: Send,
        T: Send,
    {
        let (work, mut pieces) = (&work, pieces.into_iter());
        self.pool.in_place_scope_fifo(|scope| {
            let (send, receive) = mpsc::channel();
            let (mut begun, mut handed) = (0_u64, 0_u64);
            let mut early = BTreeMap::new();
            let mut begin = |begun: &mut u64| {
                let Some(piece) = pieces.next() else { return false };
                let (send, number) = (send.clone(), *begun);
                *begun += 1;
                scope.spawn_fifo(move |_| {
                    // A panic is a bug of ours; it goes on where someone waits for the result.
                    let done = panic::catch_unwind(AssertUnwindSafe(|| work(&piece)));
                    // Nobody listens any more after a break.
                    let _ = send.send((number, piece, done));
                });
                true
            };
            while begun < (self.threads * AHEAD) as u64 && begin(&mut begun) {}
            while handed < begun {
                match receive.recv_timeout(PATIENCE) {
                    Ok((number, piece, Ok(done))) => drop(early.insert(number, (piece, done))),
                    Ok((_, _, Err(panic))) => panic::resume_unwind(panic),
                    Err(RecvTimeoutError::Timeout) => waiting()?,
                    Err(RecvTimeoutError::Disconnected) => unreachable!("a sender is kept"),
                }
                while let Some((piece, done)) = early.remove(&handed) {
                    handed += 1;
                    sink(piece, done)?;
                    waiting()?;
                    begin(&mut begun);
                }
            }
            ControlFlow::Continue(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn squares(threads: usize, count: u64) -> Vec<(u64, u64)> {
        let crew = Crew::new(Some(threads)).expect("threads");
        let mut seen = Vec::new();
        let work = |n: &u64| {
            // The first of many takes longest.
            let turns = if n.is_multiple_of(16) { 20_000 } else { 10 };
            (0..turns).fold(0, |sum: u64, _| std::hint::black_box(sum)) + n * n
        };
        let done = crew.in_order(
            0..count,
            work,
            |piece, square| {
                seen.push((piece, square));
                ControlFlow::<()>::Continue(())
            },
            || ControlFlow::Continue(()),
        );
        assert!(done.is_continue());
        seen
    }

    #[test]
    fn results_come_in_the_order_of_the_work() {
        let expected: Vec<(u64, u64)> = (0..500).map(|n| (n, n * n)).collect();
        for threads in [1, 2, 7] {
            assert_eq!(squares(threads, 500), expected, "{threads} threads");
        }
        assert_eq!(squares(3, 0), []);
    }

    #[test]
    fn a_break_ends_it() {
        let crew = Crew::new(Some(2)).expect("threads");
        let mut seen = Vec::new();
        let ended = crew.in_order(
            0_u64..,
            |n| *n,
            |n, _| {
                seen.push(n);
                if n == 20 { ControlFlow::Break("enough") } else { ControlFlow::Continue(()) }
            },
            || ControlFlow::Continue(()),
        );
        assert_eq!(ended, ControlFlow::Break("enough"));
        assert_eq!(seen, (0..=20).collect::<Vec<_>>());
    }

    #[test]
    fn a_panic_is_heard() {
        let crew = Crew::new(Some(2)).expect("threads");
        let heard = panic::catch_unwind(AssertUnwindSafe(|| {
            let go_on = || ControlFlow::<()>::Continue(());
            let work = |n: &u64| assert!(*n != 30, "thirty");
            let _ = crew.in_order(0..100_u64, work, |_, ()| go_on(), go_on);
        }));
        assert!(heard.is_err());
    }
}
