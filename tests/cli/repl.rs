//! The prompt on a real (pseudo) terminal, as a person meets it.

use std::path::Path;
use std::process::Command;

use rexpect::process::{Signal, WaitStatus};
use rexpect::reader::Options;
use rexpect::session::{PtySession, spawn_with_options};

use super::folder;

/// Long enough for a busy machine; a test that waits this long has failed.
const TIMEOUT_MS: u64 = 20_000;

/// Starts a session in a folder, which also keeps its history, and waits for the prompt.
fn session(folder: &Path) -> PtySession {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nms"));
    command.current_dir(folder).env_clear().envs([("TERM", "xterm"), ("LANG", "C.UTF-8")]);
    command.env("HOME", folder).env("XDG_STATE_HOME", folder);
    let options = Options::new().timeout_ms(Some(TIMEOUT_MS)).strip_ansi_escape_codes(true);
    let mut session = spawn_with_options(command, options).unwrap();
    session.exp_string("nms> ").unwrap();
    session
}

/// Types a line and gives what stands between it and the next prompt.
fn answer(session: &mut PtySession, line: &str) -> String {
    session.send_line(line).unwrap();
    // What was typed is echoed, character by character; its line ends where the answer begins.
    session.exp_string("\n").unwrap();
    session.exp_string("nms> ").unwrap().replace('\r', "").trim().to_string()
}

#[test]
fn a_session_keeps_values_functions_and_imports() {
    let folder = folder(&[("mine.rhai", "fn twice(x) { 2 * x }")]);
    let mut nms = session(folder.path());
    assert_eq!(answer(&mut nms, "let a = 20"), "");
    assert_eq!(answer(&mut nms, "a + 1"), "21");
    assert_eq!(answer(&mut nms, "ans * 2"), "42");
    assert_eq!(answer(&mut nms, "a + 1;"), "");
    assert_eq!(answer(&mut nms, "fn half(x) { x / 2 }"), "");
    assert_eq!(answer(&mut nms, "import \"mine\" as mine"), "");
    assert_eq!(answer(&mut nms, "mine::twice(half(a))"), "20");
    nms.send_control('d').unwrap();
    nms.exp_eof().unwrap();
    assert!(matches!(nms.process().wait().unwrap(), WaitStatus::Exited(_, 0)));
}

#[test]
fn an_open_bracket_continues_on_the_next_line() {
    let folder = folder(&[]);
    let mut nms = session(folder.path());
    nms.send_line("[1, 2,").unwrap();
    nms.exp_string("  ...> ").unwrap();
    nms.send_line(" 3].len()").unwrap();
    nms.exp_string("\n").unwrap();
    assert_eq!(nms.exp_string("nms> ").unwrap().trim(), "3");
}

#[test]
fn an_error_and_an_unknown_command_leave_the_session_usable() {
    let folder = folder(&[]);
    let mut nms = session(folder.path());
    answer(&mut nms, "let kept = 7");
    let error = answer(&mut nms, "morph::synthesize(\"pyramidel\")");
    assert!(error.contains("pyramidel") && error.contains("did you mean"), "{error}");
    let unknown = answer(&mut nms, ".tiem on");
    assert!(unknown.contains(".time"), "{unknown}");
    assert_eq!(answer(&mut nms, "kept"), "7");
}

#[test]
fn ctrl_c_stops_an_endless_loop_and_keeps_the_session() {
    let folder = folder(&[]);
    let mut nms = session(folder.path());
    answer(&mut nms, "let kept = 7");
    nms.send_line("print(\"begun\"); let n = 0; loop { n = (n + 1) % 10; }").unwrap();
    // Once echoed as typed, once printed.
    nms.exp_string("begun").unwrap();
    nms.exp_string("begun").unwrap();
    nms.send_control('c').unwrap();
    nms.exp_string("nms> ").unwrap();
    assert_eq!(answer(&mut nms, "kept"), "7");
}

#[test]
fn the_next_session_remembers_what_was_typed() {
    let folder = folder(&[]);
    let mut first = session(folder.path());
    answer(&mut first, "6 * 7");
    first.send_control('d').unwrap();
    first.exp_eof().unwrap();
    let mut second = session(folder.path());
    second.send("\x1b[A").unwrap();
    second.flush().unwrap();
    second.exp_string("6 * 7").unwrap();
    second.send_line("").unwrap();
    second.exp_string("42").unwrap();
}

#[test]
fn sigterm_ends_a_waiting_prompt_with_its_code() {
    let folder = folder(&[]);
    let mut nms = session(folder.path());
    nms.process_mut().signal(Signal::SIGTERM).unwrap();
    nms.exp_eof().unwrap();
    assert!(matches!(nms.process().wait().unwrap(), WaitStatus::Exited(_, 143)));
}
