//! Locks: what must not run twice at the same time, such as a nightly run and the one before it that is late.
//!
//! The kernel holds a lock, on an open file, and gives it back when its process ends, however it ends; so there is no
//! stale lock that somebody would have to remove. What the file says (process, host, start) is for people, and tells
//! the next holder that the one before it did not end by itself.
//!
//! A lock has a name, and is then one of this user on this machine; or it is a path, which on a shared file system
//! holds between machines as far as that file system passes locks on. A run also locks the folder that it writes to.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::manifest;
use crate::error::{Error, Result};
use crate::interrupt;

/// The time between two looks at a lock that is waited for.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Who holds a lock, or held it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Its process.
    pub pid: u32,
    /// Its machine.
    pub host: String,
    /// When it took the lock.
    pub since: String,
}

impl Holder {
    fn this() -> Self {
        Holder { pid: std::process::id(), host: manifest::host_name(), since: manifest::now() }
    }

    /// Whether it is, or was, a process of this machine.
    pub fn is_here(&self) -> bool {
        self.host == manifest::host_name()
    }
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "process {} on `{}` since {}", self.pid, self.host, self.since)
    }
}

/// A lock that is held; dropping it gives it back.
#[derive(Debug)]
pub struct Lock {
    /// None where the system cannot lock.
    file: Option<File>,
    /// Whether the file says who holds it; a folder cannot.
    signed: bool,
    /// The holder before this one, where it ended without giving the lock back.
    pub abandoned: Option<Holder>,
}

impl Drop for Lock {
    fn drop(&mut self) {
        if let Some(file) = self.file.as_ref().filter(|_| self.signed) {
            // Should this fail, the next holder learns of a stale lock, which is no harm.
            drop(file.set_len(0));
        }
    }
}

/// What came of an attempt to take a lock.
#[derive(Debug)]
pub enum Attempt {
    /// It is held now.
    Taken(Lock),
    /// Another process holds it: this one, where it can be known.
    Held(Option<Holder>),
}

/// The file of a lock: NAME's own for this user and machine, or the path that a NAME with a slash is.
///
/// # Errors
/// When the name is empty or hidden, or its folder cannot be made or is another user's.
pub fn place(name: &str) -> Result<PathBuf> {
    if name.contains('/') {
        return Ok(PathBuf::from(name));
    }
    if name.is_empty() || name.starts_with('.') {
        return Err(Error::value(format!("a lock cannot be called `{name}`"))
            .help("give it a name such as `nightly`, or the path of a file"));
    }
    let folder = match std::env::var_os("NMS_LOCKS").filter(|v| !v.is_empty()) {
        Some(folder) => PathBuf::from(folder),
        None => own_folder()?,
    };
    Ok(folder.join(format!("{name}.lock")))
}

/// The folder of this user's locks. It hangs on no variable: cron sets neither `HOME` nor `XDG_RUNTIME_DIR`, and a run
/// by hand must find the lock of one by cron.
#[cfg(unix)]
fn own_folder() -> Result<PathBuf> {
    use std::os::unix::fs::{DirBuilderExt, MetadataExt};
    let user = std::fs::metadata("/proc/self").map(|m| m.uid()).ok();
    let shared = ["/var/tmp", "/tmp"].map(Path::new).into_iter().find(|f| f.is_dir());
    let (Some(user), Some(shared)) = (user, shared) else {
        return Err(Error::missing("there is no folder for locks on this machine")
            .help("name one by `NMS_LOCKS`, or give `--lock` a path"));
    };
    let folder = shared.join(format!("nms-locks-{user}"));
    match std::fs::DirBuilder::new().mode(0o700).create(&folder) {
        Err(e) if e.kind() != std::io::ErrorKind::AlreadyExists => {
            return Err(Error::io("cannot make the folder", &folder, &e));
        }
        _ => {}
    }
    // Anybody can make a folder of this name there, or a link to one.
    let found = std::fs::symlink_metadata(&folder).map_err(|e| Error::io("cannot read", &folder, &e))?;
    if !found.is_dir() || found.uid() != user {
        return Err(Error::new(crate::error::Kind::File, format!("`{}` belongs to somebody else", folder.display()))
            .help("name another folder by `NMS_LOCKS`, or give `--lock` a path"));
    }
    Ok(folder)
}

#[cfg(not(unix))]
fn own_folder() -> Result<PathBuf> {
    Ok(std::env::temp_dir().join("nms-locks"))
}

/// Tries to take the lock of a file, which is made where it is missing.
///
/// # Errors
/// When the file cannot be made, or its file system knows no locks.
pub fn attempt(path: &Path) -> Result<Attempt> {
    if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|e| Error::io("cannot make the folder", folder, &e))?;
    }
    let refuse = |e: &std::io::Error| Error::io("cannot lock", path, e);
    loop {
        let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
        let mut file = opened.map_err(|e| refuse(&e))?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => return Ok(Attempt::Held(said(&mut file))),
            Err(TryLockError::Error(e)) => return Err(refuse(&e)),
            // Whoever tidies up temporary files may have removed it between the two calls.
            Ok(()) if !is_still(&file, path) => continue,
            Ok(()) => {}
        }
        let abandoned = said(&mut file);
        sign(&mut file).map_err(|e| refuse(&e))?;
        return Ok(Attempt::Taken(Lock { file: Some(file), signed: true, abandoned }));
    }
}

fn said(file: &mut File) -> Option<Holder> {
    let mut text = String::new();
    file.read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

fn sign(file: &mut File) -> std::io::Result<()> {
    let text = serde_json::to_string(&Holder::this())?;
    file.rewind()?;
    file.set_len(0)?;
    file.write_all(text.as_bytes())
}

#[cfg(unix)]
fn is_still(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let inode = |m: std::io::Result<std::fs::Metadata>| m.map(|m| (m.dev(), m.ino())).ok();
    inode(file.metadata()) == inode(std::fs::metadata(path))
}

#[cfg(not(unix))]
fn is_still(_: &File, _: &Path) -> bool {
    true
}

/// Tries to take the lock of a folder, which leaves no file in it. Where the system cannot lock folders (some network
/// file systems) nothing is held, and nobody is kept out.
pub fn attempt_folder(folder: &Path) -> Attempt {
    let held = File::open(folder).map_err(TryLockError::Error).and_then(|file| file.try_lock().map(|()| file));
    match held {
        Ok(file) => Attempt::Taken(Lock { file: Some(file), signed: false, abandoned: None }),
        Err(TryLockError::WouldBlock) => {
            let run = manifest::before(folder).ok().flatten();
            Attempt::Held(run.and_then(|run| run.holder()))
        }
        Err(TryLockError::Error(_)) => Attempt::Taken(Lock { file: None, signed: false, abandoned: None }),
    }
}

/// Whether a run writes to a folder at this moment, on this machine.
pub fn is_folder_held(folder: &Path) -> bool {
    folder.is_dir() && matches!(attempt_folder(folder), Attempt::Held(_))
}

/// Attempts until it succeeds.
///
/// # Errors
/// What an attempt says, and a requested stop.
pub fn wait(attempt: impl Fn() -> Result<Attempt>) -> Result<Lock> {
    loop {
        if let Attempt::Taken(lock) = attempt()? {
            return Ok(lock);
        }
        interrupt::check()?;
        std::thread::sleep(LOOK_EVERY);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn taken(path: &Path) -> Lock {
        match attempt(path).unwrap() {
            Attempt::Taken(lock) => lock,
            Attempt::Held(holder) => panic!("held by {holder:?}"),
        }
    }

    #[test]
    fn a_lock_is_held_once_and_says_by_whom() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/nightly.lock");
        let lock = taken(&path);
        assert_eq!(lock.abandoned, None);
        let Attempt::Held(Some(holder)) = attempt(&path).unwrap() else { panic!("taken twice") };
        assert_eq!(holder.pid, std::process::id());
        assert!(holder.is_here());
        drop(lock);
        assert_eq!(taken(&path).abandoned, None);
    }

    #[test]
    fn a_holder_that_never_gave_it_back_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.lock");
        let text = r#"{"pid": 7, "host": "node3", "since": "2026-11-22T02:15:00Z"}"#;
        std::fs::write(&path, text).unwrap();
        let lock = taken(&path);
        let before = lock.abandoned.as_ref().unwrap().to_string();
        assert_eq!(before, "process 7 on `node3` since 2026-11-22T02:15:00Z");
        std::fs::write(&path, "no JSON").unwrap();
        drop(lock);
    }

    #[test]
    fn folders_are_locked_without_a_trace() {
        let folder = tempfile::tempdir().unwrap();
        let lock = attempt_folder(folder.path());
        assert!(matches!(lock, Attempt::Taken(_)));
        assert!(is_folder_held(folder.path()));
        drop(lock);
        assert!(!is_folder_held(folder.path()));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn names_become_files_and_paths_stay() {
        assert_eq!(place("/data/x").unwrap(), Path::new("/data/x"));
        assert!(place("nightly").unwrap().ends_with("nightly.lock"));
        assert_eq!(place("").unwrap_err().message, "a lock cannot be called ``");
        assert!(place(".hidden").is_err());
    }
}
