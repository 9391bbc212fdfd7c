//! What continuous integration runs, in the order in which it is cheapest to learn of a fault.

use std::path::PathBuf;
use std::process::Command;

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

/// Runs every script with `--smoke`. One that asks for a folder of cells and neither grows its own nor does without gets
/// grown ones, and two training steps where it takes steps.
fn scripts() -> Result<(), String> {
    let folder = shell::root().join("scripts");
    let mut found: Vec<PathBuf> = std::fs::read_dir(&folder)
        .map_err(|e| format!("cannot read `{}`: {e}", folder.display()))?
        .filter_map(|entry| entry.ok().map(|e| e.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "rhai"))
        .collect();
    found.sort();
    let binary = shell::target_dir().join("release").join("nms");
    let smoke = shell::target_dir().join("smoke");
    let cells = smoke.join("cells");
    let grow = format!(
        "morph::synthesize_population([\"pyramidal\", \"basket\", \"granule\"], 8, #{{ seed: 1 }}).save(\"{}\")",
        cells.display()
    );
    shell::status(Command::new(&binary).arg("-c").arg(grow), "nms -c 'grow cells'")?;
    for script in &found {
        let text = std::fs::read_to_string(script).map_err(|e| format!("cannot read `{}`: {e}", script.display()))?;
        let out = smoke.join(script.file_stem().unwrap_or_default());
        let mut command = Command::new(&binary);
        command.arg("run").arg(script).arg("--smoke").arg("--out").arg(&out);
        let grows_its_own = text.contains("param(\"smoke\"") || text.contains("param(\"data\", \"\"");
        if text.contains("param(\"data\"") && !grows_its_own {
            command.arg("--param").arg(format!("data={}", cells.display()));
        }
        if text.contains("param(\"data\"") && text.contains("param(\"steps\"") && !grows_its_own {
            command.args(["--param", "steps=2"]);
        }
        shell::status(&mut command, &format!("nms run {} --smoke", script.display()))?;
    }
    println!("{} passed, 0 failed", found.len());
    Ok(())
}
