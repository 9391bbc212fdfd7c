//! What continuous integration runs, in the order in which it is cheapest to learn of a fault.

use std::path::PathBuf;

use crate::shell;

/// Everything, in one build profile, so that libtorch's bindings are compiled once.
pub fn all() -> Result<(), String> {
    shell::cargo(&["fmt", "--all", "--check"])?;
    for features in [&["--no-default-features"][..], &[]] {
        let mut clippy = vec!["clippy", "--release", "--workspace", "--all-targets"];
        clippy.extend(features);
        clippy.extend(["--", "-D", "warnings"]);
        shell::cargo(&clippy)?;
        let mut test = vec!["test", "--release", "--workspace"];
        test.extend(features);
        shell::cargo(&test)?;
    }
    shell::cargo_with(
        &["doc", "--release", "--no-deps", "--document-private-items"],
        &[("RUSTDOCFLAGS", "-D warnings")],
    )?;
    shell::cargo(&["build", "--release", "--package", "nms"])?;
    scripts()
}

/// Runs every script with `smoke=true`: each makes its work tiny on that parameter, on synthesised data.
fn scripts() -> Result<(), String> {
    let folder = shell::root().join("scripts");
    let mut found: Vec<PathBuf> = std::fs::read_dir(&folder)
        .map_err(|e| format!("cannot read `{}`: {e}", folder.display()))?
        .filter_map(|entry| entry.ok().map(|e| e.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "rhai"))
        .collect();
    found.sort();
    let binary = shell::target_dir().join("release").join("nms");
    for script in &found {
        let out = shell::target_dir().join("smoke").join(script.file_stem().unwrap_or_default());
        let mut command = std::process::Command::new(&binary);
        command.arg("run").arg(script).arg("--smoke").arg("--out").arg(&out);
        shell::status(&mut command, &format!("nms run {} --smoke", script.display()))?;
    }
    println!("{} passed, 0 failed", found.len());
    Ok(())
}
