//! The stop flag: set by Ctrl-C or SIGTERM, polled by the script engine and by every long native loop.
//!
//! It lies below the domain so that loops which know nothing of scripts can still be stopped.

use std::sync::Arc;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

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

/// Forgets a stop request: the session goes on with its next line.
pub fn clear() {
    SIGNAL.store(0, Ordering::Relaxed);
}
