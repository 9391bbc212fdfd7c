//! libtorch from its Python wheel: a virtual environment in `.libtorch`, and the folder of links that `torch-sys` builds on.
//!
//! `.libtorch/lib` links the CPU libraries only, so that one program serves machines with and without a GPU; the program
//! loads the CUDA half at run time, from the wheel itself, when a script asks for it.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::shell;

/// The one version that the pinned `tch` crate accepts.
const VERSION: &str = "2.11.0";
/// What `libtorch_cpu.so` of the CUDA wheel itself needs, GPU or not.
const CPU_NEEDS: [&str; 2] = ["nvidia-cuda-runtime==13.0.*", "nvidia-cuda-cupti==13.0.*"];
const LINKS: [&str; 4] = ["libtorch_cpu.so", "libtorch.so", "libc10.so", "libgomp.so.1"];

/// Makes `.libtorch` if it is missing, or completes it with the CUDA dependencies.
pub fn ensure(cuda: bool) -> Result<(), String> {
    let home = shell::root().join(".libtorch");
    if let Some(own) = std::env::var_os("LIBTORCH").map(PathBuf::from)
        && shell::root().join(&own) != home
    {
        return check_own(&own);
    }
    let stamp = home.join("build-version");
    let cuda_stamp = home.join("cuda-ready");
    let ready = std::fs::read_to_string(&stamp).is_ok_and(|v| v.trim() == VERSION);
    if ready && (!cuda || cuda_stamp.exists()) {
        return Ok(());
    }
    if !cfg!(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))) {
        return Err(format!(
            "libtorch is fetched on 64-bit Linux only; elsewhere set LIBTORCH to the folder of a libtorch {VERSION}, \
             or build without models: cargo build --release --no-default-features"
        ));
    }
    std::fs::create_dir_all(&home).map_err(|e| format!("cannot make `{}`: {e}", home.display()))?;
    let pip = Pip::find(&home)?;
    if !ready {
        eprintln!("fetching libtorch {VERSION} into {} (about 0.5 GB to load, 1.3 GB on disk)", home.display());
        let mut wheels = vec!["--no-deps".to_string(), format!("torch=={VERSION}")];
        wheels.extend(CPU_NEEDS.map(String::from));
        pip.install(&wheels)?;
        link(&home, &pip.site()?)?;
        write(&stamp, VERSION)?;
    }
    if cuda && !cuda_stamp.exists() {
        eprintln!("fetching the CUDA libraries of libtorch {VERSION} (about 2.7 GB on disk)");
        pip.install(&[format!("torch=={VERSION}")])?;
        write(&cuda_stamp, VERSION)?;
    }
    Ok(())
}

/// A user's own libtorch is left alone, but a missing or foreign one is named before a long build fails on it.
fn check_own(own: &Path) -> Result<(), String> {
    if !own.join("lib").is_dir() {
        return Err(format!(
            "LIBTORCH is `{}`, which has no `lib` folder; unset LIBTORCH to let nms fetch libtorch {VERSION}",
            own.display()
        ));
    }
    match std::fs::read_to_string(own.join("build-version")) {
        Ok(found) if !found.trim().starts_with(VERSION) => Err(format!(
            "LIBTORCH holds version {}, nms is built on {VERSION}; unset LIBTORCH to let nms fetch it",
            found.trim()
        )),
        _ => Ok(()),
    }
}

/// Links headers and CPU libraries to where `torch-sys` looks for them.
fn link(home: &Path, site: &Path) -> Result<(), String> {
    let torch = site.join("torch");
    let lib = home.join("lib");
    std::fs::create_dir_all(&lib).map_err(|e| format!("cannot make `{}`: {e}", lib.display()))?;
    for name in LINKS {
        replace_link(&torch.join("lib").join(name), &lib.join(name))?;
    }
    replace_link(&torch.join("include"), &home.join("include"))
}

fn replace_link(target: &Path, link: &Path) -> Result<(), String> {
    if !target.exists() {
        return Err(format!("the wheel of torch {VERSION} holds no `{}`", target.display()));
    }
    match std::fs::remove_file(link) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
            return Err(format!("cannot replace `{}`: {e}", link.display()));
        }
        _ => {}
    }
    symlink(target, link).map_err(|e| format!("cannot link `{}`: {e}", link.display()))
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    std::fs::write(path, format!("{text}\n")).map_err(|e| format!("cannot write `{}`: {e}", path.display()))
}

/// The pip that installs, and the folder it installs into.
struct Pip {
    program: PathBuf,
    /// `--target` folder, where Python has no `venv` module; else pip's own environment is used.
    target: Option<PathBuf>,
}

impl Pip {
    fn find(home: &Path) -> Result<Pip, String> {
        let python = std::env::var_os("PYTHON").map_or_else(|| PathBuf::from("python3"), PathBuf::from);
        if !answers(&python, &["--version"]) {
            return Err(format!(
                "`{}` cannot be started, and libtorch comes as a Python package; install Python 3 \
                 (Debian, Ubuntu: apt install python3 python3-venv), or name one with the variable PYTHON",
                python.display()
            ));
        }
        let venv = home.join("venv");
        let own = venv.join("bin/python");
        if answers(&own, &["-m", "pip", "--version"]) {
            return Ok(Pip { program: own, target: None });
        }
        eprintln!("+ {} -m venv {}", python.display(), venv.display());
        // Its own complaint is long and names a package of the system; ours below says what to do.
        let made = Command::new(&python).args(["-m", "venv", "--clear"]).arg(&venv).output();
        if made.is_ok_and(|m| m.status.success()) && answers(&own, &["-m", "pip", "--version"]) {
            return Ok(Pip { program: own, target: None });
        }
        if answers(&python, &["-m", "pip", "--version"]) {
            return Ok(Pip { program: python, target: Some(home.join("site")) });
        }
        Err(format!(
            "`{}` has neither the module venv nor pip; install one of them (Debian, Ubuntu: apt install python3-venv)",
            python.display()
        ))
    }

    fn install(&self, wheels: &[String]) -> Result<(), String> {
        let mut command = Command::new(&self.program);
        command.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
        if let Some(dir) = &self.target {
            command.arg("--upgrade").arg("--target").arg(dir);
        }
        command.args(wheels);
        shell::status(&mut command, &format!("pip install {}", wheels.join(" "))).map_err(|e| {
            format!("{e}; is the Python package index reachable from here? A libtorch of your own can be named with LIBTORCH")
        })
    }

    fn site(&self) -> Result<PathBuf, String> {
        if let Some(dir) = &self.target {
            return Ok(dir.clone());
        }
        let asked = Command::new(&self.program)
            .args(["-c", "import sysconfig; print(sysconfig.get_paths()['purelib'])"])
            .output()
            .map_err(|e| format!("cannot start `{}`: {e}", self.program.display()))?;
        Ok(PathBuf::from(String::from_utf8_lossy(&asked.stdout).trim()))
    }
}

fn answers(program: &Path, args: &[&str]) -> bool {
    Command::new(program).args(args).output().is_ok_and(|o| o.status.success())
}
