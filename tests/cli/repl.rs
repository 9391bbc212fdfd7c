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
    session_on("xterm", folder)
}

/// The same on a terminal of another kind.
fn session_on(terminal: &str, folder: &Path) -> PtySession {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nms"));
    command.env_clear();
    session_of(command, terminal, folder)
}

fn session_of(mut command: Command, terminal: &str, folder: &Path) -> PtySession {
    command.current_dir(folder).envs([("TERM", terminal), ("LANG", "C.UTF-8")]);
    command.env("HOME", folder).env("XDG_STATE_HOME", folder);
    let options = Options::new().timeout_ms(Some(TIMEOUT_MS)).strip_ansi_escape_codes(true);
    let mut session = spawn_with_options(command, options).unwrap();
    session.exp_string("nms> ").unwrap();
    session
}

/// Types a line and gives what stands between it and the next prompt. Short lines only: one that fills the terminal's 80
/// columns is broken by the editor.
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
fn a_terminal_that_can_nothing_has_a_plain_prompt() {
    let folder = folder(&[]);
    let mut nms = session_on("dumb", folder.path());
    // Here lines are echoed before they are read.
    for (line, shown) in [("6 * 7", "42"), ("ans + 1", "43")] {
        nms.send_line(line).unwrap();
        nms.exp_string(shown).unwrap();
        nms.exp_string("nms> ").unwrap();
    }
}

#[test]
fn an_open_bracket_continues_on_the_next_line() {
    let folder = folder(&[]);
    let mut nms = session(folder.path());
    // The whole input is one in the editor: a line can be gone back to until the last one is sent.
    nms.send_line("print([10, 20,").unwrap();
    nms.send_line("30].len() + 1000)").unwrap();
    nms.exp_string("1003").unwrap();
    nms.exp_string("nms> ").unwrap();
    // A closing bracket too many is no reason to wait: it is reported.
    let report = answer(&mut nms, "(1))");
    assert!(report.contains("syntax error"), "{report}");
}

#[test]
fn tab_completes_names_members_options_and_commands() {
    let folder = folder(&[("cells.csv", "id,x\na,1\n")]);
    let mut nms = session(folder.path());
    answer(&mut nms, "let k = [\"granule\"]");
    answer(&mut nms, "let cells = morph::synthesize_population(k, 2, #{ seed: 1 });");
    let mut tab = |begun: &str, whole: &str| {
        nms.send(begun).unwrap();
        nms.send("\t").unwrap();
        nms.flush().unwrap();
        nms.exp_string(whole).unwrap();
        // Ctrl-C drops what was typed.
        nms.send_control('c').unwrap();
        nms.exp_string("nms> ").unwrap();
    };
    tab("cluster::kme", "cluster::kmeans(");
    tab("cells.nblast_k", "cells.nblast_knn(");
    tab("cluster::kmeans(z, #{ clus", "#{ clusters: ");
    tab("table::load(\"cel", "cells.csv");
    tab(".hist", ".history");
}

#[test]
fn dot_commands_tell_and_change_the_session() {
    let folder = folder(&[("mine.rhai", "let loaded = 5;")]);
    let mut nms = session(folder.path());
    answer(&mut nms, "let kept = 7");
    assert!(answer(&mut nms, ".vars").contains("kept = 7"));
    answer(&mut nms, ".load mine.rhai");
    assert!(answer(&mut nms, "loaded").ends_with('5'));
    answer(&mut nms, ".run mine.rhai");
    assert!(answer(&mut nms, ".fns kmeans").contains("cluster::kmeans(x, options: map)"));
    assert!(answer(&mut nms, ".doc cluster::kmeans").contains("compact groups"));
    assert!(answer(&mut nms, "?kmeans").contains("clusters"));
    answer(&mut nms, ".seed 9");
    assert!(answer(&mut nms, ".seed").ends_with('9'));
    assert!(answer(&mut nms, ".seed nine").contains("whole number"));
    assert!(answer(&mut nms, ".device").ends_with("auto"));
    assert!(answer(&mut nms, ".history").contains("let kept = 7"));
    answer(&mut nms, ".reset");
    assert!(answer(&mut nms, "kept").contains("unknown variable"));
    nms.send_line(".quit").unwrap();
    nms.exp_eof().unwrap();
}

#[test]
fn a_saved_session_is_a_script_that_runs() {
    let folder = folder(&[]);
    let mut nms = session(folder.path());
    for line in ["let a = 20", "a + 1", "ans * 2", "nothing_here(1)", "fn half(x) { x / 2 }", "print(half(ans))"] {
        answer(&mut nms, line);
    }
    answer(&mut nms, ".save kept");
    let text = std::fs::read_to_string(folder.path().join("kept.rhai")).unwrap();
    assert!(!text.contains("nothing_here"), "{text}");
    let ran = super::said(super::nms(folder.path(), &["-q", "run", "kept.rhai"]));
    assert_eq!(ran, "exit 0\n--- stdout\n21\n--- stderr\n", "{text}");
}

#[test]
fn populations_and_figures_are_shown_in_the_terminal() {
    let folder = folder(&[]);
    let mut nms = session(folder.path());
    let shown = answer(&mut nms, "morph::synthesize_population([\"granule\"], 10, #{ seed: 1 })");
    assert!(
        shown.contains("Population(10 cells") && shown.contains("n_nodes") && shown.contains("2 more cells"),
        "{shown}"
    );
    let drawn = answer(&mut nms, "plot::bars(#{ a: 1.0, b: 2.0 }).show()");
    assert!(drawn.lines().count() > 5 && !drawn.contains("error"), "{drawn}");
    assert!(answer(&mut nms, "help(\"cluster::kmeans\")").contains("max_iter"));
}

/// The text block of the README behind a heading: what is typed, and what is answered.
fn readme_session(heading: &str) -> Vec<(String, String)> {
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let block = readme.split_once(heading).unwrap().1.split_once("```text\n").unwrap().1.split_once("```").unwrap().0;
    let mut turns: Vec<(String, String)> = Vec::new();
    for line in block.lines() {
        match (line.strip_prefix("nms> "), turns.last_mut()) {
            (Some(typed), _) => turns.push((typed.to_string(), String::new())),
            (None, Some((_, answer))) => *answer += &format!("{line}\n"),
            (None, None) => panic!("{line}"),
        }
    }
    turns
}

#[test]
fn the_first_session_of_the_readme_is_true() {
    let folder = folder(&[]);
    let mut command = Command::new("sh");
    command.args(["-c", &format!("stty cols 100; exec {}", env!("CARGO_BIN_EXE_nms"))]);
    command.env_clear().env("NMS_NO_PROGRESS", "1").env("PATH", "/usr/bin:/bin");
    let mut nms = session_of(command, "xterm", folder.path());
    let turns = readme_session("## A first session");
    assert!(turns.len() > 8, "{turns:?}");
    for (typed, answered) in turns {
        // What comes from the terminal is taken byte for byte.
        let said: Vec<u8> = answer(&mut nms, &typed).chars().map(|c| c as u8).collect();
        let said = String::from_utf8(said).unwrap();
        // On a slow machine the time that a line took is told.
        let is_time = |l: &str| l.strip_suffix(" s").is_some_and(|l| l.parse::<f64>().is_ok());
        let told = |text: &str| text.trim().lines().map(|l| l.trim_end().to_string()).collect::<Vec<_>>();
        let lines = |text: &str| told(text).into_iter().filter(|l| !is_time(l)).collect::<Vec<_>>().join("\n");
        assert_eq!(lines(&said), lines(&answered), "after `{typed}`");
    }
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
    nms.send_line("print(\"be\" + \"gun\"); let n = 0; loop { n = (n + 1) % 10; }").unwrap();
    nms.exp_string("begun").unwrap();
    let stopped = std::time::Instant::now();
    nms.send_control('c').unwrap();
    nms.exp_string("nms> ").unwrap();
    assert!(stopped.elapsed().as_secs_f64() < 2.0, "{:?}", stopped.elapsed());
    assert_eq!(answer(&mut nms, "kept"), "7");
}

/// Sends Ctrl-C into a line that says `begun` before its work, and waits for the prompt.
fn interrupt(nms: &mut PtySession, work: &str) {
    nms.send_line(&format!("print(\"be\" + \"gun\"); loop {{ {work} }}")).unwrap();
    nms.exp_string("begun").unwrap();
    std::thread::sleep(std::time::Duration::from_millis(300));
    nms.send_control('c').unwrap();
    nms.exp_string("nms> ").unwrap();
}

#[test]
fn ctrl_c_stops_native_work_and_keeps_the_session() {
    let folder = folder(&[]);
    let mut nms = session(folder.path());
    answer(&mut nms, "let k = [\"granule\"]");
    answer(&mut nms, "let c = morph::synthesize_population(k, 40, #{ seed: 1 });");
    answer(&mut nms, "let z = c.metrics().matrix();");
    for work in ["c.nblast()", "reduce::tsne(z)", "cluster::dbscan(z, #{ eps: 1.0 })"] {
        interrupt(&mut nms, work);
        // What was there before can be worked with, and what asked to stop is forgotten.
        assert_eq!(answer(&mut nms, "reduce::pca(z).scores.rows"), "40");
    }
}

#[cfg(feature = "torch")]
#[test]
fn ctrl_c_stops_training_and_keeps_the_weights() {
    let folder = folder(&[]);
    let mut nms = session(folder.path());
    answer(&mut nms, "let k = [\"granule\"]");
    answer(&mut nms, "let c = morph::synthesize_population(k, 16, #{ seed: 1 });");
    answer(&mut nms, "let v = augment::pipeline([augment::subsample(30)]);");
    answer(&mut nms, "let m = nn::graphdino(#{ dim: 8, depth: 1, heads: 2 });");
    interrupt(&mut nms, "train::dino(m, c, v, #{ steps: 100000 });");
    // What takes a while draws its progress; what it gave is asked for by itself.
    answer(&mut nms, "let z = m.embed(c);");
    assert_eq!(answer(&mut nms, "z.rows"), "16");
    answer(&mut nms, "let h = train::dino(m, c, v, #{ steps: 2 });");
    assert_eq!(answer(&mut nms, "h.steps"), "2");
}

#[test]
fn the_next_session_remembers_what_was_typed() {
    let folder = folder(&[]);
    let mut first = session(folder.path());
    answer(&mut first, "6 * 7");
    first.send_control('d').unwrap();
    first.exp_eof().unwrap();
    // What was typed is nobody else's business.
    use std::os::unix::fs::PermissionsExt as _;
    let history = std::fs::metadata(folder.path().join("nms/history")).unwrap();
    assert_eq!(history.permissions().mode() & 0o777, 0o600);
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
