//! Ctrl-C in the middle of native work: functions of every part, each on data that keep it busy for long.
//!
//! The promise is half a second; a machine that is busy with other tests may take longer, so the limit here only tells
//! what looks at the flag from what runs to its end. Calls are repeated, for a fast machine may be through with one.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use super::{folder, nms};

/// How long a stop may take here.
const LIMIT: Duration = Duration::from_secs(15);

/// What a call needs first, and the call.
const CALLS: &[(&str, &str)] = &[
    ("", "morph::synthesize_population([\"basket\"], 100000, #{ seed: 1 })"),
    ("", "table::load(\"many.csv\")"),
    ("", "activity::simulate(\"springs\", #{ trajectories: 100000, seed: 1 })"),
    ("let z = many();", "reduce::tsne(z)"),
    ("let z = many();", "reduce::umap(z)"),
    ("let z = many();", "cluster::dbscan(z, #{ eps: 5.0 })"),
    ("let z = many();", "cluster::gmm(z, #{ components: 30 })"),
    ("let z = many();", "cluster::hdbscan(z)"),
    ("let z = many();", "cluster::agglomerative(z, #{ clusters: 3 })"),
    ("let z = many();", "metrics::map_quality(z, z)"),
    ("let z = wide();", "reduce::pca(z)"),
    ("let z = wide();", "evaluate::cross_validate(z, kinds(), #{ classifier: \"lda\" })"),
    ("let z = wide();", "evaluate::cross_validate(z, kinds(), #{ classifier: \"ridge\" })"),
    ("let z = wide();", "evaluate::cross_validate(z, kinds(), #{ classifier: \"svm\", kernel: \"linear\" })"),
    ("let z = wide();", "evaluate::cross_validate(z, kinds(), #{ classifier: \"logistic\", tol: 1e-12 })"),
    ("let w = worms();", "w[0].derivative(#{ method: \"tv\", max_iter: 10000000, tol: 1e-300 })"),
    ("let w = worms();", "evaluate::leave_one_out(w, #{ model: \"softmax\" })"),
    ("let c = cells();", "c.nblast()"),
    ("let c = cells();", "c.persistence_distances()"),
    ("let c = cells();", "c.metrics()"),
    ("let c = cells();", "c.resample(0.001)"),
];

/// What calls need, as functions.
const NEEDS: &str = "
    fn many() { table::load(\"many.csv\").matrix() }
    fn wide() { table::load(\"wide.csv\").matrix() }
    fn kinds() { table::load(\"wide.csv\").labels(\"type\") }
    fn worms() { activity::simulate(\"worm\", #{ animals: 3, frames: 500, seed: 1 }).recordings }
    fn cells() { morph::synthesize_population([\"basket\"], 12, #{ seed: 1 }) }
";

/// A table of numbers without much order, of a type each.
fn table(path: &Path, rows: usize, columns: usize) {
    let mut text = String::from("id,type");
    (0..columns).for_each(|c| write!(text, ",x{c}").unwrap());
    let mut state = 1u32;
    for row in 0..rows {
        write!(text, "\nc{row},{}", ["a", "b", "c"][row % 3]).unwrap();
        for _ in 0..columns {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            write!(text, ",{:.3}", f64::from(state >> 16) / 6553.6).unwrap();
        }
    }
    std::fs::write(path, text + "\n").unwrap();
}

/// Sends Ctrl-C into a call; says what is wrong where the program does not end for it.
fn stopped(folder: &Path, needs: &str, call: &str) -> Result<(), String> {
    let code = format!("{NEEDS} {needs} print(\"ready\"); loop {{ {call}; }}");
    let mut command = nms(folder, &["-q", "-c", &code]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    if line == "ready\n" {
        thread::sleep(Duration::from_millis(700));
    }
    let began = Instant::now();
    drop(Command::new("kill").args(["-INT", &child.id().to_string()]).status());
    let output = child.wait_with_output().unwrap();
    let took = began.elapsed();
    match (output.status.code(), took < LIMIT) {
        (Some(130), true) => Ok(()),
        (Some(130), false) => Err(format!("{call}: stopped after {took:?}")),
        (code, _) => Err(format!("{call}: ended with {code:?}: {}", String::from_utf8_lossy(&output.stderr))),
    }
}

#[test]
fn ctrl_c_stops_native_work_of_every_kind() {
    let folder = folder(&[]);
    table(&folder.path().join("many.csv"), 8000, 20);
    table(&folder.path().join("wide.csv"), 400, 500);
    let calls = Mutex::new(CALLS.iter());
    let failed: Vec<String> = thread::scope(|scope| {
        let work = || {
            let mut failed = Vec::new();
            loop {
                let Some((needs, call)) = calls.lock().unwrap().next() else { return failed };
                failed.extend(stopped(folder.path(), needs, call).err());
            }
        };
        let running: Vec<_> = (0..2).map(|_| scope.spawn(work)).collect();
        running.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
