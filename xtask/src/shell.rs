//! Running programs and finding places.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The repository root: the parent of this member's folder.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// Where cargo puts what it builds.
pub fn target_dir() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(dir) => root().join(dir),
        None => root().join("target"),
    }
}

/// Runs cargo in the repository root, its output going straight to the user.
pub fn cargo(args: &[&str]) -> Result<(), String> {
    cargo_with(args, &[])
}

/// As [`cargo`], with extra environment variables.
pub fn cargo_with(args: &[&str], env: &[(&str, &str)]) -> Result<(), String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(args).envs(env.iter().copied());
    status(&mut command, &format!("cargo {}", args.join(" ")))
}

/// Runs a command in the repository root; `what` names it when it fails.
pub fn status(command: &mut Command, what: &str) -> Result<(), String> {
    eprintln!("+ {what}");
    let status = command.current_dir(root()).status().map_err(|e| format!("cannot start `{what}`: {e}"))?;
    if status.success() { Ok(()) } else { Err(format!("`{what}` failed ({status})")) }
}
