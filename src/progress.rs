//! Progress of long loops, as the domain reports it; what a person sees of it is the terminal's business.
//!
//! The program installs one [`Sink`] at its start. Without one (tests, use as a library) reports go nowhere.

use std::sync::OnceLock;

/// Something that shows progress.
pub trait Sink: Send + Sync {
    /// A loop of `total` steps begins.
    fn begin(&self, title: &str, total: u64) -> Box<dyn Meter>;
}

/// The progress of one loop; dropping it takes it off the screen.
pub trait Meter: Send + Sync {
    /// Moves to `done` steps; `note` replaces the free text beside the bar (empty: keep).
    fn set(&self, done: u64, note: &str);
}

static SINK: OnceLock<Box<dyn Sink>> = OnceLock::new();

/// Installs the sink; the first one stays.
pub fn install(sink: Box<dyn Sink>) {
    // A second session in one process keeps the first sink, which shows the same terminal.
    drop(SINK.set(sink));
}

/// Begins a loop of `total` steps.
pub fn begin(title: &str, total: u64) -> Box<dyn Meter> {
    match SINK.get() {
        Some(sink) => sink.begin(title, total),
        None => Box::new(Silent),
    }
}

/// Progress that nobody looks at: that of a loop within another.
pub struct Silent;

impl Meter for Silent {
    fn set(&self, _done: u64, _note: &str) {}
}
