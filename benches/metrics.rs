//! Scores of groupings, groups and maps, on 10,000 rows of 32 columns in ten classes.
//!
//! Baseline, in the same run: scikit-learn on the same data. Both are measured as CPU time on one thread, medians of
//! several runs. Python with scikit-learn is `$NMS_PYTHON`, or else `python3`; where it has none, our times stand alone.

#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

mod beside;

use beside::{compare, embedding, one_thread, python, write};
use nms::data::Labels;
use nms::metrics::{self, MapQualityOptions, SilhouetteOptions};
use nms::reduce::{PcaOptions, pca};

const ROWS: usize = 10_000;
/// scikit-learn sorts the ranks of all pairs, which takes gigabytes for ten thousand rows.
const MAPPED: usize = 3_000;

const BASELINE: &str = r#"
import time
import numpy as np
from sklearn import metrics as m
from sklearn.manifold import trustworthiness
X = np.fromfile("x").reshape(-1, 32)
Y = np.fromfile("map").reshape(-1, 2)
a, b = np.fromfile("a").astype(int), np.fromfile("b").astype(int)
def clock(name, runs, of):
    times = []
    for _ in range(runs):
        start = time.process_time()
        of()
        times.append(time.process_time() - start)
    print(name, "scikit-learn", sorted(times)[len(times) // 2], flush=True)
def agreement():
    m.adjusted_rand_score(a, b), m.adjusted_mutual_info_score(a, b), m.normalized_mutual_info_score(a, b)
    m.homogeneity_completeness_v_measure(a, b), m.fowlkes_mallows_score(a, b), m.rand_score(a, b)
clock("agreement", 7, agreement)
clock("silhouette", 3, lambda: m.silhouette_samples(X, a))
clock("report", 7, lambda: m.classification_report(a, b, zero_division=0))
clock("trustworthiness", 3, lambda: trustworthiness(X[:len(Y)], Y, n_neighbors=12))
"#;

fn main() {
    let (x, classes) = embedding(ROWS);
    // A grouping that is right for four cells of five.
    let guess = |i: usize| classes.codes()[if i.is_multiple_of(5) { (i * 37) % ROWS } else { i }].unwrap();
    let groups = Labels::new((0..ROWS).map(|i| Some(guess(i).to_string())));
    let first = x.select(&(0..MAPPED).collect::<Vec<_>>());
    let map = pca(&first, &PcaOptions::default()).unwrap().scores().clone();

    let folder = tempfile::tempdir().unwrap();
    let numbers = |labels: &Labels| labels.codes().iter().map(|c| f64::from(c.unwrap())).collect::<Vec<_>>();
    write(&folder.path().join("x"), x.values());
    write(&folder.path().join("map"), map.values());
    write(&folder.path().join("a"), &numbers(&classes));
    write(&folder.path().join("b"), &numbers(&groups));
    let peers = python(BASELINE, folder.path());
    if peers.is_empty() {
        println!("no Python with scikit-learn to compare with: set NMS_PYTHON to one");
    }

    let (seconds, agreement) = one_thread(9, || metrics::agreement(&classes, &groups).unwrap());
    println!("{}", compare("agreement", seconds, &peers));
    let (seconds, _) = one_thread(9, || metrics::report(&classes, &groups).unwrap());
    println!("{}", compare("report", seconds, &peers));
    let (seconds, width) = one_thread(5, || metrics::silhouette(&x, &classes, &SilhouetteOptions::default()).unwrap());
    println!("{}", compare("silhouette", seconds, &peers));
    let options = MapQualityOptions::default();
    let (seconds, kept) = one_thread(3, || metrics::trustworthiness(&first, &map, &options).unwrap());
    println!("{}", compare("trustworthiness", seconds, &peers));
    println!("adjusted Rand index {:.3}, silhouette {:.3}, trustworthiness {kept:.3}", agreement.ari, width.mean);
}
