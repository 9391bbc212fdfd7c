//! Panics as errors: a fault deep inside a library must not take a session of two hours' work with it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, Once};

use crate::error::Error;

/// Number of guards at work. While there is one, a panic is remembered instead of printed, on whatever thread it
/// happens: a worker's panic reaches the guard through the thread that waits for the worker.
static GUARDS: AtomicUsize = AtomicUsize::new(0);

/// Where the last panic happened; only the hook knows.
static PLACE: Mutex<Option<String>> = Mutex::new(None);

/// Runs `call`; a panic in it becomes an error of kind `internal` that says where.
///
/// # Errors
/// The panic.
pub fn caught<T>(call: impl FnOnce() -> T) -> crate::error::Result<T> {
    install_hook();
    GUARDS.fetch_add(1, Ordering::SeqCst);
    // State behind the closure may be half changed. Script handles are replaced as a whole or not at all, and a scope
    // is rewound by whoever evaluates, so what remains is fit for the next line.
    let outcome = catch_unwind(AssertUnwindSafe(call));
    GUARDS.fetch_sub(1, Ordering::SeqCst);
    outcome.map_err(|payload| {
        let said = payload
            .downcast_ref::<&str>()
            .map(ToString::to_string)
            .or_else(|| payload.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "no reason given".into());
        let place = PLACE.lock().ok().and_then(|mut p| p.take()).map_or(String::new(), |p| format!(" at {p}"));
        Error::internal(format!("fault inside nms{place}: {said}"))
            .help("this is not your script's fault; please report it with the script that leads here")
    })
}

fn install_hook() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if GUARDS.load(Ordering::SeqCst) == 0 {
                return before(info);
            }
            if let Ok(mut place) = PLACE.lock() {
                *place = info.location().map(|l| format!("{}:{}", l.file(), l.line()));
            }
        }));
    });
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::error::Kind;

    #[test]
    fn a_panic_becomes_an_error_with_its_place() {
        let error = caught(|| -> i64 { panic!("ran out of {}", "luck") }).unwrap_err();
        assert_eq!(error.kind, Kind::Internal);
        assert!(error.message.contains("ran out of luck"), "{}", error.message);
        assert!(error.message.contains("panics.rs:"), "{}", error.message);
        assert_eq!(caught(|| 7).unwrap(), 7);
    }
}
