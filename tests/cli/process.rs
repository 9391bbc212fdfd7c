//! Programs under way: started, watched, and sent signals.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Longer than anything here takes on a slow machine with other work.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// Starts a script and waits for its first line, `ready`, so that it is known to run.
pub fn started(mut command: Command) -> Child {
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    assert_eq!(line(child.stdout.as_mut().unwrap()), "ready");
    child
}

/// The next line of a stream, byte by byte, so that nothing behind it is taken.
pub fn line(stream: &mut impl Read) -> String {
    let mut line = String::new();
    BufReader::with_capacity(1, stream).read_line(&mut line).unwrap();
    line.trim_end().to_string()
}

/// Sends a signal, such as `-INT`.
pub fn send(signal: &str, child: &Child) {
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
}

/// Waits until something is so.
pub fn until(what: &str, is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
