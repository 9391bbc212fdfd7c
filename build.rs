//! Tells the linker where libtorch lies, and the program what it was built from.

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    // Changes with every commit; a path that does not exist would run this script every time.
    if Path::new(".git/logs/HEAD").exists() {
        println!("cargo:rerun-if-changed=.git/logs/HEAD");
    }
    println!("cargo:rustc-env=NMS_GIT={}", said_by("git", &["rev-parse", "--short", "HEAD"]));
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    println!("cargo:rustc-env=NMS_RUSTC={}", said_by(&rustc, &["--version"]));
    if std::env::var_os("CARGO_FEATURE_TORCH").is_some() {
        link_libtorch();
    }
}

/// Writes libtorch's folder into the program as its run path, so that it starts without `LD_LIBRARY_PATH`.
///
/// The folder of links in `.libtorch/lib` is followed to the wheel's real `torch/lib`: the libraries find their own
/// dependencies relative to where they truly lie.
fn link_libtorch() {
    // Handed on by torch-sys, and only to packages that depend on it directly.
    let Ok(given) = std::env::var("DEP_TCH_LIBTORCH_LIB") else {
        println!("cargo:warning=libtorch was not found: run `cargo xtask setup`, or set LIBTORCH");
        return;
    };
    let library = Path::new(&given).join("libtorch_cpu.so");
    let real = library.canonicalize().unwrap_or(library);
    let folder = real.parent().unwrap_or(Path::new(&given)).display();
    println!("cargo:rustc-link-arg=-Wl,-rpath,{folder}");
    println!("cargo:rustc-env=NMS_LIBTORCH={folder}");
}

fn said_by(program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).output();
    match output {
        Ok(o) if o.status.success() => String::from_utf8_lossy(&o.stdout).trim().to_string(),
        _ => "unknown".into(),
    }
}
