//! Clustering 10,000 rows of 32 columns, beside scikit-learn.
//!
//! The rows are made here, like embeddings of cells: ten classes of unequal size, stretched at random, scaled to length 1.
//! Both sides run on one thread and are timed by the CPU time that it takes: of the process there, of the thread here
//! (where the system does not tell that, by the clock). Either runs several times and the medians are compared. k-means and mixtures begin at the same rows
//! of the same data and take their own default stops. Python with scikit-learn 1.9 is `$NMS_PYTHON`, or else `python3`;
//! where it has none, our times stand alone. leidenalg joins if it is there.

#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::hint::black_box;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use nms::cluster::{self, *};
use nms::data::Matrix;
use nms::run::seed::stream;
use rand::Rng as _;
use rand_distr::StandardNormal;

const ROWS: usize = 10_000;
const COLUMNS: usize = 32;
const CLASSES: usize = 10;
const EPS: f64 = 0.25;

/// scikit-learn on a file of numbers: a line with a name and the median seconds of CPU for each method.
const BASELINE: &str = r#"
import sys, time, warnings
warnings.simplefilter("ignore")
import numpy as np
from sklearn.cluster import KMeans, HDBSCAN, DBSCAN, OPTICS
from sklearn.mixture import GaussianMixture
from scipy.cluster.hierarchy import linkage
X = np.fromfile(sys.argv[1]).reshape(-1, int(sys.argv[2])); eps = float(sys.argv[3])
def clock(name, of, times=5):
    taken = []
    for _ in range(times):
        start = time.process_time(); of(); taken.append(time.process_time() - start)
    print(name, sorted(taken)[times // 2], flush=True)
def mixture(kind):
    return lambda: GaussianMixture(10, covariance_type=kind, n_init=1, random_state=1).fit(X)
KMeans(10, n_init=1).fit(X)
clock("kmeans", lambda: KMeans(10, n_init=10, random_state=1).fit(X))
for kind in ["full", "tied", "diag", "spherical"]:
    clock("gmm_" + kind, mixture(kind))
clock("dbscan", lambda: DBSCAN(eps=eps, min_samples=10).fit(X), 3)
clock("hdbscan", lambda: HDBSCAN(min_cluster_size=20, copy=True).fit(X), 1)
clock("ward", lambda: linkage(X, "ward"), 1)
clock("optics", lambda: OPTICS(min_samples=10).fit(X), 1)
try:
    import igraph, leidenalg
    from sklearn.neighbors import NearestNeighbors
    def leiden():
        near = NearestNeighbors(n_neighbors=16, algorithm="brute").fit(X).kneighbors(return_distance=False)
        pairs = {(min(i, j), max(i, j)) for i, row in enumerate(near.tolist()) for j in row if i != j}
        g = igraph.Graph(n=len(X), edges=sorted(pairs))
        leidenalg.find_partition(g, leidenalg.ModularityVertexPartition, n_iterations=-1, seed=1)
    clock("leiden", leiden, 1)
except ImportError:
    pass
"#;

/// Ten classes of unequal size with covariances of their own, on the unit sphere.
fn embeddings() -> Matrix {
    let mut rng = stream(5, "bench", 0);
    let mut normal = move || -> f64 { rng.sample(StandardNormal) };
    let classes: Vec<(Vec<f64>, Vec<f64>)> = (0..CLASSES)
        .map(|_| {
            let centre = (0..COLUMNS).map(|_| normal()).collect();
            // A product with a random matrix stretches each class its own way.
            (centre, (0..COLUMNS * COLUMNS).map(|_| 0.09 * normal()).collect())
        })
        .collect();
    let mut values = Vec::with_capacity(ROWS * COLUMNS);
    for i in 0..ROWS {
        // Class c has a share that falls with c.
        let share = (i * 7919 % ROWS) as f64 / ROWS as f64;
        let (centre, stretch) = &classes[((CLASSES as f64) * share * share) as usize];
        let z: Vec<f64> = (0..COLUMNS).map(|_| normal()).collect();
        let mut row = centre.clone();
        for (value, stretch) in row.iter_mut().zip(stretch.chunks_exact(COLUMNS)) {
            *value += stretch.iter().zip(&z).map(|(s, z)| s * z).sum::<f64>();
        }
        let length = row.iter().map(|v| v * v).sum::<f64>().sqrt();
        values.extend(row.iter().map(|v| v / length));
    }
    Matrix::numbered((0..ROWS).map(|i| format!("cell{i}")).collect(), "z", COLUMNS, values).unwrap()
}

/// Seconds that this thread has been on a processor; none where the system is not Linux.
fn on_processor() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(1e-9 * text.split_whitespace().next()?.parse::<f64>().ok()?)
}

/// The median of the seconds that several runs take.
fn median(times: usize, mut of: impl FnMut()) -> f64 {
    let mut taken: Vec<f64> = (0..times)
        .map(|_| {
            let (start, clock) = (on_processor(), Instant::now());
            of();
            match (start, on_processor()) {
                (Some(start), Some(end)) => end - start,
                _ => clock.elapsed().as_secs_f64(),
            }
        })
        .collect();
    taken.sort_by(f64::total_cmp);
    taken[times / 2]
}

fn ours(x: &Matrix) -> Vec<(String, f64)> {
    let mut times = Vec::new();
    let kmeans = KmeansOptions { clusters: CLASSES, ..Default::default() };
    times.push(("kmeans".into(), median(5, || drop(black_box(cluster::kmeans(x, &kmeans, 1).unwrap())))));
    for shape in [Covariance::Full, Covariance::Tied, Covariance::Diag, Covariance::Spherical] {
        let components = Components::One(CLASSES);
        let options = GmmOptions { components, covariance: shape, starts: 1, ..Default::default() };
        let time = median(5, || drop(black_box(cluster::gmm(x, &options, 1).unwrap())));
        times.push((format!("gmm_{}", shape.name()), time));
    }
    let dense = DbscanOptions { eps: EPS, min_samples: 10, ..Default::default() };
    times.push(("dbscan".into(), median(1, || drop(black_box(cluster::dbscan(x, &dense).unwrap())))));
    let tree = HdbscanOptions { min_cluster_size: 20, ..Default::default() };
    times.push(("hdbscan".into(), median(3, || drop(black_box(cluster::hdbscan(x, &tree).unwrap())))));
    let ward = AgglomerativeOptions::default();
    times.push(("ward".into(), median(1, || drop(black_box(cluster::agglomerative(x, &ward).unwrap())))));
    let order = OpticsOptions { min_samples: 10, ..Default::default() };
    times.push(("optics".into(), median(3, || drop(black_box(cluster::optics(x, &order).unwrap())))));
    let graph = LeidenOptions { weights: EdgeWeights::Binary, starts: 1, ..Default::default() };
    times.push(("leiden".into(), median(3, || drop(black_box(cluster::leiden(x, &graph, 1).unwrap())))));
    times
}

/// What scikit-learn takes, if it is there.
fn baseline(x: &Matrix, folder: &Path) -> Option<Vec<(String, f64)>> {
    let file = folder.join("rows.f64");
    std::fs::write(&file, x.values().iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>()).unwrap();
    let python = std::env::var("NMS_PYTHON").unwrap_or_else(|_| "python3".into());
    // One thread: the numerical libraries under scikit-learn may not start more.
    let one = [("OMP_NUM_THREADS", "1"), ("OPENBLAS_NUM_THREADS", "1")];
    let arguments = [file.display().to_string(), COLUMNS.to_string(), EPS.to_string()];
    let output = Command::new(python).args(["-c", BASELINE]).args(arguments).envs(one).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = |line: &str| line.split_once(' ').and_then(|(name, time)| Some((name.to_string(), time.parse().ok()?)));
    output.status.success().then(|| text.lines().filter_map(line).collect())
}

fn main() {
    let x = embeddings();
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let found = one.install(|| ours(&x));
    let folder = tempfile::tempdir().unwrap();
    let theirs = baseline(&x, folder.path());
    println!("{ROWS} rows of {COLUMNS} columns, one thread");
    for (name, time) in &found {
        let reference = theirs.iter().flatten().find(|(other, _)| other == name).map(|(_, time)| *time);
        match reference {
            Some(reference) => {
                println!("{name:<14} {time:>8.3} s   reference {reference:>8.3} s   ratio {:.2}", time / reference);
            }
            None => println!("{name:<14} {time:>8.3} s"),
        }
    }
    if theirs.is_none() {
        println!(
            "no Python with scikit-learn to compare with: set NMS_PYTHON to one (pip install scikit-learn==1.9.1)"
        );
    }
}
