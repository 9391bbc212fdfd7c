//! `nms doctor`: what works on this machine, and what is missing for the rest.

use std::path::Path;
use std::process::{Command, Stdio};

use super::args::Global;
use super::history::history_file;
use super::setup::setup;
use crate::bind;
use crate::data::Matrix;
use crate::error::{Error, Result};
use crate::plot;
use crate::run::manifest::Build;
use crate::script::resolver::Standard;
use crate::script::{Session, stdlib};
use crate::term::printer;

/// A thing that was looked at: what was found, or why it does not work.
type Finding = (String, std::result::Result<String, String>);

/// Prints all findings and gives the exit code: 1 when something does not work.
pub(super) fn doctor(global: &Global) -> u8 {
    let mut findings = vec![build()];
    findings.extend(models());
    findings.push(threads());
    findings.push(figures());
    findings.extend(standard_modules(global));
    findings.push(writable("working folder", Path::new(".")));
    findings.push(history());
    let width = findings.iter().map(|(what, _)| what.chars().count()).max().unwrap_or(0);
    for (what, found) in &findings {
        let (mark, text) = match found {
            Ok(text) => ("\x1b[32mok  \x1b[0m", text),
            Err(text) => ("\x1b[1;31mFAIL\x1b[0m", text),
        };
        let mut lines = text.lines();
        printer::line(&format!("{mark}  {what:width$}  {}", lines.next().unwrap_or_default()));
        for line in lines {
            printer::line(&format!("      {:width$}  {line}", ""));
        }
    }
    u8::from(findings.iter().any(|(_, found)| found.is_err()))
}

/// Looks at all of it as a command of cron's would: with its few variables, no terminal and nothing on standard input.
///
/// # Errors
/// When the program cannot start itself.
pub(super) fn in_cron() -> Result<u8> {
    let program = std::env::current_exe().map_err(|e| Error::missing(format!("cannot find this program: {e}")))?;
    let mut command = Command::new(program);
    command.args(std::env::args_os().skip(1).filter(|word| word != "--cron"));
    command.env_clear().env("SHELL", "/bin/sh").env("PATH", "/usr/bin:/bin").stdin(Stdio::null());
    command.envs(["HOME", "LOGNAME"].into_iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
    let ended = command.status().map_err(|e| Error::missing(format!("cannot start this program: {e}")))?;
    Ok(ended.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}

fn build() -> Finding {
    let Build { version, git, rustc, .. } = Build::this();
    ("nms".into(), Ok(format!("{version} ({git}), {rustc}")))
}

#[cfg(feature = "torch")]
fn models() -> Vec<Finding> {
    let linked = option_env!("NMS_LIBTORCH").unwrap_or("the system's loader finds it");
    let asked = std::env::var("LIBTORCH").map_or(String::new(), |l| format!("; LIBTORCH is `{l}`"));
    let mut findings = vec![("libtorch folder".into(), Ok(format!("{linked}{asked}")))];
    findings.extend(crate::nn::device::report());
    findings
}

#[cfg(not(feature = "torch"))]
fn models() -> Vec<Finding> {
    vec![("models".into(), Ok("not in this build, which was made without libtorch".into()))]
}

fn threads() -> Finding {
    ("threads".into(), Ok(rayon::current_num_threads().to_string()))
}

/// Draws a figure with text as PNG: the font and the renderer are inside the program, so this fails only with the build.
fn figures() -> Finding {
    let drawn = Matrix::numbered(["a".to_string(), "b".to_string()].into(), "x", 2, vec![0.0, 0.0, 1.0, 1.0])
        .and_then(|points| plot::scatter(&points, None, None, &plot::ScatterOptions::default()))
        .and_then(|figure| figure.to_png(72.0));
    let found = drawn.map(|png| format!("drawn with the bundled font, a PNG of {} bytes", png.len()));
    ("figures".into(), found.map_err(|e| e.to_string()))
}

/// Imports every standard module.
fn standard_modules(global: &Global) -> Vec<Finding> {
    let setup = setup(global);
    let from = match &setup.standard {
        Standard::Embedded => "inside the program".into(),
        Standard::Folder(folder) => format!("in `{}`", folder.display()),
        Standard::Nowhere => return vec![("standard modules".into(), Ok("switched off".into()))],
    };
    let mut session = Session::new(bind::install, &setup);
    let import = |name: &str| match session.run_text("doctor", &format!("import \"nms/{name}\" as checked;")) {
        Ok(_) => (format!("nms/{name}"), Ok(from.clone())),
        Err(failure) => (format!("nms/{name}"), Err(failure.diagnostic.plain_text().trim_end().to_string())),
    };
    stdlib::names().map(import).collect()
}

fn history() -> Finding {
    let found = match history_file() {
        None => Ok("none: there is no home folder".into()),
        Some(file) => match file.ancestors().skip(1).find(|f| f.is_dir()).map(|f| writable("", f).1) {
            Some(Err(why)) => Err(why),
            _ => Ok(file.display().to_string()),
        },
    };
    ("history".into(), found)
}

fn writable(what: &str, folder: &Path) -> Finding {
    let found = match tempfile::Builder::new().prefix(".nms-").tempfile_in(folder) {
        Ok(_) => Ok(folder.canonicalize().unwrap_or_else(|_| folder.to_path_buf()).display().to_string()),
        Err(e) => Err(format!("cannot write to `{}`: {e}", folder.display())),
    };
    (what.into(), found)
}
