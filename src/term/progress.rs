//! Progress of long loops: a bar where standard error is a terminal, elsewhere a log line now and then.

use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::progress::{Meter, Sink};

/// Loops shorter than this show nothing at all.
const PATIENCE: Duration = Duration::from_millis(300);

/// Where there is no terminal: the time between two lines.
const LINE_EVERY: Duration = Duration::from_secs(30);

/// Where there is no terminal: the end of a loop is worth a line if the loop took this long.
const LINE_AT_END: Duration = Duration::from_secs(2);

static BARS: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);

/// Writes with the bars out of the way.
pub fn behind<T>(write: impl FnOnce() -> T) -> T {
    BARS.suspend(write)
}

/// How progress is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Bars on standard error.
    Bars,
    /// Log lines.
    Lines,
    /// Not at all.
    Hidden,
}

/// Starts showing progress in a style.
pub fn install(style: Style) {
    match style {
        Style::Bars => crate::progress::install(Box::new(Bars)),
        Style::Lines => crate::progress::install(Box::new(Lines)),
        Style::Hidden => {}
    }
}

struct Bars;

impl Sink for Bars {
    fn begin(&self, title: &str, total: u64) -> Box<dyn Meter> {
        Box::new(Bar { title: title.to_string(), total, began: Instant::now(), bar: Mutex::new(None) })
    }
}

/// A bar that appears once its loop has proved to be a long one.
struct Bar {
    title: String,
    total: u64,
    began: Instant,
    bar: Mutex<Option<ProgressBar>>,
}

impl Bar {
    fn draw(&self) -> ProgressBar {
        let style = ProgressStyle::with_template("{prefix} {bar:24} {pos}/{len}  {wide_msg} {eta} left");
        // The template is a constant; could it not be read, the crate's own style serves.
        let style = style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("━╸ ");
        let bar = BARS.add(ProgressBar::new(self.total).with_style(style).with_elapsed(self.began.elapsed()));
        bar.set_prefix(self.title.clone());
        bar
    }
}

impl Meter for Bar {
    fn set(&self, done: u64, note: &str) {
        if self.began.elapsed() < PATIENCE {
            return;
        }
        let mut bar = lock(&self.bar);
        let bar = bar.get_or_insert_with(|| self.draw());
        if !note.is_empty() {
            bar.set_message(note.to_string());
        }
        bar.set_position(done);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if let Some(bar) = lock(&self.bar).take() {
            bar.finish_and_clear();
            BARS.remove(&bar);
        }
    }
}

struct Lines;

impl Sink for Lines {
    fn begin(&self, title: &str, total: u64) -> Box<dyn Meter> {
        let now = Instant::now();
        let state = LineState { said: now, done: 0, note: String::new() };
        Box::new(LineMeter { title: title.to_string(), total, began: now, state: Mutex::new(state) })
    }
}

struct LineMeter {
    title: String,
    total: u64,
    began: Instant,
    state: Mutex<LineState>,
}

struct LineState {
    said: Instant,
    done: u64,
    note: String,
}

impl LineMeter {
    fn say(&self, state: &LineState) {
        let note = if state.note.is_empty() { String::new() } else { format!(", {}", state.note) };
        let seconds = self.began.elapsed().as_secs_f64();
        tracing::info!(target: "nms", "{}: {}/{}{note}, {seconds:.0} s", self.title, state.done, self.total);
    }
}

impl Meter for LineMeter {
    fn set(&self, done: u64, note: &str) {
        let mut state = lock(&self.state);
        state.done = done;
        if !note.is_empty() {
            state.note = note.to_string();
        }
        if state.said.elapsed() >= LINE_EVERY {
            state.said = Instant::now();
            self.say(&state);
        }
    }
}

impl Drop for LineMeter {
    fn drop(&mut self) {
        if self.began.elapsed() >= LINE_AT_END {
            self.say(&lock(&self.state));
        }
    }
}

/// A panic while the lock was held cannot leave a display in a state worth stopping for.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
