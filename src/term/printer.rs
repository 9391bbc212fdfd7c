//! Standard output and standard error. Colours are stripped where the stream, `NO_COLOR` or `--color` say so.

use std::io::{ErrorKind, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use anstream::ColorChoice;

use super::progress;

/// Set once standard output is closed at its other end (`nms … | head`).
static BROKEN: AtomicBool = AtomicBool::new(false);

/// Decides about colour for the whole program.
pub fn set_color(choice: ColorChoice) {
    choice.write_global();
}

/// Writes a line to standard output.
pub fn line(text: &str) {
    progress::behind(|| {
        let mut out = anstream::stdout().lock();
        notice_break(writeln!(out, "{text}").and_then(|()| out.flush()));
    });
}

/// Writes bytes to standard output as they are, escape sequences included. Only for a terminal.
pub fn raw(bytes: &[u8]) {
    progress::behind(|| {
        let mut out = std::io::stdout().lock();
        notice_break(out.write_all(bytes).and_then(|()| out.flush()));
    });
}

/// Writes a line to standard error.
pub fn note(text: &str) {
    raw_note(&format!("{text}\n"));
}

/// Writes text that ends its own lines to standard error.
pub fn raw_note(text: &str) {
    progress::behind(|| {
        // With standard error gone there is nobody to tell.
        drop(anstream::stderr().lock().write_all(text.as_bytes()));
    });
}

/// Whether nobody reads standard output any more.
pub fn is_broken() -> bool {
    BROKEN.load(Ordering::Relaxed)
}

fn notice_break(written: std::io::Result<()>) {
    if written.is_err_and(|e| e.kind() == ErrorKind::BrokenPipe) {
        BROKEN.store(true, Ordering::Relaxed);
    }
}
