//! A disk that is full: a clear error, and no file that is neither old nor new.

use std::path::Path;
use std::process::{Command, Stdio};

use super::{folder, nms, said};

/// A small file system in memory, at a folder.
struct Small<'a>(&'a Path);

impl<'a> Small<'a> {
    /// Mounts it; none where this user may not.
    #[allow(clippy::print_stderr)] // a test that is skipped must be seen
    fn mount(folder: &'a Path, size: &str) -> Option<Small<'a>> {
        let options = format!("size={size}");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(folder).stderr(Stdio::null());
        let done = mount.status().is_ok_and(|status| status.success());
        if !done {
            eprintln!("skipped: a small file system can be mounted by root only");
        }
        done.then_some(Small(folder))
    }

    fn grow(&self, size: &str) {
        let options = format!("remount,size={size}");
        assert!(Command::new("mount").args(["-o", &options]).arg(self.0).status().unwrap().success());
    }
}

impl Drop for Small<'_> {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("--lazy").arg(self.0).status());
    }
}

/// Names of the files in a folder that writers have not finished.
fn unfinished(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
    entries.filter(|name| name.starts_with(".nms-")).count()
}

#[test]
fn files_are_whole_or_not_there() {
    let script = r#"
        let numbers = [];
        for n in 0..2000 { numbers.push(n * 1.5); }
        for at in 0..100 { table::of(#{ n: numbers }).save(out(`${at}.csv`)); }
    "#;
    let folder = folder(&[("x.rhai", script)]);
    let out = folder.path().join("o");
    std::fs::create_dir(&out).unwrap();
    let Some(_small) = Small::mount(&out, "256k") else { return };
    let text = said(nms(folder.path(), &["-q", "run", "x.rhai", "--out", "o"]));
    assert!(text.starts_with("exit 1"), "{text}");
    assert!(text.contains("error: cannot write `o/") && text.contains("No space left on device"), "{text}");
    assert!(text.contains("x.rhai:4:"), "{text}");
    assert_eq!(unfinished(&out), 0);
    let sizes: Vec<u64> = std::fs::read_dir(&out)
        .unwrap()
        .map(|e| e.unwrap())
        .filter(|e| e.path().extension().is_some_and(|e| e == "csv"))
        .map(|e| e.metadata().unwrap().len())
        .collect();
    assert!(sizes.len() > 3 && sizes.iter().all(|size| *size == sizes[0]), "{sizes:?}");
    let record = std::fs::read_to_string(out.join("run.json")).unwrap();
    serde_json::from_str::<serde_json::Value>(&record).unwrap();
}

#[test]
fn a_stream_of_rows_goes_on_when_there_is_room() {
    let script = r#"
        let cells = morph::synthesize_population(["granule"], 130, #{ axon: false, seed: 2 });
        let long = "";
        for n in 0..200 { long += "0123456789"; }
        cells.map_to(out("rows.csv"), |cell| #{ text: long, tips: cell.n_tips });
    "#;
    let folder = folder(&[("x.rhai", script)]);
    let run =
        |out: &str| said(nms(folder.path(), &["-q", "run", "x.rhai", "--out", out, "--resume", "--threads", "1"]));
    let out = folder.path().join("o");
    std::fs::create_dir(&out).unwrap();
    let Some(small) = Small::mount(&out, "180k") else { return };
    let text = run("o");
    assert!(text.starts_with("exit 1") && text.contains("No space left on device"), "{text}");
    assert!(!out.join("rows.csv").exists() && out.join("rows.csv.part").exists());
    small.grow("4m");
    assert!(run("o").starts_with("exit 0"));
    assert!(run("unbroken").starts_with("exit 0"));
    let read = |out: &str| std::fs::read(folder.path().join(out).join("rows.csv")).unwrap();
    assert!(read("o") == read("unbroken"));
}
