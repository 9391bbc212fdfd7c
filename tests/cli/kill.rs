//! Runs that are killed, at moments that nobody chose, and go on.
//!
//! After every kill each file in the run's folder must be whole: equal to what an unbroken run leaves there, or a part
//! that says so in its name. What a stream of rows has written before a kill must still be there after the next.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rand::{Rng, SeedableRng};

use super::process::PATIENCE;
use super::{folder, nms};

/// How often a run is killed.
const KILLS: usize = 50;

/// Neurons for the script below: few that are grown, for that takes long, and many copies.
const DATA: &str = r#"
    let cells = morph::synthesize_population(["granule"], 8, #{ axon: false, seed: 2 });
    for at in 0..8 { for copy in 0..24 { cells[at].save(`data/${at}_${copy}.swc`); } }
"#;

/// Files of several kinds, and rows that are streamed, 64 at a time.
const SCRIPT: &str = r#"
    let cells = morph::load_dir("data");
    cells.metrics_to(out("measures.csv"));
    cells.map_to(out("mapped.csv"), |cell| #{ tips: cell.n_tips, length: cell.total_length });
    for at in 0..20 { cells[at].save(out(`cells/${at}.swc`)); }
    let mapped = table::load(out("mapped.csv"));
    mapped.save(out("tables/mapped.csv"));
    let z = mapped.matrix(["tips", "length"]);
    z.save(out("z.npy"));
    reduce::pca(z, #{ components: 2 }).save(out("pca.json"));
    plot::neuron(cells[0]).save(out("cell.svg"));
    result(#{ cells: cells.len });
"#;

/// All files below a folder.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else {
            found.insert(path.strip_prefix(folder).unwrap().to_path_buf(), std::fs::read(&path).unwrap());
        }
    }
    found
}

fn ending(path: &Path) -> &str {
    path.extension().and_then(|e| e.to_str()).unwrap_or_default()
}

/// Checks that every file is whole, and gives the rows that streams have written.
fn whole(found: &BTreeMap<PathBuf, Vec<u8>>, unbroken: &BTreeMap<PathBuf, Vec<u8>>) -> usize {
    let mut rows = 0;
    for (path, bytes) in found {
        let name = path.file_name().unwrap().to_str().unwrap();
        let shown = path.display();
        if name == "run.json" {
            serde_json::from_slice::<serde_json::Value>(bytes).unwrap_or_else(|e| panic!("{shown}: {e}"));
        } else if let Some(of) = name.strip_suffix(".part") {
            let expected = &unbroken[&path.with_file_name(of)];
            assert!(expected.starts_with(bytes), "{shown} is no part of {of}");
            rows += bytes.iter().filter(|&&b| b == b'\n').count();
        } else if name.starts_with(".nms-") {
            // A file that was being written, which nobody takes for one that was.
        } else if path.starts_with("checkpoints") {
            // Of another step than that of the unbroken run.
            safetensors::SafeTensors::deserialize(bytes).unwrap_or_else(|e| panic!("{shown}: {e}"));
        } else {
            let expected = unbroken.get(path).unwrap_or_else(|| panic!("{shown}: an unbroken run does not leave it"));
            assert!(expected == bytes, "{shown} is not what an unbroken run leaves");
            rows += if ending(path) == "csv" { bytes.iter().filter(|&&b| b == b'\n').count() } else { 0 };
        }
    }
    rows
}

/// The outputs of a run that must not hang on how often it was broken.
fn outputs(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = files(folder);
    found.retain(|path, _| path != Path::new("run.json") && !path.starts_with("checkpoints"));
    found
}

fn command(folder: &Path, out: &str) -> Command {
    let args = ["run", "x.rhai", "--out", out, "--resume", "--seed", "5", "--device", "cpu", "--threads", "1", "-q"];
    let mut command = nms(folder, &args);
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    command
}

/// Kills a run of a script again and again, each time at a random moment, and lets it end at last. A run that ends before
/// its moment begins anew.
fn survives(script: &str) {
    // A kill does not tell a disk from memory, and fifty runs that sync every file do.
    let memory = Some(Path::new("/dev/shm")).filter(|folder| folder.is_dir());
    let folder = memory.and_then(|m| tempfile::tempdir_in(m).ok()).unwrap_or_else(|| super::folder(&[]));
    std::fs::write(folder.path().join("x.rhai"), script).unwrap();
    if script.contains("\"data\"") {
        assert!(nms(folder.path(), &["-c", DATA]).status().unwrap().success());
    }
    let began = Instant::now();
    let first = command(folder.path(), "unbroken").output().unwrap();
    assert!(first.status.success(), "{}", String::from_utf8_lossy(&first.stderr));
    let whole_time = began.elapsed();
    let unbroken = files(&folder.path().join("unbroken"));
    let broken = folder.path().join("broken");

    let mut moments = rand_xoshiro::Xoshiro256PlusPlus::seed_from_u64(6);
    let (mut kills, mut kept) = (0, 0);
    while kills < KILLS {
        let mut child = command(folder.path(), "broken").spawn().unwrap();
        std::thread::sleep(whole_time.mul_f64(moments.gen_range(0.0..1.0)));
        let ended = child.try_wait().unwrap();
        child.kill().unwrap();
        let output = child.wait_with_output().unwrap();
        if let Some(status) = ended {
            assert!(status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            assert_eq!(outputs(&broken), outputs(&folder.path().join("unbroken")));
            std::fs::remove_dir_all(&broken).unwrap();
            kept = 0;
            continue;
        }
        kills += 1;
        if broken.exists() {
            let rows = whole(&files(&broken), &unbroken);
            assert!(rows >= kept, "{kept} rows had been written, {rows} are there");
            kept = rows;
        }
    }
    let patience = Duration::max(PATIENCE, whole_time * 10);
    let began = Instant::now();
    let last = command(folder.path(), "broken").output().unwrap();
    assert!(last.status.success() && began.elapsed() < patience, "{}", String::from_utf8_lossy(&last.stderr));
    assert_eq!(outputs(&broken), outputs(&folder.path().join("unbroken")));
    let record: serde_json::Value = serde_json::from_slice(&files(&broken)[Path::new("run.json")]).unwrap();
    assert_eq!((&record["status"], &record["seed"]), (&"ok".into(), &5.into()));
}

#[test]
fn a_run_survives_being_killed_at_any_moment() {
    survives(SCRIPT);
}

#[test]
#[cfg(feature = "torch")]
fn training_survives_being_killed_at_any_moment() {
    survives(
        r#"
        let cells = morph::synthesize_population(["granule", "basket"], 4, #{ axon: false, seed: 2 });
        let views = augment::pipeline([augment::drop_branches(3), augment::subsample(30), augment::rotate("y")]);
        let model = nn::graphdino(#{ dim: 8, depth: 2, heads: 2, prototypes: 20, projector_dim: 16, positional_dim: 4 });
        train::dino(model, cells, views, #{ steps: 60, batch: 6, lr: 1e-3, checkpoint_every: 5 });
        model.save(out("model.safetensors"));
        model.embed(cells).save(out("z.csv"));
    "#,
    );
}

#[test]
fn a_changed_script_or_input_is_refused_after_a_kill() {
    let script = r#"
        let data = param("data", "a.csv");
        let t = table::load(data);
        let path = out("x.csv");
        print("ready");
        if t["x"][0] == 1.0 { sleep(600); }
    "#;
    let folder = folder(&[("x.rhai", script), ("a.csv", "id,x\na,1\n"), ("b.csv", "id,x\na,2\n")]);
    let args = ["-q", "run", "x.rhai", "--out", "o", "--resume"];
    let mut child = super::process::started(nms(folder.path(), &args));
    child.kill().unwrap();
    child.wait().unwrap();
    let again = |more: &[&str]| super::said(nms(folder.path(), &[&args, more].concat()));
    let refused = again(&["--param", "data=b.csv"]);
    assert!(
        refused.starts_with("exit 2") && refused.contains("cannot resume: `data` was a.csv and is now b.csv"),
        "{refused}"
    );
    std::fs::write(folder.path().join("a.csv"), "id,x\na,3\n").unwrap();
    let refused = again(&[]);
    let why = "cannot resume: the data in `a.csv` has changed since (of the same size, with another content)";
    assert!(refused.starts_with("exit 2") && refused.contains(why) && refused.contains("x.rhai:3:"), "{refused}");
    std::fs::write(folder.path().join("x.rhai"), format!("{script}// changed\n")).unwrap();
    let refused = again(&[]);
    assert!(
        refused.starts_with("exit 2") && refused.contains("cannot resume: the script has changed since"),
        "{refused}"
    );
    // The record is still that of the run that could go on.
    std::fs::write(folder.path().join("x.rhai"), script).unwrap();
    std::fs::write(folder.path().join("a.csv"), "id,x\na,1\n").unwrap();
    let mut child = super::process::started(nms(folder.path(), &args));
    child.kill().unwrap();
    child.wait().unwrap();
}
