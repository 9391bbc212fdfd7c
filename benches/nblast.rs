//! NBLAST of all pairs of grown cells, on one core.
//!
//! Two baselines in the same run, both on the very points and tangents that nms has computed: the nearest points by
//! `kiddo`'s immutable k-d tree, one query after the other; and navis-fastcore (the Rust core of navis) where the Python
//! that `NMS_PYTHON` names (default `python3`) has it, in 64 and in 32 bits.

#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::hint::black_box;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use kiddo::{ImmutableKdTree, SquaredEuclidean};
use nms::morph::nblast::{Direction, Dotprops, NblastOptions, all_by_all};
use nms::morph::{SynthesisOptions, synthesize_population};

const CELLS_PER_CLASS: usize = 10;

/// Scores all pairs of the arrays in a folder with one thread; prints the seconds of the fastest of three runs.
const FASTCORE: &str = r#"
import sys, time, importlib.metadata
from types import SimpleNamespace
import numpy as np
import navis_fastcore as fc
fc.set_num_threads(1)
folder, n = sys.argv[1], int(sys.argv[2])
points = [np.load(f"{folder}/p{i}.npy") for i in range(n)]
vect = [np.load(f"{folder}/v{i}.npy") for i in range(n)]
print(importlib.metadata.version("navis-fastcore"))
for dtype in (np.float64, np.float32):
    cells = [SimpleNamespace(points=p.astype(dtype), vect=v.astype(dtype)) for p, v in zip(points, vect)]
    times = []
    for _ in range(3):
        start = time.perf_counter()
        scores = fc.nblast_allbyall(cells, precision=64, n_cores=1)
        times.append(time.perf_counter() - start)
    print(min(times), scores.sum())
"#;

fn main() {
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    one.install(run);
}

fn run() {
    let classes = ["pyramidal", "basket", "purkinje"];
    let grown = synthesize_population(&classes, CELLS_PER_CLASS, &SynthesisOptions::default(), 1).unwrap();
    let options = NblastOptions { resample: 0.0, scores: Direction::Forward, ..Default::default() };
    let (cells, tangents) =
        timed(1, || grown.iter().map(|(m, _)| Dotprops::new(&m.centered(), &options).unwrap()).collect::<Vec<_>>());
    let (n, points) = (cells.len(), cells.iter().map(Dotprops::len).sum::<usize>());
    let queries = (n - 1) * points;
    println!("{n} cells of {} points on average", points / n);
    println!("tangents: {:.2} ms per cell", 1e3 * tangents.as_secs_f64() / n as f64);

    let (scores, ours) = timed(3, || all_by_all(&cells, &options).unwrap());
    report("nms", ours, n, queries);

    let trees: Vec<ImmutableKdTree<f64, 3>> =
        cells.iter().map(|c| ImmutableKdTree::new_from_slice(&c.points).unwrap()).collect();
    let (_, kiddo) = timed(3, || {
        let mut sum = 0.0;
        for (i, query) in cells.iter().enumerate() {
            for (_, tree) in trees.iter().enumerate().filter(|(j, _)| *j != i) {
                for point in &query.points {
                    sum += tree.query(point).nearest_one::<SquaredEuclidean<f64>>().execute().distance;
                }
            }
        }
        sum
    });
    report("kiddo, nearest points alone", kiddo, n, queries);
    println!("  nms takes {:.2} of its time", ours.as_secs_f64() / kiddo.as_secs_f64());
    fastcore(&cells, ours, scores.iter().sum());
}

fn fastcore(cells: &[Dotprops], ours: Duration, sum: f64) {
    let folder = tempfile::tempdir().unwrap();
    for (i, cell) in cells.iter().enumerate() {
        write_npy(&folder.path().join(format!("p{i}.npy")), &cell.points);
        write_npy(&folder.path().join(format!("v{i}.npy")), &cell.tangents);
    }
    let python = std::env::var("NMS_PYTHON").unwrap_or_else(|_| "python3".into());
    let run = Command::new(&python).arg("-c").arg(FASTCORE).arg(folder.path()).arg(cells.len().to_string()).output();
    let Some(output) = run.ok().filter(|output| output.status.success()) else {
        println!("navis-fastcore: not compared, `{python}` lacks it (name another with NMS_PYTHON)");
        return;
    };
    let text = String::from_utf8(output.stdout).unwrap();
    let mut lines = text.lines();
    let version = lines.next().unwrap();
    for (line, bits) in lines.zip([64, 32]) {
        let (seconds, theirs) = line.split_once(' ').unwrap();
        let (seconds, theirs): (f64, f64) = (seconds.parse().unwrap(), theirs.parse().unwrap());
        let pairs = cells.len() * cells.len();
        println!("navis-fastcore {version}, {bits} bits: {:.3} ms per pair", 1e3 * seconds / pairs as f64);
        println!("  nms is {:.2} times as fast; sums of scores {sum:.6} and {theirs:.6}", seconds / ours.as_secs_f64());
    }
}

fn report(what: &str, time: Duration, n: usize, queries: usize) {
    let seconds = time.as_secs_f64();
    let (pair, query) = (1e3 * seconds / (n * n) as f64, 1e9 * seconds / queries as f64);
    println!("{what}: {seconds:.2} s, {pair:.3} ms per pair, {query:.0} ns per point");
}

/// The result, and the shortest of several runs.
fn timed<T>(runs: usize, mut step: impl FnMut() -> T) -> (T, Duration) {
    let mut best = Duration::MAX;
    let mut result = None;
    for _ in 0..runs {
        let start = Instant::now();
        result = Some(black_box(step()));
        best = best.min(start.elapsed());
    }
    (result.unwrap(), best)
}

fn write_npy(path: &Path, rows: &[[f64; 3]]) {
    use npyz::WriterBuilder;
    let file = std::fs::File::create(path).unwrap();
    let mut writer =
        npyz::WriteOptions::new().default_dtype().shape(&[rows.len() as u64, 3]).writer(file).begin_nd().unwrap();
    writer.extend(rows.iter().flatten().copied()).unwrap();
    writer.finish().unwrap();
}
