//! The stop flag: set by Ctrl-C or SIGTERM, polled by the script engine and by every long native loop.
//!
//! It lies below the domain so that loops which know nothing of scripts can still be stopped. What cannot look at the
//! flag, a decomposition of another library, runs [`aside`].

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use std::{panic, thread};

use crate::error::{Error, Result};

static SIGNAL: LazyLock<Arc<AtomicUsize>> = LazyLock::new(|| Arc::new(AtomicUsize::new(0)));

/// The flag that signal handlers write the signal's number into; 0 means "go on".
pub fn flag() -> Arc<AtomicUsize> {
    Arc::clone(&SIGNAL)
}

/// The signal that asked to stop, if one did.
pub fn requested() -> Option<usize> {
    match SIGNAL.load(Ordering::Relaxed) {
        0 => None,
        signal => Some(signal),
    }
}

/// Returns the stop error once a stop was asked for. Call it in every loop that can run for longer than 0.1 s.
pub fn check() -> Result<()> {
    match requested() {
        None => Ok(()),
        Some(_) => Err(Error::interrupted()),
    }
}

/// How often the flag is looked at while something runs aside.
const POLL: Duration = Duration::from_millis(20);

/// Runs what cannot be stopped on a thread of its own, and waits for it no longer once a stop is asked for.
///
/// What was left running ends by itself, and nobody hears of it; so the work owns all that it reads. A thread takes some
/// 50 us to start: for work of milliseconds and more.
///
/// # Errors
/// When a stop is asked for, or the system has no thread left.
///
/// # Panics
/// When the work does.
pub fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    check()?;
    let (answer, answered) = sync_channel(1);
    // Whoever has stopped waiting needs no answer.
    let running = thread::Builder::new().spawn(move || drop(answer.send(work())));
    let running = running.map_err(|e| Error::internal(format!("cannot start a thread: {e}")))?;
    loop {
        match answered.recv_timeout(POLL) {
            Ok(value) => return Ok(value),
            Err(RecvTimeoutError::Timeout) => check()?,
            Err(RecvTimeoutError::Disconnected) => match running.join() {
                Err(panicked) => panic::resume_unwind(panicked),
                Ok(()) => return Err(Error::internal("a thread ended without an answer")),
            },
        }
    }
}

/// Products above which a decomposition takes long enough to be stopped.
const QUICK: usize = 1 << 22;

/// Runs a decomposition of about so many products: [`aside`], or here where it is over in milliseconds.
///
/// # Errors
/// As [`aside`].
pub fn unless_quick<T: Send + 'static>(products: usize, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    if products <= QUICK { Ok(work()) } else { aside(work) }
}

/// Forgets a stop request: the session goes on with its next line.
pub fn clear() {
    SIGNAL.store(0, Ordering::Relaxed);
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn work_aside_answers_or_panics_as_it_would_here() {
        assert_eq!(aside(|| 6 * 7).unwrap(), 42);
        assert!(panic::catch_unwind(|| aside(|| panic!("aside"))).is_err());
    }
}
