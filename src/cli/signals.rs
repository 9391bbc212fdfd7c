//! Ctrl-C and SIGTERM. The first asks the script to stop, the second ends the program at once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

/// The exit code of a program that a signal has ended.
pub fn exit_code(signal: usize) -> u8 {
    u8::try_from(128 + signal).unwrap_or(1)
}

/// Whether a signal is being attended to.
static PENDING: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// Takes over both signals.
///
/// # Errors
/// When the system refuses.
pub fn install() -> std::io::Result<()> {
    for signal in [SIGINT, SIGTERM] {
        let code = i32::from(exit_code(signal as usize));
        // The order matters: the first signal finds the flag down, and raises it.
        flag::register_conditional_shutdown(signal, code, Arc::clone(&PENDING))?;
        flag::register(signal, Arc::clone(&PENDING))?;
        flag::register_usize(signal, crate::interrupt::flag(), signal as usize)?;
    }
    Ok(())
}

/// Forgets a Ctrl-C that has been attended to: the session goes on.
pub fn forget() {
    crate::interrupt::clear();
    PENDING.store(false, Ordering::SeqCst);
}
